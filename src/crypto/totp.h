/* crypto/totp.h: one-time codes by time (RFC 6238 over RFC 4226): HMAC-SHA-1, six digits, steps of
 * 30 s, as every authenticator understands them. Pure; any thread. */
#ifndef ENIGMA_CRYPTO_TOTP_H
#define ENIGMA_CRYPTO_TOTP_H

#include "base/str.h"

enum { TOTP_SECRET_N = 20, TOTP_DIGITS = 6, TOTP_STEP_S = 30, TOTP_SKEW_STEPS = 1 };
/* The code of a step, i.e. of seconds since 1970 divided by TOTP_STEP_S. */
void totp_code(struct str secret, int64_t step, char ret[TOTP_DIGITS + 1]);
/* The step around now_s, at most TOTP_SKEW_STEPS away and after `used`, whose code this is. Takes
 * the same time for every code. */
bool totp_match(struct str secret, struct str code, int64_t now_s, int64_t used, int64_t *ret_step);

#endif
