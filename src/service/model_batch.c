/* Files of questions: taken, sent, watched, fetched. */
#include "service/model_batch.h"

#include "base/str.h"
#include "codec/id.h"
#include "crypto/hash.h"
#include "domain/phase.h"
#include "repo/checkpoint_repo.h"
#include "service/cycle_support.h"
#include "service/model_batch_select.h"

enum {
    FILE_LINES_MAX = LLM_BATCH_LINES_MAX,
    FILE_BYTES_MAX =
        32 * 1000 * 1000, /* far below the API's limit: it is in memory while it is sent */
    LINE_BYTES_MAX = 1 << 20,
    LIST_MAX = 10000,
    FILES_MAX = 1000, /* of one submit */
    ERROR_MAX = 4000,
    HELD_MAX = 2000000
};

#define R struct model_batch_report
static const struct field report_fields[] = {
    FIELD_I64(R, submitted, .doc = "Files that were sent now."),
    FIELD_I64(R, outstanding, .doc = "Files that the endpoint works on."),
    FIELD_I64(R, fetched, .doc = "Files that were taken in now."),
    FIELD_I64(R, questions, .doc = "Questions that were sent now."),
    FIELD_I64(R, answers, .doc = "Answers that were taken in now."),
    FIELD_I64(R, refused, .doc = "Lines that were no use; they are asked again."),
    FIELD_STR(R, message, .doc = "What was done, in words."),
    FIELD_LIST(R, batches, .max = LIST_MAX, .of = &model_batch_schema, .doc = "All of the run."),
};
#undef R
SCHEMA(model_batch_report_schema, "ModelBatchReport", struct model_batch_report, report_fields);

struct work {
    int64_t batch_id;
    struct batch_row run;
    struct batch_asker asker;
    struct list rows; /* struct model_batch */
    struct openai_account used;
    struct model_batch_report out;
};

static err load_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct work *w = arg;
    bool found = false;
    TRY(batch_load(c, tx, w->batch_id, &w->run, &found));
    if (!found)
        return FAIL(c, NOT_FOUND, "Batch not found");
    TRY(openai_account_read(c, tx, w->run.cycle_id, &w->used));
    return model_batch_list(c, tx, w->batch_id, LIST_MAX, &w->rows);
}

static err begin(struct ctx *c, int64_t batch_id, struct work *w)
{
    *w = (struct work){ .batch_id = batch_id };
    TRY(tx_run(c, TX_READ, load_tx, w));
    if (!str_eq(w->run.provider, S("external")))
        return FAIL(c, BAD_REQUEST,
                    "This cycle is evaluated by '%.*s'; batches need `processing` with external",
                    STR_ARG(w->run.provider.p ? w->run.provider : S("nobody yet")));
    return open_asker(c, &w->asker);
}

static const struct llm_remote *remote_of(const struct work *w)
{
    return &w->asker.by->o.remote;
}

static err write_row_tx(struct ctx *c, struct tx *tx, void *arg)
{
    return model_batch_write(c, tx, arg);
}

static err write_row(struct ctx *c, struct model_batch *b)
{
    return tx_run(c, TX_WRITE, write_row_tx, b);
}

/* Which applications go into the next file: as many as it holds. */
struct take {
    const struct batch_asker *asker;
    struct list held; /* struct model_batch_item, by id: on their way already */
    struct arena *keep;
    struct model_batch_item *items;
    size_t n;
    struct model_batch row;
    size_t bytes;
    struct buf line;
};

static bool is_held(const struct take *t, struct str id)
{
    const struct model_batch_item *v = t->held.v;
    size_t from = 0, to = t->held.n;
    while (from < to) {
        const size_t mid = from + (to - from) / 2;
        const int order = str_cmp(v[mid].anonymized_id, id);
        if (order == 0)
            return true;
        if (order < 0)
            from = mid + 1;
        else
            to = mid;
    }
    return false;
}

static err measure(void *arg, struct ctx *c, struct str custom_id, const struct llm_request *q)
{
    struct take *t = arg;
    buf_clear(&t->line);
    llm_batch_write(&t->line, t->asker->by->o.api, custom_id, q);
    if (!buf_ok(&t->line))
        return FAIL(c, TOO_LARGE, "A question is too long for a batch");
    t->bytes += t->line.n;
    t->row.questions++;
    return ERR_OK;
}

static err take_item(void *arg, struct ctx *c, const struct batch_item *i, bool *io_more)
{
    struct take *t = arg;
    const int64_t questions = t->row.questions;
    const size_t bytes = t->bytes;
    const struct str id = i->source->anonymized_id;
    if (is_held(t, id))
        return ERR_OK;
    TRY(batch_item_questions(c, t->asker, i, measure, t));
    if (t->row.questions > FILE_LINES_MAX || t->bytes > FILE_BYTES_MAX) {
        t->row.questions = questions;
        t->bytes = bytes;
        *io_more = false;
        return ERR_OK;
    }
    t->items[t->n++] = (struct model_batch_item){ str_keep(t->keep, id), t->row.admission_cycle_id,
                                                  t->row.model_batch_id };
    return ERR_OK;
}

static err held_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct take *t = arg;
    return model_batch_held(c, tx, t->row.admission_cycle_id, HELD_MAX, &t->held);
}

static err take_tx(struct ctx *c, struct tx *tx, void *arg)
{
    const struct take *t = arg;
    struct cycle_row cycle;
    TRY(cycle_hold(c, tx, t->row.admission_cycle_id, &cycle));
    if (cycle.cycle.phase != PHASE_PROCESSING)
        return FAIL(c, PHASE, "Cycle is in phase '%s'; batches need 'processing'",
                    phase_names.v[cycle.cycle.phase]);
    TRY(model_batch_insert(c, tx, &t->row));
    return model_batch_hold(c, tx, t->items, t->n);
}

/* *ret_found false: nothing is left to ask in this pass. */
static err make_batch(struct ctx *c, const struct work *w, int32_t pass, struct model_batch *ret,
                      bool *ret_found)
{
    const struct eval_models *m = &w->asker.by->o.models;
    struct take t = {
        .asker = &w->asker,
        .keep = c->mem,
        .items = arena_array(c->mem, struct model_batch_item, FILE_LINES_MAX),
        .row = { .model_batch_id = id_sortable(c, "MBT_"),
                 .admission_cycle_id = w->run.cycle_id,
                 .batch_run_id = w->batch_id,
                 .pass = pass,
                 .model = pass == MODEL_PASS_JUDGE ? m->judge : m->worker,
                 .created_at = c->now_us },
    };
    *ret_found = false;
    TRY(tx_run(c, TX_READ, held_tx, &t));
    buf_init(&t.line, NULL, LINE_BYTES_MAX);
    err e = open_items(c, &w->asker, w->run.cycle_id, pass, take_item, &t);
    buf_done(&t.line);
    if (e == ERR_OK && t.n > 0)
        e = tx_run(c, TX_WRITE, take_tx, &t);
    TRY(e);
    *ret_found = t.n > 0;
    *ret = t.row;
    return ERR_OK;
}

/* The file of a batch, made of the applications that it holds: the same after a kill. */
struct file {
    const struct batch_asker *asker;
    struct str id;
    struct list items;
    struct buf text;
    int64_t lines;
};

static err items_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct file *f = arg;
    return model_batch_items(c, tx, f->id, FILE_LINES_MAX, &f->items);
}

static err put_line(void *arg, struct ctx *c, struct str custom_id, const struct llm_request *q)
{
    struct file *f = arg;
    llm_batch_write(&f->text, f->asker->by->o.api, custom_id, q);
    f->lines++;
    return buf_ok(&f->text) ? ERR_OK : FAIL(c, TOO_LARGE, "A file of questions is too large");
}

static err put_item(void *arg, struct ctx *c, const struct batch_item *i, bool *io_more)
{
    struct file *f = arg;
    const struct take t = { .held = f->items };
    (void)io_more;
    if (!is_held(&t, i->source->anonymized_id))
        return ERR_OK;
    return batch_item_questions(c, f->asker, i, put_line, f);
}

static err upload(struct ctx *c, const struct work *w, struct model_batch *b)
{
    struct file f = { .asker = &w->asker, .id = b->model_batch_id };
    TRY(tx_run(c, TX_READ, items_tx, &f));
    buf_init(&f.text, NULL, FILE_BYTES_MAX + LINE_BYTES_MAX);
    err e = open_items(c, &w->asker, w->run.cycle_id, b->pass, put_item, &f);
    if (e == ERR_OK && f.lines == 0)
        e = FAIL(c, CONFLICT, "The applications of batch %.*s went on without it",
                 STR_ARG(b->model_batch_id));
    if (e == ERR_OK) {
        const struct hash h = sha256(buf_view(&f.text));
        b->sha256 = hash_hex(c->mem, &h);
        b->questions = f.lines;
        e = llm_batch_upload(c, remote_of(w), buf_view(&f.text), &b->remote_file);
    }
    buf_done(&f.text);
    TRY(e);
    b->state = MODEL_BATCH_UPLOADED;
    return write_row(c, b);
}

static void note_remote(struct ctx *c, struct model_batch *b, const struct llm_batch *r)
{
    b->remote_batch = r->id;
    b->remote_state = r->status;
    b->remote_output = r->output_file_id;
    b->remote_errors = r->error_file_id;
    b->remote_done = r->completed;
    b->remote_failed = r->failed;
    b->state = llm_batch_over(r) ? MODEL_BATCH_ENDED : MODEL_BATCH_SUBMITTED;
    if (b->state == MODEL_BATCH_ENDED)
        b->ended_at = c->now_us;
}

/* A process may have died between the endpoint's answer and our note of it: look first. */
static err create(struct ctx *c, const struct work *w, struct model_batch *b, bool look)
{
    struct llm_batch r = { 0 };
    bool found = false;
    if (look)
        TRY(llm_batch_find(c, remote_of(w), b->model_batch_id, &r, &found));
    if (!found)
        TRY(llm_batch_create(c, remote_of(w), b->remote_file, b->model_batch_id, &r));
    note_remote(c, b, &r);
    b->submitted_at = c->now_us;
    return write_row(c, b);
}

static err drop_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct model_batch *b = arg;
    b->state = MODEL_BATCH_DROPPED;
    b->ended_at = c->now_us;
    TRY(model_batch_write(c, tx, b));
    return model_batch_release(c, tx, b->model_batch_id);
}

static err send(struct ctx *c, struct work *w, struct model_batch *b, bool resumed)
{
    if (b->state == MODEL_BATCH_MADE) {
        const err e = upload(c, w, b);
        if (e == ERR_CONFLICT) {
            fault_clear(c);
            return tx_run(c, TX_WRITE, drop_tx, b);
        }
        TRY(e);
    }
    TRY(create(c, w, b, resumed));
    w->out.submitted++;
    w->out.questions += b->questions;
    return ERR_OK;
}

static err finish(struct ctx *c, struct work *w, const char *what, struct model_batch_report *ret)
{
    TRY(tx_run(c, TX_READ, load_tx, w));
    const struct model_batch *b = w->rows.v;
    for (size_t i = 0; i < w->rows.n; i++)
        w->out.outstanding += b[i].state == MODEL_BATCH_SUBMITTED;
    w->out.batches = w->rows;
    w->out.message = str_fmt(c->mem,
                             "%s: %lld files sent with %lld questions, %lld with the endpoint, "
                             "%lld taken in with %lld answers, %lld lines of no use",
                             what, (long long)w->out.submitted, (long long)w->out.questions,
                             (long long)w->out.outstanding, (long long)w->out.fetched,
                             (long long)w->out.answers, (long long)w->out.refused);
    *ret = w->out;
    return ERR_OK;
}

err model_batch_submit(struct ctx *c, int64_t batch_id, struct model_batch_report *ret)
{
    struct work w;
    TRY(begin(c, batch_id, &w));
    if (w.run.phase != PHASE_PROCESSING)
        return FAIL(c, PHASE, "Cycle is in phase '%s'; batches need 'processing'",
                    phase_names.v[w.run.phase]);
    struct model_batch *b = w.rows.v;
    for (size_t i = 0; i < w.rows.n; i++)
        if (b[i].state < MODEL_BATCH_SUBMITTED)
            TRY(send(c, &w, &b[i], true));
    const char *gone = openai_budget_gone(w.asker.by, &w.used, 0, 0);
    if (gone)
        return FAIL(c, BAD_REQUEST, "Nothing was sent: %s", gone);
    for (int32_t pass = MODEL_PASS_WORKER; pass <= MODEL_PASS_JUDGE; pass++) {
        for (int n = 0; n < FILES_MAX; n++) {
            struct model_batch row;
            bool found = false;
            TRY(make_batch(c, &w, pass, &row, &found));
            if (!found)
                break;
            TRY(send(c, &w, &row, false));
        }
    }
    return finish(c, &w, "Submitted", ret);
}

err model_batch_poll(struct ctx *c, int64_t batch_id, struct model_batch_report *ret)
{
    struct work w;
    TRY(begin(c, batch_id, &w));
    struct model_batch *b = w.rows.v;
    for (size_t i = 0; i < w.rows.n; i++) {
        struct llm_batch r = { 0 };
        if (b[i].state != MODEL_BATCH_SUBMITTED)
            continue;
        TRY(llm_batch_get(c, remote_of(&w), b[i].remote_batch, &r));
        note_remote(c, &b[i], &r);
        TRY(write_row(c, &b[i]));
    }
    return finish(c, &w, "Polled", ret);
}

/* What was answered before is taken in as ever: some endpoints have to be polled until they say so.
 */
static err cancel_one(struct ctx *c, const struct work *w, struct model_batch *b)
{
    struct llm_batch r = { 0 };
    bool found = b->state == MODEL_BATCH_SUBMITTED;
    if (b->state == MODEL_BATCH_UPLOADED) { /* it may be there without our knowing */
        TRY(llm_batch_find(c, remote_of(w), b->model_batch_id, &r, &found));
        if (found)
            note_remote(c, b, &r);
    }
    if (!found)
        return tx_run(c, TX_WRITE, drop_tx, b);
    const err e = llm_batch_cancel(c, remote_of(w), b->remote_batch);
    if (e != ERR_OK) /* it may have ended meanwhile */
        fault_clear(c);
    TRY(llm_batch_get(c, remote_of(w), b->remote_batch, &r));
    note_remote(c, b, &r);
    TRY(write_row(c, b));
    return e == ERR_OK || b->state == MODEL_BATCH_ENDED
               ? ERR_OK
               : FAIL(c, UPSTREAM, "the endpoint does not cancel batch %.*s",
                      STR_ARG(b->remote_batch));
}

err model_batch_cancel(struct ctx *c, int64_t batch_id, struct model_batch_report *ret)
{
    struct work w;
    TRY(begin(c, batch_id, &w));
    struct model_batch *b = w.rows.v;
    for (size_t i = 0; i < w.rows.n; i++)
        if (b[i].state <= MODEL_BATCH_SUBMITTED)
            TRY(cancel_one(c, &w, &b[i]));
    return finish(c, &w, "Cancelled", ret);
}

static void note_errors(struct ctx *c, struct model_batch *b, const struct import_report *r)
{
    const struct import_line_error *v = r->errors.v;
    struct buf t;
    buf_init(&t, c->mem, ERROR_MAX + 1024);
    buf_str(&t, b->error);
    for (size_t i = 0; i < r->errors.n && t.n < ERROR_MAX; i++)
        buf_fmt(&t, "line %lld: %.*s\n", (long long)v[i].line, STR_ARG(v[i].reason));
    if (t.n > 0)
        b->error = buf_view(&t);
}

static err take_in(struct ctx *c, struct work *w, struct model_batch *b, struct str file)
{
    struct str text;
    struct import_report r = { 0 };
    if (!file.p || file.n == 0)
        return ERR_OK;
    TRY(llm_batch_download(c, remote_of(w), file, &text));
    if (str_trim(text).n == 0)
        return ERR_OK;
    TRY(import_jsonl(c, w->batch_id, text, &r));
    b->imported += r.answers_count;
    b->refused += r.rejected_count;
    w->out.answers += r.answers_count;
    w->out.refused += r.rejected_count;
    note_errors(c, b, &r);
    return ERR_OK;
}

static err fetched_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct model_batch *b = arg;
    b->state = MODEL_BATCH_FETCHED;
    TRY(model_batch_write(c, tx, b));
    return model_batch_release(c, tx, b->model_batch_id);
}

err model_batch_fetch(struct ctx *c, int64_t batch_id, struct model_batch_report *ret)
{
    struct work w;
    TRY(begin(c, batch_id, &w));
    struct model_batch *b = w.rows.v;
    for (size_t i = 0; i < w.rows.n; i++) {
        if (b[i].state != MODEL_BATCH_ENDED)
            continue;
        TRY(take_in(c, &w, &b[i], b[i].remote_output));
        TRY(take_in(c, &w, &b[i], b[i].remote_errors));
        TRY(tx_run(c, TX_WRITE, fetched_tx, &b[i]));
        w.out.fetched++;
    }
    return finish(c, &w, "Fetched", ret);
}
