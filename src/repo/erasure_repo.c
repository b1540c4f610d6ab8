/* SQL that takes a person out of the database. */
#include "repo/erasure_repo.h"

#include "domain/application.h"
#include "domain/phase.h"
#include "repo/anon_repo.h"

struct id_in {
    struct str id;
    int64_t now;
    struct str text;
};
static const struct field id_fields[] = {
    FIELD_STR(struct id_in, id),
    FIELD_TIME(struct id_in, now, .flags = FIELD_NULL),
    FIELD_STR(struct id_in, text, .flags = FIELD_NULL | FIELD_PII),
};
static SCHEMA(id_schema, "ErasureIdIn", struct id_in, id_fields);

static const struct field application_fields[] = {
    FIELD_STR(struct erasure_application, application_id),
    FIELD_STR(struct erasure_application, cycle_id),
    FIELD_ENUM(struct erasure_application, status, .names = &application_status_names),
    FIELD_ENUM(struct erasure_application, phase, .names = &phase_names),
};
static SCHEMA(application_schema, "ErasureApplication", struct erasure_application,
              application_fields);
static const struct query applications = {
    .sql = "SELECT a.application_id, c.cycle_id, a.status, c.phase FROM applications a"
           " JOIN admission_cycles c ON c.cycle_id = a.admission_cycle_id"
           " WHERE a.student_id = :id ORDER BY c.cycle_id, a.application_id",
    .in = &id_schema,
    .out = &application_schema,
};

err erasure_applications(struct ctx *c, struct tx *tx, struct str student_id, size_t limit,
                         struct list *ret)
{
    return query_list(c, tx, &applications, &(struct id_in){ .id = student_id }, limit, ret);
}

#define OWN_ANON "x.application_id = :id AND x.scrub_order = " ANON_PLACE_OF(":id")

static const struct field export_fields[] = {
    FIELD_STR(struct erasure_export, file),
    FIELD_STR(struct erasure_export, anonymized_id),
};
static SCHEMA(export_schema, "ErasureExport", struct erasure_export, export_fields);
static const struct query exports = {
    .sql = "SELECT DISTINCT b.input_file_path AS file, x.anonymized_id FROM batch_runs b"
           " JOIN anonymized_applications x ON x.admission_cycle_id = b.admission_cycle_id"
           " WHERE " OWN_ANON " ORDER BY file",
    .in = &id_schema,
    .out = &export_schema,
};

err erasure_exports(struct ctx *c, struct tx *tx, struct str application_id, size_t limit,
                    struct list *ret)
{
    return query_list(c, tx, &exports, &(struct id_in){ .id = application_id }, limit, ret);
}

#define ANON_OF "(SELECT x.anonymized_id FROM anonymized_applications x WHERE " OWN_ANON ")"
#define CHANGE(sql_)                                                                               \
    {                                                                                              \
        .sql = (sql_), .in = &id_schema                                                            \
    }
/* In this order: what refers to the anonymous row finds it. gpa 0 and the empty texts are no
 * values: the keys that the log's commitments were made with are gone. */
static const struct query application_steps[] = {
    CHANGE("DELETE FROM anonymized_texts WHERE anonymized_id IN " ANON_OF),
    CHANGE("DELETE FROM scrub_corrections WHERE anonymized_id IN " ANON_OF),
    CHANGE("DELETE FROM identity_mapping WHERE application_id = :id"),
    CHANGE("UPDATE final_score_texts SET explanation = 'Erased.', llm_explanation = NULL,"
           " strengths = '[]', areas_for_improvement = '[]' WHERE anonymized_id IN " ANON_OF),
    CHANGE("UPDATE worker_results SET explanation = '', rubric_adherence = '', reasoning = '{}'"
           " WHERE anonymized_id IN " ANON_OF),
    CHANGE("DELETE FROM evaluation_checkpoints WHERE anonymized_id IN " ANON_OF),
    CHANGE("DELETE FROM model_batch_items WHERE anonymized_id IN " ANON_OF),
    CHANGE("DELETE FROM fairness_checkpoints WHERE anonymized_id IN " ANON_OF),
    CHANGE("DELETE FROM fairness_samples WHERE anonymized_id IN " ANON_OF),
    CHANGE("UPDATE evaluation_reviews SET note = '' WHERE note IS NOT NULL"
           " AND anonymized_id IN " ANON_OF),
    CHANGE("UPDATE result_appeals SET reason = '', decision_reason = CASE WHEN decision IS NULL"
           " THEN NULL ELSE '' END WHERE anonymized_id IN " ANON_OF),
    CHANGE("UPDATE judge_results SET feedback = '', reasoning = '' WHERE anonymized_id"
           " IN " ANON_OF),
    CHANGE("UPDATE interview_scores SET notes = NULL, communication_notes = NULL,"
           " critical_thinking_notes = NULL, motivation_notes = NULL WHERE interview_id IN"
           " (SELECT i.id FROM interviews i WHERE i.application_id = :id)"),
    CHANGE("DELETE FROM interview_score_drafts WHERE interview_id IN"
           " (SELECT i.id FROM interviews i WHERE i.application_id = :id)"),
    CHANGE("UPDATE coi_declarations SET reason = NULL WHERE interview_id IN"
           " (SELECT i.id FROM interviews i WHERE i.application_id = :id)"),
    CHANGE("UPDATE live_transcripts SET transcript_text = '', corrected_text = NULL"
           " WHERE interview_id IN (SELECT i.id FROM interviews i"
           " WHERE i.application_id = :id)"),
    CHANGE("UPDATE interviews SET notes = NULL, cancel_reason = NULL, interview_link = ''"
           " WHERE application_id = :id"),
    CHANGE("UPDATE live_bias_analysis SET utterance = NULL, evidence_quotes = '[]',"
           " context_summary = NULL, llm_response_raw = NULL, checkpoint = NULL WHERE interview_id"
           " IN (SELECT i.id FROM interviews i WHERE i.application_id = :id)"),
    CHANGE("UPDATE bias_flags SET resolution = '' WHERE resolution IS NOT NULL"
           " AND application_id = :id"),
    CHANGE("UPDATE nudge_appeals SET reason = '', note = '' WHERE interview_id IN"
           " (SELECT i.id FROM interviews i WHERE i.application_id = :id)"),
    CHANGE("UPDATE identity_reads SET sealed_reason = NULL WHERE subject = 'application:' || :id"
           " OR subject IN (SELECT 'anon:' || x.anonymized_id FROM anonymized_applications x"
           " WHERE " OWN_ANON ")"),
    CHANGE("UPDATE legacy_audit_logs SET sealed_details = NULL WHERE entity_id = :id"
           " OR entity_id IN " ANON_OF),
    CHANGE("DELETE FROM subject_key WHERE subject = 'application:' || :id OR subject IN"
           " (SELECT 'anon:' || x.anonymized_id FROM anonymized_applications x"
           " WHERE " OWN_ANON ")"),
    CHANGE("DELETE FROM deterministic_metrics WHERE application_id = :id"),
    CHANGE("DELETE FROM application_texts WHERE application_id = :id"),
    CHANGE("UPDATE anonymized_applications SET gpa = 0 WHERE application_id = :id"
           " AND scrub_order = " ANON_PLACE_OF(":id")),
    CHANGE("UPDATE applications SET gpa = 0, student_id = NULL WHERE application_id = :id"),
};

static err run_all(struct ctx *c, struct tx *tx, const struct query *q, size_t n,
                   const struct id_in *in)
{
    for (size_t i = 0; i < n; i++)
        TRY(query_run(c, tx, &q[i], in, NULL));
    return ERR_OK;
}

err erasure_of_application(struct ctx *c, struct tx *tx, struct str application_id)
{
    const struct id_in in = { .id = application_id };
    return run_all(c, tx, application_steps,
                   sizeof(application_steps) / sizeof(application_steps[0]), &in);
}

/* The address is unique: the id takes its place. */
static const struct query account_steps[] = {
    CHANGE("DELETE FROM application_drafts WHERE student_id = :id"),
    CHANGE("DELETE FROM student_sessions WHERE student_id = :id"),
    CHANGE("DELETE FROM oauth_identities WHERE student_id = :id"),
    CHANGE("UPDATE legacy_audit_logs SET sealed_details = NULL WHERE entity_id = :id"),
    CHANGE("UPDATE student_accounts SET primary_email = 'erased:' || student_id,"
           " display_name = NULL, status = 'deleted', verified_at = NULL,"
           " erase_requested_at = NULL, updated_at = :now WHERE student_id = :id"),
};

err erasure_of_account(struct ctx *c, struct tx *tx, struct str student_id, int64_t now_us)
{
    const struct id_in in = { .id = student_id, .now = now_us };
    return run_all(c, tx, account_steps, sizeof(account_steps) / sizeof(account_steps[0]), &in);
}

struct waiting_row {
    int64_t since;
};
static const struct field waiting_fields[] = { FIELD_TIME(struct waiting_row, since,
                                                          .flags = FIELD_NULL) };
static SCHEMA(waiting_schema, "ErasureWaiting", struct waiting_row, waiting_fields);
static const struct query waiting = {
    .sql = "SELECT erase_requested_at AS since FROM student_accounts WHERE student_id = :id"
           " AND status <> 'deleted'",
    .in = &id_schema,
    .out = &waiting_schema,
};

err erasure_waiting(struct ctx *c, struct tx *tx, struct str student_id, int64_t *ret_since_us)
{
    struct waiting_row row = { 0 };
    bool found = false;
    TRY(query_find(c, tx, &waiting, &(struct id_in){ .id = student_id }, &row, &found));
    if (!found)
        return FAIL(c, NOT_FOUND, "Student not found");
    *ret_since_us = row.since;
    return ERR_OK;
}

static const struct query wait_from =
    CHANGE("UPDATE student_accounts SET erase_requested_at = :now WHERE student_id = :id");

err erasure_wait(struct ctx *c, struct tx *tx, struct str student_id, int64_t since_us)
{
    const struct id_in in = { .id = student_id, .now = since_us };
    return query_run(c, tx, &wait_from, &in, NULL);
}

static const struct field account_fields[] = { FIELD_STR(struct erasure_account, student_id) };
static SCHEMA(account_schema, "ErasureAccount", struct erasure_account, account_fields);
/* Also accounts that are erased already and have something again: a submission or a sign-in that
 * was under way beside the erasure. */
static const struct query due = {
    .sql = "SELECT s.student_id FROM student_accounts s WHERE (s.erase_requested_at IS NOT NULL"
           " OR (s.status = 'deleted' AND (EXISTS (SELECT 1 FROM applications a"
           " WHERE a.student_id = s.student_id) OR EXISTS (SELECT 1 FROM application_drafts d"
           " WHERE d.student_id = s.student_id) OR EXISTS (SELECT 1 FROM student_sessions l"
           " WHERE l.student_id = s.student_id)))) AND NOT EXISTS (SELECT 1 FROM applications a"
           " JOIN admission_cycles c ON c.cycle_id = a.admission_cycle_id"
           " WHERE a.student_id = s.student_id AND a.status <> 'withdrawn'"
           " AND c.phase NOT IN ('submission', 'published', 'completed')) ORDER BY s.student_id",
    .out = &account_schema,
};

err erasure_due(struct ctx *c, struct tx *tx, size_t limit, struct list *ret)
{
    return query_list(c, tx, &due, NULL, limit, ret);
}

static const struct query by_email = {
    .sql = "SELECT student_id FROM student_accounts WHERE primary_email = :text",
    .in = &id_schema,
    .out = &account_schema,
};

err erasure_account_by_email(struct ctx *c, struct tx *tx, struct str email,
                             struct erasure_account *ret, bool *ret_found)
{
    return query_find(c, tx, &by_email, &(struct id_in){ .text = email }, ret, ret_found);
}
