/* Asking the provider in the name of one sign-in: the code for tokens, and who it is about. */
#include "service/oidc_inner.h"

#include "base/str.h"
#include "codec/base64.h"

enum { ANSWER_MAX = 128 * 1024, FORM_MAX = 16 * 1024, TOKEN_MAX = 16 * 1024, ERROR_CODE_MAX = 40 };

static bool unreserved(char ch)
{
    return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9') ||
           ch == '-' || ch == '.' || ch == '_' || ch == '~';
}

static void put_escaped(struct buf *b, struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (unreserved(s.p[i]))
            buf_c(b, s.p[i]);
        else
            buf_fmt(b, "%%%02X", (unsigned)(unsigned char)s.p[i]);
    }
}

void oidc_put_parameter(struct buf *b, char sign, const char *name, struct str value)
{
    if (sign)
        buf_c(b, sign);
    buf_str(b, str_of(name));
    buf_c(b, '=');
    put_escaped(b, value);
}

/* RFC 6749, 2.3.1: both parts form-encoded, then as in RFC 7617. */
static struct str basic(struct ctx *c, const struct oidc *o)
{
    struct buf pair, out;
    buf_init(&pair, c->mem, FORM_MAX);
    put_escaped(&pair, o->client_id);
    buf_c(&pair, ':');
    put_escaped(&pair, o->client_secret);
    buf_init(&out, c->mem, FORM_MAX);
    buf_lit(&out, "Basic ");
    base64_write(&out, BASE64_STD, pair.p, pair.n);
    return buf_view(&out);
}

static bool code_char(char ch)
{
    return (ch >= 'a' && ch <= 'z') || ch == '_';
}

struct refusal {
    struct str error;
};
static const struct field refusal_fields[] = {
    FIELD_STR(struct refusal, error, .flags = FIELD_REQUIRED),
};
static SCHEMA(refusal_schema, "OidcRefusal", struct refusal, refusal_fields);

/* invalid_grant and the like; only what can be a code of RFC 6749, 5.2, is shown. */
static const char *refusal_code(struct ctx *c, struct str body)
{
    struct refusal r = { { 0 } };
    if (schema_decode(c, &refusal_schema, body, &r, NULL) != ERR_OK) {
        fault_clear(c);
        return "no reason given";
    }
    for (size_t i = 0; i < r.error.n; i++)
        if (!code_char(r.error.p[i]) || i >= ERROR_CODE_MAX)
            return "no reason given";
    return str_z(c->mem, r.error);
}

static const struct field tokens_fields[] = {
    FIELD_STR(struct oidc_tokens, id_token, .flags = FIELD_REQUIRED | FIELD_SECRET, .min = 1,
              .max = TOKEN_MAX),
    FIELD_STR(struct oidc_tokens, access_token, .flags = FIELD_NULL | FIELD_SECRET,
              .max = TOKEN_MAX),
    FIELD_STR(struct oidc_tokens, token_type, .flags = FIELD_NULL),
};
static SCHEMA(tokens_schema, "OidcTokens", struct oidc_tokens, tokens_fields);

static err read_tokens(struct ctx *c, const struct client_reply *a, struct oidc_tokens *ret)
{
    if (a->status >= 400 && a->status < 500 && a->status != 429)
        return FAIL(c, BAD_REQUEST, "The identity provider refused the sign-in (%s)",
                    refusal_code(c, a->body));
    if (a->status != 200)
        return FAIL(c, UPSTREAM, "The identity provider answered %d instead of a token", a->status);
    TRY(oidc_read(c, &tokens_schema, a->body, "token answer", ret));
    if (ret->token_type.p && !str_eqi(ret->token_type, S("Bearer")))
        return FAIL(c, UPSTREAM, "The identity provider's token answer has an unknown type");
    return ERR_OK;
}

err oidc_exchange(struct ctx *c, struct oidc *o, const struct oidc_endpoints *at,
                  const struct oidc_code *code, struct oidc_tokens *ret)
{
    struct client_header headers[3] = {
        { S_INIT("Accept"), S_INIT("application/json") },
        { S_INIT("Content-Type"), S_INIT("application/x-www-form-urlencoded") },
    };
    struct client_request r = { .method = "POST",
                                .url = str_of(at->token),
                                .headers = headers,
                                .n_headers = 2,
                                .body_max = ANSWER_MAX };
    struct client_reply a = { 0 };
    struct buf b;
    buf_init(&b, c->mem, FORM_MAX);
    oidc_put_parameter(&b, 0, "grant_type", S("authorization_code"));
    oidc_put_parameter(&b, '&', "code", code->code);
    oidc_put_parameter(&b, '&', "redirect_uri", code->redirect_uri);
    oidc_put_parameter(&b, '&', "code_verifier", code->verifier);
    if (o->client_secret.n && !at->secret_in_form) {
        headers[r.n_headers++] = (struct client_header){ S("Authorization"), basic(c, o) };
    } else {
        oidc_put_parameter(&b, '&', "client_id", o->client_id);
        if (o->client_secret.n)
            oidc_put_parameter(&b, '&', "client_secret", o->client_secret);
    }
    if (!buf_ok(&b))
        return FAIL(c, BAD_REQUEST, "The identity provider's code is too long");
    r.body = buf_view(&b);
    TRY(oidc_ask(c, o, &r, &a));
    return read_tokens(c, &a, ret);
}

err oidc_userinfo(struct ctx *c, struct oidc *o, const struct oidc_endpoints *at,
                  struct str access_token, struct id_claims *io)
{
    struct id_claims more;
    struct client_reply a = { 0 };
    if (!at->userinfo[0] || !access_token.n)
        return FAIL(c, BAD_REQUEST, "The identity provider names no e-mail address");
    const struct client_header headers[] = {
        { S("Accept"), S("application/json") },
        { S("Authorization"), str_fmt(c->mem, "Bearer %.*s", STR_ARG(access_token)) },
    };
    const struct client_request r = { .method = "GET",
                                      .url = str_of(at->userinfo),
                                      .headers = headers,
                                      .n_headers = 2,
                                      .body_max = ANSWER_MAX };
    TRY(oidc_ask(c, o, &r, &a));
    if (a.status != 200)
        return FAIL(c, UPSTREAM, "The identity provider answered %d instead of a profile",
                    a.status);
    if (!id_claims_read(c->mem, a.body, &more))
        return FAIL(c, UPSTREAM, "The identity provider's profile cannot be read");
    /* Core 1.0, 5.3.2: a profile of somebody else must not be used. */
    if (!more.sub.p || !str_eq(more.sub, io->sub))
        return FAIL(c, BAD_REQUEST, "The identity provider's profile is of somebody else (sub)");
    io->email = more.email;
    io->email_verified = more.email_verified;
    if (!io->name.n)
        io->name = more.name;
    return ERR_OK;
}
