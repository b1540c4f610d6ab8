/* Views and buffers: edges, cuts, overflow, integers. */
#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/buf.h"

static void integers_are_exact_or_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool ok;
        int64_t v;
    } cases[] = {
        { "0", true, 0 },
        { "-1", true, -1 },
        { "9223372036854775807", true, INT64_MAX },
        { "-9223372036854775808", true, INT64_MIN },
        { "9223372036854775808", false, 0 },
        { "-9223372036854775809", false, 0 },
        { "", false, 0 },
        { "-", false, 0 },
        { "+1", false, 0 },
        { " 1", false, 0 },
        { "1 ", false, 0 },
        { "1a", false, 0 },
        { "99999999999999999999", false, 0 },
        { "007", true, 7 },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int64_t v = 0;
        assert_int_equal(str_i64(str_of(cases[i].text), &v), cases[i].ok);
        if (cases[i].ok)
            assert_int_equal(v, cases[i].v);
    }
}

static void cuts_and_compares(void **state)
{
    (void)state;
    struct str head, rest = str_cut(S("a,b,,c"), ',', &head);
    assert_true(str_eq(head, S("a")));
    rest = str_cut(rest, ',', &head);
    rest = str_cut(rest, ',', &head);
    assert_int_equal(head.n, 0);
    rest = str_cut(rest, ',', &head);
    assert_true(str_eq(head, S("c")));
    assert_null(rest.p);
    assert_true(str_eqi(S("Content-Type"), S("content-TYPE")));
    assert_false(str_eqi(S("@"), S("`")));
    assert_true(str_cmp(S("a"), S("ab")) < 0);
    assert_true(str_cmp(S("b"), S("ab")) > 0);
    assert_true(str_eq(str_trim(S(" \t x y \r\n")), S("x y")));
    assert_true(str_starts(S("abc"), S("ab")));
    assert_true(str_ends(S("abc"), S("bc")));
    assert_false(str_ends(S("c"), S("bc")));
    assert_int_equal(str_sub(S("abc"), 5, 2).n, 0);
    assert_true(str_eq(str_sub(S("abc"), 1, 9), S("bc")));
}

static void a_buffer_keeps_its_maximum(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, NULL, 10);
    buf_lit(&b, "12345");
    assert_true(buf_ok(&b));
    buf_lit(&b, "678901");
    assert_false(buf_ok(&b));
    assert_int_equal(buf_view(&b).n, 5);
    buf_clear(&b);
    buf_i64(&b, INT64_MIN + 0 > 0 ? 0 : -123);
    assert_true(str_eq(buf_view(&b), S("-123")));
    buf_done(&b);
    buf_init(&b, NULL, 100);
    buf_i64(&b, INT64_MIN);
    buf_fmt(&b, "|%s|%d", "x", 7);
    assert_true(str_eq(buf_view(&b), S("-9223372036854775808|x|7")));
    buf_done(&b);
}

static void arena_buffers_live_in_the_arena(void **state)
{
    (void)state;
    struct arena *a = arena_open(NULL, 1 << 16);
    struct buf b;
    buf_init(&b, a, 1 << 12);
    for (int i = 0; i < 1000; i++)
        buf_c(&b, 'x');
    assert_int_equal(buf_view(&b).n, 1000);
    struct str f = str_fmt(a, "%s-%05d", "id", 42);
    assert_true(str_eq(f, S("id-00042")));
    assert_string_equal(str_z(a, f), "id-00042");
    arena_close(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_are_exact_or_refused),
        cmocka_unit_test(cuts_and_compares),
        cmocka_unit_test(a_buffer_keeps_its_maximum),
        cmocka_unit_test(arena_buffers_live_in_the_arena),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
