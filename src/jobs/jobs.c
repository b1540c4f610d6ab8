/* The workers: threads that take chunks while there are any and sleep on a bell otherwise, and
 * their keeper. Work of other processes rings no bell here, so all sleeps are short, and of
 * different length, so that idle processes do not ask the database all at once. */
#include "jobs/jobs.h"

#include "base/log.h"
#include "base/str.h"
#include "codec/id.h"
#include "jobs/step.h"
#include "os/mono.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

enum {
    THREADS_MAX = 64,
    POLL_MS = 500,      /* idle look for work of other processes, on average */
    WAIT_POLL_MS = 250, /* a waiter's look for a job that another process ends, on average */
    BEATS_IN_LEASE = 3,
    BEATS_MAX = 36,        /* of one chunk: a worker that is stuck loses it after twelve leases */
    ERROR_PAUSE_MS = 1000, /* after a round that could not even claim */
    JOBS_ARENA_MAX = 1024 * 1024,
};

struct worker {
    struct jobs *jobs;
    pthread_t thread;
    struct str owner;
    struct chunk_ahead ahead; /* where the engine has one writer */
    /* Under the lock: the chunk in work, for the keeper. */
    const struct chunk *held;
    int64_t beat_us; /* monotonic: when it was taken or last renewed */
    int beats;
};
struct jobs {
    struct arena *mem;
    const struct deps *deps;
    size_t step_arena_max;
    struct job_bell bell;
    pthread_mutex_t lock;
    pthread_cond_t work, over; /* there may be work; some job may be over */
    uint64_t rung, ended;      /* counted under the lock */
    atomic_bool stop;
    pthread_t keeper;
    pthread_cond_t tick; /* the keeper's sleep */
    bool kept;           /* the keeper runs */
    struct worker *workers;
    uint32_t n_workers;
};

/* Waits until *count is no longer `seen`, or `ms` passed, or the end. */
static void wait_change(struct jobs *j, pthread_cond_t *cond, const uint64_t *count, uint64_t seen,
                        int64_t ms)
{
    struct timespec until = mono_in_us(ms * 1000);
    int rc = 0;
    pthread_mutex_lock(&j->lock);
    while (!atomic_load(&j->stop) && *count == seen && rc == 0)
        rc = pthread_cond_timedwait(cond, &j->lock, &until);
    pthread_mutex_unlock(&j->lock);
}

static uint64_t read_count(struct jobs *j, const uint64_t *count, bool *ret_stop)
{
    pthread_mutex_lock(&j->lock);
    uint64_t n = *count;
    *ret_stop = atomic_load(&j->stop);
    pthread_mutex_unlock(&j->lock);
    return n;
}

static void bump(struct jobs *j, uint64_t *count, pthread_cond_t *cond)
{
    pthread_mutex_lock(&j->lock);
    (*count)++;
    pthread_cond_broadcast(cond);
    pthread_mutex_unlock(&j->lock);
}

static void ring(void *self)
{
    struct jobs *j = self;
    bump(j, &j->rung, &j->work);
}

/* About ms: between half and one and a half. */
static int64_t around(struct ctx *c, int64_t ms)
{
    uint16_t r = 0;
    ctx_random(c, &r, sizeof(r));
    return ms / 2 + r % (ms + 1);
}

static bool is_over(const struct job *job)
{
    return job->state != JOB_QUEUED && job->state != JOB_RUNNING;
}

static err wait_over(void *self, struct ctx *c, struct str job_id, int64_t until_us, bool *ret_over)
{
    struct jobs *j = self;
    for (;;) {
        bool stop = false;
        uint64_t seen = read_count(j, &j->ended, &stop);
        struct job job;
        TRY(job_get(c, job_id, &job));
        int64_t left_ms = (until_us - c->deps->clock->mono_us(c->deps->clock->self)) / 1000;
        if (is_over(&job) || left_ms <= 0 || stop) {
            *ret_over = is_over(&job);
            return ERR_OK;
        }
        int64_t ms = around(c, WAIT_POLL_MS);
        wait_change(j, &j->over, &j->ended, seen, left_ms < ms ? left_ms + 1 : ms);
    }
}

static void began(void *self, const struct chunk *k)
{
    struct worker *w = self;
    pthread_mutex_lock(&w->jobs->lock);
    w->held = k;
    w->beats = 0;
    w->beat_us = clock_system.mono_us(clock_system.self);
    pthread_mutex_unlock(&w->jobs->lock);
}

static void ended(void *self)
{
    struct worker *w = self;
    pthread_mutex_lock(&w->jobs->lock);
    w->held = NULL;
    pthread_mutex_unlock(&w->jobs->lock);
}

/* A copy of the chunk of a worker that has had it for long enough. */
static bool take_due(struct ctx *c, struct worker *w, int64_t every_us, struct chunk *ret)
{
    struct jobs *j = w->jobs;
    int64_t now = clock_system.mono_us(clock_system.self);
    pthread_mutex_lock(&j->lock);
    bool due = w->held && w->beats < BEATS_MAX && now - w->beat_us >= every_us;
    if (due) {
        *ret = (struct chunk){ .job_id = str_keep(c->mem, w->held->job_id),
                               .stage = str_keep(c->mem, w->held->stage),
                               .owner = w->owner,
                               .number = w->held->number };
        w->beats++;
        w->beat_us = now;
    }
    pthread_mutex_unlock(&j->lock);
    return due;
}

/* A lease that was lost is no news: its worker finds out when it writes. */
static void beat_all(struct jobs *j, struct arena *mem, int64_t every_us)
{
    for (uint32_t i = 0; i < j->n_workers; i++) {
        struct ctx c;
        struct chunk k;
        arena_reset(mem);
        ctx_init(&c, mem, j->deps, 0);
        if (!take_due(&c, &j->workers[i], every_us, &k))
            continue;
        err e = chunk_beat(&c, &k);
        if (e != ERR_OK && e != ERR_CONFLICT)
            log_event(j->deps->log, LOG_WARNING, "job.lease_not_renewed", LOG_S("job", k.job_id),
                      LOG_I("chunk", k.number), LOG_Z("text", c.fault.text));
    }
}

static void *keeper_main(void *arg)
{
    struct jobs *j = arg;
    struct arena *mem = arena_open(NULL, JOBS_ARENA_MAX);
    struct ctx c;
    ctx_init(&c, mem, j->deps, 0);
    const int64_t every_us = chunk_lease_us(&c) / BEATS_IN_LEASE;
    while (!atomic_load(&j->stop)) {
        struct timespec until = mono_in_us(every_us / 2);
        pthread_mutex_lock(&j->lock);
        if (!atomic_load(&j->stop))
            pthread_cond_timedwait(&j->tick, &j->lock, &until);
        pthread_mutex_unlock(&j->lock);
        beat_all(j, mem, every_us);
    }
    arena_close(mem);
    return NULL;
}

/* One round with its own context and memory; false when there was nothing to do or it failed. */
static bool work_once(struct worker *w, struct arena *mem, int64_t *ret_pause_ms)
{
    struct jobs *j = w->jobs;
    struct ctx c;
    bool worked = false;
    arena_reset(mem);
    ctx_init(&c, mem, j->deps, 0);
    const struct step_watch watch = { w, w->ahead.mem ? &w->ahead : NULL, &j->stop, began, ended };
    err e = jobs_step(&c, w->owner, &watch, &worked);
    *ret_pause_ms = around(&c, e == ERR_OK ? POLL_MS : ERROR_PAUSE_MS);
    if (e != ERR_OK)
        log_event(j->deps->log, LOG_ERROR, "job.round_failed", LOG_Z("code", err_info(e)->code),
                  LOG_Z("text", c.fault.text));
    if (!worked)
        return false;
    /* The step may have opened a stage, and a waiter's job may be over. */
    bump(j, &j->rung, &j->work);
    bump(j, &j->ended, &j->over);
    return e == ERR_OK;
}

/* What the last step claimed ahead; if that fails, its lease runs out. */
static void let_go(struct worker *w, struct arena *mem)
{
    struct ctx c;
    arena_reset(mem);
    ctx_init(&c, mem, w->jobs->deps, 0);
    if (step_let_go(&c, &w->ahead) != ERR_OK)
        log_event(w->jobs->deps->log, LOG_WARNING, "job.chunk_not_released",
                  LOG_S("job", w->ahead.chunk.job_id), LOG_I("chunk", w->ahead.chunk.number),
                  LOG_Z("text", c.fault.text));
}

static void *worker_main(void *arg)
{
    struct worker *w = arg;
    struct jobs *j = w->jobs;
    struct arena *mem = arena_open(NULL, j->step_arena_max);
    for (;;) {
        bool stop = false;
        int64_t pause_ms = POLL_MS;
        uint64_t seen = read_count(j, &j->rung, &stop);
        if (stop)
            break;
        if (!work_once(w, mem, &pause_ms)) {
            arena_reset(mem);
            wait_change(j, &j->work, &j->rung, seen, pause_ms);
        }
    }
    let_go(w, mem);
    arena_close(mem);
    arena_close(w->ahead.mem);
    return NULL;
}

static uint32_t threads_of(const struct jobs_options *o)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    uint32_t n = o->threads;
    if (o->idle)
        return 0;
    if (n == 0)
        n = cores > 0 ? (uint32_t)cores : 1;
    return n > THREADS_MAX ? THREADS_MAX : n;
}

static void init_locks(struct jobs *j)
{
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_mutex_init(&j->lock, NULL);
    pthread_cond_init(&j->work, &attr);
    pthread_cond_init(&j->over, &attr);
    pthread_cond_init(&j->tick, &attr);
    pthread_condattr_destroy(&attr);
}

/* Signals are the main thread's business. */
static err start_workers(struct ctx *c, struct jobs *j, uint32_t n)
{
    sigset_t all, before;
    sigfillset(&all);
    int rc = pthread_sigmask(SIG_SETMASK, &all, &before);
    for (uint32_t i = 0; i < n && rc == 0; i++) {
        struct worker *w = &j->workers[i];
        *w = (struct worker){ .jobs = j, .owner = str_keep(j->mem, id_random(c, "WRK_")) };
        if (!db_many_writers(j->deps->db))
            w->ahead.mem = arena_open(NULL, JOBS_ARENA_MAX);
        rc = pthread_create(&w->thread, NULL, worker_main, w);
        if (rc == 0)
            j->n_workers++;
    }
    if (rc == 0 && n > 0) {
        rc = pthread_create(&j->keeper, NULL, keeper_main, j);
        j->kept = rc == 0;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return rc == 0 ? ERR_OK : FAIL(c, INTERNAL, "The job threads cannot be started");
}

err jobs_open(struct ctx *c, const struct jobs_options *o, struct jobs **ret)
{
    struct arena *mem = arena_open(NULL, JOBS_ARENA_MAX);
    struct jobs *j = arena_new(mem, struct jobs);
    uint32_t n = threads_of(o);
    j->mem = mem;
    j->deps = o->deps;
    j->step_arena_max = o->step_arena_max ? o->step_arena_max : JOBS_STEP_ARENA_MAX;
    j->bell = (struct job_bell){ .self = j, .ring = ring, .wait = wait_over };
    j->workers = arena_array(mem, struct worker, n + 1);
    init_locks(j);
    err e = start_workers(c, j, n);
    if (e != ERR_OK) {
        jobs_close(j);
        return e;
    }
    *ret = j;
    return ERR_OK;
}

const struct job_bell *jobs_bell(struct jobs *j)
{
    return &j->bell;
}

uint32_t jobs_threads(const struct jobs *j)
{
    return j->n_workers;
}

void jobs_close(struct jobs *j)
{
    if (!j)
        return;
    pthread_mutex_lock(&j->lock);
    atomic_store(&j->stop, true);
    pthread_cond_broadcast(&j->work);
    pthread_cond_broadcast(&j->over);
    pthread_cond_broadcast(&j->tick);
    pthread_mutex_unlock(&j->lock);
    for (uint32_t i = 0; i < j->n_workers; i++)
        pthread_join(j->workers[i].thread, NULL);
    if (j->kept)
        pthread_join(j->keeper, NULL);
    pthread_cond_destroy(&j->tick);
    pthread_cond_destroy(&j->work);
    pthread_cond_destroy(&j->over);
    pthread_mutex_destroy(&j->lock);
    arena_close(j->mem);
}
