/* The log of an interview that was monitored, and each way of tampering with analyses, ledger,
 * flags, appeals and statuses that verification must report. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "service/bias_review.h"
#include "support/test_bias.h"
#include "support/test_shortlist.h"
#include "support/test_tamper.h"

enum { STUDENTS = 12, SEATS = 2, FACTOR = 2 };

struct world {
    struct test_cycle t;
    struct tamper k;
    char cycle[ID_MAX + 1];
    int64_t interview;
    char application[ID_MAX + 1];
} w;

static void utter(int64_t n, int severity, double confidence)
{
    struct ctx *c = test_as(&w.t, NULL);
    struct bias_run r;
    const struct bias_analysis a = { .text = str_fmt(c->mem, "alpha%lld beta%lld", (long long)n,
                                                     (long long)n),
                                     .t_us = c->now_us,
                                     .analysed_at_us = c->now_us,
                                     .confidence = confidence,
                                     .stt_confidence = 0.9,
                                     .types = 1U << BIAS_GENDER,
                                     .severity = severity,
                                     .detected = true };
    test_bias_run(c, &r, &a, n, w.interview, w.t.admin.id, str_of(w.cycle));
    r.row.application_id = str_of(w.application);
    test_db_must(c, bias_settle(c, &r), "settle");
}

static int64_t number(const char *sql)
{
    return test_count(test_as(&w.t, NULL), sql, S(""), S(""));
}

static int make_world(void **state)
{
    (void)state;
    struct phase_reply r;
    struct bias_flag_view flag;
    struct bias_standing standing;
    struct appeal_view appeal;
    const struct bias_why why = { S("It was about the subject.") };
    const struct selection_weights weights = { 50, 50 };
    struct ctx *c = test_cycle_open(&w.t, STUDENTS);
    const struct str id = test_cycle_create(c, SEATS, w.cycle);
    test_apply_many(c, id, 0, STUDENTS);
    test_walk(&w.t, id, 4);
    c = test_as(&w.t, &w.t.admin);
    test_db_must(c, test_shortlist(c, id, FACTOR, weights, &r), "select");
    struct list all = test_by_status(c, "shortlisted");
    test_interview(c, ((const struct test_text *)all.v)[0].a, w.t.admin.id, -1);
    w.interview = number("SELECT MAX(id) AS n FROM interviews");
    c = test_as(&w.t, NULL);
    all = test_rows(c, "SELECT application_id AS a, '' AS b FROM interviews WHERE :a = :a", S(""));
    snprintf(w.application, sizeof(w.application), "%.*s",
             STR_ARG(((const struct test_text *)all.v)[0].a));
    utter(1, BIAS_LOW, 0.5);
    utter(2, BIAS_CRITICAL, 0.7);
    c = test_as(&w.t, NULL);
    test_db_must(c, bias_gap_add(c, w.interview, c->now_us, 40), "gap");
    const int64_t nudge_id = number("SELECT MIN(id) AS n FROM live_nudges");
    c = test_as(&w.t, &w.t.admin);
    test_db_must(c, bias_nudge_appeal(c, nudge_id, &why, &appeal), "appeal");
    const struct appeal_decision d = { APPEAL_REJECTED, S("Heard again and found so.") };
    c = test_as(&w.t, &w.t.super);
    test_db_must(c, bias_appeal_decide(c, appeal.nudge_id, &d, &appeal), "decision");
    const struct flag_resolve q = { .verdict = 0, .resolution = S("Heard again and found so.") };
    const int64_t flag_id = number("SELECT MIN(id) AS n FROM bias_flags");
    c = test_as(&w.t, &w.t.super);
    test_db_must(c, bias_flag_resolve(c, flag_id, &q, &flag), "resolve");
    utter(3, BIAS_HIGH, 0.7);
    c = test_as(&w.t, &w.t.super);
    test_db_must(c, bias_lift(c, w.t.admin.id, &why, &standing), "lift");
    utter(4, BIAS_CRITICAL, 0.9); /* after the end: suppressed */
    tamper_begin(&w.k, &w.t);
    return 0;
}

static int drop_world(void **state)
{
    (void)state;
    test_cycle_close(&w.t);
    return 0;
}

static void forged_points(struct raw *db)
{
    edit(db, first_of(db, "bias.response"), "\"points\":0", "\"points\":2", WHOLE_CHAIN);
}
static void forged_status(struct raw *db)
{
    edit(db, first_of(db, "status.change"), "\"to\":\"warned\"", "\"to\":\"active\"", WHOLE_CHAIN);
}
static void forged_verdict(struct raw *db)
{
    edit(db, first_of(db, "flag.resolve"), "\"upheld\"", "\"confirmed\"", WHOLE_CHAIN);
}
static void forged_gap(struct raw *db)
{
    edit(db, first_of(db, "bias.gap"), "\"seconds\":40", "\"seconds\":4", WHOLE_CHAIN);
}

static const struct attack attacks[] = {
    { "severity of an analysis", "row.bias",
      .sql = "UPDATE live_bias_analysis SET severity = 'low' WHERE transcript_id = 2" },
    { "confidence of an analysis", "row.bias",
      .sql = "UPDATE live_bias_analysis SET confidence_score = 0.1 WHERE transcript_id = 3" },
    { "response of an analysis", "row.bias",
      .sql = "UPDATE live_bias_analysis SET response = 'info' WHERE transcript_id = 2" },
    { "another evaluator", "row.bias",
      .sql = "UPDATE live_bias_analysis SET admin_id = 'ADM_TEST0002' WHERE transcript_id = 1" },
    { "points of an analysis", "row.ledger",
      .sql = "UPDATE live_bias_analysis SET points = 1 WHERE transcript_id = 1" },
    { "an analysis without an entry", "row.extra",
      .sql = "UPDATE live_bias_analysis SET transcript_id = 1000 WHERE transcript_id = 4; "
             "INSERT INTO live_bias_analysis (transcript_id, interview_id, admin_id, "
             "admission_cycle_id, state, spoken_at, bias_detected, severity, confidence_score, "
             "recommended_action, source, llm_model, analyzed_at, config_hash, response, reason, "
             "flag, points, incident_points, incident_id, asked, created_at, bias_types, "
             "evidence_quotes, detector) SELECT 77, interview_id, admin_id, admission_cycle_id, "
             "state, spoken_at, bias_detected, severity, confidence_score, recommended_action, "
             "source, llm_model, analyzed_at, config_hash, 'warning', reason, flag, 0, 0, "
             "incident_id, asked, created_at, bias_types, evidence_quotes, detector "
             "FROM live_bias_analysis WHERE transcript_id = 1" },
    { "points of a ledger row", "row.ledger",
      .sql = "UPDATE bias_ledger SET points = 1 WHERE kind = 'points' AND points = 2" },
    { "a ledger row more", "row.ledger",
      .sql = "INSERT INTO bias_ledger (admin_id, kind, points, created_at) VALUES "
             "('ADM_TEST0001', 'void', 0, '2026-01-01T00:00:00.000000Z')" },
    { "a reinstatement that nobody made", "row.ledger",
      .sql = "INSERT INTO bias_ledger (admin_id, kind, points, created_at) VALUES "
             "('ADM_TEST0001', 'reinstate', 0, '2026-01-01T00:00:00.000000Z')" },
    { "verdict of a flag", "row.bias",
      .sql = "UPDATE bias_flags SET verdict = 'false_alarm' WHERE verdict = 'upheld'" },
    { "reason of a verdict", "row.bias",
      .sql = "UPDATE bias_flags SET resolution = 'another' WHERE verdict IS NOT NULL" },
    { "a verdict without an entry", "row.extra",
      .sql = "UPDATE bias_flags SET verdict = 'confirmed' WHERE verdict IS NULL" },
    { "a verdict taken back", "row.missing",
      .sql = "UPDATE bias_flags SET verdict = NULL WHERE verdict IS NOT NULL" },
    { "reason of an appeal", "row.bias", .sql = "UPDATE nudge_appeals SET reason = 'another'" },
    { "reason of an appeal emptied", "row.bias", .sql = "UPDATE nudge_appeals SET reason = ''" },
    { "decision on an appeal", "row.bias", .sql = "UPDATE nudge_appeals SET verdict = 'accepted'" },
    { "an appeal deleted", "row.missing", .sql = "DELETE FROM nudge_appeals" },
    { "the words that were judged", "row.bias",
      .sql = "UPDATE live_bias_analysis SET utterance = 'Good morning.' WHERE transcript_id = 2" },
    { "a flag deleted", "row.flag", .sql = "DELETE FROM bias_flags WHERE verdict IS NULL" },
    { "a flag of another kind", "row.flag", .sql = "UPDATE bias_flags SET flag_type = 'status'" },
    { "a milder flag", "row.flag", .sql = "UPDATE bias_flags SET severity = 'low'" },
    { "a gap of another interview", "row.bias",
      .sql = "UPDATE monitoring_gaps SET interview_id = 9999" },
    { "length of a gap", "row.bias", .sql = "UPDATE monitoring_gaps SET seconds = 1" },
    { "a gap deleted", "row.missing", .sql = "DELETE FROM monitoring_gaps" },
    { "status of an evaluator", "row.status",
      .sql = "UPDATE admin_bias_history SET current_status = 'suspended'" },
    { "the row of an evaluator deleted", "row.ledger",
      .sql = "DELETE FROM admin_bias_history; UPDATE live_bias_analysis SET points = 0" },
    { "key of an interview", "row.key",
      .sql = "DELETE FROM subject_key WHERE subject LIKE 'interview:%'" },
    { "points in the log", "row.bias", .run = forged_points },
    { "status in the log", "chain.status", .run = forged_status },
    { "verdict in the log", "row.bias", .run = forged_verdict },
    { "gap in the log", "row.bias", .run = forged_gap },
};
enum { ATTACKS_N = sizeof(attacks) / sizeof(attacks[0]) };

static void test_attacks(void **state)
{
    (void)state;
    size_t missed = 0;
    for (size_t i = 0; i < ATTACKS_N; i++)
        missed += !attack_with(&w.k, &attacks[i]);
    assert_int_equal(missed, 0);
}

static void test_pristine(void **state)
{
    (void)state;
    struct raw *db = open_work(&w.k);
    assert_int_equal(raw_i64(db, "SELECT COUNT(*) FROM audit_entry WHERE act = 'bias.response'"),
                     4);
    assert_int_equal(raw_i64(db, "SELECT COUNT(*) FROM audit_entry WHERE act = 'status.change'"),
                     2);
    raw_close(db);
    struct verify_report r = verified(&w.k);
    print_findings(&r);
    assert_true(r.is_valid);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pristine),
        cmocka_unit_test(test_attacks),
    };
    return cmocka_run_group_tests(tests, make_world, drop_world);
}
