/* Moments on the monotonic clock. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "os/mono.h"

static void a_moment_lies_where_it_was_asked_for(void **state)
{
    static const int64_t asked[] = { 0, 1, 999999, 1000000, 1000001, 86400000000 };
    (void)state;
    for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++) {
        const int64_t before = mono_now_us();
        const struct timespec t = mono_in_us(asked[i]);
        const int64_t after = mono_now_us(), at = (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
        assert_in_range(t.tv_nsec, 0, 999999999);
        assert_true(at >= before + asked[i] && at <= after + asked[i]);
    }
}

static void the_past_is_past(void **state)
{
    (void)state;
    const struct timespec t = mono_in_us(-1500000);
    assert_in_range(t.tv_nsec, 0, 999999999);
    assert_true((int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000 < mono_now_us() - 1000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_moment_lies_where_it_was_asked_for),
        cmocka_unit_test(the_past_is_past),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
