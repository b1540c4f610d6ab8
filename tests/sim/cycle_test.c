/* Whole cycles on virtual time: students, administrators, workers, a clock that steps, a disk that
 * fails and a program that is killed, in an order that one seed decides, to the last phase. After
 * every step the invariants of check.h hold.
 *
 * SIM_SEED=N runs that seed alone; SIM_SEEDS=N runs so many from 1 on. Without them: as many as fit
 * into the time of a test run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <time.h>

#include "sim/ops.h"

enum {
    DEFAULT_SECONDS = 20,
    DEFAULT_SEEDS_MIN = 20, /* however slow the machine is */
    DEFAULT_SEEDS_MAX = 400,
    QUIET_ROUNDS_MAX = 600,
    SEEDS_A_HIT = 20, /* each kind of fault must be met once in so many seeds, or oftener */
};

static struct sim_template template;
static int64_t hits[HIT_COUNT], applications;

static void arm(struct sim *s)
{
    static const enum sim_hit kinds[] = {
        HIT_STATEMENT_BUSY, HIT_STATEMENT_ERROR, HIT_COMMIT_BUSY,
        HIT_COMMIT_ERROR,   HIT_CRASH_STATEMENT, HIT_CRASH_COMMIT
    };
    s->races_left = (int)sim_roll(s, 4);
    s->fault = (struct sim_fault){ .set = sim_chance(s, 4), .kind = kinds[sim_roll(s, 6)] };
    const bool commit = s->fault.kind == HIT_COMMIT_BUSY || s->fault.kind == HIT_COMMIT_ERROR ||
                        s->fault.kind == HIT_CRASH_COMMIT;
    s->fault.left = (int64_t)sim_roll(s, commit ? 2 : 30);
    s->fault.times = s->fault.kind == HIT_STATEMENT_BUSY && sim_chance(s, 2) ? 100 : 1;
}

/* One step of the world, with whatever strikes it. */
static void step(struct sim *s)
{
    const int32_t before = s->phase;
    arm(s);
    sim_act(s);
    s->fault.set = false;
    if (!s->crashed && sim_chance(s, 60)) {
        s->hits[HIT_CRASH_BETWEEN]++;
        sim_crash(s);
    }
    const bool crashed = s->crashed;
    if (crashed)
        sim_restart(s);
    sim_check_forward(s);
    if (crashed || s->phase != before || sim_chance(s, 40))
        sim_check_all(s);
    if (s->phase != before && s->phase == PHASE_SELECTION)
        sim_check_selection(s);
}

/* The faults have ended and the clock is right again: everything must come to its end. */
static void finish(struct sim *s)
{
    s->quiet = true;
    s->races_left = 0;
    s->time.now_us = TEST_NOW_US + s->time.mono_us;
    for (int i = 0; i < QUIET_ROUNDS_MAX && s->phase != PHASE_COMPLETED; i++) {
        struct sim_call k;
        struct cycle cy;
        if (s->phase == PHASE_SUBMISSION) {
            struct ctx *c = sim_begin(s, &k, &s->t.admin);
            test_db_must(c, cycle_open(c, sim_cycle(s), &cy), "open");
            sim_end(&k);
            sim_submit(s);
        }
        if (s->phase == PHASE_PROCESSING && s->external)
            sim_import(s, 0, SIM_STUDENTS_MAX);
        const bool again = s->phase == PHASE_PREPROCESSING && i % 2;
        (void)sim_press(s, again ? "preprocess" : sim_next_verb(s, s->phase), false);
        sim_worker(s);
        fake_clock_pass(&s->time, SIM_SECOND);
        sim_check_forward(s);
    }
}

static void create(struct sim *s)
{
    struct sim_call k;
    struct cycle cy;
    struct ctx *c = sim_begin(s, &k, &s->t.admin);
    const struct cycle_new n = test_cycle_new(c, 1 + (int64_t)sim_roll(s, 6));
    test_db_must(c, cycle_create(c, &n, &cy), "cycle_create");
    snprintf(s->cycle_id, sizeof(s->cycle_id), "%.*s", STR_ARG(cy.cycle_id));
    sim_end(&k);
}

static void run(uint64_t seed)
{
    static struct sim s;
    sim_open(&s, &template, seed);
    s.n_students = 5 + (int)sim_roll(&s, SIM_STUDENTS_MAX - 4);
    s.external = sim_chance(&s, 4);
    for (int i = 0; i < s.n_students; i++)
        s.students[i].taste = sim_roll(&s, UINT64_MAX);
    create(&s);
    s.quiet = false;
    const int steps = 60 + 4 * s.n_students;
    for (int i = 0; i < steps && s.phase != PHASE_COMPLETED; i++)
        step(&s);
    finish(&s);
    sim_check_end(&s);
    applications += sim_count(&s, "SELECT COUNT(*) AS n FROM applications" SIM_OF_CYCLE);
    for (int i = 0; i < HIT_COUNT; i++)
        hits[i] += s.hits[i];
    sim_close(&s);
}

static int64_t number_of(const char *name)
{
    int64_t n = 0;
    return str_i64(str_of(getenv(name)), &n) ? n : 0;
}

static void report(uint64_t seeds, double seconds)
{
    print_message("simulation: %llu seeds, %lld applications in %.1f s\n",
                  (unsigned long long)seeds, (long long)applications, seconds);
    for (int i = 0; i < HIT_COUNT; i++)
        print_message("  %-24s %lld\n", sim_hit_names[i], (long long)hits[i]);
}

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void cycles_survive_everything(void **state)
{
    (void)state;
    const int64_t one = number_of("SIM_SEED"), many = number_of("SIM_SEEDS");
    const double began = now_s();
    uint64_t n = 0;
    if (one) {
        run((uint64_t)one);
        n = 1;
    }
    while (!one) {
        const bool late = now_s() - began > DEFAULT_SECONDS && n >= DEFAULT_SEEDS_MIN;
        if (many ? n >= (uint64_t)many : late || n >= DEFAULT_SEEDS_MAX)
            break;
        run(++n);
    }
    report(n, now_s() - began);
    for (int i = 0; i < HIT_COUNT; i++)
        if (hits[i] < (int64_t)(n / SEEDS_A_HIT))
            fail_msg("%s: only %lld in %llu seeds", sim_hit_names[i], (long long)hits[i],
                     (unsigned long long)n);
}

/* The same seed is the same history: else a printed seed would be worth nothing. */
static void a_seed_is_a_history(void **state)
{
    (void)state;
    int64_t first[HIT_COUNT], before[HIT_COUNT];
    memcpy(before, hits, sizeof(before));
    run(7);
    for (int i = 0; i < HIT_COUNT; i++)
        first[i] = hits[i] - before[i];
    memcpy(before, hits, sizeof(before));
    run(7);
    for (int i = 0; i < HIT_COUNT; i++)
        assert_int_equal(hits[i] - before[i], first[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_seed_is_a_history),
        cmocka_unit_test(cycles_survive_everything),
    };
    sim_template_open(&template);
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    sim_template_close(&template);
    return failed;
}
