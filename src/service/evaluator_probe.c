/* The fairness check's questions through the graph `evaluate`: the same nodes, prompts, checks,
 * budget and accounts as scores, but what comes out is a number for the report alone. */
#include "base/str.h"
#include "service/evaluator_openai.h"

enum { SAVE_MEM_MAX = 256 * 1024 * 1024 };

struct probe {
    const struct openai_evaluator *by;
    const struct evaluate_probe *w;
    struct openai_account used;
    size_t next;
};

static err begin_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct probe *p = arg;
    return openai_account_read(c, tx, p->w->k->cycle_id, &p->used);
}

static err next_item(void *self, struct ctx *c, struct graph_start *ret, bool *ret_more)
{
    struct probe *p = self;
    const struct evaluate_probe *w = p->w;
    for (; p->next < w->n; p->next++) {
        struct str kept = { NULL, 0 };
        if (w->v[p->next].failure)
            continue;
        w->v[p->next].failure = openai_budget_gone(p->by, &p->used, 0, 0);
        if (w->v[p->next].failure)
            continue;
        struct eval_source *source = arena_new(c->mem, struct eval_source);
        struct eval_state *state = arena_new(c->mem, struct eval_state);
        TRY(w->source(w->self, c, p->next, source, &kept));
        TRY(eval_state_begin(c, &p->by->o.models, source, kept, state, &ret->at, &ret->steps));
        state->item = p->next++;
        ret->key = source->anonymized_id;
        ret->state = state;
        *ret_more = true;
        return ERR_OK;
    }
    return ERR_OK;
}

struct save {
    struct probe *p;
    const struct probe_state *rows;
    size_t n;
    struct usage_row used[EVAL_ROLES];
};

static err save_tx(struct ctx *c, struct tx *tx, void *arg)
{
    const struct save *s = arg;
    const struct evaluate_probe *w = s->p->w;
    TRY(chunk_hold(c, tx, w->k));
    TRY(w->keep(w->self, c, tx, s->rows, s->n));
    TRY(usage_add(c, tx, s->used, EVAL_ROLES));
    return openai_account_read(c, tx, w->k->cycle_id, &s->p->used);
}

static err save_rows(struct ctx *c, struct probe *p, const struct graph_mark *marks, size_t n)
{
    struct probe_state *rows = arena_try(c->mem, n, sizeof(*rows), _Alignof(struct probe_state));
    if (!rows)
        return FAIL(c, TOO_LARGE, "too many checkpoints at once");
    for (size_t i = 0; i < n; i++) {
        rows[i].question = ((const struct eval_state *)marks[i].state)->item;
        TRY(graph_checkpoint_write(c, &evaluate_graph, &marks[i], &rows[i].state));
    }
    struct save s = { .p = p, .rows = rows, .n = n };
    openai_usage(&p->by->o, p->w->k->cycle_id, marks, n, s.used);
    TRY(tx_run(c, TX_WRITE, save_tx, &s));
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

static err ended(void *self, struct ctx *c, const struct graph_mark *at,
                 const struct llm_failure *failure)
{
    const struct probe *p = self;
    const struct eval_state *s = at->state;
    struct probe_answer *a = &p->w->v[s->item];
    struct worker_opinion o;
    if (failure && failure->kind == ERR_BUSY) /* the program ends: others go on */
        return FAIL(c, BUSY, "%s", failure->text);
    if (failure) {
        a->failure = str_z(p->w->mem, str_of(failure->text));
        return ERR_OK;
    }
    eval_opinion(c, s, eval_attempt_last(s), &o);
    a->total = o.total;
    a->accepted = s->accepted;
    return ERR_OK;
}

static err keep(void *self, struct ctx *c)
{
    const struct probe *p = self;
    return chunk_keep(c, p->w->k, p->w->renewed_us);
}

err openai_probe(void *self, struct ctx *c, const struct evaluate_probe *w)
{
    struct probe p = { .by = self, .w = w };
    const struct graph_source source = {
        .self = &p, .next = next_item, .save = save, .ended = ended, .keep = keep
    };
    const struct graph_drive d = { .graph = &evaluate_graph,
                                   .llm = p.by->o.llm,
                                   .source = &source,
                                   .in_flight_max = p.by->o.in_flight_max };
    TRY(tx_run(c, TX_READ, begin_tx, &p));
    return graph_drive(c, &d);
}
