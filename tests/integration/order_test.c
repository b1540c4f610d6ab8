/* Nothing behind the firewall follows the order of the submissions: not the anonymous ids, not
 * their rows, times and orders, not the log's entries, not the evaluations. Measured by Spearman's
 * rank correlation: at most 0.1, which n independent pairs of this n exceed in one of a million
 * tries. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>

#include "support/test_cycle.h"

enum { N = 2500, IDS = 400 };

struct pair {
    double x, y;
};

static int by_x(const void *a, const void *b)
{
    const double p = ((const struct pair *)a)->x, q = ((const struct pair *)b)->x;
    return (p > q) - (p < q);
}
static int by_y(const void *a, const void *b)
{
    const double p = ((const struct pair *)a)->y, q = ((const struct pair *)b)->y;
    return (p > q) - (p < q);
}

/* Equal values share the mean of their ranks. */
static void rank_x(struct pair *v, size_t n)
{
    qsort(v, n, sizeof(*v), by_x);
    for (size_t i = 0; i < n;) {
        size_t end = i + 1;
        while (end < n && v[end].x == v[i].x)
            end++;
        const double rank = ((double)i + (double)end - 1) / 2;
        for (; i < end; i++)
            v[i].x = rank;
    }
}
static void swap(struct pair *v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        v[i] = (struct pair){ v[i].y, v[i].x };
}

static double spearman(struct pair *v, size_t n)
{
    rank_x(v, n);
    swap(v, n);
    rank_x(v, n);
    double sx = 0, sy = 0, sxx = 0, syy = 0, sxy = 0;
    for (size_t i = 0; i < n; i++) {
        sx += v[i].x;
        sy += v[i].y;
        sxx += v[i].x * v[i].x;
        syy += v[i].y * v[i].y;
        sxy += v[i].x * v[i].y;
    }
    const double m = (double)n;
    const double cov = sxy - sx * sy / m, vx = sxx - sx * sx / m, vy = syy - sy * sy / m;
    return vx > 0 && vy > 0 ? cov / sqrt(vx * vy) : 0;
}

/* Rows in the order of `sql`, each with the index of its submission: a says the student. */
static double against_submission(struct ctx *c, const char *sql, struct str cycle_id, size_t *ret_n)
{
    static struct pair v[2 * N];
    struct list rows = test_rows(c, sql, cycle_id);
    const struct test_text *r = rows.v;
    assert_true(rows.n <= 2 * N);
    for (size_t i = 0; i < rows.n; i++) {
        int64_t student = 0;
        assert_true(str_i64(r[i].a, &student)); /* "1" before the digits of the id */
        v[i] = (struct pair){ (double)student, (double)i };
    }
    *ret_n = rows.n;
    return spearman(v, rows.n);
}

static const struct {
    const char *what, *sql;
} looks[] = {
    { "anonymous ids",
      "SELECT '1' || substr(a.student_id, 25) AS a, '' AS b FROM anonymized_applications x JOIN "
      "applications a ON a.application_id = x.application_id WHERE x.admission_cycle_id = :a "
      "ORDER BY x.anonymized_id" },
    { "evaluation order",
      "SELECT '1' || substr(a.student_id, 25) AS a, '' AS b FROM anonymized_applications x JOIN "
      "applications a ON a.application_id = x.application_id WHERE x.admission_cycle_id = :a "
      "ORDER BY x.eval_order" },
    { "scrubbing order",
      "SELECT '1' || substr(a.student_id, 25) AS a, '' AS b FROM applications a WHERE "
      "a.admission_cycle_id = :a ORDER BY a.scrub_order" },
    { "rows of the mapping",
      "SELECT '1' || substr(a.student_id, 25) AS a, '' AS b FROM identity_mapping m JOIN "
      "applications a ON a.application_id = m.application_id WHERE m.admission_cycle_id = :a "
      "ORDER BY m.mapping_id" },
    { "times of scrubbing",
      "SELECT '1' || substr(a.student_id, 25) AS a, '' AS b FROM anonymized_applications x JOIN "
      "applications a ON a.application_id = x.application_id WHERE x.admission_cycle_id = :a "
      "ORDER BY x.created_at, x.anonymized_id" },
    { "entries of scrubbing",
      "SELECT '1' || substr(a.student_id, 25) AS a, '' AS b FROM audit_entry e JOIN "
      "anonymized_applications x ON 'anon:' || x.anonymized_id = e.subj JOIN applications a ON "
      "a.application_id = x.application_id WHERE e.act = 'identity.scrub' AND e.cycle_id = :a "
      "ORDER BY e.idx" },
    { "entries of scores",
      "SELECT '1' || substr(a.student_id, 25) AS a, '' AS b FROM audit_entry e JOIN "
      "anonymized_applications x ON 'anon:' || x.anonymized_id = e.subj JOIN applications a ON "
      "a.application_id = x.application_id WHERE e.act = 'score.final' AND e.cycle_id = :a "
      "ORDER BY e.idx" },
    { "times of evaluations",
      "SELECT '1' || substr(a.student_id, 25) AS a, '' AS b FROM worker_results w JOIN "
      "anonymized_applications x ON x.anonymized_id = w.anonymized_id JOIN applications a ON "
      "a.application_id = x.application_id WHERE x.admission_cycle_id = :a "
      "ORDER BY w.timestamp, w.result_id" },
    { "rows of final scores",
      "SELECT '1' || substr(a.student_id, 25) AS a, '' AS b FROM final_scores f JOIN "
      "anonymized_applications x ON x.anonymized_id = f.anonymized_id JOIN applications a ON "
      "a.application_id = x.application_id WHERE f.admission_cycle_id = :a ORDER BY f.score_id" },
};

static void nothing_follows_the_submissions(void **state)
{
    (void)state;
    struct test_cycle t;
    char room[ID_MAX + 1];
    struct ctx *c = test_cycle_open(&t, N);
    const double limit = 0.1;
    t.settings.chunk_items = 200;
    test_cycle_create(c, 20, room);
    c = test_as(&t, &t.admin);
    test_apply_many(c, str_of(room), 0, N);
    test_walk(&t, str_of(room), 5);
    /* The measure sees an order where there is one: submissions follow the students. */
    size_t n = 0;
    c = test_as(&t, &t.admin);
    const double sure =
        against_submission(c,
                           "SELECT '1' || substr(a.student_id, 25) AS a, '' AS b FROM audit_entry "
                           "e JOIN applications a ON 'application:' || a.application_id = e.subj "
                           "WHERE e.act = 'application.submit' AND e.cycle_id = :a ORDER BY e.idx",
                           str_of(room), &n);
    assert_int_equal(n, N);
    assert_true(sure > 0.99);
    /* Metrics belong to applications, not to anonymous rows, and lie in their order: row beside row
     * they say no more than the identifiers that they hold. */
    c = test_as(&t, &t.admin);
    const struct list metrics = test_rows(c,
                                          "SELECT application_id AS a, '' AS b FROM "
                                          "deterministic_metrics WHERE admission_cycle_id = :a "
                                          "ORDER BY metric_id",
                                          str_of(room));
    assert_int_equal(metrics.n, N);
    const struct test_text *m = metrics.v;
    for (size_t i = 1; i < N; i++)
        assert_true(str_cmp(m[i - 1].a, m[i].a) < 0);
    for (size_t i = 0; i < sizeof(looks) / sizeof(looks[0]); i++) {
        c = test_as(&t, &t.admin);
        const double rho = against_submission(c, looks[i].sql, str_of(room), &n);
        if (n < N || fabs(rho) > limit)
            fail_msg("%s: rho %.3f over %zu, at most %.3f", looks[i].what, rho, n, limit);
    }
    test_cycle_close(&t);
}

/* Ids hold no time: the first characters of ids of one moment are as spread as the last. */
static void ids_hold_no_time(void **state)
{
    (void)state;
    struct test_cycle t;
    static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    struct ctx *c = test_cycle_open(&t, 0);
    for (size_t place = 5; place < 31; place++) {
        int seen[32] = { 0 }, distinct = 0;
        for (int i = 0; i < IDS; i++) {
            c = test_as(&t, NULL);
            const struct str id = id_random(c, "ANON_");
            assert_int_equal(id.n, 31);
            const char *digit = strchr(digits, id.p[place]);
            assert_non_null(digit);
            distinct += seen[digit - digits]++ == 0;
        }
        /* 26 characters hold 130 bits, so that the first takes 8 values; the others 32. */
        assert_true(distinct >= (place == 5 ? 8 : 25));
    }
    test_cycle_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_follows_the_submissions),
        cmocka_unit_test(ids_hold_no_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
