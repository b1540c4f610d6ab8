/* Outbound HTTP against a peer that behaves well or badly, over plain HTTP and TLS. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/str.h"
#include "client/client.h"
#include "support/test_ctx.h"
#include "unit/client/peer.h"

enum { LONG_MS = 120000, SHORT_MS = 100, BODY = 1 << 20 };

struct bench {
    struct peer peer;
    struct client *client;
    struct test_ctx t;
    struct ctx *c;
};

static void bench_open(struct bench *b, struct client_options o, SSL_CTX *tls)
{
    char origin[64];
    b->c = test_ctx_open(&b->t);
    peer_open(&b->peer, tls);
    snprintf(origin, sizeof(origin), "%s://127.0.0.1:%u", tls ? "https" : "http", b->peer.port);
    const struct str allowed = str_of(origin);
    if (!o.n_origins) {
        o.origins = &allowed;
        o.n_origins = 1;
    }
    assert_int_equal(client_open(b->c, &o, &b->client), ERR_OK);
}

static void bench_close(struct bench *b)
{
    client_close(b->client);
    peer_close(&b->peer);
    test_ctx_close(&b->t);
}

static struct str url_of(struct bench *b, const char *path)
{
    return str_fmt(b->c->mem, "%s://127.0.0.1:%u%s", b->peer.tls ? "https" : "http", b->peer.port,
                   path);
}

static struct client_request get(struct bench *b, const char *path)
{
    return (struct client_request){
        .method = "GET", .url = url_of(b, path), .timeout_ms = LONG_MS, .body_max = BODY
    };
}

static err ask(struct bench *b, const struct client_request *r, struct client_reply *ret)
{
    fault_clear(b->c);
    return client_call(b->c, client_port_of(b->client), r, ret);
}

static struct client_reply must_get(struct bench *b, const char *path)
{
    const struct client_request r = get(b, path);
    struct client_reply a = { 0 };
    if (ask(b, &r, &a) != ERR_OK)
        fail_msg("%s: %s", path, b->c->fault.text);
    return a;
}

static void expect_outcome(struct bench *b, const struct client_request *r,
                           enum client_outcome outcome)
{
    struct client_reply a = { 0 };
    assert_int_equal(ask(b, r, &a), ERR_UPSTREAM);
    if (a.outcome != outcome)
        fail_msg("%.*s: %s instead of %s", STR_ARG(r->url), client_outcome_names[a.outcome],
                 client_outcome_names[outcome]);
    assert_int_equal(a.body.n, 0);
    assert_null(strstr(b->c->fault.text, "/hang"));
}

static void a_request_is_answered(void **state)
{
    struct bench b;
    (void)state;
    bench_open(&b, (struct client_options){ .n_origins = 0 }, NULL);
    const struct client_reply a = must_get(&b, "/ok?code=secret");
    assert_int_equal(a.status, 200);
    assert_true(str_eq(a.body, S("hello")));
    assert_true(str_eq(client_reply_header(&a, "content-type"), S("text/plain")));
    assert_non_null(client_reply_header(&a, "X-Empty").p);
    assert_int_equal(client_reply_header(&a, "X-Empty").n, 0);
    assert_null(client_reply_header(&a, "X-Absent").p);
    assert_false(a.http2);
    bench_close(&b);
}

static void what_is_sent_is_what_was_asked_for(void **state)
{
    struct bench b;
    const struct client_header h[] = { { S_INIT("Authorization"), S_INIT("Bearer s3cret") },
                                       { S_INIT("Content-Type"), S_INIT("application/json") },
                                       { S_INIT("X-None"), S_INIT("") } };
    struct client_reply a = { 0 };
    (void)state;
    bench_open(&b, (struct client_options){ .n_origins = 0 }, NULL);
    struct client_request r = get(&b, "/echo?q=1#fragment");
    r.method = "POST";
    r.headers = h;
    r.n_headers = 3;
    r.body = (struct str){ "{\"a\0b\":1}", 9 };
    assert_int_equal(ask(&b, &r, &a), ERR_OK);
    const char *sent = str_z(b.c->mem, a.body);
    assert_non_null(strstr(sent, "POST /echo?q=1 HTTP/1.1\r\n"));
    assert_non_null(strstr(sent, "\r\nAuthorization: Bearer s3cret\r\n"));
    assert_non_null(strstr(sent, "\r\nContent-Type: application/json\r\n"));
    assert_non_null(strstr(sent, "\r\nX-None:\r\n"));
    assert_non_null(strstr(sent, "\r\nContent-Length: 9\r\n"));
    assert_non_null(strstr(sent, "\r\nUser-Agent: enigma/"));
    assert_null(strstr(sent, "Expect"));
    assert_true(str_ends(a.body, r.body));
    r.n_headers = 0;
    r.body = (struct str){ 0 };
    assert_int_equal(ask(&b, &r, &a), ERR_OK);
    sent = str_z(b.c->mem, a.body);
    assert_non_null(strstr(sent, "\r\nContent-Length: 0\r\n"));
    assert_null(strstr(sent, "Content-Type"));
    bench_close(&b);
}

static void connections_are_used_again(void **state)
{
    struct bench b;
    struct client_stats s;
    (void)state;
    bench_open(&b, (struct client_options){ .n_origins = 0 }, NULL);
    assert_false(must_get(&b, "/ok").reused);
    for (int i = 0; i < 20; i++)
        assert_true(must_get(&b, "/ok").reused);
    assert_int_equal(atomic_load(&b.peer.connections), 1);
    client_stats(b.client, &s);
    assert_int_equal(s.connections, 1);
    assert_int_equal(s.in_flight, 0);
    assert_int_equal(s.ended[CLIENT_OK], 21);
    bench_close(&b);
}

static void redirects_are_not_followed(void **state)
{
    struct bench b;
    (void)state;
    bench_open(&b, (struct client_options){ .n_origins = 0 }, NULL);
    const struct client_reply a = must_get(&b, "/redirect");
    assert_int_equal(a.status, 302);
    assert_int_equal(atomic_load(&b.peer.requests), 1);
    bench_close(&b);
}

static void bad_peers_end_in_an_outcome(void **state)
{
    static const struct {
        const char *path;
        enum client_outcome outcome;
    } bad[] = {
        { "/reset", CLIENT_BROKEN },    { "/cut", CLIENT_BROKEN },
        { "/garbage", CLIENT_BROKEN },  { "/endless", CLIENT_TOO_LARGE },
        { "/heads", CLIENT_TOO_LARGE }, { "/size/1048577", CLIENT_TOO_LARGE },
        { "/nothing", CLIENT_BROKEN },
    };
    struct bench b;
    (void)state;
    bench_open(&b, (struct client_options){ .n_origins = 0 }, NULL);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        const struct client_request r = get(&b, bad[i].path);
        expect_outcome(&b, &r, bad[i].outcome);
        assert_int_equal(must_get(&b, "/ok").status, 200); /* the next one is not harmed */
    }
    assert_int_equal(must_get(&b, "/size/1048576").body.n, BODY);
    bench_close(&b);
}

static void late_answers_are_given_up(void **state)
{
    static const char *const late[] = { "/hang?code=secret", "/drip" };
    struct bench b;
    (void)state;
    bench_open(&b, (struct client_options){ .n_origins = 0 }, NULL);
    for (size_t i = 0; i < sizeof(late) / sizeof(late[0]); i++) {
        struct client_request r = get(&b, late[i]);
        r.timeout_ms = SHORT_MS;
        expect_outcome(&b, &r, CLIENT_LATE);
        assert_null(strstr(b.c->fault.text, "secret"));
    }
    /* The context's own deadline counts as well. */
    const struct client_request r = get(&b, "/hang");
    ctx_init(b.c, b.t.mem, &b.t.deps, SHORT_MS * 1000);
    expect_outcome(&b, &r, CLIENT_LATE);
    bench_close(&b);
}

static void statuses_are_answers(void **state)
{
    struct bench b;
    (void)state;
    bench_open(&b, (struct client_options){ .n_origins = 0 }, NULL);
    struct client_reply a = must_get(&b, "/status/503");
    assert_int_equal(a.status, 503);
    assert_true(client_reply_passing(&a));
    assert_true(str_eq(client_reply_header(&a, "Retry-After"), S("7")));
    a = must_get(&b, "/status/400");
    assert_int_equal(a.status, 400);
    assert_false(client_reply_passing(&a));
    bench_close(&b);
}

static void strangers_are_not_asked(void **state)
{
    static const char *const urls[] = {
        "https://example.org/",      "http://localhost:1/",
        "http://127.0.0.1:1/",       "file:///etc/passwd",
        "gopher://127.0.0.1/",       "http://169.254.169.254/latest/",
        "http://u:p@127.0.0.1:%u/x", "nonsense",
    };
    struct bench b;
    (void)state;
    bench_open(&b, (struct client_options){ .n_origins = 0 }, NULL);
    for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
        struct client_request r = get(&b, "/ok");
        struct client_reply a = { 0 };
        r.url = str_of(urls[i]);
        assert_int_equal(ask(&b, &r, &a), ERR_UPSTREAM);
        assert_null(strstr(b.c->fault.text, "passwd"));
    }
    struct client_reply a = { 0 };
    struct client_request r = get(&b, "/ok");
    r.url = str_fmt(b.c->mem, "http://user@127.0.0.1:%u/ok", b.peer.port);
    assert_int_equal(ask(&b, &r, &a), ERR_UPSTREAM);
    assert_int_equal(atomic_load(&b.peer.connections), 0);
    bench_close(&b);
}

/* On the list, but the address is none that may be asked: nothing is connected. */
static void metadata_addresses_are_refused(void **state)
{
    static const struct str listed[] = { S_INIT("http://169.254.169.254"),
                                         S_INIT("http://[fe80::1]"), S_INIT("http://0.0.0.0:1"),
                                         S_INIT("http://localhost:1") };
    static const char *const urls[] = { "http://169.254.169.254/latest/meta-data/",
                                        "http://[fe80::1]/", "http://0.0.0.0:1/" };
    struct bench b;
    (void)state;
    bench_open(&b, (struct client_options){ .origins = listed, .n_origins = 4 }, NULL);
    for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
        struct client_request r = get(&b, "/");
        r.url = str_of(urls[i]);
        expect_outcome(&b, &r, CLIENT_REFUSED);
    }
    struct client_request r = get(&b, "/");
    r.url = S("http://localhost:1/");
    expect_outcome(&b, &r, CLIENT_UNREACHABLE);
    bench_close(&b);
}

static void malformed_requests_are_not_sent(void **state)
{
    static const struct client_header bad[] = {
        { S_INIT("X-A"), S_INIT("a\r\nX-B: b") }, { S_INIT("X-A"), S_INIT("a\nb") },
        { S_INIT("X A"), S_INIT("a") },           { S_INIT(""), S_INIT("a") },
        { S_INIT("X:A"), S_INIT("a") },           { S_INIT("X-A"), S_INIT("a\0b") },
    };
    struct bench b;
    struct client_reply a = { 0 };
    (void)state;
    bench_open(&b, (struct client_options){ .n_origins = 0 }, NULL);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct client_request r = get(&b, "/ok");
        r.headers = &bad[i];
        r.n_headers = 1;
        assert_int_equal(ask(&b, &r, &a), ERR_INTERNAL);
    }
    struct client_request r = get(&b, "/ok");
    r.method = "TRACE";
    assert_int_equal(ask(&b, &r, &a), ERR_INTERNAL);
    r = get(&b, "/ok");
    r.timeout_ms = 0;
    assert_int_equal(ask(&b, &r, &a), ERR_INTERNAL);
    r = get(&b, "/ok");
    r.body_max = (size_t)CLIENT_BODY_MAX + 1;
    assert_int_equal(ask(&b, &r, &a), ERR_INTERNAL);
    assert_int_equal(atomic_load(&b.peer.requests), 0);
    bench_close(&b);
}

struct tally {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int ended, of[CLIENT_OUTCOMES];
};

static void tally_init(struct tally *t)
{
    memset(t, 0, sizeof(*t));
    pthread_mutex_init(&t->lock, NULL);
    pthread_cond_init(&t->changed, NULL);
}

static void tally_done(struct tally *t)
{
    pthread_cond_destroy(&t->changed);
    pthread_mutex_destroy(&t->lock);
}

static void count(void *arg, const struct client_reply *r)
{
    struct tally *t = arg;
    pthread_mutex_lock(&t->lock);
    t->ended++;
    t->of[r->outcome]++;
    pthread_cond_signal(&t->changed);
    pthread_mutex_unlock(&t->lock);
}

static void tally_wait(struct tally *t, int n)
{
    pthread_mutex_lock(&t->lock);
    while (t->ended < n)
        pthread_cond_wait(&t->changed, &t->lock);
    pthread_mutex_unlock(&t->lock);
}

static uint64_t start(struct bench *b, const char *path, struct tally *t)
{
    const struct client_port *p = client_port_of(b->client);
    const struct client_request r = get(b, path);
    uint64_t id = 0;
    assert_int_equal(p->start(p->self, b->c, &r, count, t, &id), ERR_OK);
    return id;
}

static void many_go_at_once_and_no_more_than_may(void **state)
{
    enum { MANY = 20 };
    struct bench b;
    struct tally t;
    struct client_reply a = { 0 };
    (void)state;
    tally_init(&t);
    bench_open(&b, (struct client_options){ .in_flight_max = MANY }, NULL);
    for (int i = 0; i < MANY; i++)
        (void)start(&b, "/gate", &t);
    peer_until_waiting(&b.peer, MANY);
    const struct client_request r = get(&b, "/ok");
    assert_int_equal(ask(&b, &r, &a), ERR_BUSY);
    peer_pass(&b.peer);
    tally_wait(&t, MANY);
    assert_int_equal(t.of[CLIENT_OK], MANY);
    assert_int_equal(must_get(&b, "/ok").status, 200);
    bench_close(&b);
    tally_done(&t);
}

static void one_origin_has_its_share(void **state)
{
    struct bench b;
    struct peer other;
    struct tally t;
    char text[2][64];
    struct client_reply a = { 0 };
    (void)state;
    tally_init(&t);
    b.c = test_ctx_open(&b.t);
    peer_open(&b.peer, NULL);
    peer_open(&other, NULL);
    snprintf(text[0], sizeof(text[0]), "http://127.0.0.1:%u", b.peer.port);
    snprintf(text[1], sizeof(text[1]), "http://127.0.0.1:%u", other.port);
    const struct str origins[] = { str_of(text[0]), str_of(text[1]) };
    const struct client_options o = {
        .origins = origins, .n_origins = 2, .in_flight_max = 8, .in_flight_origin_max = 2
    };
    assert_int_equal(client_open(b.c, &o, &b.client), ERR_OK);
    (void)start(&b, "/hang", &t);
    (void)start(&b, "/hang", &t);
    peer_until_waiting(&b.peer, 2);
    struct client_request r = get(&b, "/ok");
    assert_int_equal(ask(&b, &r, &a), ERR_BUSY);
    r.url = str_fmt(b.c->mem, "%s/ok", text[1]);
    assert_int_equal(ask(&b, &r, &a), ERR_OK);
    bench_close(&b);
    peer_close(&other);
    assert_int_equal(t.of[CLIENT_CLOSED], 2);
    tally_done(&t);
}

static void what_is_cancelled_ends_soon(void **state)
{
    struct bench b;
    struct tally t;
    (void)state;
    tally_init(&t);
    bench_open(&b, (struct client_options){ .n_origins = 0 }, NULL);
    const struct client_port *p = client_port_of(b.client);
    const uint64_t id = start(&b, "/hang", &t);
    peer_until_waiting(&b.peer, 1);
    p->cancel(p->self, id + 1000); /* nobody's */
    p->cancel(p->self, id);
    p->cancel(p->self, id);
    tally_wait(&t, 1);
    assert_int_equal(t.of[CLIENT_CANCELLED], 1);
    const uint64_t early = start(&b, "/hang", &t); /* perhaps not yet seen by the I/O thread */
    p->cancel(p->self, early);
    tally_wait(&t, 2);
    assert_int_equal(t.of[CLIENT_CANCELLED], 2);
    assert_int_equal(must_get(&b, "/ok").status, 200);
    bench_close(&b);
    tally_done(&t);
}

static void closing_ends_what_is_in_flight(void **state)
{
    struct bench b;
    struct tally t;
    (void)state;
    tally_init(&t);
    bench_open(&b, (struct client_options){ .n_origins = 0 }, NULL);
    for (int i = 0; i < 5; i++)
        (void)start(&b, "/hang", &t);
    peer_until_waiting(&b.peer, 5);
    bench_close(&b);
    assert_int_equal(t.ended, 5);
    assert_int_equal(t.of[CLIENT_CLOSED], 5);
    tally_done(&t);
}

struct asker {
    struct bench *b;
    struct test_ctx t;
    int good;
};

static void *ask_often(void *arg)
{
    struct asker *a = arg;
    struct ctx *c = test_ctx_open(&a->t);
    for (int i = 0; i < 25; i++) {
        const struct client_request r = {
            .method = "GET",
            .url = str_fmt(c->mem, "http://127.0.0.1:%u/ok", a->b->peer.port),
            .timeout_ms = LONG_MS,
            .body_max = BODY,
        };
        struct client_reply reply = { 0 };
        if (client_call(c, client_port_of(a->b->client), &r, &reply) == ERR_OK)
            a->good += str_eq(reply.body, S("hello"));
        c = test_ctx_next(&a->t);
    }
    test_ctx_close(&a->t);
    return NULL;
}

static void threads_ask_side_by_side(void **state)
{
    enum { THREADS = 6 };
    struct bench b;
    struct asker askers[THREADS];
    pthread_t threads[THREADS];
    (void)state;
    bench_open(&b, (struct client_options){ .n_origins = 0 }, NULL);
    for (int i = 0; i < THREADS; i++) {
        askers[i] = (struct asker){ .b = &b };
        assert_int_equal(pthread_create(&threads[i], NULL, ask_often, &askers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(askers[i].good, 25);
    }
    bench_close(&b);
}

static void the_environment_names_no_proxy(void **state)
{
    struct bench b;
    (void)state;
    setenv("http_proxy", "http://127.0.0.1:1", 1);
    setenv("all_proxy", "http://127.0.0.1:1", 1);
    bench_open(&b, (struct client_options){ .n_origins = 0 }, NULL);
    assert_int_equal(must_get(&b, "/ok").status, 200);
    bench_close(&b);
    unsetenv("http_proxy");
    unsetenv("all_proxy");
}

static void a_bad_list_is_named(void **state)
{
    static const struct str bad[] = { S_INIT("https://good.example.org"),
                                      S_INIT("https://bad.example.org/path") };
    const struct client_options o = { .origins = bad, .n_origins = 2 };
    struct client *client = NULL;
    struct test_ctx t;
    struct ctx *c = test_ctx_open(&t);
    (void)state;
    assert_int_equal(client_open(c, &o, &client), ERR_INVALID);
    assert_non_null(strstr(c->fault.text, "bad.example.org/path"));
    assert_null(client);
    test_ctx_close(&t);
}

/* A certificate for one name, by which it is also trusted. */
static SSL_CTX *identity(const char *san, const char *ca_path)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *x = X509_new();
    SSL_CTX *tls = SSL_CTX_new(TLS_server_method());
    X509_set_version(x, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
    X509_gmtime_adj(X509_getm_notBefore(x), -3600);
    X509_gmtime_adj(X509_getm_notAfter(x), 3600);
    X509_set_pubkey(x, key);
    X509_NAME *name = X509_get_subject_name(x);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"peer", -1, -1, 0);
    X509_set_issuer_name(x, name);
    X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, san);
    X509_add_ext(x, ext, -1);
    X509_EXTENSION_free(ext);
    X509_sign(x, key, EVP_sha256());
    SSL_CTX_use_certificate(tls, x);
    SSL_CTX_use_PrivateKey(tls, key);
    FILE *f = fopen(ca_path, "w");
    PEM_write_X509(f, x);
    fclose(f);
    X509_free(x);
    EVP_PKEY_free(key);
    return tls;
}

static void certificates_are_verified(void **state)
{
    char dir[] = P_tmpdir "/enigma-client-XXXXXX", ca[64], other[64];
    struct bench b;
    (void)state;
    assert_non_null(mkdtemp(dir));
    snprintf(ca, sizeof(ca), "%s/ca.pem", dir);
    snprintf(other, sizeof(other), "%s/other.pem", dir);
    SSL_CTX *good = identity("IP:127.0.0.1", ca), *wrong = identity("DNS:example.org", other);
    bench_open(&b, (struct client_options){ .ca_file = str_of(ca) }, good);
    assert_true(str_eq(must_get(&b, "/ok").body, S("hello")));
    assert_true(must_get(&b, "/ok").reused);
    bench_close(&b);
    bench_open(&b, (struct client_options){ .n_origins = 0 }, good);
    struct client_request r = get(&b, "/ok");
    expect_outcome(&b, &r, CLIENT_UNTRUSTED);
    bench_close(&b);
    bench_open(&b, (struct client_options){ .ca_file = str_of(other) }, wrong);
    r = get(&b, "/ok");
    expect_outcome(&b, &r, CLIENT_UNTRUSTED);
    assert_int_equal(atomic_load(&b.peer.requests), 0);
    bench_close(&b);
    SSL_CTX_free(good);
    SSL_CTX_free(wrong);
    unlink(ca);
    unlink(other);
    rmdir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_is_answered),
        cmocka_unit_test(what_is_sent_is_what_was_asked_for),
        cmocka_unit_test(connections_are_used_again),
        cmocka_unit_test(redirects_are_not_followed),
        cmocka_unit_test(bad_peers_end_in_an_outcome),
        cmocka_unit_test(late_answers_are_given_up),
        cmocka_unit_test(statuses_are_answers),
        cmocka_unit_test(strangers_are_not_asked),
        cmocka_unit_test(metadata_addresses_are_refused),
        cmocka_unit_test(malformed_requests_are_not_sent),
        cmocka_unit_test(many_go_at_once_and_no_more_than_may),
        cmocka_unit_test(one_origin_has_its_share),
        cmocka_unit_test(what_is_cancelled_ends_soon),
        cmocka_unit_test(closing_ends_what_is_in_flight),
        cmocka_unit_test(threads_ask_side_by_side),
        cmocka_unit_test(the_environment_names_no_proxy),
        cmocka_unit_test(a_bad_list_is_named),
        cmocka_unit_test(certificates_are_verified),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
