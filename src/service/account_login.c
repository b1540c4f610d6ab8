/* Administrators signing in and out, and the check that every request of theirs passes. */
#include "base/str.h"
#include "codec/base64.h"
#include "codec/id.h"
#include "crypto/fernet.h"
#include "crypto/jwt.h"
#include "crypto/password.h"
#include "service/account_inner.h"
#include "service/settings.h"
#include "service/staff_inner.h"
#include "service/touch.h"

#define TOKEN_ISSUER S("enigma")
#define TOKEN_TYPE   S("admin_access")
#define HOUR_US      (INT64_C(3600) * 1000000)
enum { TOKEN_HOURS = 24 };

static struct str jwt_secret(const struct ctx *c)
{
    return (struct str){ (const char *)c->deps->keys->jwt_secret, c->deps->keys->jwt_secret_n };
}

struct login_call {
    struct str username_key, user_agent, token, new_hash;
    struct admin_row row;
    bool found;
    int64_t expires_at, hours;
    struct str session_id;
    bool by_cookie;
    struct factor_row factor;
    struct factor_proof proof;
    bool has_factor, code_missing;
};

static err load_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct login_call *q = arg;
    TRY(admin_repo_by_username(c, tx, q->username_key, &q->row, &q->found));
    /* Asked for whether or not the account is there, as all tries do the same. */
    TRY(factor_repo_get(c, tx, q->row.admin_id, &q->factor, &q->has_factor));
    q->has_factor = q->has_factor && q->factor.confirmed_at;
    return ERR_OK;
}

static err refuse(struct ctx *c)
{
    return FAIL(c, UNAUTHENTICATED, "Invalid credentials");
}

/* Unknown, wrong and inactive take one hash each and end alike. */
static err check_password(struct ctx *c, struct login_call *q, struct str password)
{
    bool match = false, upgrade = false;
    const struct str stored = q->found ? q->row.password_hash : (struct str){ 0 };
    TRY(password_check(c, password, stored, account_cost(c), &match, &upgrade));
    if (!match || !q->found || !q->row.is_active)
        return refuse(c);
    if (upgrade)
        TRY(password_hash(c, password, account_cost(c), &q->new_hash));
    return ERR_OK;
}

/* Only behind the right password: before it nobody learns that there is a second factor. */
static err check_code(struct ctx *c, struct login_call *q, struct str code)
{
    q->code_missing = q->has_factor && !code.n;
    if (q->code_missing)
        return FAIL(c, UNAUTHENTICATED, "A one-time code is needed: send totp_code");
    if (q->has_factor && !factor_fits(c, &q->factor, code, &q->proof))
        return FAIL(c, UNAUTHENTICATED, "Invalid one-time code");
    return ERR_OK;
}

static void make_cookie(struct ctx *c, struct login_call *q)
{
    uint8_t bytes[COOKIE_BYTES];
    struct buf b;
    ctx_random(c, bytes, sizeof(bytes));
    buf_init(&b, c->mem, 2 * ADMIN_COOKIE_N);
    base64_write(&b, BASE64_URL_NOPAD, bytes, sizeof(bytes));
    secret_wipe(bytes, sizeof(bytes));
    q->token = buf_view(&b);
}

static void make_token(struct ctx *c, struct login_call *q)
{
    const int64_t now_s = c->now_us / 1000000;
    q->hours = setting_or(settings_of(c)->admin_token_hours, TOKEN_HOURS);
    q->session_id = id_random(c, "SES_");
    q->expires_at = now_s * 1000000 + q->hours * HOUR_US;
    if (q->by_cookie) {
        make_cookie(c, q);
        return;
    }
    const struct jwt_claims claims = {
        .admin_id = q->row.admin_id,
        .username = q->row.username,
        .role = str_of(admin_role_names.v[q->row.role]),
        .type = TOKEN_TYPE,
        .jti = q->session_id,
        .sub = q->row.admin_id,
        .iss = TOKEN_ISSUER,
        .exp_s = q->expires_at / 1000000,
        .iat_s = now_s,
    };
    q->token = jwt_sign(c, jwt_secret(c), &claims);
}

static err log_admin(struct ctx *c, struct tx *tx, struct audit_head *head, const char *act,
                     struct str admin_id, int32_t role)
{
    const char *kind = role == ADMIN_ROLE_AUDITOR ? "auditor" : "admin";
    const struct audit_new n = {
        .act = act,
        .actor = str_fmt(c->mem, "%s:%.*s", kind, STR_ARG(admin_id)),
        .subj = str_fmt(c->mem, "admin:%.*s", STR_ARG(admin_id)),
    };
    return audit_append(c, tx, head, &n, NULL);
}

/* last_login is the time of the entry, so that the log can be asked about it. */
static err enter_tx(struct ctx *c, struct tx *tx, void *arg)
{
    const struct login_call *q = arg;
    struct audit_head head = { 0 };
    bool still = false, fresh = !q->has_factor;
    const struct admin_session_row session = {
        .session_id = q->session_id,
        .admin_id = q->row.admin_id,
        .token_hash = secret_hash(c, q->token),
        .expires_at = q->expires_at,
        .created_at = c->now_us,
        .last_active_at = c->now_us,
        .ip_address = kept_address(c),
        .user_agent = kept_user_agent(c, q->user_agent),
    };
    if (q->has_factor) {
        const struct principal *asked = c->who;
        const struct principal self = { .id = q->row.admin_id,
                                        .roles = admin_role_bits(q->row.role) };
        c->who = &self;
        err e = factor_spend(c, tx, &head, q->row.admin_id, &q->proof, &fresh);
        c->who = asked;
        TRY(e);
    }
    if (!fresh) /* used before, perhaps by another at this very moment */
        return FAIL(c, UNAUTHENTICATED, "Invalid one-time code");
    TRY(log_admin(c, tx, &head, "admin.login", q->row.admin_id, q->row.role));
    TRY(admin_repo_session_insert(c, tx, &session));
    TRY(admin_repo_signed_in(c, tx, q->row.admin_id, q->row.password_hash, q->new_hash,
                             head.last_ts_ms * 1000, &still));
    return still ? ERR_OK : refuse(c);
}

static err try_login(struct ctx *c, struct login_call *q, const struct admin_login_request *r)
{
    TRY(tx_run(c, TX_READ, load_tx, q));
    TRY(check_password(c, q, r->password));
    TRY(check_code(c, q, r->totp_code));
    make_token(c, q);
    if (!q->token.p)
        return FAIL(c, INTERNAL, "the token could not be made");
    return tx_run(c, TX_WRITE, enter_tx, q);
}

err admin_login(struct ctx *c, const struct admin_login_request *r, struct str user_agent,
                struct admin_login_reply *ret)
{
    const struct throttle_limits limits = staff_limits(c);
    struct login_call q = {
        .username_key = lower_ascii_of(c, r->username),
        .user_agent = user_agent,
        .by_cookie = r->cookie,
    };
    struct throttle_try t;
    TRY(throttle_enter(c, &limits, q.username_key, c->remote, &t));
    err e = try_login(c, &q, r);
    if (e == ERR_OK)
        throttle_forgive(c, &t);
    else if (e != ERR_UNAUTHENTICATED || q.code_missing)
        throttle_cancel(&t);
    TRY(e);
    *ret = (struct admin_login_reply){
        .success = true,
        .token = q.by_cookie ? (struct str){ 0 } : q.token,
        .cookie = q.by_cookie ? q.token : (struct str){ 0 },
        .cookie_max_age_s = q.hours * 3600,
        .admin_id = q.row.admin_id,
        .username = q.row.username,
        .email = q.row.email,
        .role = q.row.role,
        .expires_at = q.expires_at,
    };
    return ERR_OK;
}

static err logout_tx(struct ctx *c, struct tx *tx, void *arg)
{
    (void)arg;
    struct audit_head head = { 0 };
    int64_t changed = 0;
    TRY(admin_repo_session_revoke(c, tx, c->who->session_id, &changed));
    if (!changed)
        return ERR_OK;
    const bool auditor = (c->who->roles & ROLE_AUDITOR) != 0;
    return log_admin(c, tx, &head, "admin.logout", c->who->id,
                     auditor ? ADMIN_ROLE_AUDITOR : ADMIN_ROLE_ADMIN);
}

err admin_logout(struct ctx *c)
{
    if (!c->who || !c->who->session_id.n)
        return FAIL(c, UNAUTHENTICATED, "Not authenticated");
    return tx_run(c, TX_WRITE, logout_tx, NULL);
}

struct token_call {
    struct str hash;
    struct admin_login_row row;
    bool found;
};

static err token_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct token_call *q = arg;
    return admin_repo_session_get(c, tx, q->hash, &q->row, &q->found);
}

static bool alive(const struct ctx *c, const struct token_call *q)
{
    const struct admin_login_row *r = &q->row;
    return q->found && !r->revoked && r->is_active && r->role >= 0 && r->expires_at > c->now_us &&
           c->now_us - r->last_active_at <= staff_idle_us(c);
}

/* What the token says is what the rows say now. */
static bool claims_hold(const struct admin_login_row *r, const struct jwt_claims *claims)
{
    return str_eq(r->session_id, claims->jti) && str_eq(r->admin_id, claims->admin_id) &&
           str_eq(claims->role, str_of(admin_role_names.v[r->role]));
}

static err enter(struct ctx *c, struct str secret, const struct jwt_claims *claims,
                 const struct principal **ret_who)
{
    struct token_call q = { .hash = secret_hash(c, secret) };
    TRY(tx_run(c, TX_READ, token_tx, &q));
    if (!alive(c, &q) || (claims && !claims_hold(&q.row, claims)))
        return FAIL(c, UNAUTHENTICATED, "Invalid or expired token");
    touch(c, TOUCH_ADMIN, q.row.session_id, q.row.last_active_at);
    struct principal *who = arena_new(c->mem, struct principal);
    *who = (struct principal){
        .id = q.row.admin_id,
        .name = q.row.username,
        .session_id = q.row.session_id,
        .roles = admin_role_bits(q.row.role),
        .must_enrol = factor_required(c, q.row.role) && !q.row.factor_at,
    };
    *ret_who = who;
    return ERR_OK;
}

err admin_authenticate(struct ctx *c, struct str token, const struct principal **ret_who)
{
    struct jwt_claims claims;
    TRY(jwt_verify(c, jwt_secret(c), token, &claims));
    return enter(c, token, &claims, ret_who);
}

err admin_cookie_authenticate(struct ctx *c, struct str cookie, const struct principal **ret_who)
{
    /* A bearer token, which has a row as well, is longer. */
    if (cookie.n != ADMIN_COOKIE_N)
        return FAIL(c, UNAUTHENTICATED, "Invalid or expired token");
    return enter(c, cookie, NULL, ret_who);
}
