/* Chunks: claimed with a lease, done in the transaction of their items, handed back on failure.
 * Fair share: of all jobs with free work, the one with the fewest running leases is served first,
 * so one large cycle does not hold up another. */
#include "service/job.h"

#include "base/str.h"
#include "repo/clock_repo.h"
#include "service/settings.h"

enum {
    LEASE_S_DEFAULT = 300,
    ATTEMPTS_DEFAULT = 5,
    RUNNABLE_MAX = 32,          /* jobs looked at in one claim */
    BACKOFF_FIRST_US = 1000000, /* doubled with each attempt */
    BACKOFF_MAX_US = 60000000,
    BUSY_WAIT_US = 2000000,
    GIVE_UP_MAX = 1000, /* chunks given up in one claim */
    /* How far the clocks of two processes may be apart. A lease or pause that ends later than the
     * longest one and this was written before the clock was set back; it would last as long as
     * the step was. */
    CLOCKS_APART_US = 600000000,
};

int64_t chunk_lease_us(const struct ctx *c)
{
    return setting_or(settings_of(c)->lease_seconds, LEASE_S_DEFAULT) * 1000000;
}

static int64_t attempts_max(const struct ctx *c)
{
    return setting_or(settings_of(c)->job_attempts, ATTEMPTS_DEFAULT);
}

/* k * 2^63 / n without losing bits. */
static int64_t range_edge(int64_t k, int64_t n)
{
    if (k >= n)
        return INT64_MAX;
    return (int64_t)(((unsigned __int128)(uint64_t)k << 63) / (uint64_t)n);
}

static struct job_args args_of(const struct chunk *k)
{
    return (struct job_args){ .job_id = k->job_id,
                              .kind = k->kind,
                              .cycle_id = k->cycle_id,
                              .stage = k->stage,
                              .chunk = k->number,
                              .owner = k->owner };
}

/* With no chunk left to run and some given up, the job is over and failed. Two that give up the
 * last two chunks at once stand in line by the job's row. */
static err settle_failed(struct ctx *c, struct tx *tx, const struct job_args *a)
{
    struct stage_left left;
    int64_t runs = 0;
    TRY(job_hold(c, tx, a, &runs));
    if (runs != 1)
        return ERR_OK;
    TRY(stage_left(c, tx, a, &left));
    if (left.open || !left.failed)
        return ERR_OK;
    TRY(job_mark_failed(c, tx, a));
    return job_let_go(c, tx, a->kind, a->cycle_id);
}

static int64_t far_of(const struct ctx *c, int64_t now)
{
    return now + chunk_lease_us(c) + BACKOFF_MAX_US + CLOCKS_APART_US;
}

struct claim_call {
    struct str owner;
    int64_t now;
    struct chunk chunk;
    bool found;
};

static err claim_chunk(struct ctx *c, struct tx *tx, const struct job_runnable *j,
                       struct job_args *a, const struct chunk_state *state, struct claim_call *q)
{
    a->until = a->now + chunk_lease_us(c);
    int64_t changed = 0, started = 0, of = 0;
    TRY(chunk_lease(c, tx, a, &changed));
    if (changed != 1)
        return ERR_OK; /* another process was quicker */
    TRY(job_mark_running(c, tx, a, &started));
    TRY(chunk_count(c, tx, a, &of));
    q->chunk = (struct chunk){ .job_id = j->job_id,
                               .kind = j->kind,
                               .stage = j->stage,
                               .cycle_id = j->cycle_id,
                               .params = j->params,
                               .owner = q->owner,
                               .number = state->chunk,
                               .of = of,
                               .attempt = state->attempts + 1,
                               .first = started == 1,
                               .from = range_edge(state->chunk, of),
                               .to = range_edge(state->chunk + 1, of) };
    q->found = true;
    return ERR_OK;
}

static err claim_from(struct ctx *c, struct tx *tx, const struct job_runnable *j,
                      struct claim_call *q)
{
    struct job_args a = { .job_id = j->job_id,
                          .kind = j->kind,
                          .cycle_id = j->cycle_id,
                          .stage = j->stage,
                          .owner = q->owner,
                          .now = q->now,
                          .far = far_of(c, q->now),
                          .text = S("A part was given up after too many attempts") };
    struct chunk_state state;
    bool found = false;
    for (int i = 0; i < GIVE_UP_MAX; i++) { /* each round gives one chunk up or ends */
        TRY(chunk_free(c, tx, &a, &state, &found));
        if (!found)
            return ERR_OK;
        a.chunk = state.chunk;
        if (state.attempts < attempts_max(c))
            return claim_chunk(c, tx, j, &a, &state, q);
        TRY(chunk_give_up(c, tx, &a));
        TRY(settle_failed(c, tx, &a));
    }
    return ERR_OK;
}

static err runnables(struct ctx *c, struct tx *tx, size_t limit, int64_t *ret_now, struct list *ret)
{
    struct job_args a = { 0 };
    TRY(clock_now(c, tx, &a.now));
    a.far = far_of(c, a.now);
    *ret_now = a.now;
    return job_runnables(c, tx, &a, limit, ret);
}

static err claim_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct claim_call *q = arg;
    struct list jobs;
    q->found = false;
    TRY(runnables(c, tx, RUNNABLE_MAX, &q->now, &jobs));
    const struct job_runnable *j = jobs.v;
    for (size_t i = 0; i < jobs.n && !q->found; i++)
        TRY(claim_from(c, tx, &j[i], q));
    return ERR_OK;
}

static err peek_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct list jobs;
    int64_t now = 0;
    TRY(runnables(c, tx, 1, &now, &jobs));
    *(bool *)arg = jobs.n > 0;
    return ERR_OK;
}

err chunk_claim(struct ctx *c, struct str owner, struct chunk *ret, bool *ret_found)
{
    struct claim_call q = { .owner = owner };
    bool any = false;
    /* Idle polls stay off the writer. */
    TRY(tx_run(c, TX_READ, peek_tx, &any));
    if (any)
        TRY(tx_run(c, TX_WRITE, claim_tx, &q));
    if (q.found)
        *ret = q.chunk;
    *ret_found = q.found;
    return ERR_OK;
}

void chunk_copy(struct arena *mem, const struct chunk *k, struct chunk *ret)
{
    *ret = *k;
    ret->job_id = str_keep(mem, k->job_id);
    ret->kind = str_keep(mem, k->kind);
    ret->stage = str_keep(mem, k->stage);
    ret->cycle_id = str_keep(mem, k->cycle_id);
    ret->params = str_keep(mem, k->params);
    ret->owner = str_keep(mem, k->owner);
}

/* By the same fair share as any claim. */
static err claim_ahead(struct ctx *c, struct tx *tx, const struct chunk *k)
{
    struct claim_call q = { .owner = k->owner };
    k->ahead->found = false;
    if (k->stop && atomic_load(k->stop))
        return ERR_OK;
    TRY(claim_tx(c, tx, &q));
    if (q.found)
        chunk_copy(k->ahead->mem, &q.chunk, &k->ahead->chunk);
    k->ahead->found = q.found;
    return ERR_OK;
}

err chunk_done(struct ctx *c, struct tx *tx, const struct chunk *k, int64_t done, int64_t failed,
               bool *ret_last)
{
    struct job_args a = args_of(k);
    a.done = done;
    a.failed = failed;
    a.now = c->now_us;
    a.text = S("A part was given up after too many attempts");
    int64_t changed = 0;
    TRY(chunk_mark_done(c, tx, &a, &changed));
    if (changed != 1)
        return FAIL(c, CONFLICT, "The lease of this part of the job was lost");
    /* This row lock also puts the finishers of one job in line, so exactly one sees the end. */
    TRY(job_add_counts(c, tx, &a, &changed));
    if (changed != 1)
        return FAIL(c, CONFLICT, "The job is no longer running");
    struct stage_left left;
    TRY(stage_left(c, tx, &a, &left));
    if (!left.open && left.failed) {
        TRY(job_mark_failed(c, tx, &a));
        TRY(job_let_go(c, tx, a.kind, a.cycle_id));
    }
    *ret_last = !left.open && !left.failed;
    return left.open && k->ahead ? claim_ahead(c, tx, k) : ERR_OK;
}

err chunk_count_done(struct ctx *c, struct tx *tx, const struct chunk *k, int64_t done)
{
    struct job_args a = args_of(k);
    int64_t changed = 0;
    a.done = done;
    TRY(job_add_counts(c, tx, &a, &changed));
    return changed == 1 ? ERR_OK : FAIL(c, CONFLICT, "The job is no longer running");
}

err chunk_failure(struct ctx *c, struct tx *tx, const struct chunk *k, struct str item_id,
                  struct str reason)
{
    struct job_args a = args_of(k);
    a.item_id = item_id;
    a.text = str_sub(reason, 0, 200);
    a.now = c->now_us;
    return job_failure_put(c, tx, &a);
}

static err renew(struct ctx *c, struct tx *tx, const struct chunk *k)
{
    struct job_args a = args_of(k);
    int64_t changed = 0;
    TRY(clock_now(c, tx, &a.now));
    a.until = a.now + chunk_lease_us(c);
    TRY(chunk_extend_lease(c, tx, &a, &changed));
    if (changed != 1)
        return FAIL(c, CONFLICT, "The lease of this part of the job was lost");
    return ERR_OK;
}

err chunk_hold(struct ctx *c, struct tx *tx, const struct chunk *k)
{
    const struct job_args a = args_of(k);
    int64_t changed = 0;
    TRY(renew(c, tx, k));
    TRY(job_hold(c, tx, &a, &changed));
    if (changed != 1)
        return FAIL(c, CONFLICT, "The job is no longer running");
    return ERR_OK;
}

static err keep_tx(struct ctx *c, struct tx *tx, void *arg)
{
    return renew(c, tx, *(const struct chunk *const *)arg);
}

err chunk_beat(struct ctx *c, const struct chunk *k)
{
    return tx_run(c, TX_WRITE, keep_tx, &k);
}

err chunk_keep(struct ctx *c, const struct chunk *k, int64_t *renewed_us)
{
    int64_t mono = c->deps->clock->mono_us(c->deps->clock->self);
    if (k->stop && atomic_load(k->stop))
        return FAIL(c, BUSY, "The worker stops");
    if (*renewed_us == 0)
        *renewed_us = mono;
    if (mono - *renewed_us < chunk_lease_us(c) / 3)
        return ERR_OK;
    TRY(chunk_beat(c, k));
    *renewed_us = mono;
    return ERR_OK;
}

struct release_call {
    const struct chunk *k;
    err why;
    struct str text;
};

static int64_t backoff_us(int64_t attempt)
{
    int64_t us = BACKOFF_FIRST_US;
    for (int64_t i = 1; i < attempt && us < BACKOFF_MAX_US; i++)
        us *= 2;
    return us < BACKOFF_MAX_US ? us : BACKOFF_MAX_US;
}

static err release_tx(struct ctx *c, struct tx *tx, void *arg)
{
    const struct release_call *q = arg;
    const struct chunk *k = q->k;
    struct job_args a = args_of(k);
    bool counts = q->why != ERR_OK && q->why != ERR_BUSY;
    int64_t changed = 0;
    TRY(clock_now(c, tx, &a.now));
    if (q->why != ERR_OK)
        a.text = q->text;
    if (counts && k->attempt >= attempts_max(c)) {
        TRY(chunk_mark_failed(c, tx, &a, &changed));
        if (changed == 1) {
            TRY(job_note_retry(c, tx, &a));
            TRY(settle_failed(c, tx, &a));
        }
        return ERR_OK;
    }
    a.attempts_back = counts ? 0 : 1;
    if (q->why != ERR_OK)
        a.until = a.now + (counts ? backoff_us(k->attempt) : BUSY_WAIT_US);
    TRY(chunk_mark_ready(c, tx, &a, &changed));
    if (changed == 1 && q->why != ERR_OK)
        TRY(job_note_retry(c, tx, &a));
    return ERR_OK;
}

err chunk_release(struct ctx *c, const struct chunk *k, err why, struct str text)
{
    struct release_call q = { k, why, text };
    return tx_run(c, TX_WRITE, release_tx, &q);
}

static err release_all_tx(struct ctx *c, struct tx *tx, void *arg)
{
    (void)arg;
    return chunk_free_all(c, tx);
}

err chunk_release_all(struct ctx *c)
{
    return tx_run(c, TX_WRITE, release_all_tx, NULL);
}
