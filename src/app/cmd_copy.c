/* copy: all rows of one database into another of either engine, verified at the end. */
#include "app/cmds.h"
#include "app/whole.h"
#include "base/str.h"
#include "db/migrate.h"

struct copy_flags {
    struct str from, to;
    bool force;
};
static const struct field copy_fields[] = {
    FIELD_STR(struct copy_flags, from, .flags = FIELD_NULL | FIELD_SECRET, .max = 2048,
              .doc = "Source; the installation's own database when left out."),
    FIELD_STR(struct copy_flags, to, .flags = FIELD_NULL | FIELD_SECRET, .max = 2048,
              .doc = "Target: sqlite:PATH or postgresql://…; empty, or not there yet."),
    FIELD_BOOL(struct copy_flags, force, .preset = "false",
               .doc = "Throw away what the target holds."),
};
SCHEMA(copy_flags_schema, "CopyFlags", struct copy_flags, copy_fields);

struct copied {
    struct str from, to, root_hash;
    int64_t rows, entries, duration_ms;
    struct list tables;
};
static const struct field copied_fields[] = {
    FIELD_STR(struct copied, from, .doc = "Engine of the source."),
    FIELD_STR(struct copied, to, .doc = "Engine of the target."),
    FIELD_I64(struct copied, rows),
    FIELD_I64(struct copied, entries),
    FIELD_STR(struct copied, root_hash),
    FIELD_LIST(struct copied, tables, .of = &copied_table_schema),
    FIELD_I64(struct copied, duration_ms),
};
static SCHEMA(copied_schema, "Copied", struct copied, copied_fields);

/* Asked before anything is thrown away: a target that is the source under another name. */
static err refuse_same(struct cli *cli, struct db *to)
{
    struct ctx *c = &cli->c;
    struct list states = { 0 };
    bool same = false;
    installation_turn(&cli->in, to);
    err e = migrate_status(c, &states);
    installation_turn(&cli->in, cli->in.db);
    TRY(e);
    const struct migration_state *v = states.v;
    if (states.n == 0 || str_eq(v[0].state, S("pending"))) /* no schema: surely another one */
        return ERR_OK;
    TRY(copy_same_database(c, cli->in.db, to, &same));
    return same ? FAIL(c, INVALID, "--from and --to name the same database") : ERR_OK;
}

static err copy_checked(struct cli *cli, const struct copy_flags *f, struct db *to,
                        struct copy_report *report, struct whole *whole)
{
    TRY(refuse_same(cli, to));
    TRY(whole_empty(cli, to, f->force));
    TRY(whole_fill(cli, cli->in.db, to, report));
    TRY(whole_check(cli, to, whole));
    return whole->report.is_valid ? copy_finish(&cli->c, to) : ERR_OK;
}

static void print_copied(struct cli *cli, const struct copied *r)
{
    const struct copied_table *t = r->tables.v;
    if (cli->json) {
        cli_show(cli, &copied_schema, r);
        return;
    }
    for (size_t i = 0; i < r->tables.n; i++)
        cli_print(cli, "%-26.*s %lld\n", STR_ARG(t[i].name), (long long)t[i].rows);
    cli_print(cli,
              "%lld rows copied from %.*s to %.*s in %lld ms; the counts agree\n"
              "entries    %lld\ntree head  %.*s\n\n"
              "The keys stay where they are: set DATABASE_URL to the target and start with the "
              "same data folder, %.*s.\n",
              (long long)r->rows, STR_ARG(r->from), STR_ARG(r->to), (long long)r->duration_ms,
              (long long)r->entries, STR_ARG(r->root_hash), STR_ARG(cli->in.o.data_dir));
}

static int copy_code(struct cli *cli, err e)
{
    int code = cli_fail(cli);
    return e == ERR_CONFLICT || e == ERR_INVALID ? code : EXIT_DATA;
}

int cmd_copy(struct cli *cli, const void *flags)
{
    const struct copy_flags *f = flags;
    struct copy_report report = { 0 };
    struct whole whole = { 0 };
    struct db *to = NULL;
    int code = EXIT_OK;
    int64_t began_us = clock_system.mono_us(NULL);
    if (!f->to.p)
        return cli_usage(cli, "copy needs --to URL");
    if (f->from.p)
        cli->in.o.database_url = f->from;
    if (str_eq(installation_url(&cli->c, &cli->in.o), f->to))
        return cli_usage(cli, "--from and --to name the same database");
    cli->in.unhurried = true;
    if (!cli_open(cli, OPEN_EXCLUSIVE | OPEN_READ_ONLY, &code))
        return code;
    err e = installation_open_url(&cli->c, &cli->in, f->to, false, &to);
    if (e == ERR_OK)
        e = copy_checked(cli, f, to, &report, &whole);
    struct str engine = to ? str_of(db_engine(to)) : S("");
    db_close(to);
    if (e != ERR_OK)
        return copy_code(cli, e);
    if (!whole.report.is_valid)
        return whole_tampered(cli, &whole, "the copy");
    print_copied(cli, &(struct copied){
                          .from = str_of(db_engine(cli->in.db)),
                          .to = engine,
                          .root_hash = whole.report.root_hash,
                          .rows = report.rows,
                          .entries = whole.head.size,
                          .tables = report.tables,
                          .duration_ms = (clock_system.mono_us(NULL) - began_us) / 1000,
                      });
    return EXIT_OK;
}
