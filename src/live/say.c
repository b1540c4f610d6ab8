/* What the server says: one envelope, numbers for each peer, and a ring of what may be missed. */
#include "base/str.h"
#include "codec/json.h"
#include "live/room.h"

#include <stdlib.h>
#include <string.h>

/* The begin of a message in the home's buffer; seq 0: without a number. */
static struct buf *begin_say(struct home *h, enum live_say what, uint64_t seq)
{
    struct buf *b = &h->text;
    buf_clear(b);
    buf_lit(b, "{\"v\":1,\"type\":\"");
    buf_str(b, str_of(messages[what].type));
    buf_c(b, '"');
    if (seq) {
        buf_lit(b, ",\"seq\":");
        buf_i64(b, (int64_t)seq);
    }
    return b;
}

static struct str write_say(struct home *h, enum live_say what, const void *body, uint64_t seq)
{
    struct buf *b = begin_say(h, what, seq);
    if (!messages[what].schema || !body) {
        buf_c(b, '}');
        return buf_view(b);
    }
    size_t at = b->n;
    schema_encode(messages[what].schema, body, b);
    if (buf_ok(b) && b->n > at)
        b->p[at] = ','; /* of the body's own brace */
    return buf_view(b);
}

void ring_free(struct ring *ring)
{
    if (!ring)
        return;
    for (int i = 0; i < RING_MESSAGES; i++)
        free(ring->text[i]);
    free(ring);
}

static void forget(struct ring *ring, unsigned i)
{
    free(ring->text[i]);
    ring->bytes -= ring->cap[i];
    ring->text[i] = NULL;
    ring->n[i] = ring->cap[i] = 0;
    ring->seq[i] = 0;
}

/* Room for n bytes in place i: messages are much alike, so what was there mostly fits. */
static bool ring_room(struct ring *ring, unsigned i, size_t n)
{
    if (ring->cap[i] >= n && ring->cap[i] - n <= n + RING_SLACK)
        return true;
    forget(ring, i);
    for (unsigned k = 1; k < RING_MESSAGES && ring->bytes + n > RING_BYTES_MAX; k++)
        forget(ring, (i + k) % RING_MESSAGES); /* oldest first */
    size_t cap = (n / RING_STEP + 1) * RING_STEP;
    ring->text[i] = malloc(cap);
    if (!ring->text[i])
        return false;
    ring->cap[i] = (uint32_t)cap;
    ring->bytes += cap;
    return true;
}

static void ring_keep(struct peer *p, struct str text)
{
    if (!p->ring)
        p->ring = calloc(1, sizeof(*p->ring));
    struct ring *ring = p->ring;
    unsigned at = (unsigned)(p->seq % RING_MESSAGES);
    if (!ring || !ring_room(ring, at, text.n))
        return;
    memcpy(ring->text[at], text.p, text.n);
    ring->n[at] = (uint32_t)text.n;
    ring->seq[at] = p->seq;
}

static bool deliver(struct peer *p, struct str text, enum ws_rank rank)
{
    struct entry *e = p->at[LIVE_SIGNAL];
    ring_keep(p, text);
    return e && e->joined && ws_send_text(e->ws, text, rank);
}

bool say_to(struct room *r, struct peer *p, enum live_say what, const void *body, enum ws_rank rank)
{
    struct entry *e = p->at[LIVE_SIGNAL];
    if (!p->used || (e && !e->v1))
        return false;
    return deliver(p, write_say(r->home, what, body, ++p->seq), rank);
}

void say_as_it_came(struct room *r, struct peer *p, const struct passed *m)
{
    struct buf *b = begin_say(r->home, m->what, ++p->seq);
    buf_lit(b, ",\"from\":\"");
    buf_str(b, m->from);
    buf_str(b, m->what == SAY_RELAY_ICE ? S("\",\"candidate\":") : S("\",\"sdp\":"));
    buf_str(b, m->json);
    buf_c(b, '}');
    (void)deliver(p, buf_view(b), WS_NEEDED);
}

void say_others(struct room *r, const struct peer *but, enum live_say what, const void *body)
{
    for (int i = 0; i < ROOM_PEERS; i++)
        if (r->peers[i].used && &r->peers[i] != but)
            (void)say_to(r, &r->peers[i], what, body, WS_NEEDED);
}

bool say_once(struct entry *e, enum live_say what, const void *body)
{
    struct home *h = &e->live->homes[ws_loop(e->ws)];
    return ws_send_text(e->ws, write_say(h, what, body, 0), WS_NEEDED);
}

void say_error(struct entry *e, const char *code, const char *message)
{
    const struct say_error body = { str_of(code), str_of(message) };
    if (e->v1)
        (void)say_once(e, SAY_ERROR, &body);
}

bool say_original(struct entry *e, struct str text, enum ws_rank rank)
{
    return ws_send_text(e->ws, text, rank);
}

bool say_again(struct entry *e, uint64_t last_seq)
{
    struct peer *p = e->peer;
    if (last_seq > p->seq || p->seq - last_seq > RING_MESSAGES)
        return false;
    for (uint64_t seq = last_seq + 1; seq <= p->seq; seq++)
        if (!p->ring || p->ring->seq[seq % RING_MESSAGES] != seq)
            return false;
    return true;
}
