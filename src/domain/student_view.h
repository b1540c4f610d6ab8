/* domain/student_view.h: what a student is told of the own applications: status, list, timeline.
 * Pure. Before publication nothing here depends on a score or a decision. */
#ifndef ENIGMA_DOMAIN_STUDENT_VIEW_H
#define ENIGMA_DOMAIN_STUDENT_VIEW_H

#include "domain/application.h"
#include "domain/phase.h"

struct own_cycle {
    struct str cycle_id, cycle_name;
    int64_t start_date, end_date, result_date;
    int32_t phase;
};
extern const struct schema own_cycle_schema;

struct own_application {
    struct str application_id;
    const void *cycle; /* struct own_cycle */
    int32_t status;
    int64_t submitted_at;
    struct str anonymized_id; /* after publication */
    const void *results;      /* struct result, after publication, or NULL */
};
extern const struct schema own_application_schema;
struct own_applications { /* GET /auth/student/applications */
    struct str student_id;
    struct list applications; /* struct own_application, newest first */
    int64_t total_count;
};
extern const struct schema own_applications_schema;
struct current_application { /* the member "application" of GET /auth/student/me */
    const void *status;      /* struct application_state */
    const void *results;     /* struct result, or NULL */
};
extern const struct schema current_application_schema;

enum step_state { STEP_DONE, STEP_CURRENT, STEP_UPCOMING, STEP_SKIPPED };
extern const struct names step_state_names;
struct timeline_step {
    int32_t phase, state;
    struct str title, text;
    int64_t at; /* when the cycle reached it, us; 0: not known, or not yet */
};
extern const struct schema timeline_step_schema;
struct timeline { /* GET /applications/{id}/timeline */
    struct str application_id;
    const void *cycle; /* struct own_cycle */
    int32_t status;
    struct str message;
    struct list steps; /* struct timeline_step, the nine phases */
    struct str next;   /* what comes next, in words; absent at the end */
    int64_t next_at;   /* when it is due, us; 0: no date */
};
extern const struct schema timeline_schema;
/* The nine steps of a cycle of this phase. status: as it is shown; a withdrawn application skips
 * what it did not reach. at: when each phase was reached, us, 0 where it is not known. */
void timeline_steps(int32_t phase, int32_t status, const int64_t at[PHASE_COUNT],
                    struct timeline_step ret[PHASE_COUNT]);
/* What comes next and when. */
void timeline_next(const struct own_cycle *cycle, int32_t status, struct timeline *io);

#endif
