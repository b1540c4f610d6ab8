/* The watcher's thread: drives the queue, and begins again when the database was away. */
#include "jobs/watcher.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/log.h"
#include "base/str.h"

enum { PAUSE_US = 200000 };
#define DRIVE_MEM_MAX ((size_t)2 << 30)

struct watcher {
    const struct deps *deps;
    struct bias_queue *queue;
    pthread_t thread;
    atomic_bool stop;
};

static void *watcher_main(void *arg)
{
    struct watcher *w = arg;
    struct arena *mem = arena_open(NULL, DRIVE_MEM_MAX);
    while (!atomic_load(&w->stop)) {
        struct ctx c;
        ctx_init(&c, mem, w->deps, 0);
        if (bias_queue_drive(&c, w->queue) != ERR_OK) {
            log_event(w->deps->log, LOG_WARNING, "bias.drive_failed", LOG_Z("why", c.fault.text));
            usleep(PAUSE_US);
        }
        arena_reset(mem);
    }
    arena_close(mem);
    return NULL;
}

err watcher_open(struct ctx *c, const struct deps *deps, struct bias_queue *queue,
                 struct watcher **ret)
{
    sigset_t all, before;
    struct watcher *w = calloc(1, sizeof(*w));
    if (!w)
        return FAIL(c, INTERNAL, "out of memory");
    w->deps = deps;
    w->queue = queue;
    sigfillset(&all);
    int rc = pthread_sigmask(SIG_SETMASK, &all, &before);
    if (rc == 0)
        rc = pthread_create(&w->thread, NULL, watcher_main, w);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (rc != 0) {
        free(w);
        return FAIL(c, INTERNAL, "The watcher's thread cannot be started");
    }
    *ret = w;
    return ERR_OK;
}

void watcher_close(struct watcher *w)
{
    if (!w)
        return;
    atomic_store(&w->stop, true);
    bias_queue_stop(w->queue);
    pthread_join(w->thread, NULL);
    free(w);
}
