/* The steps between the phases over a real database: gates and their words, whole cycles with
 * ties, one winner in races, retries, force. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <pthread.h>

#include "codec/base64.h"
#include "crypto/commit.h"
#include "crypto/merkle.h"
#include "service/audit_verify.h"
#include "support/test_cycle.h"

static err force(struct ctx *c, struct str id, const char *verb, struct phase_reply *ret)
{
    const struct phase_request q = { .cycle_id = id, .verb = verb, .force = true };
    return phase_step(c, &q, ret);
}

static void the_whole_cycle(void **state)
{
    (void)state;
    struct test_cycle t;
    char room[ID_MAX + 1];
    struct phase_reply r;
    struct ctx *c = test_cycle_open(&t, 23);
    const struct str id = test_cycle_create(c, 7, room);
    test_apply_many(c, id, 0, 23);

    assert_int_equal(test_step(c, id, "freeze", &r), ERR_OK);
    assert_int_equal(r.cycle.phase, PHASE_FROZEN);
    assert_false(r.cycle.is_open);
    assert_true(str_eq(r.cycle.closed_by, t.admin.id));
    assert_int_equal(r.batch_id, SCHEMA_NULL_I64);

    c = test_as(&t, &t.admin);
    assert_int_equal(test_step(c, id, "preprocess", &r), ERR_OK);
    assert_int_equal(r.cycle.phase, PHASE_PREPROCESSING);
    assert_null(r.job_id.p); /* the bell waited for the end */

    c = test_as(&t, &t.admin);
    assert_int_equal(test_step(c, id, "export", &r), ERR_OK);
    assert_int_equal(r.cycle.phase, PHASE_BATCH_PREP);
    assert_int_equal(r.records, 23);
    assert_true(r.batch_id > 0);
    char path[256];
    snprintf(path, sizeof(path), "%s/%.*s", t.export_dir, STR_ARG(r.file_name));
    assert_int_equal(access(path, R_OK), 0);

    c = test_as(&t, &t.admin);
    assert_int_equal(test_step(c, id, "processing", &r), ERR_OK);
    assert_int_equal(r.cycle.phase, PHASE_SCORED); /* flipped by the last item */
    assert_true(r.batch_id > 0);

    c = test_as(&t, &t.admin);
    assert_int_equal(test_step(c, id, "select", &r), ERR_OK);
    assert_int_equal(r.cycle.phase, PHASE_SELECTION);
    assert_int_equal(r.selected, 7);
    assert_int_equal(r.not_selected, 16);
    assert_int_equal(r.cycle.selected_count, 7);
    assert_true(r.cutoff > 0 && r.cutoff <= 10000);

    const char *both = "SELECT COUNT(*) AS n FROM applications a JOIN anonymized_applications x "
                       "ON x.application_id = a.application_id JOIN final_scores f "
                       "ON f.anonymized_id = x.anonymized_id WHERE a.admission_cycle_id = :a "
                       "AND a.status = :b AND f.status = :b";
    assert_int_equal(test_count(c, both, id, S("selected")), 7);
    assert_int_equal(test_count(c, both, id, S("not_selected")), 16);
    assert_int_equal(test_count(c,
                                "SELECT selected_count AS n FROM selection_logs "
                                "WHERE admission_cycle_id = :a",
                                id, S("")),
                     7);
    /* Nobody below the cut-off has a seat and nobody above it has none. */
    assert_int_equal(
        test_count(c,
                   "SELECT COUNT(*) AS n FROM final_scores s JOIN final_scores o "
                   "ON o.admission_cycle_id = s.admission_cycle_id WHERE s.status = 'selected' "
                   "AND o.status = 'not_selected' AND o.final_score > s.final_score "
                   "AND s.admission_cycle_id = :a",
                   id, S("")),
        0);

    c = test_as(&t, &t.admin);
    assert_int_equal(test_step(c, id, "publish", &r), ERR_OK);
    assert_int_equal(r.cycle.phase, PHASE_PUBLISHED);
    c = test_as(&t, &t.admin);
    assert_int_equal(test_step(c, id, "complete", &r), ERR_OK);
    assert_int_equal(r.cycle.phase, PHASE_COMPLETED);
    static const char *const once[] = { "cycle.freeze",  "cycle.preprocess", "cycle.export",
                                        "rubric.commit", "cycle.process",    "cycle.scored",
                                        "cycle.select",  "cycle.publish",    "cycle.complete" };
    for (size_t i = 0; i < sizeof(once) / sizeof(once[0]); i++)
        assert_int_equal(test_acts(c, once[i]), 1);
    assert_int_equal(audit_check_tail(c), ERR_OK);
    test_cycle_close(&t);
}

static struct entry read_entry(struct ctx *c, const char *act_sql, struct str id, struct str *leaf)
{
    struct list rows = test_entries(c, act_sql, id);
    assert_int_equal(rows.n, 1);
    const struct test_text *row = rows.v;
    struct entry e;
    const char *why = NULL;
    assert_true(entry_read(row->a, &e, &why));
    if (leaf) {
        const struct hash h = merkle_leaf_hash(row->a);
        *leaf = hash_hex(c->mem, &h);
    }
    return e;
}

struct leaf_line {
    struct str text;
};
static int by_text(const void *a, const void *b)
{
    const struct leaf_line *x = a, *y = b;
    return str_cmp(x->text, y->text);
}

static struct str root_of(struct ctx *c, const struct leaf_line *v, size_t n)
{
    struct merkle tree;
    merkle_init(&tree);
    for (size_t i = 0; i < n; i++) {
        const struct hash leaf = merkle_leaf_hash(v[i].text);
        merkle_add(&tree, &leaf);
    }
    const struct hash root = merkle_root(&tree);
    return hash_hex(c->mem, &root);
}

/* A stranger recounts both roots and the ties from the log and the scores alone. */
static void the_decision_can_be_recounted(void **state)
{
    (void)state;
    struct test_cycle t;
    char room[ID_MAX + 1];
    struct ctx *c = test_cycle_open(&t, 40);
    const struct str id = test_cycle_create(c, 13, room);
    test_apply_many(c, id, 0, 40);
    test_walk(&t, id, 5);
    c = test_as(&t, &t.admin);
    const char *freeze_sql = "SELECT entry AS a, subj AS b "
                             "FROM audit_entry WHERE act = 'cycle.freeze' AND cycle_id = :a";
    const char *select_sql = "SELECT entry AS a, subj AS b FROM audit_entry "
                             "WHERE act = 'cycle.select' AND cycle_id = :a";
    struct str seed;
    const struct entry freeze = read_entry(c, freeze_sql, id, &seed);
    const struct entry chosen = read_entry(c, select_sql, id, NULL);

    struct list rows = test_rows(c,
                                 "SELECT substr(subj, 13) AS a, CAST(idx AS TEXT) AS b FROM "
                                 "audit_entry WHERE act = 'application.submit' AND "
                                 "cycle_id = :a ORDER BY idx",
                                 id);
    const struct test_text *v = rows.v;
    struct leaf_line *lines = arena_array(c->mem, struct leaf_line, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        lines[i].text =
            str_fmt(c->mem, "{\"id\":\"%.*s\",\"idx\":%.*s}", STR_ARG(v[i].a), STR_ARG(v[i].b));
    struct str want = str_fmt(c->mem, "{\"apps_root\":\"%.*s\",\"count\":40}",
                              STR_ARG(root_of(c, lines, rows.n)));
    assert_true(str_eq(freeze.data, want));

    rows = test_entries(c,
                        "SELECT entry AS a, substr(subj, 6) AS b FROM audit_entry "
                        "WHERE act = 'score.final' AND cycle_id = :a",
                        id);
    v = rows.v;
    assert_int_equal(rows.n, 40);
    lines = arena_array(c->mem, struct leaf_line, rows.n);
    for (size_t i = 0; i < rows.n; i++) {
        struct entry e;
        const char *why = NULL;
        assert_true(entry_read(v[i].a, &e, &why));
        lines[i].text =
            str_fmt(c->mem, "{\"c\":\"%s\",\"id\":\"%.*s\"}", e.commits[0].hex, STR_ARG(v[i].b));
    }
    qsort(lines, rows.n, sizeof(*lines), by_text);
    const int64_t cutoff = test_count(c,
                                      "SELECT CAST(round(cutoff_score * 100) AS BIGINT) AS n "
                                      "FROM selection_logs WHERE admission_cycle_id = :a",
                                      id, S(""));
    want = str_fmt(c->mem,
                   "{\"cutoff_e2\":%lld,\"not_selected\":27,\"scores_root\":\"%.*s\",\"seats\":13,"
                   "\"selected\":13,\"tiebreak\":\"sha256-v1\",\"tiebreak_seed\":\"%.*s\"}",
                   (long long)cutoff, STR_ARG(root_of(c, lines, rows.n)), STR_ARG(seed));
    assert_true(str_eq(chosen.data, want));

    /* Equal marks tie at the cut-off here; the smaller hashes have the seats. */
    rows = test_rows(c,
                     "SELECT f.anonymized_id AS a, f.status AS b FROM final_scores f "
                     "JOIN selection_logs l ON l.admission_cycle_id = f.admission_cycle_id "
                     "WHERE f.final_score = l.cutoff_score AND f.admission_cycle_id = :a",
                     id);
    v = rows.v;
    int in = 0, out = 0;
    for (size_t i = 0; i < rows.n; i++) {
        const bool has_seat = str_eq(v[i].b, S("selected"));
        const struct hash mine = tiebreak_key(seed, v[i].a);
        in += has_seat;
        out += !has_seat;
        for (size_t k = 0; has_seat && k < rows.n; k++) {
            const struct hash other = tiebreak_key(seed, v[k].a);
            if (!str_eq(v[k].b, S("selected")))
                assert_true(memcmp(mine.b, other.b, SHA256_N) < 0);
        }
    }
    assert_true(in > 0 && out > 0);
    test_cycle_close(&t);
}

/* Each step in each phase but its own is refused, and nothing moves. */
static void wrong_phases_are_refused(void **state)
{
    (void)state;
    struct test_cycle t;
    char room[ID_MAX + 1];
    struct phase_reply r;
    struct ctx *c = test_cycle_open(&t, 5);
    const struct str id = test_cycle_create(c, 2, room);
    test_apply_many(c, id, 0, 5);
    for (size_t done = 0; done <= TEST_STEPS_N; done++) {
        c = test_as(&t, &t.admin);
        const int32_t phase = test_phase(c, id);
        const int64_t entries =
            test_count(c, "SELECT COUNT(*) AS n FROM audit_entry", S(""), S(""));
        for (size_t i = 0; i < TEST_STEPS_N; i++) {
            if (i == done)
                continue;
            c = test_as(&t, &t.admin);
            assert_int_equal(test_step(c, id, test_steps[i], &r), ERR_PHASE);
            assert_non_null(strstr(c->fault.text, phase_names.v[phase]));
        }
        c = test_as(&t, &t.admin);
        assert_int_equal(test_phase(c, id), phase);
        assert_int_equal(test_count(c, "SELECT COUNT(*) AS n FROM audit_entry", S(""), S("")),
                         entries);
        if (done < TEST_STEPS_N)
            test_db_must(c, test_step(c, id, test_steps[done], &r), test_steps[done]);
    }
    c = test_as(&t, &t.admin);
    assert_int_equal(test_step(c, id, "score", &r), ERR_BAD_REQUEST);
    c = test_as(&t, &t.admin);
    assert_int_equal(test_step(c, id, "dance", &r), ERR_BAD_REQUEST);
    c = test_as(&t, &t.admin);
    assert_int_equal(test_step(c, S("CYC_NONE"), "freeze", &r), ERR_NOT_FOUND);
    c = test_as(&t, &t.auditor);
    assert_int_equal(test_step(c, id, "freeze", &r), ERR_FORBIDDEN);
    test_cycle_close(&t);
}

static void refused(struct test_cycle *t, struct str id, const char *verb, const char *text)
{
    struct phase_reply r;
    struct ctx *c = test_as(t, &t->admin);
    assert_int_equal(test_step(c, id, verb, &r), ERR_PHASE);
    assert_string_equal(c->fault.text, text);
}

static void gates_name_what_is_missing(void **state)
{
    (void)state;
    struct test_cycle t;
    char room[ID_MAX + 1];
    struct cycle cy;
    struct ctx *c = test_cycle_open(&t, 6);
    const struct str id = test_cycle_create(c, 2, room);
    refused(&t, id, "freeze",
            "Cycle is in phase 'submission' and freeze cannot run: 0 applications were submitted "
            "and at least one is needed");
    c = test_as(&t, &t.admin);
    test_apply_many(c, id, 0, 6);
    assert_int_equal(cycle_close(c, id, &cy), ERR_OK);
    refused(&t, id, "freeze",
            "Cycle is in phase 'submission' and freeze cannot run: the cycle is closed, open it "
            "first");
    c = test_as(&t, &t.admin);
    assert_int_equal(cycle_open(c, id, &cy), ERR_OK);
    test_walk(&t, id, 1);

    c = test_as(&t, &t.admin);
    test_exec(c, "UPDATE applications SET status = 'submitted' WHERE student_id IN (:a, :b)",
              test_student_id(c->mem, 0), test_student_id(c->mem, 1));
    refused(&t, id, "preprocess",
            "Cycle is in phase 'frozen' and preprocess cannot run: 2 applications are not "
            "finalized yet");
    c = test_as(&t, &t.admin);
    test_exec(c, "UPDATE applications SET status = 'finalized' WHERE admission_cycle_id = :a", id,
              S(""));

    /* A job that nobody runs leaves everything unscrubbed. */
    t.db.deps.bell = NULL;
    struct phase_reply r;
    c = test_as(&t, &t.admin);
    assert_int_equal(test_step(c, id, "preprocess", &r), ERR_OK);
    assert_non_null(r.job_id.p);
    refused(&t, id, "export",
            "Cycle is in phase 'preprocessing' and export cannot run: 6 applications have no "
            "anonymous copy yet; 6 applications have no metrics yet");
    c = test_as(&t, NULL);
    test_run_jobs(c);
    test_exec(c,
              "UPDATE deterministic_metrics SET percentile_rank = NULL WHERE application_id = "
              "(SELECT MIN(application_id) FROM applications WHERE admission_cycle_id = :a)",
              id, S(""));
    refused(&t, id, "export",
            "Cycle is in phase 'preprocessing' and export cannot run: 1 application has no "
            "metrics yet");
    c = test_as(&t, NULL);
    test_exec(c,
              "UPDATE deterministic_metrics SET percentile_rank = 50 WHERE percentile_rank IS "
              "NULL AND admission_cycle_id = :a",
              id, S(""));
    t.db.deps.bell = &t.bell;
    c = test_as(&t, &t.admin);
    assert_int_equal(test_step(c, id, "export", &r), ERR_OK);

    c = test_as(&t, NULL);
    test_exec(c, "UPDATE applications SET status = 'finalized' WHERE student_id = :a",
              test_student_id(c->mem, 3), S(""));
    refused(&t, id, "processing",
            "Cycle is in phase 'batch_prep' and processing cannot run: 1 application is not "
            "ready for evaluation (held or failed)");
    c = test_as(&t, NULL);
    test_exec(c, "UPDATE applications SET status = 'batch_ready' WHERE student_id = :a",
              test_student_id(c->mem, 3), S(""));
    c = test_as(&t, &t.admin);
    assert_int_equal(test_step(c, id, "processing", &r), ERR_OK);
    assert_int_equal(r.cycle.phase, PHASE_SCORED);

    c = test_as(&t, NULL);
    test_exec(c, "UPDATE applications SET status = 'processing' WHERE student_id = :a",
              test_student_id(c->mem, 3), S(""));
    test_exec(c,
              "UPDATE judge_results SET decision = 'rejected' WHERE anonymized_id IN (SELECT "
              "MIN(anonymized_id) FROM final_scores WHERE admission_cycle_id = :a)",
              id, S(""));
    refused(&t, id, "select",
            "Cycle is in phase 'scored' and select cannot run: 1 result waits for approval; 1 "
            "application has no final score yet");
    c = test_as(&t, NULL);
    test_exec(c, "UPDATE applications SET status = 'scored' WHERE student_id = :a",
              test_student_id(c->mem, 3), S(""));
    test_exec(c, "UPDATE judge_results SET decision = 'approved' WHERE :a = :a", id, S(""));
    c = test_as(&t, &t.admin);
    assert_int_equal(test_step(c, id, "select", &r), ERR_OK);
    c = test_as(&t, NULL);
    test_exec(c, "UPDATE final_scores SET status = 'scored' WHERE admission_cycle_id = :a", id,
              S(""));
    refused(&t, id, "publish",
            "Cycle is in phase 'selection' and publish cannot run: 6 applications have no "
            "decision yet");
    assert_int_equal(test_acts(c, "fairness.report"), 1); /* the check waits for nothing */
    test_cycle_close(&t);
}

static void if_match_guards_a_step(void **state)
{
    (void)state;
    struct test_cycle t;
    char room[ID_MAX + 1];
    struct ctx *c = test_cycle_open(&t, 1);
    const struct str id = test_cycle_create(c, 2, room);
    struct phase_reply r;
    struct cycle cy;
    assert_int_equal(cycle_get(c, id, &cy), ERR_OK);
    struct phase_request q = { .cycle_id = id, .verb = "freeze", .if_match = cycle_etag(c, &cy) };
    test_apply_many(c, id, 0, 1); /* no edit: the tag still holds */
    assert_int_equal(phase_step(c, &q, &r), ERR_OK);
    q.verb = "preprocess";
    assert_int_equal(phase_step(c, &q, &r), ERR_PRECONDITION);
    fault_clear(c);
    q.verb = "export";
    assert_int_equal(phase_step(c, &q, &r), ERR_PRECONDITION);
    fault_clear(c);
    assert_int_equal(test_phase(c, id), PHASE_FROZEN);
    test_cycle_close(&t);
}

struct presser {
    struct test_cycle *t;
    pthread_barrier_t *start;
    struct str id;
    const char *verb;
    err result;
};

static void *press(void *arg)
{
    struct presser *p = arg;
    struct ctx c;
    struct phase_reply r;
    test_db_thread_ctx(&p->t->db, &c);
    c.who = &p->t->admin;
    pthread_barrier_wait(p->start);
    p->result = test_step(&c, p->id, p->verb, &r);
    test_db_thread_ctx_close(&c);
    return NULL;
}

static int press_at_once(struct test_cycle *t, struct str id, const char *verb, int n)
{
    enum { MOST = 8 };
    pthread_t threads[MOST];
    struct presser p[MOST];
    pthread_barrier_t start;
    int won = 0;
    assert_true(n <= MOST);
    pthread_barrier_init(&start, NULL, (unsigned)n);
    for (int i = 0; i < n; i++) {
        p[i] = (struct presser){ .t = t, .start = &start, .id = id, .verb = verb };
        assert_int_equal(pthread_create(&threads[i], NULL, press, &p[i]), 0);
    }
    for (int i = 0; i < n; i++) {
        pthread_join(threads[i], NULL);
        won += p[i].result == ERR_OK;
        assert_true(p[i].result == ERR_OK || p[i].result == ERR_PHASE);
    }
    pthread_barrier_destroy(&start);
    return won;
}

static void two_press_freeze_fifty_times(void **state)
{
    (void)state;
    struct test_cycle t;
    char room[ID_MAX + 1];
    struct ctx *c = test_cycle_open(&t, 1);
    for (int round = 0; round < 50; round++) {
        c = test_as(&t, &t.admin);
        const struct str id = test_cycle_create(c, 2, room);
        test_apply_many(c, id, 0, 1);
        assert_int_equal(press_at_once(&t, id, "freeze", 2), 1);
        c = test_as(&t, &t.admin);
        assert_int_equal(test_acts(c, "cycle.freeze"), round + 1);
    }
    test_cycle_close(&t);
}

/* Every button, four hands: one winner each, one entry each, one job each. */
static void four_press_every_button(void **state)
{
    (void)state;
    struct test_cycle t;
    char room[ID_MAX + 1];
    struct ctx *c = test_cycle_open(&t, 6);
    const struct str id = test_cycle_create(c, 2, room);
    test_apply_many(c, id, 0, 6);
    t.db.deps.bell = NULL;
    for (size_t i = 0; i < TEST_STEPS_N; i++) {
        assert_int_equal(press_at_once(&t, id, test_steps[i], 4), 1);
        c = test_as(&t, NULL);
        test_run_jobs(c);
    }
    c = test_as(&t, &t.admin);
    assert_int_equal(test_phase(c, id), PHASE_COMPLETED);
    assert_int_equal(test_count(c, "SELECT COUNT(*) AS n FROM jobs", S(""), S("")), 3);
    assert_int_equal(test_count(c, "SELECT COUNT(*) AS n FROM selection_logs", S(""), S("")), 1);
    assert_int_equal(test_acts(c, "cycle.process"), 1);
    assert_int_equal(test_acts(c, "cycle.scored"), 1);
    test_cycle_close(&t);
}

static void the_verb_again_is_a_retry(void **state)
{
    (void)state;
    struct test_cycle t;
    char room[ID_MAX + 1], text[FAULT_TEXT_MAX];
    struct phase_reply r;
    struct job j;
    struct ctx *c = test_cycle_open(&t, 5);
    const struct str id = test_cycle_create(c, 2, room);
    test_apply_many(c, id, 0, 5);
    test_walk(&t, id, 1);
    t.db.deps.bell = NULL;
    c = test_as(&t, &t.admin);
    assert_int_equal(test_step(c, id, "preprocess", &r), ERR_OK);
    snprintf(text, sizeof(text),
             "Cycle is in phase 'preprocessing' and its preprocess job %.*s is still running",
             STR_ARG(r.job_id));
    struct str job = r.job_id;
    assert_int_equal(job_get(c, job, &j), ERR_OK);
    assert_int_equal(j.total, 5);
    assert_int_equal(test_step(c, id, "preprocess", &r), ERR_PHASE);
    assert_string_equal(c->fault.text, text);
    fault_clear(c);
    assert_int_equal(job_cancel(c, job, &j), ERR_OK);
    assert_int_equal(test_step(c, id, "preprocess", &r), ERR_OK);
    assert_false(str_eq(r.job_id, job));
    assert_int_equal(r.cycle.phase, PHASE_PREPROCESSING);
    test_run_jobs(c);
    refused(&t, id, "preprocess",
            "Cycle is in phase 'preprocessing' and every application is preprocessed; export is "
            "the next step");
    c = test_as(&t, &t.admin);
    assert_int_equal(test_step(c, id, "export", &r), ERR_OK);
    assert_int_equal(test_step(c, id, "processing", &r), ERR_OK);
    job = r.job_id;
    const struct phase_request other = { .cycle_id = id,
                                         .verb = "processing",
                                         .provider = S("external") };
    assert_int_equal(job_cancel(c, job, &j), ERR_OK);
    assert_int_equal(phase_step(c, &other, &r), ERR_BAD_REQUEST);
    fault_clear(c);
    assert_int_equal(test_step(c, id, "processing", &r), ERR_OK);
    assert_int_equal(r.cycle.phase, PHASE_PROCESSING);
    assert_int_equal(test_acts(c, "cycle.process"), 1); /* no second flip */
    test_run_jobs(c);
    assert_int_equal(test_phase(c, id), PHASE_SCORED);
    test_cycle_close(&t);
}

static void providers(void **state)
{
    (void)state;
    struct test_cycle t;
    char room[ID_MAX + 1];
    struct phase_reply r;
    struct ctx *c = test_cycle_open(&t, 3);
    const struct str id = test_cycle_create(c, 2, room);
    test_apply_many(c, id, 0, 3);
    test_walk(&t, id, 3);
    struct phase_request q = { .cycle_id = id, .verb = "processing", .provider = S("openai") };
    c = test_as(&t, &t.admin);
    assert_int_equal(phase_step(c, &q, &r), ERR_BAD_REQUEST);
    assert_string_equal(c->fault.text, "There is no provider 'openai' on this server");
    fault_clear(c);
    q.provider = S("external");
    assert_int_equal(phase_step(c, &q, &r), ERR_OK);
    assert_int_equal(r.cycle.phase, PHASE_PROCESSING);
    assert_null(r.job_id.p);
    assert_true(r.batch_id > 0);
    assert_int_equal(test_acts(c, "rubric.commit"), 1);
    refused(&t, id, "processing",
            "Cycle is in phase 'processing' and 3 applications wait for an import");
    test_cycle_close(&t);
}

static void force_gives_up_the_unfinished(void **state)
{
    (void)state;
    struct test_cycle t;
    char room[ID_MAX + 1];
    struct phase_reply r;
    struct ctx *c = test_cycle_open(&t, 6);
    const struct str id = test_cycle_create(c, 2, room);
    test_apply_many(c, id, 0, 6);
    c = test_as(&t, &t.super);
    assert_int_equal(force(c, id, "freeze", &r), ERR_BAD_REQUEST);
    assert_string_equal(c->fault.text, "freeze cannot be forced");
    test_walk(&t, id, 2);
    /* One could not be scrubbed. */
    c = test_as(&t, NULL);
    test_exec(c, "UPDATE applications SET status = 'finalized' WHERE student_id = :a",
              test_student_id(c->mem, 0), S(""));
    test_exec(c,
              "UPDATE anonymized_applications SET held_reason = 'own_name_remains' WHERE "
              "application_id IN (SELECT application_id FROM applications WHERE student_id = :a)",
              test_student_id(c->mem, 0), S(""));
    test_walk(&t, id, 0);
    c = test_as(&t, &t.admin);
    assert_int_equal(test_step(c, id, "export", &r), ERR_PHASE);
    assert_non_null(strstr(c->fault.text, "1 application is held for review: ANON_"));
    c = test_as(&t, &t.admin);
    assert_int_equal(force(c, id, "export", &r), ERR_FORBIDDEN);
    c = test_as(&t, &t.super);
    assert_int_equal(force(c, id, "export", &r), ERR_OK);
    assert_int_equal(r.records, 5);
    c = test_as(&t, &t.super);
    assert_int_equal(test_step(c, id, "processing", &r), ERR_OK);
    assert_int_equal(r.cycle.phase, PHASE_SCORED);
    assert_int_equal(test_count(c,
                                "SELECT COUNT(*) AS n FROM applications WHERE "
                                "admission_cycle_id = :a AND status = :b",
                                id, S("failed")),
                     1);
    struct list entry = test_entries(c,
                                     "SELECT entry AS a, subj AS b FROM audit_entry "
                                     "WHERE act = 'cycle.export' AND cycle_id = :a",
                                     id);
    const struct str text = ((const struct test_text *)entry.v)->a;
    assert_non_null(memmem(text.p, text.n, "\"forced\":1", 10));
    c = test_as(&t, &t.admin);
    assert_int_equal(test_step(c, id, "select", &r), ERR_OK);
    assert_int_equal(r.selected + r.not_selected, 5);
    test_cycle_close(&t);
}

/* Scrubbing was cut short before the stage that makes metrics: by force those that were scrubbed go
 * on, with metrics, and all of them are scored. */
static void force_makes_the_metrics_of_what_was_scrubbed(void **state)
{
    (void)state;
    enum { N = 40 };
    struct test_cycle t;
    char room[ID_MAX + 1];
    struct phase_reply r;
    struct chunk k;
    bool found = false;
    struct ctx *c = test_cycle_open(&t, N);
    t.settings.chunk_items = 10;
    const struct str id = test_cycle_create(c, 2, room);
    test_apply_many(c, id, 0, N);
    test_walk(&t, id, 1);
    t.db.deps.bell = NULL;
    c = test_as(&t, &t.admin);
    assert_int_equal(test_step(c, id, "preprocess", &r), ERR_OK);
    for (int i = 0; i < 2; i++) {
        c = test_as(&t, NULL);
        test_db_must(c, chunk_claim(c, S("WRK_A"), &k, &found), "claim");
        assert_true(found);
        test_db_must(c, preprocess_scrub_chunk(c, &k), "scrub");
    }
    const int64_t scrubbed =
        test_count(c, "SELECT COUNT(*) AS n FROM anonymized_applications", S(""), S(""));
    assert_true(scrubbed > 0 && scrubbed < N);
    assert_int_equal(test_count(c, "SELECT COUNT(*) AS n FROM deterministic_metrics", S(""), S("")),
                     0);
    t.db.deps.bell = &t.bell;
    c = test_as(&t, &t.super);
    assert_int_equal(force(c, id, "export", &r), ERR_OK);
    assert_int_equal(r.records, scrubbed);
    assert_int_equal(
        test_count(c,
                   "SELECT COUNT(*) AS n FROM deterministic_metrics m JOIN anonymized_applications "
                   "n ON n.application_id = m.application_id WHERE m.percentile_rank IS NULL",
                   S(""), S("")),
        scrubbed);
    c = test_as(&t, &t.admin);
    assert_int_equal(test_step(c, id, "processing", &r), ERR_OK);
    assert_int_equal(r.cycle.phase, PHASE_SCORED);
    assert_int_equal(test_count(c, "SELECT COUNT(*) AS n FROM final_scores", S(""), S("")),
                     scrubbed);
    test_cycle_close(&t);
}

static void forced_end_of_processing(void **state)
{
    (void)state;
    struct test_cycle t;
    char room[ID_MAX + 1];
    struct phase_reply r;
    struct job j;
    struct ctx *c = test_cycle_open(&t, 4);
    const struct str id = test_cycle_create(c, 2, room);
    test_apply_many(c, id, 0, 4);
    test_walk(&t, id, 3);
    t.db.deps.bell = NULL;
    c = test_as(&t, &t.admin);
    assert_int_equal(test_step(c, id, "processing", &r), ERR_OK);
    c = test_as(&t, &t.super);
    assert_int_equal(force(c, id, "processing", &r), ERR_PHASE); /* the job still runs */
    fault_clear(c);
    struct list jobs;
    struct str next;
    assert_int_equal(job_list(c, id, 10, (struct str){ NULL, 0 }, &jobs, &next), ERR_OK);
    const struct job *all = jobs.v;
    for (size_t i = 0; i < jobs.n; i++)
        if (all[i].state < JOB_COMPLETED)
            assert_int_equal(job_cancel(c, all[i].job_id, &j), ERR_OK);
    assert_int_equal(force(c, id, "processing", &r), ERR_OK);
    assert_int_equal(r.cycle.phase, PHASE_SCORED);
    assert_int_equal(test_count(c,
                                "SELECT COUNT(*) AS n FROM applications WHERE "
                                "admission_cycle_id = :a AND status = :b",
                                id, S("failed")),
                     4);
    assert_int_equal(test_step(c, id, "select", &r), ERR_OK);
    assert_int_equal(r.selected, 0);
    test_cycle_close(&t);
}

/* The log and the tables must agree before anything is frozen. */
static void a_submission_beside_the_log_stops_the_freeze(void **state)
{
    (void)state;
    struct test_cycle t;
    char room[ID_MAX + 1];
    struct phase_reply r;
    struct ctx *c = test_cycle_open(&t, 3);
    const struct str id = test_cycle_create(c, 2, room);
    test_apply_many(c, id, 0, 2);
    test_exec(c,
              "INSERT INTO applications (application_id, admission_cycle_id, student_id, "
              "timestamp, gpa, status, scrub_order, created_at, updated_at) SELECT 'APP_SLY', "
              "admission_cycle_id, :b, timestamp, gpa, status, 1, created_at, updated_at FROM "
              "applications WHERE admission_cycle_id = :a LIMIT 1",
              id, test_student_id(c->mem, 2));
    assert_int_equal(test_step(c, id, "freeze", &r), ERR_INTERNAL);
    assert_non_null(strstr(c->fault.text, "2 submissions"));
    assert_int_equal(test_phase(c, id), PHASE_SUBMISSION);
    test_cycle_close(&t);
}

static void must_verify(struct test_cycle *t)
{
    struct ctx *c = test_as(t, NULL);
    const struct verify_options o = { .rows = true };
    struct verify_report r;
    test_db_must(c, audit_verify(c, &o, &r), "audit_verify");
    const struct verify_invalid *bad = r.invalid_entries.v;
    for (size_t i = 0; i < r.invalid_entries.n; i++)
        fprintf(stderr, "%.*s: %.*s\n", STR_ARG(bad[i].code), STR_ARG(bad[i].detail));
    assert_true(r.is_valid);
}

/* With edits, a held application, a cancelled job and a forced step on the way. */
static void the_log_agrees_after_every_step(void **state)
{
    (void)state;
    struct test_cycle t;
    char room[ID_MAX + 1], other[ID_MAX + 1];
    struct phase_reply r;
    struct cycle cy;
    struct job j;
    struct ctx *c = test_cycle_open(&t, 12);
    const struct str id = test_cycle_create(c, 4, room);
    test_cycle_create(c, 4, other);
    assert_int_equal(cycle_open(c, id, &cy), ERR_OK);
    assert_int_equal(cycle_delete(c, str_of(other)), ERR_OK);
    test_apply_many(c, id, 0, 12);
    must_verify(&t);
    test_walk(&t, id, 1);
    must_verify(&t);
    t.db.deps.bell = NULL;
    c = test_as(&t, &t.admin);
    assert_int_equal(test_step(c, id, "preprocess", &r), ERR_OK);
    assert_int_equal(job_cancel(c, r.job_id, &j), ERR_OK);
    must_verify(&t);
    t.db.deps.bell = &t.bell;
    c = test_as(&t, &t.admin);
    assert_int_equal(test_step(c, id, "preprocess", &r), ERR_OK);
    test_exec(c,
              "UPDATE applications SET status = 'finalized' WHERE student_id = :a AND "
              "admission_cycle_id = :b",
              test_student_id(c->mem, 3), id);
    must_verify(&t);
    c = test_as(&t, &t.admin);
    assert_int_equal(test_step(c, id, "export", &r), ERR_OK);
    must_verify(&t);
    c = test_as(&t, &t.super);
    assert_int_equal(force(c, id, "processing", &r), ERR_OK);
    assert_int_equal(r.cycle.phase, PHASE_SCORED);
    must_verify(&t);
    for (size_t i = 4; i < TEST_STEPS_N; i++) {
        c = test_as(&t, &t.admin);
        assert_int_equal(test_step(c, id, test_steps[i], &r), ERR_OK);
        must_verify(&t);
    }
    test_cycle_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_whole_cycle),
        cmocka_unit_test(the_log_agrees_after_every_step),
        cmocka_unit_test(the_decision_can_be_recounted),
        cmocka_unit_test(wrong_phases_are_refused),
        cmocka_unit_test(gates_name_what_is_missing),
        cmocka_unit_test(if_match_guards_a_step),
        cmocka_unit_test(two_press_freeze_fifty_times),
        cmocka_unit_test(four_press_every_button),
        cmocka_unit_test(the_verb_again_is_a_retry),
        cmocka_unit_test(providers),
        cmocka_unit_test(force_gives_up_the_unfinished),
        cmocka_unit_test(force_makes_the_metrics_of_what_was_scrubbed),
        cmocka_unit_test(forced_end_of_processing),
        cmocka_unit_test(a_submission_beside_the_log_stops_the_freeze),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
