/* http/ws_socket.h: an open WebSocket; the room's own part of ws.h.
 * Thread rule: the socket's loop. */
#ifndef ENIGMA_HTTP_WS_SOCKET_H
#define ENIGMA_HTTP_WS_SOCKET_H

#include "http/ws.h"

struct conn;
struct loop;
struct ws_corks;
struct ws_start {
    const struct ws_endpoint *endpoint;
    void *user;
    const char *protocol; /* what was agreed on; NULL: none */
    const char *reason;
    uint16_t refuse; /* not 0: close at once with this code */
};
/* NULL: memory is out, and nothing was taken over. */
struct ws *ws_open(struct conn *conn, const struct ws_start *start);
/* Tells the endpoint, or refuses. */
void ws_opened(struct ws *ws, const struct ws_start *start);
struct ws *ws_find(struct loop *l, struct ws_id id);
/* The end of a round of the loop: each socket that said something sends it with one write. */
void ws_uncork_all(struct loop *l);
void ws_corks_done(struct ws_corks *corks);

#endif
