/* crypto/commit.h: keyed commitments of AUDIT 2.3. Pure; any thread.
 *   salt   = HMAC-SHA256(K_subject, "enigma-salt-v1\n" || field || "\n" || nonce_hex)
 *   commit = HMAC-SHA256(salt, "enigma-commit-v1\n" || field || "\n" || value) */
#ifndef ENIGMA_CRYPTO_COMMIT_H
#define ENIGMA_CRYPTO_COMMIT_H

#include "crypto/hash.h"

enum { SUBJECT_KEY_N = 32, NONCE_N = 16 };
struct hash commit_salt(const uint8_t key[SUBJECT_KEY_N], struct str field, struct str nonce_hex);
struct hash commit_value(const struct hash *salt, struct str field, struct str canonical);
/* SHA-256("enigma-tiebreak-v1\n" || seed_hex || "\n" || anon_id), ascending decides ties. */
struct hash tiebreak_key(struct str seed_hex, struct str anon_id);
/* SHA-256("enigma-audit-genesis-v1\n" || origin || "\n") */
struct hash log_genesis(struct str origin);

#endif
