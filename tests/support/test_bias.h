/* support/test_bias.h: interviews for the monitor, made by hand in a test_cycle: evaluators, cycles
 * and interviews by short names, and utterances with a given judgement. Not for tests that verify
 * the log: these rows have no entries. */
#ifndef ENIGMA_TESTS_SUPPORT_TEST_BIAS_H
#define ENIGMA_TESTS_SUPPORT_TEST_BIAS_H

#include <math.h>

#include "domain/bias.h"
#include "service/bias_inner.h"
#include "support/test_cycle.h"

struct test_bias_in {
    struct str name, cycle, admin, student, application;
    int64_t id;
};
static const struct field test_bias_fields[] = {
    FIELD_STR(struct test_bias_in, name),        FIELD_STR(struct test_bias_in, cycle),
    FIELD_STR(struct test_bias_in, admin),       FIELD_STR(struct test_bias_in, student),
    FIELD_STR(struct test_bias_in, application), FIELD_I64(struct test_bias_in, id),
};
static SCHEMA(test_bias_schema, "TestBias", struct test_bias_in, test_bias_fields);
#define TEST_T_ "'2025-10-01T00:00:00.000000Z'"
static const struct query test_bias_admin = {
    .sql = "INSERT INTO admin_users (admin_id, username, username_key, password_hash, email, role, "
           "is_active, created_at) VALUES (:admin, :admin, :admin, '-', :admin, 'admin', "
           "TRUE, " TEST_T_ ") ON CONFLICT (admin_id) DO NOTHING",
    .in = &test_bias_schema,
};
static const struct query test_bias_cycle = {
    .sql = "INSERT INTO admission_cycles (cycle_id, cycle_name, phase, is_open, max_seats, "
           "current_seats, selected_count, result_date, start_date, end_date, created_at, "
           "created_by, version) VALUES (:cycle, :cycle, 'selection', FALSE, 1, 0, 0, " TEST_T_
           ", " TEST_T_ ", " TEST_T_ ", " TEST_T_ ", 'ADM_TEST0001', 1) "
           "ON CONFLICT (cycle_id) DO NOTHING",
    .in = &test_bias_schema,
};
static const struct query test_bias_student = {
    .sql = "INSERT INTO student_accounts (student_id, primary_email, status, created_at, "
           "updated_at) VALUES (:student, :student, 'active', " TEST_T_ ", " TEST_T_ ")",
    .in = &test_bias_schema,
};
static const struct query test_bias_application = {
    .sql = "INSERT INTO applications (application_id, admission_cycle_id, student_id, timestamp, "
           "gpa, status, scrub_order, created_at, updated_at) VALUES (:application, :cycle, "
           ":student, " TEST_T_ ", 3.0, 'shortlisted', 1, " TEST_T_ ", " TEST_T_ ")",
    .in = &test_bias_schema,
};
static const struct query test_bias_interview = {
    .sql = "INSERT INTO interviews (id, application_id, student_id, admin_id, admission_cycle_id, "
           "interview_time, interview_link, status, started_at, created_at, updated_at) VALUES "
           "(:id, :application, :student, :admin, :cycle, " TEST_T_ ", '/interview/1', "
           "'scheduled', " TEST_T_ ", " TEST_T_ ", " TEST_T_ ")",
    .in = &test_bias_schema,
};

static inline err test_bias_tx(struct ctx *c, struct tx *tx, void *arg)
{
    TRY(query_run(c, tx, &test_bias_admin, arg, NULL));
    TRY(query_run(c, tx, &test_bias_cycle, arg, NULL));
    TRY(query_run(c, tx, &test_bias_student, arg, NULL));
    TRY(query_run(c, tx, &test_bias_application, arg, NULL));
    return query_run(c, tx, &test_bias_interview, arg, NULL);
}
/* Interview `id` of evaluator `admin` in `cycle`, both made when they are not there. */
static inline void test_bias_room(struct ctx *c, int64_t id, struct str admin, struct str cycle)
{
    struct test_bias_in in = { .name = S("x"),
                               .cycle = cycle,
                               .admin = admin,
                               .student = str_fmt(c->mem, "STU_B%lld", (long long)id),
                               .application = str_fmt(c->mem, "APP_B%lld", (long long)id),
                               .id = id };
    test_db_must(c, tx_run(c, TX_WRITE, test_bias_tx, &in), "interview");
}
static inline err test_bias_admin_tx(struct ctx *c, struct tx *tx, void *arg)
{
    return query_run(c, tx, &test_bias_admin, arg, NULL);
}
static inline void test_bias_person(struct ctx *c, struct str admin)
{
    struct test_bias_in in = { S("x"), S("x"), admin, S("x"), S("x"), 0 };
    test_db_must(c, tx_run(c, TX_WRITE, test_bias_admin_tx, &in), "evaluator");
}
static inline err test_bias_cycle_tx(struct ctx *c, struct tx *tx, void *arg)
{
    return query_run(c, tx, &test_bias_cycle, arg, NULL);
}
static inline void test_bias_cycle_make(struct ctx *c, struct str cycle)
{
    struct test_bias_in in = { S("x"), cycle, S("x"), S("x"), S("x"), 0 };
    test_db_must(c, tx_run(c, TX_WRITE, test_bias_cycle_tx, &in), "cycle");
}

/* The types of an analysis as codes. */
static inline struct list test_bias_types(struct ctx *c, uint32_t bits)
{
    struct str *v = arena_array(c->mem, struct str, BIAS_TYPES + 1);
    size_t n = 0;
    for (int t = 0; t < BIAS_TYPES; t++)
        if (bits & (1U << (unsigned)t))
            v[n++] = str_of(bias_type_codes.v[t]);
    return (struct list){ v, n };
}
/* An utterance with this judgement, in one stage; row.id stays 0 for one that is new. */
static inline void test_bias_run(struct ctx *c, struct bias_run *r, const struct bias_analysis *a,
                                 int64_t transcript, int64_t interview, struct str admin,
                                 struct str cycle)
{
    *r = (struct bias_run){ .judgement = a->source == BIAS_LLM ? JUDGED_BY_MODEL : JUDGED_BY_RULES,
                            .bias_detected = a->detected,
                            .severity = a->severity,
                            .recommended_action = a->action,
                            .confidence_score = a->confidence,
                            .bias_types = test_bias_types(c, a->types),
                            .llm_model = S("test"),
                            .row = { .transcript_id = transcript,
                                     .interview_id = interview,
                                     .admin_id = admin,
                                     .cycle_id = cycle,
                                     .application_id =
                                         str_fmt(c->mem, "APP_B%lld", (long long)interview),
                                     .spoken_at = a->t_us,
                                     .stt_confidence = a->stt_confidence,
                                     .utterance = a->text.p ? a->text : S("words"),
                                     .detector = S("{}") } };
    c->now_us = a->analysed_at_us;
}

#endif
