/* repo/student_repo.h: SQL of student accounts and their logins. Works inside the caller's
 * transaction and decides nothing. Thread rule: the transaction's thread. */
#ifndef ENIGMA_REPO_STUDENT_REPO_H
#define ENIGMA_REPO_STUDENT_REPO_H

#include "db/db.h"
#include "domain/role.h"

struct student_row {
    struct str student_id, primary_email, display_name;
    int32_t status;
    int64_t created_at, updated_at, verified_at;
};
/* ERR_CONFLICT when the e-mail has an account. */
err student_repo_insert(struct ctx *c, struct tx *tx, const struct student_row *v, size_t n);
err student_repo_by_id(struct ctx *c, struct tx *tx, struct str student_id, struct student_row *ret,
                       bool *ret_found);
err student_repo_by_email(struct ctx *c, struct tx *tx, struct str email, struct student_row *ret,
                          bool *ret_found);

struct student_session_row {
    struct str session_id, student_id, session_token_hash;
    int64_t expires_at, created_at, last_active_at;
    struct str ip_address, user_agent;
    bool revoked;
};
err student_repo_session_insert(struct ctx *c, struct tx *tx,
                                const struct student_session_row *row);
struct student_login_row {
    struct str session_id, student_id, display_name;
    int32_t status;
    bool revoked;
    int64_t expires_at, last_active_at;
};
err student_repo_session_get(struct ctx *c, struct tx *tx, struct str token_hash,
                             struct student_login_row *ret, bool *ret_found);
/* Of n rows session_id and last_active_at count. */
err student_repo_sessions_touch(struct ctx *c, struct tx *tx, const struct student_session_row *v,
                                size_t n);
err student_repo_session_revoke(struct ctx *c, struct tx *tx, struct str session_id,
                                int64_t *ret_changed);

#endif
