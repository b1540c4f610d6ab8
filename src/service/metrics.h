/* service/metrics.h: the deterministic metrics of a cycle's applications and their percentile
 * ranks, in memory that does not grow with the cycle: marks are hundredths from 0 to 100, so a
 * count of each says all ranks. Metrics are made in the order of the applications, to whom they
 * belong, and not with the anonymous rows in their random order: each of those would meet a page of
 * its own in the index by application. Thread rule: inside a transaction of the calling thread. */
#ifndef ENIGMA_SERVICE_METRICS_H
#define ENIGMA_SERVICE_METRICS_H

#include "codec/id.h"
#include "domain/score.h"
#include "repo/metric_repo.h"

/* All but whose they are, their rank and their time. gpa in hundredths. */
void metrics_measure(const struct ctx *c, int64_t gpa, const struct list *tests,
                     struct metric_new *ret);

struct metrics_scan {
    struct str cycle_id;
    bool ranked; /* what is written gets its rank */
    int64_t stored, missing;
    int64_t percentile[MARK_E2_MAX + 1]; /* of each composite */
    struct metric_span span;             /* the cycle's applications */
};
/* Counts the metrics that are stored, and those that applications with an anonymous row lack. The
 * scan is large: keep it in an arena. */
err metrics_scan_cycle(struct ctx *c, struct tx *tx, struct str cycle_id, struct metrics_scan *ret);

/* How far the writing has come; zero to begin with. */
struct metrics_place {
    int64_t stored_after;
    char from[ID_MAX + 1];
    bool stored_done, done;
};
/* Writes one batch: ranks of stored metrics first, then missing metrics. Doing it again writes the
 * same. c->mem holds a batch. */
err metrics_write(struct ctx *c, struct tx *tx, const struct metrics_scan *m,
                  const struct metrics_place *at, struct metrics_place *ret);

/* All of it in this transaction: makes what is missing without ranks. */
err metrics_fill(struct ctx *c, struct tx *tx, struct str cycle_id);
/* The same with ranks for all. */
err metrics_rank(struct ctx *c, struct tx *tx, struct str cycle_id);

#endif
