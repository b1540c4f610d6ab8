/* service/interview_log.h: the entries of the log about interviews, and the value that a score is
 * committed by. Whoever writes one and whoever verifies it use these.
 * Thread rule: inside a write transaction of the calling thread. */
#ifndef ENIGMA_SERVICE_INTERVIEW_LOG_H
#define ENIGMA_SERVICE_INTERVIEW_LOG_H

#include "domain/interview.h"
#include "service/audit_log.h"

struct interview_note {
    const char *act; /* interview.… */
    int64_t id;
    struct str cycle_id, anonymized_id;  /* of a commitment the key is the anonymous id's */
    struct str data;                     /* canonical, or absent */
    struct str reason;                   /* committed where it is not absent */
    const struct interview_score *score; /* the same */
    bool by_monitor;
};
err interview_log(struct ctx *c, struct tx *tx, struct audit_head *head,
                  const struct interview_note *n);
/* {"admin":ID,"anon":ID,"at":MS,"minutes":N} */
struct str interview_slot_data(struct ctx *c, struct str admin_id, struct str anonymized_id,
                               int64_t at_us, int64_t minutes);
/* {"communication_e2":N,"critical_thinking_e2":N,"interview_e2":N,"motivation_e2":N} */
void interview_score_canon(struct buf *b, const struct interview_score *s);

#endif
