/* What selection decides and what each caller sees of it in each phase. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>

#include "support/test_cycle.h"

static void preview_is_what_selection_does(void **state)
{
    (void)state;
    struct test_cycle t;
    char room[ID_MAX + 1];
    struct ctx *c = test_cycle_open(&t, 20);
    const struct str id = test_cycle_create(c, 6, room);
    struct selection_preview p;
    assert_int_equal(selection_preview(c, id, 0, NULL, &p), ERR_OK);
    assert_int_equal(p.rows.n, 0);
    assert_int_equal(p.cutoff_score, SCHEMA_NULL_I64);
    test_apply_many(c, id, 0, 20);
    test_walk(&t, id, 4);
    c = test_as(&t, &t.auditor);
    assert_int_equal(selection_preview(c, id, 3, NULL, &p), ERR_OK);
    assert_int_equal(p.selected_count, 3);
    assert_int_equal(p.not_selected_count, 17);
    assert_int_equal(selection_preview(c, id, 0, NULL, &p), ERR_OK);
    assert_int_equal(p.seats, 6);
    assert_int_equal(p.rows.n, 20);
    assert_true(p.tied_at_cutoff > 1);
    const struct selection_row *rows = p.rows.v;
    char want[6][ID_MAX + 1];
    for (int i = 0; i < 20; i++) {
        assert_int_equal(rows[i].rank, i + 1);
        assert_int_equal(rows[i].selected, i < 6);
        assert_true(i == 0 || rows[i].final_score <= rows[i - 1].final_score);
        if (i < 6)
            snprintf(want[i], sizeof(want[i]), "%.*s", STR_ARG(rows[i].anonymized_id));
    }
    assert_int_equal(test_phase(c, id), PHASE_SCORED);
    c = test_as(&t, &t.admin);
    struct phase_reply r;
    assert_int_equal(test_step(c, id, "select", &r), ERR_OK);
    for (int i = 0; i < 6; i++)
        assert_int_equal(test_count(c,
                                    "SELECT COUNT(*) AS n FROM final_scores "
                                    "WHERE anonymized_id = :a AND status = 'selected'",
                                    str_of(want[i]), S("")),
                         1);
    assert_int_equal(selection_preview(c, S("CYC_NONE"), 3, NULL, &p), ERR_NOT_FOUND);
    test_cycle_close(&t);
}

/* What the preview shows, counted anew: the best of all in order, those with a place, and those who
 * share the last place's score by the hash rule. */
static void check_preview(struct ctx *c, struct str id, int64_t seats, const struct list *all)
{
    enum { SHOWN = 1000 };
    const struct test_text *v = all->v; /* the best first; b: the score */
    struct selection_preview p;
    const size_t take = (uint64_t)seats < all->n ? (size_t)seats : all->n;
    const double cutoff = strtod(v[take - 1].b.p, NULL);
    int64_t tied = 0;
    assert_int_equal(selection_preview(c, id, seats, NULL, &p), ERR_OK);
    assert_int_equal(p.selected_count, take);
    assert_int_equal(p.not_selected_count, all->n - take);
    assert_int_equal(p.rows.n, SHOWN);
    assert_int_equal(p.cutoff_score, llround(cutoff * 100));
    for (size_t i = 0; i < all->n; i++)
        tied += strtod(v[i].b.p, NULL) == cutoff;
    assert_int_equal(p.tied_at_cutoff, tied > 1 ? tied : 0);
    const struct selection_row *rows = p.rows.v;
    for (size_t i = 0; i < SHOWN; i++) {
        assert_int_equal(rows[i].rank, i + 1);
        assert_int_equal(rows[i].final_score, llround(strtod(v[i].b.p, NULL) * 100));
        assert_int_equal(rows[i].selected, i < take);
        assert_int_equal(rows[i].tied, tied > 1 && rows[i].final_score == p.cutoff_score);
    }
}

static void previews_of_many(void **state)
{
    (void)state;
    enum { N = 1100 };
    static const int64_t seats[] = { 1, 7, 998, 1000, 1001, 1040, N - 1, N, N + 5 };
    struct test_cycle t;
    char room[ID_MAX + 1];
    struct phase_reply r;
    struct ctx *c = test_cycle_open(&t, N);
    const struct str id = test_cycle_create(c, 1040, room);
    test_apply_many(c, id, 0, N);
    test_walk(&t, id, 4);
    c = test_as(&t, &t.auditor);
    const struct list all = test_rows(c,
                                      "SELECT anonymized_id AS a, CAST(final_score AS TEXT) AS b "
                                      "FROM final_scores WHERE admission_cycle_id = :a "
                                      "ORDER BY final_score DESC",
                                      id);
    assert_int_equal(all.n, N);
    for (size_t i = 0; i < sizeof(seats) / sizeof(seats[0]); i++)
        check_preview(c, id, seats[i], &all);
    struct selection_preview p;
    assert_int_equal(selection_preview(c, id, 0, NULL, &p), ERR_OK);
    char shown[1000][ID_MAX + 1];
    const struct selection_row *rows = p.rows.v;
    for (size_t i = 0; i < 1000; i++)
        snprintf(shown[i], sizeof(shown[i]), "%.*s", STR_ARG(rows[i].anonymized_id));
    c = test_as(&t, &t.admin);
    assert_int_equal(test_step(c, id, "select", &r), ERR_OK);
    assert_int_equal(r.selected, 1040);
    for (size_t i = 0; i < 1000; i += 37)
        assert_int_equal(test_count(c,
                                    "SELECT COUNT(*) AS n FROM final_scores "
                                    "WHERE anonymized_id = :a AND status = 'selected'",
                                    str_of(shown[i]), S("")),
                         1);
    test_cycle_close(&t);
}

static void more_seats_than_people(void **state)
{
    (void)state;
    struct test_cycle t;
    char room[ID_MAX + 1];
    struct phase_reply r;
    struct ctx *c = test_cycle_open(&t, 4);
    const struct str id = test_cycle_create(c, 100, room);
    test_apply_many(c, id, 0, 4);
    test_walk(&t, id, 4);
    c = test_as(&t, &t.admin);
    assert_int_equal(test_step(c, id, "select", &r), ERR_OK);
    assert_int_equal(r.selected, 4);
    assert_int_equal(r.not_selected, 0);
    test_cycle_close(&t);
}

/* Words that no student may meet before publication (S-32). */
static void nothing_shows_before_publication(void **state)
{
    (void)state;
    struct test_cycle t;
    char room[ID_MAX + 1], app[ID_MAX + 1], anon[ID_MAX + 1];
    struct phase_reply r;
    struct application_state st;
    struct result res;
    struct dashboard_stats stats;
    struct ctx *c = test_cycle_open(&t, 12);
    const struct str id = test_cycle_create(c, 4, room);
    test_apply_many(c, id, 0, 12);
    struct list rows = test_rows(c,
                                 "SELECT application_id AS a, student_id AS b FROM applications "
                                 "WHERE student_id = :a",
                                 test_student_id(c->mem, 0));
    snprintf(app, sizeof(app), "%.*s", STR_ARG(((const struct test_text *)rows.v)->a));
    anon[0] = '\0';
    for (size_t done = 1; done <= TEST_STEPS_N; done++) {
        c = test_as(&t, &t.admin);
        test_db_must(c, test_step(c, id, test_steps[done - 1], &r), test_steps[done - 1]);
        if (done == 2) {
            rows = test_rows(c,
                             "SELECT anonymized_id AS a, application_id AS b FROM "
                             "anonymized_applications WHERE application_id = :a",
                             str_of(app));
            snprintf(anon, sizeof(anon), "%.*s", STR_ARG(((const struct test_text *)rows.v)->a));
        }
        const bool published = r.cycle.phase >= PHASE_PUBLISHED;
        c = test_as_student(&t, 0);
        assert_int_equal(application_state_get(c, str_of(app), &st), ERR_OK);
        assert_int_equal(st.anonymized_id.p != NULL, published);
        const bool decided = st.status == APP_SELECTED || st.status == APP_NOT_SELECTED;
        assert_int_equal(decided, published);
        assert_int_equal(result_get(c, str_of(anon), &res), published ? ERR_OK : ERR_NOT_FOUND);
        c = test_as_student(&t, 1);
        assert_int_equal(result_get(c, str_of(anon), &res), ERR_NOT_FOUND);
        assert_string_equal(c->fault.text, "Results not found");
        c = test_as(&t, NULL);
        assert_int_equal(result_get(c, str_of(anon), &res), ERR_NOT_FOUND);
        fault_clear(c);
        assert_int_equal(dashboard_stats_get(c, id, &stats), ERR_OK);
        const struct str words = stats.processing_stats;
        assert_int_equal(memmem(words.p, words.n, "selected", 8) != NULL, published);
        assert_int_equal(stats.total_applications, 12);
        c = test_as(&t, &t.auditor);
        assert_int_equal(result_get(c, str_of(anon), &res),
                         r.cycle.phase >= PHASE_SCORED ? ERR_OK : ERR_NOT_FOUND);
        fault_clear(c);
        assert_int_equal(application_state_get(c, str_of(app), &st), ERR_OK);
        assert_null(st.anonymized_id.p); /* never both ids to staff */
    }
    c = test_as_student(&t, 0);
    assert_int_equal(result_get(c, str_of(anon), &res), ERR_OK);
    assert_true(str_eq(res.anonymized_id, str_of(anon)));
    assert_true(res.final_score > 0 && res.explanation.n > 0 && res.hash.n == 64);
    assert_true(res.evaluator.n > 0 && res.strengths.n > 0);
    test_cycle_close(&t);
}

static void staff_list_is_anonymous(void **state)
{
    (void)state;
    struct test_cycle t;
    char room[ID_MAX + 1];
    struct ctx *c = test_cycle_open(&t, 11);
    const struct str id = test_cycle_create(c, 4, room);
    test_apply_many(c, id, 0, 11);
    test_walk(&t, id, 5);
    c = test_as(&t, &t.auditor);
    struct application_query q = application_query_all;
    q.limit = 4;
    struct list rows;
    int64_t total = 0;
    size_t seen = 0;
    struct str ids[11];
    for (int page = 0; page < 3; page++) {
        assert_int_equal(application_list(c, id, &q, &rows, &q.cursor, &total), ERR_OK);
        const struct application_row *v = rows.v;
        for (size_t i = 0; i < rows.n; i++, seen++) {
            assert_true(seen < 11);
            for (size_t k = 0; k < seen; k++)
                assert_false(str_eq(ids[k], v[i].anonymized_id));
            assert_true(str_starts(v[i].anonymized_id, S("ANON_")));
            assert_true(v[i].final_score > 0);
            ids[seen] = v[i].anonymized_id;
        }
    }
    assert_int_equal(seen, 11);
    assert_int_equal(total, 11);
    assert_null(q.cursor.p);
    q = application_query_all;
    q.status = APP_SELECTED;
    q.limit = 100;
    struct str next;
    assert_int_equal(application_list(c, id, &q, &rows, &next, &total), ERR_OK);
    assert_int_equal(rows.n, 4);
    assert_int_equal(total, 4);
    q.cursor = S("not!base64");
    assert_int_equal(application_list(c, id, &q, &rows, &next, &total), ERR_INVALID);
    test_cycle_close(&t);
}

static void small_groups_are_hidden(void **state)
{
    (void)state;
    struct test_cycle t;
    char room[ID_MAX + 1];
    struct dashboard_stats st;
    struct ctx *c = test_cycle_open(&t, 4);
    const struct str id = test_cycle_create(c, 2, room);
    test_apply_many(c, id, 0, 4);
    test_walk(&t, id, 4);
    c = test_as(&t, NULL);
    assert_int_equal(dashboard_stats_get(c, id, &st), ERR_OK);
    assert_int_equal(st.completed_evaluations, 4);
    assert_int_equal(st.average_score, SCHEMA_NULL_I64);
    assert_null(st.score_distribution.p);
    test_walk(&t, id, 0);
    struct phase_reply r;
    c = test_as(&t, &t.admin);
    assert_int_equal(test_step(c, id, "select", &r), ERR_OK);
    assert_int_equal(test_step(c, id, "publish", &r), ERR_OK);
    c = test_as(&t, NULL);
    assert_int_equal(dashboard_stats_get(c, (struct str){ NULL, 0 }, &st), ERR_OK);
    assert_true(st.average_score > 0);
    assert_non_null(st.score_distribution.p);
    assert_null(memmem(st.score_distribution.p, st.score_distribution.n, "null", 4));
    assert_int_equal(dashboard_stats_get(c, S("CYC_NONE"), &st), ERR_NOT_FOUND);
    test_cycle_close(&t);
}

/* A group below five is hidden, and the next smallest with it: the total would tell. */
static void subtraction_tells_nothing(void **state)
{
    (void)state;
    struct test_cycle t;
    char room[ID_MAX + 1];
    struct dashboard_stats st;
    struct ctx *c = test_cycle_open(&t, 20);
    const struct str id = test_cycle_create(c, 2, room);
    test_apply_many(c, id, 0, 20);
    test_walk(&t, id, 4);
    c = test_as(&t, NULL);
    const char *mark = "UPDATE final_scores SET final_score = CAST(:b AS DOUBLE PRECISION) WHERE "
                       "anonymized_id IN (SELECT anonymized_id FROM final_scores ORDER BY "
                       "anonymized_id LIMIT CAST(:a AS BIGINT))";
    test_exec(c, mark, S("20"), S("95"));
    test_exec(c, mark, S("9"), S("85"));
    test_exec(c, mark, S("3"), S("65"));
    assert_int_equal(dashboard_stats_get(c, id, &st), ERR_OK);
    assert_true(str_eq(st.score_distribution, S("{\"90-100\":11,\"80-89\":null,\"70-79\":0,"
                                                "\"60-69\":null,\"below-60\":0}")));
    assert_int_equal(st.average_score, (11 * 9500 + 6 * 8500 + 3 * 6500) / 20);
    test_exec(c, mark, S("20"), S("59.99"));
    assert_int_equal(dashboard_stats_get(c, id, &st), ERR_OK);
    assert_true(str_eq(st.score_distribution, S("{\"90-100\":0,\"80-89\":0,\"70-79\":0,"
                                                "\"60-69\":0,\"below-60\":20}")));
    assert_int_equal(st.average_score, 5999);
    test_cycle_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(preview_is_what_selection_does),
        cmocka_unit_test(previews_of_many),
        cmocka_unit_test(more_seats_than_people),
        cmocka_unit_test(nothing_shows_before_publication),
        cmocka_unit_test(staff_list_is_anonymous),
        cmocka_unit_test(small_groups_are_hidden),
        cmocka_unit_test(subtraction_tells_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
