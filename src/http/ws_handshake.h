/* http/ws_handshake.h: the opening handshake of RFC 6455 on one exchange.
 * Thread rule: the exchange's owner. */
#ifndef ENIGMA_HTTP_WS_HANDSHAKE_H
#define ENIGMA_HTTP_WS_HANDSHAKE_H

#include "http/exchange.h"
#include "http/ws.h"

/* Whether the request asks for a WebSocket as the standard has it, from an origin of the list;
 * false: the refusal stands (400, 403, 426). A missing Origin is fine: not a browser. */
bool ws_check(struct exchange *x);
/* The handler let it in: 101. */
void ws_accept(struct exchange *x);
/* Gives up what the handler made for a socket that never opened. */
void ws_release(struct exchange *x);

#endif
