/* Connections to PostgreSQL: the url as libpq reads it, our own settings where it is silent, and
 * whether a pooler stands in between. */
#include <strings.h>

#include "base/str.h"
#include "db/postgres.h"

struct pg_engine {
    atomic_bool asked; /* whether there is a pooler is known */
    atomic_bool pooled;
};

enum { URL_MAX = 4096, NUMBER_MAX = 16 };

/* libpq's option names and values, ours behind the url's. */
struct settings {
    const char *name[PG_OPTIONS_MAX + 1], *value[PG_OPTIONS_MAX + 1];
    size_t n;
    char connect_s[NUMBER_MAX], lost_ms[NUMBER_MAX];
};

static void setting_add(struct settings *s, const char *name, const char *value)
{
    for (size_t i = 0; i < s->n; i++)
        if (strcmp(s->name[i], name) == 0)
            return;
    if (s->n == PG_OPTIONS_MAX)
        return;
    s->name[s->n] = name;
    s->value[s->n++] = value;
}

/* "postgresql+psycopg2://" is SQLAlchemy's way to write it. */
static err url_text(struct ctx *c, struct str url, char *ret, size_t cap)
{
    static const struct str alchemy = S_INIT("postgresql+psycopg2:");
    if (url.n >= cap - 16)
        return FAIL(c, INVALID, "the database url is too long");
    if (str_starts(url, alchemy))
        snprintf(ret, cap, "postgresql:%.*s", (int)(url.n - alchemy.n), url.p + alchemy.n);
    else
        snprintf(ret, cap, "%.*s", STR_ARG(url));
    return ERR_OK;
}

/* What libpq says of a bad url may hold a part of the password. */
static err parse(struct ctx *c, struct str url, PQconninfoOption **ret)
{
    char text[URL_MAX];
    char *why = NULL;
    TRY(url_text(c, url, text, sizeof(text)));
    *ret = PQconninfoParse(text, &why);
    explicit_bzero(text, sizeof(text));
    PQfreemem(why);
    return *ret != NULL
               ? ERR_OK
               : FAIL(c, INVALID, "the database url must be postgresql://user@host:port/name");
}

static bool many_hosts(const PQconninfoOption *options)
{
    for (const PQconninfoOption *o = options; o->keyword != NULL; o++)
        if ((strcmp(o->keyword, "host") == 0 || strcmp(o->keyword, "hostaddr") == 0) &&
            o->val != NULL && strchr(o->val, ',') != NULL)
            return true;
    return false;
}

static void fill_settings(const PQconninfoOption *options, enum db_target target,
                          struct settings *s)
{
    snprintf(s->connect_s, sizeof(s->connect_s), "%d", PG_CONNECT_S);
    snprintf(s->lost_ms, sizeof(s->lost_ms), "%d", PG_LOST_TIMEOUT_MS);
    for (const PQconninfoOption *o = options; o->keyword != NULL; o++)
        if (o->val != NULL)
            setting_add(s, o->keyword, o->val);
    setting_add(s, "application_name", "enigma");
    setting_add(s, "connect_timeout", s->connect_s);
    setting_add(s, "tcp_user_timeout", s->lost_ms);
    setting_add(s, "keepalives_idle", "30");
    setting_add(s, "client_encoding", "UTF8");
    if (many_hosts(options) && target != TARGET_REPLICA)
        setting_add(s, "target_session_attrs", "read-write");
}

static struct str url_of(const struct db *db, enum db_target target)
{
    if (target == TARGET_REPLICA)
        return db->o.replica_url;
    if (target == TARGET_DIRECT && db->o.direct_url.n > 0)
        return db->o.direct_url;
    return db->o.url;
}

/* Notices are for a terminal; errors come with the results. */
static void no_notice(void *arg, const PGresult *res)
{
    (void)arg;
    (void)res;
}

static err open_handle(struct ctx *c, struct str url, enum db_target target, PGconn **ret)
{
    PQconninfoOption *options = NULL;
    struct settings s = { 0 };
    TRY(parse(c, url, &options));
    fill_settings(options, target, &s);
    PGconn *h = PQconnectdbParams(s.name, s.value, 0);
    PQconninfoFree(options);
    if (h == NULL || PQstatus(h) != CONNECTION_OK) {
        err e = pg_fail_connect(c, h);
        PQfinish(h);
        return e;
    }
    PQsetNoticeReceiver(h, no_notice, NULL);
    *ret = h;
    return ERR_OK;
}

/* A pooler answers the connection itself and gives it a number of its own. That somebody answers
 * behind it is known by this too. */
static err look_for_pooler(struct ctx *c, struct pg_conn *conn, bool *ret)
{
    PGresult *res = NULL;
    conn->opening = true;
    err e = pg_queue(c, conn, "SELECT pg_backend_pid()");
    if (e == ERR_OK)
        e = pg_settle(c, conn, &res);
    conn->opening = false;
    if (e == ERR_OK)
        *ret = pg_result_i64(res, 0) != PQbackendPID(conn->h);
    PQclear(res);
    return e;
}

/* Asked once for the url, and for each connection to a replica, which may be another way. */
static err find_pooler(struct ctx *c, struct pg_conn *conn)
{
    const struct db_options *o = &conn->base.db->o;
    struct pg_engine *engine = conn->base.db->engine;
    bool main =
        conn->target == TARGET_WRITE || (conn->target == TARGET_DIRECT && o->direct_url.n == 0);
    bool found = false;
    if (conn->target == TARGET_DIRECT && !main)
        return ERR_OK;
    if (main && atomic_load(&engine->asked)) {
        conn->pooled = atomic_load(&engine->pooled);
        return ERR_OK;
    }
    TRY(look_for_pooler(c, conn, &found));
    conn->pooled = o->pooler == DB_POOLER_AUTO ? found : o->pooler == DB_POOLER_TRANSACTION;
    if (main) {
        atomic_store(&engine->pooled, conn->pooled);
        atomic_store(&engine->asked, true);
    }
    return ERR_OK;
}

static err settle_handle(struct ctx *c, struct pg_conn *conn)
{
    conn->timeout_ms = -1;
    if (PQsetnonblocking(conn->h, 1) != 0)
        return pg_lost(c, conn);
    TRY(pg_enter_pipeline(c, conn));
    TRY(find_pooler(c, conn));
    return pg_prepare_fixed(c, conn);
}

err pg_connect(struct ctx *c, struct db *db, enum db_target target, struct db_conn **ret)
{
    struct pg_conn *conn = calloc(1, sizeof(*conn));
    if (conn == NULL)
        return FAIL(c, INTERNAL, "out of memory");
    conn_init(&conn->base, db);
    conn->target = target;
    err e = open_handle(c, url_of(db, target), target, &conn->h);
    if (e == ERR_OK)
        e = settle_handle(c, conn);
    if (e != ERR_OK) {
        pg_disconnect(&conn->base);
        return e;
    }
    *ret = &conn->base;
    return ERR_OK;
}

void pg_disconnect(struct db_conn *base)
{
    struct pg_conn *conn = pg_conn_of(base);
    conn_done(base);
    PQfinish(conn->h);
    free(conn);
}

/* Every url is read and the server is reached once, so that a mistake shows at the start. */
err pg_open(struct ctx *c, struct db *db)
{
    const struct str urls[] = { db->o.url, db->o.direct_url, db->o.replica_url };
    struct db_conn *conn;
    for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
        PQconninfoOption *options = NULL;
        if (urls[i].n > 0)
            TRY(parse(c, urls[i], &options));
        PQconninfoFree(options);
    }
    db->engine = calloc(1, sizeof(struct pg_engine));
    if (db->engine == NULL)
        return FAIL(c, INTERNAL, "out of memory");
    TRY(pg_connect(c, db, TARGET_WRITE, &conn));
    pg_disconnect(conn);
    return ERR_OK;
}

void pg_close(struct db *db)
{
    free(db->engine);
    db->engine = NULL;
}
