/* Submissions over a real database: what is stored, who may apply when, keys that repeat, races. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <pthread.h>

#include "crypto/commit.h"
#include "support/test_cycle.h"

enum { PARALLEL = 50 };

static err apply(struct ctx *c, int i, const char *key, const char *body,
                 struct application_receipt *ret, bool *ret_replayed)
{
    const struct application_new n = test_application(c->mem, i);
    const struct submit_options o = { .idempotency_key = str_of(key), .raw_body = str_of(body) };
    return application_submit(c, &n, &o, ret, ret_replayed);
}

static int64_t applications(struct ctx *c)
{
    return test_count(c, "SELECT COUNT(*) AS n FROM applications", S(""), S(""));
}

static void submission_is_sealed_counted_and_logged(void **state)
{
    (void)state;
    struct test_cycle t;
    char room[ID_MAX + 1];
    struct ctx *c = test_cycle_open(&t, 1);
    const struct str id = test_cycle_create(c, 3, room);
    struct application_receipt r;
    bool replayed = true;
    c = test_as_student(&t, 0);
    assert_int_equal(apply(c, 0, NULL, "{}", &r, &replayed), ERR_OK);
    assert_false(replayed);
    assert_true(r.success && r.status == APP_SUBMITTED && r.timestamp == c->now_us);
    assert_true(str_starts(r.application_id, S("APP_")));
    assert_int_equal(r.application_id.n, 30);
    struct list rows = test_rows(c,
                                 "SELECT sealed_identity AS a, email_hash AS b "
                                 "FROM application_texts WHERE application_id = :a",
                                 r.application_id);
    assert_int_equal(rows.n, 1);
    const struct test_text *texts = rows.v;
    struct str plain;
    assert_int_equal(keyring_open(c, texts->a, &plain), ERR_OK);
    const struct str want = str_fmt(c->mem,
                                    "{\"address\":null,\"application_id\":\"%.*s\",\"email\":"
                                    "\"Student0@Example.org\",\"name\":\"Ada Testwell 0\","
                                    "\"phone\":null}",
                                    STR_ARG(r.application_id));
    assert_true(str_eq(plain, want)); /* the account's address, not the body's */
    const struct str lower = S("student0@example.org");
    const struct hash h =
        hmac_sha256((struct str){ (const char *)t.keys.lookup, sizeof(t.keys.lookup) }, &lower, 1);
    assert_true(str_eq(texts->b, hash_hex(c->mem, &h)));
    /* The log's commitment opens with the subject's key and nothing else. */
    rows = test_entries(c,
                        "SELECT entry AS a, subj AS b FROM audit_entry "
                        "WHERE act = 'application.submit' AND cycle_id = :a",
                        id);
    assert_int_equal(rows.n, 1);
    const struct test_text *entry = rows.v;
    struct entry e;
    const char *why = NULL;
    assert_true(entry_read(entry->a, &e, &why));
    assert_true(str_eq(e.actor, S("student")));
    assert_int_equal(e.n_commits, 1);
    assert_null(memmem(entry->a.p, entry->a.n, "Student0", 8));
    struct cycle cy;
    assert_int_equal(cycle_get(c, id, &cy), ERR_OK);
    assert_int_equal(cy.current_seats, 1);
    test_cycle_close(&t);
}

static err open_key_tx(struct ctx *c, struct tx *tx, void *arg)
{
    const struct test_text *q = arg;
    uint8_t key[SUBJECT_KEY_N];
    struct entry e;
    const char *why = NULL;
    TRY(subject_key_open(c, tx, q->b, key));
    if (!entry_read(q->a, &e, &why))
        return FAIL(c, INTERNAL, "%s", why);
    const struct application_new n = test_application(c->mem, 0);
    struct buf b;
    buf_init(&b, c->mem, 1 << 16);
    application_payload_canon(&b, n.gpa, &n.test_scores, n.essay, n.achievements);
    const struct hash salt = commit_salt(key, S("payload"), e.nonce_hex);
    const struct hash commit = commit_value(&salt, S("payload"), buf_view(&b));
    if (!str_eq(hash_hex(c->mem, &commit), str_of(e.commits[0].hex)))
        return FAIL(c, INTERNAL, "the commitment does not open");
    return ERR_OK;
}

static void commitment_opens_with_the_subjects_key(void **state)
{
    (void)state;
    struct test_cycle t;
    char room[ID_MAX + 1];
    struct ctx *c = test_cycle_open(&t, 1);
    const struct str id = test_cycle_create(c, 3, room);
    test_apply_many(c, id, 0, 1);
    struct list rows = test_entries(c,
                                    "SELECT entry AS a, subj AS b FROM audit_entry "
                                    "WHERE act = 'application.submit' AND cycle_id = :a",
                                    id);
    assert_int_equal(rows.n, 1);
    const err e = tx_run(c, TX_READ, open_key_tx, rows.v);
    assert_string_equal(c->fault.text, "");
    assert_int_equal(e, ERR_OK);
    test_cycle_close(&t);
}

static void refusals_leave_no_trace(void **state)
{
    (void)state;
    struct test_cycle t;
    char room[ID_MAX + 1];
    struct ctx *c = test_cycle_open(&t, 2);
    struct application_receipt r;
    bool replayed;
    c = test_as_student(&t, 0);
    assert_int_equal(apply(c, 0, NULL, "", &r, &replayed), ERR_PHASE);
    assert_string_equal(c->fault.text, "No admission cycle is open");
    c = test_as(&t, &t.admin);
    const struct str id = test_cycle_create(c, 3, room);
    assert_int_equal(apply(c, 0, NULL, "", &r, &replayed), ERR_FORBIDDEN);
    test_exec(c,
              "UPDATE admission_cycles SET start_date = '2020-01-01T00:00:00.000000Z', "
              "end_date = '2020-02-01T00:00:00.000000Z'",
              S(""), S(""));
    c = test_as_student(&t, 0);
    assert_int_equal(apply(c, 0, NULL, "", &r, &replayed), ERR_PHASE);
    assert_string_equal(c->fault.text, "The deadline of this admission cycle has passed");
    test_exec(c,
              "UPDATE admission_cycles SET start_date = '2999-01-01T00:00:00.000000Z', "
              "end_date = '2999-02-01T00:00:00.000000Z'",
              S(""), S(""));
    c = test_as_student(&t, 0);
    assert_int_equal(apply(c, 0, NULL, "", &r, &replayed), ERR_PHASE);
    assert_string_equal(c->fault.text, "Applications for this admission cycle have not opened yet");
    test_exec(c,
              "UPDATE admission_cycles SET start_date = '2020-01-01T00:00:00.000000Z', "
              "end_date = '2999-02-01T00:00:00.000000Z'",
              S(""), S(""));
    c = test_as_student(&t, 7); /* no such account */
    assert_int_equal(apply(c, 0, NULL, "", &r, &replayed), ERR_FORBIDDEN);
    c = test_as_student(&t, 0);
    struct application_new n = test_application(c->mem, 0);
    ((struct e2_pair *)n.test_scores.v)[0].e2 = 10;
    assert_int_equal(application_submit(c, &n, NULL, &r, &replayed), ERR_INVALID);
    n.test_scores.n = 0;
    fault_clear(c);
    assert_int_equal(application_submit(c, &n, NULL, &r, &replayed), ERR_INVALID);
    c = test_as(&t, &t.admin);
    assert_int_equal(applications(c), 0);
    assert_int_equal(test_acts(c, "application.submit"), 0);
    struct cycle cy;
    assert_int_equal(cycle_get(c, id, &cy), ERR_OK);
    assert_int_equal(cy.current_seats, 0);
    test_cycle_close(&t);
}

/* F18: processes whose clocks are five minutes apart agree on the deadline, as a server's clock
 * judges it. On SQLite all processes have the machine's clock. */
static void one_clock_judges_the_deadline(void **state)
{
    (void)state;
    test_needs_server("a file has no clock of its own");
    struct test_cycle t;
    char room[ID_MAX + 1];
    struct ctx *c = test_cycle_open(&t, 2);
    struct application_receipt r;
    bool replayed;
    test_cycle_create(c, 3, room);
    test_exec(c, "UPDATE admission_cycles SET end_date = CURRENT_TIMESTAMP + INTERVAL '1 minute'",
              S(""), S(""));
    c = test_as_student(&t, 0);
    c->now_us += 5 * 60 * INT64_C(1000000);
    assert_int_equal(apply(c, 0, NULL, "", &r, &replayed), ERR_OK);
    test_exec(c, "UPDATE admission_cycles SET end_date = CURRENT_TIMESTAMP - INTERVAL '1 minute'",
              S(""), S(""));
    c = test_as_student(&t, 1);
    c->now_us -= 5 * 60 * INT64_C(1000000);
    assert_int_equal(apply(c, 1, NULL, "", &r, &replayed), ERR_PHASE);
    assert_string_equal(c->fault.text, "The deadline of this admission cycle has passed");
    test_cycle_close(&t);
}

static void one_per_student_and_cycle(void **state)
{
    (void)state;
    struct test_cycle t;
    char room[ID_MAX + 1];
    struct ctx *c = test_cycle_open(&t, 2);
    const struct str id = test_cycle_create(c, 3, room);
    struct application_receipt r;
    bool replayed;
    c = test_as_student(&t, 0);
    assert_int_equal(apply(c, 0, NULL, "", &r, &replayed), ERR_OK);
    c = test_as_student(&t, 0);
    assert_int_equal(apply(c, 0, NULL, "", &r, &replayed), ERR_PHASE);
    assert_string_equal(c->fault.text, "You have already applied in this admission cycle");
    struct cycle cy;
    c = test_as(&t, &t.admin);
    assert_int_equal(cycle_get(c, id, &cy), ERR_OK);
    assert_int_equal(cy.current_seats, 1);
    assert_int_equal(test_acts(c, "application.submit"), 1);
    test_cycle_create(c, 3, room); /* another cycle, another chance */
    c = test_as_student(&t, 0);
    assert_int_equal(apply(c, 0, NULL, "", &r, &replayed), ERR_OK);
    test_cycle_close(&t);
}

static void a_key_repeats_its_reply(void **state)
{
    (void)state;
    struct test_cycle t;
    char room[ID_MAX + 1], first[ID_MAX + 1];
    struct ctx *c = test_cycle_open(&t, 2);
    const struct str id = test_cycle_create(c, 3, room);
    struct application_receipt r;
    bool replayed;
    c = test_as_student(&t, 0);
    assert_int_equal(apply(c, 0, "key-1", "body", &r, &replayed), ERR_OK);
    assert_false(replayed);
    snprintf(first, sizeof(first), "%.*s", STR_ARG(r.application_id));
    const int64_t at = r.timestamp;
    c = test_as_student(&t, 0);
    assert_int_equal(apply(c, 0, "key-1", "body", &r, &replayed), ERR_OK);
    assert_true(replayed);
    assert_true(str_eq(r.application_id, str_of(first)));
    assert_int_equal(r.timestamp, at);
    assert_int_equal(r.status, APP_SUBMITTED);
    /* Another body under the key is a mistake of the client. */
    c = test_as_student(&t, 0);
    assert_int_equal(apply(c, 0, "key-1", "other", &r, &replayed), ERR_INVALID);
    assert_int_equal(c->fault.n_issues, 1);
    assert_true(str_eq(c->fault.issues[0].loc, S("[\"header\",\"Idempotency-Key\"]")));
    /* The same key of another person is another key. */
    c = test_as_student(&t, 1);
    assert_int_equal(apply(c, 1, "key-1", "body", &r, &replayed), ERR_OK);
    assert_false(replayed);
    /* A known key answers even when the cycle is closed; an expired one does not. */
    c = test_as(&t, &t.admin);
    struct cycle cy;
    assert_int_equal(cycle_close(c, id, &cy), ERR_OK);
    c = test_as_student(&t, 0);
    assert_int_equal(apply(c, 0, "key-1", "body", &r, &replayed), ERR_OK);
    assert_true(replayed);
    c = test_as_student(&t, 0);
    c->now_us += 2 * TEST_DAY_US;
    assert_int_equal(apply(c, 0, "key-1", "body", &r, &replayed), ERR_PHASE);
    c = test_as(&t, &t.admin);
    assert_int_equal(cycle_open(c, id, &cy), ERR_OK);
    c = test_as_student(&t, 0);
    c->now_us += 2 * TEST_DAY_US;
    assert_int_equal(apply(c, 0, "key-1", "body", &r, &replayed), ERR_PHASE);
    assert_string_equal(c->fault.text, "You have already applied in this admission cycle");
    c = test_as_student(&t, 0);
    assert_int_equal(apply(c, 0, "", "body", &r, &replayed), ERR_INVALID);
    assert_int_equal(applications(c), 2);
    test_cycle_close(&t);
}

struct racer {
    struct test_cycle *t;
    pthread_barrier_t *start;
    const char *key;
    int student;
    err result;
    char text[FAULT_TEXT_MAX], id[ID_MAX + 1];
};

static void *race_submit(void *arg)
{
    struct racer *r = arg;
    struct ctx c;
    test_db_thread_ctx(&r->t->db, &c);
    char student[ID_MAX + 1];
    snprintf(student, sizeof(student), "STU_%026d", r->student);
    const struct principal who = { .id = str_of(student), .roles = ROLE_STUDENT };
    c.who = &who;
    struct application_receipt receipt = { .success = false };
    bool replayed = false;
    pthread_barrier_wait(r->start);
    r->result = apply(&c, r->student, r->key, "body", &receipt, &replayed);
    snprintf(r->text, sizeof(r->text), "%s", c.fault.text);
    snprintf(r->id, sizeof(r->id), "%.*s", STR_ARG(receipt.application_id));
    test_db_thread_ctx_close(&c);
    return NULL;
}

static void run_race(struct racer *racers, size_t n, void *(*run)(void *))
{
    pthread_t threads[PARALLEL + 1];
    pthread_barrier_t start;
    pthread_barrier_init(&start, NULL, (unsigned)n);
    for (size_t i = 0; i < n; i++) {
        racers[i].start = &start;
        assert_int_equal(pthread_create(&threads[i], NULL, run, &racers[i]), 0);
    }
    for (size_t i = 0; i < n; i++)
        pthread_join(threads[i], NULL);
    pthread_barrier_destroy(&start);
}

static void fifty_at_once_one_wins(void **state)
{
    (void)state;
    enum { WINNERS = 20 };
    struct test_cycle t;
    char room[ID_MAX + 1];
    struct ctx *c = test_cycle_open(&t, WINNERS);
    const struct str id = test_cycle_create(c, 3, room);
    for (int round = 0; round < WINNERS; round++) {
        static struct racer racers[PARALLEL];
        int won = 0;
        for (int i = 0; i < PARALLEL; i++)
            racers[i] = (struct racer){ .t = &t, .student = round };
        run_race(racers, PARALLEL, race_submit);
        for (int i = 0; i < PARALLEL; i++) {
            won += racers[i].result == ERR_OK;
            if (racers[i].result == ERR_OK)
                continue;
            assert_int_equal(racers[i].result, ERR_PHASE);
            assert_string_equal(racers[i].text, "You have already applied in this admission cycle");
        }
        assert_int_equal(won, 1);
    }
    struct cycle cy;
    c = test_as(&t, &t.admin);
    assert_int_equal(cycle_get(c, id, &cy), ERR_OK);
    assert_int_equal(cy.current_seats, WINNERS);
    assert_int_equal(applications(c), WINNERS);
    assert_int_equal(test_acts(c, "application.submit"), WINNERS);
    test_cycle_close(&t);
}

static void fifty_with_one_key_have_one_reply(void **state)
{
    (void)state;
    struct test_cycle t;
    char room[ID_MAX + 1];
    struct ctx *c = test_cycle_open(&t, 1);
    test_cycle_create(c, 3, room);
    static struct racer racers[PARALLEL];
    for (int i = 0; i < PARALLEL; i++)
        racers[i] = (struct racer){ .t = &t, .student = 0, .key = "one" };
    run_race(racers, PARALLEL, race_submit);
    for (int i = 0; i < PARALLEL; i++) {
        assert_string_equal(racers[i].text, "");
        assert_int_equal(racers[i].result, ERR_OK);
        assert_string_equal(racers[i].id, racers[0].id);
    }
    assert_int_equal(applications(c), 1);
    test_cycle_close(&t);
}

static struct str race_cycle;
static void *race_freeze(void *arg)
{
    struct racer *r = arg;
    if (r->student >= 0)
        return race_submit(arg);
    struct ctx c;
    test_db_thread_ctx(&r->t->db, &c);
    c.who = &r->t->admin;
    struct phase_reply reply;
    pthread_barrier_wait(r->start);
    r->result = test_step(&c, race_cycle, "freeze", &reply);
    test_db_thread_ctx_close(&c);
    return NULL;
}

/* Either in the freeze and in its count, or refused: never in between. */
static void submissions_race_with_the_freeze(void **state)
{
    (void)state;
    enum { RACERS = 9, ROUNDS = 200 };
    struct test_cycle t;
    char room[ID_MAX + 1];
    struct ctx *c = test_cycle_open(&t, RACERS + 1);
    int in = 0, out = 0;
    for (int round = 0; round < ROUNDS; round++) {
        c = test_as(&t, &t.admin);
        race_cycle = test_cycle_create(c, 3, room);
        test_apply_many(c, race_cycle, RACERS, 1);
        struct racer racers[RACERS];
        for (int i = 0; i < RACERS; i++)
            racers[i] = (struct racer){ .t = &t, .student = i };
        racers[round % RACERS].student = -1;
        run_race(racers, RACERS, race_freeze);
        int won = 1;
        for (int i = 0; i < RACERS; i++) {
            if (racers[i].student < 0)
                assert_int_equal(racers[i].result, ERR_OK);
            else if (racers[i].result == ERR_OK)
                won++;
            else
                assert_int_equal(racers[i].result, ERR_PHASE);
        }
        in += won - 1;
        out += RACERS - won;
        c = test_as(&t, &t.admin);
        const char *rows = "SELECT COUNT(*) AS n FROM applications WHERE admission_cycle_id = :a "
                           "AND status = 'finalized'";
        assert_int_equal(test_count(c, rows, race_cycle, S("")), won);
        struct list entry = test_entries(c,
                                         "SELECT entry AS a, subj AS b FROM "
                                         "audit_entry WHERE act = 'cycle.freeze' AND "
                                         "cycle_id = :a",
                                         race_cycle);
        assert_int_equal(entry.n, 1);
        const struct str text = ((const struct test_text *)entry.v)->a;
        const struct str want = str_fmt(c->mem, "\"count\":%d}", won);
        assert_non_null(memmem(text.p, text.n, want.p, want.n));
        struct cycle cy;
        assert_int_equal(cycle_get(c, race_cycle, &cy), ERR_OK);
        assert_int_equal(cy.current_seats, won);
    }
    assert_int_equal(in + out, ROUNDS * (RACERS - 1));
    test_cycle_close(&t);
}

static void owner_staff_and_strangers(void **state)
{
    (void)state;
    struct test_cycle t;
    char room[ID_MAX + 1], app[ID_MAX + 1];
    struct ctx *c = test_cycle_open(&t, 2);
    const struct str id = test_cycle_create(c, 1, room);
    struct application_receipt r;
    struct application_state st;
    bool replayed;
    c = test_as_student(&t, 0);
    assert_int_equal(apply(c, 0, NULL, "", &r, &replayed), ERR_OK);
    snprintf(app, sizeof(app), "%.*s", STR_ARG(r.application_id));
    c = test_as_student(&t, 0);
    assert_int_equal(application_state_get(c, str_of(app), &st), ERR_OK);
    assert_int_equal(st.status, APP_SUBMITTED);
    assert_null(st.anonymized_id.p);
    c = test_as_student(&t, 1);
    assert_int_equal(application_state_get(c, str_of(app), &st), ERR_NOT_FOUND);
    assert_string_equal(c->fault.text, "Application not found");
    c = test_as_student(&t, 1);
    assert_int_equal(application_state_get(c, S("APP_NONE"), &st), ERR_NOT_FOUND);
    assert_string_equal(c->fault.text, "Application not found");
    c = test_as(&t, NULL);
    assert_int_equal(application_state_get(c, str_of(app), &st), ERR_NOT_FOUND);
    c = test_as(&t, &t.auditor);
    assert_int_equal(application_state_get(c, str_of(app), &st), ERR_OK);
    /* Before scrubbing the staff list holds a number and nobody. */
    struct list rows;
    struct str next;
    int64_t total = 0;
    const struct application_query q = application_query_all;
    assert_int_equal(application_list(c, id, &q, &rows, &next, &total), ERR_OK);
    assert_int_equal(total, 1);
    assert_int_equal(rows.n, 0);
    assert_null(next.p);
    assert_int_equal(application_list(c, S("CYC_NONE"), &q, &rows, &next, &total), ERR_NOT_FOUND);
    test_cycle_close(&t);
}

static void many_are_like_one_by_one(void **state)
{
    (void)state;
    struct test_cycle t;
    char room[ID_MAX + 1];
    struct ctx *c = test_cycle_open(&t, 200);
    const struct str id = test_cycle_create(c, 3, room);
    test_apply_many(c, id, 0, 200);
    struct cycle cy;
    assert_int_equal(cycle_get(c, id, &cy), ERR_OK);
    assert_int_equal(cy.current_seats, 200);
    assert_int_equal(applications(c), 200);
    assert_int_equal(test_acts(c, "application.submit"), 200);
    /* 200 of 2,048 places: a dozen may be shared. */
    assert_true(test_count(c, "SELECT COUNT(DISTINCT scrub_order) AS n FROM applications", S(""),
                           S("")) > 150);
    /* One that has applied spoils the whole call. */
    struct submit_item item = { test_application(c->mem, 0), test_student_id(c->mem, 0) };
    assert_int_equal(application_submit_many(c, id, &item, 1), ERR_PHASE);
    fault_clear(c);
    assert_int_equal(cycle_close(c, id, &cy), ERR_OK);
    assert_int_equal(application_submit_many(c, id, &item, 1), ERR_PHASE);
    fault_clear(c);
    assert_int_equal(cycle_get(c, id, &cy), ERR_OK);
    assert_int_equal(cy.current_seats, 200);
    test_cycle_close(&t);
}

/* The cycle closes between the look and the writing: random numbers are asked for there. */
static struct test_cycle *closing;
static void close_then_fill(void *self, void *p, size_t n)
{
    struct test_cycle *t = closing;
    (void)self;
    closing = NULL;
    if (t) {
        struct ctx c;
        test_db_thread_ctx(&t->db, &c);
        test_exec(&c, "UPDATE admission_cycles SET is_open = FALSE", S(""), S(""));
        test_db_thread_ctx_close(&c);
    }
    random_system.fill(random_system.self, p, n);
}

static void closed_between_look_and_writing(void **state)
{
    (void)state;
    static const struct random_port port = { .fill = close_then_fill };
    struct test_cycle t;
    char room[ID_MAX + 1];
    struct ctx *c = test_cycle_open(&t, 1);
    const struct str id = test_cycle_create(c, 3, room);
    struct application_receipt r;
    bool replayed;
    t.db.deps.random = &port;
    c = test_as_student(&t, 0);
    closing = &t;
    assert_int_equal(apply(c, 0, "k", "{}", &r, &replayed), ERR_PHASE);
    assert_string_equal(c->fault.text, "No admission cycle is open");
    assert_null(closing);
    assert_int_equal(applications(c), 0);
    struct cycle cy;
    fault_clear(c);
    assert_int_equal(cycle_get(c, id, &cy), ERR_OK);
    assert_int_equal(cy.current_seats, 0);
    test_exec(c, "UPDATE admission_cycles SET is_open = TRUE", S(""), S(""));
    c = test_as_student(&t, 0);
    assert_int_equal(apply(c, 0, "k", "{}", &r, &replayed), ERR_OK);
    assert_int_equal(applications(c), 1);
    test_cycle_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(submission_is_sealed_counted_and_logged),
        cmocka_unit_test(commitment_opens_with_the_subjects_key),
        cmocka_unit_test(refusals_leave_no_trace),
        cmocka_unit_test(one_clock_judges_the_deadline),
        cmocka_unit_test(one_per_student_and_cycle),
        cmocka_unit_test(a_key_repeats_its_reply),
        cmocka_unit_test(fifty_at_once_one_wins),
        cmocka_unit_test(fifty_with_one_key_have_one_reply),
        cmocka_unit_test(submissions_race_with_the_freeze),
        cmocka_unit_test(owner_staff_and_strangers),
        cmocka_unit_test(many_are_like_one_by_one),
        cmocka_unit_test(closed_between_look_and_writing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
