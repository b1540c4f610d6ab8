/* SQL of sign-ins by an identity provider. */
#include "repo/signin_repo.h"

static const struct field state_fields[] = {
    FIELD_STR(struct auth_state_row, state, .flags = FIELD_SECRET),
    FIELD_STR(struct auth_state_row, code_challenge),
    FIELD_STR(struct auth_state_row, nonce, .flags = FIELD_SECRET),
    FIELD_STR(struct auth_state_row, browser, .flags = FIELD_SECRET),
    FIELD_STR(struct auth_state_row, redirect_uri),
    FIELD_TIME(struct auth_state_row, created_at),
    FIELD_TIME(struct auth_state_row, expires_at),
    FIELD_BOOL(struct auth_state_row, consumed),
};
static SCHEMA(state_schema, "AuthStateRow", struct auth_state_row, state_fields);

err auth_state_insert(struct ctx *c, struct tx *tx, const struct auth_state_row *row)
{
    static const struct query q = {
        .sql = "INSERT INTO student_auth_states (state, code_challenge, nonce, browser,"
               " redirect_uri, created_at, expires_at, consumed) VALUES (:state, :code_challenge,"
               " :nonce, :browser, :redirect_uri, :created_at, :expires_at, :consumed)",
        .in = &state_schema,
    };
    return query_run(c, tx, &q, row, NULL);
}

err auth_state_get(struct ctx *c, struct tx *tx, struct str state, struct auth_state_row *ret,
                   bool *ret_found)
{
    static const struct query q = {
        .sql = "SELECT state, code_challenge, nonce, browser, redirect_uri, created_at, expires_at,"
               " consumed FROM student_auth_states WHERE state = :state",
        .in = &state_schema,
        .out = &state_schema,
    };
    const struct auth_state_row in = { .state = state };
    return query_find(c, tx, &q, &in, ret, ret_found);
}

err auth_state_take(struct ctx *c, struct tx *tx, struct str state, struct str browser, int64_t now,
                    bool *ret_taken)
{
    static const struct query q = {
        .sql = "UPDATE student_auth_states SET consumed = TRUE WHERE state = :state"
               " AND browser = :browser AND NOT consumed AND expires_at > :expires_at",
        .in = &state_schema,
    };
    const struct auth_state_row in = { .state = state, .browser = browser, .expires_at = now };
    int64_t changed = 0;
    TRY(query_run(c, tx, &q, &in, &changed));
    *ret_taken = changed == 1;
    return ERR_OK;
}

static const struct field identity_fields[] = {
    FIELD_I64(struct oauth_identity_row, identity_id),
    FIELD_STR(struct oauth_identity_row, student_id),
    FIELD_STR(struct oauth_identity_row, provider),
    FIELD_STR(struct oauth_identity_row, provider_sub, .flags = FIELD_PII),
    FIELD_STR(struct oauth_identity_row, email, .flags = FIELD_PII),
    FIELD_BOOL(struct oauth_identity_row, email_verified),
    FIELD_TIME(struct oauth_identity_row, created_at),
    FIELD_TIME(struct oauth_identity_row, updated_at),
};
static SCHEMA(identity_schema, "IdentityRow", struct oauth_identity_row, identity_fields);

err oauth_identity_insert(struct ctx *c, struct tx *tx, const struct oauth_identity_row *row)
{
    static const struct query q = {
        .sql = "INSERT INTO oauth_identities (identity_id, student_id, provider, provider_sub,"
               " email, email_verified, created_at, updated_at) VALUES (:identity_id, :student_id,"
               " :provider, :provider_sub, :email, :email_verified, :created_at, :updated_at)",
        .in = &identity_schema,
    };
    return query_run(c, tx, &q, row, NULL);
}

err oauth_identity_find(struct ctx *c, struct tx *tx, struct str provider, struct str provider_sub,
                        struct oauth_identity_row *ret, bool *ret_found)
{
    static const struct query q = {
        .sql = "SELECT identity_id, student_id, provider, provider_sub, email, email_verified,"
               " created_at, updated_at FROM oauth_identities"
               " WHERE provider = :provider AND provider_sub = :provider_sub",
        .in = &identity_schema,
        .out = &identity_schema,
    };
    const struct oauth_identity_row in = { .provider = provider, .provider_sub = provider_sub };
    return query_find(c, tx, &q, &in, ret, ret_found);
}

struct count_row {
    int64_t n;
};
static const struct field count_fields[] = { FIELD_I64(struct count_row, n) };
static SCHEMA(count_schema, "IdentityCount", struct count_row, count_fields);

err oauth_identity_count(struct ctx *c, struct tx *tx, struct str provider, struct str student_id,
                         int64_t *ret_n)
{
    static const struct query q = {
        .sql = "SELECT COUNT(*) AS n FROM oauth_identities"
               " WHERE student_id = :student_id AND provider = :provider",
        .in = &identity_schema,
        .out = &count_schema,
    };
    const struct oauth_identity_row in = { .provider = provider, .student_id = student_id };
    struct count_row row = { 0 };
    bool found = false;
    TRY(query_find(c, tx, &q, &in, &row, &found));
    *ret_n = row.n;
    return ERR_OK;
}

err oauth_identity_set_email(struct ctx *c, struct tx *tx, int64_t identity_id, struct str email,
                             int64_t now)
{
    static const struct query q = {
        .sql = "UPDATE oauth_identities SET email = :email, email_verified = :email_verified,"
               " updated_at = :updated_at WHERE identity_id = :identity_id",
        .in = &identity_schema,
    };
    const struct oauth_identity_row in = {
        .identity_id = identity_id, .email = email, .email_verified = true, .updated_at = now
    };
    return query_run(c, tx, &q, &in, NULL);
}
