/* service/phase_step.h: the eight steps between the nine phases. One transaction each: gate,
 * rows, phase, log entry and, for long work, the job row (DECISIONS 9). */
#ifndef ENIGMA_SERVICE_PHASE_STEP_H
#define ENIGMA_SERVICE_PHASE_STEP_H

#include "db/db.h"
#include "domain/cycle.h"

struct phase_request {
    struct str cycle_id, if_match; /* if_match: ETag, or absent */
    const char *verb;              /* freeze preprocess export processing select publish complete */
    struct str provider;           /* processing only: builtin, openai, external; absent: setting */
    bool force;                    /* super_admin: go on with the failed ones listed */
    bool respond_async;            /* Prefer: respond-async: do not wait for the job */
};
struct phase_reply {
    struct cycle cycle;
    struct str job_id;                      /* absent when nothing runs on */
    int64_t batch_id;                       /* export and processing; else null */
    struct str file_name;                   /* export */
    int64_t records;                        /* export; else null */
    int64_t selected, not_selected, cutoff; /* select; cutoff in hundredths */
    struct str criteria;                    /* select: JSON */
};
/* In a phase whose job has unfinished items the same verb starts the job again (retry). */
err phase_step(struct ctx *c, const struct phase_request *q, struct phase_reply *ret);
/* The flip processing -> scored, called in the transaction that finishes the last item. */
err phase_scored(struct ctx *c, struct tx *tx, struct str cycle_id);
/* Counts for the gates, in this transaction. */
err cycle_facts_load(struct ctx *c, struct tx *tx, struct str cycle_id, struct cycle_facts *ret);

struct selection_preview { /* GET …/selection/preview?seats= */
    int64_t seats, selected_count, not_selected_count;
    int64_t cutoff_score; /* hundredths */
    int64_t tied_at_cutoff;
    struct str tie_rule;
    struct list rows; /* struct selection_row: the first 1000 in order */
};
struct selection_row {
    int64_t rank;
    struct str anonymized_id;
    int64_t final_score;
    bool selected, tied;
};
extern const struct schema selection_row_schema, selection_preview_schema;
err selection_preview(struct ctx *c, struct str cycle_id, int64_t seats,
                      struct selection_preview *ret);

#endif
