/* scrub/words.c: cuts a folded text into tokens in one walk, then looks each sentence over for
 * what its capitals are worth. */
#include "scrub/words.h"

#include "base/str.h"
#include "scrub/scrub.h"

enum { SHOUT_PERCENT = 60, HEADING_PERCENT = 60, HEADING_WORDS_MIN = 3, LETTERS_MIN = 8 };

static bool placeholder_word(struct str word)
{
    static const struct str known[] = {
#define X(id, name, standard, numbered, original) S_INIT(standard), S_INIT(original),
        SCRUB_TYPE_MAP(X)
#undef X
    };
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (known[i].n == word.n && (known[i].p[0] | 32) == word.p[0] && str_eqi(word, known[i]))
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

static uint16_t gap_of(char ch)
{
    switch (ch) {
    case ' ':
    case '\t':
        return GAP_BLANK;
    case '\n':
    case '\r':
    case '\f':
    case '\v':
        return GAP_LINE;
    case '.':
        return GAP_DOT;
    case ',':
        return GAP_COMMA;
    case '!':
    case '?':
        return GAP_STOP;
    case '-':
        return GAP_HYPHEN;
    case '\'':
        return GAP_APOSTROPHE;
    case '"':
        return GAP_QUOTE;
    case ':':
    case ';':
        return GAP_COLON;
    case '/':
        return GAP_SLASH;
    case '(':
    case ')':
    case '[':
    case ']':
    case '{':
    case '}':
    case '<':
    case '>':
        return GAP_BRACKET;
    case '@':
        return GAP_AT;
    case '_':
        return GAP_UNDERSCORE;
    case '#':
        return GAP_HASH;
    default:
        return GAP_OTHER;
    }
}

static void cut_word(const struct tokens *t, size_t *at, struct token *w)
{
    const struct fold *f = t->f;
    uint64_t h = LEX_HASH_SEED;
    uint32_t letters = 0;
    size_t i = *at, upper = 0;
    bool foreign = false;
    for (; fold_is_letter(f->text[i]); i++) {
        const unsigned char ch = (unsigned char)f->text[i];
        h = lex_step(h, ch);
        foreign |= ch >= 0x80;
        letters |= ch < 0x80 ? 1U << (ch - 'a') : 0;
        upper += f->upper[i];
    }
    const size_t n = i - *at;
    w->hash = lex_end(h);
    w->letters = letters;
    w->to = (uint32_t)i;
    if (f->upper[*at])
        w->flags |= T_CAPITAL | (n == 1 ? T_INITIAL : upper == n ? T_ALL_CAPS : 0);
    if (upper > (f->upper[*at] ? 1U : 0U) && upper < n)
        w->flags |= T_MIXED;
    w->flags |= foreign ? T_FOREIGN : 0;
    *at = i;
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

/* The marks between, and whether they opened or closed a quotation. */
static uint16_t skip_gap(const struct fold *f, size_t *at, bool *quoted)
{
    uint16_t gap = 0;
    size_t i = *at, lines = 0;
    for (; i < f->n; i++) {
        const char ch = f->text[i];
        if (fold_is_alnum(ch) || (ch == '[' && placeholder_end(f, i) > i))
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
    enum { BYTES_A_TOKEN = 4, TOKENS_MIN = 32 };
    if (t->n + 2 < t->cap)
        return true;
    const size_t cap = t->cap ? t->cap * 2 : t->f->n / BYTES_A_TOKEN + TOKENS_MIN;
    struct token *v = arena_try(c->mem, cap + 1, sizeof(struct token), _Alignof(struct token));
    if (!v)
        return false;
    if (t->n)
        memcpy(v + 1, t->v, t->n * sizeof(*v));
    t->v = v + 1;
    t->cap = cap;
    return true;
}

static bool cut_all(struct ctx *c, struct tokens *t)
{
    const struct fold *f = t->f;
    bool quoted = false;
    size_t i = 0;
    for (;;) {
        struct token *w = &t->v[t->n];
        const size_t gap_from = i;
        *w = (struct token){ .gap = skip_gap(f, &i, &quoted) };
        w->gap |= gap_from == 0 ? GAP_EDGE : 0;
        w->from = w->to = (uint32_t)i;
        if (i >= f->n)
            return true;
        w->flags = quoted ? T_QUOTED : 0;
        if (t->n && (w->gap & GAP_APOSTROPHE) && !(w->gap & (GAP_QUOTE | GAP_AT)) &&
            f->text[w[-1].to] == '\'' && w->gap != GAP_APOSTROPHE && f->text[w[-1].to - 1] == 's')
            w[-1].flags |= T_POSSESSIVE;
        if (f->text[i] == '[') {
            i = placeholder_end(f, i);
            w->kind = TK_PLACEHOLDER;
            w->to = (uint32_t)i;
        } else if (fold_is_digit(f->text[i])) {
            while (fold_is_digit(f->text[i]))
                i++;
            w->kind = TK_NUMBER;
            w->to = (uint32_t)i;
        } else {
            w->kind = TK_WORD;
            cut_word(t, &i, w);
        }
        t->n++;
        if (!tokens_room(c, t))
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

static void note_phrase(struct tokens *t, size_t k)
{
    if (!(t->v[k].bits & LEX_PHRASE_HEAD))
        return;
    find_phrase(t, k);
    mark_cited(t, k);
}

/* The table is larger than the near caches: the places of the words to come are asked for ahead. */
static void look_up(struct tokens *t)
{
    enum { AHEAD = 12 };
    for (size_t k = 0; k < t->n; k++) {
        struct token *w = &t->v[k];
        if (k + AHEAD < t->n) {
            const struct token *next = &t->v[k + AHEAD];
            __builtin_prefetch(&t->lex->slots[next->hash & t->lex->mask]);
            __builtin_prefetch(&t->lex->slots[lex_join(next[-1].hash, next->hash) & t->lex->mask]);
        }
        if (w->kind == TK_WORD) {
            w->bits = lex_find(t->lex, w->hash)->bits;
            note_apostrophe(t, w);
        }
        w->flags |= starts_sentence(t, w) ? T_START : 0;
        if (k >= LEX_PHRASE_WORDS_MAX)
            note_phrase(t, k - LEX_PHRASE_WORDS_MAX);
    }
    for (size_t k = t->n > LEX_PHRASE_WORDS_MAX ? t->n - LEX_PHRASE_WORDS_MAX : 0; k < t->n; k++)
        note_phrase(t, k);
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
        const bool ends =
            k == t->n || (k > from && !gap_same_sentence(w->gap) && (w->flags & T_START));
        if (ends) {
            flag_sentence(t, from, k, &s);
            s = (struct tally){ 0 };
            from = k;
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
    look_up(&t);

    weigh_capitals(&t);
    t.steps = t.n;
    *ret = t;
    return ERR_OK;
}
