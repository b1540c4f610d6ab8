/* repo/signin_repo.h: SQL of sign-ins by an identity provider: those that have begun, and the
 * identities by which accounts are known. Works inside the caller's transaction and decides
 * nothing. Thread rule: the transaction's thread. */
#ifndef ENIGMA_REPO_SIGNIN_REPO_H
#define ENIGMA_REPO_SIGNIN_REPO_H

#include "db/db.h"

/* state, nonce, browser: SHA-256 in hex of what the browser has. */
struct auth_state_row {
    struct str state, code_challenge, nonce, browser, redirect_uri;
    int64_t created_at, expires_at;
    bool consumed;
};
err auth_state_insert(struct ctx *c, struct tx *tx, const struct auth_state_row *row);
err auth_state_get(struct ctx *c, struct tx *tx, struct str state, struct auth_state_row *ret,
                   bool *ret_found);
/* Uses it up: *ret_taken is false when another request has, it is over, or it is not of that
 * browser. */
err auth_state_take(struct ctx *c, struct tx *tx, struct str state, struct str browser, int64_t now,
                    bool *ret_taken);

struct oauth_identity_row {
    int64_t identity_id;
    struct str student_id, provider, provider_sub, email;
    bool email_verified;
    int64_t created_at, updated_at;
};
/* ERR_CONFLICT when the provider's subject has an account. */
err oauth_identity_insert(struct ctx *c, struct tx *tx, const struct oauth_identity_row *row);
err oauth_identity_find(struct ctx *c, struct tx *tx, struct str provider, struct str provider_sub,
                        struct oauth_identity_row *ret, bool *ret_found);
/* How many identities of that provider the account has. */
err oauth_identity_count(struct ctx *c, struct tx *tx, struct str provider, struct str student_id,
                         int64_t *ret_n);
/* The address that the provider names now. */
err oauth_identity_set_email(struct ctx *c, struct tx *tx, int64_t identity_id, struct str email,
                             int64_t now);

#endif
