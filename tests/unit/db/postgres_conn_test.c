/* Connections to a PostgreSQL server: opening, the pool, loss at every point of a transaction,
 * reruns, locks with names, deadlines. */
#include "postgres_helper.h"

static int open_sized(void **state, uint32_t pool_max)
{
    static struct test_db t;
    test_db_dir(&t);
    t.o.busy_ms = 2000;
    t.o.pool_max = pool_max;
    t.o.pool_wait_ms = 200;
    struct ctx *c = test_db_open_empty(&t);
    assert_ok(c, exec(c, N_TABLE));
    *state = &t;
    return 0;
}
static int open_db(void **state)
{
    return open_sized(state, 8);
}
static int open_small(void **state)
{
    return open_sized(state, 2);
}
static int close_db(void **state)
{
    test_db_close(*state);
    return 0;
}

static void refused(struct test_db *t, const char *url, err kind, const char *part)
{
    struct db *db = NULL;
    struct db_options o = t->o;
    o.url = str_of(url);
    fault_clear(&t->c);
    err e = db_open(&t->c, &o, &db);
    if (e != kind || strstr(t->c.fault.text, part) == NULL)
        fail_msg("%s: %d %s", url, (int)e, t->c.fault.text);
    assert_null(strstr(t->c.fault.text, "geheim"));
    assert_null(strchr(t->c.fault.text, '\n'));
    assert_null(db);
}

/* Every refusal is one sentence without a secret. */
static void test_open_refused(void **state)
{
    struct test_db *t = *state;
    char url[TEST_SERVER_URL_MAX];
    refused(t, "postgresql://a:geheim@127.0.0.1:1/d", ERR_BUSY, "not reachable");
    assert_int_equal(t->c.fault.retry_after_s, 1);
    refused(t, "postgresql://a:geheim%zz@127.0.0.1/d", ERR_INVALID, "database url");
    refused(t, "postgres://a:geheim@h/d?geheim=1", ERR_INVALID, "database url");
    refused(t, "postgresql+psycopg2://a:geheim@127.0.0.1:1/d", ERR_BUSY, "not reachable");
    test_server_direct_url("no_such_database", url);
    refused(t, url, ERR_NOT_FOUND, "no database of that name");
    struct str rest = str_of(t->url);
    struct str host = str_cut(rest, '@', &rest);
    snprintf(url, sizeof(url), "postgresql://nobody_here:geheim@%.*s", STR_ARG(host));
    refused(t, url, ERR_FORBIDDEN, "user name or password");
    struct db_options o = t->o;
    struct db *db = NULL;
    o.replica_url = S("postgresql://h/d?no_such_option=1");
    assert_fault(&t->c, db_open(&t->c, &o, &db), INVALID, "database url");
}

static err pooled_fn(struct ctx *c, struct tx *tx, void *arg)
{
    (void)c;
    *(bool *)arg = pg_conn_of(tx->conn)->pooled;
    return ERR_OK;
}

static void test_pooler_is_found(void **state)
{
    struct ctx *c = test_db_next(*state);
    bool pooled = false;
    assert_ok(c, tx_run(c, TX_READ, pooled_fn, &pooled));
    assert_int_equal(pooled, test_server_pooled());
    assert_ok(c, db_probe(c, c->deps->db));
    assert_ok(c, db_check_file(c, c->deps->db));
}

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
static void *hold(void *arg)
{
    struct ctx c;
    test_db_thread_ctx(arg, &c);
    err e = tx_run(&c, TX_READ, hold_fn, NULL);
    test_db_thread_ctx_close(&c);
    return e == ERR_OK ? arg : NULL;
}
static void start_holding(struct test_db *t, pthread_t *threads, int n)
{
    atomic_store(&holding, 0);
    for (int i = 0; i < n; i++)
        pthread_create(&threads[i], NULL, hold, t);
    while (atomic_load(&holding) < n)
        usleep(1000);
}
static void stop_holding(pthread_t *threads, int n)
{
    void *fine;
    atomic_store(&holding, 100);
    for (int i = 0; i < n; i++) {
        pthread_join(threads[i], &fine);
        assert_non_null(fine);
    }
}

static void test_pool_is_bounded(void **state)
{
    struct test_db *t = *state;
    pthread_t threads[2];
    struct n_row row = { 0 };
    struct db_stats stats;
    start_holding(t, threads, 2);
    struct ctx *c = test_db_next(t);
    int64_t began = mono();
    assert_fault(c, tx_run(c, TX_READ, n_count_fn, &row), BUSY, "the database is busy");
    assert_true(mono() - began >= 190000 && mono() - began < 1500000); /* pool_wait_ms */
    struct ctx short_c;
    ctx_init(&short_c, c->mem, c->deps, 20000);
    began = mono();
    assert_int_equal(tx_run(&short_c, TX_WRITE, n_insert_fn, &(struct n_row){ 1, 1 }), ERR_BUSY);
    assert_int_equal(short_c.fault.retry_after_s, 1);
    assert_true(mono() - began < 150000); /* the deadline */
    stop_holding(threads, 2);
    assert_int_equal(n_total(c), 0);
    db_stats(t->db, &stats);
    assert_int_equal(stats.readers_open, 2);
}

/* All that were idle are dead: nobody who comes next is told of it. */
static void test_idle_ones_die(void **state)
{
    struct test_db *t = *state;
    pthread_t threads[4];
    start_holding(t, threads, 4);
    stop_holding(threads, 4);
    end_connections(t);
    struct ctx *c = test_db_next(t);
    for (int i = 0; i < 6; i++)
        assert_ok(c, tx_run(c, TX_WRITE, n_insert_fn, &(struct n_row){ i, 1 }));
    assert_int_equal(n_total(c), 6);
    start_holding(t, threads, 4);
    stop_holding(threads, 4);
    assert_ok(c, db_probe(c, t->db));
}

struct cut {
    struct test_db *t;
    int tries;
    enum { CUT_BEFORE, CUT_INSIDE, CUT_AT_COMMIT } when;
};
static err cut_fn(struct ctx *c, struct tx *tx, void *arg)
{
    struct cut *cut = arg;
    bool first = cut->tries++ == 0;
    if (first && cut->when == CUT_BEFORE)
        end_connections(cut->t);
    TRY(query_run(c, tx, &n_insert, &(struct n_row){ 1, 1 }, NULL));
    if (first && cut->when == CUT_INSIDE)
        end_connections(cut->t);
    TRY(query_run(c, tx, &n_insert, &(struct n_row){ 2, 1 }, NULL));
    if (first && cut->when == CUT_AT_COMMIT)
        end_connections(cut->t);
    return ERR_OK;
}

static void test_lost_before_commit(void **state)
{
    struct test_db *t = *state;
    struct ctx *c = test_db_next(t);
    for (int when = CUT_BEFORE; when <= CUT_AT_COMMIT; when++) {
        struct cut cut = { .t = t, .when = when };
        usleep(20000); /* a pooler gives up its side of the last one */
        assert_ok(c, tx_run(c, TX_WRITE, cut_fn, &cut));
        assert_true(cut.tries == 2 || (when == CUT_BEFORE && test_server_pooled()));
        assert_int_equal(n_total(c), 2);
        assert_ok(c, exec(c, "DELETE FROM n"));
    }
}

static err once_fn(struct ctx *c, struct tx *tx, void *arg)
{
    ++*(int *)arg;
    return query_run(c, tx, &n_insert, &(struct n_row){ 9, 1 }, NULL);
}

/* The server dies while it commits: whether it did is not known, so it is never run again. */
static void test_lost_at_commit(void **state)
{
    struct ctx *c = test_db_next(*state);
    int tries = 0;
    assert_ok(c, exec(c, "CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                         "PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$; "
                         "CREATE CONSTRAINT TRIGGER die AFTER INSERT ON n DEFERRABLE INITIALLY "
                         "DEFERRED FOR EACH ROW EXECUTE FUNCTION die()"));
    assert_fault(c, tx_run(c, TX_WRITE, once_fn, &tries), BUSY,
                 "the outcome of the last change is not known");
    assert_int_equal(tries, 1);
    assert_ok(c, exec(c, "DROP TRIGGER die ON n"));
    assert_int_equal(n_total(c), 0);
}

struct sent {
    struct test_db *t;
    int tries;
    bool end;
};
static err sent_fn(struct ctx *c, struct tx *tx, void *arg)
{
    struct sent *s = arg;
    bool first = s->tries++ == 0;
    TRY(query_send(c, tx, &n_insert, &(struct n_row){ 1, 1 }, 1));
    if (first && s->end)
        end_connections(s->t);
    return ERR_OK;
}

/* What was sent without waiting is of the COMMIT: nothing was sent yet when the connection ended,
 * so it is run again; the server dies over it, and nobody knows. */
static void test_lost_with_what_was_sent(void **state)
{
    struct test_db *t = *state;
    struct ctx *c = test_db_next(t);
    struct sent s = { .t = t };
    assert_ok(c, tx_run(c, TX_WRITE, sent_fn, &s));
    assert_ok(c, exec(c, "DELETE FROM n"));
    s = (struct sent){ .t = t, .end = true };
    usleep(20000); /* a pooler gives up its side of the last one */
    assert_ok(c, tx_run(c, TX_WRITE, sent_fn, &s));
    assert_true(s.tries == 2 || test_server_pooled());
    assert_int_equal(n_total(c), 1);
    assert_ok(c, exec(c, "DELETE FROM n"));
    assert_ok(c, exec(c, "CREATE FUNCTION die_now() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                         "PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END $$; "
                         "CREATE TRIGGER die_now BEFORE INSERT ON n FOR EACH ROW EXECUTE FUNCTION "
                         "die_now()"));
    s = (struct sent){ .t = t };
    assert_fault(c, tx_run(c, TX_WRITE, sent_fn, &s), BUSY,
                 "the outcome of the last change is not known");
    assert_int_equal(s.tries, 1);
    assert_ok(c, exec(c, "DROP TRIGGER die_now ON n"));
    assert_int_equal(n_total(c), 0);
}

struct crossing {
    struct test_db *t;
    int64_t first, second;
    int tries;
    err e;
};
static atomic_int crossed;
static const struct query n_more = { .sql = "UPDATE n SET v = v + 1 WHERE id = :id",
                                     .in = &n_schema };
static err cross_fn(struct ctx *c, struct tx *tx, void *arg)
{
    struct crossing *k = arg;
    TRY(query_run(c, tx, &n_more, &(struct n_row){ k->first, 0 }, NULL));
    if (k->tries++ == 0) {
        atomic_fetch_add(&crossed, 1);
        while (atomic_load(&crossed) < 2)
            usleep(1000);
    }
    return query_run(c, tx, &n_more, &(struct n_row){ k->second, 0 }, NULL);
}
static void *cross(void *arg)
{
    struct crossing *k = arg;
    struct ctx c;
    test_db_thread_ctx(k->t, &c);
    k->e = tx_run(&c, TX_WRITE, cross_fn, k);
    test_db_thread_ctx_close(&c);
    return NULL;
}

static void test_deadlock_is_rerun(void **state)
{
    struct test_db *t = *state;
    struct ctx *c = test_db_next(t);
    struct crossing k[2] = { { .t = t, .first = 1, .second = 2 },
                             { .t = t, .first = 2, .second = 1 } };
    pthread_t threads[2];
    atomic_store(&crossed, 0);
    assert_ok(c, exec(c, "INSERT INTO n VALUES (1, 0), (2, 0)"));
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, cross, &k[i]);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(k[0].e, ERR_OK);
    assert_int_equal(k[1].e, ERR_OK);
    assert_true(k[0].tries + k[1].tries >= 3); /* whoever is rerun may meet the other again */
    struct n_row row = { 0 };
    assert_ok(c, tx_run(c, TX_READ, n_count_fn, &row));
    assert_int_equal(row.v, 4);
}

static err serial_fn(struct ctx *c, struct tx *tx, void *arg)
{
    int *tries = arg;
    TRY(query_run(c, tx, &n_insert, &(struct n_row){ *tries, 1 }, NULL));
    if (++*tries < 3)
        TRY(tx->db->drv->exec(c, tx->conn,
                              S("DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '40001'; END $$")));
    return ERR_OK;
}

static void test_serialization_is_rerun(void **state)
{
    struct ctx *c = test_db_next(*state);
    int tries = 0;
    assert_ok(c, tx_run(c, TX_WRITE, serial_fn, &tries));
    assert_int_equal(tries, 3);
    assert_int_equal(n_total(c), 1);
}

struct locker {
    struct test_db *t;
    enum lock_mode mode;
    int64_t held_us;
    int64_t got_us; /* when it had the lock */
    err e;
    pthread_t thread;
};
static err lock_fn(struct ctx *c, struct tx *tx, void *arg)
{
    struct locker *k = arg;
    struct n_row row;
    TRY(tx_lock(c, tx, S("cycle:1"), k->mode));
    TRY(query_one(c, tx, &n_count, NULL, &row));
    k->got_us = mono();
    usleep((useconds_t)k->held_us);
    return ERR_OK;
}
static void *lock_thread(void *arg)
{
    struct locker *k = arg;
    struct ctx c;
    test_db_thread_ctx(k->t, &c);
    k->e = tx_run(&c, TX_WRITE, lock_fn, k);
    test_db_thread_ctx_close(&c);
    return NULL;
}
/* How much later the second had it, in us. */
static int64_t second_waits(struct test_db *t, enum lock_mode first, enum lock_mode second)
{
    struct locker a = { .t = t, .mode = first, .held_us = 200000 };
    struct locker b = { .t = t, .mode = second };
    pthread_create(&a.thread, NULL, lock_thread, &a);
    usleep(60000);
    pthread_create(&b.thread, NULL, lock_thread, &b);
    pthread_join(a.thread, NULL);
    pthread_join(b.thread, NULL);
    assert_int_equal(a.e, ERR_OK);
    assert_int_equal(b.e, ERR_OK);
    return b.got_us - a.got_us;
}

static void test_locks(void **state)
{
    struct test_db *t = *state;
    assert_true(second_waits(t, LOCK_EXCLUSIVE, LOCK_SHARED) >= 190000);
    assert_true(second_waits(t, LOCK_EXCLUSIVE, LOCK_EXCLUSIVE) >= 190000);
    assert_true(second_waits(t, LOCK_SHARED, LOCK_EXCLUSIVE) >= 190000);
    assert_true(second_waits(t, LOCK_SHARED, LOCK_SHARED) < 190000);
    struct ctx *c = test_db_next(t);
    struct locker reader = { .t = t };
    assert_fault(c, tx_run(c, TX_READ, lock_fn, &reader), INTERNAL, "reading transaction");
}

static void test_lock_timeout(void **state)
{
    struct test_db *t = *state;
    struct locker a = { .t = t, .mode = LOCK_EXCLUSIVE, .held_us = 900000 };
    struct locker b = { .t = t, .mode = LOCK_EXCLUSIVE };
    pthread_create(&a.thread, NULL, lock_thread, &a);
    usleep(60000);
    struct ctx *c = test_db_next(t);
    struct ctx short_c;
    ctx_init(&short_c, c->mem, c->deps, 200000);
    int64_t began = mono();
    assert_int_equal(tx_run(&short_c, TX_WRITE, lock_fn, &b), ERR_BUSY);
    assert_true(mono() - began < 800000);
    pthread_join(a.thread, NULL);
    assert_int_equal(a.e, ERR_OK);
    assert_int_equal(n_total(c), 0); /* the connections are whole */
}

static const struct query sleep_query = { .sql = "SELECT :id AS id, :v AS v FROM pg_sleep(5)",
                                          .in = &n_schema,
                                          .out = &n_schema };
static err sleep_fn(struct ctx *c, struct tx *tx, void *arg)
{
    return query_one(c, tx, &sleep_query, arg, arg);
}

static void test_statement_timeout(void **state)
{
    struct test_db *t = *state;
    struct ctx *c = test_db_next(t);
    struct ctx short_c;
    struct n_row row = { 0 };
    for (int mode = TX_READ; mode <= TX_WRITE; mode++) {
        ctx_init(&short_c, c->mem, c->deps, 300000);
        int64_t began = mono();
        assert_fault(&short_c, tx_run(&short_c, mode, sleep_fn, &row), BUSY, "took too long");
        assert_true(mono() - began >= 100000 && mono() - began < 2000000);
        assert_int_equal(n_total(c), 0);
    }
}

/* The outcome of what was allowed to fail does not end the transaction. */
static err savepoints_fn(struct ctx *c, struct tx *tx, void *arg)
{
    struct n_row a = { 1, 1 };
    TRY(query_run(c, tx, &n_insert, &a, NULL));
    for (int i = 0; i < 3; i++) {
        assert_int_equal(tx_try(c, tx, n_insert_fn, &a), ERR_CONFLICT);
        fault_clear(c);
    }
    TRY(tx_try(c, tx, n_insert_fn, &(struct n_row){ 2, 1 }));
    if (arg != NULL) { /* not in a savepoint: the end of it */
        assert_int_equal(query_run(c, tx, &n_insert, &a, NULL), ERR_CONFLICT);
        fault_clear(c);
    }
    return ERR_OK;
}

static void test_savepoints(void **state)
{
    struct ctx *c = test_db_next(*state);
    int swallowed = 0;
    assert_fault(c, tx_run(c, TX_WRITE, savepoints_fn, &swallowed), INTERNAL,
                 "ended by an earlier error");
    assert_int_equal(n_total(c), 0);
    assert_ok(c, tx_run(c, TX_WRITE, savepoints_fn, NULL));
    assert_int_equal(n_total(c), 2);
}

/* A replica that is not there is asked once, then left alone; reads go on. */
static void test_replica_down(void **state)
{
    struct test_db *t = *state;
    struct ctx *c = test_db_next(t);
    struct n_row row = { 7, 7 };
    db_close(t->db);
    t->o.replica_url = S("postgresql://a:b@127.0.0.1:1/d");
    test_db_open_empty(t);
    c->replica_ok = true;
    assert_ok(c, tx_run(c, TX_READ, n_count_fn, &row));
    assert_int_equal(row.id, 0);
    assert_true(atomic_load(&t->db->replica.down_until_us) > mono());
    assert_int_equal(t->db->replica.n_open, 0);
    db_close(t->db);
    t->o.replica_url = t->o.url; /* and one that is */
    test_db_open_empty(t);
    c->replica_ok = true;
    assert_ok(c, tx_run(c, TX_READ, n_count_fn, &row));
    assert_int_equal(t->db->replica.n_open, 1);
    assert_int_equal(t->db->readers.n_open, 0);
}

int main(void)
{
#define WITH(test, setup) cmocka_unit_test_setup_teardown(test, setup, close_db)
    const struct CMUnitTest tests[] = {
        WITH(test_open_refused, open_db),
        WITH(test_pooler_is_found, open_db),
        WITH(test_pool_is_bounded, open_small),
        WITH(test_idle_ones_die, open_db),
        WITH(test_lost_before_commit, open_db),
        WITH(test_lost_at_commit, open_db),
        WITH(test_lost_with_what_was_sent, open_db),
        WITH(test_deadlock_is_rerun, open_db),
        WITH(test_serialization_is_rerun, open_db),
        WITH(test_locks, open_db),
        WITH(test_lock_timeout, open_db),
        WITH(test_statement_timeout, open_db),
        WITH(test_savepoints, open_db),
        WITH(test_replica_down, open_db),
    };
    end_without_server();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
