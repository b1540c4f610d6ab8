/* The log of a cycle that selected by a shortlist, and each way of tampering with its shortlist,
 * interviews and final selection that verification must report. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "support/test_shortlist.h"
#include "support/test_tamper.h"

enum { STUDENTS = 30, SEATS = 5, FACTOR = 2 };

struct world {
    struct test_cycle t;
    struct tamper k;
    char cycle[ID_MAX + 1];
} w;

static int make_world(void **state)
{
    (void)state;
    struct phase_reply r;
    struct ctx *c = test_cycle_open(&w.t, STUDENTS);
    const struct selection_weights weights = { 40, 60 };
    const struct str id = test_cycle_create(c, SEATS, w.cycle);
    test_apply_many(c, id, 0, STUDENTS);
    test_walk(&w.t, id, 4);
    c = test_as(&w.t, &w.t.admin);
    test_db_must(c, test_shortlist(c, id, FACTOR, weights, &r), "select");
    struct list all = test_by_status(c, "shortlisted");
    const struct test_text *v = all.v;
    for (size_t i = 0; i < all.n; i++)
        if (i > 0) /* one has no interview */
            test_interview(c, v[i].a, w.t.admin.id, 300 + 50 * (int64_t)i);
    c = test_as(&w.t, &w.t.super);
    const struct phase_request q = { .cycle_id = id, .verb = "final-select", .force = true };
    test_db_must(c, phase_step(c, &q, &r), "final-select");
    tamper_begin(&w.k, &w.t);
    return 0;
}

static int drop_world(void **state)
{
    (void)state;
    test_cycle_close(&w.t);
    return 0;
}

static void forged_final_cutoff(struct raw *db)
{
    edit(db, first_of(db, "selection.final"), "\"cutoff_e2\":", "\"cutoff_e2\":1", WHOLE_CHAIN);
}
static void forged_forced(struct raw *db)
{
    edit(db, first_of(db, "selection.final"), "\"forced\":1", "\"forced\":0", WHOLE_CHAIN);
}
static void forged_weights(struct raw *db)
{
    edit(db, first_of(db, "selection.final"), "{\"application\":40,\"interview\":60}",
         "{\"application\":60,\"interview\":40}", WHOLE_CHAIN);
}
static void absurd_weights(struct raw *db)
{
    edit(db, first_of(db, "selection.final"), "{\"application\":40,\"interview\":60}",
         "{\"application\":9007199254740991,\"interview\":60}", WHOLE_CHAIN);
}
static void forged_final_seats(struct raw *db)
{
    edit(db, first_of(db, "selection.final"), "\"seats\":5", "\"seats\":6", WHOLE_CHAIN);
}
static void forged_factor(struct raw *db)
{
    edit(db, first_of(db, "cycle.select"), "\"factor\":2", "\"factor\":3", WHOLE_CHAIN);
}
static void absurd_factor(struct raw *db)
{
    edit(db, first_of(db, "cycle.select"), "\"factor\":2", "\"factor\":9007199254740991",
         WHOLE_CHAIN);
}
static void forged_mode(struct raw *db)
{
    edit(db, first_of(db, "cycle.select"), "\"mode\":\"shortlist\"", "\"mode\":\"direct\"",
         WHOLE_CHAIN);
}
static void forged_shortlisted(struct raw *db)
{
    edit(db, first_of(db, "cycle.select"), "\"shortlisted\":10", "\"shortlisted\":11", WHOLE_CHAIN);
}
static void forged_finalist(struct raw *db)
{
    static char text[TAMPER_TEXT_MAX];
    size_t n;
    int64_t idx = first_of(db, "selection.score");
    assert_true(load_entry(db, idx, text, &n));
    char *hex = memmem(text, n, "\"score\":\"", 9);
    hex[9] = hex[9] == '0' ? '1' : '0';
    store_entry(db, idx, text, n, NULL);
    rechain(db, idx);
}
/* A proper new entry behind the end: the final selection once more. */
static void final_twice(struct raw *db)
{
    char from[40], to[40];
    int64_t last = last_idx(db);
    raw_run(db,
            "INSERT INTO audit_entry SELECT idx + 1, ts, act, actor, subj, cycle_id, leaf, entry"
            " FROM audit_entry WHERE idx = (SELECT MAX(idx) FROM audit_entry)");
    snprintf(from, sizeof(from), "\"idx\":%lld,", (long long)last);
    snprintf(to, sizeof(to), "\"idx\":%lld,", (long long)last + 1);
    edit(db, last + 1, from, to, BARE);
    rechain(db, last);
}
#define WINNER                                                                                     \
    "(SELECT x.application_id FROM final_scores f JOIN anonymized_applications x"                  \
    " ON x.anonymized_id = f.anonymized_id WHERE f.status = 'selected' ORDER BY 1 LIMIT 1)"
#define LOSER                                                                                      \
    "(SELECT i.application_id FROM final_scores f JOIN anonymized_applications x"                  \
    " ON x.anonymized_id = f.anonymized_id JOIN interviews i ON i.application_id ="                \
    " x.application_id WHERE f.status = 'not_selected' ORDER BY 1 LIMIT 1)"
#define SCORE_OF(who) "(SELECT id FROM interviews WHERE application_id = " who ")"

/* Both tables agree with each other: only the recount can tell. */
static void swap_finalists(struct raw *db)
{
    raw_run(db, "CREATE TEMP TABLE two AS SELECT " WINNER " AS a UNION SELECT " LOSER);
    raw_run(db, "UPDATE applications SET status = CASE status WHEN 'selected' THEN 'not_selected'"
                " ELSE 'selected' END WHERE application_id IN (SELECT a FROM two)");
    raw_run(db, "UPDATE final_scores SET status = CASE status WHEN 'selected' THEN 'not_selected'"
                " ELSE 'selected' END WHERE anonymized_id IN (SELECT anonymized_id FROM"
                " anonymized_applications WHERE application_id IN (SELECT a FROM two))");
}
static void uninvited_gets_a_seat(struct raw *db)
{
    raw_run(db, "CREATE TEMP TABLE one AS SELECT anonymized_id AS a FROM final_scores WHERE"
                " anonymized_id NOT IN (SELECT substr(subj, 6) FROM audit_entry WHERE act ="
                " 'selection.score') LIMIT 1");
    raw_run(
        db,
        "UPDATE final_scores SET status = 'selected' WHERE anonymized_id IN (SELECT a FROM one)");
    raw_run(
        db,
        "UPDATE applications SET status = 'selected' WHERE application_id IN (SELECT"
        " application_id FROM anonymized_applications WHERE anonymized_id IN (SELECT a FROM one))");
}

static const struct attack attacks[] = {
    { "interview score", "row.interview",
      .sql =
          "UPDATE interview_scores SET final_interview_score = 10 WHERE interview_id = " SCORE_OF(
              LOSER) },
    { "interview score, a little", "row.interview",
      .sql = "UPDATE interview_scores SET final_interview_score = final_interview_score + 0.01"
             " WHERE interview_id = " SCORE_OF(WINNER) },
    { "one mark of an interview", "row.interview",
      .sql = "UPDATE interview_scores SET motivation_score = 0.5 WHERE interview_id = " SCORE_OF(
          WINNER) },
    { "interview scores swapped", "row.interview",
      .sql =
          "CREATE TEMP TABLE two AS SELECT id AS k, final_interview_score AS v FROM "
          "interview_scores"
          " ORDER BY id LIMIT 2; UPDATE interview_scores SET final_interview_score ="
          " (SELECT v FROM two WHERE k <> interview_scores.id) WHERE id IN (SELECT k FROM two)" },
    { "interview score deleted", "row.interview",
      .sql = "DELETE FROM interview_scores WHERE interview_id = " SCORE_OF(WINNER) },
    { "interview score as text", "row.type",
      .sql = "PRAGMA ignore_check_constraints = ON; UPDATE interview_scores SET "
             "final_interview_score ="
             " 'high' WHERE interview_id = " SCORE_OF(WINNER),
      .on_server = typed },
    { "interview score beyond all bounds", "row.interview",
      .sql = "PRAGMA ignore_check_constraints = ON; UPDATE interview_scores SET "
             "final_interview_score ="
             " 9000000000 WHERE interview_id = " SCORE_OF(LOSER),
      .on_server = typed },
    { "interview score invented", "row.interview",
      .sql = "INSERT INTO interviews (application_id, student_id, admin_id, admission_cycle_id,"
             " interview_time, interview_link, status, created_at, updated_at) SELECT "
             "a.application_id,"
             " a.student_id, i.admin_id, i.admission_cycle_id, i.interview_time, '/x', 'scheduled',"
             " i.created_at, i.updated_at FROM interviews i CROSS JOIN applications a WHERE "
             "a.application_id ="
             " (SELECT x.application_id FROM audit_entry e JOIN anonymized_applications x ON"
             " e.subj = 'anon:' || x.anonymized_id WHERE e.act = 'selection.score' AND "
             "x.application_id"
             " NOT IN (SELECT application_id FROM interviews)) LIMIT 1;"
             "INSERT INTO interview_scores (interview_id, communication_score, "
             "critical_thinking_score,"
             " motivation_score, final_interview_score, scored_at, scored_by) SELECT id, 9, "
             "9, 9, 9,"
             " created_at, admin_id FROM interviews ORDER BY id DESC LIMIT 1" },
    { "interview cancelled afterwards", "row.interview",
      .sql = "UPDATE interviews SET status = 'cancelled' WHERE application_id = " WINNER },
    { "interview given to another", "row.interview",
      .sql = "UPDATE interviews SET application_id = (SELECT application_id FROM applications WHERE"
             " application_id NOT IN (SELECT application_id FROM interviews) LIMIT 1)"
             " WHERE application_id = " WINNER },
    { "final score of a finalist", "row.interview",
      .sql = "UPDATE final_scores SET final_score = final_score + 1 WHERE status = 'selected'" },
    { "two finalists swapped", "row.selection", .run = swap_finalists },
    { "a seat for one who was not invited", "row.selection", .run = uninvited_gets_a_seat },
    { "application alone", "row.status",
      .sql = "UPDATE applications SET status = 'selected' WHERE application_id = " LOSER },
    { "still shortlisted", "row.selection",
      .sql = "UPDATE final_scores SET status = 'shortlisted' WHERE status = 'selected'" },
    { "forged cut-off of the final", "row.selection", .run = forged_final_cutoff },
    { "forged number without a score", "row.selection", .run = forged_forced },
    { "forged weights", "row.selection", .run = forged_weights },
    { "absurd weights", "entry.format", .run = absurd_weights },
    { "forged seats of the final", "row.selection", .run = forged_final_seats },
    { "forged factor", "row.selection", .run = forged_factor },
    { "absurd factor", "entry.format", .run = absurd_factor },
    { "forged mode", "chain.phase", .run = forged_mode },
    { "forged size of the shortlist", "row.selection", .run = forged_shortlisted },
    { "forged commitment of a finalist", "row.interview", .run = forged_finalist },
    { "final selection twice", "chain.phase", .run = final_twice },
    { "shortlist's factor", "row.cycle", .sql = "UPDATE shortlists SET factor = 4" },
    { "shortlist's weights", "row.cycle",
      .sql = "UPDATE shortlists SET weight_application = 0.6, weight_interview = 0.4" },
    { "shortlist's size", "row.cycle", .sql = "UPDATE shortlists SET shortlisted_count = 12" },
    { "shortlist reopened", "row.cycle", .sql = "UPDATE shortlists SET finished_at = NULL" },
    { "shortlist deleted", "row.cycle", .sql = "DELETE FROM shortlists" },
    { "selected count", "row.cycle", .sql = "UPDATE admission_cycles SET selected_count = 0" },
    { "log of the first step", "row.selection",
      .sql = "UPDATE selection_logs SET selected_count = 9 WHERE selection_id = (SELECT "
             "MIN(selection_id) "
             "FROM selection_logs)" },
    { "log of the second step", "row.selection",
      .sql = "UPDATE selection_logs SET cutoff_score = 0 WHERE selection_id = (SELECT "
             "MAX(selection_id) "
             "FROM selection_logs)" },
    { "log of a step deleted", "row.cycle",
      .sql = "DELETE FROM selection_logs WHERE selection_id = (SELECT MAX(selection_id) FROM "
             "selection_logs)" },
    { "view in place of the interviews", "schema.view",
      .sql =
          "ALTER TABLE interviews RENAME TO hidden; CREATE VIEW interviews AS SELECT * FROM hidden",
      .keep_triggers = true },
};
enum { ATTACKS_N = sizeof(attacks) / sizeof(attacks[0]) };

static void test_attacks(void **state)
{
    (void)state;
    size_t missed = 0;
    for (size_t i = 0; i < ATTACKS_N; i++)
        if (!test_server_on() || attacks[i].on_server != typed)
            missed += !attack_with(&w.k, &attacks[i]);
    assert_int_equal(missed, 0);
}

static void test_pristine(void **state)
{
    (void)state;
    struct raw *db = open_work(&w.k);
    assert_int_equal(raw_i64(db, "SELECT COUNT(*) FROM audit_entry WHERE act = 'selection.score'"),
                     SEATS * FACTOR);
    assert_int_equal(raw_i64(db, "SELECT COUNT(*) FROM final_scores WHERE status = 'selected'"),
                     SEATS);
    raw_close(db);
    struct verify_report r = verified(&w.k);
    print_findings(&r);
    assert_true(r.is_valid);
}

/* A key that is gone takes its commitment with it, and no other's: the root stands in the log. */
static void test_key_of_a_finalist(void **state)
{
    (void)state;
    struct raw *db = open_work(&w.k);
    raw_run(db, "DELETE FROM subject_key WHERE subject = (SELECT subj FROM audit_entry WHERE act ="
                " 'selection.score' ORDER BY idx LIMIT 1)");
    raw_close(db);
    struct verify_report r = verified(&w.k);
    assert_false(r.is_valid);
    assert_true(has_code(&r, "row.key"));
    assert_false(has_code(&r, "row.interview") || has_code(&r, "row.selection"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pristine),
        cmocka_unit_test(test_key_of_a_finalist),
        cmocka_unit_test(test_attacks),
    };
    return cmocka_run_group_tests(tests, make_world, drop_world);
}
