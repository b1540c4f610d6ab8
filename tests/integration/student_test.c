/* What students do with what is theirs, over a real database: drafts under tags, withdrawal and its
 * races, the timeline, consent versions, and what the janitor removes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <pthread.h>

#include "service/account.h"
#include "service/audit_verify.h"
#include "service/consent.h"
#include "service/draft.h"
#include "service/student.h"
#include "support/test_shortlist.h"

enum { PARALLEL = 20 };

static err put(struct ctx *c, const char *essay, struct str if_match, struct str *ret_etag)
{
    const struct application_draft d = { .name = S("Brackwuzzle"),
                                         .gpa = (double)NAN,
                                         .essay = str_of(essay) };
    const struct draft_conditions when = { .if_match = if_match };
    struct draft_state state;
    return draft_write(c, &d, &when, &state, ret_etag);
}

static err apply(struct ctx *c, int i, struct str version, struct str *ret_id)
{
    struct application_new n = test_application(c->mem, i);
    struct application_receipt r;
    bool replayed = false;
    n.consent_version = version;
    TRY(application_submit(c, &n, NULL, &r, &replayed));
    *ret_id = str_keep(c->mem, r.application_id);
    return ERR_OK;
}

static void must_verify(struct test_cycle *t)
{
    struct ctx *c = test_as(t, NULL);
    const struct verify_options o = { .rows = true };
    struct verify_report r = { 0 };
    test_db_must(c, audit_verify(c, &o, &r), "audit_verify");
    const struct verify_invalid *v = r.invalid_entries.v;
    for (size_t i = 0; i < r.invalid_entries.n; i++)
        print_error("entry %lld: %.*s: %.*s\n", (long long)v[i].index, STR_ARG(v[i].code),
                    STR_ARG(v[i].detail));
    assert_true(r.is_valid);
}

static void drafts_are_saved_under_their_tag(void **state)
{
    (void)state;
    struct test_cycle t;
    char room[ID_MAX + 1], first[40], second[40];
    struct str etag;
    struct draft_state d;
    struct ctx *c = test_cycle_open(&t, 2);
    c = test_as_student(&t, 0);
    assert_int_equal(put(c, "nothing is open", (struct str){ 0 }, &etag), ERR_PHASE);
    c = test_as(&t, &t.admin);
    test_cycle_create(c, 3, room);
    c = test_as_student(&t, 0);
    assert_int_equal(draft_read(c, &d, &etag), ERR_NOT_FOUND);
    c = test_as_student(&t, 0);
    assert_int_equal(put(c, "none to match", S("\"0000000000000001\""), &etag), ERR_PRECONDITION);
    c = test_as_student(&t, 0);
    assert_int_equal(put(c, "one", (struct str){ 0 }, &etag), ERR_OK);
    snprintf(first, sizeof(first), "%.*s", STR_ARG(etag));
    c = test_as_student(&t, 0);
    assert_int_equal(put(c, "two", (struct str){ 0 }, &etag), ERR_PRECONDITION_NEEDED);
    c = test_as_student(&t, 0);
    assert_int_equal(put(c, "two", str_of(first), &etag), ERR_OK);
    snprintf(second, sizeof(second), "%.*s", STR_ARG(etag));
    assert_string_not_equal(first, second);
    c = test_as_student(&t, 0);
    assert_int_equal(put(c, "from an old page", str_of(first), &etag), ERR_PRECONDITION);
    c = test_as_student(&t, 0);
    assert_int_equal(put(c, "weak", str_fmt(c->mem, "W/%s", second), &etag), ERR_PRECONDITION);
    c = test_as_student(&t, 0);
    assert_int_equal(draft_read(c, &d, &etag), ERR_OK);
    assert_true(str_eq(etag, str_of(second)) && str_eq(d.draft.essay, S("two")));
    assert_true(str_eq(d.draft.name, S("Brackwuzzle")) && isnan(d.draft.gpa));
    assert_null(d.draft.phone.p);
    /* Sealed: the words are in no column. */
    assert_int_equal(test_count(c,
                                "SELECT COUNT(*) AS n FROM application_drafts WHERE sealed LIKE "
                                "'%Brack%'",
                                S(""), S("")),
                     0);
    /* Another student has none of it. */
    c = test_as_student(&t, 1);
    assert_int_equal(draft_read(c, &d, &etag), ERR_NOT_FOUND);
    assert_int_equal(draft_drop(c, (struct str){ 0 }), ERR_NOT_FOUND);
    c = test_as_student(&t, 0);
    assert_int_equal(draft_drop(c, str_of(first)), ERR_PRECONDITION);
    c = test_as_student(&t, 0);
    assert_int_equal(draft_drop(c, str_of(second)), ERR_OK);
    c = test_as_student(&t, 0);
    assert_int_equal(draft_read(c, &d, &etag), ERR_NOT_FOUND);
    test_cycle_close(&t);
}

static void the_submission_consumes_the_draft(void **state)
{
    (void)state;
    struct test_cycle t;
    char room[ID_MAX + 1];
    struct str etag, id;
    struct draft_state d;
    struct ctx *c = test_cycle_open(&t, 2);
    test_cycle_create(c, 3, room);
    c = test_as_student(&t, 0);
    assert_int_equal(put(c, "begun", (struct str){ 0 }, &etag), ERR_OK);
    c = test_as_student(&t, 1);
    assert_int_equal(put(c, "another's", (struct str){ 0 }, &etag), ERR_OK);
    c = test_as_student(&t, 0);
    assert_int_equal(apply(c, 0, (struct str){ 0 }, &id), ERR_OK);
    c = test_as_student(&t, 0);
    assert_int_equal(draft_read(c, &d, &etag), ERR_NOT_FOUND);
    assert_int_equal(put(c, "too late", (struct str){ 0 }, &etag), ERR_PHASE);
    assert_int_equal(test_count(c, "SELECT COUNT(*) AS n FROM application_drafts", S(""), S("")),
                     1);
    /* After the deadline it can still be read, and not written. */
    c = test_as(&t, &t.admin);
    test_exec(c, "UPDATE admission_cycles SET is_open = FALSE WHERE cycle_id = :a", str_of(room),
              S(""));
    c = test_as_student(&t, 1);
    assert_int_equal(draft_read(c, &d, &etag), ERR_OK);
    assert_true(str_eq(d.draft.essay, S("another's")));
    assert_int_equal(put(c, "late", etag, &etag), ERR_PHASE);
    test_cycle_close(&t);
}

struct saver {
    struct test_cycle *t;
    pthread_barrier_t *start;
    struct str etag;
    int number;
    err result;
};

static void *save(void *arg)
{
    struct saver *s = arg;
    struct ctx c;
    char essay[32];
    struct str etag;
    const struct principal who = { .id = S("STU_00000000000000000000000000"),
                                   .roles = ROLE_STUDENT };
    test_db_thread_ctx(&s->t->db, &c);
    c.who = &who;
    snprintf(essay, sizeof(essay), "tab %d", s->number);
    pthread_barrier_wait(s->start);
    s->result = put(&c, essay, s->etag, &etag);
    test_db_thread_ctx_close(&c);
    return NULL;
}

/* Many tabs save at once over the same state: one of them wins, the others are told. */
static void one_of_many_saves_wins(void **state)
{
    (void)state;
    struct test_cycle t;
    char room[ID_MAX + 1], tag[40] = "";
    struct ctx *c = test_cycle_open(&t, 1);
    test_cycle_create(c, 3, room);
    for (int round = 0; round < 4; round++) {
        pthread_t threads[PARALLEL];
        struct saver savers[PARALLEL];
        pthread_barrier_t start;
        pthread_barrier_init(&start, NULL, PARALLEL);
        for (int i = 0; i < PARALLEL; i++) {
            savers[i] = (struct saver){ .t = &t, .start = &start, .number = i };
            if (round)
                savers[i].etag = str_of(tag);
            assert_int_equal(pthread_create(&threads[i], NULL, save, &savers[i]), 0);
        }
        int won = 0;
        for (int i = 0; i < PARALLEL; i++) {
            pthread_join(threads[i], NULL);
            won += savers[i].result == ERR_OK;
            assert_true(savers[i].result == ERR_OK || savers[i].result == ERR_PRECONDITION ||
                        (!round && savers[i].result == ERR_PRECONDITION_NEEDED));
        }
        assert_int_equal(won, 1);
        pthread_barrier_destroy(&start);
        struct draft_state d;
        struct str etag;
        c = test_as_student(&t, 0);
        assert_int_equal(draft_read(c, &d, &etag), ERR_OK);
        snprintf(tag, sizeof(tag), "%.*s", STR_ARG(etag));
    }
    test_cycle_close(&t);
}

static int64_t seats(struct test_cycle *t, const char *cycle_id)
{
    struct cycle cy;
    struct ctx *c = test_as(t, &t->admin);
    test_db_must(c, cycle_get(c, str_of(cycle_id), &cy), "cycle_get");
    return cy.current_seats;
}

static void withdrawal_frees_the_place_and_is_final(void **state)
{
    (void)state;
    struct test_cycle t;
    char room[ID_MAX + 1], app[ID_MAX + 1];
    struct application_state s;
    struct str id;
    struct ctx *c = test_cycle_open(&t, 3);
    test_cycle_create(c, 3, room);
    for (int i = 0; i < 3; i++) {
        c = test_as_student(&t, i);
        assert_int_equal(apply(c, i, (struct str){ 0 }, &id), ERR_OK);
        if (i == 1)
            snprintf(app, sizeof(app), "%.*s", STR_ARG(id));
    }
    assert_int_equal(seats(&t, room), 3);
    c = test_as_student(&t, 0);
    assert_int_equal(application_withdraw(c, str_of(app), &s), ERR_NOT_FOUND);
    c = test_as_student(&t, 0);
    assert_int_equal(application_withdraw(c, S("APP_NOWHERE"), &s), ERR_NOT_FOUND);
    c = test_as(&t, &t.admin);
    assert_int_equal(application_withdraw(c, str_of(app), &s), ERR_NOT_FOUND);
    for (int again = 0; again < 2; again++) {
        c = test_as_student(&t, 1);
        assert_int_equal(application_withdraw(c, str_of(app), &s), ERR_OK);
        assert_int_equal(s.status, APP_WITHDRAWN);
    }
    c = test_as_student(&t, 1);
    assert_int_equal(test_acts(c, "application.withdraw"), 1);
    assert_int_equal(apply(c, 1, (struct str){ 0 }, &id), ERR_PHASE);
    assert_int_equal(seats(&t, room), 2);
    must_verify(&t);
    /* The others go on without it, and after the freeze nobody withdraws. */
    test_walk(&t, str_of(room), 1);
    assert_int_equal(seats(&t, room), 2);
    c = test_as(&t, &t.admin);
    struct list rows = test_rows(c,
                                 "SELECT application_id AS a, status AS b FROM applications "
                                 "WHERE student_id = :a",
                                 test_student_id(c->mem, 2));
    const struct test_text *v = rows.v;
    char other[ID_MAX + 1];
    snprintf(other, sizeof(other), "%.*s", STR_ARG(v[0].a));
    c = test_as_student(&t, 2);
    assert_int_equal(application_withdraw(c, str_of(other), &s), ERR_PHASE);
    must_verify(&t);
    test_cycle_close(&t);
}

struct leaver {
    struct test_cycle *t;
    pthread_barrier_t *start;
    char app[ID_MAX + 1], cycle[ID_MAX + 1];
    int student;
    err result;
};

static void *leave(void *arg)
{
    struct leaver *l = arg;
    struct ctx c;
    char id[ID_MAX + 1];
    struct application_state s;
    test_db_thread_ctx(&l->t->db, &c);
    snprintf(id, sizeof(id), "STU_%026d", l->student);
    const struct principal who = { .id = str_of(id), .roles = ROLE_STUDENT };
    c.who = l->student < 0 ? &l->t->admin : &who;
    pthread_barrier_wait(l->start);
    if (l->student < 0) {
        const struct phase_request q = { .cycle_id = str_of(l->cycle), .verb = "freeze" };
        struct phase_reply r;
        l->result = phase_step(&c, &q, &r);
    } else {
        l->result = application_withdraw(&c, str_of(l->app), &s);
    }
    test_db_thread_ctx_close(&c);
    return NULL;
}

/* Each withdrawal is before the freeze or refused: the count of the frozen cycle is that of the
 * applications that take part, and the log agrees. */
static void withdrawals_race_the_freeze(void **state)
{
    (void)state;
    enum { N = 12 };
    struct test_cycle t;
    char room[ID_MAX + 1];
    struct ctx *c = test_cycle_open(&t, N);
    const struct str id = test_cycle_create(c, 3, room);
    test_apply_many(c, id, 0, N);
    struct leaver leavers[N];
    pthread_t threads[N];
    pthread_barrier_t start;
    pthread_barrier_init(&start, NULL, N);
    for (int i = 0; i < N; i++) {
        leavers[i] = (struct leaver){ .t = &t, .start = &start, .student = i ? i : -1 };
        snprintf(leavers[i].cycle, sizeof(leavers[i].cycle), "%s", room);
        c = test_as(&t, &t.admin);
        struct list rows = test_rows(c,
                                     "SELECT application_id AS a, status AS b FROM applications "
                                     "WHERE student_id = :a",
                                     test_student_id(c->mem, i));
        snprintf(leavers[i].app, sizeof(leavers[i].app), "%.*s",
                 STR_ARG(((const struct test_text *)rows.v)[0].a));
    }
    for (int i = 0; i < N; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, leave, &leavers[i]), 0);
    int left = 0;
    for (int i = 0; i < N; i++) {
        pthread_join(threads[i], NULL);
        if (i == 0)
            assert_int_equal(leavers[i].result, ERR_OK);
        else
            assert_true(leavers[i].result == ERR_OK || leavers[i].result == ERR_PHASE);
        left += i && leavers[i].result == ERR_OK;
    }
    pthread_barrier_destroy(&start);
    assert_int_equal(seats(&t, room), N - left);
    c = test_as(&t, NULL);
    assert_int_equal(test_acts(c, "application.withdraw"), left);
    must_verify(&t);
    test_cycle_close(&t);
}

static void the_timeline_says_no_more_than_the_phase(void **state)
{
    (void)state;
    struct test_cycle t;
    char room[ID_MAX + 1], app[ID_MAX + 1];
    struct str id;
    struct timeline line;
    struct ctx *c = test_cycle_open(&t, 6);
    test_cycle_create(c, 1, room);
    for (int i = 0; i < 6; i++) {
        c = test_as_student(&t, i);
        assert_int_equal(apply(c, i, (struct str){ 0 }, &id), ERR_OK);
        if (i == 4) /* the best marks: selected in the end */
            snprintf(app, sizeof(app), "%.*s", STR_ARG(id));
    }
    for (int32_t phase = 0;; phase++) {
        c = test_as_student(&t, 3);
        assert_int_equal(application_timeline(c, str_of(app), &line), ERR_NOT_FOUND);
        c = test_as_student(&t, 4);
        test_sequence(c);
        assert_int_equal(application_timeline(c, str_of(app), &line), ERR_OK);
        const struct own_cycle *cycle = line.cycle;
        assert_int_equal(line.steps.n, PHASE_COUNT);
        const struct timeline_step *v = line.steps.v;
        for (int32_t p = 0; p < PHASE_COUNT; p++) {
            const bool over = p < cycle->phase || cycle->phase == PHASE_COMPLETED;
            assert_int_equal(v[p].state, over                ? STEP_DONE
                                         : p == cycle->phase ? STEP_CURRENT
                                                             : STEP_UPCOMING);
            assert_int_equal(v[p].at != 0, p <= cycle->phase);
        }
        const bool decided = line.status == APP_SELECTED || line.status == APP_NOT_SELECTED;
        assert_int_equal(decided, cycle->phase >= PHASE_PUBLISHED);
        assert_int_equal(line.next.p != NULL, cycle->phase < PHASE_PUBLISHED);
        if (phase == 7)
            break;
        const struct phase_rule *next = phase_rule_next(cycle->phase, false);
        struct phase_reply r;
        c = test_as(&t, &t.admin);
        test_db_must(c, test_step(c, str_of(room), next->verb, &r), next->verb);
    }
    test_cycle_close(&t);
}

static void own_applications_show_results_after_publication(void **state)
{
    (void)state;
    struct test_cycle t;
    char room[ID_MAX + 1], later[ID_MAX + 1];
    struct own_applications own;
    struct str id;
    struct ctx *c = test_cycle_open(&t, 2);
    test_cycle_create(c, 1, room);
    for (int i = 0; i < 2; i++) {
        c = test_as_student(&t, i);
        assert_int_equal(apply(c, i, (struct str){ 0 }, &id), ERR_OK);
    }
    c = test_as_student(&t, 0);
    struct student_me me;
    assert_int_equal(student_me(c, &me), ERR_OK);
    const struct current_application *now = me.application;
    assert_non_null(now);
    assert_int_equal(((const struct application_state *)now->status)->status, APP_SUBMITTED);
    test_walk(&t, str_of(room), 5); /* selected, not published */
    c = test_as_student(&t, 0);
    assert_int_equal(student_applications(c, &own), ERR_OK);
    assert_int_equal(own.total_count, 1);
    const struct own_application *v = own.applications.v;
    assert_true(v->status == APP_SCORED && !v->anonymized_id.p && !v->results);
    assert_int_equal(student_me(c, &me), ERR_OK);
    assert_null(me.application); /* the cycle is not open any more */
    c = test_as(&t, &t.admin);
    struct phase_reply r;
    test_db_must(c, test_step(c, str_of(room), "publish", &r), "publish");
    test_cycle_create(test_as(&t, &t.admin), 1, later);
    c = test_as_student(&t, 0);
    assert_int_equal(apply(c, 0, (struct str){ 0 }, &id), ERR_OK);
    assert_int_equal(student_applications(c, &own), ERR_OK);
    assert_int_equal(own.total_count, 2);
    v = own.applications.v;
    assert_true(str_eq(((const struct own_cycle *)v[0].cycle)->cycle_id, str_of(later)));
    assert_true(v[1].anonymized_id.p && v[1].results);
    assert_true(str_eq(((const struct result *)v[1].results)->anonymized_id, v[1].anonymized_id));
    test_cycle_close(&t);
}

static void the_consent_version_is_stored(void **state)
{
    (void)state;
    struct test_cycle t;
    char room[ID_MAX + 1];
    struct str id;
    struct consent text;
    struct ctx *c = test_cycle_open(&t, 3);
    test_cycle_create(c, 3, room);
    c = test_as_student(&t, 0);
    consent_current(c, &text);
    assert_true(text.text.n > 100 && text.sha256.n == 64);
    assert_int_equal(apply(c, 0, S("2019-1"), &id), ERR_INVALID);
    assert_int_equal(c->fault.n_issues, 1);
    assert_true(str_eq(c->fault.issues[0].loc, S("[\"body\",\"consent_version\"]")));
    c = test_as_student(&t, 0);
    assert_int_equal(apply(c, 0, text.version, &id), ERR_OK);
    c = test_as_student(&t, 1);
    assert_int_equal(apply(c, 1, (struct str){ 0 }, &id), ERR_OK);
    static const char sql[] = "SELECT COUNT(*) AS n FROM application_texts WHERE consent_version "
                              "= :a AND CASE WHEN consent_stated THEN 'yes' ELSE 'no' END = :b";
    assert_int_equal(test_count(c, sql, text.version, S("yes")), 1);
    assert_int_equal(test_count(c, sql, text.version, S("no")), 1);
    /* A version keeps its text. */
    c = test_as(&t, NULL);
    assert_int_equal(consent_register(c), ERR_OK);
    assert_int_equal(consent_register(c), ERR_OK);
    t.settings.consent_text = S("Other words.");
    assert_int_equal(consent_register(c), ERR_CONFLICT);
    c = test_as(&t, NULL);
    t.settings.consent_version = S("2026-2");
    assert_int_equal(consent_register(c), ERR_OK);
    assert_int_equal(test_count(c,
                                "SELECT COUNT(*) AS n FROM settings WHERE name LIKE "
                                "'consent.text.%'",
                                S(""), S("")),
                     2);
    test_cycle_close(&t);
}

/* By the rows' own times, moved back: the clock stays where it is. */
static void old_drafts_are_removed(void **state)
{
    (void)state;
    struct test_cycle t;
    char room[ID_MAX + 1];
    struct str etag;
    int64_t removed = 0;
    static const char drafts[] = "SELECT COUNT(*) AS n FROM application_drafts";
    struct ctx *c = test_cycle_open(&t, 3);
    test_cycle_create(c, 3, room);
    for (int i = 0; i < 3; i++) {
        c = test_as_student(&t, i);
        assert_int_equal(put(c, "kept", (struct str){ 0 }, &etag), ERR_OK);
    }
    static const char old[] = "UPDATE application_drafts SET updated_at = "
                              "'2020-01-01T00:00:00.000000Z' WHERE student_id = :a";
    test_exec(c, old, test_student_id(c->mem, 0), S(""));
    c = test_as(&t, NULL);
    assert_int_equal(account_cleanup(c, &removed), ERR_OK);
    assert_int_equal(test_count(c, drafts, S(""), S("")), 3); /* its cycle is open */
    /* One became an application beside the submission's back. */
    c = test_as_student(&t, 1);
    struct str id;
    assert_int_equal(apply(c, 1, (struct str){ 0 }, &id), ERR_OK);
    test_exec(c,
              "INSERT INTO application_drafts (draft_id, student_id, admission_cycle_id, tag, "
              "created_at, updated_at, sealed) VALUES ('DRF_1', :a, :b, 1, "
              "'2026-01-01T00:00:00.000000Z', '2026-01-01T00:00:00.000000Z', '-')",
              test_student_id(c->mem, 1), str_of(room));
    c = test_as(&t, NULL);
    assert_int_equal(account_cleanup(c, &removed), ERR_OK);
    assert_int_equal(test_count(c, drafts, S(""), S("")), 2);
    test_exec(c, "UPDATE admission_cycles SET is_open = FALSE WHERE cycle_id = :a", str_of(room),
              S(""));
    assert_int_equal(account_cleanup(c, &removed), ERR_OK);
    assert_int_equal(test_count(c, drafts, S(""), S("")), 1); /* the new one stays 30 days */
    test_cycle_close(&t);
}

/* Notes of interviews go a year after them, once their cycle is published; marks stay. */
static void old_interview_notes_are_removed(void **state)
{
    (void)state;
    struct test_cycle t;
    char room[ID_MAX + 1], anon[2][ID_MAX + 1];
    int64_t removed = 0;
    struct ctx *c = test_cycle_open(&t, 2);
    const struct str id = test_cycle_create(c, 1, room);
    test_apply_many(c, id, 0, 2);
    test_walk(&t, str_of(room), 5);
    static const char notes[] = "SELECT COUNT(*) AS n FROM interviews i JOIN interview_scores s ON "
                                "s.interview_id = i.id WHERE i.notes = 'quiet voice' AND s.notes = "
                                "'clear answers' AND s.motivation_score = 5";
    c = test_as(&t, NULL);
    struct list rows = test_rows(c,
                                 "SELECT anonymized_id AS a, '' AS b FROM final_scores WHERE "
                                 "admission_cycle_id = :a ORDER BY anonymized_id",
                                 str_of(room));
    assert_int_equal(rows.n, 2);
    for (int i = 0; i < 2; i++)
        snprintf(anon[i], sizeof(anon[i]), "%.*s",
                 STR_ARG(((const struct test_text *)rows.v)[i].a));
    for (int i = 0; i < 2; i++) {
        c = test_as(&t, NULL);
        test_interview_at(c, str_of(anon[i]), t.admin.id, 500,
                          i ? c->now_us : INT64_C(1577836800000000)); /* the first in 2020 */
    }
    c = test_as(&t, NULL);
    test_exec(c, "UPDATE interviews SET notes = :a WHERE notes IS NULL", S("quiet voice"), S(""));
    test_exec(c, "UPDATE interview_scores SET notes = :a WHERE notes IS NULL", S("clear answers"),
              S(""));
    test_db_must(c, account_cleanup(c, &removed), "cleanup");
    assert_int_equal(test_count(c, notes, S(""), S("")), 2); /* not published yet */
    c = test_as(&t, &t.admin);
    struct phase_reply r;
    test_db_must(c, test_step(c, str_of(room), "publish", &r), "publish");
    c = test_as(&t, NULL);
    test_db_must(c, account_cleanup(c, &removed), "cleanup");
    assert_int_equal(test_count(c, notes, S(""), S("")), 1);
    assert_int_equal(test_count(c,
                                "SELECT COUNT(*) AS n FROM interview_scores WHERE notes IS NULL "
                                "AND motivation_score = 5",
                                S(""), S("")),
                     1);
    must_verify(&t);
    test_cycle_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(drafts_are_saved_under_their_tag),
        cmocka_unit_test(the_submission_consumes_the_draft),
        cmocka_unit_test(one_of_many_saves_wins),
        cmocka_unit_test(withdrawal_frees_the_place_and_is_final),
        cmocka_unit_test(withdrawals_race_the_freeze),
        cmocka_unit_test(the_timeline_says_no_more_than_the_phase),
        cmocka_unit_test(own_applications_show_results_after_publication),
        cmocka_unit_test(the_consent_version_is_stored),
        cmocka_unit_test(old_drafts_are_removed),
        cmocka_unit_test(old_interview_notes_are_removed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
