/* The fairness check, stage "draw": the sample is the applications with the smallest hashes under a
 * seed that nobody can choose and everybody can check: the leaf of the log's entry that all scores
 * were given. Another run of the same cycle draws the same sample. */
#include "base/str.h"
#include "crypto/hash.h"
#include "service/fairness_inner.h"
#include "service/settings.h"

enum { NAMES_FIRST = 4096, NAMES_MAX = 20000000 };
static const size_t names_mem_max = (size_t)1 << 31;

struct name {
    struct hash rank;
    struct str anonymized_id;
};
struct draw {
    const struct chunk *k;
    struct arena *mem;
    struct str seed;
    struct name *v;
    size_t n, cap;
};

static err widen(struct ctx *c, struct draw *d)
{
    const size_t cap = d->cap ? 2 * d->cap : NAMES_FIRST;
    struct name *v =
        cap > NAMES_MAX ? NULL : arena_try(d->mem, cap, sizeof(*v), _Alignof(struct name));
    if (!v)
        return FAIL(c, TOO_LARGE, "Too many applications to draw from");
    if (d->n)
        memcpy(v, d->v, d->n * sizeof(*v));
    d->v = v;
    d->cap = cap;
    return ERR_OK;
}

static err take_name(struct ctx *c, const void *row, void *arg)
{
    const struct fairness_name *r = row;
    struct draw *d = arg;
    const struct str parts[] = { S("enigma fairness sample v1\n"), d->seed, S("\n"),
                                 r->anonymized_id };
    if (d->n == d->cap)
        TRY(widen(c, d));
    struct name *n = &d->v[d->n++];
    n->rank = sha256_parts(parts, sizeof(parts) / sizeof(parts[0]));
    n->anonymized_id = str_keep(d->mem, r->anonymized_id);
    return ERR_OK;
}

static int by_rank(const void *a, const void *b)
{
    const struct name *x = a, *y = b;
    return memcmp(&x->rank, &y->rank, sizeof(x->rank));
}

/* Parts of the job are ranges of this: bytes of the hash that say nothing of the rank. */
static int64_t order_of(const struct hash *rank)
{
    uint64_t x = 0;
    for (size_t i = SHA256_N / 2; i < SHA256_N / 2 + sizeof(x); i++)
        x = x << 8 | rank->b[i];
    return (int64_t)(x >> 1);
}

/* A share of them, but not fewer than the least; all when there are fewer. */
static size_t sample_size(const struct ctx *c, size_t population)
{
    const struct settings *s = c->deps->settings;
    const size_t percent =
        (size_t)fairness_setting(s ? s->fairness_sample : 0, FAIRNESS_SAMPLE_DEFAULT);
    const size_t least =
        (size_t)fairness_setting(s ? s->fairness_sample_least : 0, FAIRNESS_LEAST_DEFAULT);
    size_t n = (population * percent + 99) / 100;
    n = n < least ? least : n;
    n = n > FAIRNESS_SAMPLE_MAX ? FAIRNESS_SAMPLE_MAX : n;
    return n < population ? n : population;
}

/* The scores' entry; a cycle of an original installation has none, but it was frozen. */
static err find_seed(struct ctx *c, struct tx *tx, const struct cycle_row *row, struct str *ret)
{
    struct fairness_entry e;
    bool found = false;
    TRY(fairness_last_entry(c, tx, row->cycle.cycle_id, "cycle.scored", &e, &found));
    *ret = found ? e.leaf : row->freeze_leaf.p ? row->freeze_leaf : S("");
    return ERR_OK;
}

static err insert_sample(struct ctx *c, struct tx *tx, const struct fairness_run *run,
                         const struct draw *d, size_t n)
{
    struct fairness_sample *v = arena_try(d->mem, n + 1, sizeof(*v), _Alignof(int64_t));
    if (!v)
        return FAIL(c, TOO_LARGE, "The sample is too large for its memory");
    for (size_t i = 0; i < n; i++)
        v[i] = (struct fairness_sample){ .run_id = run->run_id,
                                         .anonymized_id = d->v[i].anonymized_id,
                                         .cycle_id = run->cycle_id,
                                         .draw = (int64_t)i,
                                         .item_order = order_of(&d->v[i].rank) };
    return fairness_sample_insert(c, tx, v, n);
}

static err log_draw(struct ctx *c, struct tx *tx, struct audit_head *head,
                    const struct fairness_run *run)
{
    return cycle_log(c, tx, head, "fairness.draw", run->cycle_id,
                     str_fmt(c->mem,
                             "{\"count\":%lld,\"population\":%lld,\"run\":\"%.*s\",\"seed\":"
                             "\"%.*s\",\"variants\":%lld}",
                             (long long)run->sampled, (long long)run->population,
                             STR_ARG(run->run_id), STR_ARG(run->seed), (long long)run->variants),
                     NULL);
}

static err draw_in(struct ctx *c, struct tx *tx, struct draw *d)
{
    struct fairness_params p;
    struct fairness_run run;
    struct cycle_row row;
    struct audit_head head = { .known = false };
    bool found = false, last = false;
    TRY(fairness_params_read(c, d->k, &p));
    TRY(cycle_hold(c, tx, d->k->cycle_id, &row));
    TRY(chunk_done(c, tx, d->k, 0, 0, &last));
    TRY(audit_hold(c, tx, &head));
    TRY(fairness_run_get(c, tx, p.run_id, &run, &found));
    if (!found)
        return FAIL(c, INTERNAL, "the fairness run of this job is not there");
    TRY(find_seed(c, tx, &row, &d->seed));
    TRY(fairness_population_each(c, tx, run.cycle_id, take_name, d));
    if (d->n > 1)
        qsort(d->v, d->n, sizeof(*d->v), by_rank);
    const size_t n = sample_size(c, d->n);
    run.seed = d->seed;
    run.population = (int64_t)d->n;
    run.sampled = (int64_t)n;
    TRY(insert_sample(c, tx, &run, d, n));
    TRY(fairness_run_set_drawn(c, tx, &run));
    TRY(log_draw(c, tx, &head, &run));
    return job_next_stage(c, tx, d->k, "score", run.sampled);
}

/* Names of a try that is repeated are given back with its arena. */
static err draw_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct draw d = { .k = *(const struct chunk *const *)arg,
                      .mem = arena_open(c->mem, names_mem_max) };
    const err e = draw_in(c, tx, &d);
    if (e == ERR_OK)
        arena_close(d.mem);
    return e;
}

err fairness_draw_chunk(struct ctx *c, const struct chunk *k)
{
    return tx_run(c, TX_WRITE, draw_tx, &k);
}
