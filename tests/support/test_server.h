/* support/test_server.h: the database server that the environment names, and databases on it.
 * ENIGMA_TEST_DATABASE: the url that tests work through (unset: SQLite files, nothing below is
 * called); ENIGMA_TEST_DIRECT: the same server past a pooler, for CREATE and DROP DATABASE. The
 * database of either url is replaced by the test's own.
 * Thread rule: one thread, the test's. Every failure says why and ends the program. */
#ifndef ENIGMA_TESTS_SUPPORT_TEST_SERVER_H
#define ENIGMA_TESTS_SUPPORT_TEST_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

enum { TEST_SERVER_NAME_MAX = 64, TEST_SERVER_URL_MAX = 512 };

/* True: tests run on a server. */
bool test_server_on(void);
/* True: through a transaction pooler. */
bool test_server_pooled(void);
/* The database's url, as tests reach it or past the pooler. */
void test_server_url(const char *name, char ret[TEST_SERVER_URL_MAX]);
void test_server_direct_url(const char *name, char ret[TEST_SERVER_URL_MAX]);

/* A database of a name that no other test has. like: NULL for an empty one, else the name of the
 * one to copy, whose connections are ended. Dropped at the end of the program at the latest. */
void test_server_create(const char *like, char ret_name[TEST_SERVER_NAME_MAX]);
void test_server_drop(const char *name);
/* A migrated database that nobody writes, to be copied; made by whoever needs it first. */
const char *test_server_migrated(void);

/* A connection past all rules, as an intruder with the server's own account has it: past the
 * pooler, triggers and foreign keys asleep. */
struct test_intruder;
struct test_intruder *test_intruder_open(const char *name);
void test_intruder_close(struct test_intruder *i);
/* Every statement of the script; the rows that all of them changed. */
int64_t test_intruder_run(struct test_intruder *i, const char *script);
int64_t test_intruder_i64(struct test_intruder *i, const char *sql);
/* First column of the first row, bytes; $1 is n. false: no row. */
bool test_intruder_bytes(struct test_intruder *i, const char *sql, int64_t n, char *ret, size_t max,
                         size_t *ret_n);
/* Runs a change whose $1 is n and whose $2 and $3 are bytes. */
void test_intruder_change(struct test_intruder *i, const char *sql, int64_t n, struct str a,
                          struct str b);

#endif
