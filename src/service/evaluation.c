/* One application through Worker and Judge. What the models say is checked against what the
 * institution knows: the total is computed here, and an academic or test mark that is far from the
 * stored numbers goes to a person whatever the Judge says. */
#include "base/str.h"
#include "repo/evaluation_repo.h"
#include "service/audit_log.h"
#include "service/evaluate.h"
#include "service/evaluate_state.h"
#include "service/sealed_text.h"
#include "service/settings.h"

enum { MARK_MAX_E2 = 10000, BOUND_E2 = 1000, ROUNDS_DEFAULT = 3 };
static const char held_bound[] = "a mark is more than 10 points off the stored numbers";
static const char held_judge[] = "rejected by the judge";

int64_t evaluation_rounds_max(const struct ctx *c)
{
    const int64_t n = setting_or(settings_of(c)->judge_attempts, ROUNDS_DEFAULT);
    return n < ATTEMPTS_MAX ? n : ATTEMPTS_MAX;
}

static bool anon_of(struct ctx *c, const struct eval_source *s, struct anon_application *ret)
{
    *ret = (struct anon_application){ .anonymized_id = s->anonymized_id,
                                      .gpa = s->gpa,
                                      .essay_scrubbed = s->essay_scrubbed,
                                      .achievements_scrubbed = s->achievements_scrubbed };
    return test_scores_read(s->test_scores, c->mem, &ret->test_scores);
}

static bool mark_ok(int64_t e2)
{
    return e2 >= 0 && e2 <= MARK_MAX_E2;
}

static bool near(int64_t mark, int64_t stored)
{
    int64_t off = mark > stored ? mark - stored : stored - mark;
    return off <= BOUND_E2;
}

/* Absent texts would be NULL in columns that refuse it. */
static struct str text_of(struct str s)
{
    return s.p ? s : S("");
}

static void tidy_opinion(struct worker_opinion *w)
{
    w->explanation = text_of(w->explanation);
    w->rubric_adherence = text_of(w->rubric_adherence);
    for (size_t i = 0; i < sizeof(w->reasoning) / sizeof(w->reasoning[0]); i++)
        w->reasoning[i] = text_of(w->reasoning[i]);
}

/* Adds the attempt; e->accepted and e->held say how it went. */
static err judge_round(struct ctx *c, const struct evaluator_port *by,
                       const struct anon_application *a, const struct eval_source *s,
                       struct evaluation *e)
{
    struct attempt *at = &e->attempts[e->n_attempts];
    struct worker_opinion *w = &at->work;
    if (!mark_ok(w->academic) || !mark_ok(w->test) || !mark_ok(w->achievement) ||
        !mark_ok(w->essay))
        return FAIL(c, UPSTREAM, "The evaluator gave a mark outside 0 to 100");
    tidy_opinion(w);
    w->total = total_e2(weights_of(c), w->academic, w->test, w->achievement, w->essay);
    TRY(by->judge(by->self, c, a, w, &at->judge));
    if (at->judge.decision != JUDGE_APPROVED || at->judge.bias_detected)
        at->judge.decision = JUDGE_REJECTED;
    e->held = at->judge.decision == JUDGE_REJECTED ? held_judge : NULL;
    if (!near(w->academic, s->academic) || !near(w->test, s->test_percent)) {
        at->judge.decision = JUDGE_REJECTED;
        at->judge.feedback = str_of(held_bound);
        e->held = held_bound;
    }
    at->judge.feedback = text_of(at->judge.feedback);
    at->judge.reasoning = text_of(at->judge.reasoning);
    e->n_attempts++;
    e->accepted = e->held == NULL;
    return ERR_OK;
}

/* What one record makes a provider say must not stop the others. */
static err note_failure(struct ctx *c, struct evaluation *e, const char *why)
{
    fault_clear(c);
    e->n_attempts = 0;
    e->accepted = false;
    e->failure = why;
    return ERR_OK;
}

static void begin(const struct eval_source *s, struct evaluation *e)
{
    e->anonymized_id = s->anonymized_id;
    e->application_id = s->application_id;
    e->prior = s->prior;
    e->n_attempts = 0;
    e->accepted = false;
    e->held = NULL;
    e->failure = NULL;
}

err evaluation_make(struct ctx *c, const struct evaluator_port *by, const struct eval_source *s,
                    struct evaluation *e)
{
    struct anon_application a;
    struct str feedback = { 0 };
    begin(s, e);
    if (!anon_of(c, s, &a))
        return note_failure(c, e, "the test scores cannot be read");
    e->held = review_held(s);
    if (!e->held && s->prior >= evaluation_rounds_max(c))
        e->held = held_judge;
    while (!s->review.p && s->prior + e->n_attempts < evaluation_rounds_max(c)) {
        struct attempt *at = &e->attempts[e->n_attempts];
        int number = (int)s->prior + e->n_attempts + 1;
        *at = (struct attempt){ 0 };
        if (by->work(by->self, c, &a, number, feedback, &at->work) != ERR_OK ||
            judge_round(c, by, &a, s, e) != ERR_OK)
            return note_failure(c, e, "the evaluator gave no usable answer");
        if (e->accepted || e->held == held_bound)
            break;
        feedback = at->judge.feedback;
    }
    return ERR_OK;
}

err evaluation_judge(struct ctx *c, const struct evaluator_port *by, const struct eval_source *s,
                     const struct worker_opinion *work, struct evaluation *e)
{
    struct anon_application a;
    begin(s, e);
    if (!anon_of(c, s, &a))
        return note_failure(c, e, "the test scores cannot be read");
    e->attempts[0] = (struct attempt){ .work = *work };
    if (judge_round(c, by, &a, s, e) != ERR_OK)
        return note_failure(c, e, "the judge gave no usable answer");
    return ERR_OK;
}

err evaluation_key(struct ctx *c, const struct eval_source *s, struct evaluation *e)
{
    if (!s->wrapped.p)
        return FAIL(c, INTERNAL, "a key of the audit log is missing");
    return subject_key_unwrap(c, s->wrapped, e->key);
}

err evaluation_claim(struct ctx *c, struct tx *tx, const struct evaluation *e, bool *ret_free)
{
    int64_t changed = 0;
    bool is_free = false;
    *ret_free = false;
    TRY(eval_is_free(c, tx, e->application_id, e->anonymized_id, &is_free));
    if (!is_free)
        return ERR_OK;
    TRY(eval_move(c, tx, e->application_id, e->accepted ? S("scored") : S("processing"), c->now_us,
                  &changed));
    *ret_free = changed == 1;
    return ERR_OK;
}
