/* The chunk's applications through the graph: starts from checkpoints, saves after each answer,
 * writes those that have ended while others go on, stops at the budget, and makes of each end rows,
 * a person's case, or a named failure. */
#include "base/str.h"
#include "repo/checkpoint_repo.h"
#include "service/evaluator_openai.h"
#include "service/settings.h"
#include "workflow/drive.h"

enum {
    CHECKPOINTS_MAX = 20000,
    SAVE_MEM_MAX = 256 * 1024 * 1024,
    READY_MAX = 256,       /* ended ones that wait to be written */
    READY_WAIT_US = 500000 /* and how long the first of them waits */
};

struct many {
    const struct openai_evaluator *by;
    const struct evaluate_many *w;
    struct list checkpoints;    /* struct checkpoint_row, by id */
    struct openai_account used; /* of the cycle, at the last look */
    size_t next;
    struct usage_row lost[EVAL_ROLES]; /* of what failed, not yet on the account */
    struct evaluation *ready[READY_MAX];
    size_t n_ready;
    int64_t ready_us;        /* monotonic: since when the first waits */
    struct arena *ready_mem; /* their rows */
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

err openai_account_read(struct ctx *c, struct tx *tx, struct str cycle_id,
                        struct openai_account *ret)
{
    struct list rows = { 0 };
    TRY(usage_list(c, tx, cycle_id, &rows));
    const struct usage_row *u = rows.v;
    *ret = (struct openai_account){ 0 };
    for (size_t i = 0; i < rows.n; i++) {
        ret->tokens += u[i].tokens_in + u[i].tokens_out;
        ret->pico += u[i].cost_pico;
    }
    return ERR_OK;
}

static err begin_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct many *m = arg;
    TRY(checkpoint_list(c, tx, &m->w->range, CHECKPOINTS_MAX, &m->checkpoints));
    return openai_account_read(c, tx, m->w->origin->cycle_id, &m->used);
}

const char *openai_budget_gone(const struct openai_evaluator *e, const struct openai_account *a,
                               int64_t tokens_max, int64_t micro_max)
{
    const int64_t tokens = tokens_max > 0 ? tokens_max : e->o.budget_tokens;
    const int64_t micro = micro_max > 0 ? micro_max : e->o.budget_micro;
    if (tokens > 0 && a->tokens >= tokens)
        return "the budget of this cycle for models is used up (tokens)";
    if (micro > 0 && model_cost_micro(a->pico) >= micro)
        return "the budget of this cycle for models is used up (money)";
    return NULL;
}

/* The next that can be evaluated; the others have their reason already, or get it here. */
static err next_item(void *self, struct ctx *c, struct graph_start *ret, bool *ret_more)
{
    struct many *m = self;
    struct evaluation *v = m->w->v;
    const int64_t rounds = evaluation_rounds_max(c);
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
        e->failure = openai_budget_gone(m->by, &m->used, m->w->budget_tokens, m->w->budget_micro);
        if (e->failure)
            continue;
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
    TRY(usage_add(c, tx, s->used, EVAL_ROLES));
    return openai_account_read(c, tx, s->m->w->origin->cycle_id, &s->m->used);
}

static void add_usage(struct usage_row *to, const struct eval_usage *used,
                      const struct eval_usage *saved)
{
    to->calls += used->calls - saved->calls;
    to->retries += used->retries - saved->retries;
    to->rejections += used->rejections - saved->rejections;
    to->tokens_in += used->tokens_in - saved->tokens_in;
    to->tokens_cached += used->tokens_cached - saved->tokens_cached;
    to->tokens_out += used->tokens_out - saved->tokens_out;
}

void openai_usage(const struct openai_options *o, struct str cycle_id,
                  const struct graph_mark *marks, size_t n, struct usage_row io[EVAL_ROLES])
{
    for (int role = 0; role < EVAL_ROLES; role++) {
        struct usage_row *u = &io[role];
        u->cycle_id = cycle_id;
        u->model = role == EVAL_WORKER ? o->models.worker : o->models.judge;
        for (size_t i = 0; i < n; i++) {
            const struct eval_state *st = marks[i].state;
            add_usage(u, &st->used[role], &st->saved[role]);
        }
        u->cost_pico =
            model_cost_pico(&o->prices, u->model, u->tokens_in, u->tokens_cached, u->tokens_out);
    }
}

void openai_usage_saved(const struct graph_mark *marks, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct eval_state *st = marks[i].state;
        memcpy(st->saved, st->used, sizeof(st->saved));
    }
}

static err save_rows(struct ctx *c, struct many *m, const struct graph_mark *marks, size_t n)
{
    struct checkpoint_row *rows =
        arena_try(c->mem, n + 1, sizeof(*rows), _Alignof(struct checkpoint_row));
    if (!rows)
        return FAIL(c, TOO_LARGE, "too many checkpoints at once");
    for (size_t i = 0; i < n; i++) {
        rows[i] = (struct checkpoint_row){ .anonymized_id = marks[i].key,
                                           .cycle_id = m->w->origin->cycle_id,
                                           .updated_at = c->now_us };
        TRY(graph_checkpoint_write(c, &evaluate_graph, &marks[i], &rows[i].state));
    }
    struct save s = { .m = m, .rows = rows, .n = n };
    memcpy(s.used, m->lost, sizeof(s.used));
    openai_usage(&m->by->o, m->w->origin->cycle_id, marks, n, s.used);
    TRY(tx_run(c, TX_WRITE, save_tx, &s));
    memset(m->lost, 0, sizeof(m->lost));
    openai_usage_saved(marks, n);
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

err openai_rows_make(struct ctx *c, struct arena *mem, const struct evaluation_origin *o,
                     const struct eval_state *s, struct evaluation *e)
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
    const err made = evaluation_rows_make(c, mem, o, e);
    e->attempts = NULL;
    return made;
}

static int64_t mono_us(const struct ctx *c)
{
    return c->deps->clock->mono_us(c->deps->clock->self);
}

/* Ended ones go into the database together, and their memory is free. */
static err store_ready(struct ctx *c, struct many *m)
{
    struct arena *mem = c->mem;
    if (m->n_ready == 0)
        return ERR_OK;
    c->mem = arena_open(mem, SAVE_MEM_MAX);
    const err e = m->w->store(c, m->w, m->ready, m->n_ready);
    if (e == ERR_OK)
        arena_close(c->mem);
    c->mem = mem;
    TRY(e);
    for (size_t i = 0; i < m->n_ready; i++)
        m->ready[i]->rows = NULL;
    m->n_ready = 0;
    arena_reset(m->ready_mem);
    return ERR_OK;
}

static err put_ready(struct ctx *c, struct many *m, const struct eval_state *s,
                     struct evaluation *e)
{
    TRY(openai_rows_make(c, m->ready_mem, m->w->origin, s, e));
    if (m->n_ready == 0)
        m->ready_us = mono_us(c);
    m->ready[m->n_ready++] = e;
    return m->n_ready == READY_MAX ? store_ready(c, m) : ERR_OK;
}

/* What a failed one has used is on nobody's checkpoint. */
static void note_lost(struct many *m, const struct eval_state *s)
{
    for (int role = 0; role < EVAL_ROLES; role++)
        add_usage(&m->lost[role], &s->used[role], &s->saved[role]);
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
        note_lost(m, s);
        e->failure = str_z(m->w->mem, str_of(failure->text));
        return ERR_OK;
    }
    return put_ready(c, m, s, e);
}

static err keep(void *self, struct ctx *c)
{
    struct many *m = self;
    if (m->n_ready > 0 && mono_us(c) - m->ready_us >= READY_WAIT_US)
        TRY(store_ready(c, m));
    return chunk_keep(c, m->w->k, m->w->renewed_us);
}

err openai_many(void *self, struct ctx *c, const struct evaluate_many *w)
{
    const struct openai_evaluator *by = self;
    struct many m = { .by = by, .w = w, .ready_mem = arena_open(c->mem, SAVE_MEM_MAX) };
    const struct graph_source source = {
        .self = &m, .next = next_item, .save = save, .ended = ended, .keep = keep
    };
    const struct graph_drive d = { .graph = &evaluate_graph,
                                   .llm = by->o.llm,
                                   .source = &source,
                                   .in_flight_max = by->o.in_flight_max };
    TRY(tx_run(c, TX_READ, begin_tx, &m));
    TRY(graph_drive(c, &d));
    TRY(store_ready(c, &m));
    return save_rows(c, &m, NULL, 0); /* what failed ones have used */
}
