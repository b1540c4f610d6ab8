/* An open WebSocket: its number, its messages, its out queue, its pings and its close handshake. */
#include "http/ws_socket.h"

#include "base/str.h"
#include "http/loop.h"

#include <stdlib.h>
#include <string.h>

enum { SLOTS_FROM = 64, CORK_MAX = 8 * 1024, CORKS_KEPT = 64 };

/* Small frames of one round of the loop: a relay of many messages is one write. */
struct ws_cork {
    struct ws_cork *next;
    struct ws *ws; /* NULL: gone */
    size_t n;
    char bytes[CORK_MAX];
};

/* A frame that waits until the peer has taken what is before it. */
struct ws_frame {
    struct ws_frame *next;
    enum ws_rank rank;
    bool is_end;
    size_t n;
    char bytes[];
};
struct ws {
    struct conn *conn;
    const struct ws_endpoint *endpoint;
    void *user;
    struct ws_reader reader;
    struct ws_cork *cork; /* what goes out before the queue; NULL: nothing was said this round */
    struct ws_frame *first, *last;
    size_t waiting;  /* bytes in the queue */
    uint64_t heard;  /* loop time of the peer's last byte, ms */
    uint64_t pinged; /* of our last ping */
    uint64_t mark, stalled;
    uint32_t slot;
    uint64_t generation;
    bool protocol; /* the endpoint's was agreed on */
    bool told;     /* the endpoint knows of it */
    bool ending;   /* our close frame was sent or waits */
    bool ended;    /* theirs came */
    bool flushed;  /* ours is on its way */
    bool lingering;
};

void *ws_user(const struct ws *ws)
{
    return ws->user;
}

uint32_t ws_loop(const struct ws *ws)
{
    return ws->conn->loop->index;
}

struct server *ws_server(const struct ws *ws)
{
    return ws->conn->loop->server;
}

bool ws_speaks_protocol(const struct ws *ws)
{
    return ws->protocol;
}

struct ws_id ws_id_of(const struct ws *ws)
{
    return (struct ws_id){ ws->conn->loop->index, ws->slot, ws->generation };
}

struct ws *ws_find(struct loop *l, struct ws_id id)
{
    const struct ws_slots *t = &l->sockets;
    if (id.slot >= t->n || t->v[id.slot].generation != id.generation)
        return NULL;
    return t->v[id.slot].ws;
}

static bool take_slot(struct loop *l, struct ws *ws)
{
    struct ws_slots *t = &l->sockets;
    if (t->first_free) {
        ws->slot = t->first_free - 1;
        t->first_free = t->v[ws->slot].next_free;
    } else {
        if (t->n == t->cap) {
            uint32_t cap = t->cap ? t->cap * 2 : SLOTS_FROM;
            struct ws_slot *grown = realloc(t->v, cap * sizeof(*grown));
            if (!grown)
                return false;
            t->v = grown;
            t->cap = cap;
        }
        ws->slot = t->n++;
        t->v[ws->slot] = (struct ws_slot){ 0 };
    }
    t->v[ws->slot].ws = ws;
    ws->generation = ++t->v[ws->slot].generation;
    return true;
}

static void give_slot(struct loop *l, const struct ws *ws)
{
    struct ws_slots *t = &l->sockets;
    t->v[ws->slot].ws = NULL;
    t->v[ws->slot].next_free = t->first_free;
    t->first_free = ws->slot + 1;
}

struct ws *ws_open(struct conn *conn, const struct ws_start *start)
{
    struct ws *ws = calloc(1, sizeof(*ws));
    if (!ws || !take_slot(conn->loop, ws)) {
        free(ws);
        return NULL;
    }
    ws->conn = conn;
    ws->endpoint = start->endpoint;
    ws->user = start->user;
    ws->reader.message_max = start->endpoint->message_max;
    ws->reader.spare = &conn->loop->ws_spare;
    ws->protocol = start->protocol != NULL;
    ws->heard = ws->pinged = uv_now(&conn->loop->uv);
    loop_count(&conn->loop->stats.websockets, 1);
    return ws;
}

void ws_opened(struct ws *ws, const struct ws_start *start)
{
    if (start->refuse) {
        ws_end(ws, start->refuse, start->reason);
        return;
    }
    ws->told = true;
    ws->endpoint->opened(ws);
}

static void drop_queue(struct ws *ws)
{
    while (ws->first) {
        struct ws_frame *f = ws->first;
        ws->first = f->next;
        free(f);
    }
    ws->last = NULL;
    ws->waiting = 0;
}

static void tell_closed(struct ws *ws)
{
    if (!ws->told)
        return;
    ws->told = false;
    ws->endpoint->closed(ws);
}

void ws_gone(struct conn *conn)
{
    struct ws *ws = conn->ws;
    conn->ws = NULL;
    tell_closed(ws);
    if (ws->user)
        ws->endpoint->release(ws->user);
    if (ws->cork)
        ws->cork->ws = NULL;
    drop_queue(ws);
    ws_reader_done(&ws->reader);
    give_slot(conn->loop, ws);
    loop_count(&conn->loop->stats.websockets, -1);
    free(ws);
}

/* Both close frames are through: our half of the connection ends, and we wait for theirs. */
static void finish(struct ws *ws)
{
    if (!ws->ended || !ws->flushed || ws->lingering || ws->conn->closing)
        return;
    ws->lingering = true;
    ws_reader_done(&ws->reader);
    conn_linger(ws->conn);
    tell_closed(ws);
}

static void pump(struct ws *ws);

static void on_sent(struct conn *conn, void *arg, int status)
{
    (void)arg;
    if (status < 0 || conn->closing || !conn->ws)
        return;
    pump(conn->ws);
}

/* Gives bytes to the connection; the loop's buffer may hold them. */
static bool give(struct ws *ws, struct str bytes)
{
    if (conn_send(ws->conn, bytes, S(""), on_sent, NULL) != CONN_LOST)
        return true;
    conn_close(ws->conn);
    return false;
}

static struct ws_cork *take_cork(struct loop *l)
{
    struct ws_corks *all = &l->corks;
    struct ws_cork *c = all->free;
    if (!c)
        return malloc(sizeof(*c));
    all->free = c->next;
    all->n_free--;
    return c;
}

static void give_cork(struct loop *l, struct ws_cork *c)
{
    struct ws_corks *all = &l->corks;
    if (all->n_free == CORKS_KEPT) {
        free(c);
        return;
    }
    c->next = all->free;
    all->free = c;
    all->n_free++;
}

/* Keeps a frame until the end of the round; what is larger goes out at once. */
static bool cork(struct ws *ws, struct str bytes)
{
    struct ws_corks *all = &ws->conn->loop->corks;
    struct ws_cork *c = ws->cork;
    if (!c) {
        c = bytes.n <= CORK_MAX ? take_cork(ws->conn->loop) : NULL;
        if (!c)
            return give(ws, bytes);
        c->next = NULL;
        c->ws = ws;
        c->n = 0;
        if (all->last)
            all->last->next = c;
        else
            all->first = c;
        all->last = ws->cork = c;
    }
    if (bytes.n > CORK_MAX - c->n) /* emptied before, so it is larger than a cork */
        return give(ws, bytes);
    memcpy(c->bytes + c->n, bytes.p, bytes.n);
    c->n += bytes.n;
    return true;
}

/* Sends what was said so far; false: the connection is lost. */
static bool uncork(struct ws *ws)
{
    struct ws_cork *c = ws->cork;
    size_t n = c ? c->n : 0;
    if (n == 0)
        return true;
    c->n = 0;
    return give(ws, (struct str){ c->bytes, n });
}

void ws_leave(struct conn *conn)
{
    (void)uncork(conn->ws);
}

void ws_uncork_all(struct loop *l)
{
    struct ws_cork *c;
    while ((c = l->corks.first)) {
        l->corks.first = c->next;
        if (!c->next)
            l->corks.last = NULL;
        if (c->ws && !c->ws->conn->closing)
            (void)uncork(c->ws);
        if (c->ws)
            c->ws->cork = NULL;
        give_cork(l, c);
    }
}

static void free_corks(struct ws_cork *c)
{
    while (c) {
        struct ws_cork *next = c->next;
        free(c);
        c = next;
    }
}

void ws_corks_done(struct ws_corks *corks)
{
    free_corks(corks->first);
    free_corks(corks->free);
    *corks = (struct ws_corks){ 0 };
}

static void pump(struct ws *ws)
{
    if (!uncork(ws))
        return;
    while (ws->first && !ws->conn->closing && conn_unsent(ws->conn) == 0) {
        struct ws_frame *f = ws->first;
        ws->first = f->next;
        if (!ws->first)
            ws->last = NULL;
        ws->waiting -= f->n;
        bool end = f->is_end, sent = give(ws, (struct str){ f->bytes, f->n });
        free(f);
        if (!sent)
            return;
        if (end)
            ws->flushed = true;
    }
    finish(ws);
}

/* Leaves out what may be left out until n more bytes fit, oldest first. */
static bool make_room(struct ws *ws, size_t n)
{
    struct ws_frame **at = &ws->first, *last = NULL;
    size_t unsent = conn_unsent(ws->conn);
    while (*at && ws->waiting + unsent + n > WS_OUT_MAX) {
        struct ws_frame *f = *at;
        if (f->rank != WS_DROPPABLE) {
            last = f;
            at = &f->next;
            continue;
        }
        *at = f->next;
        ws->waiting -= f->n;
        free(f);
    }
    if (!*at)
        ws->last = last;
    return ws->waiting + unsent + n <= WS_OUT_MAX;
}

static bool enqueue(struct ws *ws, struct str bytes, enum ws_rank rank, bool is_end)
{
    struct ws_frame *f = malloc(sizeof(*f) + bytes.n);
    if (!f) {
        conn_close(ws->conn);
        return false;
    }
    *f = (struct ws_frame){ .rank = rank, .is_end = is_end, .n = bytes.n };
    memcpy(f->bytes, bytes.p, bytes.n);
    if (ws->last)
        ws->last->next = f;
    else
        ws->first = f;
    ws->last = f;
    ws->waiting += f->n;
    return true;
}

/* The frame is in the loop's buffer. */
static bool put(struct ws *ws, enum ws_rank rank)
{
    struct str bytes = buf_view(&ws->conn->loop->out);
    if (!buf_ok(&ws->conn->loop->out) || ws->conn->closing)
        return false;
    if (ws->cork && bytes.n > CORK_MAX - ws->cork->n && !uncork(ws))
        return false;
    if (!ws->first && conn_unsent(ws->conn) == 0)
        return cork(ws, bytes);
    if (make_room(ws, bytes.n))
        return enqueue(ws, bytes, rank, false);
    if (rank == WS_DROPPABLE)
        return false;
    drop_queue(ws);
    ws_end(ws, WS_SLOW, "too slow");
    return false;
}

static bool send_frame(struct ws *ws, enum ws_opcode op, struct str payload, enum ws_rank rank)
{
    struct buf *out = &ws->conn->loop->out;
    if (ws->ending || ws->conn->closing)
        return false;
    buf_clear(out);
    ws_frame_write(out, op, payload);
    return put(ws, rank);
}

bool ws_send_text(struct ws *ws, struct str text, enum ws_rank rank)
{
    return send_frame(ws, WS_OP_TEXT, text, rank);
}

bool ws_send_binary(struct ws *ws, struct str bytes, enum ws_rank rank)
{
    return send_frame(ws, WS_OP_BINARY, bytes, rank);
}

void ws_end(struct ws *ws, uint16_t code, const char *reason)
{
    struct conn *conn = ws->conn;
    if (ws->ending || conn->closing)
        return;
    ws->ending = true;
    if (!uncork(ws))
        return;
    conn_timer(conn, CONN_TIMER_WS_END);
    struct buf *out = &conn->loop->out;
    buf_clear(out);
    ws_close_write(out, code, str_of(reason ? reason : ""));
    struct str bytes = buf_view(out);
    if (ws->first || conn_unsent(conn)) {
        (void)enqueue(ws, bytes, WS_NEEDED, true);
        return;
    }
    ws->flushed = give(ws, bytes);
}

/* The peer said goodbye, first or in answer to ours. */
static void take_end(struct ws *ws, const struct ws_event *e)
{
    ws->ended = true;
    if (!ws->ending)
        ws_end(ws, e->code, "");
    finish(ws);
}

static void take_bad(struct ws *ws, const struct ws_event *e)
{
    struct loop *l = ws->conn->loop;
    uint16_t code = e->code == WS_TOO_BIG && ws->protocol ? WS_TOO_LARGE : e->code;
    loop_count(&l->stats.refused, 1);
    site_refused(l->site, "bad_frame", NULL, code, 0);
    ws->ended = true; /* nothing that comes after it can be understood */
    ws_end(ws, code, e->why);
    finish(ws);
}

/* False: nothing more is read of this connection's bytes. */
static bool take_event(struct ws *ws, enum ws_kind kind, const struct ws_event *e)
{
    switch (kind) {
    case WS_MESSAGE:
        if (!ws->ending && ws->told)
            ws->endpoint->message(ws, e->text, e->bytes);
        return true;
    case WS_PING:
        (void)send_frame(ws, WS_OP_PONG, e->bytes, WS_DROPPABLE);
        return true;
    case WS_CLOSE:
        take_end(ws, e);
        return false;
    case WS_BAD:
        take_bad(ws, e);
        return false;
    case WS_PONG:
        return true;
    case WS_MORE:
        return false;
    }
    return false;
}

void ws_bytes(struct conn *conn, const char *p, size_t n)
{
    struct ws *ws = conn->ws;
    struct ws_event e;
    if (!ws || ws->lingering)
        return;
    ws->heard = uv_now(&conn->loop->uv);
    ws_feed(&ws->reader, p, n);
    while (take_event(ws, ws_next(&ws->reader, &e), &e)) {
        if (conn->closing)
            return;
    }
}

void ws_look(struct conn *conn)
{
    struct ws *ws = conn->ws;
    const struct http_limits *limits = &conn->loop->server->options.limits;
    uint64_t now = uv_now(&conn->loop->uv);
    if (!ws || ws->ending)
        return;
    conn_timer(conn, CONN_TIMER_WS);
    uint64_t sent = conn_sent_total(conn);
    if (conn_unsent(conn) == 0 || sent != ws->mark)
        ws->stalled = now;
    ws->mark = sent;
    if (now - ws->heard >= limits->ws_dead_ms || now - ws->stalled >= limits->write_ms) {
        drop_queue(ws);
        ws_end(ws, WS_SLOW, "no answer");
        return;
    }
    if (now - ws->heard >= limits->ws_ping_ms && now - ws->pinged >= limits->ws_ping_ms) {
        ws->pinged = now;
        (void)send_frame(ws, WS_OP_PING, S(""), WS_NEEDED);
    }
}
