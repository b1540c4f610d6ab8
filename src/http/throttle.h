/* http/throttle.h: token buckets by route and caller, in a table of fixed size.
 * Thread rule: any thread (locks inside). */
#ifndef ENIGMA_HTTP_THROTTLE_H
#define ENIGMA_HTTP_THROTTLE_H

#include "base/ctx.h"

struct throttle;
struct throttle *throttle_open(struct arena *mem, uint64_t seed);
/* Takes one token of `key`; false: *ret_wait_s seconds until there is one. A minute's worth may
 * come at once. When the table is full the bucket that is nearest to full again gives way. */
bool throttle_take(struct throttle *t, uint64_t key, uint32_t per_minute, int64_t mono_us,
                   uint32_t *ret_wait_s);

#endif
