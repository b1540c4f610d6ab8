/* service/staff_inner.h: what the parts of staff.h and the sign-in share. Private to staff_*.c and
 * account_login.c. */
#ifndef ENIGMA_SERVICE_STAFF_INNER_H
#define ENIGMA_SERVICE_STAFF_INNER_H

#include "repo/factor_repo.h"
#include "service/account_inner.h"
#include "service/staff.h"
#include "service/throttle.h"

/* Limits of failed sign-ins, by the settings. */
struct throttle_limits staff_limits(const struct ctx *c);
/* A login that was not used for so long has ended. */
int64_t staff_idle_us(const struct ctx *c);
/* Whether this role must have a second factor (REQUIRE_2FA). */
bool factor_required(const struct ctx *c, int32_t role);

/* Whoever changes accounts, their credentials or rights is alone with that. */
err staff_hold(struct ctx *c, struct tx *tx);
/* The login that asks, read again in this transaction: ERR_UNAUTHENTICATED when it has ended since,
 * so that a late request of an ended login changes nothing. The operator passes. */
err staff_still_in(struct ctx *c, struct tx *tx);
/* An entry about an account by c->who; kind and role (-1) may be absent. */
err staff_log(struct ctx *c, struct tx *tx, struct audit_head *head, const char *act,
              struct str admin_id, const char *kind, int32_t role);
/* Every login of the account but `except` (absent: none spared), and its API tokens and pending
 * approvals when `tokens`. */
err staff_end_all(struct ctx *c, struct tx *tx, struct str admin_id, struct str except,
                  bool tokens);

/* One's own account, after the password was given again. ERR_FORBIDDEN: it is not right. */
err staff_prove(struct ctx *c, struct str password, struct admin_row *ret);

/* A one-time code or a recovery code that fits, not yet used up. */
struct factor_proof {
    int64_t step; /* -1: a recovery code */
    struct str recovery_hash;
};
/* Whether the code fits the factor. */
bool factor_fits(struct ctx *c, const struct factor_row *f, struct str code,
                 struct factor_proof *ret);
/* Uses it up: *ret_fresh false when it was used before, or is no recovery code of the account. */
err factor_spend(struct ctx *c, struct tx *tx, struct audit_head *head, struct str admin_id,
                 const struct factor_proof *p, bool *ret_fresh);

#endif
