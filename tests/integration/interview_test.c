/* Interviews from slot to score: who may be given one, who may do what with it, what stays of it,
 * and that the log tells of every change of the rows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "repo/bias_repo.h"
#include "repo/schedule_repo.h"
#include "service/audit_verify.h"
#include "service/erasure.h"
#include "service/interview.h"
#include "service/room_pass.h"
#include "service/room_port.h"
#include "support/test_shortlist.h"

enum { N = 8, SEATS = 2, FACTOR = 2 };
#define HOUR_US INT64_C(3600000000)
#define MIN_US  INT64_C(60000000)

struct scene {
    struct test_cycle t;
    char cycle_id[ID_MAX + 1];
    char anon[SEATS * FACTOR][ID_MAX + 1], out[ID_MAX + 1];
    int64_t at; /* an hour from the beginning */
};

static void must_verify(struct scene *s)
{
    struct ctx *c = test_as(&s->t, NULL);
    struct verify_report r = { 0 };
    const struct verify_options o = { .rows = true };
    test_sequence(c);
    test_db_must(c, audit_verify(c, &o, &r), "verify");
    const struct verify_invalid *v = r.invalid_entries.v;
    for (size_t i = 0; i < r.invalid_entries.n; i++)
        print_error("  %lld %.*s: %.*s\n", (long long)v[i].index, STR_ARG(v[i].code),
                    STR_ARG(v[i].detail));
    assert_true(r.is_valid);
}

static bool invalid_with(struct scene *s, const char *code)
{
    struct ctx *c = test_as(&s->t, NULL);
    struct verify_report r = { 0 };
    const struct verify_options o = { .rows = true };
    test_db_must(c, audit_verify(c, &o, &r), "verify");
    const struct verify_invalid *v = r.invalid_entries.v;
    for (size_t i = 0; i < r.invalid_entries.n; i++)
        if (str_eq(v[i].code, str_of(code)))
            return true;
    return false;
}

static int open_scene(void **state)
{
    struct scene *s = calloc(1, sizeof(*s));
    struct phase_reply r;
    struct ctx *c = test_cycle_open(&s->t, N);
    const struct str id = test_cycle_create(c, SEATS, s->cycle_id);
    test_apply_many(c, id, 0, N);
    test_walk(&s->t, id, 4);
    c = test_as(&s->t, &s->t.admin);
    const struct selection_weights half = { 50, 50 };
    test_db_must(c, test_shortlist(c, id, FACTOR, half, &r), "shortlist");
    struct list in = test_by_status(c, "shortlisted"), out = test_by_status(c, "not_selected");
    const struct test_text *v = in.v, *o = out.v;
    assert_int_equal(in.n, SEATS * FACTOR);
    for (size_t i = 0; i < in.n; i++)
        snprintf(s->anon[i], sizeof(s->anon[i]), "%.*s", STR_ARG(v[i].a));
    snprintf(s->out, sizeof(s->out), "%.*s", STR_ARG(o->a));
    s->at = c->now_us + HOUR_US;
    *state = s;
    return 0;
}

static int close_scene(void **state)
{
    struct scene *s = *state;
    test_cycle_close(&s->t);
    free(s);
    return 0;
}

static err try_schedule(struct ctx *c, const char *anon, int64_t at, struct interview *ret)
{
    const struct interview_new n = { .anonymized_id = str_of(anon),
                                     .interview_time = at,
                                     .duration_minutes = 30,
                                     .time_zone = S("Europe/Berlin") };
    return interview_schedule(c, &n, ret);
}

static int64_t scheduled(struct scene *s, const struct principal *who, int i, int64_t at)
{
    struct interview v;
    struct ctx *c = test_as(&s->t, who);
    test_db_must(c, try_schedule(c, s->anon[i], at, &v), "schedule");
    return v.id;
}

static void begun(struct scene *s, const struct principal *who, int64_t id)
{
    const struct interview_start q = { true, true, true, true };
    struct interview_started r;
    struct ctx *c = test_as(&s->t, who);
    test_db_must(c, interview_begin(c, id, &q, &r), "begin");
}

static err give_score(struct scene *s, const struct principal *who, int64_t id, int64_t e2)
{
    const struct scorecard card = { .communication_score = e2,
                                    .critical_thinking_score = e2 + 25,
                                    .motivation_score = 1000,
                                    .communication_notes = S("Said it twice, in plain words."),
                                    .notes = S("A clear talk.") };
    struct interview_score r;
    const err e = interview_score_submit(test_as(&s->t, who), id, &card, &r);
    if (e == ERR_OK)
        assert_int_equal(r.final_interview_score, (3 * e2 / 3 * 2 + 25 + 1000 + 1) / 3);
    return e;
}

static int64_t entries(struct scene *s, const char *act)
{
    return test_acts(test_as(&s->t, NULL), act);
}

/* Slots */

static void a_slot_is_given_once(void **state)
{
    struct scene *s = *state;
    struct interview v, other;
    struct ctx *c = test_as(&s->t, &s->t.admin);
    test_db_must(c, try_schedule(c, s->anon[0], s->at, &v), "schedule");
    assert_true(str_eq(v.anonymized_id, str_of(s->anon[0])));
    assert_true(str_eq(v.admin_id, s->t.admin.id));
    assert_null(v.application_id.p);
    assert_null(v.student_id.p);
    assert_int_equal(v.status, INTERVIEW_SCHEDULED);
    assert_int_equal(v.interview_time, s->at);
    assert_int_equal(v.ends_at, s->at + 30 * MIN_US);
    assert_true(str_eq(v.time_zone, S("Europe/Berlin")));
    assert_true(str_starts(v.interview_link, S("/interview/")));
    const int64_t id = v.id;
    c = test_as(&s->t, &s->t.super);
    assert_int_equal(try_schedule(c, s->anon[0], s->at + 5 * HOUR_US, &other), ERR_CONFLICT);
    assert_string_equal(c->fault.text, "This application has an interview already");
    c = test_as(&s->t, &s->t.admin);
    assert_int_equal(interview_get(c, id, &v), ERR_OK);
    assert_int_equal(v.version, 1);
    assert_int_equal(entries(s, "interview.schedule"), 1);
    must_verify(s);
}

static void only_those_invited_and_only_ahead(void **state)
{
    struct scene *s = *state;
    struct interview v;
    struct ctx *c = test_as(&s->t, &s->t.admin);
    assert_int_equal(try_schedule(c, s->out, s->at, &v), ERR_BAD_REQUEST);
    assert_string_equal(c->fault.text, "Only shortlisted applications are interviewed");
    c = test_as(&s->t, &s->t.admin);
    assert_int_equal(try_schedule(c, "ANON_0000000000", s->at, &v), ERR_NOT_FOUND);
    c = test_as(&s->t, &s->t.admin);
    assert_int_equal(try_schedule(c, "APP_01ARZ3NDEKTSV4RRFFQ69G5FAV", s->at, &v), ERR_INVALID);
    c = test_as(&s->t, &s->t.admin);
    assert_int_equal(try_schedule(c, s->anon[0], c->now_us - HOUR_US, &v), ERR_INVALID);
    assert_true(str_eq(c->fault.issues[0].loc, S("[\"body\",\"interview_time\"]")));
    c = test_as(&s->t, &s->t.admin);
    assert_int_equal(try_schedule(c, s->anon[0], s->at + 400 * 24 * HOUR_US, &v), ERR_INVALID);
    struct interview_new n = { .anonymized_id = str_of(s->anon[0]),
                               .interview_time = s->at,
                               .duration_minutes = 30,
                               .time_zone = S("../etc/passwd") };
    c = test_as(&s->t, &s->t.admin);
    assert_int_equal(interview_schedule(c, &n, &v), ERR_INVALID);
    n.time_zone = S("UTC");
    n.admin_id = s->t.super.id;
    c = test_as(&s->t, &s->t.admin);
    assert_int_equal(interview_schedule(c, &n, &v), ERR_FORBIDDEN);
    n.admin_id = S("ADM_NOBODY00");
    c = test_as(&s->t, &s->t.super);
    assert_int_equal(interview_schedule(c, &n, &v), ERR_INVALID);
    c = test_as(&s->t, &s->t.auditor);
    n.admin_id = (struct str){ NULL, 0 };
    assert_int_equal(interview_schedule(c, &n, &v), ERR_FORBIDDEN);
    assert_int_equal(entries(s, "interview.schedule"), 0);
}

static void nobody_is_booked_twice(void **state)
{
    struct scene *s = *state;
    struct interview v;
    scheduled(s, &s->t.admin, 0, s->at);
    struct ctx *c = test_as(&s->t, &s->t.admin);
    assert_int_equal(try_schedule(c, s->anon[1], s->at + 29 * MIN_US, &v), ERR_CONFLICT);
    assert_non_null(strstr(c->fault.text, "The interviewer has another interview at that time"));
    c = test_as(&s->t, &s->t.admin);
    assert_int_equal(try_schedule(c, s->anon[1], s->at - 29 * MIN_US, &v), ERR_CONFLICT);
    /* One that begins when the other ends is another slot; another evaluator is free. */
    scheduled(s, &s->t.admin, 1, s->at + 30 * MIN_US);
    const int64_t third = scheduled(s, &s->t.super, 2, s->at);
    const struct interview_assign to_first = { .admin_id = s->t.admin.id };
    c = test_as(&s->t, &s->t.super);
    assert_int_equal(interview_reassign(c, third, &to_first, &v), ERR_CONFLICT);
    const struct interview_change later = { .interview_time = s->at + 15 * MIN_US };
    const struct seen seen = { 1 }; /* interview_time */
    c = test_as(&s->t, &s->t.super);
    assert_int_equal(interview_update(c, third, &later, &seen, (struct str){ 0 }, &v), ERR_OK);
    must_verify(s);
}

static struct seen seen_of(const char *member)
{
    struct seen s = { 0 };
    for (unsigned i = 0; i < interview_change_schema.n; i++)
        if (strcmp(interview_change_schema.fields[i].name, member) == 0)
            s.bits |= UINT64_C(1) << i;
    return s;
}

static void changes_honour_the_tag(void **state)
{
    struct scene *s = *state;
    struct interview v;
    const int64_t id = scheduled(s, &s->t.admin, 0, s->at);
    const struct interview_change moved = { .interview_time = s->at + 2 * HOUR_US };
    const struct seen time_seen = seen_of("interview_time"), notes_seen = seen_of("notes");
    struct ctx *c = test_as(&s->t, &s->t.admin);
    assert_int_equal(interview_update(c, id, &moved, &time_seen, S("\"1-99\""), &v),
                     ERR_PRECONDITION);
    c = test_as(&s->t, &s->t.admin);
    char tag[64];
    test_db_must(c, interview_get(c, id, &v), "get");
    snprintf(tag, sizeof(tag), "%.*s", STR_ARG(interview_etag(c, &v)));
    assert_int_equal(interview_update(c, id, &moved, &time_seen, str_of(tag), &v), ERR_OK);
    assert_int_equal(v.interview_time, s->at + 2 * HOUR_US);
    assert_int_equal(v.version, 2);
    c = test_as(&s->t, &s->t.admin);
    assert_int_equal(interview_update(c, id, &moved, &time_seen, str_of(tag), &v),
                     ERR_PRECONDITION);
    /* Notes and links are no matter for the log; times are. */
    const struct interview_change notes = { .notes = S("Bring the diagram.") };
    c = test_as(&s->t, &s->t.admin);
    assert_int_equal(interview_update(c, id, &notes, &notes_seen, (struct str){ 0 }, &v), ERR_OK);
    assert_true(str_eq(v.notes, S("Bring the diagram.")));
    assert_int_equal(entries(s, "interview.update"), 1);
    const struct interview_change link = { .interview_link = S("javascript:alert(1)//") };
    const struct seen link_seen = seen_of("interview_link");
    c = test_as(&s->t, &s->t.admin);
    assert_int_equal(interview_update(c, id, &link, &link_seen, (struct str){ 0 }, &v),
                     ERR_INVALID);
    /* Another admin's is not theirs to move; a super_admin's it is. */
    struct principal other = { .id = S("ADM_TEST0003"), .roles = ROLE_ADMIN };
    c = test_as(&s->t, &other);
    assert_int_equal(interview_update(c, id, &moved, &time_seen, (struct str){ 0 }, &v),
                     ERR_FORBIDDEN);
    c = test_as(&s->t, &s->t.super);
    assert_int_equal(interview_update(c, id, &moved, &time_seen, (struct str){ 0 }, &v), ERR_OK);
    must_verify(s);
}

static void a_cancelled_one_stays_and_may_be_replaced(void **state)
{
    struct scene *s = *state;
    struct interview v;
    const int64_t id = scheduled(s, &s->t.admin, 0, s->at);
    const struct interview_cancel why = { INTERVIEW_NO_SHOW, S("Nobody came into the room.") };
    struct ctx *c = test_as(&s->t, &s->t.admin);
    assert_int_equal(interview_cancel(c, id, &why, S("\"9-9\"")), ERR_PRECONDITION);
    c = test_as(&s->t, &s->t.admin);
    assert_int_equal(interview_cancel(c, id, &why, (struct str){ 0 }), ERR_OK);
    c = test_as(&s->t, &s->t.admin);
    assert_int_equal(interview_cancel(c, id, &why, (struct str){ 0 }), ERR_CONFLICT);
    c = test_as(&s->t, &s->t.auditor);
    test_db_must(c, interview_get(c, id, &v), "get");
    assert_int_equal(v.status, INTERVIEW_CANCELLED);
    assert_int_equal(v.cancel_code, INTERVIEW_NO_SHOW);
    assert_true(str_eq(v.cancel_reason, why.reason));
    struct list waiting;
    test_db_must(c, interview_waiting_list(c, str_of(s->cycle_id), &waiting), "waiting");
    const struct interview_waiting *w = waiting.v;
    assert_int_equal(waiting.n, SEATS * FACTOR);
    for (size_t i = 0; i < waiting.n; i++) {
        const bool first = str_eq(w[i].anonymized_id, str_of(s->anon[0]));
        assert_int_equal(w[i].needs, first ? NEEDS_REBOOKING : NEEDS_SLOT);
        assert_int_equal(w[i].interview_id, first ? id : SCHEMA_NULL_I64);
    }
    assert_int_not_equal(scheduled(s, &s->t.super, 0, s->at), id);
    must_verify(s);
    c = test_as(&s->t, NULL);
    test_exec(c, "UPDATE interviews SET cancel_reason = :a WHERE cancel_reason IS NOT NULL",
              S("The student was rude."), S(""));
    assert_true(invalid_with(s, "row.interview"));
}

static int64_t ended[2];

static void take_end(void *arg, int64_t id, enum room_end why)
{
    int64_t *at = arg;
    at[0] = id;
    at[1] = why;
}

static void its_room_hears_of_the_end_at_once(void **state)
{
    struct scene *s = *state;
    static const struct room_port rooms = { .arg = ended, .end = take_end };
    const struct seen status_seen = seen_of("status");
    const struct interview_change done = { .status = INTERVIEW_COMPLETED };
    struct interview v;
    s->t.db.deps.rooms = &rooms;
    const int64_t gone = scheduled(s, &s->t.admin, 0, s->at);
    const struct interview_cancel why = { .code = INTERVIEW_BY_REQUEST };
    struct ctx *c = test_as(&s->t, &s->t.admin);
    assert_int_equal(interview_cancel(c, gone, &why, S("\"9-9\"")), ERR_PRECONDITION);
    assert_int_equal(ended[0], 0);
    test_db_must(test_as(&s->t, &s->t.admin), interview_cancel(c, gone, &why, (struct str){ 0 }),
                 "cancel");
    assert_int_equal(ended[0], gone);
    assert_int_equal(ended[1], ROOM_END_CANCELLED);
    const int64_t held = scheduled(s, &s->t.admin, 1, s->at + HOUR_US);
    begun(s, &s->t.admin, held);
    assert_int_equal(ended[0], gone);
    c = test_as(&s->t, &s->t.admin);
    test_db_must(c, interview_update(c, held, &done, &status_seen, (struct str){ 0 }, &v), "end");
    assert_int_equal(ended[0], held);
    assert_int_equal(ended[1], ROOM_END_COMPLETED);
    const int64_t scored = scheduled(s, &s->t.super, 2, s->at + HOUR_US);
    begun(s, &s->t.super, scored);
    assert_int_equal(give_score(s, &s->t.super, scored, 800), ERR_OK);
    assert_int_equal(ended[0], scored);
    assert_int_equal(ended[1], ROOM_END_COMPLETED);
}

/* Beginning */

static void it_begins_with_three_statements(void **state)
{
    struct scene *s = *state;
    struct interview_started r;
    struct interview_start q = { true, true, false, true };
    const int64_t id = scheduled(s, &s->t.admin, 0, s->at);
    struct ctx *c = test_as(&s->t, &s->t.admin);
    assert_int_equal(interview_begin(c, id, &q, &r), ERR_BAD_REQUEST);
    q = (struct interview_start){ false, true, true, true };
    assert_int_equal(interview_begin(test_as(&s->t, &s->t.admin), id, &q, &r), ERR_BAD_REQUEST);
    q.coi_accepted = true;
    /* Another's is not there, not even for a super_admin. */
    c = test_as(&s->t, &s->t.super);
    assert_int_equal(interview_begin(c, id, &q, &r), ERR_NOT_FOUND);
    c = test_as(&s->t, &s->t.admin);
    assert_int_equal(interview_begin(c, id, &q, &r), ERR_OK);
    const int64_t at = r.started_at;
    c = test_as(&s->t, &s->t.admin);
    assert_int_equal(interview_begin(c, id, &q, &r), ERR_OK);
    assert_int_equal(r.started_at, at);
    assert_int_equal(entries(s, "interview.start"), 1);
    assert_int_equal(test_count(test_as(&s->t, NULL),
                                "SELECT COUNT(*) AS n FROM coi_declarations WHERE accepted "
                                "AND admin_id = :a",
                                s->t.admin.id, S("")),
                     1);
    /* What has begun is not moved any more. */
    struct interview v;
    const struct interview_change moved = { .interview_time = s->at + HOUR_US };
    const struct seen seen = seen_of("interview_time");
    c = test_as(&s->t, &s->t.admin);
    assert_int_equal(interview_update(c, id, &moved, &seen, (struct str){ 0 }, &v), ERR_CONFLICT);
    must_verify(s);
}

static void the_window_is_kept(void **state)
{
    struct scene *s = *state;
    struct interview_started r;
    struct interview_member m;
    const struct interview_start q = { true, true, true, true };
    s->t.settings.interview_join_minutes = 10;
    const int64_t id = scheduled(s, &s->t.admin, 0, s->at);
    struct ctx *c = test_as(&s->t, &s->t.admin);
    c->now_us = s->at - 11 * MIN_US;
    assert_int_equal(interview_begin(c, id, &q, &r), ERR_BAD_REQUEST);
    assert_int_equal(interview_member(c, id, &m), ERR_OK);
    assert_int_equal(m.door, DOOR_EARLY);
    c = test_as(&s->t, &s->t.admin);
    c->now_us = s->at + 41 * MIN_US;
    assert_int_equal(interview_begin(c, id, &q, &r), ERR_BAD_REQUEST);
    assert_int_equal(interview_member(c, id, &m), ERR_OK);
    assert_int_equal(m.door, DOOR_LATE);
    c = test_as(&s->t, &s->t.admin);
    c->now_us = s->at - 9 * MIN_US;
    assert_int_equal(interview_member(c, id, &m), ERR_OK);
    assert_int_equal(m.door, DOOR_NOT_STARTED);
    assert_int_equal(interview_begin(c, id, &q, &r), ERR_OK);
    assert_int_equal(interview_member(c, id, &m), ERR_OK);
    assert_int_equal(m.door, DOOR_OPEN);
    assert_int_equal(m.part, PART_EVALUATOR);
}

static void who_declines_is_replaced(void **state)
{
    struct scene *s = *state;
    struct interview v;
    const struct interview_decline why = { S("I taught this applicant last year.") };
    const int64_t id = scheduled(s, &s->t.admin, 0, s->at);
    struct ctx *c = test_as(&s->t, &s->t.admin);
    begun(s, &s->t.admin, id);
    c = test_as(&s->t, &s->t.admin);
    assert_int_equal(interview_decline(c, id, &why, &v), ERR_OK);
    assert_true(v.reassign);
    struct interview_member m;
    assert_int_equal(interview_member(c, id, &m), ERR_OK);
    assert_int_equal(m.door, DOOR_BARRED);
    assert_int_equal(give_score(s, &s->t.admin, id, 700), ERR_CONFLICT);
    struct list waiting;
    c = test_as(&s->t, &s->t.super);
    test_db_must(c, interview_waiting_list(c, str_of(s->cycle_id), &waiting), "waiting");
    const struct interview_waiting *w = waiting.v;
    assert_int_equal(w[waiting.n - 1].needs, NEEDS_EVALUATOR);
    assert_int_equal(w[waiting.n - 1].interview_id, id);
    /* Any interviewer may take it, but not who declined; then the statements are asked anew. */
    const struct interview_assign mine = { .admin_id = { NULL, 0 } };
    const struct interview_assign back = { .admin_id = s->t.admin.id };
    struct principal other = { .id = S("ADM_TEST0003"), .roles = ROLE_ADMIN };
    c = test_as(&s->t, &other);
    test_db_must(c, interview_reassign(c, id, &mine, &v), "take");
    assert_true(str_eq(v.admin_id, other.id));
    assert_false(v.reassign);
    assert_int_equal(v.started_at, 0);
    c = test_as(&s->t, &s->t.super);
    assert_int_equal(interview_reassign(c, id, &back, &v), ERR_CONFLICT);
    /* One that needs nobody is not taken. */
    c = test_as(&s->t, &s->t.admin);
    assert_int_equal(interview_reassign(c, id, &mine, &v), ERR_FORBIDDEN);
    begun(s, &other, id);
    assert_int_equal(give_score(s, &other, id, 700), ERR_OK);
    must_verify(s);
    test_exec(test_as(&s->t, NULL), "UPDATE interview_scores SET scored_by = :a WHERE :b = ''",
              s->t.admin.id, S(""));
    assert_true(invalid_with(s, "row.interview"));
    test_exec(test_as(&s->t, NULL), "UPDATE interview_scores SET scored_by = :a WHERE :b = ''",
              other.id, S(""));
    must_verify(s);
    test_exec(test_as(&s->t, NULL), "UPDATE coi_declarations SET reason = :a WHERE reason <> :b",
              S("Another."), S(""));
    assert_true(invalid_with(s, "row.interview"));
    test_exec(test_as(&s->t, NULL), "DELETE FROM coi_declarations WHERE reason = :a AND :b = ''",
              S("Another."), S(""));
    assert_true(invalid_with(s, "row.missing"));
}

/* An account that was shut or became an auditor's interviews nobody. */
static void an_evaluator_who_left_is_replaced(void **state)
{
    struct scene *s = *state;
    struct interview v;
    const int64_t id = scheduled(s, &s->t.admin, 0, s->at);
    struct ctx *c = test_as(&s->t, NULL);
    test_exec(c, "UPDATE admin_users SET is_active = :b = 'x' WHERE admin_id = :a", s->t.admin.id,
              S(""));
    c = test_as(&s->t, &s->t.super);
    test_db_must(c, interview_get(c, id, &v), "get");
    assert_true(v.reassign);
    const struct interview_assign mine = { .reason = S("The first interviewer has left.") };
    c = test_as(&s->t, &s->t.super);
    test_db_must(c, interview_reassign(c, id, &mine, &v), "take");
    assert_false(v.reassign);
}

/* The rows of a suspension, made by hand, so that the log knows nothing of them. */
static void suspend_first(struct scene *s)
{
    struct ctx *c = test_as(&s->t, NULL);
    test_exec(c,
              "INSERT INTO bias_ledger (admin_id, kind, points, status, created_at) "
              "SELECT admin_id, 'opening', 5, 'suspended', created_at FROM admin_users "
              "WHERE admin_id = :a AND :b = ''",
              s->t.admin.id, S(""));
    test_exec(c,
              "INSERT INTO admin_bias_history (admin_id, total_interviews_conducted, "
              "total_bias_incidents, total_blocks_received, current_status, suspension_count, "
              "strikes, lifetime_strikes, updated_at) SELECT admin_id, 0, 0, 0, 'suspended', 1, 5, "
              "5, created_at FROM admin_users WHERE admin_id = :a AND :b = ''",
              s->t.admin.id, S(""));
}

/* Whoever the bias rules suspended is given nothing, begins nothing, and is replaced. */
static void a_suspended_evaluator_is_replaced(void **state)
{
    struct scene *s = *state;
    struct interview v;
    struct interview_member m;
    struct interview_started r;
    const struct interview_start q = { true, true, true, true };
    const int64_t id = scheduled(s, &s->t.admin, 0, s->at);
    struct ctx *c;
    suspend_first(s);
    c = test_as(&s->t, &s->t.admin);
    assert_int_equal(try_schedule(c, s->anon[1], s->at + HOUR_US, &v), ERR_FORBIDDEN);
    assert_non_null(strstr(c->fault.text, "suspended"));
    c = test_as(&s->t, &s->t.admin);
    assert_int_equal(interview_begin(c, id, &q, &r), ERR_FORBIDDEN);
    c = test_as(&s->t, &s->t.admin);
    assert_int_equal(interview_member(c, id, &m), ERR_OK);
    assert_int_equal(m.door, DOOR_BARRED);
    const struct interview_assign mine = { .admin_id = { NULL, 0 } };
    struct principal other = { .id = S("ADM_TEST0003"), .roles = ROLE_ADMIN };
    c = test_as(&s->t, &other);
    test_db_must(c, interview_get(c, id, &v), "get");
    assert_true(v.reassign);
    test_db_must(c, interview_reassign(c, id, &mine, &v), "take");
    assert_false(v.reassign);
}

static err close_rooms_tx(struct ctx *c, struct tx *tx, void *arg)
{
    return bias_rooms_close(c, tx, *(const struct str *)arg, c->now_us);
}

static bool room_is_closed(struct scene *s, int64_t id)
{
    struct list rows;
    struct ctx *c = test_as(&s->t, NULL);
    test_db_must(c, tx_run(c, TX_WRITE, close_rooms_tx, &s->t.admin.id), "bias_rooms_close");
    test_db_must(c, room_states(c, &id, 1, &rows), "room_states");
    assert_int_equal(rows.n, 1);
    return ((const struct room_state_row *)rows.v)->terminated;
}

/* A bar closes the rooms in which the evaluator was heard. Whoever takes such an interview begins
 * in a room of which the monitor knows nothing, also when it closes the first one's again. */
static void a_closed_room_opens_to_who_takes_it(void **state)
{
    struct scene *s = *state;
    struct interview v;
    const int64_t id = scheduled(s, &s->t.admin, 0, s->at);
    test_exec(test_as(&s->t, NULL),
              "INSERT INTO live_bias_analysis (transcript_id, interview_id, admin_id, "
              "admission_cycle_id, state, spoken_at, bias_detected, severity, confidence_score, "
              "recommended_action, source, llm_model, analyzed_at, config_hash, asked, created_at, "
              "bias_types, evidence_quotes, detector) SELECT 1, id, admin_id, admission_cycle_id, "
              "'done', created_at, FALSE, 'none', 0, 'none', 'rules', 'builtin', created_at, '', "
              "0, created_at, '[]', '[]', '{}' FROM interviews WHERE admin_id = :a AND :b = ''",
              s->t.admin.id, S(""));
    suspend_first(s);
    assert_true(room_is_closed(s, id));
    const struct interview_assign mine = { .admin_id = { NULL, 0 } };
    struct principal other = { .id = S("ADM_TEST0003"), .roles = ROLE_ADMIN };
    struct ctx *c = test_as(&s->t, &other);
    test_db_must(c, interview_reassign(c, id, &mine, &v), "take");
    assert_false(room_is_closed(s, id));
    assert_int_equal(
        test_count(test_as(&s->t, NULL), "SELECT COUNT(*) AS n FROM bias_rooms", S(""), S("")), 0);
}

/* Scores */

static void the_interviewer_scores_once(void **state)
{
    struct scene *s = *state;
    struct interview v;
    const int64_t id = scheduled(s, &s->t.admin, 0, s->at);
    assert_int_equal(give_score(s, &s->t.admin, id, 700), ERR_CONFLICT); /* has not begun */
    begun(s, &s->t.admin, id);
    assert_int_equal(give_score(s, &s->t.super, id, 700), ERR_NOT_FOUND);
    assert_int_equal(give_score(s, &s->t.admin, id, 700), ERR_OK);
    assert_int_equal(give_score(s, &s->t.admin, id, 900), ERR_CONFLICT);
    struct ctx *c = test_as(&s->t, &s->t.admin);
    test_db_must(c, interview_get(c, id, &v), "get");
    assert_int_equal(v.status, INTERVIEW_COMPLETED);
    assert_true(v.scored);
    assert_int_equal(entries(s, "interview.score"), 1);
    assert_int_equal(entries(s, "interview.complete"), 1);
    must_verify(s);
    c = test_as(&s->t, NULL);
    test_exec(c, "UPDATE interview_scores SET motivation_score = 9.5 WHERE :a = :b", S(""), S(""));
    assert_true(invalid_with(s, "row.interview"));
}

static void a_scorecard_is_saved_and_hidden(void **state)
{
    struct scene *s = *state;
    struct scorecard_saved saved;
    struct str etag = { 0 };
    char first[64];
    const struct scorecard half = { .communication_score = 725,
                                    .critical_thinking_score = SCHEMA_NULL_I64,
                                    .motivation_score = SCHEMA_NULL_I64,
                                    .notes = S("so far\nso good") };
    const int64_t id = scheduled(s, &s->t.admin, 0, s->at);
    begun(s, &s->t.admin, id);
    struct ctx *c = test_as(&s->t, &s->t.admin);
    test_db_must(c, scorecard_get(c, id, &saved, &etag), "empty");
    assert_int_equal(saved.saved_at, 0);
    assert_int_equal(((const struct scorecard *)saved.card)->communication_score, SCHEMA_NULL_I64);
    c = test_as(&s->t, &s->t.admin);
    test_db_must(c, scorecard_save(c, id, &half, (struct str){ 0 }, &saved, &etag), "save");
    snprintf(first, sizeof(first), "%.*s", STR_ARG(etag));
    c = test_as(&s->t, &s->t.admin);
    test_db_must(c, scorecard_save(c, id, &half, str_of(first), &saved, &etag), "save again");
    c = test_as(&s->t, &s->t.admin);
    assert_int_equal(scorecard_save(c, id, &half, str_of(first), &saved, &etag), ERR_PRECONDITION);
    c = test_as(&s->t, &s->t.admin);
    test_db_must(c, scorecard_get(c, id, &saved, &etag), "get");
    const struct scorecard *card = saved.card;
    assert_int_equal(card->communication_score, 725);
    assert_int_equal(card->motivation_score, SCHEMA_NULL_I64);
    assert_true(str_eq(card->notes, S("so far\nso good")));
    c = test_as(&s->t, &s->t.super);
    assert_int_equal(scorecard_get(c, id, &saved, &etag), ERR_NOT_FOUND);
    assert_int_equal(give_score(s, &s->t.admin, id, 700), ERR_OK);
    assert_int_equal(test_count(test_as(&s->t, NULL),
                                "SELECT COUNT(*) AS n FROM interview_score_drafts WHERE :a = :b",
                                S(""), S("")),
                     0);
}

static void others_scores_wait_for_the_own(void **state)
{
    struct scene *s = *state;
    struct interview_score r;
    bool found = false;
    const int64_t theirs = scheduled(s, &s->t.super, 0, s->at);
    const int64_t own = scheduled(s, &s->t.admin, 1, s->at);
    begun(s, &s->t.super, theirs);
    struct ctx *c = test_as(&s->t, &s->t.admin);
    assert_int_equal(interview_score_get(c, theirs, &r, &found), ERR_OK);
    assert_false(found);
    assert_int_equal(give_score(s, &s->t.super, theirs, 800), ERR_OK);
    begun(s, &s->t.admin, own);
    c = test_as(&s->t, &s->t.admin);
    assert_int_equal(interview_score_get(c, theirs, &r, &found), ERR_FORBIDDEN);
    assert_int_equal(give_score(s, &s->t.admin, own, 500), ERR_OK);
    c = test_as(&s->t, &s->t.admin);
    assert_int_equal(interview_score_get(c, theirs, &r, &found), ERR_OK);
    assert_true(found);
    assert_int_equal(r.communication_score, 800);
    assert_true(str_eq(r.communication_notes, S("Said it twice, in plain words.")));
    c = test_as(&s->t, &s->t.auditor);
    assert_int_equal(interview_score_get(c, own, &r, &found), ERR_OK);
    assert_int_equal(r.communication_score, 500);
}

/* Marks of a blocked evaluator count no more, and another evaluator scores anew. */
static err block_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct audit_head head = { .known = false };
    const struct interview_cancelling q = { .id = *(int64_t *)arg,
                                            .code = INTERVIEW_BIAS_BLOCK,
                                            .by_monitor = true };
    bool done = false, again = true;
    TRY(interview_cancel_in(c, tx, &head, &q, &done));
    TRY(interview_cancel_in(c, tx, &head, &q, &again));
    return done && !again ? ERR_OK : FAIL(c, INTERNAL, "cancelled twice, or not at all");
}

static void a_block_voids_the_score(void **state)
{
    struct scene *s = *state;
    struct phase_reply r;
    struct interview v;
    for (int i = 1; i < SEATS * FACTOR; i++) {
        const int64_t id = scheduled(s, &s->t.super, i, s->at + i * HOUR_US);
        begun(s, &s->t.super, id);
        assert_int_equal(give_score(s, &s->t.super, id, 300), ERR_OK);
    }
    int64_t id = scheduled(s, &s->t.admin, 0, s->at);
    begun(s, &s->t.admin, id);
    assert_int_equal(give_score(s, &s->t.admin, id, 900), ERR_OK);
    struct ctx *c = test_as(&s->t, NULL);
    test_db_must(c, tx_run(c, TX_WRITE, block_tx, &id), "block");
    c = test_as(&s->t, &s->t.admin);
    assert_int_equal(test_step(c, str_of(s->cycle_id), "final-select", &r), ERR_PHASE);
    assert_non_null(strstr(c->fault.text, "1 shortlisted application has no interview"));
    must_verify(s);
    const int64_t next = scheduled(s, &s->t.super, 0, s->at);
    begun(s, &s->t.super, next);
    assert_int_equal(give_score(s, &s->t.super, next, 900), ERR_OK);
    c = test_as(&s->t, &s->t.admin);
    assert_int_equal(test_step(c, str_of(s->cycle_id), "final-select", &r), ERR_OK);
    must_verify(s);
    /* From here on nothing of the interviews changes. */
    const struct interview_cancel late = { INTERVIEW_BY_REQUEST, { NULL, 0 } };
    c = test_as(&s->t, &s->t.super);
    assert_int_equal(interview_cancel(c, next, &late, (struct str){ 0 }), ERR_PHASE);
    c = test_as(&s->t, &s->t.super);
    assert_int_equal(try_schedule(c, s->anon[0], s->at + 9 * HOUR_US, &v), ERR_PHASE);
    must_verify(s);
}

/* Views */

static int student_of(struct scene *s, int64_t id)
{
    char text[ID_MAX + 1];
    struct ctx *c = test_as(&s->t, NULL);
    snprintf(text, sizeof(text), "%lld", (long long)id);
    struct list rows = test_rows(c,
                                 "SELECT student_id AS a, student_id AS b FROM interviews "
                                 "WHERE CAST(id AS TEXT) = :a",
                                 str_of(text));
    for (int i = 0; i < N; i++)
        if (str_eq(((const struct test_text *)rows.v)->a, test_student_id(c->mem, i)))
            return i;
    fail();
    return -1;
}

static void students_see_their_own_alone(void **state)
{
    struct scene *s = *state;
    struct list rows;
    struct interview_member m;
    struct str ics;
    const int64_t id = scheduled(s, &s->t.admin, 0, s->at);
    const int64_t other = scheduled(s, &s->t.super, 1, s->at);
    const struct interview_change notes = { .notes = S("A quiet voice.") };
    const struct seen seen = seen_of("notes");
    struct interview v;
    struct ctx *c = test_as(&s->t, &s->t.admin);
    test_db_must(c, interview_update(c, id, &notes, &seen, (struct str){ 0 }, &v), "notes");
    const int who = student_of(s, id);
    c = test_as_student(&s->t, who);
    test_db_must(c, interview_list_own(c, &rows), "own");
    assert_int_equal(rows.n, 1);
    const struct interview *o = rows.v;
    assert_int_equal(o->id, id);
    assert_null(o->anonymized_id.p);
    assert_null(o->notes.p);
    assert_true(str_eq(o->student_id, c->who->id));
    assert_true(str_starts(o->application_id, S("APP_")));
    assert_int_equal(interview_member(c, id, &m), ERR_OK);
    assert_int_equal(m.part, PART_STUDENT);
    assert_int_equal(m.door, DOOR_NOT_STARTED);
    assert_int_equal(interview_member(c, other, &m), ERR_NOT_FOUND);
    c = test_as_student(&s->t, who);
    assert_int_equal(interview_calendar_get(c, other, &ics), ERR_NOT_FOUND);
    c = test_as_student(&s->t, who);
    s->t.settings.base_url = S("https://admissions.example/");
    test_db_must(c, interview_calendar_get(c, id, &ics), "calendar");
    char *text = str_z(c->mem, ics);
    assert_non_null(strstr(text, "BEGIN:VCALENDAR\r\n"));
    assert_non_null(strstr(text, "SUMMARY:Admission interview\r\n"));
    assert_non_null(strstr(text, "https://admissions.example/interview/"));
    assert_null(strstr(text, "ANON_"));
    c = test_as(&s->t, &s->t.admin);
    test_db_must(c, interview_calendar_get(c, id, &ics), "calendar");
    text = str_z(c->mem, ics);
    assert_non_null(strstr(text, "SUMMARY:Interview with ANON_"));
    assert_null(strstr(text, "APP_"));
    /* A third person on the staff has no part in it; a super_admin may look on. */
    struct principal third = { .id = S("ADM_TEST0003"), .roles = ROLE_ADMIN };
    assert_int_equal(interview_member(test_as(&s->t, &third), id, &m), ERR_NOT_FOUND);
    assert_int_equal(interview_member(test_as(&s->t, &s->t.super), id, &m), ERR_OK);
    assert_int_equal(m.part, PART_OBSERVER);
    assert_int_equal(interview_member(test_as(&s->t, NULL), id, &m), ERR_NOT_FOUND);
}

static void lists_come_in_pages(void **state)
{
    struct scene *s = *state;
    struct list rows;
    struct str next = { 0 };
    int64_t total = 0;
    for (int i = 0; i < SEATS * FACTOR; i++)
        scheduled(s, i == 3 ? &s->t.super : &s->t.admin, i, s->at + i * HOUR_US);
    struct interview_page p = { .cycle_id = str_of(s->cycle_id), .status = -1, .limit = 3 };
    struct ctx *c = test_as(&s->t, &s->t.admin);
    test_db_must(c, interview_list(c, &p, &rows, &next, &total), "list");
    assert_int_equal(rows.n, 3);
    assert_int_equal(total, 4);
    const struct interview *v = rows.v;
    assert_true(v[0].interview_time > v[1].interview_time &&
                v[1].interview_time > v[2].interview_time);
    assert_non_null(next.p);
    p.cursor = next;
    test_db_must(c, interview_list(c, &p, &rows, &next, &total), "list");
    assert_int_equal(rows.n, 1);
    assert_null(next.p);
    p = (struct interview_page){ .mine = true, .status = INTERVIEW_SCHEDULED, .limit = 10 };
    c = test_as(&s->t, &s->t.super);
    test_db_must(c, interview_list(c, &p, &rows, &next, &total), "mine");
    assert_int_equal(rows.n, 1);
    p = (struct interview_page){ .cycle_id = S("CYC_NONE"), .status = -1, .limit = 10 };
    assert_int_equal(interview_list(test_as(&s->t, &s->t.super), &p, &rows, &next, &total),
                     ERR_NOT_FOUND);
}

/* What a person took away is gone behind an erasure, and the log still verifies. */
static void erasure_takes_the_words(void **state)
{
    struct scene *s = *state;
    struct phase_reply r;
    struct erasure_reply e;
    const struct erasure_confirm confirm = { true };
    for (int i = 0; i < SEATS * FACTOR; i++) {
        const int64_t id = scheduled(s, &s->t.admin, i, s->at + i * HOUR_US);
        begun(s, &s->t.admin, id);
        assert_int_equal(give_score(s, &s->t.admin, id, 100 * i), ERR_OK);
    }
    struct ctx *c = test_as(&s->t, &s->t.admin);
    test_db_must(c, test_step(c, str_of(s->cycle_id), "final-select", &r), "final");
    c = test_as(&s->t, &s->t.admin);
    test_db_must(c, test_step(c, str_of(s->cycle_id), "publish", &r), "publish");
    for (int i = 0; i < N; i++) {
        c = test_as_student(&s->t, i);
        test_db_must(c, erasure_request(c, &confirm, &e), "erase");
    }
    c = test_as(&s->t, NULL);
    assert_int_equal(test_count(c,
                                "SELECT COUNT(*) AS n FROM interview_scores WHERE notes IS NOT "
                                "NULL OR communication_notes IS NOT NULL",
                                S(""), S("")),
                     0);
    must_verify(s);
}

/* Rows and entries */

static void rows_are_bound(void **state)
{
    struct scene *s = *state;
    static const struct {
        const char *sql, *code;
    } attacks[] = {
        { "UPDATE interviews SET interview_time = '2030-01-01T00:00:00.000000Z' WHERE :a = :b",
          "row.interview" },
        { "UPDATE interviews SET admin_id = 'ADM_TEST0003' WHERE :a = :b", "row.interview" },
        { "UPDATE interviews SET duration_minutes = 31 WHERE :a = :b", "row.interview" },
        { "UPDATE interviews SET status = 'completed' WHERE :a = :b", "row.interview" },
        { "UPDATE interviews SET started_at = NULL WHERE :a = :b", "row.interview" },
        { "DELETE FROM interviews WHERE :a = :b", "row.missing" },
    };
    for (size_t i = 0; i < sizeof(attacks) / sizeof(attacks[0]); i++) {
        if (i) {
            close_scene(state);
            open_scene(state);
            s = *state;
        }
        begun(s, &s->t.admin, scheduled(s, &s->t.admin, 0, s->at));
        must_verify(s);
        if (i + 1 == sizeof(attacks) / sizeof(attacks[0]))
            test_exec(test_as(&s->t, NULL), "DELETE FROM coi_declarations WHERE :a = :b", S(""),
                      S(""));
        test_exec(test_as(&s->t, NULL), attacks[i].sql, S(""), S(""));
        if (!invalid_with(s, attacks[i].code))
            fail_msg("not seen: %s", attacks[i].sql);
    }
}

#define SCENE(test_) cmocka_unit_test_setup_teardown(test_, open_scene, close_scene)
int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE(a_slot_is_given_once),
        SCENE(only_those_invited_and_only_ahead),
        SCENE(nobody_is_booked_twice),
        SCENE(changes_honour_the_tag),
        SCENE(a_cancelled_one_stays_and_may_be_replaced),
        SCENE(its_room_hears_of_the_end_at_once),
        SCENE(it_begins_with_three_statements),
        SCENE(the_window_is_kept),
        SCENE(who_declines_is_replaced),
        SCENE(an_evaluator_who_left_is_replaced),
        SCENE(a_suspended_evaluator_is_replaced),
        SCENE(a_closed_room_opens_to_who_takes_it),
        SCENE(the_interviewer_scores_once),
        SCENE(a_scorecard_is_saved_and_hidden),
        SCENE(others_scores_wait_for_the_own),
        SCENE(a_block_voids_the_score),
        SCENE(students_see_their_own_alone),
        SCENE(lists_come_in_pages),
        SCENE(erasure_takes_the_words),
        SCENE(rows_are_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
