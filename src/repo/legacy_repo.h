/* repo/legacy_repo.h: what an import from an original installation writes beyond the rows that the
 * other repositories know, and the legacy chains as they are stored here.
 * Works inside the caller's transaction and decides nothing. Thread rule: the transaction's. */
#ifndef ENIGMA_REPO_LEGACY_REPO_H
#define ENIGMA_REPO_LEGACY_REPO_H

#include "domain/legacy.h"
#include "repo/application_repo.h"
#include "repo/evaluation_repo.h"
#include "repo/score_repo.h"

enum legacy_thing {
    LEGACY_ADMIN,
    LEGACY_USERNAME, /* admin_users.username_key */
    LEGACY_ADMIN_EMAIL,
    LEGACY_STUDENT,
    LEGACY_STUDENT_EMAIL,
    LEGACY_CYCLE,
    LEGACY_CYCLE_ENTRY, /* "cycle:CYC_…" has an import.cycle entry */
    LEGACY_APPLICATION,
    LEGACY_ANONYMOUS,
    LEGACY_RESULT,
    LEGACY_JUDGEMENT,
    LEGACY_BATCH,      /* its number as text */
    LEGACY_OPEN_CYCLE, /* any, whatever the id */
    LEGACY_THING_COUNT
};
/* *ret_n: rows of that name. */
err legacy_count(struct ctx *c, struct tx *tx, enum legacy_thing what, struct str id,
                 int64_t *ret_n);
/* created_at of an account; *ret_found false: there is none. */
err legacy_admin_born(struct ctx *c, struct tx *tx, struct str admin_id, int64_t *ret_us,
                      bool *ret_found);
err legacy_student_born(struct ctx *c, struct tx *tx, struct str student_id, int64_t *ret_us,
                        bool *ret_found);

struct legacy_identity {
    int64_t identity_id;
    struct str student_id, provider, provider_sub, email;
    bool email_verified;
    int64_t created_at, updated_at;
};
/* *ret_new false: it is there already. */
err legacy_identity_insert(struct ctx *c, struct tx *tx, const struct legacy_identity *r,
                           bool *ret_new);

/* application_insert with its own times. */
struct legacy_application {
    struct application_record record;
    int64_t created_at, updated_at;
};
err legacy_application_insert(struct ctx *c, struct tx *tx, const struct legacy_application *r);
err legacy_application_fail(struct ctx *c, struct tx *tx, struct str application_id);
/* The place of an application that is there. */
err legacy_scrub_order(struct ctx *c, struct tx *tx, struct str application_id, int64_t *ret);
err legacy_attempts(struct ctx *c, struct tx *tx, struct str anonymized_id, int64_t *ret_n);

struct legacy_score {
    struct final_row row;
    int64_t llm; /* hundredths, or null */
    struct str llm_explanation;
    int32_t status;
};
err legacy_score_insert(struct ctx *c, struct tx *tx, const struct legacy_score *r);
struct legacy_batch {
    int64_t batch_id;
    struct str cycle_id, batch_type, model_name, model_version, input_file_path, output_file_path;
    int64_t total_records, processed_records, failed_records;
    struct str status;
    int64_t started_at, completed_at;
    struct str triggered_by, error_log;
};
err legacy_batch_insert(struct ctx *c, struct tx *tx, const struct legacy_batch *r);
struct legacy_selection {
    int64_t selection_id;
    struct selection_log log;
    struct str program_name;
};
err legacy_selection_insert(struct ctx *c, struct tx *tx, const struct legacy_selection *r);
struct legacy_interview {
    int64_t id;
    struct str application_id, student_id, admin_id, cycle_id;
    int64_t interview_time;
    struct str interview_link, status, notes;
    int64_t started_at, coi_accepted_at;
    struct str coi_accepted_by;
    int64_t created_at, updated_at;
    int64_t score_id, communication, critical_thinking, motivation, final; /* e2 */
    struct str score_notes;
    int64_t scored_at;
    struct str scored_by;
};
err legacy_interview_insert(struct ctx *c, struct tx *tx, const struct legacy_interview *r);
err legacy_interview_score_insert(struct ctx *c, struct tx *tx, const struct legacy_interview *r);
/* Submissions of a cycle that was just imported. */
err legacy_cycle_seats(struct ctx *c, struct tx *tx, struct str cycle_id, int64_t seats);

/* Anonymous ids and decisions of a cycle in the order of their rows; struct legacy_verdict. */
struct legacy_verdict {
    struct str anonymized_id, status;
};
err legacy_verdicts(struct ctx *c, struct tx *tx, struct str cycle_id, row_fn *fn, void *arg);

/* Rows of the stored chains with first <= id <= last, in order: struct legacy_decision, struct
 * legacy_audit. */
err legacy_decisions(struct ctx *c, struct tx *tx, int64_t first, int64_t last, row_fn *fn,
                     void *arg);
err legacy_audits(struct ctx *c, struct tx *tx, int64_t first, int64_t last, row_fn *fn, void *arg);
err legacy_decision_insert(struct ctx *c, struct tx *tx, const struct legacy_decision *r);
/* sealed_details may be absent. */
err legacy_audit_insert(struct ctx *c, struct tx *tx, const struct legacy_audit *r,
                        struct str sealed_details);
/* The stored chain as a whole; head: hash of the last row. */
struct legacy_tail {
    int64_t rows, last;
    struct str head;
};
err legacy_tail(struct ctx *c, struct tx *tx, enum legacy_kind kind, struct legacy_tail *ret);

/* PostgreSQL: lets the engine number on behind the ids that came along. */
err legacy_sequences(struct ctx *c, struct tx *tx);

#endif
