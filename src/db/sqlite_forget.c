/* Takes what was deleted out of SQLite's files: the freed bytes are zeros already (secure_delete),
 * so it is the log that still holds old pages; and on request the whole file is written anew. */
#include "db/sqlite.h"

/* Writers wait as long: a reader that takes its time is asked again later. */
enum { FORGET_WAIT_MS = SQLITE_RESTART_WAIT_MS };

static int run_forget(sqlite3 *h, bool rebuild)
{
    int rc = sqlite3_exec(h, "PRAGMA secure_delete=ON;PRAGMA synchronous=FULL", NULL, NULL, NULL);
    if (rc == SQLITE_OK && rebuild)
        rc = sqlite3_exec(h, "VACUUM", NULL, NULL, NULL);
    if (rc != SQLITE_OK)
        return rc;
    int frames = 0, moved = 0;
    rc = sqlite3_wal_checkpoint_v2(h, NULL, SQLITE_CHECKPOINT_TRUNCATE, &frames, &moved);
    return rc;
}

/* The writer is held, so that no frame is added while the log is emptied. */
err sqlite_forget(struct ctx *c, struct db *db, bool rebuild)
{
    const struct sqlite_engine *engine = db->engine;
    sqlite3 *h = NULL;
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    int rc = sqlite3_open_v2(engine->path, &h, flags, NULL);
    if (rc == SQLITE_OK) {
        sqlite3_busy_timeout(h, FORGET_WAIT_MS);
        group_hold(db);
        rc = run_forget(h, rebuild);
        group_release(db);
    }
    sqlite3_close_v2(h);
    if ((rc & 0xff) == SQLITE_BUSY || (rc & 0xff) == SQLITE_LOCKED)
        return db_busy(c);
    return rc == SQLITE_OK ? ERR_OK : sqlite_fail_open(c, engine->path, rc);
}
