/* http/conn.h: one connection: reads requests, answers them in order.
 * Thread rule: the loop's thread. */
#ifndef ENIGMA_HTTP_CONN_H
#define ENIGMA_HTTP_CONN_H

#include "http/exchange.h"

#include <uv.h>

enum conn_timer {
    CONN_TIMER_NONE,
    CONN_TIMER_HEAD, /* from the first byte of a head (or of a TLS handshake) */
    CONN_TIMER_IDLE,
    CONN_TIMER_BODY,
    CONN_TIMER_WRITE,
    CONN_TIMER_EVENTS, /* until the next tick */
    CONN_TIMER_LINGER,
    CONN_TIMER_WS,     /* until the next look at a WebSocket */
    CONN_TIMER_WS_END, /* for its close handshake */
    CONN_TIMER_COUNT_,
};
enum conn_state {
    CONN_HEAD, /* idle, or a head is coming */
    CONN_BODY,
    CONN_WORK,   /* a worker has the request */
    CONN_WRITE,  /* the answer is on its way */
    CONN_EVENTS, /* between two ticks */
    CONN_SOCKET, /* a WebSocket */
    CONN_LINGER, /* said goodbye; waits for the client's end */
    CONN_CLOSED,
};
enum {
    CONN_EVENTS_MS = 400,
    CONN_HEARTBEAT_MS = 15000,
    CONN_LINGER_MS = 1000,
    CONN_WS_LOOKS = 4, /* looks at a WebSocket in one ping interval */
    CONN_BODY_WINDOW_MS = 5000,
    CONN_COPY_MAX = 32 * 1024, /* smaller bodies are sent with their head */
};

struct tls_session;
struct ws;
struct conn {
    uv_tcp_t tcp;
    struct loop *loop;
    struct conn *prev, *next;
    struct conn *timer_prev, *timer_next;
    uint64_t timer_due;
    struct exchange *x;
    struct tls_session *tls;
    struct ws *ws; /* CONN_SOCKET */
    char *in;      /* bytes that came too early, or half a head */
    uint32_t in_n, in_cap;
    struct head_scan scan;
    uint64_t mark;    /* bytes moved at the last look of a timer */
    uint64_t queued;  /* bytes given to the socket, sent or not */
    uint64_t sent_at; /* last bytes of an event stream */
    struct net_ip ip;
    uint8_t timer, state;
    bool reading, eof, closing, closed, busy, close_after, skipped_line, lingered;
    bool moved; /* another loop has the socket now */
};

/* Takes over the socket; it is closed when there is no room. */
void conn_open(struct loop *l, int fd, const struct net_ip *ip);
/* The same for a socket that comes from another loop, counted already; NULL: it was closed. */
struct conn *conn_adopt(struct loop *l, int fd, const struct net_ip *ip, struct tls_session *tls);
void conn_close(struct conn *conn);
/* Bytes of the client, after TLS. */
void conn_bytes(struct conn *conn, const char *p, size_t n);
/* The client will send no more. */
void conn_end_of_input(struct conn *conn);
/* Sends x->reply. */
void conn_reply(struct conn *conn);
/* The answer was sent: ready for the next request, or goodbye. */
void conn_finish(struct conn *conn);
/* Goes on with what waits in the connection after conn_finish made it ready. */
void conn_resume(struct conn *conn);
/* A worker gave the exchange back. */
void conn_taken_back(struct handback_item *item);
void conn_timer(struct conn *conn, enum conn_timer kind);
void conn_expired(struct conn *conn, enum conn_timer kind);
/* An error of framing or time: says so and closes. */
void conn_refuse(struct conn *conn, int status, const char *why);

/* An exchange for the connection, when it has none; false: memory is out. */
bool conn_begin(struct conn *conn);
void conn_free(struct conn *conn);
/* Counts the answer, and tells the access log. */
void conn_account(struct conn *conn);
/* For conn_send: goes on once the answer was sent. */
void conn_reply_sent(struct conn *conn, void *arg, int status);

/* conn_run.c: the head is read; more: body bytes came with it. */
void conn_head_done(struct conn *conn, bool more);
/* The body is whole: run it here, or hand it over. */
void conn_run(struct conn *conn);

/* conn_io.c */
enum conn_sent { CONN_SENT, CONN_QUEUED, CONN_LOST };
typedef void conn_sent_fn(struct conn *conn, void *arg, int status);
/* Sends `head` (copied when it must wait) then `body` (must live until fn). fn is called only when
 * the answer is CONN_QUEUED. */
enum conn_sent conn_send(struct conn *conn, struct str head, struct str body, conn_sent_fn *fn,
                         void *arg);
bool conn_start(struct conn *conn); /* reading; false: lost */
void conn_stop_reading(struct conn *conn);
void conn_start_reading(struct conn *conn);
/* Decrypts what waits. */
void conn_pump_tls(struct conn *conn);
/* Half-closes and waits for the client's end. */
void conn_linger(struct conn *conn);
size_t conn_unsent(const struct conn *conn);
/* Watches that the client takes what is queued. */
void conn_watch_write(struct conn *conn);
uint64_t conn_sent_total(const struct conn *conn);

/* ws_conn.c */
void ws_begin(struct conn *conn); /* the handler said yes: 101, or a move */
void ws_bytes(struct conn *conn, const char *p, size_t n); /* of the peer */
void ws_leave(struct conn *conn); /* it is about to close: what was said goes out */
void ws_gone(struct conn *conn);  /* the connection is closed */
void ws_look(struct conn *conn);  /* the timer of CONN_TIMER_WS */

/* events.c */
void events_work(struct exchange *x);      /* on a worker: one tick */
void events_taken_back(struct conn *conn); /* on the loop: sends what the tick gave */
void events_due(struct conn *conn);        /* on the loop: starts the next tick */

#endif
