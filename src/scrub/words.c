/* scrub/words.c: cuts a folded text into tokens in one walk, then looks each sentence over for
 * what its capitals are worth. */
#include "scrub/words.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/str.h"
#include "scrub/own.h"

enum { BYTES_A_TOKEN = 5, PHRASE_BITS = 15 };
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

/* What a byte between words is a mark of; 0: it is a letter, a digit, or the end. */
static uint16_t gap_of(char ch)
{
    static const uint16_t marks[256] = {
        [1 ... '\t' - 1] = GAP_OTHER,
        ['\t'] = GAP_BLANK,
        ['\n' ... '\r'] = GAP_LINE, /* and \v, \f */
        ['\r' + 1 ... ' ' - 1] = GAP_OTHER,
        [' '] = GAP_BLANK,
        ['!'] = GAP_STOP,
        ['"'] = GAP_QUOTE,
        ['#'] = GAP_HASH,
        ['$' ... '&'] = GAP_OTHER,
        ['\''] = GAP_APOSTROPHE,
        ['(' ... ')'] = GAP_BRACKET,
        ['*' ... '+'] = GAP_OTHER,
        [','] = GAP_COMMA,
        ['-'] = GAP_HYPHEN,
        ['.'] = GAP_DOT,
        ['/'] = GAP_SLASH,
        [':' ... ';'] = GAP_COLON,
        ['<'] = GAP_BRACKET,
        ['='] = GAP_OTHER,
        ['>'] = GAP_BRACKET,
        ['?'] = GAP_STOP,
        ['@'] = GAP_AT,
        ['A' ... 'Z'] = GAP_OTHER, /* never in folded text */
        ['['] = GAP_BRACKET,
        ['\\'] = GAP_OTHER,
        [']'] = GAP_BRACKET,
        ['^'] = GAP_OTHER,
        ['_'] = GAP_UNDERSCORE,
        ['`'] = GAP_OTHER,
        ['{'] = GAP_BRACKET,
        ['|'] = GAP_OTHER,
        ['}'] = GAP_BRACKET,
        ['~' ... 0x7f] = GAP_OTHER,
    };
    return marks[(unsigned char)ch];
}

enum { EIGHT = 8 };

static uint64_t eight_at(const void *p)
{
    uint64_t eight;
    memcpy(&eight, p, EIGHT);
    return le64toh(eight);
}

/* Which bytes are letters and which were capitals, one bit a byte, so that a word's end is found by
 * counting bits. Behind the last byte come zeros. */
struct maps {
    uint8_t *letters, *capitals;
};
enum { MAP_BITS = 57 }; /* at least so many from any place on */

static uint64_t bits_at(const uint8_t *map, size_t i)
{
    return eight_at(map + i / EIGHT) >> i % EIGHT;
}

#ifdef __SSE2__
enum { MAP_STEP = 16 };

static void map_step(const struct fold *f, size_t i, struct maps *m)
{
    const __m128i text = _mm_loadu_si128((const __m128i_u *)(const void *)(f->text + i));
    const __m128i upper = _mm_loadu_si128((const __m128i_u *)(const void *)(f->upper + i));
    const __m128i past_a = _mm_sub_epi8(text, _mm_set1_epi8('a'));
    const __m128i small = _mm_cmpeq_epi8(_mm_min_epu8(past_a, _mm_set1_epi8('z' - 'a')), past_a);
    const uint16_t letters = htole16((uint16_t)_mm_movemask_epi8(_mm_or_si128(small, text)));
    const uint16_t capitals = htole16((uint16_t)_mm_movemask_epi8(_mm_slli_epi16(upper, 7)));
    memcpy(m->letters + i / EIGHT, &letters, sizeof(letters));
    memcpy(m->capitals + i / EIGHT, &capitals, sizeof(capitals));
}
#else
enum { MAP_STEP = EIGHT };

/* The lowest bits of eight bytes as one byte. */
static uint8_t low_bits(uint64_t eight)
{
    return (uint8_t)(eight * UINT64_C(0x0102040810204080) >> 56);
}

/* A byte is a letter when it is 0x80 or more, or when adding makes its seventh bit show that it
 * lies from a to z. */
static uint64_t letters_in(uint64_t eight)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), high = ones * 0x80;
    const uint64_t low = eight & ~high;
    const uint64_t from_a = low + ones * (0x80 - 'a'), past_z = low + ones * (0x80 - 'z' - 1);
    return (((from_a & ~past_z) | eight) & high) >> 7;
}

static void map_step(const struct fold *f, size_t i, struct maps *m)
{
    m->letters[i / EIGHT] = low_bits(letters_in(eight_at(f->text + i)));
    m->capitals[i / EIGHT] = low_bits(eight_at(f->upper + i));
}
#endif

static bool maps_make(struct ctx *c, const struct fold *f, struct maps *ret)
{
    const size_t n = (f->n / MAP_STEP + 1) * (MAP_STEP / EIGHT);
    uint8_t *v = arena_try_dirty(c->mem, n + EIGHT, 2, 1);
    if (!v)
        return false;
    *ret = (struct maps){ v, v + n + EIGHT };
    for (size_t i = 0; i <= f->n; i += MAP_STEP)
        map_step(f, i, ret);
    memset(ret->letters + n, 0, EIGHT);
    memset(ret->capitals + n, 0, EIGHT);
    return true;
}

static uint16_t capital_flags(bool first, size_t capitals, size_t n)
{
    unsigned flags = 0;
    if (first)
        flags = T_CAPITAL | (n == 1 ? T_INITIAL : capitals == n ? T_ALL_CAPS : 0U);
    if (capitals > first && capitals < n)
        flags |= T_MIXED;
    return (uint16_t)flags;
}

/* How many letters and capitals the word at i has; it is longer than the maps show at once. */
static size_t measure_long(const struct fold *f, size_t i, size_t *ret_capitals)
{
    size_t n = 0, capitals = 0;
    for (; fold_is_letter(f->text[i + n]); n++)
        capitals += f->upper[i + n];
    *ret_capitals = capitals;
    return n;
}

static inline size_t measure(const struct fold *f, const struct maps *m, size_t i,
                             size_t *ret_capitals)
{
    const uint64_t none = ~bits_at(m->letters, i) | UINT64_C(1) << (MAP_BITS - 1);
    const size_t n = (size_t)__builtin_ctzll(none);
    if (n == MAP_BITS - 1)
        return measure_long(f, i, ret_capitals);
    const uint64_t upper = bits_at(m->capitals, i) & ((UINT64_C(1) << n) - 1);
    *ret_capitals = upper < 2 ? upper : (size_t)__builtin_popcountll(upper);
    return n;
}

/* The word at i: its end, and in *w its hash and flags. */
static inline __attribute__((always_inline)) size_t
cut_word(const struct fold *f, const struct maps *m, size_t i, struct token *w)
{
    const char *p = f->text + i;
    size_t capitals = 0;
    const size_t n = m ? measure(f, m, i, &capitals) : measure_long(f, i, &capitals);
    uint64_t h = lex_begin(n), all = 0;
    size_t rest = n;
    for (; rest > EIGHT; rest -= EIGHT, p += EIGHT) {
        const uint64_t eight = eight_at(p);
        all |= eight;
        h = lex_step(h, eight);
    }
    const uint64_t last = eight_at(p) << EIGHT * (EIGHT - rest) >> EIGHT * (EIGHT - rest);
    w->hash = lex_end(lex_step(h, last));
    const uint64_t first = n > EIGHT ? eight_at(f->text + i) : last;
    w->key = WORD_KEY(first & UINT8_MAX, first >> EIGHT & UINT8_MAX);
    if (capitals)
        w->flags |= capital_flags(f->upper[i], capitals, n);
    if ((all | last) & UINT64_C(0x8080808080808080))
        w->flags |= T_FOREIGN;
    return i + n;
}

/* Folded text has no NUL, so the end of a shorter word is no match. */
static inline bool same_letters(const char *s, size_t n, const char *word)
{
    size_t i = 0;
    while (i < n && s[i] == word[i])
        i++;
    return i == n && !word[n];
}

/* Once for all rules: with it in each of them their code would be half as large again. */
__attribute__((noinline)) bool words_hold(const struct words *list, const char *s, size_t n)
{
    for (const char *const *one = list->v; *one; one++)
        if (same_letters(s, n, *one))
            return true;
    return false;
}

/* Where a blank after a dot begins no sentence: initials and titles (Mr., Dr., St.). */
static bool short_form(const struct tokens *t, const struct token *last)
{
    static const struct words forms =
        WORDS("mr", "mrs", "ms", "dr", "prof", "st", "sr", "jr", "mt", "no", "vs", "etc", "eng",
              "fr", "rev", "hon", "capt", "sgt", "lt", "col", "gen", "eg", "ie", "al", "approx");
    if (last->kind != TK_WORD)
        return false;
    return ((last->flags & T_INITIAL) && last->gap != GAP_NONE) || (last->bits & LEX_TITLE) ||
           token_in(t, (size_t)(last - t->v), &forms);
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
static uint16_t skip_gap(const struct fold *f, const struct known *known, size_t *at, bool *quoted,
                         size_t *past)
{
    unsigned gap = 0, one;
    size_t i = *at, lines = 0;
    for (; (one = gap_of(f->text[i])) != 0; i++) {
        if (one == GAP_BRACKET) {
            *past = i == known->from ? known->to : placeholder_end(f, i);
            if (*past > i)
                break;
        }
        if (one == GAP_QUOTE)
            *quoted = !*quoted;
        lines += one == GAP_LINE;
        gap |= one;
    }
    if (lines > 1)
        *quoted = false;
    *at = i;
    return (uint16_t)gap;
}

/* The marks between most words that have any: a comma or stop and a blank; 0: others. */
static inline uint16_t skip_stop(const struct fold *f, size_t *at)
{
    const char *s = f->text + *at;
    if ((s[0] != ',' && s[0] != '.') || s[1] != ' ' || !fold_is_letter(s[2]))
        return 0;
    *at += 2;
    return GAP_BLANK | (s[0] == ',' ? GAP_COMMA : GAP_DOT);
}

/* 's and n't: the name before the first, and no name at all in the second. */
void words_note_apostrophe(const struct tokens *t, struct token *w)
{
    static const struct words tails = WORDS("t", "m", "re", "ve", "ll", "d");
    struct token *last = w - 1;
    if (w->gap != GAP_APOSTROPHE || last->kind == TK_END)
        return;
    const size_t k = (size_t)(w - t->v);
    if (token_is(t, k, "s")) {
        last->flags |= T_POSSESSIVE;
        w->flags |= T_CLITIC;
        w->bits = LEX_FUNCTION;
    } else if (token_in(t, k, &tails)) {
        last->flags |= T_CONTRACTED;
        w->flags |= T_CLITIC;
        w->bits = LEX_FUNCTION;
        if (token_is(t, k, "t"))
            last->bits = LEX_FUNCTION;
    }
}

/* An end token stands before the first too. */
bool words_grow(struct ctx *c, size_t more, struct tokens *t)
{
    enum { TOKENS_MIN = 32 };
    const size_t cap = t->n + more + TOKENS_MIN;
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

/* The number or placeholder at i. */
static size_t cut_other(const struct fold *f, size_t i, size_t past, struct token *w)
{
    const char second = f->text[i + 1];
    w->hash = 0;
    w->key = WORD_KEY(f->text[i], fold_is_digit(second) ? second : 0);
    w->kind = fold_is_digit(f->text[i]) ? TK_NUMBER : TK_PLACEHOLDER;
    if (w->kind == TK_PLACEHOLDER)
        return past;
    while (fold_is_digit(f->text[i]))
        i++;
    return i;
}

/* "boys' team": the apostrophe of an owner in s. */
void words_note_owner(const struct fold *f, struct token *w)
{
    const char *text = f->text;
    if (w[-1].kind != TK_END && !(w->gap & (GAP_QUOTE | GAP_AT)) && text[w[-1].to] == '\'' &&
        w->gap != GAP_APOSTROPHE && text[w[-1].to - 1] == 's')
        w[-1].flags |= T_POSSESSIVE;
}

/* A blank before a word, or a comma and one: no sentence begins. */
static inline bool goes_on_plainly(uint16_t gap)
{
    return (gap & ~GAP_COMMA) == GAP_BLANK;
}

/* A stop or comma and a blank behind a word: nothing that a rule looks at it for. */
static inline bool ends_plainly(uint16_t gap)
{
    const uint16_t blanks = GAP_BLANK | GAP_LINE;
    return (gap & blanks) && !(gap & ~(blanks | GAP_COMMA | GAP_DOT | GAP_STOP));
}

/* The token at i, where the text does not end; its gap is known. What comes from the lists is left
 * to look_up; `dull` says meanwhile that the word is in small letters, behind a blank or comma, and
 * before nothing but one or the end of a phrase. */
static inline __attribute__((always_inline)) size_t
cut_token(const struct fold *f, const struct maps *m, size_t i, size_t past, struct token *w)
{
    const uint16_t quoted = w->flags;
    w->from = (uint32_t)i;
    w->kind = TK_WORD;
    w->phrase = 0;
    w->sense = 0;
    w->key = 0;
    if (fold_is_letter(f->text[i])) {
        i = cut_word(f, m, i, w);
        w->dull = goes_on_plainly(w->gap) && w->flags == quoted;
    } else {
        i = cut_other(f, i, past, w);
        w->dull = false;
    }
    w->to = (uint32_t)i;
    return i;
}

static struct token end_token(const struct fold *f, uint16_t gap)
{
    return (struct token){ .gap = gap, .from = (uint32_t)f->n, .to = (uint32_t)f->n };
}

static bool cut_all(struct ctx *c, struct tokens *t, const struct maps *m)
{
    const struct fold f = *t->f;
    struct token *w = t->v, *full = t->v + t->cap - 1;
    const struct known none = { .from = SIZE_MAX };
    bool quoted = false;
    size_t i = 0, past = 0;
    uint16_t gap = skip_gap(&f, &none, &i, &quoted, &past) | GAP_EDGE;
    while (i < f.n) {
        w->gap = gap;
        w->flags = quoted ? T_QUOTED : 0;
        i = cut_token(&f, m, i, past, w);
        t->placeholders |= w->kind == TK_PLACEHOLDER;
        if (++w == full) {
            t->n = (size_t)(w - t->v);
            if (!words_room(c, t->n, t))
                return false;
            w = t->v + t->n;
            full = t->v + t->cap - 1;
        }
        gap = GAP_BLANK;
        if (f.text[i] == ' ' && fold_is_letter(f.text[i + 1])) {
            i++;
            continue;
        }
        w->gap = gap = skip_stop(&f, &i);
        if (!gap)
            w->gap = gap = skip_gap(&f, &none, &i, &quoted, &past);
        w[-1].dull &= ends_plainly(gap);
        if (gap & GAP_APOSTROPHE)
            words_note_owner(&f, w);
    }
    *w = end_token(&f, gap);
    t->n = (size_t)(w - t->v);
    return true;
}

bool words_next(const struct fold *f, const struct known *known, struct cut *s, struct token *w)
{
    size_t past = 0;
    const uint16_t edge = s->at == 0 ? GAP_EDGE : 0;
    w->gap = skip_gap(f, known, &s->at, &s->quoted, &past) | edge;
    if (w->gap & GAP_APOSTROPHE)
        words_note_owner(f, w);
    if (s->at >= f->n) {
        *w = end_token(f, w->gap);
        return false;
    }
    w->flags = s->quoted ? T_QUOTED : 0;
    s->at = cut_token(f, NULL, s->at, past, w);
    return true;
}

/* The words of a phrase stand in one sentence, parted by blanks and joints. */
static inline bool goes_on(const struct token *next)
{
    return next->kind == TK_WORD && next->gap != GAP_NONE &&
           !(next->gap & ~(GAP_BLANK | GAP_HYPHEN | GAP_APOSTROPHE | GAP_DOT));
}

/* The longest known phrase at k. */
static void find_phrase(struct tokens *t, size_t k)
{
    struct token *w = &t->v[k];
    uint64_t h = w->hash;
    for (size_t i = 1; i < LEX_PHRASE_WORDS_MAX && k + i < t->n; i++) {
        const struct token *next = &t->v[k + i];
        if (!goes_on(next))
            return;
        h = lex_join(h, next->hash);
        const struct lex_set *set = lex_find(t->lex, h);
        if (set->bits & ~LEX_PHRASE_HEAD) {
            w->phrase = (i + 1) & PHRASE_BITS;
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
    t->cited = true;
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
static inline unsigned short_wants(const struct tokens *t, const struct token *w)
{
    static const struct words cues = WORDS("me", "is", "as", "by", "to", "at");
    const char *s = t->f->text + w->from;
    const size_t n = token_len(w);
    unsigned want = w->bits & LEX_FUNCTION ? 0U : W_ADDRESS;
    want |= n == 1 ? W_LETTER : 0U;
    want |= n == 2 && w->dull && (cues.keys >> w->key & 1) ? W_CUE : 0U;
    /* i and my, and names such as Ivy; not in, is and it. */
    const bool small = n == 2 && (w->bits & LEX_FUNCTION);
    want |= (s[0] == 'i' && !small) || (s[0] == 'm' && s[1] == 'y') ? W_PERSON : 0U;
    return want;
}

/* The letters of a post code, or a name that may end as a street does; what lists hold as one is
 * marked by them, other short words by short_wants. */
static inline bool may_be_street(const struct token *w)
{
    enum { CODE_MAX = 2, ENDING_MIN = 6 };
    const size_t n = token_len(w);
    return n <= CODE_MAX || (n >= ENDING_MIN && (w->flags & T_CAPITAL) && !(w->bits & plain_bits));
}

static unsigned word_wants(struct tokens *t, struct token *w)
{
    unsigned want = 0;
    if (!w->dull) {
        want = W_NAME | (may_be_street(w) ? W_ADDRESS : 0U);
        want |= w->flags & T_ALL_CAPS ? W_LETTER : 0U;
        if (w->flags & T_FOREIGN) {
            want |= W_FOREIGN;
            t->foreign = true;
        }
        want |= token_len(w) == 6 && memcmp(t->f->text + w->from, "arroba", 6) == 0 ? W_CUE : 0U;
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

/* An English word is of the own name only as one of its variants, as an initial, or as what a
 * hyphen ties to one. */
static inline unsigned own_wants(const struct tokens *t, const struct token *w)
{
    const bool word =
        w->kind == TK_WORD &&
        (!(w->bits & (plain_bits | LEX_NUMBER)) || own_may_be(t->own, w->hash) ||
         (token_len(w) == 1 && !w->dull) || w->gap == GAP_HYPHEN || w[1].gap == GAP_HYPHEN);
    const bool line = w->kind != TK_PLACEHOLDER && (t->own->line_keys >> w->key & 1);
    return (word ? W_OWN : 0U) | (line ? W_LINE : 0U);
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

struct tally {
    size_t from, letters, capitals, words, capital_words;
};

/* The sentence ends before token k. */
static void end_sentence(struct tokens *t, size_t k, struct tally *s)
{
    uint16_t flags = 0;
    if (s->letters >= LETTERS_MIN && s->capitals * 100 > s->letters * SHOUT_PERCENT)
        flags |= T_SHOUT;
    if (s->words >= HEADING_WORDS_MIN && s->capital_words * 100 > s->words * HEADING_PERCENT)
        flags |= T_HEADING;
    for (size_t i = s->from; flags && i < k; i++)
        t->v[i].flags |= flags;
    *s = (struct tally){ .from = k };
}

/* What the capitals of a word add to its sentence's. */
static inline void weigh(const struct fold *f, const struct token *w, struct tally *s)
{
    if (w->kind != TK_WORD || (w->flags & (T_CLITIC | T_FOREIGN)))
        return;
    const size_t n = token_len(w);
    size_t capitals = w->flags & T_ALL_CAPS ? n : w->flags & T_CAPITAL ? 1 : 0;
    if (w->flags & T_MIXED)
        for (capitals = 0; capitals < n && f->upper[w->from + capitals];)
            capitals++;
    s->letters += n;
    s->capitals += capitals;
    s->words++;
    s->capital_words += (w->flags & T_CAPITAL) != 0;
}

/* What is not a known word in small letters between blanks. */
static unsigned look_closer(struct tokens *t, size_t k, const struct lex_set *set)
{
    struct token *w = &t->v[k];
    unsigned want = w->kind == TK_NUMBER ? W_NUMBER | W_CODE | W_DATE | W_ADDRESS : W_PERSON;
    if (w->kind == TK_WORD) {
        w->bits = marked_name(t, w) ? set->bits & ~plain_bits : set->bits;
        w->dull = (w->bits & plain_bits) && !(w->flags & (T_CAPITAL | T_MIXED));
        want = set->want;
    }
    if (w->gap != GAP_BLANK) {
        if (w->kind == TK_WORD)
            words_note_apostrophe(t, w);
        w->flags |= starts_sentence(t, w) ? T_START : 0;
    }
    if (w->kind == TK_WORD)
        want |= word_wants(t, w);
    if (w->gap != GAP_BLANK || w[1].gap != GAP_BLANK)
        want |= mark_wants(w);
    return want | own_wants(t, w);
}

/* A word that may begin a phrase, and the hash of it and the next. */
struct head {
    size_t k;
    uint64_t two;
};

static inline void look_head(struct tokens *t, const struct head *head)
{
    if (lex_find(t->lex, head->two)->bits)
        t->want[head->k] = (uint16_t)(t->want[head->k] | phrase_wants(t, head->k));
}

/* The table is larger than the near caches: the words to come are asked for ahead, and phrases are
 * looked for when what holds them had time to come. */
static void look_up(struct tokens *t)
{
    enum { AHEAD = 12, BEHIND = 8 };
    struct head heads[BEHIND];
    size_t n_heads = 0, done = 0;
    const struct lexicon x = *t->lex;
    struct tally s = { 0 };
    struct token *w = t->v;
    const size_t n = t->n;
    for (size_t k = 0; k < AHEAD && k < n; k++)
        __builtin_prefetch(&x.slots[w[k].hash & x.mask]);
    for (size_t k = 0; k < n; k++, w++) {
        if (k + AHEAD < n)
            __builtin_prefetch(&x.slots[w[AHEAD].hash & x.mask]);
        const struct lex_set *set = w->kind == TK_WORD ? lex_find(&x, w->hash) : x.sets;
        const uint64_t bits = set->bits;
        unsigned want = set->want;
        w->bits = bits;
        w->phrase_set = NULL;
        if (w->dull && (bits & plain_bits)) {
            const size_t len = token_len(w);
            s.letters += len;
            s.words++;
            want |= own_may_be(t->own, w->hash) ? W_OWN : 0U;
            want |= t->own->line_keys >> w->key & 1 ? W_LINE : 0U;
            if (len <= 3)
                want |= short_wants(t, w);
        } else {
            want = look_closer(t, k, set);
            if (w->gap != GAP_BLANK && k > s.from && !gap_same_sentence(w->gap) &&
                (w->flags & T_START))
                end_sentence(t, k, &s);
            weigh(t->f, w, &s);
        }
        t->want[k] = (uint16_t)want;
        if (n_heads > done && heads[done % BEHIND].k + BEHIND <= k)
            look_head(t, &heads[done++ % BEHIND]);
        if ((w->bits & LEX_PHRASE_HEAD) && goes_on(w + 1)) {
            const struct head head = { k, lex_join(w->hash, w[1].hash) };
            __builtin_prefetch(&x.slots[head.two & x.mask]);
            heads[n_heads++ % BEHIND] = head;
        }
    }
    while (done < n_heads)
        look_head(t, &heads[done++ % BEHIND]);
    end_sentence(t, n, &s);
}

void words_look(struct tokens *t, size_t k)
{
    struct token *w = &t->v[k];
    const struct lex_set *set = w->kind == TK_WORD ? lex_find(t->lex, w->hash) : &t->lex->sets[0];
    w->bits = set->bits;
    w->phrase_set = NULL;
    w->phrase = 0;
    w->sense = 0;
    unsigned want = look_closer(t, k, set);
    if ((w->bits & LEX_PHRASE_HEAD) && goes_on(w + 1))
        want |= phrase_wants(t, k);
    t->want[k] = (uint16_t)want;
}

void words_look_phrase(struct tokens *t, size_t k)
{
    struct token *w = &t->v[k];
    const unsigned both = W_PROXY | W_GENDER;
    /* The bits of "don" in "don't" are no longer those of the lists. */
    if (w->kind != TK_WORD || !((w->bits & LEX_PHRASE_HEAD) || (w->flags & T_CONTRACTED)))
        return;
    const struct lex_set *set = lex_find(t->lex, w->hash);
    if (!(set->bits & LEX_PHRASE_HEAD) || (!w->phrase_set && !goes_on(w + 1)))
        return;
    w->phrase_set = NULL;
    w->phrase = 0;
    t->want[k] = (uint16_t)((t->want[k] & ~both) | (set->want & both) | phrase_wants(t, k));
}

void words_weigh(struct tokens *t)
{
    struct tally s = { 0 };
    for (size_t k = 0; k < t->n; k++) {
        const struct token *w = &t->v[k];
        if (w->phrase_set)
            mark_cited(t, k);
        if (w->gap == GAP_BLANK && w->dull) {
            s.letters += token_len(w);
            s.words++;
            continue;
        }
        if (w->gap != GAP_BLANK && k > s.from && !gap_same_sentence(w->gap) && (w->flags & T_START))
            end_sentence(t, k, &s);
        weigh(t->f, w, &s);
    }
    end_sentence(t, t->n, &s);
}

err words_cut(struct ctx *c, const struct fold *f, const struct lexicon *lex, const struct own *own,
              struct tokens *ret)
{
    static const struct own nobody;
    struct tokens t = { .f = f, .lex = lex, .own = own ? own : &nobody };
    struct maps maps;
    if (!maps_make(c, f, &maps) || !words_room(c, f->n / BYTES_A_TOKEN, &t) ||
        !cut_all(c, &t, &maps))
        return FAIL(c, TOO_LARGE, "no memory left for a text to scrub");
    if (!words_wants(c, &t))
        return FAIL(c, TOO_LARGE, "no memory left for a text to scrub");
    look_up(&t);
    words_rows(&t);
    t.steps = t.n;
    *ret = t;
    return ERR_OK;
}
