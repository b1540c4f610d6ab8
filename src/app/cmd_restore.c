/* restore: a backup takes the place of the database, after it was checked; what was there is kept
 * aside. Killed at any point the old or the new database stands, never a mixture. */
#include <dirent.h>
#include <errno.h>
#include <unistd.h>

#include "app/cmds.h"
#include "app/progress.h"
#include "app/whole.h"
#include "base/str.h"
#include "db/backup.h"
#include "db/migrate.h"
#include "os/file.h"
#include "service/audit_log.h"

struct restore_flags {
    struct str from;
    bool force;
};
static const struct field restore_fields[] = {
    FIELD_STR(struct restore_flags, from, .flags = FIELD_NULL, .max = 1024,
              .doc = "The backup: a file, or a folder whose newest enigma-*.db is taken."),
    FIELD_BOOL(struct restore_flags, force, .preset = "false",
               .doc = "Although the data folder holds a database: it is kept aside (SQLite) or "
                      "thrown away (PostgreSQL)."),
};
SCHEMA(restore_flags_schema, "RestoreFlags", struct restore_flags, restore_fields);

struct restore_report {
    struct str from, database, root_hash, aside;
    int64_t entries, entries_before, migrations, duration_ms;
};
static const struct field report_fields[] = {
    FIELD_STR(struct restore_report, from),
    FIELD_STR(struct restore_report, database),
    FIELD_I64(struct restore_report, entries),
    FIELD_I64(struct restore_report, entries_before, .flags = FIELD_NULL),
    FIELD_STR(struct restore_report, root_hash),
    FIELD_I64(struct restore_report, migrations),
    FIELD_STR(struct restore_report, aside, .flags = FIELD_NULL),
    FIELD_I64(struct restore_report, duration_ms),
};
static SCHEMA(report_schema, "RestoreReport", struct restore_report, report_fields);

struct restore {
    const struct restore_flags *f;
    const char *from;      /* the backup */
    const char *path;      /* of the database; NULL: PostgreSQL */
    const char *temporary; /* the checked copy */
    const char *aside;     /* where the old database went */
    struct db *backup;
    size_t migrations;
    struct whole whole;
    struct log_head before; /* what the folder had seen */
    bool had_head;
};

/* Names carry their time, so the greatest is the newest. */
static err newest_in(struct ctx *c, const char *dir, const char **ret)
{
    struct str best = { 0 };
    DIR *d = opendir(dir);
    if (!d)
        return FAIL(c, NOT_FOUND, "%s cannot be read", dir);
    for (struct dirent *e = readdir(d); e; e = readdir(d)) {
        struct str name = str_of(e->d_name);
        bool ours = str_starts(name, S("enigma-")) && str_ends(name, S(".db"));
        if (ours && (!best.p || str_cmp(name, best) > 0))
            best = str_keep(c->mem, name);
    }
    closedir(d);
    if (!best.p)
        return FAIL(c, NOT_FOUND, "%s holds no enigma-*.db", dir);
    *ret = str_z(c->mem, str_fmt(c->mem, "%s/%.*s", dir, STR_ARG(best)));
    return ERR_OK;
}

static err find_backup(struct ctx *c, struct restore *r)
{
    r->from = str_z(c->mem, r->f->from);
    if (whole_is_dir(r->from))
        return newest_in(c, r->from, &r->from);
    if (access(r->from, R_OK) != 0)
        return FAIL(c, NOT_FOUND, "%s cannot be read", r->from);
    return ERR_OK;
}

/* A new folder takes the keys of the backup; keys that are there already are never replaced. */
static err bring_keys(struct ctx *c, const struct restore *r, const struct options *o)
{
    const char *keys = str_z(c->mem, str_fmt(c->mem, "%s.keys", r->from));
    TRY(dir_make(c, str_z(c->mem, o->data_dir), 0700));
    if (keys_present(c, o))
        return ERR_OK;
    if (!whole_is_dir(keys))
        return FAIL(c, FORBIDDEN,
                    "there are no keys in %.*s, and no folder %s: put the installation's keys back",
                    STR_ARG(o->data_dir), keys);
    return keys_bring(c, o, keys);
}

/* Rows in the database that the folder has now? A file that cannot be read counts as one with. */
static err refuse_occupied(struct cli *cli, const struct restore *r)
{
    struct ctx *c = &cli->c;
    struct db *old = NULL;
    bool empty = true;
    if (r->f->force || (r->path && access(r->path, F_OK) != 0))
        return ERR_OK;
    err e = installation_open_url(c, &cli->in, installation_url(c, &cli->in.o), true, &old);
    if (e == ERR_OK)
        e = copy_target_empty(c, old, &empty);
    db_close(old);
    if (e == ERR_OK && empty)
        return ERR_OK;
    if (!r->path)
        TRY(e);
    fault_clear(c);
    return FAIL(c, CONFLICT, "%.*s holds a database already: --force puts the backup in its place",
                STR_ARG(cli->in.o.data_dir));
}

/* The schema of an older program is brought up on the way. */
static err adopt(struct cli *cli, struct restore *r, struct db *db)
{
    struct ctx *c = &cli->c;
    struct db *before = cli->in.deps.db;
    installation_turn(&cli->in, db);
    err e = migrate_up(c, &r->migrations);
    if (e == ERR_OK)
        e = copy_refuse_unfinished(c);
    if (e == ERR_OK)
        e = audit_check_tail(c);
    size_t moved = 0; /* a copy of the file of a killed process may hold waiting entries */
    if (e == ERR_OK)
        e = audit_sequence(c, &moved);
    installation_turn(&cli->in, before);
    TRY(e);
    return whole_check(cli, db, &r->whole);
}

/* A copy beside the database, whole and checked before anything is changed. */
static err prepare_file(struct cli *cli, struct restore *r, const char *beside)
{
    struct ctx *c = &cli->c;
    struct progress p;
    struct db *copy = NULL;
    TRY(whole_temporary(c, beside, &r->temporary));
    progress_begin(&p, "pages", !cli->json);
    TRY(db_backup(c, r->backup, r->temporary, whole_pages, &p));
    progress_end(&p, whole_bytes(r->temporary) / 1024);
    struct str url = str_fmt(c->mem, "sqlite:%s", r->temporary);
    TRY(installation_open_url(c, &cli->in, url, false, &copy));
    err e = adopt(cli, r, copy);
    db_close(copy);
    TRY(e);
    return db_pack(c, r->temporary);
}

static err move_if_there(struct ctx *c, const char *path, const char *to)
{
    if (rename(path, to) != 0 && errno != ENOENT)
        return FAIL(c, INTERNAL, "%s cannot be moved aside", path);
    return ERR_OK;
}

/* The old log must be gone before the new file has the name: SQLite would play it into it. What it
 * holds is moved into the old file first, where that can still be done. */
static err move_old_aside(struct ctx *c, struct restore *r)
{
    if (access(r->path, F_OK) != 0)
        return ERR_OK;
    if (db_pack(c, r->path) != ERR_OK)
        fault_clear(c);
    r->aside = str_z(c->mem, str_fmt(c->mem, "%s.before-%.*s", r->path, STR_ARG(whole_stamp(c))));
    const char *log = str_z(c->mem, str_fmt(c->mem, "%s-wal", r->path));
    const char *index = str_z(c->mem, str_fmt(c->mem, "%s-shm", r->path));
    TRY(move_if_there(c, log, str_z(c->mem, str_fmt(c->mem, "%s-wal", r->aside))));
    if (unlink(index) != 0 && errno != ENOENT)
        return FAIL(c, INTERNAL, "%s cannot be removed", index);
    if (link(r->path, r->aside) != 0)
        return FAIL(c, INTERNAL, "%s cannot be kept aside", r->path);
    return ERR_OK;
}

static err put_file(struct cli *cli, struct restore *r)
{
    struct ctx *c = &cli->c;
    TRY(prepare_file(cli, r, r->path));
    if (!r->whole.report.is_valid)
        return ERR_OK;
    TRY(move_old_aside(c, r));
    return file_publish(c, r->temporary, r->path, true);
}

/* Into PostgreSQL: the file is checked first, then its rows are copied and checked again. */
static err put_rows(struct cli *cli, struct restore *r)
{
    struct ctx *c = &cli->c;
    struct copy_report report;
    struct db *from = NULL, *to = NULL;
    TRY(prepare_file(cli, r, installation_path(c, &cli->in.o, "restore")));
    if (!r->whole.report.is_valid)
        return ERR_OK;
    struct str url = str_fmt(c->mem, "sqlite:%s", r->temporary);
    err e = installation_open_url(c, &cli->in, url, true, &from);
    if (e == ERR_OK)
        e = installation_open_url(c, &cli->in, installation_url(c, &cli->in.o), false, &to);
    if (e == ERR_OK)
        e = whole_empty(cli, to, r->f->force);
    if (e == ERR_OK)
        e = whole_fill(cli, from, to, &report);
    if (e == ERR_OK)
        e = whole_check(cli, to, &r->whole);
    if (e == ERR_OK && r->whole.report.is_valid)
        e = copy_finish(c, to);
    db_close(from);
    db_close(to);
    return e;
}

static err put_back(struct cli *cli, struct restore *r)
{
    struct ctx *c = &cli->c;
    struct str url = str_fmt(c->mem, "sqlite:%s", r->from), file = { 0 };
    const char *head = installation_path(c, &cli->in.o, "log-head");
    if (db_url_file(c, installation_url(c, &cli->in.o), &file))
        r->path = str_z(c->mem, file);
    TRY(refuse_occupied(cli, r));
    if (log_head_read(c, head, &r->before, &r->had_head) != ERR_OK)
        fault_clear(c);
    TRY(installation_open_url(c, &cli->in, url, true, &r->backup));
    TRY(r->path ? put_file(cli, r) : put_rows(cli, r));
    return r->whole.report.is_valid ? log_head_write(c, head, &r->whole.head) : ERR_OK;
}

static void print_restore(struct cli *cli, const struct restore *r, int64_t began_us)
{
    const struct restore_report p = {
        .from = str_of(r->from),
        .database = r->path ? str_of(r->path) : S("postgres"),
        .entries = r->whole.head.size,
        .entries_before = r->had_head ? r->before.size : SCHEMA_NULL_I64,
        .root_hash = r->whole.report.root_hash,
        .migrations = (int64_t)r->migrations,
        .aside = str_of(r->aside),
        .duration_ms = (clock_system.mono_us(NULL) - began_us) / 1000,
    };
    if (cli->json) {
        cli_show(cli, &report_schema, &p);
        return;
    }
    cli_print(cli, "%.*s restored from %s\nentries    %lld\ntree head  %.*s\ntook       %lld ms\n",
              STR_ARG(p.database), r->from, (long long)p.entries, STR_ARG(p.root_hash),
              (long long)p.duration_ms);
    if (r->migrations)
        cli_print(cli, "schema     %zu migrations applied\n", r->migrations);
    if (r->had_head && r->before.size > p.entries)
        cli_print(cli, "\nTHE LOG WENT BACK from %lld to %lld entries: what came after is lost.\n",
                  (long long)r->before.size, (long long)p.entries);
    if (r->aside)
        cli_print(cli, "\nThe database that was here is kept as %s\n", r->aside);
}

static int restore_code(struct cli *cli, err e)
{
    int code = cli_fail(cli);
    return e == ERR_CONFLICT ? code : EXIT_DATA;
}

int cmd_restore(struct cli *cli, const void *flags)
{
    struct restore r = { .f = flags };
    struct ctx *c = &cli->c;
    int code = EXIT_OK;
    int64_t began_us = clock_system.mono_us(NULL);
    if (!r.f->from.p || !r.f->from.n)
        return cli_usage(cli, "restore needs --from FILE or a folder");
    err e = find_backup(c, &r);
    if (e == ERR_OK)
        e = bring_keys(c, &r, &cli->in.o);
    if (e != ERR_OK)
        return restore_code(cli, e);
    cli->in.unhurried = true;
    if (!cli_open(cli, OPEN_EXCLUSIVE | OPEN_NO_DATABASE, &code))
        return code;
    e = put_back(cli, &r);
    db_close(r.backup);
    if (r.temporary)
        whole_discard(c, r.temporary);
    if (e != ERR_OK)
        return restore_code(cli, e);
    if (!r.whole.report.is_valid)
        return whole_tampered(cli, &r.whole, r.from);
    print_restore(cli, &r, began_us);
    return EXIT_OK;
}
