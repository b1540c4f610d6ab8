/* What the services on cycles share: loading a cycle, its ETag, its log entries. */
#include "service/cycle_support.h"

#include "base/str.h"
#include "domain/role.h"
#include "service/cycle_admin.h"

enum { IF_MATCH_TAGS_MAX = 16 };

err cycle_lock(struct ctx *c, struct tx *tx, struct str cycle_id, enum lock_mode mode)
{
    return tx_lock(c, tx, str_fmt(c->mem, "cycle:%.*s", STR_ARG(cycle_id)), mode);
}

err cycle_hold(struct ctx *c, struct tx *tx, struct str cycle_id, struct cycle_row *ret)
{
    TRY(cycle_lock(c, tx, cycle_id, LOCK_EXCLUSIVE));
    return cycle_load(c, tx, cycle_id, ret);
}

err cycle_load(struct ctx *c, struct tx *tx, struct str cycle_id, struct cycle_row *ret)
{
    bool found = false;
    TRY(cycle_row_find(c, tx, cycle_id, ret, &found));
    return found ? ERR_OK : FAIL(c, NOT_FOUND, "Cycle not found");
}

/* The tag names the version and, behind a dot, the submissions: the first is what editors agree
 * on, both together are what caches compare. */
static struct str etag_stem(struct ctx *c, const struct cycle *cy)
{
    return str_fmt(c->mem, "\"%08llx-v%lld.",
                   (unsigned long long)(str_hash(cy->cycle_id) & 0xffffffffU),
                   (long long)cy->version);
}

struct str cycle_etag(struct ctx *c, const struct cycle *cy)
{
    const struct str stem = etag_stem(c, cy);
    return str_fmt(c->mem, "%.*s%lld\"", STR_ARG(stem), (long long)cy->current_seats);
}

err cycle_if_match(struct ctx *c, const struct cycle *cy, struct str if_match)
{
    if (!if_match.p || str_eq(str_trim(if_match), S("*")))
        return ERR_OK;
    const struct str stem = etag_stem(c, cy);
    struct str rest = if_match;
    for (int i = 0; i < IF_MATCH_TAGS_MAX && rest.p; i++) {
        struct str tag;
        rest = str_cut(rest, ',', &tag);
        tag = str_trim(tag);
        if (str_starts(tag, stem) && str_ends(tag, S("\"")))
            return ERR_OK;
    }
    return FAIL(c, PRECONDITION, "The cycle was changed since you read it");
}

err cycle_actor(struct ctx *c, struct str *ret_admin_id)
{
    const uint32_t may = (uint32_t)ROLE_MANAGERS | (uint32_t)ROLE_OPERATOR;
    if (!c->who || !c->who->id.p || !(c->who->roles & may))
        return FAIL(c, FORBIDDEN, "This needs an administrator");
    *ret_admin_id = c->who->id;
    return ERR_OK;
}

err cycle_log(struct ctx *c, struct tx *tx, struct audit_head *head, const char *act,
              struct str cycle_id, struct str data, struct hash *ret_leaf)
{
    const struct audit_new n = {
        .act = act,
        .actor = audit_actor(c),
        .cycle = cycle_id,
        .subj = str_fmt(c->mem, "cycle:%.*s", STR_ARG(cycle_id)),
        .data = data,
    };
    return audit_append(c, tx, head, &n, ret_leaf);
}
