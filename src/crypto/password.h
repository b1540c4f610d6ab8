/* crypto/password.h: bcrypt over base64(SHA-384(password)), so that nothing is cut at 72 bytes
 * and NUL counts (SECURITY S-10). Blocking, about 0.2 s at cost 12: never on a loop thread; at
 * most cores - 1 (at least 1) run at once, the others wait in line up to the context's deadline. */
#ifndef ENIGMA_CRYPTO_PASSWORD_H
#define ENIGMA_CRYPTO_PASSWORD_H

#include "base/ctx.h"

enum { PASSWORD_CHARS_MIN = 8, PASSWORD_CHARS_MAX = 256, PASSWORD_HASH_MAX = 128 };
/* cost: 4 to 15 (12 in production). */
err password_hash(struct ctx *c, struct str password, int cost, struct str *ret_hash);
/* *ret_match in constant time. `stored` absent or unusable: hashes against a dummy of `cost` so
 * that the time tells nothing, and says no match; a stored hash of a lower cost that does not match
 * takes as long too. *ret_upgrade: the stored hash is a plain bcrypt
 * of the password itself (imported) or of a lower cost, and should be replaced. */
err password_check(struct ctx *c, struct str password, struct str stored, int cost, bool *ret_match,
                   bool *ret_upgrade);
/* Hashes computed by this process, for metrics. */
int64_t password_hashes(void);
/* ERR_INVALID naming the rule: length, or on the list of common passwords and context words. */
err password_acceptable(struct ctx *c, struct str password, struct str username);

#endif
