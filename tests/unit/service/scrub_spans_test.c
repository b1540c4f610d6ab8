/* Spans as stored, corrected and rendered; what the engine says is what its spans render. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/str.h"
#include "service/scrub_spans.h"
#include "support/test_ctx.h"

static struct str written(struct ctx *c, const struct stored_span *v, size_t n)
{
    struct buf b;
    buf_init(&b, c->mem, 1 << 20);
    spans_write_stored(&b, v, n);
    return buf_view(&b);
}

static void stored_spans_come_back(void **state)
{
    (void)state;
    struct test_ctx t;
    struct ctx *c = test_ctx_open(&t);
    const struct stored_span v[] = {
        { SCRUB_ESSAY, 0, 4, SCRUB_SELF, S("identity.name"), 100, SCRUB_REMOVE, S("[APPLICANT]") },
        { SCRUB_ESSAY, 9, 9, SCRUB_GENDER, S("a \"rule\""), 55, SCRUB_NEUTRALISE, S("") },
        { SCRUB_ACHIEVEMENTS, 1, 3, SCRUB_HARDSHIP, S("x"), 0, SCRUB_KEEP, S("they") },
    };
    struct list got;
    assert_true(spans_read(written(c, v, 3), c->mem, &got));
    assert_int_equal(got.n, 3);
    const struct stored_span *g = got.v;
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(g[i].field, v[i].field);
        assert_int_equal(g[i].start, v[i].start);
        assert_int_equal(g[i].end, v[i].end);
        assert_int_equal(g[i].type, v[i].type);
        assert_int_equal(g[i].confidence, v[i].confidence);
        assert_int_equal(g[i].action, v[i].action);
        assert_true(str_eq(g[i].rule, v[i].rule));
        assert_true(str_eq(g[i].placeholder, v[i].placeholder));
    }
    assert_true(spans_read((struct str){ NULL, 0 }, c->mem, &got) && got.n == 0);
    test_ctx_close(&t);
}

static void other_texts_are_refused(void **state)
{
    (void)state;
    struct test_ctx t;
    struct ctx *c = test_ctx_open(&t);
    static const char *const bad[] = {
        "",
        "{}",
        "[1]",
        "[[0,1,2]]",
        "[[2,0,1,\"self\",\"r\",1,0,\"\"]]",
        "[[0,5,1,\"self\",\"r\",1,0,\"\"]]",
        "[[0,-1,1,\"self\",\"r\",1,0,\"\"]]",
        "[[0,0,1,\"nothing\",\"r\",1,0,\"\"]]",
        "[[0,0,1,\"self\",\"r\",101,0,\"\"]]",
        "[[0,0,1,\"self\",\"r\",1,9,\"\"]]",
        "[[0,0,1,\"self\",\"r\",1,0,\"\",7]]",
        "[[0,0,1,\"self\",\"r\",1,0,\"\"]] x",
        "[[0,0,1,\"self\",\"r\",1,0,\"\"]",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct list got;
        if (spans_read(str_of(bad[i]), c->mem, &got))
            fail_msg("taken: %s", bad[i]);
    }
    test_ctx_close(&t);
}

/* "Ana met Bob in Rome": Ana and Rome are out. */
static const struct str original[] = { S_INIT("Ana met Bob in Rome, Zo\xc3\xab."), S_INIT("") };
static const struct stored_span out[] = {
    { SCRUB_ESSAY, 0, 3, SCRUB_SELF, S_INIT("n"), 100, SCRUB_REMOVE, S_INIT("[APPLICANT]") },
    { SCRUB_ESSAY, 8, 11, SCRUB_PERSON, S_INIT("n"), 40, SCRUB_KEEP, S_INIT("[PERSON_1]") },
    { SCRUB_ESSAY, 15, 19, SCRUB_LOCATION, S_INIT("n"), 70, SCRUB_REMOVE, S_INIT("[PLACE_1]") },
};

static struct str corrected(struct ctx *c, const struct correction *k, size_t n, err want)
{
    struct list all = { (void *)(uintptr_t)out, 3 }, got = { 0 };
    const struct list corrections = { (void *)(uintptr_t)k, n };
    assert_int_equal(spans_correct(c, &all, original, &corrections, &got), want);
    return want == ERR_OK ? spans_render(c->mem, original[0], &got, SCRUB_ESSAY) : S("");
}

static void corrections_are_rendered(void **state)
{
    (void)state;
    struct test_ctx t;
    struct ctx *c = test_ctx_open(&t);
    struct str s = corrected(c, NULL, 0, ERR_OK);
    assert_true(str_eq(s, S("[APPLICANT] met Bob in [PLACE_1], Zo\xc3\xab.")));
    const struct correction bob[] = { { SCRUB_ESSAY, CORRECT_REDACT, 8, 11, SCRUB_PERSON } };
    s = corrected(c, bob, 1, ERR_OK);
    assert_true(str_eq(s, S("[APPLICANT] met [PERSON] in [PLACE_1], Zo\xc3\xab.")));
    const struct correction rome[] = { { SCRUB_ESSAY, CORRECT_RESTORE, 16, 17, -1 } };
    s = corrected(c, rome, 1, ERR_OK);
    assert_true(str_eq(s, S("[APPLICANT] met Bob in Rome, Zo\xc3\xab.")));
    /* A redaction that cuts into a span takes the whole of it: nothing half redacted stays. */
    const struct correction wide[] = { { SCRUB_ESSAY, CORRECT_REDACT, 12, 17, SCRUB_LOCATION } };
    s = corrected(c, wide, 1, ERR_OK);
    assert_true(str_eq(s, S("[APPLICANT] met Bob [PLACE], Zo\xc3\xab.")));
    const struct correction both[] = { { SCRUB_ESSAY, CORRECT_RESTORE, 15, 19, -1 },
                                       { SCRUB_ESSAY, CORRECT_REDACT, 21, 25, SCRUB_PERSON } };
    s = corrected(c, both, 2, ERR_OK);
    assert_true(str_eq(s, S("[APPLICANT] met Bob in Rome, [PERSON].")));
    test_ctx_close(&t);
}

static void corrections_that_do_not_fit_are_named(void **state)
{
    (void)state;
    struct test_ctx t;
    static const struct {
        struct correction k;
        const char *member;
    } bad[] = {
        { { SCRUB_ESSAY, CORRECT_REDACT, 3, 3, SCRUB_PERSON }, "end" },
        { { SCRUB_ESSAY, CORRECT_REDACT, 0, 99, SCRUB_PERSON }, "end" },
        { { SCRUB_ACHIEVEMENTS, CORRECT_REDACT, 0, 1, SCRUB_PERSON }, "end" },
        { { SCRUB_ESSAY, CORRECT_REDACT, 21, 24, SCRUB_PERSON }, "start" }, /* cuts the e */
        { { SCRUB_ESSAY, CORRECT_REDACT, 8, 11, -1 }, "type" },
        { { SCRUB_ESSAY, CORRECT_RESTORE, 4, 7, -1 }, "start" },
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct ctx *c = test_ctx_open(&t);
        corrected(c, &bad[i].k, 1, ERR_INVALID);
        assert_int_equal(c->fault.n_issues, 1);
        struct str want = str_fmt(c->mem, "[\"body\",\"spans\",0,\"%s\"]", bad[i].member);
        assert_true(str_eq(c->fault.issues[0].loc, want));
        test_ctx_close(&t);
    }
}

/* The stored spans are enough to make the result again, byte for byte. */
static void spans_render_what_the_engine_wrote(void **state)
{
    (void)state;
    struct test_ctx t;
    struct ctx *c = test_ctx_open(&t);
    const struct scrub_identity who = { .name = S("Zo\xc3\xab Quorvexa"),
                                        .email = S("zoe@mail.example"),
                                        .phone = S("+49 30 7741 9035") };
    const struct str texts[] = {
        S("Zo\xc3\xab Quorvexa here, zoe@mail.example, +49 30 7741 9035. As a woman in Rome I am "
          "17. My coach Bob told me that she runs fast, and Grace Hopper agrees. Zoe's team: "
          "the girls' team. I am a Muslim and use a wheelchair. See https://x.example/zoe."),
        S("Captain of the boys' team; \"Quorvexa leads\", said Mr Abernathy."),
    };
    struct scrub_result r = { 0 };
    struct buf b;
    struct list spans;
    assert_int_equal(scrub_application(c, &scrub_policy_preset, &who, texts, 2, &r), ERR_OK);
    buf_init(&b, c->mem, 1 << 20);
    spans_write(&b, r.spans, r.n_spans, true);
    assert_true(spans_read(buf_view(&b), c->mem, &spans));
    assert_int_equal(spans.n, r.n_spans);
    for (int32_t f = 0; f < SCRUB_FIELD_COUNT; f++) {
        struct str made = spans_render(c->mem, texts[f], &spans, f);
        if (!str_eq(made, r.text[f]))
            fail_msg("%.*s\nnot\n%.*s", STR_ARG(made), STR_ARG(r.text[f]));
    }
    test_ctx_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stored_spans_come_back),
        cmocka_unit_test(other_texts_are_refused),
        cmocka_unit_test(corrections_are_rendered),
        cmocka_unit_test(corrections_that_do_not_fit_are_named),
        cmocka_unit_test(spans_render_what_the_engine_wrote),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
