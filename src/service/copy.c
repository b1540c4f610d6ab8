/* Moves a whole database: one read transaction over the source, one write transaction a table. */
#include "service/copy.h"

#include "base/str.h"
#include "db/catalog.h"
#include "repo/setting_repo.h"

#define MARK    S("copy.unfinished")
#define PROBE   S("copy.probe")
#define HISTORY S("schema_migrations")
enum { PROGRESS_EVERY = 1000 };

static const struct field copied_fields[] = {
    FIELD_STR(struct copied_table, name, .flags = FIELD_REQUIRED),
    FIELD_I64(struct copied_table, rows, .flags = FIELD_REQUIRED),
};
SCHEMA(copied_table_schema, "CopiedTable", struct copied_table, copied_fields);

/* The same work on another database. */
static err run_on(struct ctx *c, struct db *db, enum tx_mode mode, tx_fn *fn, void *arg)
{
    const struct deps *before = c->deps;
    struct deps deps = *before;
    deps.db = db;
    c->deps = &deps;
    err e = tx_run(c, mode, fn, arg);
    c->deps = before;
    return e;
}

struct setting {
    struct str name;
    bool found;
};

static err get_setting(struct ctx *c, struct tx *tx, void *arg)
{
    struct setting *s = arg;
    struct str value;
    return setting_repo_get(c, tx, s->name, &value, &s->found);
}

static err put_setting(struct ctx *c, struct tx *tx, void *arg)
{
    return setting_repo_set(c, tx, ((struct setting *)arg)->name, S("1"));
}

static err drop_setting(struct ctx *c, struct tx *tx, void *arg)
{
    return setting_repo_delete(c, tx, ((struct setting *)arg)->name, NULL);
}

static err refuse_unfinished(struct ctx *c, struct db *db)
{
    struct setting s = { .name = MARK };
    TRY(run_on(c, db, TX_READ, get_setting, &s));
    if (s.found)
        return FAIL(c, PRECONDITION,
                    "the database is a copy that was not finished: run "
                    "`enigma copy --force` into it again");
    return ERR_OK;
}

err copy_refuse_unfinished(struct ctx *c)
{
    return refuse_unfinished(c, c->deps->db);
}

err copy_same_database(struct ctx *c, struct db *from, struct db *to, bool *ret_same)
{
    struct setting s = { .name = PROBE };
    TRY(run_on(c, to, TX_WRITE, put_setting, &s));
    err e = run_on(c, from, TX_READ, get_setting, &s);
    err dropped = run_on(c, to, TX_WRITE, drop_setting, &s);
    TRY(e);
    *ret_same = s.found;
    return dropped;
}

struct emptiness {
    bool empty;
};

static err empty_fn(struct ctx *c, struct tx *tx, void *arg)
{
    struct emptiness *look = arg;
    struct list tables;
    TRY(catalog_tables(c, tx, &tables));
    const struct db_table *t = tables.v;
    look->empty = true;
    for (size_t i = 0; i < tables.n && look->empty; i++) {
        int64_t rows = 0;
        if (!str_eq(t[i].name, HISTORY))
            TRY(catalog_count(c, tx, &t[i], &rows));
        look->empty = rows == 0;
    }
    return ERR_OK;
}

err copy_target_empty(struct ctx *c, struct db *db, bool *ret_empty)
{
    struct emptiness look;
    TRY(run_on(c, db, TX_READ, empty_fn, &look));
    *ret_empty = look.empty;
    return ERR_OK;
}

/* The state of one copy; `source` is open from the first table to the last. */
struct copy {
    struct db *to;
    struct tx *source;
    const struct copy_watch *w;
    struct copied_table *done;
    size_t n_done;
    int64_t rows;
    const struct db_table *table;
    struct bulk *bulk;
    int64_t seen, total;
};

static void show(const struct copy *cp)
{
    if (cp->w && cp->w->progress)
        cp->w->progress(cp->w->arg, cp->table->name, cp->seen, cp->total);
}

static err copy_row(struct ctx *c, const void *row, void *arg)
{
    struct copy *cp = arg;
    TRY(bulk_row(c, cp->bulk, row));
    if (++cp->seen % PROGRESS_EVERY == 0)
        show(cp);
    return ERR_OK;
}

/* In a write transaction of the target; may be run again, and then reads the rows again. */
static err copy_rows(struct ctx *c, struct tx *tx, void *arg)
{
    struct copy *cp = arg;
    cp->seen = 0;
    TRY(bulk_open(c, tx, cp->table->name_z, &cp->table->row, &cp->bulk));
    TRY(catalog_each(c, cp->source, cp->table, copy_row, cp));
    TRY(bulk_close(c, &cp->bulk));
    return catalog_renumber(c, tx, cp->table);
}

static err count_rows(struct ctx *c, struct tx *tx, void *arg)
{
    struct copy *cp = arg;
    return catalog_count(c, tx, cp->table, &cp->total);
}

/* The mark is one row more in its table, for now. */
static err compare_counts(struct ctx *c, struct copy *cp)
{
    int64_t mark = str_eq(cp->table->name, S("settings")) ? 1 : 0;
    int64_t source = cp->total;
    TRY(run_on(c, cp->to, TX_READ, count_rows, cp));
    if (cp->seen != source || cp->total != source + mark)
        return FAIL(c, INTERNAL, "%s has %lld rows in the source and %lld in the copy",
                    cp->table->name_z, (long long)source, (long long)(cp->total - mark));
    return ERR_OK;
}

static err copy_table(struct ctx *c, struct copy *cp, const struct db_table *t)
{
    cp->table = t;
    cp->seen = 0;
    TRY(catalog_count(c, cp->source, t, &cp->total));
    show(cp);
    TRY(run_on(c, cp->to, TX_WRITE, copy_rows, cp));
    show(cp);
    TRY(compare_counts(c, cp));
    cp->done[cp->n_done++] = (struct copied_table){ .name = t->name, .rows = cp->seen };
    cp->rows += cp->seen;
    return ERR_OK;
}

static err copy_tables(struct ctx *c, struct tx *tx, void *arg)
{
    struct copy *cp = arg;
    struct list tables;
    cp->source = tx;
    TRY(catalog_tables(c, tx, &tables));
    const struct db_table *t = tables.v;
    cp->done = arena_array(c->mem, struct copied_table, tables.n);
    for (size_t i = 0; i < tables.n; i++) {
        err e = str_eq(t[i].name, HISTORY) ? ERR_OK : copy_table(c, cp, &t[i]);
        if (e == ERR_BUSY) { /* a second run of the whole would meet rows of the first */
            struct str why = str_fmt(c->mem, "%s", c->fault.text);
            fault_clear(c);
            return FAIL(c, UPSTREAM, "%s: %.*s", t[i].name_z, STR_ARG(why));
        }
        TRY(e);
    }
    return ERR_OK;
}

err copy_database(struct ctx *c, struct db *from, struct db *to, const struct copy_watch *w,
                  struct copy_report *ret)
{
    struct copy cp = { .to = to, .w = w };
    struct setting mark = { .name = MARK };
    TRY(refuse_unfinished(c, from));
    TRY(run_on(c, to, TX_WRITE, put_setting, &mark));
    TRY(run_on(c, from, TX_READ, copy_tables, &cp));
    *ret = (struct copy_report){ .tables = { .v = cp.done, .n = cp.n_done }, .rows = cp.rows };
    return ERR_OK;
}

err copy_finish(struct ctx *c, struct db *to)
{
    struct setting mark = { .name = MARK };
    return run_on(c, to, TX_WRITE, drop_setting, &mark);
}
