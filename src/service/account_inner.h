/* service/account_inner.h: what the parts of the accounts share. Private to account_*.c. */
#ifndef ENIGMA_SERVICE_ACCOUNT_INNER_H
#define ENIGMA_SERVICE_ACCOUNT_INNER_H

#include "repo/admin_repo.h"
#include "service/account.h"
#include "service/audit_log.h"

enum { COOKIE_BYTES = 48, USER_AGENT_MAX = 400, ADDRESS_MAX = 45 };

/* Lower case of ASCII letters, in the arena. */
struct str lower_ascii_of(struct ctx *c, struct str s);
/* Hex SHA-256 of a secret, as it is stored. */
struct str secret_hash(struct ctx *c, struct str secret);
/* What a row keeps of a request's origin; absent when unknown. */
struct str kept_address(struct ctx *c);
struct str kept_user_agent(struct ctx *c, struct str user_agent);
int account_cost(const struct ctx *c);

/* A login that begins: the cookie and its life; then, in a transaction, its row and student.login.
 */
struct student_login {
    struct str cookie, user_agent;
    int64_t expires_at, max_age_s;
};
struct student_login student_login_make(struct ctx *c, struct str user_agent);
err student_login_store(struct ctx *c, struct tx *tx, struct str student_id,
                        const struct student_login *login);

#endif
