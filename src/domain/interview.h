/* domain/interview.h: interviews of shortlisted applications. Pure. */
#ifndef ENIGMA_DOMAIN_INTERVIEW_H
#define ENIGMA_DOMAIN_INTERVIEW_H

#include "schema/schema.h"

enum interview_status { INTERVIEW_SCHEDULED, INTERVIEW_COMPLETED, INTERVIEW_CANCELLED };
extern const struct names interview_status_names; /* scheduled, completed, cancelled */

struct interview_state { /* GET /interviews/{interview_id}/status */
    int64_t interview_id;
    bool started;
    int64_t started_at; /* us; 0: not yet */
};
extern const struct schema interview_state_schema;

#endif
