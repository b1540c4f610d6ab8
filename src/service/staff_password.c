/* Passwords of members of staff: changed by their owner, or set anew by the operator. */
#include "base/str.h"
#include "crypto/password.h"
#include "service/staff_inner.h"

struct password_call {
    struct admin_row row;
    struct str new_hash, spare;
    const char *kind;
};

static err store_tx(struct ctx *c, struct tx *tx, void *arg)
{
    const struct password_call *q = arg;
    struct audit_head head = { 0 };
    bool changed = false;
    TRY(staff_hold(c, tx));
    TRY(staff_still_in(c, tx));
    TRY(staff_repo_password(c, tx, q->row.admin_id, q->row.password_hash, q->new_hash, &changed));
    if (!changed)
        return FAIL(c, CONFLICT, "The password was changed, or the account shut, at the same time");
    TRY(staff_end_all(c, tx, q->row.admin_id, q->spare, true));
    return staff_log(c, tx, &head, "admin.password", q->row.admin_id, q->kind, -1);
}

/* The rule names the member that was sent. */
static err acceptable(struct ctx *c, struct str password, struct str username)
{
    err e = password_acceptable(c, password, username);
    for (size_t i = 0; e == ERR_INVALID && i < c->fault.n_issues; i++)
        c->fault.issues[i].loc = S("[\"body\",\"new_password\"]");
    return e;
}

err staff_password_change(struct ctx *c, const struct password_change *ch)
{
    struct password_call q = { .kind = "change" };
    TRY(staff_prove(c, ch->current_password, &q.row));
    TRY(acceptable(c, ch->new_password, q.row.username));
    if (str_eq(ch->new_password, ch->current_password)) {
        const struct issue same = { .type = S("value_error"),
                                    .loc = S("[\"body\",\"new_password\"]"),
                                    .msg = S("The new password is the current one") };
        return fault_issue(c, &same);
    }
    TRY(password_hash(c, ch->new_password, account_cost(c), &q.new_hash));
    q.spare = c->who->session_id;
    return tx_run(c, TX_WRITE, store_tx, &q);
}

static err load_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct password_call *q = arg;
    bool found = false;
    const struct str id = q->row.admin_id;
    TRY(admin_repo_by_id(c, tx, id, &q->row, &found));
    return found ? ERR_OK : FAIL(c, NOT_FOUND, "User not found");
}

err staff_password_reset(struct ctx *c, struct str admin_id, struct str password)
{
    struct password_call q = { .row.admin_id = admin_id, .kind = "reset" };
    TRY(tx_run(c, TX_READ, load_tx, &q));
    TRY(password_acceptable(c, password, q.row.username));
    TRY(password_hash(c, password, account_cost(c), &q.new_hash));
    return tx_run(c, TX_WRITE, store_tx, &q);
}
