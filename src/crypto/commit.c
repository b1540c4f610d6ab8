/* The labelled hashes of the audit log: salts, commitments, tie-break keys, the first `prev`. */
#include "crypto/commit.h"

struct hash commit_salt(const uint8_t key[SUBJECT_KEY_N], struct str field, struct str nonce_hex)
{
    const struct str parts[] = { S("enigma-salt-v1\n"), field, S("\n"), nonce_hex };
    return hmac_sha256((struct str){ (const char *)key, SUBJECT_KEY_N }, parts, 4);
}

struct hash commit_value(const struct hash *salt, struct str field, struct str canonical)
{
    const struct str parts[] = { S("enigma-commit-v1\n"), field, S("\n"), canonical };
    return hmac_sha256((struct str){ (const char *)salt->b, SHA256_N }, parts, 4);
}

struct hash tiebreak_key(struct str seed_hex, struct str anon_id)
{
    const struct str parts[] = { S("enigma-tiebreak-v1\n"), seed_hex, S("\n"), anon_id };
    return sha256_parts(parts, 4);
}

struct hash log_genesis(struct str origin)
{
    const struct str parts[] = { S("enigma-audit-genesis-v1\n"), origin, S("\n") };
    return sha256_parts(parts, 3);
}
