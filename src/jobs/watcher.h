/* jobs/watcher.h: the thread that takes utterances to the model (service/bias_queue.h), apart from
 * job threads and the pool, so that neither a long phase nor a slow request delays a nudge.
 * Thread rule: open and close from one thread. */
#ifndef ENIGMA_JOBS_WATCHER_H
#define ENIGMA_JOBS_WATCHER_H

#include "service/bias_queue.h"

struct watcher;
/* The queue outlives it. */
err watcher_open(struct ctx *c, const struct deps *deps, struct bias_queue *queue,
                 struct watcher **ret);
/* Ends the drive: answers that are under way are left to the next process. NULL is fine. */
void watcher_close(struct watcher *w);

#endif
