/* crypto/jwks.h: the keys of a set as OpenSSL has them. Private to this room; others use
 * crypto/jws.h. Any thread once the set is open. */
#ifndef ENIGMA_CRYPTO_JWKS_H
#define ENIGMA_CRYPTO_JWKS_H

#include <openssl/evp.h>

#include "crypto/jws.h"

/* The one key for that algorithm and kid, kid absent: the only key for it, ready to verify: to be
 * duplicated for each signature, which costs less than to fetch OpenSSL's algorithms again. NULL:
 * none, or several. Owned by the set. */
const EVP_PKEY_CTX *jwks_find(const struct jwks *k, enum jws_alg alg, struct str kid);

#endif
