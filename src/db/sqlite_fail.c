/* SQLite's result codes as faults: plain sentences, names of columns at most, never values. */
#include <errno.h>

#include "base/str.h"
#include "db/sqlite.h"

static err fail_unique(struct ctx *c, sqlite3 *h)
{
    static const char head[] = "UNIQUE constraint failed: ";
    const char *msg = sqlite3_errmsg(h);
    if (strncmp(msg, head, sizeof(head) - 1) == 0)
        msg += sizeof(head) - 1;
    return FAIL(c, CONFLICT, "not unique: %s", msg);
}

static err fail_constraint(struct ctx *c, sqlite3 *h, int rc)
{
    switch (rc) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
        return fail_unique(c, h);
    case SQLITE_CONSTRAINT_NOTNULL:
    case SQLITE_CONSTRAINT_TRIGGER: /* names only, or our own words */
        return FAIL(c, INTERNAL, "%s", sqlite3_errmsg(h));
    case SQLITE_CONSTRAINT_FOREIGNKEY:
        return FAIL(c, INTERNAL, "a foreign key refused the change");
    case SQLITE_CONSTRAINT_CHECK: /* its message would be SQL */
        return FAIL(c, INTERNAL, "a check refused the change");
    default:
        return FAIL(c, INTERNAL, "a constraint refused the change");
    }
}

static err fail_io(struct ctx *c, struct sqlite_conn *conn, int rc)
{
    /* After a failed fsync nobody knows what the disk holds: what is in the log may be lost though
     * a later fsync succeeds. So nothing more is acknowledged until a restart has recovered. */
    if (rc == SQLITE_IOERR_FSYNC || rc == SQLITE_IOERR_DIR_FSYNC)
        atomic_store(&conn->base.db->stopped, true);
    if (rc == SQLITE_IOERR_SHMSIZE)
        return db_unavailable(c, "disk is full");
    return FAIL(c, INTERNAL, "disk error");
}

err sqlite_fail(struct ctx *c, struct sqlite_conn *conn, int rc)
{
    switch (rc & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        conn->base.again = !conn->waited;
        return db_busy(c);
    case SQLITE_FULL:
        return db_unavailable(c, "disk is full");
    case SQLITE_NOMEM:
        return db_unavailable(c, "out of memory");
    case SQLITE_IOERR:
        return fail_io(c, conn, rc);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return FAIL(c, INTERNAL, "the database file is damaged");
    case SQLITE_CANTOPEN:
        return FAIL(c, INTERNAL, "a database file cannot be opened");
    case SQLITE_READONLY:
        return FAIL(c, INTERNAL, "the database is open for reading only");
    case SQLITE_TOOBIG:
        return FAIL(c, TOO_LARGE, "a value is too large");
    case SQLITE_CONSTRAINT:
        return fail_constraint(c, conn->h, rc);
    default:
        return FAIL(c, INTERNAL, "database error: %s", sqlite3_errstr(rc));
    }
}

err sqlite_fail_open(struct ctx *c, const char *path, int rc)
{
    switch (rc & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return FAIL(c, BUSY, "%s is locked by another program", path);
    case SQLITE_NOTADB:
        return FAIL(c, INTERNAL, "%s is not an ENIGMA database", path);
    case SQLITE_CORRUPT:
        return FAIL(c, INTERNAL, "the database file %s is damaged", path);
    case SQLITE_FULL:
        return db_unavailable(c, "disk is full");
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_READONLY:
        return FAIL(c, FORBIDDEN, "%s cannot be opened", path);
    case SQLITE_IOERR:
        return FAIL(c, INTERNAL, "disk error at %s", path);
    default:
        return FAIL(c, INTERNAL, "%s cannot be opened: %s", path, sqlite3_errstr(rc));
    }
}

err sqlite_fail_path(struct ctx *c, const char *path, int error)
{
    const char *why = strerrordesc_np(error);
    if (error == ENOENT)
        return FAIL(c, NOT_FOUND, "%s does not exist", path);
    return FAIL(c, FORBIDDEN, "%s cannot be opened: %s", path, why != NULL ? why : "unknown error");
}
