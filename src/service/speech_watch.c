/* Who listens to which evaluator, kept in rows: what a process that is gone heard and did not write
 * down, and the time until somebody listens again, is a gap of the monitoring. */
#include "base/log.h"
#include "base/str.h"
#include "repo/watch_repo.h"
#include "service/bias_watch.h"
#include "service/speech_inner.h"

enum { SECOND_US = 1000000, WATCH_ID_TEXT = 24 };
static const int64_t minute_us = INT64_C(60) * SECOND_US;

struct keep_call {
    struct str owner, ids;
    struct watch_row *rows;
    size_t n;
    int64_t now_us;
    bool all;
    struct list others; /* struct watch_left */
};

static err others_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct keep_call *q = arg;
    return watch_of_others(c, tx, q->owner, q->ids, &q->others);
}

static err keep_tx(struct ctx *c, struct tx *tx, void *arg)
{
    const struct keep_call *q = arg;
    if (q->n)
        TRY(watch_put(c, tx, q->rows, q->n));
    return q->all ? watch_drop(c, tx, q->owner, q->now_us) : ERR_OK;
}

static err take_tx(struct ctx *c, struct tx *tx, void *arg)
{
    const struct watch_left *w = arg;
    const int64_t slot_end = w->interview_time + w->duration_minutes * minute_us;
    int64_t end = w->completed_at ? w->completed_at : w->cancelled_at;
    bool taken = false;
    if (!end) /* nobody knows how long they talked on: no longer than the slot, or than was seen */
        end = slot_end > w->seen_at ? slot_end : w->seen_at;
    end = end < c->now_us ? end : c->now_us;
    TRY(watch_take(c, tx, w, &taken));
    if (!taken || end <= w->settled_at)
        return ERR_OK;
    return bias_gap_in(c, tx, w->interview_id, w->settled_at,
                       (end - w->settled_at + SECOND_US - 1) / SECOND_US);
}

static err take_all(struct ctx *c, const struct list *left)
{
    struct watch_left *v = left->v;
    for (size_t i = 0; i < left->n; i++) {
        TRY(tx_run(c, TX_WRITE, take_tx, &v[i]));
        log_event(c->deps->log, LOG_WARNING, "monitoring.lost",
                  LOG_I("interview_id", v[i].interview_id));
    }
    return ERR_OK;
}

/* What waits in the queue is not settled, whether its room is still here or not. */
static size_t add_queued(struct speech_queue *q, struct watch_row *rows, size_t n, size_t max)
{
    pthread_mutex_lock(&q->lock);
    for (const struct speech_item *i = q->first; i; i = i->next) {
        size_t at = i->evaluator ? 0 : max;
        while (at < n && rows[at].interview_id != i->interview_id)
            at++;
        if (at == max)
            continue;
        if (at == n)
            rows[n++] =
                (struct watch_row){ .interview_id = i->interview_id, .settled_at = i->begin_us };
        else if (i->begin_us < rows[at].settled_at)
            rows[at].settled_at = i->begin_us;
    }
    pthread_mutex_unlock(&q->lock);
    return n;
}

static struct str ids_of(struct ctx *c, const struct watch_row *rows, size_t n)
{
    struct buf b;
    buf_init(&b, c->mem, (n + 1) * WATCH_ID_TEXT);
    buf_c(&b, '[');
    for (size_t i = 0; i < n; i++)
        buf_fmt(&b, "%s%lld", i ? "," : "", (long long)rows[i].interview_id);
    buf_c(&b, ']');
    return buf_view(&b);
}

err speech_watch_keep(struct ctx *c, struct str owner, const struct speech_watch *v, size_t n,
                      bool all)
{
    const size_t max = n + (all ? SPEECH_ITEMS_MAX : 0);
    struct keep_call q = { .owner = owner, .now_us = c->now_us, .all = all, .n = n };
    q.rows = arena_array(c->mem, struct watch_row, max + 1);
    for (size_t i = 0; i < n; i++)
        q.rows[i] =
            (struct watch_row){ .interview_id = v[i].interview_id, .settled_at = v[i].settled_us };
    if (c->deps->speech)
        q.n = add_queued(c->deps->speech, q.rows, n, max);
    for (size_t i = 0; i < q.n; i++) {
        q.rows[i].owner = owner;
        q.rows[i].seen_at = c->now_us;
    }
    if (q.n) {
        q.ids = ids_of(c, q.rows, q.n);
        TRY(tx_run(c, TX_READ, others_tx, &q));
        TRY(take_all(c, &q.others));
    }
    return tx_run(c, TX_WRITE, keep_tx, &q);
}

struct gone_call {
    int64_t before;
    struct list rows;
};

static err gone_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct gone_call *q = arg;
    return watch_left(c, tx, S(""), q->before, &q->rows);
}

err speech_watch_recover(struct ctx *c, bool alone)
{
    struct gone_call q = { .before =
                               c->now_us - (alone ? 0 : SPEECH_GONE_SECONDS * (int64_t)SECOND_US) };
    TRY(tx_run(c, TX_READ, gone_tx, &q));
    return take_all(c, &q.rows);
}
