/* Sliding windows, forgiveness, and a table that stays as large as it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "service/throttle.c"
#include "support/test_ctx.h"

#define MINUTE INT64_C(60000000)
static const struct throttle_limits limits = { .account = 3,
                                               .address = 6,
                                               .window_us = 15 * MINUTE };

static int fresh(void **state)
{
    static struct test_ctx t;
    test_ctx_open(&t);
    throttle_reset();
    *state = &t;
    return 0;
}
static int done(void **state)
{
    test_ctx_close(*state);
    return 0;
}

static err enter(struct test_ctx *t, const char *account, const char *address,
                 struct throttle_try *ret)
{
    fault_clear(&t->c);
    return throttle_enter(&t->c, &limits, str_of(account), str_of(address), ret);
}

static void test_window_slides(void **state)
{
    struct test_ctx *t = *state;
    struct throttle_try try;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(enter(t, "a", "192.0.2.1", &try), ERR_OK);
        fake_clock_pass(&t->time, MINUTE);
    }
    assert_int_equal(enter(t, "a", "192.0.2.1", &try), ERR_THROTTLED);
    assert_int_equal(t->c.fault.retry_after_s, 12 * 60);
    fake_clock_pass(&t->time, 12 * MINUTE);
    assert_int_equal(enter(t, "a", "192.0.2.1", &try), ERR_OK); /* the first has left the window */
    assert_int_equal(enter(t, "a", "192.0.2.1", &try), ERR_THROTTLED);
    assert_int_equal(t->c.fault.retry_after_s, 60);
}

static void test_forgive_takes_back(void **state)
{
    struct test_ctx *t = *state;
    struct throttle_try first, second, third;
    assert_int_equal(enter(t, "a", "192.0.2.1", &first), ERR_OK);
    fake_clock_pass(&t->time, 1);
    assert_int_equal(enter(t, "a", "192.0.2.1", &second), ERR_OK);
    fake_clock_pass(&t->time, 1);
    assert_int_equal(enter(t, "a", "192.0.2.1", &third), ERR_OK);
    assert_int_equal(enter(t, "a", "192.0.2.2", &first), ERR_THROTTLED);
    throttle_cancel(&second);
    assert_int_equal(enter(t, "a", "192.0.2.2", &first), ERR_OK);
    assert_int_equal(enter(t, "a", "192.0.2.2", &first), ERR_THROTTLED);
}

static void test_known_address_counts_alone(void **state)
{
    struct test_ctx *t = *state;
    struct throttle_try try;
    assert_int_equal(enter(t, "a", "192.0.2.1", &try), ERR_OK);
    throttle_forgive(&t->c, &try);
    for (int i = 0; i < 3; i++)
        assert_int_equal(enter(t, "a", "192.0.2.9", &try), ERR_OK);
    assert_int_equal(enter(t, "a", "192.0.2.9", &try), ERR_THROTTLED);
    for (int i = 0; i < 3; i++)
        assert_int_equal(enter(t, "a", "192.0.2.1", &try), ERR_OK);
    assert_int_equal(enter(t, "a", "192.0.2.1", &try), ERR_THROTTLED);
}

static void test_addresses(void **state)
{
    (void)state;
    char a[ADDRESS_TEXT_MAX], b[ADDRESS_TEXT_MAX];
    assert_true(str_eq(address_of(S("2001:db8::1"), a), address_of(S("2001:db8::ffff:2"), b)));
    assert_false(str_eq(address_of(S("2001:db8::1"), a), address_of(S("2001:db8:0:1::1"), b)));
    assert_true(str_eq(address_of(S("::ffff:192.0.2.1"), a), address_of(S("::ffff:192.0.2.1"), b)));
    assert_false(
        str_eq(address_of(S("::ffff:192.0.2.1"), a), address_of(S("::ffff:192.0.2.2"), b)));
    assert_true(str_eq(address_of(S(""), a), S("-")));
    assert_true(str_eq(address_of(S("192.0.2.1"), a), S("192.0.2.1")));
}

/* Far more names than slots: the counters of the last ones still hold. */
static void test_table_is_bounded(void **state)
{
    struct test_ctx *t = *state;
    struct throttle_try try;
    char name[32], place[32];
    for (int i = 0; i < 3 * THROTTLE_SLOTS; i++) {
        snprintf(name, sizeof(name), "n%d", i);
        snprintf(place, sizeof(place), "10.%d.%d.1", i / 256 % 256, i % 256);
        assert_int_equal(enter(t, name, place, &try), ERR_OK);
        fake_clock_pass(&t->time, 1);
    }
    for (int i = 0; i < 2; i++)
        assert_int_equal(enter(t, name, place, &try), ERR_OK);
    assert_int_equal(enter(t, name, place, &try), ERR_THROTTLED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_window_slides, fresh, done),
        cmocka_unit_test_setup_teardown(test_forgive_takes_back, fresh, done),
        cmocka_unit_test_setup_teardown(test_known_address_counts_alone, fresh, done),
        cmocka_unit_test_setup_teardown(test_addresses, fresh, done),
        cmocka_unit_test_setup_teardown(test_table_is_bounded, fresh, done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
