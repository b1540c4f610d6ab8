/* service/interview_inner.h: what the parts of the interview services share. Private to
 * interview*.c. Thread rule: inside a transaction of the calling thread. */
#ifndef ENIGMA_SERVICE_INTERVIEW_INNER_H
#define ENIGMA_SERVICE_INTERVIEW_INNER_H

#include "service/interview.h"
#include "service/room_port.h"

/* ERR_NOT_FOUND "Interview not found". */
err interview_load(struct ctx *c, struct tx *tx, int64_t id, struct interview_full *ret);
/* Locks of its cycle (shared: the final selection waits) and its own, then it is read. */
err interview_hold(struct ctx *c, struct tx *tx, int64_t id, struct interview_full *ret);
/* The same for the evaluator's own alone; another's is as good as none. */
err interview_hold_own(struct ctx *c, struct tx *tx, int64_t id, struct interview_full *ret);
/* One that one may still act on: its cycle is in selection and the final selection is not made. */
err interview_check_open(struct ctx *c, const struct interview_full *row);
/* Its evaluator, or a super_admin. */
err interview_check_mine(struct ctx *c, const struct interview_full *row);
/* A member of staff who may interview: active, a manager, neither suspended nor banned. Takes the
 * account's lock, so that two slots of one evaluator are looked at one after the other. */
err evaluator_check(struct ctx *c, struct tx *tx, struct str admin_id);
/* The slot lies ahead, but not too far. */
err slot_ahead(struct ctx *c, const struct interview_full *row);
/* Its evaluator has no other interview then; nor, where that is asked, has its student. */
err slot_check(struct ctx *c, struct tx *tx, const struct interview_full *row, bool of_student);
/* Staff's view. */
void interview_show(struct ctx *c, const struct interview_full *row, struct interview *ret);
bool interview_needs_evaluator(const struct interview_full *row);
/* After the commit: whoever is in its room hears that it is over. */
void interview_room_end(struct ctx *c, int64_t id, enum room_end why);
int64_t interview_end_of(const struct interview_full *row);
bool if_match_lists(struct str header, struct str etag);

#endif
