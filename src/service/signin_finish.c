/* How a sign-in ends: the state is used up, the code becomes a token, the token becomes a person.
 */
#include "base/str.h"
#include "codec/base64.h"
#include "codec/utf8.h"
#include "crypto/hash.h"
#include "repo/signin_repo.h"
#include "service/account_inner.h"
#include "service/signin_inner.h"

enum { CODE_MAX = 4096, STATE_MAX = 128, VERIFIER_MIN = 43, VERIFIER_MAX = 128, NAME_MAX = 255 };

static const struct field callback_fields[] = {
    FIELD_STR(struct signin_callback, code, .flags = FIELD_REQUIRED | FIELD_SECRET, .min = 1,
              .max = CODE_MAX),
    FIELD_STR(struct signin_callback, state, .flags = FIELD_REQUIRED | FIELD_SECRET, .min = 1,
              .max = STATE_MAX),
    FIELD_STR(struct signin_callback, code_verifier, .flags = FIELD_REQUIRED | FIELD_SECRET,
              .min = 1, .max = VERIFIER_MAX, .doc = "Of the challenge that began this sign-in."),
    FIELD_STR(struct signin_callback, redirect_uri, .flags = FIELD_REQUIRED, .min = 1,
              .max = OIDC_URI_MAX, .doc = "The one that began this sign-in."),
    FIELD_STR(struct signin_callback, iss, .flags = FIELD_NULL, .max = OIDC_URI_MAX,
              .doc = "Of the provider's answer (RFC 9207), where it had one."),
};
SCHEMA(signin_callback_schema, "SigninCallback", struct signin_callback, callback_fields);

static const struct field answer_fields[] = {
    FIELD_STR(struct signin_answer, code, .flags = FIELD_NULL | FIELD_SECRET),
    FIELD_STR(struct signin_answer, state, .flags = FIELD_NULL | FIELD_SECRET),
    FIELD_STR(struct signin_answer, iss, .flags = FIELD_NULL),
    FIELD_STR(struct signin_answer, error, .flags = FIELD_NULL),
};
SCHEMA(signin_answer_schema, "SigninAnswer", struct signin_answer, answer_fields);

static const struct field reply_fields[] = {
    FIELD_BOOL(struct signin_reply, success, .flags = FIELD_REQUIRED),
    FIELD_OBJ(struct signin_reply, student, .flags = FIELD_REQUIRED, .of = &student_me_schema),
};
SCHEMA(signin_reply_schema, "SigninReply", struct signin_reply, reply_fields);

/* An answer in either shape. verifier and redirect_uri absent: the plain flow. */
struct answer {
    struct str code, state, iss, error, verifier, redirect_uri;
    bool plain;
};

struct take_call {
    struct str state, browser;
    struct auth_state_row row;
    bool taken;
};

static err take_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct take_call *q = arg;
    bool found = false;
    TRY(auth_state_get(c, tx, q->state, &q->row, &found));
    q->taken = false;
    return found ? auth_state_take(c, tx, q->state, q->browser, c->now_us, &q->taken) : ERR_OK;
}

/* Whatever happens from here on, the state is used. */
static err take_state(struct ctx *c, const struct answer *a, struct str browser,
                      struct auth_state_row *ret)
{
    struct take_call q = { .taken = false };
    if (!signin_browser_good(browser))
        return FAIL(c, BAD_REQUEST, "This sign-in was not begun in this browser");
    if (!a->state.n || a->state.n > STATE_MAX)
        return FAIL(c, BAD_REQUEST, "The sign-in is unknown, used or older than ten minutes");
    q.state = secret_hash(c, a->state);
    q.browser = secret_hash(c, browser);
    TRY(tx_run(c, TX_WRITE, take_tx, &q));
    if (!q.taken)
        return FAIL(c, BAD_REQUEST, "The sign-in is unknown, used or older than ten minutes");
    *ret = q.row;
    return ERR_OK;
}

/* RFC 9207, 2.4. A front end that hands the answer on may not know of iss: where it sends one, it
 * must be right. */
static err check_issuer(struct ctx *c, const struct oidc *o, const struct oidc_endpoints *at,
                        const struct answer *a)
{
    const bool needed = at->iss_parameter && a->plain;
    if (a->iss.p ? str_eq(a->iss, o->issuer) : !needed)
        return ERR_OK;
    return FAIL(c, BAD_REQUEST, "The answer is of another identity provider (iss)");
}

static err check_answer(struct ctx *c, const struct answer *a, const struct auth_state_row *row)
{
    if (a->error.p)
        return FAIL(c, BAD_REQUEST, "%s",
                    str_eq(a->error, S("access_denied"))
                        ? "The sign-in was declined"
                        : "The identity provider did not complete the sign-in");
    if (!a->code.n || a->code.n > CODE_MAX)
        return FAIL(c, BAD_REQUEST, "The identity provider's answer has no code");
    if (a->verifier.n < VERIFIER_MIN ||
        !secret_eq(signin_challenge(c, a->verifier), row->code_challenge))
        return FAIL(c, BAD_REQUEST, "code_verifier does not fit the sign-in");
    if (!str_eq(a->redirect_uri, row->redirect_uri))
        return FAIL(c, BAD_REQUEST, "redirect_uri is not the one that began the sign-in");
    return ERR_OK;
}

static bool hash_read(struct str hex, struct hash *ret)
{
    return hex.n == 2 * SHA256_N && hex_read(hex, ret->b, SHA256_N);
}

static err ask_who(struct ctx *c, struct oidc *o, const struct oidc_endpoints *at,
                   const struct answer *a, const struct auth_state_row *row, struct id_claims *ret)
{
    struct oidc_tokens tokens = { .id_token = { 0 } };
    const struct oidc_code code = { a->code, a->verifier, a->redirect_uri };
    TRY(oidc_exchange(c, o, at, &code, &tokens));
    struct id_expected x = {
        .issuer = o->issuer,
        .client_id = o->client_id,
        .access_token = tokens.access_token,
        .now_s = c->deps->clock->now_us(c->deps->clock->self) / 1000000,
    };
    if (!hash_read(row->nonce, &x.nonce))
        return FAIL(c, INTERNAL, "A sign-in has no nonce");
    TRY(oidc_verify(c, o, at, tokens.id_token, &x, ret));
    return ret->email.p ? ERR_OK : oidc_userinfo(c, o, at, tokens.access_token, ret);
}

struct email_field {
    struct str email;
};

/* The address in lower case; ERR_BAD_REQUEST when it is none, or nobody has verified it. */
static err check_email(struct ctx *c, const struct id_claims *t, struct str *ret)
{
    static const struct field field =
        FIELD_STR(struct email_field, email, .min = 3, .max = 254, .format = "email");
    struct email_field to = { { 0 } };
    if (!t->email.n)
        return FAIL(c, BAD_REQUEST, "The identity provider names no e-mail address");
    if (!t->email_verified)
        return FAIL(c, BAD_REQUEST, "The e-mail address is not verified by the identity provider");
    if (schema_decode_text(c, "claim", &field, t->email, &to) != ERR_OK) {
        fault_clear(c);
        return FAIL(c, BAD_REQUEST, "The identity provider's e-mail address is not valid");
    }
    *ret = lower_ascii_of(c, t->email);
    return ERR_OK;
}

/* What may stand in a page and a row: no control characters, not too long; absent when empty. */
static struct str shown_name(struct ctx *c, struct str name)
{
    char *p = arena_array(c->mem, char, name.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < name.n; i++)
        if ((unsigned char)name.p[i] >= ' ' && name.p[i] != 0x7f)
            p[n++] = name.p[i];
    const struct str s = str_trim(utf8_head((struct str){ p, n }, NAME_MAX));
    return s.n ? s : (struct str){ 0 };
}

static err finish(struct ctx *c, struct answer *a, struct str browser, struct str user_agent,
                  struct signin_session *ret)
{
    struct oidc *o = NULL;
    struct oidc_endpoints at;
    struct auth_state_row row = { .state = { 0 } };
    struct id_claims claims = { .n_aud = 0 };
    TRY(signin_provider(c, &o));
    TRY(take_state(c, a, browser, &row));
    TRY(oidc_discover(c, o, &at));
    TRY(check_issuer(c, o, &at, a));
    if (a->plain) {
        a->verifier = signin_own_verifier(c, browser, a->state);
        a->redirect_uri = row.redirect_uri;
    }
    TRY(check_answer(c, a, &row));
    TRY(ask_who(c, o, &at, a, &row, &claims));
    struct signin_person p = { .provider = o->provider, .sub = claims.sub };
    TRY(check_email(c, &claims, &p.email));
    p.name = shown_name(c, claims.name);
    return signin_admit(c, &p, user_agent, ret);
}

err signin_finish(struct ctx *c, const struct signin_callback *q, struct str browser,
                  struct str user_agent, struct signin_session *ret)
{
    struct answer a = {
        .code = q->code,
        .state = q->state,
        .iss = q->iss,
        .verifier = q->code_verifier,
        .redirect_uri = q->redirect_uri,
    };
    return finish(c, &a, browser, user_agent, ret);
}

err signin_finish_plain(struct ctx *c, const struct signin_answer *q, struct str browser,
                        struct str user_agent, struct signin_session *ret)
{
    struct answer a = {
        .code = q->code, .state = q->state, .iss = q->iss, .error = q->error, .plain = true
    };
    return finish(c, &a, browser, user_agent, ret);
}
