/* A migration before it runs: its text for this engine, and which tables with rows it names. */
#include "db/migrate_plan.h"

#include "base/str.h"
#include "db/catalog.h"
#include "db/driver.h"

enum { PLAN_TEXT_MAX = 4 << 20 };

static const struct field table_fields[] = {
    FIELD_STR(struct migration_table, name, .doc = "Table that is there already."),
    FIELD_I64(struct migration_table, rows, .doc = "About how many rows it has."),
};
SCHEMA(migration_table_schema, "MigrationTable", struct migration_table, table_fields);

err migrate_sql(struct ctx *c, int64_t version, bool down, struct buf *ret)
{
    const struct migration *m = NULL;
    for (size_t i = 0; i < migration_count && m == NULL; i++)
        if (migrations_embedded()[i].version == version)
            m = &migrations_embedded()[i];
    if (m == NULL)
        return FAIL(c, NOT_FOUND, "no migration %04d is known here", (int)version);
    struct buf text;
    buf_init(&text, c->mem, PLAN_TEXT_MAX);
    TRY(dialect_text(c, c->deps->db->drv->dialect, down ? m->down : m->up, &text));
    struct str rest = buf_view(&text);
    while (rest.p != NULL && rest.n > 0) {
        struct str line;
        rest = str_cut(rest, '\n', &line);
        if (str_trim(line).n == 0)
            continue;
        buf_str(ret, line);
        buf_c(ret, '\n');
    }
    return buf_ok(ret) ? ERR_OK : FAIL(c, TOO_LARGE, "migration: the script is too large");
}

static bool is_word(char ch)
{
    return ch == '_' || (ch >= '0' && ch <= '9') || ((ch | 32) >= 'a' && (ch | 32) <= 'z');
}

static bool has_word(struct str text, struct str word)
{
    for (size_t at = 0; at + word.n <= text.n; at++) {
        const char *hit = memmem(text.p + at, text.n - at, word.p, word.n);
        if (hit == NULL)
            return false;
        at = (size_t)(hit - text.p);
        bool begins = at == 0 || !is_word(text.p[at - 1]);
        bool ends = at + word.n == text.n || !is_word(text.p[at + word.n]);
        if (begins && ends)
            return true;
    }
    return false;
}

struct touch {
    struct str sql;
    struct migration_table *v;
    size_t n;
};

static err touched_fn(struct ctx *c, struct tx *tx, void *arg)
{
    struct touch *t = arg;
    struct list tables;
    TRY(catalog_tables(c, tx, &tables));
    const struct db_table *all = tables.v;
    t->v = arena_array(c->mem, struct migration_table, tables.n);
    t->n = 0;
    for (size_t i = 0; i < tables.n; i++) {
        if (!has_word(t->sql, all[i].name))
            continue;
        t->v[t->n].name = all[i].name;
        TRY(catalog_about(c, tx, all[i].name, &t->v[t->n].rows));
        t->n++;
    }
    return ERR_OK;
}

err migrate_touched(struct ctx *c, struct str sql, struct list *ret_tables)
{
    struct touch t = { .sql = sql };
    TRY(tx_run(c, TX_READ, touched_fn, &t));
    *ret_tables = (struct list){ .v = t.v, .n = t.n };
    return ERR_OK;
}
