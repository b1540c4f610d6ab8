/* support/test_shortlist.h: a shortlist cycle and its interviews, written as scheduling will write
 * them: one interview for an application, scored or not. */
#ifndef ENIGMA_TESTS_SUPPORT_TEST_SHORTLIST_H
#define ENIGMA_TESTS_SUPPORT_TEST_SHORTLIST_H

#include "repo/interview_repo.h"
#include "support/test_cycle.h"

struct test_interview {
    struct str anonymized_id, admin_id;
    int64_t communication, critical_thinking, motivation; /* hundredths; -1: no score yet */
    int64_t mean, now;
};
static const struct field test_interview_fields[] = {
    FIELD_STR(struct test_interview, anonymized_id, .flags = 0),
    FIELD_STR(struct test_interview, admin_id, .flags = 0),
    FIELD_E2(struct test_interview, communication, .flags = 0),
    FIELD_E2(struct test_interview, critical_thinking, .flags = 0),
    FIELD_E2(struct test_interview, motivation, .flags = 0),
    FIELD_E2(struct test_interview, mean, .flags = 0),
    FIELD_TIME(struct test_interview, now, .flags = 0),
};
static SCHEMA(test_interview_schema, "TestInterview", struct test_interview, test_interview_fields);

static inline err test_interview_tx(struct ctx *c, struct tx *tx, void *arg)
{
    static const struct query schedule = {
        .sql = "INSERT INTO interviews (application_id, student_id, admin_id, admission_cycle_id, "
               "interview_time, interview_link, status, created_at, updated_at) "
               "SELECT a.application_id, a.student_id, :admin_id, a.admission_cycle_id, "
               ":now, '/interview/1', 'scheduled', "
               ":now, :now FROM applications a "
               "JOIN anonymized_applications x ON x.application_id = a.application_id "
               "WHERE x.anonymized_id = :anonymized_id",
        .in = &test_interview_schema,
    };
    static const struct query score = {
        .sql = "INSERT INTO interview_scores (interview_id, communication_score, "
               "critical_thinking_score, motivation_score, final_interview_score, scored_at, "
               "scored_by) SELECT i.id, :communication, "
               ":critical_thinking, "
               ":motivation, :mean, "
               ":now, :admin_id FROM interviews i "
               "JOIN anonymized_applications x ON x.application_id = i.application_id "
               "WHERE x.anonymized_id = :anonymized_id AND i.status <> 'cancelled'",
        .in = &test_interview_schema,
    };
    struct test_interview *t = arg;
    int64_t changed = 0;
    t->now = c->now_us;
    TRY(query_run(c, tx, &schedule, t, &changed));
    if (changed != 1)
        return FAIL(c, INTERNAL, "no such application");
    if (t->communication < 0)
        return ERR_OK;
    t->mean = interview_mean_e2(t->communication, t->critical_thinking, t->motivation);
    return query_run(c, tx, &score, t, NULL);
}

/* An interview by the first administrator; each mark is `e2`, or -1: it has no score yet. */
static inline void test_interview(struct ctx *c, struct str anonymized_id, struct str admin_id,
                                  int64_t e2)
{
    struct test_interview t = { .anonymized_id = anonymized_id,
                                .admin_id = admin_id,
                                .communication = e2,
                                .critical_thinking = e2,
                                .motivation = e2 };
    test_db_must(c, tx_run(c, TX_WRITE, test_interview_tx, &t), "interview");
}

/* Anonymous ids of a status in their own order; both columns of a row hold the id. */
static inline struct list test_by_status(struct ctx *c, const char *status)
{
    return test_rows(c,
                     "SELECT anonymized_id AS a, anonymized_id AS b FROM final_scores "
                     "WHERE status = :a ORDER BY anonymized_id",
                     str_of(status));
}

static inline err test_shortlist(struct ctx *c, struct str cycle_id, int64_t factor,
                                 struct selection_weights weights, struct phase_reply *ret)
{
    const struct phase_request q = {
        .cycle_id = cycle_id,
        .verb = "select",
        .plan = { .mode = SELECT_SHORTLIST, .factor = factor, .weights = weights },
    };
    return phase_step(c, &q, ret);
}

#endif
