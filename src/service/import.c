/* Scores in from a JSON Lines file: lines are cut and checked, then stored in groups of one
 * transaction each. A line whose score is final changes nothing, so a file may come twice. */
#include "base/str.h"
#include "crypto/hash.h"
#include "domain/phase.h"
#include "service/audit_log.h"
#include "service/exchange.h"
#include "service/import_answers.h"
#include "service/import_group.h"
#include "service/phase_step.h"
#include "service/settings.h"

enum {
    LINES_MAX = 2000000,
    GROUP_BYTES = 4 * 1024 * 1024,
    GROUP_ARENA_MAX = 256 * 1024 * 1024,
    SEEN_ARENA_MAX = 160 * 1024 * 1024,
    CONFLICT_TRIES = 5,
};

static const struct field error_fields[] = {
    FIELD_I64(struct import_line_error, line, .doc = "Line in the file, from 1."),
    FIELD_STR(struct import_line_error, anonymized_id, .flags = FIELD_NULL,
              .doc = "The application, when the line told."),
    FIELD_STR(struct import_line_error, reason, .doc = "What was wrong."),
};
SCHEMA(import_line_error_schema, "ImportLineError", struct import_line_error, error_fields);

static const struct field report_fields[] = {
    FIELD_I64(struct import_report, imported_count, .doc = "Scores that became final."),
    FIELD_I64(struct import_report, already_count, .doc = "Lines whose score was final before."),
    FIELD_I64(struct import_report, rejected_count, .doc = "Lines that were refused."),
    FIELD_I64(struct import_report, held_count, .doc = "Scores that wait for a person."),
    FIELD_I64(struct import_report, answers_count,
              .doc = "Answers of models that were taken in: files of the Batch API."),
    FIELD_STR(struct import_report, cycle_id, .doc = "The cycle."),
    FIELD_STR(struct import_report, message, .doc = "What was done, in words."),
    FIELD_LIST(struct import_report, errors, .of = &import_line_error_schema,
               .doc = "The first hundred lines with a remark."),
};
SCHEMA(import_report_schema, "ImportReport", struct import_report, report_fields);

static err batch_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct batch_row *row = arg;
    bool found = false;
    TRY(batch_load(c, tx, row->batch_id, row, &found));
    return found ? ERR_OK : FAIL(c, NOT_FOUND, "Batch not found");
}

/* The configured provider judges; in a cycle of an own provider, that one. */
static err find_judge(struct ctx *c, struct import_work *w)
{
    struct str name = w->batch.provider;
    if (!name.p || name.n == 0 || str_eq(name, S("external")))
        name = provider_usual(c);
    w->by = evaluator_find(c, name);
    return w->by ? ERR_OK
                 : FAIL(c, UPSTREAM, "No evaluator of the name %.*s judges imports", STR_ARG(name));
}

static err begin(struct ctx *c, int64_t batch_id, struct str text, struct import_work *w)
{
    w->batch.batch_id = batch_id;
    TRY(tx_run(c, TX_READ, batch_tx, &w->batch));
    if (w->batch.phase < PHASE_PROCESSING)
        return FAIL(c, PHASE, "Cannot import: the cycle is in phase %s, importing needs processing",
                    phase_names.v[w->batch.phase]);
    w->read_only = w->batch.phase > PHASE_PROCESSING;
    TRY(find_judge(c, w));
    w->model = str_z(c->mem, str_fmt(c->mem, "imported (%.*s)", STR_ARG(w->batch.model_name)));
    w->errors = arena_array(c->mem, struct import_line_error, IMPORT_ERRORS_MAX);
    const struct hash h = sha256(text);
    w->sha256 = hash_hex(c->mem, &h);
    struct str rest = text, line;
    while (import_next_line(&rest, &line))
        w->records += import_blank(line) ? 0 : 1;
    if (w->records > LINES_MAX)
        return FAIL(c, TOO_LARGE, "The file has more than %d lines", (int)LINES_MAX);
    return ERR_OK;
}

/* Another import may have taken an application between the look and the write: look again. */
static err settle_group(struct ctx *c, struct import_work *w, struct import_group *g)
{
    err e = ERR_OK;
    for (int i = 0; i < CONFLICT_TRIES; i++) {
        e = import_group_run(c, w, g);
        if (e != ERR_CONFLICT)
            break;
        fault_clear(c);
    }
    if (e == ERR_CONFLICT)
        return FAIL(c, BUSY, "Another import holds these applications; try again");
    return e;
}

/* Collects good lines until the group is full; the others are noted with their number. */
static void fill_group(struct ctx *c, struct import_work *w, struct import_group *g,
                       struct import_cursor *at)
{
    struct str line;
    size_t bytes = 0;
    while (g->n < IMPORT_GROUP_MAX && bytes < GROUP_BYTES && import_next_line(&at->rest, &line)) {
        at->line++;
        if (import_blank(line))
            continue;
        struct import_item *item = &g->items[g->n];
        struct str why;
        *item = (struct import_item){ .line = at->line };
        import_line_read(c, line, &item->in, &why);
        if (!why.p && import_seen_add(&at->seen, item->in.anonymized_id))
            why = S("the file has this application twice");
        if (why.p) {
            import_note(w, at->line, import_line_name(c, line), why);
            w->report.rejected_count++;
            continue;
        }
        bytes += line.n;
        g->n++;
    }
}

static err run_groups(struct ctx *c, struct import_work *w, struct import_cursor *at,
                      struct arena *mem)
{
    struct ctx sub = *c;
    err e = ERR_OK;
    sub.mem = mem;
    w->keep = c->mem;
    while (e == ERR_OK && at->rest.n > 0) {
        arena_reset(mem);
        struct import_group g = { .items = arena_array(mem, struct import_item, IMPORT_GROUP_MAX) };
        fill_group(&sub, w, &g, at);
        e = settle_group(&sub, w, &g);
    }
    c->fault = sub.fault;
    c->fault.issues = NULL;
    c->fault.n_issues = 0;
    return e;
}

static err run_lines(struct ctx *c, struct import_work *w, struct str text)
{
    struct import_cursor at = { .rest = text };
    struct arena *seen = arena_open(c->mem, SEEN_ARENA_MAX);
    struct arena *mem = arena_open(c->mem, GROUP_ARENA_MAX);
    err e = import_seen_init(c, &at.seen, seen, (size_t)w->records);
    if (e == ERR_OK)
        e = run_groups(c, w, &at, mem);
    arena_close(mem);
    arena_close(seen);
    return e;
}

/* The last of a cycle flips it; a batch is over with its cycle's scoring. */
static err finish_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct import_work *w = arg;
    TRY(phase_scored(c, tx, w->batch.cycle_id));
    struct batch_row now = { 0 };
    bool found = false;
    TRY(batch_load(c, tx, w->batch.batch_id, &now, &found));
    if (!found || now.phase == PHASE_PROCESSING || now.status == BATCH_COMPLETED)
        return ERR_OK;
    return batch_progress(c, tx, w->batch.batch_id, 0, 0, BATCH_COMPLETED);
}

static struct str summary(struct ctx *c, const struct import_report *r)
{
    const int64_t in = r->imported_count, was = r->already_count, out = r->rejected_count,
                  held = r->held_count;
    return str_fmt(c->mem,
                   "Imported %lld score%s; %lld %s final before, %lld line%s refused, "
                   "%lld score%s for a person",
                   (long long)in, in == 1 ? "" : "s", (long long)was, was == 1 ? "was" : "were",
                   (long long)out, out == 1 ? " was" : "s were", (long long)held,
                   held == 1 ? " waits" : "s wait");
}

err import_jsonl(struct ctx *c, int64_t batch_id, struct str text, struct import_report *ret)
{
    struct import_work w = { 0 };
    TRY(begin(c, batch_id, text, &w));
    TRY(import_answers_is(c, text) ? import_answers_run(c, &w, text) : run_lines(c, &w, text));
    if (w.read_only && w.report.already_count == 0)
        return FAIL(c, PHASE, "Cannot import: the cycle is in phase %s, importing needs processing",
                    phase_names.v[w.batch.phase]);
    if (!w.read_only)
        TRY(tx_run(c, TX_WRITE, finish_tx, &w));
    struct import_report *r = &w.report;
    r->cycle_id = w.batch.cycle_id;
    r->errors = (struct list){ w.errors, w.n_errors };
    r->message = summary(c, r);
    *ret = *r;
    return ERR_OK;
}
