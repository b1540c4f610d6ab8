/* The operator at the command line borrows an administrator's name for what is logged. */
#include "service/operator.h"

#include "base/str.h"
#include "domain/role.h"
#include "repo/admin_repo.h"

struct search {
    struct str username;
    struct admin_row found;
    int64_t matches;
};

static err consider(struct ctx *c, const void *row, void *arg)
{
    const struct admin_row *a = row;
    struct search *s = arg;
    bool named = s->username.p && str_eqi(a->username, s->username);
    bool only = !s->username.p && (admin_role_bits(a->role) & ROLE_MANAGERS);
    if (!a->is_active || (!named && !only))
        return ERR_OK;
    s->matches++;
    s->found.admin_id = str_keep(c->mem, a->admin_id);
    s->found.username = str_keep(c->mem, a->username);
    s->found.role = a->role;
    return ERR_OK;
}

static err look(struct ctx *c, struct tx *tx, void *arg)
{
    struct search *s = arg;
    s->matches = 0;
    return admin_repo_each(c, tx, consider, s);
}

err operator_act_as(struct ctx *c, struct str username)
{
    struct search s = { .username = username };
    TRY(tx_run(c, TX_READ, look, &s));
    if (s.matches == 0 && username.p)
        return FAIL(c, NOT_FOUND, "there is no active administrator %.*s", STR_ARG(username));
    if (s.matches == 0)
        return FAIL(c, NOT_FOUND, "there is no administrator yet: enigma create-admin makes one");
    if (s.matches > 1)
        return FAIL(c, INVALID, "there are several administrators: say --as USERNAME");
    struct principal *who = arena_new(c->mem, struct principal);
    who->id = s.found.admin_id;
    who->name = s.found.username;
    who->roles = admin_role_bits(s.found.role) | ROLE_OPERATOR;
    c->who = who;
    return ERR_OK;
}
