/* scrub/address.c: postal addresses: the applicant's own, line by line, and what has the form of
 * one in the languages of many countries; post codes. */
#include "base/str.h"
#include "scrub/run.h"

enum { GAP_MAX = 3, POSTCODE_REACH = 3, WHOLE_LINE_MIN = 5, STREET_WORDS_MAX = 5, TAIL_MAX = 4 };

static bool is_gap(char ch)
{
    return ch == ' ' || ch == ',' || ch == '.' || ch == '\n' || ch == '-';
}

/* The end of the line when it stands at i, blanks and commas taken as one another; 0: it does
 * not. */
static size_t line_at(const struct fold *f, size_t i, struct str line)
{
    for (size_t k = 0; k < line.n; k++) {
        if (line.p[k] != ' ') {
            if (i >= f->n || f->text[i++] != line.p[k])
                return 0;
            continue;
        }
        size_t from = i;
        while (i < f->n && i - from < GAP_MAX && is_gap(f->text[i]))
            i++;
        if (i == from)
            return 0;
    }
    bool inside = i < f->n && fold_is_alnum(f->text[i]);
    return inside ? 0 : i;
}

/* A line of words alone could be ordinary text, so it must be written as a name is; a line of
 * digits alone could be any number, so it must follow another line. */
static bool line_counts(const struct pass *p, size_t k, const struct address_line *line,
                        size_t last_end)
{
    const struct token *w = &p->t.v[k];
    if (line->letters && line->digits)
        return line->text.n >= WHOLE_LINE_MIN || (w->flags & T_CAPITAL);
    if (line->digits)
        return (last_end && w->from >= last_end && w->from - last_end <= POSTCODE_REACH) ||
               line->text.n >= WHOLE_LINE_MIN;
    if (w->flags & T_CAPITAL)
        return line->words || !(w->bits & LEX_PLAIN_BITS) || !(w->flags & (T_START | T_HEADING));
    return !(w->bits & LEX_PLAIN_BITS) && line->text.n >= WHOLE_LINE_MIN;
}

static bool has_street(const struct tokens *t, size_t a, size_t b)
{
    for (size_t k = a; k <= b; k++)
        if ((t->v[k].bits & LEX_STREET) || t->v[k].kind == TK_NUMBER)
            return true;
    return false;
}

/* "Radio Zugdidi", "Coro Valladolid": the kind of body stands before the town. */
static bool heads_body(const struct tokens *t, size_t a)
{
    static const struct words heads =
        WORDS("radio", "tv", "fc", "cf", "sc", "ac", "cd", "club", "team", "banda", "coro", "casa",
              "centro", "teatro", "orquesta", "orchestre", "fanfare", "musikverein");
    return a > 0 && gap_blank(t->v[a].gap) && (t->v[a - 1].flags & T_CAPITAL) &&
           token_in(t, a - 1, &heads);
}

/* "Colegio San Carlos de Puno", "Liceum Morskie w Gdansk": the town behind a linker of its language
 * ends the body's name. */
static bool linked_to_body(const struct tokens *t, size_t a)
{
    enum { BACK = 5 };
    static const struct words linkers =
        WORDS("de", "d", "du", "da", "do", "di", "del", "w", "we", "v", "ve", "u", "van", "von");
    if (a < 2 || !gap_joint(t->v[a].gap) || !token_in(t, a - 1, &linkers))
        return false;
    for (size_t i = a - 1; i > 0 && a - i < BACK && gap_joint(t->v[i].gap); i--)
        if ((t->v[i - 1].bits & (LEX_SCHOOL | LEX_ORG_TAIL)) && (t->v[i - 1].flags & T_CAPITAL))
            return true;
    return false;
}

/* "Sylhet Astronomy Club" is one body, named for the applicant's town. */
static bool names_body(const struct tokens *t, size_t a, size_t b)
{
    enum { REACH = 5 };
    for (size_t k = b + 1; k <= b + REACH && k < t->n; k++) {
        const struct token *w = &t->v[k];
        /* Quanzhou No. 7 Middle School */
        if (token_is(t, k, "no") && gap_blank(w->gap) && w[1].kind == TK_NUMBER) {
            k++;
            continue;
        }
        const bool body = (w->bits & (LEX_SCHOOL | LEX_ORG_TAIL)) != 0; /* "X videregående skole" */
        if (w->kind != TK_WORD || !gap_joint(w->gap) ||
            !((w->flags & (T_CAPITAL | T_CLITIC)) || (body && !w->dull)))
            break;
        if (body)
            return true;
    }
    if (a > 1 && t->v[a - 1].kind == TK_NUMBER && (t->v[a].gap & GAP_BLANK))
        for (size_t i = 2; i <= 3 && i <= a; i++)
            if ((t->v[a - i].bits & LEX_SCHOOL) && (t->v[a - i].flags & T_CAPITAL))
                return true;
    if (linked_to_body(t, a))
        return true;
    return a > 1 && (token_is(t, a - 1, "of") || (t->v[a - 1].bits & LEX_SCHOOL)) &&
           ((t->v[a - 1].bits | t->v[a - 2].bits) & LEX_SCHOOL) &&
           ((t->v[a - 1].flags | t->v[a - 2].flags) & T_CAPITAL);
}

static const struct words unit_words =
    WORDS("flat", "apt", "apartment", "house", "plot", "block", "unit", "suite", "room", "no",
          "number", "building", "villa", "tower", "floor", "box", "door", "hostel");

/* "6F, " and "Flat 3, " before a line of the address. */
static size_t unit_before(const struct tokens *t, size_t k)
{
    if (k < 2 || (t->v[k].gap & ~(GAP_COMMA | GAP_BLANK)))
        return k;
    const struct token *last = &t->v[k - 1];
    const bool letter = last->kind == TK_WORD && token_len(last) == 1 && last->gap == GAP_NONE &&
                        last[-1].kind == TK_NUMBER;
    if (letter && (t->v[k].gap & GAP_COMMA))
        return k > 2 && token_in(t, k - 3, &unit_words) ? k - 3 : k - 2;
    return last->kind == TK_NUMBER && token_in(t, k - 2, &unit_words) ? k - 2 : k;
}

/* "Iwate Sled Dog Youth", "Tumaco Marimba Libre", "Bismarck Tumbleweed 4-H": two words or more,
 * none of which is of a contest or a person; b when there are none. */
static size_t named_wholly(const struct tokens *t, size_t a, size_t b)
{
    enum { WORDS_MAX = 4, WORDS_MIN = 2 };
    const uint64_t other = LEX_COMPETITION | LEX_FUNCTION | LEX_DEMONYM | LEX_MONTH | LEX_DAY |
                           LEX_SPEECH | LEX_NUMBER | LEX_TITLE | LEX_KIN | LEX_COUNTRY | LEX_REGION;
    const uint16_t heading = run_serves(t, a) ? 0 : T_HEADING; /* "Soloist, Chinle Wildcats" */
    size_t k = b, plain = 0;
    for (; k < b + WORDS_MAX && k + 1 < t->n; k++) {
        const struct token *next = &t->v[k + 1];
        if (next->kind != TK_WORD || !gap_blank(next->gap) ||
            (next->flags & (heading | T_START | T_SHOUT | T_CLAIMED | T_ALL_CAPS)) ||
            !(next->flags & T_CAPITAL))
            break;
        const uint64_t land = next->bits & LEX_PLAIN_BITS ? LEX_COUNTRY | LEX_REGION : 0;
        if (next->bits & other & ~land)
            return b; /* a word as Cross is no land here */
        plain += (next->bits & LEX_PLAIN_BITS) || !(next->bits & (LEX_FIRST | LEX_LAST));
    }
    if (k > b && body_four_h(t, k))
        return k + 2;
    if (t->v[k].bits & LEX_STREET)
        return b;
    return k - b >= WORDS_MIN && plain >= WORDS_MIN - 1 && plain + 1 >= k - b ? k : b;
}

/* "Envigado Ultimate", "Bulawayo Beekeepers": a body without a word for one, named for the town. */
static size_t named_for(const struct tokens *t, size_t a, size_t b)
{
    enum { WORDS_MAX = 2 };
    size_t k = b;
    if (body_four_h(t, b))
        return b + 2;
    const uint64_t other = LEX_COMPETITION | LEX_SUBJECT | LEX_FUNCTION | LEX_DEMONYM | LEX_FIRST |
                           LEX_LAST | LEX_MONTH | LEX_DAY | LEX_SPEECH | LEX_STREET | LEX_NUMBER;
    const size_t whole = named_wholly(t, a, b);
    if (whole > b)
        return whole;
    for (; k < b + WORDS_MAX && k + 1 < t->n; k++) {
        const struct token *next = &t->v[k + 1];
        if (next->kind != TK_WORD || !gap_blank(next->gap) || (next->bits & other) ||
            (next->flags & (T_START | T_HEADING | T_SHOUT | T_CLAIMED | T_ALL_CAPS)) ||
            !(next->flags & T_CAPITAL) || token_len(next) < 4)
            break;
    }
    return k;
}

/* "27, " or "2/1, " before the own street, as the own address begins with it. */
static size_t house_before(const struct pass *p, size_t k)
{
    const struct tokens *t = &p->t;
    const struct str house = p->own->house;
    if (k == 0 || !house.n || (t->v[k].gap & ~(GAP_COMMA | GAP_BLANK)))
        return k;
    const size_t to = t->v[k - 1].to;
    if (to < house.n || memcmp(p->f.text + to - house.n, house.p, house.n) != 0)
        return k;
    size_t a = k - 1;
    while (a > 0 && t->v[a].from > to - house.n)
        a--;
    return t->v[a].from == to - house.n ? a : k;
}

/* ", 77, " and ", 12/F, " between two lines of the own address. */
static size_t between_lines(const struct pass *p, size_t k, size_t last_end)
{
    enum { BETWEEN_MAX = 12 };
    const struct tokens *t = &p->t;
    size_t a = k;
    if (!last_end || t->v[k].from < last_end || t->v[k].from - last_end > BETWEEN_MAX)
        return k;
    while (a > 0 && t->v[a - 1].from >= last_end &&
           !(t->v[a].gap & ~(GAP_COMMA | GAP_BLANK | GAP_SLASH | GAP_HYPHEN)) &&
           (t->v[a - 1].kind == TK_NUMBER || token_len(&t->v[a - 1]) == 1))
        a--;
    return t->v[a].from - last_end <= GAP_MAX ? a : k;
}

/* One bit for each line of the address that may begin with this word or number. */
static inline unsigned lines_begun(const struct own *own, const struct token *w)
{
    unsigned lines = 0;
    for (size_t i = 0; i < own->n_lines; i++)
        lines |= (unsigned)(own->lines[i].key == w->key) << i;
    return lines;
}

static void own_lines(struct pass *p, bool last_time)
{
    const struct tokens *t = &p->t;
    size_t last_end = 0;
    for (size_t k = token_wanted(t, 0, W_LINE); k < t->n; k = token_wanted(t, k + 1, W_LINE)) {
        const struct token *w = &t->v[k];
        const struct address_line *best = NULL;
        size_t end = 0, b = k;
        if (w->from < last_end)
            continue;
        for (unsigned left = lines_begun(p->own, w); left; left &= left - 1) {
            const struct address_line *line = &p->own->lines[__builtin_ctz(left)];
            const size_t to = line_at(&p->f, w->from, line->text);
            if (to > end && line_counts(p, k, line, last_end)) {
                end = to;
                best = line;
            }
        }
        if (!end)
            continue;
        while (b + 1 < t->n && t->v[b + 1].from < end)
            b++;
        const bool place = !best->digits && !has_street(t, k, b);
        if (last_time ? (w->flags & T_CLAIMED) != 0 : place && names_body(t, k, b)) {
            p->lines_left = true;
            k = b;
            continue;
        }
        size_t a = house_before(p, k);
        const bool housed = a < k;
        a = between_lines(p, a, last_end);
        a = housed || a < k || place ? a : unit_before(t, k);
        const size_t to = place && !housed ? named_for(t, k, b) : b;
        a -= place && !housed && heads_body(t, a);
        hit_tokens(p, a, to,
                   (struct hit){ .type = place && !housed ? SCRUB_LOCATION : SCRUB_ADDRESS,
                                 .strength = BY_IDENTITY,
                                 .confidence = 100,
                                 .rule = "identity.address" });
        p->lines_left |= !(w->flags & T_CLAIMED); /* a hint, as the policy keeps places */
        last_end = end;
        k = to;
    }
}

static void take(struct pass *p, size_t a, size_t b, const char *rule, uint8_t confidence)
{
    hit_tokens(p, a, b,
               (struct hit){ .type = SCRUB_ADDRESS,
                             .strength = BY_RECOGNISER,
                             .confidence = confidence,
                             .rule = rule });
}

/* "Flat 3,", "Plot 12", "No. 5" before the street. */
static size_t grow_left(const struct tokens *t, size_t a)
{
    for (int i = 0; i < 3 && a > 0; i++) {
        const struct token *last = &t->v[a - 1];
        if (t->v[a].gap & (GAP_LINE | GAP_STOP | GAP_BRACKET | GAP_COLON | GAP_QUOTE))
            return a;
        const bool letter =
            last->kind == TK_WORD && token_len(last) == 1 && last[1].gap == GAP_NONE;
        const bool floor = last->kind == TK_WORD && token_len(last) == 1 && a > 1 &&
                           last->gap == GAP_NONE && last[-1].kind == TK_NUMBER; /* 6F, */
        if (floor)
            return a - 2;
        if (last->kind == TK_NUMBER || letter) {
            a--;
            i--;
            if (a > 0 && token_in(t, a - 1, &unit_words))
                a--;
            if (++i >= 2)
                return a;
        } else if (token_in(t, a - 1, &unit_words)) {
            a--;
        } else {
            return a;
        }
    }
    return a;
}

/* ", Yaba, Lagos 101245" behind it: capital words and post codes between commas. */
static size_t grow_right(const struct tokens *t, size_t b, bool numbered)
{
    for (int i = 0; i < TAIL_MAX && b + 1 < t->n; i++) {
        const struct token *next = &t->v[b + 1];
        const bool comma = (next->gap & GAP_COMMA) && !(next->gap & ~(GAP_COMMA | GAP_BLANK));
        if (next->kind == TK_NUMBER && (comma || gap_blank(next->gap)) && token_len(next) <= 6 &&
            (token_len(next) >= 4 || (!numbered && token_len(next) <= 3))) {
            numbered = true;
            b++;
            while (b + 1 < t->n && t->v[b + 1].gap == GAP_NONE)
                b++;
            continue;
        }
        if (!comma || !(next->flags & T_CAPITAL) || (next->bits & LEX_FUNCTION))
            return b;
        size_t k = b + 1;
        while (k + 1 < t->n && k - b < 3 && gap_blank(t->v[k + 1].gap) &&
               (t->v[k + 1].flags & T_CAPITAL) && !(t->v[k + 1].bits & LEX_FUNCTION) &&
               token_at(t, k + 2)->gap != GAP_NONE)
            k++;
        b = k;
    }
    return b;
}

/* Street names of one word: Bahnhofstrasse, Storgatan, Kerkstraat. */
#define STREET_ENDINGS(X)                                                                          \
    X("strasse")                                                                                   \
    X("gasse")                                                                                     \
    X("gatan")                                                                                     \
    X("vagen")                                                                                     \
    X("straat")                                                                                    \
    X("laan")                                                                                      \
    X("gracht")                                                                                    \
    X("allee")                                                                                     \
    X("veien")                                                                                     \
    X("gaten")                                                                                     \
    X("gade")                                                                                      \
    X("katu")                                                                                      \
    X("utca")                                                                                      \
    X("ulica")                                                                                     \
    X("weg")                                                                                       \
    X("platz")                                                                                     \
    X("plein")                                                                                     \
    X("sokagi")                                                                                    \
    X("caddesi")                                                                                   \
    X("dori")

static bool street_ending(struct str s)
{
    enum { ENDING_MIN = 6 };
    static const struct str ends[] = {
#define X(end) S_INIT(end),
        STREET_ENDINGS(X)
#undef X
    };
    /* By their last two letters, which most words do not have. */
    static const uint64_t keys = 0
#define X(end) | UINT64_C(1) << WORD_KEY((end)[sizeof(end) - 3], (end)[sizeof(end) - 2])
        STREET_ENDINGS(X)
#undef X
        ;
    if (s.n < ENDING_MIN || !(keys >> WORD_KEY(s.p[s.n - 2], s.p[s.n - 1]) & 1))
        return false;
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
        if (s.n > ends[i].n + 2 && str_ends(s, ends[i]))
            return true;
    return false;
}

/* Languages that put the word for street first. */
static const struct words street_first =
    WORDS("rue", "calle", "via", "ul", "ulica", "ulitsa", "vulytsia", "vulitsa", "rua", "avenida",
          "avenue", "av", "jalan", "jl", "carrera", "paseo", "plaza", "place", "piazza", "corso",
          "travessa", "praca", "jiron", "pasaje", "camino", "boulevard", "chemin", "duong", "pho",
          "impasse", "quai", "strada", "calea", "odos", "os", "osiedle", "bulvar", "prospekt",
          "sharia", "shari", "carrer", "kalea");
static const struct words street_linkers =
    WORDS("de", "del", "de", "la", "las", "los", "du", "des", "da", "do", "dos", "das", "di", "dei",
          "della", "el", "al", "le", "les", "sw", "pl");

static size_t first_form(const struct tokens *t, size_t k)
{
    size_t i = k + 1, words = 0;
    const uint16_t ahead =
        token_at(t, k + 1)->flags | token_at(t, k + 2)->flags | token_at(t, k + 3)->flags;
    const bool known = ((t->v[k].bits & LEX_STREET) != 0) | (token_len(&t->v[k]) == 2);
    const bool may_be = known & ((ahead & T_CAPITAL) != 0) & may_be_in(&t->v[k], &street_first);
    if (!may_be || !words_hold(t, &t->v[k], &street_first))
        return 0;
    while (words < STREET_WORDS_MAX && i < t->n && t->v[i].kind == TK_WORD &&
           !(t->v[i].gap & ~(GAP_BLANK | GAP_DOT | GAP_HYPHEN | GAP_APOSTROPHE)) &&
           (!(t->v[i].gap & GAP_DOT) || token_len(&t->v[i - 1]) <= 4) &&
           ((t->v[i].flags & T_CAPITAL) || token_in(t, i, &street_linkers))) {
        words += (t->v[i].flags & T_CAPITAL) != 0;
        i++;
    }
    if (words == 0)
        return 0;
    const size_t last = i - 1;
    const bool number =
        token_at(t, i)->kind == TK_NUMBER && !(t->v[i].gap & ~(GAP_BLANK | GAP_COMMA | GAP_DOT));
    const bool capital = (t->v[k].flags & T_CAPITAL) != 0;
    const bool short_word = token_len(&t->v[k]) <= 2;
    return number ? i : capital && !short_word && !(t->v[k].flags & T_HEADING) ? last : 0;
}

/* Without a house number: sure words for street, or a name that is no English word. */
static bool street_alone(const struct tokens *t, size_t a, size_t k)
{
    static const struct words sure = WORDS("street", "road", "avenue", "lane", "boulevard");
    bool strange = token_in(t, k, &sure);
    for (size_t i = a; i < k; i++)
        strange |= !(t->v[i].bits & LEX_PLAIN_BITS);
    return strange && !(t->v[a].phrase_set && (t->v[a].phrase_set->bits & LEX_KEEP));
}

/* "Bridge Building Challenge", "Elmina St Joseph": the name of something else goes on. */
static bool goes_on(const struct tokens *t, size_t k)
{
    const struct token *next = token_at(t, k + 1);
    if (next->kind != TK_WORD || !(next->flags & T_CAPITAL) || !gap_joint(next->gap))
        return false;
    return token_is(t, k, "st") ||
           (next->bits & (LEX_COMPETITION | LEX_SCHOOL | LEX_ORG_TAIL | LEX_SUBJECT));
}

/* Capital words that end in one for street: a is the first, k the last. */
static void last_form(struct pass *p, size_t k)
{
    const struct tokens *t = &p->t;
    size_t a = k;
    while (a > 0 && k - a < STREET_WORDS_MAX && t->v[a - 1].kind == TK_WORD &&
           gap_joint(t->v[a].gap) && (t->v[a - 1].flags & T_CAPITAL) &&
           !(t->v[a - 1].bits & LEX_FUNCTION))
        a--;
    const struct token *before = a > 0 ? &t->v[a - 1] : token_at(t, t->n);
    const bool apart = t->v[a].gap & (GAP_LINE | GAP_STOP | GAP_OTHER | GAP_COLON);
    const bool numbered = !apart && (before->kind == TK_NUMBER ||
                                     (before->kind == TK_WORD && token_len(before) == 1 && a > 1 &&
                                      t->v[a - 2].kind == TK_NUMBER));
    if (a == k && !numbered)
        return;
    /* "Art and Design 9. Pride Society": the mark ends one entry, the next begins. */
    if (numbered && (t->v[a].gap & GAP_DOT) && (t->v[a].gap & GAP_BLANK) && a > 1 &&
        !(before->gap & (GAP_LINE | GAP_EDGE | GAP_COMMA)))
        return;
    if (a == k || (!numbered && !(t->v[k].flags & T_CAPITAL)))
        return;
    if (!numbered && ((t->v[k].flags & T_HEADING) || !street_alone(t, a, k) || goes_on(t, k)))
        return;
    const size_t first = grow_left(t, a);
    take(p, first, grow_right(t, k, numbered), "address.street", numbered ? 85 : 70);
}

/* "PO Box 123" */
static bool box_form(struct pass *p, size_t k)
{
    const struct tokens *t = &p->t;
    if (!token_is(t, k, "box") || token_at(t, k + 1)->kind != TK_NUMBER || k == 0)
        return false;
    size_t a = k - 1;
    if (token_is(t, a, "o") && a > 0)
        a--;
    if (!token_is(t, a, "po") && !token_is(t, a, "p") && !token_is(t, a, "pmb"))
        return false;
    take(p, a, grow_right(t, k + 1, true), "address.box", 90);
    return true;
}

static bool caps_of(const struct pass *p, const struct token *w, size_t n)
{
    if (w->kind != TK_WORD || token_len(w) != n)
        return false;
    for (size_t i = w->from; i < w->to; i++)
        if (!p->f.upper[i])
            return false;
    return true;
}

/* LC4 9QT (GB), K1A 0B6 (CA), 1012 AB (NL). */
static bool postcode(struct pass *p, size_t k)
{
    const struct tokens *t = &p->t;
    const struct token *v = &t->v[k];
    const bool dutch = (v->kind == TK_NUMBER) & (token_len(v) == 4) & (v[1].gap == GAP_BLANK) &
                       (v[1].kind == TK_WORD) & (token_len(v + 1) == 2);
    const bool british = (v->kind == TK_WORD) & (token_len(v) <= 2) &
                         ((v->flags & T_CAPITAL) != 0) & (v[1].kind == TK_NUMBER) &
                         (v[1].gap == GAP_NONE) & (k + 3 <= t->n);
    if (!(dutch | british))
        return false;
    if (dutch && caps_of(p, v + 1, 2) && !(v[1].bits & (LEX_FUNCTION | LEX_ORDINARY | LEX_UNIT)) &&
        p->f.text[v->from] != '0' &&
        !(p->f.text[v->from] == '2' && p->f.text[v->from + 1] == '0')) {
        take(p, k, k + 1, "address.postcode", 60);
        return true;
    }
    if (!british)
        return false;
    size_t i = k + 2;
    if (token_len(&v[1]) == 1 && caps_of(p, &t->v[i], 1) && t->v[i].gap == GAP_NONE)
        i++;
    const struct token *in = token_at(t, i), *end = token_at(t, i + 1);
    if (in->kind != TK_NUMBER || (in->gap != GAP_BLANK && in->gap != GAP_NONE) ||
        token_len(in) != 1 || end->gap != GAP_NONE || token_len(&v[1]) > 2)
        return false;
    const bool canada = caps_of(p, end, 1) && token_at(t, i + 2)->kind == TK_NUMBER &&
                        token_at(t, i + 2)->gap == GAP_NONE;
    if (!caps_of(p, end, 2) && !canada)
        return false;
    take(p, k, canada ? i + 2 : i + 1, "address.postcode", 85);
    return true;
}

void address_hits(struct pass *p)
{
    const struct tokens *t = &p->t;
    if (p->own->n_lines)
        own_lines(p, false);
    for (size_t k = token_wanted(t, 0, W_ADDRESS); k < t->n;
         k = token_wanted(t, k + 1, W_ADDRESS)) {
        const struct token *w = &t->v[k];
        if ((w->flags & T_CLAIMED) || postcode(p, k) || w->kind != TK_WORD)
            continue;
        const size_t last = first_form(t, k);
        if (last) {
            const size_t a = grow_left(t, k);
            take(p, a, grow_right(t, last, t->v[last].kind == TK_NUMBER || a < k), "address.street",
                 t->v[last].kind == TK_NUMBER ? 85 : 65);
            k = last;
            continue;
        }
        if (box_form(p, k))
            continue;
        if (w->bits & LEX_STREET)
            last_form(p, k);
        else if ((w->flags & T_CAPITAL) && !(w->bits & LEX_PLAIN_BITS) &&
                 street_ending(token_text(t, k))) {
            const struct token *next = token_at(t, k + 1);
            const bool number = next->kind == TK_NUMBER;
            const bool kind = gap_blank(next->gap) && (next->bits & LEX_PLACE_KIND);
            if (gap_blank(next->gap) && (next->bits & LEX_SCHOOL))
                continue; /* Fjellveien skole */
            take(p, k, grow_right(t, number || kind ? k + 1 : k, number), "address.street", 75);
        }
    }
    p->t.steps += 2 * t->n;
}

void own_places(struct pass *p)
{
    if (p->lines_left)
        own_lines(p, true);
}
