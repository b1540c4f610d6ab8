/* Shapes of requests and replies about members of staff. */
#include "service/staff.h"

static const struct field user_fields[] = {
    FIELD_STR(struct staff_user, admin_id, .flags = FIELD_REQUIRED),
    FIELD_STR(struct staff_user, username, .flags = FIELD_REQUIRED),
    FIELD_STR(struct staff_user, email, .flags = FIELD_REQUIRED),
    FIELD_ENUM(struct staff_user, role, .flags = FIELD_REQUIRED, .names = &admin_role_names),
    FIELD_BOOL(struct staff_user, is_active, .flags = FIELD_REQUIRED),
    FIELD_BOOL(struct staff_user, second_factor, .flags = FIELD_REQUIRED,
               .doc = "Signs in with a one-time code as well."),
    FIELD_TIME(struct staff_user, created_at, .flags = FIELD_REQUIRED),
    FIELD_TIME(struct staff_user, last_login, .flags = FIELD_NULL),
};
SCHEMA(staff_user_schema, "AdminUser", struct staff_user, user_fields);

static const struct field query_fields[] = {
    FIELD_I64(struct staff_query, limit, .min = 1, .max = 1000, .preset = "100",
              .doc = "Rows in one answer."),
    FIELD_STR(struct staff_query, cursor, .flags = FIELD_NULL, .max = 200,
              .doc = "Where the next page starts: from the Link header."),
    FIELD_ENUM(struct staff_query, role, .flags = FIELD_NULL, .names = &admin_role_names,
               .doc = "Only this role."),
    FIELD_BOOL(struct staff_query, active, .preset = "false", .doc = "Only active accounts."),
};
SCHEMA(staff_query_schema, "AdminUserQuery", struct staff_query, query_fields);

static const struct field change_fields[] = {
    FIELD_ENUM(struct staff_change, role, .names = &admin_role_names,
               .doc = "The new role; ends all logins and API tokens of the account."),
    FIELD_BOOL(struct staff_change, is_active,
               .doc = "false ends all logins and API tokens; true lets the account in again."),
};
SCHEMA(staff_change_schema, "AdminUserChange", struct staff_change, change_fields);

static const struct field login_fields[] = {
    FIELD_STR(struct staff_login, session_id, .flags = FIELD_REQUIRED,
              .doc = "Names the login; it is no secret."),
    FIELD_TIME(struct staff_login, created_at, .flags = FIELD_REQUIRED),
    FIELD_TIME(struct staff_login, last_active_at, .flags = FIELD_REQUIRED),
    FIELD_TIME(struct staff_login, expires_at, .flags = FIELD_REQUIRED),
    FIELD_STR(struct staff_login, ip_address, .flags = FIELD_NULL),
    FIELD_STR(struct staff_login, user_agent, .flags = FIELD_NULL),
    FIELD_BOOL(struct staff_login, current, .flags = FIELD_REQUIRED, .doc = "The login that asks."),
};
SCHEMA(staff_login_schema, "AdminLogin", struct staff_login, login_fields);

#define PASSWORD_ FIELD_REQUIRED | FIELD_SECRET
static const struct field password_fields[] = {
    FIELD_STR(struct password_change, current_password, .flags = PASSWORD_, .format = "password"),
    FIELD_STR(struct password_change, new_password, .flags = PASSWORD_, .min = 8, .max = 256,
              .format = "password"),
};
SCHEMA(password_change_schema, "PasswordChange", struct password_change, password_fields);

static const struct field state_fields[] = {
    FIELD_BOOL(struct factor_state, enabled, .flags = FIELD_REQUIRED,
               .doc = "Signing in needs a one-time code."),
    FIELD_BOOL(struct factor_state, required, .flags = FIELD_REQUIRED,
               .doc = "This account may do nothing else until it has one."),
    FIELD_TIME(struct factor_state, confirmed_at, .flags = FIELD_NULL),
    FIELD_I64(struct factor_state, recovery_codes_left, .flags = FIELD_REQUIRED),
};
SCHEMA(factor_state_schema, "SecondFactor", struct factor_state, state_fields);

static const struct field begin_fields[] = {
    FIELD_STR(struct factor_begin, password, .flags = PASSWORD_, .format = "password"),
};
SCHEMA(factor_begin_schema, "SecondFactorBegin", struct factor_begin, begin_fields);

static const struct field secret_fields[] = {
    FIELD_STR(struct factor_secret, secret, .flags = FIELD_REQUIRED,
              .doc = "In base32, to be typed into an authenticator; shown once."),
    FIELD_STR(struct factor_secret, otpauth_uri, .flags = FIELD_REQUIRED,
              .doc = "The same as an otpauth: link, for a QR code."),
};
SCHEMA(factor_secret_schema, "SecondFactorSecret", struct factor_secret, secret_fields);

static const struct field confirm_fields[] = {
    FIELD_STR(struct factor_confirm, totp_code, .flags = PASSWORD_, .min = 6, .max = 40,
              .doc = "The six digits that the authenticator shows now."),
};
SCHEMA(factor_confirm_schema, "SecondFactorConfirm", struct factor_confirm, confirm_fields);

static const struct field codes_fields[] = {
    FIELD_LIST(struct factor_codes, recovery_codes, .flags = FIELD_REQUIRED,
               .doc = "Each lets in once without the device; shown once."),
};
SCHEMA(factor_codes_schema, "RecoveryCodes", struct factor_codes, codes_fields);

static const struct field proof_fields[] = {
    FIELD_STR(struct factor_proof_request, password, .flags = PASSWORD_, .format = "password"),
    FIELD_STR(struct factor_proof_request, totp_code, .flags = PASSWORD_, .min = 6, .max = 40,
              .doc = "A one-time code or a recovery code."),
};
SCHEMA(factor_proof_request_schema, "SecondFactorProof", struct factor_proof_request, proof_fields);

static const struct field token_new_fields[] = {
    FIELD_STR(struct token_new, name, .flags = FIELD_REQUIRED, .min = 1, .max = 100,
              .doc = "What it is for."),
    FIELD_LIST(struct token_new, scopes, .flags = FIELD_REQUIRED, .min = 1, .max = 10,
               .doc = "cycles:read, cycles:write, applications:read, batches:read, batches:write, "
                      "jobs:read, jobs:write, audit:read, users:read, users:write."),
    FIELD_I64(struct token_new, expires_in_days, .min = 1, .max = API_TOKEN_DAYS_MAX,
              .preset = "90", .doc = "It ends after so many days."),
};
SCHEMA(token_new_schema, "ApiTokenNew", struct token_new, token_new_fields);

#define TOKEN_FIELDS_(S_, p_)                                                                      \
    FIELD_NAMED(S_, p_ token_id, "token_id", F_STR, struct str, .flags = FIELD_REQUIRED),          \
        FIELD_NAMED(S_, p_ admin_id, "admin_id", F_STR, struct str, .flags = FIELD_REQUIRED),      \
        FIELD_NAMED(S_, p_ name, "name", F_STR, struct str, .flags = FIELD_REQUIRED),              \
        FIELD_NAMED(S_, p_ scopes, "scopes", F_LIST, struct list, .flags = FIELD_REQUIRED),        \
        FIELD_NAMED(S_, p_ created_at, "created_at", F_TIME, int64_t, .flags = FIELD_REQUIRED),    \
        FIELD_NAMED(S_, p_ expires_at, "expires_at", F_TIME, int64_t, .flags = FIELD_REQUIRED),    \
        FIELD_NAMED(S_, p_ last_used_at, "last_used_at", F_TIME, int64_t, .flags = FIELD_NULL,     \
                    .doc = "To the minute; null: never.")
static const struct field token_fields[] = { TOKEN_FIELDS_(struct api_token, ) };
SCHEMA(api_token_schema, "ApiToken", struct api_token, token_fields);

static const struct field made_fields[] = {
    FIELD_NAMED(struct token_made, secret, "token", F_STR, struct str, .flags = FIELD_REQUIRED,
                .doc = "Sent as a bearer token; shown once, kept only as a hash."),
    TOKEN_FIELDS_(struct token_made, token.),
};
SCHEMA(token_made_schema, "ApiTokenMade", struct token_made, made_fields);
