/* codec/id.h: identifiers of CONTRACT 1.1: a prefix and Crockford base32. Pure; any thread. */
#ifndef ENIGMA_CODEC_ID_H
#define ENIGMA_CODEC_ID_H

#include "base/ctx.h"

enum { ID_MAX = 50 };
/* PREFIX + 26 characters, 128 random bits: ANON_, SES_, STS_. */
struct str id_random(struct ctx *c, const char *prefix);
/* PREFIX + 26 characters, 48 bits of milliseconds then 80 random bits (as ULID): APP_, STU_, WKR_,
 * JDG_, JOB_. */
struct str id_sortable(struct ctx *c, const char *prefix);
/* PREFIX + n random characters: ADM_ + 8. */
struct str id_short(struct ctx *c, const char *prefix, size_t n);
/* Letters, digits, '_' and '-', 1 to ID_MAX bytes: what any imported id may be. */
bool id_valid(struct str s);
/* A random 63-bit positive integer, for row ids and shuffles. */
int64_t id_i63(struct ctx *c);
/* One of ID_PLACES places, spread evenly over the 63-bit integers from 0: a shuffle whose index is
 * written at so many pages at a time, however many rows it holds. */
enum { ID_PLACES = 2048 };
int64_t id_place(struct ctx *c);

#endif
