/* app/progress.h: progress bars on a terminal, plain lines otherwise; on standard error. */
#ifndef ENIGMA_APP_PROGRESS_H
#define ENIGMA_APP_PROGRESS_H

#include "base/ctx.h"

struct progress {
    const char *label;
    int64_t begin_us;
    bool terminal, show;
    int last_percent;
    int64_t last_seen;
};
void progress_begin(struct progress *p, const char *label, bool show);
void progress_step(struct progress *p, int64_t done, int64_t total);
/* Ends the line: label, count, seconds. Returns the seconds taken. */
double progress_end(struct progress *p, int64_t total);
/* Watches a job until it is over; its failure is the error. */
err progress_follow(struct ctx *c, const char *label, struct str job_id, bool show);

/* Publication waits for the cycle's fairness check: watches it while it runs. */
err progress_fairness(struct ctx *c, struct str cycle_id, bool show);

#endif
