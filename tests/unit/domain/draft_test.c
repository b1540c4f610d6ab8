/* Drafts: anything goes that a half-filled form can hold, up to the bounds; and comes back as it
 * was. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>

#include "base/str.h"
#include "domain/draft.h"
#include "support/test_ctx.h"

static err decode(struct ctx *c, struct str json, struct application_draft *ret)
{
    return schema_decode(c, &application_draft_schema, json, ret, NULL);
}

static void half_filled_forms_pass(void **state)
{
    (void)state;
    struct test_ctx t;
    struct ctx *c = test_ctx_open(&t);
    struct application_draft d;
    static const char *const good[] = {
        "{}",
        "{\"name\":\"A\"}",
        "{\"name\":null,\"gpa\":null,\"test_scores\":null}",
        "{\"gpa\":3.4567,\"essay\":\"\",\"email\":\"ignored\"}",
        "{\"gpa\":-1e9,\"test_scores\":{\"SAT\":0,\"\\u00e4\":-3.25}}",
    };
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        c = test_ctx_next(&t);
        if (decode(c, str_of(good[i]), &d) != ERR_OK)
            fail_msg("%s: %s", good[i], c->fault.text);
    }
    static const char *const bad[] = { "[]",
                                       "{\"gpa\":\"3\"}",
                                       "{\"name\":5}",
                                       "{\"test_scores\":{\"SAT\":\"x\"}}",
                                       "{\"name\":\"a\"",
                                       "{\"essay\":\"\\u0000\"}" };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        c = test_ctx_next(&t);
        assert_int_equal(decode(c, str_of(bad[i]), &d), ERR_INVALID);
    }
    test_ctx_close(&t);
}

static void sizes_are_bounded(void **state)
{
    (void)state;
    struct test_ctx t;
    struct ctx *c = test_ctx_open(&t);
    static const struct {
        const char *member;
        size_t most;
    } bounds[] = { { "name", 400 },
                   { "phone", 40 },
                   { "address", 1000 },
                   { "essay", 10000 },
                   { "achievements", 6000 } };
    struct application_draft d;
    for (size_t i = 0; i < sizeof(bounds) / sizeof(bounds[0]); i++) {
        for (size_t over = 0; over < 2; over++) {
            struct buf b;
            c = test_ctx_next(&t);
            buf_init(&b, c->mem, 1 << 17);
            buf_fmt(&b, "{\"%s\":\"", bounds[i].member);
            for (size_t k = 0; k < bounds[i].most + over; k++)
                buf_lit(&b, "\xf0\x9f\x90\x9d"); /* counted as characters, not as bytes */
            buf_lit(&b, "\"}");
            assert_int_equal(decode(c, buf_view(&b), &d), over ? ERR_INVALID : ERR_OK);
            buf_done(&b);
        }
    }
    test_ctx_close(&t);
}

/* The longest draft there can be fits what is sealed. */
static void the_longest_comes_back(void **state)
{
    (void)state;
    struct test_ctx t;
    struct ctx *c = test_ctx_open(&t);
    static char text[4 * 10000];
    for (size_t i = 0; i < sizeof(text); i += 4)
        memcpy(text + i, "\xf0\x9f\x90\x9d", 4);
    const struct application_draft d = { .name = { text, 4 * 400 },
                                         .phone = { text, 4 * 40 },
                                         .address = { text, 4 * 1000 },
                                         .gpa = (double)NAN,
                                         .essay = { text, 4 * 10000 },
                                         .achievements = { text, 4 * 6000 } };
    struct application_draft back;
    struct buf b;
    buf_init(&b, c->mem, DRAFT_TEXT_MAX);
    schema_encode(&application_draft_schema, &d, &b);
    assert_true(buf_ok(&b));
    assert_int_equal(decode(c, buf_view(&b), &back), ERR_OK);
    assert_true(str_eq(back.essay, d.essay) && str_eq(back.achievements, d.achievements));
    assert_true(isnan(back.gpa) && !back.test_scores.v);
    test_ctx_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(half_filled_forms_pass),
        cmocka_unit_test(sizes_are_bounded),
        cmocka_unit_test(the_longest_comes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
