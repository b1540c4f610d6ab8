/* Jobs over a real database: preprocessing, evaluation, leases, crashes, poison, threads. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "jobs/jobs.h"
#include "jobs/step.h"
#include "service/audit_verify.h"
#include "support/test_cycle.h"

enum { N = 300, CHUNK = 50 };

struct fixture {
    struct test_cycle t;
    char id_room[ID_MAX + 1];
    struct str cycle;
    struct arena *keep; /* for what outlives a request */
};

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

/* A frozen cycle of n applications; jobs run only when the test runs them. */
static void open_frozen(struct fixture *f, int n)
{
    struct ctx *c = test_cycle_open(&f->t, n);
    f->keep = arena_open(NULL, 1 << 20);
    f->t.settings.chunk_items = CHUNK;
    f->t.bell.wait = wait_not;
    f->cycle = test_cycle_create(c, 10, f->id_room);
    struct cycle cy;
    test_db_must(c, cycle_open(c, f->cycle, &cy), "open");
    test_apply_many(test_as(&f->t, NULL), f->cycle, 0, n);
    must_step(f, "freeze");
}

static int setup_frozen(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    open_frozen(f, N);
    *state = f;
    return 0;
}
static int setup_small(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    open_frozen(f, 10);
    *state = f;
    return 0;
}
static int teardown(void **state)
{
    struct fixture *f = *state;
    test_cycle_close(&f->t);
    arena_close(f->keep);
    free(f);
    return 0;
}

static int64_t count(struct fixture *f, const char *sql)
{
    return test_count(test_as(&f->t, NULL), sql, f->cycle, S(""));
}

static void run_all(struct fixture *f)
{
    bool worked = true;
    for (int i = 0; i < 1000 && worked; i++)
        test_db_must(test_as(&f->t, NULL), jobs_run_once(&f->t.db.c, S("WRK_A"), &worked), "once");
    assert_false(worked);
}

static struct job only_job(struct fixture *f)
{
    struct ctx *c = test_as(&f->t, NULL);
    struct list jobs;
    struct str next;
    test_db_must(c, job_list(c, f->cycle, 10, (struct str){ 0 }, &jobs, &next), "job_list");
    assert_true(jobs.n >= 1);
    struct job j = ((const struct job *)jobs.v)[0];
    j.job_id = str_keep(f->keep, j.job_id);
    j.error = str_keep(f->keep, j.error);
    return j;
}

/* What verify finds beside the accounts that the fixture makes without entries. */
static size_t findings(struct fixture *f)
{
    struct ctx *c = test_as(&f->t, NULL);
    struct verify_report r;
    const struct verify_options o = { .rows = true };
    size_t n = 0;
    test_db_must(c, audit_verify(c, &o, &r), "verify");
    const struct verify_invalid *v = r.invalid_entries.v;
    for (size_t i = 0; i < r.invalid_entries.n; i++)
        n += str_starts(v[i].detail, S("account ADM_TEST")) ? 0 : 1;
    return n;
}

static void must_verify(struct fixture *f)
{
    assert_int_equal(findings(f), 0);
}

static const char sql_anon[] =
    "SELECT COUNT(*) AS n FROM anonymized_applications WHERE admission_cycle_id = :a";
/* By the place the row of an application is found. */
static const char sql_places[] =
    "SELECT COUNT(*) AS n FROM anonymized_applications n JOIN applications a "
    "ON a.application_id = n.application_id AND a.scrub_order = n.scrub_order "
    "WHERE n.admission_cycle_id = :a";
static const char sql_ready[] = "SELECT COUNT(*) AS n FROM applications "
                                "WHERE admission_cycle_id = :a AND status = 'batch_ready'";

static void check_percentiles(struct fixture *f)
{
    struct list rows = test_rows(test_as(&f->t, NULL),
                                 "SELECT CAST(composite AS TEXT) AS a, CAST(percentile_rank AS "
                                 "TEXT) AS b FROM deterministic_metrics "
                                 "WHERE admission_cycle_id = :a",
                                 f->cycle);
    const struct test_text *v = rows.v;
    assert_int_equal(rows.n, N);
    for (size_t i = 0; i < rows.n; i++) {
        double below = 0, equal = 0, mine = strtod(v[i].a.p, NULL);
        for (size_t j = 0; j < rows.n; j++) {
            double other = strtod(v[j].a.p, NULL);
            below += other < mine ? 1 : 0;
            equal += other == mine ? 1 : 0;
        }
        double want = round(100.0 * 100.0 * (below + 0.5 * equal) / N) / 100.0;
        assert_true(fabs(strtod(v[i].b.p, NULL) - want) < 0.0051);
    }
}

/* Order of submission against order of scrubbing, both from the log. */
static double rank_correlation(struct fixture *f)
{
    struct list rows = test_rows(
        test_as(&f->t, NULL),
        "SELECT CAST(s.idx AS TEXT) AS a, CAST(e.idx AS TEXT) AS b FROM audit_entry e "
        "JOIN anonymized_applications n ON 'anon:' || n.anonymized_id = e.subj "
        "JOIN audit_entry s ON s.subj = 'application:' || n.application_id "
        "WHERE e.act = 'identity.scrub' AND s.act = 'application.submit' AND e.cycle_id = :a "
        "ORDER BY e.idx",
        f->cycle);
    const struct test_text *v = rows.v;
    assert_int_equal(rows.n, N);
    double sum = 0;
    for (size_t i = 0; i < rows.n; i++) {
        size_t rank = 0;
        for (size_t j = 0; j < rows.n; j++)
            rank += strtod(v[j].a.p, NULL) < strtod(v[i].a.p, NULL) ? 1 : 0;
        double d = (double)rank - (double)i;
        sum += d * d;
    }
    return 1.0 - 6.0 * sum / ((double)N * ((double)N * N - 1));
}

static void preprocess_makes_everything(void **state)
{
    struct fixture *f = *state;
    must_step(f, "preprocess");
    assert_int_equal(only_job(f).state, JOB_QUEUED);
    run_all(f);
    struct job j = only_job(f);
    assert_int_equal(j.state, JOB_COMPLETED);
    assert_int_equal(j.done, N);
    assert_int_equal(j.total, N);
    assert_int_equal(j.failed, 0);
    assert_int_equal(count(f, sql_anon), N);
    assert_int_equal(count(f, sql_places), N);
    assert_int_equal(count(f, sql_ready), N);
    assert_int_equal(test_acts(test_as(&f->t, NULL), "identity.scrub"), N);
    check_percentiles(f);
    assert_true(fabs(rank_correlation(f)) < 0.3);
    must_verify(f);
}

static void sealed_mapping_is_the_originals(void **state)
{
    struct fixture *f = *state;
    test_exec(test_as(&f->t, NULL),
              "UPDATE application_texts SET essay = :a || essay, achievements = achievements || :b",
              S("I am Ada Testwell, write to student1@example.org. "), S(""));
    must_step(f, "preprocess");
    run_all(f);
    struct ctx *c = test_as(&f->t, NULL);
    struct list rows = test_rows(c,
                                 "SELECT encrypted_pii AS a, anonymized_id AS b FROM "
                                 "identity_mapping ORDER BY mapping_id",
                                 S(""));
    const struct test_text *v = rows.v;
    assert_int_equal(rows.n, 10);
    for (size_t i = 0; i < rows.n; i++) {
        struct str plain;
        test_db_must(c, keyring_open(c, v[i].a, &plain), "open");
        assert_true(str_starts(plain, S("{\"email\": \"")));
        assert_non_null(memmem(plain.p, plain.n, "\", \"name\": \"Ada Testwell ", 24));
        assert_true(str_ends(plain, S("\"}")));
    }
    assert_int_equal(test_count(c,
                                "SELECT COUNT(*) AS n FROM anonymized_texts WHERE "
                                "essay_scrubbed LIKE '%Testwell%' OR essay_scrubbed LIKE '%@%'",
                                S(""), S("")),
                     0);
}

static void crash_resumes_each_item_once(void **state)
{
    struct fixture *f = *state;
    must_step(f, "preprocess");
    bool worked = false;
    test_db_must(test_as(&f->t, NULL), jobs_run_once(&f->t.db.c, S("WRK_A"), &worked), "once");
    assert_true(worked);
    int64_t before = count(f, sql_anon);
    assert_true(before > 0 && before < N);
    struct chunk k;
    bool found = false;
    struct ctx *c = test_as(&f->t, NULL);
    test_db_must(c, chunk_claim(c, S("WRK_DEAD"), &k, &found), "claim");
    assert_true(found);
    int64_t dead = k.number;
    run_all(f); /* everything but what the dead one holds */
    assert_int_equal(only_job(f).state, JOB_RUNNING);
    assert_true(count(f, sql_anon) < N);
    c = test_as(&f->t, NULL);
    test_db_must(c, chunk_release_all(c), "release_all");
    c = test_as(&f->t, NULL);
    test_db_must(c, chunk_claim(c, S("WRK_B"), &k, &found), "claim");
    assert_true(found);
    assert_int_equal(k.number, dead);
    assert_int_equal(k.attempt, 2);
    test_db_must(c, chunk_release(c, &k, ERR_OK, S("")), "release");
    run_all(f);
    assert_int_equal(only_job(f).state, JOB_COMPLETED);
    assert_int_equal(only_job(f).done, N);
    assert_int_equal(count(f, sql_anon), N);
    assert_int_equal(test_acts(test_as(&f->t, NULL), "identity.scrub"), N);
    must_verify(f);
}

static void lost_lease_writes_nothing(void **state)
{
    struct fixture *f = *state;
    must_step(f, "preprocess");
    /* The slow worker's context has memory of its own, as its thread would. */
    struct ctx slow;
    test_db_thread_ctx(&f->t.db, &slow);
    struct chunk k, again;
    bool found = false;
    test_db_must(&slow, chunk_claim(&slow, S("WRK_SLOW"), &k, &found), "claim");
    assert_true(found);
    struct ctx *c = test_as(&f->t, NULL);
    test_exec(c,
              "UPDATE job_chunks SET lease_until = '2020-01-01T00:00:00.000000Z' WHERE state = "
              "'leased'",
              S(""), S(""));
    /* Chunks that are ready come first; the one that ran out comes last. */
    run_all(f);
    assert_int_equal(only_job(f).state, JOB_COMPLETED);
    int64_t entries = count(f, "SELECT COUNT(*) AS n FROM audit_entry");
    assert_int_equal(preprocess_scrub_chunk(&slow, &k), ERR_CONFLICT);
    test_db_must(&slow, chunk_release(&slow, &k, ERR_CONFLICT, S("lost")), "release");
    assert_int_equal(count(f, "SELECT COUNT(*) AS n FROM audit_entry"), entries);
    assert_int_equal(count(f, sql_anon), 10);
    assert_int_equal(only_job(f).state, JOB_COMPLETED);
    c = test_as(&f->t, NULL);
    test_db_must(c, chunk_claim(c, S("WRK_B"), &again, &found), "claim");
    assert_false(found);
    test_db_thread_ctx_close(&slow);
}

static void hear_nothing(void *self)
{
    (void)self;
}
static void hear_no_chunk(void *self, const struct chunk *k)
{
    (void)self, (void)k;
}

static int64_t chunks_in(struct fixture *f, const char *state)
{
    return test_count(test_as(&f->t, NULL), "SELECT COUNT(*) AS n FROM job_chunks WHERE state = :a",
                      str_of(state), S(""));
}

static int64_t claims(struct fixture *f)
{
    return count(f, "SELECT SUM(k.attempts) AS n FROM job_chunks k JOIN jobs j "
                    "ON j.job_id = k.job_id WHERE j.admission_cycle_id = :a");
}

static void next_chunk_comes_with_the_last(void **state)
{
    struct fixture *f = *state;
    atomic_bool stop = false;
    struct chunk_ahead ahead = { .mem = arena_open(f->keep, 1 << 16) };
    const struct step_watch watch = { NULL, &ahead, &stop, hear_no_chunk, hear_nothing };
    must_step(f, "preprocess");
    for (int i = 1; i <= 2; i++) {
        bool worked = false;
        test_db_must(test_as(&f->t, NULL), jobs_step(&f->t.db.c, S("WRK_A"), &watch, &worked),
                     "step");
        assert_true(worked && ahead.found);
        assert_int_equal(chunks_in(f, "done"), i);
        assert_int_equal(chunks_in(f, "leased"), 1);
        assert_int_equal(claims(f), i + 1); /* the second step claimed none for itself */
    }
    test_db_must(test_as(&f->t, NULL), step_let_go(&f->t.db.c, &ahead), "let go");
    assert_false(ahead.found);
    assert_int_equal(chunks_in(f, "leased"), 0);
    assert_int_equal(claims(f), 2); /* it was not begun, so it does not count */
    run_all(f);
    assert_int_equal(only_job(f).state, JOB_COMPLETED);
    assert_int_equal(count(f, sql_anon), N);
    must_verify(f);
}

static err finish_and_fail(struct ctx *c, struct tx *tx, void *arg)
{
    const struct chunk *k = arg;
    bool last = false;
    TRY(chunk_done(c, tx, k, 0, 0, &last));
    assert_false(last);
    return FAIL(c, INTERNAL, "not stored after all");
}

static void next_chunk_goes_with_the_transaction(void **state)
{
    struct fixture *f = *state;
    atomic_bool stop = false;
    struct chunk_ahead ahead = { .mem = arena_open(f->keep, 1 << 16) };
    struct chunk k;
    bool found = false;
    must_step(f, "preprocess");
    struct ctx *c = test_as(&f->t, NULL);
    test_db_must(c, chunk_claim(c, S("WRK_A"), &k, &found), "claim");
    assert_true(found);
    k.ahead = &ahead;
    k.stop = &stop;
    assert_int_equal(tx_run(c, TX_WRITE, finish_and_fail, &k), ERR_INTERNAL);
    fault_clear(c);
    assert_true(ahead.found); /* as far as the transaction came */
    test_db_must(c, step_let_go(c, &ahead), "let go");
    stop = true; /* who is to stop takes nothing along */
    assert_int_equal(tx_run(c, TX_WRITE, finish_and_fail, &k), ERR_INTERNAL);
    fault_clear(c);
    assert_false(ahead.found);
    assert_int_equal(chunks_in(f, "leased"), 1);
    assert_int_equal(claims(f), 1);
}

static void poison_is_named_and_others_go_on(void **state)
{
    struct fixture *f = *state;
    struct ctx *c = test_as(&f->t, NULL);
    struct list rows = test_rows(c,
                                 "SELECT application_id AS a, sealed_identity AS b FROM "
                                 "application_texts ORDER BY application_id",
                                 S(""));
    const struct test_text *v = rows.v;
    test_exec(c, "UPDATE application_texts SET sealed_identity = :b WHERE application_id = :a",
              v[0].a, S("gAAAAAbroken"));
    /* A whole token, but another applicant's. */
    test_exec(c, "UPDATE application_texts SET sealed_identity = :b WHERE application_id = :a",
              v[1].a, v[2].b);
    test_exec(c,
              "UPDATE application_texts SET test_scores = '{\"SAT\":\"high\"}' WHERE "
              "application_id = :a",
              v[3].a, S(""));
    must_step(f, "preprocess");
    run_all(f);
    struct job j = only_job(f);
    assert_int_equal(j.state, JOB_COMPLETED);
    assert_int_equal(j.failed, 3);
    assert_int_equal(j.done, 10 - 3);
    assert_int_equal(count(f, sql_ready), 7);
    c = test_as(&f->t, NULL);
    struct list failures;
    test_db_must(c, job_failures(c, j.job_id, 10, &failures), "failures");
    assert_int_equal(failures.n, 3);
    const struct job_failure *x = failures.v;
    assert_true(str_eq(x[0].reason, S("the sealed identity cannot be opened")));
    assert_true(str_eq(x[2].reason, S("the test scores cannot be read")));
    struct phase_reply r;
    c = test_as(&f->t, &f->t.admin);
    assert_int_equal(test_step(c, f->cycle, "export", &r), ERR_PHASE);
    assert_int_equal(findings(f), 3); /* the log tells about the same three */
}

static void attempts_end_and_the_job_says_why(void **state)
{
    struct fixture *f = *state;
    struct ctx *c = test_as(&f->t, &f->t.admin);
    test_exec(c,
              "INSERT INTO jobs (job_id, kind, admission_cycle_id, state, params, stage, total, "
              "done, failed, attempts, created_at) VALUES ('JOB_X', 'evaluate', :a, 'queued', "
              "'{\"provider\":\"gone\"}', 'score', 1, 0, 0, 0, '2026-01-01T00:00:00.000000Z')",
              f->cycle, S(""));
    test_exec(c,
              "INSERT INTO job_chunks (job_id, stage, chunk, state, attempts) "
              "VALUES ('JOB_X', 'score', 0, 'ready', 0)",
              S(""), S(""));
    for (int i = 0; i < 3; i++) {
        bool worked = false;
        assert_int_equal(only_job(f).state, i ? JOB_RUNNING : JOB_QUEUED);
        c = test_as(&f->t, NULL);
        test_db_must(c, jobs_run_once(c, S("WRK_A"), &worked), "once");
        assert_true(worked);
        test_db_must(c, jobs_run_once(c, S("WRK_A"), &worked), "once");
        assert_false(worked); /* it waits before it tries again */
        test_exec(c, "UPDATE job_chunks SET lease_until = NULL WHERE state = 'ready'", S(""),
                  S(""));
    }
    struct job j = only_job(f);
    assert_int_equal(j.state, JOB_FAILED);
    assert_int_equal(j.attempts, 3);
    assert_true(str_eq(j.error, S("No evaluator of the name gone")));
    assert_true(j.finished_at > 0);
}

static err no_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct str id;
    const struct job_new n = { .kind = "evaluate",
                               .first_stage = "score",
                               .cycle_id = *(const struct str *)arg,
                               .total = 1000 };
    return job_create(c, tx, &n, &id);
}

static void one_job_of_a_kind_and_fair_shares(void **state)
{
    struct fixture *f = *state;
    struct ctx *c = test_as(&f->t, &f->t.admin);
    char room[ID_MAX + 1];
    struct str other = test_cycle_create(c, 5, room);
    test_db_must(c, tx_run(c, TX_WRITE, no_tx, &f->cycle), "create");
    assert_int_equal(tx_run(c, TX_WRITE, no_tx, &f->cycle), ERR_CONFLICT);
    c = test_as(&f->t, &f->t.admin);
    test_db_must(c, tx_run(c, TX_WRITE, no_tx, &other), "create");
    int64_t of_first = 0;
    for (int i = 0; i < 8; i++) {
        struct chunk k;
        bool found = false;
        c = test_as(&f->t, NULL);
        test_db_must(c, chunk_claim(c, S("WRK_A"), &k, &found), "claim");
        assert_true(found);
        assert_int_equal(k.of, 20);
        assert_true(k.from >= 0 && k.from < k.to);
        of_first += str_eq(k.cycle_id, f->cycle) ? 1 : 0;
    }
    assert_int_equal(of_first, 4);
    /* Cancelled jobs give no more work, and what runs cannot finish. */
    struct job j = only_job(f);
    c = test_as(&f->t, &f->t.admin);
    struct job cancelled;
    test_db_must(c, job_cancel(c, j.job_id, &cancelled), "cancel");
    assert_int_equal(cancelled.state, JOB_CANCELLED);
    assert_int_equal(job_cancel(c, j.job_id, &cancelled), ERR_CONFLICT);
    struct chunk k;
    bool found = false;
    c = test_as(&f->t, NULL);
    test_db_must(c, chunk_claim(c, S("WRK_A"), &k, &found), "claim");
    assert_true(found && str_eq(k.cycle_id, other));
}

static void chunk_ranges_cover_everything(void **state)
{
    struct fixture *f = *state;
    struct ctx *c = test_as(&f->t, &f->t.admin);
    f->t.settings.chunk_items = 7;
    test_db_must(c, tx_run(c, TX_WRITE, no_tx, &f->cycle), "create");
    int64_t edge = 0;
    for (int i = 0; i < 143; i++) {
        struct chunk k;
        bool found = false;
        c = test_as(&f->t, NULL);
        test_db_must(c, chunk_claim(c, S("WRK_A"), &k, &found), "claim");
        assert_true(found);
        assert_int_equal(k.number, i);
        assert_int_equal(k.from, edge);
        edge = k.to;
    }
    assert_true(edge == INT64_MAX);
}

/* A provider that the Judge refuses `refuse` times for each application. */
struct picky {
    int refuse;
    int64_t academic_off;
};
static err picky_work(void *self, struct ctx *c, const struct anon_application *a, int attempt,
                      struct str feedback, struct worker_opinion *ret)
{
    const struct picky *p = self;
    assert_true(attempt == 1 || str_eq(feedback, S("try again")));
    TRY(rubric_work(c, &weights_default, a, 1, (struct str){ 0 }, ret));
    ret->academic -= p->academic_off;
    ret->total = 1; /* never believed */
    return ERR_OK;
}
static err picky_judge(void *self, struct ctx *c, const struct anon_application *a,
                       const struct worker_opinion *w, struct judge_opinion *ret)
{
    struct picky *p = self;
    (void)a;
    assert_true(w->total ==
                total_e2(&weights_default, w->academic, w->test, w->achievement, w->essay));
    *ret = (struct judge_opinion){ .decision = JUDGE_APPROVED, .quality = 9000 };
    if (p->refuse > 0) {
        p->refuse--;
        *ret = (struct judge_opinion){ .decision = JUDGE_REJECTED,
                                       .quality = 100,
                                       .feedback = S("try again"),
                                       .reasoning = S("not yet") };
    }
    return c->mem ? ERR_OK : ERR_INTERNAL;
}
static err picky_commitment(void *self, struct ctx *c, struct str *ret)
{
    (void)self;
    return evaluator_builtin.commitment(NULL, c, ret);
}

static void to_processing(struct fixture *f, const struct evaluator_port *const *ports,
                          const char *provider)
{
    must_step(f, "preprocess");
    run_all(f);
    must_step(f, "export");
    f->t.db.deps.evaluators = ports;
    struct ctx *c = test_as(&f->t, &f->t.admin);
    const struct phase_request q = { .cycle_id = f->cycle,
                                     .verb = "processing",
                                     .provider = str_of(provider) };
    struct phase_reply r;
    test_db_must(c, phase_step(c, &q, &r), "processing");
}

static int32_t phase_of(struct fixture *f)
{
    struct cycle cy;
    struct ctx *c = test_as(&f->t, NULL);
    test_db_must(c, cycle_get(c, f->cycle, &cy), "cycle_get");
    return cy.phase;
}

static void judge_sends_back_and_a_person_gets_the_rest(void **state)
{
    struct fixture *f = *state;
    struct picky p = { .refuse = 5 }; /* 3 for the first, 2 for the second */
    const struct evaluator_port port = { .name = "picky",
                                         .label = "Picky",
                                         .self = &p,
                                         .work = picky_work,
                                         .judge = picky_judge,
                                         .commitment = picky_commitment };
    const struct evaluator_port *const ports[] = { &port, &evaluator_builtin, NULL };
    to_processing(f, ports, "picky");
    run_all(f);
    struct job j = only_job(f);
    assert_int_equal(j.state, JOB_COMPLETED);
    assert_int_equal(j.done, 9);
    assert_int_equal(j.failed, 1);
    assert_int_equal(phase_of(f), PHASE_PROCESSING);
    struct ctx *c = test_as(&f->t, NULL);
    struct list failures;
    test_db_must(c, job_failures(c, j.job_id, 10, &failures), "failures");
    assert_int_equal(failures.n, 1);
    const struct job_failure *x = failures.v;
    assert_true(str_eq(x->reason, S("rejected by the judge after 3 attempts")));
    assert_int_equal(count(f, "SELECT COUNT(*) AS n FROM worker_results"), 8 + 3 + 3);
    assert_int_equal(count(f, "SELECT COUNT(*) AS n FROM judge_results "
                              "WHERE decision = 'rejected'"),
                     5);
    assert_int_equal(count(f, "SELECT COUNT(*) AS n FROM final_scores WHERE worker_attempts = 3"),
                     1);
    assert_int_equal(test_acts(test_as(&f->t, NULL), "score.attempt"), 14);
    assert_int_equal(test_acts(test_as(&f->t, NULL), "score.final"), 9);
    must_verify(f);
    /* The same verb again finds only the one that waits, and asks nobody a fourth time. */
    must_step(f, "processing");
    run_all(f);
    assert_int_equal(only_job(f).failed, 1);
    assert_int_equal(count(f, "SELECT COUNT(*) AS n FROM worker_results"), 14);
    f->t.db.deps.evaluators = test_evaluators;
}

static void far_marks_go_to_a_person(void **state)
{
    struct fixture *f = *state;
    struct picky p = { .academic_off = 1001 };
    const struct evaluator_port port = { .name = "picky",
                                         .label = "Picky",
                                         .self = &p,
                                         .work = picky_work,
                                         .judge = picky_judge,
                                         .commitment = picky_commitment };
    const struct evaluator_port *const ports[] = { &port, &evaluator_builtin, NULL };
    to_processing(f, ports, "picky");
    run_all(f);
    assert_int_equal(only_job(f).failed, 10);
    assert_int_equal(count(f, "SELECT COUNT(*) AS n FROM final_scores"), 0);
    assert_int_equal(count(f, "SELECT COUNT(*) AS n FROM worker_results"), 10);
    assert_int_equal(phase_of(f), PHASE_PROCESSING);
    f->t.db.deps.evaluators = test_evaluators;
}

/* What happens to the first application while its chunk is evaluated. */
struct meanwhile {
    struct fixture *f;
    const char *sql;
    bool done;
};
static err meanwhile_work(void *self, struct ctx *c, const struct anon_application *a, int attempt,
                          struct str feedback, struct worker_opinion *ret)
{
    struct meanwhile *m = self;
    struct ctx other;
    (void)attempt, (void)feedback;
    if (!m->done) {
        test_db_thread_ctx(&m->f->t.db, &other);
        test_exec(&other, m->sql, a->anonymized_id, S(""));
        test_db_thread_ctx_close(&other);
        m->done = true;
    }
    return rubric_work(c, &weights_default, a, 1, (struct str){ 0 }, ret);
}

static void evaluate_while(struct fixture *f, const char *sql)
{
    struct meanwhile m = { .f = f, .sql = sql };
    struct evaluator_port port = evaluator_builtin;
    port.name = "meanwhile";
    port.self = &m;
    port.work = meanwhile_work;
    const struct evaluator_port *const ports[] = { &port, &evaluator_builtin, NULL };
    to_processing(f, ports, "meanwhile");
    run_all(f);
    assert_true(m.done);
    assert_int_equal(only_job(f).state, JOB_COMPLETED);
    assert_int_equal(only_job(f).done, 10);
    assert_int_equal(only_job(f).failed, 0);
    assert_int_equal(count(f, "SELECT COUNT(*) AS n FROM worker_results"), 9);
    assert_int_equal(test_acts(test_as(&f->t, NULL), "score.final"), 9);
    f->t.db.deps.evaluators = test_evaluators;
}

static void a_score_that_came_meanwhile_stands(void **state)
{
    struct fixture *f = *state;
    evaluate_while(f,
                   "INSERT INTO final_scores (anonymized_id, admission_cycle_id, final_score, "
                   "academic_score, test_score, achievement_score, essay_score, timestamp, "
                   "worker_attempts, status, evaluator) SELECT anonymized_id, "
                   "admission_cycle_id, 50, 50, 50, 50, 50, created_at, 1, 'scored', 'elsewhere' "
                   "FROM anonymized_applications WHERE anonymized_id = :a");
    assert_int_equal(count(f, "SELECT COUNT(*) AS n FROM final_scores"), 10);
    assert_int_equal(
        count(f, "SELECT COUNT(*) AS n FROM final_scores WHERE evaluator = 'elsewhere'"), 1);
}

static void who_left_meanwhile_gets_no_score(void **state)
{
    struct fixture *f = *state;
    evaluate_while(f,
                   "UPDATE applications SET status = 'withdrawn' WHERE application_id = (SELECT "
                   "n.application_id FROM anonymized_applications n WHERE n.anonymized_id = :a)");
    assert_int_equal(count(f, "SELECT COUNT(*) AS n FROM final_scores"), 9);
    assert_int_equal(count(f, "SELECT COUNT(*) AS n FROM applications WHERE status = 'scored'"), 9);
}

static void threads_take_a_cycle_to_scored(void **state)
{
    struct fixture *f = *state;
    struct jobs *jobs = NULL;
    struct ctx *c = test_as(&f->t, &f->t.admin);
    const struct jobs_options o = { .threads = 2, .deps = &f->t.db.deps };
    test_db_must(c, jobs_open(c, &o, &jobs), "jobs_open");
    f->t.db.deps.bell = jobs_bell(jobs);
    must_step(f, "preprocess");
    assert_int_equal(only_job(f).state, JOB_COMPLETED);
    must_step(f, "export");
    must_step(f, "processing");
    assert_int_equal(phase_of(f), PHASE_SCORED);
    assert_int_equal(test_acts(test_as(&f->t, NULL), "score.final"), N);
    assert_int_equal(count(f, "SELECT COUNT(*) AS n FROM final_scores WHERE hash IS NOT NULL"), N);
    assert_int_equal(count(f, "SELECT COUNT(*) AS n FROM applications WHERE status = 'scored'"), N);
    assert_int_equal(count(f, "SELECT COUNT(*) AS n FROM final_scores "
                              "WHERE evaluator = 'builtin (offline baseline)'"),
                     N);
    jobs_close(jobs);
    f->t.db.deps.bell = &f->t.bell;
    must_verify(f);
}

static void waiting_ends_with_the_time_given(void **state)
{
    struct fixture *f = *state;
    struct jobs *jobs = NULL;
    struct ctx *c = test_as(&f->t, &f->t.admin);
    /* A chunk that nobody may take keeps the job open. */
    test_db_must(c, tx_run(c, TX_WRITE, no_tx, &f->cycle), "create");
    test_exec(c, "UPDATE job_chunks SET lease_until = '2999-01-01T00:00:00.000000Z'", S(""), S(""));
    struct job j = only_job(f);
    c = test_as(&f->t, NULL);
    struct str id = str_keep(c->mem, j.job_id);
    const struct jobs_options o = { .threads = 1, .deps = &f->t.db.deps };
    test_db_must(c, jobs_open(c, &o, &jobs), "jobs_open");
    const struct job_bell *bell = jobs_bell(jobs);
    int64_t begin = clock_system.mono_us(clock_system.self);
    bool over = true;
    test_db_must(c, bell->wait(bell->self, c, id, begin + 300000, &over), "wait");
    int64_t took = clock_system.mono_us(clock_system.self) - begin;
    assert_false(over);
    assert_true(took >= 290000 && took < 5000000);
    jobs_close(jobs);
}

/* The clock was wrong by a year when these parts were taken or put off, and was set right since:
 * they are free at once, while a lease that can be real holds. */
static void a_clock_set_back_holds_no_part(void **state)
{
    struct fixture *f = *state;
    struct chunk k;
    bool found = false;
    must_step(f, "preprocess");
    struct ctx *c = test_as(&f->t, NULL);
    test_exec(c,
              "UPDATE job_chunks SET state = 'leased', owner = 'WRK_gone', lease_until = "
              "'2999-01-01T00:00:00.000000Z'",
              S(""), S(""));
    test_db_must(c, chunk_claim(c, S("WRK_one"), &k, &found), "claim");
    assert_true(found);
    test_db_must(c, chunk_claim(c, S("WRK_two"), &k, &found), "claim");
    assert_false(found);
    test_exec(c,
              "UPDATE job_chunks SET state = 'ready', owner = NULL, lease_until = "
              "'2999-01-01T00:00:00.000000Z'",
              S(""), S(""));
    test_db_must(c, chunk_claim(c, S("WRK_two"), &k, &found), "claim");
    assert_true(found);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(preprocess_makes_everything, setup_frozen, teardown),
        cmocka_unit_test_setup_teardown(sealed_mapping_is_the_originals, setup_small, teardown),
        cmocka_unit_test_setup_teardown(crash_resumes_each_item_once, setup_frozen, teardown),
        cmocka_unit_test_setup_teardown(lost_lease_writes_nothing, setup_small, teardown),
        cmocka_unit_test_setup_teardown(next_chunk_comes_with_the_last, setup_frozen, teardown),
        cmocka_unit_test_setup_teardown(next_chunk_goes_with_the_transaction, setup_frozen,
                                        teardown),
        cmocka_unit_test_setup_teardown(poison_is_named_and_others_go_on, setup_small, teardown),
        cmocka_unit_test_setup_teardown(attempts_end_and_the_job_says_why, setup_small, teardown),
        cmocka_unit_test_setup_teardown(one_job_of_a_kind_and_fair_shares, setup_small, teardown),
        cmocka_unit_test_setup_teardown(chunk_ranges_cover_everything, setup_small, teardown),
        cmocka_unit_test_setup_teardown(judge_sends_back_and_a_person_gets_the_rest, setup_small,
                                        teardown),
        cmocka_unit_test_setup_teardown(far_marks_go_to_a_person, setup_small, teardown),
        cmocka_unit_test_setup_teardown(a_score_that_came_meanwhile_stands, setup_small, teardown),
        cmocka_unit_test_setup_teardown(who_left_meanwhile_gets_no_score, setup_small, teardown),
        cmocka_unit_test_setup_teardown(threads_take_a_cycle_to_scored, setup_frozen, teardown),
        cmocka_unit_test_setup_teardown(a_clock_set_back_holds_no_part, setup_small, teardown),
        cmocka_unit_test_setup_teardown(waiting_ends_with_the_time_given, setup_small, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
