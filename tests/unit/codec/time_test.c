/* Tests of times: the C library's calendar as oracle, and the texts that are refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <time.h>

#include <cmocka.h>

#include "base/str.h"
#include "codec/time.h"

static void expect_text(void (*write)(struct buf *, int64_t), int64_t us, const char *want)
{
    struct buf b;
    buf_init(&b, NULL, 100);
    write(&b, us);
    if (!str_eq(buf_view(&b), str_of(want)))
        fail_msg("got %.*s, want %s", STR_ARG(buf_view(&b)), want);
    buf_done(&b);
}

static void writes(void **state)
{
    (void)state;
    expect_text(time_write, 0, "1970-01-01T00:00:00Z");
    expect_text(time_write, 1770091506000000, "2026-02-03T04:05:06Z");
    expect_text(time_write, 1770091506000007, "2026-02-03T04:05:06.000007Z");
    expect_text(time_write_full, 1770091506000000, "2026-02-03T04:05:06.000000Z");
    expect_text(time_write_full, -1, "1969-12-31T23:59:59.999999Z");
    expect_text(time_write_compact, 1770091506999999, "20260203_040506");
    expect_text(time_write, INT64_MIN, "0001-01-01T00:00:00Z");
    expect_text(time_write, INT64_MAX, "9999-12-31T23:59:59.999999Z");
    char http[30];
    time_write_http(http, 784111777000000);
    assert_string_equal(http, "Sun, 06 Nov 1994 08:49:37 GMT");
}

/* Every day from 1887 to 2120 and each eleventh of the rest, at an odd time of the day. */
static void agrees_with_the_library(void **state)
{
    (void)state;
    for (int64_t day = -719162; day <= 2932896; day += day > -30000 && day < 55000 ? 1 : 11) {
        time_t second = (time_t)(day * 86400 + (day * 7919 % 86400 + 86400) % 86400);
        struct tm tm;
        char want[64], got[30];
        assert_non_null(gmtime_r(&second, &tm));
        strftime(want, sizeof(want), "%a, %d %b ", &tm);
        size_t n = strlen(want);
        snprintf(want + n, sizeof(want) - n, "%04d %02d:%02d:%02d GMT", tm.tm_year + 1900,
                 tm.tm_hour, tm.tm_min, tm.tm_sec);
        time_write_http(got, (int64_t)second * 1000000);
        if (strcmp(got, want) != 0)
            fail_msg("day %lld: %s, not %s", (long long)day, got, want);
    }
}

static void reads_what_it_writes(void **state)
{
    (void)state;
    for (int64_t us = -62135596800000000; us < 253402300799999999; us += 86399999999123) {
        struct buf b;
        int64_t back = 0;
        buf_init(&b, NULL, 100);
        time_write(&b, us);
        assert_true(time_read(buf_view(&b), &back));
        assert_true(back == us);
        buf_done(&b);
    }
}

static void reads(void **state)
{
    (void)state;
    static const struct {
        struct str text;
        int64_t us;
    } rows[] = {
        { S_INIT("1970-01-01"), 0 },
        { S_INIT("1970-01-01T00:00:00Z"), 0 },
        { S_INIT("1970-01-01t00:00z"), 0 },
        { S_INIT("1970-01-01 00:01"), 60000000 },
        { S_INIT("1970-01-01T00:00:01.5"), 1500000 },
        { S_INIT("1970-01-01T00:00:01.1234569Z"), 1123456 },
        { S_INIT("1970-01-01T01:00:00+01:00"), 0 },
        { S_INIT("1970-01-01T01:00:00+0100"), 0 },
        { S_INIT("1969-12-31T23:30:00-00:30"), 0 },
        { S_INIT("2000-02-29T00:00:00Z"), 951782400000000 },
        { S_INIT("0001-01-01T00:00:00Z"), -62135596800000000 },
        { S_INIT("9999-12-31T23:59:59.999999Z"), 253402300799999999 },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int64_t us = -5;
        if (!time_read(rows[i].text, &us) || us != rows[i].us)
            fail_msg("%.*s: %lld", STR_ARG(rows[i].text), (long long)us);
    }
}

static void refuses(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "1970",
        "1970-01",
        "1970-1-1",
        "1970/01/01",
        "0000-01-01",
        "1970-00-01",
        "1970-13-01",
        "1970-01-00",
        "1970-01-32",
        "1900-02-29",
        "2001-02-29",
        "1970-04-31",
        "1970-01-01T",
        "1970-01-01X00:00",
        "1970-01-01T24:00",
        "1970-01-01T00:60",
        "1970-01-01T00:00:60Z",
        "1970-01-01T00",
        "1970-01-01T0000",
        "1970-01-01T00:00:00.Z",
        "1970-01-01T00:00:00,5Z",
        "1970-01-01T00:00:00ZZ",
        "1970-01-01T00:00:00+24:00",
        "1970-01-01T00:00:00+01:60",
        "1970-01-01T00:00:00+1",
        "1970-01-01T00:00:00 +01:00",
        " 1970-01-01",
        "1970-01-01 ",
        "-970-01-01",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-01:00",
        "+1970-01-01",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        int64_t us = 42;
        if (time_read(str_of(bad[i]), &us) || us != 42)
            fail_msg("accepted %s", bad[i]);
    }
    int64_t us;
    assert_false(time_read(S("1970-01-01T00:00:00\0"), &us));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes),
        cmocka_unit_test(agrees_with_the_library),
        cmocka_unit_test(reads_what_it_writes),
        cmocka_unit_test(reads),
        cmocka_unit_test(refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
