/* SHA-1 over OpenSSL, for protocols that fix it. */
#include "crypto/sha1.h"

#include "crypto/ossl.h"

_Static_assert((int)SHA1_BYTES == (int)SHA1_N, "one length");

void sha1(struct str data, uint8_t ret[SHA1_BYTES])
{
    unsigned n = SHA1_BYTES;
    if (EVP_Digest(data.p ? data.p : "", data.n, ret, &n, EVP_sha1(), NULL) != 1)
        ossl_die("compute SHA-1");
}

void hmac_sha1(struct str key, struct str data, uint8_t ret[SHA1_BYTES])
{
    ossl_hmac_sha1(key, data.p ? data.p : "", data.n, ret);
}
