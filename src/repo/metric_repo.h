/* repo/metric_repo.h: the deterministic metrics of applications, and what they are made from.
 * Thread rule: inside a transaction of the calling thread. Makes no decision. Marks are hundredths;
 * strings live in c->mem. */
#ifndef ENIGMA_REPO_METRIC_REPO_H
#define ENIGMA_REPO_METRIC_REPO_H

#include "db/db.h"

struct metric_new {
    struct str application_id, cycle_id;
    int64_t test_average, test_percent, academic, composite;
    int64_t percentile; /* SCHEMA_NULL_I64: not ranked yet */
    int64_t computed_at;
};
/* Best in the order of the applications. */
err metric_insert(struct ctx *c, struct tx *tx, const struct metric_new *v, size_t n);

/* Application ids from <= x <= last, without `after`; as the engine orders them. */
struct metric_span {
    struct str cycle_id, from, after, last;
    int64_t limit;
};
/* The whole cycle: absent ids where it has no application. */
err metric_span_of(struct ctx *c, struct tx *tx, struct str cycle_id, struct metric_span *ret);
/* Applications with an anonymous row and without metrics, in their order. */
struct metric_open {
    struct str application_id;
    int64_t gpa;
};
err metric_open_page(struct ctx *c, struct tx *tx, const struct metric_span *span,
                     struct list *ret);
/* Test scores as stored, JSON text, of all applications of the span: what is scrubbed and what came
 * of it are never joined. */
struct metric_tests {
    struct str application_id, test_scores;
};
err metric_tests_each(struct ctx *c, struct tx *tx, const struct metric_span *span, row_fn *fn,
                      void *arg);

struct metric_row {
    int64_t metric_id, composite;
};
err metric_each(struct ctx *c, struct tx *tx, struct str cycle_id, row_fn *fn, void *arg);
/* In the order of metric_id: struct metric_row. */
err metric_page(struct ctx *c, struct tx *tx, struct str cycle_id, int64_t after, int64_t limit,
                struct list *ret);
struct metric_rank {
    int64_t metric_id, percentile;
};
err metric_set_percentiles(struct ctx *c, struct tx *tx, const struct metric_rank *v, size_t n);

#endif
