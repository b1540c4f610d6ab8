/* Limits per minute as endpoints say them, patience, and the breaker. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "client/llm_pace.c"
#include "support/test_ctx.h"

#define SECOND INT64_C(1000000)

static void resets_are_read(void **state)
{
    (void)state;
    assert_int_equal(llm_reset_us(S("20ms")), 20000);
    assert_int_equal(llm_reset_us(S("1s")), SECOND);
    assert_int_equal(llm_reset_us(S("1.5s")), 1500000);
    assert_int_equal(llm_reset_us(S("6m0s")), 360 * SECOND);
    assert_int_equal(llm_reset_us(S("1h2m3s")), 3723 * SECOND);
    assert_int_equal(llm_reset_us(S("30")), 30 * SECOND);
    static const char *const bad[] = { "", "s", "1x", "1s2", "-3s", "1s ", "99999999999999h", "." };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (strcmp(bad[i], "1s ") != 0) /* blanks around it are trimmed */
            assert_int_equal(llm_reset_us(str_of(bad[i])), -1);
}

static struct client_reply reply_of(const struct client_header *h, size_t n)
{
    return (
        struct client_reply){ .outcome = CLIENT_OK, .status = 200, .headers = h, .n_headers = n };
}

static void retry_after_is_bounded(void **state)
{
    (void)state;
    const struct client_header seconds[] = { { S("Retry-After"), S("3") } };
    const struct client_header ms[] = { { S("retry-after"), S("9") },
                                        { S("retry-after-ms"), S("250") } };
    const struct client_header years[] = { { S("retry-after"), S("99999999") } };
    const struct client_header date[] = { { S("retry-after"),
                                            S("Wed, 21 Oct 2026 07:28:00 GMT") } };
    struct client_reply r = reply_of(seconds, 1);
    assert_int_equal(llm_retry_after_us(&r), 3 * SECOND);
    r = reply_of(ms, 2);
    assert_int_equal(llm_retry_after_us(&r), 250000);
    r = reply_of(years, 1);
    assert_int_equal(llm_retry_after_us(&r), LLM_RETRY_AFTER_MAX_US);
    r = reply_of(date, 1);
    assert_int_equal(llm_retry_after_us(&r), -1);
    r = reply_of(NULL, 0);
    assert_int_equal(llm_retry_after_us(&r), -1);
}

static void backoff_doubles_with_jitter(void **state)
{
    (void)state;
    for (uint32_t tries = 1; tries < 5; tries++) {
        const int64_t all = INT64_C(1000000) << (tries - 1);
        assert_int_equal(llm_backoff_us(1000, tries, 0), all / 2);
        assert_int_equal(llm_backoff_us(1000, tries, UINT32_MAX), all);
    }
    assert_int_equal(llm_backoff_us(10000, 40, UINT32_MAX), 60 * SECOND);
}

static void unknown_limits_hold_nobody(void **state)
{
    (void)state;
    struct llm_pace p = { 0 };
    for (int i = 0; i < 1000; i++)
        assert_int_equal(llm_pace_take(&p, S("m"), 1000, i), 0);
}

static void requests_of_a_minute(void **state)
{
    (void)state;
    struct llm_pace p = { 0 };
    const struct client_header h[] = { { S("x-ratelimit-limit-requests"), S("60") },
                                       { S("x-ratelimit-remaining-requests"), S("2") },
                                       { S("x-ratelimit-reset-requests"), S("58s") } };
    const struct client_reply r = reply_of(h, 3);
    int64_t now = 100 * SECOND;
    llm_pace_learn(&p, S("m"), &r, now);
    assert_int_equal(llm_pace_take(&p, S("m"), 1, now), 0);
    assert_int_equal(llm_pace_take(&p, S("m"), 1, now), 0);
    const int64_t until = llm_pace_take(&p, S("m"), 1, now);
    assert_in_range(until, now + SECOND, now + SECOND + 10); /* sixty a minute: one a second */
    assert_int_equal(llm_pace_take(&p, S("other"), 1, now), 0);
    assert_int_equal(llm_pace_take(&p, S("m"), 1, until), 0);
    assert_true(llm_pace_take(&p, S("m"), 1, until) > until);
    now += 58 * SECOND;
    for (int i = 0; i < 60; i++)
        assert_int_equal(llm_pace_take(&p, S("m"), 1, now), 0);
    assert_true(llm_pace_take(&p, S("m"), 1, now) > now);
}

static void tokens_of_a_minute(void **state)
{
    (void)state;
    struct llm_pace p = { 0 };
    const struct client_header h[] = { { S("x-ratelimit-limit-tokens"), S("6000") },
                                       { S("x-ratelimit-remaining-tokens"), S("500") },
                                       { S("x-ratelimit-reset-tokens"), S("55s") } };
    const struct client_reply r = reply_of(h, 3);
    llm_pace_learn(&p, S("m"), &r, 0);
    assert_int_equal(llm_pace_take(&p, S("m"), 400, 0), 0);
    assert_in_range(llm_pace_take(&p, S("m"), 400, 0), 3 * SECOND, 3 * SECOND + 10);
    /* more than a minute holds waits for all there is, not for ever */
    assert_in_range(llm_pace_take(&p, S("m"), 9000, 0), 54 * SECOND, 60 * SECOND);
    assert_int_equal(llm_pace_take(&p, S("m"), 9000, 60 * SECOND), 0);
}

static void an_older_answer_does_not_give_back(void **state)
{
    (void)state;
    struct llm_pace p = { 0 };
    const struct client_header newer[] = { { S("x-ratelimit-limit-requests"), S("60") },
                                           { S("x-ratelimit-remaining-requests"), S("1") },
                                           { S("x-ratelimit-reset-requests"), S("59s") } };
    const struct client_header older[] = { { S("x-ratelimit-limit-requests"), S("60") },
                                           { S("x-ratelimit-remaining-requests"), S("30") },
                                           { S("x-ratelimit-reset-requests"), S("30s") } };
    struct client_reply r = reply_of(newer, 3);
    llm_pace_learn(&p, S("m"), &r, SECOND);
    r = reply_of(older, 3);
    llm_pace_learn(&p, S("m"), &r, SECOND);
    assert_int_equal(llm_pace_take(&p, S("m"), 1, SECOND), 0);
    assert_true(llm_pace_take(&p, S("m"), 1, SECOND) > SECOND);
}

static void nonsense_in_headers_holds_nobody(void **state)
{
    (void)state;
    struct llm_pace p = { 0 };
    const struct client_header h[] = { { S("x-ratelimit-limit-requests"), S("many") },
                                       { S("x-ratelimit-remaining-requests"), S("-1") },
                                       { S("x-ratelimit-remaining-tokens"), S("1e99") } };
    const struct client_reply r = reply_of(h, 3);
    llm_pace_learn(&p, S("m"), &r, 0);
    for (int i = 0; i < 100; i++)
        assert_int_equal(llm_pace_take(&p, S("m"), 1000, 0), 0);
    /* none left, but nobody says until when: a second, not for ever */
    const struct client_header none[] = { { S("x-ratelimit-remaining-requests"), S("0") } };
    const struct client_reply out = reply_of(none, 1);
    llm_pace_learn(&p, S("m"), &out, 0);
    assert_int_equal(llm_pace_take(&p, S("m"), 1, 0), SECOND);
    assert_int_equal(llm_pace_take(&p, S("m"), 1, SECOND), 0);
}

static void the_breaker_opens_and_tries_one(void **state)
{
    (void)state;
    struct llm_breaker b = { 0 };
    int64_t now = 5 * SECOND;
    for (int i = 0; i < LLM_BREAKER_FAILURES - 1; i++) {
        assert_int_equal(llm_breaker_take(&b, now), 0);
        llm_breaker_note(&b, false, now);
    }
    assert_int_equal(llm_breaker_take(&b, now), 0);
    llm_breaker_note(&b, false, now);
    assert_int_equal(llm_breaker_take(&b, now), now + 2 * SECOND);
    llm_breaker_note(&b, false, now + SECOND); /* one that was under way changes nothing */
    assert_int_equal(llm_breaker_take(&b, now), now + 2 * SECOND);
    now += 2 * SECOND;
    assert_int_equal(llm_breaker_take(&b, now), 0);
    assert_int_equal(llm_breaker_take(&b, now), INT64_MAX);
    llm_breaker_note(&b, false, now);
    assert_int_equal(llm_breaker_take(&b, now), now + 4 * SECOND);
    now += 4 * SECOND;
    assert_int_equal(llm_breaker_take(&b, now), 0);
    llm_breaker_note(&b, true, now);
    assert_int_equal(llm_breaker_take(&b, now), 0);
    assert_int_equal(llm_breaker_take(&b, now), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(resets_are_read),
        cmocka_unit_test(retry_after_is_bounded),
        cmocka_unit_test(backoff_doubles_with_jitter),
        cmocka_unit_test(unknown_limits_hold_nobody),
        cmocka_unit_test(requests_of_a_minute),
        cmocka_unit_test(tokens_of_a_minute),
        cmocka_unit_test(an_older_answer_does_not_give_back),
        cmocka_unit_test(nonsense_in_headers_holds_nobody),
        cmocka_unit_test(the_breaker_opens_and_tries_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
