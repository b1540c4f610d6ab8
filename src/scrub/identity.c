/* scrub/identity.c: the applicant's own name in any form: whole, turned round, parts, pet names,
 * initials, joined, spelled out, one letter off, in another script. A span takes the whole run. */
#include "base/str.h"
#include "scrub/run.h"

enum {
    EDIT_MIN = 5,
    DOUBLED_MIN = 3,
    INSIDE_MIN = 5,
    CAMEL_MIN = 3,
    SPELLED_MIN = 3,
    CHUNK_MAX = 96,
    GREEK_SYMBOL_BYTES = 4,
    EIGHT = 8
};
enum mark { MARK_NONE, MARK_PARTICLE, MARK_INITIAL, MARK_WEAK, MARK_STRONG };

/* A word that means something else is not taken for a slip of the pen. */
static const uint64_t OTHER_SENSE =
    (UINT64_C(1) << LEX_LIST_COUNTRY) | (UINT64_C(1) << LEX_LIST_DEMONYM) |
    (UINT64_C(1) << LEX_LIST_LANGUAGE) | (UINT64_C(1) << LEX_LIST_MONTH) |
    (UINT64_C(1) << LEX_LIST_DAY) | (UINT64_C(1) << LEX_LIST_BIG_PLACE) |
    (UINT64_C(1) << LEX_LIST_FIGURE_PART) | (UINT64_C(1) << LEX_LIST_FIGURE) |
    (UINT64_C(1) << LEX_LIST_BRAND) | (UINT64_C(1) << LEX_LIST_SUBJECT) |
    (UINT64_C(1) << LEX_LIST_EPONYM) | (UINT64_C(1) << LEX_LIST_FICTION);

static const struct words time_cues =
    WORDS("in", "last", "this", "next", "early", "late", "since", "by", "until", "of", "every",
          "from", "on", "each", "during", "mid", "till", "and", "to", "through");

/* "in May", "last Friday", "May 2023". */
static bool is_time(const struct tokens *t, size_t k)
{
    if (!(t->v[k].bits & (LEX_MONTH | LEX_DAY)))
        return false;
    const struct token *before = &t->v[k] - 1, *after = &t->v[k + 1];
    const bool same = gap_same_sentence(t->v[k].gap) && !(t->v[k].gap & GAP_QUOTE);
    if ((after->kind == TK_NUMBER && !(after->gap & GAP_LINE)) ||
        (before->kind == TK_NUMBER && same))
        return true;
    return k > 0 && same && token_in(t, k - 1, &time_cues);
}

/* The name of a law or a cited person that the applicant happens to share. */
static bool is_cited(const struct pass *p, size_t k)
{
    const struct tokens *t = &p->t;
    const struct token *w = &t->v[k];
    const size_t next = t->v[k + 1].flags & T_CLITIC ? k + 2 : k + 1;
    if (w->flags & T_CITED) {
        size_t a = k, b = k, own = 0;
        while (a > 0 && (t->v[a - 1].flags & T_CITED) && gap_joint(t->v[a].gap))
            a--;
        while ((t->v[b + 1].flags & T_CITED) && gap_joint(t->v[b + 1].gap))
            b++;
        for (size_t i = a; i <= b; i++)
            own += own_variant(p->own, t->v[i].hash) != NULL;
        return own < 2;
    }
    if ((w->bits & (LEX_EPONYM | LEX_FIGURE_PART)) && (token_at(t, next)->bits & LEX_EPONYM_HEAD))
        return true;
    return false;
}

/* A verb of one who does: breaks, mends. */
static bool does(const struct tokens *t, size_t k)
{
    const struct token *w = token_at(t, k);
    const struct str s = token_text(t, k);
    return gap_blank(w->gap) && w->dull && !(w->bits & LEX_FUNCTION) && s.n > 3 &&
           str_ends(s, S("s")) && !str_ends(s, S("ss"));
}

/* "Frost mends things", "Summer the talker": what stands behind somebody's name. */
static bool acts_as_person(const struct tokens *t, size_t k)
{
    static const struct words objects =
        WORDS("me", "us", "them", "him", "her", "things", "my", "our", "the", "a", "an", "every",
              "everybody", "everything", "people", "others", "too", "about", "like", "with", "at");
    if (token_is(t, k, "the"))
        return token_at(t, k + 2)->kind == TK_WORD && !(token_at(t, k + 2)->bits & LEX_FUNCTION) &&
               (token_at(t, k + 1)->bits & (LEX_ROLE | LEX_SPEECH | LEX_ORDINARY)) &&
               str_ends(token_text(t, k + 1), S("er"));
    return does(t, k) && token_in(t, k + 1, &objects);
}

/* "chase long" between marks in a text without capitals: two parts of the name and nothing else. */
static bool stands_whole(const struct pass *p, size_t k)
{
    const struct tokens *t = &p->t;
    const struct token *w = &t->v[k];
    const size_t a = gap_blank(w->gap) && k > 0 ? k - 1 : k;
    for (size_t i = a; i <= a + 1; i++) {
        const struct variant *v = own_variant(p->own, token_at(t, i)->hash);
        if (!v || v->kind != VARIANT_PART)
            return false;
    }
    return t->v[a].hash != t->v[a + 1].hash && gap_blank(t->v[a + 1].gap) &&
           !gap_blank(t->v[a].gap) && !gap_blank(token_at(t, a + 2)->gap);
}

/* A name that is also a word counts where the word would not be written so. */
static enum mark weigh_word(const struct pass *p, size_t k)
{
    const struct tokens *t = &p->t;
    const struct token *w = &t->v[k], *next = &t->v[k + 1];
    if (!(w->flags & T_CAPITAL))
        return stands_whole(p, k) ? MARK_WEAK : MARK_NONE;
    /* No English word is written so: Ángel, Núria. */
    if (!(w->flags & T_SHOUT) && p->f.from[w->to] - p->f.from[w->from] > token_len(w) &&
        (w->bits & (LEX_FIRST | LEX_LAST)))
        return MARK_STRONG;
    if (k > 1 && token_is(t, k - 1, "for") && token_is(t, k - 2, "short"))
        return MARK_STRONG; /* Sums is short for Summer */
    if ((w->gap & (GAP_LINE | GAP_EDGE)) && (next->gap & GAP_LINE || next->kind == TK_END))
        return MARK_STRONG; /* a signature */
    if ((w->gap & GAP_QUOTE) && (next->gap & GAP_QUOTE) && !(w->flags & (T_SHOUT | T_HEADING)))
        return MARK_STRONG; /* "Do", the one with the wristbands */
    if ((w->flags & T_CONTRACTED) || is_time(t, k))
        return MARK_WEAK;
    if (w->flags & T_SHOUT)
        return MARK_WEAK;
    if (w->flags & T_ALL_CAPS)
        return MARK_STRONG;
    if (w->flags & (T_START | T_HEADING)) {
        static const struct words openers =
            WORDS("so", "now", "well", "then", "still", "but", "and", "or", "yet", "also", "thus",
                  "for", "no", "in", "on", "as", "an", "to", "if", "do", "may", "here", "there");
        static const struct words verbs =
            WORDS("the", "is", "was", "has", "had", "will", "won", "can", "could", "would", "does",
                  "did", "never", "always", "deserves");
        static const struct words after = WORDS("here", "mends", "speaking", "herself", "himself");
        /* "Saffron breaks pots": said of somebody. */
        const bool told = (w->flags & T_QUOTED) && (w->gap & GAP_QUOTE) &&
                          !(w->bits & (LEX_FREQUENT | LEX_FUNCTION)) && does(t, k + 1);
        const bool acts =
            !(w->bits & LEX_FUNCTION) && (token_in(t, k + 1, &after) || acts_as_person(t, k + 1));
        static const struct words links =
            WORDS("an", "on", "in", "or", "as", "to", "if", "do", "may");
        /* "An," said Mother: no sentence is this word alone. */
        if ((w->flags & T_QUOTED) && (w->gap & GAP_QUOTE) &&
            (next->gap & (GAP_QUOTE | GAP_COMMA)) == (GAP_QUOTE | GAP_COMMA) &&
            token_in(t, k, &links))
            return MARK_STRONG;
        const bool marked = acts || told || (w->flags & T_POSSESSIVE) ||
                            (next->bits & LEX_SPEECH) || (next->gap & (GAP_COMMA | GAP_STOP)) ||
                            ((next->gap & GAP_QUOTE) && !(w->flags & T_HEADING)) ||
                            ((w->flags & T_QUOTED) && (w->gap & GAP_DOT) && (next->gap & GAP_DOT) &&
                             !(w->bits & LEX_FREQUENT)) || /* "You. Frost. You argue." */
                            ((w->flags & T_QUOTED) && token_in(t, k + 1, &verbs));
        return marked && !token_in(t, k, &openers) ? MARK_STRONG : MARK_WEAK;
    }
    return MARK_STRONG;
}

/* Ji-ho: two parts with a hyphen between, whatever the words mean alone. */
static bool hyphened(const struct pass *p, size_t k)
{
    const struct token *w = &p->t.v[k], *next = w + 1;
    const struct variant *left = w->gap == GAP_HYPHEN ? own_variant(p->own, w[-1].hash) : NULL;
    const struct variant *right = next->gap == GAP_HYPHEN ? own_variant(p->own, next->hash) : NULL;
    return (left && left->kind >= VARIANT_PARTICLE) || (right && right->kind >= VARIANT_PARTICLE);
}

static enum mark mark_variant(const struct pass *p, size_t k, const struct variant *v)
{
    const struct token *w = &p->t.v[k];
    const bool capital = (w->flags & T_CAPITAL) != 0;
    /* The own name is a name where only the longest lists know it as a word. */
    const uint64_t words =
        v->kind == VARIANT_PART && capital ? LEX_WORD_BITS & ~LEX_RARE : LEX_WORD_BITS;
    const bool word = (w->bits & words) != 0;
    if (v->kind == VARIANT_PART && token_len(w) > 1 && hyphened(p, k))
        return MARK_STRONG;
    if (v->kind == VARIANT_PARTICLE)
        return MARK_PARTICLE;
    if (w->flags & T_FOREIGN)
        return MARK_STRONG;
    if (is_cited(p, k))
        return MARK_WEAK;
    if (v->kind == VARIANT_PIECE) {
        if (word || (w->bits & OTHER_SENSE))
            return MARK_NONE;
        return capital || p->small || token_len(w) > OWN_SHORT + 1 ? MARK_STRONG : MARK_NONE;
    }
    if (token_len(w) == 1)
        return capital && (p->t.v[k + 1].gap & GAP_DOT) ? MARK_INITIAL : MARK_NONE;
    if (word || (w->bits & (LEX_MONTH | LEX_DAY)))
        return weigh_word(p, k);
    if (token_len(w) < OWN_SHORT && w->gap == GAP_HYPHEN && own_variant(p->own, w[-1].hash))
        return MARK_STRONG;
    if (token_len(w) < OWN_SHORT)
        return !capital ? MARK_NONE : w->flags & (T_START | T_SHOUT) ? MARK_WEAK : MARK_STRONG;
    if (token_len(w) == OWN_SHORT && !capital && (w->bits & ~(LEX_FIRST | LEX_LAST)))
        return MARK_NONE;
    return MARK_STRONG;
}

static bool is_own_initial(const struct own *own, char ch)
{
    for (size_t k = 0; k < own->n_parts; k++)
        if (own->parts[k].text.p[0] == ch)
            return true;
    return false;
}

static enum mark mark_initial(const struct pass *p, size_t k)
{
    const struct token *w = &p->t.v[k];
    const char ch = p->f.text[w->from];
    if (!(w->flags & T_INITIAL) || !is_own_initial(p->own, ch) || of_postscript(&p->t, k))
        return MARK_NONE;
    const struct token *next = &w[1];
    const uint16_t ends = GAP_DOT | GAP_LINE | GAP_COMMA | GAP_QUOTE | GAP_BRACKET;
    const bool closed =
        (next->gap & GAP_DOT) ||
        (k > 0 && gap_blank(w->gap) && (next->gap & ends) && own_variant(p->own, w[-1].hash));
    return closed || (ch != 'i' && ch != 'a') ? MARK_INITIAL : MARK_NONE;
}

/* A capital inside the word begins a part: TeamAna. */
static bool camel_part(const struct pass *p, const struct token *w, struct str part)
{
    const char *text = p->f.text + w->from;
    const size_t n = token_len(w);
    for (size_t i = 0; i + part.n <= n; i++) {
        /* Of two letters at the end alone: TeamBo. */
        const bool fits = part.n >= CAMEL_MIN || (part.n > 1 && i > 2 && i + part.n == n);
        const bool begins = fits && (p->f.upper[w->from + i] || i == 0);
        const bool ends = i + part.n == n || p->f.upper[w->from + i + part.n];
        if (begins && ends && memcmp(text + i, part.p, part.n) == 0)
            return true;
    }
    return false;
}

static bool near_part(const struct pass *p, const struct token *w, uint32_t letters,
                      const struct name_part *part)
{
    const struct str word = { p->f.text + w->from, token_len(w) };
    const bool capital = (w->flags & T_CAPITAL) != 0;
    if (part->particle || part->foreign)
        return false;
    if ((w->flags & T_MIXED) && !(w->bits & OTHER_SENSE) && camel_part(p, w, part->text))
        return true;
    if (word.n >= EDIT_MIN - 1 && part->text.n >= EDIT_MIN &&
        two_at_most(letters ^ part->letters) && one_edit_apart(word, part->text))
        return !(w->bits & OTHER_SENSE) && (capital || !(w->bits & ~(LEX_FIRST | LEX_LAST)));
    if (capital && part->text.n >= DOUBLED_MIN && !(w->bits & (LEX_FIRST | LEX_LAST)) &&
        doubled_letter(word, part->text))
        return true;
    if (part->text.n >= INSIDE_MIN && word.n > part->text.n && (part->letters & ~letters) == 0 &&
        memmem(word.p, word.n, part->text.p, part->text.n))
        return !(w->bits & OTHER_SENSE);
    if ((!capital && (!p->small || w->bits)) || (w->bits & OTHER_SENSE))
        return false;
    if (capital && !(w->bits & (LEX_KIN | LEX_TITLE)) &&
        (held_letter(word, part->text) || doubled_syllable(word, part->text)))
        return true;
    return word.p[0] == part->text.p[0] && pet_form(word, part->text);
}

/* "user yixu" */
static bool account(const struct tokens *t, size_t k)
{
    static const struct words accounts =
        WORDS("user", "username", "login", "handle", "nickname", "gamertag", "profile", "channel");
    return k > 0 && !t->v[k].dull && !(t->v[k].flags & T_CAPITAL) &&
           !(t->v[k].gap & ~(GAP_BLANK | GAP_COLON)) && token_in(t, k - 1, &accounts);
}

/* Words that are no listed variant but look like one. */
static enum mark mark_near(const struct pass *p, size_t k)
{
    const struct token *w = &p->t.v[k];
    const struct own *own = p->own;
    if (account(&p->t, k) && short_joined(own, token_text(&p->t, k)))
        return MARK_STRONG;
    if ((w->flags & T_MIXED) && short_joined(own, token_text(&p->t, k)))
        return MARK_STRONG; /* "YiLu" */
    if ((w->bits & LEX_WORD_BITS) || (w->flags & T_FOREIGN) || token_len(w) < CAMEL_MIN)
        return MARK_NONE;
    const struct str word = { p->f.text + w->from, token_len(w) };
    const uint32_t letters = own_letters(word);
    for (size_t i = 0; i < own->n_parts; i++)
        if (near_part(p, w, letters, &own->parts[i]))
            return MARK_STRONG;
    const bool fits = (letters & ~own->all_letters) == 0 && !(w->bits & OTHER_SENSE);
    return fits && joined_name(own, word) ? MARK_STRONG : MARK_NONE;
}

/* The letters of a pair that a hyphen ties. */
static struct str pair_letters(const struct pass *p, size_t k, char *ret, size_t max)
{
    const struct str a = token_text(&p->t, k), b = token_text(&p->t, k + 1);
    if (a.n + b.n > max)
        return S("");
    memcpy(ret, a.p, a.n);
    memcpy(ret + a.n, b.p, b.n);
    return (struct str){ ret, a.n + b.n };
}

/* Jii-ho of Ji-ho, Ji-ho of Jiho: two syllables as near to the own ones as a slip of the pen. */
static bool own_syllables(const struct pass *p, size_t k)
{
    enum { PAIR_MIN = 4, PAIR_MAX = 24 };
    const struct own *own = p->own;
    const struct token *w = &p->t.v[k], *next = w + 1;
    char letters[PAIR_MAX], parts[PAIR_MAX];
    if (w->kind != TK_WORD || next->kind != TK_WORD || next->gap != GAP_HYPHEN ||
        !(w->flags & T_CAPITAL) || ((w->flags | next->flags) & (T_CLAIMED | T_CLITIC)))
        return false;
    const struct str pair = pair_letters(p, k, letters, PAIR_MAX);
    for (size_t i = 0; pair.n >= PAIR_MIN && i < own->n_parts; i++) {
        const struct str one = own->parts[i].text;
        if (one.n >= PAIR_MIN && str_eq(one, pair))
            return true;
        if (i + 1 == own->n_parts || own->parts[i + 1].family != own->parts[i].family)
            continue;
        const struct str two = own->parts[i + 1].text;
        if (one.n + two.n > PAIR_MAX || one.n + two.n < PAIR_MIN)
            continue;
        memcpy(parts, one.p, one.n);
        memcpy(parts + one.n, two.p, two.n);
        if (one_edit_apart(pair, (struct str){ parts, one.n + two.n }))
            return true;
    }
    return false;
}

/* The Ji of Ji-won when the applicant is Ji-ho: a syllable that is tied to another. */
static bool of_other_name(const struct pass *p, size_t k)
{
    const struct token *w = &p->t.v[k], *next = w + 1;
    if (token_len(w) > OWN_SHORT)
        return false;
    const bool ahead = next->gap == GAP_HYPHEN && next->kind == TK_WORD && (w->flags & T_CAPITAL) &&
                       !(next->flags & T_CAPITAL);
    const bool behind = w->gap == GAP_HYPHEN && w[-1].kind == TK_WORD &&
                        (w[-1].flags & T_CAPITAL) && !(w->flags & T_CAPITAL);
    if (ahead)
        return token_len(next) <= OWN_SHORT + 1 && !own_variant(p->own, next->hash);
    return behind && token_len(&w[-1]) <= OWN_SHORT + 1 && !own_variant(p->own, w[-1].hash);
}

static enum mark mark_token(const struct pass *p, size_t k)
{
    const struct token *w = &p->t.v[k];
    if ((w->gap == GAP_HYPHEN || w[1].gap == GAP_HYPHEN) && w->kind == TK_WORD) {
        if (own_syllables(p, k) || (k > 0 && w->gap == GAP_HYPHEN && own_syllables(p, k - 1)))
            return MARK_STRONG;
        if (of_other_name(p, k))
            return MARK_NONE;
    }
    if (w->kind != TK_WORD || (w->flags & (T_CLAIMED | T_CLITIC)))
        return MARK_NONE;
    const struct variant *v = own_variant(p->own, w->hash);
    enum mark m = v ? mark_variant(p, k, v) : MARK_NONE;
    if (m == MARK_NONE && token_len(w) == 1)
        m = mark_initial(p, k);
    return m == MARK_NONE && !v ? mark_near(p, k) : m;
}

static const struct words own_titles =
    WORDS("mr", "mrs", "ms", "miss", "mister", "mx", "sir", "madam", "master", "lady", "senor",
          "senora", "senorita", "herr", "frau", "monsieur", "madame", "mademoiselle", "pan", "pani",
          "bey", "hanim");

void own_name_add(struct pass *p, size_t a, size_t b, const char *rule, uint8_t confidence)
{
    const struct tokens *t = &p->t;
    if (a > 0 && token_in(t, a - 1, &own_titles) && !(t->v[a].gap & ~(GAP_BLANK | GAP_DOT)))
        a--;
    hit_tokens(
        p, a, b,
        (struct hit){
            .type = SCRUB_SELF, .strength = BY_IDENTITY, .confidence = confidence, .rule = rule });
    p->own_seen = true;
    for (size_t k = a; k <= b; k++) {
        p->t.v[k].flags |= T_OWN | T_NAME;
        note_person(p, k);
    }
}

/* The same word with a capital where its neighbour has one. */
static bool same_case(const struct token *a, const struct token *b)
{
    return ((a->flags ^ b->flags) & T_CAPITAL) == 0;
}

/* A part beside a strong one that says nothing alone: "grace okafor", "Will Okafor". */
static bool leans(const struct pass *p, size_t k, size_t strong)
{
    const struct token *w = &p->t.v[k];
    const struct variant *v = own_variant(p->own, w->hash);
    return v && v->kind == VARIANT_PART && token_len(w) > 1 && same_case(w, &p->t.v[strong]);
}

/* "d'Harcourt", "W/Mariam": what stands before this part in the name stands before it here. */
static bool follows_part(const struct pass *p, size_t k)
{
    const struct tokens *t = &p->t;
    const struct own *own = p->own;
    if ((t->v[k - 1].flags & (T_CLAIMED | T_CLITIC)) ||
        !(name_joint(t, k - 1) || t->v[k].gap == GAP_SLASH))
        return false;
    for (size_t i = 1; i < own->n_parts; i++)
        if (own->parts[i].hash == t->v[k].hash && own->parts[i - 1].hash == t->v[k - 1].hash)
            return true;
    return false;
}

/* "Luz d.": behind the name the initial of a part, a particle above all. */
static bool small_initial(const struct pass *p, size_t k)
{
    const struct token *w = token_at(&p->t, k);
    return w->kind == TK_WORD && w->gap == GAP_BLANK && token_len(w) == 1 &&
           !(w->flags & (T_CAPITAL | T_CLAIMED)) && (w[1].gap & GAP_DOT) &&
           (w[-1].flags & T_CAPITAL) && is_own_initial(p->own, p->f.text[w->from]);
}

/* What a hyphen ties to a part of the name belongs to it, unless it is an English word. */
static bool hangs_on(const struct token *w)
{
    return w->kind == TK_WORD && !(w->flags & (T_CLAIMED | T_CLITIC)) && token_len(w) > 1 &&
           ((w->flags & T_CAPITAL) || !(w->bits & LEX_WORD_BITS)) && !(w->bits & LEX_FUNCTION);
}

/* "S. Cole", "XM Wang": whatever the letters are, they stand for the rest of the name. */
static bool leads_name(const struct tokens *t, size_t k)
{
    const struct token *before = &t->v[k - 1];
    if (before->kind != TK_WORD || (before->flags & (T_CLAIMED | T_SHOUT)))
        return false;
    if (of_postscript(t, k - 1))
        return false;
    if (token_len(before) == 1 && t->v[k].gap == GAP_DOT)
        return true;
    if (!(t->v[k].flags & T_CAPITAL))
        return false;
    if (before->flags & T_INITIAL)
        return t->v[k].gap == GAP_DOT || t->v[k].gap == (GAP_DOT | GAP_BLANK);
    return (before->flags & T_ALL_CAPS) && token_len(before) <= 3 && !before->bits &&
           !(t->v[k].flags & T_ALL_CAPS) && gap_blank(t->v[k].gap);
}

/* A last syllable behind an apostrophe that no clitic is. */
static bool goes_on_short(const struct token *w)
{
    return w->kind == TK_WORD && w->gap == GAP_APOSTROPHE && token_len(w) <= 2 &&
           !(w->flags & (T_CLITIC | T_CLAIMED | T_CAPITAL));
}

/* "Dinyari Machine Tools": the family's name at the head of a firm's or a school's; the last token.
 */
static size_t firm_end(const struct pass *p, size_t first, size_t last)
{
    enum { WORDS_MAX = 3 };
    const uint64_t other = LEX_FUNCTION | LEX_FIRST | LEX_MONTH | LEX_DAY | LEX_TITLE;
    const uint16_t not_one = T_CLAIMED | T_CLITIC | T_CONTRACTED | T_SHOUT | T_HEADING | T_START;
    const struct tokens *t = &p->t;
    size_t k = last;
    bool body = run_serves(t, first);
    while (k + 1 < t->n && k - last < WORDS_MAX) {
        const struct token *w = &t->v[k + 1];
        if (w->kind != TK_WORD || !gap_blank(w->gap) || (w->bits & other) ||
            (w->flags & (T_CAPITAL | not_one)) != T_CAPITAL || token_len(w) < 3)
            break;
        body |= (w->bits & (LEX_ORG_TAIL | LEX_SCHOOL)) != 0;
        k++;
    }
    return body ? k : last;
}

/* "AFOLABI OLUDAMILOLA GRACE": behind the whole name, at the line's end, a name or an initial that
 * only papers have. */
static bool further_name(const struct pass *p, size_t k)
{
    const struct token *w = token_at(&p->t, k), *next = token_at(&p->t, k + 1);
    const bool ends = next->kind == TK_END || (next->gap & (GAP_LINE | GAP_BRACKET | GAP_QUOTE));
    if (w->kind != TK_WORD || !gap_blank(w->gap) || !ends || !(w->flags & T_CAPITAL) ||
        (w->flags & (T_CLAIMED | T_CLITIC)))
        return false;
    return (w->flags & T_INITIAL) ||
           ((w->flags & w[-1].flags & T_ALL_CAPS) && (w->bits & (LEX_FIRST | LEX_LAST)));
}

static size_t take_run(struct pass *p, size_t k, const uint8_t *marks)
{
    const struct tokens *t = &p->t;
    size_t first = k, last = k, strong = 0, weak = 0, initials = 0, at = k;
    while (last + 1 < t->n && marks[last + 1] != MARK_NONE &&
           (name_joint(t, last) || follows_part(p, last + 1)))
        last++;
    for (size_t i = k; i <= last; i++) {
        strong += marks[i] == MARK_STRONG;
        weak += marks[i] == MARK_WEAK;
        initials += marks[i] == MARK_INITIAL;
        at = marks[i] == MARK_STRONG ? i : at;
    }
    const size_t past = last;
    initials += small_initial(p, last + 1);
    if (!strong && !(weak >= 2 || (weak && initials)))
        return past + 1;
    while (last > first && marks[last] == MARK_PARTICLE && !own_generation(token_text(t, last)))
        last--;
    while (first < last && marks[first] == MARK_PARTICLE)
        first++;
    while (first > 0 && follows_part(p, first))
        first--;
    if (strong && first > 0 && marks[first - 1] == MARK_NONE && name_joint(t, first - 1) &&
        leans(p, first - 1, at))
        first--;
    if (strong && last + 1 < t->n && marks[last + 1] == MARK_NONE && name_joint(t, last) &&
        leans(p, last + 1, at))
        last++;
    while (strong && first > 0 && leads_name(t, first))
        first--;
    while (first > 0 && t->v[first].gap == GAP_HYPHEN && hangs_on(&t->v[first - 1]))
        first--;
    while (last + 1 < t->n && t->v[last + 1].gap == GAP_HYPHEN && hangs_on(&t->v[last + 1]))
        last++;
    if (last + 1 < t->n && goes_on_short(&t->v[last + 1]))
        last++; /* Hauwa'u */
    if (small_initial(p, last + 1))
        last++;
    if (strong >= 2 && further_name(p, last + 1))
        last++;
    if (strong == 1)
        last = firm_end(p, first, last);
    own_name_add(p, first, last, "identity.name", 100);
    return past + 1 > last + 1 ? past + 1 : last + 1;
}

/* The parts of a chunk without blanks: jakobsen_nils2007, @nilsj, njakobsen.pdf. */
static bool chunk_joint(uint16_t gap)
{
    return !(gap & ~(GAP_UNDERSCORE | GAP_DOT | GAP_HYPHEN | GAP_AT | GAP_HASH));
}

static bool chunk_is_own(const struct own *own, struct str letters)
{
    for (size_t k = 0; k < own->n_parts; k++) {
        const struct name_part *part = &own->parts[k];
        if (!part->particle && part->text.n >= SPELLED_MIN + 1 &&
            memmem(letters.p, letters.n, part->text.p, part->text.n))
            return true;
    }
    if (own->local.n >= EDIT_MIN && memmem(letters.p, letters.n, own->local.p, own->local.n))
        return true;
    return joined_name(own, letters);
}

/* joy_l, k_mwangi: a part and an initial with an underscore between. */
static bool initial_account(const struct pass *p, size_t k, size_t last)
{
    const struct token *a = &p->t.v[k], *b = &p->t.v[last];
    if (last != k + 1 || b->gap != GAP_UNDERSCORE || a->kind != TK_WORD || b->kind != TK_WORD)
        return false;
    const bool ahead = token_len(a) == 1;
    const struct token *part = ahead ? b : a, *initial = ahead ? a : b;
    const struct variant *v = own_variant(p->own, part->hash);
    return v && v->kind >= VARIANT_PART && token_len(part) > 1 && token_len(initial) == 1;
}

/* "You say it roh-WEE-nuh", "pronounced shy-ANN": how the name sounds. */
static bool said_aloud(const struct tokens *t, size_t k, size_t last)
{
    static const struct words says = WORDS("say", "says", "pronounce", "pronounces", "pronounced");
    bool strange = false;
    for (size_t i = k; i <= last; i++)
        strange |= !t->v[i].dull;
    if (k == 0 || !strange)
        return false;
    return token_is(t, k - 1, "pronounced") ||
           (k > 1 && token_is(t, k - 1, "it") && token_in(t, k - 2, &says));
}

static size_t judge_chunk(struct pass *p, size_t k)
{
    const struct tokens *t = &p->t;
    char letters[CHUNK_MAX];
    size_t n = 0, last = k;
    bool marked = (t->v[k].gap & (GAP_AT | GAP_HASH)) != 0, own = false, taken = false;
    bool joint = false, dotted = false;
    for (size_t i = k; i < t->n && (i == k || chunk_joint(t->v[i].gap)); i++) {
        const struct token *w = &t->v[i];
        marked |= i > k && !(w->gap & GAP_HYPHEN) && (w->gap & ~(GAP_DOT | GAP_HYPHEN));
        marked |= i > k && w->gap == GAP_NONE;
        const bool made = w->kind == TK_WORD && !(w->bits & LEX_WORD_BITS) &&
                          joined_name(p->own, token_text(t, i));
        joint |= made;
        dotted |= i > k && w->gap == GAP_DOT && !(w->flags & T_CAPITAL);
        own |= (w->flags & T_OWN) != 0 || made;
        taken |= (w->flags & (T_CLAIMED | T_OWN)) == T_CLAIMED;
        if (w->kind == TK_WORD && n + token_len(w) <= CHUNK_MAX) {
            memcpy(letters + n, p->f.text + w->from, token_len(w));
            n += token_len(w);
        }
        last = i;
    }
    own |= initial_account(p, k, last);
    if (last > k && !taken && t->v[k + 1].gap == GAP_HYPHEN && said_aloud(t, k, last)) {
        own_name_add(p, k, last, "identity.aloud", 75);
        return last + 1;
    }
    static const struct words files =
        WORDS("pdf", "zip", "png", "jpg", "jpeg", "docx", "doc", "txt", "py", "ipynb", "mp4", "mp3",
              "csv", "html", "stl", "pptx", "xlsx", "wav", "mov", "tex", "cpp", "java");
    const bool file = last > k && t->v[last].gap == GAP_DOT && token_in(t, last, &files);
    marked |= file;
    own |= file && short_joined(p->own, token_text(t, k));
    /* premchand.writes, premchand-sings */
    marked |= joint && (dotted || (last > k && !(t->v[k].flags & T_CAPITAL)));
    if (!marked || taken || n == 0 || (!own && !chunk_is_own(p->own, (struct str){ letters, n })))
        return last + 1;
    hit_tokens(p, k, last,
               (struct hit){ .type = SCRUB_HANDLE,
                             .strength = BY_IDENTITY,
                             .confidence = 90,
                             .rule = "identity.joined" });
    return last + 1;
}

static size_t take_chunk(struct pass *p, size_t k)
{
    const struct tokens *t = &p->t;
    if (!(t->v[k].gap & (GAP_AT | GAP_HASH)) && !chunk_joint(t->v[k + 1].gap))
        return k + 1;
    return judge_chunk(p, k);
}

/* "the character X means": a word of another script that is spoken about. */
static bool spoken_about(const struct tokens *t, size_t a, size_t b)
{
    static const struct words about =
        WORDS("word", "words", "character", "characters", "kanji", "letter", "letters", "phrase",
              "proverb", "idiom", "verb", "noun", "poem", "spelled", "written", "means", "meaning",
              "translated", "translates", "verse", "symbol", "symbols", "sign", "term");
    for (size_t i = 1; i <= 4; i++) {
        if (a >= i && token_in(t, a - i, &about))
            return true;
        if (i <= 2 && token_in(t, b + i, &about))
            return true;
    }
    return false;
}

static bool greek_symbol(const struct pass *p, const struct token *w)
{
    size_t greek = 0, other = 0;
    for (size_t i = w->from; i < w->to; i++) {
        const unsigned char ch = (unsigned char)p->f.text[i];
        greek += ch == 0xce || ch == 0xcf;
        other += ch >= 0xd0 || (ch >= 0xc0 && ch < 0xce);
    }
    return token_len(w) <= GREEK_SYMBOL_BYTES && greek > 0 && other == 0;
}

/* Other scripts in an English text: most often the name as the applicant writes it. */
static void take_foreign(struct pass *p)
{
    const struct tokens *t = &p->t;
    if (!t->foreign)
        return;
    for (size_t k = token_wanted(t, 0, W_FOREIGN); k < t->n;
         k = token_wanted(t, k + 1, W_FOREIGN)) {
        size_t last = k;
        bool own = false;
        if (!(t->v[k].flags & T_FOREIGN) || (t->v[k].flags & T_CLAIMED))
            continue;
        while (last + 1 < t->n && (t->v[last + 1].flags & T_FOREIGN) && name_joint(t, last))
            last++;
        for (size_t i = k; i <= last; i++)
            own |= own_variant(p->own, t->v[i].hash) != NULL;
        const bool shown = spoken_about(t, k, last) || (last == k && greek_symbol(p, &t->v[k]));
        if (own || !shown)
            own_name_add(p, k, last, "identity.other_script", own ? 100 : 70);
        k = last;
    }
}

/* The first mark from k on; the bytes behind the last are none and may be read. */
static size_t next_mark(const uint8_t *marks, size_t n, size_t k)
{
    uint64_t eight;
    for (; k < n; k += EIGHT) {
        memcpy(&eight, marks + k, EIGHT);
        if (eight)
            return k + (size_t)__builtin_ctzll(le64toh(eight)) / EIGHT;
    }
    return n;
}

void identity_hits(struct pass *p)
{
    const struct tokens *t = &p->t;
    uint8_t *marks = arena_try(p->c->mem, t->n + EIGHT, 1, 1);
    if (!marks) {
        p->hits.over = true;
        return;
    }
    struct wanted at_own = wanted_from(t, W_OWN);
    for (size_t k; (k = wanted_next(&at_own)) < t->n;)
        marks[k] = (uint8_t)mark_token(p, k);
    for (size_t k = 0; (k = next_mark(marks, t->n, k)) < t->n;)
        k = marks[k] == MARK_PARTICLE ? k + 1 : take_run(p, k, marks);
    called_hits(p);
    initials_hits(p);
    for (size_t k = 0; (k = token_wanted(t, k, W_MARK)) < t->n;)
        k = take_chunk(p, k);
    take_foreign(p);
    p->t.steps += 5 * t->n;
}
