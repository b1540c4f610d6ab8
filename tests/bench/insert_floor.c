/* The floor for submissions: one thread, prepared statements, 64 submissions in a transaction with
 * synchronous=FULL, writing the rows that a submission writes: the cycle's seat, application,
 * texts, subject key, log entry and, when asked, the idempotency key. No checks, no hashing, no
 * HTTP. usage: insert_floor DATABASE CYCLE_ID SECONDS [KEYS]; prints submissions a second.
 * The database is a scratch copy of a real one: indexes, triggers and foreign keys stand. */
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { GROUP = 64, STATEMENTS = 6, ESSAY = 1500, ACHIEVEMENTS = 600, TOKEN = 380, ENTRY = 560 };

static const char *const sql[STATEMENTS] = {
    "INSERT INTO cycle_intake (cycle_id, shard, taken) VALUES (?1, 0, 1)"
    " ON CONFLICT (cycle_id, shard) DO UPDATE SET taken = taken + 1",
    "INSERT INTO applications (application_id, admission_cycle_id, student_id, timestamp, gpa,"
    " status, scrub_order, created_at, updated_at) SELECT ?1, ?2, student_id, ?3, 3.85,"
    " 'submitted', ?4, ?3, ?3 FROM student_accounts WHERE rowid = ?5",
    "INSERT INTO application_texts (application_id, admission_cycle_id, email_hash, test_scores,"
    " sealed_identity, essay, achievements) VALUES (?1, ?6, ?2, '{\"SAT\":1450,\"TOEFL\":110}', ?3,"
    " ?4, ?5)",
    "INSERT INTO subject_key (subject, wrapped, created_at) VALUES (?1, ?2, ?3)",
    "INSERT INTO audit_entry (idx, ts, act, actor, subj, cycle_id, leaf, entry) VALUES"
    " (?1, 1795000000000, 'application.submit', 'student', ?2, ?3, ?4, ?5)",
    "INSERT INTO idempotency_keys (key_hash, body_hash, status, reply, created_at, expires_at)"
    " VALUES (?1, ?2, 200, ?3, ?4, ?4)",
};
static char filler[ESSAY + 1];
static const char when[] = "2026-11-22T10:00:00.000000Z";
static sqlite3 *db;
static sqlite3_stmt *stmt[STATEMENTS];
static const char *cycle;

static void must(int rc, const char *what)
{
    if (rc == SQLITE_OK || rc == SQLITE_DONE)
        return;
    fprintf(stderr, "insert_floor: %s: %s\n", what, sqlite3_errmsg(db));
    exit(1);
}

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void text(int s, int i, const char *p, int n)
{
    sqlite3_bind_text(stmt[s], i, p, n, SQLITE_STATIC);
}

static void run(int s)
{
    must(sqlite3_step(stmt[s]), sql[s]);
    sqlite3_reset(stmt[s]);
}

static void submit(sqlite3_int64 n, sqlite3_int64 first_idx, bool keys)
{
    char id[40], subject[60], hash[80];
    snprintf(id, sizeof(id), "APP_%026lld", (long long)n);
    snprintf(subject, sizeof(subject), "application:%s", id);
    /* A hash is spread over its index, as a real one. */
    snprintf(hash, sizeof(hash), "%016llx%048lld", (unsigned long long)n * 0x9e3779b97f4a7c15ULL,
             (long long)n);
    text(0, 1, cycle, -1);
    run(0);
    text(1, 1, id, -1);
    text(1, 2, cycle, -1);
    text(1, 3, when, -1);
    sqlite3_bind_int64(stmt[1], 4,
                       (sqlite3_int64)((unsigned long long)n * 0x9e3779b97f4a7c15ULL >> 1));
    sqlite3_bind_int64(stmt[1], 5, n + 1);
    run(1);
    if (sqlite3_changes(db) != 1)
        must(SQLITE_ERROR, "too few students in the copy");
    text(2, 1, id, -1);
    text(2, 2, hash, -1);
    text(2, 3, filler, TOKEN);
    text(2, 4, filler, ESSAY);
    text(2, 5, filler, ACHIEVEMENTS);
    text(2, 6, cycle, -1);
    run(2);
    text(3, 1, subject, -1);
    text(3, 2, filler, 140);
    text(3, 3, when, -1);
    run(3);
    sqlite3_bind_int64(stmt[4], 1, first_idx + n);
    text(4, 2, subject, -1);
    text(4, 3, cycle, -1);
    sqlite3_bind_blob(stmt[4], 4, filler, 32, SQLITE_STATIC);
    sqlite3_bind_blob(stmt[4], 5, filler, ENTRY, SQLITE_STATIC);
    run(4);
    if (!keys)
        return;
    text(5, 1, hash, -1);
    text(5, 2, hash, -1);
    text(5, 3, filler, 180);
    text(5, 4, when, -1);
    run(5);
}

static sqlite3_int64 next_idx(void)
{
    sqlite3_stmt *s;
    must(sqlite3_prepare_v2(db, "SELECT COALESCE(MAX(idx), -1) + 1 FROM audit_entry", -1, &s, NULL),
         "tail");
    (void)sqlite3_step(s);
    sqlite3_int64 n = sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    return n;
}

int main(int argc, char **argv)
{
    if (argc < 4) {
        fprintf(stderr, "usage: insert_floor DATABASE CYCLE_ID SECONDS [KEYS]\n");
        return 2;
    }
    cycle = argv[2];
    double seconds = strtod(argv[3], NULL);
    memset(filler, 'e', ESSAY);
    must(sqlite3_open(argv[1], &db), "open");
    must(sqlite3_exec(db,
                      "PRAGMA synchronous=FULL;PRAGMA foreign_keys=ON;PRAGMA cache_size=-65536;"
                      "PRAGMA wal_autocheckpoint=0",
                      NULL, NULL, NULL),
         "settings");
    for (int i = 0; i < STATEMENTS; i++)
        must(sqlite3_prepare_v3(db, sql[i], -1, SQLITE_PREPARE_PERSISTENT, &stmt[i], NULL), sql[i]);
    sqlite3_int64 n = 0, first = next_idx();
    double began = now_s();
    while (now_s() - began < seconds) {
        must(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), "begin");
        for (int i = 0; i < GROUP; i++)
            submit(n++, first, argc > 4);
        must(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL), "commit");
    }
    printf("%.0f\n", (double)n / (now_s() - began));
    return 0;
}
