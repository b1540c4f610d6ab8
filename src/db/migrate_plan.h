/* db/migrate_plan.h: what a migration would do, for people: its SQL in the engine's words and the
 * tables it touches. Changes nothing. Thread rule: any thread. */
#ifndef ENIGMA_DB_MIGRATE_PLAN_H
#define ENIGMA_DB_MIGRATE_PLAN_H

#include "db/migrate.h"

/* The text that `up` or `down` of this version runs on the database of the context, without
 * comments and empty lines. ERR_NOT_FOUND: no such version. */
err migrate_sql(struct ctx *c, int64_t version, bool down, struct buf *ret);
/* Tables that are there already and named in that text; struct migration_table, with about how
 * many rows each has. */
struct migration_table {
    struct str name;
    int64_t rows;
};
extern const struct schema migration_table_schema;
err migrate_touched(struct ctx *c, struct str sql, struct list *ret_tables);

#endif
