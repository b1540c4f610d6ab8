/* What the services on members of staff share: their lock, log entries, ends of logins, and proving
 * once more who one is. */
#include "base/str.h"
#include "crypto/password.h"
#include "repo/approval_repo.h"
#include "service/settings.h"
#include "service/staff_inner.h"

enum { FAILURES_ACCOUNT = 5, FAILURES_ADDRESS = 20, WINDOW_MINUTES = 15, IDLE_MINUTES = 30 };
#define MINUTE_US (INT64_C(60) * 1000000)

struct throttle_limits staff_limits(const struct ctx *c)
{
    const struct settings *s = settings_of(c);
    return (struct throttle_limits){
        .account = setting_or(s->login_failures_account, FAILURES_ACCOUNT),
        .address = setting_or(s->login_failures_address, FAILURES_ADDRESS),
        .window_us = setting_or(s->login_window_minutes, WINDOW_MINUTES) * MINUTE_US,
    };
}

int64_t staff_idle_us(const struct ctx *c)
{
    return setting_or(settings_of(c)->admin_idle_minutes, IDLE_MINUTES) * MINUTE_US;
}

bool factor_required(const struct ctx *c, int32_t role)
{
    return role == ADMIN_ROLE_SUPER_ADMIN && settings_of(c)->require_2fa;
}

err staff_hold(struct ctx *c, struct tx *tx)
{
    return tx_lock(c, tx, S("staff"), LOCK_EXCLUSIVE);
}

err staff_still_in(struct ctx *c, struct tx *tx)
{
    bool live = false;
    if (!c->who || !c->who->session_id.n)
        return ERR_OK;
    TRY(staff_repo_login_live(c, tx, c->who->session_id, c->now_us, &live));
    return live ? ERR_OK : FAIL(c, UNAUTHENTICATED, "Not authenticated");
}

err staff_log(struct ctx *c, struct tx *tx, struct audit_head *head, const char *act,
              struct str admin_id, const char *kind, int32_t role)
{
    const char *r = role < 0 ? NULL : admin_role_names.v[role];
    const struct audit_new n = {
        .act = act,
        .actor = audit_actor(c),
        .subj = str_fmt(c->mem, "admin:%.*s", STR_ARG(admin_id)),
        .data = kind && r ? str_fmt(c->mem, "{\"kind\":\"%s\",\"role\":\"%s\"}", kind, r)
                : kind    ? str_fmt(c->mem, "{\"kind\":\"%s\"}", kind)
                : r       ? str_fmt(c->mem, "{\"role\":\"%s\"}", r)
                          : (struct str){ 0 },
    };
    return audit_append(c, tx, head, &n, NULL);
}

err staff_end_all(struct ctx *c, struct tx *tx, struct str admin_id, struct str except, bool tokens)
{
    int64_t ended = 0;
    TRY(staff_repo_logins_end(c, tx, admin_id, except, &ended));
    if (!tokens)
        return ERR_OK;
    TRY(token_repo_end_all(c, tx, admin_id, &ended));
    return approval_repo_drop_of(c, tx, admin_id);
}

struct self {
    struct admin_row row;
    bool found;
};

static err self_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct self *s = arg;
    return admin_repo_by_id(c, tx, c->who->id, &s->row, &s->found);
}

static err check(struct ctx *c, const struct self *s, struct str password)
{
    bool match = false, upgrade = false;
    TRY(password_check(c, password, s->row.password_hash, account_cost(c), &match, &upgrade));
    return match ? ERR_OK : FAIL(c, FORBIDDEN, "The current password is not right");
}

err staff_prove(struct ctx *c, struct str password, struct admin_row *ret)
{
    struct self s = { 0 };
    struct throttle_try t;
    const struct throttle_limits limits = staff_limits(c);
    if (!c->who || !c->who->id.n)
        return FAIL(c, UNAUTHENTICATED, "Not authenticated");
    TRY(tx_run(c, TX_READ, self_tx, &s));
    if (!s.found || !s.row.is_active)
        return FAIL(c, UNAUTHENTICATED, "Not authenticated");
    TRY(throttle_enter(c, &limits, s.row.username_key, c->remote, &t));
    err e = check(c, &s, password);
    if (e == ERR_OK)
        throttle_forgive(c, &t);
    else if (e != ERR_FORBIDDEN)
        throttle_cancel(&t);
    TRY(e);
    *ret = s.row;
    return ERR_OK;
}
