/* repo/erasure_repo.h: SQL that takes a person out of the database. What proofs and counts need
 * stays: the narrow rows without grades, final marks, log entries. Works inside the caller's
 * transaction and decides nothing. Thread rule: the transaction's thread. */
#ifndef ENIGMA_REPO_ERASURE_REPO_H
#define ENIGMA_REPO_ERASURE_REPO_H

#include "db/db.h"

struct erasure_application {
    struct str application_id, cycle_id;
    int32_t status, phase;
};
/* A student's, in the order of the cycles' ids, as locks are taken; rows are struct
 * erasure_application. */
err erasure_applications(struct ctx *c, struct tx *tx, struct str student_id, size_t limit,
                         struct list *ret);
struct erasure_export {
    struct str file; /* name in the folder of exports */
    struct str anonymized_id;
};
/* Files that hold a line of the application; rows are struct erasure_export. */
err erasure_exports(struct ctx *c, struct tx *tx, struct str application_id, size_t limit,
                    struct list *ret);
/* Texts, sealed identities, keys, reasons and grades of one application, anonymous ones too. */
err erasure_of_application(struct ctx *c, struct tx *tx, struct str application_id);
/* Drafts, logins, identities of providers; the account stays as an empty shell of its id. */
err erasure_of_account(struct ctx *c, struct tx *tx, struct str student_id, int64_t now_us);

/* When the student asked; 0: not waiting. ERR_NOT_FOUND: no such account, or erased. */
err erasure_waiting(struct ctx *c, struct tx *tx, struct str student_id, int64_t *ret_since_us);
/* since_us 0: waits no longer. */
err erasure_wait(struct ctx *c, struct tx *tx, struct str student_id, int64_t since_us);
/* Accounts that wait, or were erased and have something again, and have nothing that is being
 * decided; rows are struct erasure_account. */
struct erasure_account {
    struct str student_id;
};
err erasure_due(struct ctx *c, struct tx *tx, size_t limit, struct list *ret);
err erasure_account_by_email(struct ctx *c, struct tx *tx, struct str email,
                             struct erasure_account *ret, bool *ret_found);

#endif
