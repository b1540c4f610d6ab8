/* scrub/fold.h: text made comparable: small base letters of Latin, plain quotes, dashes and blanks,
 * nothing invisible, and for each byte where it came from. Bytes from 0x80 on are letters of other
 * scripts; marks and pictures that no word holds are FOLD_SYMBOL. Pure; any thread. */
#ifndef ENIGMA_SCRUB_FOLD_H
#define ENIGMA_SCRUB_FOLD_H

#include "base/ctx.h"

struct fold {
    char *text;     /* n folded bytes, a NUL, and FOLD_PAD bytes that may be read */
    uint32_t *from; /* n + 1 offsets in the original; from[n] is its length */
    uint8_t *upper; /* n flags: came from a capital letter; padded too */
    size_t n;
};
enum { FOLD_SYMBOL = 1, FOLD_MAX = 16 << 20, FOLD_PAD = 16 };
/* ERR_INVALID for bytes that are no UTF-8 (RFC 3629), ERR_TOO_LARGE past FOLD_MAX. */
err fold_text(struct ctx *c, struct str text, struct fold *ret);
/* The same in pieces: room for a text of n bytes; the fold of its bytes from `at` on added; a piece
 * of another fold added, whose bytes now stand `shift` further on (modulo 2^32); the end. */
err fold_open(struct ctx *c, size_t n, struct fold *ret);
err fold_more(struct ctx *c, struct str text, size_t at, struct fold *ret);
void fold_copy(const struct fold *f, size_t from, size_t to, uint32_t shift, struct fold *ret);
void fold_close(size_t bytes, struct fold *ret);
/* The first place of folded letters and marks in n folded bytes, or NULL. */
const char *fold_find(const char *text, size_t n, struct str what);
/* The base letters of a Latin code point with case kept, 0 to 2 bytes; 0 when it is no such
 * letter. */
size_t fold_letters(uint32_t cp, char ret[2]);

extern const char fold_latin[], fold_latin_more[]; /* fold_table.c */

/* A folded byte that belongs to a word: a small letter or a piece of another script. */
static inline bool fold_is_letter(char ch)
{
    return ((unsigned char)(ch - 'a') < 26) | ((unsigned char)ch >> 7);
}
static inline bool fold_is_digit(char ch)
{
    return (unsigned char)(ch - '0') < 10;
}
static inline bool fold_is_alnum(char ch)
{
    return fold_is_letter(ch) | fold_is_digit(ch);
}

#endif
