/* repo/student_export_repo.h: SQL of what is stored of one student, for the export. A person's rows
 * and anonymous rows come by separate questions; service/identity_firewall.h knows which belong
 * together. Works inside the caller's transaction and decides nothing. Thread rule: the
 * transaction's thread. */
#ifndef ENIGMA_REPO_STUDENT_EXPORT_REPO_H
#define ENIGMA_REPO_STUDENT_EXPORT_REPO_H

#include "db/db.h"

struct export_account {
    struct str student_id, primary_email, display_name;
    int32_t status;
    int64_t created_at, updated_at, verified_at, erase_requested_at;
};
extern const struct schema export_account_schema;
err export_account_find(struct ctx *c, struct tx *tx, struct str student_id,
                        struct export_account *ret);
struct export_identity {
    struct str provider, provider_sub, email;
    bool email_verified;
    int64_t created_at, updated_at;
};
extern const struct schema export_identity_schema;
err export_identities(struct ctx *c, struct tx *tx, struct str student_id, size_t limit,
                      struct list *ret);
struct export_login {
    int64_t created_at, last_active_at, expires_at;
    struct str ip_address, user_agent;
    bool revoked;
};
extern const struct schema export_login_schema;
err export_logins(struct ctx *c, struct tx *tx, struct str student_id, size_t limit,
                  struct list *ret);

struct export_texts { /* of an application; absent once it is erased */
    struct str sealed_identity;
    int64_t gpa;             /* hundredths */
    struct list test_scores; /* struct e2_pair */
    struct str essay, achievements, consent_version;
    bool consent_stated;
};
err export_texts_find(struct ctx *c, struct tx *tx, struct str application_id,
                      struct export_texts *ret, bool *ret_found);
struct export_scrubbed {
    struct str anonymized_id;
    int64_t gpa; /* hundredths */
    struct list test_scores;
    struct str essay_scrubbed, achievements_scrubbed;
    int64_t redactions, scrubbed_at;
};
extern const struct schema export_scrubbed_schema;
err export_scrubbed_find(struct ctx *c, struct tx *tx, struct str anonymized_id,
                         struct export_scrubbed *ret, bool *ret_found);
struct export_interview {
    int64_t interview_time, duration_minutes;
    int32_t status;
    struct str notes;
    int64_t communication_score, critical_thinking_score,
        motivation_score; /* hundredths, or null */
    int64_t final_interview_score;
    struct str score_notes, communication_notes, critical_thinking_notes, motivation_notes;
    const void *marks; /* itself where they may be seen, or NULL; the reader sets it */
};
extern const struct schema export_interview_schema;
/* What was said in them, in order; rows are struct transcript. */
extern const struct schema export_transcript_schema;
err export_transcripts(struct ctx *c, struct tx *tx, struct str application_id, size_t limit,
                       struct list *ret);
err export_interviews(struct ctx *c, struct tx *tx, struct str application_id, size_t limit,
                      struct list *ret);

#endif
