/* http/reply.h: answers: from an outcome to status, headers and body bytes.
 * Thread rule: the exchange's owner. */
#ifndef ENIGMA_HTTP_REPLY_H
#define ENIGMA_HTTP_REPLY_H

#include "http/exchange.h"

/* The error envelope: FastAPI's {"detail": …}, or problem+json where asked for. */
void reply_fault(struct exchange *x, err kind);
/* The same for a status that the parser decided on. */
void reply_status(struct exchange *x, int status, const char *detail);
/* The handler's success: body by the route's schema, ETag honoured. */
void reply_success(struct exchange *x);
/* Adds a header line; values with control characters are dropped. */
void reply_header(struct reply *r, struct str name, struct str value);
/* The value of a header line that was added, or absent. */
struct str reply_find(const struct reply *r, struct str name);
/* An embedded file in the best encoding. */
void reply_asset(struct exchange *x, const struct asset *asset);
/* The same file as it stands below dir now, in mem: plain, with a fresh tag. False: it cannot be
 * read, is no plain name, or is longer than ASSET_FILE_MAX. For development; blocks. */
bool asset_from_disk(struct arena *mem, struct str dir, const struct asset *a, struct asset *ret);
/* By the end of a name. */
const char *asset_content_type(struct str name);
/* Whether an If-None-Match list names the tag (weak comparison). */
bool reply_etag_matches(struct str if_none_match, struct str etag);

const char *reply_reason(int status);
/* Status line and headers with the empty line. */
void reply_write_head(const struct exchange *x, struct str block, bool keep_alive, struct buf *out);
/* Whether body bytes follow the head: not for HEAD, 204 and 304. */
bool reply_has_body(const struct exchange *x);

#endif
