/* The way to the model: a ring of ids that this process has taken in, rows whose lease is over, and
 * those that wait for a model to come back; all through one drive of the graph `bias`. */
#include "service/bias_queue.h"

#include <pthread.h>
#include <stdatomic.h>

#include "base/log.h"
#include "base/str.h"
#include "codec/base64.h"
#include "service/bias_inner.h"
#include "workflow/drive.h"
#include "workflow/inbox.h"

enum {
    OWNER_N = 8, /* random bytes */
    CLAIM_MAX = 64,
    LOOK_EVERY_MS = 1000, /* for rows of processes that died, and for those put off */
    KEEP_MS = 100,
    WORK_MEM_MAX = 32 << 20
};
static const int64_t second_us = 1000000, ms_us = 1000;

struct bias_queue {
    struct bias_queue_options o;
    struct bias_models models;
    struct bias_port port;
    char owner[2 * OWNER_N + 1];
    pthread_mutex_t lock;
    struct inbox *in; /* of the drive under way */
    int64_t ring[BIAS_QUEUE_MAX];
    size_t first, n;
    int64_t looked_us, asked_us; /* monotonic: the last look; the last question while it is ill */
    atomic_bool stop;
};

static int64_t mono_us(const struct ctx *c)
{
    return c->deps->clock->mono_us(c->deps->clock->self);
}

static void fresh(struct ctx *c)
{
    c->now_us = c->deps->clock->now_us(c->deps->clock->self);
}

/* A full ring is no loss: the row is found again when its lease is over. */
static void push(struct bias_queue *q, int64_t id)
{
    pthread_mutex_lock(&q->lock);
    if (q->n < BIAS_QUEUE_MAX)
        q->ring[(q->first + q->n++) % BIAS_QUEUE_MAX] = id;
    if (q->in)
        inbox_wake(q->in);
    pthread_mutex_unlock(&q->lock);
}

static bool pop(struct bias_queue *q, int64_t *ret)
{
    pthread_mutex_lock(&q->lock);
    const bool some = q->n > 0;
    if (some) {
        *ret = q->ring[q->first];
        q->first = (q->first + 1) % BIAS_QUEUE_MAX;
        q->n--;
    }
    pthread_mutex_unlock(&q->lock);
    return some;
}

static void wake(void *self, int64_t analysis_id)
{
    push(self, analysis_id);
}

static bool away(void *self)
{
    const struct bias_queue *q = self;
    return q->o.broken && q->o.broken(q->o.arg);
}

struct load_call {
    struct bias_queue *q;
    int64_t id;
    struct bias_run run;
    bool found;
};

static err load_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct load_call *l = arg;
    return bias_run_load(c, tx, l->id, &l->run, &l->found);
}

static err start_run(struct ctx *c, struct bias_queue *q, struct load_call *l,
                     struct graph_start *ret)
{
    struct bias_run *run = arena_new(c->mem, struct bias_run);
    ret->at = BIAS_ANALYZE;
    *run = l->run;
    if (l->run.row.checkpoint.p) {
        TRY(graph_checkpoint_read(c, &bias_graph, l->run.row.checkpoint, run, &ret->at,
                                  &ret->steps));
        run->row = l->run.row;
        run->context = l->run.context;
    }
    run->models = &q->models;
    ret->key = str_fmt(c->mem, "%lld", (long long)l->id);
    ret->state = run;
    return ERR_OK;
}

/* A row that cannot be read now is left to its lease. */
static err next_item(void *self, struct ctx *c, struct graph_start *ret, bool *ret_more)
{
    struct load_call l = { .q = self };
    fresh(c);
    while (!atomic_load(&l.q->stop) && pop(l.q, &l.id)) {
        err e = tx_run(c, TX_READ, load_tx, &l);
        const bool open = l.run.row.state == ANALYSIS_WAITING || l.run.row.state == ANALYSIS_LATER;
        if (e == ERR_OK && l.found && open)
            e = start_run(c, l.q, &l, ret);
        else
            l.found = false;
        if (e != ERR_OK) {
            log_event(c->deps->log, LOG_WARNING, "bias.load_failed", LOG_Z("why", c->fault.text));
            fault_clear(c);
            continue;
        }
        if (!l.found)
            continue;
        *ret_more = true;
        return ERR_OK;
    }
    return ERR_OK;
}

struct save_call {
    const struct graph_mark *marks;
    size_t n;
};

static err save_tx(struct ctx *c, struct tx *tx, void *arg)
{
    const struct save_call *s = arg;
    for (size_t i = 0; i < s->n; i++) {
        const struct bias_run *run = s->marks[i].state;
        struct str text;
        TRY(graph_checkpoint_write(c, &bias_graph, &s->marks[i], &text));
        TRY(analysis_checkpoint(c, tx, run->row.id, text));
    }
    return ERR_OK;
}

/* Without it the answer is only asked for again after a crash. */
static err save(void *self, struct ctx *c, const struct graph_mark *marks, size_t n)
{
    struct save_call s = { marks, n };
    struct arena *mem = c->mem;
    (void)self;
    c->mem = arena_open(mem, WORK_MEM_MAX);
    if (tx_run(c, TX_WRITE, save_tx, &s) != ERR_OK) {
        log_event(c->deps->log, LOG_WARNING, "bias.save_failed", LOG_Z("why", c->fault.text));
        fault_clear(c);
    }
    arena_close(c->mem);
    c->mem = mem;
    return ERR_OK;
}

/* Nobody could be asked: the detector's word stands, and what is grave is asked about later. */
static void fall_back(const struct ctx *c, struct bias_run *run)
{
    const struct bias_settings *s = bias_rules(c);
    const bool grave =
        run->severity >= BIAS_MEDIUM && run->confidence_score >= s->nudge_threshold_low;
    const bool later = run->row.state == ANALYSIS_LATER;
    run->judgement = JUDGED_BY_RULES;
    run->stage =
        later || (grave && s->bias_fallback_max <= RESPOND_INFO) ? STAGE_LATER : STAGE_FINAL;
}

static err ended(void *self, struct ctx *c, const struct graph_mark *at,
                 const struct llm_failure *failure)
{
    struct bias_queue *q = self;
    struct bias_run *run = at->state;
    fresh(c);
    if (failure && (failure->kind == ERR_BUSY || atomic_load(&q->stop)))
        return ERR_OK; /* the program ends: the next process takes it up */
    if (failure && failure->unusable) {
        run->judgement = JUDGED_NOT;
        run->llm_model = q->models.model;
    } else if (failure) {
        fall_back(c, run);
    }
    if (bias_settle(c, run) != ERR_OK) {
        log_event(c->deps->log, LOG_WARNING, "bias.settle_failed", LOG_Z("why", c->fault.text));
        fault_clear(c);
    }
    return ERR_OK;
}

struct claim_call {
    struct bias_queue *q;
    enum analysis_state state;
    int64_t limit;
    struct list ids;
};

static err claim_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct claim_call *a = arg;
    const struct analysis_lease lease = { str_of(a->q->owner),
                                          c->now_us + BIAS_LEASE_SECONDS * second_us };
    return analysis_claim(c, tx, a->state, &lease, a->limit, &a->ids);
}

/* While the model is ill one question a look tells whether it is back. */
static err claim(struct ctx *c, struct bias_queue *q, enum analysis_state state)
{
    struct claim_call a = { .q = q, .state = state, .limit = away(q) ? 1 : CLAIM_MAX };
    TRY(tx_run(c, TX_WRITE, claim_tx, &a));
    const struct analysis_id *v = a.ids.v;
    for (size_t i = 0; i < a.ids.n; i++)
        push(q, v[i].id);
    return ERR_OK;
}

static err keep(void *self, struct ctx *c)
{
    struct bias_queue *q = self;
    const int64_t now_us = mono_us(c);
    struct arena *mem = c->mem;
    if (atomic_load(&q->stop) || now_us - q->looked_us < LOOK_EVERY_MS * ms_us)
        return ERR_OK;
    q->looked_us = now_us;
    fresh(c);
    c->mem = arena_open(mem, WORK_MEM_MAX);
    err e = claim(c, q, ANALYSIS_WAITING);
    if (e == ERR_OK)
        e = claim(c, q, ANALYSIS_LATER);
    if (e != ERR_OK) {
        log_event(c->deps->log, LOG_WARNING, "bias.claim_failed", LOG_Z("why", c->fault.text));
        fault_clear(c);
    }
    arena_close(c->mem);
    c->mem = mem;
    return ERR_OK;
}

static bool stays(void *self)
{
    struct bias_queue *q = self;
    return !atomic_load(&q->stop);
}

static void opened(void *self, struct inbox *in)
{
    struct bias_queue *q = self;
    pthread_mutex_lock(&q->lock);
    q->in = in;
    pthread_mutex_unlock(&q->lock);
}

err bias_queue_open(struct ctx *c, const struct bias_queue_options *o, struct bias_queue **ret)
{
    unsigned char id[OWNER_N];
    struct buf b;
    struct bias_queue *q = calloc(1, sizeof(*q));
    if (!q)
        return FAIL(c, INTERNAL, "out of memory");
    q->o = *o;
    q->models = (struct bias_models){ o->model, o->prompt, o->timeout_ms };
    ctx_random(c, id, sizeof(id));
    buf_init(&b, c->mem, sizeof(q->owner));
    hex_write(&b, id, sizeof(id));
    snprintf(q->owner, sizeof(q->owner), "%.*s", (int)b.n, b.p);
    pthread_mutex_init(&q->lock, NULL);
    q->port = (struct bias_port){ q, str_of(q->owner), wake, away };
    *ret = q;
    return ERR_OK;
}

const struct bias_port *bias_queue_port(struct bias_queue *q)
{
    return &q->port;
}

err bias_queue_drive(struct ctx *c, struct bias_queue *q)
{
    const struct graph_source source = { .self = q,
                                         .next = next_item,
                                         .save = save,
                                         .ended = ended,
                                         .keep = keep,
                                         .stays = stays,
                                         .opened = opened };
    const struct graph_drive d = { .graph = &bias_graph,
                                   .llm = q->o.llm,
                                   .source = &source,
                                   .in_flight_max = BIAS_IN_FLIGHT,
                                   .keep_ms = KEEP_MS };
    return graph_drive(c, &d);
}

void bias_queue_stop(struct bias_queue *q)
{
    atomic_store(&q->stop, true);
    pthread_mutex_lock(&q->lock);
    if (q->in)
        inbox_wake(q->in);
    pthread_mutex_unlock(&q->lock);
}

void bias_queue_close(struct bias_queue *q)
{
    if (!q)
        return;
    pthread_mutex_destroy(&q->lock);
    free(q);
}
