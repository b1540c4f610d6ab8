/* db/sqlite.h: what the SQLite driver's files share. Private to them. */
#ifndef ENIGMA_DB_SQLITE_H
#define ENIGMA_DB_SQLITE_H

#include <sqlite3.h>

#include "db/driver.h"

enum {
    SQLITE_PAGE_BYTES = 8192,
    SQLITE_APPLICATION_ID = 0x454e4947, /* "ENIG" */
    SQLITE_CHECKPOINT_FRAMES = 8000,    /* 64 MiB of log between checkpoints */
    SQLITE_RESTART_FRAMES = 32000,      /* 256 MiB: writers wait until the log starts anew */
    SQLITE_RESTART_WAIT_MS = 200,       /* for readers, while writers wait */
};

/* The statements that every connection runs all the time. */
enum sqlite_fixed {
    FIXED_BEGIN,
    FIXED_BEGIN_WRITE,
    FIXED_COMMIT,
    FIXED_ROLLBACK,
    FIXED_SAVEPOINT,
    FIXED_RELEASE,
    FIXED_ROLLBACK_TO,
    FIXED_COUNT_
};

struct sqlite_conn {
    struct db_conn base; /* first: the room knows the connection by it */
    sqlite3 *h;
    sqlite3_stmt *fixed[FIXED_COUNT_];
    int64_t wait_us, wait_began_us; /* for a foreign lock */
    bool waited;                    /* to the end of it: no use in trying again */
    int64_t schema_changes;         /* statements and scripts that may have made some */
};

struct checkpointer {
    struct db *db;
    sqlite3 *h;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    atomic_bool due;
    atomic_int last; /* frames in the log at the last checkpoint */
    bool stop, started;
};

struct sqlite_engine {
    char path[DB_PATH_MAX];
    bool immutable; /* read-only on a medium where no -shm file can be made */
    struct checkpointer checkpointer;
};

/* sqlite_open.c */
err sqlite_engine_open(struct ctx *c, struct db *db);
err sqlite_connect(struct ctx *c, struct db *db, enum db_target target, struct db_conn **ret);
void sqlite_disconnect(struct db_conn *base);
err sqlite_check(struct ctx *c, struct db_conn *base);

/* sqlite_fail.c: the engine's code as a fault. Retryable ones mark the connection. */
err sqlite_fail(struct ctx *c, struct sqlite_conn *conn, int rc);
/* The same while opening: the text says the path. */
err sqlite_fail_open(struct ctx *c, const char *path, int rc);
/* The same for what went wrong with the file itself, by errno. */
err sqlite_fail_path(struct ctx *c, const char *path, int error);

/* sqlite_forget.c */
err sqlite_forget(struct ctx *c, struct db *db, bool rebuild);

/* sqlite_checkpoint.c */
err sqlite_checkpoint_start(struct ctx *c, struct db *db);
void sqlite_checkpoint_stop(struct db *db);
/* Told by the writer after each commit how long the log is. */
int sqlite_checkpoint_hook(void *arg, sqlite3 *h, const char *name, int frames);

#endif
