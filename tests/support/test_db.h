/* support/test_db.h: a migrated database of the test's own, and a context on the system's clock and
 * random source. A file in a directory of its own, or where ENIGMA_TEST_DATABASE names a server
 * (test_server.h), a database on it; the directory is there in both cases.
 * Use: struct test_db t; struct ctx *c = test_db_open(&t); … test_db_close(&t);
 * Set t.o before test_db_open_with for other options; t.deps takes further ports. */
#ifndef ENIGMA_TESTS_SUPPORT_TEST_DB_H
#define ENIGMA_TESTS_SUPPORT_TEST_DB_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/ctx.h"
#include "base/str.h"
#include "db/db.h"
#include "db/migrate.h"
#include "support/test_server.h"

enum { TEST_DB_ARENA_CAP = 256 << 20 };

struct test_db {
    char dir[32];
    char path[64];                   /* of the file; none on a server */
    char name[TEST_SERVER_NAME_MAX]; /* of the database on a server, once there is one */
    char url[TEST_SERVER_URL_MAX], direct_url[TEST_SERVER_URL_MAX];
    struct db_options o;
    struct deps deps;
    struct db *db;
    struct arena *mem;
    struct ctx c;
};

/* Says why and ends the test program: nothing works without a database. */
static inline void test_db_must(struct ctx *c, err e, const char *what)
{
    if (e == ERR_OK)
        return;
    fprintf(stderr, "test_db: %s: %s\n", what, c->fault.text);
    abort();
}

/* The next request: an empty arena, no fault, the time of now. */
static inline struct ctx *test_db_next(struct test_db *t)
{
    arena_reset(t->mem);
    ctx_init(&t->c, t->mem, &t->deps, 0);
    return &t->c;
}

/* For what only one of them can be or suffer. Call first in a test function. */
#define test_skip(why)                                                                             \
    do {                                                                                           \
        print_message("skipped: %s\n", why);                                                       \
        skip();                                                                                    \
    } while (0)
#define test_needs_sqlite(why)                                                                     \
    do {                                                                                           \
        if (test_server_on())                                                                      \
            test_skip(why);                                                                        \
    } while (0)
#define test_needs_server(why)                                                                     \
    do {                                                                                           \
        if (!test_server_on())                                                                     \
            test_skip(why);                                                                        \
    } while (0)

/* Points the options at the database of that name on the server. */
static inline void test_db_point(struct test_db *t, const char *name)
{
    snprintf(t->name, sizeof(t->name), "%s", name);
    test_server_url(t->name, t->url);
    test_server_direct_url(t->name, t->direct_url);
    t->o.url = str_of(t->url);
    t->o.direct_url = str_of(t->direct_url);
}

/* The test's database on the server, where there is one; like as in test_server_create. */
static inline void test_db_make(struct test_db *t, const char *like)
{
    char name[TEST_SERVER_NAME_MAX];
    if (!test_server_on() || t->name[0] != '\0')
        return;
    test_server_create(like, name);
    test_db_point(t, name);
}

/* Makes the directory and the context, opens nothing. */
static inline struct ctx *test_db_dir(struct test_db *t)
{
    memset(t, 0, sizeof(*t));
    snprintf(t->dir, sizeof(t->dir), "/tmp/enigma-test-XXXXXX");
    if (mkdtemp(t->dir) == NULL)
        abort();
    snprintf(t->path, sizeof(t->path), "%s/enigma.db", t->dir);
    snprintf(t->url, sizeof(t->url), "sqlite://%s", t->path);
    t->o = (struct db_options){
        .url = str_of(t->url), .readers_max = 4, .cache_kib = 2048, .busy_ms = 2000, .group_max = 64
    };
    t->deps = (struct deps){ .clock = &clock_system, .random = &random_system };
    t->mem = arena_open(NULL, TEST_DB_ARENA_CAP);
    ctx_init(&t->c, t->mem, &t->deps, 0);
    return &t->c;
}

/* Opens by t->o without migrating. */
static inline struct ctx *test_db_open_empty(struct test_db *t)
{
    test_db_make(t, NULL);
    test_db_must(&t->c, db_open(&t->c, &t->o, &t->db), "open");
    t->deps.db = t->db;
    return test_db_next(t);
}

/* Opens by t->o (after test_db_dir) and migrates. */
static inline struct ctx *test_db_open_with(struct test_db *t)
{
    size_t applied = 0;
    if (test_server_on())
        test_db_make(t, test_server_migrated());
    test_db_open_empty(t);
    test_db_must(&t->c, migrate_up(&t->c, &applied), "migrate");
    return test_db_next(t);
}

static inline struct ctx *test_db_open(struct test_db *t)
{
    test_db_dir(t);
    return test_db_open_with(t);
}

static inline int test_db_unlink(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
    (void)st, (void)kind, (void)ftw;
    return remove(path);
}

/* Closes and opens again, as a restart would. */
static inline struct ctx *test_db_reopen(struct test_db *t)
{
    db_close(t->db);
    t->db = NULL;
    t->deps.db = NULL;
    test_db_next(t);
    return test_db_open_empty(t);
}

/* Closes and removes the directory with all that is in it, and the database. */
static inline void test_db_close(struct test_db *t)
{
    db_close(t->db);
    if (t->name[0] != '\0')
        test_server_drop(t->name);
    arena_close(t->mem);
    nftw(t->dir, test_db_unlink, 8, FTW_DEPTH | FTW_PHYS);
    memset(t, 0, sizeof(*t));
}

/* A context of its own for another thread; give up by test_db_thread_ctx_close. */
static inline void test_db_thread_ctx(const struct test_db *t, struct ctx *ret)
{
    ctx_init(ret, arena_open(NULL, TEST_DB_ARENA_CAP), &t->deps, 0);
}
static inline void test_db_thread_ctx_close(struct ctx *c)
{
    arena_close(c->mem);
    c->mem = NULL;
}

#endif
