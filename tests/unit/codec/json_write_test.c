/* Tests of the JSON writer: escapes, shortest numbers as Python prints them, hundredths. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/str.h"
#include "codec/json.h"

static struct buf b;

static int set_up(void **state)
{
    (void)state;
    buf_init(&b, NULL, 1 << 16);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    buf_done(&b);
    return 0;
}

static void expect_f64(double v, const char *want)
{
    buf_clear(&b);
    json_write_f64(&b, v);
    if (!str_eq(buf_view(&b), str_of(want)))
        fail_msg("%.17g: %.*s, not %s", v, STR_ARG(buf_view(&b)), want);
}

static void strings(void **state)
{
    (void)state;
    buf_clear(&b);
    json_write_str(&b, S("a\"b\\c/d\x01\x0b\x1f\x7f\xC3\xA9\n"));
    assert_true(str_eq(buf_view(&b), S("\"a\\\"b\\\\c/d\\u0001\\u000b\\u001f\x7f\xC3\xA9\\n\"")));
    buf_clear(&b);
    json_write_str(&b, S("x\xFFy\xC3"));
    assert_true(str_eq(buf_view(&b), S("\"x\xEF\xBF\xBDy\xEF\xBF\xBD\"")));
    buf_clear(&b);
    json_write_str(&b, (struct str){ 0 });
    json_write_str(&b, S(""));
    assert_true(str_eq(buf_view(&b), S("null\"\"")));
}

/* Right-hand sides are Python's repr. */
static void floats_as_python(void **state)
{
    (void)state;
    static const struct {
        double v;
        const char *text;
    } rows[] = {
        { 0.0, "0.0" },
        { -0.0, "-0.0" },
        { 90.0, "90.0" },
        { 86.15, "86.15" },
        { 0.1, "0.1" },
        { 1.0 / 3.0, "0.3333333333333333" },
        { 2.0 / 3.0, "0.6666666666666666" },
        { 0.1 + 0.2, "0.30000000000000004" },
        { 1e15, "1000000000000000.0" },
        { 1e16, "1e+16" },
        { 9999999999999998.0, "9999999999999998.0" },
        { 12345678901234568.0, "1.2345678901234568e+16" },
        { 1e22, "1e+22" },
        { 1e-4, "0.0001" },
        { 1e-5, "1e-05" },
        { 123456.789e-10, "1.23456789e-05" },
        { 5e-324, "5e-324" },
        { 1.7976931348623157e308, "1.7976931348623157e+308" },
        { 1234567890123456.5, "1234567890123456.5" },
        { -2.5, "-2.5" },
        { 1e13, "10000000000000.0" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        expect_f64(rows[i].v, rows[i].text);
    expect_f64((double)NAN, "null");
    expect_f64((double)INFINITY, "null");
    expect_f64(-(double)INFINITY, "null");
}

/* Any finite double comes back bit for bit, and no text with fewer digits would do. */
static void floats_round_trip(void **state)
{
    (void)state;
    uint64_t x = 88172645463325252u;
    for (int i = 0; i < 200000; i++) {
        double v, back;
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        uint64_t bits = x;
        if (i % 3 == 0)
            v = (double)(int64_t)(x % 2000000) / (i % 2 ? 100.0 : 1000.0);
        else
            memcpy(&v, &bits, sizeof(v));
        if (!isfinite(v))
            continue;
        buf_clear(&b);
        json_write_f64(&b, v);
        assert_true(json_to_f64(buf_view(&b), &back));
        assert_memory_equal(&v, &back, sizeof(v));
        char g[40];
        snprintf(g, sizeof(g), "%.15g", v);
        if (strtod(g, NULL) == v)
            assert_true(b.n <= strlen(g) + 2);
    }
}

static void expect_e2(int64_t v, const char *want)
{
    buf_clear(&b);
    json_write_e2(&b, v);
    if (!str_eq(buf_view(&b), str_of(want)))
        fail_msg("%lld: %.*s, not %s", (long long)v, STR_ARG(buf_view(&b)), want);
}

static void hundredths(void **state)
{
    (void)state;
    expect_e2(0, "0.0");
    expect_e2(5, "0.05");
    expect_e2(-5, "-0.05");
    expect_e2(50, "0.5");
    expect_e2(8615, "86.15");
    expect_e2(8600, "86.0");
    expect_e2(8650, "86.5");
    expect_e2(-8601, "-86.01");
    expect_e2(INT64_MAX, "92233720368547758.07");
    expect_e2(INT64_MIN, "-92233720368547758.08");
    for (int64_t v = -20000; v <= 20000; v++) {
        int64_t back;
        buf_clear(&b);
        json_write_e2(&b, v);
        assert_true(json_to_e2(buf_view(&b), &back));
        assert_true(back == v);
    }
}

static void floats_and_hundredths_agree(void **state)
{
    (void)state;
    for (int64_t v = 0; v <= 40000; v++) {
        char text[32];
        buf_clear(&b);
        json_write_e2(&b, v);
        size_t n = b.n;
        memcpy(text, b.p, n);
        buf_clear(&b);
        json_write_f64(&b, (double)v / 100.0);
        assert_true(str_eq(buf_view(&b), (struct str){ text, n }));
    }
}

/* As Python 3.11 prints it: json.dumps('é\x7f"\\\n\x01\U0001F600–'). */
static void ascii_as_python_writes_it(void **state)
{
    (void)state;
    char room[128];
    struct buf out = { .p = room, .cap = sizeof(room), .max = sizeof(room) };
    json_write_ascii(&out, S("\xc3\xa9\x7f\"\\\n\x01\xf0\x9f\x98\x80\xe2\x80\x93"));
    assert_true(
        str_eq(buf_view(&out), S("\"\\u00e9\\u007f\\\"\\\\\\n\\u0001\\ud83d\\ude00\\u2013\"")));
    buf_clear(&out);
    json_write_ascii(&out, (struct str){ 0 });
    assert_true(str_eq(buf_view(&out), S("null")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ascii_as_python_writes_it),
        cmocka_unit_test(strings),
        cmocka_unit_test(floats_as_python),
        cmocka_unit_test(floats_round_trip),
        cmocka_unit_test(hundredths),
        cmocka_unit_test(floats_and_hundredths_agree),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
