/* Tests of the encoder: every type, what absent looks like, secrets and masks. */
#include "unit/schema/sample.h"

static struct buf out;

static int set_up(void **state)
{
    buf_init(&out, NULL, 1 << 20);
    return open_ctx(state);
}

static int tear_down(void **state)
{
    buf_done(&out);
    return close_ctx(state);
}

static struct sample full_sample(void)
{
    static struct part parts[] = { { S_INIT("x\""), 1 }, { { NULL, 0 }, SCHEMA_NULL_I64 } };
    static struct str tags[] = { S_INIT("t"), S_INIT("") };
    static struct e2_pair pairs[] = { { S_INIT("SAT"), 145000 }, { S_INIT("A\nB"), -5 } };
    return (struct sample){
        .name = S("abc"),
        .email = S("a@b.example"),
        .raw = S("{\"k\":1}"),
        .blob = S("bytes"),
        .seats = 5,
        .level = 2,
        .marks = 395,
        .born = 1770091506000000,
        .id = 7,
        .ratio = 90,
        .factor = 0.25,
        .open = true,
        .color = 1,
        .main_part = &parts[0],
        .parts = { parts, 2 },
        .tags = { tags, 2 },
        .scores = { pairs, 2 },
    };
}

static void every_type(void **state)
{
    (void)state;
    struct sample s = full_sample();
    buf_clear(&out);
    schema_encode(&sample_schema, &s, &out);
    expect_text(&out, "{\"name\":\"abc\",\"email\":\"a@b.example\",\"seats\":5,\"level\":2,"
                      "\"marks\":3.95,\"ratio\":90.0,\"factor\":0.25,\"open\":true,"
                      "\"born\":\"2026-02-03T04:05:06Z\",\"color\":\"green\","
                      "\"main_part\":{\"label\":\"x\\\"\",\"count\":1},"
                      "\"parts\":[{\"label\":\"x\\\"\",\"count\":1},"
                      "{\"label\":null,\"count\":null}],\"tags\":[\"t\",\"\"],"
                      "\"test_scores\":{\"SAT\":1450.0,\"A\\nB\":-0.05},\"raw\":{\"k\":1},"
                      "\"id\":7}");
}

static void absent_values(void **state)
{
    (void)state;
    struct sample s;
    assert_int_equal(schema_defaults(&ctx, &sample_schema, &s), ERR_OK);
    s.level = s.marks = SCHEMA_NULL_I64;
    s.ratio = (double)NAN;
    buf_clear(&out);
    schema_encode(&sample_schema, &s, &out);
    expect_text(&out, "{\"name\":null,\"email\":null,\"seats\":0,\"level\":null,\"marks\":null,"
                      "\"ratio\":null,\"factor\":null,\"open\":true,\"born\":null,\"color\":null,"
                      "\"main_part\":null,\"parts\":[],\"tags\":null,\"test_scores\":{},"
                      "\"raw\":null,\"id\":0}");
}

static void comes_back(void **state)
{
    (void)state;
    struct sample s = full_sample(), back;
    s.parts.n = 1;
    s.ratio = 1.5;
    buf_clear(&out);
    schema_encode(&sample_schema, &s, &out);
    assert_int_equal(schema_decode(&ctx, &sample_schema, buf_view(&out), &back, NULL), ERR_OK);
    assert_true(str_eq(s.name, back.name) && s.marks == back.marks && s.born == back.born);
    assert_true(s.ratio == back.ratio && s.color == back.color && back.scores.n == 2);
    assert_true(((const struct e2_pair *)back.scores.v)[1].e2 == -5);
}

static void secrets_and_masks(void **state)
{
    (void)state;
    struct login in = { .username = S("u"), .password = S("hunter2!") };
    buf_clear(&out);
    schema_encode(&login_schema, &in, &out);
    expect_text(&out, "{\"username\":\"u\"}");
    buf_clear(&out);
    schema_encode_masked(&login_schema, &in, &out);
    expect_text(&out, "{\"username\":\"u\",\"password\":\"***\"}");
    struct sample s = full_sample();
    buf_clear(&out);
    schema_encode_masked(&sample_schema, &s, &out);
    assert_true(str_starts(buf_view(&out), S("{\"name\":\"***\",\"email\":\"***\",\"seats\":5")));
    assert_null(memmem(out.p, out.n, "abc", 3));
}

static void lists(void **state)
{
    (void)state;
    struct part rows[] = { { S_INIT("a"), 1 }, { S_INIT("b"), 2 } };
    struct list list = { rows, 2 };
    buf_clear(&out);
    schema_encode_list(&part_schema, &list, &out);
    expect_text(&out, "[{\"label\":\"a\",\"count\":1},{\"label\":\"b\",\"count\":2}]");
    buf_clear(&out);
    schema_encode_list(&part_schema, &(struct list){ 0 }, &out);
    expect_text(&out, "[]");
}

/* A buffer that is full stays full and says so. */
static void full_buffer(void **state)
{
    (void)state;
    struct buf small;
    struct sample s = full_sample();
    for (size_t max = 0; max < 300; max += 7) {
        buf_init(&small, NULL, max);
        schema_encode(&sample_schema, &s, &small);
        assert_false(buf_ok(&small));
        assert_true(small.n <= max);
        buf_done(&small);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type), cmocka_unit_test(absent_values),
        cmocka_unit_test(comes_back), cmocka_unit_test(secrets_and_masks),
        cmocka_unit_test(lists),      cmocka_unit_test(full_buffer),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
