/* support/test_raw.h: a database as an intruder has it, past the program, on either engine: a file
 * by SQLite itself, or a server's database by libpq. Failures end the program.
 * Use: struct raw *r = raw_open(path, name); … raw_close(r); */
#ifndef ENIGMA_TESTS_SUPPORT_TEST_RAW_H
#define ENIGMA_TESTS_SUPPORT_TEST_RAW_H

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/test_server.h"

struct raw {
    sqlite3 *file;
    struct test_intruder *server;
    int64_t changed; /* rows, so far */
};

static inline _Noreturn void raw_fail(struct raw *r, const char *sql)
{
    fprintf(stderr, "test_raw: %s: %s\n", sql, sqlite3_errmsg(r->file));
    abort();
}

/* path: of the file; name: of the database, where tests run on a server. */
static inline struct raw *raw_open(const char *path, const char *name)
{
    struct raw *r = calloc(1, sizeof(*r));
    if (r == NULL)
        abort();
    if (test_server_on())
        r->server = test_intruder_open(name);
    else if (sqlite3_open(path, &r->file) != SQLITE_OK)
        raw_fail(r, path);
    return r;
}
static inline void raw_close(struct raw *r)
{
    if (r->server)
        test_intruder_close(r->server);
    else if (sqlite3_close(r->file) != SQLITE_OK)
        raw_fail(r, "close");
    free(r);
}

static inline void raw_run(struct raw *r, const char *script)
{
    if (r->server) {
        r->changed += test_intruder_run(r->server, script);
        return;
    }
    const int64_t before = sqlite3_total_changes64(r->file);
    if (sqlite3_exec(r->file, script, NULL, NULL, NULL) != SQLITE_OK)
        raw_fail(r, script);
    r->changed += sqlite3_total_changes64(r->file) - before;
}

static inline sqlite3_stmt *raw_prepare(struct raw *r, const char *sql)
{
    sqlite3_stmt *s;
    if (sqlite3_prepare_v2(r->file, sql, -1, &s, NULL) != SQLITE_OK)
        raw_fail(r, sql);
    return s;
}

static inline int64_t raw_i64(struct raw *r, const char *sql)
{
    if (r->server)
        return test_intruder_i64(r->server, sql);
    sqlite3_stmt *s = raw_prepare(r, sql);
    if (sqlite3_step(s) != SQLITE_ROW)
        raw_fail(r, sql);
    const int64_t n = sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    return n;
}

/* First column of the first row; $1 is n. false: no row. */
static inline bool raw_bytes(struct raw *r, const char *sql, int64_t n, char *ret, size_t max,
                             size_t *ret_n)
{
    if (r->server)
        return test_intruder_bytes(r->server, sql, n, ret, max, ret_n);
    sqlite3_stmt *s = raw_prepare(r, sql);
    sqlite3_bind_int64(s, 1, n);
    const bool found = sqlite3_step(s) == SQLITE_ROW;
    if (found) {
        *ret_n = (size_t)sqlite3_column_bytes(s, 0);
        if (*ret_n > max)
            raw_fail(r, sql);
        memcpy(ret, sqlite3_column_blob(s, 0), *ret_n);
    }
    sqlite3_finalize(s);
    return found;
}

/* A change whose $1 is n and whose $2 and (b.p not NULL) $3 are bytes. */
static inline void raw_change(struct raw *r, const char *sql, int64_t n, struct str a, struct str b)
{
    r->changed++;
    if (r->server) {
        test_intruder_change(r->server, sql, n, a, b);
        return;
    }
    sqlite3_stmt *s = raw_prepare(r, sql);
    const int at_n = sqlite3_bind_parameter_index(s, "$1");
    sqlite3_bind_int64(s, at_n, n);
    sqlite3_bind_blob(s, sqlite3_bind_parameter_index(s, "$2"), a.p, (int)a.n, SQLITE_STATIC);
    if (b.p)
        sqlite3_bind_blob(s, sqlite3_bind_parameter_index(s, "$3"), b.p, (int)b.n, SQLITE_STATIC);
    if (sqlite3_step(s) != SQLITE_DONE)
        raw_fail(r, sql);
    sqlite3_finalize(s);
}

#endif
