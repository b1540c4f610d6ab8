/* One-time codes by time against the vectors of RFC 4226 and RFC 6238. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "crypto/totp.h"

#define SECRET S("12345678901234567890")

/* RFC 4226 appendix D. */
static void counters(void **state)
{
    (void)state;
    static const char *const want[] = { "755224", "287082", "359152", "969429", "338314",
                                        "254676", "287922", "162583", "399871", "520489" };
    char code[TOTP_DIGITS + 1];
    for (int64_t i = 0; i < 10; i++) {
        totp_code(SECRET, i, code);
        assert_string_equal(code, want[i]);
    }
}

/* RFC 6238 appendix B, SHA-1: the last six of its eight digits. */
static void times(void **state)
{
    (void)state;
    static const struct {
        int64_t at_s;
        const char *code;
    } want[] = { { 59, "287082" },         { 1111111109, "081804" }, { 1111111111, "050471" },
                 { 1234567890, "005924" }, { 2000000000, "279037" }, { 20000000000, "353130" } };
    for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
        char code[TOTP_DIGITS + 1];
        int64_t step = 0;
        totp_code(SECRET, want[i].at_s / TOTP_STEP_S, code);
        assert_string_equal(code, want[i].code);
        assert_true(totp_match(SECRET, str_of(want[i].code), want[i].at_s, 0, &step));
        assert_int_equal(step, want[i].at_s / TOTP_STEP_S);
    }
}

/* A clock may be one step off, a code is taken once, and none of a step before a used one. */
static void matches(void **state)
{
    (void)state;
    const int64_t now_s = 1234567890, now = now_s / TOTP_STEP_S;
    char code[TOTP_DIGITS + 1];
    int64_t step = -7;
    for (int64_t off = -3; off <= 3; off++) {
        totp_code(SECRET, now + off, code);
        const bool near = off >= -TOTP_SKEW_STEPS && off <= TOTP_SKEW_STEPS;
        assert_int_equal(totp_match(SECRET, str_of(code), now_s, 0, &step), near);
        if (near)
            assert_int_equal(step, now + off);
        assert_false(totp_match(SECRET, str_of(code), now_s, now + off, &step));
        assert_int_equal(totp_match(SECRET, str_of(code), now_s, now + off - 1, &step), near);
    }
}

static void other_codes(void **state)
{
    (void)state;
    int64_t step = -7;
    static const char *const bad[] = { "",       "5924",   "05924",  "0005924",
                                       "5924  ", "005925", "00592x", "-05924" };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(totp_match(SECRET, str_of(bad[i]), 1234567890, 0, &step));
    assert_false(totp_match(S("another secret of 20"), S("005924"), 1234567890, 0, &step));
    assert_int_equal(step, -7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counters),
        cmocka_unit_test(times),
        cmocka_unit_test(matches),
        cmocka_unit_test(other_codes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
