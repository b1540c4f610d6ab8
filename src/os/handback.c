/* A multi-producer list that the loop empties whole and turns round, so order is kept. */
#include "os/handback.h"

int handback_open(struct handback *h, uv_loop_t *loop, uv_async_cb on_wake)
{
    atomic_init(&h->head, NULL);
    return uv_async_init(loop, &h->wake, on_wake);
}

void handback_post(struct handback *h, struct handback_item *item)
{
    struct handback_item *old = atomic_load_explicit(&h->head, memory_order_relaxed);
    do {
        item->next = old;
    } while (!atomic_compare_exchange_weak_explicit(&h->head, &old, item, memory_order_release,
                                                    memory_order_relaxed));
    if (!old)
        uv_async_send(&h->wake);
}

bool handback_take_all(struct handback *h)
{
    struct handback_item *item = atomic_exchange_explicit(&h->head, NULL, memory_order_acquire);
    struct handback_item *oldest = NULL;
    const bool any = item != NULL;
    while (item) {
        struct handback_item *next = item->next;
        item->next = oldest;
        oldest = item;
        item = next;
    }
    while (oldest) {
        struct handback_item *next = oldest->next;
        oldest->taken(oldest);
        oldest = next;
    }
    return any;
}
