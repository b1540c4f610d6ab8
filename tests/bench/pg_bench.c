/* PostgreSQL: bare libpq loops as floors, beside the database room on the same server.
 * usage: bench_pg_bench reads|inserts|bulk  floor|ours  URL AMOUNT THREADS
 *        bench_pg_bench submissions floor URL SECONDS THREADS CYCLE_ID [keys]
 *        bench_pg_bench setup ours URL 0 1
 * AMOUNT: seconds, or rows for bulk. Prints operations a second. The tables are those of a migrated
 * database, and `bench` (setup). */
#include <libpq-fe.h>
#include <pthread.h>
#include <stdatomic.h>

#include "support/test_db.h"

enum { ROWS = 20000, THREADS_MAX = 64, ESSAY = 1500, ACHIEVEMENTS = 600, TOKEN = 380, ENTRY = 560 };

struct app_row {
    struct str id, status;
    int64_t created_at, gpa, n;
    struct str essay;
};
static const struct field app_fields[] = {
    FIELD_STR(struct app_row, id),          FIELD_STR(struct app_row, status),
    FIELD_TIME(struct app_row, created_at), FIELD_E2(struct app_row, gpa),
    FIELD_I64(struct app_row, n),           FIELD_STR(struct app_row, essay),
};
static SCHEMA(app_schema, "BenchRow", struct app_row, app_fields);
#define COLUMNS "id, status, created_at, gpa, n, essay"
static const struct query insert_query = {
    .sql = "INSERT INTO bench (" COLUMNS ") VALUES (:id, :status, :created_at, :gpa, :n, :essay)",
    .in = &app_schema,
};
static const struct query get_query = {
    .sql = "SELECT " COLUMNS " FROM bench WHERE id = :id",
    .in = &app_schema,
    .out = &app_schema,
};

static char filler[2001];
static const char *url;
static int64_t run_us;
static int threads;
static const char *cycle;
static bool with_keys;
static atomic_int_least64_t next_n;

static int64_t mono(void)
{
    return clock_system.mono_us(NULL);
}

static void die(const char *what, const char *why)
{
    fprintf(stderr, "pg_bench: %s: %s\n", what, why);
    exit(1);
}

static PGconn *bare_open(void)
{
    PGconn *h = PQconnectdb(url);
    if (PQstatus(h) != CONNECTION_OK)
        die("connect", PQerrorMessage(h));
    return h;
}

static void bare_done(PGconn *h, PGresult *res, const char *what)
{
    ExecStatusType s = PQresultStatus(res);
    if (s != PGRES_COMMAND_OK && s != PGRES_TUPLES_OK && s != PGRES_COPY_IN)
        die(what, PQerrorMessage(h));
    PQclear(res);
}

static void bare_sql(PGconn *h, const char *sql)
{
    bare_done(h, PQexec(h, sql), sql);
}

static void id_of(char id[40], int64_t n)
{
    snprintf(id, 40, "APP_%022lld", (long long)n);
}

static struct app_row row_of(char id[40], int64_t n)
{
    id_of(id, n);
    return (struct app_row){ .id = str_of(id),
                             .status = S_INIT("submitted"),
                             .created_at = INT64_C(1795000000000000),
                             .gpa = 385,
                             .n = n,
                             .essay = { filler, 2000 } };
}

/* Floors: one connection a thread, prepared once, a round trip an operation. */
static int64_t floor_reads(int64_t until)
{
    PGconn *h = bare_open();
    char id[40];
    const char *v[] = { id };
    int64_t n = 0;
    bare_done(h, PQprepare(h, "r", "SELECT " COLUMNS " FROM bench WHERE id = $1", 1, NULL),
              "prepare");
    for (; mono() < until; n++) {
        id_of(id, n * 7919 % ROWS);
        PGresult *res = PQexecPrepared(h, "r", 1, v, NULL, NULL, 1);
        if (PQntuples(res) != 1)
            die("read", PQerrorMessage(h));
        PQclear(res);
    }
    PQfinish(h);
    return n;
}

static int64_t floor_inserts(int64_t until)
{
    PGconn *h = bare_open();
    char id[40], number[24];
    const char *v[] = { id, "submitted", "2026-11-22T10:00:00Z", "3.85", number, filler };
    int64_t n = 0;
    bare_done(
        h, PQprepare(h, "w", "INSERT INTO bench (" COLUMNS ") VALUES ($1,$2,$3,$4,$5,$6)", 6, NULL),
        "prepare");
    for (; mono() < until; n++) {
        int64_t at = atomic_fetch_add(&next_n, 1);
        id_of(id, at);
        snprintf(number, sizeof(number), "%lld", (long long)at);
        bare_done(h, PQexecPrepared(h, "w", 6, v, NULL, NULL, 1), "insert");
    }
    PQfinish(h);
    return n;
}

/* The rows of a submission, each by a prepared statement, in one transaction. */
static const char *const submit_sql[] = {
    "UPDATE cycle_intake SET taken = taken + 1 WHERE cycle_id = $1 AND shard = $2::text::bigint",
    "INSERT INTO applications (application_id, admission_cycle_id, student_id, timestamp, gpa,"
    " status, scrub_order, created_at, updated_at) VALUES ($1, $2, NULL, $3, 3.85, 'submitted',"
    " $4::text::bigint, $3, $3)",
    "INSERT INTO application_texts (application_id, admission_cycle_id, email_hash, test_scores,"
    " sealed_identity, essay, achievements) VALUES ($1, $2, $3, '{\"SAT\":1450,\"TOEFL\":110}', $4,"
    " $5, $6)",
    "INSERT INTO subject_key (subject, wrapped, created_at) VALUES ($1, $2, $3)",
    "INSERT INTO audit_pending (act, subj, cycle_id, draft, created_at) VALUES"
    " ('application.submit', $1, $2, $3::text::bytea, $4)",
    "INSERT INTO idempotency_keys (key_hash, body_hash, status, reply, created_at, expires_at)"
    " VALUES ($1, $1, 200, $2, $3, $3)",
};
static const int submit_params[] = { 2, 4, 6, 3, 4, 3 };
enum { SUBMIT_N = sizeof(submit_sql) / sizeof(submit_sql[0]), SHARDS = 32 };

static void submit(PGconn *h, int s, const char *const *v)
{
    char name[16];
    snprintf(name, sizeof(name), "s%d", s);
    bare_done(h, PQexecPrepared(h, name, submit_params[s], v, NULL, NULL, 1), submit_sql[s]);
}

static void submit_one(PGconn *h, int64_t n)
{
    static const char when[] = "2026-11-22T10:00:00Z";
    char id[40], subject[60], hash[80], order[24], shard[8];
    char token[TOKEN + 1], essay[ESSAY + 1], short_text[ACHIEVEMENTS + 1], entry[ENTRY + 1];
    snprintf(token, sizeof(token), "%.*s", TOKEN, filler);
    snprintf(essay, sizeof(essay), "%.*s", ESSAY, filler);
    snprintf(short_text, sizeof(short_text), "%.*s", ACHIEVEMENTS, filler);
    snprintf(entry, sizeof(entry), "%.*s", ENTRY, filler);
    uint64_t spread = (uint64_t)n * 0x9e3779b97f4a7c15ULL;
    snprintf(id, sizeof(id), "APP_%026lld", (long long)n);
    snprintf(subject, sizeof(subject), "application:%s", id);
    snprintf(hash, sizeof(hash), "%016llx%048lld", (unsigned long long)spread, (long long)n);
    snprintf(order, sizeof(order), "%lld", (long long)(spread >> 1));
    snprintf(shard, sizeof(shard), "%d", (int)(spread % SHARDS));
    bare_sql(h, "BEGIN");
    submit(h, 0, (const char *[]){ cycle, shard });
    submit(h, 1, (const char *[]){ id, cycle, when, order });
    submit(h, 2, (const char *[]){ id, cycle, hash, token, essay, short_text });
    submit(h, 3, (const char *[]){ subject, token, when });
    submit(h, 4, (const char *[]){ subject, cycle, entry, when });
    if (with_keys)
        submit(h, 5, (const char *[]){ hash, token, when });
    bare_sql(h, "COMMIT");
}

static int64_t floor_submissions(int64_t until)
{
    PGconn *h = bare_open();
    int64_t n = 0;
    for (int i = 0; i < SUBMIT_N; i++) {
        char name[16];
        snprintf(name, sizeof(name), "s%d", i);
        bare_done(h, PQprepare(h, name, submit_sql[i], 0, NULL), submit_sql[i]);
    }
    for (; mono() < until; n++)
        submit_one(h, atomic_fetch_add(&next_n, 1));
    PQfinish(h);
    return n;
}

/* Ours: the database room, one context a thread. */
static struct deps deps;

static struct db *our_open(void)
{
    struct ctx c;
    struct db *db = NULL;
    struct db_options o = { .url = str_of(url), .pool_max = 64 };
    deps = (struct deps){ .clock = &clock_system, .random = &random_system };
    ctx_init(&c, arena_open(NULL, TEST_DB_ARENA_CAP), &deps, 0);
    test_db_must(&c, db_open(&c, &o, &db), "open");
    deps.db = db;
    arena_close(c.mem);
    return db;
}

static err get_fn(struct ctx *c, struct tx *tx, void *arg)
{
    return query_one(c, tx, &get_query, arg, arg);
}

static err insert_fn(struct ctx *c, struct tx *tx, void *arg)
{
    return query_send(c, tx, &insert_query, arg, 1);
}

static int64_t our_loop(int64_t until, enum tx_mode mode)
{
    struct ctx c;
    char id[40];
    int64_t n = 0;
    ctx_init(&c, arena_open(NULL, TEST_DB_ARENA_CAP), &deps, 0);
    for (; mono() < until; n++) {
        struct app_row r =
            row_of(id, mode == TX_READ ? n * 7919 % ROWS : atomic_fetch_add(&next_n, 1));
        arena_reset(c.mem);
        test_db_must(&c, tx_run(&c, mode, mode == TX_READ ? get_fn : insert_fn, &r), "operation");
    }
    arena_close(c.mem);
    return n;
}

static int64_t our_reads(int64_t until)
{
    return our_loop(until, TX_READ);
}

static int64_t our_inserts(int64_t until)
{
    return our_loop(until, TX_WRITE);
}

struct loop {
    pthread_t thread;
    int64_t (*fn)(int64_t until);
    int64_t until, n;
};

static void *loop_main(void *arg)
{
    struct loop *l = arg;
    l->n = l->fn(l->until);
    return NULL;
}

static double rate_of(int64_t (*fn)(int64_t until))
{
    static struct loop loops[THREADS_MAX];
    int64_t n = 0, began = mono();
    for (int i = 0; i < threads; i++) {
        loops[i] = (struct loop){ .fn = fn, .until = began + run_us };
        pthread_create(&loops[i].thread, NULL, loop_main, &loops[i]);
    }
    for (int i = 0; i < threads; i++) {
        pthread_join(loops[i].thread, NULL);
        n += loops[i].n;
    }
    return (double)n * 1e6 / (double)(mono() - began);
}

/* Bulk: the same rows by COPY's text format, written by hand, and by the room's bulk calls. */
static double floor_bulk(int64_t rows)
{
    PGconn *h = bare_open();
    char line[2400], id[40];
    int64_t began = mono();
    bare_sql(h, "BEGIN");
    bare_done(h, PQexec(h, "COPY bench (" COLUMNS ") FROM STDIN"), "copy");
    for (int64_t i = 0; i < rows; i++) {
        id_of(id, INT64_C(1000000000000) + atomic_fetch_add(&next_n, 1));
        int n =
            snprintf(line, sizeof(line), "%s\tsubmitted\t2026-11-22 10:00:00+00\t3.85\t%lld\t%s\n",
                     id, (long long)i, filler);
        if (PQputCopyData(h, line, n) != 1)
            die("copy", PQerrorMessage(h));
    }
    if (PQputCopyEnd(h, NULL) != 1)
        die("copy", PQerrorMessage(h));
    bare_done(h, PQgetResult(h), "copy");
    while (PQgetResult(h) != NULL)
        continue;
    bare_sql(h, "COMMIT");
    PQfinish(h);
    return (double)rows * 1e6 / (double)(mono() - began);
}

static err bulk_fn(struct ctx *c, struct tx *tx, void *arg)
{
    const int64_t *rows = arg;
    struct bulk *b;
    char id[40];
    TRY(bulk_open(c, tx, "bench", &app_schema, &b));
    for (int64_t i = 0; i < *rows; i++) {
        struct app_row r = row_of(id, INT64_C(1000000000000) + atomic_fetch_add(&next_n, 1));
        TRY(bulk_row(c, b, &r));
    }
    return bulk_close(c, &b);
}

static double our_bulk(int64_t rows)
{
    struct ctx c;
    int64_t began = mono();
    ctx_init(&c, arena_open(NULL, TEST_DB_ARENA_CAP), &deps, 0);
    test_db_must(&c, tx_run(&c, TX_WRITE, bulk_fn, &rows), "bulk");
    arena_close(c.mem);
    return (double)rows * 1e6 / (double)(mono() - began);
}

static void setup(void)
{
    PGconn *h = bare_open();
    bare_sql(h, "DROP TABLE IF EXISTS bench");
    bare_sql(h,
             "CREATE TABLE bench (id VARCHAR(50) PRIMARY KEY, status VARCHAR(20) NOT NULL, "
             "created_at TIMESTAMPTZ NOT NULL, gpa DOUBLE PRECISION NOT NULL, n BIGINT NOT NULL, "
             "essay TEXT NOT NULL)");
    bare_sql(h,
             "INSERT INTO bench SELECT 'APP_' || lpad(i::text, 22, '0'), 'submitted', "
             "'2026-11-22T10:00:00Z', 3.85, i, repeat('e', 2000) FROM generate_series(0, 19999) i");
    PQfinish(h);
}

int main(int argc, char **argv)
{
    int64_t amount = 0, n = 0;
    if (argc < 6 || !str_i64(str_of(argv[4]), &amount) || !str_i64(str_of(argv[5]), &n) || n < 1 ||
        n > THREADS_MAX) {
        fprintf(stderr, "usage: pg_bench WHAT floor|ours URL AMOUNT THREADS [CYCLE_ID [keys]]\n");
        return 2;
    }
    bool ours = strcmp(argv[2], "ours") == 0;
    url = argv[3];
    run_us = amount * 1000000;
    threads = (int)n;
    cycle = argc > 6 ? argv[6] : NULL;
    with_keys = argc > 7;
    memset(filler, 'e', sizeof(filler) - 1);
    atomic_store(&next_n, mono()); /* no id twice, in no run */
    struct db *db = ours && strcmp(argv[1], "setup") != 0 ? our_open() : NULL;
    double rate = 0;
    if (strcmp(argv[1], "setup") == 0)
        setup();
    else if (strcmp(argv[1], "reads") == 0)
        rate = rate_of(ours ? our_reads : floor_reads);
    else if (strcmp(argv[1], "inserts") == 0)
        rate = rate_of(ours ? our_inserts : floor_inserts);
    else if (strcmp(argv[1], "bulk") == 0)
        rate = ours ? our_bulk(amount) : floor_bulk(amount);
    else if (strcmp(argv[1], "submissions") == 0 && !ours && cycle != NULL)
        rate = rate_of(floor_submissions);
    else
        die(argv[1], "is not known");
    printf("%.0f\n", rate);
    db_close(db);
    return 0;
}
