/* Anonymous applications out, page by page: no transaction stays open while a slow reader takes
 * its time, and memory does not grow with the cycle. */
#include "base/str.h"
#include "codec/json.h"
#include "crypto/hash.h"
#include "repo/anon_repo.h"
#include "service/audit_log.h"
#include "service/exchange.h"
#include "service/export_core.h"
#include "service/export_prompt.h"
#include "service/settings.h"

enum {
    PAGE_ROWS = 200,
    PAGE_ARENA_MAX = 64 * 1024 * 1024,
    LINE_MAX = 1024 * 1024, /* of one application */
    DATA_MAX = 512,
};

typedef void line_fn(struct ctx *c, struct buf *b, const void *row, int64_t *ret_order);
struct form { /* one way of writing a page */
    err (*page)(struct ctx *c, struct tx *tx, const struct order_range *after, size_t limit,
                struct list *ret);
    line_fn *line;
    size_t row_size;
    struct str head;
};

struct page_call {
    const struct form *form;
    struct order_range after;
    struct list rows;
};

static err page_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct page_call *q = arg;
    return q->form->page(c, tx, &q->after, PAGE_ROWS, &q->rows);
}

static err cycle_tx(struct ctx *c, struct tx *tx, void *arg)
{
    bool found = false;
    TRY(anon_cycle_exists(c, tx, *(const struct str *)arg, &found));
    return found ? ERR_OK : FAIL(c, NOT_FOUND, "Cycle not found");
}

struct export
{
    const struct form *form;
    sink_fn *sink;
    void *arg;
    struct sha256_stream *hash;
    struct buf line;
};

static err put(struct ctx *c, struct export *x, struct str bytes)
{
    sha256_add(x->hash, bytes);
    return x->sink(x->arg, c, bytes);
}

/* One page in its own memory; *ret_n rows were written, q->after moves on. */
static err export_page(struct ctx *c, struct export *x, struct page_call *q)
{
    TRY(tx_run(c, TX_READ, page_tx, q));
    const char *row = q->rows.v;
    for (size_t i = 0; i < q->rows.n; i++, row += q->form->row_size) {
        buf_clear(&x->line);
        q->form->line(c, &x->line, row, &q->after.from);
        if (!buf_ok(&x->line))
            return FAIL(c, TOO_LARGE, "An application is too long to be exported");
        TRY(put(c, x, buf_view(&x->line)));
    }
    return ERR_OK;
}

static err export_pages(struct ctx *c, struct str cycle_id, struct export *x, int64_t *ret_rows)
{
    struct page_call q = { .form = x->form, .after = { .cycle_id = cycle_id, .from = -1 } };
    struct arena *mem = arena_open(c->mem, PAGE_ARENA_MAX);
    struct ctx sub = *c;
    err e = ERR_OK;
    int64_t rows = 0;
    sub.mem = mem;
    do {
        arena_reset(mem);
        e = export_page(&sub, x, &q);
        rows += (int64_t)q.rows.n;
    } while (e == ERR_OK && q.rows.n == PAGE_ROWS);
    c->fault = sub.fault;
    c->fault.issues = NULL;
    c->fault.n_issues = 0;
    arena_close(mem);
    *ret_rows = rows;
    return e;
}

static err export_form(struct ctx *c, const struct form *form, struct str cycle_id, sink_fn *sink,
                       void *arg, struct export_outcome *ret)
{
    struct export x = { .form = form, .sink = sink, .arg = arg, .hash = sha256_open(c->mem) };
    struct str id = cycle_id;
    TRY(tx_run(c, TX_READ, cycle_tx, &id));
    buf_init(&x.line, NULL, LINE_MAX);
    err e = form->head.n ? put(c, &x, form->head) : ERR_OK;
    if (e == ERR_OK)
        e = export_pages(c, cycle_id, &x, &ret->rows);
    buf_done(&x.line);
    struct hash h = sha256_done(x.hash);
    ret->sha256 = hash_hex(c->mem, &h);
    return e;
}

static void json_line(struct ctx *c, struct buf *b, const void *row, int64_t *ret_order)
{
    const struct anon_export_row *r = row;
    const struct weights *w = c->deps->settings ? &c->deps->settings->weights : &weights_default;
    struct buf prompt;
    buf_init(&prompt, c->mem, LINE_MAX);
    export_prompt_write(c, &prompt, w, r);
    buf_lit(b, "{\"anonymized_id\":");
    json_write_str(b, r->anonymized_id);
    buf_lit(b, ",\"gpa\":");
    json_write_e2(b, r->gpa);
    buf_lit(b, ",\"test_scores\":");
    buf_str(b, r->test_scores);
    buf_lit(b, ",\"essay\":");
    json_write_str(b, r->essay_scrubbed);
    buf_lit(b, ",\"achievements\":");
    json_write_str(b, r->achievements_scrubbed);
    buf_lit(b, ",\"prompt\":");
    json_write_str(b, buf_view(&prompt));
    buf_lit(b, "}\n");
    *ret_order = r->eval_order;
}

/* RFC 4180, and a cell that a spreadsheet could take for a formula gets a quote in front. */
static void csv_cell(struct buf *b, struct str s)
{
    bool formula = s.n > 0 && s.p[0] && strchr("=+-@\t\r", s.p[0]) != NULL;
    bool quote = formula;
    for (size_t i = 0; i < s.n && !quote; i++)
        quote = s.p[i] && strchr("\",\r\n", s.p[i]) != NULL;
    if (quote)
        buf_c(b, '"');
    if (formula)
        buf_c(b, '\'');
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '"')
            buf_c(b, '"');
        buf_c(b, s.p[i]);
    }
    if (quote)
        buf_c(b, '"');
}

static void csv_mark(struct buf *b, int64_t e2)
{
    buf_c(b, ',');
    if (e2 != SCHEMA_NULL_I64)
        json_write_e2(b, e2);
}

static void csv_line(struct ctx *c, struct buf *b, const void *row, int64_t *ret_order)
{
    (void)c;
    const struct anon_marks_row *r = row;
    csv_cell(b, r->anonymized_id);
    buf_c(b, ',');
    csv_cell(b, r->status);
    csv_mark(b, r->final_score);
    csv_mark(b, r->academic_score);
    csv_mark(b, r->test_score);
    csv_mark(b, r->achievement_score);
    csv_mark(b, r->essay_score);
    buf_c(b, ',');
    csv_cell(b, r->evaluator);
    buf_lit(b, "\r\n");
    *ret_order = r->eval_order;
}

static const struct form form_jsonl = { .page = anon_export_page,
                                        .line = json_line,
                                        .row_size = sizeof(struct anon_export_row) };
static const struct form form_csv = {
    .page = anon_marks_page,
    .line = csv_line,
    .row_size = sizeof(struct anon_marks_row),
    .head = S_INIT("anonymized_id,status,final_score,academic_score,test_score,"
                   "achievement_score,essay_score,evaluator\r\n"),
};

err export_jsonl_core(struct ctx *c, struct str cycle_id, sink_fn *sink, void *arg,
                      struct export_outcome *ret)
{
    return export_form(c, &form_jsonl, cycle_id, sink, arg, ret);
}

struct note_call {
    struct str cycle_id;
    const struct export_outcome *out;
};

static err note_tx(struct ctx *c, struct tx *tx, void *arg)
{
    const struct note_call *q = arg;
    struct audit_head head = { 0 };
    const struct audit_new n = {
        .act = "cycle.download",
        .actor = audit_actor(c),
        .cycle = q->cycle_id,
        .subj = str_fmt(c->mem, "cycle:%.*s", STR_ARG(q->cycle_id)),
        .data = str_fmt(c->mem, "{\"count\":%lld,\"sha256\":\"%.*s\"}", (long long)q->out->rows,
                        STR_ARG(q->out->sha256)),
    };
    return audit_append(c, tx, &head, &n, NULL);
}

/* What leaves by a download is in the log, with the hash of what left: also when the reader went
 * away half way. */
err export_note(struct ctx *c, struct str cycle_id, const struct export_outcome *out, err e)
{
    struct note_call q = { cycle_id, out };
    const struct fault first = c->fault;
    fault_clear(c);
    const err noted = tx_run(c, TX_WRITE, note_tx, &q);
    if (e == ERR_OK)
        return noted;
    c->fault = first;
    return e;
}

err export_cycle_check(struct ctx *c, struct str cycle_id)
{
    struct str id = cycle_id;
    return tx_run(c, TX_READ, cycle_tx, &id);
}

static err export_noted(struct ctx *c, const struct form *form, struct str cycle_id, sink_fn *sink,
                        void *arg, int64_t *ret_rows)
{
    struct export_outcome out = { 0 };
    err e = export_form(c, form, cycle_id, sink, arg, &out);
    if (!out.sha256.p)
        return e;
    TRY(export_note(c, cycle_id, &out, e));
    *ret_rows = out.rows;
    return ERR_OK;
}

err export_jsonl(struct ctx *c, struct str cycle_id, sink_fn *sink, void *arg, int64_t *ret_rows)
{
    return export_noted(c, &form_jsonl, cycle_id, sink, arg, ret_rows);
}

err export_csv(struct ctx *c, struct str cycle_id, sink_fn *sink, void *arg, int64_t *ret_rows)
{
    return export_noted(c, &form_csv, cycle_id, sink, arg, ret_rows);
}
