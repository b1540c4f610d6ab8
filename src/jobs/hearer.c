/* The hearers' threads. */
#include "jobs/hearer.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/str.h"

#define HEARER_MEM_MAX ((size_t)32 << 20)

struct hearer {
    const struct deps *deps;
    struct speech_queue *queue;
    pthread_t threads[HEARERS_MAX];
    unsigned n;
};

static void warn(const struct hearer *h, const struct ctx *c)
{
    log_event(h->deps->log, LOG_WARNING, "speech.failed", LOG_Z("why", c->fault.text));
}

static void *hearer_main(void *arg)
{
    struct hearer *h = arg;
    struct arena *mem = arena_open(NULL, HEARER_MEM_MAX);
    for (bool over = false; !over;) {
        struct ctx c;
        ctx_init(&c, mem, h->deps, 0);
        if (speech_queue_work(&c, h->queue, &over) != ERR_OK)
            warn(h, &c);
        arena_reset(mem);
    }
    arena_close(mem);
    return NULL;
}

err hearer_open(struct ctx *c, const struct deps *deps, struct speech_queue *queue,
                unsigned threads, struct hearer **ret)
{
    sigset_t all, before;
    struct hearer *h = calloc(1, sizeof(*h));
    const unsigned wanted = threads < HEARERS_MAX ? threads : HEARERS_MAX;
    int rc = 0;
    if (!h)
        return FAIL(c, INTERNAL, "out of memory");
    h->deps = deps;
    h->queue = queue;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    for (; h->n < wanted && rc == 0; h->n += rc == 0)
        rc = pthread_create(&h->threads[h->n], NULL, hearer_main, h);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (rc != 0) {
        hearer_close(h);
        return FAIL(c, INTERNAL, "The threads that hear speech cannot be started");
    }
    *ret = h;
    return ERR_OK;
}

void hearer_close(struct hearer *h)
{
    if (!h)
        return;
    speech_queue_stop(h->queue);
    for (unsigned i = 0; i < h->n; i++)
        pthread_join(h->threads[i], NULL);
    free(h);
}
