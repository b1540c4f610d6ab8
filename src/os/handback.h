/* os/handback.h: what workers give back to a libuv loop: a lock-free list, one wake-up when it was
 * empty. Thread rule: any thread posts; only the loop's thread takes. */
#ifndef ENIGMA_OS_HANDBACK_H
#define ENIGMA_OS_HANDBACK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <uv.h>

/* Embedded in what is handed back; may be posted again only after it was taken. */
struct handback_item {
    struct handback_item *next;
    void (*taken)(struct handback_item *item);
};
struct handback {
    _Atomic(struct handback_item *) head;
    uv_async_t wake;
};

/* 0 or a libuv error. The handle's data is free for the caller. */
int handback_open(struct handback *h, uv_loop_t *loop, uv_async_cb on_wake);
void handback_post(struct handback *h, struct handback_item *item);
/* Calls taken for everything posted, oldest first; false: there was nothing. */
bool handback_take_all(struct handback *h);

#endif
