/* One verification: the chain, then the rows, one report. */
#include "service/audit_verify.h"

#include <stdarg.h>
#include <stdatomic.h>

#include "base/str.h"
#include "crypto/fernet.h"
#include "service/audit_log.h"
#include "service/verify_inner.h"

enum { SCRATCH_CAP = 64 << 20, KEEP_CAP = 256 << 20, DETAIL_MAX = 240, TABLE_MIN = 64 };

static const struct field invalid_fields[] = {
    FIELD_I64(struct verify_invalid, index, .flags = FIELD_REQUIRED,
              .doc = "Position in the log; -1 when it is not one entry."),
    FIELD_STR(struct verify_invalid, code, .flags = FIELD_REQUIRED,
              .doc = "Kind of finding, e.g. chain.prev or row.score."),
    FIELD_STR(struct verify_invalid, detail, .flags = FIELD_REQUIRED),
};
SCHEMA(verify_invalid_schema, "VerifyInvalid", struct verify_invalid, invalid_fields);

static const struct field checks_fields[] = {
    FIELD_STR(struct verify_checks, chain, .flags = FIELD_REQUIRED),
    FIELD_STR(struct verify_checks, tiles, .flags = FIELD_REQUIRED),
    FIELD_STR(struct verify_checks, rows, .flags = FIELD_REQUIRED),
    FIELD_STR(struct verify_checks, stored, .flags = FIELD_REQUIRED,
              .doc = "Checkpoints stored in the database."),
    FIELD_STR(struct verify_checks, outside, .flags = FIELD_REQUIRED,
              .doc = "Checkpoints handed in from outside."),
};
static SCHEMA(checks_schema, "VerifyChecks", struct verify_checks, checks_fields);

static const struct field legacy_fields[] = {
    FIELD_STR(struct verify_legacy, kind, .flags = FIELD_REQUIRED, .doc = "decisions or audit."),
    FIELD_I64(struct verify_legacy, rows, .flags = FIELD_REQUIRED),
    FIELD_I64(struct verify_legacy, breaks, .flags = FIELD_REQUIRED,
              .doc = "Rows that did not verify when they were imported."),
    FIELD_LIST(struct verify_legacy, broken, .flags = FIELD_REQUIRED,
               .doc = "The first 100: id and what is wrong."),
};
static SCHEMA(legacy_schema_, "VerifyLegacy", struct verify_legacy, legacy_fields);

static const struct field report_fields[] = {
    FIELD_BOOL(struct verify_report, is_valid, .flags = FIELD_REQUIRED),
    FIELD_I64(struct verify_report, chain_length, .flags = FIELD_REQUIRED),
    FIELD_LIST(struct verify_report, invalid_entries, .flags = FIELD_REQUIRED,
               .of = &verify_invalid_schema, .doc = "The first findings, at most 100."),
    FIELD_TIME(struct verify_report, first_entry_timestamp, .flags = FIELD_NULL),
    FIELD_TIME(struct verify_report, last_entry_timestamp, .flags = FIELD_NULL),
    FIELD_STR(struct verify_report, message, .flags = FIELD_REQUIRED),
    FIELD_STR(struct verify_report, root_hash, .flags = FIELD_REQUIRED,
              .doc = "Root of the tree over all entries, base64."),
    FIELD_OBJ(struct verify_report, checks, .flags = FIELD_REQUIRED, .of = &checks_schema,
              .doc = "ok, failed, absent or skipped for each kind of check."),
    FIELD_I64(struct verify_report, covered_size, .flags = FIELD_REQUIRED,
              .doc = "Entries under the newest checkpoint."),
    FIELD_I64(struct verify_report, uncovered_entries, .flags = FIELD_REQUIRED,
              .doc = "Entries behind it, with those that wait for their place in the log."),
    FIELD_I64(struct verify_report, duration_ms, .flags = FIELD_REQUIRED),
    FIELD_LIST(struct verify_report, legacy, .flags = FIELD_REQUIRED, .of = &legacy_schema_,
               .doc = "Chains of an original installation; empty when none was imported."),
};
SCHEMA(verify_report_schema, "VerifyReport", struct verify_report, report_fields);

void finding(struct verify *v, int64_t index, const char *code, const char *fmt, ...)
{
    if (v->in_rows)
        v->n_rows++;
    else
        v->n_chain++;
    if (v->n_found == VERIFY_INVALID_MAX)
        return;
    char text[DETAIL_MAX];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    size_t len = n < 0 ? 0 : (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1;
    /* Ids come from the database and may be anything after tampering. */
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)text[i] < ' ' || (unsigned char)text[i] > '~')
            text[i] = '?';
    v->found[v->n_found++] = (struct verify_invalid){
        .index = index,
        .code = str_of(code),
        .detail = str_keep(v->keep, (struct str){ text, len }),
    };
}

err finding_from(struct ctx *c, struct verify *v, int64_t index, const char *code, err e)
{
    if (e == ERR_OK || (e != ERR_INTERNAL && e != ERR_INVALID && e != ERR_TOO_LARGE))
        return e;
    finding(v, index, code, "%s", c->fault.text);
    fault_clear(c);
    return ERR_OK;
}

static size_t slot_of(const struct id_table *t, struct str id)
{
    size_t at = (size_t)str_hash(id) & (t->cap - 1);
    while (t->v[at] && !str_eq(*(struct str *)t->v[at], id))
        at = (at + 1) & (t->cap - 1);
    return at;
}

void *id_find(struct id_table *t, struct str id)
{
    if (t->last && str_eq(*(struct str *)t->last, id))
        return t->last;
    if (!t->cap)
        return NULL;
    void *hit = t->v[slot_of(t, id)];
    if (hit)
        t->last = hit;
    return hit;
}

static void grow_table(struct verify *v, struct id_table *t)
{
    struct id_table wider = { .n = t->n, .cap = t->cap ? t->cap * 2 : TABLE_MIN };
    wider.v = arena_array(v->keep, void *, wider.cap);
    for (size_t i = 0; i < t->cap; i++)
        if (t->v[i])
            wider.v[slot_of(&wider, *(struct str *)t->v[i])] = t->v[i];
    *t = wider;
}

void *id_add(struct verify *v, struct id_table *t, struct str id, size_t size)
{
    void *hit = id_find(t, id);
    if (hit)
        return hit;
    if (t->n * 2 >= t->cap)
        grow_table(v, t);
    void *one = arena_raw(v->keep, 1, size, 16);
    *(struct str *)one = str_keep(v->keep, id);
    t->v[slot_of(t, id)] = one;
    t->n++;
    t->last = one;
    return one;
}

struct verification {
    const struct verify_options *o;
    struct arena *keep, *scratch;
    struct verify v;
};

static err verify_in_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct verification *run = arg;
    struct verify *v = &run->v;
    arena_reset(run->keep);
    arena_reset(run->scratch);
    *v = (struct verify){
        .tx = tx,
        .o = run->o,
        .keep = run->keep,
        .scratch = run->scratch,
        .now_ms = c->now_us / 1000,
        .origin = str_of(c->deps->keys->log_origin),
        .found = arena_array(run->keep, struct verify_invalid, VERIFY_INVALID_MAX),
        .max_idx = -1,
    };
    TRY(verify_chain(c, v));
    TRY(verify_pending(c, v));
    v->in_rows = true;
    if (!run->o->rows)
        return ERR_OK;
    TRY(verify_selections(c, v));
    TRY(verify_rows(c, v));
    TRY(verify_bias(c, v));
    TRY(verify_facts(c, v));
    TRY(verify_interviews(c, v));
    return verify_legacy(c, v);
}

static struct str message_of(struct ctx *c, const struct verify *v, bool rows)
{
    struct str waiting = S("");
    if (v->n_pending)
        waiting = str_fmt(c->mem, " (and %lld that wait for their place)", (long long)v->n_pending);
    if (v->n_chain + v->n_rows == 0)
        return str_fmt(c->mem, "The log is whole: %lld entries%.*s%s", (long long)v->count,
                       STR_ARG(waiting),
                       rows ? ", and the rows agree with it" : "; rows were not compared");
    return str_fmt(c->mem, "%lld findings in the log, %lld in the rows bound to it",
                   (long long)v->n_chain, (long long)v->n_rows);
}

static struct list legacy_of(struct ctx *c, const struct verify *v)
{
    struct verify_legacy *out = arena_array(c->mem, struct verify_legacy, 2);
    size_t n = 0;
    for (int i = 0; i < 2; i++) {
        if (v->legacy[i].rows == 0)
            continue;
        out[n] = v->legacy[i];
        struct str *broken = arena_array(c->mem, struct str, out[n].broken.n + 1);
        for (size_t k = 0; k < out[n].broken.n; k++)
            broken[k] = str_keep(c->mem, ((const struct str *)v->legacy[i].broken.v)[k]);
        out[n++].broken.v = broken;
    }
    return (struct list){ n ? out : NULL, n };
}

static void write_report(struct ctx *c, const struct verify *v, bool rows,
                         struct verify_report *ret)
{
    struct verify_invalid *found = arena_array(c->mem, struct verify_invalid, v->n_found);
    for (size_t i = 0; i < v->n_found; i++) {
        found[i] = v->found[i];
        found[i].detail = str_keep(c->mem, v->found[i].detail);
    }
    struct verify_checks *checks = arena_new(c->mem, struct verify_checks);
    *checks = (struct verify_checks){
        .chain = v->n_chain ? S("failed") : S("ok"),
        .tiles = S("absent"),
        .rows = !rows       ? S("skipped")
                : v->n_rows ? S("failed")
                            : S("ok"),
        .stored = S("absent"),
        .outside = S("absent"),
    };
    const struct hash root = merkle_root(&v->tree);
    struct buf b;
    buf_init(&b, c->mem, 2 * SHA256_N);
    base64_write(&b, BASE64_STD, root.b, SHA256_N);
    ret->is_valid = v->n_chain + v->n_rows == 0;
    ret->chain_length = v->count;
    ret->invalid_entries = (struct list){ found, v->n_found };
    ret->first_entry_timestamp = v->first_ts * 1000;
    ret->last_entry_timestamp = v->last_ts * 1000;
    ret->message = message_of(c, v, rows);
    ret->root_hash = buf_view(&b);
    ret->checks = checks;
    ret->legacy = legacy_of(c, v);
    ret->covered_size = 0;
    ret->uncovered_entries = v->count + v->n_pending;
}

err audit_verify(struct ctx *c, const struct verify_options *o, struct verify_report *ret)
{
    const struct clock_port *clock = c->deps->clock ? c->deps->clock : &clock_system;
    const int64_t from_us = clock->mono_us(clock->self);
    size_t moved = 0;
    TRY(audit_sequence(c, &moved));
    struct verification run = {
        .o = o,
        .keep = arena_open(NULL, KEEP_CAP),
        .scratch = arena_open(NULL, SCRATCH_CAP),
    };
    err e = tx_run(c, TX_READ, verify_in_tx, &run);
    if (e == ERR_OK) {
        write_report(c, &run.v, o->rows, ret);
        ret->duration_ms = (clock->mono_us(clock->self) - from_us) / 1000;
    }
    arena_close(run.scratch);
    arena_close(run.keep);
    return e;
}

static atomic_int verifying;

err audit_verify_enter(struct ctx *c)
{
    enum { RETRY_S = 5 };
    if (atomic_fetch_add(&verifying, 1) < VERIFY_AT_ONCE)
        return ERR_OK;
    atomic_fetch_sub(&verifying, 1);
    err e = FAIL(c, THROTTLED, "%d verifications are running already", VERIFY_AT_ONCE);
    c->fault.retry_after_s = RETRY_S;
    return e;
}

void audit_verify_leave(void)
{
    atomic_fetch_sub(&verifying, 1);
}
