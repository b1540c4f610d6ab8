/* Arenas: limits, order of deferred calls, children, reuse after a reset. */
#include "base/arena.c"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static int order[4];
static int order_n;

static void note(void *arg)
{
    order[order_n++] = *(int *)arg;
}

static void allocations_are_zeroed_and_aligned(void **state)
{
    (void)state;
    struct arena *a = arena_open(NULL, 1 << 20);
    for (size_t i = 1; i < 500; i++) {
        char *p = arena_raw(a, i, 1, 16);
        assert_int_equal((uintptr_t)p % 16, 0);
        for (size_t k = 0; k < i; k++)
            assert_int_equal(p[k], 0);
        memset(p, 0xff, i);
    }
    arena_reset(a);
    char *again = arena_raw(a, 64, 1, 1);
    for (size_t k = 0; k < 64; k++)
        assert_int_equal(again[k], 0);
    arena_close(a);
}

static void the_cap_holds(void **state)
{
    (void)state;
    struct arena *a = arena_open(NULL, 10000);
    assert_non_null(arena_try(a, 4000, 1, 1));
    assert_null(arena_try(a, 10001, 1, 1));
    assert_null(arena_try(a, SIZE_MAX, 2, 1));
    assert_null(arena_try(a, SIZE_MAX / 2 + 2, 1, 1));
    assert_non_null(arena_try(a, 5000, 1, 1));
    assert_null(arena_try(a, 5000, 1, 1));
    assert_true(arena_used(a) <= 10000);
    arena_close(a);
}

static void deferred_calls_run_newest_first(void **state)
{
    (void)state;
    struct arena *a = arena_open(NULL, 1 << 16);
    int one = 1, two = 2, child = 3;
    order_n = 0;
    arena_defer(a, note, &one);
    arena_defer(a, note, &two);
    struct arena *kid = arena_open(a, 1 << 12);
    arena_defer(kid, note, &child);
    arena_close(a);
    assert_int_equal(order_n, 3);
    assert_int_equal(order[0], 3);
    assert_int_equal(order[1], 2);
    assert_int_equal(order[2], 1);
}

static void a_closed_child_leaves_its_siblings(void **state)
{
    (void)state;
    struct arena *a = arena_open(NULL, 1 << 16);
    struct arena *k1 = arena_open(a, 1 << 12), *k2 = arena_open(a, 1 << 12);
    struct arena *k3 = arena_open(a, 1 << 12);
    arena_close(k2);
    arena_raw(k1, 10, 1, 1);
    arena_raw(k3, 10, 1, 1);
    arena_close(a);
}

static void a_reset_keeps_one_block(void **state)
{
    (void)state;
    struct arena *a = arena_open(NULL, 1 << 20);
    for (int i = 0; i < 100; i++)
        arena_raw(a, 3000, 1, 1);
    size_t before = arena_used(a);
    arena_reset(a);
    assert_true(arena_used(a) < before);
    assert_true(arena_used(a) > 0);
    arena_close(a);
}

/* What was kept is used again, in the order of before, and never past the wish. */
static void a_reset_keeps_what_is_asked(void **state)
{
    (void)state;
    enum { WISH = 64 * 1024, PIECE = 3000, PIECES = 15 };
    struct arena *a = arena_open(NULL, 1 << 20);
    char *first[PIECES];
    arena_keep(a, WISH);
    for (int i = 0; i < PIECES; i++)
        first[i] = memset(arena_raw(a, PIECE, 1, 1), 1, PIECE);
    const size_t held = arena_used(a);
    assert_true(held <= WISH);
    arena_reset(a);
    assert_int_equal(arena_used(a), held);
    for (int i = 0; i < PIECES; i++) {
        char *again = arena_raw(a, PIECE, 1, 1);
        assert_ptr_equal(again, first[i]);
        assert_int_equal(again[0] | again[PIECE - 1], 0);
    }
    assert_int_equal(arena_used(a), held);
    arena_reset(a);
    assert_non_null(arena_raw(a, WISH, 1, 1)); /* no kept block holds it */
    assert_true(arena_used(a) < held + WISH);
    for (int i = 0; i < 2 * PIECES; i++)
        arena_raw(a, PIECE, 1, 1);
    arena_reset(a);
    assert_true(arena_used(a) <= WISH);
    arena_close(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(allocations_are_zeroed_and_aligned),
        cmocka_unit_test(the_cap_holds),
        cmocka_unit_test(deferred_calls_run_newest_first),
        cmocka_unit_test(a_closed_child_leaves_its_siblings),
        cmocka_unit_test(a_reset_keeps_one_block),
        cmocka_unit_test(a_reset_keeps_what_is_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
