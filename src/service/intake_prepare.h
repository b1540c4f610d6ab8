/* service/intake_prepare.h: everything of a submission that needs no transaction: ids, sealed
 * identity, look-up hash, canonical payload. Private to the intake files. */
#ifndef ENIGMA_SERVICE_INTAKE_PREPARE_H
#define ENIGMA_SERVICE_INTAKE_PREPARE_H

#include "repo/application_repo.h"
#include "service/audit_log.h"

struct prepared {
    struct application_record row;
    struct str subject; /* "application:APP_…" */
    struct str payload; /* what application.submit commits to */
};
/* email: the account's address. Strings in c->mem or borrowed from n. */
err prepare_application(struct ctx *c, const struct application_new *n, struct str email,
                        struct str student_id, struct prepared *ret);
/* Rows, subject key and log entry. ERR_CONFLICT: already applied. */
err store_application(struct ctx *c, struct tx *tx, struct audit_head *head,
                      const struct prepared *p);

#endif
