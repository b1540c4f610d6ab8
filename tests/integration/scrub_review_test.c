/* The policy of a cycle, the queue of what was held, and the student's preview. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "scrub/policy.h"
#include "service/audit_verify.h"
#include "service/held.h"
#include "service/scrub_policy.h"
#include "service/scrub_preview.h"
#include "support/test_cycle.h"

#define ESSAY                                                                                      \
    "Every evening I measured the hives and wrote the numbers down. Professor Vandermolen told "   \
    "me that a table is a promise, and I kept mine for two winters. In March the weight fell, "    \
    "and the curve showed it a week before we saw it. I wrote a report of twelve pages, and "      \
    "the school printed it. I want to study biology because bees answer slowly and truly."
#define ACHIEVEMENTS "Won the regional science fair with a study of 12 hives."

static struct str apply(struct test_cycle *t, const char *essay, char room[ID_MAX + 1])
{
    struct ctx *c = test_as(t, &t->admin);
    const struct str id = test_cycle_create(c, 2, room);
    struct submit_item item = { test_application(c->mem, 0), test_student_id(c->mem, 0) };
    item.application.essay = str_of(essay);
    item.application.achievements = S(ACHIEVEMENTS);
    test_db_must(c, application_submit_many(c, id, &item, 1), "submit");
    return id;
}

static void set_policy(struct test_cycle *t, struct str id, const char *json,
                       struct scrub_policy_view *ret)
{
    struct scrub_policy p;
    struct ctx *c = test_as(t, &t->admin);
    test_db_must(c, scrub_policy_read(c, str_of(json), &p), "policy");
    test_db_must(c, scrub_policy_set(c, id, &p, ret), "set");
}

/* Any change at all makes the verifier ask a person. */
#define HOLD_ALL "{\"hold_density_percent\":1}"

static struct str held_one(struct test_cycle *t, struct str id, char room[ID_MAX + 1])
{
    struct list rows;
    struct str next;
    int64_t total = 0;
    struct ctx *c = test_as(t, &t->admin);
    test_db_must(c, held_queue(c, id, 10, (struct str){ 0 }, &rows, &next, &total), "queue");
    assert_int_equal(rows.n, 1);
    assert_int_equal(total, 1);
    assert_null(next.p);
    const struct held_row *v = rows.v;
    assert_true(v[0].held_reason.n > 0);
    snprintf(room, ID_MAX + 1, "%.*s", STR_ARG(v[0].anonymized_id));
    return str_of(room);
}

static struct verify_report verify(struct test_cycle *t)
{
    struct verify_report r;
    const struct verify_options o = { .rows = true };
    struct ctx *c = test_as(t, &t->auditor);
    test_db_must(c, audit_verify(c, &o, &r), "verify");
    return r;
}

static void must_verify(struct test_cycle *t)
{
    const struct verify_report r = verify(t);
    const struct verify_invalid *v = r.invalid_entries.v;
    if (!r.is_valid)
        fail_msg("%.*s: %.*s", STR_ARG(v[0].code), STR_ARG(v[0].detail));
}

static bool has(struct str text, const char *what)
{
    return text.p && memmem(text.p, text.n, what, strlen(what)) != NULL;
}

static void a_policy_has_versions_until_preprocessing(void **state)
{
    (void)state;
    struct test_cycle t;
    char room[ID_MAX + 1], sha256[65];
    struct scrub_policy_view v;
    struct ctx *c = test_cycle_open(&t, 1);
    const struct str id = apply(&t, ESSAY, room);
    c = test_as(&t, &t.auditor);
    assert_int_equal(scrub_policy_view_get(c, id, &v), ERR_OK);
    assert_int_equal(v.version, 0);
    assert_false(v.locked);
    assert_int_equal(((const struct scrub_policy *)v.policy)->action[SCRUB_PERSON], SCRUB_REMOVE);
    set_policy(&t, id, "{\"person\":\"keep\"}", &v);
    assert_int_equal(v.version, 1);
    set_policy(&t, id, "{\"person\":\"keep\"}", &v);
    assert_int_equal(v.version, 1); /* the same again is no change */
    set_policy(&t, id, "{\"person\":\"keep\",\"threshold\":60}", &v);
    assert_int_equal(v.version, 2);
    snprintf(sha256, sizeof(sha256), "%.*s", STR_ARG(v.sha256));
    assert_int_equal(test_acts(test_as(&t, NULL), "scrub.policy"), 2);
    test_walk(&t, id, 2);
    c = test_as(&t, &t.admin);
    assert_int_equal(scrub_policy_set(c, id, &scrub_policy_preset, &v), ERR_PHASE);
    c = test_as(&t, &t.admin);
    assert_int_equal(scrub_policy_view_get(c, id, &v), ERR_OK);
    assert_true(v.locked && v.version == 2);
    /* The log names policy, tables and version of the scrubber; the kept name is in the text. */
    struct list e = test_entries(test_as(&t, NULL),
                                 "SELECT entry AS a, subj AS b FROM audit_entry "
                                 "WHERE act = 'cycle.preprocess' AND cycle_id = :a",
                                 id);
    const struct str text = ((const struct test_text *)e.v)->a;
    assert_true(has(text, sha256) && has(text, "\"tables\":\"") && has(text, "\"scrubber\":\""));
    struct list texts = test_rows(test_as(&t, NULL),
                                  "SELECT essay_scrubbed AS a, spans AS b FROM anonymized_texts "
                                  "WHERE admission_cycle_id = :a",
                                  id);
    assert_true(has(((const struct test_text *)texts.v)->a, "Vandermolen"));
    must_verify(&t);
    test_cycle_close(&t);
}

static void a_changed_policy_row_is_found(void **state)
{
    (void)state;
    struct test_cycle t;
    char room[ID_MAX + 1];
    struct scrub_policy_view v;
    test_cycle_open(&t, 1);
    const struct str id = apply(&t, ESSAY, room);
    set_policy(&t, id, "{\"person\":\"keep\"}", &v);
    must_verify(&t);
    test_exec(test_as(&t, NULL),
              "UPDATE scrub_policies SET policy = '{}' WHERE admission_cycle_id = :a", id, S(""));
    const struct verify_report r = verify(&t);
    assert_false(r.is_valid);
    assert_true(
        str_eq(((const struct verify_invalid *)r.invalid_entries.v)->code, S("row.policy")));
    test_exec(test_as(&t, NULL), "DELETE FROM scrub_policies WHERE admission_cycle_id = :a", id,
              S(""));
    assert_false(verify(&t).is_valid);
    test_cycle_close(&t);
}

static void what_is_held_waits_for_a_person(void **state)
{
    (void)state;
    struct test_cycle t;
    char room[ID_MAX + 1], anon_room[ID_MAX + 1];
    struct scrub_policy_view policy;
    struct phase_reply r;
    struct held_view view;
    struct held_original original;
    test_cycle_open(&t, 1);
    const struct str id = apply(&t, ESSAY, room);
    set_policy(&t, id, HOLD_ALL, &policy);
    test_walk(&t, id, 2);
    const struct str anon = held_one(&t, id, anon_room);
    struct ctx *c = test_as(&t, &t.admin);
    assert_int_equal(test_step(c, id, "export", &r), ERR_PHASE);
    assert_true(has(str_of(c->fault.text), "1 application is held for review: ANON_"));
    /* A manager sees the result and where it was changed, never what stood there. */
    c = test_as(&t, &t.admin);
    assert_int_equal(held_get(c, anon, &view), ERR_OK);
    assert_true(view.held_reason.n > 0 && view.spans.n >= 1);
    assert_true(has(view.essay, "[PERSON_1] told me"));
    assert_false(has(view.essay, "Vandermolen"));
    /* The original is read for a reason, which the log commits to; the log has no text of it. */
    const struct held_ask ask = { S("the density rule fired") };
    c = test_as(&t, &t.super);
    assert_int_equal(held_reveal(c, anon, &ask, &original), ERR_OK);
    assert_true(has(original.essay_original, "Vandermolen") && has(original.essay, "[PERSON_1]"));
    struct list e = test_entries(test_as(&t, NULL),
                                 "SELECT entry AS a, subj AS b FROM audit_entry "
                                 "WHERE act = 'pii.read' AND cycle_id = :a",
                                 id);
    assert_int_equal(e.n, 1);
    const struct test_text *entry = e.v;
    assert_true(has(entry->a, "\"fields\":[\"achievements\",\"essay\"]"));
    assert_false(has(entry->a, "density") || has(entry->a, "Vandermolen"));
    must_verify(&t);
    test_cycle_close(&t);
}

static struct held_decision decision(int32_t what, const struct correction *v, size_t n)
{
    return (struct held_decision){ what, { (void *)(uintptr_t)v, n }, S("looked at it") };
}

static struct correction span_of(const char *word, int32_t action, int32_t type)
{
    const char *at = strstr(ESSAY, word);
    assert_non_null(at);
    return (struct correction){ .field = SCRUB_ESSAY,
                                .action = action,
                                .start = at - ESSAY,
                                .end = at - ESSAY + (int64_t)strlen(word),
                                .type = type };
}

static void spans_are_corrected_and_the_result_released(void **state)
{
    (void)state;
    struct test_cycle t;
    char room[ID_MAX + 1], anon_room[ID_MAX + 1];
    struct scrub_policy_view policy;
    struct phase_reply r;
    struct held_view view;
    test_cycle_open(&t, 1);
    const struct str id = apply(&t, ESSAY, room);
    set_policy(&t, id, HOLD_ALL, &policy);
    test_walk(&t, id, 2);
    const struct str anon = held_one(&t, id, anon_room);
    const struct correction first[] = { span_of("Vandermolen", CORRECT_RESTORE, -1),
                                        span_of("bees", CORRECT_REDACT, SCRUB_ORG) };
    struct held_decision d = decision(HELD_CORRECT, first, 2);
    struct ctx *c = test_as(&t, &t.super);
    test_db_must(c, held_decide(c, anon, &d, &view), "correct");
    assert_true(view.held_reason.p != NULL);
    assert_true(has(view.essay, "Professor Vandermolen told me"));
    assert_true(has(view.essay, "because [ORG] answer slowly"));
    must_verify(&t); /* the row is what the review says, not what the scrubbing said */
    held_one(&t, id, anon_room);
    const struct correction second[] = { span_of("Vandermolen", CORRECT_REDACT, SCRUB_PERSON) };
    d = decision(HELD_RELEASE, second, 1);
    c = test_as(&t, &t.super);
    test_db_must(c, held_decide(c, anon, &d, &view), "release");
    assert_null(view.held_reason.p);
    assert_true(has(view.essay, "Professor [PERSON] told me"));
    c = test_as(&t, &t.super);
    assert_int_equal(held_decide(c, anon, &d, &view), ERR_NOT_FOUND);
    assert_int_equal(test_acts(test_as(&t, NULL), "identity.review"), 2);
    assert_int_equal(test_count(test_as(&t, NULL),
                                "SELECT COUNT(*) AS n FROM scrub_corrections "
                                "WHERE anonymized_id = :a AND created_by = :b",
                                anon, t.super.id),
                     3);
    must_verify(&t);
    test_exec(test_as(&t, NULL),
              "UPDATE anonymized_texts SET essay_scrubbed = essay_scrubbed || '!' "
              "WHERE anonymized_id = :a",
              anon, S(""));
    const struct verify_report tampered = verify(&t);
    assert_false(tampered.is_valid);
    assert_true(
        str_eq(((const struct verify_invalid *)tampered.invalid_entries.v)->code, S("row.map")));
    c = test_as(&t, &t.admin);
    assert_int_equal(test_step(c, id, "export", &r), ERR_OK);
    assert_int_equal(r.records, 1);
    test_cycle_close(&t);
}

static void bad_corrections_change_nothing(void **state)
{
    (void)state;
    struct test_cycle t;
    char room[ID_MAX + 1], anon_room[ID_MAX + 1];
    struct scrub_policy_view policy;
    struct held_view before, after, none;
    test_cycle_open(&t, 1);
    const struct str id = apply(&t, ESSAY, room);
    set_policy(&t, id, HOLD_ALL, &policy);
    test_walk(&t, id, 2);
    const struct str anon = held_one(&t, id, anon_room);
    struct ctx *c = test_as(&t, &t.super);
    test_db_must(c, held_get(c, anon, &before), "get");
    const int64_t size = (int64_t)sizeof(ESSAY) - 1;
    const struct correction bad[] = {
        { .field = SCRUB_ESSAY, .action = CORRECT_REDACT, .start = 5, .end = 5, .type = 0 },
        { .field = SCRUB_ESSAY, .action = CORRECT_REDACT, .start = 9, .end = 3, .type = 0 },
        { .field = SCRUB_ESSAY, .action = CORRECT_REDACT, .start = 0, .end = size + 1, .type = 0 },
        { .field = SCRUB_ESSAY, .action = CORRECT_REDACT, .start = 0, .end = 5, .type = -1 },
        { .field = SCRUB_ESSAY, .action = CORRECT_RESTORE, .start = 0, .end = 5, .type = -1 },
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        const struct held_decision d = decision(HELD_RELEASE, &bad[i], 1);
        struct ctx *x = test_as(&t, &t.super);
        assert_int_equal(held_decide(x, anon, &d, &none), ERR_INVALID);
        assert_int_equal(x->fault.n_issues, 1);
    }
    const struct held_decision d = decision(HELD_RELEASE, NULL, 0);
    c = test_as(&t, &t.super);
    assert_int_equal(held_decide(c, S("ANON_NOBODY"), &d, &none), ERR_NOT_FOUND);
    c = test_as(&t, &t.super);
    test_db_must(c, held_get(c, anon, &after), "get");
    assert_int_equal(test_acts(test_as(&t, NULL), "identity.review"), 0);
    assert_int_equal(after.redactions, 1);
    must_verify(&t);
    test_cycle_close(&t);
}

static void a_preview_stores_nothing(void **state)
{
    (void)state;
    struct test_cycle t;
    char room[ID_MAX + 1];
    struct preview_reply r;
    struct scrub_policy_view policy;
    test_cycle_open(&t, 2);
    const struct str id = apply(&t, ESSAY, room);
    const int64_t entries =
        test_count(test_as(&t, NULL), "SELECT COUNT(*) AS n FROM audit_entry", S(""), S(""));
    const struct preview_ask ask = { .name = S("Quorvexa Zibbleton"),
                                     .essay =
                                         S("Quorvexa wrote this: Zibbleton, Quorvexa. " ESSAY) };
    struct ctx *c = test_as_student(&t, 1);
    assert_int_equal(scrub_preview(c, &ask, &r), ERR_OK);
    assert_false(has(r.essay, "Quorvexa") || has(r.essay, "Zibbleton"));
    assert_true(has(r.essay, "[APPLICANT] wrote this"));
    assert_true(r.spans.n >= 2 && (int64_t)r.spans.n == r.redactions);
    assert_int_equal(r.achievements.n, 0);
    assert_int_equal(
        test_count(test_as(&t, NULL), "SELECT COUNT(*) AS n FROM audit_entry", S(""), S("")),
        entries);
    /* By the policy of the open cycle. */
    set_policy(&t, id, "{\"person\":\"keep\"}", &policy);
    c = test_as_student(&t, 1);
    assert_int_equal(scrub_preview(c, &ask, &r), ERR_OK);
    assert_true(has(r.essay, "Vandermolen"));
    c = test_as_student(&t, 9); /* no account */
    assert_int_equal(scrub_preview(c, &ask, &r), ERR_FORBIDDEN);
    test_cycle_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_policy_has_versions_until_preprocessing),
        cmocka_unit_test(a_changed_policy_row_is_found),
        cmocka_unit_test(what_is_held_waits_for_a_person),
        cmocka_unit_test(spans_are_corrected_and_the_result_released),
        cmocka_unit_test(bad_corrections_change_nothing),
        cmocka_unit_test(a_preview_stores_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
