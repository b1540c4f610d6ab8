/* Runs the bias rules over events with all facts in memory: what a database does for the service,
 * arrays do here. */
#include "base/str.h"
#include "domain/bias_event.h"

/* One evaluator. */
struct person {
    struct str name;
    struct bias_opening opening;
    struct bias_row *rows;
    struct bias_heard *heard;
    size_t n_rows, n_heard;
};
struct room {
    struct str interview;
    struct bias_room is;
};
/* A result as it was given; the same analysis gets it again. */
struct stored {
    struct str analysis, interview, cycle;
    struct person *who;
    struct bias_outcome o;
};
enum { SCRATCH_MAX = 64 << 20 };
struct bias_monitor {
    struct arena *scratch; /* what one decision needs */
    struct bias_settings settings;
    struct person people[BIAS_PEOPLE_MAX];
    struct room *rooms;
    struct stored *stored;
    size_t n_people, n_rooms, n_stored, room_for; /* events */
};

static void *array_try(struct ctx *c, size_t n, size_t size)
{
    return arena_try(c->mem, n + 1, size, _Alignof(max_align_t));
}

static err add_person(struct ctx *c, struct bias_monitor *m, struct str name,
                      const struct bias_opening *opening)
{
    if (m->n_people == BIAS_PEOPLE_MAX)
        return FAIL(c, INVALID, "more than %d evaluators", BIAS_PEOPLE_MAX);
    struct person p = { .name = name, .opening = *opening };
    p.rows = array_try(c, m->room_for, sizeof(*p.rows));
    p.heard = array_try(c, m->room_for, sizeof(*p.heard));
    if (!p.rows || !p.heard)
        return FAIL(c, TOO_LARGE, "the events do not fit the memory");
    m->people[m->n_people++] = p;
    return ERR_OK;
}

/* The first is the one that `start` tells of, and who is meant where nobody is named. */
static struct person *person_of(struct bias_monitor *m, struct str name)
{
    if (!name.p)
        return &m->people[0];
    for (size_t i = 0; i < m->n_people; i++)
        if (str_eq(m->people[i].name, name))
            return &m->people[i];
    return NULL;
}

static err add_people(struct ctx *c, struct bias_monitor *m, const struct bias_case *k)
{
    static const struct bias_opening fresh = { .last_strike_us = BIAS_NEVER };
    struct str first = { 0 };
    for (size_t i = 0; i < k->n && !first.p; i++)
        first = k->events[i].evaluator;
    TRY(add_person(c, m, first, &k->opening));
    for (size_t i = 0; i < k->n; i++)
        if (!person_of(m, k->events[i].evaluator))
            TRY(add_person(c, m, k->events[i].evaluator, &fresh));
    return ERR_OK;
}

err bias_monitor_open(struct ctx *c, const struct bias_case *k, struct bias_monitor **ret)
{
    struct bias_monitor *m = arena_new(c->mem, struct bias_monitor);
    m->settings = k->settings;
    m->room_for = k->n;
    m->scratch = arena_open(c->mem, SCRATCH_MAX);
    m->rooms = array_try(c, k->n, sizeof(*m->rooms));
    m->stored = array_try(c, k->n, sizeof(*m->stored));
    if (!m->rooms || !m->stored)
        return FAIL(c, TOO_LARGE, "the events do not fit the memory");
    TRY(add_people(c, m, k));
    *ret = m;
    return ERR_OK;
}

static struct bias_ledger ledger_of(const struct person *p)
{
    return (struct bias_ledger){ p->opening, p->rows, p->n_rows };
}

struct bias_ledger bias_monitor_ledger(const struct bias_monitor *m)
{
    return ledger_of(&m->people[0]);
}

static struct room *room_of(struct bias_monitor *m, struct str interview)
{
    for (size_t i = 0; i < m->n_rooms; i++)
        if (str_eq(m->rooms[i].interview, interview))
            return &m->rooms[i];
    m->rooms[m->n_rooms] =
        (struct room){ .interview = interview, .is = { .warning_delivered_us = BIAS_NEVER } };
    return &m->rooms[m->n_rooms++];
}

static struct stored *stored_of(struct bias_monitor *m, struct str analysis)
{
    for (size_t i = 0; analysis.p && i < m->n_stored; i++)
        if (str_eq(m->stored[i].analysis, analysis))
            return &m->stored[i];
    return NULL;
}

/* The rooms where this evaluator has spoken. */
static void close_rooms(struct bias_monitor *m, const struct person *p)
{
    for (size_t i = 0; i < m->n_stored; i++)
        if (m->stored[i].who == p)
            room_of(m, m->stored[i].interview)->is.terminated = true;
}

static void keep(struct bias_monitor *m, struct person *p, const struct bias_analysis *a,
                 const struct bias_outcome *o)
{
    if (o->points > 0)
        p->rows[p->n_rows++] = (struct bias_row){ .kind = ROW_POINTS,
                                                  .points = o->points,
                                                  .t_us = a->t_us,
                                                  .cycle = a->cycle,
                                                  .interview = a->interview,
                                                  .incident = o->incident };
    if (o->response >= RESPOND_INFO && o->response <= RESPOND_BLOCK)
        p->heard[p->n_heard++] = (struct bias_heard){ .interview = a->interview,
                                                      .text = a->text,
                                                      .incident = o->incident,
                                                      .t_us = a->t_us,
                                                      .severity = a->severity,
                                                      .points = o->incident_points };
    m->stored[m->n_stored++] = (struct stored){
        .analysis = a->id, .interview = a->interview, .cycle = a->cycle, .who = p, .o = *o
    };
}

static err analyse(struct ctx *c, struct bias_monitor *m, struct person *p,
                   const struct bias_event *e, struct bias_happened *ret)
{
    const struct stored *before = stored_of(m, e->a.id);
    if (before) { /* V2 */
        ret->o = before->o;
        ret->o.replay = true;
        return ERR_OK;
    }
    struct room *room = room_of(m, e->interview);
    const struct bias_facts facts = {
        .ledger = ledger_of(p), .heard = p->heard, .n_heard = p->n_heard, .room = room->is
    };
    TRY(bias_decide(c, &m->settings, &facts, &e->a, &ret->o));
    room->is.terminated |= ret->o.terminated;
    room->is.paused |= ret->o.paused;
    keep(m, p, &e->a, &ret->o);
    if (ret->o.closes_rooms)
        close_rooms(m, p);
    return ERR_OK;
}

static void refuse(struct bias_happened *h, const char *what)
{
    h->error = true;
    h->what = what;
}

/* An incident by any of its analyses, else an interview, else all that the evaluator has. */
static void overturn(struct bias_monitor *m, struct person *p, const struct bias_event *e,
                     struct bias_happened *ret)
{
    const struct stored *named = stored_of(m, e->a.id);
    if (e->a.id.p && !named) {
        refuse(ret, "analysis is not known");
        return;
    }
    if (named)
        p = named->who;
    for (size_t i = 0; i < p->n_rows; i++) {
        struct bias_row *row = &p->rows[i];
        if (row->kind != ROW_POINTS || (named && !str_eq(row->incident, named->o.incident)) ||
            (!named && e->interview.p && !str_eq(row->interview, e->interview)))
            continue;
        row->is_void = true;
    }
}

static void complete_cycle(struct bias_monitor *m, const struct bias_event *e)
{
    for (size_t i = 0; i < m->n_people; i++) {
        struct person *p = &m->people[i];
        p->rows[p->n_rows++] =
            (struct bias_row){ .kind = ROW_CYCLE_COMPLETED, .t_us = e->t_us, .cycle = e->cycle };
    }
}

static void delivered(struct bias_monitor *m, const struct bias_event *e)
{
    struct bias_room *room = &room_of(m, e->interview)->is;
    if (room->warning_delivered_us == BIAS_NEVER || e->t_us < room->warning_delivered_us)
        room->warning_delivered_us = e->t_us;
}

static void decide_pause(struct bias_monitor *m, const struct bias_event *e,
                         struct bias_happened *ret)
{
    struct bias_room *room = &room_of(m, e->interview)->is;
    if (!room->paused) {
        refuse(ret, "interview is not paused");
        return;
    }
    room->paused = false;
    room->terminated |= e->kind == EVENT_TERMINATE;
}

static bool is_review(const struct bias_event *e)
{
    return e->kind == EVENT_OVERTURN || e->kind == EVENT_REINSTATE || e->kind == EVENT_CONFIRM;
}

static void act(struct bias_monitor *m, struct person *p, const struct bias_event *e,
                struct bias_happened *ret)
{
    if (is_review(e) && e->by.p && str_eq(e->by, p->name)) {
        refuse(ret, "nobody reviews an incident of their own");
        return;
    }
    if (e->kind == EVENT_OVERTURN)
        overturn(m, p, e, ret);
    else if (e->kind == EVENT_REINSTATE)
        p->rows[p->n_rows++] = (struct bias_row){ .kind = ROW_REINSTATE, .t_us = e->t_us };
    else if (e->kind == EVENT_CYCLE_COMPLETED)
        complete_cycle(m, e);
    else if (e->kind == EVENT_DELIVERED)
        delivered(m, e);
    else if (e->kind == EVENT_RESUME || e->kind == EVENT_TERMINATE)
        decide_pause(m, e, ret);
}

/* What the counters are after an act: of the incident's interview and cycle when it names one. */
static err count_after(struct ctx *c, struct bias_monitor *m, const struct person *p,
                       const struct bias_event *e, struct bias_happened *h)
{
    const struct stored *named = stored_of(m, e->a.id);
    struct bias_analysis about = { .interview = e->interview, .cycle = e->cycle };
    if (named && !e->bad) {
        p = named->who;
        about.interview = named->interview;
        about.cycle = named->cycle;
    }
    const struct bias_ledger l = ledger_of(p);
    return bias_count(c, &m->settings, &l, e->t_us, about.cycle.p ? &about : NULL, &h->o.counts);
}

static err happen(struct ctx *c, struct bias_monitor *m, const struct bias_event *e,
                  struct bias_happened *ret)
{
    struct bias_happened h = { 0 };
    struct person *p = person_of(m, e->evaluator);
    if (e->kind == EVENT_ANALYSE && !e->bad) {
        TRY(analyse(c, m, p, e, &h));
        *ret = h;
        return ERR_OK;
    }
    if (e->bad)
        refuse(&h, e->bad); /* V1 */
    else
        act(m, p, e, &h);
    TRY(count_after(c, m, p, e, &h));
    if (e->interview.p) {
        const struct bias_room *room = &room_of(m, e->interview)->is;
        h.o.terminated = room->terminated;
        h.o.paused = room->paused;
    }
    *ret = h;
    return ERR_OK;
}

err bias_monitor_event(struct ctx *c, struct bias_monitor *m, const struct bias_event *e,
                       struct bias_happened *ret)
{
    struct ctx inner = *c;
    inner.mem = m->scratch;
    const err code = happen(&inner, m, e, ret);
    c->fault = inner.fault;
    arena_reset(m->scratch);
    return code;
}
