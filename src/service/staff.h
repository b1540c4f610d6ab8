/* service/staff.h: members of staff looking after accounts: roles, deactivation, logins, passwords,
 * second factors and API tokens. Signing in and out is in service/account.h.
 * Thread rule: workers only (bcrypt blocks). What proves a person again (a password, a one-time
 * code) counts for the same throttle as signing in; a wrong one is ERR_FORBIDDEN, as the login that
 * asks stays good. */
#ifndef ENIGMA_SERVICE_STAFF_H
#define ENIGMA_SERVICE_STAFF_H

#include "repo/staff_repo.h"
#include "repo/token_repo.h"

/* ---- accounts (staff_account.c) ---- */

struct staff_query { /* GET /admin/users */
    int64_t limit;
    struct str cursor;
    int32_t role; /* -1: all */
    bool active;  /* only those */
};
extern const struct schema staff_query_schema;
/* By user name. *ret_next absent at the end; *ret_total of all that fit. */
err staff_list(struct ctx *c, const struct staff_query *q, struct list *ret_users,
               struct str *ret_next, int64_t *ret_total);
err staff_get(struct ctx *c, struct str admin_id, struct staff_user *ret);
/* By user name, for the operator. */
err staff_find(struct ctx *c, struct str username, struct staff_user *ret);
struct staff_change { /* PATCH /admin/users/{admin_id} */
    int32_t role;
    bool is_active;
};
extern const struct schema staff_change_schema;
/* seen: which members were sent. Ends every login and API token of the account in the same
 * transaction. ERR_FORBIDDEN: oneself; ERR_CONFLICT: the last active super_admin. */
err staff_change(struct ctx *c, struct str admin_id, const struct staff_change *ch,
                 const struct seen *seen, struct staff_user *ret);

/* ---- logins (staff_logins.c) ---- */

extern const struct schema staff_login_schema;
/* admin_id absent: one's own. */
err staff_logins(struct ctx *c, struct str admin_id, struct list *ret_logins);
err staff_login_end(struct ctx *c, struct str admin_id, struct str session_id);
/* All, but the one that asks. */
err staff_logins_end(struct ctx *c, struct str admin_id, int64_t *ret_ended);

/* ---- passwords (staff_password.c) ---- */

struct password_change { /* POST /admin/auth/password */
    struct str current_password, new_password;
};
extern const struct schema password_change_schema;
/* Ends all other logins and every API token. */
err staff_password_change(struct ctx *c, const struct password_change *ch);
/* By the operator: ends all logins and API tokens of the account. */
err staff_password_reset(struct ctx *c, struct str admin_id, struct str password);

/* ---- the second factor (staff_factor.c) ---- */

struct factor_state { /* GET /admin/auth/totp */
    bool enabled, required;
    int64_t confirmed_at, recovery_codes_left;
};
extern const struct schema factor_state_schema;
err factor_state(struct ctx *c, struct factor_state *ret);
struct factor_begin {
    struct str password;
};
extern const struct schema factor_begin_schema;
struct factor_secret { /* shown once */
    struct str secret, otpauth_uri;
};
extern const struct schema factor_secret_schema;
/* Makes a secret; it counts once a code of it was given. ERR_CONFLICT: one is set up already. */
err factor_begin(struct ctx *c, const struct factor_begin *r, struct factor_secret *ret);
struct factor_confirm {
    struct str totp_code;
};
extern const struct schema factor_confirm_schema;
struct factor_codes {           /* shown once */
    struct list recovery_codes; /* of struct str */
};
extern const struct schema factor_codes_schema;
/* The code is used up by this. Ends all other logins. */
err factor_confirm(struct ctx *c, const struct factor_confirm *r, struct factor_codes *ret);
struct factor_proof_request { /* password and a code, or a recovery code */
    struct str password, totp_code;
};
extern const struct schema factor_proof_request_schema;
err factor_new_codes(struct ctx *c, const struct factor_proof_request *r, struct factor_codes *ret);
/* Ends all other logins. */
err factor_disable(struct ctx *c, const struct factor_proof_request *r);
/* For a lost device: by a super_admin or the operator. Ends all logins of the account. */
err factor_reset(struct ctx *c, struct str admin_id);

/* ---- API tokens (staff_token.c) ---- */

#define API_TOKEN_PREFIX "enigma_pat_"
enum { API_TOKEN_N = 69, API_TOKEN_DAYS_MAX = 366, API_TOKENS_MAX = 50 };
struct token_new { /* POST /admin/tokens */
    struct str name;
    struct list scopes; /* of struct str */
    int64_t expires_in_days;
};
extern const struct schema token_new_schema;
struct token_made {
    struct api_token token;
    struct str secret; /* shown once; kept only as a hash */
};
extern const struct schema token_made_schema;
err token_make(struct ctx *c, const struct token_new *n, struct token_made *ret);
/* admin_id absent: one's own; those of others are for super_admins. */
err token_list(struct ctx *c, struct str admin_id, struct list *ret_tokens);
/* One's own, or any for super_admins. */
err token_end(struct ctx *c, struct str token_id);
/* Sets *ret_who with the owner's role of now and the token's scopes. */
err token_authenticate(struct ctx *c, struct str secret, const struct principal **ret_who);

#endif
