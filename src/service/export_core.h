/* service/export_core.h: the export without its log entry, for the step that writes its own. */
#ifndef ENIGMA_SERVICE_EXPORT_CORE_H
#define ENIGMA_SERVICE_EXPORT_CORE_H

#include "service/exchange.h"

/* What the names of exports in work begin with, in the folder of exports. */
#define EXPORT_TEMP ".export-"

struct export_outcome {
    int64_t rows;
    struct str sha256; /* hex of the bytes written */
};
err export_jsonl_core(struct ctx *c, struct str cycle_id, sink_fn *sink, void *arg,
                      struct export_outcome *ret);

/* Writes cycle.download; comes back with `e`, or with the write's own error. */
err export_note(struct ctx *c, struct str cycle_id, const struct export_outcome *out, err e);
err export_cycle_check(struct ctx *c, struct str cycle_id);

#endif
