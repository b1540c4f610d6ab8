/* repo/identity_repo.h: the one place where identity and anonymous data are joined. Its callers:
 *   identity_submissions, identity_scrubs   service/verify_rows.c, which names neither in a finding
 *                                           beside the other
 * Works inside the caller's transaction, decides nothing. Thread rule: the transaction's thread. */
#ifndef ENIGMA_REPO_IDENTITY_REPO_H
#define ENIGMA_REPO_IDENTITY_REPO_H

#include "db/db.h"

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

#endif
