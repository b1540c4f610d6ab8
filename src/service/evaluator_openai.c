/* The chunk's applications through the graph: starts from checkpoints, saves after each answer,
 * stops at the budget, and makes of each end rows, a person's case, or a named failure. */
#include "service/evaluator_openai.h"

#include <pthread.h>

#include "base/str.h"
#include "service/settings.h"

enum { CHECKPOINTS_MAX = 20000, SAVE_MEM_MAX = 256 * 1024 * 1024, COMMITMENT_MAX = 2048 };

struct many {
    const struct openai_evaluator *by;
    const struct evaluate_many *w;
    struct list checkpoints; /* struct checkpoint_row, by id */
    int64_t used_tokens;     /* of the cycle, as far as this chunk knows */
    size_t next;
};

static int by_id(const void *a, const void *b)
{
    return str_cmp(((const struct checkpoint_row *)a)->anonymized_id,
                   ((const struct checkpoint_row *)b)->anonymized_id);
}

static struct str checkpoint_of(const struct many *m, struct str id)
{
    const struct checkpoint_row key = { .anonymized_id = id }, *found = NULL;
    if (m->checkpoints.n > 0)
        found = bsearch(&key, m->checkpoints.v, m->checkpoints.n, sizeof(key), by_id);
    return found ? found->state : (struct str){ 0 };
}

static err begin_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct many *m = arg;
    TRY(checkpoint_list(c, tx, &m->w->range, CHECKPOINTS_MAX, &m->checkpoints));
    return usage_tokens(c, tx, m->w->origin->cycle_id, &m->used_tokens);
}

const char openai_budget_over[] = "the budget of this cycle for models is used up";

bool openai_budget_left(const struct openai_evaluator *e, int64_t used_tokens)
{
    return e->o.budget_tokens <= 0 || used_tokens < e->o.budget_tokens;
}

/* The next that can be evaluated; the others have their reason already, or get it here. */
static err next_item(void *self, struct ctx *c, struct graph_start *ret, bool *ret_more)
{
    struct many *m = self;
    struct evaluation *v = m->w->v;
    const int64_t rounds = c->deps->settings ? c->deps->settings->judge_attempts : 3;
    for (; m->next < m->w->n; m->next++) {
        const struct eval_source *s = &m->w->sources[m->next];
        struct evaluation *e = &v[m->next];
        const struct str kept = checkpoint_of(m, s->anonymized_id);
        if (e->failure)
            continue;
        e->held = review_held(s);
        if (!e->held && s->prior >= rounds && !kept.p)
            e->held = review_reason_texts[REVIEW_REJECTED];
        if (e->held) {
            TRY(evaluation_rows_make(c, m->w->mem, m->w->origin, e));
            continue;
        }
        if (!openai_budget_left(m->by, m->used_tokens)) {
            e->failure = openai_budget_over;
            continue;
        }
        struct eval_state *state = arena_new(c->mem, struct eval_state);
        TRY(eval_state_begin(c, &m->by->o.models, s, kept, state, &ret->at, &ret->steps));
        state->item = m->next++;
        ret->key = s->anonymized_id;
        ret->state = state;
        *ret_more = true;
        return ERR_OK;
    }
    return ERR_OK;
}

struct save {
    struct many *m;
    const struct checkpoint_row *rows;
    size_t n;
    struct usage_row used[EVAL_ROLES];
};

static err save_tx(struct ctx *c, struct tx *tx, void *arg)
{
    const struct save *s = arg;
    TRY(chunk_hold(c, tx, s->m->w->k));
    TRY(checkpoint_put(c, tx, s->rows, s->n));
    return usage_add(c, tx, s->used, EVAL_ROLES);
}

void openai_usage(const struct eval_models *m, struct str cycle_id, const struct graph_mark *marks,
                  size_t n, struct usage_row ret[EVAL_ROLES])
{
    for (int role = 0; role < EVAL_ROLES; role++) {
        struct usage_row *u = &ret[role];
        *u = (struct usage_row){ .cycle_id = cycle_id,
                                 .model = role == EVAL_WORKER ? m->worker : m->judge };
        for (size_t i = 0; i < n; i++) {
            const struct eval_state *st = marks[i].state;
            u->calls += st->used[role].calls - st->saved[role].calls;
            u->tokens_in += st->used[role].tokens_in - st->saved[role].tokens_in;
            u->tokens_out += st->used[role].tokens_out - st->saved[role].tokens_out;
        }
    }
}

int64_t openai_usage_saved(const struct usage_row used[EVAL_ROLES], const struct graph_mark *marks,
                           size_t n)
{
    int64_t tokens = 0;
    for (int role = 0; role < EVAL_ROLES; role++)
        tokens += used[role].tokens_in + used[role].tokens_out;
    for (size_t i = 0; i < n; i++) {
        struct eval_state *st = marks[i].state;
        memcpy(st->saved, st->used, sizeof(st->saved));
    }
    return tokens;
}

static err save_rows(struct ctx *c, struct many *m, const struct graph_mark *marks, size_t n)
{
    struct checkpoint_row *rows =
        arena_try(c->mem, n, sizeof(*rows), _Alignof(struct checkpoint_row));
    if (!rows)
        return FAIL(c, TOO_LARGE, "too many checkpoints at once");
    for (size_t i = 0; i < n; i++) {
        rows[i] = (struct checkpoint_row){ .anonymized_id = marks[i].key,
                                           .cycle_id = m->w->origin->cycle_id,
                                           .updated_at = c->now_us };
        TRY(graph_checkpoint_write(c, &evaluate_graph, &marks[i], &rows[i].state));
    }
    struct save s = { .m = m, .rows = rows, .n = n };
    openai_usage(&m->by->o.models, m->w->origin->cycle_id, marks, n, s.used);
    TRY(tx_run(c, TX_WRITE, save_tx, &s));
    m->used_tokens += openai_usage_saved(s.used, marks, n);
    return ERR_OK;
}

static err save(void *self, struct ctx *c, const struct graph_mark *marks, size_t n)
{
    struct arena *mem = c->mem;
    c->mem = arena_open(mem, SAVE_MEM_MAX);
    const err e = save_rows(c, self, marks, n);
    if (e == ERR_OK) /* else the arena may hold the fault's issues, and goes with its parent */
        arena_close(c->mem);
    c->mem = mem;
    return e;
}

static void attempt_of(struct ctx *c, const struct eval_state *s, const struct eval_attempt *a,
                       struct attempt *ret)
{
    eval_opinion(c, s, a, &ret->work);
    ret->judge = (struct judge_opinion){ .decision = a->decision,
                                         .bias_detected = a->bias,
                                         .quality = a->quality,
                                         .feedback = a->feedback.p ? a->feedback : S(""),
                                         .reasoning = a->judge_reason.p ? a->judge_reason : S("") };
}

static err make_rows(struct ctx *c, const struct many *m, const struct eval_state *s,
                     struct evaluation *e)
{
    struct attempt attempts[ATTEMPTS_MAX] = { 0 };
    const struct eval_attempt *v = s->attempts.v;
    for (size_t i = 0; i < s->attempts.n; i++)
        attempt_of(c, s, &v[i], &attempts[i]);
    e->attempts = attempts;
    e->n_attempts = (int)s->attempts.n;
    e->accepted = s->accepted;
    e->held = s->accepted ? NULL : review_reason_texts[s->held < 0 ? REVIEW_REJECTED : s->held];
    e->signs = s->signs;
    const err made = evaluation_rows_make(c, m->w->mem, m->w->origin, e);
    e->attempts = NULL;
    return made;
}

static err ended(void *self, struct ctx *c, const struct graph_mark *at,
                 const struct llm_failure *failure)
{
    struct many *m = self;
    const struct eval_state *s = at->state;
    struct evaluation *e = &m->w->v[s->item];
    if (failure && failure->kind == ERR_BUSY) /* the program ends: others go on */
        return FAIL(c, BUSY, "%s", failure->text);
    if (failure) {
        e->failure = str_z(m->w->mem, str_of(failure->text));
        return ERR_OK;
    }
    return make_rows(c, m, s, e);
}

static err keep(void *self, struct ctx *c)
{
    struct many *m = self;
    return chunk_keep(c, m->w->k, m->w->renewed_us);
}

static err many(void *self, struct ctx *c, const struct evaluate_many *w)
{
    const struct openai_evaluator *by = self;
    struct many m = { .by = by, .w = w };
    const struct graph_source source = {
        .self = &m, .next = next_item, .save = save, .ended = ended, .keep = keep
    };
    const struct graph_drive d = { .graph = &evaluate_graph,
                                   .llm = by->o.llm,
                                   .source = &source,
                                   .in_flight_max = by->o.in_flight_max };
    TRY(tx_run(c, TX_READ, begin_tx, &m));
    return graph_drive(c, &d);
}

/* One question at a time, for imports: waits for its answer. */
struct waiting {
    pthread_mutex_t lock;
    pthread_cond_t came;
    bool over;
    struct llm_failure failure;
    struct buf text; /* on the heap */
};

static void answered(void *arg, const struct llm_failure *failure, const struct llm_reply *reply)
{
    struct waiting *w = arg;
    pthread_mutex_lock(&w->lock);
    if (failure)
        w->failure = *failure;
    else
        buf_str(&w->text, reply->text);
    w->over = true;
    pthread_cond_signal(&w->came);
    pthread_mutex_unlock(&w->lock);
}

static err wait_for(struct ctx *c, const struct llm_port *llm, const struct llm_request *q,
                    struct str *ret)
{
    struct waiting w = { .over = false };
    pthread_mutex_init(&w.lock, NULL);
    pthread_cond_init(&w.came, NULL);
    buf_init(&w.text, NULL, LLM_BODY_MAX);
    err e = llm->start(llm->self, c, q, answered, &w);
    pthread_mutex_lock(&w.lock);
    while (e == ERR_OK && !w.over)
        pthread_cond_wait(&w.came, &w.lock);
    pthread_mutex_unlock(&w.lock);
    if (e == ERR_OK && w.failure.kind != ERR_OK)
        e = FAIL(c, UPSTREAM, "%s", w.failure.text);
    if (e == ERR_OK)
        *ret = str_keep(c->mem, buf_view(&w.text));
    buf_done(&w.text);
    pthread_cond_destroy(&w.came);
    pthread_mutex_destroy(&w.lock);
    return e;
}

static err judge(void *self, struct ctx *c, const struct anon_application *a,
                 const struct worker_opinion *o, struct judge_opinion *ret)
{
    const struct openai_evaluator *by = self;
    struct llm_request q;
    struct judge_answer answer;
    struct str text;
    const struct weights *w = c->deps->settings ? &c->deps->settings->weights : &weights_default;
    TRY(rubric_judge(c, w, a, o, ret));
    if (ret->decision != JUDGE_APPROVED)
        return ERR_OK;
    TRY(eval_judge_build(c, &by->o.models, a, o, &q));
    TRY(wait_for(c, by->o.llm, &q, &text));
    if (schema_decode(c, q.reply, text, &answer, NULL) != ERR_OK) {
        fault_clear(c);
        return FAIL(c, UPSTREAM, "The Judge's answer does not have the shape that was asked for");
    }
    return eval_judge_absorb(c, &answer, ret);
}

/* An import brings the Worker's part; alone it is not asked. */
static err work(void *self, struct ctx *c, const struct anon_application *a, int attempt,
                struct str feedback, struct worker_opinion *ret)
{
    (void)self, (void)a, (void)attempt, (void)feedback, (void)ret;
    return FAIL(c, INTERNAL, "This provider evaluates whole parts of a job");
}

static err commitment(void *self, struct ctx *c, struct str *ret_canonical)
{
    const struct openai_evaluator *by = self;
    const struct eval_models *m = &by->o.models;
    const struct weights *w = c->deps->settings ? &c->deps->settings->weights : &weights_default;
    struct buf b;
    buf_init(&b, c->mem, COMMITMENT_MAX);
    buf_fmt(&b,
            "{\"judge_model\":\"%.*s\",\"judge_prompt_sha256\":\"%.*s\",\"rubric_sha256\":\"%.*s\","
            "\"weights_pct\":[%d,%d,%d,%d],\"worker_model\":\"%.*s\","
            "\"worker_prompt_sha256\":\"%.*s\"}",
            STR_ARG(m->judge), STR_ARG(prompt_judge_sha256(c, &m->prompts)),
            STR_ARG(prompt_rubric_sha256(c, &m->prompts)), w->academic, w->test, w->achievement,
            w->essay, STR_ARG(m->worker), STR_ARG(prompt_worker_sha256(c, &m->prompts)));
    *ret_canonical = buf_view(&b);
    return ERR_OK;
}

void openai_evaluator_init(struct openai_evaluator *e, const struct openai_options *o)
{
    e->o = *o;
    snprintf(e->label, sizeof(e->label), "%.*s + %.*s", STR_ARG(o->models.worker),
             STR_ARG(o->models.judge));
    e->port = (struct evaluator_port){ .name = "openai",
                                       .label = e->label,
                                       .self = e,
                                       .work = work,
                                       .judge = judge,
                                       .many = many,
                                       .probe = openai_probe,
                                       .commitment = commitment };
}
