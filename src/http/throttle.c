/* Token buckets, four ways a set, the sets spread over a few locks. */
#include "http/throttle.h"

#include <pthread.h>
#include <string.h>

enum { SETS = 4096, WAYS = 4, LOCKS = 16, MINUTE_US = 60 * 1000 * 1000 };

/* `full_us`: when the bucket is full again; it says all there is to know about it. */
struct bucket {
    uint64_t key;
    int64_t full_us;
};
struct throttle {
    pthread_mutex_t locks[LOCKS];
    uint64_t seed;
    struct bucket sets[SETS][WAYS];
};

static void give_up(void *arg)
{
    struct throttle *t = arg;
    for (int i = 0; i < LOCKS; i++)
        pthread_mutex_destroy(&t->locks[i]);
    free(t);
}

struct throttle *throttle_open(struct arena *mem, uint64_t seed)
{
    struct throttle *t = calloc(1, sizeof(*t));
    if (!t)
        return NULL;
    for (int i = 0; i < LOCKS; i++)
        pthread_mutex_init(&t->locks[i], NULL);
    t->seed = seed;
    arena_defer(mem, give_up, t);
    return t;
}

static uint64_t mix(uint64_t x)
{
    x ^= x >> 33;
    x *= 0xff51afd7ed558ccdULL;
    x ^= x >> 33;
    x *= 0xc4ceb9fe1a85ec53ULL;
    return x ^ x >> 33;
}

static struct bucket *find(struct bucket *set, uint64_t key)
{
    struct bucket *oldest = &set[0];
    for (int i = 0; i < WAYS; i++) {
        if (set[i].key == key)
            return &set[i];
        if (set[i].full_us < oldest->full_us)
            oldest = &set[i];
    }
    *oldest = (struct bucket){ .key = key };
    return oldest;
}

bool throttle_take(struct throttle *t, uint64_t key, uint32_t per_minute, int64_t mono_us,
                   uint32_t *ret_wait_s)
{
    uint64_t mixed = mix(key ^ t->seed) | 1;
    size_t at = mixed >> 8 & (SETS - 1);
    int64_t cost = MINUTE_US / (int64_t)per_minute;
    pthread_mutex_t *lock = &t->locks[at % LOCKS];
    pthread_mutex_lock(lock);
    struct bucket *b = find(t->sets[at], mixed);
    int64_t full = b->full_us > mono_us ? b->full_us : mono_us;
    bool fine = full - mono_us + cost <= MINUTE_US;
    if (fine)
        b->full_us = full + cost;
    pthread_mutex_unlock(lock);
    if (!fine)
        *ret_wait_s = (uint32_t)((full - mono_us + cost - MINUTE_US + 999999) / 1000000);
    return fine;
}
