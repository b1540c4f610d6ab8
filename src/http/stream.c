/* Streamed bodies: the worker fills pieces, the loop takes and sends them, and the worker waits
 * while half of the allowance is unsent. */
#include "http/stream.h"

#include "base/str.h"
#include "http/loop.h"
#include "http/reply.h"

#include <pthread.h>
#include <string.h>

enum {
    PIECE_MAX = 32 * 1024,
    PIECE_HEAD = 10,
    PIECE_TAIL = 2,
    GATHER_MAX = 16 * 1024, /* bytes, or … */
    GATHER_US = 20 * 1000,  /* … time before the loop is woken for more */
};

/* Room for "%08x\r\n" before the bytes and "\r\n" behind, so that a chunk is one write. */
struct piece {
    struct piece *next;
    struct stream *stream;
    size_t n;
    char bytes[PIECE_HEAD + PIECE_MAX + PIECE_TAIL];
};
struct stream {
    struct handback_item note;
    struct exchange *x;
    struct loop *loop; /* NULL: a sink */
    struct buf *sink;
    pthread_mutex_t mu;
    pthread_cond_t room;
    struct piece *first, *last;
    size_t unsent, gathered, most;
    int64_t posted_us;
    bool gone, posted, chunked, discard;
    bool started;   /* the worker's */
    bool head_sent; /* the loop's */
};

static void stream_close(struct stream *s)
{
    while (s->first) {
        struct piece *p = s->first;
        s->first = p->next;
        free(p);
    }
    pthread_cond_destroy(&s->room);
    pthread_mutex_destroy(&s->mu);
}

static void close_deferred(void *arg)
{
    stream_close(arg);
}

static void on_note(struct handback_item *item)
{
    struct stream *s = (struct stream *)(void *)((char *)item - offsetof(struct stream, note));
    if (!stream_pump(s))
        conn_close(s->x->conn);
}

static struct stream *open_any(struct exchange *x)
{
    struct stream *s = arena_new(x->mem, struct stream);
    s->x = x;
    s->note.taken = on_note;
    s->chunked = x->head.minor == 1;
    s->discard = x->head.method == HTTP_M_HEAD;
    pthread_mutex_init(&s->mu, NULL);
    pthread_cond_init(&s->room, NULL);
    arena_defer(x->mem, close_deferred, s);
    return s;
}

struct stream *stream_open(struct exchange *x, struct loop *loop, size_t most)
{
    struct stream *s = open_any(x);
    s->loop = loop;
    s->most = most;
    return s;
}

struct stream *stream_open_sink(struct exchange *x, struct buf *sink)
{
    struct stream *s = open_any(x);
    s->sink = sink;
    return s;
}

bool stream_started(const struct stream *s)
{
    return s->started;
}

void stream_gone(struct stream *s)
{
    pthread_mutex_lock(&s->mu);
    s->gone = true;
    pthread_cond_signal(&s->room);
    pthread_mutex_unlock(&s->mu);
}

/* Called with the lock held. The last piece is filled up before another is begun. */
static size_t put_some(struct stream *s, struct str bytes)
{
    struct piece *p = s->last;
    if (!p || p->n == PIECE_MAX) {
        p = malloc(sizeof(*p));
        if (!p)
            return 0;
        p->next = NULL;
        p->stream = s;
        p->n = 0;
        if (s->last)
            s->last->next = p;
        else
            s->first = p;
        s->last = p;
    }
    size_t take = PIECE_MAX - p->n < bytes.n ? PIECE_MAX - p->n : bytes.n;
    memcpy(p->bytes + PIECE_HEAD + p->n, bytes.p, take);
    p->n += take;
    s->unsent += take;
    s->gathered += take;
    return take;
}

/* Called with the lock held. Small rows are gathered, so that each does not cost a wake-up and a
 * system call; what is left at the end is sent with the last chunk. */
static void wake_loop(struct stream *s)
{
    int64_t now = site_mono_us(s->x->site);
    if (s->posted || (s->gathered < GATHER_MAX && now - s->posted_us < GATHER_US))
        return;
    s->posted = true;
    s->posted_us = now;
    s->gathered = 0;
    handback_post(&s->loop->back, &s->note);
}

static void start(struct stream *s)
{
    struct exchange *x = s->x;
    s->started = true;
    reply_success(x);
    x->reply.body = (struct str){ 0 };
    x->reply.chunked = true;
    x->reply.close = x->reply.close || !s->chunked; /* HTTP/1.0: the end is the end */
}

err call_stream_write(struct ctx *c, struct call *call, struct str bytes)
{
    struct stream *s = call->stream;
    if (!s)
        return FAIL(c, INTERNAL, "the route is not a stream");
    if (!s->started)
        start(s);
    if (s->sink) {
        buf_str(s->sink, bytes);
        return buf_ok(s->sink) ? ERR_OK : FAIL(c, TOO_LARGE, "reply too large");
    }
    pthread_mutex_lock(&s->mu);
    bool full = false;
    while (bytes.n && !full && !s->gone && !s->discard) {
        if (s->unsent > s->most / 2) {
            pthread_cond_wait(&s->room, &s->mu);
            continue;
        }
        size_t took = put_some(s, bytes);
        full = took == 0;
        bytes = str_sub(bytes, took, bytes.n);
        wake_loop(s);
    }
    bool lost = s->gone || s->discard;
    pthread_mutex_unlock(&s->mu);
    if (full)
        return FAIL(c, BUSY, "out of memory");
    return lost ? FAIL(c, UPSTREAM, "the client is gone") : ERR_OK;
}

static void piece_done(struct piece *p)
{
    struct stream *s = p->stream;
    pthread_mutex_lock(&s->mu);
    s->unsent -= p->n;
    pthread_cond_signal(&s->room);
    pthread_mutex_unlock(&s->mu);
    free(p);
}

static void on_piece_sent(struct conn *conn, void *arg, int status)
{
    (void)conn;
    (void)status;
    piece_done(arg);
}

static struct str frame(const struct stream *s, struct piece *p)
{
    if (!s->chunked)
        return (struct str){ p->bytes + PIECE_HEAD, p->n };
    char head[PIECE_HEAD + 1];
    snprintf(head, sizeof(head), "%08zx\r\n", p->n);
    memcpy(p->bytes, head, PIECE_HEAD);
    memcpy(p->bytes + PIECE_HEAD + p->n, "\r\n", PIECE_TAIL);
    return (struct str){ p->bytes, PIECE_HEAD + p->n + PIECE_TAIL };
}

static bool send_head(struct stream *s)
{
    struct exchange *x = s->x;
    struct conn *conn = x->conn;
    struct loop *l = s->loop;
    bool keep = x->head.keep_alive && !x->reply.close && !l->draining && !conn->eof && x->body.done;
    s->head_sent = true;
    conn->close_after = !keep;
    buf_clear(&l->out);
    reply_write_head(x, (struct str){ l->block, l->block_n }, keep, &l->out);
    return conn_send(conn, buf_view(&l->out), S(""), NULL, NULL) != CONN_LOST;
}

bool stream_pump(struct stream *s)
{
    struct conn *conn = s->x->conn;
    pthread_mutex_lock(&s->mu);
    struct piece *p = s->first;
    s->first = s->last = NULL;
    s->posted = false;
    pthread_mutex_unlock(&s->mu);
    bool fine = !conn->closing;
    if (fine && !s->head_sent)
        fine = send_head(s);
    while (p) {
        struct piece *next = p->next;
        enum conn_sent sent =
            fine ? conn_send(conn, S(""), frame(s, p), on_piece_sent, p) : CONN_LOST;
        if (sent != CONN_QUEUED)
            piece_done(p);
        fine = fine && sent != CONN_LOST;
        p = next;
    }
    if (fine && conn_unsent(conn) && conn->timer != CONN_TIMER_WRITE)
        conn_watch_write(conn);
    return fine;
}
