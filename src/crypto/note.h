/* crypto/note.h: C2SP signed-note keys: Ed25519 key pairs and verifier keys. Any thread. */
#ifndef ENIGMA_CRYPTO_NOTE_H
#define ENIGMA_CRYPTO_NOTE_H

#include "base/buf.h"
#include "crypto/hash.h"

/* Bytes of a key's name: that of AUDIT_ORIGIN. */
enum { NOTE_NAME_MAX = 127 };
enum note_alg { NOTE_ED25519 = 0x01, NOTE_COSIGNATURE_V1 = 0x04 };
struct note_key {
    uint8_t public_key[32];
    uint8_t id[4];
    uint8_t alg;
    struct str name;
};

void ed25519_public(const uint8_t seed[32], uint8_t ret_public[32]);
void ed25519_sign(const uint8_t seed[32], struct str msg, uint8_t ret_sig[64]);
bool ed25519_verify(const uint8_t public_key[32], struct str msg, const uint8_t sig[64]);
/* SHA-256(name || 0x0A || alg || public key)[0:4] */
void note_key_id(struct str name, uint8_t alg, const uint8_t public_key[32], uint8_t ret[4]);
/* name+hex(keyid)+base64(alg || public key) */
void note_vkey_write(struct buf *b, struct str name, uint8_t alg, const uint8_t public_key[32]);
/* Borrows the name. False unless the form is exact, the name printable ASCII, the algorithm one of
 * the two above and the key id the right one. */
bool note_vkey_read(struct str text, struct note_key *ret);

#endif
