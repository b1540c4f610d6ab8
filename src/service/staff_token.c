/* API tokens: made, shown once, listed, ended, and let in. The secret is a prefix that scanners
 * know, 256 random bits, and a checksum by which a mistyped one is refused without a look-up. */
#include "base/str.h"
#include "codec/base64.h"
#include "codec/id.h"
#include "crypto/hash.h"
#include "service/staff_inner.h"
#include "service/touch.h"

enum { SECRET_BYTES = 32, SECRET_CHARS = 52, CHECK_BYTES = 4, CHECK_CHARS = 6 };
#define DAY_US (INT64_C(24) * 3600 * 1000000)
_Static_assert(sizeof(API_TOKEN_PREFIX) - 1 + SECRET_CHARS + CHECK_CHARS == API_TOKEN_N,
               "the parts of a token");

/* The prefix and the first characters, then the checksum of them. */
static void put_check(struct buf *b)
{
    const struct hash h = sha256(buf_view(b));
    struct buf text;
    char room[16];
    buf_init(&text, b->mem, sizeof(room));
    base32_write(&text, h.b, CHECK_BYTES);
    buf_str(b, str_sub(buf_view(&text), 0, CHECK_CHARS));
}

static struct str secret_make(struct ctx *c)
{
    uint8_t bytes[SECRET_BYTES];
    struct buf b;
    ctx_random(c, bytes, sizeof(bytes));
    buf_init(&b, c->mem, 2 * API_TOKEN_N);
    buf_lit(&b, API_TOKEN_PREFIX);
    base32_write(&b, bytes, sizeof(bytes));
    secret_wipe(bytes, sizeof(bytes));
    put_check(&b);
    return buf_view(&b);
}

static bool secret_whole(struct ctx *c, struct str secret)
{
    struct buf b;
    if (secret.n != API_TOKEN_N)
        return false;
    buf_init(&b, c->mem, 2 * API_TOKEN_N);
    buf_str(&b, str_sub(secret, 0, API_TOKEN_N - CHECK_CHARS));
    put_check(&b);
    return secret_eq(buf_view(&b), secret);
}

static err scopes_read(struct ctx *c, const struct list *scopes, uint32_t *ret)
{
    const struct str *v = scopes->v;
    uint32_t bits = 0;
    for (size_t i = 0; i < scopes->n; i++) {
        if (scope_add(v[i], &bits))
            continue;
        const struct issue is = {
            .type = S("enum"),
            .loc = str_fmt(c->mem, "[\"body\",\"scopes\",%zu]", i),
            .msg = S("There is no such scope"),
            .input = S("null"),
        };
        return fault_issue(c, &is);
    }
    *ret = bits;
    return ERR_OK;
}

static err make_tx(struct ctx *c, struct tx *tx, void *arg)
{
    const struct token_row *row = arg;
    struct audit_head head = { 0 };
    struct list tokens = { 0 };
    TRY(staff_hold(c, tx));
    TRY(staff_still_in(c, tx));
    TRY(token_repo_list(c, tx, row->token.admin_id, c->now_us, API_TOKENS_MAX, &tokens));
    if (tokens.n >= API_TOKENS_MAX)
        return FAIL(c, CONFLICT, "There are %d API tokens already: end one first", API_TOKENS_MAX);
    TRY(token_repo_insert(c, tx, row));
    return staff_log(c, tx, &head, "admin.token", row->token.admin_id, "issue", -1);
}

err token_make(struct ctx *c, const struct token_new *n, struct token_made *ret)
{
    uint32_t bits = 0;
    TRY(scopes_read(c, &n->scopes, &bits));
    const struct str secret = secret_make(c);
    struct token_row row = {
        .token = { .token_id = id_random(c, "TOK_"),
                   .admin_id = c->who->id,
                   .name = n->name,
                   .scopes = n->scopes,
                   .created_at = c->now_us,
                   .expires_at = c->now_us + n->expires_in_days * DAY_US },
        .token_hash = secret_hash(c, secret),
    };
    TRY(tx_run(c, TX_WRITE, make_tx, &row));
    *ret = (struct token_made){ row.token, secret };
    return ERR_OK;
}

struct list_call {
    struct str admin_id;
    struct list tokens;
};

static err list_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct list_call *q = arg;
    return token_repo_list(c, tx, q->admin_id, c->now_us, API_TOKENS_MAX, &q->tokens);
}

err token_list(struct ctx *c, struct str admin_id, struct list *ret_tokens)
{
    struct list_call q = { .admin_id = admin_id.p ? admin_id : c->who->id };
    if (!str_eq(q.admin_id, c->who->id) && !(c->who->roles & ROLE_SUPER_ADMIN))
        return FAIL(c, FORBIDDEN, "Forbidden");
    TRY(tx_run(c, TX_READ, list_tx, &q));
    *ret_tokens = q.tokens;
    return ERR_OK;
}

static err end_tx(struct ctx *c, struct tx *tx, void *arg)
{
    const struct str *token_id = arg;
    struct audit_head head = { 0 };
    struct token_row row;
    int64_t changed = 0;
    bool found = false;
    TRY(token_repo_get(c, tx, *token_id, &row, &found));
    const bool mine = found && str_eq(row.token.admin_id, c->who->id);
    if (found && (mine || (c->who->roles & ROLE_SUPER_ADMIN)))
        TRY(token_repo_end(c, tx, *token_id, &changed));
    /* Those of others, ended ones and missing ones answer the same. */
    if (!changed)
        return FAIL(c, NOT_FOUND, "API token not found");
    return staff_log(c, tx, &head, "admin.token", row.token.admin_id, "end", -1);
}

err token_end(struct ctx *c, struct str token_id)
{
    return tx_run(c, TX_WRITE, end_tx, &token_id);
}

struct use_call {
    struct str hash;
    struct token_use use;
    bool found;
};

static err use_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct use_call *q = arg;
    return token_repo_use(c, tx, q->hash, &q->use, &q->found);
}

static err refuse(struct ctx *c)
{
    return FAIL(c, UNAUTHENTICATED, "Invalid or expired token");
}

err token_authenticate(struct ctx *c, struct str secret, const struct principal **ret_who)
{
    struct use_call q = { 0 };
    uint32_t scopes = 0;
    if (!secret_whole(c, secret))
        return refuse(c);
    q.hash = secret_hash(c, secret);
    TRY(tx_run(c, TX_READ, use_tx, &q));
    const struct token_use *u = &q.use;
    if (!q.found || u->revoked || !u->is_active || u->role < 0 || u->expires_at <= c->now_us)
        return refuse(c);
    const struct str *names = u->scopes.v;
    for (size_t i = 0; i < u->scopes.n; i++)
        (void)scope_add(names[i], &scopes);
    if (!scopes) /* without any it would pass for a login */
        return refuse(c);
    touch(c, TOUCH_TOKEN, u->token_id, u->last_used_at);
    struct principal *who = arena_new(c->mem, struct principal);
    *who = (struct principal){
        .id = u->admin_id,
        .name = u->username,
        .roles = admin_role_bits(u->role),
        .scopes = scopes,
        .must_enrol = factor_required(c, u->role) && !u->factor_at,
    };
    *ret_who = who;
    return ERR_OK;
}
