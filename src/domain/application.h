/* domain/application.h: applications: shapes, statuses and pure rules. */
#ifndef ENIGMA_DOMAIN_APPLICATION_H
#define ENIGMA_DOMAIN_APPLICATION_H

#include "schema/schema.h"

enum application_status {
    APP_SUBMITTED,
    APP_FINALIZED,
    APP_PREPROCESSING,
    APP_BATCH_READY,
    APP_PROCESSING,
    APP_SCORED,
    APP_SHORTLISTED,
    APP_SELECTED,
    APP_NOT_SELECTED,
    APP_PUBLISHED,
    APP_FAILED,
    APP_WITHDRAWN,
    APP_STATUS_COUNT
};
extern const struct names application_status_names;
/* One sentence per status, for applicants. */
const char *application_status_message(int32_t status);
/* What an applicant may see in a cycle of this phase: before publication shortlisted, selected and
 * not_selected show as scored. */
int32_t application_status_shown(int32_t status, int32_t phase);

struct application_new { /* POST /applications */
    struct str name, email, phone, address;
    int64_t gpa;             /* hundredths */
    struct list test_scores; /* struct e2_pair */
    struct str essay, achievements;
    struct str consent_version; /* of the consent text that was agreed to; absent: as shown */
};
extern const struct schema application_new_schema;
/* What the field table cannot say: at least one test score, each within its test's range
 * (domain/score.h), names 1 to 50 code points. Issues with loc ["body","test_scores",NAME]. */
err application_new_check(struct ctx *c, const struct application_new *n);

/* The canonical value that application.submit commits to:
 * {"achievements":S,"essay":S,"gpa_e2":N,"test_scores_e2":{NAME:N,...}} */
void application_payload_canon(struct buf *b, int64_t gpa_e2, const struct list *tests,
                               struct str essay, struct str achievements);

struct application_receipt { /* 200 of POST /applications */
    bool success;
    struct str application_id, message;
    int32_t status;
    int64_t timestamp;
};
extern const struct schema application_receipt_schema;
struct application_state { /* GET /applications/{id} */
    struct str application_id, anonymized_id;
    int32_t status;
    struct str message;
    int64_t timestamp;
};
extern const struct schema application_state_schema;

struct application_row {      /* staff list: GET /admin/cycles/{id}/applications */
    struct str anonymized_id; /* what staff see; application ids stay with their owners */
    struct str admission_cycle_id;
    int32_t status;
    /* hundredths, or null */
    int64_t final_score, academic_score, test_score, achievement_score, essay_score;
    int64_t redactions, attempts; /* or null */
    bool held;                    /* for a person, by the scrubber */
    bool flagged;                 /* its texts gave orders to whoever marks them */
    bool in_review;               /* its marks wait for a person */
};
extern const struct schema application_row_schema;

struct result { /* GET /results/{anonymized_id} */
    struct str anonymized_id;
    int32_t status;
    int64_t final_score, academic_score, test_score, achievement_score, essay_score;
    struct str explanation;
    struct list strengths, areas_for_improvement; /* struct str */
    struct str hash;
    int64_t timestamp, worker_attempts;
    struct str evaluator; /* "builtin (offline baseline)" or the model names */
};
extern const struct schema result_schema;

#endif
