/* Token buckets: a minute's worth at once, then the rate, and callers apart from each other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "http/throttle.h"

enum { SECOND = 1000000 };

static void a_burst_then_the_rate(void **state)
{
    (void)state;
    struct arena *mem = arena_open(NULL, 1 << 20);
    struct throttle *t = throttle_open(mem, 7);
    int64_t now = 5 * SECOND;
    uint32_t wait = 0;
    for (int i = 0; i < 10; i++)
        assert_true(throttle_take(t, 1, 10, now, &wait));
    assert_false(throttle_take(t, 1, 10, now, &wait));
    assert_in_range(wait, 1, 6);
    assert_true(throttle_take(t, 2, 10, now, &wait));
    assert_false(throttle_take(t, 1, 10, now + 5 * SECOND, &wait));
    assert_true(throttle_take(t, 1, 10, now + 6 * SECOND, &wait));
    assert_false(throttle_take(t, 1, 10, now + 6 * SECOND, &wait));
    assert_true(throttle_take(t, 1, 10, now + 120 * SECOND, &wait));
    arena_close(mem);
}

/* A flood of other callers neither grows the table nor frees one that is still waiting soon. */
static void the_table_stays_as_it_is(void **state)
{
    (void)state;
    struct arena *mem = arena_open(NULL, 1 << 20);
    struct throttle *t = throttle_open(mem, 7);
    uint32_t wait;
    for (int i = 0; i < 60; i++)
        assert_true(throttle_take(t, 99, 60, SECOND, &wait));
    for (uint64_t key = 1000; key < 5000; key++)
        (void)throttle_take(t, key, 60, SECOND, &wait);
    assert_false(throttle_take(t, 99, 60, SECOND, &wait));
    arena_close(mem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_burst_then_the_rate),
        cmocka_unit_test(the_table_stays_as_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
