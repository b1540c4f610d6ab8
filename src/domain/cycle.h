/* domain/cycle.h: admission cycles: shapes and pure rules. */
#ifndef ENIGMA_DOMAIN_CYCLE_H
#define ENIGMA_DOMAIN_CYCLE_H

#include "domain/phase.h"

enum { CYCLE_SEATS_MAX = 1000000, CYCLE_NAME_MIN = 3, CYCLE_NAME_MAX = 100 };

struct cycle { /* table admission_cycles and JSON "Cycle" */
    struct str cycle_id, cycle_name;
    int32_t phase;
    bool is_open;
    int64_t max_seats, current_seats, selected_count;
    int64_t result_date, start_date, end_date, created_at;
    struct str created_by;
    int64_t closed_at;
    struct str closed_by;
    int64_t version; /* counts the administrators' changes; for the ETag, not in the JSON */
};
extern const struct schema cycle_schema;
struct cycle_new { /* POST and PUT /admin/cycles */
    struct str cycle_name;
    int64_t max_seats, result_date, start_date, end_date;
};
extern const struct schema cycle_new_schema;
/* end after start, result not before end: issues with loc "body". */
err cycle_new_check(struct ctx *c, const struct cycle_new *n);
/* Open flag and now within [start, end]. */
bool cycle_accepts(const struct cycle *cy, int64_t now_us);

struct admission_info { /* GET /admission/info */
    bool is_open;
    struct str cycle_name;
    int64_t seats_available, max_seats, current_seats, start_date, end_date, result_date;
    struct str message;
};
extern const struct schema admission_info_schema;
struct cycle_stats {
    int64_t total_applications, submitted, finalized, scored, shortlisted, selected;
};
extern const struct schema cycle_stats_schema;
struct cycle_dates {
    int64_t start_date, end_date, result_date, created_at, closed_at;
};
extern const struct schema cycle_dates_schema;
struct cycle_status { /* GET /admin/cycles/{id}/status */
    struct str cycle_id, cycle_name;
    int32_t phase;
    bool is_open;
    int64_t max_seats, current_seats, selected_count;
    const void *stats, *dates; /* struct cycle_stats, struct cycle_dates */
    const void *facts;         /* struct cycle_facts: what the next gate counts */
    struct str next_verb;      /* absent at the end */
    struct str blocked_by;     /* why the next step may not run; absent when it may */
};
extern const struct schema cycle_status_schema;

#endif
