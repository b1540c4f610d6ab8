/* Brings an original installation here: what it is, then its accounts, cycles and chains. */
#include "service/original_import.h"

#include "base/str.h"
#include "service/original_inner.h"

enum {
    CYCLES_MAX = 10000,
    SRC_MEM_MAX = 256 * 1024 * 1024,
    ITEM_MEM_MAX = 32 * 1024 * 1024,
    KEEP_MEM_MAX = 16 * 1024 * 1024,
};

static err read_keys(struct ctx *c, struct importer *im, struct str text)
{
    while (text.p && text.n) {
        struct str one;
        text = str_cut(text, ',', &one);
        one = str_trim(one);
        if (im->n_old == FERNET_KEYS_MAX)
            return FAIL(c, INVALID, "at most %d old encryption keys", FERNET_KEYS_MAX);
        if (!fernet_key_read(one, &im->old[im->n_old]))
            return FAIL(c, INVALID, "old encryption key %zu is not a Fernet key", im->n_old + 1);
        im->n_old++;
    }
    return ERR_OK;
}

/* Tables that not every schema of the original has. */
static bool came_later(enum original_table t)
{
    return (t >= ORIG_STUDENT_ACCOUNTS && t <= ORIG_STUDENT_AUTH_STATES) || t == ORIG_INTERVIEWS ||
           t == ORIG_INTERVIEW_SCORES || t >= ORIG_LIVE_TRANSCRIPTS;
}

/* Faults of the source are recorded in its own context and carried over by pulled(). */
static err look_at_schema(struct importer *im)
{
    struct ctx *src = im->src;
    bool there = false;
    TRY(original_has_table(src, im->src_tx, S("alembic_version"), &there));
    if (!there)
        return FAIL(src, PRECONDITION,
                    "this is no database of the original ENIGMA: it has no alembic_version");
    TRY(original_version(src, im->src_tx, &im->version));
    im->schema = legacy_schema_of(im->version);
    if (im->schema < 0)
        return FAIL(src, PRECONDITION,
                    "the database is at migration '%.*s', which is not one of the original's nine",
                    STR_ARG(im->version));
    for (int i = 0; i < ORIG_TABLE_COUNT; i++) {
        const enum original_table t = (enum original_table)i;
        TRY(original_has_table(src, im->src_tx, str_of(original_table_text[i]), &im->has[i]));
        if (im->has[i])
            TRY(original_count(src, im->src_tx, t, &im->source[i]));
        else if (!came_later(t))
            return FAIL(src, PRECONDITION, "the database has no table %s", original_table_text[i]);
    }
    return ERR_OK;
}

static void tell(const struct importer *im, const char *what, int64_t done)
{
    if (im->o->progress)
        im->o->progress(im->o->arg, what, done);
}

static err all_parts(struct importer *im, const struct list *cycles)
{
    const struct original_cycle *v = cycles->v;
    tell(im, "accounts", 0);
    TRY(import_group(im, original_take_accounts));
    for (size_t i = 0; i < cycles->n; i++) {
        tell(im, "cycles", (int64_t)i);
        im->cycle = &v[i];
        TRY(import_group(im, original_take_cycle));
    }
    tell(im, "chains", 0);
    if (im->has[ORIG_HASH_CHAIN])
        TRY(import_group(im, original_take_decisions));
    return im->has[ORIG_AUDIT_LOGS] ? import_group(im, original_take_audits) : ERR_OK;
}

struct dry_call {
    struct importer *im;
    const struct list *cycles;
};

/* Everything in one transaction, which then fails on purpose. */
static err dry_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct dry_call *d = arg;
    struct importer *im = d->im;
    im->c = c;
    im->tx = tx;
    im->head = (struct audit_head){ 0 };
    *im->tally = (struct tally){ .n_problems = 0 };
    TRY(tx_lock(c, tx, S("cycles"), LOCK_EXCLUSIVE));
    TRY(audit_hold(c, tx, &im->head));
    TRY(all_parts(im, d->cycles));
    im->finished = true;
    return FAIL(c, PRECONDITION, "a dry run is taken back");
}

static err write_parts(struct importer *im, const struct list *cycles)
{
    struct dry_call d = { im, cycles };
    if (!im->o->dry_run)
        return all_parts(im, cycles);
    const err e = tx_run(im->c, TX_WRITE, dry_tx, &d);
    if (!im->finished)
        return e;
    fault_clear(im->c);
    return ERR_OK;
}

static err read_tx(struct ctx *src, struct tx *src_tx, void *arg)
{
    struct importer *im = arg;
    struct list cycles = { 0 };
    im->src = src;
    im->src_tx = src_tx;
    *im->tally = (struct tally){ .n_problems = 0 };
    TRY(look_at_schema(im));
    TRY(original_cycles(src, src_tx, CYCLES_MAX, &cycles));
    if (cycles.n == CYCLES_MAX)
        return FAIL(src, TOO_LARGE, "more than %d cycles", CYCLES_MAX - 1);
    return write_parts(im, &cycles);
}

static err run(struct ctx *c, struct ctx *src, struct importer *im, struct original_report *ret)
{
    const struct db_options o = { .url = im->o->url, .readers_max = 1, .read_only = true };
    struct deps deps = { .clock = c->deps->clock, .random = c->deps->random, .log = c->deps->log };
    struct db *db = NULL;
    ctx_init(src, src->mem, &deps, 0);
    im->src = src;
    TRY(pulled(im, db_open(src, &o, &db)));
    deps.db = db;
    const err e = pulled(im, tx_run(src, TX_READ, read_tx, im));
    db_close(db);
    TRY(e);
    original_report_write(c, im, ret);
    return ERR_OK;
}

err original_import(struct ctx *c, const struct original_options *o, struct original_report *ret)
{
    struct ctx src = { .mem = arena_open(NULL, SRC_MEM_MAX) };
    struct importer *im = arena_new(c->mem, struct importer);
    *im = (struct importer){
        .o = o,
        .c = c,
        .item = arena_open(NULL, ITEM_MEM_MAX),
        .keep = arena_open(NULL, KEEP_MEM_MAX),
        .tally = arena_new(c->mem, struct tally),
        .before = arena_new(c->mem, struct tally),
        .at_cycle = arena_new(c->mem, struct tally),
    };
    err e = read_keys(c, im, o->old_keys);
    if (e == ERR_OK)
        e = run(c, &src, im, ret);
    secret_wipe(im->old, sizeof(im->old));
    arena_close(im->item);
    arena_close(im->keep);
    arena_close(src.mem);
    return e;
}
