/* os/pool.h: a bounded pool of threads for work that blocks.
 * Thread rule: any thread may reserve and hand over; run is called on a worker. */
#ifndef ENIGMA_OS_POOL_H
#define ENIGMA_OS_POOL_H

#include <stdbool.h>
#include <stdint.h>

enum { POOL_THREADS_MAX = 256 };

/* Embedded in the caller's own struct; lives until run has returned. */
struct pool_job {
    struct pool_job *next;
    void (*run)(struct pool_job *job);
};

struct pool;
/* NULL when threads cannot be made. queue_max: jobs that may wait for a worker. */
struct pool *pool_open(unsigned threads, uint32_t queue_max);
/* Takes a place in the queue; false: full. Each place is given back when a worker takes the job. */
bool pool_reserve(struct pool *p);
/* Hands a linked batch of n jobs, each with its place reserved, under one lock. */
void pool_hand_over(struct pool *p, struct pool_job *first, struct pool_job *last, uint32_t n);
/* Jobs waiting now. */
uint32_t pool_depth(const struct pool *p);
/* Runs what still waits, joins the threads. NULL is fine. */
void pool_close(struct pool *p);

#endif
