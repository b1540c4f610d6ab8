/* Tests of identifiers: shape, order, and that every random bit is used. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/str.h"
#include "codec/id.h"

static unsigned char fill_byte;

static void fill(void *self, void *p, size_t n)
{
    (void)self;
    memset(p, fill_byte, n);
}

static const struct random_port fixed = { .fill = fill };
static const struct deps deps = { .random = &fixed };

static struct ctx context(const struct deps *with)
{
    struct ctx c;
    ctx_init(&c, arena_open(NULL, 1 << 20), with, 0);
    return c;
}

static void shapes(void **state)
{
    (void)state;
    struct ctx c = context(&deps);
    fill_byte = 0xFF;
    assert_true(str_eq(id_random(&c, "ANON_"), S("ANON_7ZZZZZZZZZZZZZZZZZZZZZZZZZ")));
    assert_true(str_eq(id_short(&c, "ADM_", 8), S("ADM_ZZZZZZZZ")));
    assert_true(id_i63(&c) == INT64_MAX);
    assert_true(id_place(&c) == (ID_PLACES - 1) * (INT64_MAX / ID_PLACES + 1));
    fill_byte = 0;
    assert_true(str_eq(id_random(&c, ""), S("00000000000000000000000000")));
    assert_true(id_i63(&c) == 1);
    assert_true(id_place(&c) == 0);
    c.now_us = 1469918176385000; /* the example of the ULID specification: 01ARYZ6S41 */
    assert_true(str_eq(id_sortable(&c, "APP_"), S("APP_01ARYZ6S410000000000000000")));
    arena_close(c.mem);
}

static void sorts_by_time(void **state)
{
    (void)state;
    struct ctx c = context(NULL);
    struct str before = id_sortable(&c, "APP_");
    for (int i = 0; i < 1000; i++) {
        c.now_us += 1000;
        struct str next = id_sortable(&c, "APP_");
        assert_true(str_cmp(before, next) < 0);
        before = next;
    }
    arena_close(c.mem);
}

static void differ_and_are_valid(void **state)
{
    (void)state;
    struct ctx c = context(NULL);
    struct str a = id_random(&c, "STU_"), b = id_random(&c, "STU_");
    assert_false(str_eq(a, b));
    assert_int_equal(a.n, 30);
    assert_true(id_valid(a) && id_valid(id_short(&c, "ADM_", 8)));
    assert_true(id_i63(&c) != id_i63(&c) && id_i63(&c) > 0);
    bool low = false, high = false;
    for (int i = 0; i < 64; i++) {
        const int64_t place = id_place(&c);
        assert_true(place >= 0 && place % (INT64_MAX / ID_PLACES + 1) == 0);
        low = low || place < INT64_MAX / 2;
        high = high || place > INT64_MAX / 2;
    }
    assert_true(low && high); /* one of 2^63 tries is all on one side */
    for (size_t i = 4; i < a.n; i++)
        assert_non_null(strchr("0123456789ABCDEFGHJKMNPQRSTVWXYZ", a.p[i]));
    arena_close(c.mem);
}

static void validity(void **state)
{
    (void)state;
    assert_true(id_valid(S("a")));
    assert_true(id_valid(S("APP_0-z")));
    assert_true(id_valid(S("12345678901234567890123456789012345678901234567890")));
    assert_false(id_valid(S("123456789012345678901234567890123456789012345678901")));
    assert_false(id_valid(S("")));
    assert_false(id_valid(S("a b")));
    assert_false(id_valid(S("a/b")));
    assert_false(id_valid(S("a.b")));
    assert_false(id_valid(S("a\0b")));
    assert_false(id_valid(S("\xC3\xA9")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shapes),
        cmocka_unit_test(sorts_by_time),
        cmocka_unit_test(differ_and_are_valid),
        cmocka_unit_test(validity),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
