/* Faults and log lines: the first cause wins, issues are bounded, a log line stays one line. */
#include "base/err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"
#include "base/str.h"

static void the_first_cause_wins(void **state)
{
    (void)state;
    struct arena *a = arena_open(NULL, 1 << 16);
    struct ctx c;
    ctx_init(&c, a, NULL, 0);
    assert_int_equal(FAIL(&c, NOT_FOUND, "Cycle %s not found", "CYC_1"), ERR_NOT_FOUND);
    assert_int_equal(FAIL(&c, INTERNAL, "later"), ERR_INTERNAL);
    assert_int_equal(c.fault.kind, ERR_NOT_FOUND);
    assert_string_equal(c.fault.text, "Cycle CYC_1 not found");
    fault_clear(&c);
    assert_int_equal(c.fault.kind, ERR_OK);
    arena_close(a);
}

static void issues_are_bounded(void **state)
{
    (void)state;
    struct arena *a = arena_open(NULL, 1 << 16);
    struct ctx c;
    ctx_init(&c, a, NULL, 0);
    struct issue one = {
        .type = S("missing"), .loc = S("[\"body\"]"), .msg = S("Field required"), .input = S("{}")
    };
    for (int i = 0; i < FAULT_ISSUES_MAX + 5; i++)
        assert_int_equal(fault_issue(&c, &one), ERR_INVALID);
    assert_int_equal(c.fault.n_issues, FAULT_ISSUES_MAX);
    assert_string_equal(c.fault.text, "Field required");
    arena_close(a);
}

static void every_kind_has_a_status(void **state)
{
    (void)state;
    for (int k = 0; k < ERR_COUNT_; k++) {
        const struct err_info *i = err_info((err)k);
        assert_in_range(i->http, 200, 599);
        assert_non_null(i->code);
    }
    assert_int_equal(err_info((err)999)->http, 500);
}

static void a_log_line_is_one_line(void **state)
{
    (void)state;
    int fd[2];
    assert_int_equal(pipe(fd), 0);
    struct log *l = log_open(fd[1], LOG_INFO, NULL);
    char long_text[6000];
    memset(long_text, 'y', sizeof(long_text));
    log_event(l, LOG_DEBUG, "hidden", LOG_I("n", 1));
    log_event(l, LOG_WARNING, "denied", LOG_S("path", S("/x\n\"y\"\\\x01")), LOG_I("status", -403),
              LOG_H("trace", 255), LOG_S("long", ((struct str){ long_text, sizeof(long_text) })));
    log_close(l);
    close(fd[1]);
    char got[LOG_LINE_MAX + 1] = { 0 };
    ssize_t n = read(fd[0], got, sizeof(got));
    close(fd[0]);
    assert_in_range(n, 10, LOG_LINE_MAX);
    assert_int_equal(got[n - 1], '\n');
    assert_ptr_equal(memchr(got, '\n', (size_t)n), got + n - 1);
    assert_null(strstr(got, "hidden"));
    assert_non_null(strstr(got, "\"path\":\"/x\\u000a\\\"y\\\"\\\\\\u0001\""));
    assert_non_null(strstr(got, "\"status\":-403,\"trace\":\"00000000000000ff\""));
}

static void time_and_randomness_come_through_ports(void **state)
{
    (void)state;
    struct arena *a = arena_open(NULL, 1 << 16);
    struct ctx c;
    ctx_init(&c, a, NULL, 1000000);
    assert_true(c.now_us > 1600000000000000);
    assert_in_range(ctx_left_us(&c), 1, 1000000);
    unsigned char x[300] = { 0 }, y[300] = { 0 };
    ctx_random(&c, x, 16);
    ctx_random(&c, y, 16);
    assert_memory_not_equal(x, y, 16);
    ctx_random(&c, x, sizeof(x));
    assert_memory_not_equal(x, y, sizeof(x));
    arena_close(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_cause_wins),
        cmocka_unit_test(issues_are_bounded),
        cmocka_unit_test(every_kind_has_a_status),
        cmocka_unit_test(a_log_line_is_one_line),
        cmocka_unit_test(time_and_randomness_come_through_ports),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
