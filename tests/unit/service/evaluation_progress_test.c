/* Pace, time left and the reasons of what is left. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "service/evaluation_progress.c"
#include "support/test_ctx.h"

static struct test_ctx t;

static int setup(void **state)
{
    *state = test_ctx_open(&t);
    return 0;
}
static int teardown(void **state)
{
    (void)state;
    test_ctx_close(&t);
    return 0;
}

static struct job job(struct ctx *c, int64_t began_s_ago, int64_t total, int64_t done,
                      int64_t failed)
{
    const int64_t now = c->deps->clock->now_us(c->deps->clock->self);
    return (struct job){ .state = JOB_RUNNING,
                         .started_at = now - began_s_ago * 1000000,
                         .total = total,
                         .done = done,
                         .failed = failed };
}

static void pace_of_a_running_job(void **state)
{
    struct ctx *c = *state;
    const struct job j = job(c, 60, 1000, 90, 10);
    const struct pace p = pace_of(c, &j);
    assert_int_equal(p.items_per_minute, 100 * 100); /* hundredths */
    assert_int_equal(p.eta_seconds, 540);
}

static void a_part_of_a_second_is_a_second(void **state)
{
    struct ctx *c = *state;
    const struct job j = job(c, 10, 4, 3, 0);
    assert_int_equal(pace_of(c, &j).eta_seconds, 4); /* 10 / 3, up */
}

static void too_early_to_say(void **state)
{
    struct ctx *c = *state;
    struct job v[3] = { job(c, 5, 10, 0, 0), job(c, 0, 10, 3, 0), job(c, 5, 10, 3, 0) };
    v[2].started_at = 0;
    for (int i = 0; i < 3; i++) {
        const struct pace p = pace_of(c, &v[i]);
        assert_true(p.items_per_minute == SCHEMA_NULL_I64 && p.eta_seconds == SCHEMA_NULL_I64);
    }
}

/* Of one that is over the pace is that of its run, and there is no time left. */
static void over_is_over(void **state)
{
    struct ctx *c = *state;
    struct job j = job(c, 3600, 100, 100, 0);
    j.state = JOB_COMPLETED;
    j.finished_at = j.started_at + 120 * INT64_C(1000000);
    const struct pace p = pace_of(c, &j);
    assert_int_equal(p.items_per_minute, 50 * 100);
    assert_true(p.eta_seconds == SCHEMA_NULL_I64);
}

static void nothing_overflows(void **state)
{
    struct ctx *c = *state;
    const struct job j = job(c, 1000000, INT64_C(1) << 40, INT64_C(1) << 39, 0);
    assert_int_equal(pace_of(c, &j).eta_seconds, 1000000);
}

static void reasons_come_most_frequent_first(void **state)
{
    struct ctx *c = *state;
    const struct str names[] = { S("a"), S("b"), S("b"), S("c"), S("c"), S("c"), S("b"), S("c") };
    struct job_failure v[8] = { 0 };
    for (int i = 0; i < 8; i++)
        v[i].reason = names[i];
    const struct str text = reasons_of(c, &(struct list){ v, 8 });
    assert_true(str_eq(text, S("4: c; 3: b; 1: a")));
    assert_null(reasons_of(c, &(struct list){ 0 }).p);
}

static void more_reasons_than_are_told(void **state)
{
    struct ctx *c = *state;
    struct job_failure v[3 * REASONS_MAX] = { 0 };
    struct reason got[REASONS_MAX];
    for (int i = 0; i < 3 * REASONS_MAX; i++)
        v[i].reason = str_fmt(c->mem, "reason %d", i % (REASONS_MAX + 4));
    assert_int_equal(count_reasons(&(struct list){ v, 3 * REASONS_MAX }, got), REASONS_MAX);
    int64_t sum = 0;
    for (int i = 0; i < REASONS_MAX; i++)
        sum += got[i].n;
    assert_true(sum >= REASONS_MAX && sum <= 3 * REASONS_MAX);
}

#define T(f_) cmocka_unit_test_setup_teardown(f_, setup, teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        T(pace_of_a_running_job),      T(a_part_of_a_second_is_a_second),
        T(too_early_to_say),           T(over_is_over),
        T(nothing_overflows),          T(reasons_come_most_frequent_first),
        T(more_reasons_than_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
