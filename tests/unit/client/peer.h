/* unit/client/peer.h: a server on loopback that answers well or badly by path, one thread a
 * connection. With `tls` set before peer_open it speaks TLS. It ends what it holds at peer_close.
 *   /ok /echo /redirect /status/NNN  as they say         /hang      never answers
 *   /reset  resets the connection                        /cut       less than Content-Length
 *   /endless  a body without end                         /heads     a head without end
 *   /drip   a byte at a time, without end                /garbage   is not HTTP
 *   /gate   answers when peer_pass is called             /size/N    N bytes
 */
#ifndef ENIGMA_TESTS_UNIT_CLIENT_PEER_H
#define ENIGMA_TESTS_UNIT_CLIENT_PEER_H

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PEER_CONNECTIONS_MAX = 256, PEER_HEAD_MAX = 256 * 1024 };

struct peer {
    SSL_CTX *tls; /* NULL: plain */
    int listener;
    uint16_t port;
    pthread_t acceptor;
    atomic_bool stop;
    atomic_int connections, requests;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool open_gate;
    int waiting; /* at the gate or hanging */
    pthread_t threads[PEER_CONNECTIONS_MAX];
    int n_threads;
};
struct peer_conn {
    struct peer *peer;
    int fd;
    SSL *ssl;
    char in[PEER_HEAD_MAX];
    size_t n;
};

static inline bool peer_send(struct peer_conn *k, const char *p, size_t n)
{
    while (n > 0) {
        ssize_t w = k->ssl ? SSL_write(k->ssl, p, (int)n) : send(k->fd, p, n, MSG_NOSIGNAL);
        if (w < 0 && !k->ssl && errno == EINTR)
            continue;
        if (w <= 0)
            return false;
        p += w;
        n -= (size_t)w;
    }
    return true;
}

static inline bool peer_say(struct peer_conn *k, const char *text)
{
    return peer_send(k, text, strlen(text));
}

static inline bool peer_answer(struct peer_conn *k, int status, const char *more, const char *body,
                               size_t n)
{
    char head[512];
    const int m = snprintf(head, sizeof(head), "HTTP/1.1 %d Said\r\nContent-Length: %zu\r\n%s\r\n",
                           status, n, more);
    return peer_send(k, head, (size_t)m) && peer_send(k, body, n);
}

/* Waits for the gate, or for the end of the test. */
static inline void peer_wait(struct peer *p, bool for_gate)
{
    pthread_mutex_lock(&p->lock);
    p->waiting++;
    pthread_cond_broadcast(&p->changed);
    while (!atomic_load(&p->stop) && !(for_gate && p->open_gate))
        pthread_cond_wait(&p->changed, &p->lock);
    p->waiting--;
    pthread_mutex_unlock(&p->lock);
}

/* Until n requests hang or stand at the gate. */
static inline void peer_until_waiting(struct peer *p, int n)
{
    pthread_mutex_lock(&p->lock);
    while (p->waiting < n)
        pthread_cond_wait(&p->changed, &p->lock);
    pthread_mutex_unlock(&p->lock);
}

static inline void peer_pass(struct peer *p)
{
    pthread_mutex_lock(&p->lock);
    p->open_gate = true;
    pthread_cond_broadcast(&p->changed);
    pthread_mutex_unlock(&p->lock);
}

static inline bool peer_is(const char *path, const char *name)
{
    return strncmp(path, name, strlen(name)) == 0;
}

/* One that never ends until the other side has had enough. */
static inline void peer_pour(struct peer_conn *k, const char *begin, const char *piece, int wait_ms)
{
    bool ok = peer_say(k, begin);
    while (ok && !atomic_load(&k->peer->stop)) {
        ok = peer_say(k, piece);
        struct pollfd p = { .fd = k->fd, .events = POLLRDHUP };
        if (wait_ms && poll(&p, 1, wait_ms) > 0)
            return;
    }
}

static inline void peer_reset(struct peer_conn *k)
{
    const struct linger hard = { .l_onoff = 1 };
    setsockopt(k->fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
}

/* false: the connection is over. */
static inline bool peer_behave(struct peer_conn *k, const char *path, size_t whole)
{
    if (peer_is(path, "/ok"))
        return peer_answer(k, 200, "Content-Type: text/plain\r\nX-Empty:\r\n", "hello", 5);
    if (peer_is(path, "/echo"))
        return peer_answer(k, 200, "", k->in, whole);
    if (peer_is(path, "/redirect"))
        return peer_answer(k, 302, "Location: /ok\r\n", "", 0);
    if (peer_is(path, "/status/"))
        return peer_answer(k, (int)strtoul(path + 8, NULL, 10), "Retry-After: 7\r\n", "{}", 2);
    if (peer_is(path, "/size/")) {
        const size_t n = strtoul(path + 6, NULL, 10);
        char *p = malloc(n + 1);
        memset(p, 'x', n);
        const bool ok = peer_answer(k, 200, "", p, n);
        free(p);
        return ok;
    }
    if (peer_is(path, "/gate")) {
        peer_wait(k->peer, true);
        return peer_answer(k, 200, "", "open", 4);
    }
    if (peer_is(path, "/hang"))
        peer_wait(k->peer, false);
    else if (peer_is(path, "/reset"))
        peer_reset(k);
    else if (peer_is(path, "/cut"))
        (void)peer_say(k, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this");
    else if (peer_is(path, "/endless"))
        peer_pour(k, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
                  "10\r\n0123456789abcdef\r\n", 0);
    else if (peer_is(path, "/heads"))
        peer_pour(k, "HTTP/1.1 200 OK\r\n", "X-More: 0123456789abcdef0123456789abcdef\r\n", 0);
    else if (peer_is(path, "/drip"))
        peer_pour(k, "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", "x", 20);
    else if (peer_is(path, "/garbage"))
        (void)peer_say(k, "good morning, this is no HTTP\r\n\r\n");
    return false;
}

/* The bytes of one request at the front of `in`; 0: not whole yet. */
static inline size_t peer_whole(const struct peer_conn *k)
{
    const char *end = memmem(k->in, k->n, "\r\n\r\n", 4);
    if (!end)
        return 0;
    size_t head = (size_t)(end - k->in) + 4, body = 0;
    const char *length = memmem(k->in, head, "Content-Length: ", 16);
    if (length)
        body = strtoul(length + 16, NULL, 10);
    return k->n >= head + body ? head + body : 0;
}

static inline bool peer_read(struct peer_conn *k)
{
    struct pollfd p = { .fd = k->fd, .events = POLLIN };
    while (!(k->ssl && SSL_pending(k->ssl)) && poll(&p, 1, 50) == 0)
        if (atomic_load(&k->peer->stop))
            return false;
    const size_t room = sizeof(k->in) - 1 - k->n;
    const ssize_t n =
        k->ssl ? SSL_read(k->ssl, k->in + k->n, (int)room) : recv(k->fd, k->in + k->n, room, 0);
    if (n <= 0)
        return false;
    k->n += (size_t)n;
    k->in[k->n] = '\0';
    return true;
}

static inline void *peer_serve(void *arg)
{
    struct peer_conn *k = arg;
    bool on = true;
    if (k->peer->tls) {
        k->ssl = SSL_new(k->peer->tls);
        SSL_set_fd(k->ssl, k->fd);
        on = SSL_accept(k->ssl) == 1;
    }
    while (on) {
        size_t whole = peer_whole(k);
        if (!whole) {
            on = peer_read(k);
            continue;
        }
        atomic_fetch_add(&k->peer->requests, 1);
        const char *path = strchr(k->in, ' ');
        on = path && peer_behave(k, path + 1, whole);
        memmove(k->in, k->in + whole, k->n - whole);
        k->n -= whole;
    }
    SSL_free(k->ssl);
    close(k->fd);
    free(k);
    return NULL;
}

static inline void *peer_accept(void *arg)
{
    struct peer *p = arg;
    while (!atomic_load(&p->stop)) {
        struct pollfd in = { .fd = p->listener, .events = POLLIN };
        if (poll(&in, 1, 50) <= 0)
            continue;
        const int fd = accept(p->listener, NULL, NULL);
        if (fd < 0 || p->n_threads == PEER_CONNECTIONS_MAX)
            continue;
        atomic_fetch_add(&p->connections, 1);
        struct peer_conn *k = calloc(1, sizeof(*k));
        k->peer = p;
        k->fd = fd;
        if (pthread_create(&p->threads[p->n_threads], NULL, peer_serve, k) != 0)
            abort();
        p->n_threads++;
    }
    return NULL;
}

static inline void peer_open(struct peer *p, SSL_CTX *tls)
{
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
    socklen_t n = sizeof(a);
    signal(SIGPIPE, SIG_IGN);
    memset(p, 0, sizeof(*p));
    p->tls = tls;
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->changed, NULL);
    p->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(p->listener, (struct sockaddr *)&a, sizeof(a)) != 0 || listen(p->listener, 128) != 0 ||
        getsockname(p->listener, (struct sockaddr *)&a, &n) != 0)
        abort();
    p->port = ntohs(a.sin_port);
    if (pthread_create(&p->acceptor, NULL, peer_accept, p) != 0)
        abort();
}

static inline void peer_close(struct peer *p)
{
    pthread_mutex_lock(&p->lock);
    atomic_store(&p->stop, true);
    pthread_cond_broadcast(&p->changed);
    pthread_mutex_unlock(&p->lock);
    pthread_join(p->acceptor, NULL);
    for (int i = 0; i < p->n_threads; i++)
        pthread_join(p->threads[i], NULL);
    close(p->listener);
    pthread_cond_destroy(&p->changed);
    pthread_mutex_destroy(&p->lock);
}

#endif
