/* The state of one evaluation: its table for checkpoints, its beginning, its opinion. */
#include "service/evaluate_state.h"

#include "base/str.h"
#include "detect/injection.h"
#include "scrub/scrub.h"
#include "service/sealed_text.h"
#include "service/settings.h"
#include "workflow/drive.h"

enum { SCRUB_MEM_MAX = 8 << 20 };

static const char *const reason_text[] = { "rejected", "mark_off", "disagreement", "flagged" };
_Static_assert(sizeof(reason_text) / sizeof(reason_text[0]) == REVIEW_REASONS, "one name a reason");
NAMES(review_reason_names, reason_text);
const char *const review_reason_texts[REVIEW_REASONS] = {
    [REVIEW_REJECTED] = "rejected by the judge",
    [REVIEW_MARK_OFF] = "a mark is more than 10 points off the stored numbers",
    [REVIEW_APART] = "two runs of the worker are more than 15 points apart",
    [REVIEW_FLAGGED] = "the text seems to give orders to whoever marks it",
};

const char *review_held(const struct eval_source *s)
{
    const int reason = s->review.p ? names_find(&review_reason_names, s->review) : -1;
    return reason >= 0 ? review_reason_texts[reason] : NULL;
}

int review_reason_of(const char *held)
{
    for (int i = 0; held && i < REVIEW_REASONS; i++)
        if (strcmp(held, review_reason_texts[i]) == 0)
            return i;
    return -1;
}

#define A struct eval_attempt
#define RUN_(member_, key_, i_)                                                                    \
    {                                                                                              \
        .name = (key_), .type = F_E2,                                                              \
        .offset = (uint32_t)(offsetof(A, member_) + (i_) * sizeof(int64_t)), .flags = FIELD_NULL   \
    }
/* clang-format off */
static const struct field attempt_fields[] = {
    RUN_(achievement, "achievement_1", 0),
    RUN_(achievement, "achievement_2", 1),
    RUN_(essay, "essay_1", 0),
    RUN_(essay, "essay_2", 1),
    FIELD_E2(A, achievement_mark, .flags = FIELD_NULL),
    FIELD_E2(A, essay_mark, .flags = FIELD_NULL),
    FIELD_STR(A, achievement_words, .flags = FIELD_NULL),
    FIELD_STR(A, essay_words, .flags = FIELD_NULL),
    FIELD_STR(A, achievement_reason, .flags = FIELD_NULL),
    FIELD_STR(A, essay_reason, .flags = FIELD_NULL),
    FIELD_STR(A, adherence, .flags = FIELD_NULL),
    FIELD_LIST(A, strengths, .flags = FIELD_NULL),
    FIELD_LIST(A, areas, .flags = FIELD_NULL),
    FIELD_BOOL(A, apart),
    FIELD_ENUM(A, decision, .flags = FIELD_NULL, .names = &judge_decision_names),
    FIELD_BOOL(A, bias),
    FIELD_BOOL(A, judged),
    FIELD_E2(A, quality, .flags = FIELD_NULL),
    FIELD_STR(A, feedback, .flags = FIELD_NULL),
    FIELD_STR(A, judge_reason, .flags = FIELD_NULL),
};
#undef A
static SCHEMA(attempt_schema, "EvaluationAttempt", struct eval_attempt, attempt_fields);
#define E struct eval_state
#define USED_(role_, member_, key_)                                                                \
    {                                                                                              \
        .name = (key_), .type = F_I64, .offset = (uint32_t)offsetof(E, used[role_].member_)        \
    }
static const struct field state_fields[] = {
    FIELD_LIST(E, attempts, .flags = FIELD_REQUIRED, .max = ATTEMPTS_MAX, .of = &attempt_schema),
    FIELD_I64(E, signs),
    FIELD_I64(E, injection),
    USED_(EVAL_WORKER, calls, "worker_calls"),
    USED_(EVAL_WORKER, retries, "worker_retries"),
    USED_(EVAL_WORKER, tokens_in, "worker_tokens_in"),
    USED_(EVAL_WORKER, tokens_cached, "worker_tokens_cached"),
    USED_(EVAL_WORKER, tokens_out, "worker_tokens_out"),
    USED_(EVAL_JUDGE, calls, "judge_calls"),
    USED_(EVAL_JUDGE, retries, "judge_retries"),
    USED_(EVAL_JUDGE, rejections, "judge_rejections"),
    USED_(EVAL_JUDGE, tokens_in, "judge_tokens_in"),
    USED_(EVAL_JUDGE, tokens_cached, "judge_tokens_cached"),
    USED_(EVAL_JUDGE, tokens_out, "judge_tokens_out"),
    FIELD_ENUM(E, held, .flags = FIELD_NULL, .names = &review_reason_names),
    FIELD_BOOL(E, accepted),
};
/* clang-format on */
#undef E
SCHEMA(eval_state_schema, "EvaluationState", struct eval_state, state_fields);

struct eval_attempt *eval_attempt_last(const struct eval_state *s)
{
    return (struct eval_attempt *)s->attempts.v + s->attempts.n - 1;
}

void eval_attempt_add(struct eval_state *s)
{
    struct eval_attempt *a = (struct eval_attempt *)s->attempts.v + s->attempts.n++;
    *a = (struct eval_attempt){ .decision = -1 };
    a->achievement[0] = a->achievement[1] = a->essay[0] = a->essay[1] = SCHEMA_NULL_I64;
    a->achievement_mark = a->essay_mark = a->quality = SCHEMA_NULL_I64;
}

/* Room for all attempts that there may be. */
static err widen(struct ctx *c, struct eval_state *s)
{
    struct eval_attempt *v =
        arena_try(c->mem, ATTEMPTS_MAX, sizeof(*v), _Alignof(struct eval_attempt));
    if (!v)
        return FAIL(c, TOO_LARGE, "The evaluation is too large for its memory");
    if (s->attempts.n > 0)
        memcpy(v, s->attempts.v, s->attempts.n * sizeof(*v));
    s->attempts.v = v;
    return ERR_OK;
}

static err make_anew(struct ctx *c, const struct eval_models *m, const struct eval_source *s,
                     struct eval_state *ret)
{
    ret->models = m;
    ret->source = s;
    memcpy(ret->saved, ret->used, sizeof(ret->saved));
    ret->anon = (struct anon_application){ .anonymized_id = s->anonymized_id,
                                           .gpa = s->gpa,
                                           .essay_scrubbed = s->essay_scrubbed,
                                           .achievements_scrubbed = s->achievements_scrubbed };
    if (!test_scores_read(s->test_scores, c->mem, &ret->anon.test_scores))
        return FAIL(c, INTERNAL, "the test scores cannot be read");
    ret->achievements = injection_clean(c, s->achievements_scrubbed);
    ret->essay = injection_clean(c, s->essay_scrubbed);
    return widen(c, ret);
}

err eval_state_begin(struct ctx *c, const struct eval_models *m, const struct eval_source *s,
                     struct str checkpoint, struct eval_state *ret, int *ret_at, int *ret_steps)
{
    *ret = (struct eval_state){ .held = -1 };
    *ret_at = evaluate_graph.start;
    *ret_steps = 0;
    if (checkpoint.p)
        TRY(graph_checkpoint_read(c, &evaluate_graph, checkpoint, ret, ret_at, ret_steps));
    return make_anew(c, m, s, ret);
}

static struct str joined(struct ctx *c, struct str a, struct str b)
{
    if (a.n == 0 || b.n == 0)
        return a.n ? a : b.p ? b : S("");
    return str_fmt(c->mem, "%.*s %.*s", STR_ARG(a), STR_ARG(b));
}

void eval_opinion(struct ctx *c, const struct eval_state *s, const struct eval_attempt *a,
                  struct worker_opinion *ret)
{
    const struct weights *w = weights_of(c);
    *ret = (struct worker_opinion){
        .academic = s->source->academic,
        .test = s->source->test_percent,
        .achievement = a->achievement_mark,
        .essay = a->essay_mark,
        .explanation = joined(c, a->achievement_words, a->essay_words),
        .rubric_adherence = a->adherence.p ? a->adherence : S(""),
        .reasoning = { S("Computed from the stored grade point average."),
                       S("Computed from the stored test scores."), a->achievement_reason,
                       a->essay_reason },
        .strengths = a->strengths,
        .areas = a->areas,
    };
    ret->total = total_e2(w, ret->academic, ret->test, ret->achievement, ret->essay);
}

err eval_scrub(struct ctx *c, struct str text, struct str *ret)
{
    const struct scrub_identity nobody = { .name = { 0 } };
    struct scrub_result r = { 0 };
    struct arena *mem = c->mem;
    c->mem = arena_open(mem, SCRUB_MEM_MAX);
    const err e = scrub_text(c, &nobody, text.p ? text : S(""), &r);
    if (e == ERR_OK) {
        *ret = str_keep(mem, r.text[0]);
        arena_close(c->mem);
    } /* else the arena may hold the fault's issues, and goes with its parent */
    c->mem = mem;
    return e;
}
