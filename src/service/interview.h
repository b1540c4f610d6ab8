/* service/interview.h: interviews of shortlisted applications. */
#ifndef ENIGMA_SERVICE_INTERVIEW_H
#define ENIGMA_SERVICE_INTERVIEW_H

#include "domain/interview.h"

/* Whether an interview has begun: its student and staff may ask, and anybody when the setting
 * public_interview_status says so. ERR_NOT_FOUND for all others, as for one that does not exist. */
err interview_state_get(struct ctx *c, int64_t interview_id, struct interview_state *ret);

#endif
