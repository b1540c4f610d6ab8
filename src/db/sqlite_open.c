/* SQLite files: the path from the url, making a new one, refusing what is not ours, connections. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "db/sqlite.h"
#include "os/mono.h"

enum { URI_MAX = 3 * DB_PATH_MAX + 32, SLEEP_MAX_US = 20000, CACHE_KIB_DEFAULT = 2048 };
/* There is one writer, and pages that it must write out before the commit it writes twice. */
enum { WRITER_CACHE_TIMES = 6 };

static pthread_once_t configured = PTHREAD_ONCE_INIT;

/* Connections are never shared between threads, and counting memory takes a lock that they would
 * share. */
static void configure(void)
{
    (void)sqlite3_config(SQLITE_CONFIG_MULTITHREAD);
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    (void)sqlite3_initialize();
}

/* Savepoints keep the old pages of bulk steps, and sorts their rows: past a little in unnamed files
 * (0600, unlinked while open), not in memory that grows with the number of rows. They lie where the
 * database lies, so that its pages never reach another disk. The first database of a process
 * decides; where that folder is gone, SQLite falls back to the system's. */
static void settle_temp_dir(const char *path)
{
    static atomic_flag settled = ATOMIC_FLAG_INIT;
    if (atomic_flag_test_and_set(&settled))
        return;
    const char *slash = strrchr(path, '/');
    int n = slash == NULL ? 0 : slash == path ? 1 : (int)(slash - path);
    sqlite3_temp_directory = n == 0 ? sqlite3_mprintf(".") : sqlite3_mprintf("%.*s", n, path);
}

/* sqlite:///absolute/path or sqlite:path */
static err path_of(struct ctx *c, struct str url, char *ret)
{
    struct str path = str_sub(url, 7, url.n);
    if (str_starts(path, S("//")))
        path = str_sub(path, 2, path.n);
    if (path.n == 0 || path.n >= DB_PATH_MAX - sizeof("-journal"))
        return FAIL(c, INVALID, "the database url has no path, or one that is too long");
    if (path.p[0] == ':' || memchr(path.p, '\0', path.n) != NULL || str_ends(path, S("/")))
        return FAIL(c, INVALID, "the database url must name a file");
    memcpy(ret, path.p, path.n);
    ret[path.n] = '\0';
    return ERR_OK;
}

/* Waits for a foreign lock, at most as long as begin() allowed. */
static int wait_for_lock(void *arg, int count)
{
    struct sqlite_conn *conn = arg;
    int64_t now = mono_now_us();
    if (count == 0)
        conn->wait_began_us = now;
    conn->waited = now - conn->wait_began_us >= conn->wait_us;
    if (conn->waited)
        return 0;
    int64_t us = count < 5 ? INT64_C(1000) << count : SLEEP_MAX_US;
    struct timespec t = { .tv_nsec = us * 1000 };
    nanosleep(&t, NULL);
    return 1;
}

/* file:PATH?immutable=1, with all but plain bytes escaped. */
static void immutable_uri(const char *path, char *ret)
{
    static const char hex[] = "0123456789ABCDEF";
    char *at = ret + snprintf(ret, URI_MAX, "file:");
    for (const unsigned char *p = (const unsigned char *)path; *p != 0; p++) {
        bool plain = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
                     (*p >= '0' && *p <= '9') || strchr("/-_.", *p) != NULL;
        if (plain) {
            *at++ = (char)*p;
        } else {
            *at++ = '%';
            *at++ = hex[*p >> 4];
            *at++ = hex[*p & 15];
        }
    }
    snprintf(at, URI_MAX - (size_t)(at - ret), "?immutable=1");
}

static int open_handle(const struct db *db, struct sqlite_conn *conn)
{
    const struct sqlite_engine *engine = db->engine;
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE;
    flags |= db->o.read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
    if (!engine->immutable)
        return sqlite3_open_v2(engine->path, &conn->h, flags, NULL);
    char uri[URI_MAX];
    immutable_uri(engine->path, uri);
    return sqlite3_open_v2(uri, &conn->h, flags | SQLITE_OPEN_URI, NULL);
}

static int settle(const struct db *db, struct sqlite_conn *conn, enum db_target target)
{
    char sql[512];
    sqlite3 *h = conn->h;
    int64_t cache = db->o.cache_kib > 0 ? db->o.cache_kib : CACHE_KIB_DEFAULT;
    if (target == TARGET_WRITE)
        cache *= WRITER_CACHE_TIMES;
    snprintf(sql, sizeof(sql),
             "PRAGMA foreign_keys=ON;PRAGMA synchronous=FULL;PRAGMA temp_store=FILE;"
             "PRAGMA trusted_schema=OFF;PRAGMA cell_size_check=ON;PRAGMA secure_delete=ON;"
             "PRAGMA cache_size=-%lld;"
             "PRAGMA mmap_size=%lld;%s",
             (long long)cache, (long long)db->o.mmap_mib << 20,
             target == TARGET_READ ? "PRAGMA query_only=ON;" : "");
    conn->wait_us = (int64_t)db->o.busy_ms * 1000;
    sqlite3_busy_handler(h, wait_for_lock, conn);
    sqlite3_db_config(h, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(h, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
    sqlite3_db_config(h, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    sqlite3_limit(h, SQLITE_LIMIT_ATTACHED, 0);
    return sqlite3_exec(h, sql, NULL, NULL, NULL);
}

static int prepare_fixed(struct sqlite_conn *conn)
{
    static const char *const texts[FIXED_COUNT_] = {
        [FIXED_BEGIN] = "BEGIN",
        [FIXED_BEGIN_WRITE] = "BEGIN IMMEDIATE",
        [FIXED_COMMIT] = "COMMIT",
        [FIXED_ROLLBACK] = "ROLLBACK",
        [FIXED_SAVEPOINT] = "SAVEPOINT s",
        [FIXED_RELEASE] = "RELEASE s",
        [FIXED_ROLLBACK_TO] = "ROLLBACK TO s",
    };
    int rc = SQLITE_OK;
    for (int i = 0; i < FIXED_COUNT_ && rc == SQLITE_OK; i++)
        rc = sqlite3_prepare_v3(conn->h, texts[i], -1, SQLITE_PREPARE_PERSISTENT, &conn->fixed[i],
                                NULL);
    return rc;
}

void sqlite_disconnect(struct db_conn *base)
{
    struct sqlite_conn *conn = (struct sqlite_conn *)base;
    conn_done(base);
    for (int i = 0; i < FIXED_COUNT_; i++)
        sqlite3_finalize(conn->fixed[i]);
    sqlite3_close_v2(conn->h);
    free(conn);
}

err sqlite_connect(struct ctx *c, struct db *db, enum db_target target, struct db_conn **ret)
{
    struct sqlite_engine *engine = db->engine;
    struct sqlite_conn *conn = calloc(1, sizeof(*conn));
    if (conn == NULL)
        return FAIL(c, INTERNAL, "out of memory");
    conn_init(&conn->base, db);
    int rc = open_handle(db, conn);
    if (rc == SQLITE_OK)
        rc = settle(db, conn, target);
    if (rc == SQLITE_OK)
        rc = prepare_fixed(conn);
    if (rc != SQLITE_OK) {
        sqlite_disconnect(&conn->base);
        return sqlite_fail_open(c, engine->path, rc);
    }
    if (target == TARGET_WRITE)
        sqlite3_wal_hook(conn->h, sqlite_checkpoint_hook, &engine->checkpointer);
    *ret = &conn->base;
    return ERR_OK;
}

/* One integer of one statement. */
static int read_i64(sqlite3 *h, const char *sql, int64_t *ret)
{
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v2(h, sql, -1, &stmt, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW) {
        *ret = sqlite3_column_int64(stmt, 0);
        rc = SQLITE_OK;
    }
    sqlite3_finalize(stmt);
    return rc;
}

/* Made when it is empty, refused when it is another program's, checked as far as the schema. */
static int adopt(const struct db *db, sqlite3 *h, bool *ret_ours)
{
    char sql[128];
    int64_t id = 0, tables = 0;
    int rc = read_i64(h, "SELECT count(*) FROM sqlite_schema", &tables);
    if (rc == SQLITE_OK)
        rc = read_i64(h, "PRAGMA application_id", &id);
    *ret_ours = id == SQLITE_APPLICATION_ID || (id == 0 && tables == 0 && !db->o.read_only);
    if (rc != SQLITE_OK || !*ret_ours || db->o.read_only)
        return rc;
    if (id == 0) {
        snprintf(sql, sizeof(sql),
                 "PRAGMA page_size=%d;PRAGMA journal_mode=WAL;"
                 "PRAGMA application_id=%d",
                 SQLITE_PAGE_BYTES, SQLITE_APPLICATION_ID);
        return sqlite3_exec(h, sql, NULL, NULL, NULL);
    }
    return sqlite3_exec(h, "PRAGMA journal_mode=WAL", NULL, NULL, NULL);
}

static err check_writable(struct ctx *c, const char *path)
{
    char dir[DB_PATH_MAX];
    snprintf(dir, sizeof(dir), "%s", path);
    char *slash = strrchr(dir, '/');
    if (slash == NULL)
        snprintf(dir, sizeof(dir), ".");
    else
        slash[slash == dir ? 1 : 0] = '\0';
    if (access(dir, F_OK) != 0)
        return FAIL(c, FORBIDDEN, "the directory %s does not exist", dir);
    if (access(dir, W_OK | X_OK) != 0)
        return FAIL(c, FORBIDDEN, "the directory %s is not writable", dir);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600);
    if (fd < 0)
        return sqlite_fail_path(c, path, errno);
    close(fd);
    return ERR_OK;
}

static err check_file(struct ctx *c, const struct db *db, const char *path)
{
    struct stat st;
    if (!db->o.read_only)
        TRY(check_writable(c, path));
    else if (access(path, R_OK) != 0)
        return sqlite_fail_path(c, path, errno);
    if (stat(path, &st) != 0)
        return sqlite_fail_path(c, path, errno);
    if (!S_ISREG(st.st_mode))
        return FAIL(c, FORBIDDEN, "%s is not a file", path);
    return ERR_OK;
}

/* A log with content must be read; without one the file alone is the database. */
static bool has_log(const char *path)
{
    char log[DB_PATH_MAX + 8];
    struct stat st;
    snprintf(log, sizeof(log), "%s-wal", path);
    return stat(log, &st) == 0 && st.st_size > 0;
}

static err adopt_once(struct ctx *c, struct db *db)
{
    const struct sqlite_engine *engine = db->engine;
    struct db_conn *conn;
    bool ours = false;
    TRY(sqlite_connect(c, db, TARGET_WRITE, &conn));
    int rc = adopt(db, ((struct sqlite_conn *)conn)->h, &ours);
    sqlite_disconnect(conn);
    if (rc != SQLITE_OK)
        return sqlite_fail_open(c, engine->path, rc);
    return ours ? ERR_OK : sqlite_fail_open(c, engine->path, SQLITE_NOTADB);
}

/* Reading needs a -shm file beside the database; where none can be made, and no log waits to be
 * read, the file is taken as one that nobody changes. */
static err adopt_file(struct ctx *c, struct db *db)
{
    struct sqlite_engine *engine = db->engine;
    err e = adopt_once(c, db);
    if (e != ERR_FORBIDDEN || !db->o.read_only || has_log(engine->path))
        return e;
    fault_clear(c);
    engine->immutable = true;
    return adopt_once(c, db);
}

static err engine_setup(struct ctx *c, struct db *db)
{
    struct sqlite_engine *engine = db->engine;
    TRY(path_of(c, db->o.url, engine->path));
    TRY(check_file(c, db, engine->path));
    settle_temp_dir(engine->path);
    TRY(adopt_file(c, db));
    if (!db->o.read_only)
        TRY(sqlite_checkpoint_start(c, db));
    return ERR_OK;
}

err sqlite_engine_open(struct ctx *c, struct db *db)
{
    pthread_once(&configured, configure);
    db->engine = calloc(1, sizeof(struct sqlite_engine));
    if (db->engine == NULL)
        return FAIL(c, INTERNAL, "out of memory");
    return engine_setup(c, db); /* db_close gives the engine up, whole or not */
}

err sqlite_check(struct ctx *c, struct db_conn *base)
{
    struct sqlite_conn *conn = (struct sqlite_conn *)base;
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v2(conn->h, "PRAGMA integrity_check(1)", -1, &stmt, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(stmt);
    const unsigned char *said = rc == SQLITE_ROW ? sqlite3_column_text(stmt, 0) : NULL;
    bool fine = said != NULL && strcmp((const char *)said, "ok") == 0;
    sqlite3_finalize(stmt);
    if (fine)
        return ERR_OK;
    return rc == SQLITE_ROW ? sqlite_fail(c, conn, SQLITE_CORRUPT) : sqlite_fail(c, conn, rc);
}
