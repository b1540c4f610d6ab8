/* Several processes on one database: each has its own connections, workers and keeper. Processes
 * that die hold leases and never come back. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "jobs/jobs.h"
#include "service/audit_verify.h"
#include "support/test_cycle.h"

enum { PROCESSES = 3, N = 200, CHUNK = 10, DEAD = 4, ROUNDS = 12 };

/* What another process has of its own; keys and settings it reads from the same places. */
struct process {
    struct db *db;
    struct deps deps;
    struct jobs *jobs;
    struct arena *mem;
    struct ctx c;
};
struct fixture {
    struct test_cycle t;
    char id_room[ID_MAX + 1];
    struct str cycle;
    struct process p[PROCESSES];
};

static struct ctx *in_process(struct process *p)
{
    arena_reset(p->mem);
    ctx_init(&p->c, p->mem, &p->deps, 0);
    return &p->c;
}

static void start_process(struct fixture *f, struct process *p)
{
    p->mem = arena_open(NULL, TEST_DB_ARENA_CAP);
    p->deps = f->t.db.deps;
    p->deps.db = NULL;
    p->deps.bell = NULL;
    struct ctx *c = in_process(p);
    test_db_must(c, db_open(c, &f->t.db.o, &p->db), "open");
    p->deps.db = p->db;
}

static void end_process(struct process *p)
{
    jobs_close(p->jobs);
    db_close(p->db);
    arena_close(p->mem);
    *p = (struct process){ 0 };
}

static void start_workers(struct process *p, uint32_t threads)
{
    const struct jobs_options o = { .threads = threads, .idle = threads == 0, .deps = &p->deps };
    struct ctx *c = in_process(p);
    test_db_must(c, jobs_open(c, &o, &p->jobs), "jobs_open");
    p->deps.bell = jobs_bell(p->jobs);
}

static err wait_not(void *self, struct ctx *c, struct str job_id, int64_t until_us, bool *ret_over)
{
    (void)self, (void)c, (void)job_id, (void)until_us;
    *ret_over = false;
    return ERR_OK;
}

static void must_step(struct fixture *f, const char *verb)
{
    struct phase_reply r;
    struct ctx *c = test_as(&f->t, &f->t.admin);
    test_db_must(c, test_step(c, f->cycle, verb, &r), verb);
}

static void new_cycle(struct fixture *f, int n)
{
    struct ctx *c = test_as(&f->t, &f->t.admin);
    f->cycle = test_cycle_create(c, 10, f->id_room);
    test_apply_many(test_as(&f->t, NULL), f->cycle, 0, n);
    must_step(f, "freeze");
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    test_cycle_open(&f->t, N);
    f->t.settings.chunk_items = CHUNK;
    f->t.bell.wait = wait_not;
    for (int i = 0; i < PROCESSES; i++)
        start_process(f, &f->p[i]);
    *state = f;
    return 0;
}
static int teardown(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < PROCESSES; i++)
        end_process(&f->p[i]);
    test_cycle_close(&f->t);
    free(f);
    return 0;
}

static int64_t count(struct fixture *f, const char *sql)
{
    return test_count(test_as(&f->t, NULL), sql, f->cycle, S(""));
}

static struct job job_of(struct fixture *f, struct ctx *c)
{
    struct list jobs;
    struct str next;
    test_db_must(c, job_list(c, f->cycle, 10, (struct str){ 0 }, &jobs, &next), "job_list");
    assert_true(jobs.n >= 1);
    return ((const struct job *)jobs.v)[0];
}

static void must_verify(struct fixture *f)
{
    struct ctx *c = test_as(&f->t, NULL);
    struct verify_report r;
    const struct verify_options o = { .rows = true };
    test_db_must(c, audit_verify(c, &o, &r), "verify");
    const struct verify_invalid *v = r.invalid_entries.v;
    for (size_t i = 0; i < r.invalid_entries.n; i++)
        if (!str_starts(v[i].detail, S("account ADM_TEST")))
            fail_msg("%.*s", STR_ARG(v[i].detail));
}

static bool claim(struct process *p, const char *owner, struct chunk *ret)
{
    bool found = false;
    struct ctx *c = in_process(p);
    test_db_must(c, chunk_claim(c, str_of(owner), ret, &found), "claim");
    return found;
}

static int32_t wait_for_phase(struct fixture *f, int32_t phase)
{
    int32_t now = -1;
    for (int i = 0; i < 600 && now != phase; i++) {
        now = test_phase(test_as(&f->t, NULL), f->cycle);
        if (now != phase)
            usleep(50000);
    }
    return now;
}

static void wait_for_job(struct fixture *f)
{
    for (int i = 0; i < 600; i++) {
        if (job_of(f, test_as(&f->t, NULL)).state >= JOB_COMPLETED)
            return;
        usleep(50000);
    }
    fail_msg("the job does not end");
}

/* Workers of three processes; a fourth and a fifth that took parts and died. */
static void every_item_once_although_workers_die(void **state)
{
    struct fixture *f = *state;
    struct process dead = { 0 };
    struct chunk k;
    f->t.settings.lease_seconds = 1;
    new_cycle(f, N);
    must_step(f, "preprocess");
    start_process(f, &dead);
    for (int i = 0; i < DEAD; i++)
        assert_true(claim(&dead, "WRK_DEAD", &k));
    end_process(&dead);
    for (int i = 0; i < PROCESSES; i++)
        start_workers(&f->p[i], 2);
    wait_for_job(f);
    must_step(f, "export");
    must_step(f, "processing");
    start_process(f, &dead);
    while (claim(&dead, "WRK_DEAD", &k) && k.number < 2)
        continue;
    end_process(&dead);
    assert_int_equal(wait_for_phase(f, PHASE_SCORED), PHASE_SCORED);
    struct job j = job_of(f, test_as(&f->t, NULL));
    assert_int_equal(j.state, JOB_COMPLETED);
    assert_int_equal(j.done, N);
    assert_int_equal(j.failed, 0);
    assert_int_equal(count(f, "SELECT COUNT(*) AS n FROM final_scores"), N);
    assert_int_equal(count(f, "SELECT COUNT(*) AS n FROM worker_results"), N);
    assert_int_equal(count(f, "SELECT COUNT(*) AS n FROM anonymized_applications"), N);
    assert_int_equal(
        count(f, "SELECT COUNT(*) AS n FROM job_chunks WHERE state <> 'done' AND '' <> :a"), 0);
    must_verify(f);
}

struct finisher {
    struct process *p;
    struct chunk k;
    pthread_barrier_t *start;
    err (*run)(struct ctx *c, const struct chunk *k);
    err result;
};
static void *finish(void *arg)
{
    struct finisher *x = arg;
    pthread_barrier_wait(x->start);
    x->result = x->run(&x->p->c, &x->k);
    return NULL;
}
static void both(struct finisher x[2], err (*run)(struct ctx *c, const struct chunk *k))
{
    pthread_t threads[2];
    pthread_barrier_t start;
    pthread_barrier_init(&start, NULL, 2);
    for (int i = 0; i < 2; i++) {
        x[i].run = run;
        x[i].start = &start;
        pthread_create(&threads[i], NULL, finish, &x[i]);
    }
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    pthread_barrier_destroy(&start);
}

/* Of two that finish the last two parts at once one opens the next stage. */
static void the_last_two_open_one_stage(void **state)
{
    struct fixture *f = *state;
    for (int round = 0; round < ROUNDS; round++) {
        struct finisher x[2] = { { .p = &f->p[0] }, { .p = &f->p[1] } };
        new_cycle(f, 2 * CHUNK);
        must_step(f, "preprocess");
        assert_true(claim(x[0].p, "WRK_A", &x[0].k) && claim(x[1].p, "WRK_B", &x[1].k));
        both(x, preprocess_scrub_chunk);
        assert_int_equal(x[0].result, ERR_OK);
        assert_int_equal(x[1].result, ERR_OK);
        struct job j = job_of(f, test_as(&f->t, NULL));
        assert_true(str_eq(j.stage, S("rank")));
        assert_int_equal(j.state, JOB_RUNNING);
        assert_int_equal(j.done, 2 * CHUNK);
        assert_int_equal(test_count(test_as(&f->t, NULL),
                                    "SELECT COUNT(*) AS n FROM job_chunks k JOIN jobs j ON "
                                    "j.job_id = k.job_id WHERE j.admission_cycle_id = :a "
                                    "AND k.stage = 'rank'",
                                    f->cycle, S("")),
                         1);
        assert_true(claim(&f->p[2], "WRK_C", &x[0].k));
        test_db_must(&f->p[2].c, preprocess_rank_chunk(&f->p[2].c, &x[0].k), "rank");
        assert_int_equal(job_of(f, test_as(&f->t, NULL)).state, JOB_COMPLETED);
        must_step(f, "export");
        must_step(f, "processing");
        x[0].p = &f->p[0];
        assert_true(claim(x[0].p, "WRK_A", &x[0].k) && claim(x[1].p, "WRK_B", &x[1].k));
        both(x, evaluate_chunk);
        assert_int_equal(x[0].result, ERR_OK);
        assert_int_equal(x[1].result, ERR_OK);
        assert_int_equal(test_phase(test_as(&f->t, NULL), f->cycle), PHASE_SCORED);
    }
    must_verify(f);
}

static err give_up(struct ctx *c, const struct chunk *k)
{
    return chunk_release(c, k, ERR_INTERNAL, S("it broke"));
}

/* Two that give up the last two parts at once end the job; a retry puts both back. */
static void dead_letters_are_listed_and_put_back(void **state)
{
    struct fixture *f = *state;
    f->t.settings.job_attempts = 1;
    for (int round = 0; round < ROUNDS; round++) {
        struct finisher x[2] = { { .p = &f->p[0] }, { .p = &f->p[1] } };
        new_cycle(f, 2 * CHUNK);
        must_step(f, "preprocess");
        assert_true(claim(x[0].p, "WRK_A", &x[0].k) && claim(x[1].p, "WRK_B", &x[1].k));
        both(x, give_up);
        struct ctx *c = test_as(&f->t, NULL);
        struct job j = job_of(f, c);
        assert_int_equal(j.state, JOB_FAILED);
        struct list dead;
        test_db_must(c, job_dead(c, f->cycle, 10, &dead), "job_dead");
        assert_int_equal(dead.n, 2);
        const struct job_dead *d = dead.v;
        assert_true(str_eq(d[0].job_id, j.job_id) && d[0].chunk == 0 && d[1].chunk == 1);
        assert_true(str_eq(d[0].error, S("it broke")) && str_eq(d[1].error, S("it broke")));
        assert_true(str_eq(d[0].last_worker, S("WRK_A")));
        assert_true(str_eq(d[1].last_worker, S("WRK_B")));
        assert_int_equal(d[0].attempts, 1);
        assert_true(d[0].failed_at > 0);
        assert_false(claim(&f->p[2], "WRK_C", &x[0].k));
        struct job again;
        test_db_must(c, job_retry(c, j.job_id, &again), "retry");
        assert_int_equal(again.state, JOB_RUNNING);
        assert_null(again.error.p);
        assert_int_equal(job_retry(c, j.job_id, &again), ERR_CONFLICT);
        fault_clear(c);
        test_db_must(c, job_dead(c, f->cycle, 10, &dead), "job_dead");
        assert_int_equal(dead.n, 0);
        test_run_jobs(c);
        assert_int_equal(job_of(f, c).state, JOB_COMPLETED);
        assert_int_equal(job_of(f, c).done, 2 * CHUNK);
    }
    must_verify(f);
}

/* A job that failed in a phase that is over is of no use any more. */
static void no_retry_behind_the_phase(void **state)
{
    struct fixture *f = *state;
    struct chunk k;
    f->t.settings.job_attempts = 1;
    new_cycle(f, CHUNK);
    must_step(f, "preprocess");
    assert_true(claim(&f->p[0], "WRK_A", &k));
    test_db_must(&f->p[0].c, give_up(&f->p[0].c, &k), "give up");
    struct ctx *c = test_as(&f->t, NULL);
    struct str failed = str_keep(f->p[1].mem, job_of(f, c).job_id);
    must_step(f, "preprocess"); /* the step's own retry makes a job of its own */
    c = test_as(&f->t, NULL);
    struct job j;
    assert_int_equal(job_retry(c, failed, &j), ERR_CONFLICT);
    assert_non_null(strstr(c->fault.text, "still running"));
    c = test_as(&f->t, NULL);
    test_run_jobs(c);
    must_step(f, "export");
    c = test_as(&f->t, NULL);
    assert_int_equal(job_retry(c, failed, &j), ERR_PHASE);
    assert_int_equal(job_retry(c, S("JOB_NONE"), &j), ERR_NOT_FOUND);
}

/* A forced step ends the job of its cycle; a worker that still holds a part writes nothing. */
static void force_ends_the_job(void **state)
{
    struct fixture *f = *state;
    struct chunk k, other;
    new_cycle(f, 2 * CHUNK);
    must_step(f, "preprocess");
    assert_true(claim(&f->p[0], "WRK_A", &k) && claim(&f->p[1], "WRK_B", &other));
    test_db_must(&f->p[0].c, preprocess_scrub_chunk(&f->p[0].c, &k), "scrub");
    struct ctx *c = test_as(&f->t, &f->t.super);
    const struct phase_request q = { .cycle_id = f->cycle, .verb = "export", .force = true };
    struct phase_reply r;
    test_db_must(c, phase_step(c, &q, &r), "export");
    assert_int_equal(job_of(f, test_as(&f->t, NULL)).state, JOB_CANCELLED);
    int64_t made = count(f, "SELECT COUNT(*) AS n FROM anonymized_applications");
    assert_int_equal(preprocess_scrub_chunk(&f->p[1].c, &other), ERR_CONFLICT);
    assert_int_equal(count(f, "SELECT COUNT(*) AS n FROM anonymized_applications"), made);
    assert_int_equal(count(f, "SELECT COUNT(*) AS n FROM applications WHERE status = 'failed' "
                              "AND admission_cycle_id = :a") +
                         made,
                     2 * CHUNK);
}

/* Jobs of two cycles share the workers of two processes. */
static void cycles_share_two_processes(void **state)
{
    struct fixture *f = *state;
    struct chunk k;
    new_cycle(f, 10 * CHUNK);
    must_step(f, "preprocess");
    char first[ID_MAX + 1];
    snprintf(first, sizeof(first), "%.*s", STR_ARG(f->cycle));
    new_cycle(f, 10 * CHUNK);
    must_step(f, "preprocess");
    int of_first = 0;
    for (int i = 0; i < 10; i++) {
        assert_true(claim(&f->p[i % 2], i % 2 ? "WRK_A" : "WRK_B", &k));
        of_first += str_eq(k.cycle_id, str_of(first)) ? 1 : 0;
    }
    assert_int_equal(of_first, 5);
}

/* A provider that takes its time: as long as `us` for each application. */
struct slow {
    int64_t us;
    atomic_int calls;
};
static err slow_work(void *self, struct ctx *c, const struct anon_application *a, int attempt,
                     struct str feedback, struct worker_opinion *ret)
{
    struct slow *s = self;
    (void)attempt, (void)feedback;
    atomic_fetch_add(&s->calls, 1);
    usleep((useconds_t)s->us);
    return rubric_work(c, &weights_default, a, 1, (struct str){ 0 }, ret);
}
static err slow_judge(void *self, struct ctx *c, const struct anon_application *a,
                      const struct worker_opinion *w, struct judge_opinion *ret)
{
    (void)self, (void)c, (void)a, (void)w;
    *ret = (struct judge_opinion){ .decision = JUDGE_APPROVED, .quality = 9000 };
    return ERR_OK;
}
static err slow_commitment(void *self, struct ctx *c, struct str *ret)
{
    (void)self;
    return evaluator_builtin.commitment(NULL, c, ret);
}

static void to_processing(struct fixture *f, struct evaluator_port *port,
                          const struct evaluator_port *const *ports, struct slow *slow, int n)
{
    *port = (struct evaluator_port){ .name = "slow",
                                     .label = "Slow",
                                     .self = slow,
                                     .work = slow_work,
                                     .judge = slow_judge,
                                     .commitment = slow_commitment };
    new_cycle(f, n);
    must_step(f, "preprocess");
    test_run_jobs(test_as(&f->t, NULL));
    must_step(f, "export");
    f->t.db.deps.evaluators = ports;
    for (int i = 0; i < PROCESSES; i++)
        f->p[i].deps.evaluators = ports;
    struct ctx *c = test_as(&f->t, &f->t.admin);
    const struct phase_request q = { .cycle_id = f->cycle,
                                     .verb = "processing",
                                     .provider = S("slow") };
    struct phase_reply r;
    test_db_must(c, phase_step(c, &q, &r), "processing");
}

/* One item takes twice the lease: the keeper renews it, and nobody else gets the part. */
static void a_living_owner_keeps_its_lease(void **state)
{
    struct fixture *f = *state;
    struct slow slow = { .us = 2500000 };
    struct evaluator_port port;
    const struct evaluator_port *const ports[] = { &port, NULL };
    struct chunk k;
    to_processing(f, &port, ports, &slow, 1);
    f->t.settings.lease_seconds = 1;
    start_workers(&f->p[0], 1);
    for (int i = 0; i < 300 && atomic_load(&slow.calls) == 0; i++)
        usleep(10000);
    for (int i = 0; i < 20; i++) {
        assert_false(claim(&f->p[1], "WRK_THIEF", &k));
        usleep(100000);
    }
    assert_int_equal(wait_for_phase(f, PHASE_SCORED), PHASE_SCORED);
    assert_int_equal(atomic_load(&slow.calls), 1);
    jobs_close(f->p[0].jobs);
    f->p[0].jobs = NULL;
    must_verify(f);
}

/* A worker that stops hands its part back at the next item, with no attempt counted. */
static void who_stops_hands_back(void **state)
{
    struct fixture *f = *state;
    struct slow slow = { .us = 100000 };
    struct evaluator_port port;
    const struct evaluator_port *const ports[] = { &port, NULL };
    struct chunk k;
    to_processing(f, &port, ports, &slow, CHUNK);
    start_workers(&f->p[0], 1);
    for (int i = 0; i < 300 && atomic_load(&slow.calls) < 2; i++)
        usleep(10000);
    jobs_close(f->p[0].jobs);
    f->p[0].jobs = NULL;
    assert_true(atomic_load(&slow.calls) < CHUNK);
    slow.us = 0;
    assert_true(claim(&f->p[1], "WRK_B", &k));
    assert_int_equal(k.attempt, 1);
    test_db_must(&f->p[1].c, evaluate_chunk(&f->p[1].c, &k), "evaluate");
    assert_int_equal(test_phase(test_as(&f->t, NULL), f->cycle), PHASE_SCORED);
    assert_int_equal(job_of(f, test_as(&f->t, NULL)).attempts, 0);
}

/* A server without workers waits for the job that another process ends. */
static void who_waits_sees_the_work_of_others(void **state)
{
    struct fixture *f = *state;
    new_cycle(f, CHUNK);
    start_workers(&f->p[0], 0);
    assert_int_equal(jobs_threads(f->p[0].jobs), 0);
    start_workers(&f->p[1], 1);
    struct ctx *c = in_process(&f->p[0]);
    c->who = &f->t.admin;
    struct phase_reply r;
    test_db_must(c, test_step(c, f->cycle, "preprocess", &r), "preprocess");
    assert_null(r.job_id.p); /* it is over */
    assert_int_equal(job_of(f, test_as(&f->t, NULL)).state, JOB_COMPLETED);
}

int main(void)
{
#define T(f_) cmocka_unit_test_setup_teardown(f_, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(every_item_once_although_workers_die),
        T(the_last_two_open_one_stage),
        T(dead_letters_are_listed_and_put_back),
        T(no_retry_behind_the_phase),
        T(force_ends_the_job),
        T(cycles_share_two_processes),
        T(a_living_owner_keeps_its_lease),
        T(who_stops_hands_back),
        T(who_waits_sees_the_work_of_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
