/* crypto/id_token.h: claims of an OpenID Connect ID Token and what they must say (OpenID Connect
 * Core 1.0, 2 and 3.1.3.7). Pure; any thread. The signature is crypto/jws.h's business. */
#ifndef ENIGMA_CRYPTO_ID_TOKEN_H
#define ENIGMA_CRYPTO_ID_TOKEN_H

#include "crypto/hash.h"
#include "crypto/jws.h"

enum {
    ID_TOKEN_AUDIENCES_MAX = 16,
    ID_TOKEN_SUB_MAX = 255,   /* bytes: Core 1.0, 2 */
    ID_TOKEN_SKEW_S = 60,     /* of the provider's clock against ours */
    ID_TOKEN_AGE_MAX_S = 600, /* it was made for this sign-in, which lives as long */
};

struct id_claims {
    struct str iss, sub, azp, nonce, at_hash, email, name; /* absent: not there */
    struct str aud[ID_TOKEN_AUDIENCES_MAX];
    size_t n_aud;
    bool has_exp, has_iat, has_nbf,
        email_verified; /* verified: the JSON value true, nothing else */
    int64_t exp_s, iat_s, nbf_s;
};
/* false: not an object of the right types. Unknown claims are passed over. */
bool id_claims_read(struct arena *a, struct str json, struct id_claims *ret);

struct id_expected {
    struct str issuer, client_id;
    struct hash nonce;       /* SHA-256 of what was sent */
    struct str access_token; /* absent: the provider gave none */
    int64_t now_s;
};
/* NULL when all holds; otherwise what does not, a static word: "iss", "aud", "azp", "exp", "iat",
 * "nbf", "nonce", "at_hash", "sub". */
const char *id_claims_flaw(const struct id_claims *t, const struct id_expected *x);

#endif
