/* Strict reading of request heads and bodies: a table of what must be refused, and how. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/str.h"
#include "http/body.h"

static const struct head_limits limits = { .line_max = 256, .head_max = 2048, .fields_max = 8 };

struct reading {
    struct head head;
    struct body body;
    char data[512];
    size_t n;
};

static bool keep(void *arg, const char *p, size_t n)
{
    struct reading *r = arg;
    if (r->n + n > sizeof(r->data))
        return false;
    memcpy(r->data + r->n, p, n);
    r->n += n;
    return true;
}

/* Reads a request that comes in pieces of `step` bytes: HEAD_OK, HEAD_MORE or a status. */
static int read_request(struct reading *r, struct str raw, size_t step)
{
    struct head_scan scan = { 0 };
    size_t head_n = 0, have = 0;
    struct head_verdict v = { HEAD_MORE, NULL };
    while (v.status == HEAD_MORE && have < raw.n) {
        have = have + step < raw.n ? have + step : raw.n;
        v = head_scan(&scan, &limits, raw.p, have, &head_n);
    }
    if (v.status != HEAD_OK)
        return v.status;
    v = head_parse(&r->head, &limits, raw.p, head_n);
    if (v.status != HEAD_OK)
        return v.status;
    r->body = (struct body){ .max = 64, .sink = keep, .arg = r };
    r->n = 0;
    v = body_begin(&r->body, &r->head, raw.p, head_n);
    size_t at = head_n;
    while (v.status <= HEAD_OK && !r->body.done && at < raw.n) {
        size_t n = at + step < raw.n ? step : raw.n - at, used = 0;
        v = body_feed(&r->body, raw.p + at, n, &used);
        at += used;
        if (v.status > 0)
            return v.status;
    }
    return v.status != HEAD_OK ? v.status : r->body.done ? HEAD_OK : HEAD_MORE;
}

struct raw_case {
    int status; /* 0: read; -1: more is awaited */
    struct str raw;
};
#define H       "Host: a\r\n"
#define POST    "POST / HTTP/1.1\r\n" H
#define CHUNKED POST "Transfer-Encoding: chunked\r\n\r\n"
#define C(status_, text)                                                                           \
    {                                                                                              \
        (status_), S_INIT(text)                                                                    \
    }

static const struct raw_case cases[] = {
    /* What is right. */
    C(0, "GET / HTTP/1.1\r\n" H "\r\n"),
    C(0, "GET /a?b=c%20d HTTP/1.1\r\nHost: example.org:8000\r\n\r\n"),
    C(0, "GET / HTTP/1.0\r\n\r\n"),
    C(0, "GET http://a.b/c?d HTTP/1.1\r\nHost: a.b\r\n\r\n"),
    C(0, "OPTIONS * HTTP/1.1\r\n" H "\r\n"),
    C(0, "GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n"),
    C(0, "GET / HTTP/1.1\r\n" H "X: \t padded \t\r\n\r\n"),
    C(0, "GET / HTTP/1.1\r\n" H "X:\r\n\r\n"),
    C(0, "GET / HTTP/1.1\r\n" H "X: \xc3\xa9\r\n\r\n"),
    C(0, POST "Content-Length: 0\r\n\r\n"),
    C(0, POST "Content-Length: 3\r\n\r\nabc"),
    C(0, CHUNKED "3\r\nabc\r\n0\r\n\r\n"),
    C(0, CHUNKED "3;name=value\r\nabc\r\n0\r\nTrailer: x\r\n\r\n"),
    C(0, POST "Transfer-Encoding: Chunked\r\n\r\n1\r\na\r\n0\r\n\r\n"),
    C(0, POST "Expect: 100-continue\r\nContent-Length: 1\r\n\r\na"),
    C(0, "GET / HTTP/1.1\r\n" H "Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n"),
    /* Not yet whole. */
    C(HEAD_MORE, "GET / HTTP/1.1\r\n"),
    C(HEAD_MORE, "GET / HTTP/1.1\r\n" H "\r"),
    C(HEAD_MORE, POST "Content-Length: 5\r\n\r\nabc"),
    C(HEAD_MORE, CHUNKED "5\r\nabc"),
    C(HEAD_MORE, CHUNKED "3\r\nabc\r\n0\r\n"),
    /* Request line. */
    C(400, "GET /\r\n\r\n"),
    C(400, "GET  / HTTP/1.1\r\n" H "\r\n"),
    C(400, "GET /  HTTP/1.1\r\n" H "\r\n"),
    C(400, "GET / HTTP/1.1 \r\n" H "\r\n"),
    C(400, " GET / HTTP/1.1\r\n" H "\r\n"),
    C(400, "GET\t/ HTTP/1.1\r\n" H "\r\n"),
    C(400, "GET /a b HTTP/1.1\r\n" H "\r\n"),
    C(400, "GET a HTTP/1.1\r\n" H "\r\n"),
    C(400, "GET * HTTP/1.1\r\n" H "\r\n"),
    C(400, "GET /#x HTTP/1.1\r\n" H "\r\n"),
    C(400, "GET /\x01 HTTP/1.1\r\n" H "\r\n"),
    C(400, "GET /\xff HTTP/1.1\r\n" H "\r\n"),
    C(400, "GET ftp://a/ HTTP/1.1\r\n" H "\r\n"),
    C(400, "GET http:///x HTTP/1.1\r\n" H "\r\n"),
    C(400, "GET http://u@h/ HTTP/1.1\r\n" H "\r\n"),
    C(400, "GE(T / HTTP/1.1\r\n" H "\r\n"),
    C(400, "GET / http/1.1\r\n" H "\r\n"),
    C(400, "GET / HTTP/1\r\n" H "\r\n"),
    C(400, "GET / HTTP/1.10\r\n" H "\r\n"),
    C(400, "GET / HTTP/x.y\r\n" H "\r\n"),
    C(400, "\x16\x03\x01\x02"),
    C(400, "\n\nGET / HTTP/1.1\r\n" H "\r\n"),
    C(505, "GET / HTTP/2.0\r\n" H "\r\n"),
    C(505, "GET / HTTP/1.2\r\n" H "\r\n"),
    C(505, "GET / HTTP/0.9\r\n" H "\r\n"),
    C(505, "PRI * HTTP/2.0\r\n\r\n"),
    C(501, "get / HTTP/1.1\r\n" H "\r\n"),
    C(501, "BREW / HTTP/1.1\r\n" H "\r\n"),
    C(501, "CONNECT a:80 HTTP/1.1\r\n" H "\r\n"),
    /* Lines. */
    C(400, "GET / HTTP/1.1\nHost: a\n\n"),
    C(400, "GET / HTTP/1.1\r\nHost: a\n\r\n"),
    C(400, "GET / HTTP/1.1\r\nHost: a\r\rX: y\r\n\r\n"),
    C(400, "GET / HTTP/1.1\r\n" H "X: a\0b\r\n\r\n"),
    C(400, "GET / HTTP/1.1\r\n" H "X: a\x01\r\n\r\n"),
    C(400, "GET / HTTP/1.1\r\n" H "X: a\x7f\r\n\r\n"),
    C(400, "GET / HTTP/1.1\r\n" H "X: a\r\n folded\r\n\r\n"),
    C(400, "GET / HTTP/1.1\r\n" H "X: a\r\n\tfolded\r\n\r\n"),
    C(400, "GET / HTTP/1.1\r\n " H "\r\n"),
    C(400, "GET / HTTP/1.1\r\n" H ": empty\r\n\r\n"),
    C(400, "GET / HTTP/1.1\r\n" H "X : y\r\n\r\n"),
    C(400, "GET / HTTP/1.1\r\n" H "no colon\r\n\r\n"),
    C(400, "GET / HTTP/1.1\r\n" H "X\xc3\xa9: y\r\n\r\n"),
    /* Host. */
    C(400, "GET / HTTP/1.1\r\n\r\n"),
    C(400, "GET / HTTP/1.1\r\n" H H "\r\n"),
    C(400, "GET / HTTP/1.1\r\nHost: a\r\nhost: b\r\n\r\n"),
    C(400, "GET / HTTP/1.1\r\nHost:\r\n\r\n"),
    C(400, "GET / HTTP/1.1\r\nHost: a b\r\n\r\n"),
    C(400, "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"),
    C(400, "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n"),
    C(400, "GET / HTTP/1.1\r\nHost: a:8x\r\n\r\n"),
    C(400, "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n"),
    C(400, "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n"),
    /* Lengths: two readings of one message are none. */
    C(400, POST "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc"),
    C(400, POST "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc"),
    C(400, POST "Content-Length: 3, 3\r\n\r\nabc"),
    C(400, POST "Content-Length: +3\r\n\r\nabc"),
    C(400, POST "Content-Length: -3\r\n\r\nabc"),
    C(400, POST "Content-Length: 0x3\r\n\r\nabc"),
    C(400, POST "Content-Length: 3 \t3\r\n\r\nabc"),
    C(400, POST "Content-Length:\r\n\r\n"),
    C(413, POST "Content-Length: 99999999999999999999\r\n\r\n"),
    C(400, POST "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    C(400, POST "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n"),
    C(400, POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    C(400, POST "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"),
    C(400, POST "Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n"),
    C(400, POST "Transfer-Encoding: identity\r\n\r\n"),
    C(400, POST "Transfer-Encoding: \r\n\r\n"),
    C(400, POST "Transfer-Encoding: \x0b"
                "chunked\r\n\r\n0\r\n\r\n"),
    C(400, POST "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n"),
    C(400, "POST / HTTP/1.0\r\n" H "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    C(501, POST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
    C(501, POST "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
    C(417, POST "Expect: 200-maybe\r\nContent-Length: 1\r\n\r\na"),
    /* Chunks. */
    C(400, CHUNKED "\r\n"),
    C(400, CHUNKED "x\r\n"),
    C(400, CHUNKED "0x3\r\nabc\r\n0\r\n\r\n"),
    C(400, CHUNKED "-3\r\nabc\r\n0\r\n\r\n"),
    C(400, CHUNKED "+3\r\nabc\r\n0\r\n\r\n"),
    C(400, CHUNKED " 3\r\nabc\r\n0\r\n\r\n"),
    C(400, CHUNKED "3 \r\nabc\r\n0\r\n\r\n"),
    C(400, CHUNKED "3\nabc\n0\n\n"),
    C(400, CHUNKED "3\r\nabcd\r\n0\r\n\r\n"),
    C(400, CHUNKED "3\r\nab\r\n0\r\n\r\n"),
    C(400, CHUNKED "3;\r\nabc\r\n0\r\n\r\n"),
    C(400, CHUNKED "3;a=\x01\r\nabc\r\n0\r\n\r\n"),
    C(400, CHUNKED "3;a\nabc\r\n0\r\n\r\n"),
    C(400, CHUNKED "0\r\n: x\r\n\r\n"),
    C(400, CHUNKED "0\r\nX: y\n\r\n"),
    C(400, CHUNKED "0\r\n X: y\r\n\r\n"),
    C(400, CHUNKED "111111111111111111\r\n"),
    C(413, CHUNKED "41\r\n"),
    C(413, CHUNKED "20\r\n01234567890123456789012345678901\r\n21\r\n"),
    /* More fields than the limit here. */
    C(431, "GET / HTTP/1.1\r\n" H
           "a: 1\r\nb: 1\r\nc: 1\r\nd: 1\r\ne: 1\r\nf: 1\r\ng: 1\r\nh: 1\r\n\r\n"),
};

static void malformed_requests_get_their_status(void **state)
{
    (void)state;
    static const size_t steps[] = { 1, 2, 3, 7, 4096 };
    struct reading r;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        for (size_t k = 0; k < sizeof(steps) / sizeof(steps[0]); k++) {
            int status = read_request(&r, cases[i].raw, steps[k]);
            if (status != cases[i].status)
                fail_msg("case %zu, in steps of %zu: %d instead of %d: %.*s", i, steps[k], status,
                         cases[i].status, STR_ARG(cases[i].raw));
        }
    }
}

/* A line or a head that never ends is refused as soon as it is too long. */
static void endless_heads_are_cut(void **state)
{
    (void)state;
    char text[4096];
    struct reading r;
    memset(text, 'a', sizeof(text));
    memcpy(text, "GET /", 5);
    assert_int_equal(read_request(&r, (struct str){ text, sizeof(text) }, 100), 414);
    memcpy(text, "GET / HTTP/1.1\r\nX: ", 19);
    assert_int_equal(read_request(&r, (struct str){ text, sizeof(text) }, 100), 431);
    size_t n = (size_t)snprintf(text, sizeof(text), "GET / HTTP/1.1\r\n");
    while (n + 210 < sizeof(text))
        n += (size_t)snprintf(text + n, sizeof(text) - n, "X: %0200d\r\n", 1);
    struct head_limits wide = limits;
    wide.fields_max = 100;
    struct head_scan scan = { 0 };
    size_t head_n;
    assert_int_equal(head_scan(&scan, &wide, text, n, &head_n).status, 431);
}

static void a_head_is_split(void **state)
{
    (void)state;
    struct reading r;
    struct str raw = S("PUT /a/b?x=1&y HTTP/1.1\r\nHost: h:1\r\nConnection: keep-alive, Close\r\n"
                       "Content-Length: 2\r\n\r\n{}");
    assert_int_equal(read_request(&r, raw, raw.n), HEAD_OK);
    assert_int_equal(r.head.method, HTTP_M_PUT);
    assert_true(str_eq(r.head.path, S("/a/b")));
    assert_true(str_eq(r.head.query, S("x=1&y")));
    assert_true(str_eq(r.head.host, S("h:1")));
    assert_false(r.head.keep_alive);
    assert_int_equal(r.head.n_headers, 3);
    assert_true(str_eq((struct str){ r.data, r.n }, S("{}")));
}

static void chunks_are_joined(void **state)
{
    (void)state;
    struct reading r;
    struct str raw = S(CHUNKED "2\r\nab\r\n1;x=\"y z\"\r\nc\r\n00\r\nA: b\r\n\r\n");
    for (size_t step = 1; step < raw.n; step++) {
        assert_int_equal(read_request(&r, raw, step), HEAD_OK);
        assert_true(str_eq((struct str){ r.data, r.n }, S("abc")));
    }
}

static void keep_alive_follows_the_version(void **state)
{
    (void)state;
    struct reading r;
    assert_int_equal(read_request(&r, S("GET / HTTP/1.0\r\n\r\n"), 99), HEAD_OK);
    assert_false(r.head.keep_alive);
    struct str raw = S("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n");
    assert_int_equal(read_request(&r, raw, 99), HEAD_OK);
    assert_true(r.head.keep_alive);
}

/* Extensions and trailers without end are malformed, not memory. */
static void chunk_extras_are_bounded(void **state)
{
    (void)state;
    struct chunk_check k = { 0 };
    size_t used;
    assert_true(chunk_check(&k, "1;", 2, &used));
    bool fine = true;
    for (int i = 0; fine && i < CHUNK_EXTENSION_MAX + 1; i++)
        fine = chunk_check(&k, "a", 1, &used);
    assert_false(fine);
    k = (struct chunk_check){ 0 };
    assert_true(chunk_check(&k, "0\r\nT: ", 6, &used));
    for (fine = true, used = 0; fine && used <= CHUNK_TRAILER_MAX; used++) {
        size_t one;
        fine = chunk_check(&k, "a", 1, &one);
    }
    assert_false(fine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(malformed_requests_get_their_status),
        cmocka_unit_test(endless_heads_are_cut),
        cmocka_unit_test(a_head_is_split),
        cmocka_unit_test(chunks_are_joined),
        cmocka_unit_test(keep_alive_follows_the_version),
        cmocka_unit_test(chunk_extras_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
