/* Checks of the house: folder, keys, options, address, certificate, limits, disk. */
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "app/doctor.h"
#include "app/serve.h"
#include "base/str.h"
#include "db/backup.h"
#include "os/tls.h"

enum {
    DESCRIPTORS_OWN = 256, /* files, database, epoll: what is not a client */
    BCRYPT_COST_LEAST = 10,
    EXPIRY_WARN_DAYS = 21,
    KEY_OLD_DAYS = 730,
    DAY_S = 86400,
};
static const int64_t disk_fail_bytes = INT64_C(16) << 20; /* below it the server is not ready */
static const int64_t disk_warn_bytes = INT64_C(1) << 30;

/* Owner and mode of a path that nobody else may read. */
static bool check_private(struct doctor *d, const char *path)
{
    struct stat st;
    if (stat(path, &st) != 0) {
        doctor_bad(d, DOCTOR_FAIL, "`enigma init` makes a new one; restore brings one back",
                   "%s is not there", path);
        return false;
    }
    if (st.st_mode & 077)
        doctor_bad(d, DOCTOR_FAIL, "take the rights of group and others away: chmod go= it",
                   "%s is open to others (mode %03o)", path, (unsigned)st.st_mode & 0777);
    if (st.st_uid != geteuid())
        doctor_bad(d, DOCTOR_WARN, "run as the user of the server, or chown it",
                   "%s belongs to user %u, this is user %u", path, st.st_uid, geteuid());
    return (st.st_mode & 077) == 0;
}

void doctor_folder(struct doctor *d)
{
    const char *dir = str_z(d->c->mem, d->in->o.data_dir);
    if (!check_private(d, dir))
        return;
    if (access(dir, W_OK | X_OK) != 0)
        doctor_bad(d, DOCTOR_FAIL, "mount it read-write, or chown it", "%s is not writable", dir);
    else
        doctor_ok(d, "%s is private and writable", dir);
}

/* NIST SP 800-57, 5.3.6: a key seals for two years at most. */
static void look_at_age(struct doctor *d)
{
    struct stat st;
    if (d->in->o.encryption_key.p || stat(keys_path(d->c, &d->in->o, key_files[0]), &st) != 0) {
        doctor_ok(d, "all key files are private and readable");
        return;
    }
    int64_t days = (d->c->now_us / 1000000 - (int64_t)st.st_mtime) / DAY_S;
    if (days > KEY_OLD_DAYS)
        doctor_bad(d, DOCTOR_WARN, "`enigma keys rotate` puts a fresh one in its place",
                   "the encryption key is %lld days old", (long long)days);
    else
        doctor_ok(d, "all key files are private and readable; the encryption key is %lld days old",
                  (long long)(days > 0 ? days : 0));
}

void doctor_keys(struct doctor *d)
{
    struct ctx *c = d->c;
    bool fine = true;
    for (size_t i = 0; key_files[i]; i++) {
        const char *path = keys_path(c, &d->in->o, key_files[i]);
        bool option = (i == 0 && d->in->o.encryption_key.p) || (i == 1 && d->in->o.jwt_secret.p);
        if (!option)
            fine = check_private(d, path) && fine;
    }
    if (!fine) /* the server refuses them for the same reason */
        return;
    if (keys_load(c, &d->in->o, false, &d->in->keys) != ERR_OK) {
        doctor_fault(d, "put the keys of this installation back: a backup without them is closed");
        return;
    }
    d->keys = true;
    if (d->in->keys.n_fernet > 1)
        doctor_bad(d, DOCTOR_WARN, "run `enigma keys rotate` to its end",
                   "%zu encryption keys are in use", d->in->keys.n_fernet);
    else
        look_at_age(d);
}

/* Whether somebody has set the option, be it to its default. */
static bool is_stated(const struct doctor *d, const char *name)
{
    for (size_t i = 0; i < options_schema.n; i++)
        if (strcmp(options_schema.fields[i].name, name) == 0)
            return d->in->origins.of[i] != FROM_DEFAULT;
    return false;
}

void doctor_options(struct doctor *d)
{
    struct list names = { 0 };
    size_t before = d->n;
    if (options_check(d->c, &d->in->o) != ERR_OK)
        doctor_fault(d, "see `enigma config check`");
    if (options_unknown(d->c, &d->in->o, &names) != ERR_OK)
        doctor_fault(d, "make enigma.conf readable, with NAME=value lines");
    const struct str *name = names.v;
    for (size_t i = 0; i < names.n; i++)
        doctor_bad(d, DOCTOR_WARN, "see `enigma config sample` for the names",
                   "enigma.conf sets %.*s, which is no option", STR_ARG(name[i]));
    if (d->in->o.bcrypt_cost < BCRYPT_COST_LEAST)
        doctor_bad(d, DOCTOR_WARN, "set BCRYPT_COST to 12",
                   "BCRYPT_COST is %lld: passwords are cheap to guess",
                   (long long)d->in->o.bcrypt_cost);
    if (d->in->o.throttle_percent == 0)
        doctor_bad(d, DOCTOR_WARN, "set THROTTLE_PERCENT to 100", "the rate limits are off");
    if (d->in->o.openai_api_key.n && d->in->o.provider == OPTION_PROVIDER_BUILTIN &&
        !is_stated(d, "llm_provider"))
        doctor_bad(d, DOCTOR_WARN, "set LLM_PROVIDER to openai, or to builtin if that is meant",
                   "OPENAI_API_KEY is set, but the built-in baseline scores applications");
    if (d->n == before)
        doctor_ok(d, "all options are known and in range");
}

void doctor_listen(struct doctor *d)
{
    const struct options *o = &d->in->o;
    char *host = NULL;
    uint16_t port = 0;
    if (!listen_split(d->c, o->listen, &host, &port)) {
        doctor_bad(d, DOCTOR_FAIL, "set LISTEN to ADDRESS:PORT", "LISTEN is not ADDRESS:PORT");
        return;
    }
    bool open = !options_loopback(o->listen);
    if (open && !o->tls_cert.p)
        doctor_bad(d, DOCTOR_WARN,
                   "set TLS_CERT and TLS_KEY, or listen on 127.0.0.1 behind a proxy",
                   "%.*s is open to the network without TLS", STR_ARG(o->listen));
    else if (o->demo)
        doctor_bad(d, DOCTOR_WARN, "never with applicants' data",
                   "DEMO is on: anybody may sign in");
    else
        doctor_ok(d, "%.*s", STR_ARG(o->listen));
}

void doctor_tls(struct doctor *d)
{
    const struct options *o = &d->in->o;
    struct tls *t = NULL;
    if (!o->tls_cert.p) {
        doctor_ok(d, "not used here");
        return;
    }
    if (tls_open(d->c, o->tls_cert, o->tls_key, &t) != ERR_OK) {
        doctor_fault(d, "TLS_CERT is a PEM chain, TLS_KEY its private key");
        return;
    }
    int64_t days = (tls_expires_us(t, d->c->now_us) - d->c->now_us) / 1000000 / DAY_S;
    tls_close(t);
    if (days < EXPIRY_WARN_DAYS)
        doctor_bad(d, days <= 0 ? DOCTOR_FAIL : DOCTOR_WARN,
                   "renew it; SIGHUP makes the server read it again",
                   "the certificate ends in %lld days", (long long)days);
    else
        doctor_ok(d, "the certificate is good for %lld days", (long long)days);
}

void doctor_limits(struct doctor *d)
{
    struct rlimit files;
    int64_t want = d->in->o.connections_max + DESCRIPTORS_OWN;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0)
        return;
    if (files.rlim_max != RLIM_INFINITY && (int64_t)files.rlim_max < want)
        doctor_bad(d, DOCTOR_WARN, "raise LimitNOFILE (ulimit -n), or lower CONNECTIONS_MAX",
                   "%lld files may be open, CONNECTIONS_MAX needs %lld", (long long)files.rlim_max,
                   (long long)want);
    else
        doctor_ok(d, "enough open files for %lld connections", (long long)d->in->o.connections_max);
}

void doctor_disk(struct doctor *d)
{
    struct statvfs fs;
    struct stat st;
    struct str file = { 0 };
    struct ctx *c = d->c;
    if (statvfs(str_z(c->mem, d->in->o.data_dir), &fs) != 0)
        return;
    int64_t left = (int64_t)((uint64_t)fs.f_bavail * fs.f_frsize);
    int64_t used = 0;
    if (db_url_file(c, installation_url(c, &d->in->o), &file) &&
        stat(str_z(c->mem, file), &st) == 0)
        used = (int64_t)st.st_size;
    if (left < disk_fail_bytes)
        doctor_bad(d, DOCTOR_FAIL, "make room: the server answers 503 until there is",
                   "%lld MiB are free", (long long)(left >> 20));
    else if (left < disk_warn_bytes || left < used)
        doctor_bad(d, DOCTOR_WARN, "make room: a phase step and a backup need as much again",
                   "%lld MiB are free, the database has %lld", (long long)(left >> 20),
                   (long long)(used >> 20));
    else
        doctor_ok(d, "%lld MiB are free, the database has %lld", (long long)(left >> 20),
                  (long long)(used >> 20));
}
