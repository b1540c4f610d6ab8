/* service/log_head.h: how far this folder has seen the log, kept in a small file outside the
 * database (RELIABILITY F36): a database that was put back to an older state is noticed at start.
 * The file holds size and last leaf under a MAC of the log's key. Any thread. */
#ifndef ENIGMA_SERVICE_LOG_HEAD_H
#define ENIGMA_SERVICE_LOG_HEAD_H

#include "crypto/hash.h"
#include "db/db.h"

struct log_head {
    int64_t size; /* entries */
    struct hash last_leaf;
};
/* Of the database of the context; size 0 for an empty log. */
err log_head_now(struct ctx *c, struct log_head *ret);
/* ERR_INTERNAL: damaged, or written under another key. */
err log_head_read(struct ctx *c, const char *path, struct log_head *ret, bool *ret_found);
err log_head_write(struct ctx *c, const char *path, const struct log_head *head);
/* ERR_PRECONDITION: the log of the database is shorter than the file says, or its entry there is
 * another one. fresh: the database has no schema yet. No file: ERR_OK. */
err log_head_check(struct ctx *c, const char *path, bool fresh);

#endif
