/* support/test_totp.h: an authenticator: from the secret as it is shown to the code of a time. */
#ifndef ENIGMA_TESTS_SUPPORT_TEST_TOTP_H
#define ENIGMA_TESTS_SUPPORT_TEST_TOTP_H

#include <stdlib.h>
#include <string.h>

#include "crypto/totp.h"

/* steps: so many steps of 30 s from now_us. */
static inline void test_totp(struct str base32, int64_t now_us, int64_t steps,
                             char ret[TOTP_DIGITS + 1])
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    unsigned char secret[TOTP_SECRET_N] = { 0 };
    size_t n = 0;
    unsigned bits = 0, have = 0;
    for (size_t i = 0; i < base32.n && n < sizeof(secret); i++) {
        const char *at = strchr(digits, base32.p[i]);
        if (!at || base32.p[i] == '\0')
            abort();
        bits = bits << 5 | (unsigned)(at - digits);
        have += 5;
        if (have >= 8)
            secret[n++] = (unsigned char)(bits >> (have -= 8));
        bits &= (1U << have) - 1;
    }
    totp_code((struct str){ (const char *)secret, n }, now_us / 1000000 / TOTP_STEP_S + steps, ret);
}

#endif
