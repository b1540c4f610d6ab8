/* domain/rubric.h: the built-in evaluator: a documented, deterministic offline baseline. Pure.
 * Academic and test marks come from the stored numbers; achievements and essay from transparent
 * text features (docs/rubric.md lists each with its points). It reads anonymised text only. */
#ifndef ENIGMA_DOMAIN_RUBRIC_H
#define ENIGMA_DOMAIN_RUBRIC_H

#include "domain/score.h"

#define RUBRIC_BUILTIN_VERSION "builtin-1"
#define RUBRIC_LABEL           "builtin (offline baseline)"

struct anon_application { /* what an evaluator sees */
    struct str anonymized_id;
    int64_t gpa;             /* hundredths */
    struct list test_scores; /* struct e2_pair */
    struct str essay_scrubbed, achievements_scrubbed;
};
extern const struct schema anon_application_schema;

struct worker_opinion {
    int64_t academic, test, achievement, essay, total; /* hundredths */
    struct str explanation, rubric_adherence;
    struct str reasoning[4];      /* academic, test, achievement, essay */
    struct list strengths, areas; /* struct str */
};
enum judge_decision { JUDGE_APPROVED, JUDGE_REJECTED };
extern const struct names judge_decision_names;
struct judge_opinion {
    int32_t decision;
    bool bias_detected;
    int64_t quality; /* hundredths */
    struct str feedback, reasoning;
};
/* attempt from 1; feedback: the judge's on the attempt before, or absent. Strings in c->mem. */
err rubric_work(struct ctx *c, const struct weights *w, const struct anon_application *a,
                int attempt, struct str feedback, struct worker_opinion *ret);
err rubric_judge(struct ctx *c, const struct weights *w, const struct anon_application *a,
                 const struct worker_opinion *work, struct judge_opinion *ret);
/* The rubric's own text, made from the tables that the marks are made from: docs/rubric.md. */
void rubric_write_markdown(struct buf *out);
/* SHA-256 hex of the rubric's own text: what rubric.commit holds. */
struct str rubric_builtin_sha256(struct ctx *c);

#endif
