/* Rooms and the people in them: who sits where, who is lost, who is let go. */
#include "live/room.h"

#include "base/str.h"

#include <stdlib.h>
#include <string.h>

static struct room **bucket_of(struct home *h, int64_t id)
{
    return &h->rooms[((uint64_t)id * 0x9e3779b97f4a7c15ULL) >> 54];
}

_Static_assert(ROOM_BUCKETS == 1 << (64 - 54), "the hash keeps ten bits");

struct room *room_find(struct home *h, int64_t id)
{
    for (struct room *r = *bucket_of(h, id); r; r = r->next)
        if (r->id == id)
            return r;
    return NULL;
}

struct room *room_make(struct home *h, int64_t id)
{
    struct room *r = room_find(h, id);
    if (r)
        return r;
    r = calloc(1, sizeof(*r));
    if (!r)
        return NULL;
    r->id = id;
    r->home = h;
    r->next = *bucket_of(h, id);
    *bucket_of(h, id) = r;
    live_count(&h->n_rooms, 1);
    return r;
}

static void peer_free(struct room *r, struct peer *p)
{
    for (int i = 0; i < LIVE_PATHS; i++) {
        if (p->at[i]) {
            p->at[i]->room = NULL;
            p->at[i]->peer = NULL;
        }
    }
    if (p->speech)
        live_count(&r->home->n_speaking, -1);
    speech_free(r, p);
    ring_free(p->ring);
    if (p->part == ROOM_EVALUATOR)
        r->watched = false;
    memset(p, 0, sizeof(*p));
    live_count(&r->home->n_peers, -1);
}

void room_free(struct room *r)
{
    struct room **at = bucket_of(r->home, r->id);
    while (*at != r)
        at = &(*at)->next;
    *at = r->next;
    for (int i = 0; i < ROOM_PEERS; i++)
        if (r->peers[i].used)
            peer_free(r, &r->peers[i]);
    live_count(&r->home->n_rooms, -1);
    free(r);
}

struct peer *room_peer(struct room *r, int32_t part, const char *who)
{
    for (int i = 0; i < ROOM_PEERS; i++) {
        struct peer *p = &r->peers[i];
        if (p->used && p->part == part && (!who || strcmp(p->who, who) == 0))
            return p;
    }
    return NULL;
}

static unsigned free_number(const struct room *r)
{
    bool taken[ROOM_PEERS + 1] = { false };
    for (int i = 0; i < ROOM_PEERS; i++)
        if (r->peers[i].used && r->peers[i].part == ROOM_OBSERVER)
            taken[r->peers[i].nth] = true;
    unsigned n = 1;
    while (taken[n])
        n++;
    return n;
}

static void close_sockets(struct peer *p, uint16_t code, const char *reason)
{
    for (int i = 0; i < LIVE_PATHS; i++)
        if (p->at[i])
            ws_end(p->at[i]->ws, code, reason);
}

/* The interview was given to somebody else. */
static void unseat(struct room *r, struct peer *p)
{
    close_sockets(p, CODE_FORBIDDEN, "this interview is another person's now");
    speech_flush(r, p);
    peer_free(r, p);
}

void room_belongs(struct room *r, const char *admin_id)
{
    if (strcmp(r->admin_id, admin_id) == 0)
        return;
    snprintf(r->admin_id, sizeof(r->admin_id), "%s", admin_id);
    r->started = false;
}

void room_given(struct room *r, const char *admin_id, uint64_t asked_ms)
{
    struct peer *p = &r->peers[ROOM_EVALUATOR];
    if (r->ended || (p->used && p->seated_ms >= asked_ms))
        return;
    room_belongs(r, admin_id);
    if (!p->used || strcmp(p->who, admin_id) == 0)
        return;
    if (p->at[LIVE_SIGNAL])
        signal_gone(p->at[LIVE_SIGNAL]);
    unseat(r, p);
}

struct peer *room_seat(struct room *r, int32_t part, const char *who)
{
    struct peer *p = room_peer(r, part, who);
    if (p)
        return p;
    if (part != ROOM_OBSERVER && r->peers[part].used)
        unseat(r, &r->peers[part]);
    int first = part == ROOM_OBSERVER ? 2 : part,
        last = part == ROOM_OBSERVER ? ROOM_PEERS - 1 : part;
    for (int i = first; i <= last && !p; i++)
        if (!r->peers[i].used)
            p = &r->peers[i];
    if (!p)
        return NULL;
    *p = (struct peer){ .used = true, .part = part };
    p->nth = part == ROOM_OBSERVER ? free_number(r) : 0;
    snprintf(p->who, sizeof(p->who), "%s", who);
    p->seated_ms = live_now_ms(r->home->live);
    live_count(&r->home->n_peers, 1);
    return p;
}

struct str peer_name(struct home *h, const struct peer *p)
{
    struct str part = str_of(room_part_names.v[p->part]);
    return p->nth ? str_fmt(h->mem, "%.*s-%u", STR_ARG(part), p->nth) : part;
}

bool room_both_here(const struct room *r)
{
    return r->peers[ROOM_EVALUATOR].used && r->peers[ROOM_EVALUATOR].here &&
           r->peers[ROOM_STUDENT].used && r->peers[ROOM_STUDENT].here;
}

void room_begun(struct room *r)
{
    const struct say_state body = { S("live") };
    if (r->started || r->ended)
        return;
    r->started = true;
    say_others(r, NULL, SAY_STATE, &body);
}

/* The student learns that it is over, and nothing of the reason. */
static struct say_terminated farewell(const struct peer *p, enum live_end why)
{
    if (why == LIVE_END_COMPLETED)
        return (struct say_terminated){ S("completed"), S("The interview is complete.") };
    if (p->part == ROOM_STUDENT)
        return (struct say_terminated){
            S("ended"), S("The interview has ended early. This says nothing about you; you will "
                          "hear about a new appointment.")
        };
    if (why == LIVE_END_CANCELLED)
        return (struct say_terminated){ S("cancelled"), S("The interview was cancelled.") };
    return (struct say_terminated){ S("bias_block"),
                                    S("The interview was ended and will be reviewed.") };
}

void room_end(struct room *r, enum live_end why)
{
    if (r->ended)
        return;
    if (why == LIVE_END_BLOCK && r->fetching && !r->ending) {
        r->ending = true;
        return;
    }
    r->ended = true;
    gap_end(r);
    for (int i = 0; i < ROOM_PEERS; i++) {
        struct peer *p = &r->peers[i];
        if (!p->used)
            continue;
        speech_flush(r, p);
        const struct say_terminated body = farewell(p, why);
        (void)say_to(r, p, SAY_TERMINATED, &body, WS_NEEDED);
        for (int k = LIVE_AUDIO; k < LIVE_PATHS; k++)
            if (p->at[k] && p->at[k]->v1)
                (void)say_once(p->at[k], SAY_TERMINATED, &body);
        close_sockets(p, CODE_ENDED, "the interview is over");
    }
}

void room_bar(struct room *r, const char *admin_id)
{
    struct peer *p = room_peer(r, ROOM_EVALUATOR, admin_id);
    if (!p)
        return;
    p->has_key = false;
    close_sockets(p, CODE_FORBIDDEN, "you may not interview at present");
}

static bool is_open(const struct peer *p)
{
    for (int i = 0; i < LIVE_PATHS; i++)
        if (p->at[i])
            return true;
    return false;
}

void room_sweep(struct room *r, uint64_t now_ms)
{
    const struct live_options *o = &r->home->live->o;
    bool empty = true;
    for (int i = 0; i < ROOM_PEERS; i++) {
        struct peer *p = &r->peers[i];
        if (!p->used)
            continue;
        struct entry *e = p->at[LIVE_SIGNAL];
        if (e && e->v1 && !e->joined && now_ms - e->opened_ms >= o->join_ms)
            ws_end(e->ws, WS_SLOW, "no join");
        if (!is_open(p) && (r->ended || now_ms - p->lost_ms >= o->resume_ms)) {
            speech_flush(r, p);
            peer_free(r, p);
            continue;
        }
        empty = false;
    }
    gap_tick(r, now_ms);
    if (r->again && !r->fetching)
        nudge_fetch(r, -1);
    if (empty && !r->fetching)
        room_free(r);
}
