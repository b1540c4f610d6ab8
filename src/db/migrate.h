/* db/migrate.h: the schema's history: embedded, checksummed, applied under a lock.
 * Migrations are migrations/NNNN_name.up.sql and .down.sql, embedded at build time, with
 * `-- @sqlite` / `-- @postgres` … `-- @end` blocks where the engines differ. */
#ifndef ENIGMA_DB_MIGRATE_H
#define ENIGMA_DB_MIGRATE_H

#include "db/db.h"

struct migration {
    int version;
    const char *name;
    struct str up, down;
};
/* Generated table, in order of version. */
extern const size_t migration_count;
const struct migration *migrations_embedded(void);

struct migration_state {
    int64_t version;
    struct str name, sha256;
    int64_t applied_at; /* 0: pending */
    int64_t took_us;
    struct str state; /* "applied", "pending", "changed", "unknown" */
};
extern const struct schema migration_state_schema;

/* Every known and every applied migration, by version. */
err migrate_status(struct ctx *c, struct list *ret_states);
/* Applies all that is pending. A changed, missing or newer one is refused by name. */
err migrate_up(struct ctx *c, size_t *ret_applied);
/* Takes back the newest `steps`. Refuses a step that would drop log entries or rows unless
 * discard_data. */
err migrate_down(struct ctx *c, size_t steps, bool discard_data, size_t *ret_undone);
/* ERR_OK when the schema is the one this binary knows. */
err migrate_check(struct ctx *c);

#endif
