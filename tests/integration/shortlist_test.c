/* Selection by a shortlist: who is invited, who gets a seat by both scores together, what holds the
 * final selection back, what publication does without one, and what applicants see meanwhile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "service/audit_verify.h"
#include "service/interview.h"
#include "support/test_shortlist.h"

static const struct selection_weights half = { 50, 50 };

static int64_t status_count_of(struct ctx *c, const char *status)
{
    const int64_t n = test_count(c, "SELECT COUNT(*) AS n FROM final_scores WHERE status = :a",
                                 str_of(status), S(""));
    assert_int_equal(test_count(c, "SELECT COUNT(*) AS n FROM applications WHERE status = :a",
                                str_of(status), S("")),
                     n);
    return n;
}

/* Whether the newest entry of that act holds the member. */
static bool logged(struct ctx *c, const char *act, const char *member)
{
    const struct audit_filter f = { .limit = 1, .action = str_of(act) };
    struct list rows;
    struct str next;
    test_db_must(c, audit_list(c, &f, &rows, &next), "audit_list");
    const struct audit_row *r = rows.v;
    return rows.n && memmem(r->details.p, r->details.n, member, strlen(member));
}

static void must_verify(struct ctx *c)
{
    struct verify_report r = { 0 };
    const struct verify_options o = { .rows = true };
    test_db_must(c, audit_verify(c, &o, &r), "verify");
    const struct verify_invalid *v = r.invalid_entries.v;
    for (size_t i = 0; i < r.invalid_entries.n; i++)
        print_error("  %lld %.*s: %.*s\n", (long long)v[i].index, STR_ARG(v[i].code),
                    STR_ARG(v[i].detail));
    assert_true(r.is_valid);
}

/* n applications scored, then a shortlist of factor x seats. */
static struct ctx *open_shortlist(struct test_cycle *t, int n, int64_t seats, int64_t factor,
                                  char room[ID_MAX + 1])
{
    struct phase_reply r;
    struct ctx *c = test_cycle_open(t, n);
    const struct str id = test_cycle_create(c, seats, room);
    test_apply_many(c, id, 0, n);
    test_walk(t, id, 4);
    c = test_as(t, &t->admin);
    assert_int_equal(test_shortlist(c, id, factor, half, &r), ERR_OK);
    const int64_t invited = n < seats * factor ? n : seats * factor;
    assert_int_equal(r.selected, 0);
    assert_int_equal(r.shortlisted, invited);
    assert_int_equal(r.not_selected, n - invited);
    assert_int_equal(r.cycle.phase, PHASE_SELECTION);
    assert_int_equal(r.cycle.selected_count, 0);
    assert_true(r.cutoff > 0);
    assert_non_null(memmem(r.criteria.p, r.criteria.n, "\"mode\":\"shortlist\"", 18));
    assert_int_equal(status_count_of(c, "shortlisted"), invited);
    assert_int_equal(status_count_of(c, "not_selected"), n - invited);
    must_verify(test_as(t, NULL));
    return test_as(t, &t->admin);
}

/* Interviews for all; the i-th in the order of the ids has marks of i x 0.25. */
static void interview_all(struct test_cycle *t)
{
    struct ctx *c = test_as(t, &t->admin);
    struct list all = test_by_status(c, "shortlisted");
    const struct test_text *v = all.v;
    for (size_t i = 0; i < all.n; i++)
        test_interview(c, v[i].a, t->admin.id, (int64_t)i * 25);
}

/* Whoever has a seat has a combined score at least as high as whoever has none. */
static int64_t combined_edge(struct ctx *c, const char *sql)
{
    return test_count(c, sql, S(""), S(""));
}
#define COMBINED_                                                                                  \
    "CAST(ROUND(f.final_score * 100) + ROUND(s.final_interview_score * 1000) AS BIGINT)"
#define FINALISTS_                                                                                 \
    " AS n FROM final_scores f JOIN anonymized_applications x "                                    \
    "ON x.anonymized_id = f.anonymized_id JOIN interviews i "                                      \
    "ON i.application_id = x.application_id JOIN interview_scores s ON s.interview_id = i.id "     \
    "WHERE f.status = "

static void twice_the_seats_are_invited(void **state)
{
    (void)state;
    struct test_cycle t;
    char room[ID_MAX + 1];
    struct phase_reply r;
    struct cycle_status st;
    struct ctx *c = open_shortlist(&t, 30, 6, 2, room);
    const struct str id = str_of(room);
    assert_int_equal(test_acts(c, "selection.score"), 0);
    interview_all(&t);
    c = test_as(&t, &t.admin);
    assert_int_equal(cycle_status_get(c, id, &st), ERR_OK);
    assert_true(str_eq(st.next_verb, S("final-select")));
    assert_null(st.blocked_by.p);
    assert_int_equal(((const struct cycle_stats *)st.stats)->shortlisted, 12);
    assert_int_equal(((const struct cycle_stats *)st.stats)->scored, 30);
    assert_int_equal(test_step(c, id, "final-select", &r), ERR_OK);
    assert_int_equal(r.selected, 6);
    assert_int_equal(r.not_selected, 6);
    assert_int_equal(r.cycle.phase, PHASE_SELECTION);
    assert_int_equal(r.cycle.selected_count, 6);
    assert_int_equal(status_count_of(c, "selected"), 6);
    assert_int_equal(status_count_of(c, "not_selected"), 24);
    const int64_t least = combined_edge(c, "SELECT MIN(" COMBINED_ ")" FINALISTS_ "'selected'");
    const int64_t most = combined_edge(c, "SELECT MAX(" COMBINED_ ")" FINALISTS_ "'not_selected'");
    assert_true(least >= most);
    assert_int_equal(r.cutoff, (least + 1) / 2);
    assert_int_equal(test_acts(c, "selection.final"), 1);
    assert_int_equal(test_acts(c, "selection.score"), 12);
    assert_int_equal(test_count(c, "SELECT COUNT(*) AS n FROM selection_logs", S(""), S("")), 2);
    must_verify(test_as(&t, NULL));
    c = test_as(&t, &t.admin);
    assert_int_equal(cycle_status_get(c, id, &st), ERR_OK);
    assert_true(str_eq(st.next_verb, S("publish")));
    assert_int_equal(test_step(c, id, "final-select", &r), ERR_PHASE); /* once */
    assert_non_null(strstr(c->fault.text, "the final selection was made already"));
    c = test_as(&t, &t.admin);
    assert_int_equal(test_step(c, id, "publish", &r), ERR_OK);
    assert_int_equal(status_count_of(c, "selected"), 6);
    assert_int_equal(test_step(c, id, "complete", &r), ERR_OK);
    must_verify(test_as(&t, NULL));
    test_cycle_close(&t);
}

static void fewer_people_than_seats(void **state)
{
    (void)state;
    struct test_cycle t;
    char room[ID_MAX + 1];
    struct phase_reply r;
    struct ctx *c = open_shortlist(&t, 5, 8, 3, room);
    interview_all(&t);
    c = test_as(&t, &t.admin);
    assert_int_equal(test_step(c, str_of(room), "final-select", &r), ERR_OK);
    assert_int_equal(r.selected, 5);
    assert_int_equal(r.not_selected, 0);
    must_verify(test_as(&t, NULL));
    test_cycle_close(&t);
}

/* Of 20 applications each fifth has the same marks: four equal scores at a time. Five seats by two
 * cut a group of four; equal interviews make the finalists tie again. */
static void ties_at_both_cutoffs_go_by_the_seed(void **state)
{
    (void)state;
    struct test_cycle t;
    char room[ID_MAX + 1];
    struct phase_reply r;
    struct ctx *c = open_shortlist(&t, 20, 5, 2, room);
    const struct str id = str_of(room);
    struct list seed = test_rows(
        c, "SELECT freeze_leaf AS a, freeze_leaf AS b FROM admission_cycles WHERE cycle_id = :a",
        id);
    char hex[65];
    snprintf(hex, sizeof(hex), "%.*s", STR_ARG(((const struct test_text *)seed.v)->a));
    static const char *const sides[][2] = { { "shortlisted", "not_selected" },
                                            { "selected", "not_selected" } };
    for (int round = 0; round < 2; round++) {
        c = test_as(&t, &t.admin);
        /* The tied group is split: every winner's key is below every loser's. */
        struct list rows = test_rows(c,
                                     "SELECT f.anonymized_id AS a, f.status AS b FROM final_scores "
                                     "f WHERE f.final_score = (SELECT MIN(g.final_score) FROM "
                                     "final_scores g WHERE g.status = :a)",
                                     str_of(sides[round][0]));
        const struct test_text *v = rows.v;
        size_t in = 0, out = 0;
        for (size_t i = 0; i < rows.n; i++) {
            if (!str_eq(v[i].b, str_of(sides[round][0])))
                continue;
            in++;
            for (size_t k = 0; k < rows.n; k++) {
                if (!str_eq(v[k].b, str_of(sides[round][1])))
                    continue;
                const struct hash x = tiebreak_key(str_of(hex), v[i].a);
                const struct hash y = tiebreak_key(str_of(hex), v[k].a);
                assert_true(memcmp(x.b, y.b, SHA256_N) < 0);
            }
        }
        out = rows.n - in;
        assert_true(in > 0 && out > 0);
        if (round)
            break;
        struct list all = test_by_status(c, "shortlisted");
        v = all.v;
        for (size_t i = 0; i < all.n; i++)
            test_interview(c, v[i].a, t.admin.id, 700);
        c = test_as(&t, &t.admin);
        assert_int_equal(test_step(c, id, "final-select", &r), ERR_OK);
        assert_non_null(memmem(r.criteria.p, r.criteria.n, "\"tied_at_cutoff\":4", 18));
    }
    must_verify(test_as(&t, NULL));
    test_cycle_close(&t);
}

static void missing_interviews_hold_it_back(void **state)
{
    (void)state;
    struct test_cycle t;
    char room[ID_MAX + 1];
    struct phase_reply r;
    struct cycle_status st;
    struct ctx *c = open_shortlist(&t, 12, 3, 2, room);
    const struct str id = str_of(room);
    int64_t entries = test_count(c, "SELECT COUNT(*) AS n FROM audit_entry", S(""), S(""));
    assert_int_equal(test_step(c, id, "final-select", &r), ERR_PHASE);
    assert_int_equal(test_count(c, "SELECT COUNT(*) AS n FROM audit_entry", S(""), S("")), entries);
    assert_non_null(strstr(c->fault.text, "6 shortlisted applications have no interview: ANON_"));
    c = test_as(&t, &t.admin);
    struct list all = test_by_status(c, "shortlisted");
    const struct test_text *v = all.v;
    char named[ID_MAX + 1];
    snprintf(named, sizeof(named), "%.*s", STR_ARG(v[0].a));
    test_interview(c, v[0].a, t.admin.id, -1);
    for (size_t i = 1; i < all.n; i++)
        test_interview(c, v[i].a, t.admin.id, 500 + 50 * (int64_t)i);
    c = test_as(&t, &t.admin);
    assert_int_equal(test_step(c, id, "final-select", &r), ERR_PHASE);
    assert_non_null(strstr(c->fault.text, "1 interview has no score yet: ANON_"));
    assert_non_null(strstr(c->fault.text, named));
    assert_null(strstr(c->fault.text, "APP_"));
    c = test_as(&t, &t.admin);
    assert_int_equal(cycle_status_get(c, id, &st), ERR_OK);
    assert_non_null(memmem(st.blocked_by.p, st.blocked_by.n, "1 interview has no score", 24));
    /* A cancelled interview counts as none, and the application may have another one. */
    const struct interview_cancel cancel = { .code = INTERVIEW_NO_SHOW };
    const int64_t number = test_count(c,
                                      "SELECT i.id AS n FROM interviews i "
                                      "JOIN anonymized_applications x "
                                      "ON x.application_id = i.application_id "
                                      "WHERE x.anonymized_id = :a",
                                      str_of(named), S(""));
    assert_int_equal(interview_cancel(c, number, &cancel, S("*")), ERR_OK);
    entries = test_count(c, "SELECT COUNT(*) AS n FROM audit_entry", S(""), S(""));
    assert_int_equal(test_step(c, id, "final-select", &r), ERR_PHASE);
    assert_non_null(strstr(c->fault.text, "1 shortlisted application has no interview: ANON_"));
    c = test_as(&t, &t.admin);
    assert_int_equal(test_count(c, "SELECT COUNT(*) AS n FROM audit_entry", S(""), S("")), entries);
    assert_int_equal(status_count_of(c, "shortlisted"), 6);
    test_interview(c, str_of(named), t.admin.id, 1000);
    assert_int_equal(test_step(c, id, "final-select", &r), ERR_OK);
    assert_int_equal(r.selected, 3);
    must_verify(test_as(&t, NULL));
    test_cycle_close(&t);
}

static err force_final(struct ctx *c, struct str id, struct phase_reply *ret)
{
    const struct phase_request q = { .cycle_id = id, .verb = "final-select", .force = true };
    return phase_step(c, &q, ret);
}

static void force_decides_without_interviews(void **state)
{
    (void)state;
    struct test_cycle t;
    char room[ID_MAX + 1];
    struct phase_reply r;
    struct ctx *c = open_shortlist(&t, 12, 4, 2, room);
    const struct str id = str_of(room);
    struct list all = test_by_status(c, "shortlisted");
    const struct test_text *v = all.v;
    for (size_t i = 0; i < 3; i++)
        test_interview(c, v[i].a, t.admin.id, 100);
    test_interview(c, v[3].a, t.admin.id, -1);
    assert_int_equal(force_final(c, id, &r), ERR_FORBIDDEN);
    c = test_as(&t, &t.super);
    assert_int_equal(force_final(c, id, &r), ERR_OK);
    assert_int_equal(r.selected, 3); /* a seat stays empty rather than go to one without a score */
    assert_int_equal(r.not_selected, 5);
    assert_non_null(memmem(r.criteria.p, r.criteria.n, "\"without_interview_score\":5", 27));
    assert_int_equal(status_count_of(c, "selected"), 3);
    assert_int_equal(status_count_of(c, "failed"), 0);
    assert_true(logged(c, "selection.final", "\"forced\":5"));
    must_verify(test_as(&t, NULL));
    c = test_as(&t, &t.admin);
    assert_int_equal(test_step(c, id, "publish", &r), ERR_OK);
    must_verify(test_as(&t, NULL));
    test_cycle_close(&t);
}

static void force_without_any_interview(void **state)
{
    (void)state;
    struct test_cycle t;
    char room[ID_MAX + 1];
    struct phase_reply r;
    (void)open_shortlist(&t, 6, 2, 2, room);
    struct ctx *c = test_as(&t, &t.super);
    assert_int_equal(force_final(c, str_of(room), &r), ERR_OK);
    assert_int_equal(r.selected, 0);
    assert_int_equal(r.not_selected, 4);
    assert_int_equal(r.cutoff, 0);
    must_verify(test_as(&t, NULL));
    test_cycle_close(&t);
}

static void direct_cycles_have_no_final_selection(void **state)
{
    (void)state;
    struct test_cycle t;
    char room[ID_MAX + 1];
    struct phase_reply r;
    struct ctx *c = test_cycle_open(&t, 6);
    const struct str id = test_cycle_create(c, 2, room);
    test_apply_many(c, id, 0, 6);
    assert_int_equal(test_step(c, id, "final-select", &r), ERR_PHASE);
    assert_non_null(strstr(c->fault.text, "final-select needs 'selection'"));
    test_walk(&t, id, 5);
    c = test_as(&t, &t.super);
    assert_int_equal(test_step(c, id, "final-select", &r), ERR_PHASE);
    assert_non_null(strstr(c->fault.text, "the cycle was selected directly"));
    c = test_as(&t, &t.super);
    assert_int_equal(force_final(c, id, &r), ERR_PHASE); /* force makes no shortlist */
    c = test_as(&t, &t.admin);
    assert_int_equal(test_step(c, id, "publish", &r), ERR_OK);
    must_verify(test_as(&t, NULL));
    test_cycle_close(&t);
}

static void publication_ends_a_waiting_shortlist(void **state)
{
    (void)state;
    struct test_cycle t;
    char room[ID_MAX + 1];
    struct phase_reply r;
    struct ctx *c = open_shortlist(&t, 8, 2, 2, room);
    assert_int_equal(test_step(c, str_of(room), "publish", &r), ERR_OK);
    assert_int_equal(status_count_of(c, "shortlisted"), 0);
    assert_int_equal(status_count_of(c, "not_selected"), 8);
    assert_true(logged(c, "cycle.publish", "\"shortlisted\":4"));
    must_verify(test_as(&t, NULL));
    c = test_as(&t, &t.admin);
    assert_int_equal(test_step(c, str_of(room), "final-select", &r), ERR_PHASE);
    test_cycle_close(&t);
}

static void applicants_see_nothing_before_publication(void **state)
{
    (void)state;
    struct test_cycle t;
    char room[ID_MAX + 1], apps[10][ID_MAX + 1];
    struct phase_reply r;
    struct application_state st;
    struct dashboard_stats stats;
    struct ctx *c = open_shortlist(&t, 10, 2, 2, room);
    const struct str id = str_of(room);
    for (int i = 0; i < 10; i++) {
        struct list rows = test_rows(c,
                                     "SELECT application_id AS a, status AS b FROM applications "
                                     "WHERE student_id = :a",
                                     test_student_id(c->mem, i));
        snprintf(apps[i], sizeof(apps[i]), "%.*s", STR_ARG(((const struct test_text *)rows.v)->a));
    }
    for (int stage = 0; stage < 3; stage++) {
        int64_t selected = 0;
        for (int i = 0; i < 10; i++) {
            c = test_as_student(&t, i);
            assert_int_equal(application_state_get(c, str_of(apps[i]), &st), ERR_OK);
            selected += st.status == APP_SELECTED;
            if (stage < 2)
                assert_int_equal(st.status, APP_SCORED);
        }
        assert_int_equal(selected, stage < 2 ? 0 : 2);
        c = test_as(&t, NULL);
        assert_int_equal(dashboard_stats_get(c, id, &stats), ERR_OK);
        assert_null(memmem(stats.processing_stats.p, stats.processing_stats.n, "shortlisted", 11));
        if (stage == 0)
            interview_all(&t);
        c = test_as(&t, &t.admin);
        if (stage < 2)
            assert_int_equal(test_step(c, id, stage ? "publish" : "final-select", &r), ERR_OK);
    }
    test_cycle_close(&t);
}

static void previews_know_both_modes(void **state)
{
    (void)state;
    struct test_cycle t;
    char room[ID_MAX + 1];
    struct selection_preview p;
    struct phase_reply r;
    struct ctx *c = test_cycle_open(&t, 12);
    const struct str id = test_cycle_create(c, 3, room);
    test_apply_many(c, id, 0, 12);
    test_walk(&t, id, 4);
    c = test_as(&t, &t.auditor);
    const struct selection_plan plan = { .mode = SELECT_SHORTLIST, .factor = 3, .weights = half };
    assert_int_equal(selection_preview(c, id, 0, &plan, &p), ERR_OK);
    assert_int_equal(p.mode, SELECT_SHORTLIST);
    assert_int_equal(p.seats, 3);
    assert_int_equal(p.selected_count, 0);
    assert_int_equal(p.shortlisted_count, 9);
    assert_int_equal(p.not_selected_count, 3);
    const struct selection_row *rows = p.rows.v;
    const int64_t cutoff = p.cutoff_score;
    for (size_t i = 0; i < p.rows.n; i++) {
        assert_false(rows[i].selected);
        assert_int_equal(rows[i].shortlisted, i < 9);
    }
    c = test_as(&t, &t.admin);
    assert_int_equal(test_shortlist(c, id, 3, half, &r), ERR_OK);
    assert_int_equal(r.shortlisted, 9);
    assert_int_equal(r.cutoff, cutoff);
    test_cycle_close(&t);
}

/* Weights decide: by the interview alone the order of the applications does not matter. */
static void weights_are_those_of_the_shortlist(void **state)
{
    (void)state;
    struct test_cycle t;
    char room[ID_MAX + 1], best[ID_MAX + 1];
    struct phase_reply r;
    struct ctx *c = test_cycle_open(&t, 10);
    const struct str id = test_cycle_create(c, 1, room);
    test_apply_many(c, id, 0, 10);
    test_walk(&t, id, 4);
    c = test_as(&t, &t.admin);
    const struct selection_weights interview_alone = { 0, 100 };
    assert_int_equal(test_shortlist(c, id, 10, interview_alone, &r), ERR_OK);
    struct list rows = test_rows(c,
                                 "SELECT anonymized_id AS a, anonymized_id AS b FROM final_scores "
                                 "ORDER BY final_score, anonymized_id LIMIT 1",
                                 S(""));
    snprintf(best, sizeof(best), "%.*s", STR_ARG(((const struct test_text *)rows.v)->a));
    struct list all = test_by_status(c, "shortlisted");
    const struct test_text *v = all.v;
    assert_int_equal(all.n, 10);
    for (size_t i = 0; i < all.n; i++)
        test_interview(c, v[i].a, t.admin.id, str_eq(v[i].a, str_of(best)) ? 651 : 650);
    assert_int_equal(test_step(c, id, "final-select", &r), ERR_OK);
    assert_int_equal(r.cutoff, 6510);
    rows = test_by_status(c, "selected");
    assert_int_equal(rows.n, 1);
    assert_true(str_eq(((const struct test_text *)rows.v)->a, str_of(best)));
    must_verify(test_as(&t, NULL));
    test_cycle_close(&t);
}

static void interviews_show_to_their_people(void **state)
{
    (void)state;
    struct test_cycle t;
    char room[ID_MAX + 1];
    struct interview_state st;
    struct ctx *c = open_shortlist(&t, 4, 1, 1, room);
    struct list all = test_by_status(c, "shortlisted");
    test_interview(c, ((const struct test_text *)all.v)->a, t.admin.id, -1);
    const int64_t id = test_count(c, "SELECT MAX(id) AS n FROM interviews", S(""), S(""));
    struct list who =
        test_rows(c, "SELECT student_id AS a, student_id AS b FROM interviews", S(""));
    int mine = 0;
    while (!str_eq(test_student_id(c->mem, mine), ((const struct test_text *)who.v)->a))
        assert_true(++mine < 4);
    c = test_as_student(&t, mine);
    assert_int_equal(interview_state_get(c, id, &st), ERR_OK);
    assert_int_equal(st.interview_id, id);
    assert_false(st.started || st.started_at);
    c = test_as_student(&t, mine + 1);
    assert_int_equal(interview_state_get(c, id, &st), ERR_NOT_FOUND);
    assert_string_equal(c->fault.text, "Interview not found");
    c = test_as(&t, NULL);
    assert_int_equal(interview_state_get(c, id, &st), ERR_NOT_FOUND);
    const struct principal *const staff[] = { &t.admin, &t.super, &t.auditor };
    for (size_t i = 0; i < 3; i++) {
        c = test_as(&t, staff[i]);
        assert_int_equal(interview_state_get(c, id, &st), ERR_OK);
        assert_int_equal(interview_state_get(c, id + 1, &st), ERR_NOT_FOUND);
        assert_int_equal(interview_state_get(test_as(&t, staff[i]), -1, &st), ERR_NOT_FOUND);
    }
    c = test_as(&t, NULL);
    test_exec(c, "UPDATE interviews SET started_at = '2026-11-01T10:00:00.000000Z'", S(""), S(""));
    t.settings.public_interview_status = true;
    assert_int_equal(interview_state_get(c, id, &st), ERR_OK);
    assert_true(st.started);
    assert_int_equal(st.started_at, INT64_C(1793527200000000));
    test_cycle_close(&t);
}

/* The schema's own last defence: one interview that was not cancelled, one score each. */
static void one_interview_for_an_application(void **state)
{
    (void)state;
    struct test_cycle t;
    char room[ID_MAX + 1];
    struct ctx *c = open_shortlist(&t, 4, 1, 1, room);
    struct list all = test_by_status(c, "shortlisted");
    char anon[ID_MAX + 1];
    snprintf(anon, sizeof(anon), "%.*s", STR_ARG(((const struct test_text *)all.v)->a));
    struct test_interview i = {
        .anonymized_id = str_of(anon), .admin_id = t.admin.id, .communication = -1, .now = c->now_us
    };
    assert_int_equal(tx_run(c, TX_WRITE, test_interview_tx, &i), ERR_OK);
    assert_int_equal(tx_run(c, TX_WRITE, test_interview_tx, &i), ERR_CONFLICT);
    c = test_as(&t, &t.admin);
    test_exec(c, "UPDATE interviews SET status = 'cancelled'", S(""), S(""));
    i.communication = 1001;
    assert_int_equal(tx_run(c, TX_WRITE, test_interview_tx, &i), ERR_INTERNAL); /* above ten */
    c = test_as(&t, &t.admin);
    i.communication = i.critical_thinking = i.motivation = 1000;
    assert_int_equal(tx_run(c, TX_WRITE, test_interview_tx, &i), ERR_OK);
    test_cycle_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(twice_the_seats_are_invited),
        cmocka_unit_test(fewer_people_than_seats),
        cmocka_unit_test(ties_at_both_cutoffs_go_by_the_seed),
        cmocka_unit_test(missing_interviews_hold_it_back),
        cmocka_unit_test(force_decides_without_interviews),
        cmocka_unit_test(force_without_any_interview),
        cmocka_unit_test(direct_cycles_have_no_final_selection),
        cmocka_unit_test(publication_ends_a_waiting_shortlist),
        cmocka_unit_test(applicants_see_nothing_before_publication),
        cmocka_unit_test(previews_know_both_modes),
        cmocka_unit_test(weights_are_those_of_the_shortlist),
        cmocka_unit_test(interviews_show_to_their_people),
        cmocka_unit_test(one_interview_for_an_application),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
