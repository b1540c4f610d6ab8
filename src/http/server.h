/* http/server.h: the HTTP/1.1 server: loops, limits, dispatch, the reply envelope.
 * Thread rule: server_* from the thread that opened it, server_stop from any (and signals). */
#ifndef ENIGMA_HTTP_SERVER_H
#define ENIGMA_HTTP_SERVER_H

#include "http/route.h"

struct http_limits {
    uint32_t line_max, head_max, fields_max; /* bytes, bytes, count */
    uint32_t connections_max, connections_per_address_max;
    uint32_t head_ms, idle_ms, write_ms, body_min_bytes_per_s;
    uint32_t unsent_max, uploads_max, streams_max, events_max;
    uint32_t queue_max;            /* requests waiting for a worker: then 503 */
    uint32_t drain_ms, request_ms; /* SIGTERM limit; a handler's deadline */
    uint32_t throttle_percent;     /* scales route throttles; 0: off */
    /* WebSockets: a ping after so much silence, dead after so much, time for a close handshake. */
    uint32_t ws_ping_ms, ws_dead_ms, ws_close_ms;
};
extern const struct http_limits http_limits_default;

/* Ports that app fills. */
struct http_port {
    /* Sets c->who from the cookie or bearer, or leaves it NULL when there is none; an invalid
     * token is ERR_UNAUTHENTICATED. Runs on a worker. roles: of the route, which say whose cookie
     * counts where a browser holds two. *ret_by_cookie: CSRF rules apply. */
    err (*authenticate)(struct ctx *c, const struct request *r, uint32_t roles,
                        bool *ret_by_cookie);
    /* One line for the access log and the metrics, after the answer was handed over. */
    void (*done)(const struct deps *deps, const struct route *route, int status, int64_t took_us,
                 uint64_t trace);
    /* A refusal for the security log: event "denied", "bad_request", "throttled"… */
    void (*refused)(const struct deps *deps, const char *event, const struct route *route,
                    int status, uint64_t trace);
};
/* One embedded file; NULL encodings are not offered. The path may have {segments}, so that one page
 * answers many addresses; a path without a slash in front is a template, which is not served. */
struct asset {
    const char *path, *file, *content_type, *etag; /* file: its name below web_dir */
    struct str plain, gzip, brotli;
    bool immutable;
};
struct server_options {
    struct str listen;     /* 127.0.0.1:8000, [::1]:8000, 0.0.0.0:0 */
    uint32_t loops;        /* 0: one per core */
    uint32_t workers;      /* blocking handlers */
    uint32_t slow_workers; /* handlers of ROUTE_SLOW; 0: 8 */
    struct http_limits limits;
    const struct route_table *tables; /* every route; checked when the server opens */
    size_t n_tables;
    const struct asset *assets;
    size_t n_assets;
    const struct asset *missing; /* what a browser gets instead of a 404 in JSON; or NULL */
    struct str web_dir;          /* development: files are read here first; empty: never */
    const struct http_port *port;
    const struct deps *deps;
    struct str cors_origins;      /* comma-separated exact origins */
    struct str trusted_proxies;   /* comma-separated addresses or CIDR */
    struct str tls_cert, tls_key; /* files; empty: plain HTTP */
    struct str spool_dir;         /* where uploads are spooled */
    struct str public_origin; /* scheme://host[:port] for same-origin checks; empty: from Host */
    bool demo;                /* X-Enigma-Demo: true on every answer, ROUTE_DEMO routes exist */
    bool compat_public;       /* ROUTE_COMPAT_PUBLIC rows are public */
    bool problem_json;        /* ERROR_FORMAT=problem */
    /* Called on each loop ten times a second; NULL: nobody cares. */
    void (*tick)(void *arg, uint32_t loop);
    void *tick_arg;
};
struct server;
/* Binds; busy or forbidden ports say so in the fault. */
err server_open(struct ctx *c, const struct server_options *o, struct server **ret);
/* The port bound, after server_open. */
uint16_t server_port(const struct server *s);
/* Serves until server_stop; returns after the drain. false: the drain limit passed. */
bool server_run(struct server *s);
void server_stop(struct server *s);
/* Reads the TLS files again (SIGHUP). */
err server_reload_tls(struct ctx *c, struct server *s);
void server_close(struct server *s);

/* Numbers for /metrics. */
struct server_stats {
    int64_t accepted, open, requests, queue_depth, queue_full, bytes_in, bytes_out, refused;
    int64_t by_class[6]; /* answers by status / 100 */
    int64_t websockets;  /* open now */
};
void server_stats(const struct server *s, struct server_stats *ret);

/* Runs one request through routing, auth, decoding and encoding without a socket (API tests).
 * The answer's bytes (status line, headers, body) are in c->mem. */
err server_loopback(struct ctx *c, const struct server_options *o, struct str raw_request,
                    struct str *ret_raw_reply);

#endif
