/* http/head.h: the head of a request: found in a stream of bytes, checked strictly, split.
 * Pure; any thread. Views borrow from the bytes given. */
#ifndef ENIGMA_HTTP_HEAD_H
#define ENIGMA_HTTP_HEAD_H

#include "http/request.h"

enum http_method {
    HTTP_M_GET,
    HTTP_M_HEAD,
    HTTP_M_POST,
    HTTP_M_PUT,
    HTTP_M_PATCH,
    HTTP_M_DELETE,
    HTTP_M_OPTIONS,
    HTTP_M_TRACE,
    HTTP_M_CONNECT,
    HTTP_M_COUNT_,
};
extern const struct str http_method_names[HTTP_M_COUNT_];
/* HTTP_M_COUNT_ when unknown; case matters. */
enum http_method http_method_find(struct str name);

struct head_limits {
    uint32_t line_max, head_max, fields_max;
};
/* status 0: fine; HEAD_MORE: more bytes are needed; otherwise what to answer, and why. */
enum { HEAD_OK = 0, HEAD_MORE = -1 };
struct head_verdict {
    int status;
    const char *why;
};

/* Where the search for the end of the head stands; zero at the start of each head. */
struct head_scan {
    uint32_t at, line, lines;
};
/* Looks at the n bytes that are there so far. HEAD_OK: *ret_n is the length with the empty line. */
struct head_verdict head_scan(struct head_scan *s, const struct head_limits *limits, const char *p,
                              size_t n, size_t *ret_n);

struct head {
    enum http_method method;
    uint8_t minor;
    bool chunked, keep_alive, expect_continue;
    int64_t content_length; /* -1: none said */
    struct str method_text, target, path, query, host;
    size_t n_headers;
    struct header headers[HEADER_FIELDS_MAX];
};
/* Checks and splits a whole head (n from head_scan). */
struct head_verdict head_parse(struct head *h, const struct head_limits *limits, const char *p,
                               size_t n);
static inline bool head_has_body(const struct head *h)
{
    return h->chunked || h->content_length > 0;
}

#endif
