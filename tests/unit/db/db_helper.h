/* Helpers of this room's tests: scripts, and a small table of numbers. */
#ifndef ENIGMA_TESTS_UNIT_DB_HELPER_H
#define ENIGMA_TESTS_UNIT_DB_HELPER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/str.h"
#include "db/driver.h"
#include "support/test_db.h"

static inline err exec_fn(struct ctx *c, struct tx *tx, void *arg)
{
    return tx->db->drv->exec(c, tx->conn, str_of(arg));
}
static inline err exec(struct ctx *c, const char *sql)
{
    char copy[4096];
    snprintf(copy, sizeof(copy), "%s", sql);
    return tx_run(c, TX_WRITE, exec_fn, copy);
}
#define assert_ok(c, expr)                                                                         \
    do {                                                                                           \
        err got_ = (expr);                                                                         \
        if (got_ != ERR_OK)                                                                        \
            fail_msg("%s: %s (%d)", #expr, (c)->fault.text, (int)got_);                            \
    } while (0)
#define assert_fault(c, expr, kind_, part)                                                         \
    do {                                                                                           \
        fault_clear(c);                                                                            \
        err got_ = (expr);                                                                         \
        if (got_ != ERR_##kind_ || strstr((c)->fault.text, part) == NULL)                          \
            fail_msg("%s: %s (%d)", #expr, (c)->fault.text, (int)got_);                            \
        fault_clear(c);                                                                            \
    } while (0)

static inline bool db_is(const struct ctx *c, const char *engine)
{
    return strcmp(db_engine(c->deps->db), engine) == 0;
}

/* CREATE TABLE n (id BIGINT PRIMARY KEY, v BIGINT NOT NULL) */
struct n_row {
    int64_t id, v;
};
static const struct field n_fields[] = { FIELD_I64(struct n_row, id), FIELD_I64(struct n_row, v) };
static SCHEMA(n_schema, "N", struct n_row, n_fields);
#define N_TABLE "CREATE TABLE n (id BIGINT PRIMARY KEY, v BIGINT NOT NULL)"
static const struct query n_insert = { .sql = "INSERT INTO n (id, v) VALUES (:id, :v)",
                                       .in = &n_schema };
static const struct query n_get = { .sql = "SELECT id, v FROM n WHERE id = :id",
                                    .in = &n_schema,
                                    .out = &n_schema };
static const struct query n_count = { .sql =
                                          "SELECT count(*) AS id, coalesce(sum(v), 0) AS v FROM n",
                                      .out = &n_schema };

static inline err n_insert_fn(struct ctx *c, struct tx *tx, void *arg)
{
    return query_run(c, tx, &n_insert, arg, NULL);
}
static inline err n_count_fn(struct ctx *c, struct tx *tx, void *arg)
{
    return query_one(c, tx, &n_count, NULL, arg);
}
static inline int64_t n_total(struct ctx *c)
{
    struct n_row row = { 0 };
    assert_ok(c, tx_run(c, TX_READ, n_count_fn, &row));
    return row.id;
}

#endif
