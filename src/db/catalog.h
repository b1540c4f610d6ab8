/* db/catalog.h: the tables of a database as its own catalogue tells them, rows whose shape is only
 * known at run time, and what the engine says of itself.
 * For whoever moves or looks after whole databases: a new migration needs no change there.
 * Thread rule: the transaction's thread. What is returned lives in c->mem. */
#ifndef ENIGMA_DB_CATALOG_H
#define ENIGMA_DB_CATALOG_H

#include "db/db.h"

enum { CATALOG_TABLES_MAX = 256 };

struct db_table {
    struct str name;
    const char *name_z;  /* the same, ended by zero, for bulk_open */
    struct schema row;   /* one field a column, in their order */
    struct str numbered; /* the column that the engine numbers, or absent */
};
/* All tables, each behind those that its foreign keys point to. ERR_INTERNAL by name: a column of
 * a type that a row cannot carry, a circle of foreign keys. */
err catalog_tables(struct ctx *c, struct tx *tx, struct list *ret_tables);
/* Every row, one at a time; as query_each. */
err catalog_each(struct ctx *c, struct tx *tx, const struct db_table *t, row_fn *fn, void *arg);
err catalog_count(struct ctx *c, struct tx *tx, const struct db_table *t, int64_t *ret_rows);
/* About how many rows, without reading them. */
err catalog_about(struct ctx *c, struct tx *tx, struct str table, int64_t *ret_rows);
/* After rows with numbers of their own: the engine goes on behind the highest. */
err catalog_renumber(struct ctx *c, struct tx *tx, const struct db_table *t);

/* Settings and state of the engine under the engine's own names, e.g. journal_mode, version. */
struct db_fact {
    struct str name, value;
};
err catalog_facts(struct ctx *c, struct tx *tx, struct list *ret_facts);
/* The value of that name, or an absent view. */
struct str catalog_fact(const struct list *facts, struct str name);

#endif
