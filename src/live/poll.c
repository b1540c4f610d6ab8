/* Once a second one question for all rooms of the process: what other processes did to them. Each
 * loop says what it has open; loop 0 asks, and every loop hears of its own. */
#include "live/room.h"

#include <stdlib.h>

/* What one loop has open. */
struct poll_part {
    struct handback_item item;
    struct live *live;
    uint32_t loop;
    size_t n;
    int64_t ids[];
};
struct poll {
    int64_t *ids;
    size_t n;
    struct list news;
};
/* News of one room, on their way to its loop. */
struct poll_note {
    struct handback_item item;
    struct home *home;
    struct live_news news;
};

static void part_taken(struct handback_item *item)
{
    struct poll_part *part = (struct poll_part *)(void *)item;
    struct live *l = part->live;
    free(l->parts[part->loop]);
    l->parts[part->loop] = part;
}

static void tell_rooms(struct home *h)
{
    size_t n = 0, most = (size_t)atomic_load(&h->n_rooms);
    struct poll_part *part = malloc(sizeof(*part) + most * sizeof(int64_t));
    if (!part)
        return;
    for (int b = 0; b < ROOM_BUCKETS; b++)
        for (const struct room *r = h->rooms[b]; r && n < most; r = r->next)
            if (!r->ended)
                part->ids[n++] = r->id;
    part->live = h->live;
    part->loop = h->loop;
    part->n = n;
    part->item.taken = part_taken;
    server_post(h->server, 0, &part->item);
}

static void note_taken(struct handback_item *item)
{
    struct poll_note *note = (struct poll_note *)(void *)item;
    const struct live_news *v = &note->news;
    struct room *r = room_find(note->home, v->interview_id);
    if (r && v->started)
        room_begun(r);
    if (r && v->nudges)
        nudge_fetch(r, -1);
    if (r && v->barred)
        room_bar(r, r->admin_id);
    if (r && v->end >= 0)
        room_end(r, (enum live_end)v->end);
    free(note);
}

static err run_poll(struct live_job *j)
{
    struct poll *p = j->arg;
    return j->live->o.port->poll(&j->ctx, p->ids, p->n, &p->news);
}

static void polled(struct live_job *j, struct room *unused)
{
    const struct poll *p = j->arg;
    const struct live_news *v = p->news.v;
    struct live *l = j->live;
    (void)unused;
    l->polling = false;
    for (size_t i = 0; j->e == ERR_OK && i < p->news.n; i++) {
        struct poll_note *note = malloc(sizeof(*note));
        if (!note)
            return;
        uint32_t loop = server_loop_of(j->server, (uint64_t)v[i].interview_id);
        note->news = v[i];
        note->home = &l->homes[loop];
        note->item.taken = note_taken;
        server_post(j->server, loop, &note->item);
    }
}

static void ask(struct home *h)
{
    struct live *l = h->live;
    size_t n = 0;
    for (int i = 0; i < ROOM_LOOPS_MAX; i++)
        n += l->parts[i] ? l->parts[i]->n : 0;
    if (n == 0 || l->polling || !l->o.port || !l->o.port->poll)
        return;
    struct live_job *j = job_new(h, 0);
    struct poll *p = arena_new(j->mem, struct poll);
    p->ids = arena_array(j->mem, int64_t, n);
    for (int i = 0; i < ROOM_LOOPS_MAX; i++)
        for (size_t k = 0; l->parts[i] && k < l->parts[i]->n; k++)
            p->ids[p->n++] = l->parts[i]->ids[k];
    j->arg = p;
    j->run = run_poll;
    j->done = polled;
    l->polling = job_start(j);
}

void poll_tick(struct home *h, uint64_t now_ms)
{
    if (now_ms - h->polled_ms < h->live->o.poll_ms)
        return;
    h->polled_ms = now_ms;
    tell_rooms(h);
    if (h->loop == 0)
        ask(h);
}
