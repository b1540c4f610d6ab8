/* Bad input, refused before it reaches a row, with the 422 bodies of the contract to the byte. */
#include "api/checks.h"

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
    assert_int_equal(
        get(w, "/admin/bias/metrics?cycle_id=CYC_NONE", MATRIX_SUPER_ADMIN, NULL).status, 404);
    struct ask q = { .method = "POST",
                     .path = "/admin/batch/import",
                     .as = MATRIX_ADMIN,
                     .body = S("{}\n"),
                     .type = "application/x-ndjson" };
    struct answer a = ask(w, q);
    check_error(&a, 422);
    assert_true(str_has(a.body, "\"type\":\"missing\",\"loc\":[\"query\",\"batch_id\"]"));
}

/* What selection and interviews are asked: each bad value named, nothing changed. */
static void test_selection_and_interviews(void **state)
{
    struct world *w = *state;
    char path[256];
    static const struct {
        const char *body, *want;
    } bodies[] = {
        { "{\"mode\":\"lottery\"}",
          "{\"type\":\"enum\",\"loc\":[\"body\",\"mode\"],\"msg\":\"Input should be 'direct' or "
          "'shortlist'\"" },
        { "{\"mode\":\"shortlist\",\"factor\":11}",
          "{\"type\":\"less_than_equal\",\"loc\":[\"body\",\"factor\"]" },
        { "{\"mode\":\"shortlist\",\"factor\":0}",
          "{\"type\":\"greater_than_equal\",\"loc\":[\"body\",\"factor\"]" },
        { "{\"mode\":\"shortlist\",\"weights\":{\"application\":0.7,\"interview\":0.7}}",
          "{\"type\":\"value_error\",\"loc\":[\"body\",\"weights\"],\"msg\":\"Value error, "
          "application and interview must add up to 1.0\",\"input\":{\"application\":0.7,"
          "\"interview\":0.7}" },
        { "{\"mode\":\"shortlist\",\"weights\":{\"application\":1}}",
          "{\"type\":\"missing\",\"loc\":[\"body\",\"weights\",\"interview\"]" },
        { "{\"mode\":\"shortlist\",\"weights\":\"half\"}", "\"loc\":[\"body\",\"weights\"]" },
        { "[]", "\"loc\":[\"body\"]" },
    };
    world_cycle(w, PHASE_SCORED, true);
    const int64_t entries = test_count(
        world_ctx(w), "SELECT COUNT(*) AS n FROM audit_entry WHERE :a = :a", S("x"), S(""));
    struct ask q = { .method = "POST", .path = cycle_path(w, "/select", path), .as = MATRIX_ADMIN };
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        q.body = str_of(bodies[i].body);
        struct answer a = ask(w, q);
        check_error(&a, 422);
        if (!str_has(a.body, bodies[i].want))
            fail_msg("%s: no %s in %.*s", bodies[i].body, bodies[i].want, STR_ARG(a.body));
    }
    assert_int_equal(
        get(w, cycle_path(w, "/selection/preview?mode=both", path), MATRIX_ADMIN, NULL).status,
        422);
    static const char *const numbers[] = { "abc",  "1.5", "1e3",
                                           "0x10", "%20", "9223372036854775808",
                                           "--1" };
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        snprintf(path, sizeof(path), "/interviews/%s/status", numbers[i]);
        struct answer a = get(w, path, MATRIX_STUDENT, NULL);
        check_error(&a, 422);
        if (!str_has(a.body, "\"type\":\"int_parsing\",\"loc\":[\"path\",\"interview_id\"]"))
            fail_msg("%s: %.*s", path, STR_ARG(a.body));
        assert_int_equal(get(w, path, MATRIX_NOBODY, NULL).status, 401);
    }
    assert_int_equal(get(w, "/interviews/0/status", MATRIX_ADMIN, NULL).status, 404);
    assert_int_equal(get(w, "/interviews/-7/status", MATRIX_STUDENT, NULL).status, 404);
    assert_int_equal(test_count(world_ctx(w), "SELECT COUNT(*) AS n FROM audit_entry WHERE :a = :a",
                                S("x"), S("")),
                     entries);
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
            if (a.status != 422 && a.status != 200)
                fail_msg("%s: %d %.*s", path, a.status, STR_ARG(a.body));
            if (a.status == 422 && !str_has(a.body, "\"loc\":[\"query\",\"cursor\"],\"msg\":"))
                fail_msg("%s: %.*s", path, STR_ARG(a.body));
            check_always(&a);
        }
        char wide[400];
        memset(wide, 'A', sizeof(wide) - 1);
        wide[sizeof(wide) - 1] = '\0';
        snprintf(path, sizeof(path), "%s?cursor=%.300s", lists[l], wide);
        struct answer a = get(w, path, MATRIX_ADMIN, NULL);
        if (a.status != 422)
            fail_msg("%s: %d %.*s", path, a.status, STR_ARG(a.body));
    }
}

/* What a student cannot do now is a conflict to who asks for problem details. */
static void test_conflicts_as_problems(void **state)
{
    struct world *w = *state;
    struct ask q = { .method = "POST",
                     .path = "/applications",
                     .as = MATRIX_OTHER_STUDENT,
                     .headers = "Accept: application/problem+json\r\n",
                     .body = S(WORLD_APPLICATION) };
    world_cycle(w, PHASE_SUBMISSION, true);
    struct answer a = ask(w, q);
    for (int i = 0; i < 2 && a.status == 200; i++)
        a = ask(w, q);
    assert_int_equal(a.status, 409);
    assert_true(str_has(a.body, "\"code\":\"phase_conflict\""));
    assert_true(str_has(a.body, "already applied"));
    world_cycle(w, PHASE_FROZEN, false);
    a = ask(w, q);
    assert_int_equal(a.status, 409);
    assert_true(str_has(a.body, "No admission cycle is open"));
    q.headers = NULL;
    a = ask(w, q);
    check_error(&a, 400);
    world_cycle(w, PHASE_SUBMISSION, true);
}

/* Blanks are no name, no essay and no achievement, of whatever script they are. */
static void test_blank_texts(void **state)
{
    struct world *w = *state;
    struct arena *mem = arena_open(NULL, 1 << 20);
    struct buf blanks;
    buf_init(&blanks, mem, 4096);
    for (int i = 0; i < 120; i++)
        buf_str(&blanks, i % 3 ? S(" ") : i % 2 ? S("\xc2\xa0") : S("\xe2\x80\x8b"));
    const char *long_blanks = str_fmt(mem, "\"%.*s\"", (int)blanks.n, blanks.p).p;
    const struct {
        const char *field, *from, *to;
    } texts[] = {
        { "name", "\"Ada Testwell\"", "\"  \\t \"" },
        { "essay", "\"" WORLD_ESSAY "\"", long_blanks },
        { "achievements", "\"Won the regional science fair.\"", "\"\\n\\n\\n          \"" },
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct answer a = apply(w, changed(mem, texts[i].from, texts[i].to));
        if (a.status != 422 ||
            !str_has(a.body, str_fmt(mem, "\"loc\":[\"body\",\"%s\"]", texts[i].field).p))
            fail_msg("%s: %d %.*s", texts[i].field, a.status, STR_ARG(a.body));
    }
    struct ask q = { .method = "POST",
                     .path = "/admin/cycles",
                     .as = MATRIX_ADMIN,
                     .body = S("{\"cycle_name\":\"    \",\"max_seats\":3,"
                               "\"start_date\":\"2027-01-01\",\"end_date\":\"2027-02-01\","
                               "\"result_date\":\"2027-03-01\"}") };
    struct answer a = ask(w, q);
    check_error(&a, 422);
    assert_true(str_has(a.body, "\"loc\":[\"body\",\"cycle_name\"]"));
    arena_close(mem);
}

/* A rule over several members has the list's shape too. */
static void test_rules_over_members(void **state)
{
    struct world *w = *state;
    struct ask q = { .method = "POST",
                     .path = "/admin/bias/adverse-impact",
                     .as = MATRIX_SUPER_ADMIN,
                     .body = S("{\"groups\":[{\"name\":\"a\",\"applied\":1,\"selected\":2},"
                               "{\"name\":\"b\",\"applied\":5,\"selected\":2}]}") };
    struct answer a = ask(w, q);
    check_error(&a, 422);
    assert_true(str_has(a.body, "\"loc\":[\"body\",\"groups\"]"));
    q.path = "/admin/erasures";
    q.body = S("{\"student_id\":\"STU_X\",\"email\":\"a@example.org\",\"basis\":\"order\"}");
    a = ask(w, q);
    check_error(&a, 422);
    assert_true(str_has(a.body, "{\"detail\":[{") && str_has(a.body, "\"input\":null"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_422_of_applications),
        cmocka_unit_test(test_422_names_all),
        cmocka_unit_test(test_emails),
        cmocka_unit_test(test_enums),
        cmocka_unit_test(test_malformed_json),
        cmocka_unit_test(test_bodies_missing_and_unknown),
        cmocka_unit_test(test_idempotency),
        cmocka_unit_test(test_sizes_and_types),
        cmocka_unit_test(test_queries),
        cmocka_unit_test(test_selection_and_interviews),
        cmocka_unit_test(test_conflicts_as_problems),
        cmocka_unit_test(test_blank_texts),
        cmocka_unit_test(test_rules_over_members),
        cmocka_unit_test(test_cursors),
    };
    return cmocka_run_group_tests(tests, open_world, close_world);
}
