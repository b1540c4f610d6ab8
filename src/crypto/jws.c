/* Tokens that others have signed: cutting them, reading their header, verifying by a key set. */
#include "crypto/jws.h"

#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <string.h>

#include "base/str.h"
#include "codec/base64.h"
#include "crypto/hash.h"
#include "crypto/jwks.h"

enum { ES256_N = 64, ES256_HALF = 32, DER_MAX = 80 };

bool jws_object(struct str text, struct arena *a, jws_take *take, void *arg)
{
    struct json j;
    json_init(&j, text, a);
    if (json_peek(&j) != JSON_OBJECT || !json_enter_object(&j))
        return false;
    for (size_t n = 0; n <= JWS_MEMBERS_MAX; n++) {
        bool more = false;
        struct str name;
        if (!json_member(&j, n == 0, &more, &name))
            return false;
        if (!more)
            return json_finish(&j);
        if (n == JWS_MEMBERS_MAX || !take(&j, name, arg))
            return false;
    }
    return false;
}

bool jws_take_string(struct json *j, struct str *ret)
{
    return json_peek(j) == JSON_STRING && json_string(j, ret);
}

bool jws_decode(struct str text, struct arena *a, struct str *ret)
{
    size_t n = 0;
    const size_t cap = base64_max(text.n);
    char *p = arena_try(a, cap, 1, 1);
    if (!p || !base64_read(BASE64_URL_NOPAD, text, p, cap, &n))
        return false;
    *ret = (struct str){ p, n };
    return true;
}

struct header {
    struct str alg, kid;
};

static bool header_member(struct json *j, struct str name, void *arg)
{
    struct header *h = arg;
    struct str value;
    if (str_eq(name, S("alg")))
        return jws_take_string(j, &h->alg);
    if (str_eq(name, S("kid")))
        return jws_take_string(j, &h->kid) && h->kid.n <= JWS_KID_MAX;
    if (str_eq(name, S("typ")))
        return jws_take_string(j, &value) && str_eqi(value, S("JWT"));
    /* RFC 7515, 4.1.11: what must be understood is not. */
    return !str_eq(name, S("crit")) && json_skip(j, &value);
}

static bool alg_of(struct str name, enum jws_alg *ret)
{
    if (str_eq(name, S("RS256")))
        *ret = JWS_RS256;
    else if (str_eq(name, S("ES256")))
        *ret = JWS_ES256;
    else
        return false;
    return true;
}

bool jws_read(struct arena *a, struct str token, struct jws *ret)
{
    struct str head, claims, json;
    struct header h = { { 0 }, { 0 } };
    struct jws t = { .alg = JWS_RS256 };
    if (token.n == 0 || token.n > JWS_MAX)
        return false;
    const struct str rest = str_cut(token, '.', &head);
    const struct str signature = str_cut(rest, '.', &claims);
    /* A further dot is no base64. */
    if (!signature.n || !jws_decode(signature, a, &t.signature) || !jws_decode(head, a, &json) ||
        !jws_object(json, a, header_member, &h) || !alg_of(h.alg, &t.alg) ||
        !jws_decode(claims, a, &t.claims))
        return false;
    t.kid = h.kid;
    t.signed_text = str_sub(token, 0, head.n + 1 + claims.n);
    *ret = t;
    return true;
}

/* RFC 7518, 3.4: the two numbers side by side, where OpenSSL wants them in DER. */
static int der_of(struct str raw, unsigned char der[DER_MAX])
{
    int n = -1;
    ECDSA_SIG *sig = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn((const unsigned char *)raw.p, ES256_HALF, NULL);
    BIGNUM *s = BN_bin2bn((const unsigned char *)raw.p + ES256_HALF, ES256_HALF, NULL);
    if (sig && r && s && ECDSA_SIG_set0(sig, r, s) == 1) {
        r = s = NULL; /* the signature's now */
        unsigned char *p = der;
        if (i2d_ECDSA_SIG(sig, NULL) <= DER_MAX)
            n = i2d_ECDSA_SIG(sig, &p);
    }
    BN_free(r);
    BN_free(s);
    ECDSA_SIG_free(sig);
    return n;
}

static bool signature_good(const EVP_PKEY_CTX *ready, enum jws_alg alg, struct str sig,
                           const struct hash *h)
{
    unsigned char der[DER_MAX];
    const unsigned char *p = (const unsigned char *)sig.p;
    size_t n = sig.n;
    if (alg == JWS_ES256) {
        const int der_n = sig.n == ES256_N ? der_of(sig, der) : -1;
        if (der_n <= 0)
            return false;
        p = der;
        n = (size_t)der_n;
    }
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_dup(ready);
    const bool whole =
        alg == JWS_ES256 || (ctx && n == (size_t)EVP_PKEY_get_size(EVP_PKEY_CTX_get0_pkey(ctx)));
    const bool good = ctx && whole && EVP_PKEY_verify(ctx, p, n, h->b, sizeof(h->b)) == 1;
    EVP_PKEY_CTX_free(ctx);
    ERR_clear_error(); /* what it said about a bad one */
    return good;
}

enum jws_verdict jws_verify(const struct jwks *k, const struct jws *t)
{
    const EVP_PKEY_CTX *key = jwks_find(k, t->alg, t->kid);
    if (!key)
        return JWS_NO_KEY;
    const struct hash h = sha256(t->signed_text);
    return signature_good(key, t->alg, t->signature, &h) ? JWS_GOOD : JWS_FORGED;
}
