/* service/copy.h: all rows of one database into another, whatever engine either is.
 * One moment's state of the source is streamed table by table; memory does not grow with the rows.
 * While it runs the target carries a mark by which the server refuses it. One thread. */
#ifndef ENIGMA_SERVICE_COPY_H
#define ENIGMA_SERVICE_COPY_H

#include "db/db.h"

struct copied_table {
    struct str name;
    int64_t rows;
};
extern const struct schema copied_table_schema;
struct copy_report {
    struct list tables; /* struct copied_table, in the order of their foreign keys */
    int64_t rows;
};
struct copy_watch { /* may be NULL, as its function */
    void (*progress)(void *arg, struct str table, int64_t done, int64_t total);
    void *arg;
};

/* No row in any table but the history of the schema. */
err copy_target_empty(struct ctx *c, struct db *db, bool *ret_empty);
/* Do both lead to one database? Writes a passing setting into `to`. Both have a schema. */
err copy_same_database(struct ctx *c, struct db *from, struct db *to, bool *ret_same);
/* Both have the schema of this program, `to` is empty. Marks `to`, copies, counts both sides, sets
 * the engine's own numbering. The mark stays: copy_finish takes it away when whoever called has
 * checked the rest. ERR_UPSTREAM: the source; ERR_PRECONDITION: it is itself unfinished;
 * ERR_INTERNAL: counts differ. */
err copy_database(struct ctx *c, struct db *from, struct db *to, const struct copy_watch *w,
                  struct copy_report *ret);
err copy_finish(struct ctx *c, struct db *to);
/* ERR_PRECONDITION when the database of the context is a copy that was not finished. */
err copy_refuse_unfinished(struct ctx *c);

#endif
