/* support/test_keys.h: keys of an identity provider, their JWKs, and tokens signed by them. Texts
 * live in the context's arena. */
#ifndef ENIGMA_TESTS_SUPPORT_TEST_KEYS_H
#define ENIGMA_TESTS_SUPPORT_TEST_KEYS_H

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <stdlib.h>

#include "base/str.h"
#include "codec/base64.h"

enum { TEST_HALF = 32, TEST_SIG_MAX = 1024, TEST_TOKEN_MAX = 64 * 1024 };

static inline struct str test_b64(struct ctx *c, const void *p, size_t n)
{
    struct buf b;
    buf_init(&b, c->mem, TEST_TOKEN_MAX);
    base64_write(&b, BASE64_URL_NOPAD, p, n);
    return buf_view(&b);
}

/* One number of a public key in base64url; n: bytes, 0: as many as it has. */
static inline struct str test_key_number(struct ctx *c, EVP_PKEY *key, const char *name, int n)
{
    BIGNUM *v = NULL;
    unsigned char bytes[TEST_SIG_MAX];
    if (EVP_PKEY_get_bn_param(key, name, &v) != 1)
        abort();
    n = n ? n : BN_num_bytes(v);
    if (n > TEST_SIG_MAX || BN_bn2binpad(v, bytes, n) != n)
        abort();
    BN_free(v);
    return test_b64(c, bytes, (size_t)n);
}

/* The members of the JWK, without braces; more: further members, each with a comma before it. */
static inline struct str test_jwk(struct ctx *c, EVP_PKEY *key, const char *kid, const char *more)
{
    if (EVP_PKEY_is_a(key, "RSA"))
        return str_fmt(c->mem, "{\"kty\":\"RSA\",\"kid\":\"%s\",\"n\":\"%.*s\",\"e\":\"%.*s\"%s}",
                       kid, STR_ARG(test_key_number(c, key, OSSL_PKEY_PARAM_RSA_N, 0)),
                       STR_ARG(test_key_number(c, key, OSSL_PKEY_PARAM_RSA_E, 0)), more);
    return str_fmt(
        c->mem, "{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"%s\",\"x\":\"%.*s\",\"y\":\"%.*s\"%s}",
        kid, STR_ARG(test_key_number(c, key, OSSL_PKEY_PARAM_EC_PUB_X, TEST_HALF)),
        STR_ARG(test_key_number(c, key, OSSL_PKEY_PARAM_EC_PUB_Y, TEST_HALF)), more);
}

static inline struct str test_key_set(struct ctx *c, struct str keys)
{
    return str_fmt(c->mem, "{\"keys\":[%.*s]}", STR_ARG(keys));
}

/* RS256 or ES256, whichever the key is for. */
static inline struct str test_signature(struct ctx *c, EVP_PKEY *key, struct str text)
{
    unsigned char out[TEST_SIG_MAX];
    size_t n = sizeof(out);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    if (EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key) != 1 ||
        EVP_DigestSign(ctx, out, &n, (const unsigned char *)text.p, text.n) != 1)
        abort();
    EVP_MD_CTX_free(ctx);
    if (EVP_PKEY_is_a(key, "RSA"))
        return test_b64(c, out, n);
    const unsigned char *at = out;
    unsigned char raw[2 * TEST_HALF];
    ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &at, (long)n);
    if (!sig || BN_bn2binpad(ECDSA_SIG_get0_r(sig), raw, TEST_HALF) != TEST_HALF ||
        BN_bn2binpad(ECDSA_SIG_get0_s(sig), raw + TEST_HALF, TEST_HALF) != TEST_HALF)
        abort();
    ECDSA_SIG_free(sig);
    return test_b64(c, raw, sizeof(raw));
}

static inline struct str test_token(struct ctx *c, EVP_PKEY *key, struct str header,
                                    struct str claims)
{
    const struct str text = str_fmt(c->mem, "%.*s.%.*s", STR_ARG(test_b64(c, header.p, header.n)),
                                    STR_ARG(test_b64(c, claims.p, claims.n)));
    return str_fmt(c->mem, "%.*s.%.*s", STR_ARG(text), STR_ARG(test_signature(c, key, text)));
}

#endif
