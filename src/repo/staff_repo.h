/* repo/staff_repo.h: SQL for managing members of staff: the list, roles, whether active, passwords,
 * and the logins that each has. Works inside the caller's transaction and decides nothing.
 * Thread rule: the transaction's thread. */
#ifndef ENIGMA_REPO_STAFF_REPO_H
#define ENIGMA_REPO_STAFF_REPO_H

#include "db/db.h"
#include "domain/role.h"

/* An account as its managers see it: AdminUser of the API. */
struct staff_user {
    struct str admin_id, username, email;
    int32_t role;
    bool is_active, second_factor;
    int64_t created_at, last_login;
    int64_t factor_at; /* when the second factor was confirmed; 0: none */
    struct str username_key;
};
extern const struct schema staff_user_schema;
/* By folded user name, after `after` (absent: from the start). role -1: all. */
struct staff_page {
    struct str after;
    int32_t role;
    bool active_only;
    int64_t limit;
};
err staff_repo_page(struct ctx *c, struct tx *tx, const struct staff_page *p,
                    struct list *ret_rows);
err staff_repo_count(struct ctx *c, struct tx *tx, const struct staff_page *p, int64_t *ret_n);
err staff_repo_get(struct ctx *c, struct tx *tx, struct str admin_id, struct staff_user *ret,
                   bool *ret_found);
err staff_repo_set(struct ctx *c, struct tx *tx, struct str admin_id, int32_t role, bool is_active);
/* Active super_admins other than this account. */
err staff_repo_other_supers(struct ctx *c, struct tx *tx, struct str admin_id, int64_t *ret_n);
/* Only while the stored hash is old_hash and the account active; *ret_changed: it was. */
err staff_repo_password(struct ctx *c, struct tx *tx, struct str admin_id, struct str old_hash,
                        struct str new_hash, bool *ret_changed);

/* A login: AdminLogin of the API. */
struct staff_login {
    struct str session_id;
    int64_t created_at, last_active_at, expires_at;
    struct str ip_address, user_agent;
    bool current; /* the one that asks */
};
/* Those that are neither ended nor over at `now`, and were used after `idle_since`, newest first.
 */
err staff_repo_logins(struct ctx *c, struct tx *tx, struct str admin_id, int64_t now,
                      int64_t idle_since, int64_t limit, struct list *ret_rows);
err staff_repo_login_live(struct ctx *c, struct tx *tx, struct str session_id, int64_t now,
                          bool *ret_live);
/* *ret_changed 0: there is no such live login of this account. */
err staff_repo_login_end(struct ctx *c, struct tx *tx, struct str admin_id, struct str session_id,
                         int64_t *ret_changed);
/* All of the account but `except` (absent: all). */
err staff_repo_logins_end(struct ctx *c, struct tx *tx, struct str admin_id, struct str except,
                          int64_t *ret_changed);

#endif
