/* Code points that are not for eyes, texts without them, and texts folded for the search. */
#include <string.h>
#include <uchar.h>

#include "base/str.h"
#include "codec/utf8.h"
#include "detect/injection_inner.h"

struct range {
    uint32_t from, to;
};
static bool in_ranges(const struct range *r, size_t n, uint32_t cp)
{
    for (size_t i = 0; i < n; i++)
        if (cp >= r[i].from && cp <= r[i].to)
            return true;
    return false;
}

/* Bidirectional controls, tags, variation selectors beyond the two of emoji, fillers, controls. */
bool code_point_hidden(uint32_t cp)
{
    static const struct range r[] = {
        { 0x00, 0x08 },       { 0x0b, 0x1f },        { 0x7f, 0x9f },     { 0xad, 0xad },
        { 0x034f, 0x034f },   { 0x061c, 0x061c },    { 0x115f, 0x1160 }, { 0x17b4, 0x17b5 },
        { 0x180b, 0x180f },   { 0x200e, 0x200f },    { 0x202a, 0x202e }, { 0x2061, 0x206f },
        { 0x3164, 0x3164 },   { 0xfe00, 0xfe0d },    { 0xffa0, 0xffa0 }, { 0xfff0, 0xfffb },
        { 0xe0000, 0xe0fff }, { 0xf0000, 0x10ffff },
    };
    return in_ranges(r, sizeof(r) / sizeof(r[0]), cp);
}

bool code_point_zero_width(uint32_t cp)
{
    return (cp >= 0x200b && cp <= 0x200d) || cp == 0x2060 || cp == 0xfeff;
}

/* Arabic, Syriac, Indic, Khmer, Mongolian; and emoji, which join by U+200D. */
bool code_point_joining(uint32_t cp)
{
    static const struct range r[] = {
        { 0x0600, 0x08ff }, { 0x0900, 0x0dff }, { 0x0e00, 0x109f },
        { 0x1780, 0x18af }, { 0x2600, 0x27bf }, { 0xfb50, 0xfdff },
        { 0xfe0e, 0xfe0f }, { 0xfe70, 0xfefe }, { 0x1f000, 0x1faff },
    };
    return in_ranges(r, sizeof(r) / sizeof(r[0]), cp);
}

/* Marks of chat templates: as text they mean nothing, to a careless server they may. */
static const struct str marks[] = {
    S_INIT("<|im_start|>"),
    S_INIT("<|im_end|>"),
    S_INIT("<|im_sep|>"),
    S_INIT("<|system|>"),
    S_INIT("<|user|>"),
    S_INIT("<|assistant|>"),
    S_INIT("<|endoftext|>"),
    S_INIT("<|eot_id|>"),
    S_INIT("<|start_header_id|>"),
    S_INIT("<|end|>"),
    S_INIT("<|channel|>"),
    S_INIT("<|message|>"),
    S_INIT("[INST]"),
    S_INIT("[/INST]"),
    S_INIT("<<SYS>>"),
    S_INIT("<</SYS>>"),
    S_INIT("</s>"),
    S_INIT("<s>"),
    S_INIT("<start_of_turn>"),
    S_INIT("<end_of_turn>"),
    S_INIT("<|end_header_id|>"),
    S_INIT("<|begin_of_text|>"),
    S_INIT("<|return|>"),
    S_INIT("<|start|>"),
};

static size_t mark_at(struct str rest)
{
    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
        if (rest.n >= marks[i].n && str_eqi(str_sub(rest, 0, marks[i].n), marks[i]))
            return marks[i].n;
    return 0;
}

static bool joins(uint32_t before, struct str text, size_t after)
{
    return code_point_joining(before) && after < text.n &&
           code_point_joining(utf8_next(text, &after));
}

/* One pass; what a removed mark leaves may form another, so the caller repeats. */
static bool clean_once(struct str text, struct buf *b)
{
    uint32_t before = 0;
    bool changed = false;
    for (size_t i = 0; i < text.n;) {
        const size_t at = i, mark = text.p[i] == '<' || text.p[i] == '['
                                        ? mark_at(str_sub(text, i, text.n))
                                        : 0;
        if (mark > 0) {
            i += mark;
            changed = true;
            continue;
        }
        const uint32_t cp = utf8_next(text, &i);
        if (code_point_hidden(cp) || (code_point_zero_width(cp) && !joins(before, text, i))) {
            changed = true;
            continue;
        }
        buf_put(b, text.p + at, i - at);
        before = cp;
    }
    return changed;
}

struct str injection_clean(struct ctx *c, struct str text)
{
    enum { ROUNDS_MAX = 8 };
    struct str s = str_sub(text, 0, INJECTION_TEXT_MAX);
    for (int i = 0; i < ROUNDS_MAX; i++) {
        struct buf b;
        buf_init(&b, c->mem, INJECTION_TEXT_MAX);
        const bool changed = clean_once(s, &b);
        s = buf_view(&b);
        if (!changed)
            break;
    }
    return s.p ? s : S("");
}

/* Latin-1 Supplement and Latin Extended-A, from U+00C0; '*' is no letter. */
static const char plain_latin[] =
    "aaaaaaaceeeeiiiidnooooo*ouuuuytsaaaaaaaceeeeiiiidnooooo*ouuuuyty"
    "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkkklllllll"
    "lllnnnnnnnnnoooooooorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";
_Static_assert(sizeof(plain_latin) == 0x180 - 0xc0 + 1, "one letter for each code point");

static uint32_t look_alike(uint32_t cp)
{
    static const char16_t cyrillic[] = u"авекмнорстухіјѕԁցѵ";
    static const char latin[] = "abekmhopctyxijsdgv";
    for (size_t i = 0; cyrillic[i]; i++)
        if (cyrillic[i] == cp)
            return (uint32_t)latin[i];
    return cp;
}

static uint32_t fold_one(uint32_t cp)
{
    if (cp >= 0xff01 && cp <= 0xff5e)
        cp -= 0xfee0;
    if (cp >= 0x1d400 && cp <= 0x1d6a3)
        cp = 'a' + (cp - 0x1d400) % 26;
    if (cp >= 0x24b6 && cp <= 0x24e9)
        cp = 'a' + (cp - 0x24b6) % 26;
    if (cp >= 'A' && cp <= 'Z')
        return cp + 32;
    if (cp >= 0xc0 && cp < 0x180)
        return (uint32_t)plain_latin[cp - 0xc0];
    if (cp >= 0x410 && cp <= 0x42f)
        return cp + 32;
    if (cp == 0x401 || cp == 0x451)
        return 0x435;
    if (cp >= 0x404 && cp <= 0x40f)
        return cp + 80;
    return cp == 0x2018 || cp == 0x2019 ? '\'' : cp;
}

static bool is_latin(uint32_t cp)
{
    return (cp >= 'a' && cp <= 'z');
}

static uint32_t leet(uint32_t cp)
{
    static const char from[] = "013457@$", to[] = "oieastas";
    for (size_t i = 0; from[i]; i++)
        if ((uint32_t)from[i] == cp)
            return (uint32_t)to[i];
    return cp;
}

enum { WORD_MAX = 64 };
struct word {
    uint32_t cp[WORD_MAX];
    size_t n;
};

static void put_cp(struct buf *b, uint32_t cp)
{
    char text[4];
    buf_put(b, text, utf8_put(text, cp));
}

/* Within a word that has Latin letters, what looks like one is one. */
static void put_word(struct buf *b, struct word *w)
{
    size_t latin = 0, digits = 0;
    for (size_t i = 0; i < w->n; i++) {
        latin += is_latin(w->cp[i]);
        digits += w->cp[i] >= '0' && w->cp[i] <= '9';
    }
    for (size_t i = 0; i < w->n; i++) {
        uint32_t cp = w->cp[i];
        if (latin > 0 && cp >= 0x400 && cp < 0x600)
            cp = look_alike(cp);
        if (latin > digits && latin + digits > 3)
            cp = leet(cp);
        put_cp(b, cp);
    }
    w->n = 0;
}

static bool ends_sentence(uint32_t cp)
{
    return cp == '\n' || cp == '.' || cp == '!' || cp == '?' || cp == ';' || cp == 0x3002 ||
           cp == 0xff01 || cp == 0xff1f || cp == 0x061f || cp == 0x0964 || cp == '"' ||
           cp == 0x201c || cp == 0x201d || cp == 0xab || cp == 0xbb;
}

static bool part_of_word(uint32_t cp)
{
    return cp >= 0x80 || (cp >= '0' && cp <= '9') || is_latin(cp) || cp == '\'' || cp == '@' ||
           cp == '$' || cp == '%';
}

static bool is_quote(uint32_t cp)
{
    return cp == '"' || cp == 0x201c || cp == 0x201d || cp == 0x201e || cp == 0xab || cp == 0xbb ||
           cp == 0x300c || cp == 0x300d;
}

struct folding {
    struct buf b;
    struct word w;
    bool quoted;
    char last; /* 'x': within a word */
};

static void end_word(struct folding *f)
{
    if (f->w.n > 0 && f->quoted && (f->b.n == 0 || f->b.p[f->b.n - 1] == '\n'))
        buf_c(&f->b, INJECTION_QUOTE);
    put_word(&f->b, &f->w);
}

static void put_gap(struct folding *f, char gap)
{
    if (f->last == 'x')
        buf_c(&f->b, gap);
    else if (gap == '\n' && f->b.n > 0)
        f->b.p[f->b.n - 1] = '\n';
    f->last = gap;
}

struct str injection_fold(struct ctx *c, struct str text)
{
    struct folding f = { .last = '\n' };
    buf_init(&f.b, c->mem, 2 * INJECTION_TEXT_MAX);
    for (size_t i = 0; i < text.n;) {
        const uint32_t raw = utf8_next(text, &i), cp = fold_one(raw);
        if (code_point_hidden(raw) && raw != '\r')
            continue;
        if (code_point_zero_width(raw))
            continue;
        if (part_of_word(cp) && !ends_sentence(raw)) {
            f.w.cp[f.w.n++] = cp;
            f.last = 'x';
            if (f.w.n == WORD_MAX)
                end_word(&f);
            continue;
        }
        end_word(&f);
        put_gap(&f, ends_sentence(raw) ? '\n' : ' ');
        if (is_quote(raw))
            f.quoted = !f.quoted;
    }
    end_word(&f);
    buf_c(&f.b, '\n');
    return buf_view(&f.b);
}
