/* repo/admin_repo.h: SQL of administrators and their logins. Works inside the caller's transaction
 * and decides nothing. Thread rule: the transaction's thread. */
#ifndef ENIGMA_REPO_ADMIN_REPO_H
#define ENIGMA_REPO_ADMIN_REPO_H

#include "db/db.h"
#include "domain/role.h"

struct admin_row {
    struct str admin_id, username, username_key, password_hash, email;
    int32_t role;
    bool is_active;
    int64_t created_at, last_login;
};
extern const struct schema admin_row_schema;
err admin_repo_insert(struct ctx *c, struct tx *tx, const struct admin_row *row);
err admin_repo_by_id(struct ctx *c, struct tx *tx, struct str admin_id, struct admin_row *ret,
                     bool *ret_found);
err admin_repo_by_username(struct ctx *c, struct tx *tx, struct str username_key,
                           struct admin_row *ret, bool *ret_found);
err admin_repo_by_email(struct ctx *c, struct tx *tx, struct str email, struct admin_row *ret,
                        bool *ret_found);
err admin_repo_count(struct ctx *c, struct tx *tx, int64_t *ret_n);
err admin_repo_each(struct ctx *c, struct tx *tx, row_fn *fn, void *arg);
/* Sets last_login and, when new_hash is not absent, the hash; only if the account is still active
 * with old_hash. *ret_changed: it was. */
err admin_repo_signed_in(struct ctx *c, struct tx *tx, struct str admin_id, struct str old_hash,
                         struct str new_hash, int64_t at, bool *ret_changed);

struct admin_session_row {
    struct str session_id, admin_id, token_hash;
    int64_t expires_at, created_at, last_active_at;
    struct str ip_address, user_agent;
    bool revoked;
};
err admin_repo_session_insert(struct ctx *c, struct tx *tx, const struct admin_session_row *row);
/* The login and its account, by the token's hash. */
struct admin_login_row {
    struct str session_id, admin_id, username;
    int32_t role;
    bool is_active, revoked;
    int64_t expires_at, last_active_at;
    int64_t factor_at; /* when the second factor was confirmed; 0: none */
};
err admin_repo_session_get(struct ctx *c, struct tx *tx, struct str token_hash,
                           struct admin_login_row *ret, bool *ret_found);
/* Only forward in time, so that late requests take nothing back. */
/* Of n rows session_id and last_active_at count. */
err admin_repo_sessions_touch(struct ctx *c, struct tx *tx, const struct admin_session_row *v,
                              size_t n);
err admin_repo_session_revoke(struct ctx *c, struct tx *tx, struct str session_id,
                              int64_t *ret_changed);

#endif
