/* app/probe.h: a thread that looks after the house: probes the database, cleans up old logins.
 * Fills the probe port. Thread rule: open and close from the main thread. */
#ifndef ENIGMA_APP_PROBE_H
#define ENIGMA_APP_PROBE_H

#include "app/wire.h"
#include "http/server.h"
#include "service/probe.h"

struct probe;
struct probe *probe_open(struct installation *in);
const struct probe_port *probe_port_of(struct probe *p);
/* Which server the metrics are read from; call before it runs. */
void probe_watch(struct probe *p, const struct server *server);
void probe_started(struct probe *p);
void probe_close(struct probe *p);

#endif
