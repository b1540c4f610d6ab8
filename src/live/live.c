/* The rooms of a process: opened, ticked, and what other threads tell them. */
#include "live/room.h"

#include "base/str.h"

#include <stdlib.h>
#include <string.h>

const struct live_options live_options_default = {
    .resume_ms = 2 * 60 * 1000,
    .join_ms = 10 * 1000,
    .gap_ms = 15 * 1000,
    .poll_ms = 1000,
    .watch_ms = 3000,
    .segment_max_ms = 12 * 1000,
    .transcription = TRANSCRIPTION_FULL,
    .monitoring = true,
};

uint64_t live_now_ms(const struct live *l)
{
    const struct clock_port *clock = l->o.deps->clock;
    return (uint64_t)(clock->mono_us(clock->self) / 1000);
}

int64_t live_now_us(const struct live *l)
{
    const struct clock_port *clock = l->o.deps->clock;
    return clock->now_us(clock->self);
}

void live_count(_Atomic int64_t *counter, int64_t n)
{
    atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

err live_open(struct ctx *c, const struct live_options *o, struct live **ret)
{
    enum { LIVE_MEM_MAX = 64 * 1024 };
    struct live *l = calloc(1, sizeof(*l));
    if (!l)
        return FAIL(c, INTERNAL, "out of memory");
    l->o = *o;
    l->mem = arena_open(NULL, LIVE_MEM_MAX);
    l->o.stun_urls = str_keep(l->mem, o->stun_urls);
    l->o.turn_urls = str_keep(l->mem, o->turn_urls);
    l->o.turn_secret = o->turn_secret.p ? str_keep(l->mem, o->turn_secret) : o->turn_secret;
    ctx_random(c, l->secret, sizeof(l->secret));
    uint8_t name[OWNER_BYTES];
    ctx_random(c, name, sizeof(name));
    for (size_t i = 0; i < sizeof(name); i++)
        snprintf(l->owner + 2 * i, 3, "%02x", name[i]);
    pthread_mutex_init(&l->mu, NULL);
    *ret = l;
    return ERR_OK;
}

void live_attach(struct live *l, struct server *s)
{
    uint32_t loops = server_loops(s);
    for (uint32_t i = 0; i < loops && i < ROOM_LOOPS_MAX; i++) {
        struct home *h = &l->homes[i];
        h->live = l;
        h->server = s;
        h->loop = i;
        if (!h->mem) {
            h->mem = arena_open(NULL, SAY_ARENA_MAX);
            buf_init(&h->text, NULL, SAY_ARENA_MAX);
        }
    }
    pthread_mutex_lock(&l->mu);
    l->server = s;
    pthread_mutex_unlock(&l->mu);
}

void live_detach(struct live *l)
{
    pthread_mutex_lock(&l->mu);
    l->server = NULL;
    pthread_mutex_unlock(&l->mu);
}

void live_close(struct live *l)
{
    if (!l)
        return;
    for (int i = 0; i < ROOM_LOOPS_MAX; i++) {
        struct home *h = &l->homes[i];
        h->server = NULL; /* it is closed: nothing is given to its workers any more */
        for (int b = 0; b < ROOM_BUCKETS; b++)
            while (h->rooms[b])
                room_free(h->rooms[b]);
        buf_done(&h->text);
        arena_close(h->mem);
        free(l->parts[i]);
    }
    pthread_mutex_destroy(&l->mu);
    arena_close(l->mem);
    free(l);
}

void live_tick(void *arg, uint32_t loop)
{
    struct live *l = arg;
    struct home *h = &l->homes[loop];
    if (!h->server)
        return;
    uint64_t now = live_now_ms(l);
    bool sweep = now - h->swept_ms >= SWEEP_MS;
    if (sweep)
        h->swept_ms = now;
    for (int b = 0; b < ROOM_BUCKETS; b++) {
        struct room *next;
        for (struct room *r = h->rooms[b]; r; r = next) {
            next = r->next;
            for (int i = 0; i < ROOM_PEERS; i++)
                if (r->peers[i].speech)
                    speech_tick(r, &r->peers[i], now);
            if (sweep)
                room_sweep(r, now);
        }
    }
    poll_tick(h, now);
}

/* What another thread says to a room, or (id 0) to every room of a loop. */
struct note {
    struct handback_item item;
    struct home *home;
    void (*run)(struct room *r, const struct note *note);
    int64_t id, number;
    struct live_caption caption;
    char text[];
};

static void note_taken(struct handback_item *item)
{
    struct note *note = (struct note *)(void *)item;
    struct home *h = note->home;
    struct room *r = note->id ? room_find(h, note->id) : NULL;
    if (r)
        note->run(r, note);
    for (int b = 0; note->id == 0 && b < ROOM_BUCKETS; b++) {
        struct room *next;
        for (r = h->rooms[b]; r; r = next) {
            next = r->next;
            note->run(r, note);
        }
    }
    free(note);
}

static void post_to(struct live *l, uint32_t loop, const struct note *what, struct str text)
{
    struct note *note = malloc(sizeof(*note) + text.n + 1);
    if (!note)
        return;
    *note = *what;
    if (text.n)
        memcpy(note->text, text.p, text.n);
    note->text[text.n] = '\0';
    note->caption.text = (struct str){ note->text, text.n };
    note->home = &l->homes[loop];
    note->item.taken = note_taken;
    server_post(l->server, loop, &note->item);
}

static void post(struct live *l, const struct note *what, struct str text)
{
    if (!l)
        return;
    pthread_mutex_lock(&l->mu);
    if (l->server && what->id)
        post_to(l, server_loop_of(l->server, (uint64_t)what->id), what, text);
    else if (l->server)
        for (uint32_t i = 0; i < server_loops(l->server); i++)
            post_to(l, i, what, text);
    pthread_mutex_unlock(&l->mu);
}

static void run_nudge(struct room *r, const struct note *note)
{
    (void)note;
    nudge_fetch(r, -1);
}

void live_nudge(struct live *l, int64_t interview_id)
{
    const struct note note = { .run = run_nudge, .id = interview_id };
    post(l, &note, S(""));
}

static void run_caption(struct room *r, const struct note *note)
{
    audio_caption(r, &note->caption);
}

void live_caption(struct live *l, int64_t interview_id, const struct live_caption *caption)
{
    const struct note note = { .run = run_caption, .id = interview_id, .caption = *caption };
    post(l, &note, caption->text);
}

static void run_end(struct room *r, const struct note *note)
{
    room_end(r, (enum live_end)note->number);
}

void live_end(struct live *l, int64_t interview_id, enum live_end why)
{
    const struct note note = { .run = run_end, .id = interview_id, .number = why };
    post(l, &note, S(""));
}

static void run_barred(struct room *r, const struct note *note)
{
    room_bar(r, note->text);
}

void live_barred(struct live *l, const char *admin_id)
{
    const struct note note = { .run = run_barred };
    post(l, &note, str_of(admin_id));
}

static void run_gap(struct room *r, const struct note *note)
{
    const struct say_monitoring body = { note->number ? S("gap") : S("on"), note->number };
    struct peer *p = room_peer(r, ROOM_EVALUATOR, NULL);
    if (p)
        (void)say_to(r, p, SAY_MONITORING, &body, WS_NEEDED);
}

void live_gap(struct live *l, int64_t interview_id, int64_t seconds)
{
    const struct note note = { .run = run_gap, .id = interview_id, .number = seconds };
    post(l, &note, S(""));
}

void live_stats(const struct live *l, struct live_stats *ret)
{
    *ret = (struct live_stats){ 0 };
    for (int i = 0; i < ROOM_LOOPS_MAX; i++) {
        const struct home *h = &l->homes[i];
        ret->rooms += h->n_rooms;
        ret->peers += h->n_peers;
        ret->speaking += h->n_speaking;
        ret->segments += h->n_segments;
        ret->merged += h->n_merged;
        ret->nudges += h->n_nudges;
    }
}
