/* HS256 tokens of administrators: one header, one algorithm, a strict claims object. */
#include "crypto/jwt.h"

#include <openssl/evp.h>
#include <string.h>

#include "base/str.h"
#include "codec/base64.h"
#include "codec/json.h"
#include "crypto/ossl.h"

enum {
    SIG_TEXT_N = 43,  /* 32 bytes without padding */
    MEMBERS_MAX = 32, /* of the header or the claims */
    SEEN_EXP = 1,
    SEEN_IAT = 2,
};
/* {"alg":"HS256","typ":"JWT"}: what we write, and what nearly every token begins with. */
#define USUAL_HEADER S("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9")
#define TOKEN_TYPE   S("admin_access")

static struct hash signature(struct str secret, struct str text)
{
    EVP_MAC_CTX *mac = ossl_hmac_kept(secret);
    ossl_hmac_add(mac, text.p, text.n);
    return ossl_hmac_done(mac);
}

static void put_str(struct buf *b, struct str name, struct str value)
{
    if (!value.p)
        return;
    buf_c(b, b->n ? ',' : '{');
    json_write_str(b, name);
    buf_c(b, ':');
    json_write_str(b, value);
}

struct str jwt_sign(struct ctx *c, struct str secret, const struct jwt_claims *claims)
{
    struct buf json, out;
    if (secret.n == 0)
        return (struct str){ 0 };
    buf_init(&json, c->mem, JWT_MAX);
    put_str(&json, S("admin_id"), claims->admin_id);
    put_str(&json, S("username"), claims->username);
    put_str(&json, S("role"), claims->role);
    put_str(&json, S("type"), claims->type);
    put_str(&json, S("jti"), claims->jti);
    put_str(&json, S("sub"), claims->sub);
    put_str(&json, S("iss"), claims->iss);
    buf_str(&json, json.n ? S(",\"iat\":") : S("{\"iat\":"));
    buf_i64(&json, claims->iat_s);
    buf_lit(&json, ",\"exp\":");
    buf_i64(&json, claims->exp_s);
    buf_c(&json, '}');
    buf_init(&out, c->mem, JWT_MAX);
    buf_str(&out, USUAL_HEADER);
    buf_c(&out, '.');
    base64_write(&out, BASE64_URL_NOPAD, json.p, json.n);
    if (!buf_ok(&json) || !buf_ok(&out))
        return (struct str){ 0 };
    struct hash sig = signature(secret, buf_view(&out));
    buf_c(&out, '.');
    base64_write(&out, BASE64_URL_NOPAD, sig.b, sizeof(sig.b));
    return buf_ok(&out) ? buf_view(&out) : (struct str){ 0 };
}

struct parts {
    struct str header, claims, sig, signed_text;
};

static bool split(struct str token, struct parts *ret)
{
    if (token.n == 0 || token.n > JWT_MAX)
        return false;
    struct parts p;
    struct str rest = str_cut(token, '.', &p.header);
    p.sig = str_cut(rest, '.', &p.claims);
    if (!rest.p || p.sig.n != SIG_TEXT_N) /* a further dot fails as base64 */
        return false;
    p.signed_text = str_sub(token, 0, token.n - SIG_TEXT_N - 1);
    *ret = p;
    return true;
}

static bool signed_well(struct str secret, const struct parts *p)
{
    uint8_t given[base64_max(SIG_TEXT_N)];
    size_t n = 0;
    if (!base64_read(BASE64_URL_NOPAD, p->sig, given, sizeof(given), &n) || n != SHA256_N)
        return false;
    struct hash right = signature(secret, p->signed_text);
    return secret_eq((struct str){ (const char *)right.b, SHA256_N },
                     (struct str){ (const char *)given, SHA256_N });
}

static bool decode(struct str text, struct arena *a, struct str *ret)
{
    size_t n = 0, cap = base64_max(text.n);
    char *p = arena_try(a, cap, 1, 1);
    if (!p || !base64_read(BASE64_URL_NOPAD, text, p, cap, &n))
        return false;
    *ret = (struct str){ p, n };
    return true;
}

/* As str_eq; most names differ in their first byte, and this runs some eighty times a token. */
static inline bool name_is(struct str a, struct str b)
{
    return a.n == b.n && (a.n == 0 || (a.p[0] == b.p[0] && memcmp(a.p, b.p, a.n) == 0));
}

/* One object, member by member. `take` consumes the member's value. */
static bool each_member(struct str text, struct arena *a,
                        bool (*take)(struct json *j, struct str name, void *arg), void *arg)
{
    struct json j;
    struct str seen[MEMBERS_MAX];
    json_init(&j, text, a);
    if (json_peek(&j) != JSON_OBJECT || !json_enter_object(&j))
        return false;
    for (size_t n = 0;; n++) {
        bool more = false;
        struct str name;
        if (!json_member(&j, n == 0, &more, &name))
            return false;
        if (!more)
            return json_finish(&j);
        if (n == MEMBERS_MAX)
            return false;
        for (size_t i = 0; i < n; i++) {
            if (name_is(seen[i], name))
                return false;
        }
        seen[n] = name;
        if (!take(&j, name, arg))
            return false;
    }
}

static bool take_string(struct json *j, struct str *ret)
{
    return json_peek(j) == JSON_STRING && json_string(j, ret);
}

static bool header_member(struct json *j, struct str name, void *arg)
{
    bool *alg = arg;
    struct str value;
    if (!take_string(j, &value))
        return false;
    if (str_eq(name, S("typ")))
        return str_eq(value, S("JWT"));
    *alg = str_eq(name, S("alg")) && str_eq(value, S("HS256"));
    return *alg;
}

static bool header_good(struct str text, struct arena *a)
{
    struct str json;
    bool alg = false;
    if (str_eq(text, USUAL_HEADER))
        return true;
    return decode(text, a, &json) && each_member(json, a, header_member, &alg) && alg;
}

/* Seconds since 1970, a plain integer. */
static bool take_time(struct json *j, int64_t *ret)
{
    struct str number;
    return json_peek(j) == JSON_NUMBER && json_number(j, &number) && str_i64(number, ret) &&
           *ret >= 0;
}

struct reading {
    struct jwt_claims claims;
    int64_t nbf_s;
    unsigned seen;
};

/* The claims we read, and where they go: a time into an int64_t, a text into a view. */
static const struct claim {
    struct str name;
    size_t at; /* in struct reading */
    bool time;
    unsigned seen;
} claims_known[] = {
    { S_INIT("admin_id"), offsetof(struct reading, claims.admin_id), false, 0 },
    { S_INIT("username"), offsetof(struct reading, claims.username), false, 0 },
    { S_INIT("role"), offsetof(struct reading, claims.role), false, 0 },
    { S_INIT("type"), offsetof(struct reading, claims.type), false, 0 },
    { S_INIT("jti"), offsetof(struct reading, claims.jti), false, 0 },
    { S_INIT("sub"), offsetof(struct reading, claims.sub), false, 0 },
    { S_INIT("iss"), offsetof(struct reading, claims.iss), false, 0 },
    { S_INIT("exp"), offsetof(struct reading, claims.exp_s), true, SEEN_EXP },
    { S_INIT("iat"), offsetof(struct reading, claims.iat_s), true, SEEN_IAT },
    { S_INIT("nbf"), offsetof(struct reading, nbf_s), true, 0 },
};

static bool claim_member(struct json *j, struct str name, void *arg)
{
    struct reading *r = arg;
    for (size_t i = 0; i < sizeof(claims_known) / sizeof(claims_known[0]); i++) {
        const struct claim *known = &claims_known[i];
        if (!name_is(name, known->name))
            continue;
        void *to = (char *)r + known->at;
        r->seen |= known->seen;
        return known->time ? take_time(j, to) : take_string(j, to);
    }
    struct str ignored;
    return json_skip(j, &ignored);
}

static bool claims_good(const struct reading *r, int64_t now_s)
{
    return r->seen == (SEEN_EXP | SEEN_IAT) && r->claims.admin_id.n > 0 &&
           str_eq(r->claims.type, TOKEN_TYPE) && r->claims.exp_s > now_s &&
           r->claims.iat_s <= now_s + JWT_SKEW_S && r->nbf_s <= now_s + JWT_SKEW_S;
}

static bool verify(struct ctx *c, struct str secret, struct str token, struct jwt_claims *ret)
{
    struct parts p;
    struct str json;
    struct reading r = { 0 };
    if (secret.n == 0 || !split(token, &p) || !signed_well(secret, &p) ||
        !header_good(p.header, c->mem) || !decode(p.claims, c->mem, &json) ||
        !each_member(json, c->mem, claim_member, &r) || !claims_good(&r, c->now_us / 1000000))
        return false;
    *ret = r.claims;
    return true;
}

err jwt_verify(struct ctx *c, struct str secret, struct str token, struct jwt_claims *ret)
{
    if (!verify(c, secret, token, ret))
        return FAIL(c, UNAUTHENTICATED, "Invalid or expired token");
    return ERR_OK;
}
