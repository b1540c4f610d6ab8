/* The logins of members of staff: which there are, and ending them. */
#include "base/str.h"
#include "service/staff_inner.h"

enum { LOGINS_MAX = 1000 };

struct logins_call {
    struct str admin_id, session_id, except;
    struct list rows;
    int64_t ended;
};

static err account_there(struct ctx *c, struct tx *tx, struct str admin_id)
{
    struct staff_user user;
    bool found = false;
    TRY(staff_repo_get(c, tx, admin_id, &user, &found));
    return found ? ERR_OK : FAIL(c, NOT_FOUND, "User not found");
}

static err list_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct logins_call *q = arg;
    TRY(account_there(c, tx, q->admin_id));
    return staff_repo_logins(c, tx, q->admin_id, c->now_us, c->now_us - staff_idle_us(c),
                             LOGINS_MAX, &q->rows);
}

static struct str self_or(const struct ctx *c, struct str admin_id)
{
    return admin_id.p ? admin_id : c->who->id;
}

err staff_logins(struct ctx *c, struct str admin_id, struct list *ret_logins)
{
    struct logins_call q = { .admin_id = self_or(c, admin_id) };
    TRY(tx_run(c, TX_READ, list_tx, &q));
    struct staff_login *v = arena_array(c->mem, struct staff_login, q.rows.n + 1);
    const struct staff_login *from = q.rows.v;
    for (size_t i = 0; i < q.rows.n; i++) {
        v[i] = from[i];
        v[i].current = c->who && str_eq(v[i].session_id, c->who->session_id);
    }
    *ret_logins = (struct list){ v, q.rows.n };
    return ERR_OK;
}

static err end_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct logins_call *q = arg;
    struct audit_head head = { 0 };
    TRY(account_there(c, tx, q->admin_id));
    TRY(staff_repo_login_end(c, tx, q->admin_id, q->session_id, &q->ended));
    if (!q->ended)
        return FAIL(c, NOT_FOUND, "Login not found");
    return staff_log(c, tx, &head, "admin.logout", q->admin_id, "ended", -1);
}

err staff_login_end(struct ctx *c, struct str admin_id, struct str session_id)
{
    struct logins_call q = { .admin_id = self_or(c, admin_id), .session_id = session_id };
    return tx_run(c, TX_WRITE, end_tx, &q);
}

static err end_all_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct logins_call *q = arg;
    struct audit_head head = { 0 };
    TRY(account_there(c, tx, q->admin_id));
    TRY(staff_repo_logins_end(c, tx, q->admin_id, q->except, &q->ended));
    return q->ended ? staff_log(c, tx, &head, "admin.logout", q->admin_id, "ended", -1) : ERR_OK;
}

err staff_logins_end(struct ctx *c, struct str admin_id, int64_t *ret_ended)
{
    struct logins_call q = { .admin_id = admin_id };
    if (c->who) {
        q.admin_id = self_or(c, admin_id);
        q.except = c->who->session_id;
    }
    TRY(tx_run(c, TX_WRITE, end_all_tx, &q));
    *ret_ended = q.ended;
    return ERR_OK;
}
