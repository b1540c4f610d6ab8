/* What the server says: one envelope, numbers for each peer, and a ring of what may be missed. */
#include "base/str.h"
#include "codec/json.h"
#include "live/room.h"

#include <stdlib.h>
#include <string.h>

/* The message in the home's buffer; seq 0: without a number. */
static struct str write_say(struct home *h, enum live_say what, const void *body, uint64_t seq)
{
    struct buf *b = &h->text;
    buf_clear(b);
    buf_fmt(b, "{\"v\":1,\"type\":\"%s\"", messages[what].type);
    if (seq)
        buf_fmt(b, ",\"seq\":%llu", (unsigned long long)seq);
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
    ring->bytes -= ring->n[i];
    ring->text[i] = NULL;
    ring->n[i] = 0;
    ring->seq[i] = 0;
}

static void ring_keep(struct peer *p, struct str text)
{
    if (!p->ring)
        p->ring = calloc(1, sizeof(*p->ring));
    struct ring *ring = p->ring;
    char *copy = ring ? malloc(text.n) : NULL;
    if (!copy)
        return;
    unsigned at = (unsigned)(p->seq % RING_MESSAGES);
    forget(ring, at);
    for (unsigned k = 1; k < RING_MESSAGES && ring->bytes + text.n > RING_BYTES_MAX; k++)
        forget(ring, (at + k) % RING_MESSAGES); /* oldest first */
    memcpy(copy, text.p, text.n);
    ring->text[at] = copy;
    ring->n[at] = (uint32_t)text.n;
    ring->seq[at] = p->seq;
    ring->bytes += text.n;
}

bool say_to(struct room *r, struct peer *p, enum live_say what, const void *body, enum ws_rank rank)
{
    struct entry *e = p->at[LIVE_SIGNAL];
    if (!p->used || (e && !e->v1))
        return false;
    struct str text = write_say(r->home, what, body, ++p->seq);
    ring_keep(p, text);
    return e && e->joined && ws_send_text(e->ws, text, rank);
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
