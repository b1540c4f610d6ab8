/* base/err.h: what went wrong, said once, where it was known.
 * Add a kind: one row here; status, code, retry, OpenAPI and metric names follow. */
#ifndef ENIGMA_BASE_ERR_H
#define ENIGMA_BASE_ERR_H

#include "base/arena.h"

#define ERR_MAP(X) /*    http  code                 title                    retry */              \
    X(OK, 200, "ok", "OK", 0)                                                                      \
    X(INVALID, 422, "invalid", "Validation failed", 0)                                             \
    X(BAD_REQUEST, 400, "bad_request", "Bad request", 0)                                           \
    X(PHASE, 400, "phase_conflict", "Not possible now", 0)                                         \
    X(UNAUTHENTICATED, 401, "unauthenticated", "Not authenticated", 0)                             \
    X(FORBIDDEN, 403, "forbidden", "Forbidden", 0)                                                 \
    X(NOT_FOUND, 404, "not_found", "Not found", 0)                                                 \
    X(METHOD, 405, "method_not_allowed", "Method not allowed", 0)                                  \
    X(CONFLICT, 409, "conflict", "Conflict", 0)                                                    \
    X(PRECONDITION, 412, "precondition_failed", "Precondition failed", 0)                          \
    X(TOO_LARGE, 413, "too_large", "Content too large", 0)                                         \
    X(MEDIA_TYPE, 415, "unsupported_media_type", "Unsupported media type", 0)                      \
    X(EXPECTATION, 417, "expectation_failed", "Expectation failed", 0)                             \
    X(PRECONDITION_NEEDED, 428, "precondition_required", "Precondition required", 0)               \
    X(THROTTLED, 429, "throttled", "Too many requests", 1)                                         \
    X(HEADERS_TOO_LARGE, 431, "headers_too_large", "Header fields too large", 0)                   \
    X(INTERNAL, 500, "internal", "Internal error", 0)                                              \
    X(UPSTREAM, 502, "upstream", "Upstream failed", 1)                                             \
    X(BUSY, 503, "busy", "Service unavailable", 1)

enum [[nodiscard]] err{ /* ignoring any returned err is a warning, hence an error */
#define X(kind, http, code, title, retry) ERR_##kind,
                        ERR_MAP(X)
#undef X
                            ERR_COUNT_
};
typedef enum err err;

struct err_info {
    int http;
    const char *code, *title;
    bool retry;
};
const struct err_info *err_info(err kind);

/* One field that broke one rule, in the body shape of CONTRACT 1.2. */
struct issue {
    struct str type; /* "missing", "string_too_short"… */
    struct str loc;  /* JSON array text: ["body","essay"] */
    struct str msg;
    struct str input; /* JSON text of what was sent; never of a secret field */
    struct str ctx;   /* JSON object text, or absent */
};
enum { FAULT_ISSUES_MAX = 32, FAULT_TEXT_MAX = 240 };

struct fault {
    err kind;
    char text[FAULT_TEXT_MAX]; /* reaches users: no secrets, no SQL, no PII */
    const char *file;
    int line;
    uint32_t retry_after_s; /* for THROTTLED and BUSY; 0: none */
    struct issue *issues;   /* with INVALID; in the context's arena */
    size_t n_issues;
};

struct ctx;
/* Records the first cause and returns `kind`. */
err fault_set(struct ctx *c, err kind, const char *file, int line, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
/* Adds one issue and returns ERR_INVALID; beyond FAULT_ISSUES_MAX it only counts as failed. */
err fault_issue(struct ctx *c, const struct issue *issue);
/* Adds the issue that member `name` of `where` ("body", "query") breaks a rule; name NULL: the
 * whole of it. `why` is kept by the caller. Returns ERR_INVALID. */
err fault_value(struct ctx *c, const char *where, const char *name, const char *why);
/* The same for the `cursor` of a list. */
err fault_cursor(struct ctx *c);
/* Forget the recorded fault, after it was handled (the arena keeps the issues' bytes). */
void fault_clear(struct ctx *c);
#define FAIL(c, kind, ...) fault_set((c), ERR_##kind, __FILE__, __LINE__, __VA_ARGS__)
#define TRY(expr)                                                                                  \
    do {                                                                                           \
        err try_ = (expr);                                                                         \
        if (try_ != ERR_OK)                                                                        \
            return try_;                                                                           \
    } while (0)

#endif
