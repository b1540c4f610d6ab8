/* codec/utf8.h: UTF-8 as RFC 3629 has it. Pure; any thread. */
#ifndef ENIGMA_CODEC_UTF8_H
#define ENIGMA_CODEC_UTF8_H

#include "base/arena.h"

bool utf8_valid(struct str s);
/* Bytes of the valid code point that begins at p < end, or 0 when it is bad or cut short. */
size_t utf8_step(const char *p, const char *end);
/* Code points of a valid text. */
size_t utf8_count(struct str s);
/* Decodes one code point at s.p[*at] and moves on; (uint32_t)-1 for a bad byte (moves one). */
uint32_t utf8_next(struct str s, size_t *at);
/* Bytes written, at most 4. */
size_t utf8_put(char *ret, uint32_t cp);
/* Whether there is nothing to see in it: blanks of any script, controls, zero-width characters. */
bool utf8_blank(struct str s);
/* The longest prefix of at most n code points. */
struct str utf8_head(struct str s, size_t n);

#endif
