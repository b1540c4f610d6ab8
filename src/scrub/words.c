/* scrub/words.c: cuts a folded text into tokens in one walk. What lists and neighbours say of them
 * is in look.c. */
#include "scrub/words.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/str.h"
#include "scrub/own.h"

enum { BYTES_A_TOKEN = 5 };

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

/* The first n bytes of eight. */
static inline uint64_t eights(uint64_t eight, size_t n)
{
    const size_t gone = EIGHT * (EIGHT - n) & (0 - (size_t)(n < EIGHT));
    return eight << gone >> gone;
}

/* lex_hash of a word of two eights or less, whose first is known; without a branch, since lengths
 * cannot be foretold. The fold is padded. */
static inline uint64_t hash_short(const char *p, uint64_t first, size_t n, uint64_t *all)
{
    const uint64_t one = lex_step(lex_begin(n), first);
    const uint64_t second = eights(eight_at(p + EIGHT), ((n - 1) % EIGHT) + 1);
    const uint64_t two = lex_step(one, second);
    const uint64_t longer = 0 - (uint64_t)(n > EIGHT);
    *all |= second & longer;
    return lex_end(one ^ ((one ^ two) & longer));
}

static uint64_t hash_long(const char *p, size_t n, uint64_t *all)
{
    uint64_t h = lex_begin(n);
    for (; n > EIGHT; n -= EIGHT, p += EIGHT) {
        const uint64_t eight = eight_at(p);
        *all |= eight;
        h = lex_step(h, eight);
    }
    const uint64_t last = eights(eight_at(p), n);
    *all |= last;
    return lex_end(lex_step(h, last));
}

/* The word at i: its end, and in *w its hash and flags. */
static inline __attribute__((always_inline)) size_t
cut_word(const struct fold *f, const struct maps *m, size_t i, struct token *w)
{
    size_t capitals = 0;
    const size_t n = m ? measure(f, m, i, &capitals) : measure_long(f, i, &capitals);
    const uint64_t first = eights(eight_at(f->text + i), n);
    uint64_t all = first;
    w->hash =
        n > 2 * EIGHT ? hash_long(f->text + i, n, &all) : hash_short(f->text + i, first, n, &all);
    w->key = WORD_KEY(first & UINT8_MAX, first >> EIGHT & UINT8_MAX);
    w->tail = WORD_TAIL(n, f->text[i + n - 1]);
    if (capitals)
        w->flags |= capital_flags(f->upper[i], capitals, n);
    if (all & UINT64_C(0x8080808080808080))
        w->flags |= T_FOREIGN;
    return i + n;
}

/* Once for all rules: with it in each of them their code would be half as large again. */
__attribute__((noinline)) size_t words_place(const struct tokens *t, const struct token *w,
                                             const struct words *list)
{
    const char *s = t->f->text + w->from;
    const size_t n = token_len(w);
    if (w->kind != TK_WORD || n > WORD_SHOWN)
        return 0;
    const uint64_t first = eights(eight_at(s), n);
    const uint64_t second = n > EIGHT ? eights(eight_at(s + EIGHT), n - EIGHT) : 0;
    for (const char(*one)[WORD_SHOWN] = list->v; **one; one++)
        if ((eight_at(*one) == first) & (eight_at(*one + EIGHT) == second))
            return (size_t)(one - list->v) + 1;
    return 0;
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

/* The marks between most words: a blank, or a comma or stop and one; which of them it is cannot be
 * foretold. 0: others. */
static inline uint16_t skip_plain(const struct fold *f, size_t *at)
{
    const char *s = f->text + *at;
    const bool comma = s[0] == ',', stop = s[0] == '.';
    const size_t n = comma | stop;
    if (s[n] != ' ' || !fold_is_letter(s[n + 1]))
        return 0;
    *at += n + 1;
    return (uint16_t)(GAP_BLANK | comma * GAP_COMMA | stop * GAP_DOT);
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
    if (!fold_is_digit(f->text[i])) {
        w->kind = TK_PLACEHOLDER;
        return past;
    }
    w->kind = TK_NUMBER;
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
    return ((gap & blanks) != 0) & !(gap & ~(blanks | GAP_COMMA | GAP_DOT | GAP_STOP));
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
    w->key = w->tail = 0;
    if (fold_is_letter(f->text[i])) {
        i = cut_word(f, m, i, w);
        w->dull = goes_on_plainly(w->gap) & (w->flags == quoted);
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
        gap = skip_plain(&f, &i);
        if (gap)
            continue;
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
    words_look_all(&t);
    words_rows(&t);
    t.steps = t.n;
    *ret = t;
    return ERR_OK;
}
