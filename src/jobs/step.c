/* One round of a worker. */
#include "jobs/step.h"

#include "base/log.h"
#include "base/str.h"

static err (*chunk_fn(const struct chunk *k))(struct ctx *c, const struct chunk *k)
{
    for (size_t i = 0; i < job_kind_count; i++) {
        const struct job_kind *kind = &job_kinds[i];
        if (!str_eq(str_of(kind->kind), k->kind))
            continue;
        for (size_t s = 0; s < JOB_STAGES_MAX && kind->stages[s].name; s++)
            if (str_eq(str_of(kind->stages[s].name), k->stage))
                return kind->stages[s].chunk;
    }
    return NULL;
}

static int64_t mono_us(const struct ctx *c)
{
    return c->deps->clock->mono_us(c->deps->clock->self);
}

static void log_start(const struct ctx *c, const struct chunk *k)
{
    if (k->first)
        log_event(c->deps->log, LOG_INFO, "job.started", LOG_S("job", k->job_id),
                  LOG_S("kind", k->kind), LOG_S("cycle", k->cycle_id), LOG_I("chunks", k->of));
}

/* One line when the job is over; whoever finishes its last chunk sees it. */
static void log_end(struct ctx *c, const struct chunk *k)
{
    struct job j;
    if (job_get(c, k->job_id, &j) != ERR_OK) {
        fault_clear(c);
        return;
    }
    if (j.state == JOB_QUEUED || j.state == JOB_RUNNING)
        return;
    log_event(c->deps->log, j.state == JOB_FAILED ? LOG_ERROR : LOG_INFO, "job.ended",
              LOG_S("job", j.job_id), LOG_S("kind", j.kind),
              LOG_Z("state", job_state_names.v[j.state]), LOG_I("done", j.done),
              LOG_I("failed", j.failed), LOG_I("took_us", j.finished_at - j.started_at));
}

static void log_failure(const struct ctx *c, const struct chunk *k, err why, struct str text)
{
    log_event(c->deps->log, LOG_WARNING, "job.chunk_failed", LOG_S("job", k->job_id),
              LOG_S("kind", k->kind), LOG_S("stage", k->stage), LOG_I("chunk", k->number),
              LOG_I("attempt", k->attempt), LOG_Z("code", err_info(why)->code),
              LOG_S("text", text));
}

static err run_chunk(struct ctx *c, const struct chunk *k)
{
    err (*fn)(struct ctx * c, const struct chunk *k) = chunk_fn(k);
    if (!fn)
        return FAIL(c, INTERNAL, "This program does not know jobs of kind %.*s, stage %.*s",
                    STR_ARG(k->kind), STR_ARG(k->stage));
    return fn(c, k);
}

static bool is_stopped(const struct chunk *k)
{
    return k->stop && atomic_load(k->stop);
}

/* Back to the others: at once and without a mark when the worker stops, else as failed. */
static err hand_back(struct ctx *c, const struct chunk *k, err why)
{
    struct str text = str_keep(c->mem, str_of(c->fault.text));
    fault_clear(c);
    if (why == ERR_BUSY && is_stopped(k)) {
        log_event(c->deps->log, LOG_INFO, "job.chunk_handed_back", LOG_S("job", k->job_id),
                  LOG_S("stage", k->stage), LOG_I("chunk", k->number));
        return chunk_release(c, k, ERR_OK, S(""));
    }
    log_failure(c, k, why, text);
    return chunk_release(c, k, why, text);
}

static err work(struct ctx *c, const struct chunk *k)
{
    log_start(c, k);
    int64_t began_us = mono_us(c);
    err e = run_chunk(c, k);
    if (e == ERR_OK)
        log_event(c->deps->log, LOG_DEBUG, "job.chunk_done", LOG_S("job", k->job_id),
                  LOG_S("stage", k->stage), LOG_I("chunk", k->number),
                  LOG_I("took_us", mono_us(c) - began_us));
    return e;
}

err step_let_go(struct ctx *c, struct chunk_ahead *ahead)
{
    if (!ahead || !ahead->found)
        return ERR_OK;
    ahead->found = false;
    return chunk_release(c, &ahead->chunk, ERR_OK, S(""));
}

static err take(struct ctx *c, struct str owner, struct chunk_ahead *ahead, struct chunk *ret,
                bool *ret_found)
{
    if (!ahead || !ahead->found)
        return chunk_claim(c, owner, ret, ret_found);
    chunk_copy(c->mem, &ahead->chunk, ret);
    arena_reset(ahead->mem);
    ahead->found = false;
    *ret_found = true;
    return ERR_OK;
}

err jobs_step(struct ctx *c, struct str owner, const struct step_watch *watch, bool *ret_worked)
{
    struct chunk k;
    bool found = false;
    struct chunk_ahead *ahead = watch ? watch->ahead : NULL;
    TRY(take(c, owner, ahead, &k, &found));
    *ret_worked = found;
    if (!found)
        return ERR_OK;
    k.stop = watch ? watch->stop : NULL;
    k.ahead = ahead;
    if (watch)
        watch->began(watch->self, &k);
    err e = work(c, &k);
    if (watch)
        watch->ended(watch->self);
    if (e != ERR_OK) {
        TRY(hand_back(c, &k, e));
        TRY(step_let_go(c, ahead));
    }
    log_end(c, &k);
    return ERR_OK;
}

err jobs_run_once(struct ctx *c, struct str owner, bool *ret_worked)
{
    struct arena *mem = c->mem;
    err e = ERR_OK;
    bool worked = false;
    c->mem = arena_open(mem, JOBS_STEP_ARENA_MAX);
    c->now_us = c->deps->clock->now_us(c->deps->clock->self);
    e = jobs_step(c, owner, NULL, &worked);
    c->fault.issues = NULL;
    c->fault.n_issues = 0;
    arena_close(c->mem);
    c->mem = mem;
    if (e == ERR_OK)
        *ret_worked = worked;
    return e;
}
