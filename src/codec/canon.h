/* codec/canon.h: canonical JSON (RFC 8785 rules, integers only) for log entries and commitments.
 * Pure; any thread. Names are sorted bytewise over UTF-8 (the same order as UTF-16 for the
 * names that entries may hold). */
#ifndef ENIGMA_CODEC_CANON_H
#define ENIGMA_CODEC_CANON_H

#include "base/buf.h"

/* A string with RFC 8785 escapes; absent gives null. */
void canon_str(struct buf *b, struct str s);
/* True when the text is one canonical object (the only top-level form): sorted unique names,
 * integers with |n| < 2^53 and no -0, shortest escapes, valid UTF-8, nothing before or after. */
bool canon_valid(struct str text);

#endif
