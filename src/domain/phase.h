/* domain/phase.h: the nine phases as a table. Pure.
 * Add a rule: one row in phase.c; guard, message, endpoint, log entry and docs follow. */
#ifndef ENIGMA_DOMAIN_PHASE_H
#define ENIGMA_DOMAIN_PHASE_H

#include "schema/schema.h"

enum phase {
    PHASE_SUBMISSION,
    PHASE_FROZEN,
    PHASE_PREPROCESSING,
    PHASE_BATCH_PREP,
    PHASE_PROCESSING,
    PHASE_SCORED,
    PHASE_SELECTION,
    PHASE_PUBLISHED,
    PHASE_COMPLETED,
    PHASE_COUNT
};
extern const struct names phase_names; /* lower case, in order */

/* What the gates count. -1: not counted for this step. */
struct cycle_facts {
    int64_t not_open;            /* 1 when the cycle is closed (freeze needs it open) */
    int64_t applications;        /* all that count: not withdrawn */
    int64_t unfinalized;         /* applications not finalized */
    int64_t unscrubbed;          /* without an anonymous row */
    int64_t held;                /* anonymous rows that wait for a person */
    int64_t without_metrics;     /* without metrics and percentile */
    int64_t not_ready;           /* anonymous rows not batch_ready */
    int64_t unjudged;            /* scored work without an approving judge or a person */
    int64_t unscored;            /* without a final score */
    int64_t undecided;           /* scored but neither shortlisted, selected nor not_selected */
    int64_t no_shortlist;        /* 1 when the cycle was not selected by a shortlist */
    int64_t finally_selected;    /* 1 when the final selection of the shortlist was made */
    int64_t without_interview;   /* shortlisted, and no interview that was not cancelled */
    int64_t interviews_unscored; /* interviews of shortlisted applications without a score */
    int64_t fairness_open;       /* 1 without a fairness check that passed or was overridden */
    int64_t running_jobs;        /* jobs of the cycle that still run */
};
extern const struct schema cycle_facts_schema;
struct phase_need {
    uint32_t fact;     /* offset in cycle_facts */
    bool at_least_one; /* the fact must be > 0 (applications), instead of == 0 */
    /* What is said when it is missing. At most one %lld, and after it one {many|one}:
     * "%lld application{s have| has} no metrics yet". */
    const char *missing;
};
enum { PHASE_NEEDS_MAX = 4 };
struct phase_rule {
    enum phase from, to; /* the same: a step within a phase */
    const char *verb;    /* "freeze": path segment, button, CLI verb */
    const char *act;     /* log entry: "cycle.freeze" */
    const char *job;     /* kind of job that the step starts, or NULL */
    const char *summary; /* one sentence for docs and --help */
    uint32_t roles;
    struct phase_need need[PHASE_NEEDS_MAX];
};
extern const struct phase_rule phase_rules[];
extern const size_t phase_rule_count;
const struct phase_rule *phase_rule_of(const char *verb);
/* The step that comes next in a phase, or NULL at the end. A step within the phase comes first
 * while it is open: the final selection, while a shortlist waits for it. */
const struct phase_rule *phase_rule_next(int32_t phase, bool open_within);
/* ERR_OK when the rule may run now; otherwise ERR_PHASE with a text that names the phase, what is
 * missing and how many. */
err phase_check(struct ctx *c, const struct phase_rule *r, int32_t phase,
                const struct cycle_facts *facts);
void phases_write_markdown(struct buf *out);
void phases_write_mermaid(struct buf *out);

#endif
