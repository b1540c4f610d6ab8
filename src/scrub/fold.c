/* scrub/fold.c: folds a text and keeps the way back to its bytes. */
#include "scrub/fold.h"

#include <string.h>

#include "codec/utf8.h"

enum { STEP = 16, LANES = 4 };
typedef uint8_t step __attribute__((vector_size(STEP)));
typedef uint32_t lanes __attribute__((vector_size(STEP)));

size_t fold_letters(uint32_t cp, char ret[2])
{
    const char *pair = NULL;
    if (cp < 0x80) {
        bool letter = (cp >= 'a' && cp <= 'z') || (cp >= 'A' && cp <= 'Z');
        ret[0] = (char)cp;
        return letter;
    }
    if (cp >= 0xc0 && cp <= 0x24f)
        pair = fold_latin + (cp - 0xc0) * 2;
    else if (cp >= 0x1e00 && cp <= 0x1eff)
        pair = fold_latin_more + (cp - 0x1e00) * 2;
    else if (cp == 0x259)
        pair = "e ";
    if (!pair || pair[0] == ' ')
        return 0;
    ret[0] = pair[0];
    ret[1] = pair[1];
    return pair[1] == ' ' ? 1 : 2;
}

struct range {
    uint32_t from, to;
};

static bool in_ranges(uint32_t cp, const struct range *v, size_t n)
{
    for (size_t i = 0; i < n && v[i].from <= cp; i++)
        if (cp <= v[i].to)
            return true;
    return false;
}

/* Marks that a reader does not see and a comparison must not either. */
static bool invisible(uint32_t cp)
{
    static const struct range marks[] = {
        { 0xad, 0xad },     { 0x300, 0x36f },   { 0x61c, 0x61c },     { 0x115f, 0x1160 },
        { 0x17b4, 0x17b5 }, { 0x180b, 0x180f }, { 0x1ab0, 0x1aff },   { 0x1dc0, 0x1dff },
        { 0x200b, 0x200f }, { 0x202a, 0x202e }, { 0x2060, 0x206f },   { 0x20d0, 0x20ff },
        { 0x3164, 0x3164 }, { 0xfe00, 0xfe0f }, { 0xfe20, 0xfe2f },   { 0xfeff, 0xfeff },
        { 0xffa0, 0xffa0 }, { 0xfff9, 0xfffb }, { 0xe0000, 0xe0fff },
    };
    return in_ranges(cp, marks, sizeof(marks) / sizeof(marks[0]));
}

/* Neither letter nor digit of any script. */
static bool symbol(uint32_t cp)
{
    static const struct range symbols[] = {
        { 0x80, 0xa9 },     { 0xab, 0xb3 },     { 0xb6, 0xb9 },     { 0xbb, 0xbf },
        { 0xd7, 0xd7 },     { 0xf7, 0xf7 },     { 0x2b0, 0x2ff },   { 0x60d, 0x60e },
        { 0x66a, 0x66d },   { 0x2010, 0x2bff }, { 0x2e00, 0x2fff }, { 0x3000, 0x3004 },
        { 0x3008, 0x3020 }, { 0x3030, 0x303f }, { 0x30fb, 0x30fb }, { 0xfe10, 0xfe1f },
        { 0xfe30, 0xfe6f }, { 0xff5f, 0xff65 }, { 0xffe0, 0xffff }, { 0x1f000, 0x1faff },
    };
    return in_ranges(cp, symbols, sizeof(symbols) / sizeof(symbols[0]));
}

/* Letters in dress: bold, italic and script of mathematics, letters in circles. */
static char dressed(uint32_t cp)
{
    if (cp >= 0x1d400 && cp <= 0x1d6a3) {
        uint32_t k = (cp - 0x1d400) % 52;
        return (char)(k < 26 ? 'A' + k : 'a' + k - 26);
    }
    if (cp >= 0x24b6 && cp <= 0x24e9)
        return (char)(cp < 0x24d0 ? 'A' + (cp - 0x24b6) : 'a' + (cp - 0x24d0));
    if (cp >= 0x1d7ce && cp <= 0x1d7ff)
        return (char)('0' + (cp - 0x1d7ce) % 10);
    return 0;
}

/* Digits of the scripts that write numbers with their own. */
static char digit_form(uint32_t cp)
{
    static const uint32_t zeros[] = { 0x660, 0x6f0, 0x966, 0x9e6, 0xa66, 0xae6,
                                      0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xe50 };
    for (size_t i = 0; i < sizeof(zeros) / sizeof(zeros[0]); i++)
        if (cp >= zeros[i] && cp <= zeros[i] + 9)
            return (char)('0' + (cp - zeros[i]));
    return 0;
}

/* ASCII stand-in for quotes, dashes, blanks, stops of other scripts and full-width forms, or 0. */
static char plain_form(uint32_t cp)
{
    static const struct {
        uint32_t from, to;
        char plain;
    } forms[] = {
        { 0x60, 0x60, '\'' },     { 0xa0, 0xa0, ' ' },      { 0xab, 0xab, '"' },
        { 0xb4, 0xb4, '\'' },     { 0xbb, 0xbb, '"' },      { 0x2b9, 0x2bf, '\'' },
        { 0x55a, 0x55a, '\'' },   { 0x589, 0x589, '.' },    { 0x5be, 0x5be, '-' },
        { 0x5f3, 0x5f3, '\'' },   { 0x5f4, 0x5f4, '"' },    { 0x60c, 0x60c, ',' },
        { 0x61b, 0x61b, ';' },    { 0x61f, 0x61f, '?' },    { 0x6d4, 0x6d4, '.' },
        { 0x964, 0x965, '.' },    { 0x1680, 0x1680, ' ' },  { 0x2000, 0x200a, ' ' },
        { 0x2010, 0x2015, '-' },  { 0x2018, 0x201b, '\'' }, { 0x201c, 0x201f, '"' },
        { 0x2026, 0x2026, '.' },  { 0x2028, 0x2029, '\n' }, { 0x202f, 0x202f, ' ' },
        { 0x2032, 0x2032, '\'' }, { 0x2033, 0x2033, '"' },  { 0x2039, 0x203a, '\'' },
        { 0x205f, 0x205f, ' ' },  { 0x2212, 0x2212, '-' },  { 0x3000, 0x3000, ' ' },
        { 0x3001, 0x3001, ',' },  { 0x3002, 0x3002, '.' },  { 0x300c, 0x300f, '"' },
    };
    if (cp == 0xb5) /* micro */
        return 'u';
    if (cp == 0xaa || cp == 0xba) /* ordinal marks */
        return cp == 0xaa ? 'a' : 'o';
    if (cp >= 0xff01 && cp <= 0xff5e)
        return (char)(cp - 0xff01 + '!');
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]) && forms[i].from <= cp; i++)
        if (cp <= forms[i].to)
            return forms[i].plain;
    return 0;
}

static void put(struct fold *f, char ch, size_t from)
{
    bool upper = ch >= 'A' && ch <= 'Z';
    f->text[f->n] = upper ? (char)(ch + ('a' - 'A')) : ch;
    f->upper[f->n] = upper;
    f->from[f->n++] = (uint32_t)from;
}

static void put_code_point(struct fold *f, uint32_t cp, struct str text, size_t from, size_t to)
{
    char pair[2];
    if (invisible(cp))
        return;
    size_t n = fold_letters(cp, pair);
    for (size_t i = 0; i < n; i++)
        put(f, pair[i], from);
    if (n)
        return;
    char plain = plain_form(cp);
    if (!plain)
        plain = dressed(cp);
    if (!plain)
        plain = digit_form(cp);
    if (!plain && symbol(cp))
        plain = FOLD_SYMBOL;
    if (plain) {
        put(f, plain, from);
        return;
    }
    for (size_t i = from; i < to; i++)
        put(f, text.p[i], from);
}

err fold_open(struct ctx *c, size_t n, struct fold *ret)
{
    if (n > FOLD_MAX)
        return FAIL(c, TOO_LARGE, "a text to fold is longer than %d bytes", (int)FOLD_MAX);
    /* No fold is longer than its original: two letters come from two bytes or more. Steps of a
     * vector may write past the end. */
    const size_t bytes = n + STEP + FOLD_PAD, offsets = n + STEP;
    char *v = arena_try_dirty(c->mem, offsets * sizeof(uint32_t) + 2 * bytes, 1, STEP);
    if (!v)
        return FAIL(c, TOO_LARGE, "no memory left for a text to scrub");
    char *text = v + offsets * sizeof(uint32_t);
    *ret = (struct fold){ .text = text,
                          .from = (uint32_t *)(void *)v,
                          .upper = (uint8_t *)text + bytes };
    return ERR_OK;
}

/* Offsets from `at` on, of bytes that stand for themselves. */
static void put_offsets(uint32_t *from, size_t at)
{
    static const lanes first = { 0, 1, 2, 3 };
    const lanes four = first + (uint32_t)at;
    const lanes all[] = { four, four + LANES, four + 2 * LANES, four + 3 * LANES };
    memcpy(from, all, sizeof(all));
}

/* A whole step of ASCII; false when some byte is none. */
static inline bool put_step(struct fold *f, const void *p, size_t at)
{
    uint64_t half[2];
    step in;
    memcpy(half, p, STEP);
    memcpy(&in, p, STEP);
    if ((half[0] | half[1]) & UINT64_C(0x8080808080808080))
        return false;
    const step capital = (step)((in >= 'A') & (in <= 'Z')) & 1;
    in += capital * 32;
    in += (step)(in == 0) & FOLD_SYMBOL;
    in ^= (step)(in == '`') & ('`' ^ '\'');
    memcpy(f->text + f->n, &in, STEP);
    memcpy(f->upper + f->n, &capital, STEP);
    put_offsets(f->from + f->n, at);
    return true;
}

/* Plain ASCII from `at` on, in steps of a vector; the end of the last. Most texts are hardly
 * anything else, so this decides how fast folding is. */
static size_t put_ascii(struct fold *f, struct str text, size_t at)
{
    for (; at + STEP <= text.n; at += STEP, f->n += STEP)
        if (!put_step(f, text.p + at, at))
            return at;
    char last[STEP] = { 0 };
    const size_t rest = text.n - at;
    if (rest == 0)
        return at;
    memcpy(last, text.p + at, rest);
    if (!put_step(f, last, at))
        return at;
    f->n += rest;
    return text.n;
}

err fold_more(struct ctx *c, struct str text, size_t at, struct fold *ret)
{
    struct fold f = *ret;
    while (at < text.n) {
        at = put_ascii(&f, text, at);
        while (at < text.n && (unsigned char)text.p[at] < 0x80) {
            const char ch = text.p[at];
            put(&f, ch == 0 ? FOLD_SYMBOL : ch == '`' ? '\'' : ch, at);
            at++;
        }
        if (at == text.n)
            break;
        const size_t from = at;
        uint32_t cp = utf8_next(text, &at);
        if (cp == (uint32_t)-1)
            return FAIL(c, INVALID, "a text to scrub is no valid UTF-8 at byte %zu", from);
        put_code_point(&f, cp, text, from, at);
    }
    *ret = f;
    return ERR_OK;
}

void fold_copy(const struct fold *f, size_t from, size_t to, uint32_t shift, struct fold *ret)
{
    const size_t n = to - from;
    for (size_t i = 0; i < n; i += STEP) {
        const uint32_t *offsets = f->from + from + i;
        uint32_t *shifted = ret->from + ret->n + i;
        memcpy(ret->text + ret->n + i, f->text + from + i, STEP);
        memcpy(ret->upper + ret->n + i, f->upper + from + i, STEP);
        for (size_t k = 0; k < STEP; k += LANES) {
            lanes four;
            memcpy(&four, offsets + k, sizeof(four));
            four += shift;
            memcpy(shifted + k, &four, sizeof(four));
        }
    }
    ret->n += n;
}

void fold_close(size_t bytes, struct fold *ret)
{
    memset(ret->text + ret->n, 0, 1 + FOLD_PAD);
    memset(ret->upper + ret->n, 0, 1 + FOLD_PAD);
    ret->from[ret->n] = (uint32_t)bytes;
}

err fold_text(struct ctx *c, struct str text, struct fold *ret)
{
    struct fold f;
    TRY(fold_open(c, text.n, &f));
    TRY(fold_more(c, text, 0, &f));
    fold_close(text.n, &f);
    *ret = f;
    return ERR_OK;
}

/* How often a letter stands in a thousand of English text. */
static unsigned frequency(char ch)
{
    static const uint8_t in_thousand[UINT8_MAX + 1] = {
        ['.'] = 15, ['a'] = 82, ['b'] = 15, ['c'] = 28, ['d'] = 43, ['e'] = 127, ['f'] = 22,
        ['g'] = 20, ['h'] = 61, ['i'] = 70, ['j'] = 2,  ['k'] = 8,  ['l'] = 40,  ['m'] = 24,
        ['n'] = 67, ['o'] = 75, ['p'] = 19, ['q'] = 1,  ['r'] = 60, ['s'] = 63,  ['t'] = 91,
        ['u'] = 28, ['v'] = 10, ['w'] = 24, ['x'] = 2,  ['y'] = 20, ['z'] = 1,
    };
    return in_thousand[(unsigned char)ch];
}

/* Where its rarest letter and one beside that stand: few places, so that hardly any is compared
 * for nothing. */
static const char *find_steps(const char *text, size_t starts, struct str what, size_t rare)
{
    const size_t beside = rare ? rare - 1 : 1;
    for (size_t i = 0; i < starts; i += STEP) {
        const char *at = text + (i + STEP <= starts ? i : starts - STEP);
        uint64_t half[2];
        step a, b;
        memcpy(&a, at + rare, STEP);
        memcpy(&b, at + beside, STEP);
        const step both = (step)(a == (uint8_t)what.p[rare]) & (step)(b == (uint8_t)what.p[beside]);
        memcpy(half, &both, STEP);
        for (size_t k = 0; (half[0] | half[1]) && k < STEP; k++)
            if (both[k] && memcmp(at + k, what.p, what.n) == 0)
                return at + k;
    }
    return NULL;
}

/* By its rarest letter, which a vector finds. */
const char *fold_find(const char *text, size_t n, struct str what)
{
    enum { SHORT_MAX = 64 /* longer ones could be compared too often */, RARE = 10 };
    size_t rare = 0;
    if (what.n == 0 || what.n > n)
        return NULL;
    if (what.n > SHORT_MAX)
        return memmem(text, n, what.p, what.n);
    unsigned least = frequency(what.p[0]);
    for (size_t i = 1; i < what.n && least > RARE; i++) {
        const unsigned one = frequency(what.p[i]);
        rare = one < least ? i : rare;
        least = one < least ? one : least;
    }
    const size_t starts = n - what.n + 1;
    if (what.n > 1 && starts >= STEP)
        return find_steps(text, starts, what, rare);
    const char *at = text + rare, *const past = text + (n - what.n) + rare + 1;
    while (at < past && (at = memchr(at, what.p[rare], (size_t)(past - at))) != NULL) {
        if (memcmp(at - rare, what.p, what.n) == 0)
            return at - rare;
        at++;
    }
    return NULL;
}
