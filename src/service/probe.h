/* service/probe.h: the port through which health and metrics are read; app fills it.
 * Any thread; never blocks, except `ready`. */
#ifndef ENIGMA_SERVICE_PROBE_H
#define ENIGMA_SERVICE_PROBE_H

#include "base/buf.h"
#include "base/ctx.h"

struct probe_port {
    void *self;
    /* Result of the last background probe of the database, at most 5 s old. */
    bool (*database_up)(void *self);
    bool (*api_configured)(void *self); /* a model provider is set up */
    bool (*started)(void *self);
    /* Probes now: database, schema, disk. ERR_BUSY with a plain reason when not ready. */
    err (*ready)(void *self, struct ctx *c);
    void (*metrics)(void *self, struct buf *out); /* Prometheus text format 0.0.4 */
};

#endif
