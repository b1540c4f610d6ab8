/* A JWK Set (RFC 7517, RFC 7518): which of its keys may verify signatures, and how they are made.
 */
#include "crypto/jwks.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

enum {
    EC_HALF = 32,
    EXPONENT_MAX = 8, /* bytes */
    OPS_MAX = 16,
};

struct key {
    enum jws_alg alg;
    bool has_kid;
    uint16_t kid_n;
    char kid[JWS_KID_MAX];
    EVP_PKEY_CTX *ready; /* holds the key; set up, and never used itself */
};
struct jwks {
    size_t n;
    struct key keys[JWKS_KEYS_MAX];
};

/* One key as it is written. */
struct jwk {
    struct str kty, use, alg, kid, crv, n, e, x, y;
    bool is_private, no_verify;
};

static bool is_private_member(struct str name)
{
    static const struct str names[] = { S_INIT("d"),  S_INIT("p"),  S_INIT("q"),   S_INIT("dp"),
                                        S_INIT("dq"), S_INIT("qi"), S_INIT("oth"), S_INIT("k") };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (str_eq(name, names[i]))
            return true;
    return false;
}

/* key_ops, where it is there, must hold "verify". */
static bool take_ops(struct json *j, struct jwk *k)
{
    k->no_verify = true;
    if (json_peek(j) != JSON_ARRAY || !json_enter_array(j))
        return false;
    for (size_t n = 0; n <= OPS_MAX; n++) {
        bool more = false;
        struct str op;
        if (!json_element(j, n == 0, &more))
            return false;
        if (!more)
            return true;
        if (!jws_take_string(j, &op))
            return false;
        if (str_eq(op, S("verify")))
            k->no_verify = false;
    }
    return false;
}

static const struct {
    struct str name;
    size_t at;
} texts[] = {
    { S_INIT("kty"), offsetof(struct jwk, kty) }, { S_INIT("use"), offsetof(struct jwk, use) },
    { S_INIT("alg"), offsetof(struct jwk, alg) }, { S_INIT("kid"), offsetof(struct jwk, kid) },
    { S_INIT("crv"), offsetof(struct jwk, crv) }, { S_INIT("n"), offsetof(struct jwk, n) },
    { S_INIT("e"), offsetof(struct jwk, e) },     { S_INIT("x"), offsetof(struct jwk, x) },
    { S_INIT("y"), offsetof(struct jwk, y) },
};

static bool key_member(struct json *j, struct str name, void *arg)
{
    struct jwk *k = arg;
    struct str ignored;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (str_eq(name, texts[i].name))
            return jws_take_string(j, (struct str *)(void *)((char *)k + texts[i].at));
    if (str_eq(name, S("key_ops")))
        return take_ops(j, k);
    if (is_private_member(name))
        k->is_private = true;
    return json_skip(j, &ignored);
}

static EVP_PKEY *from_params(const char *type, OSSL_PARAM_BLD *bld)
{
    EVP_PKEY *pkey = NULL;
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(bld);
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    if (!params || !ctx || EVP_PKEY_fromdata_init(ctx) != 1 ||
        EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params) != 1)
        pkey = NULL;
    EVP_PKEY_CTX_free(ctx);
    OSSL_PARAM_free(params);
    return pkey;
}

static EVP_PKEY *rsa_of(struct str n, struct str e)
{
    EVP_PKEY *pkey = NULL;
    OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
    BIGNUM *bn = BN_bin2bn((const unsigned char *)n.p, (int)n.n, NULL);
    BIGNUM *be = BN_bin2bn((const unsigned char *)e.p, (int)e.n, NULL);
    if (bld && bn && be && BN_num_bits(bn) >= JWKS_RSA_BITS_MIN &&
        BN_num_bits(bn) <= JWKS_RSA_BITS_MAX && BN_is_odd(bn) && BN_is_odd(be) && !BN_is_one(be) &&
        OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_N, bn) == 1 &&
        OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_E, be) == 1)
        pkey = from_params("RSA", bld);
    BN_free(bn);
    BN_free(be);
    OSSL_PARAM_BLD_free(bld);
    return pkey;
}

static EVP_PKEY *ec_of(struct str x, struct str y)
{
    static char group[] = "P-256";
    unsigned char point[1 + 2 * EC_HALF] = { POINT_CONVERSION_UNCOMPRESSED };
    EVP_PKEY *pkey = NULL;
    if (x.n != EC_HALF || y.n != EC_HALF)
        return NULL;
    memcpy(point + 1, x.p, EC_HALF);
    memcpy(point + 1 + EC_HALF, y.p, EC_HALF);
    OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
    if (bld && OSSL_PARAM_BLD_push_utf8_string(bld, OSSL_PKEY_PARAM_GROUP_NAME, group, 0) == 1 &&
        OSSL_PARAM_BLD_push_octet_string(bld, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point)) == 1)
        pkey = from_params("EC", bld);
    OSSL_PARAM_BLD_free(bld);
    return pkey;
}

/* NULL: not a key for this algorithm, or no good one. */
static EVP_PKEY *pkey_of(struct arena *a, const struct jwk *k, enum jws_alg alg)
{
    struct str first, second;
    if (alg == JWS_RS256) {
        if (!jws_decode(k->n, a, &first) || !jws_decode(k->e, a, &second) ||
            first.n > JWKS_RSA_BITS_MAX / 8 + 1 || second.n > EXPONENT_MAX)
            return NULL;
        return rsa_of(first, second);
    }
    if (!jws_decode(k->x, a, &first) || !jws_decode(k->y, a, &second))
        return NULL;
    return ec_of(first, second);
}

/* NULL: OpenSSL does not take the key. */
static EVP_PKEY_CTX *make_ready(EVP_PKEY *pkey, enum jws_alg alg)
{
    EVP_PKEY_CTX *ctx = pkey ? EVP_PKEY_CTX_new(pkey, NULL) : NULL;
    if (ctx && EVP_PKEY_verify_init(ctx) == 1 &&
        (alg == JWS_ES256 || EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1) &&
        EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha256()) == 1)
        return ctx;
    EVP_PKEY_CTX_free(ctx);
    return NULL;
}

static bool kind_of(const struct jwk *k, enum jws_alg *ret)
{
    static const char *const names[JWS_ALGS] = { "RS256", "ES256" };
    if (str_eq(k->kty, S("RSA")))
        *ret = JWS_RS256;
    else if (str_eq(k->kty, S("EC")) && str_eq(k->crv, S("P-256")))
        *ret = JWS_ES256;
    else
        return false;
    return !k->is_private && !k->no_verify && (!k->use.p || str_eq(k->use, S("sig"))) &&
           (!k->alg.p || str_eq(k->alg, str_of(names[*ret]))) && k->kid.n <= JWS_KID_MAX;
}

static void add(struct jwks *set, struct arena *a, const struct jwk *k)
{
    struct key *to = &set->keys[set->n];
    if (!kind_of(k, &to->alg))
        return;
    EVP_PKEY *pkey = pkey_of(a, k, to->alg);
    to->ready = make_ready(pkey, to->alg);
    EVP_PKEY_free(pkey); /* the context has a reference of its own */
    if (!to->ready)
        return;
    to->has_kid = k->kid.p != NULL;
    to->kid_n = (uint16_t)k->kid.n;
    if (k->kid.n)
        memcpy(to->kid, k->kid.p, k->kid.n);
    set->n++;
}

struct reading {
    struct jwks *set;
    struct arena *mem;
    bool seen;
};

static bool take_keys(struct json *j, struct reading *r)
{
    if (json_peek(j) != JSON_ARRAY || !json_enter_array(j))
        return false;
    for (size_t n = 0; n <= JWKS_KEYS_MAX; n++) {
        bool more = false;
        struct str text;
        struct jwk k = { .kty = { 0 } };
        if (!json_element(j, n == 0, &more))
            return false;
        if (!more)
            return true;
        /* A key that cannot be read is passed over: others may be of use. */
        if (n == JWKS_KEYS_MAX || json_peek(j) != JSON_OBJECT || !json_skip(j, &text))
            return false;
        if (jws_object(text, r->mem, key_member, &k))
            add(r->set, r->mem, &k);
    }
    return false;
}

static bool set_member(struct json *j, struct str name, void *arg)
{
    struct reading *r = arg;
    struct str ignored;
    if (!str_eq(name, S("keys")))
        return json_skip(j, &ignored);
    r->seen = true;
    return take_keys(j, r);
}

err jwks_open(struct ctx *c, struct str json, struct jwks **ret)
{
    struct jwks *set = calloc(1, sizeof(*set));
    struct reading r = { .set = set, .mem = c->mem };
    if (!set)
        return FAIL(c, INTERNAL, "out of memory");
    const bool ok = json.n <= JWKS_TEXT_MAX && jws_object(json, c->mem, set_member, &r);
    ERR_clear_error(); /* what OpenSSL said about keys that were passed over */
    if (ok && r.seen && set->n > 0) {
        *ret = set;
        return ERR_OK;
    }
    jwks_close(set);
    return FAIL(c, UPSTREAM,
                ok ? "The key set holds no key for RS256 or ES256" : "The key set cannot be read");
}

void jwks_close(struct jwks *k)
{
    for (size_t i = 0; k && i < k->n; i++)
        EVP_PKEY_CTX_free(k->keys[i].ready);
    free(k);
}

size_t jwks_count(const struct jwks *k)
{
    return k->n;
}

const EVP_PKEY_CTX *jwks_find(const struct jwks *k, enum jws_alg alg, struct str kid)
{
    const EVP_PKEY_CTX *found = NULL;
    for (size_t i = 0; i < k->n; i++) {
        const struct key *key = &k->keys[i];
        if (key->alg != alg)
            continue;
        if (kid.p && !(key->has_kid && str_eq(kid, (struct str){ key->kid, key->kid_n })))
            continue;
        if (found)
            return NULL; /* which of them is meant cannot be told */
        found = key->ready;
    }
    return found;
}
