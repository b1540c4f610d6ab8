/* The sequencer's thread: a cheap look at an almost always empty table, ten times a second. */
#include "jobs/sequencer.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

#include "base/log.h"
#include "base/str.h"
#include "os/mono.h"
#include "service/audit_log.h"

enum {
    PAUSE_MAX_MS = 5000, /* between tries while the database refuses */
    ROUND_ARENA_MAX = 256 * 1024 * 1024,
    ROUND_BUDGET_US = 60 * 1000000,
};

struct sequencer {
    const struct deps *deps;
    int64_t poll_ms;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool stop;
    atomic_int_least64_t moved, failed;
};

/* false: it is over. */
static bool rest(struct sequencer *s, int64_t ms)
{
    const struct timespec until = mono_in_us(ms * 1000);
    int rc = 0;
    pthread_mutex_lock(&s->lock);
    while (!s->stop && rc == 0)
        rc = pthread_cond_timedwait(&s->wake, &s->lock, &until);
    const bool go_on = !s->stop;
    pthread_mutex_unlock(&s->lock);
    return go_on;
}

/* The pause before the next round: longer and longer while rounds fail. */
static int64_t round_once(struct sequencer *s, struct arena *mem, int64_t pause_ms)
{
    struct ctx c;
    size_t moved = 0;
    arena_reset(mem);
    ctx_init(&c, mem, s->deps, ROUND_BUDGET_US);
    if (audit_sequence(&c, &moved) == ERR_OK) {
        atomic_fetch_add(&s->moved, (int64_t)moved);
        return s->poll_ms;
    }
    atomic_fetch_add(&s->failed, 1);
    log_event(s->deps->log, LOG_WARNING, "audit.sequence_failed", LOG_Z("why", c.fault.text));
    return pause_ms * 2 < PAUSE_MAX_MS ? pause_ms * 2 : PAUSE_MAX_MS;
}

static void *sequencer_main(void *arg)
{
    struct sequencer *s = arg;
    struct arena *mem = arena_open(NULL, ROUND_ARENA_MAX);
    int64_t pause_ms = s->poll_ms;
    while (rest(s, pause_ms))
        pause_ms = round_once(s, mem, pause_ms);
    arena_close(mem);
    return NULL;
}

static void init_locks(struct sequencer *s)
{
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->wake, &attr);
    pthread_condattr_destroy(&attr);
}

static void give_up(struct sequencer *s)
{
    pthread_cond_destroy(&s->wake);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

err sequencer_open(struct ctx *c, const struct sequencer_options *o, struct sequencer **ret)
{
    struct sequencer *s = calloc(1, sizeof(*s));
    sigset_t all, before;
    if (!s)
        return FAIL(c, INTERNAL, "out of memory");
    s->deps = o->deps;
    s->poll_ms = o->poll_ms > 0 ? o->poll_ms : SEQUENCER_POLL_MS;
    init_locks(s);
    /* Signals are the main thread's business. */
    sigfillset(&all);
    int rc = pthread_sigmask(SIG_SETMASK, &all, &before);
    if (rc == 0)
        rc = pthread_create(&s->thread, NULL, sequencer_main, s);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (rc != 0) {
        give_up(s);
        return FAIL(c, INTERNAL, "The sequencer's thread cannot be started");
    }
    *ret = s;
    return ERR_OK;
}

void sequencer_close(struct sequencer *s)
{
    if (!s)
        return;
    pthread_mutex_lock(&s->lock);
    s->stop = true;
    pthread_cond_signal(&s->wake);
    pthread_mutex_unlock(&s->lock);
    pthread_join(s->thread, NULL);
    give_up(s);
}

void sequencer_stats(struct sequencer *s, struct sequencer_stats *ret)
{
    *ret = (struct sequencer_stats){ atomic_load(&s->moved), atomic_load(&s->failed) };
}
