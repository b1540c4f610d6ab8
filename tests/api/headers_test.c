/* Headers of every kind of answer, negotiation, conditions, CSRF, CORS, and refusals of bad input
 * before they reach a row. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "api/ask.h"
#include "api/cycles.h"

static int open_world(void **state)
{
    struct world *w = malloc(sizeof(*w));
    world_open(w, NULL);
    world_cycle(w, PHASE_SUBMISSION, true);
    *state = w;
    return 0;
}
static int close_world(void **state)
{
    world_must_verify(*state);
    world_close(*state);
    free(*state);
    return 0;
}

static void header_is(const struct answer *a, const char *name, const char *value)
{
    struct str got = answer_header(a, name);
    if (!str_eq(got, str_of(value)))
        fail_msg("%s: %.*s, not %s\n%.*s", name, STR_ARG(got), value, STR_ARG(a->head));
    assert_int_equal(answer_header_count(a, name), 1);
}

/* S-52, S-54 and the request id: on whatever is said. */
static void check_always(const struct answer *a)
{
    header_is(a, "X-Content-Type-Options", "nosniff");
    header_is(a, "Referrer-Policy", "no-referrer");
    header_is(a, "Cross-Origin-Opener-Policy", "same-origin");
    header_is(a, "Content-Security-Policy",
              "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
              "font-src 'self'; connect-src 'self'; media-src 'self' blob:; manifest-src 'self'; "
              "base-uri 'none'; form-action 'self'; object-src 'none'; frame-ancestors 'none'");
    struct str permissions = answer_header(a, "Permissions-Policy");
    assert_true(str_has(permissions, "camera=(self)") && str_has(permissions, "microphone=(self)"));
    header_is(a, "X-Enigma-Demo", "true");
    struct str id = answer_header(a, "X-Request-ID");
    assert_int_equal(id.n, 16);
    for (size_t i = 0; i < id.n; i++)
        assert_true(strchr("0123456789abcdef", id.p[i]) != NULL);
    assert_true(answer_header(a, "Date").n == 29);
    assert_false(answer_header(a, "Server").p != NULL);
    assert_false(answer_header(a, "Strict-Transport-Security").p != NULL); /* plain HTTP here */
    if (a->body.n)
        assert_true(str_has(answer_header(a, "Content-Type"), "; charset=utf-8"));
}

static void check_error(const struct answer *a, int status)
{
    if (a->status != status)
        fail_msg("%d, not %d: %.*s", a->status, status, STR_ARG(a->body));
    check_always(a);
    header_is(a, "Content-Type", "application/json; charset=utf-8");
    header_is(a, "Cache-Control", "no-store");
    assert_true(str_starts(a->body, S("{\"detail\":")));
}

static struct answer get(struct world *w, const char *path, enum matrix_caller as,
                         const char *headers)
{
    struct ask q = { .method = "GET", .path = path, .as = as, .headers = headers };
    return ask(w, q);
}
static struct answer apply(struct world *w, struct str body)
{
    struct ask q = {
        .method = "POST", .path = "/applications", .as = MATRIX_OTHER_STUDENT, .body = body
    };
    return ask(w, q);
}
static const char *cycle_path(const struct world *w, const char *tail, char ret[256])
{
    snprintf(ret, 256, "/admin/cycles/%s%s", w->cycle_id, tail);
    return ret;
}

static void test_every_kind_of_answer(void **state)
{
    struct world *w = *state;
    char path[256];
    struct answer a = get(w, "/health", MATRIX_NOBODY, NULL);
    assert_int_equal(a.status, 200);
    check_always(&a);
    a = get(w, "/openapi.json", MATRIX_NOBODY, NULL);
    assert_int_equal(a.status, 200);
    check_always(&a);
    a = get(w, "/docs", MATRIX_NOBODY, NULL);
    assert_int_equal(a.status, 200);
    check_always(&a);
    header_is(&a, "Content-Type", "text/html; charset=utf-8");
    a = get(w, "/nowhere", MATRIX_NOBODY, NULL);
    check_error(&a, 404);
    a = get(w, "/%zz", MATRIX_NOBODY, NULL);
    check_error(&a, 400);
    a = ask_raw(w, S("GET / HTTP/1.1\r\n\r\n"));
    check_error(&a, 400);
    a = ask_raw(w, S("nonsense\r\n\r\n"));
    check_error(&a, 400);
    a = get(w, "/admin/cycles", MATRIX_NOBODY, NULL);
    check_error(&a, 401);
    a = get(w, "/auth/student/me", MATRIX_ADMIN, NULL);
    check_error(&a, 403);
    struct ask q = { .method = "PATCH", .path = "/admin/cycles", .as = MATRIX_ADMIN };
    a = ask(w, q);
    check_error(&a, 405);
    q = (struct ask){ .method = "POST",
                      .path = "/admin/auth/login",
                      .body = S("username=a"),
                      .type = "application/x-www-form-urlencoded" };
    a = ask(w, q);
    check_error(&a, 415);
    q.type = NULL;
    q.body = S("{}");
    a = ask(w, q);
    check_error(&a, 422);
    a = get(w, "/admin/cycles?limit=0", MATRIX_ADMIN, NULL);
    check_error(&a, 422);
    q = (struct ask){ .method = "POST",
                      .path = cycle_path(w, "/publish", path),
                      .as = MATRIX_ADMIN };
    a = ask(w, q);
    check_error(&a, 400);
}

static void test_request_ids_differ(void **state)
{
    struct world *w = *state;
    char first[32];
    struct answer a = get(w, "/health", MATRIX_NOBODY, "X-Request-ID: mine\r\n");
    struct str id = answer_header(&a, "X-Request-ID");
    snprintf(first, sizeof(first), "%.*s", STR_ARG(id));
    assert_string_not_equal(first, "mine");
    a = get(w, "/health", MATRIX_NOBODY, NULL);
    assert_false(str_eq(answer_header(&a, "X-Request-ID"), str_of(first)));
}

/* S-53 */
static void test_caching(void **state)
{
    struct world *w = *state;
    const struct route *r;
    size_t personal = 0;
    for (size_t t = 0; t < w->o.n_tables; t++) {
        for (size_t i = 0; i < w->o.tables[t].n; i++) {
            r = &w->o.tables[t].routes[i];
            if (!is_read(r->method))
                continue;
            enum matrix_caller as = r->roles & ROLE_AUDITOR   ? MATRIX_AUDITOR
                                    : r->roles & ROLE_STUDENT ? MATRIX_STUDENT
                                                              : MATRIX_NOBODY;
            struct arena *mem = arena_open(NULL, 1 << 20);
            struct answer a = ask(w, good_ask(w, mem, r, as));
            check_always(&a);
            if (as != MATRIX_NOBODY) {
                header_is(&a, "Cache-Control", "no-store");
                personal++;
            }
            arena_close(mem);
        }
    }
    assert_true(personal > 15);
    struct ask q = { .method = "POST", .path = "/admin/auth/logout", .as = MATRIX_AUDITOR };
    struct answer a = ask(w, q);
    assert_int_equal(a.status, 200);
    header_is(&a, "Clear-Site-Data", "\"cache\", \"cookies\", \"storage\"");
    a = ask(w, q);
    check_error(&a, 401);
    q = (struct ask){ .method = "POST", .path = "/auth/student/logout", .as = MATRIX_STUDENT };
    a = ask(w, q);
    assert_int_equal(a.status, 200);
    header_is(&a, "Clear-Site-Data", "\"cache\", \"cookies\", \"storage\"");
    assert_true(str_has(answer_header(&a, "Set-Cookie"), "Max-Age=0"));
    a = ask(w, q);
    check_error(&a, 401);
    world_sign_in(w, MATRIX_AUDITOR);
    world_sign_in(w, MATRIX_STUDENT);
}

/* S-24 over plain HTTP: HttpOnly, Lax, the whole path, no Domain. */
static void test_cookie(void **state)
{
    struct world *w = *state;
    struct ask q = { .method = "POST",
                     .path = "/auth/demo/personas",
                     .body = S("{\"persona_id\":\"yuki-tanaka\"}") };
    struct answer a = ask(w, q);
    assert_int_equal(a.status, 200);
    struct str cookie = answer_header(&a, "Set-Cookie");
    assert_true(str_starts(cookie, S(STUDENT_COOKIE "=")));
    assert_true(str_has(cookie, "; HttpOnly") && str_has(cookie, "; SameSite=Lax"));
    assert_true(str_has(cookie, "; Path=/;") && !str_has(cookie, "Domain"));
    assert_false(str_has(a.body, "cookie"));
    /* Behind TLS: the prefix, Secure and HSTS. */
    w->o.trusted_proxies = S("192.0.2.7");
    q.headers = "X-Forwarded-Proto: https\r\n";
    a = ask(w, q);
    cookie = answer_header(&a, "Set-Cookie");
    assert_true(str_starts(cookie, S("__Host-" STUDENT_COOKIE "=")) && str_has(cookie, "; Secure"));
    assert_true(str_starts(answer_header(&a, "Strict-Transport-Security"), S("max-age=31536000")));
    w->o.trusted_proxies = S("198.51.100.1");
    a = ask(w, q);
    assert_false(answer_header(&a, "Strict-Transport-Security").p != NULL);
    w->o.trusted_proxies = (struct str){ 0 };
}

static void test_etags(void **state)
{
    struct world *w = *state;
    char path[256], line[256], tag[128];
    struct answer a = get(w, cycle_path(w, "", path), MATRIX_AUDITOR, NULL);
    assert_int_equal(a.status, 200);
    snprintf(tag, sizeof(tag), "%.*s", STR_ARG(answer_header(&a, "ETag")));
    assert_true(tag[0] == '"');
    snprintf(line, sizeof(line), "If-None-Match: \"other\", %s\r\n", tag);
    a = get(w, path, MATRIX_AUDITOR, line);
    assert_int_equal(a.status, 304);
    assert_int_equal(a.body.n, 0);
    header_is(&a, "ETag", tag);
    snprintf(line, sizeof(line), "If-None-Match: W/%s\r\n", tag);
    assert_int_equal(get(w, path, MATRIX_AUDITOR, line).status, 304);
    assert_int_equal(get(w, path, MATRIX_AUDITOR, "If-None-Match: *\r\n").status, 304);
    assert_int_equal(get(w, path, MATRIX_AUDITOR, "If-None-Match: \"other\"\r\n").status, 200);
    /* The condition never opens a door. */
    snprintf(line, sizeof(line), "If-None-Match: %s\r\n", tag);
    assert_int_equal(get(w, path, MATRIX_NOBODY, line).status, 401);
    assert_int_equal(get(w, "/openapi.json", MATRIX_NOBODY, "If-None-Match: \"doc\"\r\n").status,
                     304);
}

static void test_if_match(void **state)
{
    struct world *w = *state;
    char path[256], freeze[256], line[256];
    world_cycle(w, PHASE_SUBMISSION, true);
    struct answer a = get(w, cycle_path(w, "", path), MATRIX_ADMIN, NULL);
    snprintf(line, sizeof(line), "If-Match: %.*s\r\n", STR_ARG(answer_header(&a, "ETag")));
    struct ask put = { .method = "PUT",
                       .path = path,
                       .as = MATRIX_ADMIN,
                       .headers = line,
                       .body = S("{\"cycle_name\":\"Second name\"}") };
    a = ask(w, put);
    assert_int_equal(a.status, 200);
    assert_true(str_has(a.body, "Second name"));
    put.body = S("{\"cycle_name\":\"Third name\"}");
    a = ask(w, put); /* the tag is old now */
    check_error(&a, 412);
    struct ask step = { .method = "POST",
                        .path = cycle_path(w, "/freeze", freeze),
                        .as = MATRIX_ADMIN,
                        .headers = line };
    a = ask(w, step);
    check_error(&a, 412);
    a = get(w, path, MATRIX_ADMIN, NULL);
    assert_true(str_has(a.body, "Second name") && str_has(a.body, "\"submission\""));
    snprintf(line, sizeof(line), "If-Match: %.*s\r\n", STR_ARG(answer_header(&a, "ETag")));
    a = ask(w, step);
    assert_int_equal(a.status, 200);
    assert_true(str_has(a.body, "\"frozen\""));
    assert_true(answer_header(&a, "ETag").p != NULL);
    world_cycle(w, PHASE_SUBMISSION, true);
}

static void test_problem_json(void **state)
{
    struct world *w = *state;
    char path[256];
    struct ask q = { .method = "POST",
                     .path = cycle_path(w, "/publish", path),
                     .as = MATRIX_ADMIN,
                     .headers = "Accept: application/problem+json\r\n" };
    struct answer a = ask(w, q);
    assert_int_equal(a.status, 409);
    check_always(&a);
    header_is(&a, "Content-Type", "application/problem+json; charset=utf-8");
    static const char *const members[] = { "\"type\":",
                                           "\"title\":",
                                           "\"status\":409",
                                           "\"detail\":",
                                           "\"instance\":",
                                           "\"request_id\":",
                                           "\"code\":\"phase_conflict\"",
                                           "submission" };
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
        if (!str_has(a.body, members[i]))
            fail_msg("no %s in %.*s", members[i], STR_ARG(a.body));
    q.headers = "Accept: application/json, application/problem+json;q=0.1\r\n";
    a = ask(w, q);
    check_error(&a, 400);
    assert_true(str_has(a.body, "submission") && str_has(a.body, "publish"));
    q.headers = "Accept: */*\r\n";
    a = ask(w, q);
    check_error(&a, 400);
    a = get(w, "/admin/cycles?limit=x", MATRIX_ADMIN, "Accept: application/problem+json\r\n");
    assert_int_equal(a.status, 422);
    assert_true(str_has(a.body, "\"errors\":[{\"type\":\"int_parsing\""));
    w->o.problem_json = true;
    a = get(w, "/nowhere", MATRIX_NOBODY, NULL);
    assert_int_equal(a.status, 404);
    header_is(&a, "Content-Type", "application/problem+json; charset=utf-8");
    w->o.problem_json = false;
}

/* ---- 422 bodies, to the byte ---- */

static void body_is(const struct answer *a, int status, struct str body)
{
    if (a->status != status || !str_eq(a->body, body))
        fail_msg("%d %.*s\nnot %d %.*s", a->status, STR_ARG(a->body), status, STR_ARG(body));
    check_error(a, status);
}

/* The good application with one member's text replaced. */
static struct str changed(struct arena *mem, const char *from, const char *to)
{
    static const char good[] = WORLD_APPLICATION;
    const char *at = strstr(good, from);
    assert_non_null(at);
    return str_fmt(mem, "%.*s%s%s", (int)(at - good), good, to, at + strlen(from));
}

struct bad {
    const char *from, *to, *detail;
};
static const struct bad bad_applications[] = {
    { "\"name\":\"Ada Testwell\"", "\"name\":\"A\"",
      "{\"type\":\"string_too_short\",\"loc\":[\"body\",\"name\"],\"msg\":\"String should have at "
      "least 2 characters\",\"input\":\"A\",\"ctx\":{\"min_length\":2}}" },
    { "\"name\":\"Ada Testwell\"", "\"name\":null",
      "{\"type\":\"string_type\",\"loc\":[\"body\",\"name\"],\"msg\":\"Input should be a valid "
      "string\",\"input\":null}" },
    { "\"name\":\"Ada Testwell\"", "\"name\":[1]",
      "{\"type\":\"string_type\",\"loc\":[\"body\",\"name\"],\"msg\":\"Input should be a valid "
      "string\",\"input\":[1]}" },
    { "\"gpa\":3.4", "\"gpa\":4.01",
      "{\"type\":\"less_than_equal\",\"loc\":[\"body\",\"gpa\"],\"msg\":\"Input should be less "
      "than "
      "or equal to 4\",\"input\":4.01,\"ctx\":{\"le\":4.0}}" },
    { "\"gpa\":3.4", "\"gpa\":-0.5",
      "{\"type\":\"greater_than_equal\",\"loc\":[\"body\",\"gpa\"],\"msg\":\"Input should be "
      "greater "
      "than or equal to 0\",\"input\":-0.5,\"ctx\":{\"ge\":0.0}}" },
    { "\"gpa\":3.4", "\"gpa\":\"good\"",
      "{\"type\":\"float_parsing\",\"loc\":[\"body\",\"gpa\"],\"msg\":\"Input should be a valid "
      "number, unable to parse string as a number\",\"input\":\"good\"}" },
    { "\"gpa\":3.4", "\"gpa\":true",
      "{\"type\":\"float_type\",\"loc\":[\"body\",\"gpa\"],\"msg\":\"Input should be a valid "
      "number\","
      "\"input\":true}" },
    { "\"SAT\":1300", "\"SAT\":1601",
      "{\"type\":\"less_than_equal\",\"loc\":[\"body\",\"test_scores\",\"SAT\"],\"msg\":\"Input "
      "should be less than or equal to 1600\",\"input\":1601.0,\"ctx\":{\"le\":1600}}" },
    { ",\"achievements\":\"Won the regional science fair.\"", "",
      "{\"type\":\"missing\",\"loc\":[\"body\",\"achievements\"],\"msg\":\"Field required\"," },
    { "\"achievements\":\"Won the regional science fair.\"", "\"achievements\":\"Won.\"",
      "{\"type\":\"string_too_short\",\"loc\":[\"body\",\"achievements\"],\"msg\":\"String should "
      "have at least 10 characters\",\"input\":\"Won.\",\"ctx\":{\"min_length\":10}}" },
    { "\"essay\":\"" WORLD_ESSAY "\"", "\"essay\":\"Too short.\"",
      "{\"type\":\"string_too_short\",\"loc\":[\"body\",\"essay\"],\"msg\":\"String should have at "
      "least 100 characters\",\"input\":\"Too short.\",\"ctx\":{\"min_length\":100}}" },
};

static void test_422_of_applications(void **state)
{
    struct world *w = *state;
    int64_t entries = test_count(
        world_ctx(w), "SELECT COUNT(*) AS n FROM audit_entry WHERE :a = :a", S("x"), S(""));
    for (size_t i = 0; i < sizeof(bad_applications) / sizeof(bad_applications[0]); i++) {
        const struct bad *b = &bad_applications[i];
        struct arena *mem = arena_open(NULL, 1 << 20);
        struct answer a = apply(w, changed(mem, b->from, b->to));
        bool whole = b->detail[strlen(b->detail) - 1] == '}';
        if (whole)
            body_is(&a, 422, str_fmt(mem, "{\"detail\":[%s]}", b->detail));
        else if (a.status != 422 || !str_has(a.body, b->detail))
            fail_msg("%d %.*s", a.status, STR_ARG(a.body));
        arena_close(mem);
    }
    assert_int_equal(test_count(world_ctx(w), "SELECT COUNT(*) AS n FROM audit_entry WHERE :a = :a",
                                S("x"), S("")),
                     entries);
}

/* Everything that is wrong is named at once, in the order of the table. */
static void test_422_names_all(void **state)
{
    struct world *w = *state;
    static const char *const fields[] = { "name",        "email", "gpa",
                                          "test_scores", "essay", "achievements" };
    struct answer a = apply(w, S("{}"));
    check_error(&a, 422);
    const char *at = a.body.p;
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        char want[160];
        snprintf(want, sizeof(want),
                 "{\"type\":\"missing\",\"loc\":[\"body\",\"%s\"],\"msg\":\"Field required\","
                 "\"input\":{}}",
                 fields[i]);
        at = strstr(at, want);
        if (!at)
            fail_msg("no %s in %.*s", want, STR_ARG(a.body));
    }
}

static void test_emails(void **state)
{
    struct world *w = *state;
    static const char *const bad[] = { "ada",
                                       "ada@",
                                       "@example.org",
                                       "ada@example",
                                       "a b@example.org",
                                       "ada@exa mple.org",
                                       "ada@@example.org",
                                       "ada@example.org\\nBcc: x@y.zz" };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct arena *mem = arena_open(NULL, 1 << 20);
        struct str email = str_fmt(mem, "\"email\":\"%s\"", bad[i]);
        struct answer a = apply(w, changed(mem, "\"email\":\"ada@example.org\"", email.p));
        check_error(&a, 422);
        assert_true(str_has(a.body, "{\"type\":\"value_error\",\"loc\":[\"body\",\"email\"]"));
        arena_close(mem);
    }
}

static void test_enums(void **state)
{
    struct world *w = *state;
    char path[256];
    struct ask q = { .method = "POST",
                     .path = cycle_path(w, "/processing", path),
                     .as = MATRIX_ADMIN,
                     .body = S("{\"provider\":\"oracle\"}") };
    struct answer a = ask(w, q);
    body_is(
        &a, 422,
        S("{\"detail\":[{\"type\":\"enum\",\"loc\":[\"body\",\"provider\"],\"msg\":\"Input should "
          "be 'builtin', 'openai' or 'external'\",\"input\":\"oracle\",\"ctx\":{\"expected\":"
          "\"'builtin', 'openai' or 'external'\"}}]}"));
    a = get(w, cycle_path(w, "/applications?status=happy", path), MATRIX_ADMIN, NULL);
    check_error(&a, 422);
    assert_true(str_has(a.body, "{\"type\":\"enum\",\"loc\":[\"query\",\"status\"]"));
}

static void json_invalid(struct world *w, struct str body, const char *position)
{
    char want[128];
    struct answer a = apply(w, body);
    check_error(&a, 422);
    snprintf(want, sizeof(want), "{\"type\":\"json_invalid\",\"loc\":[\"body\",%s%s", position,
             position[0] ? "]" : "");
    if (!str_has(a.body, want) || !str_has(a.body, "\"msg\":\"JSON decode error\""))
        fail_msg("no %s in %.*s", want, STR_ARG(a.body));
}

static void test_malformed_json(void **state)
{
    struct world *w = *state;
    struct buf deep;
    json_invalid(w, S("{\"name\":\"Ada\",}"), "14");
    json_invalid(w, S("{\"name\" \"Ada\"}"), "8");
    json_invalid(w, S("{\"gpa\":NaN}"), "7");
    json_invalid(w, S("{\"gpa\":01}"), "");
    json_invalid(w, S("{} {}"), "3");
    json_invalid(w, S("{\"name\":\"\\ud800\"}"), "");
    json_invalid(w, S("{\"name\":\"\xff\"}"), "");
    struct answer a = apply(w, S("{\"gpa\":3,\"gpa\":4}"));
    check_error(&a, 422);
    assert_true(str_has(a.body, "{\"type\":\"duplicate_member\",\"loc\":[\"body\",\"gpa\"]"));
    a = apply(w, S("[]"));
    check_error(&a, 422);
    a = apply(w, S("\"text\""));
    check_error(&a, 422);
    a = apply(w, S("null"));
    check_error(&a, 422);
    buf_init(&deep, NULL, 1 << 20);
    buf_lit(&deep, "{\"x\":");
    for (int i = 0; i < 100000; i++)
        buf_c(&deep, '[');
    a = apply(w, buf_view(&deep));
    check_error(&a, 422);
    buf_done(&deep);
}

static void test_bodies_missing_and_unknown(void **state)
{
    struct world *w = *state;
    struct answer a = apply(w, S(""));
    body_is(&a, 422,
            S("{\"detail\":[{\"type\":\"missing\",\"loc\":[\"body\"],\"msg\":\"Field required\","
              "\"input\":null}]}"));
    struct ask none = { .method = "POST", .path = "/applications", .as = MATRIX_OTHER_STUDENT };
    a = ask(w, none);
    check_error(&a, 422);
    /* Unknown members are ignored, also those that other places would obey. */
    struct arena *mem = arena_open(NULL, 1 << 20);
    a = apply(w, changed(mem, "{\"name\"",
                         "{\"status\":\"selected\",\"student_id\":\"STU_X\",\"__proto__\":{},"
                         "\"application_id\":\"APP_MINE\",\"name\""));
    assert_int_equal(a.status, 200);
    assert_true(str_has(a.body, "\"status\":\"submitted\"") && !str_has(a.body, "APP_MINE"));
    a = apply(w, S(WORLD_APPLICATION));
    check_error(&a, 400);
    assert_true(str_has(a.body, "already applied"));
    arena_close(mem);
    world_cycle(w, PHASE_SUBMISSION, true);
}

static void test_idempotency(void **state)
{
    struct world *w = *state;
    char first[512];
    struct ask q = { .method = "POST",
                     .path = "/applications",
                     .as = MATRIX_OTHER_STUDENT,
                     .headers = "Idempotency-Key: abc\r\n",
                     .body = S(WORLD_APPLICATION) };
    struct answer a = ask(w, q);
    assert_int_equal(a.status, 200);
    snprintf(first, sizeof(first), "%.*s", STR_ARG(a.body));
    a = ask(w, q);
    assert_int_equal(a.status, 200);
    header_is(&a, "Idempotency-Replayed", "true");
    assert_true(str_eq(a.body, str_of(first)));
    struct arena *mem = arena_open(NULL, 1 << 20);
    q.body = changed(mem, "3.4", "3.5");
    a = ask(w, q);
    check_error(&a, 422);
    assert_true(str_has(a.body, "[\"header\",\"Idempotency-Key\"]"));
    arena_close(mem);
    world_cycle(w, PHASE_SUBMISSION, true);
}

static void test_sizes_and_types(void **state)
{
    struct world *w = *state;
    struct buf big;
    buf_init(&big, NULL, 4 << 20);
    buf_lit(&big, "{\"essay\":\"");
    while (big.n < (1 << 20) + 100)
        buf_lit(&big, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    buf_lit(&big, "\"}");
    struct answer a = apply(w, buf_view(&big));
    check_error(&a, 413);
    buf_done(&big);
    /* Said by the head alone: nothing of the body is waited for. */
    a = ask_raw(w, S("POST /admin/auth/login HTTP/1.1\r\nHost: h\r\nContent-Length: 9999999999\r\n"
                     "Content-Type: application/json\r\n\r\n"));
    check_error(&a, 413);
    static const char *const types[] = { "text/plain",
                                         "multipart/form-data; boundary=x",
                                         "application/x-www-form-urlencoded",
                                         "",
                                         "application/json5",
                                         "application/x-ndjson" };
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        struct ask q = { .method = "POST",
                         .path = "/applications",
                         .as = MATRIX_OTHER_STUDENT,
                         .body = S(WORLD_APPLICATION),
                         .type = types[i] };
        a = ask(w, q);
        check_error(&a, 415);
    }
    struct ask q = { .method = "POST",
                     .path = "/applications",
                     .as = MATRIX_OTHER_STUDENT,
                     .body = S("{}"),
                     .type = "Application/JSON; charset=utf-8" };
    a = ask(w, q);
    check_error(&a, 422);
}

/* S-50: a cookie alone never changes anything. */
static void test_csrf(void **state)
{
    struct world *w = *state;
    struct ask q = { .method = "POST",
                     .path = "/applications",
                     .as = MATRIX_OTHER_STUDENT,
                     .body = S(WORLD_APPLICATION),
                     .no_origin = true };
    static const char *const foreign[] = { NULL,
                                           "Origin: https://evil.test\r\n",
                                           "Origin: null\r\n",
                                           "Origin: http://enigma.test.evil.test\r\n",
                                           "Origin: http://enigma.test:81\r\n",
                                           "Sec-Fetch-Site: cross-site\r\n",
                                           "Sec-Fetch-Site: same-site\r\n",
                                           "Sec-Fetch-Site: none\r\n",
                                           "Origin: https://evil.test\r\n"
                                           "Sec-Fetch-Site: same-origin\r\n" };
    for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++) {
        q.headers = foreign[i];
        struct answer a = ask(w, q);
        check_error(&a, 403);
    }
    /* Ours, or one that the operator named; and reading is free. */
    q.body = S("{}");
    q.headers = "Sec-Fetch-Site: same-origin\r\n";
    assert_int_equal(ask(w, q).status, 422);
    q.headers = "Origin: https://front.test\r\n";
    assert_int_equal(ask(w, q).status, 422);
    q.headers = "Origin: http://enigma.test\r\n";
    assert_int_equal(ask(w, q).status, 422);
    assert_int_equal(
        get(w, "/auth/student/me", MATRIX_STUDENT, "Origin: https://evil.test\r\n").status, 200);
    /* A bearer is no cookie: no page of others can send it. */
    struct ask bearer = { .method = "PUT",
                          .path = "/admin/cycles/CYC_NONE/close",
                          .as = MATRIX_ADMIN,
                          .headers = "Origin: https://evil.test\r\n" };
    assert_int_equal(ask(w, bearer).status, 404);
}

/* S-51 */
static void test_cors(void **state)
{
    struct world *w = *state;
    struct answer a = get(w, "/health", MATRIX_NOBODY, "Origin: https://front.test\r\n");
    header_is(&a, "Access-Control-Allow-Origin", "https://front.test");
    header_is(&a, "Access-Control-Allow-Credentials", "true");
    assert_true(str_has(answer_header(&a, "Vary"), "Origin"));
    a = get(w, "/admin/cycles", MATRIX_NOBODY, "Origin: https://two.test\r\n");
    assert_int_equal(a.status, 401);
    header_is(&a, "Access-Control-Allow-Origin", "https://two.test");
    static const char *const others[] = { "Origin: https://evil.test\r\n",
                                          "Origin: null\r\n",
                                          "Origin: https://front.test.evil.test\r\n",
                                          "Origin: http://front.test\r\n",
                                          "Origin: https://front.test,https://two.test\r\n",
                                          "" };
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        a = get(w, "/health", MATRIX_NOBODY, others[i]);
        assert_int_equal(a.status, 200);
        assert_false(answer_header(&a, "Access-Control-Allow-Origin").p != NULL);
        assert_false(answer_header(&a, "Access-Control-Allow-Credentials").p != NULL);
        assert_true(str_has(answer_header(&a, "Vary"), "Origin"));
    }
    struct ask preflight = { .method = "OPTIONS",
                             .path = "/applications",
                             .headers = "Origin: https://front.test\r\n"
                                        "Access-Control-Request-Method: POST\r\n" };
    a = ask(w, preflight);
    assert_int_equal(a.status, 204);
    check_always(&a);
    assert_true(str_has(answer_header(&a, "Access-Control-Allow-Methods"), "POST"));
    assert_true(str_has(answer_header(&a, "Access-Control-Allow-Headers"), "Idempotency-Key"));
    preflight.headers = "Origin: https://evil.test\r\nAccess-Control-Request-Method: POST\r\n";
    a = ask(w, preflight);
    assert_false(answer_header(&a, "Access-Control-Allow-Methods").p != NULL);
    assert_false(answer_header(&a, "Access-Control-Allow-Origin").p != NULL);
}

struct bad_query {
    const char *query, *type;
};
static const struct bad_query bad_queries[] = {
    { "limit=0", "greater_than_equal" },
    { "limit=1001", "less_than_equal" },
    { "limit=ten", "int_parsing" },
    { "limit=", "int_parsing" },
    { "limit=1.5", "int_parsing" },
    { "limit=99999999999999999999", NULL },
    { "limit=%31%zz", NULL },
    { "limit=%00", NULL },
};

static void test_queries(void **state)
{
    struct world *w = *state;
    char path[256], want[96];
    static const char *const lists[] = { "/admin/cycles", "/jobs", "/admin/audit/logs" };
    for (size_t l = 0; l < sizeof(lists) / sizeof(lists[0]); l++) {
        for (size_t i = 0; i < sizeof(bad_queries) / sizeof(bad_queries[0]); i++) {
            snprintf(path, sizeof(path), "%s?%s", lists[l], bad_queries[i].query);
            struct answer a = get(w, path, MATRIX_ADMIN, NULL);
            if (a.status != 422 && !(a.status == 400 && !bad_queries[i].type))
                fail_msg("%s: %d %.*s", path, a.status, STR_ARG(a.body));
            snprintf(want, sizeof(want), "\"type\":\"%s\",\"loc\":[\"query\",\"limit\"]",
                     bad_queries[i].type ? bad_queries[i].type : "");
            if (bad_queries[i].type && !str_has(a.body, want))
                fail_msg("%s: no %s in %.*s", path, want, STR_ARG(a.body));
        }
        snprintf(path, sizeof(path), "%s?limit=5&unknown=1", lists[l]);
        assert_int_equal(get(w, path, MATRIX_ADMIN, NULL).status, 200);
    }
    assert_int_equal(get(w, "/admin/audit/logs?from=yesterday", MATRIX_ADMIN, NULL).status, 422);
    assert_int_equal(
        get(w, "/admin/audit/logs?from=2020-01-01T00:00:00Z&action=login", MATRIX_ADMIN, NULL)
            .status,
        200);
    assert_int_equal(
        get(w, cycle_path(w, "/selection/preview?seats=0", path), MATRIX_ADMIN, NULL).status, 422);
    assert_int_equal(get(w, "/dashboard/stats?cycle_id=CYC_NONE", MATRIX_NOBODY, NULL).status, 404);
    struct ask q = { .method = "POST",
                     .path = "/admin/batch/import",
                     .as = MATRIX_ADMIN,
                     .body = S("{}\n"),
                     .type = "application/x-ndjson" };
    struct answer a = ask(w, q);
    check_error(&a, 422);
    assert_true(str_has(a.body, "\"type\":\"missing\",\"loc\":[\"query\",\"batch_id\"]"));
}

/* A cursor that nobody gave: refused, never an error of ours and never a row too many. */
static void test_cursors(void **state)
{
    struct world *w = *state;
    char path[512], applications[128];
    snprintf(applications, sizeof(applications), "/admin/cycles/%s/applications", w->cycle_id);
    const char *const lists[] = { "/admin/cycles", "/jobs", "/admin/audit/logs", applications };
    static const char *const cursors[] = { "",
                                           "x",
                                           "%00",
                                           "%27%3B--",
                                           "AAAA",
                                           "..%2F..%2F",
                                           "ffffffffffffffff",
                                           "%F0%9F%90%9D",
                                           "MTox",
                                           "%%%",
                                           "OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTpDWUM" };
    for (size_t l = 0; l < sizeof(lists) / sizeof(lists[0]); l++) {
        for (size_t i = 0; i < sizeof(cursors) / sizeof(cursors[0]); i++) {
            snprintf(path, sizeof(path), "%s?limit=2&cursor=%s", lists[l], cursors[i]);
            struct answer a = get(w, path, MATRIX_ADMIN, NULL);
            if (a.status != 422 && a.status != 400 && a.status != 200)
                fail_msg("%s: %d %.*s", path, a.status, STR_ARG(a.body));
            check_always(&a);
        }
        char wide[400];
        memset(wide, 'A', sizeof(wide) - 1);
        wide[sizeof(wide) - 1] = '\0';
        snprintf(path, sizeof(path), "%s?cursor=%.300s", lists[l], wide);
        struct answer a = get(w, path, MATRIX_ADMIN, NULL);
        if (a.status != 422 && a.status != 400)
            fail_msg("%s: %d %.*s", path, a.status, STR_ARG(a.body));
    }
}

/* Force belongs to super_admin, and only where a step has it. */
static void test_force(void **state)
{
    struct world *w = *state;
    char path[256];
    struct ask q = { .method = "POST",
                     .path = cycle_path(w, "/select?force=true", path),
                     .as = MATRIX_ADMIN };
    struct answer a = ask(w, q);
    check_error(&a, 403);
    q.as = MATRIX_SUPER_ADMIN;
    a = ask(w, q);
    check_error(&a, 400);
    q.path = cycle_path(w, "/freeze?force=true", path);
    a = ask(w, q);
    check_error(&a, 400);
    assert_true(str_has(a.body, "cannot be forced"));
    q.path = cycle_path(w, "/select?force=perhaps", path);
    a = ask(w, q);
    check_error(&a, 422);
}

/* The gate says the phase, what is missing and how many. */
static void test_gate_texts(void **state)
{
    struct world *w = *state;
    char path[256];
    world_cycle_new(w);
    struct ask q = { .method = "POST", .path = cycle_path(w, "/freeze", path), .as = MATRIX_ADMIN };
    struct answer a = ask(w, q);
    body_is(&a, 400,
            S("{\"detail\":\"Cycle is in phase 'submission' and freeze cannot run: 0 applications "
              "were submitted and at least one is needed\"}"));
    world_cycle(w, PHASE_SUBMISSION, true);
    q.path = cycle_path(w, "/publish", path);
    a = ask(w, q);
    body_is(&a, 400,
            S("{\"detail\":\"Cycle is in phase 'submission'; publish needs 'selection'\"}"));
}

/* A streamed body with its type and its entry in the log: count and hash of what left. */
static void test_exports(void **state)
{
    struct world *w = *state;
    char path[256];
    world_cycle(w, PHASE_SCORED, true);
    int64_t before = test_acts(world_ctx(w), "cycle.download");
    struct answer a = get(w, cycle_path(w, "/export.jsonl", path), MATRIX_AUDITOR, NULL);
    assert_int_equal(a.status, 200);
    check_always(&a);
    header_is(&a, "Content-Type", "application/x-ndjson; charset=utf-8");
    header_is(&a, "Content-Disposition", "attachment");
    assert_true(str_starts(a.body, S("{\"anonymized_id\":\"ANON_")));
    assert_int_equal(test_acts(world_ctx(w), "cycle.download"), before + 1);
    a = get(w, cycle_path(w, "/export.csv", path), MATRIX_ADMIN, NULL);
    assert_int_equal(a.status, 200);
    header_is(&a, "Content-Type", "text/csv; charset=utf-8");
    assert_true(str_starts(a.body, S("anonymized_id,status,")));
    assert_int_equal(test_acts(world_ctx(w), "cycle.download"), before + 2);
    world_cycle(w, PHASE_SUBMISSION, true);
}

/* Sealed at rest, hashed logins: neither an identity nor a credential stands in the file. */
static void test_secrets_stay_in(void **state)
{
    struct world *w = *state;
    struct ask q = { .method = "POST",
                     .path = "/admin/auth/login",
                     .body = S("{\"username\":\"admin\",\"password\":\"" WORLD_PASSWORD "x\"}") };
    struct answer a = ask(w, q);
    body_is(&a, 401, S("{\"detail\":\"Invalid credentials\"}"));
    q.body = S("{\"username\":\"nobody-at-all\",\"password\":\"" WORLD_PASSWORD "\"}");
    a = ask(w, q);
    body_is(&a, 401, S("{\"detail\":\"Invalid credentials\"}"));
    q.body = S("{\"username\":7,\"password\":\"hunter2-hunter2\"}");
    a = ask(w, q);
    check_error(&a, 422);
    assert_false(str_has(a.body, "hunter2"));
    q.body = S("{\"password\":\"hunter2-hunter2\"}");
    a = ask(w, q);
    check_error(&a, 422);
    assert_false(str_has(a.body, "hunter2"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_kind_of_answer),
        cmocka_unit_test(test_request_ids_differ),
        cmocka_unit_test(test_caching),
        cmocka_unit_test(test_cookie),
        cmocka_unit_test(test_etags),
        cmocka_unit_test(test_if_match),
        cmocka_unit_test(test_problem_json),
        cmocka_unit_test(test_422_of_applications),
        cmocka_unit_test(test_422_names_all),
        cmocka_unit_test(test_emails),
        cmocka_unit_test(test_enums),
        cmocka_unit_test(test_malformed_json),
        cmocka_unit_test(test_bodies_missing_and_unknown),
        cmocka_unit_test(test_idempotency),
        cmocka_unit_test(test_sizes_and_types),
        cmocka_unit_test(test_csrf),
        cmocka_unit_test(test_cors),
        cmocka_unit_test(test_queries),
        cmocka_unit_test(test_cursors),
        cmocka_unit_test(test_force),
        cmocka_unit_test(test_gate_texts),
        cmocka_unit_test(test_exports),
        cmocka_unit_test(test_secrets_stay_in),
    };
    return cmocka_run_group_tests(tests, open_world, close_world);
}
