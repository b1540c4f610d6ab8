/* codec/base64.h: base64 (RFC 4648), both alphabets, base32 and hex. Strict: no blanks, exact
 * padding, zero trailing bits. Pure; any thread. Decoders need room for base64_max(n) bytes. */
#ifndef ENIGMA_CODEC_BASE64_H
#define ENIGMA_CODEC_BASE64_H

#include "base/buf.h"

enum base64_kind { BASE64_STD, BASE64_URL, BASE64_URL_NOPAD };
void base64_write(struct buf *b, enum base64_kind kind, const void *p, size_t n);
#define base64_max(n) ((n) / 4 * 3 + 3)
bool base64_read(enum base64_kind kind, struct str text, void *ret, size_t cap, size_t *ret_n);
/* RFC 4648 base32, upper case, without padding. */
void base32_write(struct buf *b, const void *p, size_t n);
/* Lower-case digits; hex_of: 2n of them and a NUL. */
void hex_of(char *ret, const void *p, size_t n);
void hex_write(struct buf *b, const void *p, size_t n);
bool hex_read(struct str text, void *ret, size_t n); /* exactly 2n lower-case digits */

#endif
