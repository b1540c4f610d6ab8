/* Accounts of members of staff: listed, read, given another role, shut and opened again. */
#include "base/str.h"
#include "service/staff_inner.h"

enum { LIST_MAX = 1000 };

struct list_call {
    struct staff_page page;
    struct list rows;
    int64_t total;
};

static err list_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct list_call *q = arg;
    TRY(staff_repo_count(c, tx, &q->page, &q->total));
    return staff_repo_page(c, tx, &q->page, &q->rows);
}

/* The cursor is the last user name, folded: letters, digits, dot, underscore and hyphen. */
err staff_list(struct ctx *c, const struct staff_query *q, struct list *ret_users,
               struct str *ret_next, int64_t *ret_total)
{
    const int64_t limit = q->limit < 1 ? 1 : q->limit > LIST_MAX ? LIST_MAX : q->limit;
    struct list_call l = { .page = { q->cursor, q->role, q->active, limit + 1 } };
    TRY(tx_run(c, TX_READ, list_tx, &l));
    const struct staff_user *v = l.rows.v;
    const bool more = l.rows.n > (size_t)limit;
    *ret_users = (struct list){ l.rows.v, more ? (size_t)limit : l.rows.n };
    *ret_next = more ? v[limit - 1].username_key : (struct str){ 0 };
    *ret_total = l.total;
    return ERR_OK;
}

struct change_call {
    struct str admin_id;
    const struct staff_change *ch;
    const struct seen *seen;
    struct staff_user user;
};

static err load(struct ctx *c, struct tx *tx, struct change_call *q)
{
    bool found = false;
    TRY(staff_repo_get(c, tx, q->admin_id, &q->user, &found));
    return found ? ERR_OK : FAIL(c, NOT_FOUND, "User not found");
}

static err get_tx(struct ctx *c, struct tx *tx, void *arg)
{
    return load(c, tx, arg);
}

err staff_get(struct ctx *c, struct str admin_id, struct staff_user *ret)
{
    struct change_call q = { .admin_id = admin_id };
    TRY(tx_run(c, TX_READ, get_tx, &q));
    *ret = q.user;
    return ERR_OK;
}

static err find_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct change_call *q = arg;
    struct admin_row row;
    bool found = false;
    TRY(admin_repo_by_username(c, tx, q->admin_id, &row, &found));
    if (!found)
        return FAIL(c, NOT_FOUND, "There is no member of staff with that user name");
    q->admin_id = row.admin_id;
    return load(c, tx, q);
}

err staff_find(struct ctx *c, struct str username, struct staff_user *ret)
{
    const struct str key = lower_ascii_of(c, username);
    struct change_call q = { .admin_id = key };
    TRY(tx_run(c, TX_READ, find_tx, &q));
    *ret = q.user;
    return ERR_OK;
}

/* Two who take each other's rights at the same time: the second is a super_admin no more. */
static err check_actor(struct ctx *c, struct tx *tx, const struct change_call *q)
{
    struct staff_user me;
    bool found = false;
    if (!c->who)
        return ERR_OK;
    if (str_eq(c->who->id, q->admin_id))
        return FAIL(c, FORBIDDEN, "An account cannot change its own role or shut itself");
    TRY(staff_still_in(c, tx));
    TRY(staff_repo_get(c, tx, c->who->id, &me, &found));
    if (!found || !me.is_active || me.role != ADMIN_ROLE_SUPER_ADMIN)
        return FAIL(c, FORBIDDEN, "Forbidden");
    return ERR_OK;
}

static err check_last(struct ctx *c, struct tx *tx, const struct staff_user *was, int32_t role,
                      bool is_active)
{
    int64_t others = 0;
    if (!was->is_active || was->role != ADMIN_ROLE_SUPER_ADMIN ||
        (is_active && role == ADMIN_ROLE_SUPER_ADMIN))
        return ERR_OK;
    TRY(staff_repo_other_supers(c, tx, was->admin_id, &others));
    if (!others)
        return FAIL(c, CONFLICT, "This is the last active super_admin: make another one first");
    return ERR_OK;
}

static err log_change(struct ctx *c, struct tx *tx, const struct staff_user *was, int32_t role,
                      bool is_active)
{
    struct audit_head head = { 0 };
    const bool opened = is_active && !was->is_active;
    if (role != was->role || opened)
        TRY(staff_log(c, tx, &head, "admin.role", was->admin_id, opened ? "reactivate" : NULL,
                      role));
    if (was->is_active && !is_active)
        TRY(staff_log(c, tx, &head, "admin.deactivate", was->admin_id, NULL, -1));
    return ERR_OK;
}

static err change_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct change_call *q = arg;
    TRY(staff_hold(c, tx));
    TRY(load(c, tx, q));
    TRY(check_actor(c, tx, q));
    struct staff_user *u = &q->user;
    const int32_t role = seen_has(q->seen, &staff_change_schema, "role") ? q->ch->role : u->role;
    const bool is_active =
        seen_has(q->seen, &staff_change_schema, "is_active") ? q->ch->is_active : u->is_active;
    if (role == u->role && is_active == u->is_active)
        return ERR_OK;
    TRY(check_last(c, tx, u, role, is_active));
    TRY(staff_repo_set(c, tx, u->admin_id, role, is_active));
    TRY(staff_end_all(c, tx, u->admin_id, (struct str){ 0 }, true));
    TRY(log_change(c, tx, u, role, is_active));
    u->role = role;
    u->is_active = is_active;
    return ERR_OK;
}

err staff_change(struct ctx *c, struct str admin_id, const struct staff_change *ch,
                 const struct seen *seen, struct staff_user *ret)
{
    struct change_call q = { .admin_id = admin_id, .ch = ch, .seen = seen };
    TRY(tx_run(c, TX_WRITE, change_tx, &q));
    *ret = q.user;
    return ERR_OK;
}
