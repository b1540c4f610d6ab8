/* SQL of what is stored of one student. */
#include "repo/student_export_repo.h"

#include "domain/interview.h"
#include "domain/role.h"

struct id_in {
    struct str id;
};
static const struct field id_fields[] = { FIELD_STR(struct id_in, id) };
static SCHEMA(id_schema, "ExportIdIn", struct id_in, id_fields);

static const struct field account_fields[] = {
    FIELD_STR(struct export_account, student_id, .flags = FIELD_REQUIRED, .doc = "The account."),
    FIELD_STR(struct export_account, primary_email, .flags = FIELD_REQUIRED | FIELD_PII,
              .doc = "Its e-mail address."),
    FIELD_STR(struct export_account, display_name, .flags = FIELD_NULL | FIELD_PII,
              .doc = "Its name, as the provider said it."),
    FIELD_ENUM(struct export_account, status, .flags = FIELD_REQUIRED,
               .names = &student_status_names, .doc = "Whether it may sign in."),
    FIELD_TIME(struct export_account, created_at, .flags = FIELD_REQUIRED, .doc = "Made."),
    FIELD_TIME(struct export_account, updated_at, .flags = FIELD_REQUIRED, .doc = "Changed."),
    FIELD_TIME(struct export_account, verified_at, .flags = FIELD_NULL,
               .doc = "When the address was found to be verified."),
    FIELD_TIME(struct export_account, erase_requested_at, .flags = FIELD_NULL,
               .doc = "When erasure was asked for that still waits."),
};
SCHEMA(export_account_schema, "ExportAccount", struct export_account, account_fields);
static const struct query account = {
    .sql = "SELECT student_id, primary_email, display_name, status, created_at, updated_at,"
           " verified_at, erase_requested_at FROM student_accounts WHERE student_id = :id",
    .in = &id_schema,
    .out = &export_account_schema,
};

err export_account_find(struct ctx *c, struct tx *tx, struct str student_id,
                        struct export_account *ret)
{
    return query_one(c, tx, &account, &(struct id_in){ student_id }, ret);
}

static const struct field identity_fields[] = {
    FIELD_STR(struct export_identity, provider, .flags = FIELD_REQUIRED,
              .doc = "Who vouches for you when you sign in."),
    FIELD_STR(struct export_identity, provider_sub, .flags = FIELD_REQUIRED | FIELD_PII,
              .doc = "Your identifier there."),
    FIELD_STR(struct export_identity, email, .flags = FIELD_REQUIRED | FIELD_PII,
              .doc = "Your address there."),
    FIELD_BOOL(struct export_identity, email_verified, .flags = FIELD_REQUIRED,
               .doc = "Whether it was verified there."),
    FIELD_TIME(struct export_identity, created_at, .flags = FIELD_REQUIRED, .doc = "First used."),
    FIELD_TIME(struct export_identity, updated_at, .flags = FIELD_REQUIRED, .doc = "Changed."),
};
SCHEMA(export_identity_schema, "ExportIdentity", struct export_identity, identity_fields);
static const struct query identities = {
    .sql = "SELECT provider, provider_sub, email, email_verified, created_at, updated_at"
           " FROM oauth_identities WHERE student_id = :id ORDER BY provider, provider_sub",
    .in = &id_schema,
    .out = &export_identity_schema,
};

err export_identities(struct ctx *c, struct tx *tx, struct str student_id, size_t limit,
                      struct list *ret)
{
    return query_list(c, tx, &identities, &(struct id_in){ student_id }, limit, ret);
}

static const struct field login_fields[] = {
    FIELD_TIME(struct export_login, created_at, .flags = FIELD_REQUIRED, .doc = "Signed in."),
    FIELD_TIME(struct export_login, last_active_at, .flags = FIELD_REQUIRED, .doc = "Last used."),
    FIELD_TIME(struct export_login, expires_at, .flags = FIELD_REQUIRED, .doc = "Ends by itself."),
    FIELD_STR(struct export_login, ip_address, .flags = FIELD_NULL | FIELD_PII,
              .doc = "From this address."),
    FIELD_STR(struct export_login, user_agent, .flags = FIELD_NULL | FIELD_PII,
              .doc = "With this program."),
    FIELD_BOOL(struct export_login, revoked, .flags = FIELD_REQUIRED, .doc = "Ended by hand."),
};
SCHEMA(export_login_schema, "ExportLogin", struct export_login, login_fields);
static const struct query logins = {
    .sql = "SELECT created_at, last_active_at, expires_at, ip_address, user_agent, revoked"
           " FROM student_sessions WHERE student_id = :id ORDER BY created_at DESC",
    .in = &id_schema,
    .out = &export_login_schema,
};

err export_logins(struct ctx *c, struct tx *tx, struct str student_id, size_t limit,
                  struct list *ret)
{
    return query_list(c, tx, &logins, &(struct id_in){ student_id }, limit, ret);
}

static const struct field texts_fields[] = {
    FIELD_STR(struct export_texts, sealed_identity, .flags = FIELD_NULL | FIELD_PII),
    FIELD_E2(struct export_texts, gpa, .flags = 0),
    FIELD_MAP_E2(struct export_texts, test_scores, .flags = 0),
    FIELD_STR(struct export_texts, essay, .flags = FIELD_PII),
    FIELD_STR(struct export_texts, achievements, .flags = FIELD_PII),
    FIELD_STR(struct export_texts, consent_version, .flags = FIELD_NULL),
    FIELD_BOOL(struct export_texts, consent_stated),
};
static SCHEMA(texts_schema, "ExportTexts", struct export_texts, texts_fields);
static const struct query texts = {
    .sql = "SELECT t.sealed_identity, a.gpa, t.test_scores, t.essay, t.achievements,"
           " t.consent_version, t.consent_stated"
           " FROM applications a JOIN application_texts t ON t.application_id = a.application_id"
           " WHERE a.application_id = :id",
    .in = &id_schema,
    .out = &texts_schema,
};

err export_texts_find(struct ctx *c, struct tx *tx, struct str application_id,
                      struct export_texts *ret, bool *ret_found)
{
    return query_find(c, tx, &texts, &(struct id_in){ application_id }, ret, ret_found);
}

static const struct field scrubbed_fields[] = {
    FIELD_STR(struct export_scrubbed, anonymized_id, .flags = FIELD_REQUIRED,
              .doc = "Your anonymous identifier."),
    FIELD_E2(struct export_scrubbed, gpa, .flags = FIELD_REQUIRED, .doc = "Grade point average."),
    FIELD_MAP_E2(struct export_scrubbed, test_scores, .flags = FIELD_REQUIRED,
                 .doc = "Test scores."),
    FIELD_STR(struct export_scrubbed, essay_scrubbed, .flags = FIELD_REQUIRED,
              .doc = "Your essay as evaluators saw it."),
    FIELD_STR(struct export_scrubbed, achievements_scrubbed, .flags = FIELD_REQUIRED,
              .doc = "Your achievements as evaluators saw them."),
    FIELD_I64(struct export_scrubbed, redactions, .flags = FIELD_REQUIRED,
              .doc = "Passages that were taken out."),
    FIELD_TIME(struct export_scrubbed, scrubbed_at, .flags = FIELD_REQUIRED, .doc = "When."),
};
SCHEMA(export_scrubbed_schema, "ExportScrubbed", struct export_scrubbed, scrubbed_fields);
static const struct query scrubbed = {
    .sql = "SELECT x.anonymized_id, x.gpa, t.test_scores, t.essay_scrubbed,"
           " t.achievements_scrubbed, x.redactions, x.created_at AS scrubbed_at"
           " FROM anonymized_applications x"
           " JOIN anonymized_texts t ON t.anonymized_id = x.anonymized_id"
           " WHERE x.anonymized_id = :id",
    .in = &id_schema,
    .out = &export_scrubbed_schema,
};

err export_scrubbed_find(struct ctx *c, struct tx *tx, struct str anonymized_id,
                         struct export_scrubbed *ret, bool *ret_found)
{
    return query_find(c, tx, &scrubbed, &(struct id_in){ anonymized_id }, ret, ret_found);
}

#define I struct export_interview
#define SLOT_                                                                                      \
    FIELD_TIME(I, interview_time, .flags = FIELD_REQUIRED, .doc = "When it was to be."),           \
        FIELD_I64(I, duration_minutes, .flags = FIELD_REQUIRED, .doc = "Length of its slot."),     \
        FIELD_ENUM(I, status, .flags = FIELD_REQUIRED, .names = &interview_status_names,           \
                   .doc = "What became of it."),                                                   \
        FIELD_STR(I, notes, .flags = FIELD_NULL | FIELD_PII, .doc = "Notes.")
#define MARK_(m_, doc_) FIELD_E2(I, m_, .flags = FIELD_NULL, .doc = doc_)
#define NOTE_(m_, doc_) FIELD_STR(I, m_, .flags = FIELD_NULL | FIELD_PII, .doc = doc_)
#define MARKS_                                                                                     \
    MARK_(communication_score, "Communication, 0 to 10."),                                         \
        MARK_(critical_thinking_score, "Critical thinking, 0 to 10."),                             \
        MARK_(motivation_score, "Motivation, 0 to 10."),                                           \
        MARK_(final_interview_score, "Their mean."),                                               \
        NOTE_(score_notes, "Notes beside the marks."),                                             \
        NOTE_(communication_notes, "What the first mark rests on."),                               \
        NOTE_(critical_thinking_notes, "What the second rests on."),                               \
        NOTE_(motivation_notes, "What the third rests on.")
static const struct field interview_row_fields[] = { SLOT_, MARKS_ };
static SCHEMA(interview_row_schema, "ExportInterviewRow", struct export_interview,
              interview_row_fields);
static const struct field marks_fields[] = { MARKS_ };
static SCHEMA(marks_schema, "ExportInterviewMarks", struct export_interview, marks_fields);
/* Of what is decided not even the name is said before the publication. */
static const struct field interview_fields[] = {
    SLOT_,
    FIELD_OBJ(I, marks, .flags = FIELD_NULL, .of = &marks_schema,
              .doc = "Its marks; after publication."),
};
#undef I
SCHEMA(export_interview_schema, "ExportInterview", struct export_interview, interview_fields);
static const struct query interviews = {
    .sql = "SELECT i.interview_time, i.duration_minutes, i.status, i.notes, s.communication_score,"
           " s.critical_thinking_score, s.motivation_score, s.final_interview_score,"
           " s.notes AS score_notes, s.communication_notes, s.critical_thinking_notes,"
           " s.motivation_notes FROM interviews i"
           " LEFT JOIN interview_scores s ON s.interview_id = i.id"
           " WHERE i.application_id = :id ORDER BY i.id",
    .in = &id_schema,
    .out = &interview_row_schema,
};

err export_interviews(struct ctx *c, struct tx *tx, struct str application_id, size_t limit,
                      struct list *ret)
{
    return query_list(c, tx, &interviews, &(struct id_in){ application_id }, limit, ret);
}

#define T struct transcript
static const struct field transcript_fields[] = {
    FIELD_I64(T, interview_id, .flags = FIELD_REQUIRED, .doc = "Number of the interview."),
    FIELD_ENUM(T, speaker, .flags = FIELD_REQUIRED, .names = &speaker_names, .doc = "Who spoke."),
    FIELD_STR(T, text, .flags = FIELD_REQUIRED | FIELD_PII, .doc = "What was heard."),
    FIELD_TIME(T, start_time, .flags = FIELD_REQUIRED, .doc = "When."),
    FIELD_STR(T, corrected_text, .flags = FIELD_NULL | FIELD_PII, .doc = "What was said, by hand."),
};
#undef T
SCHEMA(export_transcript_schema, "ExportTranscript", struct transcript, transcript_fields);

err export_transcripts(struct ctx *c, struct tx *tx, struct str application_id, size_t limit,
                       struct list *ret)
{
    static const struct query q = {
        .sql = "SELECT t.interview_id, t.speaker, t.transcript_text AS text, t.start_time,"
               " t.corrected_text FROM live_transcripts t JOIN interviews i"
               " ON i.id = t.interview_id WHERE i.application_id = :id"
               " ORDER BY t.start_time, t.id",
        .in = &id_schema,
        .out = &export_transcript_schema,
    };
    return query_list(c, tx, &q, &(struct id_in){ application_id }, limit, ret);
}
