/* One-time codes by time: HMAC-SHA-1 of the step, cut to six digits. */
#include "crypto/totp.h"

#include <stdio.h>

#include "crypto/hash.h"
#include "crypto/ossl.h"

enum { STEP_N = 8, CODES = 1000000 };

void totp_code(struct str secret, int64_t step, char ret[TOTP_DIGITS + 1])
{
    uint8_t message[STEP_N], mac[SHA1_N];
    for (int i = STEP_N - 1; i >= 0; i--, step >>= 8)
        message[i] = (uint8_t)(step & 0xff);
    ossl_hmac_sha1(secret, message, sizeof(message), mac);
    /* RFC 4226 section 5.3: the last half byte says where the four bytes stand. */
    const uint8_t *at = mac + (mac[SHA1_N - 1] & 0x0f);
    const uint32_t word = (uint32_t)(at[0] & 0x7f) << 24 | (uint32_t)at[1] << 16 |
                          (uint32_t)at[2] << 8 | (uint32_t)at[3];
    snprintf(ret, TOTP_DIGITS + 1, "%06u", (unsigned)(word % CODES));
    secret_wipe(mac, sizeof(mac));
}

bool totp_match(struct str secret, struct str code, int64_t now_s, int64_t used, int64_t *ret_step)
{
    const int64_t now = now_s / TOTP_STEP_S;
    int64_t found = -1;
    for (int64_t step = now - TOTP_SKEW_STEPS; step <= now + TOTP_SKEW_STEPS; step++) {
        char text[TOTP_DIGITS + 1];
        totp_code(secret, step, text);
        const bool same = secret_eq(code, (struct str){ text, TOTP_DIGITS });
        if (same && step > used)
            found = step;
        secret_wipe(text, sizeof(text));
    }
    if (found < 0)
        return false;
    *ret_step = found;
    return true;
}
