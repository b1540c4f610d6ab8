/* service/student.h: what a student does and sees of the own applications. A thing that is missing
 * and another's have the same answer: ERR_NOT_FOUND "Application not found".
 * Thread rule: workers. */
#ifndef ENIGMA_SERVICE_STUDENT_H
#define ENIGMA_SERVICE_STUDENT_H

#include "db/db.h"
#include "domain/student_view.h"

/* By its owner, until the cycle is frozen (ERR_PHASE afterwards). The place is free again;
 * the application stays and cannot be replaced in this cycle: one for each student and cycle holds
 * for withdrawn ones too. Withdrawing twice changes nothing the second time. */
err application_withdraw(struct ctx *c, struct str application_id, struct application_state *ret);
/* By its owner: the phases in plain words. */
err application_timeline(struct ctx *c, struct str application_id, struct timeline *ret);
/* All of c->who's, newest first. */
err student_applications(struct ctx *c, struct own_applications *ret);
/* In a transaction: the one in the open cycle as struct current_application, or NULL. */
err student_current(struct ctx *c, struct tx *tx, struct str student_id, const void **ret);

#endif
