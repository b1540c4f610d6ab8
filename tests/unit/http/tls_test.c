/* HTTPS from two PEM files: answers, HSTS, reload, and what is not TLS. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "http/ws.h"
#include "unit/http/wire.h"

static char dir[64], cert[96], key[96];

static void write_identity(void)
{
    EVP_PKEY *pkey = EVP_EC_gen("P-256");
    X509 *x = X509_new();
    X509_set_version(x, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
    X509_gmtime_adj(X509_getm_notBefore(x), 0);
    X509_gmtime_adj(X509_getm_notAfter(x), 3600);
    X509_set_pubkey(x, pkey);
    X509_NAME *name = X509_get_subject_name(x);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"localhost", -1, -1,
                               0);
    X509_set_issuer_name(x, name);
    X509_sign(x, pkey, EVP_sha256());
    FILE *f = fopen(cert, "w");
    PEM_write_X509(f, x);
    fclose(f);
    f = fopen(key, "w");
    PEM_write_PrivateKey(f, pkey, NULL, NULL, 0, NULL, NULL);
    fclose(f);
    X509_free(x);
    EVP_PKEY_free(pkey);
}

static int set_up(void **state)
{
    (void)state;
    snprintf(dir, sizeof(dir), P_tmpdir "/enigma-tls-XXXXXX");
    if (!mkdtemp(dir))
        return -1;
    snprintf(cert, sizeof(cert), "%s/cert.pem", dir);
    snprintf(key, sizeof(key), "%s/key.pem", dir);
    write_identity();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    unlink(cert);
    unlink(key);
    return rmdir(dir);
}

static void ask(struct wire *w, int fd, const char *raw, size_t pieces)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    SSL *ssl = SSL_new(ctx);
    SSL_set_fd(ssl, fd);
    assert_int_equal(SSL_connect(ssl), 1);
    size_t n = strlen(raw), step = n / pieces + 1;
    for (size_t at = 0; at < n; at += step)
        assert_true(SSL_write(ssl, raw + at, (int)(n - at < step ? n - at : step)) > 0);
    w->n = 0;
    for (int got = 1; got > 0 && w->n + 1 < WIRE_MAX;) {
        got = SSL_read(ssl, w->got + w->n, (int)(WIRE_MAX - 1 - w->n));
        w->n += got > 0 ? (size_t)got : 0;
    }
    w->got[w->n] = '\0';
    assert_true(SSL_get_shutdown(ssl) & SSL_RECEIVED_SHUTDOWN); /* a proper goodbye */
    SSL_free(ssl);
    SSL_CTX_free(ctx);
    close(fd);
}

static void https_answers(void **state)
{
    (void)state;
    struct wire w;
    struct server_options o = site_options();
    o.tls_cert = str_of(cert);
    o.tls_key = str_of(key);
    wire_open(&w, &o);
    ask(&w, wire_connect(&w),
        "GET /pool HTTP/1.1\r\nHost: a\r\n\r\n"
        "GET /large HTTP/1.1\r\nHost: a\r\n\r\n"
        "GET /rows/3 HTTP/1.1\r\nHost: a\r\n\r\n"
        "GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        5);
    assert_int_equal(wire_count(&w, "HTTP/1.1 200 OK\r\n"), 4);
    assert_int_equal(wire_count(&w, "\r\nStrict-Transport-Security: max-age=31536000; "
                                    "includeSubDomains\r\n"),
                     4);
    assert_int_equal(wire_count(&w, "{\"row\":"), 3);
    assert_true(w.n > 3 * 1024 * 1024);
    ask(&w, wire_connect(&w), "GET /rows/50000 HTTP/1.0\r\n\r\n", 1);
    assert_int_equal(wire_count(&w, "{\"row\":"), 50000);

    struct ctx c;
    ctx_init(&c, w.mem, &site_deps, 0);
    write_identity();
    assert_int_equal(server_reload_tls(&c, w.server), ERR_OK);
    ask(&w, wire_connect(&w), "GET /health HTTP/1.0\r\n\r\n", 1);
    assert_int_equal(wire_count(&w, "HTTP/1.1 200 OK\r\n"), 1);
    /* A broken file changes nothing. */
    FILE *f = fopen(cert, "w");
    fputs("not a certificate", f);
    fclose(f);
    assert_int_equal(server_reload_tls(&c, w.server), ERR_INVALID);
    ask(&w, wire_connect(&w), "GET /health HTTP/1.0\r\n\r\n", 1);
    assert_int_equal(wire_count(&w, "HTTP/1.1 200 OK\r\n"), 1);
    /* Plain HTTP on the TLS port: no answer in clear, and no harm. */
    int fd = wire_connect(&w);
    wire_send(fd, S("GET /health HTTP/1.1\r\nHost: a\r\n\r\n"));
    (void)wire_read(&w, fd, NULL);
    assert_int_equal(wire_count(&w, "HTTP/1.1 200"), 0);
    close(fd);
    assert_true(wire_close(&w));
}

static void echo_opened(struct ws *ws)
{
    (void)ws;
}

static void echo_message(struct ws *ws, bool text, struct str bytes)
{
    (void)text;
    (void)ws_send_text(ws, bytes, WS_NEEDED);
}

static const struct ws_endpoint echo = {
    .message_max = 1024, .opened = echo_opened, .message = echo_message, .closed = echo_opened
};

static err run_echo(struct ctx *c, struct call *call)
{
    int64_t room = 0;
    if (!str_i64(call->path_arg[0], &room))
        return FAIL(c, NOT_FOUND, "no such room");
    call->ws.key = (uint64_t)room;
    return ERR_OK;
}

static const struct route ws_rows[] = {
    ROW("GET", "/ws/{room}", run_echo, R_PUBLIC, .flags = ROUTE_WEBSOCKET, .ws = &echo),
};
static const struct route_table ws_table = { ws_rows, 1 };

/* The session of TLS goes along when a socket moves to the loop of its room. */
static void a_websocket_speaks_tls_on_every_loop(void **state)
{
    (void)state;
    struct wire w;
    struct server_options o = site_options();
    o.tls_cert = str_of(cert);
    o.tls_key = str_of(key);
    o.tables = &ws_table;
    o.loops = 3;
    wire_open(&w, &o);
    for (int i = 0; i < 6; i++) {
        char raw[512];
        snprintf(raw, sizeof(raw),
                 "GET /ws/%d HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                 "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
                 "\x81\x85\x20\x20\x20\x20HELLO\x88\x82\x01\x01\x01\x01\x02\xe9",
                 i);
        ask(&w, wire_connect(&w), raw, 3);
        assert_int_equal(wire_count(&w, "HTTP/1.1 101 "), 1);
        assert_int_equal(wire_count(&w, "\x81\x05hello\x88\x02\x03\xe8"), 1);
    }
    assert_true(wire_close(&w));
}

static void missing_files_are_said(void **state)
{
    (void)state;
    struct arena *mem = arena_open(NULL, 4 << 20);
    struct ctx c;
    struct server *s;
    struct server_options o = site_options();
    ctx_init(&c, mem, &site_deps, 0);
    o.tls_cert = S("/nonexistent/cert.pem");
    o.tls_key = str_of(key);
    assert_int_equal(server_open(&c, &o, &s), ERR_INVALID);
    assert_non_null(strstr(c.fault.text, "certificate"));
    arena_close(mem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(https_answers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(missing_files_are_said, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
