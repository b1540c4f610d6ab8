/* The engine: fills up with items, waits for answers, saves what they changed, goes on. */
#include "workflow/drive.h"

#include <string.h>

#include "base/str.h"
#include "workflow/inbox.h"

enum { KEEP_MS = 250 };

struct run {
    struct arena *mem; /* NULL: the place is free */
    struct graph_mark m;
    int tries;                  /* answers of no use at this node */
    const struct schema *asked; /* the shape of the answer under way; NULL: any */
    int64_t until_us;
    bool moved; /* by the answers of this round */
    bool over;
    bool failed;
    struct llm_failure failure;
};

struct drive {
    const struct graph_drive *d;
    const struct graph *g;
    struct inbox *in;
    struct run *runs;
    size_t n, active, calls;
    size_t *free; /* a stack of places */
    size_t n_free;
    struct graph_mark *marks;
    struct arena *scratch; /* for questions, which are copied when they begin */
    bool dry;
    bool settles; /* answers keep their places in flight until they are saved */
};

static int64_t mono_us(const struct ctx *c)
{
    return c->deps->clock->mono_us(c->deps->clock->self);
}

static void give_up(struct run *r, err kind, const char *text)
{
    r->over = r->failed = true;
    r->failure.kind = kind;
    snprintf(r->failure.text, sizeof(r->failure.text), "%s", text);
}

/* What a node says of one item is that item's failure, not the drive's. */
static void fail_by(struct ctx *c, struct run *r, err kind)
{
    give_up(r, kind, c->fault.text);
    fault_clear(c);
}

static bool limits_hold(const struct ctx *c, const struct drive *v, struct run *r)
{
    if (r->m.steps >= v->g->steps_max)
        give_up(r, ERR_INTERNAL, "the graph went round too often");
    else if (r->until_us && mono_us(c) >= r->until_us)
        give_up(r, ERR_UPSTREAM, "it took too long");
    return !r->over;
}

static void move(const struct drive *v, struct run *r)
{
    r->m.at = graph_next(v->g, r->m.at, r->m.state);
    r->m.steps++;
    r->tries = 0;
}

/* Through steps of our own, to the next question or the end. */
static void walk(struct ctx *c, const struct drive *v, struct run *r)
{
    while (!r->over && r->m.at != GRAPH_END && v->g->nodes[r->m.at].run) {
        if (v->g->nodes[r->m.at].in_tx) {
            r->over = true;
            return;
        }
        if (!limits_hold(c, v, r))
            return;
        const err e = v->g->nodes[r->m.at].run(c, r->m.state);
        if (e != ERR_OK)
            fail_by(c, r, e);
        else
            move(v, r);
    }
    r->over = r->over || r->m.at == GRAPH_END;
}

/* With the scratch memory as c->mem. */
static err ask_now(struct ctx *c, struct drive *v, struct run *r)
{
    const struct graph_node *n = &v->g->nodes[r->m.at];
    struct llm_request q = { 0 };
    TRY(n->build(c, r->m.state, &q));
    r->asked = q.reply;
    if (n->timeout_ms)
        q.timeout_ms = n->timeout_ms;
    q.settled_later = v->settles;
    struct ticket *t = inbox_ticket(v->in, (size_t)(r - v->runs));
    if (!t)
        return FAIL(c, INTERNAL, "out of memory");
    v->calls++;
    const err e = v->d->llm->start(v->d->llm->self, c, &q, inbox_answer, t);
    if (e == ERR_OK)
        return ERR_OK;
    /* It never began: its ticket comes back as its failure does, through the inbox. */
    struct llm_failure f = { .kind = e };
    snprintf(f.text, sizeof(f.text), "%s", c->fault.text);
    fault_clear(c);
    inbox_answer(t, &f, NULL);
    return ERR_OK;
}

static err ask(struct ctx *c, struct drive *v, struct run *r)
{
    struct arena *mem = c->mem;
    c->mem = v->scratch;
    const err e = ask_now(c, v, r);
    c->mem = mem;
    c->fault.issues = NULL;
    c->fault.n_issues = 0;
    arena_reset(v->scratch);
    return e;
}

static err end_run(struct ctx *c, struct drive *v, struct run *r)
{
    const err e = v->d->source->ended(v->d->source->self, c, &r->m, r->failed ? &r->failure : NULL);
    arena_close(r->mem);
    *r = (struct run){ 0 };
    v->free[v->n_free++] = (size_t)(r - v->runs);
    v->active--;
    return e;
}

/* With the run's memory as c->mem. */
static err go_on(struct ctx *c, struct drive *v, struct run *r)
{
    if (!r->over && limits_hold(c, v, r)) {
        const err e = ask(c, v, r);
        if (e == ERR_OK)
            return ERR_OK;
        fail_by(c, r, e);
    }
    return end_run(c, v, r);
}

static err in_run(struct ctx *c, struct drive *v, struct run *r,
                  err (*fn)(struct ctx *c, struct drive *v, struct run *r))
{
    struct arena *mem = c->mem;
    c->mem = r->mem;
    const err e = fn(c, v, r);
    c->mem = mem;
    return e;
}

static err take_next(struct ctx *c, struct drive *v, struct run *r)
{
    struct graph_start s = { .at = v->g->start };
    bool more = false;
    TRY(v->d->source->next(v->d->source->self, c, &s, &more));
    if (!more) {
        v->dry = true;
        return ERR_OK;
    }
    r->m = (struct graph_mark){ s.key, s.state, s.at, s.steps };
    r->over = s.at == GRAPH_END;
    if (v->g->run_max_ms)
        r->until_us = mono_us(c) + v->g->run_max_ms * INT64_C(1000);
    walk(c, v, r);
    return ERR_OK;
}

static err begin_run(struct ctx *c, struct drive *v)
{
    const size_t most = v->d->run_mem_max ? v->d->run_mem_max : (size_t)GRAPH_RUN_MEM_MAX;
    struct run *r = &v->runs[v->free[--v->n_free]];
    *r = (struct run){ .mem = arena_open(c->mem, most) };
    v->active++;
    TRY(in_run(c, v, r, take_next));
    if (!v->dry)
        return in_run(c, v, r, go_on);
    arena_close(r->mem);
    *r = (struct run){ 0 };
    v->free[v->n_free++] = (size_t)(r - v->runs);
    v->active--;
    return ERR_OK;
}

static err keep_on(struct ctx *c, const struct drive *v)
{
    const struct graph_source *s = v->d->source;
    return s->keep ? s->keep(s->self, c) : ERR_OK;
}

static err fill_up(struct ctx *c, struct drive *v)
{
    while (!v->dry && v->n_free > 0) {
        TRY(keep_on(c, v));
        TRY(begin_run(c, v));
    }
    return ERR_OK;
}

/* The answer checked by the shape that was asked for, and taken in. */
static err take_in(struct ctx *c, const struct drive *v, struct run *r, struct ticket *t)
{
    const struct graph_node *n = &v->g->nodes[r->m.at];
    struct llm_reply reply = t->reply;
    reply.text = str_keep(c->mem, reply.text);
    if (r->asked) {
        void *value = arena_try(c->mem, 1, r->asked->size, _Alignof(max_align_t));
        if (!value)
            return FAIL(c, UPSTREAM, "the answer is too large");
        if (schema_decode(c, r->asked, reply.text, value, NULL) != ERR_OK) {
            fault_clear(c);
            return FAIL(c, UPSTREAM, "the answer does not have the shape that was asked for");
        }
        reply.value = value;
    }
    return n->absorb(c, r->m.state, &reply);
}

static void take_answer(struct ctx *c, struct drive *v, struct run *r, struct ticket *t)
{
    const struct graph_node *n = &v->g->nodes[r->m.at];
    if (t->failed) {
        give_up(r, t->failure.kind, t->failure.text);
        r->failure.unusable = t->failure.unusable;
        return;
    }
    if (v->g->spent)
        v->g->spent(r->m.state, r->m.at, &t->reply);
    const err e = take_in(c, v, r, t);
    if (e == ERR_OK) {
        r->moved = true;
        move(v, r);
        walk(c, v, r);
    } else if (e != ERR_UPSTREAM || ++r->tries >= (n->tries ? n->tries : 1)) {
        fail_by(c, r, e);
        r->failure.unusable = e == ERR_UPSTREAM;
    } else {
        fault_clear(c);
    }
}

static void take_answers(struct ctx *c, struct drive *v, struct ticket *first)
{
    struct arena *mem = c->mem;
    for (struct ticket *t = first; t; t = t->next) {
        struct run *r = &v->runs[t->run];
        v->calls--;
        c->mem = r->mem;
        take_answer(c, v, r, t);
        c->mem = mem;
    }
}

static err save_moved(struct ctx *c, struct drive *v, const struct ticket *first)
{
    const struct graph_source *s = v->d->source;
    size_t n = 0;
    if (!s->save)
        return ERR_OK;
    for (const struct ticket *t = first; t; t = t->next)
        if (v->runs[t->run].moved && !v->runs[t->run].failed)
            v->marks[n++] = v->runs[t->run].m;
    return n ? s->save(s->self, c, v->marks, n) : ERR_OK;
}

static err go_on_all(struct ctx *c, struct drive *v, const struct ticket *first)
{
    for (const struct ticket *t = first; t; t = t->next) {
        v->runs[t->run].moved = false;
        TRY(in_run(c, v, &v->runs[t->run], go_on));
    }
    return ERR_OK;
}

static err round_trip(struct ctx *c, struct drive *v)
{
    struct ticket *first = inbox_take(v->in, v->d->keep_ms ? v->d->keep_ms : KEEP_MS);
    take_answers(c, v, first);
    err e = save_moved(c, v, first);
    tickets_settle(first);
    if (e == ERR_OK)
        e = keep_on(c, v);
    if (e == ERR_OK)
        e = go_on_all(c, v, first);
    tickets_free(first);
    return e;
}

static bool stays(const struct drive *v)
{
    const struct graph_source *s = v->d->source;
    return s->stays && s->stays(s->self);
}

static err run_all(struct ctx *c, struct drive *v)
{
    TRY(fill_up(c, v));
    for (bool more = stays(v); v->calls > 0 || more; more = stays(v)) {
        TRY(round_trip(c, v));
        v->dry = v->dry && !more;
        TRY(fill_up(c, v));
    }
    return ERR_OK;
}

static void tell_opened(const struct drive *v, struct inbox *in)
{
    if (v->d->source->opened)
        v->d->source->opened(v->d->source->self, in);
}

static err make_room(struct ctx *c, struct drive *v)
{
    v->runs = arena_try(c->mem, v->n, sizeof(*v->runs), _Alignof(struct run));
    v->free = arena_try(c->mem, v->n, sizeof(*v->free), _Alignof(size_t));
    v->marks = arena_try(c->mem, v->n, sizeof(*v->marks), _Alignof(struct graph_mark));
    if (!v->runs || !v->free || !v->marks)
        return FAIL(c, TOO_LARGE, "too many items in flight for the memory there is");
    for (size_t i = v->n; i > 0; i--)
        v->free[v->n_free++] = i - 1;
    v->scratch = arena_open(c->mem, GRAPH_RUN_MEM_MAX);
    v->settles = v->d->source->save && v->d->llm->settle;
    v->in = inbox_open(v->settles ? v->d->llm : NULL);
    return v->in ? ERR_OK : FAIL(c, INTERNAL, "out of memory");
}

err graph_drive(struct ctx *c, const struct graph_drive *d)
{
    struct drive v = { .d = d, .g = d->graph, .n = d->in_flight_max };
    if (v.n < 1 || v.n > GRAPH_IN_FLIGHT_MAX)
        return FAIL(c, INTERNAL, "a graph may have 1 to %d items in flight", GRAPH_IN_FLIGHT_MAX);
    TRY(make_room(c, &v));
    tell_opened(&v, v.in);
    const err e = run_all(c, &v);
    tell_opened(&v, NULL);
    inbox_leave(v.in);
    for (size_t i = 0; i < v.n; i++)
        arena_close(v.runs[i].mem);
    if (e == ERR_OK)
        arena_close(v.scratch);
    return e;
}
