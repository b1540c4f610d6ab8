/* Administrators: made by other administrators, by the operator, or by the first-run link. */
#include "base/str.h"
#include "codec/base64.h"
#include "codec/id.h"
#include "crypto/password.h"
#include "repo/setting_repo.h"
#include "service/staff_inner.h"

enum {
    ADMIN_ID_CHARS = 8,
    USERNAME_MIN = 3,
    USERNAME_MAX = 50,
    SETUP_BYTES = 32,
    SETUP_TEXT_N = 43,
};
#define SETUP_NAME    S("setup_link")
#define SETUP_LIFE_US (INT64_C(24) * 3600 * 1000000)

static err username_refused(struct ctx *c)
{
    const struct issue issue = {
        .type = S("string_pattern_mismatch"),
        .loc = S("[\"body\",\"username\"]"),
        .msg = S("String should match pattern '^[A-Za-z0-9._-]{3,50}$'"),
        .ctx = S("{\"pattern\":\"^[A-Za-z0-9._-]{3,50}$\"}"),
        .input = S("null"),
    };
    return fault_issue(c, &issue);
}

static bool username_fits(struct str s)
{
    if (s.n < USERNAME_MIN || s.n > USERNAME_MAX)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        char ch = s.p[i];
        bool fine = (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') ||
                    (ch >= '0' && ch <= '9') || ch == '.' || ch == '_' || ch == '-';
        if (!fine)
            return false;
    }
    return true;
}

static err email_refused(struct ctx *c)
{
    const struct issue issue = {
        .type = S("value_error"),
        .loc = S("[\"body\",\"email\"]"),
        .msg = S("value is not a valid email address"),
        .input = S("null"),
    };
    return fault_issue(c, &issue);
}

/* Username, e-mail, password and role as rules have them; hashes the password. */
static err admin_row_make(struct ctx *c, const struct admin_new *n, struct admin_row *ret)
{
    if (!username_fits(n->username))
        return username_refused(c);
    if (!n->email.n || !memchr(n->email.p, '@', n->email.n))
        return email_refused(c);
    if (n->role < 0 || n->role >= (int32_t)admin_role_names.n)
        return FAIL(c, INVALID, "The role must be admin, super_admin or auditor");
    TRY(password_acceptable(c, n->password, n->username));
    struct admin_row row = {
        .admin_id = id_short(c, "ADM_", ADMIN_ID_CHARS),
        .username = n->username,
        .username_key = lower_ascii_of(c, n->username),
        .email = lower_ascii_of(c, n->email),
        .role = n->role,
        .is_active = true,
        .created_at = c->now_us,
    };
    TRY(password_hash(c, n->password, account_cost(c), &row.password_hash));
    *ret = row;
    return ERR_OK;
}

/* In a transaction: uniqueness, the row, admin.create. */
static err admin_row_store(struct ctx *c, struct tx *tx, struct audit_head *head,
                           const struct admin_row *row)
{
    struct admin_row other;
    bool found = false;
    TRY(staff_hold(c, tx));
    TRY(admin_repo_by_username(c, tx, row->username_key, &other, &found));
    if (found)
        return FAIL(c, CONFLICT, "username is already in use");
    TRY(admin_repo_by_email(c, tx, row->email, &other, &found));
    if (found)
        return FAIL(c, CONFLICT, "email is already in use");
    TRY(admin_repo_insert(c, tx, row));
    const struct audit_new n = {
        .act = "admin.create",
        .actor = audit_actor(c),
        .subj = str_fmt(c->mem, "admin:%.*s", STR_ARG(row->admin_id)),
        .data = str_fmt(c->mem, "{\"role\":\"%s\"}", admin_role_names.v[row->role]),
    };
    return audit_append(c, tx, head, &n, NULL);
}

static void me_of(const struct admin_row *row, struct admin_me *ret)
{
    *ret = (struct admin_me){ row->admin_id, row->username, row->email, row->role };
}

static err create_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct audit_head head = { 0 };
    return admin_row_store(c, tx, &head, arg);
}

err admin_create(struct ctx *c, const struct admin_new *n, struct admin_me *ret)
{
    struct admin_row row;
    TRY(admin_row_make(c, n, &row));
    TRY(tx_run(c, TX_WRITE, create_tx, &row));
    me_of(&row, ret);
    return ERR_OK;
}

struct me_call {
    struct admin_row row;
    bool found;
};

static err me_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct me_call *q = arg;
    return admin_repo_by_id(c, tx, c->who->id, &q->row, &q->found);
}

err admin_me(struct ctx *c, struct admin_me *ret)
{
    struct me_call q = { 0 };
    if (!c->who)
        return FAIL(c, UNAUTHENTICATED, "Not authenticated");
    TRY(tx_run(c, TX_READ, me_tx, &q));
    if (!q.found)
        return FAIL(c, UNAUTHENTICATED, "Not authenticated");
    me_of(&q.row, ret);
    return ERR_OK;
}

/* The setting's value is "SHA256HEX EXPIRY_US": the secret itself is not kept. */
struct setup_call {
    struct str value, given_hash;
    struct admin_row *row;
    bool made;
};

static err setup_link_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct setup_call *q = arg;
    int64_t admins = 0;
    TRY(staff_hold(c, tx));
    TRY(admin_repo_count(c, tx, &admins));
    q->made = admins == 0;
    if (q->made)
        return setting_repo_set(c, tx, SETUP_NAME, q->value);
    return setting_repo_delete(c, tx, SETUP_NAME, NULL);
}

err setup_link_create(struct ctx *c, struct str *ret_secret)
{
    uint8_t bytes[SETUP_BYTES];
    struct buf b;
    ctx_random(c, bytes, sizeof(bytes));
    buf_init(&b, c->mem, 2 * SETUP_TEXT_N);
    base64_write(&b, BASE64_URL_NOPAD, bytes, sizeof(bytes));
    secret_wipe(bytes, sizeof(bytes));
    struct setup_call q = { .value =
                                str_fmt(c->mem, "%.*s %lld", STR_ARG(secret_hash(c, buf_view(&b))),
                                        (long long)c->now_us + SETUP_LIFE_US) };
    TRY(tx_run(c, TX_WRITE, setup_link_tx, &q));
    *ret_secret = q.made ? buf_view(&b) : (struct str){ 0 };
    return ERR_OK;
}

static err setup_refused(struct ctx *c)
{
    return FAIL(c, FORBIDDEN, "This set-up link is not valid; it may have been used or be too old");
}

static err setup_check_tx(struct ctx *c, struct tx *tx, void *arg)
{
    const struct setup_call *q = arg;
    struct str value = { 0 }, hash = { 0 };
    int64_t admins = 0, until_us = 0;
    bool found = false;
    TRY(admin_repo_count(c, tx, &admins));
    TRY(setting_repo_get(c, tx, SETUP_NAME, &value, &found));
    if (!found || admins)
        return setup_refused(c);
    struct str expiry = str_cut(value, ' ', &hash);
    if (!secret_eq(hash, q->given_hash) || !str_i64(expiry, &until_us) || c->now_us > until_us)
        return setup_refused(c);
    return ERR_OK;
}

static err setup_finish_tx(struct ctx *c, struct tx *tx, void *arg)
{
    const struct setup_call *q = arg;
    struct audit_head head = { 0 };
    TRY(staff_hold(c, tx));
    TRY(setup_check_tx(c, tx, arg));
    TRY(setting_repo_delete(c, tx, SETUP_NAME, NULL));
    return admin_row_store(c, tx, &head, q->row);
}

err setup_finish(struct ctx *c, const struct setup_request *r, struct admin_me *ret)
{
    struct admin_row row;
    struct setup_call q = { .given_hash = secret_hash(c, r->secret), .row = &row };
    /* Read first: a stranger learns nothing about the rules and drives no hashing. */
    TRY(tx_run(c, TX_READ, setup_check_tx, &q));
    const struct admin_new n = { r->username, r->email, r->password, ADMIN_ROLE_SUPER_ADMIN };
    TRY(admin_row_make(c, &n, &row));
    TRY(tx_run(c, TX_WRITE, setup_finish_tx, &q));
    me_of(&row, ret);
    return ERR_OK;
}
