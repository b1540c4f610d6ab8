/* api/world.h: an installation in a directory of its own, with staff, students and cycles in any
 * phase, and requests to it without a socket.
 * Use: struct world w; world_open(&w, NULL); … struct answer a = ask(&w, …); … world_close(&w);
 * An answer lives until the next ask. */
#ifndef ENIGMA_TESTS_API_WORLD_H
#define ENIGMA_TESTS_API_WORLD_H

#include "api/routes.h"
#include "domain/phase.h"
#include "jobs/jobs.h"
#include "service/account.h"
#include "service/audit_verify.h"
#include "service/signin.h"
#include "support/test_cycle.h"
#include "support/test_idp.h"

enum { WORLD_TOKEN_MAX = 1024, WORLD_FILLERS = 3, WORLD_DOC_MAX = 4 << 20 };
#define WORLD_PASSWORD "correct horse battery staple"
#define WORLD_ORIGIN   "http://enigma.test"

struct world {
    struct test_db db;
    struct keyring keys;
    struct settings settings;
    struct job_bell bell;
    struct test_idp idp;
    bool idle; /* nobody runs jobs */
    char export_dir[64];
    struct server_options o;
    struct arena *mem; /* the world's own: documents */
    struct arena *answers;
    char login[MATRIX_CALLERS][WORLD_TOKEN_MAX]; /* token or cookie */
    char id[MATRIX_CALLERS][ID_MAX + 1];
    char filler[WORLD_FILLERS][ID_MAX + 1]; /* further students */
    struct principal admin;
    /* What the paths name, of the newest cycle; "missing" forms before there is one. */
    char cycle_id[ID_MAX + 1], application_id[ID_MAX + 1], anonymized_id[ID_MAX + 1];
    char job_id[ID_MAX + 1];
    int64_t batch_id, interview_id;
    int64_t flag_id, nudge_id, appeal_id; /* of live monitoring; appeal_id: an appealed nudge */
    char spare[ID_MAX + 1];               /* a member of staff for others to look after */
    char staff_hash[256];                 /* of WORLD_PASSWORD */
    enum matrix_caller asking;            /* whose request is being made up */
    int made;                             /* names of new accounts count up */
    bool shortlist; /* cycles select by a shortlist, and all interviews have their scores */
    /* Takes the place of the n-th application's identity (blind tests). */
    void (*dress)(struct arena *mem, int n, struct application_new *a);
};

static inline struct ctx *world_ctx(struct world *w)
{
    struct ctx *c = test_db_next(&w->db);
    c->who = &w->admin;
    c->remote = S("192.0.2.7");
    return c;
}

/* Job work on this thread, as jobs_open's threads would do it. */
static inline void world_run_jobs(struct ctx *c)
{
    const struct principal *who = c->who;
    c->who = NULL;
    for (bool worked = true; worked;)
        test_db_must(c, jobs_run_once(c, S("world"), &worked), "jobs_run_once");
    c->who = who;
}
static inline void world_ring(void *self)
{
    (void)self;
}
static inline err world_wait(void *self, struct ctx *c, struct str job_id, int64_t until_us,
                             bool *ret_over)
{
    const struct world *w = self;
    (void)job_id, (void)until_us;
    if (!w->idle)
        world_run_jobs(c);
    *ret_over = !w->idle;
    return ERR_OK;
}

/* Whoever changed the password gets the first one back. */
static inline void world_restore_passwords(struct world *w)
{
    test_exec(world_ctx(w), "UPDATE admin_users SET password_hash = :a WHERE :b = ''",
              str_of(w->staff_hash), S(""));
}

/* The context is new after each of these. */
static inline void world_sign_in(struct world *w, enum matrix_caller who)
{
    static const char *const persona[] = { NULL, "amara-okafor", "mateo-quispe" };
    struct ctx *c = world_ctx(w);
    c->who = NULL;
    if (who == MATRIX_NOBODY)
        return;
    if (who <= MATRIX_OTHER_STUDENT) {
        struct student_me me;
        struct str cookie;
        int64_t life_s;
        test_db_must(c, demo_login(c, str_of(persona[who]), S("world"), &me, &cookie, &life_s),
                     "demo_login");
        snprintf(w->login[who], WORLD_TOKEN_MAX, "%.*s", STR_ARG(cookie));
        snprintf(w->id[who], ID_MAX + 1, "%.*s", STR_ARG(me.student_id));
        return;
    }
    const struct admin_login_request q = { .username = str_of(matrix_caller_names[who]),
                                           .password = S(WORLD_PASSWORD) };
    struct admin_login_reply r;
    test_db_must(c, admin_login(c, &q, S("world"), &r), "admin_login");
    snprintf(w->login[who], WORLD_TOKEN_MAX, "%.*s", STR_ARG(r.token));
    snprintf(w->id[who], ID_MAX + 1, "%.*s", STR_ARG(r.admin_id));
}

static inline void world_hire(struct world *w, enum matrix_caller who, int32_t role)
{
    struct ctx *c = world_ctx(w);
    struct str name = str_of(matrix_caller_names[who]);
    struct admin_me me;
    const struct admin_new n = { name, str_fmt(c->mem, "%.*s@staff.test", STR_ARG(name)),
                                 S(WORLD_PASSWORD), role };
    c->who = NULL; /* the operator */
    test_db_must(c, admin_create(c, &n, &me), "admin_create");
    if (!w->staff_hash[0]) {
        struct list rows =
            test_rows(c, "SELECT password_hash AS a, '' AS b FROM admin_users WHERE admin_id = :a",
                      me.admin_id);
        const struct test_text *v = rows.v;
        snprintf(w->staff_hash, sizeof(w->staff_hash), "%.*s", STR_ARG(v->a));
    }
    world_sign_in(w, who);
}

static inline void world_hire_spare(struct world *w)
{
    struct ctx *c = world_ctx(w);
    struct admin_me me;
    const struct admin_new n = { S("spare"), S("spare@staff.test"), S(WORLD_PASSWORD),
                                 ADMIN_ROLE_ADMIN };
    c->who = NULL;
    test_db_must(c, admin_create(c, &n, &me), "admin_create");
    snprintf(w->spare, sizeof(w->spare), "%.*s", STR_ARG(me.admin_id));
}

/* A further login of an account; ret: its name. */
static inline void world_login_name(struct world *w, const char *username, const char *admin_id,
                                    char ret[ID_MAX + 1])
{
    struct ctx *c = world_ctx(w);
    const struct admin_login_request q = { .username = str_of(username),
                                           .password = S(WORLD_PASSWORD) };
    struct admin_login_reply r;
    c->who = NULL;
    test_db_must(c, admin_login(c, &q, S("world"), &r), "admin_login");
    struct list rows = test_rows(c,
                                 "SELECT session_id AS a, '' AS b FROM admin_sessions"
                                 " WHERE admin_id = :a AND NOT revoked ORDER BY created_at DESC",
                                 str_of(admin_id));
    const struct test_text *v = rows.v;
    snprintf(ret, ID_MAX + 1, "%.*s", STR_ARG(v->a));
}

struct world_filler {
    struct str email, id;
};
static inline err world_filler_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct world_filler *f = arg;
    return student_create(c, tx, f->email, S("Filler"), &f->id);
}

static inline void world_add_document(struct world *w, struct asset *a, const char *path,
                                      const char *type, struct buf *b)
{
    if (!buf_ok(b))
        abort();
    *a = (struct asset){ .path = path,
                         .content_type = type,
                         .etag = "\"doc\"",
                         .plain = str_keep(w->mem, buf_view(b)) };
}

static inline void world_options(struct world *w)
{
    struct asset *assets = arena_array(w->mem, struct asset, 2);
    struct buf b;
    w->o = (struct server_options){ .limits = http_limits_default,
                                    .port = &api_http_port,
                                    .deps = &w->db.deps,
                                    .cors_origins = S("https://front.test,https://two.test"),
                                    .spool_dir = str_of(w->db.dir),
                                    .demo = true };
    w->o.tables = api_tables(&w->o.n_tables);
    buf_init(&b, w->mem, WORLD_DOC_MAX);
    openapi_write(&b, &api_info, w->o.tables, w->o.n_tables);
    world_add_document(w, &assets[0], "/openapi.json", "application/json; charset=utf-8", &b);
    buf_clear(&b);
    routes_write_html(&b, &api_info, w->o.tables, w->o.n_tables);
    world_add_document(w, &assets[1], "/docs", "text/html; charset=utf-8", &b);
    w->o.assets = assets;
    w->o.n_assets = 2;
}

/* An installation that nobody has set up yet: no account at all. */
static inline void world_open_empty(struct world *w, const struct db_fault_port *faults)
{
    memset(w, 0, sizeof(*w));
    test_db_dir(&w->db);
    w->db.o.faults = faults;
    struct ctx *c = test_db_open_with(&w->db);
    test_keys_make(c, &w->keys);
    w->keys.jwt_secret_n = 32;
    ctx_random(c, w->keys.jwt_secret, w->keys.jwt_secret_n);
    snprintf(w->export_dir, sizeof(w->export_dir), "%s", w->db.dir);
    w->settings = (struct settings){ .weights = weights_default,
                                     .bcrypt_cost = 4,
                                     .judge_attempts = 3,
                                     .request_budget_ms = 10000,
                                     .chunk_items = 100,
                                     .lease_seconds = 300,
                                     .job_attempts = 3,
                                     .idempotency_hours = 24,
                                     .provider = S("builtin"),
                                     .export_dir = str_of(w->export_dir),
                                     .demo = true,
                                     .audit_pending = test_sequencer_always() };
    w->bell = (struct job_bell){ .self = w, .ring = world_ring, .wait = world_wait };
    w->db.deps.keys = &w->keys;
    w->db.deps.settings = &w->settings;
    w->db.deps.evaluators = test_evaluators;
    w->db.deps.bell = &w->bell;
    test_idp_open(&w->idp, &w->db.deps);
    w->mem = arena_open(NULL, 64 << 20);
    w->answers = arena_open(NULL, 64 << 20);
    snprintf(w->cycle_id, sizeof(w->cycle_id), "CYC_MISSING");
    snprintf(w->application_id, sizeof(w->application_id), "APP_MISSING");
    snprintf(w->anonymized_id, sizeof(w->anonymized_id), "ANON_MISSING");
    snprintf(w->job_id, sizeof(w->job_id), "JOB_MISSING");
    w->batch_id = w->interview_id = INT64_C(999999999);
    w->flag_id = w->nudge_id = w->appeal_id = INT64_C(999999999);
    c = test_db_next(&w->db);
    test_db_must(c, audit_init(c), "audit_init");
    world_options(w);
}

/* The same with one of each role and two students signed in. */
static inline void world_open(struct world *w, const struct db_fault_port *faults)
{
    world_open_empty(w, faults);
    world_hire(w, MATRIX_SUPER_ADMIN, ADMIN_ROLE_SUPER_ADMIN);
    world_hire(w, MATRIX_ADMIN, ADMIN_ROLE_ADMIN);
    world_hire(w, MATRIX_AUDITOR, ADMIN_ROLE_AUDITOR);
    world_hire_spare(w);
    w->admin = (struct principal){ .id = str_of(w->id[MATRIX_ADMIN]), .roles = ROLE_ADMIN };
    world_sign_in(w, MATRIX_STUDENT);
    world_sign_in(w, MATRIX_OTHER_STUDENT);
    for (int i = 0; i < WORLD_FILLERS; i++) {
        struct ctx *c = world_ctx(w);
        struct world_filler f = { .email = str_fmt(c->mem, "filler%d@example.org", i) };
        test_db_must(c, tx_run(c, TX_WRITE, world_filler_tx, &f), "filler");
        snprintf(w->filler[i], ID_MAX + 1, "%.*s", STR_ARG(f.id));
    }
}

static inline void world_close(struct world *w)
{
    arena_close(w->answers);
    arena_close(w->mem);
    test_idp_close(&w->idp);
    test_db_close(&w->db);
}

#endif
