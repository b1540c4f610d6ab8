/* service/stuck.h: sealed values that no key opens, and work that nobody goes on with; for doctor.
 * Reads only. One thread. */
#ifndef ENIGMA_SERVICE_STUCK_H
#define ENIGMA_SERVICE_STUCK_H

#include "repo/doctor_repo.h"

/* older_us: what is left alone for so long stands still. */
err stuck_look(struct ctx *c, int64_t older_us, struct doctor_counts *ret);
/* Opens the first `sample` sealed values of each kind with the key ring. */
err sealed_sample(struct ctx *c, size_t sample, int64_t *ret_seen, int64_t *ret_opened);

#endif
