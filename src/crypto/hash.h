/* crypto/hash.h: SHA-2, HMAC, constant-time compare, wiping. OpenSSL algorithms are fetched once.
 * Any thread (contexts are per thread inside). Failures of OpenSSL end the process. */
#ifndef ENIGMA_CRYPTO_HASH_H
#define ENIGMA_CRYPTO_HASH_H

#include "base/arena.h"

enum { SHA256_N = 32, SHA384_N = 48 };
struct hash {
    uint8_t b[SHA256_N];
};

struct hash sha256(struct str data);
/* SHA-256 over the parts as if joined. */
struct hash sha256_parts(const struct str *parts, size_t n);
void sha384(struct str data, uint8_t ret[SHA384_N]);
struct hash hmac_sha256(struct str key, const struct str *parts, size_t n);
/* Equal length and bytes, in time that depends on the lengths only. */
bool secret_eq(struct str a, struct str b);
void secret_wipe(void *p, size_t n);
/* Lower-case hex in the arena. */
struct str hash_hex(struct arena *a, const struct hash *h);

/* Streaming, for files and exports. */
struct sha256_stream;
struct sha256_stream *sha256_open(struct arena *a); /* given up with the arena */
void sha256_add(struct sha256_stream *s, struct str data);
struct hash sha256_done(struct sha256_stream *s);

#endif
