/* SQL that removes what has ended. */
#include "repo/expiry_repo.h"

struct expiry_in {
    int64_t now, limit;
};
static const struct field expiry_fields[] = {
    FIELD_TIME(struct expiry_in, now),
    FIELD_I64(struct expiry_in, limit),
};
static SCHEMA(expiry_schema, "ExpiryIn", struct expiry_in, expiry_fields);

/* Notes of interviews: the interview was before :now, and its cycle is published. */
#define OLD_INTERVIEWS                                                                             \
    " FROM interviews i JOIN admission_cycles c ON c.cycle_id = i.admission_cycle_id"              \
    " WHERE c.phase IN ('published', 'completed') AND i.interview_time < :now"

static const struct query removals[EXPIRY_COUNT] = {
    [EXPIRY_ADMIN_SESSION] = {
        .sql = "DELETE FROM admin_sessions WHERE session_id IN (SELECT session_id"
               " FROM admin_sessions WHERE revoked OR expires_at < :now LIMIT :limit)",
        .in = &expiry_schema,
    },
    [EXPIRY_STUDENT_SESSION] = {
        .sql = "DELETE FROM student_sessions WHERE session_id IN (SELECT session_id"
               " FROM student_sessions WHERE revoked OR expires_at < :now LIMIT :limit)",
        .in = &expiry_schema,
    },
    [EXPIRY_AUTH_STATE] = {
        .sql = "DELETE FROM student_auth_states WHERE state IN (SELECT state"
               " FROM student_auth_states WHERE consumed OR expires_at < :now LIMIT :limit)",
        .in = &expiry_schema,
    },
    [EXPIRY_IDEMPOTENCY] = {
        .sql = "DELETE FROM idempotency_keys WHERE key_hash IN (SELECT key_hash"
               " FROM idempotency_keys WHERE expires_at < :now LIMIT :limit)",
        .in = &expiry_schema,
    },
    [EXPIRY_API_TOKEN] = {
        .sql = "DELETE FROM api_tokens WHERE token_id IN (SELECT token_id"
               " FROM api_tokens WHERE revoked OR expires_at < :now LIMIT :limit)",
        .in = &expiry_schema,
    },
    [EXPIRY_APPROVAL] = {
        .sql = "DELETE FROM phase_approvals WHERE expires_at < :now AND :limit > 0",
        .in = &expiry_schema,
    },
    [EXPIRY_DRAFT] = {
        .sql = "DELETE FROM application_drafts WHERE draft_id IN (SELECT d.draft_id"
               " FROM application_drafts d JOIN admission_cycles c"
               " ON c.cycle_id = d.admission_cycle_id WHERE d.updated_at < :now"
               " AND (NOT c.is_open OR c.phase <> 'submission' OR c.end_date < :now) LIMIT :limit)",
        .in = &expiry_schema,
    },
    [EXPIRY_SENT_DRAFT] = {
        .sql = "DELETE FROM application_drafts WHERE draft_id IN (SELECT d.draft_id"
               " FROM application_drafts d JOIN applications a ON a.student_id = d.student_id"
               " AND a.admission_cycle_id = d.admission_cycle_id WHERE d.updated_at < :now"
               " LIMIT :limit)",
        .in = &expiry_schema,
    },
    [EXPIRY_INTERVIEW_NOTE] = {
        .sql = "UPDATE interviews SET notes = NULL WHERE id IN (SELECT i.id" OLD_INTERVIEWS
               " AND i.notes IS NOT NULL LIMIT :limit)",
        .in = &expiry_schema,
    },
    [EXPIRY_SCORE_NOTE] = {
        .sql = "UPDATE interview_scores SET notes = NULL, communication_notes = NULL,"
               " critical_thinking_notes = NULL, motivation_notes = NULL WHERE interview_id IN"
               " (SELECT i.id" OLD_INTERVIEWS " AND EXISTS (SELECT 1 FROM interview_scores s"
               " WHERE s.interview_id = i.id AND (s.notes IS NOT NULL"
               " OR s.communication_notes IS NOT NULL OR s.critical_thinking_notes IS NOT NULL"
               " OR s.motivation_notes IS NOT NULL)) LIMIT :limit)",
        .in = &expiry_schema,
    },
    [EXPIRY_SCORECARD] = {
        .sql = "DELETE FROM interview_score_drafts WHERE interview_id IN (SELECT i.id"
               OLD_INTERVIEWS " AND EXISTS (SELECT 1 FROM interview_score_drafts d"
               " WHERE d.interview_id = i.id) LIMIT :limit)",
        .in = &expiry_schema,
    },
    [EXPIRY_TRANSCRIPT] = {
        .sql = "DELETE FROM live_transcripts WHERE id IN (SELECT t.id FROM live_transcripts t"
               " JOIN admission_cycles c ON c.cycle_id = t.admission_cycle_id"
               " WHERE c.phase IN ('published', 'completed') AND t.start_time < :now"
               " ORDER BY t.id LIMIT :limit)",
        .in = &expiry_schema,
    },
    [EXPIRY_UTTERANCE] = {
        .sql = "UPDATE live_bias_analysis SET utterance = NULL, evidence_quotes = '[]',"
               " context_summary = NULL, llm_response_raw = NULL, checkpoint = NULL"
               " WHERE utterance IS NOT NULL AND id IN (SELECT a.id FROM live_bias_analysis a"
               " WHERE a.utterance IS NOT NULL AND a.interview_id IN (SELECT i.id" OLD_INTERVIEWS
               ") LIMIT :limit)",
        .in = &expiry_schema,
    },
};

err expiry_remove(struct ctx *c, struct tx *tx, enum expiry_kind kind, int64_t now, int64_t limit,
                  int64_t *ret_removed)
{
    return query_run(c, tx, &removals[kind], &(struct expiry_in){ now, limit }, ret_removed);
}
