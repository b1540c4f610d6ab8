/* Nudges: read from their rows, sent at least once in order, acknowledged in the row. */
#include "base/str.h"
#include "codec/json.h"
#include "live/room.h"

enum { DELIVERED_MAX = 64 };

/* The socket on which the evaluator is told; NULL: none is open. */
static struct entry *target(const struct room *r)
{
    const struct peer *p = &r->peers[ROOM_EVALUATOR];
    if (!p->used)
        return NULL;
    if (p->at[LIVE_NUDGES])
        return p->at[LIVE_NUDGES];
    struct entry *e = p->at[LIVE_SIGNAL];
    return e && e->v1 && e->joined ? e : NULL;
}

static bool was_sent(const struct room *r, int64_t id)
{
    uint32_t n = r->n_sent < SENT_NUDGES ? r->n_sent : SENT_NUDGES;
    for (uint32_t i = 0; i < n; i++)
        if (r->sent[i] == id)
            return true;
    return false;
}

static bool send_original(struct entry *e, struct home *h, const struct live_nudge *n)
{
    struct buf *b = &h->text;
    buf_clear(b);
    buf_fmt(b, "{\"nudge_id\":%lld,\"nudge_type\":", (long long)n->id);
    json_write_str(b, n->nudge_type);
    buf_lit(b, ",\"message\":");
    json_write_str(b, n->message);
    buf_lit(b, ",\"severity\":");
    json_write_str(b, n->severity);
    if (n->duration_ms > 0)
        buf_fmt(b, ",\"display_duration\":%lld}", (long long)(n->duration_ms / 1000));
    else
        buf_lit(b, ",\"display_duration\":null}");
    return say_original(e, buf_view(b), WS_NEEDED);
}

/* On the signalling socket it has a number, so that a page which resumes gets what it missed. */
static bool send_nudge(struct entry *e, struct room *r, const struct live_nudge *n)
{
    if (!e->v1)
        return send_original(e, r->home, n);
    const struct say_nudge body = {
        .id = n->id,
        .nudge_type = n->nudge_type,
        .severity = n->severity,
        .message = n->message,
        .duration_ms = n->duration_ms > 0 ? n->duration_ms : SCHEMA_NULL_I64,
        .requires_ack = n->requires_ack,
        .quote = n->quote,
        .replaces = n->replaces > 0 ? n->replaces : SCHEMA_NULL_I64,
    };
    return e->path == LIVE_SIGNAL ? say_to(r, e->peer, SAY_NUDGE, &body, WS_NEEDED)
                                  : say_once(e, SAY_NUDGE, &body);
}

struct delivered {
    int64_t ids[DELIVERED_MAX];
    uint32_t n;
    struct str admin_id;
};

static err run_delivered(struct live_job *j)
{
    const struct delivered *d = j->arg;
    for (uint32_t i = 0; i < d->n; i++)
        TRY(j->live->o.port->delivered(&j->ctx, d->ids[i], d->admin_id));
    return ERR_OK;
}

static struct delivered *begin_delivered(struct room *r, struct live_job **ret)
{
    struct live_job *j = job_new(r->home, r->id);
    struct delivered *d = arena_new(j->mem, struct delivered);
    j->run = run_delivered;
    j->arg = d;
    d->admin_id = str_keep(j->mem, str_of(r->peers[ROOM_EVALUATOR].who));
    *ret = j;
    return d;
}

struct fetch {
    int64_t after;
    struct str admin_id;
    struct list rows;
};

static err run_fetch(struct live_job *j)
{
    struct fetch *f = j->arg;
    return j->live->o.port->nudges(&j->ctx, j->room_id, f->admin_id, f->after, &f->rows);
}

/* Sends what was not sent yet and notes that it was. What could not be marked comes again with the
 * next connection: at least once. */
static void deliver(struct room *r, struct entry *e, const struct fetch *f)
{
    const struct live_nudge *v = f->rows.v;
    struct live_job *j;
    struct delivered *d = begin_delivered(r, &j);
    for (size_t i = 0; i < f->rows.n && d->n < DELIVERED_MAX; i++) {
        if (was_sent(r, v[i].id))
            continue;
        if (!send_nudge(e, r, &v[i]))
            break;
        r->sent[r->n_sent++ % SENT_NUDGES] = v[i].id;
        d->ids[d->n++] = v[i].id;
        live_count(&r->home->n_nudges, 1);
    }
    if (d->n)
        standing_fetch(r);
    if (d->n && r->home->live->o.port->delivered)
        (void)job_start(j);
    else
        arena_close(j->mem);
}

static void fetched(struct live_job *j, struct room *r)
{
    const struct fetch *f = j->arg;
    if (!r)
        return;
    r->fetching = false;
    struct entry *e = target(r);
    if (j->e != ERR_OK)
        r->again = true; /* the sweep tries again */
    else if (e && str_eq(f->admin_id, str_of(r->peers[ROOM_EVALUATOR].who)))
        deliver(r, e, f);
    if (r->again && j->e == ERR_OK)
        nudge_fetch(r, -1);
    if (r->ending && !r->fetching)
        room_end(r, LIVE_END_BLOCK);
}

void nudge_fetch(struct room *r, int64_t after)
{
    const struct live_port *port = r->home->live->o.port;
    if (!port || !port->nudges || r->ended || !target(r))
        return;
    if (r->fetching) {
        r->again = true;
        return;
    }
    struct live_job *j = job_new(r->home, r->id);
    struct fetch *f = arena_new(j->mem, struct fetch);
    f->after = after;
    f->admin_id = str_keep(j->mem, str_of(r->peers[ROOM_EVALUATOR].who));
    j->arg = f;
    j->run = run_fetch;
    j->done = fetched;
    r->again = false;
    r->fetching = job_start(j);
    r->again = !r->fetching;
}

void nudge_opened(struct entry *e)
{
    struct room *r = e->room;
    r->n_sent = 0; /* a new page knows of none */
    if (r->fetching && e->after >= 0)
        r->fetching = false; /* the answer on its way is of another question; ids tell doubles */
    nudge_fetch(r, e->after);
}

struct acked {
    int64_t nudge_id;
    struct str admin_id;
    struct ws_id socket;
};

static err run_ack(struct live_job *j)
{
    const struct acked *a = j->arg;
    return j->live->o.port->acknowledge(&j->ctx, a->nudge_id, a->admin_id);
}

static struct entry *entry_by(struct room *r, struct ws_id id)
{
    struct peer *p = &r->peers[ROOM_EVALUATOR];
    for (int i = 0; p->used && i < LIVE_PATHS; i++) {
        struct entry *e = p->at[i];
        if (e && ws_id_of(e->ws).generation == id.generation && ws_id_of(e->ws).slot == id.slot)
            return e;
    }
    return NULL;
}

static void acknowledged(struct live_job *j, struct room *r)
{
    const struct acked *a = j->arg;
    struct entry *e = r ? entry_by(r, a->socket) : NULL;
    if (!e)
        return;
    if (j->e == ERR_NOT_FOUND || j->e == ERR_FORBIDDEN) {
        say_error(e, "unknown_nudge", "no nudge of yours");
    } else if (j->e != ERR_OK) {
        say_error(e, "unavailable", "try again");
    } else if (e->v1) {
        const struct say_ack body = { a->nudge_id };
        (void)say_once(e, SAY_ACKED, &body);
    } else {
        struct buf *b = &r->home->text;
        buf_clear(b);
        buf_fmt(b, "{\"status\":\"acknowledged\",\"nudge_id\":%lld}", (long long)a->nudge_id);
        (void)say_original(e, buf_view(b), WS_NEEDED);
    }
}

void nudge_ack(struct entry *e, int64_t nudge_id)
{
    const struct live_port *port = e->live->o.port;
    if (!port || !port->acknowledge) {
        say_error(e, "unknown_nudge", "no nudge of yours");
        return;
    }
    struct live_job *j = job_new(e->room->home, e->room->id);
    struct acked *a = arena_new(j->mem, struct acked);
    *a = (struct acked){ nudge_id, str_keep(j->mem, str_of(e->who)), ws_id_of(e->ws) };
    j->arg = a;
    j->run = run_ack;
    j->done = acknowledged;
    if (!job_start(j))
        say_error(e, "unavailable", "try again");
}

/* {"type":"acknowledge","nudge_id":n} of an original client. */
static bool read_original(struct entry *e, struct str text, int64_t *ret_id)
{
    struct home *h = e->room->home;
    struct ctx c;
    struct say_head head = { 0 };
    struct say_ack ack = { 0 };
    arena_reset(h->mem);
    ctx_init(&c, h->mem, e->live->o.deps, 0);
    if (schema_decode(&c, &say_head_schema, text, &head, NULL) != ERR_OK ||
        !str_eq(head.type, S("acknowledge")) ||
        schema_decode(&c, messages[SAY_ACK].schema, text, &ack, NULL) != ERR_OK)
        return false;
    *ret_id = ack.nudge_id;
    return true;
}

void nudge_text(struct entry *e, struct str text)
{
    struct said s;
    int64_t id;
    if (!e->v1) {
        if (says_within(e, 1) && read_original(e, text, &id))
            nudge_ack(e, id);
        return;
    }
    if (!talk_read(e, text, &s))
        return;
    if (s.what == SAY_PING)
        (void)say_once(e, SAY_PONG, NULL);
    else
        nudge_ack(e, ((const struct say_ack *)s.body)->nudge_id);
}

struct standing {
    struct str admin_id;
    struct live_standing is;
};

static err run_standing(struct live_job *j)
{
    struct standing *s = j->arg;
    return j->live->o.port->standing(&j->ctx, j->room_id, s->admin_id, &s->is);
}

static void standing_known(struct live_job *j, struct room *r)
{
    const struct standing *s = j->arg;
    struct peer *p = r ? room_peer(r, ROOM_EVALUATOR, NULL) : NULL;
    if (!p || j->e != ERR_OK)
        return;
    const struct say_status body = { s->is.strikes, s->is.status };
    (void)say_to(r, p, SAY_STATUS, &body, WS_NEEDED);
}

void standing_fetch(struct room *r)
{
    const struct live_port *port = r->home->live->o.port;
    if (!port || !port->standing)
        return;
    struct live_job *j = job_new(r->home, r->id);
    struct standing *s = arena_new(j->mem, struct standing);
    s->admin_id = str_keep(j->mem, str_of(r->peers[ROOM_EVALUATOR].who));
    j->arg = s;
    j->run = run_standing;
    j->done = standing_known;
    (void)job_start(j);
}
