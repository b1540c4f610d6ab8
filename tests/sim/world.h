/* sim/world.h: one installation in one thread on virtual time: its clock, its random source, its
 * disk faults and its crashes all come from one seed.
 *
 * A crash is what kill -9 leaves: at the chosen call the database file and its write-ahead log are
 * copied as they are; from then on nothing more can be written; at the end of the step the copy
 * takes the place of the files and the program starts again. Unsynced writes survive that; losing
 * them takes a file system of our own and is not simulated here. Other students and workers act in
 * the middle of a step whenever the program asks for randomness between its transactions. */
#ifndef ENIGMA_TESTS_SIM_WORLD_H
#define ENIGMA_TESTS_SIM_WORLD_H

#include <sys/stat.h>

#include "jobs/jobs.h"
#include "service/audit_verify.h"
#include "service/exchange.h"
#include "support/test_ctx.h"
#include "support/test_cycle.h"

enum { SIM_STUDENTS_MAX = 60, SIM_DEPTH_MAX = 2, SIM_MARKS_MAX = 64 };
#define SIM_SECOND    INT64_C(1000000)
#define SIM_ARENA_MAX ((size_t)1 << 30)

/* What happened, over all seeds: a simulation that never meets a fault proves nothing. */
enum sim_hit {
    HIT_STATEMENT_BUSY,
    HIT_STATEMENT_ERROR,
    HIT_COMMIT_BUSY,
    HIT_COMMIT_ERROR,
    HIT_CRASH_STATEMENT,
    HIT_CRASH_COMMIT,
    HIT_CRASH_BETWEEN,
    HIT_CLOCK_FORWARD,
    HIT_CLOCK_BACK,
    HIT_LEASE_OVER,
    HIT_NESTED,
    HIT_SUBMIT_RACES_FREEZE,
    HIT_WRONG_STEP,
    HIT_STALE_TAG,
    HIT_APPLIED_TWICE,
    HIT_REPLAYED,
    HIT_EVALUATOR_FAILED,
    HIT_JUDGE_REFUSED,
    HIT_RETRY_STEP,
    HIT_IMPORT_AGAIN,
    HIT_TIE_AT_CUTOFF,
    HIT_SEQUENCED,
    HIT_VERIFIED_WAITING,
    HIT_COUNT
};
static const char *const sim_hit_names[HIT_COUNT] = {
    "statement busy",
    "statement error",
    "commit busy",
    "commit error",
    "crash, statement",
    "crash, commit",
    "crash, between",
    "clock forward",
    "clock back",
    "lease over",
    "step inside a step",
    "submission races freeze",
    "wrong step",
    "stale tag",
    "applied twice",
    "reply given again",
    "evaluator failed",
    "judge refused",
    "step retried",
    "import again",
    "tie at the cut-off",
    "log sequenced",
    "verified while waiting",
};

enum sim_applied { APPLIED_NO, APPLIED_MAYBE, APPLIED_YES };
struct sim_student {
    enum sim_applied applied;
    char application_id[ID_MAX + 1];
    uint64_t taste; /* what the application says */
};

struct sim_fault {
    bool set;
    enum sim_hit kind;
    int64_t left;  /* calls until it strikes */
    int64_t times; /* how often it strikes then */
};

struct sim {
    uint64_t seed;
    struct fake_random dice;   /* what happens */
    struct fake_random secret; /* what the program is given */
    struct fake_clock time;
    struct clock_port clock;
    struct random_port random;
    struct db_fault_port faults;
    struct evaluator_port evaluator;
    const struct evaluator_port *evaluators[2];
    struct job_bell bell;
    struct test_cycle t;
    struct sim_fault fault;
    bool quiet;    /* no more faults */
    bool in_write; /* a transaction may be open: nobody else may act */
    bool crashed;
    int depth;
    int races_left;          /* how often others may act inside this step */
    int64_t struck;          /* faults so far */
    int working, submitting; /* such steps that are under way */
    struct sim_student students[SIM_STUDENTS_MAX];
    int n_students;
    bool external;
    char cycle_id[ID_MAX + 1];
    int32_t phase; /* the furthest that was seen */
    int64_t log_size;
    uint64_t refused[SIM_STUDENTS_MAX * 2]; /* anonymous ids that the judge has sent back once */
    size_t n_refused;
    struct {
        int64_t size;
        char leaf[65];
    } marks[SIM_MARKS_MAX]; /* as checkpoints would be */
    size_t n_marks;
    int64_t hits[HIT_COUNT];
};

/* A broken invariant prints its seed and ends the run: the files of that moment stay for a look. */
static const struct sim *sim_now;
#define SIM_MUST(cond, ...)                                                                        \
    do {                                                                                           \
        if (!(cond)) {                                                                             \
            fprintf(stderr, "SIM_SEED=%llu: %s:%d: %s: ", (unsigned long long)sim_now->seed,       \
                    __FILE__, __LINE__, #cond);                                                    \
            fprintf(stderr, __VA_ARGS__);                                                          \
            fputc('\n', stderr);                                                                   \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

static inline uint64_t sim_roll(struct sim *s, uint64_t sides)
{
    uint64_t v;
    fake_random_fill(&s->dice, &v, sizeof(v));
    return v % sides;
}
static inline bool sim_chance(struct sim *s, uint64_t in)
{
    return sim_roll(s, in) == 0;
}

/* A request of its own: arena, context, caller. */
struct sim_call {
    struct arena *mem;
    struct ctx c;
};
static inline struct ctx *sim_begin(struct sim *s, struct sim_call *k, const struct principal *who)
{
    k->mem = arena_open(NULL, SIM_ARENA_MAX);
    ctx_init(&k->c, k->mem, &s->t.db.deps, 0);
    k->c.who = who;
    return &k->c;
}
static inline void sim_end(struct sim_call *k)
{
    arena_close(k->mem);
}

static void sim_act(struct sim *s); /* anything that anybody may do; ops.h */

/* A transaction that only appends to the log asks for randomness before its first statement. */
static err sim_probe_tx(struct ctx *c, struct tx *tx, void *arg)
{
    (void)tx;
    *(bool *)arg = true;
    return FAIL(c, BAD_REQUEST, "only a look");
}
static inline bool sim_between(struct sim *s)
{
    struct sim_call k;
    bool ran = false;
    (void)tx_run(sim_begin(s, &k, NULL), TX_WRITE, sim_probe_tx, &ran);
    sim_end(&k);
    return ran;
}

/* The program asks for randomness; between its transactions others act. */
static void sim_random_fill(void *self, void *p, size_t n)
{
    struct sim *s = self;
    fake_random_fill(&s->secret, p, n);
    if (s->in_write || s->crashed || s->quiet || s->races_left == 0 || s->depth >= SIM_DEPTH_MAX)
        return;
    if (!sim_chance(s, 6) || !sim_between(s))
        return;
    s->races_left--;
    s->hits[HIT_NESTED]++;
    sim_act(s);
}

/* A file that is not there is not there afterwards. */
static inline void sim_copy(const char *from, const char *to)
{
    char bytes[65536];
    unlink(to);
    FILE *in = fopen(from, "rbe");
    if (!in)
        return;
    FILE *out = fopen(to, "wbe");
    SIM_MUST(out, "%s", to);
    for (size_t n; (n = fread(bytes, 1, sizeof(bytes), in)) > 0;)
        SIM_MUST(fwrite(bytes, 1, n, out) == n, "%s", to);
    fclose(in);
    SIM_MUST(fclose(out) == 0, "%s", to);
}

/* kept: the copies that a crash leaves; live: the files in use. */
static inline void sim_move_files(struct sim *s, const char *from, const char *to)
{
    static const char *const ends[] = { "", "-wal" };
    char a[128], b[128];
    for (size_t i = 0; i < 2; i++) {
        snprintf(a, sizeof(a), "%s/%s.db%s", s->t.db.dir, from, ends[i]);
        snprintf(b, sizeof(b), "%s/%s.db%s", s->t.db.dir, to, ends[i]);
        sim_copy(a, b);
    }
}
static inline void sim_crash(struct sim *s)
{
    sim_move_files(s, "enigma", "crash");
    s->crashed = true;
}

static inline err sim_strike(struct sim *s)
{
    s->fault.times--;
    s->struck++;
    s->hits[s->fault.kind]++;
    switch (s->fault.kind) {
    case HIT_STATEMENT_BUSY:
    case HIT_COMMIT_BUSY:
        return ERR_BUSY;
    case HIT_CRASH_STATEMENT:
    case HIT_CRASH_COMMIT:
        sim_crash(s);
        return ERR_INTERNAL;
    default:
        return ERR_INTERNAL;
    }
}

static err sim_before(void *self, const char *what)
{
    struct sim *s = self;
    const bool commit = strcmp(what, "commit") == 0;
    s->in_write = !commit;
    if (s->crashed)
        return ERR_INTERNAL;
    struct sim_fault *f = &s->fault;
    const bool at_commit =
        f->kind == HIT_COMMIT_BUSY || f->kind == HIT_COMMIT_ERROR || f->kind == HIT_CRASH_COMMIT;
    if (!f->set || f->times == 0 || at_commit != commit || f->left-- > 0)
        return ERR_OK;
    return sim_strike(s);
}

/* The provider fails now and then, and the judge sends each record back at most once. */
static err sim_work(void *self, struct ctx *c, const struct anon_application *a, int attempt,
                    struct str feedback, struct worker_opinion *ret)
{
    struct sim *s = self;
    if (!s->quiet && sim_chance(s, 20)) {
        s->hits[HIT_EVALUATOR_FAILED]++;
        return FAIL(c, UPSTREAM, "the simulated provider is away");
    }
    return evaluator_builtin.work(evaluator_builtin.self, c, a, attempt, feedback, ret);
}
static err sim_judge(void *self, struct ctx *c, const struct anon_application *a,
                     const struct worker_opinion *w, struct judge_opinion *ret)
{
    struct sim *s = self;
    TRY(evaluator_builtin.judge(evaluator_builtin.self, c, a, w, ret));
    if (s->quiet || !sim_chance(s, 10))
        return ERR_OK;
    const uint64_t id = str_hash(a->anonymized_id);
    for (size_t i = 0; i < s->n_refused; i++)
        if (s->refused[i] == id)
            return ERR_OK;
    if (s->external || s->n_refused == sizeof(s->refused) / sizeof(s->refused[0]))
        return ERR_OK; /* an import has one round */
    s->refused[s->n_refused++] = id;
    s->hits[HIT_JUDGE_REFUSED]++;
    ret->decision = JUDGE_REJECTED;
    ret->feedback = S("Look again at the essay.");
    return ERR_OK;
}

static err sim_wait(void *self, struct ctx *c, struct str job_id, int64_t until_us, bool *ret_over);

static inline void sim_open_db(struct sim *s)
{
    struct sim_call k;
    struct ctx *c = sim_begin(s, &k, NULL);
    test_db_must(c, db_open(c, &s->t.db.o, &s->t.db.db), "open");
    s->t.db.deps.db = s->t.db.db;
    sim_end(&k);
    c = sim_begin(s, &k, NULL);
    test_db_must(c, migrate_check(c), "migrate_check");
    test_db_must(c, chunk_release_all(c), "chunk_release_all");
    test_db_must(c, audit_check_tail(c), "audit_check_tail");
    sim_end(&k);
}

static inline void sim_restart(struct sim *s)
{
    char path[128];
    db_close(s->t.db.db);
    snprintf(path, sizeof(path), "%s/enigma.db-shm", s->t.db.dir);
    unlink(path);
    sim_move_files(s, "crash", "enigma");
    s->crashed = s->in_write = false;
    s->fault.set = false;
    sim_open_db(s);
}

static inline const char *sim_base_dir(void)
{
    struct stat st;
    return stat("/dev/shm", &st) == 0 && access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
}
/* A migrated database with staff and students, made once and copied for each seed. */
struct sim_template {
    struct test_cycle t;
    struct fake_random random;
    struct fake_clock time;
    struct clock_port clock_port;
    struct random_port random_port;
};
static inline void sim_template_open(struct sim_template *m)
{
    struct test_cycle *t = &m->t;
    memset(m, 0, sizeof(*m));
    m->time = (struct fake_clock){ .now_us = TEST_NOW_US, .mono_us = 1 };
    m->clock_port = fake_clock_port(&m->time);
    m->random_port = fake_random_port(&m->random);
    test_db_dir(&t->db);
    t->db.deps.clock = &m->clock_port;
    t->db.deps.random = &m->random_port;
    test_keys_make(test_db_next(&t->db), &t->keys);
    t->db.deps.keys = &t->keys;
    struct ctx *c = test_db_open_with(&t->db);
    test_db_must(c, audit_init(c), "audit_init");
    test_admin_insert(c, "ADM_TEST0001", "first");
    test_admin_insert(c, "ADM_TEST0002", "second");
    test_admin_insert(c, "ADM_TEST0003", "third");
    for (int i = 0; i < SIM_STUDENTS_MAX; i++)
        test_student_insert(c, i);
    t->admin = (struct principal){ .id = S("ADM_TEST0001"), .roles = ROLE_ADMIN };
    t->super = (struct principal){ .id = S("ADM_TEST0002"), .roles = ROLE_SUPER_ADMIN };
    t->auditor = (struct principal){ .id = S("ADM_TEST0003"), .roles = ROLE_AUDITOR };
    t->settings = (struct settings){ .weights = weights_default,
                                     .judge_attempts = 3,
                                     .request_budget_ms = 10000,
                                     .lease_seconds = 300,
                                     .job_attempts = 3,
                                     .idempotency_hours = 24,
                                     .provider = S("builtin") };
    db_close(t->db.db);
    t->db.db = NULL;
}
static inline void sim_template_close(struct sim_template *m)
{
    test_cycle_close(&m->t);
}

static inline void sim_ports(struct sim *s)
{
    s->clock = fake_clock_port(&s->time);
    s->random = (struct random_port){ s, sim_random_fill };
    s->faults = (struct db_fault_port){ s, sim_before };
    s->evaluator = evaluator_builtin;
    s->evaluator.self = s;
    s->evaluator.work = sim_work;
    s->evaluator.judge = sim_judge;
    s->evaluators[0] = &s->evaluator;
    s->bell = (struct job_bell){ s, test_bell_ring, sim_wait };
}

static inline void sim_open(struct sim *s, const struct sim_template *m, uint64_t seed)
{
    memset(s, 0, sizeof(*s));
    sim_now = s;
    s->seed = seed;
    s->dice.seed = seed * 2 + 1;
    s->secret.seed = seed * 2 + 2;
    s->time = (struct fake_clock){ .now_us = TEST_NOW_US, .mono_us = 1000000 };
    s->quiet = true;
    sim_ports(s);
    struct test_db *db = &s->t.db;
    snprintf(db->dir, sizeof(db->dir), "%s/enigma-sim-XXXXXX", sim_base_dir());
    SIM_MUST(mkdtemp(db->dir), "no directory");
    snprintf(db->path, sizeof(db->path), "%s/enigma.db", db->dir);
    snprintf(db->url, sizeof(db->url), "sqlite://%s", db->path);
    db->o = (struct db_options){ .url = str_of(db->url),
                                 .readers_max = 6,
                                 .cache_kib = 1024,
                                 .busy_ms = 100,
                                 .group_max = 64,
                                 .faults = &s->faults };
    db->mem = arena_open(NULL, TEST_DB_ARENA_CAP);
    sim_copy(m->t.db.path, db->path);
    s->t.keys = m->t.keys;
    s->t.admin = m->t.admin;
    s->t.super = m->t.super;
    s->t.auditor = m->t.auditor;
    s->t.settings = m->t.settings;
    s->t.settings.export_dir = str_of(db->dir);
    /* In a third of the seeds entries of the log wait for a sequencer. */
    s->t.settings.audit_pending = seed % 3 == 1 || test_sequencer_always();
    s->t.settings.chunk_items = 1 + (int64_t)sim_roll(s, 12);
    db->deps = (struct deps){ .clock = &s->clock,
                              .random = &s->random,
                              .keys = &s->t.keys,
                              .settings = &s->t.settings,
                              .evaluators = s->evaluators,
                              .bell = &s->bell };
    sim_open_db(s);
}

static inline void sim_close(struct sim *s)
{
    db_close(s->t.db.db);
    arena_close(s->t.db.mem);
    nftw(s->t.db.dir, test_db_unlink, 8, FTW_DEPTH | FTW_PHYS);
}

#endif
