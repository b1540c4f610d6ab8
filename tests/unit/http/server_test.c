/* The server over real sockets: framing, order, limits, timers, streams, drain. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "unit/http/wire.h"

#define CLOSE "Connection: close\r\n"
#define ADMIN "Authorization: Bearer admin\r\n"
static struct wire w;

static int set_up(void **state)
{
    (void)state;
    struct server_options o = site_options();
    o.limits.head_ms = 300;
    o.limits.idle_ms = 600;
    o.limits.write_ms = 300;
    o.limits.drain_ms = 3000;
    o.limits.connections_per_address_max = 40;
    o.limits.unsent_max = 256 * 1024;
    atomic_store(&revoked, false);
    atomic_store(&stream_failures, 0);
    wire_open(&w, &o);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    return wire_close(&w) ? 0 : -1;
}

static void answers_and_keeps_alive(void **state)
{
    (void)state;
    int fd = wire_connect(&w);
    for (int i = 0; i < 3; i++) {
        wire_send(fd, S("GET /health HTTP/1.1\r\nHost: a\r\n\r\n"));
        wire_expect(&w, fd, "\"count\":0}", "HTTP/1.1 200 OK\r\n");
        wire_send(fd, S("GET /pool HTTP/1.1\r\nHost: a\r\n\r\n"));
        wire_expect(&w, fd, "\"count\":7}", "HTTP/1.1 200 OK\r\n");
    }
    close(fd);
    wire_ask(&w, S("GET /pool HTTP/1.0\r\n\r\n"), "HTTP/1.1 200 OK\r\n");
    assert_non_null(strstr(w.got, "\r\nConnection: close\r\n"));
}

/* One connection for both: what a route allows ends with its request. */
static void replica_is_for_routes_that_say_so(void **state)
{
    (void)state;
    int fd = wire_connect(&w);
    const char *const want[] = { "primary", "replica may do", "primary" };
    const char *const path[] = { "near", "far", "near" };
    for (size_t i = 0; i < 3; i++) {
        char raw[128];
        int n =
            snprintf(raw, sizeof(raw),
                     "GET /%s HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer admin\r\n\r\n", path[i]);
        wire_send(fd, (struct str){ raw, (size_t)n });
        wire_expect(&w, fd, want[i], "HTTP/1.1 200 OK\r\n");
    }
    close(fd);
}

static void split_writes_are_joined(void **state)
{
    (void)state;
    struct str raw = S("POST /open HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                       "Content-Length: 12\r\n" CLOSE "\r\n{\"text\":\"y\"}");
    int fd = wire_connect(&w);
    for (size_t i = 0; i < raw.n; i++) {
        wire_send(fd, str_sub(raw, i, 1));
        if (i % 16 == 0)
            usleep(500);
    }
    wire_expect(&w, fd, NULL, "HTTP/1.1 200 OK\r\n");
    assert_non_null(strstr(w.got, "{\"text\":\"y\",\"count\":1}"));
    close(fd);
}

/* Slow, fast, wrong, and fast again: the answers come in the order of the requests. */
static void pipelined_answers_stay_in_order(void **state)
{
    (void)state;
    int fd = wire_connect(&w);
    wire_send(fd, S("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n"
                    "GET /health HTTP/1.1\r\nHost: a\r\n\r\n"
                    "\r\nGET /nothing HTTP/1.1\r\nHost: a\r\n\r\n"
                    "POST /open HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                    "Transfer-Encoding: chunked\r\n\r\n6\r\n{\"text\r\n6\r\n\":\"z\"}\r\n0\r\n\r\n"
                    "GET /pool/last HTTP/1.1\r\nHost: a\r\n" CLOSE "\r\n"));
    wire_expect(&w, fd, NULL, "HTTP/1.1 200 OK\r\n");
    assert_int_equal(wire_count(&w, "HTTP/1.1 "), 5);
    const char *none = strstr(w.got, "{\"detail\":\"Not Found\"}");
    const char *z = strstr(w.got, "{\"text\":\"z\"");
    const char *last = strstr(w.got, "{\"text\":\"last\"");
    assert_non_null(none);
    assert_true(none < z && z < last);
    close(fd);
}

/* A hundred requests behind one that takes its time: reading stops, nothing is lost. */
static void many_pipelined_requests(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, w.mem, 1 << 20);
    buf_lit(&b, "GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
    for (int i = 0; i < 3000; i++)
        buf_fmt(&b, "GET /pool/n%d HTTP/1.1\r\nHost: a\r\nX: %0100d\r\n\r\n", i, 0);
    buf_lit(&b, "GET /health HTTP/1.1\r\nHost: a\r\n" CLOSE "\r\n");
    wire_ask(&w, buf_view(&b), "HTTP/1.1 200 OK\r\n");
    assert_int_equal(wire_count(&w, "HTTP/1.1 200"), 3002);
    assert_non_null(strstr(w.got, "\"n2999\""));
}

static void half_closed_clients_get_their_answer(void **state)
{
    (void)state;
    int fd = wire_connect(&w);
    wire_send(fd, S("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n"));
    shutdown(fd, SHUT_WR);
    wire_expect(&w, fd, NULL, "HTTP/1.1 200 OK\r\n");
    close(fd);
    fd = wire_connect(&w);
    wire_send(fd, S("POST /open HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n{"));
    shutdown(fd, SHUT_WR);
    wire_expect(&w, fd, NULL, "HTTP/1.1 400 ");
    close(fd);
}

static void clients_that_leave_do_no_harm(void **state)
{
    (void)state;
    int before = atomic_load(&slow_runs);
    for (int i = 0; i < 8; i++) {
        int fd = wire_connect(&w);
        wire_send(fd, S("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n"));
        if (i % 2) {
            struct linger now = { .l_onoff = 1 };
            setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
        }
        usleep(20 * 1000);
        close(fd);
    }
    for (int i = 0; i < 100 && atomic_load(&slow_runs) < before + 8; i++)
        usleep(20 * 1000);
    assert_int_equal(atomic_load(&slow_runs), before + 8);
    wire_ask(&w, S("GET /health HTTP/1.1\r\nHost: a\r\n" CLOSE "\r\n"), "HTTP/1.1 200 OK\r\n");
}

/* More slow requests than there are threads of either kind: quick ones still pass. */
static void slow_handlers_have_threads_of_their_own(void **state)
{
    (void)state;
    enum { GATES = 8 };
    int fd[GATES];
    for (int i = 0; i < GATES; i++) {
        fd[i] = wire_connect(&w);
        wire_send(fd[i], S("GET /gate HTTP/1.1\r\nHost: a\r\n" CLOSE "\r\n"));
    }
    for (int i = 0; i < 500 && atomic_load(&gate_waiting) < 2; i++)
        usleep(10 * 1000);
    assert_int_equal(atomic_load(&gate_waiting), 2);
    wire_ask(&w, S("GET /pool HTTP/1.1\r\nHost: a\r\n" CLOSE "\r\n"), "HTTP/1.1 200 OK\r\n");
    assert_int_equal(atomic_load(&gate_waiting), 2); /* the others still wait in line */
    atomic_store(&gate_open, true);
    for (int i = 0; i < GATES; i++) {
        wire_expect(&w, fd[i], NULL, "HTTP/1.1 200 OK\r\n");
        close(fd[i]);
    }
    assert_int_equal(atomic_load(&gate_waiting), GATES);
}

static void head_options_and_methods(void **state)
{
    (void)state;
    wire_ask(&w, S("HEAD /large HTTP/1.1\r\nHost: a\r\n" CLOSE "\r\n"), "HTTP/1.1 200 OK\r\n");
    assert_non_null(strstr(w.got, "\r\nContent-Length: 3145728\r\n"));
    assert_string_equal(w.got + w.n - 4, "\r\n\r\n");
    wire_ask(&w, S("PUT /pool HTTP/1.1\r\nHost: a\r\n" CLOSE "\r\n"), "HTTP/1.1 405 ");
    assert_non_null(strstr(w.got, "\r\nAllow: GET, HEAD, OPTIONS\r\n"));
    wire_ask(&w, S("HEAD /rows HTTP/1.1\r\nHost: a\r\n" CLOSE "\r\n"), "HTTP/1.1 200 OK\r\n");
    assert_string_equal(w.got + w.n - 4, "\r\n\r\n");
    /* A body for a path that is not there is read over, and the connection lives on. */
    wire_ask(&w,
             S("POST /none HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
               "GET /health HTTP/1.1\r\nHost: a\r\n" CLOSE "\r\n"),
             "HTTP/1.1 404 ");
    assert_int_equal(wire_count(&w, "HTTP/1.1 200"), 1);
}

static void framing_faults_close(void **state)
{
    (void)state;
    wire_ask(&w,
             S("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n"
               "\r\n0\r\n\r\nGET /health HTTP/1.1\r\nHost: a\r\n\r\n"),
             "HTTP/1.1 400 ");
    assert_int_equal(wire_count(&w, "HTTP/1.1 "), 1);
    assert_non_null(strstr(w.got, "\r\nConnection: close\r\n"));
    assert_non_null(strstr(w.got, "{\"detail\":\""));
    wire_ask(&w, S("\x16\x03\x01\x02\x00\x01"), "HTTP/1.1 400 ");
    wire_ask(&w, S("GET /health HTTP/1.1\nHost: a\n\n"), "HTTP/1.1 400 ");
    /* Bytes that belong to nothing: answered once, then closed. */
    wire_ask(&w, S("GET /health HTTP/1.1\r\nHost: a\r\n\r\n{\"x\":1}"), "HTTP/1.1 200 OK\r\n");
    assert_int_equal(wire_count(&w, "HTTP/1.1 400"), 1);
}

/* The refusal arrives although most of the body is still on its way. */
static void too_much_is_refused_at_once(void **state)
{
    (void)state;
    int fd = wire_connect(&w);
    struct str head = str_fmt(w.mem, "POST /open HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n",
                              BODY_MAX_DEFAULT + 1);
    wire_send(fd, head);
    wire_expect(&w, fd, "large\"}", "HTTP/1.1 413 ");
    close(fd);
    char *big = arena_raw(w.mem, BODY_MAX_DEFAULT + 1, 1, 1);
    memset(big, 'a', BODY_MAX_DEFAULT);
    fd = wire_connect(&w);
    wire_send(fd, str_fmt(w.mem,
                          "POST /open HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                          "%x\r\n%s\r\n1\r\na\r\n0\r\n\r\n",
                          BODY_MAX_DEFAULT, big));
    wire_expect(&w, fd, NULL, "HTTP/1.1 413 ");
    close(fd);
}

static void expect_continue(void **state)
{
    (void)state;
    int fd = wire_connect(&w);
    wire_send(fd, S("POST /open HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                    "Expect: 100-continue\r\nContent-Length: 12\r\n\r\n"));
    wire_expect(&w, fd, "\r\n\r\n", "HTTP/1.1 100 Continue\r\n");
    wire_send(fd, S("{\"text\":\"y\"}"));
    wire_expect(&w, fd, "\"count\":1}", "HTTP/1.1 200 OK\r\n");
    /* Refused without waiting for the body; no 100 first. */
    wire_send(fd, S("POST /none HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
                    "Content-Length: 12\r\n\r\n"));
    wire_expect(&w, fd, NULL, "HTTP/1.1 404 ");
    close(fd);
}

static void slow_clients_meet_their_timer(void **state)
{
    (void)state;
    int fd = wire_connect(&w);
    wire_send(fd, S("GET /health HT"));
    for (int i = 0; i < 10; i++) { /* drips do not renew it */
        usleep(50 * 1000);
        wire_send(fd, S("T"));
    }
    wire_expect(&w, fd, NULL, "HTTP/1.1 408 ");
    close(fd);
    fd = wire_connect(&w);
    wire_send(fd, S("POST /open HTTP/1.1\r\nHost: a\r\nContent-Length: 12\r\n\r\n{"));
    wire_expect(&w, fd, NULL, "HTTP/1.1 408 ");
    close(fd);
    fd = wire_connect(&w); /* idle: closed without a word */
    assert_true(wire_read(&w, fd, NULL));
    assert_int_equal(w.n, 0);
    close(fd);
}

static void large_answers_arrive_whole(void **state)
{
    (void)state;
    int fd = wire_connect(&w);
    wire_send(fd,
              S("GET /large HTTP/1.1\r\nHost: a\r\n\r\nGET /health HTTP/1.1\r\nHost: a\r\n" CLOSE
                "\r\n"));
    usleep(100 * 1000);
    wire_expect(&w, fd, NULL, "HTTP/1.1 200 OK\r\n");
    assert_true(w.n > 3 * 1024 * 1024);
    assert_int_equal(wire_count(&w, "HTTP/1.1 200"), 2);
    close(fd);
}

static void clients_that_never_read_are_closed(void **state)
{
    (void)state;
    int fd = wire_connect(&w);
    int small = 4096;
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
    wire_send(fd, S("GET /rows/2000000 HTTP/1.1\r\nHost: a\r\n\r\n"));
    for (int i = 0; i < 200 && atomic_load(&stream_failures) == 0; i++)
        usleep(20 * 1000);
    assert_int_equal(atomic_load(&stream_failures), 1);
    close(fd);
}

static void streams_are_chunked(void **state)
{
    (void)state;
    int fd = wire_connect(&w);
    wire_send(fd,
              S("GET /rows/3 HTTP/1.1\r\nHost: a\r\n\r\nGET /health HTTP/1.1\r\nHost: a\r\n" CLOSE
                "\r\n"));
    wire_expect(&w, fd, NULL, "HTTP/1.1 200 OK\r\n");
    assert_non_null(strstr(w.got, "\r\nTransfer-Encoding: chunked\r\n"));
    assert_non_null(strstr(w.got, "{\"row\":000002}\n"));
    assert_non_null(strstr(w.got, "\r\n0\r\n\r\nHTTP/1.1 200 OK\r\n"));
    close(fd);
    wire_ask(&w, S("GET /rows/3 HTTP/1.0\r\n\r\n"), "HTTP/1.1 200 OK\r\n");
    assert_null(strstr(w.got, "chunked"));
    assert_non_null(strstr(w.got, "\r\n\r\n{\"row\":000000}\n"));
    wire_ask(&w, S("GET /rows/20000 HTTP/1.0\r\n\r\n"), "HTTP/1.1 200 OK\r\n");
    assert_int_equal(wire_count(&w, "{\"row\":"), 20000);
    wire_ask(&w, S("GET /rows/x HTTP/1.1\r\nHost: a\r\n" CLOSE "\r\n"), "HTTP/1.1 404 ");
}

static void events_tick_and_end(void **state)
{
    (void)state;
    wire_ask(&w, S("GET /events HTTP/1.1\r\nHost: a\r\n" ADMIN "\r\n"), "HTTP/1.1 200 OK\r\n");
    assert_non_null(strstr(w.got, "\r\nContent-Type: text/event-stream; charset=utf-8\r\n"));
    assert_non_null(strstr(w.got, "id: 1\ndata: tick\n\n"));
    assert_non_null(strstr(w.got, "id: 3\ndata: tick\n\n"));
    assert_non_null(strstr(w.got, "0\r\n\r\n"));
    wire_ask(&w, S("GET /events HTTP/1.1\r\nHost: a\r\n" ADMIN "Last-Event-ID: 2\r\n\r\n"),
             "HTTP/1.1 200 OK\r\n");
    assert_null(strstr(w.got, "id: 2"));
    assert_non_null(strstr(w.got, "id: 3"));
    wire_ask(&w, S("GET /events HTTP/1.1\r\nHost: a\r\n" CLOSE "\r\n"), "HTTP/1.1 401 ");
}

/* A login that ends takes the event stream with it. */
static void events_check_the_login_again(void **state)
{
    (void)state;
    int fd = wire_connect(&w);
    wire_send(fd, S("GET /events HTTP/1.1\r\nHost: a\r\n" ADMIN "\r\n"));
    wire_expect(&w, fd, "id: 1", "HTTP/1.1 200 OK\r\n");
    atomic_store(&revoked, true);
    assert_true(wire_read(&w, fd, NULL));
    assert_null(strstr(w.got, "id: 3"));
    close(fd);
}

static void uploads_are_spooled(void **state)
{
    (void)state;
    enum { SIZE = 700 * 1024 };
    char *big = arena_raw(w.mem, SIZE + 1, 1, 1);
    memset(big, 'a', SIZE);
    wire_ask(&w,
             str_fmt(w.mem,
                     "POST /upload HTTP/1.1\r\nHost: a\r\n" ADMIN CLOSE
                     "Content-Type: application/x-ndjson\r\nContent-Length: %d\r\n\r\n%s",
                     SIZE, big),
             "HTTP/1.1 200 OK\r\n");
    assert_non_null(strstr(w.got, "\r\n\r\n716800 bytes"));
    /* Who may not upload is told before the body is read. */
    int fd = wire_connect(&w);
    wire_send(fd, S("POST /upload HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\n"
                    "Content-Length: 700000\r\n\r\n"));
    wire_expect(&w, fd, NULL, "HTTP/1.1 401 ");
    close(fd);
    fd = wire_connect(&w);
    wire_send(fd, S("POST /upload HTTP/1.1\r\nHost: a\r\n" ADMIN "Content-Type: image/png\r\n"
                    "Content-Length: 700000\r\n\r\n"));
    wire_expect(&w, fd, NULL, "HTTP/1.1 415 ");
    close(fd);
    wire_ask(&w,
             S("POST /upload HTTP/1.1\r\nHost: a\r\n" ADMIN CLOSE "Content-Type: text/plain\r\n"
               "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"),
             "HTTP/1.1 200 OK\r\n");
    assert_non_null(strstr(w.got, "\r\n\r\n3 bytes"));
}

static void throttles_say_when(void **state)
{
    (void)state;
    struct str raw = S("GET /limited HTTP/1.1\r\nHost: a\r\n" CLOSE "\r\n");
    wire_ask(&w, raw, "HTTP/1.1 200 OK\r\n");
    wire_ask(&w, raw, "HTTP/1.1 200 OK\r\n");
    wire_ask(&w, raw, "HTTP/1.1 429 ");
    assert_non_null(strstr(w.got, "\r\nRetry-After: "));
    /* An invented X-Forwarded-For does not help. */
    wire_ask(&w, S("GET /limited HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 9.9.9.9\r\n" CLOSE "\r\n"),
             "HTTP/1.1 429 ");
}

static void one_address_has_its_share(void **state)
{
    (void)state;
    int fds[40];
    for (int i = 0; i < 40; i++)
        fds[i] = wire_connect(&w);
    usleep(50 * 1000);
    int fd = wire_connect(&w);
    wire_expect(&w, fd, NULL, "HTTP/1.1 503 ");
    close(fd);
    for (int i = 0; i < 40; i++)
        close(fds[i]);
    usleep(100 * 1000);
    wire_ask(&w, S("GET /health HTTP/1.1\r\nHost: a\r\n" CLOSE "\r\n"), "HTTP/1.1 200 OK\r\n");
}

static void numbers_add_up(void **state)
{
    (void)state;
    struct server_stats stats;
    wire_ask(&w, S("GET /health HTTP/1.1\r\nHost: a\r\n" CLOSE "\r\n"), "HTTP/1.1 200 OK\r\n");
    wire_ask(&w, S("GET /nothing HTTP/1.1\r\nHost: a\r\n" CLOSE "\r\n"), "HTTP/1.1 404 ");
    for (int i = 0; i < 100; i++) {
        server_stats(w.server, &stats);
        if (stats.open == 0)
            break;
        usleep(10 * 1000);
    }
    assert_int_equal(stats.accepted, 2);
    assert_int_equal(stats.open, 0);
    assert_int_equal(stats.requests, 2);
    assert_int_equal(stats.by_class[2], 1);
    assert_int_equal(stats.by_class[4], 1);
    assert_true(stats.bytes_in > 0 && stats.bytes_out > stats.bytes_in);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(answers_and_keeps_alive),
        T(replica_is_for_routes_that_say_so),
        T(split_writes_are_joined),
        T(pipelined_answers_stay_in_order),
        T(many_pipelined_requests),
        T(half_closed_clients_get_their_answer),
        T(clients_that_leave_do_no_harm),
        T(slow_handlers_have_threads_of_their_own),
        T(head_options_and_methods),
        T(framing_faults_close),
        T(too_much_is_refused_at_once),
        T(expect_continue),
        T(slow_clients_meet_their_timer),
        T(large_answers_arrive_whole),
        T(clients_that_never_read_are_closed),
        T(streams_are_chunked),
        T(events_tick_and_end),
        T(events_check_the_login_again),
        T(uploads_are_spooled),
        T(throttles_say_when),
        T(one_address_has_its_share),
        T(numbers_add_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
