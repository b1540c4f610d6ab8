/* The fairness check, stage "draw": the sample is the applications with the smallest hashes under a
 * seed that nobody can choose and everybody can check: the leaf of the log's entry that all scores
 * were given. Another run of the same cycle draws the same sample. */
#include "base/str.h"
#include "codec/id.h"
#include "crypto/hash.h"
#include "repo/score_repo.h"
#include "service/fairness_inner.h"
#include "service/settings.h"

/* Twice a sample of the largest population, and the sample's rows. */
static const size_t names_mem_max = (size_t)1 << 28;

struct name {
    struct hash rank;
    char id[ID_MAX + 1];
};
struct draw {
    const struct chunk *k;
    struct arena *mem;
    struct str seed;
    int64_t population;
    struct name *v; /* room for twice as many as are wanted */
    size_t n, wanted;
    bool full; /* v[wanted - 1] is the last that may still be in the sample */
};

static int by_rank(const void *a, const void *b)
{
    const struct name *x = a, *y = b;
    return memcmp(&x->rank, &y->rank, sizeof(x->rank));
}

/* Memory holds no more than twice the sample: whenever it is full the later half is let go. */
static void settle(struct draw *d)
{
    if (d->n > 1)
        qsort(d->v, d->n, sizeof(*d->v), by_rank);
    d->full = d->n >= d->wanted;
    d->n = d->full ? d->wanted : d->n;
}

static err take_name(struct ctx *c, const void *row, void *arg)
{
    const struct str id = ((const struct fairness_name *)row)->anonymized_id;
    struct draw *d = arg;
    const struct str parts[] = { S("enigma fairness sample v1\n"), d->seed, S("\n"), id };
    d->population++;
    if (d->wanted == 0 || id.n > ID_MAX)
        return FAIL(c, INTERNAL, "final scores are not as they were counted");
    struct name *n = &d->v[d->n];
    n->rank = sha256_parts(parts, sizeof(parts) / sizeof(parts[0]));
    if (d->full && memcmp(&n->rank, &d->v[d->wanted - 1].rank, sizeof(n->rank)) > 0)
        return ERR_OK;
    memcpy(n->id, id.p, id.n);
    n->id[id.n] = '\0';
    if (++d->n == 2 * d->wanted)
        settle(d);
    return ERR_OK;
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
    const struct settings *s = settings_of(c);
    const size_t percent = (size_t)setting_or(s->fairness_sample, FAIRNESS_SAMPLE_DEFAULT);
    const size_t least = (size_t)setting_or(s->fairness_sample_least, FAIRNESS_LEAST_DEFAULT);
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
                         const struct draw *d)
{
    struct fairness_sample *v = arena_try(d->mem, d->n + 1, sizeof(*v), _Alignof(int64_t));
    if (!v)
        return FAIL(c, TOO_LARGE, "The sample is too large for its memory");
    for (size_t i = 0; i < d->n; i++)
        v[i] = (struct fairness_sample){ .run_id = run->run_id,
                                         .anonymized_id = str_of(d->v[i].id),
                                         .cycle_id = run->cycle_id,
                                         .draw = (int64_t)i,
                                         .item_order = order_of(&d->v[i].rank) };
    return fairness_sample_insert(c, tx, v, d->n);
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

static err draw_names(struct ctx *c, struct tx *tx, struct str cycle_id, struct draw *d)
{
    int64_t n = 0;
    TRY(score_count(c, tx, cycle_id, &n));
    d->wanted = sample_size(c, (size_t)n);
    d->v = arena_try(d->mem, 2 * d->wanted + 1, sizeof(*d->v), _Alignof(struct name));
    if (!d->v)
        return FAIL(c, TOO_LARGE, "The sample is too large for its memory");
    TRY(fairness_population_each(c, tx, cycle_id, take_name, d));
    settle(d);
    return ERR_OK;
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
    TRY(draw_names(c, tx, run.cycle_id, d));
    run.seed = d->seed;
    run.population = d->population;
    run.sampled = (int64_t)d->n;
    TRY(insert_sample(c, tx, &run, d));
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
