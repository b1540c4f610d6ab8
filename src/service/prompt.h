/* service/prompt.h: what models are told. The role, the rules and the rubric are ours or those of
 * PROMPT_DIR; the frame around them is always ours: which text is meant, that it is data, what is
 * wanted. What applicants wrote stands in the user's role only, in a JSON string between
 * boundaries that are new for each question.
 * Thread rule: prompts are constant once loaded; any thread. */
#ifndef ENIGMA_SERVICE_PROMPT_H
#define ENIGMA_SERVICE_PROMPT_H

#include "domain/rubric.h"
#include "repo/bias_repo.h"

struct prompts {
    struct str worker, judge, rubric;       /* rubric: JSON */
    bool own_worker, own_judge, own_rubric; /* false: of PROMPT_DIR */
    struct str bias;                        /* of the monitor of interviews */
    bool own_bias;
};
/* worker_prompt.txt, judge_prompt.txt, bias_prompt.txt and rubric.json of `dir` where they are (dir
 * absent: none), into `mem`. ERR_INVALID names the file: too long, no UTF-8, empty, or no JSON
 * object. */
err prompts_load(struct ctx *c, struct arena *mem, struct str dir, struct prompts *ret);

enum prompt_part { PROMPT_ACHIEVEMENTS, PROMPT_ESSAY, PROMPT_JUDGE, PROMPT_PARTS };
/* The system's role, the same for every applicant. */
struct str prompt_system(struct ctx *c, const struct prompts *p, enum prompt_part part);
/* The user's role. feedback: what the Judge said of the attempt before, or absent. */
struct str prompt_work(struct ctx *c, enum prompt_part part, struct str text, struct str feedback);
/* For the Judge: the stored numbers and the Worker's words, both as data. */
struct str prompt_judge(struct ctx *c, const struct weights *w, const struct anon_application *a,
                        const struct worker_opinion *o);
/* For the monitor of interviews: what it is told, and the utterance as data with what was said
 * before it, the oldest first; both sides by their roles. */
struct str prompt_monitor(struct ctx *c, const struct prompts *p);
struct str prompt_utterance(struct ctx *c, struct str utterance, const struct analysis_turn *before,
                            size_t n);
/* SHA-256 hex over the systems' words of Worker (both calls) and Judge, and over the rubric. */
struct str prompt_worker_sha256(struct ctx *c, const struct prompts *p);
struct str prompt_judge_sha256(struct ctx *c, const struct prompts *p);
struct str prompt_rubric_sha256(struct ctx *c, const struct prompts *p);

#endif
