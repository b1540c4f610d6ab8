/* os/mono.h: the machine's monotonic clock, for waits of real threads. What a context does by its
 * own clock (which tests and the simulation set) does not belong here.
 * Thread rule: any. */
#ifndef ENIGMA_OS_MONO_H
#define ENIGMA_OS_MONO_H

#include <stdint.h>
#include <time.h>

static inline int64_t mono_now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}
/* The moment `us` from now, for pthread_cond_clockwait and conditions on CLOCK_MONOTONIC; in the
 * past when us is negative. */
static inline struct timespec mono_in_us(int64_t us)
{
    const int64_t at = mono_now_us() + us;
    return (struct timespec){ .tv_sec = (time_t)(at / 1000000),
                              .tv_nsec = (long)(at % 1000000 * 1000) };
}

#endif
