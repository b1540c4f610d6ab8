/* The line before bcrypt: a few places, first come first served, each on a niced thread. */
#include <crypt.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "crypto/hash.h"
#include "crypto/password.h"
#include "crypto/password_inner.h"
#include "os/mono.h"

enum {
    LINE_MAX = 128,     /* callers that may wait */
    NICENESS = 5,       /* a third of a normal thread's share of a busy core */
    CHECKS_A_SECOND = 5 /* of one place at cost 12, for Retry-After */
};
static const int64_t WAIT_MAX_US = 30 * 1000000LL; /* for callers without a deadline */

struct waiter {
    pthread_cond_t turn;
    bool has_place;
    struct waiter *next;
};

static struct {
    pthread_mutex_t lock;
    size_t places; /* 0: not counted yet */
    size_t taken, waiting;
    struct waiter *first, *last;
} gate = { .lock = PTHREAD_MUTEX_INITIALIZER };

static size_t count_places(void)
{
    cpu_set_t cpus;
    int cores = sched_getaffinity(0, sizeof(cpus), &cpus) == 0 ? CPU_COUNT(&cpus) : 1;
    return cores > 2 ? (size_t)cores - 1 : 1;
}

static void line_join(struct waiter *w)
{
    if (gate.last)
        gate.last->next = w;
    else
        gate.first = w;
    gate.last = w;
    gate.waiting++;
}

static void line_leave(struct waiter *w)
{
    struct waiter *before = NULL;
    for (struct waiter *at = gate.first; at != w; at = at->next)
        before = at;
    if (before)
        before->next = w->next;
    else
        gate.first = w->next;
    if (gate.last == w)
        gate.last = before;
    gate.waiting--;
}

/* Called with the lock held. */
static bool wait_for_turn(int64_t wait_us)
{
    struct waiter w = { 0 };
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&w.turn, &attr);
    pthread_condattr_destroy(&attr);
    const struct timespec end = mono_in_us(wait_us); /* whatever the context's clock is */
    line_join(&w);
    int failed = 0;
    while (!w.has_place && !failed)
        failed = pthread_cond_timedwait(&w.turn, &gate.lock, &end);
    if (!w.has_place)
        line_leave(&w);
    pthread_cond_destroy(&w.turn);
    /* Out of the line by now: whoever gave the place took w out. */
    return w.has_place; // NOLINT(clang-analyzer-core.StackAddressEscape)
}

static bool gate_enter(struct ctx *c, uint32_t *reterr_retry_s)
{
    int64_t left_us = ctx_left_us(c);
    pthread_mutex_lock(&gate.lock);
    if (gate.places == 0)
        gate.places = count_places();
    bool in = false;
    if (left_us > 0 && gate.taken < gate.places) {
        gate.taken++;
        in = true;
    } else if (left_us > 0 && gate.waiting < LINE_MAX) {
        in = wait_for_turn(left_us < WAIT_MAX_US ? left_us : WAIT_MAX_US);
    }
    *reterr_retry_s = (uint32_t)(1 + gate.waiting / (gate.places * CHECKS_A_SECOND));
    pthread_mutex_unlock(&gate.lock);
    return in;
}

/* A place goes straight to the next in line, so nobody can slip in between. */
static void gate_leave(void)
{
    pthread_mutex_lock(&gate.lock);
    struct waiter *next = gate.first;
    if (next) {
        line_leave(next);
        next->has_place = true;
        pthread_cond_signal(&next->turn);
    } else {
        gate.taken--;
    }
    pthread_mutex_unlock(&gate.lock);
}

static atomic_int_least64_t hashes;

int64_t password_hashes(void)
{
    return atomic_load_explicit(&hashes, memory_order_relaxed);
}

struct work {
    const char *phrase, *setting;
    char text[BCRYPT_TEXT_N + 1];
    bool done;
};

static void work_run(struct work *w)
{
    struct crypt_data data = { 0 };
    const char *text = crypt_rn(w->phrase, w->setting, &data, (int)sizeof(data));
    w->done = text && strlen(text) == BCRYPT_TEXT_N;
    if (w->done)
        memcpy(w->text, text, sizeof(w->text));
    secret_wipe(&data, sizeof(data));
}

/* A thread cannot take back its niceness without privilege, so each hash gets a fresh thread:
 * that costs some 30 us beside 200 ms. */
static void *work_thread(void *arg)
{
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, NULL);
    setpriority(PRIO_PROCESS, (id_t)gettid(), NICENESS);
    work_run(arg);
    return NULL;
}

err password_crypt(struct ctx *c, const char *phrase, const char *setting,
                   char ret_text[BCRYPT_TEXT_N + 1])
{
    uint32_t retry_s = 0;
    if (!gate_enter(c, &retry_s)) {
        err busy = FAIL(c, BUSY, "password checks are queued up");
        c->fault.retry_after_s = retry_s;
        return busy;
    }
    struct work w = { .phrase = phrase, .setting = setting };
    pthread_t thread;
    if (pthread_create(&thread, NULL, work_thread, &w) == 0)
        pthread_join(thread, NULL);
    else
        work_run(&w);
    gate_leave();
    atomic_fetch_add_explicit(&hashes, 1, memory_order_relaxed);
    if (!w.done)
        return FAIL(c, INTERNAL, "password hashing failed");
    memcpy(ret_text, w.text, sizeof(w.text));
    return ERR_OK;
}
