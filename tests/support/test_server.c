/* Databases of their own for tests on a server, by libpq itself: CREATE DATABASE goes past the
 * face that is under test. */
#include "support/test_server.h"

#include <inttypes.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/ctx.h"
#include "crypto/hash.h"
#include "db/db.h"
#include "db/migrate.h"

enum { NAMES_MAX = 64, SQL_MAX = 512, ARENA_CAP = 64 << 20, HASH_DIGITS = 6, LEAVE_WAITS = 1000 };

static char names[NAMES_MAX][TEST_SERVER_NAME_MAX]; /* alive now; "" where there is none */
static PGconn *admin;

static _Noreturn void give_up(const char *what, const char *why)
{
    fprintf(stderr, "test_server: %s: %s\n", what, why);
    abort();
}

static const char *environment(const char *name)
{
    const char *v = getenv(name);
    return v != NULL && v[0] != '\0' ? v : NULL;
}

bool test_server_on(void)
{
    return environment("ENIGMA_TEST_DATABASE") != NULL;
}

bool test_server_pooled(void)
{
    return environment("ENIGMA_TEST_POOLER") != NULL;
}

/* scheme://authority[/database][?options] with another database. */
static void with_name(const char *url, const char *name, char ret[TEST_SERVER_URL_MAX])
{
    const char *host = strstr(url, "://");
    if (host == NULL)
        give_up("not a url", "ENIGMA_TEST_DATABASE");
    const char *options = strchr(host, '?');
    const size_t authority = (size_t)(host - url) + 3 + strcspn(host + 3, "/?");
    const int n = snprintf(ret, TEST_SERVER_URL_MAX, "%.*s/%s%s", (int)authority, url, name,
                           options ? options : "");
    if (n < 0 || n >= TEST_SERVER_URL_MAX)
        give_up("too long", "ENIGMA_TEST_DATABASE");
}

void test_server_url(const char *name, char ret[TEST_SERVER_URL_MAX])
{
    with_name(environment("ENIGMA_TEST_DATABASE"), name, ret);
}

void test_server_direct_url(const char *name, char ret[TEST_SERVER_URL_MAX])
{
    const char *direct = environment("ENIGMA_TEST_DIRECT");
    with_name(direct ? direct : environment("ENIGMA_TEST_DATABASE"), name, ret);
}

static PGconn *connect_to(const char *name)
{
    char url[TEST_SERVER_URL_MAX];
    test_server_direct_url(name, url);
    PGconn *h = PQconnectdb(url);
    if (PQstatus(h) != CONNECTION_OK)
        give_up("connect", PQerrorMessage(h));
    PQsetNoticeProcessor(h, NULL, NULL);
    return h;
}

static void quiet(void *arg, const char *message)
{
    (void)arg, (void)message;
}

static void drop_all(void)
{
    for (size_t i = 0; i < NAMES_MAX; i++)
        if (names[i][0] != '\0')
            test_server_drop(names[i]);
    PQfinish(admin);
    admin = NULL;
}

static PGconn *administrator(void)
{
    if (admin == NULL) {
        admin = connect_to("postgres");
        PQsetNoticeProcessor(admin, quiet, NULL);
        atexit(drop_all);
    }
    return admin;
}

static bool command(PGconn *h, const char *sql)
{
    PGresult *r = PQexec(h, sql);
    const ExecStatusType s = PQresultStatus(r);
    PQclear(r);
    return s == PGRES_COMMAND_OK || s == PGRES_TUPLES_OK;
}

static void must(PGconn *h, const char *sql)
{
    if (!command(h, sql))
        give_up(sql, PQerrorMessage(h));
}

/* DROP and CREATE wait a tenth of a second for whoever is about to leave; most leave sooner. */
static void end_others(const char *name)
{
    char end[SQL_MAX], left[SQL_MAX];
    PGconn *h = administrator();
    snprintf(end, sizeof(end),
             "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '%s'", name);
    snprintf(left, sizeof(left), "SELECT 1 FROM pg_stat_activity WHERE datname = '%s'", name);
    for (int i = 0; i < LEAVE_WAITS; i++) {
        PGresult *r = PQexec(h, i == 0 ? end : left);
        const int n = PQntuples(r);
        PQclear(r);
        if (n == 0)
            return;
        nanosleep(&(struct timespec){ .tv_nsec = 2000000 }, NULL);
    }
}

void test_server_drop(const char *name)
{
    char sql[SQL_MAX];
    end_others(name);
    snprintf(sql, sizeof(sql), "DROP DATABASE IF EXISTS \"%s\" WITH (FORCE)", name);
    must(administrator(), sql);
    for (size_t i = 0; i < NAMES_MAX; i++)
        if (strcmp(names[i], name) == 0)
            names[i][0] = '\0';
}

static void remember(const char *name)
{
    for (size_t i = 0; i < NAMES_MAX; i++)
        if (names[i][0] == '\0') {
            snprintf(names[i], TEST_SERVER_NAME_MAX, "%s", name);
            return;
        }
    give_up("too many databases at once", name);
}

/* A database is copied only while nobody is in it; a pooler stays in for a while. */
static void copy_database(const char *like, const char *name)
{
    char sql[SQL_MAX];
    PGconn *h = administrator();
    snprintf(sql, sizeof(sql), "CREATE DATABASE \"%s\" TEMPLATE \"%s\" STRATEGY file_copy", name,
             like);
    for (int tries = 0; tries < 5; tries++) {
        end_others(like);
        if (command(h, sql))
            return;
    }
    give_up(sql, PQerrorMessage(h));
}

void test_server_create(const char *like, char ret_name[TEST_SERVER_NAME_MAX])
{
    static int n;
    char sql[SQL_MAX];
    snprintf(ret_name, TEST_SERVER_NAME_MAX, "enigma_test_%ld_%d", (long)getpid(), ++n);
    snprintf(sql, sizeof(sql), "DROP DATABASE IF EXISTS \"%s\" WITH (FORCE)", ret_name);
    must(administrator(), sql); /* of a program that was killed and had our number */
    copy_database(like ? like : "template0", ret_name);
    remember(ret_name);
}

/* The same binary has the same migrations: their hash names the template. */
static void template_name(char ret[TEST_SERVER_NAME_MAX])
{
    struct arena *mem = arena_open(NULL, ARENA_CAP);
    struct sha256_stream *s = sha256_open(mem);
    for (size_t i = 0; i < migration_count; i++)
        sha256_add(s, migrations_embedded()[i].up);
    const struct hash h = sha256_done(s);
    size_t n = (size_t)snprintf(ret, TEST_SERVER_NAME_MAX, "enigma_template_");
    for (size_t i = 0; i < HASH_DIGITS; i++)
        n += (size_t)snprintf(ret + n, TEST_SERVER_NAME_MAX - n, "%02x", h.b[i]);
    arena_close(mem);
}

static void migrate_database(const char *name)
{
    struct ctx c;
    struct deps deps = { .clock = &clock_system, .random = &random_system };
    struct db *db = NULL;
    size_t applied = 0;
    char url[TEST_SERVER_URL_MAX];
    test_server_direct_url(name, url);
    ctx_init(&c, arena_open(NULL, ARENA_CAP), &deps, 0);
    const struct db_options o = { .url = str_of(url) };
    if (db_open(&c, &o, &db) != ERR_OK)
        give_up("open", c.fault.text);
    deps.db = db;
    if (migrate_up(&c, &applied) != ERR_OK)
        give_up("migrate", c.fault.text);
    db_close(db);
    arena_close(c.mem);
}

static bool exists(PGconn *h, const char *name)
{
    PGresult *r = PQexecParams(h, "SELECT 1 FROM pg_database WHERE datname = $1", 1, NULL, &name,
                               NULL, NULL, 0);
    const bool found = PQntuples(r) == 1;
    PQclear(r);
    return found;
}

/* Test programs run side by side: one of them migrates, under a lock, and only then the database
 * takes its name. */
const char *test_server_migrated(void)
{
    static char name[TEST_SERVER_NAME_MAX];
    char sql[SQL_MAX], raw[TEST_SERVER_NAME_MAX];
    PGconn *h = administrator();
    if (name[0] != '\0')
        return name;
    template_name(name);
    must(h, "SELECT pg_advisory_lock(7)");
    if (!exists(h, name)) {
        test_server_create(NULL, raw);
        migrate_database(raw);
        snprintf(sql, sizeof(sql), "ALTER DATABASE \"%s\" RENAME TO \"%s\"", raw, name);
        must(h, sql);
        test_server_drop(raw); /* forgets the name */
    }
    must(h, "SELECT pg_advisory_unlock(7)");
    return name;
}

/* ---- the intruder ---- */

struct test_intruder {
    PGconn *h;
};

struct test_intruder *test_intruder_open(const char *name)
{
    struct test_intruder *i = calloc(1, sizeof(*i));
    if (i == NULL)
        give_up("intruder", "out of memory");
    i->h = connect_to(name);
    PQsetNoticeProcessor(i->h, quiet, NULL);
    must(i->h, "SET session_replication_role = replica");
    return i;
}

void test_intruder_close(struct test_intruder *i)
{
    PQfinish(i->h);
    free(i);
}

int64_t test_intruder_run(struct test_intruder *i, const char *script)
{
    int64_t changed = 0;
    PGresult *r;
    if (!PQsendQuery(i->h, script))
        give_up(script, PQerrorMessage(i->h));
    while ((r = PQgetResult(i->h)) != NULL) {
        const ExecStatusType s = PQresultStatus(r);
        if (s != PGRES_COMMAND_OK && s != PGRES_TUPLES_OK)
            give_up(script, PQresultErrorMessage(r));
        if (s == PGRES_COMMAND_OK)
            changed += atoll(PQcmdTuples(r));
        PQclear(r);
    }
    return changed;
}

int64_t test_intruder_i64(struct test_intruder *i, const char *sql)
{
    PGresult *r = PQexec(i->h, sql);
    if (PQresultStatus(r) != PGRES_TUPLES_OK || PQntuples(r) != 1)
        give_up(sql, PQerrorMessage(i->h));
    const int64_t n = atoll(PQgetvalue(r, 0, 0));
    PQclear(r);
    return n;
}

bool test_intruder_bytes(struct test_intruder *i, const char *sql, int64_t n, char *ret, size_t max,
                         size_t *ret_n)
{
    char number[24];
    const char *values[] = { number };
    snprintf(number, sizeof(number), "%" PRId64, n);
    PGresult *r = PQexecParams(i->h, sql, 1, NULL, values, NULL, NULL, 1);
    if (PQresultStatus(r) != PGRES_TUPLES_OK)
        give_up(sql, PQerrorMessage(i->h));
    const bool found = PQntuples(r) == 1;
    if (found) {
        *ret_n = (size_t)PQgetlength(r, 0, 0);
        if (*ret_n > max)
            give_up(sql, "longer than the test allows");
        memcpy(ret, PQgetvalue(r, 0, 0), *ret_n);
    }
    PQclear(r);
    return found;
}

void test_intruder_change(struct test_intruder *i, const char *sql, int64_t n, struct str a,
                          struct str b)
{
    char number[24];
    const char *values[] = { number, a.p, b.p };
    const int lengths[] = { 0, (int)a.n, (int)b.n }, formats[] = { 0, 1, 1 };
    const Oid types[] = { 20 /* int8 */, 17 /* bytea */, 17 };
    snprintf(number, sizeof(number), "%" PRId64, n);
    PGresult *r = PQexecParams(i->h, sql, b.p ? 3 : 2, types, values, lengths, formats, 0);
    if (PQresultStatus(r) != PGRES_COMMAND_OK)
        give_up(sql, PQerrorMessage(i->h));
    PQclear(r);
}
