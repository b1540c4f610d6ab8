/* Metrics of a cycle: one pass that counts composites, then batches in the order of the
 * applications. */
#include "service/metrics.h"

#include "base/str.h"
#include "service/sealed_text.h"
#include "service/settings.h"

enum { BATCH_ROWS = 5000, RUN_ROWS = 500, BATCH_ARENA_MAX = 64 << 20, ROW_ARENA_MAX = 1 << 20 };
#define COARSE_US INT64_C(3600000000) /* rows say the hour, not the moment */

void metrics_measure(const struct ctx *c, int64_t gpa, const struct list *tests,
                     struct metric_new *ret)
{
    const struct weights *w = weights_of(c);
    ret->academic = academic_e2(gpa);
    ret->test_average = test_average_e2(tests);
    ret->test_percent = test_percent_e2(tests);
    ret->composite = composite_e2(w, ret->academic, ret->test_percent);
}

/* Applications that lack metrics, and the metrics that were made for them. */
struct batch {
    struct arena *row_mem;
    struct metric_open *open; /* by application id */
    struct metric_new *made;
    size_t n_open, n_made;
};

static int by_id(const void *a, const void *b)
{
    const struct metric_open *x = a, *y = b;
    return str_cmp(x->application_id, y->application_id);
}

/* Whose test scores cannot be read lacks metrics, and the gate says so. */
static err take_tests(struct ctx *c, const void *row, void *arg)
{
    const struct metric_tests *r = row;
    struct batch *b = arg;
    struct list tests = { 0 };
    const struct metric_open key = { .application_id = r->application_id };
    const struct metric_open *o = bsearch(&key, b->open, b->n_open, sizeof(key), by_id);
    if (!o)
        return ERR_OK;
    if (test_scores_read(r->test_scores, b->row_mem, &tests)) {
        struct metric_new *v = &b->made[b->n_made++];
        *v = (struct metric_new){ .application_id = o->application_id,
                                  .percentile = SCHEMA_NULL_I64,
                                  .computed_at = c->now_us - c->now_us % COARSE_US };
        metrics_measure(c, o->gpa, &tests, v);
    }
    arena_reset(b->row_mem);
    return ERR_OK;
}

static err keep_place(struct ctx *c, struct metrics_place *at, struct str id)
{
    if (id.n > ID_MAX)
        return FAIL(c, INTERNAL, "an application has a long id");
    memcpy(at->from, id.p, id.n);
    at->from[id.n] = '\0';
    return ERR_OK;
}

static err make_batch(struct ctx *c, struct tx *tx, const struct metrics_scan *m,
                      struct metrics_place *at, struct batch *ret)
{
    struct metric_span span = m->span;
    struct list open;
    span.limit = BATCH_ROWS;
    span.after = str_of(at->from);
    if (at->from[0])
        span.from = span.after;
    TRY(metric_open_page(c, tx, &span, &open));
    *ret = (struct batch){ .open = open.v, .n_open = open.n };
    at->done = open.n < BATCH_ROWS;
    if (open.n == 0)
        return ERR_OK;
    span.from = ret->open[0].application_id;
    span.last = ret->open[open.n - 1].application_id;
    TRY(keep_place(c, at, span.last));
    qsort(open.v, open.n, sizeof(*ret->open), by_id);
    ret->made = arena_try(c->mem, open.n, sizeof(*ret->made), _Alignof(struct metric_new));
    if (!ret->made)
        return FAIL(c, TOO_LARGE, "Too many metrics for the memory given");
    ret->row_mem = arena_open(NULL, ROW_ARENA_MAX);
    const err e = metric_tests_each(c, tx, &span, take_tests, ret);
    arena_close(ret->row_mem);
    return e;
}

/* Batch by batch until the place says that it is done, each in memory of its own. */
typedef err batch_fn(struct ctx *c, struct tx *tx, const void *arg, struct metrics_place *at);
static err each_batch(struct ctx *c, struct tx *tx, batch_fn *fn, const void *arg,
                      struct metrics_place *at)
{
    struct arena *mem = c->mem, *batch = arena_open(mem, BATCH_ARENA_MAX);
    while (!at->done) {
        c->mem = batch;
        const err e = fn(c, tx, arg, at);
        c->mem = mem;
        TRY(e); /* the arena may hold the fault's issues, and goes with its parent */
        arena_reset(batch);
    }
    arena_close(batch);
    return ERR_OK;
}

struct scan {
    struct metrics_scan *m;
    struct mark_counts *counts;
};

static err take_stored(struct ctx *c, const void *row, void *arg)
{
    struct scan *s = arg;
    s->m->stored++;
    return mark_count(c, s->counts, ((const struct metric_row *)row)->composite);
}

static err count_missing(struct ctx *c, struct tx *tx, const void *arg, struct metrics_place *at)
{
    const struct scan *s = arg;
    struct batch b;
    TRY(make_batch(c, tx, s->m, at, &b));
    for (size_t i = 0; i < b.n_made; i++)
        TRY(mark_count(c, s->counts, b.made[i].composite));
    s->m->missing += (int64_t)b.n_made;
    return ERR_OK;
}

err metrics_scan_cycle(struct ctx *c, struct tx *tx, struct str cycle_id, struct metrics_scan *ret)
{
    struct scan s = { .m = ret, .counts = arena_new(c->mem, struct mark_counts) };
    *ret = (struct metrics_scan){ .cycle_id = cycle_id, .ranked = true };
    TRY(metric_span_of(c, tx, cycle_id, &ret->span));
    TRY(metric_each(c, tx, cycle_id, take_stored, &s));
    struct metrics_place at = { .done = !ret->span.from.p };
    TRY(each_batch(c, tx, count_missing, &s, &at));
    mark_percentiles(s.counts, ret->percentile);
    return ERR_OK;
}

static err write_stored(struct ctx *c, struct tx *tx, const struct metrics_scan *m,
                        struct metrics_place *at)
{
    struct list rows;
    struct metric_rank v[RUN_ROWS];
    TRY(metric_page(c, tx, m->cycle_id, at->stored_after, BATCH_ROWS, &rows));
    const struct metric_row *r = rows.v;
    for (size_t i = 0; i < rows.n;) {
        size_t n = 0;
        for (; n < RUN_ROWS && i < rows.n; i++) {
            if (r[i].composite < 0 || r[i].composite > MARK_E2_MAX)
                return FAIL(c, INTERNAL, "a composite is out of range");
            v[n++] = (struct metric_rank){ r[i].metric_id, m->percentile[r[i].composite] };
        }
        TRY(metric_set_percentiles(c, tx, v, n));
        at->stored_after = r[i - 1].metric_id;
    }
    at->stored_done = rows.n < BATCH_ROWS;
    return ERR_OK;
}

static err write_missing(struct ctx *c, struct tx *tx, const void *arg, struct metrics_place *at)
{
    const struct metrics_scan *m = arg;
    struct batch b;
    TRY(make_batch(c, tx, m, at, &b));
    for (size_t i = 0; i < b.n_made; i++) {
        b.made[i].cycle_id = m->cycle_id;
        if (m->ranked)
            b.made[i].percentile = m->percentile[b.made[i].composite];
    }
    return metric_insert(c, tx, b.made, b.n_made);
}

err metrics_write(struct ctx *c, struct tx *tx, const struct metrics_scan *m,
                  const struct metrics_place *at, struct metrics_place *ret)
{
    struct metrics_place next = *at;
    if (m->stored > 0 && !next.stored_done)
        TRY(write_stored(c, tx, m, &next));
    else if (m->missing > 0)
        TRY(write_missing(c, tx, m, &next));
    else
        next.done = true;
    *ret = next;
    return ERR_OK;
}

err metrics_fill(struct ctx *c, struct tx *tx, struct str cycle_id)
{
    struct metrics_scan *m = arena_new(c->mem, struct metrics_scan);
    m->cycle_id = cycle_id;
    TRY(metric_span_of(c, tx, cycle_id, &m->span));
    struct metrics_place at = { .done = !m->span.from.p };
    return each_batch(c, tx, write_missing, m, &at);
}

static err write_next(struct ctx *c, struct tx *tx, const void *arg, struct metrics_place *at)
{
    return metrics_write(c, tx, arg, at, at);
}

err metrics_rank(struct ctx *c, struct tx *tx, struct str cycle_id)
{
    struct metrics_scan *m = arena_new(c->mem, struct metrics_scan);
    struct metrics_place at = { 0 };
    TRY(metrics_scan_cycle(c, tx, cycle_id, m));
    return each_batch(c, tx, write_next, m, &at);
}
