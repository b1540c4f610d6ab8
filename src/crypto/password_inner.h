/* crypto/password_inner.h: what the password files share; no business of other rooms. */
#ifndef ENIGMA_CRYPTO_PASSWORD_INNER_H
#define ENIGMA_CRYPTO_PASSWORD_INNER_H

#include "base/ctx.h"

enum { BCRYPT_TEXT_N = 60, BCRYPT_SETTING_N = 29, BCRYPT_HASH_N = 31, BCRYPT_INPUT_MAX = 72 };

/* Sorted, lower case. */
extern const char *const password_list[];
extern const size_t password_list_n;

/* bcrypt of a NUL-ended phrase under "$2b$12$" and 22 characters of salt, on a thread of its own
 * that yields to others, once a place is free. ERR_BUSY when the line is too long or the deadline
 * comes first. */
err password_crypt(struct ctx *c, const char *phrase, const char *setting,
                   char ret_text[BCRYPT_TEXT_N + 1]);

#endif
