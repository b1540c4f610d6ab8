/* Table: the graph `evaluate`, and what its nodes do. The Worker sees one text in each call, the
 * Judge sees the Worker's words and the numbers and never the application; academic and test marks
 * are the stored numbers, and the total is computed here. */
#include "base/str.h"
#include "detect/injection.h"
#include "service/evaluate_state.h"
#include "service/settings.h"

enum {
    APART_E2 = 1500, /* between two independent runs */
    QUALITY_NEEDED_E2 = 7500,
    WORDS_MAX = 4000,
    FEEDBACK_MAX = 2000,
    LINE_MAX = 300,
    LINES_MAX = 6,
    ASK_TRIES = 3
};

/* What the Worker answers, for either part. */
struct part_answer {
    int64_t score;
    struct str explanation, reasoning, rubric_adherence;
    struct list strengths, areas_for_improvement;
};
#define P struct part_answer
static const struct field part_fields[] = {
    FIELD_E2(P, score, .flags = FIELD_REQUIRED, .max = 100,
             .doc = "The mark of this part, 0 to 100, at most two decimals."),
    FIELD_STR(P, explanation, .flags = FIELD_REQUIRED, .min = 1, .max = WORDS_MAX,
              .doc = "Two to six sentences: which evidence led to the mark."),
    FIELD_STR(P, reasoning, .flags = FIELD_REQUIRED, .max = WORDS_MAX,
              .doc = "Which band of the rubric, and why not the next."),
    FIELD_STR(P, rubric_adherence, .flags = FIELD_REQUIRED, .max = WORDS_MAX,
              .doc = "One sentence: how the rubric was followed."),
    FIELD_LIST(P, strengths, .flags = FIELD_REQUIRED, .max = LINES_MAX,
               .doc = "Up to three short lines."),
    FIELD_LIST(P, areas_for_improvement, .flags = FIELD_REQUIRED, .max = LINES_MAX,
               .doc = "Up to three short lines."),
};
#undef P
static SCHEMA(part_schema, "PartMark", struct part_answer, part_fields);

#define J struct judge_answer
static const struct field judge_fields[] = {
    FIELD_ENUM(J, decision, .flags = FIELD_REQUIRED, .names = &judge_decision_names,
               .doc = "approved only without bias and with a quality_score of 75 or more."),
    FIELD_BOOL(J, bias_detected, .flags = FIELD_REQUIRED,
               .doc = "Whether a word rests on or gives away who the applicant is."),
    FIELD_E2(J, quality_score, .flags = FIELD_REQUIRED, .max = 100,
             .doc = "Quality of the assessment, 0 to 100."),
    FIELD_STR(J, feedback, .flags = FIELD_REQUIRED, .max = FEEDBACK_MAX,
              .doc = "What to do differently; no mark."),
    FIELD_STR(J, reasoning, .flags = FIELD_REQUIRED, .max = WORDS_MAX,
              .doc = "Why it was approved or rejected."),
};
#undef J
static SCHEMA(judge_schema, "Judgement", struct judge_answer, judge_fields);

/* Looks for orders in what the applicant wrote, before anything is cleaned away; scrubbing may have
 * taken a part of one, so what was seen before it counts too. */
static err load(struct ctx *c, void *state)
{
    struct eval_state *s = state;
    struct injection a, b;
    injection_find(c, s->source->achievements_scrubbed, &a);
    injection_find(c, s->source->essay_scrubbed, &b);
    s->signs = (int64_t)(a.signs | b.signs) | s->source->injection_signs;
    s->injection = a.score > b.score ? a.score : b.score;
    if (s->source->injection_score > s->injection)
        s->injection = s->source->injection_score;
    eval_attempt_add(s);
    return ERR_OK;
}

static struct str last_feedback(const struct eval_state *s)
{
    if (s->attempts.n < 2)
        return (struct str){ 0 };
    return eval_attempt_last(s)[-1].feedback;
}

static err build_part(struct ctx *c, const struct eval_state *s, enum prompt_part part,
                      struct str text, int run, struct llm_request *ret)
{
    static const char *const names[] = {
        [PROMPT_ACHIEVEMENTS] = "achievements", [PROMPT_ESSAY] = "essay"
    };
    *ret = (struct llm_request){
        .model = s->models->worker,
        .system = prompt_system(c, &s->models->prompts, part),
        .user = prompt_work(c, part, text, last_feedback(s)),
        .reply = &part_schema,
        .key = str_fmt(c->mem, "%.*s:%s:%zu:%d", STR_ARG(s->source->anonymized_id), names[part],
                       s->attempts.n, run + 1),
        .timeout_ms = s->models->timeout_ms,
    };
    return ERR_OK;
}

static err build_achievements(struct ctx *c, const void *state, struct llm_request *ret)
{
    const struct eval_state *s = state;
    return build_part(c, s, PROMPT_ACHIEVEMENTS, s->achievements, 0, ret);
}
static err build_achievements_again(struct ctx *c, const void *state, struct llm_request *ret)
{
    const struct eval_state *s = state;
    return build_part(c, s, PROMPT_ACHIEVEMENTS, s->achievements, 1, ret);
}
static err build_essay(struct ctx *c, const void *state, struct llm_request *ret)
{
    const struct eval_state *s = state;
    return build_part(c, s, PROMPT_ESSAY, s->essay, 0, ret);
}
static err build_essay_again(struct ctx *c, const void *state, struct llm_request *ret)
{
    const struct eval_state *s = state;
    return build_part(c, s, PROMPT_ESSAY, s->essay, 1, ret);
}

static err scrub_line(struct ctx *c, struct str line, struct str *ret)
{
    if (line.n > LINE_MAX)
        return FAIL(c, UPSTREAM, "a line of the model's answer is too long");
    return eval_scrub(c, line, ret);
}

/* Behind those of the other part. */
static err add_lines(struct ctx *c, const struct list *from, struct list *to)
{
    const struct str *lines = from->v, *old = to->v;
    struct str *all = arena_try(c->mem, from->n + to->n + 1, sizeof(*all), _Alignof(struct str));
    if (!all)
        return FAIL(c, UPSTREAM, "the answer is too large");
    for (size_t i = 0; i < to->n; i++)
        all[i] = old[i];
    for (size_t i = 0; i < from->n; i++)
        TRY(scrub_line(c, lines[i], &all[to->n + i]));
    *to = (struct list){ all, to->n + from->n };
    return ERR_OK;
}

static err add_adherence(struct ctx *c, struct str words, struct str *to)
{
    struct str clean;
    TRY(eval_scrub(c, words, &clean));
    *to = to->n ? str_fmt(c->mem, "%.*s %.*s", STR_ARG(*to), STR_ARG(clean)) : clean;
    return ERR_OK;
}

/* All or nothing: an answer that is refused leaves no trace. */
static err take_words(struct ctx *c, const struct part_answer *p, struct eval_attempt *a,
                      struct str *words, struct str *reason)
{
    struct eval_attempt next = *a;
    struct str explanation, reasoning;
    TRY(eval_scrub(c, p->explanation, &explanation));
    TRY(eval_scrub(c, p->reasoning, &reasoning));
    TRY(add_adherence(c, p->rubric_adherence, &next.adherence));
    TRY(add_lines(c, &p->strengths, &next.strengths));
    TRY(add_lines(c, &p->areas_for_improvement, &next.areas));
    a->adherence = next.adherence;
    a->strengths = next.strengths;
    a->areas = next.areas;
    *words = explanation;
    *reason = reasoning;
    return ERR_OK;
}

static err absorb_achievements(struct ctx *c, void *state, const struct llm_reply *r)
{
    struct eval_attempt *a = eval_attempt_last(state);
    const struct part_answer *p = r->value;
    TRY(take_words(c, p, a, &a->achievement_words, &a->achievement_reason));
    a->achievement[0] = p->score;
    return ERR_OK;
}
static err absorb_essay(struct ctx *c, void *state, const struct llm_reply *r)
{
    struct eval_attempt *a = eval_attempt_last(state);
    const struct part_answer *p = r->value;
    TRY(take_words(c, p, a, &a->essay_words, &a->essay_reason));
    a->essay[0] = p->score;
    return ERR_OK;
}
static err absorb_achievements_again(struct ctx *c, void *state, const struct llm_reply *r)
{
    (void)c;
    eval_attempt_last(state)->achievement[1] = ((const struct part_answer *)r->value)->score;
    return ERR_OK;
}
static err absorb_essay_again(struct ctx *c, void *state, const struct llm_reply *r)
{
    (void)c;
    eval_attempt_last(state)->essay[1] = ((const struct part_answer *)r->value)->score;
    return ERR_OK;
}

/* The mean of the runs, half up; *ret_apart: they cannot both be right. */
static int64_t weigh_runs(const int64_t run[2], bool *ret_apart)
{
    if (run[1] == SCHEMA_NULL_I64)
        return run[0];
    const int64_t off = run[0] > run[1] ? run[0] - run[1] : run[1] - run[0];
    *ret_apart = *ret_apart || off > APART_E2;
    return div_half_up(run[0] + run[1], 2);
}

/* The built-in Judge first: what can be recomputed and found without a model needs none. */
static err weigh(struct ctx *c, void *state)
{
    struct eval_state *s = state;
    struct eval_attempt *a = eval_attempt_last(s);
    const struct weights *w = weights_of(c);
    struct worker_opinion o;
    struct judge_opinion j;
    a->achievement_mark = weigh_runs(a->achievement, &a->apart);
    a->essay_mark = weigh_runs(a->essay, &a->apart);
    eval_opinion(c, s, a, &o);
    TRY(rubric_judge(c, w, &s->anon, &o, &j));
    if (j.decision == JUDGE_APPROVED)
        return ERR_OK;
    a->judged = true;
    a->decision = JUDGE_REJECTED;
    a->bias = j.bias_detected;
    a->quality = j.quality;
    a->feedback = j.feedback;
    a->judge_reason = j.reasoning;
    return ERR_OK;
}

err eval_judge_build(struct ctx *c, const struct eval_models *m, const struct anon_application *a,
                     const struct worker_opinion *w, struct llm_request *ret)
{
    *ret = (struct llm_request){
        .model = m->judge,
        .system = prompt_system(c, &m->prompts, PROMPT_JUDGE),
        .user = prompt_judge(c, weights_of(c), a, w),
        .reply = &judge_schema,
        .timeout_ms = m->timeout_ms,
    };
    return ERR_OK;
}

err eval_judge_absorb(struct ctx *c, const struct judge_answer *a, struct judge_opinion *ret)
{
    const bool approved =
        a->decision == JUDGE_APPROVED && !a->bias_detected && a->quality_score >= QUALITY_NEEDED_E2;
    struct judge_opinion o = { .decision = approved ? JUDGE_APPROVED : JUDGE_REJECTED,
                               .bias_detected = a->bias_detected,
                               .quality = a->quality_score };
    TRY(eval_scrub(c, a->feedback, &o.feedback));
    TRY(eval_scrub(c, a->reasoning, &o.reasoning));
    *ret = o;
    return ERR_OK;
}

static err build_judge(struct ctx *c, const void *state, struct llm_request *ret)
{
    const struct eval_state *s = state;
    struct worker_opinion o;
    eval_opinion(c, s, eval_attempt_last(s), &o);
    TRY(eval_judge_build(c, s->models, &s->anon, &o, ret));
    ret->key = str_fmt(c->mem, "%.*s:judge:%zu", STR_ARG(s->source->anonymized_id), s->attempts.n);
    return ERR_OK;
}

static err absorb_judge(struct ctx *c, void *state, const struct llm_reply *r)
{
    struct eval_state *s = state;
    struct eval_attempt *a = eval_attempt_last(s);
    struct judge_opinion j;
    TRY(eval_judge_absorb(c, r->value, &j));
    a->judged = true;
    a->decision = j.decision;
    a->bias = j.bias_detected;
    a->quality = j.quality;
    a->feedback = j.feedback;
    a->judge_reason = j.reasoning;
    return ERR_OK;
}

static err feedback(struct ctx *c, void *state)
{
    (void)c;
    eval_attempt_add(state);
    return ERR_OK;
}

static err review(struct ctx *c, void *state)
{
    struct eval_state *s = state;
    (void)c;
    s->held = s->injection >= INJECTION_REVIEW ? REVIEW_FLAGGED
              : eval_attempt_last(s)->apart    ? REVIEW_APART
                                               : REVIEW_REJECTED;
    return ERR_OK;
}

static err store(struct ctx *c, void *state)
{
    (void)c;
    ((struct eval_state *)state)->accepted = true;
    return ERR_OK;
}

static err settle(struct ctx *c, void *state)
{
    struct eval_state *s = state;
    const struct eval_attempt *a = eval_attempt_last(s);
    const int64_t n = s->source->prior + (int64_t)s->attempts.n;
    if (a->decision == JUDGE_REJECTED)
        s->used[EVAL_JUDGE].rejections++;
    if (a->decision == JUDGE_REJECTED && n >= evaluation_rounds_max(c))
        s->held = REVIEW_REJECTED;
    return ERR_OK;
}

static bool two_runs(const void *state)
{
    return ((const struct eval_state *)state)->models->worker_runs > 1;
}
static bool refused_at_home(const void *state)
{
    return eval_attempt_last(state)->judged;
}
static bool for_a_person(const void *state)
{
    const struct eval_state *s = state;
    return s->injection >= INJECTION_REVIEW || eval_attempt_last(s)->apart || s->held >= 0;
}
static bool rejected(const void *state)
{
    return eval_attempt_last(state)->decision == JUDGE_REJECTED;
}

enum {
    LOAD,
    ACHIEVEMENTS,
    ESSAY,
    ACHIEVEMENTS_2,
    ESSAY_2,
    WEIGH,
    JUDGE,
    SETTLE,
    FEEDBACK,
    REVIEW,
    STORE,
    NODES
};
/* clang-format off */
static const struct graph_node nodes[] = {
    [LOAD] = { .name = "load", .run = load,
               .doc = "Takes the anonymous texts and looks for orders to whoever marks them." },
    [ACHIEVEMENTS] = { .name = "achievements", .build = build_achievements,
                       .absorb = absorb_achievements, .tries = ASK_TRIES,
                       .doc = "The Worker marks the achievements and sees nothing else." },
    [ESSAY] = { .name = "essay", .build = build_essay, .absorb = absorb_essay, .tries = ASK_TRIES,
                .doc = "The Worker marks the essay and sees nothing else." },
    [ACHIEVEMENTS_2] = { .name = "achievements_again", .build = build_achievements_again,
                         .absorb = absorb_achievements_again, .tries = ASK_TRIES,
                         .doc = "The achievements once more, in a conversation of its own." },
    [ESSAY_2] = { .name = "essay_again", .build = build_essay_again, .absorb = absorb_essay_again,
                  .tries = ASK_TRIES, .doc = "The essay once more, in a conversation of its own." },
    [WEIGH] = { .name = "weigh", .run = weigh,
                .doc = "Means of the runs, marks of the stored numbers, the total; checks that need "
                       "no model." },
    [JUDGE] = { .name = "judge", .build = build_judge, .absorb = absorb_judge, .tries = ASK_TRIES,
                .doc = "The Judge sees the Worker's words and the numbers, as data." },
    [SETTLE] = { .name = "settle", .run = settle, .doc = "Counts the attempts." },
    [FEEDBACK] = { .name = "feedback", .run = feedback,
                   .doc = "Back to the Worker with what the Judge said." },
    [REVIEW] = { .name = "review", .run = review, .doc = "A person decides, with a reason." },
    [STORE] = { .name = "store", .run = store,
                .doc = "Marks, words and log entries are written with the chunk." },
};
_Static_assert(sizeof(nodes) / sizeof(nodes[0]) == NODES, "one row for each node");
static const struct graph_edge edges[] = {
    { LOAD, ACHIEVEMENTS, NULL, NULL },
    { ACHIEVEMENTS, ESSAY, NULL, NULL },
    { ESSAY, ACHIEVEMENTS_2, two_runs, "two runs" },
    { ESSAY, WEIGH, NULL, NULL },
    { ACHIEVEMENTS_2, ESSAY_2, NULL, NULL },
    { ESSAY_2, WEIGH, NULL, NULL },
    { WEIGH, SETTLE, refused_at_home, "refused without a model" },
    { WEIGH, JUDGE, NULL, NULL },
    { JUDGE, SETTLE, NULL, NULL },
    { SETTLE, REVIEW, for_a_person, "flagged, runs apart, or attempts used up" },
    { SETTLE, FEEDBACK, rejected, "rejected" },
    { SETTLE, STORE, NULL, "approved" },
    { FEEDBACK, ACHIEVEMENTS, NULL, NULL },
    { REVIEW, GRAPH_END, NULL, NULL },
    { STORE, GRAPH_END, NULL, NULL },
};
/* clang-format on */

static void spent(void *state, int at, const struct llm_reply *r)
{
    struct eval_usage *u =
        &((struct eval_state *)state)->used[at == JUDGE ? EVAL_JUDGE : EVAL_WORKER];
    u->calls++;
    u->retries += r->retries;
    u->tokens_in += r->tokens_in;
    u->tokens_cached += r->tokens_cached;
    u->tokens_out += r->tokens_out;
}

extern const struct schema eval_state_schema;
const struct graph evaluate_graph = {
    .name = "evaluate",
    .doc = "One anonymous application: the Worker marks, the Judge checks, a person decides where "
           "neither may.",
    .state = &eval_state_schema,
    .spent = spent,
    .nodes = nodes,
    .edges = edges,
    .n_nodes = NODES,
    .n_edges = sizeof(edges) / sizeof(edges[0]),
    .start = LOAD,
    .steps_max = 8 * ATTEMPTS_MAX + 8,
};
