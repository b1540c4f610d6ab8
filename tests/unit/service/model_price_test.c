/* Prices of models: how they are written, and that costs are exact. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/str.h"
#include "service/model_price.h"
#include "support/test_ctx.h"

static struct test_ctx t;
static int setup(void **state)
{
    *state = test_ctx_open(&t);
    return 0;
}
static int teardown(void **state)
{
    (void)state;
    test_ctx_close(&t);
    return 0;
}

static void costs_are_exact(void **state)
{
    struct ctx *c = *state;
    struct model_prices p;
    const struct str text = S("gpt-5 = 1250000/125000/10000000, small=1/0/3\n\nsmall:batch=0/0/1");
    assert_int_equal(model_prices_read(c, text, &p), ERR_OK);
    assert_int_equal(p.n, 3);
    /* 900 fresh, 100 cached and 50 answered tokens. */
    const int64_t pico = model_cost_pico(&p, S("gpt-5"), 1000, 100, 50);
    assert_int_equal(pico, 900LL * 1250000 + 100LL * 125000 + 50LL * 10000000);
    assert_int_equal(model_cost_micro(pico), 1638); /* 1637.5 */
    assert_int_equal(model_cost_pico(&p, S("small"), 7, 900, 2), 6);
    assert_int_equal(model_cost_pico(&p, S("small (batch)"), 7, 0, 2), 2);
    assert_int_equal(model_cost_pico(&p, S("gpt-5 (batch)"), 1, 0, 0), 1250000);
    assert_int_equal(model_cost_pico(&p, S("other"), 1000, 0, 1000), 0);
}

static void what_is_no_price_is_named(void **state)
{
    struct ctx *c = *state;
    static const char *const bad[] = { "gpt-5",     "=1/2/3",         "a=1/2",
                                       "a=1/2/3/4", "a=1/-2/3",       "a=1/2/1000000001",
                                       "a=1.5/0/0", "a=1/1/1,a=2/2/2" };
    struct model_prices p = { .n = 7 };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(model_prices_read(c, str_of(bad[i]), &p), ERR_INVALID);
        assert_memory_equal(c->fault.text, "MODEL_PRICES", 12);
        fault_clear(c);
    }
    assert_int_equal(p.n, 7);
    assert_int_equal(model_prices_read(c, (struct str){ 0 }, &p), ERR_OK);
    assert_int_equal(p.n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(costs_are_exact, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_no_price_is_named, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
