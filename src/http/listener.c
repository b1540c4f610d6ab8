/* Accepting: a bounded number a round, limits at the door, and a pause when descriptors are out. */
#include "http/loop.h"

#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static const char full_answer[] = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\n"
                                  "Content-Type: application/json; charset=utf-8\r\n"
                                  "Content-Length: 32\r\nConnection: close\r\n\r\n"
                                  "{\"detail\":\"Too many connections\"}";

static void refuse(struct loop *l, int fd)
{
    loop_count(&l->stats.refused, 1);
    if (!l->server->tls)
        (void)!send(fd, full_answer, sizeof(full_answer) - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
    close(fd);
}

static void admit(struct loop *l, int fd, const struct sockaddr *sa)
{
    struct server *s = l->server;
    const struct http_limits *limits = &s->options.limits;
    struct net_ip ip = net_ip_of(sa);
    if (atomic_fetch_add_explicit(&s->connections, 1, memory_order_relaxed) >=
        limits->connections_max) {
        atomic_fetch_sub_explicit(&s->connections, 1, memory_order_relaxed);
        refuse(l, fd);
        return;
    }
    if (!address_take(s->addresses, &ip, limits->connections_per_address_max)) {
        atomic_fetch_sub_explicit(&s->connections, 1, memory_order_relaxed);
        refuse(l, fd);
        return;
    }
    conn_open(l, fd, &ip);
}

/* No descriptor is left. The spare one lets a client be sent away instead of waiting for ever;
 * then accepting rests, so that a full process does not spin. */
static void out_of_descriptors(struct loop *l)
{
    if (l->spare_fd >= 0) {
        close(l->spare_fd);
        int fd = accept4(l->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd >= 0)
            refuse(l, fd);
        l->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    }
    uv_poll_stop(&l->listener);
    l->paused = true;
    l->paused_at = uv_now(&l->uv);
}

/* False: nothing more is queued, or accepting rests. */
static bool accept_one(struct loop *l)
{
    struct sockaddr_storage sa;
    socklen_t n = sizeof(sa);
    int fd = accept4(l->listen_fd, (struct sockaddr *)&sa, &n, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd >= 0) {
        admit(l, fd, (const struct sockaddr *)&sa);
        return true;
    }
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
        out_of_descriptors(l);
        return false;
    }
    return errno == EINTR || errno == ECONNABORTED || errno == EPROTO;
}

static void on_ready(uv_poll_t *handle, int status, int events)
{
    struct loop *l = handle->data;
    (void)events;
    if (status < 0)
        return;
    for (int i = 0; i < LOOP_ACCEPT_MAX && accept_one(l); i++)
        ;
}

int listener_open(struct loop *l)
{
    l->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    int bad = uv_poll_init(&l->uv, &l->listener, l->listen_fd);
    if (bad)
        return bad;
    l->listener.data = l;
    l->listening = true;
    return uv_poll_start(&l->listener, UV_READABLE, on_ready);
}

void listener_tick(struct loop *l)
{
    if (!l->listening || !l->paused || uv_now(&l->uv) - l->paused_at < LOOP_ACCEPT_PAUSE_MS)
        return;
    l->paused = false;
    uv_poll_start(&l->listener, UV_READABLE, on_ready);
}

static void on_closed(uv_handle_t *handle)
{
    struct loop *l = handle->data;
    close(l->listen_fd);
    l->listen_fd = -1;
    if (l->spare_fd >= 0)
        close(l->spare_fd);
    l->spare_fd = -1;
}

void listener_close(struct loop *l)
{
    if (!l->listening)
        return;
    for (int i = 0; i < NET_BACKLOG && accept_one(l); i++)
        ;
    l->listening = false;
    uv_poll_stop(&l->listener);
    uv_close((uv_handle_t *)&l->listener, on_closed);
}
