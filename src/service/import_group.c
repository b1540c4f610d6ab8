/* One group of an import: look up, judge, store. */
#include "service/import_group.h"

#include "base/str.h"
#include "codec/json.h"
#include "service/cycle_support.h"

#include <math.h>

enum { ERROR_LOG_MAX = 16384 };
#define TOTAL_SLACK 0.5 /* points that a sent total may be off before it is remarked */

void import_note(struct import_work *w, int64_t line, struct str anonymized_id, struct str why)
{
    if (w->n_errors == IMPORT_ERRORS_MAX)
        return;
    struct str id = anonymized_id.p ? str_keep(w->keep, anonymized_id) : anonymized_id;
    w->errors[w->n_errors++] = (struct import_line_error){ line, id, str_keep(w->keep, why) };
}

static void refuse(struct import_item *item, const char *why)
{
    item->fate = IMPORT_REFUSED;
    item->why = why;
}

/* A line that the Judge has refused before, word for word, is not put to it again. */
static err look_past(struct ctx *c, struct tx *tx, struct import_item *item)
{
    const struct eval_source *s = &item->source;
    const struct worker_opinion *o = &item->evaluation->attempts[0].work;
    struct eval_past past;
    bool found = false;
    TRY(eval_past_get(c, tx, s->anonymized_id, s->prior, &past, &found));
    bool same = found && past.academic == o->academic && past.test == o->test &&
                past.achievement == o->achievement && past.essay == o->essay &&
                str_eq(past.explanation, o->explanation);
    if (same || s->prior >= ATTEMPTS_MAX) {
        item->fate = IMPORT_HELD_BEFORE;
        item->why = same ? "the same marks wait for a person already"
                         : "it has had its attempts and waits for a person";
    }
    return ERR_OK;
}

static err look_up(struct ctx *c, struct tx *tx, const struct import_work *w,
                   struct import_item *item)
{
    bool found = false;
    item->fate = IMPORT_STORE;
    item->why = NULL;
    TRY(eval_source_get(c, tx, w->batch.cycle_id, item->in.anonymized_id, &item->source, &found));
    if (!found) {
        refuse(item, "no such application in this cycle");
        return ERR_OK;
    }
    struct str status = item->source.status;
    bool open = str_eq(status, S("batch_ready")) || str_eq(status, S("processing"));
    if (str_eq(status, S("scored")) || str_eq(status, S("shortlisted")) ||
        str_eq(status, S("selected")) || str_eq(status, S("not_selected")) ||
        str_eq(status, S("published")))
        item->fate = IMPORT_ALREADY;
    else if (!open || w->read_only)
        refuse(item, "the application is not ready for a score");
    if (item->fate != IMPORT_STORE)
        return ERR_OK;
    if (item->source.prior > 0)
        TRY(look_past(c, tx, item));
    if (item->fate != IMPORT_STORE)
        return ERR_OK;
    item->evaluation->anonymized_id = item->source.anonymized_id;
    if (evaluation_key(c, &item->source, item->evaluation) == ERR_OK)
        return ERR_OK;
    fault_clear(c); /* this one cannot be logged; the others can */
    refuse(item, "its key cannot be opened");
    return ERR_OK;
}

struct group_call {
    struct import_work *w;
    struct import_group *g;
    int64_t stored, held; /* of this try */
};

static err read_tx(struct ctx *c, struct tx *tx, void *arg)
{
    const struct group_call *q = arg;
    for (size_t i = 0; i < q->g->n; i++)
        TRY(look_up(c, tx, q->w, &q->g->items[i]));
    return ERR_OK;
}

static struct evaluation_origin origin_of(const struct import_work *w)
{
    return (struct evaluation_origin){ w->batch.cycle_id, w->batch.batch_id, w->by, w->model };
}

static err judge_items(struct ctx *c, const struct group_call *q)
{
    const struct evaluation_origin o = origin_of(q->w);
    for (size_t i = 0; i < q->g->n; i++) {
        struct import_item *item = &q->g->items[i];
        if (item->fate != IMPORT_STORE)
            continue;
        const struct worker_opinion work = item->evaluation->attempts[0].work;
        TRY(evaluation_judge(c, q->w->by, &item->source, &work, item->evaluation));
        if (item->evaluation->failure)
            refuse(item, item->evaluation->failure);
        else
            TRY(evaluation_rows_make(c, c->mem, &o, item->evaluation));
    }
    return ERR_OK;
}

/* Once an import, with the first rows that it changes. */
static err log_import(struct ctx *c, struct tx *tx, struct audit_head *head,
                      const struct import_work *w)
{
    const struct audit_new n = {
        .act = "batch.import",
        .actor = audit_actor(c),
        .cycle = w->batch.cycle_id,
        .subj = str_fmt(c->mem, "cycle:%.*s", STR_ARG(w->batch.cycle_id)),
        .data = str_fmt(c->mem, "{\"batch\":%lld,\"count\":%lld,\"sha256\":\"%.*s\"}",
                        (long long)w->batch.batch_id, (long long)w->records, STR_ARG(w->sha256)),
    };
    return audit_append(c, tx, head, &n, NULL);
}

static err claim_item(struct ctx *c, struct tx *tx, struct group_call *q, struct import_item *item)
{
    bool free = false;
    TRY(evaluation_claim(c, tx, item->evaluation, &free));
    item->stored = free;
    if (free && item->evaluation->accepted)
        q->stored++;
    else if (free)
        q->held++;
    return ERR_OK;
}

static err store_items(struct ctx *c, struct tx *tx, const struct group_call *q)
{
    struct audit_head head = { 0 };
    const struct evaluation_origin o = origin_of(q->w);
    const struct evaluation **v = arena_try(c->mem, q->g->n + 1, sizeof(void *), _Alignof(void *));
    size_t n = 0;
    if (!v)
        return FAIL(c, TOO_LARGE, "The group is too large for its memory");
    for (size_t i = 0; i < q->g->n; i++)
        if (q->g->items[i].stored)
            v[n++] = q->g->items[i].evaluation;
    if (!q->w->logged)
        TRY(log_import(c, tx, &head, q->w));
    return evaluation_store(c, tx, &head, &o, v, n);
}

static err write_error_log(struct ctx *c, struct tx *tx, const struct group_call *q)
{
    struct batch_row now = { 0 };
    bool found = false;
    struct buf b;
    TRY(batch_load(c, tx, q->w->batch.batch_id, &now, &found));
    buf_init(&b, c->mem, ERROR_LOG_MAX);
    buf_str(&b, now.error_log);
    for (size_t i = 0; i < q->g->n; i++) {
        const struct import_item *item = &q->g->items[i];
        if (!item->stored || item->evaluation->accepted)
            continue;
        buf_fmt(&b, "%.*s: %s\n", STR_ARG(item->in.anonymized_id), item->evaluation->held);
    }
    return batch_set_error_log(c, tx, q->w->batch.batch_id, buf_view(&b));
}

static err write_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct group_call *q = arg;
    q->stored = q->held = 0;
    /* Not while a step moves the cycle on; imports beside each other settle by their rows. */
    TRY(cycle_lock(c, tx, q->w->batch.cycle_id, LOCK_SHARED));
    for (size_t i = 0; i < q->g->n; i++) {
        q->g->items[i].stored = false;
        if (q->g->items[i].fate == IMPORT_STORE)
            TRY(claim_item(c, tx, q, &q->g->items[i]));
    }
    if (q->stored + q->held == 0)
        return ERR_OK;
    TRY(store_items(c, tx, q));
    TRY(batch_progress(c, tx, q->w->batch.batch_id, q->stored, q->held, BATCH_RUNNING));
    return q->held > 0 ? write_error_log(c, tx, q) : ERR_OK;
}

static void remark_total(struct ctx *c, struct import_work *w, const struct import_item *item)
{
    int64_t total = item->evaluation->attempts[0].work.total;
    double sent = item->in.total_score;
    struct buf b;
    if (isnan(sent) || fabs(sent - (double)total / 100.0) <= TOTAL_SLACK)
        return;
    buf_init(&b, c->mem, 128);
    buf_lit(&b, "note: total_score ");
    json_write_f64(&b, sent);
    buf_lit(&b, " is not the weighted sum; stored as ");
    json_write_e2(&b, total);
    import_note(w, item->line, item->in.anonymized_id, buf_view(&b));
}

static void report_item(struct ctx *c, struct import_work *w, const struct import_item *item)
{
    struct import_report *r = &w->report;
    const char *why = item->why;
    if (item->fate == IMPORT_REFUSED) {
        r->rejected_count++;
    } else if (item->fate == IMPORT_HELD_BEFORE) {
        r->held_count++;
    } else if (item->fate == IMPORT_ALREADY || !item->stored) {
        r->already_count++;
    } else if (item->evaluation->accepted) {
        r->imported_count++;
        remark_total(c, w, item);
    } else {
        r->held_count++;
        why = item->evaluation->held;
    }
    if (why)
        import_note(w, item->line, item->in.anonymized_id, str_of(why));
}

static err prepare(struct ctx *c, struct import_group *g)
{
    for (size_t i = 0; i < g->n; i++) {
        struct import_item *item = &g->items[i];
        if (!item->evaluation) {
            item->evaluation = arena_new(c->mem, struct evaluation);
            item->evaluation->attempts = arena_array(c->mem, struct attempt, ATTEMPTS_MAX);
            TRY(import_line_opinion(c, &item->in, &item->evaluation->attempts[0].work));
        }
    }
    return ERR_OK;
}

err import_group_run(struct ctx *c, struct import_work *w, struct import_group *g)
{
    struct group_call q = { .w = w, .g = g };
    bool any = false;
    TRY(prepare(c, g));
    TRY(tx_run(c, TX_READ, read_tx, &q));
    TRY(judge_items(c, &q));
    for (size_t i = 0; i < g->n; i++)
        any = any || g->items[i].fate == IMPORT_STORE;
    if (any)
        TRY(tx_run(c, TX_WRITE, write_tx, &q));
    w->logged = w->logged || q.stored + q.held > 0;
    for (size_t i = 0; i < g->n; i++) {
        report_item(c, w, &g->items[i]);
        secret_wipe(g->items[i].evaluation->key, SUBJECT_KEY_N);
    }
    return ERR_OK;
}
