/* service/intake_prepare.h: everything of a submission that needs no transaction: ids, sealed
 * identity, look-up hash, canonical payload. Private to the intake files and
 * the import from an original installation. */
#ifndef ENIGMA_SERVICE_INTAKE_PREPARE_H
#define ENIGMA_SERVICE_INTAKE_PREPARE_H

#include "repo/application_repo.h"
#include "repo/audit_repo.h"
#include "service/audit_log.h"

struct prepared {
    struct application_record row;
    struct audit_key_row wrapped; /* of the subject "application:APP_…" */
    uint8_t key[SUBJECT_KEY_N];   /* whoever prepared it wipes it */
    struct str payload;           /* what application.submit commits to */
};
/* email: the account's address. Strings in c->mem or borrowed from n. */
err prepare_application(struct ctx *c, const struct application_new *n, struct str email,
                        struct str student_id, struct prepared *ret);
/* The two identity columns; imports need them too. Strings in c->mem. */
struct str application_email_hash(struct ctx *c, struct str email);
err application_seal_identity(struct ctx *c, const struct application_new *n, struct str email,
                              struct str application_id, struct str *ret);
/* What prepare_application wrote to c->mem, moved to `mem`; the rest still borrows from n. */
void prepared_keep(struct arena *mem, struct prepared *p);
/* Rows, subject keys and log entries. ERR_CONFLICT: one has already applied. */
err store_applications(struct ctx *c, struct tx *tx, struct audit_head *head,
                       const struct prepared *v, size_t n);

#endif
