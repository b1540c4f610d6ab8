/* crypto/merkle.h: the tree of RFC 6962 over SHA-256: leaf 0x00, node 0x01, empty SHA-256("").
 * Streaming: memory is one hash a level. Thread rule: one owner for each struct. */
#ifndef ENIGMA_CRYPTO_MERKLE_H
#define ENIGMA_CRYPTO_MERKLE_H

#include "crypto/hash.h"

struct merkle {
    uint64_t n;
    struct hash level[64]; /* roots of the complete subtrees, by height */
};
void merkle_init(struct merkle *m);
struct hash merkle_leaf_hash(struct str data);
void merkle_add(struct merkle *m, const struct hash *leaf);
struct hash merkle_root(const struct merkle *m);
/* Checks an inclusion proof (RFC 9162, 2.1.3.2). */
bool merkle_verify_inclusion(const struct hash *leaf, uint64_t index, uint64_t size,
                             const struct hash *proof, size_t n, const struct hash *root);
/* Checks a consistency proof (RFC 9162, 2.1.4.2). */
bool merkle_verify_consistency(uint64_t from, const struct hash *from_root, uint64_t to,
                               const struct hash *to_root, const struct hash *proof, size_t n);

#endif
