/* Entries that wait for their place in the log: nothing lost, nothing twice, in order, and the rows
 * understood at every moment. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>

#include <cmocka.h>
#include <pthread.h>

#include "jobs/sequencer.h"
#include "service/account.h"
#include "service/audit_verify.h"
#include "service/throttle.h"
#include "support/test_cycle.h"

enum { APPENDERS = 4, EACH = 60, SERIES = 5, STUDENTS = 30, WAIT_MS = 5000 };

static struct test_cycle t;

static int open_world(void **state)
{
    (void)state;
    test_cycle_open(&t, STUDENTS);
    t.settings.audit_pending = true;
    t.settings.bcrypt_cost = 4;
    memcpy(t.keys.jwt_secret, "0123456789abcdef0123456789abcdef", 32);
    t.keys.jwt_secret_n = 32;
    test_sequence(test_as(&t, NULL));
    return 0;
}
static int close_world(void **state)
{
    (void)state;
    test_cycle_close(&t);
    return 0;
}

/* ---- looking, without moving what waits ---- */

static int64_t look(struct ctx *c, const char *sql)
{
    struct test_sql q = { .sql = sql, .in = { S(""), S("") } };
    test_db_must(c, tx_run(c, TX_READ, test_count_tx, &q), sql);
    return q.number.n;
}
static int64_t waiting(struct ctx *c)
{
    return look(c, "SELECT COUNT(*) AS n FROM audit_pending");
}
static int64_t placed(struct ctx *c)
{
    return look(c, "SELECT COUNT(*) AS n FROM audit_entry");
}

static struct verify_report verify_now(struct ctx *c)
{
    const struct verify_options o = { .rows = true };
    struct verify_report r = { 0 };
    test_db_must(c, audit_verify(c, &o, &r), "verify");
    return r;
}
static void print_findings(const struct verify_report *r)
{
    const struct verify_invalid *v = r->invalid_entries.v;
    for (size_t i = 0; i < r->invalid_entries.n; i++)
        print_message("  %lld %.*s %.*s\n", (long long)v[i].index, STR_ARG(v[i].code),
                      STR_ARG(v[i].detail));
}
static bool has_code(const struct verify_report *r, const char *code)
{
    const struct verify_invalid *v = r->invalid_entries.v;
    for (size_t i = 0; i < r->invalid_entries.n; i++)
        if (str_eq(v[i].code, str_of(code)))
            return true;
    return false;
}

/* The same database, open for reading only: verification must take it as it is. */
struct reader {
    struct db *db;
    struct deps deps;
    struct ctx c;
};
static struct ctx *reader_open(struct reader *r)
{
    struct db_options o = t.db.o;
    o.read_only = true;
    r->deps = t.db.deps;
    ctx_init(&r->c, arena_open(NULL, TEST_DB_ARENA_CAP), &r->deps, 0);
    test_db_must(&r->c, db_open(&r->c, &o, &r->db), "open for reading");
    r->deps.db = r->db;
    return &r->c;
}
static void reader_close(struct reader *r)
{
    db_close(r->db);
    arena_close(r->c.mem);
}
static void assert_readable(const char *when)
{
    struct reader r;
    struct ctx *c = reader_open(&r);
    const int64_t wait = waiting(c), entries = placed(c);
    struct verify_report report = verify_now(c);
    if (!report.is_valid) {
        print_findings(&report);
        fail_msg("%s: %lld entries wait and the rows are not understood", when, (long long)wait);
    }
    assert_int_equal(report.chain_length, entries);
    assert_int_equal(report.uncovered_entries, entries + wait);
    reader_close(&r);
}

/* ---- appending ---- */

struct series {
    int64_t who, n;
    bool fail;
};
static err series_tx(struct ctx *c, struct tx *tx, void *arg)
{
    const struct series *s = arg;
    struct audit_head head = { 0 };
    for (int64_t i = 0; i < s->n; i++) {
        const struct audit_new n = { .act = "admin.logout",
                                     .actor = S("admin:ADM_TEST0001"),
                                     .subj = str_fmt(c->mem, "admin:ADM_%lld_%lld",
                                                     (long long)s->who, (long long)i) };
        TRY(audit_append(c, tx, &head, &n, NULL));
    }
    return s->fail ? FAIL(c, BAD_REQUEST, "no") : ERR_OK;
}
static void append(struct ctx *c, int64_t who, int64_t n)
{
    struct series s = { who, n, false };
    test_db_must(c, tx_run(c, TX_WRITE, series_tx, &s), "append");
}

static void order_is_that_of_the_appends(void **state)
{
    (void)state;
    struct ctx *c = test_as(&t, NULL);
    const int64_t before = placed(c);
    for (int64_t who = 0; who < 3; who++)
        append(c, who, 4);
    assert_int_equal(placed(c), before);
    assert_int_equal(waiting(c), 12);
    assert_int_equal(test_sequence(c), 12);
    assert_int_equal(test_sequence(c), 0);
    assert_int_equal(waiting(c), 0);
    struct list rows = test_rows(c,
                                 "SELECT subj AS a, NULL AS b FROM audit_entry"
                                 " WHERE act = 'admin.logout' ORDER BY idx",
                                 S(""));
    const struct test_text *v = rows.v;
    assert_int_equal(rows.n, 12);
    for (int i = 0; i < 12; i++)
        assert_true(str_eq(v[i].a, str_fmt(c->mem, "admin:ADM_%d_%d", i / 4, i % 4)));
    assert_int_equal(placed(c), before + 12);
    assert_int_equal(look(c, "SELECT MAX(idx) AS n FROM audit_entry"), before + 11);
    assert_true(verify_now(c).is_valid);
}

static void a_rollback_leaves_nothing(void **state)
{
    (void)state;
    struct ctx *c = test_as(&t, NULL);
    struct series s = { 1, 700, true }; /* more than wait in memory */
    assert_int_equal(tx_run(c, TX_WRITE, series_tx, &s), ERR_BAD_REQUEST);
    fault_clear(c);
    assert_int_equal(waiting(c), 0);
    append(c, 2, 1);
    assert_int_equal(test_sequence(c), 1);
}

static void batches_follow_each_other(void **state)
{
    (void)state;
    struct ctx *c = test_as(&t, NULL);
    const int64_t before = placed(c);
    append(c, 1, 2000);
    append(c, 2, 2001);
    assert_int_equal(test_sequence(c), 4001);
    assert_int_equal(placed(c), before + 4001);
    struct verify_report r = verify_now(c);
    print_findings(&r);
    assert_true(r.is_valid);
}

/* ---- holding ---- */

static err hold_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct audit_head head = { 0 };
    struct hash leaf = { { 0 } };
    struct series s = { 9, 1, false };
    const struct audit_new n = { .act = "admin.logout",
                                 .actor = S("admin:ADM_TEST0001"),
                                 .subj = S("admin:ADM_LAST") };
    TRY(series_tx(c, tx, &s)); /* waits in this very transaction */
    assert_true(audit_waits(c, &head));
    TRY(audit_hold(c, tx, &head));
    assert_false(audit_waits(c, &head));
    TRY(audit_hold(c, tx, &head));
    TRY(audit_append(c, tx, &head, &n, &leaf));
    struct audit_head other = { 0 };
    TRY(audit_append(c, tx, &other, &n, NULL)); /* not held: waits again */
    *(struct hash *)arg = leaf;
    return ERR_OK;
}

static void who_holds_the_log_has_its_end(void **state)
{
    (void)state;
    struct ctx *c = test_as(&t, NULL);
    struct hash leaf;
    append(c, 1, 3);
    const int64_t before = placed(c);
    test_db_must(c, tx_run(c, TX_WRITE, hold_tx, &leaf), "hold");
    assert_int_equal(placed(c), before + 5);
    assert_int_equal(waiting(c), 1);
    const struct audit_filter f = { .limit = 4 };
    struct list rows;
    struct str next;
    test_db_must(c, audit_list(c, &f, &rows, &next), "list"); /* newest first; waits no more */
    const struct audit_row *v = rows.v;
    assert_int_equal(waiting(c), 0);
    assert_true(str_eq(v[1].current_hash, hash_hex(c->mem, &leaf)));
    assert_true(str_eq(v[0].previous_hash, v[1].current_hash));
    assert_true(str_eq(v[0].entity_id, S("ADM_LAST")) && str_eq(v[1].entity_id, S("ADM_LAST")));
    assert_true(str_eq(v[2].entity_id, S("ADM_9_0")) && str_eq(v[3].entity_id, S("ADM_1_2")));
    assert_true(verify_now(c).is_valid);
}

static err leaf_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct audit_head head = { 0 };
    const struct audit_new n = { .act = "admin.logout",
                                 .actor = S("admin:ADM_TEST0001"),
                                 .subj = S("admin:ADM_LEAF") };
    TRY(audit_append(c, tx, &head, &n, arg));
    assert_true(head.held);
    return ERR_OK;
}

static void who_asks_for_a_leaf_holds_the_log(void **state)
{
    (void)state;
    struct ctx *c = test_as(&t, NULL);
    struct hash leaf = { { 0 } };
    append(c, 1, 2);
    test_db_must(c, tx_run(c, TX_WRITE, leaf_tx, &leaf), "leaf");
    assert_int_equal(waiting(c), 0);
    assert_true(verify_now(c).is_valid);
}

/* ---- many at once ---- */

struct racer {
    pthread_t thread;
    struct test_db db; /* its own handle where `own`, as another process has */
    int64_t who;
    atomic_bool *stop;
    int64_t moved;
    bool own;
};
static void racer_open(struct racer *r, struct ctx *c, struct deps *deps)
{
    *deps = t.db.deps;
    ctx_init(c, arena_open(NULL, TEST_DB_ARENA_CAP), deps, 0);
    if (r->own) {
        struct db_options o = t.db.o;
        o.busy_ms = 20000;
        test_db_must(c, db_open(c, &o, &r->db.db), "open again");
        deps->db = r->db.db;
    }
}
static void racer_close(struct racer *r, struct ctx *c)
{
    if (r->own)
        db_close(r->db.db);
    arena_close(c->mem);
}
static void *append_main(void *arg)
{
    struct racer *r = arg;
    struct deps deps;
    struct ctx c;
    racer_open(r, &c, &deps);
    for (int i = 0; i < EACH; i++) {
        struct series s = { r->who * 1000 + i, SERIES, i % 7 == 3 };
        err e = tx_run(&c, TX_WRITE, series_tx, &s);
        if (e != (s.fail ? ERR_BAD_REQUEST : ERR_OK))
            test_db_must(&c, e, "append");
        fault_clear(&c);
    }
    racer_close(r, &c);
    return NULL;
}
static void *sequence_main(void *arg)
{
    struct racer *r = arg;
    struct deps deps;
    struct ctx c;
    racer_open(r, &c, &deps);
    while (!atomic_load(r->stop)) {
        size_t moved = 0;
        struct arena *mem = c.mem;
        c.mem = arena_open(mem, TEST_DB_ARENA_CAP);
        test_db_must(&c, audit_sequence(&c, &moved), "sequence");
        arena_close(c.mem);
        c.mem = mem;
        r->moved += (int64_t)moved;
        usleep(1000);
    }
    racer_close(r, &c);
    return NULL;
}

static void many_append_and_two_sequence(void **state)
{
    (void)state;
    atomic_bool stop = false;
    struct racer appender[APPENDERS] = { 0 }, sequencer[2] = { 0 };
    struct ctx *c = test_as(&t, NULL);
    const int64_t before = placed(c);
    for (int i = 0; i < 2; i++) {
        sequencer[i] = (struct racer){ .stop = &stop, .own = i == 1 };
        pthread_create(&sequencer[i].thread, NULL, sequence_main, &sequencer[i]);
    }
    for (int i = 0; i < APPENDERS; i++) {
        appender[i] = (struct racer){ .who = i, .own = i % 2 == 1 };
        pthread_create(&appender[i].thread, NULL, append_main, &appender[i]);
    }
    for (int i = 0; i < APPENDERS; i++)
        pthread_join(appender[i].thread, NULL);
    atomic_store(&stop, true);
    for (int i = 0; i < 2; i++)
        pthread_join(sequencer[i].thread, NULL);
    const int64_t rest = (int64_t)test_sequence(c);
    int good = 0;
    for (int i = 0; i < EACH; i++)
        good += i % 7 != 3;
    const int64_t want = (int64_t)APPENDERS * good * SERIES;
    assert_int_equal(sequencer[0].moved + sequencer[1].moved + rest, want);
    assert_int_equal(placed(c), before + want);
    assert_int_equal(waiting(c), 0);
    assert_int_equal(look(c, "SELECT COUNT(*) AS n FROM (SELECT subj FROM audit_entry"
                             " WHERE act = 'admin.logout' GROUP BY subj HAVING COUNT(*) > 1) x"),
                     0);
    /* The entries of one transaction stand in its order. */
    assert_int_equal(look(c, "SELECT COUNT(*) AS n FROM audit_entry a JOIN audit_entry b"
                             " ON b.idx > a.idx AND substr(a.subj, 1, length(a.subj) - 1) ="
                             " substr(b.subj, 1, length(b.subj) - 1) AND b.subj < a.subj"
                             " WHERE a.act = 'admin.logout' AND b.act = 'admin.logout'"),
                     0);
    struct verify_report r = verify_now(c);
    print_findings(&r);
    assert_true(r.is_valid);
}

/* Several processes start on an empty database at once. */
static void *init_main(void *arg)
{
    struct racer *r = arg;
    struct deps deps;
    struct ctx c;
    racer_open(r, &c, &deps);
    test_db_must(&c, audit_init(&c), "init");
    racer_close(r, &c);
    return NULL;
}
static void the_log_begins_once(void **state)
{
    (void)state;
    struct test_cycle *w = &t;
    struct racer starter[4];
    test_db_open(&w->db);
    test_keys_make(&w->db.c, &w->keys);
    w->db.deps.keys = &w->keys;
    w->settings = (struct settings){ .audit_pending = true };
    w->db.deps.settings = &w->settings;
    for (int i = 0; i < 4; i++) {
        starter[i] = (struct racer){ .own = true };
        pthread_create(&starter[i].thread, NULL, init_main, &starter[i]);
    }
    for (int i = 0; i < 4; i++)
        pthread_join(starter[i].thread, NULL);
    struct ctx *c = test_db_next(&w->db);
    assert_int_equal(placed(c), 1);
    test_cycle_close(w);
    /* Where nothing began it, the first to sequence does. */
    test_db_open(&w->db);
    w->db.deps.keys = &w->keys;
    w->db.deps.settings = &w->settings;
    c = test_db_next(&w->db);
    append(c, 1, 2);
    assert_int_equal(test_sequence(c), 2);
    assert_int_equal(placed(c), 3);
    assert_int_equal(
        look(c, "SELECT COUNT(*) AS n FROM audit_entry WHERE idx = 0 AND act = 'log.init'"), 1);
    test_cycle_close(w);
}

/* ---- crashes ---- */

struct cut {
    int left; /* statements until the engine fails; below 0: never */
    bool at_commit;
};
static struct cut cut = { -1, false };
static err cut_before(void *self, const char *what)
{
    struct cut *k = self;
    if (k->at_commit)
        return strcmp(what, "commit") == 0 ? ERR_INTERNAL : ERR_OK;
    if (k->left < 0 || strcmp(what, "statement") != 0)
        return ERR_OK;
    return k->left-- == 0 ? ERR_INTERNAL : ERR_OK;
}
static const struct db_fault_port cut_port = { &cut, cut_before };

static void a_cut_loses_nothing(void **state)
{
    (void)state;
    struct ctx *c = test_as(&t, NULL);
    append(c, 1, 5);
    t.db.o.faults = &cut_port;
    c = test_db_reopen(&t.db); /* what was committed is there after a restart */
    assert_int_equal(waiting(c), 5);
    const int64_t before = placed(c);
    int cuts = 0;
    for (int at = -1; at < 40; at++) {
        size_t moved = 0;
        cut = (struct cut){ at, at < 0 };
        err e = audit_sequence(c, &moved);
        cut = (struct cut){ -1, false };
        if (e == ERR_OK)
            break;
        fault_clear(c);
        cuts++;
        assert_int_equal(waiting(c), 5);
        assert_int_equal(placed(c), before);
    }
    assert_true(cuts > 3);
    assert_int_equal(waiting(c), 0);
    assert_int_equal(placed(c), before + 5);
    assert_true(verify_now(c).is_valid);
}

/* ---- verification ---- */

static void what_waits_too_long_is_reported(void **state)
{
    (void)state;
    struct reader r;
    append(test_as(&t, NULL), 1, 3);
    assert_readable("young");
    struct ctx *c = reader_open(&r);
    c->now_us += 4000000;
    assert_true(verify_now(c).is_valid);
    c->now_us += 3000000;
    struct verify_report report = verify_now(c);
    assert_false(report.is_valid);
    assert_true(has_code(&report, "pending.stuck"));
    assert_int_equal(report.invalid_entries.n, 3);
    reader_close(&r);
    c = test_as(&t, NULL);
    c->now_us += 7000000;
    report = verify_now(c); /* who may write gives them their place first */
    assert_true(report.is_valid);
    assert_int_equal(waiting(c), 0);
}

static void a_row_that_is_no_entry_stays_and_is_reported(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "INSERT INTO audit_pending (act, draft, created_at) SELECT 'admin.logout', leaf, "
        "'2026-01-01T00:00:00.000000Z' FROM audit_entry WHERE idx = 0",
        "INSERT INTO audit_pending (act, subj, cycle_id, draft, created_at) SELECT act, "
        "'admin:ADM_OTHER', cycle_id, draft, created_at FROM audit_pending WHERE pending_id = "
        "(SELECT MIN(pending_id) FROM audit_pending)",
    };
    struct ctx *c = test_as(&t, NULL);
    append(c, 1, 1);
    for (size_t i = 0; i < 2; i++)
        test_exec(c, rows[i], S(""), S(""));
    append(c, 2, 1);
    assert_int_equal(waiting(c), 4);
    assert_int_equal(test_sequence(c), 2); /* those around them go on */
    assert_int_equal(waiting(c), 2);
    assert_int_equal(test_sequence(c), 0);
    struct verify_report r = verify_now(c);
    assert_false(r.is_valid);
    assert_true(has_code(&r, "pending.format"));
    assert_true(has_code(&r, "pending.columns"));
    assert_true(has_code(&r, "pending.stuck"));
}

static void what_waits_cannot_be_changed(void **state)
{
    (void)state;
    struct ctx *c = test_as(&t, NULL);
    append(c, 1, 1);
    struct test_sql q = { .sql = "UPDATE audit_pending SET act = 'admin.login'" };
    assert_int_equal(tx_run(c, TX_WRITE, test_exec_tx, &q), ERR_INTERNAL);
    fault_clear(c);
    assert_int_equal(test_sequence(c), 1);
}

/* A row that lost its waiting entry has none. */
static void a_deleted_row_is_missed(void **state)
{
    (void)state;
    char room[ID_MAX + 1];
    struct str id = test_cycle_create(test_as(&t, &t.admin), 5, room);
    test_apply_many(test_as(&t, NULL), id, 0, 3);
    struct ctx *c = test_as(&t, NULL);
    test_exec(c,
              "DELETE FROM audit_pending WHERE pending_id = (SELECT MAX(pending_id) FROM "
              "audit_pending)",
              S(""), S(""));
    struct verify_report r = verify_now(c);
    assert_false(r.is_valid);
    assert_true(has_code(&r, "row.extra"));
}

/* ---- a cycle ---- */

static void a_whole_cycle_is_understood_at_every_step(void **state)
{
    (void)state;
    char room[ID_MAX + 1];
    struct str id = test_cycle_create(test_as(&t, &t.admin), 11, room);
    assert_readable("created");
    test_apply_many(test_as(&t, NULL), id, 0, STUDENTS);
    struct ctx *c = test_as(&t, NULL);
    assert_int_equal(waiting(c), STUDENTS + 1);
    assert_readable("submitted");
    for (size_t i = 0; i < sizeof(test_steps) / sizeof(test_steps[0]); i++) {
        struct phase_reply r;
        c = test_as(&t, &t.admin);
        test_db_must(c, test_step(c, id, test_steps[i], &r), test_steps[i]);
        assert_readable(test_steps[i]);
    }
    assert_true(waiting(c) > 0);
    struct verify_report r = verify_now(c);
    print_findings(&r);
    assert_true(r.is_valid);
    assert_int_equal(waiting(c), 0);
    assert_int_equal(look(c, "SELECT COUNT(*) AS n FROM final_scores WHERE hash IS NULL"), 0);
    assert_int_equal(look(c, "SELECT COUNT(*) AS n FROM audit_entry e JOIN audit_entry f"
                             " ON f.act = 'cycle.freeze' AND e.idx > f.idx"
                             " WHERE e.act = 'application.submit'"),
                     0);
    assert_int_equal(test_acts(c, "score.final"), STUDENTS);
}

/* ---- time ---- */

static int64_t wall;
static int64_t wall_now(void *self)
{
    (void)self;
    return wall;
}
static int64_t wall_mono(void *self)
{
    (void)self;
    return clock_system.mono_us(clock_system.self);
}
static const struct clock_port wall_clock = { NULL, wall_now, wall_mono };

static void sign_in(void)
{
    const struct admin_login_request q = { .username = S("grace.h"),
                                           .password = S("correct horse staple") };
    struct admin_login_reply reply;
    throttle_reset();
    struct ctx *c = test_as(&t, NULL);
    test_db_must(c, admin_login(c, &q, S("test"), &reply), "admin_login");
}

/* The machine's clock was set back: times are held, the step is noted once, and the time of a
 * sign-in is that of its entry. */
static void time_is_held_when_the_clock_falls(void **state)
{
    (void)state;
    const struct admin_new n = { S("Grace.H"), S("Grace@Example.org"), S("correct horse staple"),
                                 ADMIN_ROLE_SUPER_ADMIN };
    struct admin_me me;
    throttle_reset();
    struct ctx *c = test_as(&t, NULL);
    test_db_must(c, admin_create(c, &n, &me), "admin_create");
    append(c, 1, 1);
    test_sequence(c);
    const int64_t last_ms = look(c, "SELECT MAX(ts) AS n FROM audit_entry");
    t.db.deps.clock = &wall_clock;
    wall = (last_ms - 60000) * 1000;
    sign_in();
    assert_readable("signed in");
    sign_in();
    c = test_as(&t, NULL);
    assert_int_equal(test_sequence(c), 2);
    append(c, 2, 1);
    test_sequence(c);
    assert_int_equal(test_acts(c, "clock.step"), 1);
    assert_int_equal(look(c, "SELECT MAX(ts) AS n FROM audit_entry"), last_ms);
    wall = (last_ms + 1000) * 1000;
    append(test_as(&t, NULL), 3, 1);
    c = test_as(&t, NULL);
    test_sequence(c);
    assert_int_equal(look(c, "SELECT MAX(ts) AS n FROM audit_entry"), last_ms + 1000);
    struct verify_report r = verify_now(c);
    print_findings(&r);
    assert_true(r.is_valid);
}

/* ---- the thread ---- */

static void the_thread_places_what_comes(void **state)
{
    (void)state;
    struct sequencer *s = NULL;
    const struct sequencer_options o = { .deps = &t.db.deps };
    struct ctx *c = test_as(&t, NULL);
    const int64_t before = placed(c);
    test_db_must(c, sequencer_open(c, &o, &s), "open");
    int64_t worst_us = 0;
    for (int i = 0; i < 5; i++) {
        append(c, i, 20);
        const int64_t from = clock_system.mono_us(clock_system.self);
        int64_t took = 0;
        while (waiting(c) > 0 && took < WAIT_MS * 1000) {
            usleep(2000);
            took = clock_system.mono_us(clock_system.self) - from;
        }
        worst_us = took > worst_us ? took : worst_us;
    }
    /* The rows show before the thread has counted them. */
    struct sequencer_stats stats = { 0 };
    for (int i = 0; i < WAIT_MS && stats.moved < 100; i++) {
        usleep(1000);
        sequencer_stats(s, &stats);
    }
    sequencer_close(s);
    assert_int_equal(placed(c), before + 100);
    assert_int_equal(stats.moved, 100);
    assert_int_equal(stats.failed, 0);
    print_message("  longest wait for a place: %lld ms\n", (long long)(worst_us / 1000));
    assert_true(verify_now(c).is_valid);
}

static void the_thread_survives_errors(void **state)
{
    (void)state;
    struct sequencer *s = NULL;
    const struct sequencer_options o = { .deps = &t.db.deps, .poll_ms = 5 };
    struct sequencer_stats stats = { 0 };
    append(test_as(&t, NULL), 1, 3);
    t.db.o.faults = &cut_port;
    struct ctx *c = test_db_reopen(&t.db);
    cut = (struct cut){ -1, true };
    test_db_must(c, sequencer_open(c, &o, &s), "open");
    for (int i = 0; i < WAIT_MS && stats.failed < 2; i++) {
        usleep(1000);
        sequencer_stats(s, &stats);
    }
    assert_true(stats.failed >= 2);
    cut.at_commit = false;
    for (int i = 0; i < WAIT_MS && stats.moved < 3; i++) {
        usleep(1000);
        sequencer_stats(s, &stats);
    }
    sequencer_close(s);
    assert_int_equal(stats.moved, 3);
    struct audit_waiting w = { 9, 9 };
    test_db_must(c, audit_waiting(c, &w), "waiting");
    assert_int_equal(w.entries, 0);
    assert_int_equal(w.oldest_us, 0);
    append(c, 2, 2);
    c->now_us += 3000000;
    test_db_must(c, audit_waiting(c, &w), "waiting");
    assert_int_equal(w.entries, 2);
    assert_true(w.oldest_us > 1000000 && w.oldest_us < 4000000);
}

/* Printed, not judged: the machine decides. */
static void the_price_is_printed(void **state)
{
    (void)state;
    enum { ROUNDS = 4, ROWS = 2000 };
    struct ctx *c = test_as(&t, NULL);
    int64_t append_us = 0, place_us = 0;
    for (int i = 0; i < ROUNDS; i++) {
        int64_t from = clock_system.mono_us(clock_system.self);
        append(c, i, ROWS);
        append_us += clock_system.mono_us(clock_system.self) - from;
        from = clock_system.mono_us(clock_system.self);
        assert_int_equal(test_sequence(c), ROWS);
        place_us += clock_system.mono_us(clock_system.self) - from;
        c = test_as(&t, NULL);
    }
    print_message("  append %.1f us, place %.1f us an entry, %d a batch\n",
                  (double)append_us / (ROUNDS * ROWS), (double)place_us / (ROUNDS * ROWS), ROWS);
}

int main(void)
{
#define TEST(fn_) cmocka_unit_test_setup_teardown(fn_, open_world, close_world)
    const struct CMUnitTest tests[] = {
        TEST(order_is_that_of_the_appends),
        TEST(a_rollback_leaves_nothing),
        TEST(batches_follow_each_other),
        TEST(who_holds_the_log_has_its_end),
        TEST(who_asks_for_a_leaf_holds_the_log),
        TEST(many_append_and_two_sequence),
        cmocka_unit_test(the_log_begins_once),
        TEST(a_cut_loses_nothing),
        TEST(what_waits_too_long_is_reported),
        TEST(a_row_that_is_no_entry_stays_and_is_reported),
        TEST(what_waits_cannot_be_changed),
        TEST(a_deleted_row_is_missed),
        TEST(a_whole_cycle_is_understood_at_every_step),
        TEST(time_is_held_when_the_clock_falls),
        TEST(the_thread_places_what_comes),
        TEST(the_thread_survives_errors),
        TEST(the_price_is_printed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
