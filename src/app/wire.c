/* The composition root: opens what an installation consists of, in order, and gives it up again. */
#include "app/wire.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/str.h"
#include "codec/utf8.h"
#include "db/migrate.h"
#include "os/file.h"
#include "service/audit_log.h"
#include "service/consent.h"
#include "service/copy.h"
#include "service/evaluate.h"
#include "service/log_head.h"

enum {
    GROUP_MAX = 256,
    STEP_ARENA_MAX = 256 * 1024 * 1024,
    DRAIN_ARENA_MAX = 256 * 1024 * 1024,
    DRAIN_BUDGET_US = 5000000,
    LOCK_WAIT_MS = 10000, /* another process starts, which may take a migration */
    HEAD_ARENA_MAX = 1024 * 1024,
    HEAD_BUDGET_US = 5000000,
    UNHURRIED_MS = 24 * 3600 * 1000
};

static const struct evaluator_port *const evaluators[] = { &evaluator_builtin, NULL };

const char *installation_path(struct ctx *c, const struct options *o, const char *name)
{
    return str_z(c->mem, str_fmt(c->mem, "%.*s/%s", STR_ARG(o->data_dir), name));
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
    s->fairness_sample = o->fairness_sample;
    s->fairness_sample_least = o->fairness_sample_least;
    s->fairness_variants = o->fairness_variants;
    s->fairness_shift = o->fairness_shift;
    s->fairness_interval = o->fairness_interval;
    s->request_budget_ms = o->request_budget_ms;
    s->chunk_items = o->chunk_items;
    s->lease_seconds = o->lease_seconds;
    s->job_attempts = o->job_attempts;
    s->idempotency_hours = o->idempotency_hours;
    s->consent_version = o->consent_version;
    s->appeal_days = o->appeal_days;
    s->transcript_retention_days = o->transcript_retention_days;
    s->draft_retention_days = o->draft_retention_days;
    s->interview_join_minutes = o->interview_join_minutes;
    static const char *const providers[] = { [OPTION_PROVIDER_BUILTIN] = "builtin",
                                             [OPTION_PROVIDER_EXTERNAL] = "external",
                                             [OPTION_PROVIDER_OPENAI] = "openai" };
    s->provider = str_of(providers[o->provider]);
    s->export_dir = str_keep(in->mem, export_dir);
    s->base_url = o->base_url;
    s->demo = o->demo;
    s->web_dir = o->web_dir;
    s->require_2fa = o->require_2fa;
    s->two_person_rule = o->two_person_rule;
    s->approval_minutes = o->approval_minutes;
    s->audit_pending = o->audit_sequencer == OPTION_SEQUENCER_ALWAYS;
    s->public_interview_status = o->compat_public_interview_status;
    s->bias_off = !o->enable_bias_monitoring;
    s->bias = o->bias;
    s->bias_pause_minutes = o->bias_pause_minutes;
    s->bias_later_hours = o->bias_later_hours;
    s->bias_gap_seconds = o->bias_gap_seconds;
}

_Static_assert((int)OPTION_POOLER_AUTO == DB_POOLER_AUTO &&
                   (int)OPTION_POOLER_NONE == DB_POOLER_NONE &&
                   (int)OPTION_POOLER_TRANSACTION == DB_POOLER_TRANSACTION,
               "the names of the option are those of the enum");

struct str installation_url(struct ctx *c, const struct options *o)
{
    return o->database_url.p ? o->database_url
                             : str_fmt(c->mem, "sqlite:%.*s/enigma.db", STR_ARG(o->data_dir));
}

err installation_open_url(struct ctx *c, struct installation *in, struct str url, bool read_only,
                          struct db **ret)
{
    const struct options *o = &in->o;
    bool own = str_eq(url, installation_url(c, o));
    const struct db_options d = {
        .url = url,
        .readers_max = (uint32_t)o->database_readers,
        .cache_kib = (uint32_t)o->database_cache_kib,
        .mmap_mib = (uint32_t)o->database_mmap_mib,
        .busy_ms = (uint32_t)o->database_busy_ms,
        .group_max = GROUP_MAX,
        .direct_url = own ? o->database_direct_url : (struct str){ 0 },
        .replica_url = own ? o->database_replica_url : (struct str){ 0 },
        .pooler = (enum db_pooler)o->database_pooler,
        .pool_max = (uint32_t)o->database_pool_size,
        .pool_wait_ms = (uint32_t)o->database_pool_timeout * 1000,
        .statement_ms = in->unhurried ? UNHURRIED_MS : (uint32_t)o->database_statement_timeout_ms,
        .read_only = read_only,
    };
    return db_open(c, &d, ret);
}

void installation_turn(struct installation *in, struct db *db)
{
    in->deps.db = db;
}

void installation_note_head(struct ctx *c, struct installation *in)
{
    struct log_head head = { 0 };
    if (!in->keep_head)
        return;
    err e = log_head_now(c, &head);
    if (e == ERR_OK && head.size > in->head_size)
        e = log_head_write(c, installation_path(c, &in->o, "log-head"), &head);
    if (e == ERR_OK)
        in->head_size = head.size;
    else
        log_event(in->log, LOG_WARNING, "log_head_failed", LOG_Z("why", c->fault.text));
}

/* A database behind what this folder has seen is refused, or taken over loudly. */
static err check_head(struct ctx *c, struct installation *in, bool fresh)
{
    const char *path = installation_path(c, &in->o, "log-head");
    err e = log_head_check(c, path, fresh);
    if (e == ERR_OK)
        return ERR_OK;
    in->rolled_back = e == ERR_PRECONDITION || e == ERR_INTERNAL;
    if (!in->accept_rollback || !in->rolled_back)
        return e;
    log_event(in->log, LOG_ERROR, "rollback_accepted", LOG_Z("why", c->fault.text));
    fprintf(stderr, "enigma: ACCEPTED: %s\n", c->fault.text);
    fault_clear(c);
    in->rolled_back = false;
    return file_remove(c, path);
}

/* A schema that was never made is not the same as an empty log. */
static err check_fresh(struct ctx *c, struct installation *in)
{
    struct list states = { 0 };
    TRY(migrate_status(c, &states));
    const struct migration_state *v = states.v;
    if (states.n == 0 || !str_eq(v[0].state, S("pending")))
        return ERR_OK;
    return check_head(c, in, true);
}

static err open_migrated(struct ctx *c, struct installation *in)
{
    size_t applied = 0;
    TRY(check_fresh(c, in));
    TRY(migrate_up(c, &applied));
    TRY(copy_refuse_unfinished(c));
    TRY(check_head(c, in, false));
    TRY(audit_init(c));
    TRY(audit_check_tail(c));
    TRY(consent_register(c));
    size_t moved = 0; /* what a process that was killed left behind */
    return audit_sequence(c, &moved);
}

static err open_database(struct ctx *c, struct installation *in, unsigned flags)
{
    TRY(installation_open_url(c, in, installation_url(c, &in->o), (flags & OPEN_READ_ONLY) != 0,
                              &in->db));
    in->deps.db = in->db;
    if (flags & OPEN_ANY_SCHEMA)
        return ERR_OK;
    if (flags & OPEN_MIGRATE) {
        TRY(open_migrated(c, in));
    } else {
        TRY(migrate_check(c));
        TRY(copy_refuse_unfinished(c));
        if (!(flags & OPEN_READ_ONLY))
            TRY(check_head(c, in, false));
    }
    in->log_open = true;
    in->keep_head = !(flags & OPEN_READ_ONLY);
    installation_note_head(c, in);
    return ERR_OK;
}

/* Who works in the folder shares its lock; who changes keys or schema has it alone. */
static err lock_folder(struct ctx *c, struct installation *in, unsigned flags)
{
    const char *path = installation_path(c, &in->o, "enigma.lock"), *who = "process";
    err e = ERR_OK;
    if (flags & OPEN_SERVER) {
        e = file_lock(c, installation_path(c, &in->o, "server.lock"), &in->server_fd);
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
    if (in->alone && !(flags & (OPEN_ANY_SCHEMA | OPEN_READ_ONLY)) && !in->o.database_url.p)
        TRY(chunk_release_all(c));
    if (!in->alone || !(flags & OPEN_SHARED))
        return ERR_OK;
    in->alone = false;
    return file_lock_share(c, in->lock_fd, LOCK_WAIT_MS);
}

err installation_database(struct ctx *c, struct installation *in, unsigned flags)
{
    err e = open_database(c, in, flags);
    if (e == ERR_OK)
        e = settle_locks(c, in, flags);
    if (e == ERR_OK)
        return ERR_OK;
    in->log_open = in->keep_head = false;
    db_close(in->db);
    in->db = NULL;
    in->deps.db = NULL;
    return e;
}

bool installation_on_server(const struct installation *in)
{
    return str_starts(in->o.database_url, S("postgres"));
}

void installation_begin(struct ctx *c, struct installation *in)
{
    in->lock_fd = in->server_fd = -1;
    in->log_fd = STDERR_FILENO;
    in->mem = arena_open(NULL, 4 * 1024 * 1024);
    in->deps = (struct deps){ .clock = &clock_system,
                              .random = &random_system,
                              .settings = &in->settings,
                              .keys = &in->keys,
                              .evaluators = evaluators,
                              .shut = &in->shut };
    c->deps = &in->deps;
    /* Keys and applicants' texts are in memory: no core files, no ptrace by the same user. */
    (void)prctl(PR_SET_DUMPABLE, 0);
}

/* The institution's own consent text takes the place of the built-in one. */
static err load_consent(struct ctx *c, struct installation *in)
{
    struct str text = { 0 };
    if (!in->o.consent_text_file.p)
        return ERR_OK;
    const char *path = str_z(c->mem, in->o.consent_text_file);
    TRY(file_read(c, in->mem, path, CONSENT_TEXT_MAX, &text));
    if (!str_trim(text).n || !utf8_valid(text) || memchr(text.p, 0, text.n))
        return FAIL(c, INVALID, "CONSENT_TEXT_FILE %s does not hold a text in UTF-8", path);
    in->settings.consent_text = text;
    return ERR_OK;
}

err installation_open(struct ctx *c, struct installation *in, unsigned flags)
{
    installation_begin(c, in);
    TRY(options_check(c, &in->o));
    TRY(prepare_folder(c, in, flags));
    TRY(open_log(c, in));
    in->deps.log = in->log;
    TRY(keys_load(c, &in->o, (flags & OPEN_CREATE) != 0, &in->keys));
    struct str exports = in->o.batch_export_dir;
    if (!exports.p)
        exports = str_fmt(c->mem, "%.*s/batch_exports", STR_ARG(in->o.data_dir));
    fill_settings(in, exports);
    TRY(load_consent(c, in));
    if (flags & OPEN_CREATE)
        TRY(dir_make(c, str_z(c->mem, exports), 0700));
    return flags & OPEN_NO_DATABASE ? ERR_OK : installation_database(c, in, flags);
}

err installation_start_jobs(struct ctx *c, struct installation *in)
{
    const struct jobs_options jo = { .threads = (uint32_t)in->o.job_threads,
                                     .idle = !in->o.jobs,
                                     .deps = &in->deps,
                                     .step_arena_max = STEP_ARENA_MAX };
    TRY(installation_start_models(c, in));
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

/* What this process added to the log is noted before it ends. */
static void close_head(struct installation *in)
{
    struct ctx c;
    struct arena *mem = arena_open(NULL, HEAD_ARENA_MAX);
    ctx_init(&c, mem, &in->deps, HEAD_BUDGET_US);
    installation_note_head(&c, in);
    arena_close(mem);
}

void installation_close(struct installation *in)
{
    /* Job steps that wait for an answer from outside wait no longer. */
    client_stop(in->client);
    installation_stop_models(in);
    if (in->jobs)
        jobs_close(in->jobs);
    installation_stop_speech(in);
    installation_close_models(in);
    in->deps.rooms = NULL; /* nobody is left who would speak to a room */
    installation_close_rooms(in);
    installation_close_speech(in);
    in->deps.bell = NULL;
    in->deps.oidc = NULL;
    oidc_close(in->oidc);
    in->oidc = NULL;
    in->deps.client = NULL;
    client_close(in->client);
    in->client = NULL;
    sequencer_close(in->sequencer);
    if (in->log_open)
        drain_log(in);
    if (in->db)
        close_head(in);
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
