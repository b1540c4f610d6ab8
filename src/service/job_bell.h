/* service/job_bell.h: the port by which a service wakes the job workers; jobs fills it. */
#ifndef ENIGMA_SERVICE_JOB_BELL_H
#define ENIGMA_SERVICE_JOB_BELL_H

#include "base/ctx.h"

struct job_bell {
    void *self;
    void (*ring)(void *self); /* there is work */
    /* Waits until the job is over or `until_us` (monotonic) passes; *ret_over says which. */
    err (*wait)(void *self, struct ctx *c, struct str job_id, int64_t until_us, bool *ret_over);
};

#endif
