/* The second factor: a secret shared with an authenticator (RFC 6238), sealed at rest; each code
 * once; recovery codes for the day the device is lost. */
#include "base/str.h"
#include "codec/base64.h"
#include "crypto/fernet.h"
#include "crypto/totp.h"
#include "service/staff_inner.h"

enum { RECOVERY_CODES = 10, RECOVERY_BYTES = 10, RECOVERY_CHARS = 16, RECOVERY_GROUP = 4 };
enum { BASE32_MAX = 64 };
/* An enrolment that was begun and left. */
#define BEGUN_LIFE_US (INT64_C(3600) * 1000000)

/* Lower-case letters and dashes are forgiven: people type these from paper. */
static struct str recovery_hash(struct ctx *c, struct str admin_id, struct str code)
{
    char plain[RECOVERY_CHARS];
    size_t n = 0;
    for (size_t i = 0; i < code.n; i++) {
        char ch = code.p[i];
        if (ch == '-' || ch == ' ')
            continue;
        if (n == RECOVERY_CHARS)
            return (struct str){ 0 };
        plain[n++] = (char)(ch >= 'a' && ch <= 'z' ? ch - ('a' - 'A') : ch);
    }
    if (n != RECOVERY_CHARS)
        return (struct str){ 0 };
    const struct str text =
        str_fmt(c->mem, "recovery:%.*s:%.*s", STR_ARG(admin_id), RECOVERY_CHARS, plain);
    return secret_hash(c, text);
}

bool factor_fits(struct ctx *c, const struct factor_row *f, struct str code,
                 struct factor_proof *ret)
{
    struct str secret = { 0 };
    if (keyring_open(c, f->sealed_secret, &secret) != ERR_OK) {
        fault_clear(c);
        return false;
    }
    struct factor_proof p = { .step = -1 };
    bool fits = totp_match(secret, code, c->now_us / 1000000, f->last_step, &p.step);
    if (!fits) {
        p.step = -1;
        p.recovery_hash = recovery_hash(c, f->admin_id, code);
        fits = p.recovery_hash.p != NULL && f->confirmed_at != 0;
    }
    if (fits)
        *ret = p;
    return fits;
}

err factor_spend(struct ctx *c, struct tx *tx, struct audit_head *head, struct str admin_id,
                 const struct factor_proof *p, bool *ret_fresh)
{
    int64_t changed = 0;
    if (p->step >= 0) {
        TRY(factor_repo_spend(c, tx, admin_id, p->step, &changed));
    } else {
        TRY(recovery_repo_spend(c, tx, admin_id, p->recovery_hash, c->now_us, &changed));
        if (changed)
            TRY(staff_log(c, tx, head, "admin.factor", admin_id, "recovery_used", -1));
    }
    *ret_fresh = changed == 1;
    return ERR_OK;
}

struct factor_call {
    struct admin_row row;
    struct factor_row factor;
    struct factor_proof proof;
    bool found, fresh;
    int64_t left;
    struct recovery_row codes[RECOVERY_CODES];
    const char *kind;
};

static err load_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct factor_call *q = arg;
    TRY(recovery_repo_left(c, tx, c->who->id, &q->left));
    return factor_repo_get(c, tx, c->who->id, &q->factor, &q->found);
}

static int32_t role_of(const struct ctx *c)
{
    return c->who->roles & ROLE_SUPER_ADMIN ? ADMIN_ROLE_SUPER_ADMIN : ADMIN_ROLE_ADMIN;
}

err factor_state(struct ctx *c, struct factor_state *ret)
{
    struct factor_call q = { 0 };
    TRY(tx_run(c, TX_READ, load_tx, &q));
    *ret = (struct factor_state){
        .enabled = q.found && q.factor.confirmed_at,
        .required = factor_required(c, role_of(c)),
        .confirmed_at = q.factor.confirmed_at,
        .recovery_codes_left = q.left,
    };
    return ERR_OK;
}

static err begin_tx(struct ctx *c, struct tx *tx, void *arg)
{
    const struct factor_call *q = arg;
    int64_t changed = 0;
    TRY(staff_hold(c, tx));
    TRY(staff_still_in(c, tx));
    TRY(factor_repo_begin(c, tx, &q->factor, &changed));
    if (!changed)
        return FAIL(c, CONFLICT, "A second factor is set up already; disable it first");
    return ERR_OK;
}

err factor_begin(struct ctx *c, const struct factor_begin *r, struct factor_secret *ret)
{
    struct factor_call q = { 0 };
    uint8_t secret[TOTP_SECRET_N];
    struct buf text;
    TRY(staff_prove(c, r->password, &q.row));
    ctx_random(c, secret, sizeof(secret));
    buf_init(&text, c->mem, BASE32_MAX);
    base32_write(&text, secret, sizeof(secret));
    q.factor = (struct factor_row){
        .admin_id = c->who->id,
        .sealed_secret = keyring_seal(c, (struct str){ (const char *)secret, sizeof(secret) }),
        .created_at = c->now_us,
    };
    secret_wipe(secret, sizeof(secret));
    if (!q.factor.sealed_secret.p)
        return FAIL(c, INTERNAL, "the second factor could not be sealed");
    TRY(tx_run(c, TX_WRITE, begin_tx, &q));
    ret->secret = buf_view(&text);
    ret->otpauth_uri = str_fmt(c->mem,
                               "otpauth://totp/ENIGMA:%.*s?secret=%.*s&issuer=ENIGMA"
                               "&algorithm=SHA1&digits=6&period=30",
                               STR_ARG(q.row.username), STR_ARG(ret->secret));
    return ERR_OK;
}

/* Fresh recovery codes: hashes into the call, texts into the reply. */
static void make_codes(struct ctx *c, struct factor_call *q, struct factor_codes *ret)
{
    struct str *texts = arena_array(c->mem, struct str, RECOVERY_CODES);
    for (size_t i = 0; i < RECOVERY_CODES; i++) {
        uint8_t bytes[RECOVERY_BYTES];
        struct buf plain, shown;
        ctx_random(c, bytes, sizeof(bytes));
        buf_init(&plain, c->mem, BASE32_MAX);
        buf_init(&shown, c->mem, BASE32_MAX);
        base32_write(&plain, bytes, sizeof(bytes));
        secret_wipe(bytes, sizeof(bytes));
        for (size_t at = 0; at < RECOVERY_CHARS; at += RECOVERY_GROUP) {
            buf_str(&shown, at ? S("-") : S(""));
            buf_str(&shown, str_sub(buf_view(&plain), at, RECOVERY_GROUP));
        }
        texts[i] = buf_view(&shown);
        q->codes[i] = (struct recovery_row){
            .code_hash = recovery_hash(c, c->who->id, texts[i]),
            .admin_id = c->who->id,
            .created_at = c->now_us,
        };
    }
    ret->recovery_codes = (struct list){ texts, RECOVERY_CODES };
}

static err store_codes(struct ctx *c, struct tx *tx, const struct factor_call *q)
{
    TRY(recovery_repo_clear(c, tx, c->who->id));
    return recovery_repo_insert(c, tx, q->codes, RECOVERY_CODES);
}

static err confirm_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct factor_call *q = arg;
    struct audit_head head = { 0 };
    int64_t changed = 0;
    TRY(staff_hold(c, tx));
    TRY(staff_still_in(c, tx));
    TRY(factor_repo_confirm(c, tx, &q->factor, &changed));
    if (!changed)
        return FAIL(c, CONFLICT, "The second factor was set up anew at the same time");
    TRY(store_codes(c, tx, q));
    TRY(staff_end_all(c, tx, c->who->id, c->who->session_id, false));
    return staff_log(c, tx, &head, "admin.factor", c->who->id, "enable", -1);
}

static err wrong_code(struct ctx *c)
{
    return FAIL(c, FORBIDDEN, "The one-time code is not right, or was used before");
}

/* Guesses count as failed sign-ins of this account. */
static err try_code(struct ctx *c, struct factor_call *q, struct str code, tx_fn *fn)
{
    const struct throttle_limits limits = staff_limits(c);
    struct throttle_try t;
    TRY(throttle_enter(c, &limits, lower_ascii_of(c, c->who->name), c->remote, &t));
    err e = factor_fits(c, &q->factor, code, &q->proof) ? ERR_OK : wrong_code(c);
    if (e == ERR_OK && !q->factor.confirmed_at) {
        q->factor.confirmed_at = c->now_us;
        q->factor.last_step = q->proof.step;
    }
    if (e == ERR_OK)
        e = tx_run(c, TX_WRITE, fn, q);
    if (e == ERR_OK)
        throttle_forgive(c, &t);
    else if (e != ERR_FORBIDDEN)
        throttle_cancel(&t);
    return e;
}

err factor_confirm(struct ctx *c, const struct factor_confirm *r, struct factor_codes *ret)
{
    struct factor_call q = { 0 };
    TRY(tx_run(c, TX_READ, load_tx, &q));
    if (q.found && q.factor.confirmed_at)
        return FAIL(c, CONFLICT, "The second factor is set up already");
    if (!q.found || c->now_us - q.factor.created_at > BEGUN_LIFE_US)
        return FAIL(c, CONFLICT, "Ask for a secret first: POST /admin/auth/totp");
    struct factor_codes codes;
    make_codes(c, &q, &codes);
    TRY(try_code(c, &q, r->totp_code, confirm_tx));
    *ret = codes;
    return ERR_OK;
}

static err load_enabled(struct ctx *c, const struct factor_proof_request *r, struct factor_call *q)
{
    TRY(staff_prove(c, r->password, &q->row));
    TRY(tx_run(c, TX_READ, load_tx, q));
    if (!q->found || !q->factor.confirmed_at)
        return FAIL(c, CONFLICT, "No second factor is set up");
    return ERR_OK;
}

static err spend(struct ctx *c, struct tx *tx, struct audit_head *head, struct factor_call *q)
{
    bool fresh = false;
    TRY(staff_hold(c, tx));
    TRY(staff_still_in(c, tx));
    TRY(factor_spend(c, tx, head, c->who->id, &q->proof, &fresh));
    return fresh ? ERR_OK : wrong_code(c);
}

static err new_codes_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct factor_call *q = arg;
    struct audit_head head = { 0 };
    TRY(spend(c, tx, &head, q));
    TRY(store_codes(c, tx, q));
    return staff_log(c, tx, &head, "admin.factor", c->who->id, "recovery_codes", -1);
}

err factor_new_codes(struct ctx *c, const struct factor_proof_request *r, struct factor_codes *ret)
{
    struct factor_call q = { 0 };
    struct factor_codes codes;
    TRY(load_enabled(c, r, &q));
    make_codes(c, &q, &codes);
    TRY(try_code(c, &q, r->totp_code, new_codes_tx));
    *ret = codes;
    return ERR_OK;
}

static err disable_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct factor_call *q = arg;
    struct audit_head head = { 0 };
    int64_t changed = 0;
    TRY(spend(c, tx, &head, q));
    TRY(factor_repo_remove(c, tx, c->who->id, &changed));
    TRY(staff_end_all(c, tx, c->who->id, c->who->session_id, false));
    return staff_log(c, tx, &head, "admin.factor", c->who->id, "disable", -1);
}

err factor_disable(struct ctx *c, const struct factor_proof_request *r)
{
    struct factor_call q = { 0 };
    TRY(load_enabled(c, r, &q));
    return try_code(c, &q, r->totp_code, disable_tx);
}

static err reset_tx(struct ctx *c, struct tx *tx, void *arg)
{
    const struct str *admin_id = arg;
    struct audit_head head = { 0 };
    struct staff_user user;
    int64_t changed = 0;
    bool found = false;
    TRY(staff_hold(c, tx));
    TRY(staff_still_in(c, tx));
    TRY(staff_repo_get(c, tx, *admin_id, &user, &found));
    if (!found)
        return FAIL(c, NOT_FOUND, "User not found");
    TRY(factor_repo_remove(c, tx, *admin_id, &changed));
    if (!changed)
        return FAIL(c, CONFLICT, "No second factor is set up");
    TRY(staff_end_all(c, tx, *admin_id, (struct str){ 0 }, false));
    return staff_log(c, tx, &head, "admin.factor", *admin_id, "reset", -1);
}

err factor_reset(struct ctx *c, struct str admin_id)
{
    if (c->who && str_eq(c->who->id, admin_id))
        return FAIL(c, FORBIDDEN, "One's own second factor is disabled with a code of it");
    return tx_run(c, TX_WRITE, reset_tx, &admin_id);
}
