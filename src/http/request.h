/* http/request.h: one HTTP request as a handler sees it. Read-only, owned by the request arena. */
#ifndef ENIGMA_HTTP_REQUEST_H
#define ENIGMA_HTTP_REQUEST_H

#include "base/ctx.h"

enum { HEADER_FIELDS_MAX = 100 };
struct header {
    struct str name, value;
};
struct request {
    struct str method, target, path, query; /* path: percent-decoded, /api alias taken off */
    const struct header *headers;
    size_t n_headers;
    struct str body;
    struct str peer; /* client address; X-Forwarded-For only from trusted proxies */
    bool tls, keep_alive;
    uint8_t minor; /* HTTP/1.minor */
};
/* First header of that name (any case), or absent. */
struct str request_header(const struct request *r, const char *name);
/* Value of a cookie, or absent. */
struct str request_cookie(const struct request *r, const char *name);
/* Whether `Prefer` (RFC 7240) holds the token, e.g. "respond-async" or "status=201". */
bool request_prefers(const struct request *r, const char *token);
/* Whether Accept asks for this media type at least as much as for JSON (and names it). */
bool request_accepts(const struct request *r, const char *media_type);

#endif
