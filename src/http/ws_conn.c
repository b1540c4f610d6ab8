/* A WebSocket on its connection: the move to its loop, messages in, the out queue, pings, the end.
 */
#include "http/ws.h"

#include "base/str.h"
#include "http/loop.h"
#include "http/reply.h"
#include "http/ws_socket.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* What goes to another loop: the descriptor, the TLS session and bytes that came too early. */
struct ws_move {
    struct handback_item item;
    struct server *server;
    uint32_t loop;
    int fd;
    struct net_ip ip;
    struct tls_session *tls;
    char *in;
    uint32_t in_n, in_cap;
    struct ws_start start;
};

static void start(struct conn *conn, const struct ws_start *s)
{
    struct ws *ws = ws_open(conn, s);
    if (!ws) {
        if (s->user)
            s->endpoint->release(s->user);
        conn_close(conn);
        return;
    }
    conn->ws = ws;
    conn->state = CONN_SOCKET;
    conn_timer(conn, CONN_TIMER_WS);
    ws_opened(ws, s);
    if (conn->closing)
        return;
    char *in = conn->in;
    uint32_t n = conn->in_n;
    conn->in = NULL;
    conn->in_n = conn->in_cap = 0;
    if (n)
        ws_bytes(conn, in, n);
    free(in);
    if (conn->tls && !conn->closing)
        conn_pump_tls(conn);
    if (conn->eof && !conn->closing)
        conn_close(conn);
    else
        conn_start_reading(conn);
}

static void arrive(struct handback_item *item)
{
    struct ws_move *m = (struct ws_move *)(void *)item;
    struct conn *conn = conn_adopt(m->server->loops[m->loop], m->fd, &m->ip, m->tls);
    if (!conn) {
        if (m->start.user)
            m->start.endpoint->release(m->start.user);
        free(m->in);
        free(m);
        return;
    }
    conn->in = m->in;
    conn->in_n = m->in_n;
    conn->in_cap = m->in_cap;
    start(conn, &m->start);
    free(m);
}

/* The socket goes to the loop of its key; the connection here ends without a word to the peer. */
static void move(struct conn *conn, const struct ws_start *s, uint32_t to)
{
    uv_os_fd_t fd;
    struct ws_move *m = calloc(1, sizeof(*m));
    int copy = -1;
    if (m && uv_fileno((uv_handle_t *)&conn->tcp, &fd) == 0)
        copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (copy < 0) {
        free(m);
        if (s->user)
            s->endpoint->release(s->user);
        conn_close(conn);
        return;
    }
    conn_stop_reading(conn);
    *m = (struct ws_move){ .server = conn->loop->server, .loop = to, .fd = copy, .ip = conn->ip };
    m->item.taken = arrive;
    m->tls = conn->tls;
    m->in = conn->in;
    m->in_n = conn->in_n;
    m->in_cap = conn->in_cap;
    m->start = *s;
    conn->tls = NULL;
    conn->in = NULL;
    conn->moved = true;
    conn_close(conn);
    handback_post(&m->server->loops[to]->back, &m->item);
}

/* The 101 is out: the exchange has done its work. */
static void opened(struct conn *conn)
{
    struct exchange *x = conn->x;
    const struct ws_admission *a = &x->call.ws;
    const struct ws_start s = { .endpoint = x->route->ws,
                                .user = a->user,
                                .refuse = a->refuse,
                                .reason = a->reason,
                                .protocol = reply_find(&x->reply, S("Sec-WebSocket-Protocol")).p };
    const uint32_t to = server_loop_of(conn->loop->server, a->key);
    x->call.ws.user = NULL;
    conn_account(conn);
    conn->x = NULL;
    loop_give_exchange(conn->loop, x);
    if (to == conn->loop->index || atomic_load(&conn->loop->server->stop))
        start(conn, &s);
    else
        move(conn, &s, to);
}

static void head_sent(struct conn *conn, void *arg, int status)
{
    (void)arg;
    if (status >= 0 && !conn->closing)
        opened(conn);
}

void ws_begin(struct conn *conn)
{
    struct loop *l = conn->loop;
    struct exchange *x = conn->x;
    conn->state = CONN_WRITE;
    buf_clear(&l->out);
    reply_write_head(x, (struct str){ l->block, l->block_n }, true, &l->out);
    if (!buf_ok(&l->out)) {
        conn_close(conn);
        return;
    }
    switch (conn_send(conn, buf_view(&l->out), S(""), head_sent, NULL)) {
    case CONN_SENT:
        opened(conn);
        return;
    case CONN_QUEUED:
        conn_watch_write(conn);
        return;
    default:
        conn_close(conn);
    }
}

static struct loop *loop_at(struct server *s, uint32_t i)
{
    return s->loops[i < s->n_loops ? i : 0];
}

void server_post(struct server *s, uint32_t loop, struct handback_item *item)
{
    handback_post(&loop_at(s, loop)->back, item);
}

uint32_t server_loops(const struct server *s)
{
    return s->n_loops;
}

bool server_stopping(const struct server *s)
{
    return atomic_load(&s->stop);
}

uint32_t server_loop_of(const struct server *s, uint64_t key)
{
    key *= 0x9e3779b97f4a7c15ULL;
    return (uint32_t)((key >> 32) % s->n_loops);
}

bool server_work(struct server *s, struct pool_job *job)
{
    if (!s->pool[POOL_QUICK] || !pool_reserve(s->pool[POOL_QUICK]))
        return false;
    job->next = NULL;
    pool_hand_over(s->pool[POOL_QUICK], job, job, 1);
    return true;
}

/* What another thread sends. */
struct ws_note {
    struct handback_item item;
    struct server *server;
    struct ws_id id;
    enum ws_rank rank;
    uint16_t code; /* not 0: end the socket */
    const char *reason;
    size_t n;
    char text[];
};

static void note_taken(struct handback_item *item)
{
    struct ws_note *note = (struct ws_note *)(void *)item;
    struct ws *ws = ws_find(loop_at(note->server, note->id.loop), note->id);
    if (ws && note->code)
        ws_end(ws, note->code, note->reason);
    else if (ws)
        (void)ws_send_text(ws, (struct str){ note->text, note->n }, note->rank);
    free(note);
}

static bool post_note(struct server *s, const struct ws_note *what, struct str text)
{
    struct ws_note *note = malloc(sizeof(*note) + text.n);
    if (!note)
        return false;
    *note = *what;
    note->server = s;
    note->item.taken = note_taken;
    note->n = text.n;
    if (text.n)
        memcpy(note->text, text.p, text.n);
    server_post(s, note->id.loop, &note->item);
    return true;
}

bool server_ws_send(struct server *s, struct ws_id id, struct str text, enum ws_rank rank)
{
    const struct ws_note note = { .id = id, .rank = rank };
    return post_note(s, &note, text);
}

bool server_ws_end(struct server *s, struct ws_id id, uint16_t code, const char *reason)
{
    const struct ws_note note = { .id = id, .code = code, .reason = reason };
    return post_note(s, &note, S(""));
}
