/* Stopping: what was sent is answered, what idles is closed, and the hard limit holds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "unit/http/wire.h"

#include "http/ws.h"

static struct wire w;

static void requests_sent_before_the_stop_are_answered(void **state)
{
    (void)state;
    enum { CLIENTS = 30 };
    struct server_options o = site_options();
    o.loops = 2;
    o.workers = 8;
    wire_open(&w, &o);
    int fds[CLIENTS], idle = wire_connect(&w);
    for (int i = 0; i < CLIENTS; i++) {
        fds[i] = wire_connect(&w);
        wire_send(fds[i], i % 2 ? S("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
                                : S("GET /health HTTP/1.1\r\nHost: a\r\n\r\n"));
    }
    server_stop(w.server);
    for (int i = 0; i < CLIENTS; i++) {
        wire_expect(&w, fds[i], NULL, "HTTP/1.1 200 OK\r\n");
        close(fds[i]);
    }
    assert_true(wire_read(&w, idle, NULL));
    assert_int_equal(w.n, 0);
    close(idle);
    assert_true(wire_close(&w));
}

static void nothing_is_accepted_after_the_stop(void **state)
{
    (void)state;
    struct server_options o = site_options();
    wire_open(&w, &o);
    int slow = wire_connect(&w);
    wire_send(slow, S("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n"));
    usleep(20 * 1000);
    server_stop(w.server);
    usleep(50 * 1000);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(server_port(w.server)) };
    in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(connect(fd, (struct sockaddr *)&in, sizeof(in)), -1);
    close(fd);
    wire_expect(&w, slow, NULL, "HTTP/1.1 200 OK\r\n");
    assert_non_null(strstr(w.got, "\r\nConnection: close\r\n"));
    close(slow);
    assert_true(wire_close(&w));
}

static void the_drain_has_a_limit(void **state)
{
    (void)state;
    struct server_options o = site_options();
    o.limits.drain_ms = 200;
    wire_open(&w, &o);
    int fd = wire_connect(&w);
    wire_send(fd, S("GET /health HTTP/1.1\r\n")); /* never ends */
    usleep(20 * 1000);
    assert_false(wire_close(&w));
    close(fd);
}

static void a_full_queue_is_said_at_once(void **state)
{
    (void)state;
    enum { CLIENTS = 12 };
    struct server_options o = site_options();
    o.workers = 1;
    o.limits.queue_max = 2;
    wire_open(&w, &o);
    int fds[CLIENTS], busy = 0;
    for (int i = 0; i < CLIENTS; i++) {
        fds[i] = wire_connect(&w);
        wire_send(fds[i], S("GET /slow HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
    }
    for (int i = 0; i < CLIENTS; i++) {
        assert_true(wire_read(&w, fds[i], NULL));
        if (strncmp(w.got, "HTTP/1.1 503 ", 13) == 0) {
            busy++;
            assert_non_null(strstr(w.got, "\r\nRetry-After: 1\r\n"));
        }
        close(fds[i]);
    }
    assert_in_range(busy, 1, CLIENTS - 2);
    assert_true(wire_close(&w));
}

static void a_port_in_use_is_said(void **state)
{
    (void)state;
    struct server_options o = site_options();
    wire_open(&w, &o);
    struct ctx c;
    struct server *second;
    ctx_init(&c, w.mem, &site_deps, 0);
    o.listen = str_fmt(w.mem, "127.0.0.1:%u", server_port(w.server));
    assert_int_equal(server_open(&c, &o, &second), ERR_CONFLICT);
    assert_non_null(strstr(c.fault.text, "in use"));
    fault_clear(&c);
    o.listen = S("nowhere:1");
    assert_int_equal(server_open(&c, &o, &second), ERR_BAD_REQUEST);
    assert_true(wire_close(&w));
}

static void proxies_are_believed_when_trusted(void **state)
{
    (void)state;
    struct server_options o = site_options();
    o.trusted_proxies = S("127.0.0.0/8");
    wire_open(&w, &o);
    for (int i = 0; i < 6; i++) {
        struct str raw = str_fmt(w.mem,
                                 "GET /limited HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
                                 "X-Forwarded-For: 6.6.6.%d, 10.1.1.%d\r\n\r\n",
                                 i, i / 2);
        wire_ask(&w, raw, "HTTP/1.1 200 OK\r\n");
    }
    wire_ask(&w,
             S("GET /limited HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
               "X-Forwarded-For: 7.7.7.7, 10.1.1.0\r\n\r\n"),
             "HTTP/1.1 429 ");
    wire_ask(&w,
             S("GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
               "X-Forwarded-Proto: https\r\n\r\n"),
             "HTTP/1.1 200 OK\r\n");
    assert_non_null(strstr(w.got, "\r\nStrict-Transport-Security: max-age=31536000"));
    assert_true(wire_close(&w));
}

/* Passed on twice when no loop runs any more. */
static struct passed {
    struct handback_item item;
    uint32_t to;
} passed[3];
static int n_passed;

static void pass_on(struct handback_item *item)
{
    (void)item;
    if (++n_passed < 3)
        server_post(w.server, passed[n_passed].to, &passed[n_passed].item);
}

static void what_workers_gave_back_comes_to_its_end(void **state)
{
    (void)state;
    static const uint32_t to[] = { 1, 0, 0 };
    struct server_options o = site_options();
    o.loops = 2;
    wire_open(&w, &o);
    server_stop(w.server);
    pthread_join(w.thread, NULL);
    for (size_t i = 0; i < 3; i++)
        passed[i] = (struct passed){ { .taken = pass_on }, to[i] };
    server_post(w.server, passed[0].to, &passed[0].item);
    server_close(w.server);
    arena_close(w.mem);
    assert_int_equal(n_passed, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_sent_before_the_stop_are_answered),
        cmocka_unit_test(nothing_is_accepted_after_the_stop),
        cmocka_unit_test(the_drain_has_a_limit),
        cmocka_unit_test(a_full_queue_is_said_at_once),
        cmocka_unit_test(a_port_in_use_is_said),
        cmocka_unit_test(proxies_are_believed_when_trusted),
        cmocka_unit_test(what_workers_gave_back_comes_to_its_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
