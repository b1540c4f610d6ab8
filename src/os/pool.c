/* Worker threads over one queue: a batch goes in under one lock and wakes only who is needed. */
#include "os/pool.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>

struct pool {
    pthread_mutex_t mu;
    pthread_cond_t work;
    struct pool_job *first, *last;
    uint32_t sleepers;
    bool closing;
    _Atomic uint32_t depth;
    uint32_t queue_max;
    unsigned n_threads;
    pthread_t threads[POOL_THREADS_MAX];
};

static struct pool_job *take(struct pool *p)
{
    pthread_mutex_lock(&p->mu);
    while (!p->first && !p->closing) {
        p->sleepers++;
        pthread_cond_wait(&p->work, &p->mu);
        p->sleepers--;
    }
    struct pool_job *job = p->first;
    if (job) {
        p->first = job->next;
        if (!p->first)
            p->last = NULL;
    }
    pthread_mutex_unlock(&p->mu);
    return job;
}

static void *work(void *arg)
{
    struct pool *p = arg;
    for (struct pool_job *job = take(p); job; job = take(p)) {
        atomic_fetch_sub_explicit(&p->depth, 1, memory_order_relaxed);
        job->run(job);
    }
    return NULL;
}

/* Signals belong to the thread that runs the loops, so workers block them all. */
static bool start_threads(struct pool *p, unsigned threads)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    while (p->n_threads < threads) {
        if (pthread_create(&p->threads[p->n_threads], NULL, work, p) != 0)
            break;
        p->n_threads++;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return p->n_threads == threads;
}

struct pool *pool_open(unsigned threads, uint32_t queue_max)
{
    if (threads == 0 || threads > POOL_THREADS_MAX)
        return NULL;
    struct pool *p = calloc(1, sizeof(*p));
    if (!p)
        return NULL;
    p->queue_max = queue_max;
    pthread_mutex_init(&p->mu, NULL);
    pthread_cond_init(&p->work, NULL);
    if (!start_threads(p, threads)) {
        pool_close(p);
        return NULL;
    }
    return p;
}

bool pool_reserve(struct pool *p)
{
    if (atomic_fetch_add_explicit(&p->depth, 1, memory_order_relaxed) < p->queue_max)
        return true;
    atomic_fetch_sub_explicit(&p->depth, 1, memory_order_relaxed);
    return false;
}

void pool_hand_over(struct pool *p, struct pool_job *first, struct pool_job *last, uint32_t n)
{
    if (n == 0)
        return;
    last->next = NULL;
    pthread_mutex_lock(&p->mu);
    if (p->last)
        p->last->next = first;
    else
        p->first = first;
    p->last = last;
    uint32_t wake = n < p->sleepers ? n : p->sleepers;
    pthread_mutex_unlock(&p->mu);
    while (wake--)
        pthread_cond_signal(&p->work);
}

uint32_t pool_depth(const struct pool *p)
{
    return atomic_load_explicit(&p->depth, memory_order_relaxed);
}

void pool_close(struct pool *p)
{
    if (!p)
        return;
    pthread_mutex_lock(&p->mu);
    p->closing = true;
    pthread_cond_broadcast(&p->work);
    pthread_mutex_unlock(&p->mu);
    for (unsigned i = 0; i < p->n_threads; i++)
        pthread_join(p->threads[i], NULL);
    pthread_cond_destroy(&p->work);
    pthread_mutex_destroy(&p->mu);
    free(p);
}
