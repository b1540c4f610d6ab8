/* crypto/sha1.h: SHA-1 where a standard knows nothing else: the handshake of RFC 6455 and the
 * time-limited credentials of TURN servers. Never for evidence or passwords. Any thread. */
#ifndef ENIGMA_CRYPTO_SHA1_H
#define ENIGMA_CRYPTO_SHA1_H

#include "base/arena.h"

enum { SHA1_BYTES = 20 };

void sha1(struct str data, uint8_t ret[SHA1_BYTES]);
/* key: at most 256 bytes. */
void hmac_sha1(struct str key, struct str data, uint8_t ret[SHA1_BYTES]);

#endif
