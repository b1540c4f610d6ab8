/* Section 2 as a whole: every severity at, below and above every threshold, and the caps. */
#include "bias.h"

struct cell {
    int response, points, flag;
};
enum { BELOW_L, FROM_L, FROM_M, FROM_H, BANDS };
static const struct cell table[BIAS_SEVERITIES][BANDS] = {
    [BIAS_NONE] = { { 0 }, { 0 }, { 0 }, { 0 } },
    [BIAS_LOW] = { { 0 }, { RESPOND_INFO }, { RESPOND_INFO }, { RESPOND_INFO } },
    [BIAS_MEDIUM] = { { 0 }, { RESPOND_INFO }, { RESPOND_WARNING, 1 }, { RESPOND_WARNING, 1 } },
    [BIAS_HIGH] = { { 0 }, { RESPOND_INFO }, { RESPOND_WARNING, 2 }, { RESPOND_WARNING, 2 } },
    [BIAS_CRITICAL] = { { 0 },
                        { RESPOND_INFO, 0, FLAG_REVIEW },
                        { RESPOND_WARNING, 2, FLAG_REVIEW },
                        { RESPOND_BLOCK, 3, FLAG_CRITICAL_INCIDENT } },
};
static const struct {
    double confidence;
    int band;
} points_on_the_line[] = {
    { 0.0, BELOW_L },   { 0.29, BELOW_L },  { 0.2999999, BELOW_L }, { 0.3, FROM_L },
    { 0.45, FROM_L },   { 0.5999, FROM_L }, { 0.6, FROM_M },        { 0.7, FROM_M },
    { 0.8499, FROM_M }, { 0.85, FROM_H },   { 0.95, FROM_H },       { 1.0, FROM_H },
};
enum { POINTS = sizeof(points_on_the_line) / sizeof(points_on_the_line[0]) };

static void check(struct bias_proposal p, struct cell want)
{
    assert_int_equal(p.response, want.response);
    assert_int_equal(p.points, want.points);
    assert_int_equal(p.flag, want.flag);
}

static void every_cell(void **state)
{
    (void)state;
    for (int sev = 0; sev < BIAS_SEVERITIES; sev++)
        for (size_t i = 0; i < POINTS; i++) {
            const struct bias_analysis a = analysis(sev, points_on_the_line[i].confidence);
            check(bias_propose(&bias_settings_default, &a), table[sev][points_on_the_line[i].band]);
        }
}

/* C1, C2 and C4: the cell of the weaker band, with a review for a capped CRITICAL. */
static void caps(void **state)
{
    (void)state;
    struct bias_settings s = bias_settings_default;
    for (int sev = 0; sev < BIAS_SEVERITIES; sev++) {
        struct bias_analysis a = analysis(sev, 0.95);
        a.stt_confidence = 0.4999;
        check(bias_propose(&s, &a), table[sev][FROM_L]);
        a.stt_confidence = 0.5;
        check(bias_propose(&s, &a), table[sev][FROM_H]);
        a = analysis(sev, 0.95);
        a.source = BIAS_RULES;
        static const int band_of[] = { BELOW_L, FROM_L, FROM_M, FROM_H };
        for (int cap = RESPOND_NONE; cap <= RESPOND_BLOCK; cap++) {
            s.bias_fallback_max = cap;
            check(bias_propose(&s, &a), table[sev][band_of[cap]]);
        }
        s.bias_fallback_max = RESPOND_INFO;
    }
}

/* C3: exactly on time still counts. */
static void late_answers(void **state)
{
    (void)state;
    static const int reviews[BIAS_SEVERITIES] = { 0, 0, FLAG_REVIEW, FLAG_REVIEW, FLAG_REVIEW };
    for (int sev = 0; sev < BIAS_SEVERITIES; sev++) {
        struct bias_analysis a = analysis(sev, 0.9);
        a.analysed_at_us = a.t_us + 60 * US;
        struct bias_proposal p = bias_propose(&bias_settings_default, &a);
        assert_false(p.late);
        check(p, table[sev][FROM_H]);
        a.analysed_at_us += 1;
        p = bias_propose(&bias_settings_default, &a);
        assert_true(p.late);
        assert_int_equal(p.points, 0);
        assert_int_equal(p.flag, reviews[sev]);
        a.confidence = 0.4; /* would have been INFO */
        assert_int_equal(bias_propose(&bias_settings_default, &a).flag, FLAG_NONE);
    }
}

/* Invariant 4, over a fine grid and any thresholds. */
static void response_is_monotone(void **state)
{
    (void)state;
    uint64_t seed[64];
    for (int round = 0; round < 200; round++) {
        fake_random_fill(&t.seed, seed, sizeof(seed));
        double th[3] = { (double)(seed[0] % 101) / 100, (double)(seed[1] % 101) / 100,
                         (double)(seed[2] % 101) / 100 };
        struct bias_settings s = bias_settings_default;
        s.nudge_threshold_low = fmin(th[0], fmin(th[1], th[2]));
        s.nudge_threshold_high = fmax(th[0], fmax(th[1], th[2]));
        s.nudge_threshold_medium =
            th[0] + th[1] + th[2] - s.nudge_threshold_low - s.nudge_threshold_high;
        int before[BIAS_SEVERITIES] = { 0 };
        for (int i = 0; i <= 100; i++) {
            int weaker = 0;
            for (int sev = 0; sev < BIAS_SEVERITIES; sev++) {
                const struct bias_analysis a = analysis(sev, i / 100.0);
                const struct bias_proposal p = bias_propose(&s, &a);
                assert_true(p.response >= weaker && p.response >= before[sev]);
                assert_true(p.points <= bias_weight(sev) &&
                            p.points <= bias_points_most(p.response));
                weaker = before[sev] = p.response;
            }
        }
    }
}

static void words_compare_as_sets(void **state)
{
    (void)state;
    assert_true(bias_same_words(S("Where is your accent from?"), S("where is YOUR accent, from")));
    assert_true(bias_same_words(S("a b c"), S("a b c d e")));        /* 3 of 5 */
    assert_false(bias_same_words(S("a b c d e"), S("a b c f g h"))); /* 3 of 8 */
    assert_false(bias_same_words(S("a b c d"), S("a b c d e f g"))); /* 4 of 7 */
    assert_true(bias_same_words(S("a a a b"), S("b a")));
    assert_false(bias_same_words(S("don't"), S("don t")));
    assert_false(bias_same_words(S(""), S("")));
    assert_false(bias_same_words((struct str){ 0 }, S("words")));
}

static void settings_hold_together(void **state)
{
    (void)state;
    struct bias_settings s;
    assert_int_equal(schema_defaults(&t.c, &bias_settings_schema, &s), ERR_OK);
    struct buf a, b;
    buf_init(&a, t.mem, 4096);
    buf_init(&b, t.mem, 4096);
    schema_encode(&bias_settings_schema, &s, &a);
    schema_encode(&bias_settings_schema, &bias_settings_default, &b);
    assert_true(str_eq(buf_view(&a), buf_view(&b)));
    assert_int_equal(bias_settings_check(&t.c, &s), ERR_OK);
    s.nudge_threshold_low = s.nudge_threshold_high = s.nudge_threshold_medium; /* equal is fine */
    assert_int_equal(bias_settings_check(&t.c, &s), ERR_OK);
    s.nudge_threshold_medium = 0.1;
    assert_int_equal(bias_settings_check(&t.c, &s), ERR_INVALID);
    s = bias_settings_default;
    s.nudge_threshold_high = 1.01;
    assert_int_equal(bias_settings_check(&t.c, &s), ERR_INVALID);
    s = bias_settings_default;
    s.nudge_threshold_low = (double)NAN;
    assert_int_equal(bias_settings_check(&t.c, &s), ERR_INVALID);
    s = bias_settings_default;
    s.strike_limit_per_cycle = 2;
    assert_int_equal(bias_settings_check(&t.c, &s), ERR_INVALID);
    s = bias_settings_default;
    s.strike_limit_lifetime = 4;
    assert_int_equal(bias_settings_check(&t.c, &s), ERR_INVALID);
}

static void nudges(void **state)
{
    (void)state;
    const uint32_t both = (1u << BIAS_NAME) | (1u << BIAS_IRRELEVANT_FACTOR);
    assert_null(bias_nudge(RESPOND_NONE, both));
    assert_null(bias_nudge(RESPOND_SUPPRESSED, both));
    assert_ptr_equal(bias_nudge(RESPOND_INFO, both), bias_nudge(RESPOND_INFO, 1u << BIAS_NAME));
    for (int type = 0; type < BIAS_TYPES; type++) {
        const struct bias_nudge *info = bias_nudge(RESPOND_INFO, 1u << type);
        const struct bias_nudge *warning = bias_nudge(RESPOND_WARNING, 1u << type);
        const struct bias_nudge *block = bias_nudge(RESPOND_BLOCK, 1u << type);
        assert_int_equal(info->duration_ms, 5000);
        assert_false(info->requires_ack);
        assert_string_equal(info->style, "blue");
        assert_int_equal(warning->duration_ms, 10000);
        assert_true(warning->requires_ack);
        assert_string_equal(warning->style, "yellow");
        assert_int_equal(block->duration_ms, 0);
        assert_string_equal(block->style, "red");
        assert_string_not_equal(info->message, warning->message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_cell),
        cmocka_unit_test(caps),
        cmocka_unit_test(late_answers),
        cmocka_unit_test(response_is_monotone),
        cmocka_unit_test(words_compare_as_sets),
        cmocka_unit_test(settings_hold_together),
        cmocka_unit_test(nudges),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
