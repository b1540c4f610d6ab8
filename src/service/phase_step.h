/* service/phase_step.h: the eight steps between the nine phases. One transaction each: gate,
 * rows, phase, log entry and, for long work, the job row (DECISIONS 9). */
#ifndef ENIGMA_SERVICE_PHASE_STEP_H
#define ENIGMA_SERVICE_PHASE_STEP_H

#include "db/db.h"
#include "domain/cycle.h"
#include "domain/selection.h"

struct phase_request {
    struct str cycle_id, if_match; /* if_match: ETag, or absent */
    const char *verb;              /* of the phase table: freeze, …, complete */
    struct str provider;           /* processing only: builtin, openai, external; absent: setting */
    int64_t budget_tokens, budget_micro; /* processing, by models; 0: the provider's setting */
    struct selection_plan plan;          /* select only; zeros: direct */
    bool force;                          /* super_admin: go on with the failed ones listed */
    bool respond_async;                  /* Prefer: respond-async: do not wait for the job */
};
struct phase_reply {
    struct cycle cycle;
    struct str job_id;    /* absent when nothing runs on */
    int64_t batch_id;     /* export and processing; else null */
    struct str file_name; /* export */
    int64_t records;      /* export; else null */
    /* select and final-select; cutoff in hundredths, of the combined score in the latter */
    int64_t selected, shortlisted, not_selected, cutoff;
    struct str criteria; /* JSON */
    /* The two-person rule: the step did not run; the request of another administrator until then
     * lets it. 0: it ran. */
    int64_t waits_until;
};
/* In a phase whose job has unfinished items the same verb starts the job again (retry). */
err phase_step(struct ctx *c, const struct phase_request *q, struct phase_reply *ret);
/* The flip processing -> scored, called in the transaction that finishes the last item. */
err phase_scored(struct ctx *c, struct tx *tx, struct str cycle_id);
/* The step that comes next for the cycle; NULL at the end. */
err phase_next(struct ctx *c, struct tx *tx, const struct cycle *cy,
               const struct phase_rule **ret_rule);
/* Counts for the gates, in this transaction. */
err cycle_facts_load(struct ctx *c, struct tx *tx, struct str cycle_id, struct cycle_facts *ret);

struct selection_preview { /* GET …/selection/preview?seats=&mode=&factor= */
    int32_t mode;
    int64_t seats, selected_count, shortlisted_count, not_selected_count;
    int64_t cutoff_score; /* hundredths */
    int64_t tied_at_cutoff;
    struct str tie_rule;
    struct list rows; /* struct selection_row: the first 1000 in order */
};
struct selection_row {
    int64_t rank;
    struct str anonymized_id;
    int64_t final_score;
    bool selected, shortlisted, tied;
};
extern const struct schema selection_row_schema, selection_preview_schema;
/* seats 0: the cycle's own; plan NULL: direct. */
err selection_preview(struct ctx *c, struct str cycle_id, int64_t seats,
                      const struct selection_plan *plan, struct selection_preview *ret);

#endif
