/* support/test_shortlist.h: a shortlist cycle and its interviews, with their entries in the log, as
 * scheduling and scoring write them, but without asking whether the application was invited. */
#ifndef ENIGMA_TESTS_SUPPORT_TEST_SHORTLIST_H
#define ENIGMA_TESTS_SUPPORT_TEST_SHORTLIST_H

#include "repo/interview_repo.h"
#include "service/interview_log.h"
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

struct test_interview_made {
    int64_t id;
    struct str admission_cycle_id;
};
static const struct field test_interview_made_fields[] = {
    FIELD_I64(struct test_interview_made, id),
    FIELD_STR(struct test_interview_made, admission_cycle_id),
};
static SCHEMA(test_interview_made_schema, "TestInterviewMade", struct test_interview_made,
              test_interview_made_fields);

static inline err test_interview_tx(struct ctx *c, struct tx *tx, void *arg)
{
    static const struct query schedule = {
        .sql = "INSERT INTO interviews (application_id, student_id, admin_id, admission_cycle_id, "
               "interview_time, interview_link, status, created_at, updated_at) "
               "SELECT a.application_id, a.student_id, :admin_id, a.admission_cycle_id, "
               ":now, '/interview/1', 'scheduled', "
               ":now, :now FROM applications a "
               "JOIN anonymized_applications x ON x.application_id = a.application_id "
               "WHERE x.anonymized_id = :anonymized_id RETURNING id, admission_cycle_id",
        .in = &test_interview_schema,
        .out = &test_interview_made_schema,
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
    struct test_interview_made made;
    struct audit_head head = { .known = false };
    TRY(query_one(c, tx, &schedule, t, &made));
    struct interview_note note = {
        .act = "interview.schedule",
        .id = made.id,
        .cycle_id = made.admission_cycle_id,
        .anonymized_id = t->anonymized_id,
        .data = interview_slot_data(c, t->admin_id, t->anonymized_id, t->now, 30),
    };
    TRY(interview_log(c, tx, &head, &note));
    if (t->communication < 0)
        return ERR_OK;
    t->mean = interview_mean_e2(t->communication, t->critical_thinking, t->motivation);
    TRY(query_run(c, tx, &score, t, NULL));
    const struct interview_score marks = { .communication_score = t->communication,
                                           .critical_thinking_score = t->critical_thinking,
                                           .motivation_score = t->motivation,
                                           .final_interview_score = t->mean };
    note.act = "interview.score";
    note.data = (struct str){ NULL, 0 };
    note.score = &marks;
    return interview_log(c, tx, &head, &note);
}

/* An interview at that time by the administrator; each mark is `e2`, or -1: it has no score yet. */
static inline void test_interview_at(struct ctx *c, struct str anonymized_id, struct str admin_id,
                                     int64_t e2, int64_t at_us)
{
    struct test_interview t = { .anonymized_id = anonymized_id,
                                .admin_id = admin_id,
                                .communication = e2,
                                .critical_thinking = e2,
                                .motivation = e2,
                                .now = at_us };
    const struct principal evaluator = { .id = admin_id, .roles = ROLE_ADMIN };
    const struct principal *who = c->who;
    c->who = &evaluator;
    test_db_must(c, tx_run(c, TX_WRITE, test_interview_tx, &t), "interview");
    c->who = who;
}
static inline void test_interview(struct ctx *c, struct str anonymized_id, struct str admin_id,
                                  int64_t e2)
{
    test_interview_at(c, anonymized_id, admin_id, e2, c->now_us);
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
