/* support/test_cycle.h: a database with keys, an administrator and students, ready for cycles.
 * Use: struct test_cycle t; struct ctx *c = test_cycle_open(&t); … test_cycle_close(&t);
 * ENIGMA_TEST_SEQUENCER=always: entries of the log wait for the sequencer on every engine. */
#ifndef ENIGMA_TESTS_SUPPORT_TEST_CYCLE_H
#define ENIGMA_TESTS_SUPPORT_TEST_CYCLE_H

#include "codec/id.h"
#include "crypto/fernet.h"
#include "crypto/note.h"
#include "db/db.h"
#include "domain/role.h"
#include "service/audit_log.h"
#include "service/cycle_admin.h"
#include "service/evaluate.h"
#include "service/fairness.h"
#include "service/intake.h"
#include "service/job.h"
#include "service/job_bell.h"
#include "service/phase_step.h"
#include "service/preprocess.h"
#include "service/settings.h"
#include "support/test_db.h"

enum { TEST_STUDENTS_MAX = 2000 };
#define TEST_DAY_US (INT64_C(86400) * 1000000)

struct test_cycle {
    struct test_db db;
    struct keyring keys;
    struct settings settings;
    struct job_bell bell;
    char export_dir[64];
    struct principal admin, super, auditor, student;
    char student_id[ID_MAX + 1];
};
static const struct evaluator_port *const test_evaluators[] = { &evaluator_builtin, NULL };

/* SQL of tests: literals only, since their address is the key of the statement cache. */
struct test_number {
    int64_t n;
};
static const struct field test_number_fields[] = { FIELD_I64(struct test_number, n, .flags = 0) };
static SCHEMA(test_number_schema, "TestNumber", struct test_number, test_number_fields);
struct test_text {
    struct str a, b;
};
static const struct field test_text_fields[] = {
    FIELD_STR(struct test_text, a, .flags = FIELD_NULL),
    FIELD_STR(struct test_text, b, .flags = FIELD_NULL)
};
static SCHEMA(test_text_schema, "TestText", struct test_text, test_text_fields);

/* The same where a is bytes: entries of the log. */
static const struct field test_bytes_fields[] = {
    FIELD_BLOB(struct test_text, a), FIELD_STR(struct test_text, b, .flags = FIELD_NULL)
};
static SCHEMA(test_bytes_schema, "TestBytes", struct test_text, test_bytes_fields);

struct test_sql {
    const char *sql;
    struct test_text in;
    struct test_number number;
    struct test_text text;
    struct list rows;
};
static inline err test_count_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct test_sql *q = arg;
    const struct query query = { .sql = q->sql,
                                 .in = &test_text_schema,
                                 .out = &test_number_schema };
    return query_one(c, tx, &query, &q->in, &q->number);
}
static inline err test_text_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct test_sql *q = arg;
    const struct query query = { .sql = q->sql, .in = &test_text_schema, .out = &test_text_schema };
    return query_list(c, tx, &query, &q->in, 100000, &q->rows);
}
static inline err test_bytes_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct test_sql *q = arg;
    const struct query query = { .sql = q->sql,
                                 .in = &test_text_schema,
                                 .out = &test_bytes_schema };
    return query_list(c, tx, &query, &q->in, 100000, &q->rows);
}
static inline err test_exec_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct test_sql *q = arg;
    const struct query query = { .sql = q->sql, .in = &test_text_schema };
    return query_run(c, tx, &query, &q->in, NULL);
}
/* What waits gets its place in the log. */
static inline size_t test_sequence(struct ctx *c)
{
    size_t moved = 0;
    test_db_must(c, audit_sequence(c, &moved), "audit_sequence");
    return moved;
}
/* Who asks about the log finds what was committed before. */
static inline void test_before_look(struct ctx *c, const char *sql)
{
    if (strstr(sql, "audit_entry"))
        test_sequence(c);
}
/* A number n; parameters :a and :b. */
static inline int64_t test_count(struct ctx *c, const char *sql, struct str a, struct str b)
{
    struct test_sql q = { .sql = sql, .in = { a, b } };
    test_before_look(c, sql);
    test_db_must(c, tx_run(c, TX_READ, test_count_tx, &q), sql);
    return q.number.n;
}
/* Rows of two texts a and b. */
static inline struct list test_rows(struct ctx *c, const char *sql, struct str a)
{
    struct test_sql q = { .sql = sql, .in = { a, a } };
    test_before_look(c, sql);
    test_db_must(c, tx_run(c, TX_READ, test_text_tx, &q), sql);
    return q.rows;
}
/* Rows of bytes a and a text b. */
static inline struct list test_entries(struct ctx *c, const char *sql, struct str a)
{
    test_before_look(c, sql);
    struct test_sql q = { .sql = sql, .in = { a, a } };
    test_db_must(c, tx_run(c, TX_READ, test_bytes_tx, &q), sql);
    return q.rows;
}
static inline void test_exec(struct ctx *c, const char *sql, struct str a, struct str b)
{
    struct test_sql q = { .sql = sql, .in = { a, b } };
    test_db_must(c, tx_run(c, TX_WRITE, test_exec_tx, &q), sql);
}
static inline int64_t test_acts(struct ctx *c, const char *act)
{
    return test_count(c, "SELECT COUNT(*) AS n FROM audit_entry WHERE act = :a", str_of(act),
                      S(""));
}

/* The next request, by this principal. */
static inline struct ctx *test_as(struct test_cycle *t, const struct principal *who)
{
    struct ctx *c = test_db_next(&t->db);
    c->who = who;
    return c;
}

static inline struct str test_student_id(struct arena *mem, int i)
{
    return str_fmt(mem, "STU_%026d", i);
}
static inline void test_student_insert(struct ctx *c, int i)
{
    test_exec(c,
              "INSERT INTO student_accounts (student_id, primary_email, status, created_at, "
              "updated_at) VALUES (:a, :b, 'active', '2026-01-01T00:00:00.000000Z', "
              "'2026-01-01T00:00:00.000000Z')",
              test_student_id(c->mem, i), str_fmt(c->mem, "Student%d@Example.org", i));
}
/* The next request, by student i. */
static inline struct ctx *test_as_student(struct test_cycle *t, int i)
{
    struct ctx *c = test_db_next(&t->db);
    snprintf(t->student_id, sizeof(t->student_id), "STU_%026d", i);
    t->student = (struct principal){ .id = str_of(t->student_id), .roles = ROLE_STUDENT };
    c->who = &t->student;
    return c;
}

/* Marks of student i: the same for i and i + 5, so that scores tie. */
static inline struct application_new test_application(struct arena *mem, int i)
{
    struct e2_pair *tests = arena_array(mem, struct e2_pair, 2);
    tests[0] = (struct e2_pair){ S("SAT"), 90000 + (i % 5) * 12000 };
    tests[1] = (struct e2_pair){ S("ACT"), 2000 + (i % 5) * 300 };
    return (struct application_new){
        .name = str_fmt(mem, "Ada Testwell %d", i),
        .email = str_fmt(mem, "other%d@example.net", i),
        .gpa = 250 + (i % 5) * 30,
        .test_scores = { tests, 2 },
        .essay = S("I kept bees for three summers and wrote down what I saw each day. When the "
                   "second hive failed I compared the records, found the pattern, and changed "
                   "the feeding. The next year both hives lived. I learned that patience and "
                   "good notes are worth more than guesses, and I want to study biology."),
        .achievements = S("Won the regional science fair with a study of 12 hives; led a team "
                          "of 4 volunteers; published a report in the school journal."),
    };
}

/* Applications of students from `from` on, n of them, in one transaction. */
static inline void test_apply_many(struct ctx *c, struct str cycle_id, int from, int n)
{
    struct submit_item *items = arena_array(c->mem, struct submit_item, (size_t)n);
    for (int i = 0; i < n; i++)
        items[i] = (struct submit_item){ test_application(c->mem, from + i),
                                         test_student_id(c->mem, from + i) };
    test_db_must(c, application_submit_many(c, cycle_id, items, (size_t)n), "submit_many");
}

/* Cuts jobs down by hand: what the workers do, on this thread. */
static inline int test_run_jobs(struct ctx *c)
{
    for (int n = 0; n < 10000; n++) {
        struct chunk k;
        bool found = false;
        test_db_must(c, chunk_claim(c, S("test-worker"), &k, &found), "chunk_claim");
        if (!found)
            return n;
        err e;
        if (str_eq(k.kind, S("evaluate")))
            e = evaluate_chunk(c, &k);
        else if (str_eq(k.kind, S("fairness")))
            e = str_eq(k.stage, S("draw")) ? fairness_draw_chunk(c, &k)
                                           : fairness_score_chunk(c, &k);
        else if (str_eq(k.stage, S("rank")))
            e = preprocess_rank_chunk(c, &k);
        else
            e = preprocess_scrub_chunk(c, &k);
        test_db_must(c, e, "chunk");
    }
    abort();
}
static inline void test_bell_ring(void *self)
{
    (void)self;
}
static inline err test_bell_wait(void *self, struct ctx *c, struct str job_id, int64_t until_us,
                                 bool *ret_over)
{
    (void)self, (void)until_us, (void)job_id;
    const struct principal *who = c->who;
    c->who = NULL;
    test_run_jobs(c);
    c->who = who;
    *ret_over = true;
    return ERR_OK;
}

/* The row and its log entry: verification misses neither. */
static inline err test_admin_tx(struct ctx *c, struct tx *tx, void *arg)
{
    const struct test_text *who = arg;
    const struct query query = {
        .sql = "INSERT INTO admin_users (admin_id, username, username_key, password_hash, email, "
               "role, is_active, created_at) VALUES (:a, :b, :b, '-', :b, 'admin', TRUE, "
               "'2026-01-01T00:00:00.000000Z')",
        .in = &test_text_schema,
    };
    TRY(query_run(c, tx, &query, who, NULL));
    struct audit_head head = { .known = false };
    const struct audit_new n = { .act = "admin.create",
                                 .actor = S("system"),
                                 .subj = str_fmt(c->mem, "admin:%.*s", STR_ARG(who->a)),
                                 .data = S("{\"role\":\"admin\"}") };
    return audit_append(c, tx, &head, &n, NULL);
}
static inline void test_admin_insert(struct ctx *c, const char *id, const char *name)
{
    struct test_text who = { str_of(id), str_of(name) };
    test_db_must(c, tx_run(c, TX_WRITE, test_admin_tx, &who), "admin");
}

static inline void test_keys_make(struct ctx *c, struct keyring *keys)
{
    uint8_t public_key[32];
    char text[256];
    memset(keys, 0, sizeof(*keys));
    fernet_key_make(c, &keys->fernet[0]);
    keys->n_fernet = 1;
    ctx_random(c, keys->lookup, sizeof(keys->lookup));
    ctx_random(c, keys->log_seed, sizeof(keys->log_seed));
    snprintf(keys->log_origin, sizeof(keys->log_origin), "localhost/enigma-test");
    ed25519_public(keys->log_seed, public_key);
    struct buf b = { .p = text, .cap = sizeof(text), .max = sizeof(text) };
    note_vkey_write(&b, str_of(keys->log_origin), NOTE_ED25519, public_key);
    snprintf(keys->log_vkey, sizeof(keys->log_vkey), "%.*s", (int)b.n, b.p);
}

static inline bool test_sequencer_always(void)
{
    const char *mode = getenv("ENIGMA_TEST_SEQUENCER");
    return mode && strcmp(mode, "always") == 0;
}

/* students: how many accounts to make. */
static inline struct ctx *test_cycle_open(struct test_cycle *t, int students)
{
    memset(t, 0, sizeof(*t));
    struct ctx *c = test_db_open(&t->db);
    test_keys_make(c, &t->keys);
    snprintf(t->export_dir, sizeof(t->export_dir), "%s", t->db.dir);
    t->settings = (struct settings){ .weights = weights_default,
                                     .judge_attempts = 3,
                                     .request_budget_ms = 10000,
                                     .chunk_items = 100,
                                     .lease_seconds = 300,
                                     .job_attempts = 3,
                                     .idempotency_hours = 24,
                                     .provider = S("builtin"),
                                     .export_dir = str_of(t->export_dir) };
    t->settings.audit_pending = test_sequencer_always();
    t->bell = (struct job_bell){ .ring = test_bell_ring, .wait = test_bell_wait };
    t->db.deps.keys = &t->keys;
    t->db.deps.settings = &t->settings;
    t->db.deps.evaluators = test_evaluators;
    t->db.deps.bell = &t->bell;
    t->admin = (struct principal){ .id = S("ADM_TEST0001"), .roles = ROLE_ADMIN };
    t->super = (struct principal){ .id = S("ADM_TEST0002"), .roles = ROLE_SUPER_ADMIN };
    t->auditor = (struct principal){ .id = S("ADM_TEST0003"), .roles = ROLE_AUDITOR };
    c = test_db_next(&t->db);
    test_db_must(c, audit_init(c), "audit_init");
    test_admin_insert(c, "ADM_TEST0001", "first");
    test_admin_insert(c, "ADM_TEST0002", "second");
    test_admin_insert(c, "ADM_TEST0003", "third");
    for (int i = 0; i < students; i++)
        test_student_insert(c, i);
    return test_as(t, &t->admin);
}
static inline void test_cycle_close(struct test_cycle *t)
{
    test_db_close(&t->db);
}

/* Open from a day ago to in ten days. */
static inline struct cycle_new test_cycle_new(const struct ctx *c, int64_t seats)
{
    return (struct cycle_new){ .cycle_name = S("Autumn intake"),
                               .max_seats = seats,
                               .start_date = c->now_us - TEST_DAY_US,
                               .end_date = c->now_us + 10 * TEST_DAY_US,
                               .result_date = c->now_us + 20 * TEST_DAY_US };
}
/* The id lives in `room`. */
static inline struct str test_cycle_create(struct ctx *c, int64_t seats, char room[ID_MAX + 1])
{
    const struct cycle_new n = test_cycle_new(c, seats);
    struct cycle cy;
    test_db_must(c, cycle_create(c, &n, &cy), "cycle_create");
    snprintf(room, ID_MAX + 1, "%.*s", STR_ARG(cy.cycle_id));
    return str_of(room);
}
static inline err test_step(struct ctx *c, struct str cycle_id, const char *verb,
                            struct phase_reply *ret)
{
    const struct phase_request q = { .cycle_id = cycle_id, .verb = verb };
    return phase_step(c, &q, ret);
}

static const char *const test_steps[] = { "freeze", "preprocess", "export",  "processing",
                                          "select", "publish",    "complete" };
enum { TEST_STEPS_N = sizeof(test_steps) / sizeof(test_steps[0]) };

/* Takes the first n steps, each as a request of its own. */
static inline void test_walk(struct test_cycle *t, struct str id, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct phase_reply r;
        struct ctx *c = test_as(t, &t->admin);
        test_db_must(c, test_step(c, id, test_steps[i], &r), test_steps[i]);
        if (r.job_id.p)
            abort(); /* the bell waits for the end */
    }
}

static inline int32_t test_phase(struct ctx *c, struct str id)
{
    struct cycle cy;
    test_db_must(c, cycle_get(c, id, &cy), "cycle_get");
    return cy.phase;
}

#endif
