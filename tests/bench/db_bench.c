/* What the database room costs: bare prepared SQLite as the floor, beside query_one and tx_run.
 * Usage: bench_db_bench [milliseconds a figure]. Runs in a directory of its own under /tmp. */
#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>

#include "support/test_db.h"

enum { ROWS = 20000, THREADS_MAX = 64, GROUP = 64 };
static int64_t run_us = 1500000;

struct app_row {
    struct str id, status, created_at;
    int64_t gpa, n;
    struct str essay;
};
static const struct field app_fields[] = {
    FIELD_STR(struct app_row, id),         FIELD_STR(struct app_row, status),
    FIELD_STR(struct app_row, created_at), FIELD_E2(struct app_row, gpa),
    FIELD_I64(struct app_row, n),          FIELD_STR(struct app_row, essay),
};
static SCHEMA(app_schema, "BenchRow", struct app_row, app_fields);
#define COLUMNS "id, status, created_at, gpa, n, essay"
static const char insert_sql[] =
    "INSERT INTO bench (" COLUMNS ") VALUES (:id, :status, :created_at, :gpa, :n, :essay)";
static const char get_sql[] = "SELECT " COLUMNS " FROM bench WHERE id = :id";
static const struct query insert_query = { .sql = insert_sql, .in = &app_schema };
static const struct query get_query = { .sql = get_sql, .in = &app_schema, .out = &app_schema };
static char essay[2000];

static int64_t mono(void)
{
    return clock_system.mono_us(NULL);
}

static void die(const char *what)
{
    fprintf(stderr, "db_bench: %s\n", what);
    abort();
}

static struct app_row row_of(char *id, size_t size, int64_t n)
{
    return (struct app_row){ .id = { id, (size_t)snprintf(id, size, "APP_%022lld", (long long)n) },
                             .status = S_INIT("submitted"),
                             .created_at = S_INIT("2026-02-03T04:05:06.000000Z"),
                             .gpa = 385,
                             .n = n,
                             .essay = { essay, sizeof(essay) } };
}

static sqlite3 *bare_open(const char *path)
{
    sqlite3 *h;
    if (sqlite3_open_v2(path, &h, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK ||
        sqlite3_exec(h,
                     "PRAGMA synchronous=FULL;PRAGMA cache_size=-65536;"
                     "PRAGMA wal_autocheckpoint=0",
                     NULL, NULL, NULL) != SQLITE_OK)
        die("open");
    sqlite3_busy_timeout(h, 5000); /* our own checkpoint may still be at work */
    return h;
}

static void bare_bind(sqlite3_stmt *s, const struct app_row *r)
{
    sqlite3_bind_text(s, 1, r->id.p, (int)r->id.n, SQLITE_STATIC);
    sqlite3_bind_text(s, 2, r->status.p, (int)r->status.n, SQLITE_STATIC);
    sqlite3_bind_text(s, 3, r->created_at.p, (int)r->created_at.n, SQLITE_STATIC);
    sqlite3_bind_double(s, 4, (double)r->gpa / 100.0);
    sqlite3_bind_int64(s, 5, r->n);
    sqlite3_bind_text(s, 6, r->essay.p, (int)r->essay.n, SQLITE_STATIC);
}

static double bare_reads(const struct test_db *t)
{
    sqlite3 *h = bare_open(t->path);
    sqlite3_stmt *s;
    char id[32];
    size_t bytes = 0;
    int64_t n = 0;
    sqlite3_prepare_v3(h, get_sql, -1, SQLITE_PREPARE_PERSISTENT, &s, NULL);
    int64_t began = mono();
    while (mono() - began < run_us) {
        for (int k = 0; k < 256; k++, n++) {
            struct app_row r = row_of(id, sizeof(id), n * 7919 % ROWS);
            sqlite3_bind_text(s, 1, r.id.p, (int)r.id.n, SQLITE_STATIC);
            if (sqlite3_step(s) != SQLITE_ROW)
                die("read");
            for (int i = 0; i < 6; i++)
                bytes += sqlite3_column_text(s, i) != NULL ? (size_t)sqlite3_column_bytes(s, i) : 0;
            sqlite3_reset(s);
        }
    }
    double rate = (double)n * 1e6 / (double)(mono() - began);
    sqlite3_finalize(s);
    sqlite3_close(h);
    return bytes > 0 ? rate : 0;
}

static err get_fn(struct ctx *c, struct tx *tx, void *arg)
{
    return query_one(c, tx, &get_query, arg, arg);
}

static double our_reads(struct test_db *t)
{
    char id[32];
    int64_t n = 0;
    int64_t began = mono();
    while (mono() - began < run_us) {
        for (int k = 0; k < 256; k++, n++) {
            struct app_row r = row_of(id, sizeof(id), n * 7919 % ROWS);
            arena_reset(t->mem);
            test_db_must(&t->c, tx_run(&t->c, TX_READ, get_fn, &r), "read");
        }
    }
    return (double)n * 1e6 / (double)(mono() - began);
}

/* `group` rows a transaction, as an ideal writer would that always finds as many waiting. */
static double bare_writes(const struct test_db *t, int64_t base, int group)
{
    sqlite3 *h = bare_open(t->path);
    sqlite3_stmt *s;
    char id[32];
    int64_t n = 0;
    sqlite3_prepare_v3(h, insert_sql, -1, SQLITE_PREPARE_PERSISTENT, &s, NULL);
    int64_t began = mono();
    while (mono() - began < run_us) {
        sqlite3_exec(h, "BEGIN IMMEDIATE", NULL, NULL, NULL);
        for (int k = 0; k < group; k++, n++) {
            struct app_row r = row_of(id, sizeof(id), base + n);
            bare_bind(s, &r);
            if (sqlite3_step(s) != SQLITE_DONE)
                die("write");
            sqlite3_reset(s);
        }
        if (sqlite3_exec(h, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
            die("commit");
    }
    double rate = (double)n * 1e6 / (double)(mono() - began);
    sqlite3_finalize(s);
    sqlite3_exec(h, "PRAGMA wal_checkpoint(TRUNCATE)", NULL, NULL, NULL);
    sqlite3_close(h);
    return rate;
}

struct writer {
    const struct test_db *t;
    pthread_t thread;
    int64_t base, n, until;
};
static err insert_fn(struct ctx *c, struct tx *tx, void *arg)
{
    return query_run(c, tx, &insert_query, arg, NULL);
}
static void *write_loop(void *arg)
{
    struct writer *w = arg;
    struct ctx c;
    char id[32];
    test_db_thread_ctx(w->t, &c);
    while (mono() < w->until) {
        struct app_row r = row_of(id, sizeof(id), w->base + w->n++);
        arena_reset(c.mem);
        test_db_must(&c, tx_run(&c, TX_WRITE, insert_fn, &r), "write");
    }
    test_db_thread_ctx_close(&c);
    return NULL;
}

static double our_writes(struct test_db *t, int64_t base, int threads)
{
    static struct writer w[THREADS_MAX];
    int64_t n = 0;
    int64_t began = mono();
    for (int i = 0; i < threads; i++) {
        w[i] = (struct writer){ .t = t,
                                .base = base + i * INT64_C(10000000),
                                .until = began + run_us };
        pthread_create(&w[i].thread, NULL, write_loop, &w[i]);
    }
    for (int i = 0; i < threads; i++) {
        pthread_join(w[i].thread, NULL);
        n += w[i].n;
    }
    return (double)n * 1e6 / (double)(mono() - began);
}

static err setup_fn(struct ctx *c, struct tx *tx, void *arg)
{
    static const struct query table = { .sql =
                                            "CREATE TABLE bench (id VARCHAR(50) PRIMARY KEY, "
                                            "status VARCHAR(20) NOT NULL, created_at TIMESTAMPTZ "
                                            "NOT NULL, gpa DOUBLE PRECISION NOT NULL, n BIGINT "
                                            "NOT NULL, essay TEXT NOT NULL)" };
    struct bulk *b;
    char id[32];
    (void)arg;
    TRY(query_run(c, tx, &table, NULL, NULL));
    TRY(bulk_open(c, tx, "bench", &app_schema, &b));
    for (int64_t i = 0; i < ROWS; i++) {
        struct app_row r = row_of(id, sizeof(id), i);
        TRY(bulk_row(c, b, &r));
    }
    return bulk_close(c, &b);
}

static void line(const char *what, double floor_rate, double ours)
{
    printf("%-34s floor %9.0f/s  ours %9.0f/s  ratio %.2f\n", what, floor_rate, ours,
           ours / floor_rate);
}

int main(int argc, char **argv)
{
    struct test_db t;
    int64_t ms;
    if (argc > 1 && str_i64(str_of(argv[1]), &ms) && ms > 0)
        run_us = ms * 1000;
    memset(essay, 'e', sizeof(essay));
    test_db_dir(&t);
    t.o.cache_kib = 65536;
    test_db_open_empty(&t);
    int64_t began = mono();
    test_db_must(&t.c, tx_run(&t.c, TX_WRITE, setup_fn, NULL), "setup");
    printf("bulk rows %.0f/s\n", ROWS * 1e6 / (double)(mono() - began));
    double floor_rate = bare_reads(&t);
    line("read by primary key, 1 thread", floor_rate, our_reads(&t));
    int64_t base = 1000000000;
    static const struct {
        int threads, group;
        const char *what;
    } runs[] = { { 1, 1, "durable insert, 1 in flight" },
                 { 16, 16, "durable insert, 16 in flight" },
                 { 64, 64, "durable insert, 64 in flight" } };
    for (size_t i = 0; i < sizeof(runs) / sizeof(runs[0]); i++, base += 2000000000) {
        floor_rate = bare_writes(&t, base, runs[i].group);
        struct db_stats before, after;
        db_stats(t.db, &before);
        line(runs[i].what, floor_rate, our_writes(&t, base + 1000000000, runs[i].threads));
        db_stats(t.db, &after);
        printf("    rows a commit %.1f\n", (double)(after.group_rows - before.group_rows) /
                                               (double)(after.commits - before.commits));
    }
    test_db_close(&t);
    return 0;
}
