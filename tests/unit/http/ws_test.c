/* WebSockets of a real server: the handshake, echo in order, limits, pings, closing, other threads,
 * the drain. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "unit/http/ws_wire.h"

enum { MESSAGE_MAX = 64 * 1024, SHORT_MS = 400 };
/* One answer of these: more than the kernel's buffers and a queue hold together. */
enum { FLOOD_FRAMES = 2048, FLOOD_BYTES = 32 * 1024 };

static atomic_int n_open, n_closed, n_released, n_floods;
static struct server *ws_home;
static struct ws_id last_id;
static _Atomic uint32_t last_loop;

static void on_open(struct ws *ws)
{
    ws_home = ws_server(ws);
    last_id = ws_id_of(ws);
    atomic_store(&last_loop, ws_loop(ws));
    atomic_fetch_add(&n_open, 1);
}

static void on_message(struct ws *ws, bool text, struct str bytes)
{
    if (str_eq(bytes, S("end")))
        ws_end(ws, 4410, "over");
    else if (text)
        (void)ws_send_text(ws, bytes, WS_NEEDED);
    else {
        bool needed = bytes.n && bytes.p[0];
        for (int i = 0; i < FLOOD_FRAMES; i++)
            (void)ws_send_binary(ws, bytes, needed ? WS_NEEDED : WS_DROPPABLE);
        atomic_fetch_add(&n_floods, 1);
    }
}

static void on_close(struct ws *ws)
{
    (void)ws_user(ws);
    atomic_fetch_add(&n_closed, 1);
}

static void on_release(void *user)
{
    free(user);
    atomic_fetch_add(&n_released, 1);
}

static const struct ws_endpoint echo = { .message_max = MESSAGE_MAX,
                                         .protocol = "echo.v1",
                                         .opened = on_open,
                                         .message = on_message,
                                         .closed = on_close,
                                         .release = on_release };

static err run_echo(struct ctx *c, struct call *call)
{
    int64_t key = 0;
    call->ws.user = malloc(1);
    if (!str_i64(call->path_arg[0], &key))
        return FAIL(c, NOT_FOUND, "no such room");
    call->ws.key = (uint64_t)key;
    if (key == 404) {
        call->ws.refuse = 4404;
        call->ws.reason = "no such room";
    }
    return ERR_OK;
}

static const struct route rows[] = {
    ROW("GET", "/health", run_note, R_PUBLIC, .reply = &note_schema, .flags = ROUTE_INLINE),
    ROW("GET", "/ws/{room}", run_echo, R_PUBLIC, .flags = ROUTE_WEBSOCKET, .ws = &echo),
    ROW("GET", "/staff/{room}", run_echo, R_ADMIN, .flags = ROUTE_WEBSOCKET, .ws = &echo),
};
static const struct route_table table = { rows, sizeof(rows) / sizeof(rows[0]) };

static struct server_options ws_options(void)
{
    struct server_options o = site_options();
    o.tables = &table;
    atomic_store(&n_open, 0);
    atomic_store(&n_closed, 0);
    atomic_store(&n_released, 0);
    atomic_store(&n_floods, 0);
    return o;
}

/* Asks on a connection of its own for an answer that begins so. */
static void ask(const char *raw, const char *begin)
{
    int fd = wire_connect(&w);
    wire_send(fd, str_of(raw));
    wire_expect(&w, fd, "\r\n\r\n", begin);
    close(fd);
}

static void wait_for(atomic_int *counter, int n)
{
    for (int i = 0; i < WIRE_WAIT_MS && atomic_load(counter) < n; i++)
        usleep(1000);
    assert_int_equal(atomic_load(counter), n);
}

static void a_handshake_is_as_the_standard_has_it(void **state)
{
    (void)state;
    struct server_options o = ws_options();
    wire_open(&w, &o);
    int fd = ws_connect("/ws/1");
    assert_non_null(strstr(w.got, "\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"));
    assert_non_null(strstr(w.got, "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"));
    assert_non_null(strstr(w.got, "\r\nX-Content-Type-Options: nosniff\r\n"));
    assert_null(strstr(w.got, "Content-Length"));
    assert_null(strstr(w.got, "Sec-WebSocket-Extensions"));
    assert_null(strstr(w.got, "Sec-WebSocket-Protocol"));
    close(fd);
    ask("GET /ws/1 HTTP/1.1\r\n" UPGRADE KEY
        "Sec-WebSocket-Protocol: other, echo.v1, ticket.x\r\n\r\n",
        "HTTP/1.1 101 ");
    assert_non_null(strstr(w.got, "\r\nSec-WebSocket-Protocol: echo.v1\r\n"));
    static const char *const refused[][2] = {
        { "GET /ws/1 HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 426 " },
        { "GET /ws/1 HTTP/1.0\r\n" UPGRADE KEY "\r\n", "HTTP/1.1 426 " },
        { "HEAD /ws/1 HTTP/1.1\r\n" UPGRADE KEY "\r\n", "HTTP/1.1 426 " },
        { "POST /ws/1 HTTP/1.1\r\n" UPGRADE KEY "\r\n", "HTTP/1.1 405 " },
        { "GET /ws/1 HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n" KEY
          "Sec-WebSocket-Version: 13\r\n\r\n",
          "HTTP/1.1 426 " },
        { "GET /ws/1 HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" KEY
          "Sec-WebSocket-Version: 8\r\n\r\n",
          "HTTP/1.1 426 " },
        { "GET /ws/1 HTTP/1.1\r\n" UPGRADE "\r\n", "HTTP/1.1 400 " },
        { "GET /ws/1 HTTP/1.1\r\n" UPGRADE "Sec-WebSocket-Key: c2hvcnQ=\r\n\r\n", "HTTP/1.1 400 " },
        { "GET /ws/1 HTTP/1.1\r\n" UPGRADE KEY KEY "\r\n", "HTTP/1.1 400 " },
        { "GET /ws/1 HTTP/1.1\r\n" UPGRADE KEY "Content-Length: 2\r\n\r\nhi", "HTTP/1.1 400 " },
        { "GET /ws/1 HTTP/1.1\r\n" UPGRADE KEY "Origin: https://evil.example\r\n\r\n",
          "HTTP/1.1 403 " },
        { "GET /ws/1 HTTP/1.1\r\n" UPGRADE KEY "Origin: null\r\n\r\n", "HTTP/1.1 403 " },
        { "GET /ws/1 HTTP/1.1\r\n" UPGRADE KEY
          "Origin: http://a\r\nOrigin: https://evil.example\r\n\r\n",
          "HTTP/1.1 403 " },
        { "GET /ws/1 HTTP/1.1\r\n" UPGRADE KEY "Origin: https://ui.example\r\n\r\n",
          "HTTP/1.1 101 " },
        { "GET /ws/1 HTTP/1.1\r\n" UPGRADE KEY "Origin: http://a\r\n\r\n", "HTTP/1.1 101 " },
        { "GET /ws/none HTTP/1.1\r\n" UPGRADE KEY "\r\n", "HTTP/1.1 404 " },
        { "GET /staff/1 HTTP/1.1\r\n" UPGRADE KEY "\r\n", "HTTP/1.1 401 " },
        { "GET /staff/1 HTTP/1.1\r\n" UPGRADE KEY "Authorization: Bearer admin\r\n\r\n",
          "HTTP/1.1 101 " },
    };
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
        ask(refused[i][0], refused[i][1]);
    assert_true(wire_close(&w));
    assert_int_equal(atomic_load(&n_closed), atomic_load(&n_open));
    assert_int_equal(atomic_load(&n_released), atomic_load(&n_open) + 1); /* of the 404 */
}

static void messages_come_back_in_order_on_every_loop(void **state)
{
    (void)state;
    enum { SOCKETS = 24, MESSAGES = 20 };
    struct server_options o = ws_options();
    o.loops = 3;
    wire_open(&w, &o);
    int fds[SOCKETS];
    unsigned loops = 0;
    for (int i = 0; i < SOCKETS; i++) {
        char path[32];
        snprintf(path, sizeof(path), "/ws/%d", i / 2);
        fds[i] = ws_connect(path);
        wait_for(&n_open, i + 1);
        assert_int_equal(atomic_load(&last_loop), server_loop_of(w.server, (uint64_t)(i / 2)));
        loops |= 1U << atomic_load(&last_loop);
    }
    assert_int_equal(loops, 7);
    for (int m = 0; m < MESSAGES; m++)
        for (int i = 0; i < SOCKETS; i++) {
            char text[32];
            int n = snprintf(text, sizeof(text), "%d of %d", m, i);
            ws_put(fds[i], 0x81, (struct str){ text, (size_t)n });
        }
    for (int i = 0; i < SOCKETS; i++) {
        for (int m = 0; m < MESSAGES; m++) {
            char text[32];
            snprintf(text, sizeof(text), "%d of %d", m, i);
            expect_frame(fds[i], 0x81, text);
        }
        close(fds[i]);
    }
    wait_for(&n_closed, SOCKETS);
    struct server_stats stats;
    for (int i = 0; i < WIRE_WAIT_MS; i++) {
        server_stats(w.server, &stats);
        if (stats.open == 0)
            break;
        usleep(1000);
    }
    assert_int_equal(stats.open, 0);
    assert_int_equal(stats.websockets, 0);
    assert_true(wire_close(&w));
    assert_int_equal(atomic_load(&n_released), SOCKETS);
}

static void a_message_sent_with_the_handshake_is_not_lost(void **state)
{
    (void)state;
    struct server_options o = ws_options();
    o.loops = 4;
    wire_open(&w, &o);
    for (int i = 0; i < 8; i++) {
        int fd = wire_connect(&w);
        struct buf b;
        buf_init(&b, w.mem, 4096);
        buf_fmt(&b, "GET /ws/%d HTTP/1.1\r\n" UPGRADE KEY "\r\n", i);
        buf_put(&b, "\x81\x85\0\0\0\0early", 11);
        wire_send(fd, buf_view(&b));
        assert_true(wire_read(&w, fd, "early"));
        close(fd);
    }
    assert_true(wire_close(&w));
}

static void each_side_may_close(void **state)
{
    (void)state;
    struct server_options o = ws_options();
    wire_open(&w, &o);
    int fd = ws_connect("/ws/1");
    ws_put(fd, 0x81, S("first"));
    ws_put(fd, 0x88,
           S("\x03\xe8"
             "bye"));
    expect_frame(fd, 0x81, "first");
    expect_end(fd, 1000);
    assert_true(wire_read(&w, fd, NULL)); /* the server ends the connection first */
    close(fd);
    fd = ws_connect("/ws/1");
    ws_put(fd, 0x81, S("end"));
    expect_end(fd, 4410);
    ws_put(fd, 0x81, S("nobody reads this"));
    ws_put(fd, 0x88, S("\x11\x3a"));
    assert_true(wire_read(&w, fd, NULL));
    assert_int_equal(w.n, 0);
    close(fd);
    /* The close frame may come with the handshake's last bytes. */
    fd = wire_connect(&w);
    wire_send(fd, str_fmt(w.mem, "GET /ws/404 HTTP/1.1\r\n" UPGRADE KEY "\r\n"));
    wire_expect(&w, fd, "\x11\x34no such room", "HTTP/1.1 101 Switching Protocols\r\n");
    close(fd);
    wait_for(&n_released, 3);
    assert_int_equal(atomic_load(&n_open), 2);
    assert_int_equal(atomic_load(&n_closed), 2);
    assert_true(wire_close(&w));
}

static void what_breaks_the_rules_is_closed_with_its_code(void **state)
{
    (void)state;
    struct server_options o = ws_options();
    wire_open(&w, &o);
    char *big = arena_raw(w.mem, MESSAGE_MAX + 1, 1, 1);
    memset(big, 'x', MESSAGE_MAX + 1);
    int fd = ws_connect("/ws/1"), other = ws_connect("/ws/1");
    ws_put(fd, 0x81, (struct str){ big, MESSAGE_MAX + 1 });
    expect_end(fd, WS_TOO_BIG);
    close(fd);
    fd = ws_connect("/ws/1");
    ws_put(fd, 0x81, S("\xff"));
    expect_end(fd, WS_BAD_TEXT);
    close(fd);
    fd = ws_connect("/ws/1");
    wire_send(fd, S("\x81\x02hi"));
    expect_end(fd, WS_PROTOCOL_ERROR);
    close(fd);
    fd = ws_connect("/ws/1");
    ws_put(fd, 0x89, S("are you there"));
    expect_frame(fd, 0x8a, "are you there");
    close(fd);
    ws_put(other, 0x81, S("unharmed"));
    expect_frame(other, 0x81, "unharmed");
    close(other);
    assert_true(wire_close(&w));
}

static void who_does_not_answer_pings_is_left(void **state)
{
    (void)state;
    struct server_options o = ws_options();
    o.limits.ws_ping_ms = SHORT_MS;
    o.limits.ws_dead_ms = 3 * SHORT_MS;
    o.limits.ws_close_ms = SHORT_MS;
    wire_open(&w, &o);
    int fd = ws_connect("/ws/1");
    expect_frame(fd, 0x89, "");
    ws_put(fd, 0x8a, S(""));
    expect_frame(fd, 0x89, "");
    expect_end(fd, WS_SLOW);
    assert_true(wire_read(&w, fd, NULL));
    close(fd);
    wait_for(&n_closed, 1);
    assert_true(wire_close(&w));
}

/* Asks for far more than the queue holds, and takes nothing until all was said: a reader could keep
 * up with the server. */
static void flood(int fd, char kind)
{
    static char ask[FLOOD_BYTES];
    const int n = atomic_load(&n_floods);
    memset(ask, kind, sizeof(ask));
    ws_put(fd, 0x82, (struct str){ ask, sizeof(ask) });
    wait_for(&n_floods, n + 1);
}

static void who_takes_nothing_is_closed_and_who_may_miss_something_misses_it(void **state)
{
    (void)state;
    struct server_options o = ws_options();
    wire_open(&w, &o);
    int slow = ws_connect("/ws/1"), patient = ws_connect("/ws/1");
    flood(slow, 'x');
    flood(patient, 0);
    ws_put(patient, 0x81, S("still here"));
    expect_end(slow, WS_SLOW);
    unsigned first;
    struct str bytes;
    int frames = 0;
    do {
        assert_true(ws_take(patient, &first, &bytes));
        frames++;
    } while (first == 0x82);
    assert_int_equal(first, 0x81);
    assert_true(str_eq(bytes, S("still here")));
    assert_in_range(frames, 1, FLOOD_FRAMES);
    close(slow);
    close(patient);
    assert_true(wire_close(&w));
}

static void any_thread_sends_by_number(void **state)
{
    (void)state;
    struct server_options o = ws_options();
    o.loops = 2;
    wire_open(&w, &o);
    int fd = ws_connect("/ws/1");
    wait_for(&n_open, 1);
    struct ws_id id = last_id, past = { id.loop, id.slot, id.generation + 1 };
    assert_true(server_ws_send(w.server, past, S("to nobody"), WS_NEEDED));
    for (int i = 0; i < 50; i++)
        assert_true(server_ws_send(w.server, id, str_fmt(w.mem, "message %d", i), WS_NEEDED));
    for (int i = 0; i < 50; i++)
        expect_frame(fd, 0x81, str_fmt(w.mem, "message %d", i).p);
    assert_true(server_ws_end(w.server, id, 4409, "replaced"));
    expect_end(fd, 4409);
    close(fd);
    wait_for(&n_released, 1);
    assert_true(server_ws_send(w.server, id, S("too late"), WS_NEEDED));
    assert_true(wire_close(&w));
}

static void a_drain_says_that_the_server_goes(void **state)
{
    (void)state;
    struct server_options o = ws_options();
    o.loops = 2;
    wire_open(&w, &o);
    int fd = ws_connect("/ws/1"), dumb = ws_connect("/ws/2");
    wait_for(&n_open, 2);
    server_stop(w.server);
    expect_end(fd, WS_GOING_AWAY);
    ws_put(fd, 0x88, S("\x03\xe9"));
    assert_true(wire_read(&w, fd, NULL));
    expect_end(dumb, WS_GOING_AWAY);
    close(fd);
    close(dumb);
    assert_true(wire_close(&w));
    assert_int_equal(atomic_load(&n_released), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_handshake_is_as_the_standard_has_it),
        cmocka_unit_test(messages_come_back_in_order_on_every_loop),
        cmocka_unit_test(a_message_sent_with_the_handshake_is_not_lost),
        cmocka_unit_test(each_side_may_close),
        cmocka_unit_test(what_breaks_the_rules_is_closed_with_its_code),
        cmocka_unit_test(who_does_not_answer_pings_is_left),
        cmocka_unit_test(who_takes_nothing_is_closed_and_who_may_miss_something_misses_it),
        cmocka_unit_test(any_thread_sends_by_number),
        cmocka_unit_test(a_drain_says_that_the_server_goes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
