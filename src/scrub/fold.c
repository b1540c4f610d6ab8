/* scrub/fold.c: folds a text and keeps the way back to its bytes. */
#include "scrub/fold.h"

#include "codec/utf8.h"

enum { FOLD_TEXT_MAX = 1 << 20 };

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

/* Marks that a reader does not see and a comparison must not either. */
static bool invisible(uint32_t cp)
{
    return (cp >= 0x300 && cp <= 0x36f) || (cp >= 0x200b && cp <= 0x200f) || cp == 0xad ||
           cp == 0xfeff || cp == 0x2060 || (cp >= 0x202a && cp <= 0x202e);
}

/* ASCII stand-in for quotes, dashes, blanks and full-width forms, or 0. */
static char plain_form(uint32_t cp)
{
    if (cp == 0x2018 || cp == 0x2019 || cp == 0x2bc || cp == 0x60 || cp == 0xb4)
        return '\'';
    if (cp == 0x201c || cp == 0x201d)
        return '"';
    if ((cp >= 0x2010 && cp <= 0x2015) || cp == 0x2212)
        return '-';
    if (cp == 0xa0 || (cp >= 0x2000 && cp <= 0x200a) || cp == 0x202f || cp == 0x3000)
        return ' ';
    if (cp >= 0xff01 && cp <= 0xff5e)
        return (char)(cp - 0xff01 + '!');
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
    if (plain) {
        put(f, plain, from);
        return;
    }
    /* Another script, or a byte that is no UTF-8: kept as it is. */
    for (size_t i = from; i < to; i++)
        put(f, text.p[i], from);
}

err fold_text(struct ctx *c, struct str text, struct fold *ret)
{
    if (text.n > FOLD_TEXT_MAX)
        return FAIL(c, TOO_LARGE, "a text to scrub is longer than %d bytes", (int)FOLD_TEXT_MAX);
    /* No fold is longer than its original: two letters come from two bytes or more. */
    struct fold f = { .text = arena_try(c->mem, text.n + 1, 1, 1),
                      .from = arena_try(c->mem, text.n + 1, sizeof(uint32_t), sizeof(uint32_t)),
                      .upper = arena_try(c->mem, text.n + 1, 1, 1) };
    if (!f.text || !f.from || !f.upper)
        return FAIL(c, TOO_LARGE, "no memory left for a text to scrub");
    for (size_t at = 0; at < text.n;) {
        size_t from = at;
        unsigned char ch = (unsigned char)text.p[at];
        if (ch < 0x80 && ch != 0x60) {
            put(&f, text.p[at++], from);
            continue;
        }
        uint32_t cp = utf8_next(text, &at);
        put_code_point(&f, cp, text, from, at);
    }
    f.text[f.n] = '\0';
    f.from[f.n] = (uint32_t)text.n;
    *ret = f;
    return ERR_OK;
}
