/* repo/original_repo.h: SELECTs over the tables of an original ENIGMA installation (CONTRACT 10).
 * The transaction is one on that database, read-only; nothing here writes. Rows and their strings
 * live only during the callback. Enum labels come as they are stored, numbers as doubles and JSON
 * as text: what becomes of them is decided elsewhere.
 * Thread rule: the transaction's thread. */
#ifndef ENIGMA_REPO_ORIGINAL_REPO_H
#define ENIGMA_REPO_ORIGINAL_REPO_H

#include "db/db.h"

enum original_table {
    ORIG_ADMIN_USERS,
    ORIG_ADMIN_SESSIONS,
    ORIG_STUDENT_ACCOUNTS,
    ORIG_OAUTH_IDENTITIES,
    ORIG_STUDENT_SESSIONS,
    ORIG_STUDENT_AUTH_STATES,
    ORIG_ADMISSION_CYCLES,
    ORIG_APPLICATIONS,
    ORIG_ANONYMIZED_APPLICATIONS,
    ORIG_IDENTITY_MAPPING,
    ORIG_DETERMINISTIC_METRICS,
    ORIG_BATCH_RUNS,
    ORIG_WORKER_RESULTS,
    ORIG_JUDGE_RESULTS,
    ORIG_FINAL_SCORES,
    ORIG_SELECTION_LOGS,
    ORIG_HASH_CHAIN,
    ORIG_INTERVIEWS,
    ORIG_INTERVIEW_SCORES,
    ORIG_AUDIT_LOGS,
    ORIG_LIVE_TRANSCRIPTS,
    ORIG_LIVE_BIAS_ANALYSIS,
    ORIG_LIVE_NUDGES,
    ORIG_BIAS_FLAGS,
    ORIG_DRIFT_METRICS,
    ORIG_ADMIN_BIAS_HISTORY,
    ORIG_TABLE_COUNT
};
extern const char *const original_table_text[ORIG_TABLE_COUNT];

/* Is there such a table where the connection looks first? */
err original_has_table(struct ctx *c, struct tx *tx, struct str table, bool *ret);
/* The one row of alembic_version; absent when it has none. ERR_INVALID with several. */
err original_version(struct ctx *c, struct tx *tx, struct str *ret);
err original_count(struct ctx *c, struct tx *tx, enum original_table table, int64_t *ret);

struct original_admin {
    struct str admin_id, username, password_hash, email, role;
    bool is_active;
    int64_t created_at;
};
err original_admins(struct ctx *c, struct tx *tx, row_fn *fn, void *arg);

struct original_student {
    struct str student_id, primary_email, display_name, status;
    int64_t created_at, updated_at, verified_at;
};
err original_students(struct ctx *c, struct tx *tx, row_fn *fn, void *arg);

struct original_identity {
    int64_t identity_id;
    struct str student_id, provider, provider_sub, email;
    bool email_verified;
    int64_t created_at, updated_at;
};
err original_identities(struct ctx *c, struct tx *tx, row_fn *fn, void *arg);

struct original_cycle {
    struct str cycle_id, cycle_name, phase;
    bool is_open;
    int64_t max_seats, current_seats, selected_count;
    int64_t result_date, start_date, end_date, created_at;
    struct str created_by;
    int64_t closed_at;
    struct str closed_by;
};
/* At most `limit`, oldest first, in c->mem. */
err original_cycles(struct ctx *c, struct tx *tx, size_t limit, struct list *ret);

/* Rows of the cycle in the tables that hang on it. */
struct original_sizes {
    int64_t applications, anonymous, mappings, metrics, batches, attempts, judgements, scores;
    int64_t selections;
    int64_t shortlisted; /* scores that wait for the final selection */
};
err original_sizes(struct ctx *c, struct tx *tx, struct str cycle_id, struct original_sizes *ret);

/* In the order of submission. with_students: applications.student_id is there. */
struct original_application {
    struct str application_id, student_id;
    int64_t timestamp;
    struct str name, email, phone, address;
    double gpa;
    struct str test_scores, essay, achievements, status;
    int64_t created_at, updated_at;
    struct str anonymized_id, score_status; /* absent without such a row */
};
err original_applications(struct ctx *c, struct tx *tx, struct str cycle_id, bool with_students,
                          row_fn *fn, void *arg);

/* In an order that tells nothing of the submissions'. */
struct original_anonymous {
    struct str anonymized_id, application_id;
    double gpa;
    struct str test_scores, essay_scrubbed, achievements_scrubbed;
    int64_t created_at;
    struct str encrypted_pii; /* absent: no mapping */
    bool has_metrics;
    struct str name, email, phone, address; /* of the application */
};
err original_anonymous(struct ctx *c, struct tx *tx, struct str cycle_id, row_fn *fn, void *arg);

struct original_batch {
    int64_t batch_id;
    struct str batch_type, model_name, model_version, input_file_path, output_file_path;
    int64_t total_records, processed_records, failed_records;
    struct str status;
    int64_t started_at, completed_at;
    struct str triggered_by, error_log;
};
err original_batches(struct ctx *c, struct tx *tx, struct str cycle_id, row_fn *fn, void *arg);

/* Attempts of one applicant follow each other in time; judge_id is the newest of the result. */
struct original_attempt {
    struct str result_id, anonymized_id;
    int64_t batch_run_id; /* null when of another cycle */
    int64_t attempt_number;
    double academic, test, achievement, essay, total;
    int64_t timestamp;
    struct str model_used, rubric_adherence, explanation, reasoning;
    struct str judge_id;
    int64_t judge_batch_id;
    struct str decision;
    bool bias_detected;
    double quality;
    int64_t judged_at;
    struct str judge_model, feedback, judge_reasoning;
};
err original_attempts(struct ctx *c, struct tx *tx, struct str cycle_id, row_fn *fn, void *arg);
/* Judgements of a result that has a newer one; rows are struct original_name. */
struct original_name {
    struct str id;
};
err original_old_judgements(struct ctx *c, struct tx *tx, struct str cycle_id, row_fn *fn,
                            void *arg);

struct original_score {
    struct str anonymized_id, application_id;
    double final, academic, test, achievement, essay, llm;
    struct str llm_explanation, explanation, strengths, areas;
    int64_t timestamp;
    struct str hash, status, app_status, model_used;
    bool hash_known; /* the chain has it */
};
err original_scores(struct ctx *c, struct tx *tx, struct str cycle_id, row_fn *fn, void *arg);

struct original_selection {
    int64_t selection_id;
    struct str program_name;
    int64_t selected_count;
    struct str selection_criteria;
    double cutoff_score;
    int64_t executed_at;
    struct str executed_by;
};
err original_selections(struct ctx *c, struct tx *tx, struct str cycle_id, row_fn *fn, void *arg);

/* Interviews with their scores; what the schema has not yet is absent. */
enum original_talks {
    ORIGINAL_INTERVIEWS_PLAIN,
    ORIGINAL_INTERVIEWS_SCORED, /* interview_scores */
    ORIGINAL_INTERVIEWS_WHOLE   /* started_at, coi_accepted_at and _by too */
};
struct original_interview {
    int64_t id;
    struct str application_id, student_id, admin_id;
    int64_t interview_time;
    struct str interview_link, status, notes;
    int64_t started_at, coi_accepted_at;
    struct str coi_accepted_by;
    int64_t created_at, updated_at;
    int64_t score_id; /* null: none */
    double communication, critical_thinking, motivation, final;
    struct str score_notes;
    int64_t scored_at;
    struct str scored_by;
};
err original_interviews(struct ctx *c, struct tx *tx, struct str cycle_id, enum original_talks have,
                        row_fn *fn, void *arg);

/* Behind `after`, by id; rows are struct legacy_decision and struct original_audit. */
struct original_audit {
    int64_t log_id, timestamp;
    struct str entity_type, entity_id, action, actor, details, log_metadata;
    struct str previous_hash, current_hash;
};
err original_decisions(struct ctx *c, struct tx *tx, int64_t after, row_fn *fn, void *arg);
err original_audits(struct ctx *c, struct tx *tx, int64_t after, row_fn *fn, void *arg);

#endif
