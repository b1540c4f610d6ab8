/* migrate: what is pending, what it will do and hold up, what it did and how long that took. */
#include "app/cmds.h"
#include "base/str.h"
#include "codec/time.h"
#include "db/migrate.h"
#include "db/migrate_plan.h"
#include "os/file.h"

enum { PLAN_MAX = 8 << 20 };

struct migrate_up_flags {
    bool sql;
};
static const struct field migrate_up_fields[] = {
    FIELD_BOOL(struct migrate_up_flags, sql, .preset = "false",
               .doc = "Print the SQL of what is pending and change nothing."),
};
SCHEMA(migrate_up_flags_schema, "MigrateUpFlags", struct migrate_up_flags, migrate_up_fields);

struct migrate_down_flags {
    int64_t steps;
    bool discard_data, sql;
};
static const struct field migrate_down_fields[] = {
    FIELD_I64(struct migrate_down_flags, steps, .min = 1, .max = 1000, .preset = "1",
              .doc = "How many migrations to take back."),
    FIELD_BOOL(struct migrate_down_flags, discard_data, .preset = "false",
               .doc = "Drop tables although they hold log entries or rows."),
    FIELD_BOOL(struct migrate_down_flags, sql, .preset = "false",
               .doc = "Print the SQL of these steps and change nothing."),
};
SCHEMA(migrate_down_flags_schema, "MigrateDownFlags", struct migrate_down_flags,
       migrate_down_fields);

/* The result for programs. */
struct migrated {
    int64_t count, duration_ms;
    struct str engine, version;
    struct list migrations;
};
#define MIGRATED_REST                                                                              \
    FIELD_STR(struct migrated, engine), FIELD_STR(struct migrated, version, .flags = FIELD_NULL),  \
        FIELD_LIST(struct migrated, migrations, .of = &migration_state_schema),                    \
        FIELD_I64(struct migrated, duration_ms)
static const struct field applied_fields[] = {
    FIELD_NAMED(struct migrated, count, "applied", F_I64, int64_t, .doc = ""),
    MIGRATED_REST,
};
static SCHEMA(applied_schema, "Applied", struct migrated, applied_fields);
static const struct field undone_fields[] = {
    FIELD_NAMED(struct migrated, count, "undone", F_I64, int64_t, .doc = ""),
    MIGRATED_REST,
};
static SCHEMA(undone_schema, "Undone", struct migrated, undone_fields);

/* Nothing was changed: all is one transaction. */
static void fail_migrate(struct cli *cli)
{
    bool busy = cli->c.fault.kind == ERR_BUSY;
    cli_fail(cli);
    if (busy)
        fputs(
            "enigma: another session holds a table; nothing was changed, try again when it ends\n",
            stderr);
}

static bool is(const struct migration_state *s, const char *state)
{
    return str_eq(s->state, str_of(state));
}

static struct str label(struct ctx *c, const struct migration_state *s)
{
    return str_fmt(c->mem, "%04lld_%.*s", (long long)s->version, STR_ARG(s->name));
}

/* The newest applied one, or an absent view. */
static struct str version_of(struct ctx *c, const struct list *states)
{
    const struct migration_state *s = states->v;
    for (size_t i = states->n; i > 0; i--)
        if (is(&s[i - 1], "applied"))
            return label(c, &s[i - 1]);
    return (struct str){ 0 };
}

/* The steps that `down` would take, newest first, or those that `up` would. */
static struct list steps_of(struct ctx *c, const struct list *states, bool down, size_t max)
{
    const struct migration_state *s = states->v;
    struct migration_state *v = arena_array(c->mem, struct migration_state, states->n);
    size_t n = 0;
    for (size_t i = 0; i < states->n && n < max; i++) {
        const struct migration_state *one = down ? &s[states->n - 1 - i] : &s[i];
        if (is(one, down ? "applied" : "pending"))
            v[n++] = *one;
    }
    return (struct list){ .v = v, .n = n };
}

static err print_sql(struct cli *cli, const struct list *steps, bool down)
{
    struct ctx *c = &cli->c;
    const struct migration_state *s = steps->v;
    struct buf sql;
    buf_init(&sql, c->mem, PLAN_MAX);
    for (size_t i = 0; i < steps->n; i++) {
        struct str name = label(c, &s[i]);
        buf_fmt(&sql, "-- %.*s, %s, %s\n", STR_ARG(name), down ? "down" : "up",
                db_engine(cli->in.db));
        TRY(migrate_sql(c, s[i].version, down, &sql));
    }
    buf_str(&cli->out, buf_view(&sql));
    return ERR_OK;
}

/* Tables with rows that the text names: those whose size decides how long it takes. */
static void print_touched(struct cli *cli, int64_t version, bool down)
{
    struct ctx *c = &cli->c;
    struct buf sql;
    struct list tables = { 0 };
    buf_init(&sql, c->mem, PLAN_MAX);
    if (migrate_sql(c, version, down, &sql) != ERR_OK ||
        migrate_touched(c, buf_view(&sql), &tables) != ERR_OK) {
        fault_clear(c); /* only a hint */
        return;
    }
    const struct migration_table *t = tables.v;
    for (size_t i = 0; i < tables.n; i++)
        if (t[i].rows > 0)
            cli_print(cli, "      names %.*s, about %lld rows\n", STR_ARG(t[i].name),
                      (long long)t[i].rows);
}

static void print_plan(struct cli *cli, const struct list *states, const struct list *steps,
                       bool down)
{
    struct ctx *c = &cli->c;
    const struct migration_state *s = steps->v;
    bool sqlite = strcmp(db_engine(cli->in.db), "sqlite") == 0;
    struct str at = version_of(c, states);
    cli_print(cli, "Schema of this %s database: %.*s; %zu %s.\n", sqlite ? "SQLite" : "PostgreSQL",
              STR_ARG(at.p ? at : S("none yet")), steps->n, down ? "to take back" : "pending");
    for (size_t i = 0; i < steps->n; i++) {
        struct str name = label(c, &s[i]);
        cli_print(cli, "  %-32.*s sha256 %.*s\n", STR_ARG(name), STR_ARG(s[i].sha256));
        print_touched(cli, s[i].version, down);
    }
    if (steps->n == 0)
        return;
    cli_print(cli, sqlite ? "All in one transaction: readers go on, writers wait for its end.\n"
                          : "All in one transaction under an advisory lock: other migrating "
                            "processes wait;\neach table named above is locked from its first "
                            "statement to the end.\n");
    cli_flush(cli);
}

/* How each of the steps stands now: with the time it took. */
static struct list steps_now(struct ctx *c, const struct list *steps, const struct list *states)
{
    const struct migration_state *s = steps->v, *now = states->v;
    struct migration_state *v = arena_array(c->mem, struct migration_state, steps->n);
    for (size_t i = 0; i < steps->n; i++) {
        v[i] = s[i];
        for (size_t k = 0; k < states->n; k++)
            if (now[k].version == s[i].version)
                v[i] = now[k];
    }
    return (struct list){ .v = v, .n = steps->n };
}

static err print_done(struct cli *cli, const struct list *steps, size_t n, int64_t began_us,
                      bool down)
{
    struct ctx *c = &cli->c;
    struct list states = { 0 };
    TRY(migrate_status(&cli->c, &states));
    struct list now = steps_now(c, steps, &states);
    const struct migration_state *s = now.v;
    const struct migrated r = {
        .count = (int64_t)n,
        .duration_ms = (clock_system.mono_us(NULL) - began_us) / 1000,
        .engine = str_of(db_engine(cli->in.db)),
        .version = version_of(c, &states),
        .migrations = now,
    };
    if (cli->json) {
        cli_show(cli, down ? &undone_schema : &applied_schema, &r);
        return ERR_OK;
    }
    for (size_t i = 0; i < now.n && !down; i++) {
        struct str name = label(c, &s[i]);
        cli_print(cli, "  %-32.*s %-8.*s %lld.%03lld ms\n", STR_ARG(name), STR_ARG(s[i].state),
                  (long long)(s[i].took_us / 1000), (long long)(s[i].took_us % 1000));
    }
    cli_print(cli, "%zu migrations %s in %lld ms; the schema is at %.*s.\n", n,
              down ? "taken back" : "applied", (long long)r.duration_ms,
              STR_ARG(r.version.p ? r.version : S("none")));
    return ERR_OK;
}

static err run_up(struct cli *cli, const struct migrate_up_flags *f)
{
    struct list states = { 0 };
    size_t applied = 0;
    int64_t began_us = clock_system.mono_us(NULL);
    TRY(migrate_status(&cli->c, &states));
    struct list steps = steps_of(&cli->c, &states, false, states.n);
    if (f->sql)
        return print_sql(cli, &steps, false);
    if (!cli->json)
        print_plan(cli, &states, &steps, false);
    TRY(migrate_up(&cli->c, &applied));
    return print_done(cli, &steps, applied, began_us, false);
}

int cmd_migrate_up(struct cli *cli, const void *flags)
{
    const struct migrate_up_flags *f = flags;
    int code = EXIT_OK;
    if (!cli_open(cli, (f->sql ? OPEN_READ_ONLY : OPEN_CREATE) | OPEN_ANY_SCHEMA, &code))
        return code;
    if (run_up(cli, f) == ERR_OK)
        return EXIT_OK;
    fail_migrate(cli);
    return EXIT_DATA;
}

/* A log that was thrown away on purpose must not be missed at the next start. */
static err forget_head(struct cli *cli)
{
    struct list states = { 0 };
    TRY(migrate_status(&cli->c, &states));
    const struct migration_state *s = states.v;
    if (states.n == 0 || !is(&s[0], "pending"))
        return ERR_OK;
    return file_remove(&cli->c, installation_path(&cli->c, &cli->in.o, "log-head"));
}

static err run_down(struct cli *cli, const struct migrate_down_flags *f)
{
    struct list states = { 0 };
    size_t undone = 0;
    int64_t began_us = clock_system.mono_us(NULL);
    TRY(migrate_status(&cli->c, &states));
    struct list steps = steps_of(&cli->c, &states, true, (size_t)f->steps);
    if (f->sql)
        return print_sql(cli, &steps, true);
    if (!cli->json)
        print_plan(cli, &states, &steps, true);
    TRY(migrate_down(&cli->c, (size_t)f->steps, f->discard_data, &undone));
    TRY(forget_head(cli));
    return print_done(cli, &steps, undone, began_us, true);
}

int cmd_migrate_down(struct cli *cli, const void *flags)
{
    const struct migrate_down_flags *f = flags;
    int code = EXIT_OK;
    if (!cli_open(cli, (f->sql ? OPEN_READ_ONLY : OPEN_EXCLUSIVE) | OPEN_ANY_SCHEMA, &code))
        return code;
    if (run_down(cli, f) == ERR_OK)
        return EXIT_OK;
    fail_migrate(cli);
    return EXIT_REFUSED;
}

static void print_states(struct cli *cli, const struct list *states, bool history)
{
    const struct migration_state *s = states->v;
    for (size_t i = 0; i < states->n; i++) {
        struct buf t;
        buf_init(&t, cli->c.mem, TIME_TEXT_MAX);
        if (s[i].applied_at)
            time_write(&t, s[i].applied_at);
        if (history && !s[i].applied_at)
            continue;
        cli_print(cli, "%04lld  %-9.*s %-27.*s %-20.*s", (long long)s[i].version,
                  STR_ARG(s[i].state), STR_ARG(buf_view(&t)), STR_ARG(s[i].name));
        if (history)
            cli_print(cli, " %8lld.%03lld ms  %.*s\n", (long long)(s[i].took_us / 1000),
                      (long long)(s[i].took_us % 1000), STR_ARG(s[i].sha256));
        else
            cli_print(cli, " %.12s\n", s[i].sha256.p ? s[i].sha256.p : "");
    }
}

static int show_states(struct cli *cli, bool history)
{
    int code = EXIT_OK;
    struct list states = { 0 };
    if (!cli_open(cli, OPEN_ANY_SCHEMA | OPEN_READ_ONLY, &code))
        return code;
    if (migrate_status(&cli->c, &states) != ERR_OK)
        return cli_fail(cli);
    if (cli->json)
        cli_show_list(cli, &migration_state_schema, &states);
    else
        print_states(cli, &states, history);
    return EXIT_OK;
}

int cmd_migrate_status(struct cli *cli, const void *flags)
{
    (void)flags;
    return show_states(cli, false);
}

int cmd_migrate_history(struct cli *cli, const void *flags)
{
    (void)flags;
    return show_states(cli, true);
}
