/* Routing, access, decoding, envelopes and headers, driven without a socket. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "unit/http/site_fixture.h"

static struct arena *mem;
static struct server_options o;

static int set_up(void **state)
{
    (void)state;
    mem = arena_open(NULL, 256 << 20);
    o = site_options();
    atomic_store(&revoked, false);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_close(mem);
    return 0;
}

static const char *send_raw(struct str raw)
{
    struct ctx c;
    struct str reply;
    ctx_init(&c, mem, &site_deps, 0);
    assert_int_equal(server_loopback(&c, &o, raw, &reply), ERR_OK);
    return str_z(mem, reply);
}

static const char *ask(const char *line, const char *headers, const char *body)
{
    struct str raw =
        str_fmt(mem, "%s HTTP/1.1\r\nHost: site.example\r\n%sContent-Length: %zu\r\n\r\n%s", line,
                headers, strlen(body), body);
    return send_raw(raw);
}

#define JSON_TYPE "Content-Type: application/json\r\n"
#define ADMIN     "Authorization: Bearer admin\r\n"
#define AUDITOR   "Authorization: Bearer auditor\r\n"
#define STUDENT   "Cookie: a=b; session=student\r\n"

static void expect_status(const char *reply, int status)
{
    char want[32];
    snprintf(want, sizeof(want), "HTTP/1.1 %d ", status);
    if (strncmp(reply, want, strlen(want)) != 0)
        fail_msg("not %d: %.200s … %s", status, reply, strstr(reply, "\r\n\r\n"));
}

static void expect_text(const char *reply, const char *text)
{
    if (!strstr(reply, text))
        fail_msg("\"%s\" is missing in: %s", text, reply);
}

static void expect_body(const char *reply, const char *body)
{
    assert_string_equal(strstr(reply, "\r\n\r\n") + 4, body);
}

static void every_answer_has_its_headers(void **state)
{
    (void)state;
    static const char *const lines[] = { "GET /health",     "GET /nothing", "POST /health",
                                         "GET /boom",       "GET /staff",   "GET /app.js",
                                         "OPTIONS /health", "GET /pool/%zz" };
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        const char *r = ask(lines[i], "", "");
        expect_text(r, "\r\nDate: ");
        expect_text(r, "\r\nX-Request-ID: ");
        expect_text(r, "\r\nX-Content-Type-Options: nosniff\r\n");
        expect_text(r, "\r\nReferrer-Policy: no-referrer\r\n");
        expect_text(r, "\r\nCross-Origin-Opener-Policy: same-origin\r\n");
        expect_text(r, "\r\nContent-Security-Policy: default-src 'none'; script-src 'self';");
        expect_text(
            r,
            "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'\r\n");
        expect_text(r, "\r\nPermissions-Policy: camera=(self), microphone=(self)\r\n");
        expect_text(r, "\r\nVary: Origin");
        assert_null(strstr(r, "X-Enigma-Demo"));
    }
    o.demo = true;
    expect_text(ask("GET /health", "", ""), "\r\nX-Enigma-Demo: true\r\n");
}

static void success_is_encoded(void **state)
{
    (void)state;
    const char *r = ask("GET /pool", "", "");
    expect_status(r, 200);
    expect_text(r, "Content-Type: application/json; charset=utf-8\r\n");
    expect_body(r, "{\"text\":\"ok\",\"count\":7}");
    expect_body(ask("GET /api/pool/a%20b?limit=5", "", ""), "{\"text\":\"a b\",\"count\":5}");
    expect_body(ask("GET /list", "", ""),
                "[{\"text\":\"a\",\"count\":0},{\"text\":\"b\",\"count\":0}]");
    r = ask("HEAD /pool", "", "");
    expect_status(r, 200);
    expect_text(r, "Content-Length: 23\r\n");
    expect_body(r, "");
}

static void methods_and_paths(void **state)
{
    (void)state;
    const char *r = ask("GET /nothing", "", "");
    expect_status(r, 404);
    expect_body(r, "{\"detail\":\"Not Found\"}");
    expect_status(ask("GET /pool/", "", ""), 404);
    expect_status(ask("GET //pool", "", ""), 404);
    r = ask("DELETE /pool", "", "");
    expect_status(r, 405);
    expect_text(r, "\r\nAllow: GET, HEAD, OPTIONS\r\n");
    expect_status(ask("TRACE /pool", "", ""), 405);
    expect_status(ask("BREW /pool", "", ""), 501);
    r = ask("OPTIONS /notes", "", "");
    expect_status(r, 204);
    expect_text(r, "\r\nAllow: POST, OPTIONS\r\n");
    expect_status(ask("OPTIONS *", "", ""), 204);
    expect_status(ask("GET /pool/%00", "", ""), 400);
}

/* What a handler refuses counts for the security log; what is missing or busy does not. */
static void handlers_refuse(void **state)
{
    (void)state;
    const int before = atomic_load(&refusals);
    const char *r = ask("GET /refuses", "", "");
    expect_status(r, 401);
    expect_body(r, "{\"detail\":\"Invalid credentials\"}");
    assert_int_equal(atomic_load(&refusals), before + 1);
    expect_status(ask("GET /missing", "", ""), 404);
    expect_status(ask("GET /phase", "", ""), 400);
    expect_status(ask("GET /busy", "", ""), 503);
    assert_int_equal(atomic_load(&refusals), before + 1);
    expect_status(ask("GET /staff", "", ""), 401);
    assert_int_equal(atomic_load(&refusals), before + 2);
}

static void roles_deny_by_default(void **state)
{
    (void)state;
    const char *r = ask("GET /staff", "", "");
    expect_status(r, 401);
    expect_text(r, "\r\nWWW-Authenticate: Bearer\r\n");
    expect_body(r, "{\"detail\":\"Not authenticated\"}");
    expect_status(ask("GET /staff", ADMIN, ""), 200);
    expect_status(ask("GET /staff", AUDITOR, ""), 200);
    expect_status(ask("POST /staff", AUDITOR, ""), 403);
    /* A student is nobody where staff work; staff are forbidden where students are. */
    expect_status(ask("GET /staff", STUDENT, ""), 401);
    r = ask("GET /mine", ADMIN, "");
    expect_status(r, 403);
    expect_body(r, "{\"detail\":\"Forbidden\"}");
    expect_status(ask("GET /mine", STUDENT, ""), 200);
    r = ask("GET /mine", "Authorization: Bearer stale\r\n", "");
    expect_status(r, 401);
    expect_body(r, "{\"detail\":\"Invalid token\"}");
    /* A public route never fails for a bad credential. */
    expect_status(ask("GET /pool", "Authorization: Bearer stale\r\n", ""), 200);
    expect_text(ask("GET /staff", ADMIN, ""), "\r\nCache-Control: no-store\r\n");
}

static void cookies_need_the_same_origin(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *headers;
    } cases[] = {
        { 403, STUDENT JSON_TYPE },
        { 403, STUDENT JSON_TYPE "Origin: https://evil.example\r\n" },
        { 403, STUDENT JSON_TYPE "Origin: null\r\n" },
        { 403, STUDENT JSON_TYPE "Sec-Fetch-Site: cross-site\r\n" },
        { 403,
          STUDENT JSON_TYPE "Origin: https://evil.example\r\nSec-Fetch-Site: same-origin\r\n" },
        { 403, STUDENT JSON_TYPE "Origin: https://site.example.evil\r\n" },
        { 200, STUDENT JSON_TYPE "Origin: https://site.example\r\n" },
        { 200, STUDENT JSON_TYPE "Origin: http://localhost:5173\r\n" },
        { 200, STUDENT JSON_TYPE "Sec-Fetch-Site: same-origin\r\n" },
        { 200, ADMIN JSON_TYPE },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        expect_status(ask("POST /notes", cases[i].headers, "{\"text\":\"x\"}"), cases[i].status);
    o.public_origin = S("https://public.example");
    expect_status(ask("POST /notes", STUDENT JSON_TYPE "Origin: https://site.example\r\n",
                      "{\"text\":\"x\"}"),
                  403);
    expect_status(ask("POST /notes", STUDENT JSON_TYPE "Origin: https://public.example\r\n",
                      "{\"text\":\"x\"}"),
                  200);
}

static void cors_is_an_exact_list(void **state)
{
    (void)state;
    const char *r = ask("GET /pool", "Origin: https://ui.example\r\n", "");
    expect_text(r, "\r\nAccess-Control-Allow-Origin: https://ui.example\r\n");
    expect_text(r, "\r\nAccess-Control-Allow-Credentials: true\r\n");
    assert_null(
        strstr(ask("GET /pool", "Origin: https://ui.example.evil\r\n", ""), "Access-Control"));
    assert_null(strstr(ask("GET /pool", "Origin: null\r\n", ""), "Access-Control"));
    r = ask("OPTIONS /notes",
            "Origin: https://ui.example\r\nAccess-Control-Request-Method: POST\r\n", "");
    expect_status(r, 204);
    expect_text(r, "\r\nAccess-Control-Allow-Methods: POST, OPTIONS\r\n");
    expect_text(r, "\r\nAccess-Control-Max-Age: 600\r\n");
    struct ctx c;
    struct str reply;
    ctx_init(&c, mem, &site_deps, 0);
    o.cors_origins = S("*");
    assert_int_equal(server_loopback(&c, &o, S("GET / HTTP/1.0\r\n\r\n"), &reply), ERR_INVALID);
}

static void bodies_are_checked(void **state)
{
    (void)state;
    const char *r = ask("POST /open", JSON_TYPE, "{\"text\":\"hi\",\"count\":3,\"more\":1}");
    expect_status(r, 200);
    expect_body(r, "{\"text\":\"hi\",\"count\":3}");
    expect_status(ask("POST /open", "", "{\"text\":\"hi\"}"), 415);
    expect_status(ask("POST /open", "Content-Type: text/plain\r\n", "{\"text\":\"hi\"}"), 415);
    expect_status(
        ask("POST /open", "Content-Type: application/json; charset=utf-8\r\n", "{\"text\":\"hi\"}"),
        200);
    r = ask("POST /open", JSON_TYPE, "");
    expect_status(r, 422);
    expect_text(r,
                "{\"detail\":[{\"type\":\"missing\",\"loc\":[\"body\"],\"msg\":\"Field required\"");
    r = ask("POST /open", JSON_TYPE, "{\"count\":77}");
    expect_status(r, 422);
    expect_text(r, "\"loc\":[\"body\",\"text\"]");
    expect_text(r, "\"loc\":[\"body\",\"count\"]");
    expect_status(ask("POST /open", JSON_TYPE, "{\"text\":\"hi\""), 422);
    expect_status(ask("GET /pool/x?limit=0", "", ""), 422);
    /* Query parameters may come as a JSON body instead. */
    expect_body(ask("POST /asked?limit=5", "", ""), "{\"text\":\"ok\",\"count\":5}");
    expect_body(ask("POST /asked", JSON_TYPE, "{\"limit\":6}"), "{\"text\":\"ok\",\"count\":6}");
    expect_body(ask("POST /asked", "", ""), "{\"text\":\"ok\",\"count\":10}");
}

static void bodies_have_limits(void **state)
{
    (void)state;
    enum { TOO_MUCH = BODY_MAX_DEFAULT + 1 };
    struct str raw =
        str_fmt(mem, "POST /open HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n", TOO_MUCH);
    const char *r = send_raw(raw);
    expect_status(r, 413);
    expect_text(r, "\r\nConnection: close\r\n");
    char *big = arena_raw(mem, TOO_MUCH + 1, 1, 1);
    memset(big, 'a', TOO_MUCH);
    raw = str_fmt(mem,
                  "POST /open HTTP/1.1\r\nHost: a\r\n" JSON_TYPE
                  "Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n",
                  TOO_MUCH, big);
    expect_status(send_raw(raw), 413);
}

static void faults_keep_internals_inside(void **state)
{
    (void)state;
    const char *r = ask("GET /boom", "", "");
    expect_status(r, 500);
    expect_text(r, "{\"detail\":\"Internal server error\",\"request_id\":\"");
    assert_null(strstr(r, "secrets"));
    assert_null(strstr(r, "/var"));
    r = ask("GET /busy", "", "");
    expect_status(r, 503);
    expect_text(r, "\r\nRetry-After: 1\r\n");
    expect_body(ask("GET /missing", "", ""), "{\"detail\":\"No such thing\"}");
}

static void problems_where_asked_for(void **state)
{
    (void)state;
    const char *r = ask("GET /phase", "", "");
    expect_status(r, 400);
    expect_body(r, "{\"detail\":\"Wrong phase: frozen\"}");
    r = ask("GET /phase", "Accept: application/problem+json\r\n", "");
    expect_status(r, 409);
    expect_text(r, "\r\nContent-Type: application/problem+json; charset=utf-8\r\n");
    expect_text(r, "{\"type\":\"urn:enigma:error:phase_conflict\",\"title\":\"Not possible now\","
                   "\"status\":409,\"detail\":\"Wrong phase: frozen\",\"instance\":\"/phase\"");
    expect_text(r, "\"code\":\"phase_conflict\"");
    o.problem_json = true;
    r = ask("POST /open", JSON_TYPE, "{}");
    expect_status(r, 422);
    expect_text(r, "\"errors\":[{\"type\":\"missing\",\"loc\":[\"body\",\"text\"]");
    /* JSON preferred to problems: the plain envelope. */
    o.problem_json = false;
    r = ask("GET /phase", "Accept: application/json, application/problem+json;q=0.5\r\n", "");
    expect_status(r, 400);
}

static void validators_and_headers(void **state)
{
    (void)state;
    const char *r = ask("GET /etag", "", "");
    expect_status(r, 200);
    expect_text(r, "\r\nETag: \"v7\"\r\n");
    assert_null(strstr(r, "stolen"));
    r = ask("GET /etag", "If-None-Match: \"v1\", W/\"v7\"\r\n", "");
    expect_status(r, 304);
    expect_text(r, "\r\nETag: \"v7\"\r\n");
    expect_body(r, "");
    expect_status(ask("GET /etag", "If-None-Match: \"v8\"\r\n", ""), 200);
}

static void assets_are_negotiated(void **state)
{
    (void)state;
    static const struct {
        const char *accept, *body;
    } cases[] = {
        { "", "plain" },
        { "Accept-Encoding: gzip\r\n", "gz" },
        { "Accept-Encoding: gzip, br\r\n", "br" },
        { "Accept-Encoding: br;q=0.1, gzip;q=0.9\r\n", "gz" },
        { "Accept-Encoding: br;q=0, gzip;q=0\r\n", "plain" },
        { "Accept-Encoding: *\r\n", "br" },
        { "Accept-Encoding: identity\r\n", "plain" },
        { "Accept-Encoding: *;q=0\r\n", "plain" },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        expect_body(ask("GET /app.js", cases[i].accept, ""), cases[i].body);
    const char *r = ask("GET /app.js", "Accept-Encoding: gzip\r\n", "");
    expect_text(r, "\r\nContent-Encoding: gzip\r\n");
    expect_text(r, "\r\nVary: Origin, Accept-Encoding\r\n");
    expect_text(r, "\r\nCache-Control: public, max-age=31536000, immutable\r\n");
    expect_text(r, "\r\nETag: \"abc-gzip\"\r\n");
    expect_status(ask("GET /app.js", "If-None-Match: \"abc\"\r\n", ""), 304);
    expect_status(ask("GET /app.js", "If-None-Match: \"abc\"\r\nAccept-Encoding: br\r\n", ""), 200);
    expect_status(ask("POST /app.js", "", ""), 405);
    /* One path may be a page for people and data for programs. */
    expect_body(ask("GET /both", "Accept: text/html, */*;q=0.8\r\n", ""), "<p>page</p>");
    expect_body(ask("GET /both", "Accept: */*\r\n", ""), "{\"text\":\"ok\",\"count\":0}");
}

static void streams_and_events(void **state)
{
    (void)state;
    const char *r = ask("GET /rows/2", "", "");
    expect_status(r, 200);
    expect_text(r, "\r\nContent-Type: application/x-ndjson; charset=utf-8\r\n");
    expect_body(r, "{\"row\":000000}\n{\"row\":000001}\n");
    expect_status(ask("GET /rows/x", "", ""), 404);
    r = ask("GET /events", ADMIN "Last-Event-ID: 1\r\n", "");
    expect_status(r, 200);
    expect_body(r, "id: 2\ndata: tick\n\n");
    expect_status(ask("GET /events", "", ""), 401);
}

static void framing_faults_answer_too(void **state)
{
    (void)state;
    const char *r = send_raw(S("GET / HTTP/1.1\r\n\r\n"));
    expect_status(r, 400);
    expect_text(r, "\r\nConnection: close\r\n");
    expect_text(r, "{\"detail\":\"");
    expect_status(send_raw(S("GET / HTTP/1.1\r\nHost: a\r\n")), 400);
    expect_status(send_raw(S("GET / HTTP/3.0\r\nHost: a\r\n\r\n")), 505);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(every_answer_has_its_headers),
        T(success_is_encoded),
        T(methods_and_paths),
        T(handlers_refuse),
        T(roles_deny_by_default),
        T(cookies_need_the_same_origin),
        T(cors_is_an_exact_list),
        T(bodies_are_checked),
        T(bodies_have_limits),
        T(faults_keep_internals_inside),
        T(problems_where_asked_for),
        T(validators_and_headers),
        T(assets_are_negotiated),
        T(streams_and_events),
        T(framing_faults_answer_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
