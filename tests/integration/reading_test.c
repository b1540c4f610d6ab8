/* What members of staff read: the list by filter and order, one application whole, and what a
 * publication would tell. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "repo/reading_repo.h"
#include "service/publication.h"
#include "service/reading.h"
#include "support/test_cycle.h"

enum { PEOPLE = 23, PAGE = 4, TO_SCORED = 4, TEXT_MAX = 1 << 20 };

struct scored {
    struct test_cycle t;
    char room[ID_MAX + 1];
    struct str id;
};

static struct ctx *scored_open(struct scored *s, size_t steps)
{
    struct ctx *c = test_cycle_open(&s->t, PEOPLE);
    s->id = test_cycle_create(c, 4, s->room);
    test_apply_many(c, s->id, 0, PEOPLE);
    test_walk(&s->t, s->id, steps);
    return test_as(&s->t, &s->t.auditor);
}

/* All rows of the query, page by page; each once. */
static size_t read_all(struct ctx *c, struct str id, struct application_query q,
                       struct application_row out[PEOPLE])
{
    size_t n = 0;
    q.limit = PAGE;
    do {
        struct list rows;
        int64_t total = 0;
        assert_int_equal(application_list(c, id, &q, &rows, &q.cursor, &total), ERR_OK);
        const struct application_row *v = rows.v;
        for (size_t i = 0; i < rows.n; i++) {
            assert_true(n < PEOPLE);
            for (size_t k = 0; k < n; k++)
                assert_false(str_eq(out[k].anonymized_id, v[i].anonymized_id));
            out[n++] = v[i];
        }
    } while (q.cursor.p);
    return n;
}

static void orders_are_whole_and_turn_round(void **state)
{
    (void)state;
    struct scored s;
    struct ctx *c = scored_open(&s, TO_SCORED);
    struct application_row up[PEOPLE], down[PEOPLE];
    for (int32_t sort = READING_BY_ORDER; sort <= READING_BY_ATTEMPTS; sort++) {
        struct application_query q = application_query_all;
        q.sort = sort;
        assert_int_equal(read_all(c, s.id, q, up), PEOPLE);
        q.descending = true;
        assert_int_equal(read_all(c, s.id, q, down), PEOPLE);
        for (size_t i = 0; i < PEOPLE; i++)
            assert_true(str_eq(up[i].anonymized_id, down[PEOPLE - 1 - i].anonymized_id));
        for (size_t i = 1; sort == READING_BY_TOTAL && i < PEOPLE; i++)
            assert_true(up[i - 1].final_score <= up[i].final_score);
    }
    /* There are ties, or the order among equals would not have been tried. */
    assert_int_equal(up[0].attempts, up[1].attempts);
    test_cycle_close(&s.t);
}

static void after_is_the_neighbour(void **state)
{
    (void)state;
    struct scored s;
    struct ctx *c = scored_open(&s, TO_SCORED);
    struct application_row all[PEOPLE];
    struct application_query q = application_query_all;
    struct list rows;
    struct str next;
    int64_t total = 0;
    q.sort = READING_BY_ESSAY;
    q.descending = true;
    assert_int_equal(read_all(c, s.id, q, all), PEOPLE);
    for (size_t i = 0; i < PEOPLE; i++) {
        q.after = all[i].anonymized_id;
        q.limit = 1;
        q.descending = true;
        assert_int_equal(application_list(c, s.id, &q, &rows, &next, &total), ERR_OK);
        const struct application_row *v = rows.v;
        assert_int_equal(rows.n, i + 1 < PEOPLE ? 1 : 0);
        assert_true(rows.n == 0 || str_eq(v[0].anonymized_id, all[i + 1].anonymized_id));
        q.descending = false;
        assert_int_equal(application_list(c, s.id, &q, &rows, &next, &total), ERR_OK);
        v = rows.v;
        assert_int_equal(rows.n, i ? 1 : 0);
        assert_true(rows.n == 0 || str_eq(v[0].anonymized_id, all[i - 1].anonymized_id));
    }
    q.after = S("ANON_NOBODY");
    assert_int_equal(application_list(c, s.id, &q, &rows, &next, &total), ERR_INVALID);
    test_cycle_close(&s.t);
}

static int64_t matches(struct ctx *c, struct str id, const struct application_query *q)
{
    struct list rows;
    struct str next;
    int64_t total = 0;
    assert_int_equal(application_list(c, id, q, &rows, &next, &total), ERR_OK);
    assert_int_equal(total, (int64_t)rows.n);
    return total;
}

static void filters_count_what_they_show(void **state)
{
    (void)state;
    struct scored s;
    struct ctx *c = scored_open(&s, TO_SCORED);
    struct application_row all[PEOPLE];
    struct application_query q = application_query_all;
    assert_int_equal(read_all(c, s.id, q, all), PEOPLE);
    const int64_t mark = all[7].final_score;
    int64_t at = 0, above = 0;
    for (size_t i = 0; i < PEOPLE; i++) {
        at += all[i].final_score == mark;
        above += all[i].final_score >= mark;
    }
    assert_true(at > 1 && above < PEOPLE + 1);
    q.total_min = mark;
    assert_int_equal(matches(c, s.id, &q), above);
    q.total_max = mark;
    assert_int_equal(matches(c, s.id, &q), at);
    q.total_min = SCHEMA_NULL_I64;
    assert_int_equal(matches(c, s.id, &q), PEOPLE - above + at);
    q = application_query_all;
    q.id = str_sub(all[3].anonymized_id, 8, 20);
    assert_int_equal(matches(c, s.id, &q), 1);
    q.id = S("anon");
    struct list rows;
    struct str next;
    int64_t total = 0;
    assert_int_equal(application_list(c, s.id, &q, &rows, &next, &total), ERR_INVALID);
    q = application_query_all;
    q.condition = READING_FLAGGED;
    assert_int_equal(matches(c, s.id, &q), 0);
    test_exec(c, "UPDATE anonymized_applications SET injection_score = 3 WHERE anonymized_id = :a",
              all[5].anonymized_id, S(""));
    assert_int_equal(matches(c, s.id, &q), 1);
    q.condition = READING_HELD;
    assert_int_equal(matches(c, s.id, &q), 0);
    test_exec(c,
              "UPDATE anonymized_applications SET held_reason = 'density' WHERE anonymized_id = :a",
              all[6].anonymized_id, S(""));
    assert_int_equal(matches(c, s.id, &q), 1);
    q.condition = READING_REVIEW;
    assert_int_equal(matches(c, s.id, &q), 0);
    test_exec(c,
              "INSERT INTO evaluation_reviews (anonymized_id, admission_cycle_id, reason, signs, "
              "opened_at) SELECT :a, :b, 'flagged', 0, created_at FROM anonymized_applications "
              "WHERE anonymized_id = :a",
              all[2].anonymized_id, s.id);
    assert_int_equal(matches(c, s.id, &q), 1);
    /* Before there are marks an upper bound finds nobody. */
    test_exec(c, "DELETE FROM final_score_texts WHERE anonymized_id = :a OR anonymized_id = :b",
              all[0].anonymized_id, S(""));
    test_exec(c, "DELETE FROM final_scores WHERE anonymized_id = :a OR anonymized_id = :b",
              all[0].anonymized_id, S(""));
    q = application_query_all;
    q.total_max = 10000;
    assert_int_equal(matches(c, s.id, &q), PEOPLE - 1);
    test_cycle_close(&s.t);
}

static bool holds(struct str text, const char *words)
{
    return memmem(text.p, text.n, words, strlen(words)) != NULL;
}

static void one_is_whole_and_nobody(void **state)
{
    (void)state;
    struct scored s;
    struct ctx *c = scored_open(&s, TO_SCORED);
    struct application_row all[PEOPLE];
    struct reading r;
    assert_int_equal(read_all(c, s.id, application_query_all, all), PEOPLE);
    const struct str anon = all[0].anonymized_id;
    assert_int_equal(reading_get(c, s.id, anon, &r), ERR_OK);
    assert_true(str_eq(r.anonymized_id, anon) && r.status == APP_SCORED && !r.held);
    assert_int_equal(r.final_score, all[0].final_score);
    assert_true(holds(r.essay, "kept bees") && holds(r.achievements, "science fair"));
    assert_true(r.percentile >= 0 && r.academic_computed > 0 && r.explanation.n > 0);
    assert_int_equal(r.attempts.n, 1);
    const struct reading_attempt *at = r.attempts.v;
    assert_true(at->attempt == 1 && at->total_score == r.final_score);
    assert_true(str_eq(at->decision, S("approved")) && at->quality >= 7500);
    const struct reading_weights *w = r.weights;
    assert_int_equal(w->academic + w->test + w->achievement + w->essay, 100);
    struct buf b;
    buf_init(&b, c->mem, TEXT_MAX);
    schema_encode(&reading_schema, &r, &b);
    static const char *const never[] = { "APP_", "STU_", "Testwell", "example.", "@" };
    for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
        assert_false(holds(buf_view(&b), never[i]));
    /* What the scrubber could not vouch for is closed, here as for evaluators. */
    test_exec(c,
              "UPDATE anonymized_applications SET held_reason = 'density' WHERE anonymized_id = :a",
              anon, S(""));
    assert_int_equal(reading_get(c, s.id, anon, &r), ERR_OK);
    assert_true(r.held && !r.essay.p && !r.achievements.p);
    assert_int_equal(reading_get(c, S("CYC_NONE"), anon, &r), ERR_NOT_FOUND);
    assert_int_equal(reading_get(c, s.id, S("ANON_NOBODY"), &r), ERR_NOT_FOUND);
    test_cycle_close(&s.t);
}

static int64_t told(const struct publication *p, int32_t status)
{
    const struct publication_part *v = p->parts.v;
    for (size_t i = 0; i < p->parts.n; i++)
        if (v[i].status == status) {
            assert_true(str_eq(v[i].message, str_of(application_status_message(status))));
            return v[i].applicants;
        }
    return 0;
}

static void a_publication_tells_what_it_will(void **state)
{
    (void)state;
    struct scored s;
    struct ctx *c = scored_open(&s, TO_SCORED);
    struct publication p;
    assert_int_equal(publication_preview(c, s.id, &p), ERR_OK);
    assert_int_equal(p.cutoff_score, SCHEMA_NULL_I64);
    assert_int_equal(told(&p, APP_SCORED), PEOPLE);
    struct phase_reply step;
    c = test_as(&s.t, &s.t.admin);
    assert_int_equal(test_step(c, s.id, "select", &step), ERR_OK);
    c = test_as(&s.t, &s.t.auditor);
    assert_int_equal(publication_preview(c, s.id, &p), ERR_OK);
    assert_false(p.published);
    assert_int_equal(told(&p, APP_SELECTED), 4);
    assert_int_equal(told(&p, APP_NOT_SELECTED), PEOPLE - 4);
    assert_int_equal(p.cutoff_score, step.cutoff);
    assert_true(p.criteria.n > 0 && p.decided_at > 0);
    /* Whoever was invited and got no seat is told that. */
    test_exec(c, "UPDATE applications SET status = 'shortlisted' WHERE status = :a OR status = :b",
              S("selected"), S(""));
    assert_int_equal(publication_preview(c, s.id, &p), ERR_OK);
    assert_int_equal(told(&p, APP_NOT_SELECTED), PEOPLE);
    assert_int_equal(publication_preview(c, S("CYC_NONE"), &p), ERR_NOT_FOUND);
    test_cycle_close(&s.t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(orders_are_whole_and_turn_round),
        cmocka_unit_test(after_is_the_neighbour),
        cmocka_unit_test(filters_count_what_they_show),
        cmocka_unit_test(one_is_whole_and_nobody),
        cmocka_unit_test(a_publication_tells_what_it_will),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
