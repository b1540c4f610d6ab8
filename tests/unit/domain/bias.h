/* Hand-made analyses and events for the tests of the bias rules. */
#ifndef ENIGMA_TESTS_BIAS_H
#define ENIGMA_TESTS_BIAS_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/str.h"
#include "domain/bias_event.h"
#include "support/test_ctx.h"

#define T0_S  INT64_C(1760000000)
#define DAY_S INT64_C(86400)
#define US    INT64_C(1000000)

static struct test_ctx t;
static int setup(void **state)
{
    (void)state;
    test_ctx_open(&t);
    return 0;
}
static int teardown(void **state)
{
    (void)state;
    test_ctx_close(&t);
    return 0;
}

static struct bias_analysis analysis(int severity, double confidence)
{
    struct bias_analysis a = { .id = S("a"),
                               .interview = S("I1"),
                               .cycle = S("C1"),
                               .text = S("some words"),
                               .t_us = T0_S * US,
                               .analysed_at_us = T0_S * US,
                               .confidence = confidence,
                               .stt_confidence = (double)NAN,
                               .types = 1u << BIAS_GENDER,
                               .severity = severity,
                               .detected = severity > BIAS_NONE };
    bias_normalise(&a);
    return a;
}

/* Runs a line and gives its answers, one a line. */
static struct str replay(const char *line)
{
    struct buf b;
    buf_init(&b, t.mem, BIAS_LINE_MAX);
    fault_clear(&t.c);
    assert_int_equal(bias_replay_line(&t.c, str_of(line), &b), ERR_OK);
    return buf_view(&b);
}

#endif
