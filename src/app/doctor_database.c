/* Checks of the database: can it be opened, is the engine set as it must be, is the schema ours, is
 * every page readable. */
#include <sys/stat.h>

#include "app/doctor.h"
#include "base/str.h"
#include "db/backup.h"
#include "db/migrate.h"
#include "service/copy.h"
#include "service/log_head.h"

enum { PAGE_BYTES = 8192, POSTGRES_LEAST = 130000, FREE_PAGES_PERCENT = 25 };
static const int64_t wal_warn_bytes = INT64_C(512) << 20;
static const int64_t skew_warn_us = INT64_C(5) * 1000000, skew_fail_us = INT64_C(300) * 1000000;

static err facts_fn(struct ctx *c, struct tx *tx, void *arg)
{
    return catalog_facts(c, tx, arg);
}

static void close_database(struct doctor *d)
{
    db_close(d->in->db);
    d->in->db = d->in->deps.db = NULL;
}

void doctor_database(struct doctor *d)
{
    struct ctx *c = d->c;
    err e = installation_open_url(c, d->in, installation_url(c, &d->in->o), true, &d->in->db);
    if (e == ERR_OK) {
        d->in->deps.db = d->in->db;
        e = tx_run(c, TX_READ, facts_fn, &d->facts);
    }
    if (e != ERR_OK) {
        doctor_fault(d, "keep the files as they are; `enigma restore` brings a backup back");
        close_database(d);
        return;
    }
    struct str version = catalog_fact(&d->facts, S("server_version"));
    if (!version.p)
        version = catalog_fact(&d->facts, S("version"));
    doctor_ok(d, "%s %.*s", db_engine(d->in->db), STR_ARG(version));
}

static int64_t number(const struct doctor *d, const char *name)
{
    int64_t v = 0;
    return str_i64(catalog_fact(&d->facts, str_of(name)), &v) ? v : -1;
}

static bool fact_is(const struct doctor *d, const char *name, const char *value)
{
    return str_eq(catalog_fact(&d->facts, str_of(name)), str_of(value));
}

static void look_at_sqlite(struct doctor *d)
{
    struct ctx *c = d->c;
    struct stat st;
    struct str file = { 0 };
    if (!fact_is(d, "journal_mode", "wal"))
        doctor_bad(d, DOCTOR_WARN, "the next start of the server sets it",
                   "the journal mode is not WAL");
    if (number(d, "page_size") != PAGE_BYTES)
        doctor_bad(d, DOCTOR_WARN, "`enigma copy` into a new file makes pages of 8192 bytes",
                   "pages have %lld bytes", (long long)number(d, "page_size"));
    if (number(d, "freelist_count") * 100 > number(d, "page_count") * FREE_PAGES_PERCENT)
        doctor_bad(d, DOCTOR_WARN,
                   "`enigma copy` into a new file, or VACUUM, with the server stopped",
                   "%lld of %lld pages are free", (long long)number(d, "freelist_count"),
                   (long long)number(d, "page_count"));
    if (!db_url_file(c, installation_url(c, &d->in->o), &file))
        return;
    const char *wal = str_z(c->mem, str_fmt(c->mem, "%.*s-wal", STR_ARG(file)));
    if (stat(wal, &st) == 0 && st.st_size > wal_warn_bytes)
        doctor_bad(d, DOCTOR_WARN, "end the program that keeps the database open for reading",
                   "the write-ahead log has %lld MiB", (long long)(st.st_size >> 20));
}

/* Acknowledged means on disk: what weakens that is a fault. */
static void look_at_durability(struct doctor *d)
{
    static const char *const must_be_on[] = { "fsync", "full_page_writes" };
    for (size_t i = 0; i < sizeof(must_be_on) / sizeof(must_be_on[0]); i++)
        if (fact_is(d, must_be_on[i], "off"))
            doctor_bad(d, DOCTOR_FAIL, "switch it on in postgresql.conf: a crash loses data",
                       "%s is off", must_be_on[i]);
    if (fact_is(d, "synchronous_commit", "off"))
        doctor_bad(d, DOCTOR_FAIL, "set it to on, or to remote_apply with a standby",
                   "synchronous_commit is off: a crash loses acknowledged work");
    bool standby = catalog_fact(&d->facts, S("synchronous_standby_names")).n > 0;
    if (standby && !fact_is(d, "synchronous_commit", "remote_apply") &&
        !fact_is(d, "synchronous_commit", "on"))
        doctor_bad(d, DOCTOR_WARN, "set synchronous_commit to on or remote_apply",
                   "a failover may lose acknowledged work");
}

/* Behind a pooler its own limit counts. */
static void look_at_connections(struct doctor *d)
{
    int64_t room = number(d, "max_connections") - number(d, "superuser_reserved_connections");
    int64_t pool = d->in->o.database_pool_size;
    if (fact_is(d, "pooler", "transaction"))
        doctor_ok(d, "through a pooler in transaction mode; the server allows %lld connections",
                  (long long)room);
    else if (room < pool * 2)
        doctor_bad(d, DOCTOR_WARN,
                   "raise max_connections, lower DATABASE_POOL_SIZE, or use a pooler",
                   "%lld connections are allowed, one process may hold %lld", (long long)room,
                   (long long)pool);
    else
        doctor_ok(d, "%lld connections allowed: room for %lld processes of %lld", (long long)room,
                  (long long)(room / pool), (long long)pool);
}

static void look_at_postgres(struct doctor *d)
{
    if (number(d, "server_version_num") < POSTGRES_LEAST)
        doctor_bad(d, DOCTOR_FAIL, "use PostgreSQL 13 or newer", "the server is too old");
    if (!fact_is(d, "server_encoding", "UTF8"))
        doctor_bad(d, DOCTOR_FAIL, "make the database with ENCODING 'UTF8' and copy into it",
                   "the encoding is not UTF8");
    look_at_durability(d);
    if (fact_is(d, "default_transaction_read_only", "on") || fact_is(d, "in_recovery", "true"))
        doctor_bad(d, DOCTOR_FAIL,
                   "point DATABASE_URL at the primary, with "
                   "target_session_attrs=read-write",
                   "the server takes no writes");
    look_at_connections(d);
}

void doctor_engine(struct doctor *d)
{
    size_t before = d->n;
    if (strcmp(db_engine(d->in->db), "sqlite") == 0)
        look_at_sqlite(d);
    else
        look_at_postgres(d);
    if (d->n == before)
        doctor_ok(d, "the settings of the engine are as they must be");
}

/* Two clocks that differ decide deadlines twice. */
void doctor_clock(struct doctor *d)
{
    int64_t now_us = 0;
    struct str told = catalog_fact(&d->facts, S("now_us"));
    if (!told.p || !str_i64(told, &now_us)) {
        doctor_ok(d, "the database runs on this machine's clock");
        return;
    }
    int64_t skew_us = now_us - d->c->now_us;
    int64_t size_us = skew_us < 0 ? -skew_us : skew_us;
    if (size_us > skew_warn_us)
        doctor_bad(d, size_us > skew_fail_us ? DOCTOR_FAIL : DOCTOR_WARN,
                   "synchronise both machines (NTP)", "the database's clock is %lld ms away",
                   (long long)(skew_us / 1000));
    else
        doctor_ok(d, "the database's clock is %lld ms away", (long long)(skew_us / 1000));
}

void doctor_schema(struct doctor *d)
{
    if (migrate_check(d->c) != ERR_OK) {
        doctor_fault(d, "`enigma migrate status` shows it; `enigma migrate up` applies what waits");
        return;
    }
    if (copy_refuse_unfinished(d->c) != ERR_OK) {
        doctor_fault(d, "the server refuses it until the copy is made whole");
        return;
    }
    d->schema = true;
    doctor_ok(d, "all migrations are applied");
}

void doctor_pages(struct doctor *d)
{
    if (db_check_file(d->c, d->in->db) != ERR_OK)
        doctor_fault(d, "keep the files as they are; `enigma restore` brings a backup back");
    else
        doctor_ok(d, "the database can be read from end to end");
}
