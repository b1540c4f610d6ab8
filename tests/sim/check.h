/* sim/check.h: what must hold after every step (RELIABILITY, I1 to I12). */
#ifndef ENIGMA_TESTS_SIM_CHECK_H
#define ENIGMA_TESTS_SIM_CHECK_H

#include "crypto/commit.h"
#include "sim/world.h"

static inline struct str sim_cycle(const struct sim *s)
{
    return str_of(s->cycle_id);
}

static inline int64_t sim_count(struct sim *s, const char *sql)
{
    struct sim_call k;
    struct ctx *c = sim_begin(s, &k, NULL);
    const int64_t n = test_count(c, sql, sim_cycle(s), S(""));
    sim_end(&k);
    return n;
}

static inline int32_t sim_phase(struct sim *s)
{
    struct sim_call k;
    struct ctx *c = sim_begin(s, &k, NULL);
    const int32_t phase = test_phase(c, sim_cycle(s));
    sim_end(&k);
    return phase;
}

/* Entries with a place and entries that wait for one; moves none. */
static inline int64_t sim_log_size(struct sim *s, int64_t *ret_waiting)
{
    struct sim_call k;
    struct ctx *c = sim_begin(s, &k, NULL);
    struct test_sql q = { .sql = "SELECT COUNT(*) AS n FROM audit_entry", .in = { S(""), S("") } };
    struct test_sql w = { .sql = "SELECT COUNT(*) AS n FROM audit_pending",
                          .in = { S(""), S("") } };
    test_db_must(c, tx_run(c, TX_READ, test_count_tx, &q), "entries");
    test_db_must(c, tx_run(c, TX_READ, test_count_tx, &w), "waiting entries");
    sim_end(&k);
    *ret_waiting = w.number.n;
    return q.number.n + w.number.n;
}

/* I5: phase and log never go back. */
static inline void sim_check_forward(struct sim *s)
{
    int64_t waiting = 0;
    const int32_t phase = sim_phase(s);
    const int64_t size = sim_log_size(s, &waiting);
    SIM_MUST(phase >= s->phase, "phase %d after %d", phase, s->phase);
    SIM_MUST(size >= s->log_size, "log of %lld after %lld", (long long)size,
             (long long)s->log_size);
    s->phase = phase;
    s->log_size = size;
}

/* I4: what was told of the log once stays true. */
static inline void sim_mark_log(struct sim *s)
{
    struct sim_call k;
    if (s->n_marks == SIM_MARKS_MAX)
        return;
    struct ctx *c = sim_begin(s, &k, NULL);
    const struct list rows = test_rows(c,
                                       "SELECT hex(leaf) AS a, NULL AS b FROM audit_entry "
                                       "ORDER BY idx DESC LIMIT 1",
                                       S(""));
    s->marks[s->n_marks].size = s->log_size;
    snprintf(s->marks[s->n_marks].leaf, 65, "%.*s", STR_ARG(((struct test_text *)rows.v)->a));
    s->n_marks++;
    sim_end(&k);
}
static inline void sim_check_marks(struct sim *s)
{
    struct sim_call k;
    for (size_t i = 0; i < s->n_marks; i++) {
        struct ctx *c = sim_begin(s, &k, NULL);
        const int64_t n = test_count(c,
                                     "SELECT COUNT(*) AS n FROM audit_entry WHERE hex(leaf) = :a "
                                     "AND idx = CAST(:b AS BIGINT)",
                                     str_of(s->marks[i].leaf),
                                     str_fmt(c->mem, "%lld", (long long)s->marks[i].size - 1));
        SIM_MUST(n == 1, "entry %lld is another one now", (long long)s->marks[i].size - 1);
        sim_end(&k);
    }
}

/* The newest time that an entry has, placed or not. */
static inline int64_t sim_last_ms(struct sim *s)
{
    struct sim_call k;
    struct ctx *c = sim_begin(s, &k, NULL);
    struct test_sql q = { .sql = "SELECT MAX(ts) AS n FROM audit_entry", .in = { S(""), S("") } };
    test_db_must(c, tx_run(c, TX_READ, test_count_tx, &q), "time");
    sim_end(&k);
    return q.number.n;
}

/* I4, for who may only read: rows whose entries wait are understood; the wait itself may be long,
 * as virtual time goes. */
static inline void sim_check_waiting(struct sim *s)
{
    int64_t waiting = 0;
    struct sim_call k;
    struct verify_report r;
    struct db_options o = s->t.db.o;
    struct deps deps = s->t.db.deps;
    const struct verify_options vo = { .rows = true };
    (void)sim_log_size(s, &waiting);
    if (waiting == 0)
        return;
    const int64_t now_us = s->time.now_us;
    const int64_t last_us = 1000 * sim_last_ms(s);
    s->time.now_us = last_us > now_us ? last_us : now_us;
    struct ctx *c = sim_begin(s, &k, NULL);
    o.read_only = true;
    o.faults = NULL;
    test_db_must(c, db_open(c, &o, &deps.db), "open for reading");
    c->deps = &deps;
    test_db_must(c, audit_verify(c, &vo, &r), "audit_verify");
    const struct verify_invalid *v = r.invalid_entries.v;
    for (size_t i = 0; i < r.invalid_entries.n; i++)
        SIM_MUST(str_eq(v[i].code, S("pending.stuck")), "%lld wait; %.*s: %.*s", (long long)waiting,
                 STR_ARG(v[i].code), STR_ARG(v[i].detail));
    db_close(deps.db);
    s->time.now_us = now_us;
    s->hits[HIT_VERIFIED_WAITING]++;
    sim_end(&k);
}

/* What waits gets its place, with clock.step where the clock fell meanwhile. */
static inline void sim_settle_log(struct sim *s)
{
    struct sim_call k;
    int64_t waiting = 0;
    test_sequence(sim_begin(s, &k, NULL));
    sim_end(&k);
    s->log_size = sim_log_size(s, &waiting);
    SIM_MUST(waiting == 0, "%lld entries still wait", (long long)waiting);
}

/* I4: the log is whole and the rows are bound to it. Whoever verifies has a clock that is not
 * behind the log: an entry from the future would be a finding, as it should be. */
static inline void sim_check_log(struct sim *s)
{
    struct sim_call k;
    const int64_t now_us = s->time.now_us;
    const int64_t last_us = 1000 * sim_count(s, "SELECT MAX(ts) AS n FROM audit_entry");
    s->time.now_us = last_us > now_us ? last_us : now_us;
    struct verify_report r;
    const struct verify_options o = { .rows = true };
    struct ctx *c = sim_begin(s, &k, NULL);
    test_db_must(c, audit_verify(c, &o, &r), "audit_verify");
    const struct verify_invalid *v = r.invalid_entries.v;
    SIM_MUST(r.is_valid, "%.*s; %.*s: %.*s", STR_ARG(r.message), STR_ARG(v ? v->code : S("")),
             STR_ARG(v ? v->detail : S("")));
    SIM_MUST(r.chain_length == s->log_size, "%lld entries", (long long)r.chain_length);
    s->time.now_us = now_us;
    sim_end(&k);
}

/* I2, I3: who was told yes is there, once; who was told no is not. */
static inline void sim_check_students(struct sim *s)
{
    struct sim_call k;
    struct ctx *c = sim_begin(s, &k, NULL);
    const struct list rows = test_rows(c,
                                       "SELECT student_id AS a, application_id AS b FROM "
                                       "applications WHERE admission_cycle_id = :a",
                                       sim_cycle(s));
    const struct test_text *v = rows.v;
    int found[SIM_STUDENTS_MAX] = { 0 };
    for (size_t i = 0; i < rows.n; i++) {
        int64_t n = -1;
        struct str digits = str_sub(v[i].a, 28, 2);
        digits = digits.n == 2 && digits.p[0] == '0' ? str_sub(digits, 1, 1) : digits;
        SIM_MUST(str_i64(digits, &n) && n < s->n_students, "%.*s", STR_ARG(v[i].a));
        const struct sim_student *who = &s->students[n];
        SIM_MUST(++found[n] == 1, "student %lld twice", (long long)n);
        SIM_MUST(who->applied != APPLIED_NO, "student %lld was told no", (long long)n);
        SIM_MUST(who->applied != APPLIED_YES || str_eq(str_of(who->application_id), v[i].b),
                 "student %lld holds another receipt", (long long)n);
    }
    for (int i = 0; i < s->n_students; i++)
        SIM_MUST(found[i] == (s->students[i].applied != APPLIED_NO), "student %d is lost", i);
    sim_end(&k);
}

#define SIM_OF_CYCLE " WHERE admission_cycle_id = :a"
/* I1, I3, I7: rows of one cycle agree with each other in every phase. */
static inline void sim_check_counts(struct sim *s)
{
    const int64_t apps = sim_count(s, "SELECT COUNT(*) AS n FROM applications" SIM_OF_CYCLE);
    SIM_MUST(apps ==
                 sim_count(s,
                           "SELECT current_seats + (SELECT COALESCE(CAST(SUM(taken) AS BIGINT), 0) "
                           "FROM cycle_intake i WHERE i.cycle_id = :a) AS n "
                           "FROM admission_cycles WHERE cycle_id = :a"),
             "%lld applications are not what the cycle counts", (long long)apps);
    SIM_MUST(apps == sim_count(s, "SELECT COUNT(*) AS n FROM audit_entry WHERE cycle_id = :a AND "
                                  "act = 'application.submit'"),
             "%lld applications are not what the log counts", (long long)apps);
    const int64_t anon =
        sim_count(s, "SELECT COUNT(*) AS n FROM anonymized_applications" SIM_OF_CYCLE);
    const int64_t finals = sim_count(s, "SELECT COUNT(*) AS n FROM final_scores" SIM_OF_CYCLE);
    SIM_MUST(anon <= apps && finals <= anon, "%lld, %lld, %lld", (long long)apps, (long long)anon,
             (long long)finals);
    SIM_MUST(s->phase <= PHASE_PREPROCESSING || anon == apps, "%lld of %lld are anonymous",
             (long long)anon, (long long)apps);
    SIM_MUST(s->phase < PHASE_SCORED || finals == apps, "%lld of %lld are scored",
             (long long)finals, (long long)apps);
    SIM_MUST(finals == sim_count(s, "SELECT COUNT(*) AS n FROM audit_entry WHERE cycle_id = :a "
                                    "AND act = 'score.final'"),
             "%lld scores are not what the log counts", (long long)finals);
    SIM_MUST(0 == sim_count(s,
                            "SELECT COUNT(*) AS n FROM final_scores f WHERE admission_cycle_id = "
                            ":a AND NOT EXISTS (SELECT 1 FROM worker_results w JOIN judge_results "
                            "j ON j.worker_result_id = w.result_id WHERE w.anonymized_id = "
                            "f.anonymized_id AND j.decision = 'approved')"),
             "a score that no judge approved");
    SIM_MUST(s->phase == PHASE_SUBMISSION ||
                 0 == sim_count(s, "SELECT COUNT(*) AS n FROM applications" SIM_OF_CYCLE
                                   " AND status = 'submitted'"),
             "a submission came in behind the freeze");
}

struct sim_place {
    struct str id;
    double score;
    struct hash tie;
    bool selected;
};
static inline int sim_by_place(const void *a, const void *b)
{
    const struct sim_place *x = a, *y = b;
    if (x->score < y->score || x->score > y->score)
        return x->score > y->score ? -1 : 1;
    return memcmp(x->tie.b, y->tie.b, sizeof(x->tie.b));
}

/* The selection, counted again with floating point and a plain sort. */
static inline void sim_check_selection(struct sim *s)
{
    struct sim_call k;
    struct cycle cy;
    struct ctx *c = sim_begin(s, &k, NULL);
    test_db_must(c, cycle_get(c, sim_cycle(s), &cy), "cycle_get");
    const struct list seed = test_rows(c,
                                       "SELECT freeze_leaf AS a, NULL AS b FROM admission_cycles "
                                       "WHERE cycle_id = :a",
                                       sim_cycle(s));
    const struct list rows = test_rows(c,
                                       "SELECT anonymized_id || ' ' || final_score AS a, status "
                                       "AS b FROM final_scores WHERE admission_cycle_id = :a",
                                       sim_cycle(s));
    const struct test_text *v = rows.v;
    struct sim_place *all = arena_array(c->mem, struct sim_place, rows.n ? rows.n : 1);
    for (size_t i = 0; i < rows.n; i++) {
        const struct str score = str_cut(v[i].a, ' ', &all[i].id);
        all[i].score = strtod(str_z(c->mem, score), NULL);
        all[i].tie = tiebreak_key(((struct test_text *)seed.v)->a, all[i].id);
        all[i].selected = str_eq(v[i].b, S("selected"));
    }
    qsort(all, rows.n, sizeof(*all), sim_by_place);
    for (size_t i = 0; i < rows.n; i++)
        SIM_MUST(all[i].selected == ((int64_t)i < cy.max_seats), "place %zu of %lld seats", i,
                 (long long)cy.max_seats);
    const size_t cut = (size_t)cy.max_seats;
    if (cut < rows.n && !(all[cut].score < all[cut - 1].score))
        s->hits[HIT_TIE_AT_CUTOFF]++;
    const int64_t selected = rows.n < cut ? (int64_t)rows.n : cy.max_seats;
    SIM_MUST(cy.selected_count == selected, "%lld selected", (long long)cy.selected_count);
    sim_end(&k);
}

static inline void sim_check_all(struct sim *s)
{
    sim_check_waiting(s);
    sim_settle_log(s);
    sim_check_log(s);
    sim_check_students(s);
    sim_check_counts(s);
    sim_check_marks(s);
    sim_mark_log(s);
}

/* I11: at the end nothing is stuck, and entry times never fell. */
static inline void sim_check_end(struct sim *s)
{
    SIM_MUST(s->phase == PHASE_COMPLETED, "phase %d", s->phase);
    sim_check_all(s);
    sim_check_selection(s);
    SIM_MUST(0 == sim_count(s, "SELECT COUNT(*) AS n FROM jobs WHERE state IN ('queued', "
                               "'running')"),
             "a job is left");
    SIM_MUST(0 == sim_count(s, "SELECT COUNT(*) AS n FROM job_chunks k JOIN jobs j ON j.job_id = "
                               "k.job_id WHERE j.state = 'completed' AND k.state <> 'done'"),
             "a part of a finished job is left");
    SIM_MUST(0 == sim_count(s, "SELECT COUNT(*) AS n FROM applications" SIM_OF_CYCLE
                               " AND status NOT IN ('selected', 'not_selected')"),
             "an application is left");
    SIM_MUST(0 == sim_count(s, "SELECT COUNT(*) AS n FROM audit_entry e JOIN audit_entry f ON "
                               "f.idx = e.idx + 1 WHERE f.ts < e.ts"),
             "times in the log fall");
    SIM_MUST(1 == sim_count(s, "SELECT COUNT(*) AS n FROM audit_entry WHERE cycle_id = :a AND act "
                               "= 'cycle.freeze'"),
             "frozen not once");
    SIM_MUST(1 == sim_count(s, "SELECT COUNT(*) AS n FROM audit_entry WHERE cycle_id = :a AND act "
                               "= 'cycle.select'"),
             "selected not once");
    SIM_MUST(1 == sim_count(s, "SELECT COUNT(*) AS n FROM selection_logs" SIM_OF_CYCLE),
             "selected not once");
}

#endif
