/* The entries that wait for their place in the log: each is whole and has not waited long. Their
 * facts are taken behind those of the chain, so that rows committed with them are understood. */
#include "base/str.h"
#include "crypto/fernet.h"
#include "repo/pending_repo.h"
#include "service/verify_inner.h"

enum { WAIT_MAX_MS = 5000, AHEAD_MS = 5 * 60 * 1000 };

static void check_wait(struct verify *v, const struct pending_row *r)
{
    const int64_t waited_ms = v->now_ms - r->created_at / 1000;
    if (waited_ms > WAIT_MAX_MS)
        finding(v, -1, "pending.stuck", "entry %.*s has waited %lld s for its place in the log",
                STR_ARG(r->act), (long long)(waited_ms / 1000));
    else if (waited_ms < -AHEAD_MS)
        finding(v, -1, "pending.stuck", "entry %.*s says that it comes from the future",
                STR_ARG(r->act));
}

static void note_subject(struct verify *v, const struct entry *e)
{
    struct admin_facts_log *a;
    if (str_eq(e->act, S("application.submit")))
        v->n_applications++;
    else if (str_eq(e->act, S("identity.scrub")))
        v->n_anonymous++;
    else if (str_eq(e->act, S("admin.login"))) {
        a = id_find(&v->admins, str_sub(e->subj, sizeof("admin:") - 1, SIZE_MAX));
        if (a)
            a->signs_in = true;
    }
}

static err pending_row(struct ctx *c, const void *row, void *arg)
{
    (void)c;
    const struct pending_row *r = row;
    struct verify *v = arg;
    struct entry e;
    const char *why = NULL;
    check_wait(v, r);
    if (!entry_read(r->draft, &e, &why)) {
        finding(v, -1, "pending.format", "row %lld: %s", (long long)r->pending_id,
                why ? why : "not an entry");
        return ERR_OK;
    }
    if (!str_eq(e.log, v->origin))
        finding(v, -1, "pending.log", "row %lld belongs to another log", (long long)r->pending_id);
    if (!str_eq(e.act, r->act) || !str_eq(e.subj, r->subj) || !str_eq(e.cycle, r->cycle_id))
        finding(v, -1, "pending.columns", "row %lld: a column differs from the entry",
                (long long)r->pending_id);
    e.idx = v->next_idx + v->n_pending++;
    facts_take(v, &e, "");
    note_subject(v, &e);
    return ERR_OK;
}

err verify_pending(struct ctx *c, struct verify *v)
{
    return finding_from(c, v, -1, "pending.read", pending_each(c, v->tx, pending_row, v));
}
