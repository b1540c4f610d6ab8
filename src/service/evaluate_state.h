/* service/evaluate_state.h: one application on its way through the graph `evaluate`: what a
 * checkpoint keeps of it, and what is made anew in each process.
 * Thread rule: one owner, the thread that drives the graph. */
#ifndef ENIGMA_SERVICE_EVALUATE_STATE_H
#define ENIGMA_SERVICE_EVALUATE_STATE_H

#include "repo/evaluation_repo.h"
#include "service/evaluate.h"
#include "service/prompt.h"
#include "workflow/graph.h"

/* Why a person decides. Also the codes of the review queue. */
enum review_reason {
    REVIEW_REJECTED, /* by the Judge, as often as it may be asked */
    REVIEW_MARK_OFF, /* academic or test mark far from the stored numbers */
    REVIEW_APART,    /* two independent runs of the Worker disagree */
    REVIEW_FLAGGED,  /* the text speaks to whoever marks it */
    REVIEW_REASONS
};
extern const struct names review_reason_names;
/* A sentence for staff. */
extern const char *const review_reason_texts[REVIEW_REASONS];
/* Why a person is waited for already, or NULL. */
const char *review_held(const struct eval_source *s);
/* The reason whose text it is, or -1. */
int review_reason_of(const char *held);

/* One attempt: up to two independent runs of the Worker, then the Judge. */
struct eval_attempt {
    int64_t achievement[2], essay[2]; /* SCHEMA_NULL_I64: not asked */
    int64_t achievement_mark, essay_mark;
    struct str achievement_words, essay_words; /* explanations */
    struct str achievement_reason, essay_reason, adherence;
    struct list strengths, areas; /* struct str */
    bool apart;
    int32_t decision;
    bool bias, judged;
    int64_t quality;
    struct str feedback, judge_reason;
};
enum eval_role { EVAL_WORKER, EVAL_JUDGE, EVAL_ROLES };
struct eval_usage {
    int64_t calls, retries, rejections; /* rejections: attempts that were, by the Judge or by us */
    int64_t tokens_in, tokens_cached, tokens_out;
};
struct eval_state {
    /* Kept. */
    struct list attempts;     /* struct eval_attempt, room for ATTEMPTS_MAX; the last is in work */
    int64_t signs, injection; /* of the detector */
    struct eval_usage used[EVAL_ROLES]; /* by the Worker, by the Judge */
    int32_t held;                       /* enum review_reason, -1: none */
    bool accepted;
    /* Made anew. */
    const struct eval_models *models;
    const struct eval_source *source;
    struct anon_application anon;
    struct str achievements, essay;      /* cleaned for the model's eyes */
    size_t item;                         /* of the chunk */
    struct eval_usage saved[EVAL_ROLES]; /* what of `used` is on the cycle's account */
};
/* Who is asked, and how. */
struct eval_models {
    struct prompts prompts;
    struct str worker, judge;
    int64_t worker_runs; /* 1 or 2 */
    uint32_t timeout_ms;
};
extern const struct graph evaluate_graph;

/* The state of a source, at the start, or from a checkpoint (text absent: none). */
err eval_state_begin(struct ctx *c, const struct eval_models *m, const struct eval_source *s,
                     struct str checkpoint, struct eval_state *ret, int *ret_at, int *ret_steps);
struct eval_attempt *eval_attempt_last(const struct eval_state *s);
/* An empty one behind the last. */
void eval_attempt_add(struct eval_state *s);
/* The marks and words as a Worker's opinion, with its total. */
void eval_opinion(struct ctx *c, const struct eval_state *s, const struct eval_attempt *a,
                  struct worker_opinion *ret);
/* The question to the Judge about it. */
err eval_judge_build(struct ctx *c, const struct eval_models *m, const struct anon_application *a,
                     const struct worker_opinion *w, struct llm_request *ret);
struct judge_answer {
    int32_t decision;
    bool bias_detected;
    int64_t quality_score;
    struct str feedback, reasoning;
};
/* What it means: approved only without bias and with quality enough; words scrubbed. */
err eval_judge_absorb(struct ctx *c, const struct judge_answer *a, struct judge_opinion *ret);
/* What a model wrote, without what could identify somebody. */
err eval_scrub(struct ctx *c, struct str text, struct str *ret);

#endif
