/* service/erasure.h: a person's data leaves the installation: the keys of its commitments, texts,
 * sealed identities, drafts, logins and lines of exports. Log and proofs stay valid and say nothing
 * about anybody any more.
 * Thread rule: workers, the janitor and the command line. */
#ifndef ENIGMA_SERVICE_ERASURE_H
#define ENIGMA_SERVICE_ERASURE_H

#include "db/db.h"
#include "schema/schema.h"

enum erasure_basis { ERASURE_REQUEST, ERASURE_RETENTION, ERASURE_ORDER };
extern const struct names erasure_basis_names; /* as the log says it */
enum erasure_state { ERASURE_DONE, ERASURE_SCHEDULED, ERASURE_KEPT };

struct erasure_reply {
    bool success;
    int32_t state;
    struct str message;
};
extern const struct schema erasure_reply_schema;
struct erasure_confirm { /* POST /student/erasure */
    bool confirm;
};
extern const struct schema erasure_confirm_schema;
struct erasure_order { /* POST /admin/erasures: one of the two says who */
    struct str student_id, email;
    int32_t basis;
};
extern const struct schema erasure_order_schema;

/* By c->who, a student. An application in submission is withdrawn first. While one is being
 * decided the request waits, and the janitor carries it out after publication. */
err erasure_request(struct ctx *c, const struct erasure_confirm *q, struct erasure_reply *ret);
/* A request that waits is taken back; without one nothing changes. */
err erasure_take_back(struct ctx *c, struct erasure_reply *ret);
/* By super_admin or the operator. ERR_BAD_REQUEST while an application is being decided;
 * ERR_NOT_FOUND "Student not found". */
err erasure_run(struct ctx *c, const struct erasure_order *q, struct erasure_reply *ret);
/* The janitor's: what waits and may go; at most a few at a time. */
err erasure_run_due(struct ctx *c, int64_t *ret_erased);
/* Takes what was erased out of the database's files, when something was; rebuild: the whole file is
 * written anew. ERR_BUSY: somebody reads; the janitor comes back to it each minute. */
err erasure_forget(struct ctx *c, bool rebuild);

/* Takes the lines of an anonymous id out of a file in the folder of exports, and away what a crash
 * left half written there; fine when there is no such file. ERR_INTERNAL: it is there, but cannot
 * be read or replaced; then nothing is gone. */
err export_take_out(struct ctx *c, struct str file, struct str anonymized_id);

#endif
