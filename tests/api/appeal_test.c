/* Appeals: who may, when, what is kept of the words, the decision, and that the log tells. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "api/ask.h"
#include "api/cycles.h"

#define ANSWER "{\"decision\":\"granted\",\"reason\":\"The prize of the fair counts.\"}"

static int open_world(void **state)
{
    struct world *w = calloc(1, sizeof(*w));
    world_open(w, NULL);
    *state = w;
    return 0;
}
static int close_world(void **state)
{
    struct world *w = *state;
    world_must_verify(w);
    world_close(w);
    free(w);
    return 0;
}

static struct answer appeal(struct world *w, enum matrix_caller as, const char *reason)
{
    static char body[512];
    snprintf(body, sizeof(body), "{\"application_id\":\"%s\",\"reason\":\"%s\"}", w->application_id,
             reason);
    return ask(
        w, (struct ask){ .method = "POST", .path = "/appeals", .as = as, .body = str_of(body) });
}

static struct answer decide(struct world *w, enum matrix_caller as, const char *body)
{
    static char path[256];
    snprintf(path, sizeof(path), "/admin/cycles/%s/appeals/%s", w->cycle_id, w->anonymized_id);
    return ask(w, (struct ask){ .method = "POST", .path = path, .as = as, .body = str_of(body) });
}

static struct answer listed(struct world *w, enum matrix_caller as, const char *query)
{
    static char path[256];
    snprintf(path, sizeof(path), "/admin/cycles/%s/appeals%s", w->cycle_id, query);
    return ask(w, (struct ask){ .method = "GET", .path = path, .as = as });
}

static struct answer own(struct world *w, enum matrix_caller as)
{
    return ask(w, (struct ask){ .method = "GET", .path = "/appeals", .as = as });
}

#define REASON "Write to ada@fair.test: the second prize of the fair was not counted."

static void test_from_the_appeal_to_the_answer(void **state)
{
    struct world *w = *state;
    world_cycle(w, PHASE_PUBLISHED, true);
    struct answer a = own(w, MATRIX_STUDENT);
    assert_true(str_has(a.body, "\"state\":\"possible\""));
    assert_true(str_has(a.body, "\"until\":\""));
    assert_int_equal(appeal(w, MATRIX_STUDENT, "Too short.").status, 422);
    assert_int_equal(appeal(w, MATRIX_OTHER_STUDENT, REASON).status, 404);
    a = appeal(w, MATRIX_STUDENT, REASON);
    assert_int_equal(a.status, 200);
    assert_true(str_has(a.body, "\"state\":\"open\""));
    assert_false(str_has(a.body, "ada@fair.test"));
    a = appeal(w, MATRIX_STUDENT, REASON);
    assert_int_equal(a.status, 400);
    assert_true(str_has(a.body, "already"));
    a = listed(w, MATRIX_AUDITOR, "?waiting=true");
    assert_true(str_has(a.body, w->anonymized_id));
    assert_true(str_has(a.body, "second prize of the fair"));
    assert_false(str_has(a.body, "ada@fair.test"));
    assert_false(str_has(a.body, w->application_id));
    assert_int_equal(decide(w, MATRIX_AUDITOR, ANSWER).status, 403);
    assert_int_equal(
        decide(w, MATRIX_ADMIN, "{\"decision\":\"maybe\",\"reason\":\"1234567890\"}").status, 422);
    a = decide(w, MATRIX_ADMIN, ANSWER);
    assert_int_equal(a.status, 200);
    assert_true(str_has(a.body, "\"state\":\"granted\""));
    assert_int_equal(decide(w, MATRIX_ADMIN, ANSWER).status, 400);
    assert_false(str_has(listed(w, MATRIX_ADMIN, "?waiting=true").body, w->anonymized_id));
    a = own(w, MATRIX_STUDENT);
    assert_true(str_has(a.body, "The prize of the fair counts."));
    assert_false(str_has(own(w, MATRIX_OTHER_STUDENT).body, w->application_id));
}

static void test_only_what_is_published_and_in_time(void **state)
{
    struct world *w = *state;
    world_cycle(w, PHASE_SELECTION, true);
    struct answer a = appeal(w, MATRIX_STUDENT, REASON);
    assert_int_equal(a.status, 400);
    assert_true(str_has(a.body, "no published result"));
    assert_true(str_has(own(w, MATRIX_STUDENT).body, "[]"));
    assert_int_equal(decide(w, MATRIX_ADMIN, ANSWER).status, 404);
    world_cycle(w, PHASE_COMPLETED, true);
    assert_int_equal(appeal(w, MATRIX_STUDENT, REASON).status, 200);
}

static int64_t count(struct world *w, const char *sql)
{
    return test_count(world_ctx(w), sql, str_of(w->anonymized_id), S(""));
}

/* A changed answer is found; so is a row that is gone. */
static void test_the_log_holds_the_answer(void **state)
{
    struct world *w = *state;
    world_cycle(w, PHASE_PUBLISHED, true);
    assert_int_equal(appeal(w, MATRIX_STUDENT, REASON).status, 200);
    assert_int_equal(decide(w, MATRIX_SUPER_ADMIN, ANSWER).status, 200);
    world_must_verify(w);
    const struct ask verify = { .method = "GET",
                                .path = "/admin/audit/verify-chain",
                                .as = MATRIX_AUDITOR };
    test_exec(world_ctx(w),
              "UPDATE result_appeals SET decision_reason = 'Something else.' WHERE "
              "anonymized_id = :a OR anonymized_id = :b",
              str_of(w->anonymized_id), S(""));
    assert_true(str_has(ask(w, verify).body, "row.review"));
    test_exec(world_ctx(w),
              "UPDATE result_appeals SET decision_reason = 'The prize of the fair "
              "counts.' WHERE anonymized_id = :a OR anonymized_id = :b",
              str_of(w->anonymized_id), S(""));
    assert_int_equal(count(w, "SELECT COUNT(*) AS n FROM audit_entry WHERE act IN "
                              "('appeal.open', 'appeal.decide') AND '' <> :a"),
                     count(w, "SELECT 2 * COUNT(*) - SUM(CASE WHEN decision IS NULL THEN 1 ELSE 0 "
                              "END) AS n FROM result_appeals WHERE '' <> :a"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_from_the_appeal_to_the_answer, open_world,
                                        close_world),
        cmocka_unit_test_setup_teardown(test_only_what_is_published_and_in_time, open_world,
                                        close_world),
        cmocka_unit_test_setup_teardown(test_the_log_holds_the_answer, open_world, close_world),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
