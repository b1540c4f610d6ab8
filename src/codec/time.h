/* codec/time.h: RFC 3339 and microseconds since 1970 UTC. Pure; any thread. */
#ifndef ENIGMA_CODEC_TIME_H
#define ENIGMA_CODEC_TIME_H

#include "base/buf.h"

enum { TIME_TEXT_MAX = 32 };
/* "2026-02-03T04:05:06Z", or with six digits when the fraction is not zero. */
void time_write(struct buf *b, int64_t us);
/* Always six digits: the form of SQLite columns, so that text order is time order. */
void time_write_full(struct buf *b, int64_t us);
/* ISO 8601 date-time as FastAPI accepts it: 'T' or blank, optional seconds, fraction (1-6 digits,
 * more are cut) and zone (none: UTC), years 1 to 9999; a bare date is midnight UTC. */
bool time_read(struct str text, int64_t *ret_us);
/* YYYYMMDD_HHMMSS for names of cycles and files. */
void time_write_compact(struct buf *b, int64_t us);
/* IMF-fixdate for the HTTP Date header; buf of at least 30. */
void time_write_http(char *ret, int64_t us);

#endif
