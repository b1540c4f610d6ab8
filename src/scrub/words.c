/* scrub/words.c: cuts a folded text into tokens in one walk, then looks each sentence over for
 * what its capitals are worth. */
#include "scrub/words.h"

#include "base/str.h"
#include "scrub/scrub.h"

enum { WANT_PAD = 5 };
enum { SHOUT_PERCENT = 60, HEADING_PERCENT = 60, HEADING_WORDS_MIN = 3, LETTERS_MIN = 8 };

static bool placeholder_word(struct str word)
{
    if (word.n < 2)
        return false;
    static const struct str known[] = {
#define X(id, name, standard, numbered, original) S_INIT(standard), S_INIT(original),
        SCRUB_TYPE_MAP(X)
#undef X
    };
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (known[i].n == word.n && (known[i].p[0] | 32) == word.p[0] &&
            (known[i].p[1] | 32) == word.p[1] && str_eqi(word, known[i]))
            return true;
    return false;
}

/* "[person_12]", "[name]": capitals in brackets, from the table of types. */
size_t placeholder_end(const struct fold *f, size_t i)
{
    enum { WORD_MAX = 24, DIGITS_MAX = 6 };
    size_t at = i + 1, end;
    if (f->text[i] != '[')
        return i;
    while (at < f->n && at - i < WORD_MAX &&
           ((f->text[at] >= 'a' && f->text[at] <= 'z' && f->upper[at]) || f->text[at] == '_'))
        at++;
    end = at;
    while (at < f->n && at - end < DIGITS_MAX && fold_is_digit(f->text[at]))
        at++;
    if (at >= f->n || f->text[at] != ']')
        return i;
    if (at > end && f->text[end - 1] == '_')
        end--;
    return placeholder_word((struct str){ f->text + i + 1, end - i - 1 }) ? at + 1 : i;
}

/* What a byte between words is a mark of. */
static uint16_t gap_of(char ch)
{
    static const uint16_t marks[0x80] = {
        [' '] = GAP_BLANK,   ['\t'] = GAP_BLANK,     ['\n'] = GAP_LINE,   ['\r'] = GAP_LINE,
        ['\f'] = GAP_LINE,   ['\v'] = GAP_LINE,      ['.'] = GAP_DOT,     [','] = GAP_COMMA,
        ['!'] = GAP_STOP,    ['?'] = GAP_STOP,       ['-'] = GAP_HYPHEN,  ['\''] = GAP_APOSTROPHE,
        ['"'] = GAP_QUOTE,   [':'] = GAP_COLON,      [';'] = GAP_COLON,   ['/'] = GAP_SLASH,
        ['('] = GAP_BRACKET, [')'] = GAP_BRACKET,    ['['] = GAP_BRACKET, [']'] = GAP_BRACKET,
        ['{'] = GAP_BRACKET, ['}'] = GAP_BRACKET,    ['<'] = GAP_BRACKET, ['>'] = GAP_BRACKET,
        ['@'] = GAP_AT,      ['_'] = GAP_UNDERSCORE, ['#'] = GAP_HASH,
    };
    const uint16_t mark = marks[(unsigned char)ch & 0x7f];
    return mark ? mark : GAP_OTHER;
}

enum { EIGHT = 8 };

static uint64_t eight_at(const char *p)
{
    uint64_t eight;
    memcpy(&eight, p, EIGHT);
    return le64toh(eight);
}

/* How many of the eight bytes are letters before the first that is none. A byte is one when it is
 * 0x80 or more, or when adding makes its seventh bit show that it lies from a to z. */
static size_t letters_in(uint64_t eight)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), high = ones * 0x80;
    const uint64_t low = eight & ~high;
    const uint64_t from_a = low + ones * (0x80 - 'a'), past_z = low + ones * (0x80 - 'z' - 1);
    const uint64_t none = ~((from_a & ~past_z) | eight) & high;
    return none ? (size_t)__builtin_ctzll(none) / EIGHT : EIGHT;
}

static uint64_t first_bytes(uint64_t eight, size_t n)
{
    return n == EIGHT ? eight : eight & ((UINT64_C(1) << (EIGHT * n)) - 1);
}

/* One bit a letter; bytes of other scripts have none. */
static uint32_t letters_of(const char *p, size_t n)
{
    uint32_t letters = 0;
    for (size_t i = 0; i < n; i++)
        letters |= (unsigned char)p[i] < 0x80 ? 1U << (p[i] - 'a') : 0;
    return letters;
}

/* How many of eight bytes, each 0 or 1, are 1. */
static size_t ones_in(uint64_t eight)
{
    return (size_t)(eight * UINT64_C(0x0101010101010101) >> (EIGHT * (EIGHT - 1)));
}

static void flag_capitals(struct token *w, bool first, size_t capitals, size_t n)
{
    if (first)
        w->flags |= T_CAPITAL | (n == 1 ? T_INITIAL : capitals == n ? T_ALL_CAPS : 0);
    if (capitals > first && capitals < n)
        w->flags |= T_MIXED;
}

/* The word at `at`; the text goes on for FOLD_PAD bytes behind its end. */
static void cut_word(const struct tokens *t, size_t *at, struct token *w)
{
    const char *p = t->f->text + *at;
    const uint8_t *upper = t->f->upper + *at;
    uint64_t eight = eight_at(p), all = 0;
    size_t n = 0, part = letters_in(eight), capitals = 0;
    while (part == EIGHT && fold_is_letter(p[n + EIGHT])) {
        all |= eight;
        capitals += ones_in(eight_at((const char *)upper + n));
        n += EIGHT;
        eight = eight_at(p + n);
        part = letters_in(eight);
    }
    const uint64_t last = first_bytes(eight, part);
    all |= last;
    capitals += ones_in(first_bytes(eight_at((const char *)upper + n), part));
    n += part;
    uint64_t h = lex_begin(n);
    for (size_t i = 0; i + part < n; i += EIGHT)
        h = lex_step(h, eight_at(p + i));
    w->hash = lex_end(lex_step(h, last));
    __builtin_prefetch(&t->lex->slots[w->hash & t->lex->mask]);
    w->flags |= all & UINT64_C(0x8080808080808080) ? T_FOREIGN : 0;
    *at += n;
    w->to = (uint32_t)*at;
    if (capitals)
        flag_capitals(w, upper[0], capitals, n);
}

/* Where a blank after a dot begins no sentence: initials and titles (Mr., Dr., St.). */
static bool short_form(const struct tokens *t, const struct token *last)
{
    static const char *const forms[] = { "mr",  "mrs", "ms",   "dr",     "prof", "st",  "sr",
                                         "jr",  "mt",  "no",   "vs",     "etc",  "eng", "fr",
                                         "rev", "hon", "capt", "sgt",    "lt",   "col", "gen",
                                         "eg",  "ie",  "al",   "approx", NULL };
    if (last->kind != TK_WORD)
        return false;
    return ((last->flags & T_INITIAL) && last->gap != GAP_NONE) || (last->bits & LEX_TITLE) ||
           token_in(t, (size_t)(last - t->v), forms);
}

static bool starts_sentence(const struct tokens *t, const struct token *w)
{
    if (w->gap & (GAP_EDGE | GAP_LINE | GAP_STOP))
        return true;
    const struct token *last = w - 1;
    if ((w->gap & GAP_DOT) && (w->gap & (GAP_BLANK | GAP_QUOTE)))
        return !short_form(t, last) || (w->gap & (GAP_QUOTE | GAP_BRACKET));
    /* An opening quotation, a bullet. */
    return ((w->gap & GAP_QUOTE) && t->f->text[w->from - 1] == '"') ||
           (w->gap == (GAP_BLANK | GAP_OTHER));
}

/* The marks between, and whether they opened or closed a quotation; past: the end of the
 * placeholder behind them. */
static uint16_t skip_gap(const struct fold *f, size_t *at, bool *quoted, size_t *past)
{
    uint16_t gap = 0;
    size_t i = *at, lines = 0;
    for (; i < f->n; i++) {
        const char ch = f->text[i];
        *past = ch == '[' ? placeholder_end(f, i) : i;
        if (fold_is_alnum(ch) || *past > i)
            break;
        const uint16_t one = gap_of(ch);
        *quoted ^= one == GAP_QUOTE;
        lines += one == GAP_LINE;
        gap |= one;
    }
    if (lines > 1)
        *quoted = false;
    *at = i;
    return gap;
}

/* 's and n't: the name before the first, and no name at all in the second. */
static void note_apostrophe(const struct tokens *t, struct token *w)
{
    static const char *const tails[] = { "t", "m", "re", "ve", "ll", "d", NULL };
    struct token *last = w - 1;
    if (w->gap != GAP_APOSTROPHE || last->kind == TK_END)
        return;
    const size_t k = (size_t)(w - t->v);
    if (token_is(t, k, "s")) {
        last->flags |= T_POSSESSIVE;
        w->flags |= T_CLITIC;
        w->bits = LEX_FUNCTION;
    } else if (token_in(t, k, tails)) {
        last->flags |= T_CONTRACTED;
        w->flags |= T_CLITIC;
        w->bits = LEX_FUNCTION;
        if (token_is(t, k, "t"))
            last->bits = LEX_FUNCTION;
    }
}

/* Room for one more token and the end; an end token stands before the first too. */
static bool tokens_room(struct ctx *c, struct tokens *t)
{
    enum { BYTES_A_TOKEN = 5, TOKENS_MIN = 32 };
    const size_t cap = t->cap ? t->cap * 2 : t->f->n / BYTES_A_TOKEN + TOKENS_MIN;
    struct token *v =
        arena_try_dirty(c->mem, cap + 1, sizeof(struct token), _Alignof(struct token));
    if (!v)
        return false;
    v[0] = (struct token){ .kind = TK_END };
    if (t->n)
        memcpy(v + 1, t->v, t->n * sizeof(*v));
    t->v = v + 1;
    t->cap = cap;
    return true;
}

/* The token at i, of which the gap is known. */
static size_t cut_token(const struct tokens *t, size_t i, size_t past, struct token *w)
{
    const struct fold *f = t->f;
    w->from = (uint32_t)i;
    if (fold_is_letter(f->text[i])) {
        w->kind = TK_WORD;
        cut_word(t, &i, w);
        return i;
    }
    if (fold_is_digit(f->text[i])) {
        while (fold_is_digit(f->text[i]))
            i++;
        w->kind = TK_NUMBER;
    } else {
        i = past;
        w->kind = TK_PLACEHOLDER;
    }
    w->to = (uint32_t)i;
    return i;
}

/* "boys' team": the apostrophe of an owner in s. */
static void note_owner(const struct tokens *t, struct token *w)
{
    const char *text = t->f->text;
    if (t->n && !(w->gap & (GAP_QUOTE | GAP_AT)) && text[w[-1].to] == '\'' &&
        w->gap != GAP_APOSTROPHE && text[w[-1].to - 1] == 's')
        w[-1].flags |= T_POSSESSIVE;
}

static bool cut_all(struct ctx *c, struct tokens *t)
{
    const struct fold *f = t->f;
    bool quoted = false;
    size_t i = 0, past = 0;
    for (;;) {
        struct token *w = &t->v[t->n];
        *w = (struct token){ .gap = i == 0 ? GAP_EDGE : 0 };
        if (i > 0 && f->text[i] == ' ' && fold_is_letter(f->text[i + 1])) {
            w->gap = GAP_BLANK;
            i++;
        } else {
            w->gap |= skip_gap(f, &i, &quoted, &past);
        }
        w->flags = quoted ? T_QUOTED : 0;
        if (w->gap & GAP_APOSTROPHE)
            note_owner(t, w);
        if (i >= f->n) {
            *w = (struct token){ .gap = w->gap, .from = (uint32_t)i, .to = (uint32_t)i };
            return true;
        }
        i = cut_token(t, i, past, w);
        t->placeholders |= w->kind == TK_PLACEHOLDER;
        t->n++;
        if (t->n + 2 >= t->cap && !tokens_room(c, t))
            return false;
    }
}

/* The longest known phrase at k; its words stand in one sentence, parted by blanks and joints. */
static void find_phrase(struct tokens *t, size_t k)
{
    struct token *w = &t->v[k];
    uint64_t h = w->hash;
    for (size_t i = 1; i < LEX_PHRASE_WORDS_MAX && k + i < t->n; i++) {
        const struct token *next = &t->v[k + i];
        if (next->kind != TK_WORD || next->gap == GAP_NONE ||
            (next->gap & ~(GAP_BLANK | GAP_HYPHEN | GAP_APOSTROPHE | GAP_DOT)))
            return;
        h = lex_join(h, next->hash);
        const struct lex_set *set = lex_find(t->lex, h);
        if (set->bits & ~LEX_PHRASE_HEAD) {
            w->phrase = (uint8_t)(i + 1);
            w->phrase_set = set;
        }
        if (!(set->bits & LEX_PHRASE_HEAD))
            return;
    }
}

/* All words of a cited figure's name, written as one. */
static void mark_cited(struct tokens *t, size_t k)
{
    const struct token *w = &t->v[k];
    if (!w->phrase_set || !(w->phrase_set->bits & (LEX_FIGURE | LEX_FICTION)) ||
        !(w->flags & T_CAPITAL))
        return;
    for (size_t i = k; i < k + w->phrase; i++)
        t->v[i].flags |= T_CITED;
}

static const uint64_t plain_bits =
    LEX_BIT(ORDINARY) | LEX_BIT(FREQUENT) | LEX_BIT(FUNCTION) | LEX_BIT(RARE);
/* A phrase of these stands for its words, also where one of them names a group of people. */
static const uint64_t phrase_bits = LEX_PROXY_BITS | LEX_BIT(KEEP) | LEX_BIT(FIGURE) |
                                    LEX_BIT(GENDERED) | LEX_BIT(COMPETITION) | LEX_BIT(SUBJECT);

/* Marks and no blank between; or a mark that begins something behind a blank. */
static bool is_tight(uint16_t gap)
{
    const uint16_t openers = GAP_AT | GAP_HASH | GAP_UNDERSCORE | GAP_SLASH;
    return !(gap & (GAP_BLANK | GAP_LINE | GAP_EDGE)) || (gap & openers);
}

/* Short words: the cues, and those that street_first has short forms of. */
static unsigned short_wants(const struct tokens *t, const struct token *w)
{
    const char *s = t->f->text + w->from;
    const size_t n = token_len(w);
    unsigned want = w->bits & LEX_FUNCTION ? 0U : W_ADDRESS;
    want |= n == 1 ? W_LETTER : 0U;
    want |= n == 2 && w->dull ? W_CUE : 0U;
    want |= s[0] == 'i' || (s[0] == 'm' && s[1] == 'y') ? W_PERSON : 0U;
    return want;
}

static unsigned word_wants(const struct tokens *t, struct token *w)
{
    unsigned want = 0;
    if (!w->dull) {
        want = W_NAME | W_ADDRESS;
        want |= w->flags & T_ALL_CAPS ? W_LETTER : 0U;
        want |= w->flags & T_FOREIGN ? W_FOREIGN : 0U;
        w->letters = letters_of(t->f->text + w->from, token_len(w));
    }
    return token_len(w) <= 3 ? want | short_wants(t, w) : want;
}

static unsigned mark_wants(const struct token *w)
{
    const uint16_t gap = w->gap, next = w[1].gap;
    const uint16_t handle = GAP_COLON | GAP_BRACKET | GAP_AT | GAP_UNDERSCORE;
    unsigned want = is_tight(gap) || is_tight(next) ? W_MARK : 0U;
    want |= (next & handle) || next == GAP_NONE || next == GAP_DOT ? W_HANDLE : 0U;
    want |= w[1].kind == TK_NUMBER && is_tight(next) ? W_CODE : 0U;
    want |= gap & GAP_QUOTE ? W_PERSON : 0U;
    return want;
}

static unsigned phrase_wants(struct tokens *t, size_t k)
{
    find_phrase(t, k);
    if (!t->v[k].phrase_set)
        return 0;
    mark_cited(t, k);
    const uint64_t bits = t->v[k].phrase_set->bits;
    return (bits & phrase_bits ? W_PROXY : 0U) | (bits & LEX_GENDER_BITS ? W_GENDER : 0U);
}

/* Ádám or Pécs within a sentence is not the English word that is left without its marks. */
static bool marked_name(const struct tokens *t, const struct token *w)
{
    return (w->flags & T_CAPITAL) && w->gap == GAP_BLANK &&
           t->f->from[w->to] - t->f->from[w->from] > token_len(w);
}

/* The table is larger than the near caches: the words to come are asked for ahead. */
static void look_up(struct tokens *t)
{
    enum { AHEAD = 12 };
    for (size_t k = 0; k < t->n; k++) {
        struct token *w = &t->v[k];
        unsigned want = w->kind == TK_NUMBER ? W_NUMBER | W_CODE | W_DATE | W_ADDRESS : W_PERSON;
        if (k + AHEAD < t->n)
            __builtin_prefetch(&t->lex->slots[w[AHEAD].hash & t->lex->mask]);
        if (w->kind == TK_WORD) {
            const struct lex_set *set = lex_find(t->lex, w->hash);
            w->bits = marked_name(t, w) ? set->bits & ~plain_bits : set->bits;
            w->dull = (w->bits & plain_bits) && !(w->flags & (T_CAPITAL | T_MIXED));
            want = set->want;
        }
        if (w->gap != GAP_BLANK) {
            if (w->kind == TK_WORD)
                note_apostrophe(t, w);
            w->flags |= starts_sentence(t, w) ? T_START : 0;
        }
        if (w->kind == TK_WORD)
            want |= word_wants(t, w);
        if (w->gap != GAP_BLANK || w[1].gap != GAP_BLANK)
            want |= mark_wants(w);
        if (w->bits & LEX_PHRASE_HEAD)
            want |= phrase_wants(t, k);
        t->want[k] = (uint16_t)want;
    }
}

struct tally {
    size_t letters, capitals, words, capital_words;
};

static void flag_sentence(struct tokens *t, size_t from, size_t to, const struct tally *s)
{
    uint16_t flags = 0;
    if (s->letters >= LETTERS_MIN && s->capitals * 100 > s->letters * SHOUT_PERCENT)
        flags |= T_SHOUT;
    if (s->words >= HEADING_WORDS_MIN && s->capital_words * 100 > s->words * HEADING_PERCENT)
        flags |= T_HEADING;
    for (size_t k = from; flags && k < to; k++)
        t->v[k].flags |= flags;
}

static void weigh_capitals(struct tokens *t)
{
    struct tally s = { 0 };
    size_t from = 0;
    for (size_t k = 0; k <= t->n; k++) {
        const struct token *w = &t->v[k];
        if (k == t->n || (w->gap != GAP_BLANK && k > from && !gap_same_sentence(w->gap) &&
                          (w->flags & T_START))) {
            flag_sentence(t, from, k, &s);
            s = (struct tally){ 0 };
            from = k;
        }
        if (w->dull && !(w->flags & T_CLITIC)) {
            s.letters += token_len(w);
            s.words++;
            continue;
        }
        if (w->kind != TK_WORD || (w->flags & (T_CLITIC | T_FOREIGN)))
            continue;
        const size_t n = token_len(w);
        size_t capitals = w->flags & T_ALL_CAPS ? n : w->flags & T_CAPITAL ? 1 : 0;
        if (w->flags & T_MIXED)
            for (capitals = 0; capitals < n && t->f->upper[w->from + capitals];)
                capitals++;
        s.letters += n;
        s.capitals += capitals;
        s.words++;
        s.capital_words += (w->flags & T_CAPITAL) != 0;
    }
}

err words_cut(struct ctx *c, const struct fold *f, const struct lexicon *lex, struct tokens *ret)
{
    struct tokens t = { .f = f, .lex = lex };
    if (!tokens_room(c, &t) || !cut_all(c, &t))
        return FAIL(c, TOO_LARGE, "no memory left for a text to scrub");
    t.want = arena_try_dirty(c->mem, t.n + WANT_PAD, sizeof(*t.want), sizeof(uint64_t));
    if (!t.want)
        return FAIL(c, TOO_LARGE, "no memory left for a text to scrub");
    memset(t.want + t.n, 0xff, WANT_PAD * sizeof(*t.want));
    look_up(&t);
    weigh_capitals(&t);
    t.steps = t.n;
    *ret = t;
    return ERR_OK;
}
