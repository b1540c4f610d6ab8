/* repo/clock_repo.h: the clock that all processes of a database share.
 * Thread rule: inside a transaction of the calling thread. */
#ifndef ENIGMA_REPO_CLOCK_REPO_H
#define ENIGMA_REPO_CLOCK_REPO_H

#include "db/db.h"

/* Microseconds since 1970: when the transaction began by the server's clock, or, on SQLite, the
 * moment by the clock port, since its processes are on one machine. */
err clock_now(struct ctx *c, struct tx *tx, int64_t *ret_us);

#endif
