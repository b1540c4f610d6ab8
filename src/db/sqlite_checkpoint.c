/* Moves the write-ahead log into the database file on a thread of its own, so that no commit pays
 * for it, and keeps the log bounded: when it grows faster than it is moved, writers wait once. */
#include <signal.h>

#include "db/sqlite.h"

int sqlite_checkpoint_hook(void *arg, sqlite3 *h, const char *name, int frames)
{
    struct checkpointer *k = arg;
    (void)h, (void)name;
    if (frames < atomic_load(&k->last))
        atomic_store(&k->last, 0); /* the log started anew */
    if (frames - atomic_load(&k->last) < SQLITE_CHECKPOINT_FRAMES)
        return SQLITE_OK;
    if (atomic_exchange(&k->due, true))
        return SQLITE_OK;
    pthread_mutex_lock(&k->lock);
    pthread_cond_signal(&k->wake);
    pthread_mutex_unlock(&k->lock);
    return SQLITE_OK;
}

static int checkpoint(struct checkpointer *k, int mode)
{
    int frames = 0, moved = 0;
    int rc = sqlite3_wal_checkpoint_v2(k->h, NULL, mode, &frames, &moved);
    if (rc == SQLITE_IOERR_FSYNC)
        atomic_store(&k->db->stopped, true);
    if (frames >= 0)
        atomic_store(&k->last, frames);
    return frames;
}

static void *checkpoint_loop(void *arg)
{
    struct checkpointer *k = arg;
    pthread_mutex_lock(&k->lock);
    while (!k->stop) {
        if (!atomic_load(&k->due)) {
            pthread_cond_wait(&k->wake, &k->lock);
            continue;
        }
        pthread_mutex_unlock(&k->lock);
        if (checkpoint(k, SQLITE_CHECKPOINT_PASSIVE) >= SQLITE_RESTART_FRAMES) {
            group_hold(k->db);
            (void)checkpoint(k, SQLITE_CHECKPOINT_RESTART);
            group_release(k->db);
        }
        atomic_store(&k->due, false);
        pthread_mutex_lock(&k->lock);
    }
    pthread_mutex_unlock(&k->lock);
    return NULL;
}

/* The thread takes no signals: those are the main thread's. */
static bool start_thread(struct checkpointer *k)
{
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    int rc = pthread_create(&k->thread, NULL, checkpoint_loop, k);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return rc == 0;
}

err sqlite_checkpoint_start(struct ctx *c, struct db *db)
{
    struct sqlite_engine *engine = db->engine;
    struct checkpointer *k = &engine->checkpointer;
    k->db = db;
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    int rc = sqlite3_open_v2(engine->path, &k->h, flags, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(k->h, "PRAGMA synchronous=FULL;PRAGMA cache_size=-64;", NULL, NULL, NULL);
    if (rc != SQLITE_OK)
        return sqlite_fail_open(c, engine->path, rc);
    sqlite3_busy_timeout(k->h, SQLITE_RESTART_WAIT_MS);
    pthread_mutex_init(&k->lock, NULL);
    pthread_cond_init(&k->wake, NULL);
    k->started = start_thread(k);
    return k->started ? ERR_OK : FAIL(c, INTERNAL, "a thread cannot be started");
}

void sqlite_checkpoint_stop(struct db *db)
{
    struct checkpointer *k = &((struct sqlite_engine *)db->engine)->checkpointer;
    if (k->started) {
        pthread_mutex_lock(&k->lock);
        k->stop = true;
        pthread_cond_signal(&k->wake);
        pthread_mutex_unlock(&k->lock);
        pthread_join(k->thread, NULL);
        (void)checkpoint(k, SQLITE_CHECKPOINT_TRUNCATE);
    }
    sqlite3_close_v2(k->h);
}
