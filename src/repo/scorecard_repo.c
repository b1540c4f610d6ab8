/* SQL of statements of interest, scorecards and scores of interviews. */
#include "repo/schedule_repo.h"

struct of_interview {
    int64_t interview_id;
    struct str text, admin_id;
};
static const struct field of_fields[] = {
    FIELD_I64(struct of_interview, interview_id),
    FIELD_STR(struct of_interview, text, .flags = FIELD_NULL),
    FIELD_STR(struct of_interview, admin_id, .flags = FIELD_NULL),
};
static SCHEMA(of_schema, "OfInterview", struct of_interview, of_fields);
struct number {
    int64_t n;
};
static const struct field number_fields[] = { FIELD_I64(struct number, n) };
static SCHEMA(number_schema, "ScorecardNumber", struct number, number_fields);

static const struct field coi_fields[] = {
    FIELD_I64(struct coi_row, interview_id),
    FIELD_STR(struct coi_row, admin_id),
    FIELD_STR(struct coi_row, reason, .flags = FIELD_NULL),
    FIELD_BOOL(struct coi_row, accepted),
    FIELD_TIME(struct coi_row, declared_at),
};
static SCHEMA(coi_schema, "CoiRow", struct coi_row, coi_fields);

err coi_insert(struct ctx *c, struct tx *tx, const struct coi_row *row)
{
    static const struct query q = {
        .sql = "INSERT INTO coi_declarations (interview_id, admin_id, accepted, reason, "
               "declared_at) VALUES (:interview_id, :admin_id, :accepted, :reason, :declared_at)",
        .in = &coi_schema,
    };
    return query_run(c, tx, &q, row, NULL);
}

err coi_declined(struct ctx *c, struct tx *tx, int64_t interview_id, struct str admin_id,
                 bool *ret_declined)
{
    static const struct query q = {
        .sql = "SELECT COUNT(*) AS n FROM coi_declarations WHERE interview_id = :interview_id "
               "AND admin_id = :admin_id AND NOT accepted",
        .in = &of_schema,
        .out = &number_schema,
    };
    struct number row = { 0 };
    TRY(query_one(c, tx, &q,
                  &(struct of_interview){ .interview_id = interview_id, .admin_id = admin_id },
                  &row));
    *ret_declined = row.n > 0;
    return ERR_OK;
}

static const struct field card_fields[] = {
    FIELD_I64(struct scorecard_row, interview_id), FIELD_STR(struct scorecard_row, admin_id),
    FIELD_JSON(struct scorecard_row, card),        FIELD_I64(struct scorecard_row, tag),
    FIELD_TIME(struct scorecard_row, saved_at),
};
static SCHEMA(card_schema, "ScorecardRow", struct scorecard_row, card_fields);
static const struct field card_in_fields[] = {
    FIELD_I64(struct scorecard_row, interview_id), FIELD_STR(struct scorecard_row, admin_id),
    FIELD_JSON(struct scorecard_row, card),        FIELD_I64(struct scorecard_row, tag),
    FIELD_I64(struct scorecard_row, old_tag),      FIELD_TIME(struct scorecard_row, saved_at),
};
static SCHEMA(card_in_schema, "ScorecardIn", struct scorecard_row, card_in_fields);

err scorecard_find(struct ctx *c, struct tx *tx, int64_t interview_id, struct scorecard_row *ret,
                   bool *ret_found)
{
    static const struct query q = {
        .sql = "SELECT interview_id, admin_id, card, tag, saved_at FROM interview_score_drafts "
               "WHERE interview_id = :interview_id",
        .in = &of_schema,
        .out = &card_schema,
    };
    return query_find(c, tx, &q, &(struct of_interview){ .interview_id = interview_id }, ret,
                      ret_found);
}

err scorecard_insert(struct ctx *c, struct tx *tx, const struct scorecard_row *row)
{
    static const struct query q = {
        .sql = "INSERT INTO interview_score_drafts (interview_id, admin_id, card, tag, saved_at) "
               "VALUES (:interview_id, :admin_id, :card, :tag, :saved_at)",
        .in = &card_in_schema,
    };
    return query_run(c, tx, &q, row, NULL);
}

err scorecard_update(struct ctx *c, struct tx *tx, const struct scorecard_row *row,
                     int64_t *ret_changed)
{
    static const struct query q = {
        .sql = "UPDATE interview_score_drafts SET admin_id = :admin_id, card = :card, tag = :tag, "
               "saved_at = :saved_at WHERE interview_id = :interview_id AND tag = :old_tag",
        .in = &card_in_schema,
    };
    return query_run(c, tx, &q, row, ret_changed);
}

err scorecard_delete(struct ctx *c, struct tx *tx, int64_t interview_id)
{
    static const struct query q = {
        .sql = "DELETE FROM interview_score_drafts WHERE interview_id = :interview_id",
        .in = &of_schema,
    };
    return query_run(c, tx, &q, &(struct of_interview){ .interview_id = interview_id }, NULL);
}

err interview_score_insert(struct ctx *c, struct tx *tx, const struct interview_score *s,
                           int64_t *ret_id)
{
    static const struct query q = {
        .sql = "INSERT INTO interview_scores (interview_id, communication_score, "
               "critical_thinking_score, motivation_score, final_interview_score, "
               "communication_notes, critical_thinking_notes, motivation_notes, notes, scored_at, "
               "scored_by) VALUES (:interview_id, :communication_score, :critical_thinking_score, "
               ":motivation_score, :final_interview_score, :communication_notes, "
               ":critical_thinking_notes, :motivation_notes, :notes, :scored_at, :scored_by) "
               "RETURNING id AS n",
        .in = &interview_score_schema,
        .out = &number_schema,
    };
    struct number row = { 0 };
    TRY(query_one(c, tx, &q, s, &row));
    *ret_id = row.n;
    return ERR_OK;
}

err interview_score_find(struct ctx *c, struct tx *tx, int64_t interview_id,
                         struct interview_score *ret, bool *ret_found)
{
    static const struct query q = {
        .sql = "SELECT id, interview_id, communication_score, critical_thinking_score, "
               "motivation_score, final_interview_score, communication_notes, "
               "critical_thinking_notes, motivation_notes, notes, scored_at, scored_by "
               "FROM interview_scores WHERE interview_id = :interview_id",
        .in = &of_schema,
        .out = &interview_score_schema,
    };
    return query_find(c, tx, &q, &(struct of_interview){ .interview_id = interview_id }, ret,
                      ret_found);
}

err interview_scores_owed(struct ctx *c, struct tx *tx, struct str cycle_id, struct str admin_id,
                          int64_t *ret_n)
{
    static const struct query q = {
        .sql = "SELECT COUNT(*) AS n FROM interviews i WHERE i.admission_cycle_id = :text "
               "AND i.admin_id = :admin_id AND i.status <> 'cancelled' "
               "AND i.started_at IS NOT NULL "
               "AND NOT EXISTS (SELECT 1 FROM interview_scores s WHERE s.interview_id = i.id)",
        .in = &of_schema,
        .out = &number_schema,
    };
    struct number row = { 0 };
    TRY(query_one(c, tx, &q, &(struct of_interview){ .text = cycle_id, .admin_id = admin_id },
                  &row));
    *ret_n = row.n;
    return ERR_OK;
}
