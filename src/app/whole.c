/* Whole databases: checked, filled, put into files beside each other. */
#include "app/whole.h"

#include <sys/stat.h>
#include <unistd.h>

#include "app/progress.h"
#include "base/str.h"
#include "codec/time.h"
#include "db/backup.h"
#include "db/migrate.h"
#include "os/file.h"
#include "service/audit_log.h"

enum { STEPS_ALL = 1000000 };

static void verify_step(void *arg, int64_t done, int64_t total)
{
    progress_step(arg, done, total);
}

static err check_turned(struct cli *cli, struct db *db, struct whole *ret)
{
    struct ctx *c = &cli->c;
    struct progress p;
    TRY(db_check_file(c, db));
    ret->rows = migrate_check(c) == ERR_OK;
    fault_clear(c);
    progress_begin(&p, "verify", !cli->json);
    const struct verify_options o = { .rows = ret->rows, .progress = verify_step, .arg = &p };
    TRY(audit_verify(c, &o, &ret->report));
    progress_end(&p, ret->report.chain_length);
    return log_head_now(c, &ret->head);
}

err whole_check(struct cli *cli, struct db *db, struct whole *ret)
{
    struct db *before = cli->in.deps.db;
    *ret = (struct whole){ 0 };
    installation_turn(&cli->in, db);
    err e = check_turned(cli, db, ret);
    installation_turn(&cli->in, before);
    return e;
}

int whole_tampered(struct cli *cli, const struct whole *w, const char *what)
{
    const struct verify_invalid *v = w->report.invalid_entries.v;
    cli_flush(cli);
    fprintf(stderr, "enigma: %s: %.*s\n", what, STR_ARG(w->report.message));
    for (size_t i = 0; i < w->report.invalid_entries.n && i < 5; i++)
        fprintf(stderr, "  entry %lld %.*s %.*s\n", (long long)v[i].index, STR_ARG(v[i].code),
                STR_ARG(v[i].detail));
    return EXIT_FAILED;
}

struct shown {
    struct progress p;
    struct str table;
    bool show;
};

static void copy_step(void *arg, struct str table, int64_t done, int64_t total)
{
    struct shown *s = arg;
    if (!str_eq(table, s->table)) {
        s->table = table;
        progress_begin(&s->p, table.p, s->show);
    }
    progress_step(&s->p, done, total);
    if (done == total && total > 0)
        progress_end(&s->p, total);
}

/* Entries that waited for their place in the source get it in the target: no sequencer comes by in
 * a file. */
static err place_waiting(struct cli *cli, struct db *to)
{
    struct db *before = cli->in.deps.db;
    size_t moved = 0;
    installation_turn(&cli->in, to);
    err e = audit_sequence(&cli->c, &moved);
    installation_turn(&cli->in, before);
    return e;
}

err whole_fill(struct cli *cli, struct db *from, struct db *to, struct copy_report *ret)
{
    struct shown s = { .show = !cli->json };
    const struct copy_watch w = { .progress = copy_step, .arg = &s };
    TRY(copy_database(&cli->c, from, to, &w, ret));
    return place_waiting(cli, to);
}

static err empty_turned(struct cli *cli, struct db *to, bool discard)
{
    struct ctx *c = &cli->c;
    size_t n = 0;
    bool empty = false;
    TRY(copy_target_empty(c, to, &empty));
    if (!empty && !discard)
        return FAIL(c, CONFLICT, "the target holds rows: --force throws them away");
    if (!empty)
        TRY(migrate_down(c, STEPS_ALL, true, &n));
    return migrate_up(c, &n);
}

err whole_empty(struct cli *cli, struct db *to, bool discard)
{
    struct db *before = cli->in.deps.db;
    installation_turn(&cli->in, to);
    err e = empty_turned(cli, to, discard);
    installation_turn(&cli->in, before);
    return e;
}

void whole_pages(void *arg, int64_t done, int64_t total)
{
    progress_step(arg, done, total);
}

err whole_temporary(struct ctx *c, const char *path, const char **ret)
{
    uint64_t salt;
    ctx_random(c, &salt, sizeof(salt));
    const char *name =
        str_z(c->mem, str_fmt(c->mem, "%s.%016llx.partial", path, (unsigned long long)salt));
    TRY(file_write_new(c, name, S(""), 0600));
    *ret = name;
    return ERR_OK;
}

void whole_discard(struct ctx *c, const char *temporary)
{
    static const char *const tails[] = { "", "-wal", "-shm", "-journal" };
    for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++)
        unlink(str_z(c->mem, str_fmt(c->mem, "%s%s", temporary, tails[i])));
}

int64_t whole_bytes(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 ? (int64_t)st.st_size : 0;
}

bool whole_is_dir(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

struct str whole_stamp(struct ctx *c)
{
    struct buf b;
    buf_init(&b, c->mem, TIME_TEXT_MAX);
    time_write_compact(&b, c->now_us);
    return buf_view(&b);
}
