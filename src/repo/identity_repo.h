/* repo/identity_repo.h: the one place where identity and anonymous data are joined. Its callers:
 *   identity_submissions, identity_scrubs,  service/verify_rows.c, which names neither in a finding
 *   identity_reviews, identity_reviewed     beside the other
 *   everything else                         service/identity_firewall.c, which decides who sees it
 * tools/check-firewall.py refuses others. Works inside the caller's transaction, decides nothing.
 * Thread rule: the transaction's thread. */
#ifndef ENIGMA_REPO_IDENTITY_REPO_H
#define ENIGMA_REPO_IDENTITY_REPO_H

#include "db/db.h"
#include "domain/student_view.h"

/* application.submit entries behind `after`, in order, with the rows that belong to each: absent
 * members are rows that are missing. erased: the log says that the subject was. */
struct identity_submission {
    int64_t idx;
    struct str subj, cycle_id, entry;
    struct str application_id, admission_cycle_id, status;
    int64_t gpa; /* hundredths */
    struct str text_id, email_hash, sealed_identity, essay, achievements;
    struct list test_scores; /* struct e2_pair */
    struct str wrapped;
    struct str score_status; /* of final_scores, by way of the anonymous row */
    bool erased, withdrawn;
};
err identity_submissions(struct ctx *c, struct tx *tx, int64_t after, row_fn *fn, void *arg);

/* identity.scrub entries behind `after`, in order, with their anonymous rows and the mapping. */
struct identity_scrub {
    int64_t idx;
    struct str subj, cycle_id, entry;
    struct str anonymized_id, application_id, admission_cycle_id;
    int64_t gpa; /* hundredths */
    struct str text_id, essay_scrubbed, achievements_scrubbed;
    struct list test_scores; /* struct e2_pair */
    struct str mapped_application_id, encrypted_pii;
    struct str email_hash; /* of the application it says it belongs to */
    struct str wrapped;
    bool erased;
};
err identity_scrubs(struct ctx *c, struct tx *tx, int64_t after, row_fn *fn, void *arg);

/* An application with its owner and, once it is scrubbed, its anonymous id. */
struct application_view {
    struct str application_id, student_id, anonymized_id;
    int32_t status, phase;
};
err application_view_find(struct ctx *c, struct tx *tx, struct str application_id,
                          struct application_view *ret, bool *ret_found);

/* A result with its owner. */
struct result_view {
    struct result result;        /* without its two lists */
    struct str strengths, areas; /* JSON arrays of strings */
    struct str student_id;
    int32_t phase;
};
err result_view_find(struct ctx *c, struct tx *tx, struct str anonymized_id,
                     struct result_view *ret, bool *ret_found);

/* All of a student's, newest first; rows are struct identity_own. */
struct identity_own {
    struct str application_id, anonymized_id;
    int32_t status;
    int64_t submitted_at;
    struct own_cycle cycle;
    bool is_open;
};
err identity_own_list(struct ctx *c, struct tx *tx, struct str student_id, size_t limit,
                      struct list *ret);

/* A sealed identity by one of the two ids, without the other. */
struct identity_sealed {
    struct str cycle_id, sealed; /* sealed absent: erased */
    int32_t status, phase;       /* status: of the application, or of the final score (-1: none) */
};
err identity_by_application(struct ctx *c, struct tx *tx, struct str application_id,
                            struct identity_sealed *ret, bool *ret_found);
err identity_by_anon(struct ctx *c, struct tx *tx, struct str anonymized_id,
                     struct identity_sealed *ret, bool *ret_found);

/* The last identity.review entry of each subject behind `after`, with the same rows. */
err identity_reviews(struct ctx *c, struct tx *tx, int64_t after, row_fn *fn, void *arg);
/* Anonymous ids whose result a person has changed: struct identity_name, one or more times each. */
struct identity_name {
    struct str id;
};
err identity_reviewed(struct ctx *c, struct tx *tx, row_fn *fn, void *arg);

/* What the applicant wrote. */
struct identity_text {
    struct str application_id, essay, achievements;
};
err identity_original(struct ctx *c, struct tx *tx, struct str application_id,
                      struct identity_text *ret, bool *ret_found);

#endif
