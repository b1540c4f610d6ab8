/* Online backup: pages of one snapshot into another file, with SQLite's own backup interface. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/str.h"
#include "db/backup.h"
#include "db/sqlite.h"

enum { PAGES_A_STEP = 256, LOCKED_MAX = 500, LOCKED_PAUSE_US = 10000 };

bool db_url_file(struct ctx *c, struct str url, struct str *ret_path)
{
    if (!str_starts(url, S("sqlite:")))
        return false;
    struct str path = str_sub(url, 7, url.n);
    if (str_starts(path, S("//")))
        path = str_sub(path, 2, path.n);
    *ret_path = str_keep(c->mem, path);
    return true;
}

static err sync_file(struct ctx *c, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return sqlite_fail_path(c, path, errno);
    int bad = fsync(fd) ? errno : 0;
    close(fd);
    return bad ? FAIL(c, INTERNAL, "disk error at %s", path) : ERR_OK;
}

err db_pack(struct ctx *c, const char *path)
{
    sqlite3 *h = NULL;
    int rc = sqlite3_open_v2(path, &h, SQLITE_OPEN_READWRITE | SQLITE_OPEN_EXRESCODE, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(h, "PRAGMA journal_mode=DELETE", NULL, NULL, NULL);
    if (rc == SQLITE_OK && sqlite3_close(h) == SQLITE_OK)
        return sync_file(c, path);
    sqlite3_close(h);
    return sqlite_fail_open(c, path, rc == SQLITE_OK ? SQLITE_BUSY : rc);
}

/* A lock on the new file can only be a passing look by another program. */
static int copy_pages(sqlite3_backup *b, db_progress_fn *fn, void *arg)
{
    int locked = 0;
    for (;;) {
        int rc = sqlite3_backup_step(b, PAGES_A_STEP);
        if (fn != NULL) {
            int total = sqlite3_backup_pagecount(b);
            fn(arg, total - sqlite3_backup_remaining(b), total);
        }
        bool wait = (rc & 0xff) == SQLITE_BUSY || (rc & 0xff) == SQLITE_LOCKED;
        if (rc != SQLITE_OK && (!wait || ++locked > LOCKED_MAX))
            return rc;
        if (wait)
            usleep(LOCKED_PAUSE_US);
    }
}

static int copy_to(sqlite3 *from, sqlite3 *to, db_progress_fn *fn, void *arg)
{
    int rc = sqlite3_exec(to, "PRAGMA journal_mode=OFF;PRAGMA synchronous=OFF", NULL, NULL, NULL);
    if (rc != SQLITE_OK)
        return rc;
    sqlite3_backup *b = sqlite3_backup_init(to, "main", from, "main");
    if (b == NULL)
        return sqlite3_errcode(to);
    rc = copy_pages(b, fn, arg);
    int end = sqlite3_backup_finish(b);
    return rc == SQLITE_DONE ? end : rc;
}

/* Inside one read transaction no writer can make the copy begin again. */
static err backup_snapshot(struct ctx *c, struct db_conn *conn, const char *path,
                           db_progress_fn *fn, void *arg)
{
    struct sqlite_conn *from = (struct sqlite_conn *)conn;
    sqlite3 *to = NULL;
    int rc = sqlite3_exec(from->h, "SELECT 1 FROM sqlite_schema LIMIT 1", NULL, NULL, NULL);
    if (rc != SQLITE_OK)
        return sqlite_fail(c, from, rc);
    rc = sqlite3_open_v2(path, &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_EXRESCODE, NULL);
    if (rc == SQLITE_OK)
        rc = copy_to(from->h, to, fn, arg);
    int end = sqlite3_close(to);
    if (rc == SQLITE_OK)
        rc = end;
    return rc == SQLITE_OK ? ERR_OK : sqlite_fail_open(c, path, rc);
}

err db_backup(struct ctx *c, struct db *db, const char *path, db_progress_fn *fn, void *arg)
{
    struct db_conn *conn;
    if (db->drv != &db_driver_sqlite)
        return FAIL(c, INVALID, "only a SQLite database can be copied as a file");
    TRY(pool_lease(c, db, &conn));
    err e = db->drv->begin(c, conn, TX_READ);
    if (e == ERR_OK) {
        e = backup_snapshot(c, conn, path, fn, arg);
        db->drv->rollback(conn);
    }
    pool_give(db, conn);
    TRY(e);
    return db_pack(c, path);
}
