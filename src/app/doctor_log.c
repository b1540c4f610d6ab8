/* Checks of what the database holds: the log, sealed values, work that stands still. */
#include "app/doctor.h"
#include "app/progress.h"
#include "base/str.h"
#include "service/audit_log.h"
#include "service/audit_verify.h"
#include "service/log_head.h"
#include "service/stuck.h"

enum { SAMPLE_ROWS = 20 };
static const int64_t still_us = INT64_C(3600) * 1000000;
static const int64_t place_us = INT64_C(5) * 1000000; /* an entry has its place long before */

void doctor_head(struct doctor *d)
{
    struct ctx *c = d->c;
    struct log_head head = { 0 };
    bool found = false;
    const char *path = installation_path(c, &d->in->o, "log-head");
    if (log_head_check(c, path, false) != ERR_OK || log_head_read(c, path, &head, &found) != ERR_OK)
        doctor_fault(d, "restore the newest backup; `serve --accept-rollback` takes the loss");
    else if (!found)
        doctor_bad(d, DOCTOR_WARN, "the next start of the server writes it",
                   "no log-head yet: a roll-back would not be noticed");
    else
        doctor_ok(d, "the database holds all %lld entries that this folder has seen",
                  (long long)head.size);
}

static void verify_step(void *arg, int64_t done, int64_t total)
{
    progress_step(arg, done, total);
}

static void verify_all(struct doctor *d)
{
    struct progress p;
    struct verify_report r = { 0 };
    progress_begin(&p, "verify", !d->cli->json);
    const struct verify_options o = { .rows = true, .progress = verify_step, .arg = &p };
    err e = audit_verify(d->c, &o, &r);
    if (p.show && p.terminal)
        fputs("\r\033[K", stderr);
    if (e != ERR_OK)
        doctor_fault(d, "`enigma audit verify` says more");
    else if (!r.is_valid)
        doctor_bad(d, DOCTOR_FAIL,
                   "keep the database as it is; `enigma audit verify` names entries", "%.*s",
                   STR_ARG(r.message));
    else
        doctor_ok(d, "%.*s", STR_ARG(r.message));
}

void doctor_log(struct doctor *d)
{
    if (audit_check_tail(d->c) != ERR_OK)
        doctor_fault(d, "keep the database as it is; `enigma audit verify` names entries");
    else if (d->quick)
        doctor_ok(d, "the end of the log is whole; --quick reads no more");
    else
        verify_all(d);
}

void doctor_sealed(struct doctor *d)
{
    int64_t seen = 0, opened = 0;
    if (sealed_sample(d->c, SAMPLE_ROWS, &seen, &opened) != ERR_OK)
        doctor_fault(d, "see `enigma audit verify`");
    else if (opened < seen)
        doctor_bad(d, DOCTOR_FAIL, "put the key they were sealed with back into the key ring",
                   "%lld of %lld sealed values cannot be opened", (long long)(seen - opened),
                   (long long)seen);
    else
        doctor_ok(d, "a sample of %lld sealed values opens", (long long)seen);
}

/* On a machine's own loopback, with no public name, nobody else can try a password. */
void doctor_accounts(struct doctor *d)
{
    const struct options *o = &d->in->o;
    struct doctor_counts n = { 0 };
    if (stuck_look(d->c, still_us, &n) != ERR_OK)
        doctor_fault(d, "`enigma migrate status` tells whether the schema is whole");
    else if (n.one_factor_admins && (o->base_url.n || !options_loopback(o->listen)))
        doctor_bad(d, DOCTOR_WARN, "they add one after signing in: POST /admin/auth/totp",
                   "%lld active super_admins have no second factor",
                   (long long)n.one_factor_admins);
    else
        doctor_ok(d, "%lld active super_admins without a second factor",
                  (long long)n.one_factor_admins);
}

void doctor_work(struct doctor *d)
{
    struct doctor_counts n = { 0 };
    struct audit_waiting waiting = { 0 };
    size_t before = d->n;
    if (stuck_look(d->c, still_us, &n) != ERR_OK || audit_waiting(d->c, &waiting) != ERR_OK) {
        doctor_fault(d, "`enigma migrate status` tells whether the schema is whole");
        return;
    }
    if (waiting.oldest_us > place_us)
        doctor_bad(d, DOCTOR_FAIL, "start a server: its sequencer gives them their place",
                   "%lld log entries wait, the oldest for %lld s", (long long)waiting.entries,
                   (long long)(waiting.oldest_us / 1000000));
    if (n.expired_leases)
        doctor_bad(d, DOCTOR_WARN, "start a server or worker: it takes them over",
                   "%lld chunks of jobs were left by their worker an hour ago",
                   (long long)n.expired_leases);
    if (n.failed_chunks)
        doctor_bad(d, DOCTOR_WARN,
                   "`enigma jobs dead` names them, `enigma jobs retry` puts them back",
                   "%lld chunks of jobs were given up", (long long)n.failed_chunks);
    if (n.waiting_jobs)
        doctor_bad(d, DOCTOR_WARN, "see `enigma jobs list`; a server or worker must run",
                   "%lld jobs are older than an hour and not finished", (long long)n.waiting_jobs);
    if (n.held_applications)
        doctor_bad(d, DOCTOR_WARN, "the held queue of their cycle shows why each one waits",
                   "%lld applications were held by the scrubber and wait for a person",
                   (long long)n.held_applications);
    if (d->n == before)
        doctor_ok(d, "no job, lease or log entry stands still (%lld items failed so far)",
                  (long long)n.failed_items);
}
