/* http/route.h: one row per endpoint; dispatch, access, OpenAPI and docs read it.
 * Thread rule: run is called on a worker, or on the loop when ROUTE_INLINE. */
#ifndef ENIGMA_HTTP_ROUTE_H
#define ENIGMA_HTTP_ROUTE_H

#include "http/request.h"
#include "schema/schema.h"

enum route_flag {
    ROUTE_INLINE = 1 << 0,     /* answers from memory, on the loop thread; never blocks */
    ROUTE_IDEMPOTENT = 1 << 1, /* honours Idempotency-Key (the service stores it) */
    ROUTE_AUDITED = 1 << 2,    /* success writes a log entry: said in the docs */
    ROUTE_LIST = 1 << 3,       /* the reply is an array of the reply schema: call->rows */
    ROUTE_UPLOAD = 1 << 4,     /* the body is spooled to a file and mapped; body_max up to 64 MiB */
    ROUTE_STREAM = 1 << 5,     /* the handler writes the body with call_stream_* */
    ROUTE_EVENTS = 1 << 6,     /* server-sent events: run is called again for each tick */
    ROUTE_PERSONAL = 1 << 7,   /* Cache-Control: no-store */
    ROUTE_RAW = 1 << 8,        /* the handler sets call->raw and call->content_type */
    ROUTE_DEMO = 1 << 9,       /* exists only in demo mode */
    ROUTE_MAYBE_NULL = 1 << 10,    /* the reply may be JSON null: call->is_null */
    ROUTE_BODY_OPTIONAL = 1 << 11, /* no body is fine: call->body then holds the defaults */
    ROUTE_PATCH = 1 << 12, /* the body may hold any subset of the schema's members (body_seen) */
    ROUTE_SLOW = 1 << 13,  /* waits for long (bcrypt, a job, a stream): threads of its own */
    ROUTE_COMPAT_PUBLIC = 1 << 14, /* public, as in the original, where the server is told so */
    ROUTE_ENROL = 1 << 16,         /* open to whoever must set up a second factor first */
    ROUTE_REDIRECT = 1 << 17,      /* with ROUTE_RAW: success is 303 and a Location */
    ROUTE_OUTBOUND = 1 << 18,      /* asks others over the network: 502 where they fail */
    ROUTE_REPLICA = 1 << 15,   /* the handler may read a replica that lags; the login check never */
    ROUTE_IF_MATCH = 1 << 20,  /* honours If-Match: 412 when the thing has changed */
    ROUTE_WEBSOCKET = 1 << 19, /* GET that becomes a WebSocket (route.ws); run decides who may */
};
enum { ROUTE_PATH_ARGS_MAX = 4, CALL_HEADERS_MAX = 8, BODY_MAX_DEFAULT = 1024 * 1024 };

struct stream;
struct ws_endpoint; /* http/ws.h */
/* What the handler of a ROUTE_WEBSOCKET decides; an error of it is an ordinary HTTP answer. */
struct ws_admission {
    void *user;         /* heap; the endpoint's release gives it up, whatever happens */
    uint64_t key;       /* sockets of one key share a loop */
    uint16_t refuse;    /* not 0: opened and closed at once with this code, so that a page, … */
    const char *reason; /* … which never sees an HTTP status, knows why; static text */
};
struct call {
    const struct request *request;
    struct str path_arg[ROUTE_PATH_ARGS_MAX];
    const void *query, *body; /* decoded and valid, or NULL when the row has no schema */
    struct seen body_seen;    /* for PUT with optional members */
    void *reply;              /* zeroed, reply schema's size */
    struct list rows;         /* ROUTE_LIST */
    bool is_null;             /* ROUTE_MAYBE_NULL */
    struct str raw; /* ROUTE_RAW: body, arena-owned or static; of others: JSON in place of reply */
    const char *content_type; /* ROUTE_RAW and ROUTE_STREAM */
    int status;               /* 0: 200 */
    struct header headers[CALL_HEADERS_MAX];
    size_t n_headers;
    struct stream *stream;    /* ROUTE_STREAM */
    struct str last_event_id; /* ROUTE_EVENTS: what the client has; the handler moves it on */
    bool last_event;          /* ROUTE_EVENTS: the handler says that the stream is over */
    struct ws_admission ws;   /* ROUTE_WEBSOCKET */
    intptr_t arg;
};
struct throttle_rule {
    uint32_t per_minute;
    enum { THROTTLE_ADDRESS, THROTTLE_PRINCIPAL } by;
};
struct route {
    const char *method, *path, *summary; /* path: "/admin/cycles/{cycle_id}/freeze" */
    err (*run)(struct ctx *c, struct call *call);
    const struct schema *query, *body, *reply;
    uint32_t roles; /* ROLE_… bits; 0 refuses to start, public is said aloud */
    uint32_t flags;
    uint32_t body_max;             /* bytes; 0: BODY_MAX_DEFAULT */
    struct throttle_rule throttle; /* per_minute 0: none */
    uint32_t scope;                /* SCOPE_… bits of API tokens; 0: none comes in */
    intptr_t arg;                  /* e.g. the target phase */
    const char *tag;               /* group in the docs */
    const struct ws_endpoint *ws;  /* ROUTE_WEBSOCKET */
};
struct route_table {
    const struct route *routes;
    size_t n;
};

/* Header of the answer; the value is kept in c->mem. At most CALL_HEADERS_MAX. */
void call_header(struct ctx *c, struct call *call, const char *name, struct str value);
/* Starts the answer's head on the first call; blocks while the client is slow; ERR_UPSTREAM when
 * the client is gone. */
err call_stream_write(struct ctx *c, struct call *call, struct str bytes);

#endif
