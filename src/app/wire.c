/* The composition root: opens what an installation consists of, in order, and gives it up again. */
#include "app/wire.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/str.h"
#include "db/migrate.h"
#include "os/file.h"
#include "service/audit_log.h"
#include "service/evaluate.h"

enum {
    GROUP_MAX = 256,
    STEP_ARENA_MAX = 256 * 1024 * 1024,
    DRAIN_ARENA_MAX = 256 * 1024 * 1024,
    DRAIN_BUDGET_US = 5000000,
    LOCK_WAIT_MS = 10000, /* another process starts, which may take a migration */
};

static const struct evaluator_port *const evaluators[] = { &evaluator_builtin, NULL };

static const char *beside(struct ctx *c, const struct installation *in, const char *name)
{
    return str_z(c->mem, str_fmt(c->mem, "%.*s/%s", STR_ARG(in->o.data_dir), name));
}

static err open_log(struct ctx *c, struct installation *in)
{
    in->log_fd = STDERR_FILENO;
    if (in->o.log_file.p) {
        const char *path = str_z(c->mem, in->o.log_file);
        in->log_fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
        if (in->log_fd < 0)
            return FAIL(c, INVALID, "LOG_FILE %s cannot be opened for writing", path);
    }
    in->log = log_open(in->log_fd, (enum log_level)in->o.log_level, &clock_system);
    return in->log ? ERR_OK : FAIL(c, INTERNAL, "out of memory");
}

static void fill_settings(struct installation *in, struct str export_dir)
{
    const struct options *o = &in->o;
    struct settings *s = &in->settings;
    s->weights = (struct weights){ (int32_t)o->weight_academic, (int32_t)o->weight_test,
                                   (int32_t)o->weight_achievement, (int32_t)o->weight_essay };
    s->admin_token_hours = o->admin_token_expiry_hours;
    s->student_session_hours = o->student_session_ttl_hours;
    s->admin_idle_minutes = o->admin_idle_minutes;
    s->student_idle_minutes = o->student_idle_minutes;
    s->bcrypt_cost = o->bcrypt_cost;
    s->login_failures_account = o->login_failures_account;
    s->login_failures_address = o->login_failures_address;
    s->login_window_minutes = o->login_window_minutes;
    s->judge_attempts = o->max_retry_attempts;
    s->request_budget_ms = o->request_budget_ms;
    s->chunk_items = o->chunk_items;
    s->lease_seconds = o->lease_seconds;
    s->job_attempts = o->job_attempts;
    s->idempotency_hours = o->idempotency_hours;
    s->provider = o->provider == OPTION_PROVIDER_EXTERNAL ? S("external") : S("builtin");
    s->export_dir = str_keep(in->mem, export_dir);
    s->base_url = o->base_url;
    s->demo = o->demo;
    s->audit_pending = o->audit_sequencer == OPTION_SEQUENCER_ALWAYS;
    s->public_interview_status = o->compat_public_interview_status;
}

_Static_assert((int)OPTION_POOLER_AUTO == DB_POOLER_AUTO &&
                   (int)OPTION_POOLER_NONE == DB_POOLER_NONE &&
                   (int)OPTION_POOLER_TRANSACTION == DB_POOLER_TRANSACTION,
               "the names of the option are those of the enum");

static err open_database(struct ctx *c, struct installation *in, unsigned flags)
{
    const struct options *o = &in->o;
    struct str url = o->database_url;
    if (!url.p)
        url = str_fmt(c->mem, "sqlite:%.*s/enigma.db", STR_ARG(o->data_dir));
    const struct db_options d = {
        .url = url,
        .readers_max = (uint32_t)o->database_readers,
        .cache_kib = (uint32_t)o->database_cache_kib,
        .mmap_mib = (uint32_t)o->database_mmap_mib,
        .busy_ms = (uint32_t)o->database_busy_ms,
        .group_max = GROUP_MAX,
        .direct_url = o->database_direct_url,
        .replica_url = o->database_replica_url,
        .pooler = (enum db_pooler)o->database_pooler,
        .pool_max = (uint32_t)o->database_pool_size,
        .pool_wait_ms = (uint32_t)o->database_pool_timeout * 1000,
        .statement_ms = (uint32_t)o->database_statement_timeout_ms,
        .read_only = (flags & OPEN_READ_ONLY) != 0,
    };
    TRY(db_open(c, &d, &in->db));
    in->deps.db = in->db;
    if (flags & OPEN_MIGRATE) {
        size_t applied = 0;
        TRY(migrate_up(c, &applied));
        TRY(audit_init(c));
        TRY(audit_check_tail(c));
        size_t moved = 0; /* what a process that was killed left behind */
        TRY(audit_sequence(c, &moved));
    } else if (!(flags & OPEN_ANY_SCHEMA)) {
        TRY(migrate_check(c));
    }
    in->log_open = !(flags & OPEN_ANY_SCHEMA);
    return ERR_OK;
}

/* Who works in the folder shares its lock; who changes keys or schema has it alone. */
static err lock_folder(struct ctx *c, struct installation *in, unsigned flags)
{
    const char *path = beside(c, in, "enigma.lock"), *who = "process";
    err e = ERR_OK;
    if (flags & OPEN_SERVER) {
        e = file_lock(c, beside(c, in, "server.lock"), &in->server_fd);
        who = "server";
    }
    if (e == ERR_OK && (flags & OPEN_SHARED)) {
        e = file_lock_shared(c, path, LOCK_WAIT_MS, &in->lock_fd, &in->alone);
    } else if (e == ERR_OK && (flags & OPEN_EXCLUSIVE)) {
        e = file_lock(c, path, &in->lock_fd);
        in->alone = e == ERR_OK;
    }
    if (e != ERR_CONFLICT)
        return e;
    fault_clear(c);
    return FAIL(c, CONFLICT, "%.*s is in use by another enigma %s", STR_ARG(in->o.data_dir), who);
}

static err prepare_folder(struct ctx *c, struct installation *in, unsigned flags)
{
    const char *dir = str_z(c->mem, in->o.data_dir);
    if (flags & OPEN_CREATE) {
        TRY(dir_make(c, dir, 0700));
    } else {
        unsigned mode = 0;
        err e = file_mode(c, dir, &mode);
        if (e != ERR_OK) {
            fault_clear(c);
            return FAIL(c, NOT_FOUND, "%s is not there: `enigma init` makes it", dir);
        }
    }
    return lock_folder(c, in, flags);
}

/* While nobody else works on the folder's own database, leases of the past are of the dead. Those
 * of another database may be held from elsewhere. */
static err settle_locks(struct ctx *c, struct installation *in, unsigned flags)
{
    if (in->alone && !(flags & OPEN_ANY_SCHEMA) && !in->o.database_url.p)
        TRY(chunk_release_all(c));
    if (!in->alone || !(flags & OPEN_SHARED))
        return ERR_OK;
    in->alone = false;
    return file_lock_share(c, in->lock_fd, LOCK_WAIT_MS);
}

err installation_open(struct ctx *c, struct installation *in, unsigned flags)
{
    in->lock_fd = in->server_fd = -1;
    in->log_fd = STDERR_FILENO;
    in->mem = arena_open(NULL, 4 * 1024 * 1024);
    in->deps = (struct deps){ .clock = &clock_system,
                              .random = &random_system,
                              .settings = &in->settings,
                              .keys = &in->keys,
                              .evaluators = evaluators };
    c->deps = &in->deps;
    /* Keys and applicants' texts are in memory: no core files, no ptrace by the same user. */
    (void)prctl(PR_SET_DUMPABLE, 0);
    TRY(options_check(c, &in->o));
    TRY(prepare_folder(c, in, flags));
    TRY(open_log(c, in));
    in->deps.log = in->log;
    TRY(keys_load(c, &in->o, (flags & OPEN_CREATE) != 0, &in->keys));
    struct str exports = in->o.batch_export_dir;
    if (!exports.p)
        exports = str_fmt(c->mem, "%.*s/batch_exports", STR_ARG(in->o.data_dir));
    fill_settings(in, exports);
    if (flags & OPEN_CREATE)
        TRY(dir_make(c, str_z(c->mem, exports), 0700));
    TRY(open_database(c, in, flags));
    return settle_locks(c, in, flags);
}

err installation_start_jobs(struct ctx *c, struct installation *in)
{
    const struct jobs_options jo = { .threads = (uint32_t)in->o.job_threads,
                                     .idle = !in->o.jobs,
                                     .deps = &in->deps,
                                     .step_arena_max = STEP_ARENA_MAX };
    TRY(jobs_open(c, &jo, &in->jobs));
    in->deps.bell = jobs_bell(in->jobs);
    const struct audit_head head = { 0 };
    const struct sequencer_options so = { .deps = &in->deps };
    return audit_waits(c, &head) ? sequencer_open(c, &so, &in->sequencer) : ERR_OK;
}

/* What this process has committed gets its place, so that nothing waits for the next one. */
static void drain_log(struct installation *in)
{
    struct ctx c;
    size_t moved = 0;
    struct arena *mem = arena_open(NULL, DRAIN_ARENA_MAX);
    ctx_init(&c, mem, &in->deps, DRAIN_BUDGET_US);
    if (audit_sequence(&c, &moved) != ERR_OK)
        log_event(in->log, LOG_ERROR, "audit.sequence_failed", LOG_Z("why", c.fault.text));
    arena_close(mem);
}

void installation_close(struct installation *in)
{
    if (in->jobs)
        jobs_close(in->jobs);
    in->deps.bell = NULL;
    sequencer_close(in->sequencer);
    if (in->log_open)
        drain_log(in);
    if (in->db)
        db_close(in->db);
    log_close(in->log);
    if (in->log_fd != STDERR_FILENO && in->log_fd >= 0)
        close(in->log_fd);
    if (in->lock_fd >= 0)
        close(in->lock_fd);
    if (in->server_fd >= 0)
        close(in->server_fd);
    secret_wipe(&in->keys, sizeof(in->keys));
    arena_close(in->mem);
    in->mem = NULL;
}
