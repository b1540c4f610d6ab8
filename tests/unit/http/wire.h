/* A raw client socket for tests: bytes out, bytes in, with a time limit. */
#ifndef ENIGMA_TESTS_WIRE_H
#define ENIGMA_TESTS_WIRE_H

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>

#include "unit/http/site_fixture.h"

enum { WIRE_MAX = 8 << 20, WIRE_WAIT_MS = 30000 };

struct wire {
    struct arena *mem;
    struct server *server;
    pthread_t thread;
    bool drained;
    char *got; /* WIRE_MAX bytes, NUL-ended */
    size_t n;
};

static void *wire_serve(void *arg)
{
    struct wire *w = arg;
    w->drained = server_run(w->server);
    return NULL;
}

static void wire_open(struct wire *w, const struct server_options *o)
{
    struct ctx c;
    w->mem = arena_open(NULL, 64 << 20);
    w->got = arena_raw(w->mem, WIRE_MAX, 1, 1);
    ctx_init(&c, w->mem, &site_deps, 0);
    if (server_open(&c, o, &w->server) != ERR_OK)
        fail_msg("server_open: %s", c.fault.text);
    assert_int_equal(pthread_create(&w->thread, NULL, wire_serve, w), 0);
}

static bool wire_close(struct wire *w)
{
    server_stop(w->server);
    pthread_join(w->thread, NULL);
    server_close(w->server);
    arena_close(w->mem);
    return w->drained;
}

static int wire_connect(const struct wire *w)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(server_port(w->server)) };
    in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (connect(fd, (struct sockaddr *)&in, sizeof(in)) != 0)
        fail_msg("connect: %d", errno);
    return fd;
}

static void wire_send(int fd, struct str bytes)
{
    while (bytes.n) {
        ssize_t n = send(fd, bytes.p, bytes.n, MSG_NOSIGNAL);
        if (n <= 0)
            return;
        bytes = str_sub(bytes, (size_t)n, bytes.n);
    }
}

/* Reads until `until` was seen (NULL: until the server closes); false when time is up. */
static bool wire_read(struct wire *w, int fd, const char *until)
{
    w->n = 0;
    w->got[0] = '\0';
    for (;;) {
        if (until && strstr(w->got, until))
            return true;
        struct pollfd p = { .fd = fd, .events = POLLIN };
        if (poll(&p, 1, WIRE_WAIT_MS) <= 0 || w->n + 1 >= WIRE_MAX)
            return false;
        ssize_t n = recv(fd, w->got + w->n, WIRE_MAX - 1 - w->n, 0);
        if (n <= 0)
            return until == NULL;
        w->n += (size_t)n;
        w->got[w->n] = '\0';
    }
}

static void wire_expect(struct wire *w, int fd, const char *until, const char *begin)
{
    bool fine = wire_read(w, fd, until);
    if (!fine || strncmp(w->got, begin, strlen(begin)) != 0)
        fail_msg("%s: \"%s\" does not begin with \"%s\"", fine ? "read" : "time is up", w->got,
                 begin);
}

/* Sends a request, half-closes, reads all until the end. */
static void wire_ask(struct wire *w, struct str raw, const char *begin)
{
    int fd = wire_connect(w);
    wire_send(fd, raw);
    wire_expect(w, fd, NULL, begin);
    close(fd);
}

static size_t wire_count(const struct wire *w, const char *text)
{
    size_t n = 0, len = strlen(text);
    const char *end = w->got + w->n, *at = memmem(w->got, w->n, text, len);
    for (; at; n++)
        at = memmem(at + len, (size_t)(end - at) - len, text, len);
    return n;
}

#endif
