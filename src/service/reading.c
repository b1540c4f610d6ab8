/* One anonymous application as members of staff read it. */
#include "service/reading.h"

#include "base/str.h"
#include "detect/injection.h"
#include "domain/score.h"
#include "service/settings.h"

enum { ATTEMPTS_MAX = 100 };

#define W struct reading_weights
#define R struct reading
/* clang-format off */
static const struct field weight_fields[] = {
    FIELD_I64(W, academic, .doc = "Percent of the total."),
    FIELD_I64(W, test, .doc = "Percent of the total."),
    FIELD_I64(W, achievement, .doc = "Percent of the total."),
    FIELD_I64(W, essay, .doc = "Percent of the total."),
};
static SCHEMA(weights_schema, "ReadingWeights", struct reading_weights, weight_fields);
static const struct field reading_fields[] = {
    FIELD_STR(R, anonymized_id, .doc = "The application."),
    FIELD_STR(R, cycle_id, .doc = "Its cycle."),
    FIELD_ENUM(R, status, .names = &application_status_names, .doc = "How far it is."),
    FIELD_BOOL(R, held, .doc = "The scrubber could not vouch for the texts: they are null here."),
    FIELD_E2(R, gpa, .doc = "Stored grade point average."),
    FIELD_JSON(R, test_scores, .flags = FIELD_NULL, .doc = "Stored test scores."),
    FIELD_I64(R, redactions, .doc = "Passages that the scrubber replaced."),
    FIELD_STR(R, essay, .flags = FIELD_NULL, .doc = "The anonymous essay."),
    FIELD_STR(R, achievements, .flags = FIELD_NULL, .doc = "The anonymous achievements."),
    FIELD_E2(R, academic_computed, .flags = FIELD_NULL, .doc = "Grades on a scale of 100."),
    FIELD_E2(R, test_average, .flags = FIELD_NULL, .doc = "Mean of the stored test scores."),
    FIELD_E2(R, test_percent, .flags = FIELD_NULL, .doc = "Tests on a scale of 100."),
    FIELD_E2(R, composite, .flags = FIELD_NULL, .doc = "Weighted mean of the two."),
    FIELD_E2(R, percentile, .flags = FIELD_NULL,
             .doc = "Percentile of the composite within the cycle."),
    FIELD_I64(R, injection_score, .doc = "How much the texts look like orders to whoever marks."),
    FIELD_STR(R, signs, .doc = "What the detector of such orders saw, in words; empty: nothing."),
    FIELD_E2(R, final_score, .flags = FIELD_NULL, .doc = "Weighted sum of the four marks."),
    FIELD_E2(R, academic_score, .flags = FIELD_NULL, .doc = "Mark of the grades."),
    FIELD_E2(R, test_score, .flags = FIELD_NULL, .doc = "Mark of the tests."),
    FIELD_E2(R, achievement_score, .flags = FIELD_NULL, .doc = "Mark of the achievements."),
    FIELD_E2(R, essay_score, .flags = FIELD_NULL, .doc = "Mark of the essay."),
    FIELD_STR(R, evaluator, .flags = FIELD_NULL, .doc = "Who gave the final marks."),
    FIELD_STR(R, explanation, .flags = FIELD_NULL, .doc = "The reasons of the final marks."),
    FIELD_JSON(R, strengths, .flags = FIELD_NULL, .doc = "List of strengths."),
    FIELD_JSON(R, areas_for_improvement, .flags = FIELD_NULL, .doc = "List of what could be better."),
    FIELD_STR(R, review_reason, .flags = FIELD_NULL, .doc = "Why a person was asked; null: nobody was."),
    FIELD_STR(R, review_decision, .flags = FIELD_NULL, .doc = "release or mark; null while it waits."),
    FIELD_LIST(R, attempts, .of = &reading_attempt_schema,
               .doc = "Each attempt of the Worker and the Judge's answer, oldest first."),
    FIELD_OBJ(R, weights, .of = &weights_schema, .doc = "What each mark counts in the total."),
};
/* clang-format on */
#undef R
#undef W
SCHEMA(reading_schema, "AnonymousApplication", struct reading, reading_fields);

struct reading_call {
    struct str cycle_id, anonymized_id;
    struct reading_row row;
    struct list attempts;
};

static err reading_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct reading_call *q = arg;
    bool found = false;
    TRY(reading_find(c, tx, q->cycle_id, q->anonymized_id, &q->row, &found));
    if (!found)
        return FAIL(c, NOT_FOUND, "No such application in this cycle");
    return reading_attempts(c, tx, q->row.anonymized_id, ATTEMPTS_MAX, &q->attempts);
}

static struct reading_weights *say_weights(struct ctx *c)
{
    const struct weights *w = weights_of(c);
    struct reading_weights *ret = arena_new(c->mem, struct reading_weights);
    *ret = (struct reading_weights){ w->academic, w->test, w->achievement, w->essay };
    return ret;
}

/* What is held may still name somebody: until it is released its texts are for those who decide. */
static void close_texts(struct reading *r)
{
    r->essay = r->achievements = (struct str){ NULL, 0 };
}

err reading_get(struct ctx *c, struct str cycle_id, struct str anonymized_id, struct reading *ret)
{
    struct reading_call q = { .cycle_id = cycle_id, .anonymized_id = anonymized_id };
    TRY(tx_run(c, TX_READ, reading_tx, &q));
    const struct reading_row *r = &q.row;
    struct reading out = {
        .anonymized_id = r->anonymized_id,
        .cycle_id = cycle_id,
        .status = r->status,
        .held = r->held_reason.p != NULL,
        .gpa = r->gpa,
        .redactions = r->redactions,
        .test_scores = r->test_scores,
        .essay = r->essay,
        .achievements = r->achievements,
        .academic_computed = r->academic_computed,
        .test_average = r->test_average,
        .test_percent = r->test_percent,
        .composite = r->composite,
        .percentile = r->percentile,
        .injection_score = r->injection_score,
        .signs = injection_words(c, (uint32_t)r->injection_signs),
        .final_score = r->final_score,
        .academic_score = r->academic_score,
        .test_score = r->test_score,
        .achievement_score = r->achievement_score,
        .essay_score = r->essay_score,
        .evaluator = r->evaluator,
        .explanation = r->explanation,
        .strengths = r->strengths,
        .areas_for_improvement = r->areas,
        .review_reason = r->review_reason,
        .review_decision = r->review_decision,
        .attempts = q.attempts,
        .weights = say_weights(c),
    };
    if (out.held)
        close_texts(&out);
    if (!out.signs.p)
        out.signs = S("");
    *ret = out;
    return ERR_OK;
}
