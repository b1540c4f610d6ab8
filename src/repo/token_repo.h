/* repo/token_repo.h: SQL of API tokens. Works inside the caller's transaction and decides nothing.
 * Thread rule: the transaction's thread. */
#ifndef ENIGMA_REPO_TOKEN_REPO_H
#define ENIGMA_REPO_TOKEN_REPO_H

#include "db/db.h"
#include "domain/role.h"

/* A token as its owner sees it: ApiToken of the API. */
struct api_token {
    struct str token_id, admin_id, name;
    struct list scopes; /* of struct str */
    int64_t created_at, expires_at, last_used_at;
};
extern const struct schema api_token_schema;
struct token_row {
    struct api_token token;
    struct str token_hash;
    bool revoked;
};
err token_repo_insert(struct ctx *c, struct tx *tx, const struct token_row *row);
/* Those that are neither ended nor over at `now`, newest first. */
err token_repo_list(struct ctx *c, struct tx *tx, struct str admin_id, int64_t now, int64_t limit,
                    struct list *ret_tokens);
err token_repo_get(struct ctx *c, struct tx *tx, struct str token_id, struct token_row *ret,
                   bool *ret_found);
/* *ret_changed 0: it was ended before. */
err token_repo_end(struct ctx *c, struct tx *tx, struct str token_id, int64_t *ret_changed);
err token_repo_end_all(struct ctx *c, struct tx *tx, struct str admin_id, int64_t *ret_changed);
/* The token and its owner, by the secret's hash. */
struct token_use {
    struct str token_id, admin_id, username;
    struct list scopes;
    int32_t role;
    bool is_active, revoked;
    int64_t expires_at, last_used_at;
    int64_t factor_at; /* when the owner's second factor was confirmed; 0: none */
};
err token_repo_use(struct ctx *c, struct tx *tx, struct str token_hash, struct token_use *ret,
                   bool *ret_found);
/* Of n rows token_id and last_used_at count; only forward in time. */
err token_repo_touch(struct ctx *c, struct tx *tx, const struct token_row *v, size_t n);

#endif
