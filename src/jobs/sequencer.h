/* jobs/sequencer.h: the thread that gives the entries that wait in audit_pending their place in
 * the log. Each process that writes has one; whoever holds the lock of the log works.
 * Thread rule: open and close from one thread; stats from any. */
#ifndef ENIGMA_JOBS_SEQUENCER_H
#define ENIGMA_JOBS_SEQUENCER_H

#include "base/ctx.h"

struct sequencer;
struct sequencer_options {
    const struct deps *deps;
    int64_t poll_ms; /* between two looks at an empty table; 0: SEQUENCER_POLL_MS */
};
enum { SEQUENCER_POLL_MS = 100 };

err sequencer_open(struct ctx *c, const struct sequencer_options *o, struct sequencer **ret);
/* Ends the thread after its round. What waits then is left to audit_sequence. NULL is fine. */
void sequencer_close(struct sequencer *s);

struct sequencer_stats {
    int64_t moved, failed; /* entries placed by this thread; rounds that failed */
};
void sequencer_stats(struct sequencer *s, struct sequencer_stats *ret);

#endif
