/* crypto/fernet.h: Fernet tokens, byte-compatible with Python's `cryptography`, and the key ring.
 * Specification: github.com/fernet/spec. Any thread. Refuses blanks inside a token, which the
 * Python library tolerates. */
#ifndef ENIGMA_CRYPTO_FERNET_H
#define ENIGMA_CRYPTO_FERNET_H

#include "base/buf.h"
#include "base/ctx.h"
#include "crypto/hash.h"

/* FERNET_PLAIN_MAX: bytes that one token may seal. */
enum { FERNET_KEYS_MAX = 8, FERNET_KEY_TEXT = 44, FERNET_PLAIN_MAX = 16 << 20 };
struct fernet_key {
    uint8_t sign[16], encrypt[16];
};

/* 32 bytes in padded url-safe base64. */
bool fernet_key_read(struct str text, struct fernet_key *ret);
void fernet_key_write(const struct fernet_key *k, struct buf *b);
void fernet_key_make(struct ctx *c, struct fernet_key *ret);
/* Length of the token over n bytes of plain text. */
size_t fernet_token_n(size_t n);
/* time_s: the token's timestamp. iv: 16 bytes, from ctx_random outside tests. More than
 * FERNET_PLAIN_MAX bytes leave `ret` as it is with buf_ok false. */
void fernet_seal_with(const struct fernet_key *k, struct str plain, uint64_t time_s,
                      const uint8_t iv[16], struct buf *ret);
/* Plain text in the arena; false for any token that is not whole and authentic. */
bool fernet_open_with(const struct fernet_key *k, struct str token, struct arena *a,
                      struct str *ret_plain, uint64_t *ret_time_s);

/* The first key seals, every key opens. Also holds the other secrets that belong together. */
struct keyring {
    struct fernet_key fernet[FERNET_KEYS_MAX];
    size_t n_fernet;
    uint8_t jwt_secret[256];
    size_t jwt_secret_n;
    uint8_t lookup[32];   /* HMAC key for hashes of e-mail addresses */
    uint8_t log_seed[32]; /* Ed25519 seed of the audit log's signing key */
    char log_origin[128]; /* AUDIT_ORIGIN */
    char log_vkey[256];   /* C2SP verifier key of the seed */
};
/* Fresh token under the first key; absent without a key or past FERNET_PLAIN_MAX. */
struct str keyring_seal(struct ctx *c, struct str plain);
/* ERR_INTERNAL "sealed data cannot be opened with the keys given" when no key fits. */
err keyring_open(struct ctx *c, struct str token, struct str *ret_plain);
/* Re-seals under the first key and keeps the token's timestamp; *ret_changed false when it
 * already was under the first key. */
err keyring_rotate(struct ctx *c, struct str token, struct str *ret_token, bool *ret_changed);

#endif
