/* http/dispatch.h: what happens to a request between its head and its answer. The same code
 * serves sockets and the loopback. Thread rule: the exchange's owner. */
#ifndef ENIGMA_HTTP_DISPATCH_H
#define ENIGMA_HTTP_DISPATCH_H

#include "http/exchange.h"

/* After head_parse: address, route, length limit. x->early: the answer stands already;
 * x->on_loop: it may run on the loop's own thread. */
void dispatch_head(struct exchange *x, struct net_ip peer, bool tls);
/* Login, roles, throttle, cross-site, content type; false: the answer (a refusal) stands. Done
 * before the body of an upload is read; otherwise by dispatch_run. */
bool dispatch_admit(struct exchange *x);
/* Everything, up to the finished answer. The body is in x->request.body. */
void dispatch_run(struct exchange *x);
/* Decoding and the handler alone, without admission or an answer (event ticks). */
err dispatch_handle(struct exchange *x);

#endif
