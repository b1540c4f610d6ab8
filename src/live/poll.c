/* Once a second one question for all rooms of the process: what other processes did to them. Each
 * loop says what it has open; loop 0 asks, and every loop hears of its own. Beside it loop 0 has
 * written down who is listened to. */
#include "base/log.h"
#include "base/str.h"
#include "live/room.h"

#include <stdlib.h>

/* What one loop has open. */
struct poll_part {
    struct handback_item item;
    struct live *live;
    uint32_t loop;
    size_t n;
    struct live_watch rooms[]; /* settled_us 0: not listened to */
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
    char admin_id[WHO_MAX];
    uint64_t asked_ms;
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
    struct poll_part *part = malloc(sizeof(*part) + most * sizeof(part->rooms[0]));
    if (!part)
        return;
    for (int b = 0; b < ROOM_BUCKETS; b++)
        for (const struct room *r = h->rooms[b]; r && n < most; r = r->next)
            if (!r->ended)
                part->rooms[n++] =
                    (struct live_watch){ r->id, r->watched ? speech_settled_us(r) : 0 };
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
    if (r && note->admin_id[0])
        room_given(r, note->admin_id, note->asked_ms);
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
        note->asked_ms = l->asked_ms;
        snprintf(note->admin_id, sizeof(note->admin_id), "%.*s", STR_ARG(v[i].admin_id));
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
            p->ids[p->n++] = l->parts[i]->rooms[k].interview_id;
    j->arg = p;
    j->run = run_poll;
    j->done = polled;
    l->asked_ms = live_now_ms(l);
    l->polling = job_start(j);
}

struct watching {
    struct live_watch *v;
    size_t n;
    bool all;
};

static err run_watch(struct live_job *j)
{
    const struct watching *w = j->arg;
    return j->live->o.port->watch(&j->ctx, str_of(j->live->owner), w->v, w->n, w->all);
}

static void watched(struct live_job *j, struct room *unused)
{
    (void)unused;
    j->live->watching = false;
    if (j->e != ERR_OK)
        log_event(j->live->o.deps->log, LOG_WARNING, "watch_unwritten",
                  LOG_Z("why", j->ctx.fault.text));
}

/* Nothing is said where there is nobody, and was nobody before: not even a room that came and went
 * since the last word. */
static void keep_watch(struct home *h)
{
    struct live *l = h->live;
    size_t n = 0;
    for (int i = 0; i < ROOM_LOOPS_MAX; i++)
        n += l->parts[i] ? l->parts[i]->n : 0;
    if (l->watching || !l->o.port || !l->o.port->watch)
        return;
    struct live_job *j = job_new(h, 0);
    struct watching *w = arena_new(j->mem, struct watching);
    w->v = arena_array(j->mem, struct live_watch, n + 1);
    w->all = true;
    for (int i = 0; i < ROOM_LOOPS_MAX; i++)
        for (size_t k = 0; l->parts[i] && k < l->parts[i]->n; k++)
            if (l->parts[i]->rooms[k].settled_us)
                w->v[w->n++] = l->parts[i]->rooms[k];
    const uint32_t begun = atomic_load(&l->n_begun);
    if (w->n == 0 && !l->watched && begun == l->n_begun_said) {
        arena_close(j->mem);
        return;
    }
    j->arg = w;
    j->run = run_watch;
    j->done = watched;
    l->watched = w->n > 0;
    l->n_begun_said = begun;
    l->watching = job_start(j);
}

static void begun(struct live_job *j, struct room *unused)
{
    (void)unused;
    atomic_fetch_add(&j->live->n_begun, 1);
}

void watch_begin(struct room *r)
{
    struct home *h = r->home;
    const struct live_port *port = h->live->o.port;
    if (r->watched || r->ended)
        return;
    r->watched = true;
    if (!port || !port->watch)
        return;
    struct live_job *j = job_new(h, r->id);
    struct watching *w = arena_new(j->mem, struct watching);
    w->v = arena_new(j->mem, struct live_watch);
    *w->v = (struct live_watch){ r->id, speech_settled_us(r) };
    w->n = 1;
    j->arg = w;
    j->run = run_watch;
    j->done = begun;
    (void)job_start(j); /* else keep_watch says it */
}

void poll_tick(struct home *h, uint64_t now_ms)
{
    if (now_ms - h->polled_ms < h->live->o.poll_ms)
        return;
    h->polled_ms = now_ms;
    tell_rooms(h);
    if (h->loop != 0)
        return;
    ask(h);
    if (now_ms - h->live->watched_ms < h->live->o.watch_ms)
        return;
    h->live->watched_ms = now_ms;
    keep_watch(h);
}
