/* http/ws.h: WebSocket endpoints (RFC 6455): rows of the route table with an endpoint.
 * The row's run decides on a worker who comes in (call->ws); then the socket lives on one loop:
 * sockets of one key share a loop, so what they share needs no lock. Messages of a socket come in
 * order. No extension is negotiated.
 * Thread rule: ws_* and the endpoint's functions on the socket's loop; server_* from any. */
#ifndef ENIGMA_HTTP_WS_H
#define ENIGMA_HTTP_WS_H

#include "http/server.h"
#include "http/ws_frame.h"
#include "os/handback.h"
#include "os/pool.h"

enum {
    WS_OUT_MAX = 256 * 1024, /* bytes of one socket that wait for its peer */
    WS_PROTOCOL_MAX = 64,    /* bytes of a subprotocol's name */
    WS_REASON_MAX = 120,
    WS_SLOW = 4408, /* the peer does not take what is sent, or does not answer */
    WS_TOO_LARGE = 4413,
};
enum ws_rank {
    WS_DROPPABLE, /* is left out first when the peer is slow */
    WS_NEEDED,    /* when even these do not fit, the socket is closed with WS_SLOW */
};

struct ws;
/* Names a socket for other threads; a number of the past finds nobody. */
struct ws_id {
    uint32_t loop, slot;
    uint64_t generation;
};
struct ws_endpoint {
    uint32_t message_max; /* bytes of a message of the peer */
    const char *protocol; /* subprotocol that is spoken where the client offers it; NULL: none */
    void (*opened)(struct ws *ws);
    void (*message)(struct ws *ws, bool text, struct str bytes);
    /* The peer is gone or going: once for each opened socket, never from within ws_send or
     * ws_close. Nothing can be sent any more. */
    void (*closed)(struct ws *ws);
    /* Gives up call->ws.user, opened or not; on any thread. */
    void (*release)(void *user);
};

/* What ws_user is; NULL where the handler gave none. */
void *ws_user(const struct ws *ws);
struct ws_id ws_id_of(const struct ws *ws);
uint32_t ws_loop(const struct ws *ws);
struct server *ws_server(const struct ws *ws);
/* Whether the subprotocol of the endpoint was agreed on. */
bool ws_speaks_protocol(const struct ws *ws);
/* False: closing, lost, or the peer was too slow. */
bool ws_send_text(struct ws *ws, struct str text, enum ws_rank rank);
bool ws_send_binary(struct ws *ws, struct str bytes, enum ws_rank rank);
/* Sends what waits, then the close frame; messages of the peer are overlooked from now on. */
void ws_end(struct ws *ws, uint16_t code, const char *reason);

/* Copies the text; sent in order with others of the calling thread. */
bool server_ws_send(struct server *s, struct ws_id id, struct str text, enum ws_rank rank);
bool server_ws_end(struct server *s, struct ws_id id, uint16_t code, const char *reason);
/* item->taken runs on that loop's thread; the item belongs to the server until then. */
void server_post(struct server *s, uint32_t loop, struct handback_item *item);
/* The loop of a key. */
uint32_t server_loop_of(const struct server *s, uint64_t key);
uint32_t server_loops(const struct server *s);
/* Whether server_stop was called: what waits is to be finished. */
bool server_stopping(const struct server *s);
/* Hands blocking work to the pool of quick handlers; false: its queue is full, or it is closed. */
bool server_work(struct server *s, struct pool_job *job);

/* A token that the client offers in Sec-WebSocket-Protocol and that begins with the prefix;
 * absent when there is none. */
struct str ws_offered(const struct request *r, const char *prefix);

#endif
