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
#include "service/export_read.h"
#include "service/settings.h"

enum {
    PAGE_ARENA_MAX = 64 * 1024 * 1024,
    LINE_MAX = 1024 * 1024, /* of one application */
    DATA_MAX = 512,
};

struct export;
typedef void line_fn(struct ctx *c, const struct export *x, struct buf *b, const void *row);
struct form { /* one way of writing a page */
    export_page_fn *page;
    line_fn *line;
    size_t row_size;
    struct str head;
};

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
    struct str prompt_head; /* what all prompts begin with, as JSON without its last quote */
};

static err put(struct ctx *c, struct export *x, struct str bytes)
{
    sha256_add(x->hash, bytes);
    return x->sink(x->arg, c, bytes);
}

static err export_page(struct ctx *c, struct export *x, const struct list *rows)
{
    const char *row = rows->v;
    for (size_t i = 0; i < rows->n; i++, row += x->form->row_size) {
        buf_clear(&x->line);
        x->form->line(c, x, &x->line, row);
        if (!buf_ok(&x->line))
            return FAIL(c, TOO_LARGE, "An application is too long to be exported");
        TRY(put(c, x, buf_view(&x->line)));
    }
    return ERR_OK;
}

/* Lines need memory of their own until the page is over. */
static err export_pages(struct ctx *c, struct export_reader *r, struct export *x, int64_t *ret_rows)
{
    struct arena *mem = arena_open(c->mem, PAGE_ARENA_MAX);
    struct ctx sub = *c;
    struct list rows = { 0 };
    err e = ERR_OK;
    *ret_rows = 0;
    sub.mem = mem;
    do {
        arena_reset(mem);
        e = export_read_next(&sub, r, &rows);
        if (e == ERR_OK)
            e = export_page(&sub, x, &rows);
        *ret_rows += (int64_t)rows.n;
    } while (e == ERR_OK && rows.n > 0);
    c->fault = sub.fault;
    c->fault.issues = NULL;
    c->fault.n_issues = 0;
    arena_close(mem);
    return e;
}

static err export_all(struct ctx *c, const struct export_source *from, struct export *x,
                      int64_t *ret_rows)
{
    struct export_reader *r;
    TRY(export_read_open(c, from, &r));
    err e = export_pages(c, r, x, ret_rows);
    export_read_close(r);
    return e;
}

static err make_head(struct ctx *c, struct export *x)
{
    struct buf plain, json;
    buf_init(&plain, c->mem, LINE_MAX);
    buf_init(&json, c->mem, LINE_MAX);
    export_prompt_head(&plain, weights_of(c));
    json_write_str(&json, buf_view(&plain));
    if (!buf_ok(&plain) || !buf_ok(&json))
        return FAIL(c, INTERNAL, "the prompt is too long");
    x->prompt_head = str_sub(buf_view(&json), 0, json.n - 1);
    return ERR_OK;
}

static err export_form(struct ctx *c, const struct form *form, struct export_source *from,
                       sink_fn *sink, void *arg, struct export_outcome *ret)
{
    struct export x = { .form = form, .sink = sink, .arg = arg, .hash = sha256_open(c->mem) };
    from->page = form->page;
    from->row_size = form->row_size;
    TRY(tx_run(c, TX_READ, cycle_tx, &from->cycle_id));
    TRY(make_head(c, &x));
    buf_init(&x.line, NULL, LINE_MAX);
    err e = form->head.n ? put(c, &x, form->head) : ERR_OK;
    if (e == ERR_OK)
        e = export_all(c, from, &x, &ret->rows);
    buf_done(&x.line);
    struct hash h = sha256_done(x.hash);
    ret->sha256 = hash_hex(c->mem, &h);
    return e;
}

static void json_line(struct ctx *c, const struct export *x, struct buf *b, const void *row)
{
    const struct anon_export_row *r = row;
    struct buf plain, json;
    buf_init(&plain, c->mem, LINE_MAX);
    buf_init(&json, c->mem, LINE_MAX);
    export_prompt_tail(c, &plain, r);
    json_write_str(&json, buf_view(&plain));
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
    buf_str(b, x->prompt_head);
    buf_str(b, str_sub(buf_view(&json), 1, SIZE_MAX));
    buf_lit(b, "}\n");
    if (!buf_ok(&plain) || !buf_ok(&json))
        b->over = true;
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

static void csv_line(struct ctx *c, const struct export *x, struct buf *b, const void *row)
{
    (void)c, (void)x;
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
}

_Static_assert(offsetof(struct anon_export_row, eval_order) == 0 &&
                   offsetof(struct anon_marks_row, eval_order) == 0,
               "the reader of pages finds the order there");
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
    struct export_source from = { .cycle_id = cycle_id, .ahead = true };
    return export_form(c, &form_jsonl, &from, sink, arg, ret);
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
    struct export_source from = { .cycle_id = cycle_id };
    struct export_outcome out = { 0 };
    err e = export_form(c, form, &from, sink, arg, &out);
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
