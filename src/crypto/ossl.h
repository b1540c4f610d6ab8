/* crypto/ossl.h: the room's own handle on OpenSSL: algorithms fetched once for the process,
 * contexts kept for each thread. Only files of this room include it. Any thread; a context that
 * it hands out is the calling thread's and is good until that thread asks for the same kind. */
#ifndef ENIGMA_CRYPTO_OSSL_H
#define ENIGMA_CRYPTO_OSSL_H

#include <openssl/evp.h>

#include "crypto/hash.h"

enum { OSSL_KEY_MAX = 256, AES128_N = 16, SHA1_N = 20 };

/* Says which step failed on standard error and ends the process: a machine whose hash functions
 * do not work must not go on writing evidence. */
_Noreturn void ossl_die(const char *what);

/* Started digests. */
EVP_MD_CTX *ossl_sha256(void);
EVP_MD_CTX *ossl_sha384(void);
/* Another started SHA-256, owned by the caller. */
EVP_MD_CTX *ossl_sha256_new(void);

/* HMAC-SHA256 ready for input, keyed anew. */
EVP_MAC_CTX *ossl_hmac(struct str key);
/* The same for the few keys that come again and again: the last ones stay set up. */
EVP_MAC_CTX *ossl_hmac_kept(struct str key);
/* Feeds and finishes either of them. */
void ossl_hmac_add(EVP_MAC_CTX *mac, const void *p, size_t n);
struct hash ossl_hmac_done(EVP_MAC_CTX *mac);

/* For one-time codes alone (RFC 4226 knows no other); the context is made for the call. */
void ossl_hmac_sha1(struct str key, const void *p, size_t n, uint8_t ret[SHA1_N]);

/* AES-128-CBC with PKCS #7 padding; the last key of each direction stays expanded. */
EVP_CIPHER_CTX *ossl_aes(bool seal, const uint8_t key[AES128_N], const uint8_t iv[AES128_N]);

#endif
