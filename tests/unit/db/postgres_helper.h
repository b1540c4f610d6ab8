/* For the tests that need a PostgreSQL server: without one they say so and end. */
#ifndef ENIGMA_TESTS_UNIT_DB_POSTGRES_HELPER_H
#define ENIGMA_TESTS_UNIT_DB_POSTGRES_HELPER_H

#include "db_helper.h"

#include "db/postgres.h"

#define end_without_server()                                                                       \
    do {                                                                                           \
        if (!test_server_on()) {                                                                   \
            print_message("skipped: ENIGMA_TEST_DATABASE names no PostgreSQL server\n");           \
            return 0;                                                                              \
        }                                                                                          \
    } while (0)

static inline int64_t mono(void)
{
    return clock_system.mono_us(clock_system.self);
}

/* Ends every connection to the test's database, as the fall of the server would. */
static inline void end_connections(const struct test_db *t)
{
    struct test_intruder *i = test_intruder_open(t->name);
    (void)test_intruder_run(i, "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
                               "WHERE datname = current_database() AND pid <> pg_backend_pid()");
    test_intruder_close(i);
}

#endif
