/* client/client.h: outbound HTTP on one I/O thread, over libcurl's multi interface.
 *
 * Only http and https, only origins of the allow-list, no redirects, no proxies of the environment,
 * TLS verified, no link-local or metadata addresses, loopback only where the list says so by name.
 * Connections are kept and shared; HTTP/2 where TLS offers it. Every exchange has a deadline and a
 * largest answer; those in flight are bounded, in all and for one origin.
 *
 * Thread rule: start, cancel and client_call from any thread; `done` runs once for every exchange
 * that was started, on the I/O thread, and must neither block nor close the client.
 * Ownership: a request is copied by start; a reply given to `done` lives until it returns, one
 * given by client_call lives in c->mem. Errors and faults name the origin, never a path, a query,
 * a header or a body: those may hold secrets. */
#ifndef ENIGMA_CLIENT_CLIENT_H
#define ENIGMA_CLIENT_CLIENT_H

#include "base/ctx.h"

enum {
    CLIENT_ORIGINS_MAX = 32,
    CLIENT_URL_MAX = 8192,
    CLIENT_REQUEST_HEADERS_MAX = 32,
    CLIENT_REQUEST_HEADER_MAX = 16 * 1024, /* bytes of one, name and value */
    CLIENT_REQUEST_BODY_MAX = 64 << 20,
    CLIENT_HEAD_MAX = 64 * 1024, /* bytes of all heads of one answer, 1xx and trailers too */
    CLIENT_FIELDS_MAX = 100,
    CLIENT_BODY_MAX = 64 << 20,
    CLIENT_TIMEOUT_MAX_MS = 600000,
    CLIENT_IN_FLIGHT = 64, /* default */
    CLIENT_CONNECT_MS = 5000,
};

struct client_header {
    struct str name, value;
};
struct client_request {
    const char *method; /* "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE" */
    struct str url;     /* absolute, no user in it; a fragment is not sent */
    const struct client_header *headers;
    size_t n_headers;
    struct str body; /* absent: none */
    int64_t
        timeout_ms; /* of the whole exchange, 1 to CLIENT_TIMEOUT_MAX_MS; c's deadline counts too */
    size_t body_max; /* bytes of the answer's body, 1 to CLIENT_BODY_MAX */
    /* Sent at most once, on a connection of its own: over a kept one that turns out to be dead
     * libcurl sends again by itself. */
    bool once;
};

/* How an exchange ended. Only CLIENT_OK has status, headers and body. */
enum client_outcome {
    CLIENT_OK,
    CLIENT_REFUSED,     /* the name leads to an address that may not be asked */
    CLIENT_UNREACHABLE, /* name unknown, connection refused */
    CLIENT_UNTRUSTED,   /* TLS: certificate or handshake */
    CLIENT_LATE,        /* no whole answer before the deadline */
    CLIENT_BROKEN,      /* cut off, reset, or not HTTP */
    CLIENT_TOO_LARGE,   /* head or body beyond its limit */
    CLIENT_CANCELLED,
    CLIENT_CLOSED, /* the client was closed meanwhile */
    CLIENT_OUTCOMES
};
extern const char *const client_outcome_names[CLIENT_OUTCOMES]; /* for logs and metrics */

struct client_reply {
    enum client_outcome outcome;
    int status;
    const struct client_header *headers; /* of the last head */
    size_t n_headers;
    struct str body;
    struct str origin; /* scheme://host:port that was asked: safe to show */
    int64_t took_us;
    bool http2, reused; /* reused: over a connection that was there already */
};
/* First header of that name (any case), or absent. */
struct str client_reply_header(const struct client_reply *r, const char *name);
/* Whether asking again may help: the connection, the deadline, 408, 425, 429, 500, 502, 503, 504.
 */
bool client_reply_passing(const struct client_reply *r);

typedef void client_done(void *arg, const struct client_reply *reply);
/* What services ask through, so that tests and the simulation can answer. */
struct client_port {
    void *self;
    /* ERR_OK: `done` will be called once, perhaps before start returns. ERR_UPSTREAM: the origin is
     * not on the list; ERR_BUSY: too many in flight, or closing; ERR_INTERNAL: no such request can
     * be sent. ret_id may be NULL. */
    err (*start)(void *self, struct ctx *c, const struct client_request *r, client_done *done,
                 void *arg, uint64_t *ret_id);
    /* Ends it with CLIENT_CANCELLED soon, unless it has ended. */
    void (*cancel)(void *self, uint64_t id);
};
/* Asks and waits; for worker threads. ERR_OK for every status. Outcomes other than CLIENT_OK are
 * ERR_UPSTREAM (ERR_BUSY for a client that closes), and *ret then holds outcome and origin. */
err client_call(struct ctx *c, const struct client_port *port, const struct client_request *r,
                struct client_reply *ret);

struct client_options {
    const struct str *origins; /* "https://host[:port]" or "http://…": the allow-list */
    size_t n_origins;
    struct str ca_file;            /* PEM; absent: the system's */
    uint32_t in_flight_max;        /* 0: CLIENT_IN_FLIGHT */
    uint32_t in_flight_origin_max; /* 0: all of them */
    int64_t connect_ms;            /* 0: CLIENT_CONNECT_MS */
};
struct client;
/* ERR_INVALID names the origin that is none. The port is good until client_close. */
err client_open(struct ctx *c, const struct client_options *o, struct client **ret);
const struct client_port *client_port_of(struct client *cl);
/* Ends what is in flight with CLIENT_CLOSED; from now on start is ERR_BUSY. NULL is fine. */
void client_stop(struct client *cl);
/* The same, joins the thread and gives everything up: nobody may use the port any more. NULL is
 * fine. */
void client_close(struct client *cl);

struct client_stats {
    int64_t in_flight, connections; /* now; opened since the start */
    int64_t ended[CLIENT_OUTCOMES];
};
void client_stats(struct client *cl, struct client_stats *ret);

/* "https://host[:port]" of any URL, for allow-lists; absent when it is not http or https, has a
 * user, or is no URL. In c->mem, port always written. */
struct str client_origin_of(struct ctx *c, struct str url);
/* Whether the URL's host is localhost or a loopback address, for settings that allow http there. */
bool client_url_loopback(struct ctx *c, struct str url);

#endif
