/* backup: a verified copy of the database while the server runs, as one SQLite file. */
#include <sys/stat.h>
#include <unistd.h>

#include "app/cmds.h"
#include "app/progress.h"
#include "app/whole.h"
#include "base/str.h"
#include "db/backup.h"
#include "os/file.h"

struct backup_flags {
    struct str to;
    bool with_keys, force;
};
static const struct field backup_fields[] = {
    FIELD_STR(struct backup_flags, to, .flags = FIELD_NULL, .max = 1024,
              .doc = "New file, or a folder in which one named by the time is made."),
    FIELD_BOOL(struct backup_flags, with_keys, .preset = "false",
               .doc = "Put the keys into FILE.keys beside it; both together open everything."),
    FIELD_BOOL(struct backup_flags, force, .preset = "false",
               .doc = "Replace a file of that name."),
};
SCHEMA(backup_flags_schema, "BackupFlags", struct backup_flags, backup_fields);

struct backup_report {
    struct str file, engine, root_hash, last_leaf, keys;
    int64_t bytes, entries, duration_ms;
    bool rows_verified, is_valid;
};
static const struct field report_fields[] = {
    FIELD_STR(struct backup_report, file),
    FIELD_STR(struct backup_report, engine),
    FIELD_I64(struct backup_report, bytes),
    FIELD_I64(struct backup_report, entries),
    FIELD_STR(struct backup_report, root_hash),
    FIELD_STR(struct backup_report, last_leaf),
    FIELD_BOOL(struct backup_report, is_valid),
    FIELD_BOOL(struct backup_report, rows_verified),
    FIELD_STR(struct backup_report, keys, .flags = FIELD_NULL),
    FIELD_I64(struct backup_report, duration_ms),
};
static SCHEMA(report_schema, "BackupReport", struct backup_report, report_fields);

struct backup {
    const struct backup_flags *f;
    const char *path, *temporary;
    struct whole whole;
};

static bool same_file(const char *a, const char *b)
{
    struct stat x, y;
    return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

static const char *keys_folder(struct ctx *c, const struct backup *b)
{
    return str_z(c->mem, str_fmt(c->mem, "%s.keys", b->path));
}

/* The database itself is never replaced by its copy. */
static err choose_path(struct cli *cli, struct backup *b)
{
    struct ctx *c = &cli->c;
    struct str to = b->f->to, own = { 0 };
    const char *path = str_z(c->mem, to);
    if (whole_is_dir(path) || str_ends(to, S("/"))) {
        TRY(dir_make(c, path, 0700));
        to.n -= str_ends(to, S("/"));
        path = str_z(c->mem,
                     str_fmt(c->mem, "%.*s/enigma-%.*s.db", STR_ARG(to), STR_ARG(whole_stamp(c))));
    }
    if (db_url_file(c, installation_url(c, &cli->in.o), &own) &&
        same_file(path, str_z(c->mem, own)))
        return FAIL(c, CONFLICT, "%s is the database itself", path);
    if (access(path, F_OK) == 0 && !b->f->force)
        return FAIL(c, CONFLICT, "%s exists: --force replaces it", path);
    b->path = path;
    if (b->f->with_keys && access(keys_folder(c, b), F_OK) == 0 && !b->f->force)
        return FAIL(c, CONFLICT, "%s exists: --force replaces it", keys_folder(c, b));
    return ERR_OK;
}

/* Rows of another engine become a SQLite file. */
static err fill_file(struct cli *cli, const char *path)
{
    struct ctx *c = &cli->c;
    struct copy_report report;
    struct db *to = NULL;
    err e = installation_open_url(c, &cli->in, str_fmt(c->mem, "sqlite:%s", path), false, &to);
    if (e == ERR_OK)
        e = whole_empty(cli, to, false);
    if (e == ERR_OK)
        e = whole_fill(cli, cli->in.db, to, &report);
    if (e == ERR_OK)
        e = copy_finish(c, to);
    db_close(to);
    TRY(e);
    return db_pack(c, path);
}

static err copy_out(struct cli *cli, struct backup *b)
{
    struct ctx *c = &cli->c;
    struct progress p;
    if (strcmp(db_engine(cli->in.db), "sqlite") != 0)
        return fill_file(cli, b->temporary);
    progress_begin(&p, "pages", !cli->json);
    TRY(db_backup(c, cli->in.db, b->temporary, whole_pages, &p));
    progress_end(&p, whole_bytes(b->temporary) / 1024);
    return ERR_OK;
}

static err check_copy(struct cli *cli, struct backup *b)
{
    struct ctx *c = &cli->c;
    struct db *copy = NULL;
    TRY(installation_open_url(c, &cli->in, str_fmt(c->mem, "sqlite:%s", b->temporary), true,
                              &copy));
    err e = whole_check(cli, copy, &b->whole);
    db_close(copy);
    return e;
}

static err make_backup(struct cli *cli, struct backup *b)
{
    struct ctx *c = &cli->c;
    TRY(choose_path(cli, b));
    TRY(whole_temporary(c, b->path, &b->temporary));
    err e = copy_out(cli, b);
    if (e == ERR_OK)
        e = check_copy(cli, b);
    if (e == ERR_OK)
        e = file_publish(c, b->temporary, b->path, b->f->force);
    if (e != ERR_OK) {
        whole_discard(c, b->temporary);
        return e;
    }
    return b->f->with_keys ? keys_save(c, &cli->in.o, keys_folder(c, b), b->f->force) : ERR_OK;
}

static void print_backup(struct cli *cli, const struct backup *b, int64_t began_us)
{
    struct ctx *c = &cli->c;
    const struct backup_report r = {
        .file = str_of(b->path),
        .engine = str_of(db_engine(cli->in.db)),
        .bytes = whole_bytes(b->path),
        .entries = b->whole.head.size,
        .root_hash = b->whole.report.root_hash,
        .last_leaf = hash_hex(c->mem, &b->whole.head.last_leaf),
        .is_valid = b->whole.report.is_valid,
        .rows_verified = b->whole.rows,
        .keys = b->f->with_keys ? str_of(keys_folder(c, b)) : (struct str){ 0 },
        .duration_ms = (clock_system.mono_us(NULL) - began_us) / 1000,
    };
    if (cli->json) {
        cli_show(cli, &report_schema, &r);
        return;
    }
    cli_print(cli,
              "%s\nsize       %lld bytes\nentries    %lld\ntree head  %.*s\nlog        %s\n"
              "took       %lld ms\n",
              b->path, (long long)r.bytes, (long long)r.entries, STR_ARG(r.root_hash),
              !r.is_valid       ? "TAMPERED"
              : r.rows_verified ? "valid, and the rows agree with it"
                                : "valid; rows not compared: the schema is an older one",
              (long long)r.duration_ms);
    if (b->f->with_keys)
        cli_print(cli,
                  "keys       %s\n\nWhoever holds this file and these keys can read every "
                  "applicant's identity.\nKeep them apart.\n",
                  keys_folder(c, b));
    else
        cli_print(cli, "\nThe keys are not in it. Without them identities and the log's "
                       "commitments cannot be opened:\nkeep a copy of the keys folder apart.\n");
}

int cmd_backup(struct cli *cli, const void *flags)
{
    struct backup b = { .f = flags };
    int code = EXIT_OK;
    int64_t began_us = clock_system.mono_us(NULL);
    if (!b.f->to.p || !b.f->to.n)
        return cli_usage(cli, "backup needs --to FILE or a folder");
    cli->in.unhurried = true;
    if (!cli_open(cli, OPEN_READ_ONLY | OPEN_ANY_SCHEMA, &code))
        return code;
    err e = make_backup(cli, &b);
    if (e != ERR_OK) {
        code = cli_fail(cli);
        return e == ERR_CONFLICT || e == ERR_INVALID ? code : EXIT_DATA;
    }
    print_backup(cli, &b, began_us);
    return b.whole.report.is_valid ? EXIT_OK : whole_tampered(cli, &b.whole, b.path);
}
