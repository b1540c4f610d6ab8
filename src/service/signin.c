/* How a sign-in begins: what the browser keeps, what the provider is sent, what the row holds. */
#include "service/signin.h"

#include "base/str.h"
#include "codec/base64.h"
#include "crypto/hash.h"
#include "repo/signin_repo.h"
#include "service/account_inner.h"
#include "service/signin_inner.h"

enum { SECRET_BYTES = 32, CHALLENGE_N = 43, URL_MAX = 8192, TEXT_MAX = 64 };
#define LIFE_US (INT64_C(60) * SIGNIN_MINUTES * 1000000)

static const struct field start_fields[] = {
    FIELD_STR(struct signin_start, redirect_uri, .flags = FIELD_REQUIRED, .min = 1,
              .max = OIDC_URI_MAX,
              .doc = "Where the provider sends the browser back to: one of "
                     "GOOGLE_OAUTH_REDIRECT_BASE, exactly."),
    FIELD_STR(struct signin_start, code_challenge, .flags = FIELD_REQUIRED, .min = CHALLENGE_N,
              .max = CHALLENGE_N, .doc = "S256 challenge of PKCE (RFC 7636), made by the browser."),
};
SCHEMA(signin_start_schema, "SigninStart", struct signin_start, start_fields);

static const struct field begun_fields[] = {
    FIELD_STR(struct signin_begun, authorization_url, .flags = FIELD_REQUIRED,
              .doc = "Where to send the browser."),
    FIELD_STR(struct signin_begun, state, .flags = FIELD_REQUIRED),
};
SCHEMA(signin_begun_schema, "SigninBegun", struct signin_begun, begun_fields);

err signin_provider(struct ctx *c, struct oidc **ret)
{
    if (!c->deps->oidc)
        return FAIL(c, NOT_FOUND, "Student sign-in is not set up here");
    *ret = c->deps->oidc;
    return ERR_OK;
}

static bool base64url_text(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        const char ch = s.p[i];
        if (!((ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9') ||
              ch == '-' || ch == '_'))
            return false;
    }
    return true;
}

bool signin_browser_good(struct str browser)
{
    return browser.n == SIGNIN_COOKIE_N && base64url_text(browser);
}

static struct str base64url(struct ctx *c, const void *p, size_t n)
{
    struct buf b;
    buf_init(&b, c->mem, TEXT_MAX);
    base64_write(&b, BASE64_URL_NOPAD, p, n);
    return buf_view(&b);
}

static struct str random_text(struct ctx *c)
{
    uint8_t bytes[SECRET_BYTES];
    ctx_random(c, bytes, sizeof(bytes));
    const struct str text = base64url(c, bytes, sizeof(bytes));
    secret_wipe(bytes, sizeof(bytes));
    return text;
}

struct str signin_challenge(struct ctx *c, struct str verifier)
{
    const struct hash h = sha256(verifier);
    return base64url(c, h.b, sizeof(h.b));
}

struct str signin_own_verifier(struct ctx *c, struct str browser, struct str state)
{
    const struct str parts[] = { S("enigma pkce 1 "), browser, S(" "), state };
    const struct hash h = sha256_parts(parts, sizeof(parts) / sizeof(parts[0]));
    return base64url(c, h.b, sizeof(h.b));
}

static err refuse_query(struct ctx *c, const char *field, const char *why)
{
    const struct issue issue = {
        .type = S("value_error"),
        .loc = str_fmt(c->mem, "[\"query\",\"%s\"]", field),
        .msg = str_of(why),
        .input = S("null"),
    };
    return fault_issue(c, &issue);
}

struct begin_call {
    struct auth_state_row row;
};

static err begin_tx(struct ctx *c, struct tx *tx, void *arg)
{
    const struct begin_call *q = arg;
    return auth_state_insert(c, tx, &q->row);
}

static struct str authorization_url(struct ctx *c, const struct oidc *o,
                                    const struct oidc_endpoints *at, const struct begin_call *q,
                                    struct str state, struct str nonce)
{
    const struct str base = str_of(at->authorization);
    struct buf b;
    buf_init(&b, c->mem, URL_MAX);
    buf_str(&b, base);
    oidc_put_parameter(&b, memchr(base.p, '?', base.n) ? '&' : '?', "response_type", S("code"));
    oidc_put_parameter(&b, '&', "client_id", o->client_id);
    oidc_put_parameter(&b, '&', "redirect_uri", q->row.redirect_uri);
    oidc_put_parameter(&b, '&', "scope", S("openid email profile"));
    oidc_put_parameter(&b, '&', "state", state);
    oidc_put_parameter(&b, '&', "nonce", nonce);
    oidc_put_parameter(&b, '&', "code_challenge", q->row.code_challenge);
    oidc_put_parameter(&b, '&', "code_challenge_method", S("S256"));
    return buf_ok(&b) ? buf_view(&b) : (struct str){ 0 };
}

/* code_challenge absent: the server's own verifier. */
static err begin(struct ctx *c, struct oidc *o, const struct signin_start *s, struct str browser,
                 struct signin_begun *ret, struct str *ret_browser)
{
    struct oidc_endpoints at;
    TRY(oidc_discover(c, o, &at));
    /* Several tabs may sign in side by side: a browser keeps its cookie while it has one. */
    const struct str who = signin_browser_good(browser) ? browser : random_text(c);
    const struct str state = random_text(c), nonce = random_text(c);
    struct begin_call q = {
        .row = { .state = secret_hash(c, state),
                 .code_challenge = s->code_challenge,
                 .nonce = secret_hash(c, nonce),
                 .browser = secret_hash(c, who),
                 .redirect_uri = s->redirect_uri,
                 .created_at = c->now_us,
                 .expires_at = c->now_us + LIFE_US },
    };
    if (!s->code_challenge.p)
        q.row.code_challenge = signin_challenge(c, signin_own_verifier(c, who, state));
    const struct str url = authorization_url(c, o, &at, &q, state, nonce);
    if (!url.p)
        return FAIL(c, UPSTREAM, "The identity provider's authorization_endpoint is too long");
    TRY(tx_run(c, TX_WRITE, begin_tx, &q));
    *ret = (struct signin_begun){ url, state };
    *ret_browser = who;
    return ERR_OK;
}

err signin_start(struct ctx *c, const struct signin_start *q, struct str browser,
                 struct signin_begun *ret, struct str *ret_browser)
{
    struct oidc *o = NULL;
    TRY(signin_provider(c, &o));
    if (!oidc_redirect_known(o, q->redirect_uri))
        return refuse_query(c, "redirect_uri",
                            "Value error, it is not among the redirect URIs of this installation");
    if (q->code_challenge.n != CHALLENGE_N || !base64url_text(q->code_challenge))
        return refuse_query(c, "code_challenge",
                            "Value error, it is not an S256 challenge of 43 characters");
    return begin(c, o, q, browser, ret, ret_browser);
}

err signin_start_plain(struct ctx *c, struct str browser, struct signin_begun *ret,
                       struct str *ret_browser)
{
    struct oidc *o = NULL;
    TRY(signin_provider(c, &o));
    const struct signin_start s = { .redirect_uri = o->uris[0] };
    return begin(c, o, &s, browser, ret, ret_browser);
}
