/* Headers of every kind of answer, negotiation, conditions, CSRF, CORS, and what steps say. */
#include "api/checks.h"

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

/* SECURITY 2: verification reads every row, so that two at a time are enough. */
static void test_verify_places(void **state)
{
    struct world *w = *state;
    struct ctx *c = world_ctx(w);
    for (int i = 0; i < VERIFY_AT_ONCE; i++)
        test_db_must(c, audit_verify_enter(c), "enter");
    struct answer a = get(w, "/admin/audit/verify-chain", MATRIX_AUDITOR, NULL);
    check_error(&a, 429);
    header_is(&a, "Retry-After", "5");
    audit_verify_leave();
    assert_int_equal(get(w, "/admin/audit/verify-chain", MATRIX_AUDITOR, NULL).status, 200);
    audit_verify_leave();
    for (int i = 0; i < 2 * VERIFY_AT_ONCE; i++) /* each gave its place back */
        assert_int_equal(get(w, "/admin/audit/verify-chain", MATRIX_AUDITOR, NULL).status, 200);
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
        cmocka_unit_test(test_csrf),
        cmocka_unit_test(test_cors),
        cmocka_unit_test(test_force),
        cmocka_unit_test(test_verify_places),
        cmocka_unit_test(test_gate_texts),
        cmocka_unit_test(test_exports),
        cmocka_unit_test(test_secrets_stay_in),
    };
    return cmocka_run_group_tests(tests, open_world, close_world);
}
