/* Units of work: groups of writers, their failures, locks, deadlines, the fault port. */
#include "db/sqlite.h"
#include "db_helper.h"

#include <sqlite3.h>

enum { THREADS = 16, EACH = 200 };

static int open_with(void **state, const struct db_fault_port *faults)
{
    static struct test_db t;
    test_db_dir(&t);
    t.o.faults = faults;
    t.o.busy_ms = 300;
    struct ctx *c = test_db_open_empty(&t);
    assert_ok(c, exec(c, N_TABLE));
    *state = &t;
    return 0;
}
static int open_db(void **state)
{
    return open_with(state, NULL);
}
static int close_db(void **state)
{
    test_db_close(*state);
    return 0;
}

/* A fault port that fails the n-th call of a kind. */
struct faulty {
    atomic_int statements, commits; /* fail when they reach 0 */
    err kind;
    bool on;
};
static struct faulty faulty;
static err faulty_before(void *self, const char *what)
{
    struct faulty *f = self;
    if (!f->on)
        return ERR_OK;
    if (strcmp(what, "commit") == 0)
        return atomic_fetch_sub(&f->commits, 1) == 1 ? f->kind : ERR_OK;
    return atomic_fetch_sub(&f->statements, 1) == 1 ? f->kind : ERR_OK;
}
static const struct db_fault_port port = { .self = &faulty, .before = faulty_before };
static int open_faulty(void **state)
{
    memset(&faulty, 0, sizeof(faulty));
    return open_with(state, &port);
}

struct writer {
    struct test_db *t;
    pthread_t thread;
    int64_t base;
    int acked[EACH]; /* kind of each answer */
};

/* Every fifth caller writes and then fails. */
static err write_fn(struct ctx *c, struct tx *tx, void *arg)
{
    const struct n_row *row = arg;
    TRY(query_run(c, tx, &n_insert, row, NULL));
    if (row->id % 5 == 0)
        return FAIL(c, PHASE, "refused %lld", (long long)row->id);
    return ERR_OK;
}

static void *write_many(void *arg)
{
    struct writer *w = arg;
    struct ctx c;
    test_db_thread_ctx(w->t, &c);
    for (int i = 0; i < EACH; i++) {
        struct n_row row = { w->base + i, 1 };
        arena_reset(c.mem);
        fault_clear(&c);
        w->acked[i] = tx_run(&c, TX_WRITE, write_fn, &row);
        char want[40];
        snprintf(want, sizeof(want), "refused %lld", (long long)row.id);
        if (w->acked[i] == ERR_PHASE && strcmp(c.fault.text, want) != 0)
            w->acked[i] = ERR_INTERNAL; /* another caller's fault */
    }
    test_db_thread_ctx_close(&c);
    return NULL;
}

static void start_writers(struct test_db *t, struct writer *w, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        memset(&w[i], 0, sizeof(w[i]));
        w[i].t = t;
        w[i].base = (int64_t)i * EACH;
        assert_int_equal(pthread_create(&w[i].thread, NULL, write_many, &w[i]), 0);
    }
}

static err has_fn(struct ctx *c, struct tx *tx, void *arg)
{
    struct n_row *row = arg;
    bool found;
    TRY(query_find(c, tx, &n_get, row, row, &found));
    row->v = found;
    return ERR_OK;
}
static bool has(struct ctx *c, int64_t id)
{
    struct n_row row = { .id = id };
    assert_ok(c, tx_run(c, TX_READ, has_fn, &row));
    return row.v;
}

static void test_groups(void **state)
{
    test_needs_sqlite("a group of writers shares one connection");
    struct test_db *t = *state;
    static struct writer w[THREADS];
    struct db_stats before, after;
    db_stats(t->db, &before);
    start_writers(t, w, THREADS);
    for (int i = 0; i < THREADS; i++)
        pthread_join(w[i].thread, NULL);
    struct ctx *c = test_db_next(t);
    for (int i = 0; i < THREADS; i++)
        for (int k = 0; k < EACH; k++) {
            int64_t id = w[i].base + k;
            assert_int_equal(w[i].acked[k], id % 5 == 0 ? ERR_PHASE : ERR_OK);
            assert_int_equal(has(c, id), id % 5 != 0);
        }
    db_stats(t->db, &after);
    int64_t good = THREADS * EACH / 5 * 4;
    assert_int_equal(after.group_rows - before.group_rows, good);
    assert_int_equal(after.writes - before.writes, THREADS * EACH);
    assert_true(after.commits - before.commits < good); /* some shared a commit */
    assert_true(after.readers_open >= 1);
}

/* A group of a leader, who waits until the others queue behind it, and two members. */
enum { LEADER, WELL, BAD, TRIO };
struct member {
    struct test_db *t;
    struct n_row row;
    int runs;
    bool leads, fails, fails_early;
    err end;
    char text[240];
};

static size_t queued(struct test_db *t)
{
    pthread_mutex_lock(&t->db->group.lock);
    size_t n = t->db->group.n;
    pthread_mutex_unlock(&t->db->group.lock);
    return n;
}

static err member_fn(struct ctx *c, struct tx *tx, void *arg)
{
    struct member *m = arg;
    m->runs++;
    while (m->leads && m->runs == 1 && queued(m->t) < 2)
        usleep(100);
    if (m->fails_early)
        return FAIL(c, PHASE, "too early");
    TRY(query_run(c, tx, &n_insert, &m->row, NULL));
    return m->fails ? FAIL(c, PHASE, "refused %lld", (long long)m->row.id) : ERR_OK;
}

static void *member_main(void *arg)
{
    struct member *m = arg;
    struct ctx c;
    test_db_thread_ctx(m->t, &c);
    m->end = tx_run(&c, TX_WRITE, member_fn, m);
    snprintf(m->text, sizeof(m->text), "%s", m->end == ERR_OK ? "" : c.fault.text);
    test_db_thread_ctx_close(&c);
    return NULL;
}

static bool leads_now(struct test_db *t)
{
    pthread_mutex_lock(&t->db->group.lock);
    bool led = t->db->group.led;
    pthread_mutex_unlock(&t->db->group.lock);
    return led;
}

/* false: the machine was too slow, and they did not share a commit. */
static bool run_trio(struct test_db *t, struct member *m, int64_t base, bool early)
{
    pthread_t thread[TRIO];
    struct db_stats before, after;
    for (int i = 0; i < TRIO; i++)
        m[i] = (struct member){ .t = t, .row = { base + i, 1 }, .leads = i == LEADER };
    m[BAD].fails = !early;
    m[BAD].fails_early = early;
    db_stats(t->db, &before);
    for (int i = 0; i < TRIO; i++) {
        assert_int_equal(pthread_create(&thread[i], NULL, member_main, &m[i]), 0);
        while (i == LEADER ? !leads_now(t) : i == WELL && queued(t) < 1)
            usleep(100);
    }
    for (int i = 0; i < TRIO; i++)
        pthread_join(thread[i], NULL);
    db_stats(t->db, &after);
    struct ctx *c = test_db_next(t);
    for (int i = 0; i < TRIO; i++) {
        assert_int_equal(m[i].end, i == BAD ? ERR_PHASE : ERR_OK);
        assert_int_equal(has(c, base + i), i != BAD);
    }
    return after.commits == before.commits + 1 && after.writes == before.writes + TRIO;
}

/* Who fails after a change takes nobody along: the others run again without it. In the groups
 * after that one each has a savepoint, and whoever fails before any change needs none. */
static void test_spoilt_group(void **state)
{
    test_needs_sqlite("a group of writers shares one connection");
    struct test_db *t = *state;
    struct member m[TRIO];
    int64_t base = 0;
    bool shared = false;
    while (!shared) {
        t->db->group.careful = 0;
        shared = run_trio(t, m, base += 10, false);
    }
    assert_int_equal(m[LEADER].runs, 2);
    assert_int_equal(m[WELL].runs, 2);
    assert_int_equal(m[BAD].runs, 1);
    assert_true(t->db->group.careful > 0);
    char want[40];
    snprintf(want, sizeof(want), "refused %lld", (long long)m[BAD].row.id);
    assert_string_equal(m[BAD].text, want);
    for (shared = false; !shared;) {
        t->db->group.careful = 2;
        shared = run_trio(t, m, base += 10, false);
    }
    assert_int_equal(m[LEADER].runs + m[WELL].runs + m[BAD].runs, 3);
    for (shared = false; !shared;) {
        t->db->group.careful = 0;
        shared = run_trio(t, m, base += 10, true);
    }
    assert_int_equal(m[LEADER].runs + m[WELL].runs + m[BAD].runs, 3);
    assert_int_equal(t->db->group.careful, 0);
}

static err ddl_fn(struct ctx *c, struct tx *tx, void *arg)
{
    static const struct query table = { .sql = "CREATE TABLE made (id BIGINT)" };
    (void)arg;
    const int64_t before = tx->db->drv->changes_total(tx->conn);
    TRY(query_run(c, tx, &table, NULL, NULL));
    assert_true(tx->db->drv->changes_total(tx->conn) != before);
    return FAIL(c, PHASE, "no table");
}

static void test_tables_count_as_changes(void **state)
{
    test_needs_sqlite("a group of writers shares one connection");
    struct ctx *c = test_db_next(*state);
    assert_fault(c, tx_run(c, TX_WRITE, ddl_fn, NULL), PHASE, "no table");
    assert_ok(c, exec(c, "CREATE TABLE made (id BIGINT)"));
}

static err rerun_fn(struct ctx *c, struct tx *tx, void *arg)
{
    struct n_row *row = arg;
    row->v++; /* counts the tries */
    return query_run(c, tx, &n_insert, row, NULL);
}

static void test_busy_statement_is_rerun(void **state)
{
    struct test_db *t = *state;
    struct ctx *c = test_db_next(t);
    struct n_row row = { 1, 0 };
    faulty.kind = ERR_BUSY;
    faulty.statements = 1;
    faulty.on = true;
    assert_ok(c, tx_run(c, TX_WRITE, rerun_fn, &row));
    assert_int_equal(row.v, 2);
    struct db_stats stats;
    db_stats(t->db, &stats);
    assert_int_equal(stats.busy_retries, 1);
    faulty.on = false;
    assert_int_equal(n_total(c), 1);
}

static err always_busy(void *self, const char *what)
{
    (void)self;
    return strcmp(what, "statement") == 0 ? ERR_BUSY : ERR_OK;
}
static const struct db_fault_port busy_port = { .before = always_busy };
static int open_busy(void **state)
{
    static struct test_db t;
    test_db_dir(&t);
    struct ctx *c = test_db_open_empty(&t);
    assert_ok(c, exec(c, N_TABLE));
    db_close(t.db);
    t.o.faults = &busy_port;
    test_db_open_empty(&t);
    *state = &t;
    return 0;
}

static void test_reruns_end(void **state)
{
    struct ctx *c = test_db_next(*state);
    struct n_row row = { 1, 0 };
    assert_int_equal(tx_run(c, TX_WRITE, rerun_fn, &row), ERR_BUSY);
    assert_int_equal(row.v, 5);
    assert_string_equal(c->fault.text, "the database is busy");
    assert_int_equal(c->fault.retry_after_s, 1);
    /* and sooner, when the deadline comes first */
    struct ctx short_c;
    ctx_init(&short_c, c->mem, c->deps, 1000);
    row.v = 0;
    assert_int_equal(tx_run(&short_c, TX_WRITE, rerun_fn, &row), ERR_BUSY);
    assert_true(row.v < 5);
}

static void test_failed_statement(void **state)
{
    struct ctx *c = test_db_next(*state);
    struct n_row row = { 1, 0 };
    faulty.kind = ERR_INTERNAL;
    faulty.statements = 1;
    faulty.on = true;
    assert_fault(c, tx_run(c, TX_WRITE, rerun_fn, &row), INTERNAL, "disk error");
    assert_int_equal(row.v, 1);
    assert_ok(c, tx_run(c, TX_WRITE, rerun_fn, &row));
    assert_int_equal(n_total(c), 1);
}

static void test_failed_commit(void **state)
{
    struct test_db *t = *state;
    struct ctx *c = test_db_next(t);
    struct n_row row = { 1, 0 };
    faulty.kind = ERR_BUSY;
    faulty.commits = 1;
    faulty.on = true;
    assert_fault(c, tx_run(c, TX_WRITE, rerun_fn, &row), BUSY, "the database is busy");
    assert_int_equal(row.v, 1); /* a commit is not run again blindly */
    assert_int_equal(n_total(c), 0);

    /* With many writers: every third commit fails; exactly the acknowledged rows are there. */
    static struct writer w[4];
    faulty.kind = ERR_INTERNAL;
    faulty.commits = 3;
    start_writers(t, w, 4);
    for (int i = 0; i < 100; i++) {
        usleep(500);
        atomic_store(&faulty.commits, 2);
    }
    for (int i = 0; i < 4; i++)
        pthread_join(w[i].thread, NULL);
    faulty.on = false;
    c = test_db_next(t);
    int failed = 0;
    for (int i = 0; i < 4; i++)
        for (int k = 0; k < EACH; k++) {
            assert_int_equal(has(c, w[i].base + k), w[i].acked[k] == ERR_OK);
            failed += w[i].acked[k] == ERR_INTERNAL;
        }
    assert_true(failed > 0);
}

static void foreign(struct test_db *t, sqlite3 **h, const char *sql)
{
    if (*h == NULL)
        assert_int_equal(sqlite3_open(t->path, h), SQLITE_OK);
    assert_int_equal(sqlite3_exec(*h, sql, NULL, NULL, NULL), SQLITE_OK);
}

static int64_t mono(void)
{
    return clock_system.mono_us(clock_system.self);
}

static void test_foreign_writer(void **state)
{
    test_needs_sqlite("another program locks the file");
    struct test_db *t = *state;
    struct ctx *c = test_db_next(t);
    struct n_row row = { 1, 1 };
    sqlite3 *h = NULL;
    foreign(t, &h, "BEGIN IMMEDIATE; INSERT INTO n VALUES (7, 7)");
    int64_t began = mono();
    assert_fault(c, tx_run(c, TX_WRITE, n_insert_fn, &row), BUSY, "the database is busy");
    int64_t took = mono() - began;
    assert_true(took >= 300000 && took < 1500000); /* busy_ms, once */
    assert_int_equal(n_total(c), 0);               /* reads go on */

    struct ctx short_c; /* a deadline before busy_ms */
    ctx_init(&short_c, c->mem, c->deps, 50000);
    began = mono();
    assert_int_equal(tx_run(&short_c, TX_WRITE, n_insert_fn, &row), ERR_BUSY);
    assert_int_equal(short_c.fault.retry_after_s, 1);
    assert_true(mono() - began < 250000);

    /* The whole queue is told within about one wait, not one after the other. */
    static struct writer w[8];
    began = mono();
    for (int i = 0; i < 8; i++) {
        w[i] = (struct writer){ .t = t, .base = 1 + i * EACH };
        pthread_create(&w[i].thread, NULL, write_many, &w[i]);
    }
    usleep(450000);
    foreign(t, &h, "ROLLBACK");
    for (int i = 0; i < 8; i++)
        pthread_join(w[i].thread, NULL);
    c = test_db_next(t);
    for (int i = 0; i < 8; i++)
        for (int k = 0; k < EACH; k++)
            assert_int_equal(has(c, w[i].base + k), w[i].acked[k] == ERR_OK);
    sqlite3_close(h);
}

static err slow_fn(struct ctx *c, struct tx *tx, void *arg)
{
    (void)arg;
    usleep(200000);
    return query_run(c, tx, &n_insert, &(struct n_row){ 500, 1 }, NULL);
}
static void *slow_writer(void *arg)
{
    struct ctx c;
    test_db_thread_ctx(arg, &c);
    err e = tx_run(&c, TX_WRITE, slow_fn, NULL);
    test_db_thread_ctx_close(&c);
    return e == ERR_OK ? arg : NULL;
}

static void test_deadline_in_the_queue(void **state)
{
    test_needs_sqlite("writers queue for one connection");
    struct test_db *t = *state;
    pthread_t thread;
    void *fine;
    struct ctx *c = test_db_next(t);
    pthread_create(&thread, NULL, slow_writer, t);
    usleep(30000);
    struct ctx short_c;
    struct n_row row = { 1, 1 };
    ctx_init(&short_c, c->mem, c->deps, 20000);
    int64_t began = mono();
    assert_int_equal(tx_run(&short_c, TX_WRITE, n_insert_fn, &row), ERR_BUSY);
    assert_true(mono() - began < 150000);
    assert_ok(c, tx_run(c, TX_WRITE, n_insert_fn, &(struct n_row){ 2, 1 }));
    pthread_join(thread, &fine);
    assert_non_null(fine);
    assert_false(has(c, 1));
    assert_true(has(c, 2) && has(c, 500));
    short_c.deadline_us = 1; /* long past */
    fault_clear(&short_c);
    assert_int_equal(tx_run(&short_c, TX_WRITE, n_insert_fn, &row), ERR_BUSY);
}

/* Holds every read connection until told. */
static atomic_int holding;
static err hold_fn(struct ctx *c, struct tx *tx, void *arg)
{
    struct n_row row = { 0 };
    (void)arg;
    TRY(query_one(c, tx, &n_count, NULL, &row));
    atomic_fetch_add(&holding, 1);
    while (atomic_load(&holding) < 100)
        usleep(1000);
    return ERR_OK;
}
static void *hold_reader(void *arg)
{
    struct ctx c;
    test_db_thread_ctx(arg, &c);
    err e = tx_run(&c, TX_READ, hold_fn, NULL);
    test_db_thread_ctx_close(&c);
    return e == ERR_OK ? arg : NULL;
}

static void test_reader_pool(void **state)
{
    test_needs_sqlite("readers have connections of their own");
    struct test_db *t = *state;
    struct db_stats stats;
    struct n_row row = { 0 };
    pthread_t threads[4];
    void *fine;
    atomic_store(&holding, 0);
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, hold_reader, t);
    while (atomic_load(&holding) < 4)
        usleep(1000);
    struct ctx *c = test_db_next(t);
    struct ctx short_c;
    ctx_init(&short_c, c->mem, c->deps, 20000);
    assert_int_equal(tx_run(&short_c, TX_READ, n_count_fn, &row), ERR_BUSY);
    assert_string_equal(short_c.fault.text, "the database is busy");
    assert_int_equal(short_c.fault.retry_after_s, 1);
    assert_ok(c, tx_run(c, TX_WRITE, n_insert_fn, &(struct n_row){ 1, 1 })); /* writers go on */
    atomic_store(&holding, 100);
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], &fine);
        assert_non_null(fine);
    }
    assert_int_equal(n_total(c), 1);
    db_stats(t->db, &stats);
    assert_int_equal(stats.readers_open, 4);
    assert_ok(c, db_probe(c, t->db));
}

static err nested_fn(struct ctx *c, struct tx *tx, void *arg)
{
    (void)tx;
    return tx_run(c, TX_WRITE, n_insert_fn, arg);
}
static err read_inside_fn(struct ctx *c, struct tx *tx, void *arg)
{
    struct n_row row = { 0 };
    TRY(query_run(c, tx, &n_insert, arg, NULL));
    TRY(tx_run(c, TX_READ, n_count_fn, &row)); /* sees only what is committed */
    assert_int_equal(row.id, 0);
    TRY(query_one(c, tx, &n_count, NULL, &row));
    assert_int_equal(row.id, 1);
    return ERR_OK;
}
static err write_in_reader_fn(struct ctx *c, struct tx *tx, void *arg)
{
    return query_run(c, tx, &n_insert, arg, NULL);
}

static void test_nesting(void **state)
{
    struct ctx *c = test_db_next(*state);
    struct n_row row = { 1, 1 };
    assert_fault(c, tx_run(c, TX_WRITE, nested_fn, &row), INTERNAL, "inside another");
    assert_ok(c, tx_run(c, TX_WRITE, read_inside_fn, &row));
    row.id = 2;
    assert_fault(c, tx_run(c, TX_READ, write_in_reader_fn, &row), INTERNAL, "reading only");
    assert_int_equal(n_total(c), 1);
}

static err insert_then_fail(struct ctx *c, struct tx *tx, void *arg)
{
    TRY(query_run(c, tx, &n_insert, arg, NULL));
    return FAIL(c, PHASE, "no");
}
static err try_fn(struct ctx *c, struct tx *tx, void *arg)
{
    struct n_row a = { 1, 1 }, b = { 2, 1 }, d = { 3, 1 };
    (void)arg;
    TRY(query_run(c, tx, &n_insert, &a, NULL));
    assert_int_equal(tx_try(c, tx, insert_then_fail, &b), ERR_PHASE);
    fault_clear(c);
    assert_int_equal(tx_try(c, tx, n_insert_fn, &a), ERR_CONFLICT);
    fault_clear(c);
    return tx_try(c, tx, n_insert_fn, &d);
}

static void test_savepoint_inside(void **state)
{
    struct ctx *c = test_db_next(*state);
    assert_ok(c, tx_run(c, TX_WRITE, try_fn, NULL));
    assert_true(has(c, 1) && !has(c, 2) && has(c, 3));
}

/* The disk is full while others share the transaction: SQLite may give all of it up. */
static err big_fn(struct ctx *c, struct tx *tx, void *arg)
{
    (void)arg;
    return tx->db->drv->exec(c, tx->conn, S("INSERT INTO b SELECT zeroblob(8000) FROM n, n AS m"));
}
static err limit_fn(struct ctx *c, struct tx *tx, void *arg)
{
    return tx->db->drv->exec(c, tx->conn, str_of(arg));
}

static void test_disk_full(void **state)
{
    test_needs_sqlite("the file is full");
    struct test_db *t = *state;
    struct ctx *c = test_db_next(t);
    char low[] = "PRAGMA max_page_count = 60";
    char high[] = "PRAGMA max_page_count = 100000";
    assert_ok(c, exec(c, "CREATE TABLE b (x BYTEA)"));
    for (int i = 0; i < 20; i++)
        assert_ok(c, tx_run(c, TX_WRITE, n_insert_fn, &(struct n_row){ i, 1 }));
    assert_ok(c, tx_run(c, TX_WRITE, limit_fn, low));
    assert_fault(c, tx_run(c, TX_WRITE, big_fn, NULL), BUSY, "disk is full");
    assert_int_equal(n_total(c), 20);
    assert_ok(c, tx_run(c, TX_WRITE, limit_fn, high));
    assert_ok(c, tx_run(c, TX_WRITE, big_fn, NULL)); /* space came back: no restart needed */
}

static void test_stopped_after_fsync_error(void **state)
{
    test_needs_sqlite("the file cannot be trusted after it");
    struct test_db *t = *state;
    struct ctx *c = test_db_next(t);
    atomic_store(&t->db->stopped, true);
    assert_fault(c, tx_run(c, TX_WRITE, n_insert_fn, &(struct n_row){ 1, 1 }), BUSY,
                 "writing stopped");
    assert_int_equal(n_total(c), 0);
}

/* The log stays bounded while writers never pause. */
static err pages_fn(struct ctx *c, struct tx *tx, void *arg)
{
    (void)arg;
    return tx->db->drv->exec(c, tx->conn,
                             S("DELETE FROM b; WITH RECURSIVE k(i) AS (SELECT 1 UNION ALL SELECT "
                               "i + 1 FROM k WHERE i < 400) INSERT INTO b SELECT zeroblob(8000) "
                               "FROM k"));
}

static void test_log_is_bounded(void **state)
{
    test_needs_sqlite("the log of the file");
    struct test_db *t = *state;
    struct ctx *c = test_db_next(t);
    char log[80];
    struct stat st;
    snprintf(log, sizeof(log), "%s-wal", t->path);
    assert_ok(c, exec(c, "CREATE TABLE b (x BYTEA)"));
    for (int i = 0; i * 400 < SQLITE_RESTART_FRAMES * 3; i++) /* three times the bound */
        assert_ok(c, tx_run(c, TX_WRITE, pages_fn, NULL));
    assert_int_equal(stat(log, &st), 0);
    assert_true(st.st_size < SQLITE_RESTART_FRAMES * INT64_C(7) / 4 * SQLITE_PAGE_BYTES);
    test_db_reopen(t);
    assert_true(stat(log, &st) != 0 || st.st_size == 0); /* emptied at the end */
}

int main(void)
{
#define WITH(test, setup) cmocka_unit_test_setup_teardown(test, setup, close_db)
    const struct CMUnitTest tests[] = {
        WITH(test_groups, open_db),
        WITH(test_spoilt_group, open_db),
        WITH(test_tables_count_as_changes, open_db),
        WITH(test_busy_statement_is_rerun, open_faulty),
        WITH(test_reruns_end, open_busy),
        WITH(test_failed_statement, open_faulty),
        WITH(test_failed_commit, open_faulty),
        WITH(test_foreign_writer, open_db),
        WITH(test_deadline_in_the_queue, open_db),
        WITH(test_reader_pool, open_db),
        WITH(test_nesting, open_db),
        WITH(test_savepoint_inside, open_db),
        WITH(test_disk_full, open_db),
        WITH(test_stopped_after_fsync_error, open_db),
        WITH(test_log_is_bounded, open_db),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
