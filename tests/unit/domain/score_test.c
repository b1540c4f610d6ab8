/* Marks, percentile ranks and selection, against slow and obvious versions of themselves. */
#include "domain/score.c"
#include "vectors.h"

static struct fixture fx;
static int setup(void **state)
{
    (void)state;
    fixture_open(&fx, 256 << 20);
    return 0;
}
static int teardown(void **state)
{
    (void)state;
    fixture_close(&fx);
    return 0;
}

static uint64_t mix(uint64_t *s)
{
    uint64_t z = *s += 0x9e3779b97f4a7c15ULL;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
    return z ^ z >> 31;
}

static void halves_go_up(void **state)
{
    (void)state;
    assert_int_equal(div_half_up(0, 3), 0);
    assert_int_equal(div_half_up(1, 3), 0);
    assert_int_equal(div_half_up(2, 3), 1);
    assert_int_equal(div_half_up(1, 2), 1);
    assert_int_equal(div_half_up(5, 2), 3);
    assert_int_equal(div_half_up(INT64_MAX, 2), INT64_MAX / 2 + 1);
    assert_int_equal(div_half_up(INT64_MAX, INT64_MAX), 1);
}

static void spans_divide_the_common_multiple(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
        assert_int_equal(TEST_SPAN_LCM % (ranges[i].max_e2 - ranges[i].min_e2), 0);
    assert_int_equal(TEST_SPAN_LCM % (range_other.max_e2 - range_other.min_e2), 0);
}

static void marks_follow_the_formulas(void **state)
{
    (void)state;
    assert_int_equal(academic_e2(400), 10000);
    assert_int_equal(academic_e2(372), 9300);
    assert_int_equal(academic_e2(1), 25);
    struct e2_pair tests[] = { { S_INIT("SAT"), 142000 }, { S_INIT("ACT"), 3100 } };
    /* (85 + 100 x 30/35) / 2 = 85.357142... */
    assert_int_equal(test_percent_e2(&(struct list){ tests, 2 }), 8536);
    assert_int_equal(test_percent_e2(&(struct list){ tests, 1 }), 8500);
    assert_int_equal(test_average_e2(&(struct list){ tests, 2 }), 72550);
    assert_int_equal(test_percent_e2(&(struct list){ NULL, 0 }), 0);
    assert_int_equal(test_average_e2(&(struct list){ NULL, 0 }), 0);
    struct e2_pair edge[] = { { S_INIT("GRE"), 26000 }, { S_INIT("ap"), 500 } };
    assert_int_equal(test_percent_e2(&(struct list){ edge, 2 }), 5000);
    struct e2_pair unknown = { S_INIT("Music"), 6250 };
    assert_int_equal(test_percent_e2(&(struct list){ &unknown, 1 }), 6250);
    assert_int_equal(composite_e2(&weights_default, 9300, 8536), 8953); /* 8952.7 */
    assert_int_equal(total_e2(&weights_default, 8800, 9000, 8500, 8000), 8615);
    assert_int_equal(total_e2(&weights_default, 9100, 8000, 7000, 7850), 8050);
    assert_int_equal(total_e2(&(struct weights){ 0, 0, 0, 0 }, 1, 2, 3, 4), 0);
}

static void percentiles_agree_with_counting(void **state)
{
    (void)state;
    enum { N = 600 };
    static struct mark_counts m;
    static int64_t rank[MARK_E2_MAX + 1];
    uint64_t seed = 7;
    int64_t marks[N];
    for (int width = 1; width <= MARK_E2_MAX + 1; width = width < 10000 ? width * 10 : 10001) {
        m = (struct mark_counts){ 0 };
        for (size_t i = 0; i < N; i++) {
            marks[i] = i ? (int64_t)(mix(&seed) % (uint64_t)width) : width - 1;
            assert_int_equal(mark_count(&fx.c, &m, marks[i]), ERR_OK);
        }
        mark_percentiles(&m, rank);
        assert_int_equal(m.n, N);
        for (size_t i = 0; i < N; i++) {
            int64_t below = 0, equal = 0;
            for (size_t k = 0; k < N; k++) {
                below += marks[k] < marks[i];
                equal += marks[k] == marks[i];
            }
            assert_int_equal(rank[marks[i]], div_half_up((2 * below + equal) * 10000, 2 * N));
        }
        if (width == MARK_E2_MAX + 1)
            break;
    }
    m = (struct mark_counts){ 0 };
    mark_percentiles(&m, rank);
    assert_int_equal(rank[0], 0);
    assert_int_equal(mark_count(&fx.c, &m, 5), ERR_OK);
    mark_percentiles(&m, rank);
    assert_int_equal(rank[5], 5000);
    assert_int_equal(rank[4], 0);
    assert_int_equal(mark_count(&fx.c, &m, -1), ERR_INTERNAL);
    assert_int_equal(mark_count(&fx.c, &m, MARK_E2_MAX + 1), ERR_INTERNAL);
    assert_int_equal(m.n, 1);
}

static struct candidate candidate(struct str id, int64_t e2)
{
    return (struct candidate){ .anonymized_id = id, .final_e2 = e2 };
}

static void ties_follow_the_vectors(void **state)
{
    (void)state;
    struct str order[8];
    struct str tie = vectors_member(fx.mem, vectors_load(fx.mem), "tiebreak");
    struct str seed = vectors_string(fx.mem, vectors_member(fx.mem, tie, "seed_hex"));
    size_t n = vectors_array(fx.mem, vectors_member(fx.mem, tie, "order"), order, 8);
    assert_int_equal(n, 4);
    for (size_t rotate = 0; rotate < n; rotate++) {
        struct candidate rows[6] = { candidate(S("ANON_LOW"), 100), candidate(S("ANON_TOP"), 900) };
        for (size_t i = 0; i < n; i++) {
            struct str id = vectors_member(fx.mem, order[(i + rotate) % n], "id");
            rows[2 + i] = candidate(vectors_string(fx.mem, id), 500);
        }
        struct selection_outcome out;
        assert_int_equal(select_top(&fx.c, rows, 6, 3, seed, &out), ERR_OK);
        assert_true(str_eq(rows[0].anonymized_id, S("ANON_TOP")));
        assert_true(str_eq(rows[5].anonymized_id, S("ANON_LOW")));
        for (size_t i = 0; i < n; i++) {
            struct str id = vectors_string(fx.mem, vectors_member(fx.mem, order[i], "id"));
            struct str key = vectors_string(fx.mem, vectors_member(fx.mem, order[i], "key_hex"));
            assert_true(str_eq(rows[1 + i].anonymized_id, id));
            assert_true(str_eq(hash_hex(fx.mem, &rows[1 + i].tie), key));
            assert_int_equal(rows[1 + i].selected, i < 2);
            assert_true(rows[1 + i].at_cutoff);
        }
        assert_int_equal(out.selected, 3);
        assert_int_equal(out.not_selected, 3);
        assert_int_equal(out.cutoff_e2, 500);
        assert_int_equal(out.tied_at_cutoff, 4);
        assert_false(rows[0].at_cutoff);
    }
}

static void seats_may_be_none_or_too_many(void **state)
{
    (void)state;
    struct selection_outcome out;
    struct candidate rows[] = { candidate(S("ANON_A"), 300), candidate(S("ANON_B"), 200) };
    assert_int_equal(select_top(&fx.c, rows, 2, 0, S("00"), &out), ERR_OK);
    assert_int_equal(out.selected, 0);
    assert_int_equal(out.cutoff_e2, 0);
    assert_false(rows[0].selected || rows[0].at_cutoff);
    assert_int_equal(select_top(&fx.c, rows, 2, INT64_MAX, S("00"), &out), ERR_OK);
    assert_int_equal(out.selected, 2);
    assert_int_equal(out.cutoff_e2, 200);
    assert_int_equal(out.tied_at_cutoff, 0);
    assert_true(rows[1].selected && rows[1].at_cutoff);
    assert_int_equal(select_top(&fx.c, NULL, 0, 5, S("00"), &out), ERR_OK);
    assert_int_equal(out.selected, 0);
    rows[0].final_e2 = -1;
    assert_int_equal(select_top(&fx.c, rows, 2, 1, S("00"), &out), ERR_INTERNAL);
}

static void selection_agrees_with_sorting(void **state)
{
    (void)state;
    enum { N = 500 };
    uint64_t seed = 11;
    struct candidate rows[N];
    char ids[N][16];
    for (int64_t seats = 0; seats <= N; seats += 50) {
        for (size_t i = 0; i < N; i++) {
            snprintf(ids[i], sizeof(ids[i]), "ANON_%zu", i);
            rows[i] = candidate(str_of(ids[i]), (int64_t)(mix(&seed) % 40));
        }
        struct selection_outcome out;
        assert_int_equal(select_top(&fx.c, rows, N, seats, S("ab"), &out), ERR_OK);
        uint64_t seen = 0;
        for (size_t i = 0; i < N; i++) {
            int64_t id;
            assert_true(str_i64(str_sub(rows[i].anonymized_id, 5, 16), &id));
            seen += (uint64_t)id;
            assert_int_equal(rows[i].selected, (int64_t)i < seats);
            if (i)
                assert_true(rows[i - 1].final_e2 >= rows[i].final_e2);
            if (i && rows[i].at_cutoff && rows[i - 1].at_cutoff)
                assert_true(memcmp(rows[i - 1].tie.b, rows[i].tie.b, SHA256_N) < 0);
        }
        assert_int_equal(seen, N * (N - 1) / 2); /* nobody lost, nobody twice */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(halves_go_up, setup, teardown),
        cmocka_unit_test_setup_teardown(spans_divide_the_common_multiple, setup, teardown),
        cmocka_unit_test_setup_teardown(marks_follow_the_formulas, setup, teardown),
        cmocka_unit_test_setup_teardown(percentiles_agree_with_counting, setup, teardown),
        cmocka_unit_test_setup_teardown(ties_follow_the_vectors, setup, teardown),
        cmocka_unit_test_setup_teardown(seats_may_be_none_or_too_many, setup, teardown),
        cmocka_unit_test_setup_teardown(selection_agrees_with_sorting, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
