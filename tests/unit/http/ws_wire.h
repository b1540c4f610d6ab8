/* A raw WebSocket client over wire.h: frames out, frames in. */
#ifndef ENIGMA_TESTS_WS_WIRE_H
#define ENIGMA_TESTS_WS_WIRE_H

#include "http/ws.h"
#include "unit/http/wire.h"

static struct wire w;

#define UPGRADE                                                                                    \
    "Host: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n"                         \
    "Sec-WebSocket-Version: 13\r\n"
#define KEY "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"

/* The answer's head and not a byte more: a frame may follow at once. */
static void ws_expect_head(int fd, const char *begin)
{
    for (w.n = 0; w.n < 4 || memcmp(w.got + w.n - 4, "\r\n\r\n", 4) != 0; w.n++) {
        struct pollfd p = { .fd = fd, .events = POLLIN };
        if (poll(&p, 1, WIRE_WAIT_MS) <= 0 || recv(fd, w.got + w.n, 1, 0) != 1)
            fail_msg("no whole head");
    }
    w.got[w.n] = '\0';
    if (strncmp(w.got, begin, strlen(begin)) != 0)
        fail_msg("\"%s\" does not begin with \"%s\"", w.got, begin);
}

static int ws_connect(const char *path)
{
    int fd = wire_connect(&w);
    wire_send(fd, str_fmt(w.mem, "GET %s HTTP/1.1\r\n" UPGRADE KEY "\r\n", path));
    ws_expect_head(fd, "HTTP/1.1 101 Switching Protocols\r\n");
    return fd;
}

static void ws_put(int fd, unsigned first, struct str payload)
{
    struct buf b;
    buf_init(&b, NULL, 1 << 20);
    ws_frame_write(&b, WS_OP_TEXT, payload);
    size_t head = b.n - payload.n;
    b.p[0] = (char)first;
    b.p[1] = (char)(b.p[1] | 0x80);
    wire_send(fd, (struct str){ b.p, head });
    wire_send(fd, (struct str){ "\0\0\0\0", 4 }); /* a mask that changes nothing */
    wire_send(fd, payload);
    buf_done(&b);
}

/* One whole frame of the server; false: the connection ended. */
static bool ws_take(int fd, unsigned *ret_first, struct str *ret)
{
    uint8_t h[10];
    size_t n = 0, want = 2, len = 0;
    while (n < want) {
        struct pollfd p = { .fd = fd, .events = POLLIN };
        if (poll(&p, 1, WIRE_WAIT_MS) <= 0)
            fail_msg("time is up");
        ssize_t got = recv(fd, h + n, want - n, 0);
        if (got <= 0)
            return false;
        n += (size_t)got;
        if (n >= 2)
            want = h[1] == 126 ? 4 : h[1] == 127 ? 10 : 2;
    }
    for (size_t i = 2; i < want; i++)
        len = len << 8 | h[i];
    len = want == 2 ? h[1] : len;
    for (w.n = 0; w.n < len;) {
        ssize_t got = recv(fd, w.got + w.n, len - w.n, 0);
        if (got <= 0)
            return false;
        w.n += (size_t)got;
    }
    *ret_first = h[0];
    *ret = (struct str){ w.got, len };
    return true;
}

static void expect_frame(int fd, unsigned first, const char *payload)
{
    unsigned got;
    struct str bytes;
    assert_true(ws_take(fd, &got, &bytes));
    assert_int_equal(got, first);
    if (!str_eq(bytes, str_of(payload)))
        fail_msg("\"%.*s\" instead of \"%s\"", STR_ARG(bytes), payload);
}

static void expect_end(int fd, unsigned code)
{
    unsigned got;
    struct str bytes;
    do {
        assert_true(ws_take(fd, &got, &bytes));
    } while (got != 0x88);
    assert_true(bytes.n >= 2);
    assert_int_equal((uint8_t)bytes.p[0] << 8 | (uint8_t)bytes.p[1], code);
}

#endif
