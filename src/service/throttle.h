/* service/throttle.h: counts failed sign-ins by account and by address, in memory (SECURITY S-12).
 * Any thread. The table is bounded; the least recently used counter makes room.
 *
 * A try is counted as failed before the password is looked at and forgiven when it was right, so
 * that tries in parallel cannot pass the limit. An address from which an account has signed in is
 * counted by itself for that account: strangers elsewhere do not lock its owner out. */
#ifndef ENIGMA_SERVICE_THROTTLE_H
#define ENIGMA_SERVICE_THROTTLE_H

#include "base/ctx.h"

enum { THROTTLE_TRIES_MAX = 64, THROTTLE_SLOTS = 4096 };
struct throttle_limits {
    int64_t account, address; /* failures in the window; at most THROTTLE_TRIES_MAX */
    int64_t window_us;
};
struct throttle_try {
    uint64_t account, address; /* keys of the counters that took it */
    uint64_t pair;
    int64_t at_us;
};
/* ERR_THROTTLED with retry_after_s, or the try is counted. account: folded name, known or not.
 * address: as text; IPv6 counts by /64. */
err throttle_enter(struct ctx *c, const struct throttle_limits *l, struct str account,
                   struct str address, struct throttle_try *ret);
/* The password was right: the try is taken back, and the address is known for this account. */
void throttle_forgive(struct ctx *c, const struct throttle_try *t);
/* The try came to nothing for a reason of ours: only taken back. */
void throttle_cancel(const struct throttle_try *t);
/* For tests and simulations: forgets everything. */
void throttle_reset(void);

#endif
