/* The one place where identity and anonymous data are joined. */
#include "repo/identity_repo.h"

struct after_in {
    int64_t after;
};
static const struct field after_fields[] = { FIELD_I64(struct after_in, after) };
static SCHEMA(after_schema, "IdentityAfter", struct after_in, after_fields);

static const struct field submission_fields[] = {
    FIELD_I64(struct identity_submission, idx),
    FIELD_STR(struct identity_submission, subj, .flags = FIELD_NULL),
    FIELD_STR(struct identity_submission, cycle_id, .flags = FIELD_NULL),
    FIELD_BLOB(struct identity_submission, entry),
    FIELD_STR(struct identity_submission, application_id, .flags = FIELD_NULL),
    FIELD_STR(struct identity_submission, admission_cycle_id, .flags = FIELD_NULL),
    FIELD_STR(struct identity_submission, status, .flags = FIELD_NULL),
    FIELD_E2(struct identity_submission, gpa, .flags = FIELD_NULL),
    FIELD_STR(struct identity_submission, text_id, .flags = FIELD_NULL),
    FIELD_STR(struct identity_submission, email_hash, .flags = FIELD_NULL),
    FIELD_STR(struct identity_submission, sealed_identity, .flags = FIELD_NULL),
    FIELD_STR(struct identity_submission, essay, .flags = FIELD_NULL | FIELD_PII),
    FIELD_STR(struct identity_submission, achievements, .flags = FIELD_NULL | FIELD_PII),
    FIELD_MAP_E2(struct identity_submission, test_scores, .flags = FIELD_NULL),
    FIELD_STR(struct identity_submission, wrapped, .flags = FIELD_NULL),
    FIELD_STR(struct identity_submission, score_status, .flags = FIELD_NULL),
    FIELD_BOOL(struct identity_submission, erased),
    FIELD_BOOL(struct identity_submission, withdrawn),
};
static SCHEMA(submission_schema, "IdentitySubmission", struct identity_submission,
              submission_fields);

/* The log, or what waits for its place in it. (act || '') keeps the planner on the index by
 * subject. */
#define LOGGED(subj_, act_)                                                                        \
    " (EXISTS (SELECT 1 FROM audit_entry x WHERE x.subj = " subj_ " AND (x.act || '') = '" act_    \
    "') OR EXISTS (SELECT 1 FROM audit_pending p WHERE p.subj = " subj_ " AND p.act = '" act_      \
    "'))"

/* The log is asked about erasure only when something is missing, and about withdrawal only when
 * the row says so. */
static const struct query submissions = {
    .sql = "SELECT e.idx, e.subj, e.cycle_id, e.entry, a.application_id, a.admission_cycle_id,"
           " a.status, a.gpa, t.application_id AS text_id, t.email_hash, t.sealed_identity,"
           " t.essay, t.achievements, t.test_scores, k.wrapped, f.status AS score_status,"
           " CASE WHEN a.application_id IS NULL OR t.application_id IS NULL OR k.wrapped IS NULL"
           " THEN" LOGGED(
               "e.subj",
               "subject.erase") " ELSE FALSE END AS erased,"
                                " CASE WHEN a.status = 'withdrawn'"
                                " THEN" LOGGED(
                                    "e.subj",
                                    "application.withdraw") " ELSE FALSE END AS withdrawn"
                                                            " FROM audit_entry e"
                                                            " LEFT JOIN applications a ON "
                                                            "a.application_id = substr(e.subj, 13)"
                                                            " LEFT JOIN application_texts t ON "
                                                            "t.application_id = a.application_id"
                                                            " LEFT JOIN subject_key k ON k.subject "
                                                            "= e.subj"
                                                            " LEFT JOIN anonymized_applications n "
                                                            "ON n.application_id = a.application_id"
                                                            " LEFT JOIN final_scores f ON "
                                                            "f.anonymized_id = n.anonymized_id"
                                                            " WHERE e.act = 'application.submit' "
                                                            "AND e.idx > :after ORDER BY e.idx",
    .in = &after_schema,
    .out = &submission_schema,
};

err identity_submissions(struct ctx *c, struct tx *tx, int64_t after, row_fn *fn, void *arg)
{
    return query_each(c, tx, &submissions, &(struct after_in){ after }, fn, arg);
}

static const struct field scrub_fields[] = {
    FIELD_I64(struct identity_scrub, idx),
    FIELD_STR(struct identity_scrub, subj, .flags = FIELD_NULL),
    FIELD_STR(struct identity_scrub, cycle_id, .flags = FIELD_NULL),
    FIELD_BLOB(struct identity_scrub, entry),
    FIELD_STR(struct identity_scrub, anonymized_id, .flags = FIELD_NULL),
    FIELD_STR(struct identity_scrub, application_id, .flags = FIELD_NULL),
    FIELD_STR(struct identity_scrub, admission_cycle_id, .flags = FIELD_NULL),
    FIELD_E2(struct identity_scrub, gpa, .flags = FIELD_NULL),
    FIELD_STR(struct identity_scrub, text_id, .flags = FIELD_NULL),
    FIELD_STR(struct identity_scrub, essay_scrubbed, .flags = FIELD_NULL),
    FIELD_STR(struct identity_scrub, achievements_scrubbed, .flags = FIELD_NULL),
    FIELD_MAP_E2(struct identity_scrub, test_scores, .flags = FIELD_NULL),
    FIELD_STR(struct identity_scrub, mapped_application_id, .flags = FIELD_NULL),
    FIELD_STR(struct identity_scrub, encrypted_pii, .flags = FIELD_NULL),
    FIELD_STR(struct identity_scrub, email_hash, .flags = FIELD_NULL),
    FIELD_STR(struct identity_scrub, wrapped, .flags = FIELD_NULL),
    FIELD_BOOL(struct identity_scrub, erased),
};
static SCHEMA(scrub_schema, "IdentityScrub", struct identity_scrub, scrub_fields);

static const struct query scrubs = {
    .sql =
        "SELECT e.idx, e.subj, e.cycle_id, e.entry, n.anonymized_id, n.application_id,"
        " n.admission_cycle_id, n.gpa, t.anonymized_id AS text_id, t.essay_scrubbed,"
        " t.achievements_scrubbed, t.test_scores, m.application_id AS mapped_application_id,"
        " m.encrypted_pii, x.email_hash, k.wrapped,"
        " CASE WHEN n.anonymized_id IS NULL OR t.anonymized_id IS NULL"
        " OR m.application_id IS NULL OR k.wrapped IS NULL"
        " THEN" LOGGED(
            "'application:' || n.application_id",
            "subject.erase") " ELSE FALSE END AS erased"
                             " FROM audit_entry e"
                             " LEFT JOIN anonymized_applications n ON n.anonymized_id = "
                             "substr(e.subj, 6)"
                             " LEFT JOIN anonymized_texts t ON t.anonymized_id = n.anonymized_id"
                             " LEFT JOIN identity_mapping m ON m.anonymized_id = n.anonymized_id"
                             " LEFT JOIN application_texts x ON x.application_id = n.application_id"
                             " LEFT JOIN subject_key k ON k.subject = e.subj"
                             " WHERE e.act = 'identity.scrub' AND e.idx > :after ORDER BY e.idx",
    .in = &after_schema,
    .out = &scrub_schema,
};

err identity_scrubs(struct ctx *c, struct tx *tx, int64_t after, row_fn *fn, void *arg)
{
    return query_each(c, tx, &scrubs, &(struct after_in){ after }, fn, arg);
}
