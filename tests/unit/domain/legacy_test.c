/* What is known of an original installation, against values computed by Python. */
#include "domain/legacy.c"

#include "domain/legacy_chain.c"
#include "vectors.h"

static void nine_schemas_are_known(void **state)
{
    (void)state;
    assert_int_equal(legacy_schema_of(S("3593d09278ec")), LEGACY_INITIAL);
    assert_int_equal(legacy_schema_of(S("20251014_0000")), LEGACY_STUDENTS);
    assert_int_equal(legacy_schema_of(S("a7b8c9d1e2f3")), LEGACY_NEWEST);
    assert_int_equal(legacy_schema_of(S("a7b8c9d1e2f")), -1);
    assert_int_equal(legacy_schema_of((struct str){ 0 }), -1);
}

static void labels_lose_their_case(void **state)
{
    (void)state;
    assert_int_equal(legacy_label(&phase_names, S("BATCH_PREP")), PHASE_BATCH_PREP);
    assert_int_equal(legacy_label(&phase_names, S("batch_prep")), PHASE_BATCH_PREP);
    assert_int_equal(legacy_label(&application_status_names, S("NOT_SELECTED")), APP_NOT_SELECTED);
    assert_int_equal(legacy_label(&application_status_names, S("WAITLISTED")), -1);
    assert_int_equal(legacy_label(&phase_names, S("")), -1);
}

static void decimals_round_half_up(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t e2;
        bool rounded;
    } good[] = {
        { "86.15", 8615, false },   { "86.125", 8613, true },   { "86.124999", 8612, true },
        { "2.675", 268, true },     { "0", 0, false },          { "100", 10000, false },
        { "99.995", 10000, true },  { "0.005", 1, true },       { "0.0049", 0, true },
        { "5e-3", 1, true },        { "1.5E+2", 15000, false }, { "-0.005", -1, true },
        { "86.1500", 8615, false }, { "1e-30", 0, true },
    };
    static const char *const bad[] = { "", "-", ".5", "5.", "1e", "NaN", "1e99", "12x", "1e40" };
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        int64_t e2 = 0;
        bool rounded = false;
        assert_true(legacy_e2(str_of(good[i].text), &e2, &rounded));
        assert_int_equal(e2, good[i].e2);
        assert_int_equal(rounded, good[i].rounded);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        int64_t e2 = 0;
        bool rounded = false;
        assert_false(legacy_e2(str_of(bad[i]), &e2, &rounded));
    }
}

/* The double nearest to 2.675 is below it; what was meant is 2.675. */
static void doubles_round_by_their_shortest_decimal(void **state)
{
    (void)state;
    int64_t e2 = 0;
    bool rounded = false;
    assert_true(legacy_f64_e2(2.675, &e2, &rounded));
    assert_int_equal(e2, 268);
    assert_true(legacy_f64_e2(0.1 + 0.2, &e2, &rounded));
    assert_int_equal(e2, 30);
    assert_true(rounded);
    assert_false(legacy_f64_e2((double)NAN, &e2, &rounded));
    assert_false(legacy_f64_e2((double)INFINITY, &e2, &rounded));
    assert_false(legacy_f64_e2(1e300, &e2, &rounded));
}

static struct legacy_fate fate(int32_t phase, int32_t application, int32_t score, bool anonymous)
{
    const struct legacy_state s = { phase, application, score, anonymous };
    return legacy_fate_of(&s);
}

static void statuses_fit_the_phase(void **state)
{
    (void)state;
    struct legacy_fate f = fate(PHASE_SUBMISSION, APP_SUBMITTED, -1, false);
    assert_int_equal(f.application, APP_SUBMITTED);
    assert_false(f.changed || f.never_scored);
    f = fate(PHASE_PREPROCESSING, APP_FINALIZED, -1, false); /* may be prepared yet */
    assert_int_equal(f.application, APP_FINALIZED);
    f = fate(PHASE_BATCH_PREP, APP_FINALIZED, -1, false); /* left behind for ever */
    assert_int_equal(f.application, APP_FAILED);
    assert_true(f.never_scored);
    f = fate(PHASE_SCORED, APP_PROCESSING, -1, true); /* beyond the 100 of one call */
    assert_int_equal(f.application, APP_FAILED);
    assert_true(f.never_scored);
    f = fate(PHASE_PROCESSING, APP_BATCH_READY, -1, true);
    assert_int_equal(f.application, APP_PROCESSING);
    assert_true(f.changed);
    f = fate(PHASE_PROCESSING, APP_SCORED, APP_SCORED, true);
    assert_int_equal(f.application, APP_SCORED);
    assert_int_equal(f.score, APP_SCORED);
    f = fate(PHASE_FROZEN, APP_FINALIZED, APP_SCORED, true); /* no score belongs there */
    assert_int_equal(f.score, -1);
    assert_int_equal(f.application, APP_FINALIZED);
}

static void decisions_follow_the_final_score(void **state)
{
    (void)state;
    struct legacy_fate f = fate(PHASE_COMPLETED, APP_PUBLISHED, APP_SELECTED, true);
    assert_int_equal(f.application, APP_SELECTED); /* the oldest versions */
    assert_false(f.changed);
    f = fate(PHASE_PUBLISHED, APP_SHORTLISTED, APP_SHORTLISTED, true);
    assert_int_equal(f.application, APP_NOT_SELECTED);
    assert_true(f.changed);
    f = fate(PHASE_SELECTION, APP_SHORTLISTED, APP_SHORTLISTED, true);
    assert_int_equal(f.application, APP_SHORTLISTED);
    f = fate(PHASE_PUBLISHED, APP_SELECTED, APP_PUBLISHED, true);
    assert_int_equal(f.score, APP_SELECTED);
    f = fate(PHASE_PUBLISHED, APP_SELECTED, APP_NOT_SELECTED, true);
    assert_int_equal(f.application, APP_NOT_SELECTED);
    assert_true(f.changed);
    f = fate(PHASE_PUBLISHED, APP_FAILED, -1, true);
    assert_int_equal(f.application, APP_FAILED);
    assert_false(f.never_scored);
}

/* json.dumps({"anonymized_id": "ANON_1", "explanation": "été – ok"}, sort_keys=True), chained. */
static const char first_json[] =
    "{\"anonymized_id\": \"ANON_1\", \"explanation\": \"\\u00e9t\\u00e9 \\u2013 ok\"}";
static const char h1[] = "b7a969c580b76a194ccecfff25926f0c8c7e2662319315a7469e2e317d61a523";
static const char h2[] = "180e0d65fa6b02a035839d3e1b559d962c4c460df3f5303153ba4d1891361deb";

static struct legacy_decision decision(int64_t id, const char *hash, const char *before)
{
    return (struct legacy_decision){ .chain_id = id,
                                     .anonymized_id = S("ANON_1"),
                                     .decision_type = S("phase1_final"),
                                     .data_json = str_of(first_json),
                                     .data_hash = str_of(hash),
                                     .previous_hash = str_of(before) };
}

static void decisions_verify(void **state)
{
    (void)state;
    struct legacy_chain ch, again;
    legacy_chain_start(&ch, LEGACY_DECISIONS, (struct str){ 0 });
    struct legacy_decision d = decision(7, h1, genesis_decisions);
    assert_int_equal(legacy_chain_decision(&ch, &d), LEGACY_SOUND);
    d = decision(9, h2, h1);
    assert_int_equal(legacy_chain_decision(&ch, &d), LEGACY_SOUND);
    assert_int_equal(ch.first, 7);
    assert_int_equal(ch.last, 9);
    assert_int_equal(ch.count, 2);
    assert_int_equal(ch.breaks, 0);
    assert_string_equal(ch.head, h2);

    legacy_chain_start(
        &again, LEGACY_DECISIONS,
        S("b7a969c580b76a194ccecfff25926f0c8c7e2662319315a7469e2e317d61a523")); /* goes on behind an
                                                                                   earlier run */
    assert_int_equal(legacy_chain_decision(&again, &d), LEGACY_SOUND);
}

static void edits_break_the_decisions(void **state)
{
    (void)state;
    struct legacy_chain ch;
    legacy_chain_start(&ch, LEGACY_DECISIONS, (struct str){ 0 });
    struct legacy_decision d = decision(1, h1, genesis_decisions);
    d.data_json = S("{}");
    assert_int_equal(legacy_chain_decision(&ch, &d), LEGACY_BAD_HASH);
    d = decision(2, h2, h1);
    assert_int_equal(legacy_chain_decision(&ch, &d), LEGACY_SOUND); /* the next one still fits */
    d = decision(3, h2, h1);
    assert_int_equal(legacy_chain_decision(&ch, &d), LEGACY_BAD_LINK);
    assert_int_equal(ch.breaks, 2);
    assert_string_equal(legacy_break_text(3), "hash and link");
}

static struct legacy_audit audit_row(int64_t id, int64_t us, const char *before, const char *hash)
{
    return (struct legacy_audit){ .log_id = id,
                                  .timestamp = us,
                                  .entity_type = S("AdminUser"),
                                  .entity_id = S("ADM_\"Å"),
                                  .action = S("create"),
                                  .actor = S("system"),
                                  .previous_hash = str_of(before),
                                  .current_hash = str_of(hash) };
}

static void audit_rows_verify(void **state)
{
    (void)state;
    struct legacy_chain ch;
    char room[1024];
    struct buf b = { .p = room, .cap = sizeof(room), .max = sizeof(room) };
    struct legacy_audit a =
        audit_row(1, INT64_C(1756717200000000), NULL,
                  "349ba4cc9577ae8535906633f2621a8542c33fa6e829f80b3114f9eb7bb5ff8d");
    legacy_audit_text(&b, &a);
    const struct str want =
        S("{\"action\": \"create\", \"actor\": \"system\", \"entity_id\": \"ADM_\\\"\\u00c5\", "
          "\"entity_type\": \"AdminUser\", \"log_id\": 1, \"previous_hash\": \"genesis\", "
          "\"timestamp\": \"2025-09-01T09:00:00+00:00\"}");
    assert_true(str_eq(buf_view(&b), want));
    legacy_chain_start(&ch, LEGACY_AUDIT, (struct str){ 0 });
    assert_int_equal(legacy_chain_audit(&ch, &a), LEGACY_SOUND);
    a = audit_row(
        2, INT64_C(1756717200000123),
        "349ba4cc9577ae8535906633f2621a8542c33fa6e829f80b3114f9eb7bb5ff8d",
        "74cee379e70d19117ad170e8ee5e970a7e84bf7252230bd2bb3e1d2e9333bc5d"); /* with microseconds */
    assert_int_equal(legacy_chain_audit(&ch, &a), LEGACY_SOUND);
    a.actor = S("nobody");
    assert_int_equal(legacy_chain_audit(&ch, &a), LEGACY_BAD_HASH | LEGACY_BAD_LINK);
    assert_int_equal(ch.breaks, 1);
}

/* Rows that do not verify are bound all the same: another edit gives another root. */
static void the_tree_covers_broken_rows(void **state)
{
    (void)state;
    struct legacy_chain x, y;
    struct legacy_decision d = decision(1, h1, genesis_decisions);
    legacy_chain_start(&x, LEGACY_DECISIONS, (struct str){ 0 });
    legacy_chain_start(&y, LEGACY_DECISIONS, (struct str){ 0 });
    d.data_json = S("{\"a\": 1}");
    assert_int_equal(legacy_chain_decision(&x, &d), LEGACY_BAD_HASH);
    d.data_json = S("{\"a\": 2}");
    assert_int_equal(legacy_chain_decision(&y, &d), LEGACY_BAD_HASH);
    const struct hash rx = merkle_root(&x.tree), ry = merkle_root(&y.tree);
    assert_memory_not_equal(rx.b, ry.b, SHA256_N);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nine_schemas_are_known),
        cmocka_unit_test(labels_lose_their_case),
        cmocka_unit_test(decimals_round_half_up),
        cmocka_unit_test(doubles_round_by_their_shortest_decimal),
        cmocka_unit_test(statuses_fit_the_phase),
        cmocka_unit_test(decisions_follow_the_final_score),
        cmocka_unit_test(decisions_verify),
        cmocka_unit_test(edits_break_the_decisions),
        cmocka_unit_test(audit_rows_verify),
        cmocka_unit_test(the_tree_covers_broken_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
