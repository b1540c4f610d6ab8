/* base/str.h: views of bytes: compare, cut, copy. Pure; any thread. */
#ifndef ENIGMA_BASE_STR_H
#define ENIGMA_BASE_STR_H

#include "base/arena.h"

struct str str_of(const char *z);         /* NULL gives an absent view */
bool str_eq(struct str a, struct str b);  /* bytewise; not constant-time */
bool str_eqi(struct str a, struct str b); /* ASCII letters compare without case */
int str_cmp(struct str a, struct str b);  /* bytewise, shorter first */
bool str_starts(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);
struct str str_trim(struct str s);                       /* ASCII blanks at both ends */
struct str str_sub(struct str s, size_t from, size_t n); /* clipped to s */
/* Cuts s at the first `sep`: *ret_head is before it, the rest comes back; absent at the end. */
struct str str_cut(struct str s, char sep, struct str *ret_head);
/* A copy owned by the arena, with a NUL behind it that n does not count. */
struct str str_keep(struct arena *a, struct str s);
/* The same as a C string, for interfaces that need one. */
char *str_z(struct arena *a, struct str s);
struct str str_fmt(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Decimal integer without blanks or plus sign; false on anything else or overflow. */
bool str_i64(struct str s, int64_t *ret);
/* 64-bit hash for tables (not for secrets). */
uint64_t str_hash(struct str s);

#endif
