/* Members of staff: accounts, logins, passwords, second factors and API tokens. */
#include "api/paging.h"
#include "api/routes.h"
#include "base/str.h"
#include "service/account.h"
#include "service/staff.h"

static err say(struct call *call, struct str message)
{
    *(struct action_reply *)call->reply = (struct action_reply){ true, message };
    return ERR_OK;
}

/* Where the new thing is; 201 for whoever prefers it, as with applications. */
static err created(struct ctx *c, struct call *call, const char *stem, struct str id)
{
    call_header(c, call, "Location", str_fmt(c->mem, "%s/%.*s", stem, STR_ARG(id)));
    if (request_prefers(call->request, "status=201")) {
        call->status = 201;
        call_header(c, call, "Preference-Applied", S("status=201"));
    }
    return ERR_OK;
}

static err list_users(struct ctx *c, struct call *call)
{
    const struct staff_query *q = call->query;
    struct str next = { 0 }, extra = S("");
    int64_t total = 0;
    TRY(staff_list(c, q, &call->rows, &next, &total));
    if (q->role >= 0)
        extra = str_fmt(c->mem, "&role=%s", admin_role_names.v[q->role]);
    if (q->active)
        extra = str_fmt(c->mem, "%.*s&active=true", STR_ARG(extra));
    page_headers(c, call, next, q->limit, total, extra);
    return ERR_OK;
}

static err post_user(struct ctx *c, struct call *call)
{
    struct admin_me me = { 0 };
    TRY(admin_create(c, call->body, &me));
    TRY(staff_get(c, me.admin_id, call->reply));
    return created(c, call, "/admin/users", me.admin_id);
}

static err get_user(struct ctx *c, struct call *call)
{
    return staff_get(c, call->path_arg[0], call->reply);
}

static err patch_user(struct ctx *c, struct call *call)
{
    return staff_change(c, call->path_arg[0], call->body, &call->body_seen, call->reply);
}

static err list_user_logins(struct ctx *c, struct call *call)
{
    return staff_logins(c, call->path_arg[0], &call->rows);
}

static err delete_user_login(struct ctx *c, struct call *call)
{
    TRY(staff_login_end(c, call->path_arg[0], call->path_arg[1]));
    return say(call, S("Login ended"));
}

static err end_logins(struct ctx *c, struct call *call, struct str admin_id)
{
    int64_t ended = 0;
    TRY(staff_logins_end(c, admin_id, &ended));
    return say(call, str_fmt(c->mem, "%lld logins ended", (long long)ended));
}

static err delete_user_logins(struct ctx *c, struct call *call)
{
    return end_logins(c, call, call->path_arg[0]);
}

static err delete_user_factor(struct ctx *c, struct call *call)
{
    TRY(factor_reset(c, call->path_arg[0]));
    return say(call, S("Second factor removed"));
}

static err list_own_logins(struct ctx *c, struct call *call)
{
    return staff_logins(c, (struct str){ 0 }, &call->rows);
}

static err delete_own_login(struct ctx *c, struct call *call)
{
    TRY(staff_login_end(c, (struct str){ 0 }, call->path_arg[0]));
    return say(call, S("Login ended"));
}

static err delete_own_logins(struct ctx *c, struct call *call)
{
    return end_logins(c, call, (struct str){ 0 });
}

static err post_password(struct ctx *c, struct call *call)
{
    TRY(staff_password_change(c, call->body));
    return say(call, S("Password changed; all other logins and API tokens have ended"));
}

static err get_factor(struct ctx *c, struct call *call)
{
    return factor_state(c, call->reply);
}

static err post_factor(struct ctx *c, struct call *call)
{
    return factor_begin(c, call->body, call->reply);
}

static err post_factor_confirm(struct ctx *c, struct call *call)
{
    return factor_confirm(c, call->body, call->reply);
}

static err post_factor_codes(struct ctx *c, struct call *call)
{
    return factor_new_codes(c, call->body, call->reply);
}

static err post_factor_disable(struct ctx *c, struct call *call)
{
    TRY(factor_disable(c, call->body));
    return say(call, S("Second factor removed"));
}

struct token_query {
    struct str admin_id;
};
static const struct field token_query_fields[] = {
    FIELD_STR(struct token_query, admin_id, .flags = FIELD_NULL, .max = 50,
              .doc = "Whose; one's own when left out. Those of others are for super_admins."),
};
static SCHEMA(token_query_schema, "ApiTokenQuery", struct token_query, token_query_fields);

static err list_tokens(struct ctx *c, struct call *call)
{
    const struct token_query *q = call->query;
    return token_list(c, q->admin_id, &call->rows);
}

static err post_token(struct ctx *c, struct call *call)
{
    struct token_made *made = call->reply;
    TRY(token_make(c, call->body, made));
    return created(c, call, "/admin/tokens", made->token.token_id);
}

static err delete_token(struct ctx *c, struct call *call)
{
    TRY(token_end(c, call->path_arg[0]));
    return say(call, S("API token ended"));
}

#define CHANGES_ ROUTE_AUDITED | ROUTE_PERSONAL
#define PROVES_  ROUTE_AUDITED | ROUTE_PERSONAL | ROUTE_SLOW
/* clang-format off */
static const struct route rows[] = {
    { .method = "GET", .path = "/admin/users", .summary = "Members of staff, by user name.",
      .run = list_users, .query = &staff_query_schema, .reply = &staff_user_schema,
      .roles = ROLE_SUPER_ADMIN, .flags = ROUTE_LIST | ROUTE_PERSONAL,
      .scope = SCOPE_USERS_READ, .tag = "Staff" },
    { .method = "POST", .path = "/admin/users", .summary = "Create a member of staff.",
      .run = post_user, .body = &admin_new_schema, .reply = &staff_user_schema,
      .roles = ROLE_SUPER_ADMIN, .flags = PROVES_, .scope = SCOPE_USERS_WRITE, .tag = "Staff" },
    { .method = "GET", .path = "/admin/users/{admin_id}", .summary = "One member of staff.",
      .run = get_user, .reply = &staff_user_schema, .roles = ROLE_SUPER_ADMIN,
      .flags = ROUTE_PERSONAL, .scope = SCOPE_USERS_READ, .tag = "Staff" },
    { .method = "PATCH", .path = "/admin/users/{admin_id}",
      .summary = "Give another role, shut or open an account; ends all its logins and API tokens.",
      .run = patch_user, .body = &staff_change_schema, .reply = &staff_user_schema,
      .roles = ROLE_SUPER_ADMIN, .flags = CHANGES_ | ROUTE_PATCH, .scope = SCOPE_USERS_WRITE,
      .tag = "Staff" },
    { .method = "PUT", .path = "/admin/users/{admin_id}",
      .summary = "The same as PATCH: what is left out stays.", .run = patch_user,
      .body = &staff_change_schema, .reply = &staff_user_schema, .roles = ROLE_SUPER_ADMIN,
      .flags = CHANGES_ | ROUTE_PATCH, .scope = SCOPE_USERS_WRITE, .tag = "Staff" },
    { .method = "GET", .path = "/admin/users/{admin_id}/sessions",
      .summary = "The live logins of a member of staff.", .run = list_user_logins,
      .reply = &staff_login_schema, .roles = ROLE_SUPER_ADMIN,
      .flags = ROUTE_LIST | ROUTE_PERSONAL, .scope = SCOPE_USERS_READ, .tag = "Staff" },
    { .method = "DELETE", .path = "/admin/users/{admin_id}/sessions",
      .summary = "End all logins of a member of staff at once.", .run = delete_user_logins,
      .reply = &action_reply_schema, .roles = ROLE_SUPER_ADMIN, .flags = CHANGES_,
      .scope = SCOPE_USERS_WRITE, .tag = "Staff" },
    { .method = "DELETE", .path = "/admin/users/{admin_id}/sessions/{session_id}",
      .summary = "End one login of a member of staff at once.", .run = delete_user_login,
      .reply = &action_reply_schema, .roles = ROLE_SUPER_ADMIN, .flags = CHANGES_,
      .scope = SCOPE_USERS_WRITE, .tag = "Staff" },
    { .method = "DELETE", .path = "/admin/users/{admin_id}/totp",
      .summary = "Remove the second factor of who lost the device; ends all logins.",
      .run = delete_user_factor, .reply = &action_reply_schema, .roles = ROLE_SUPER_ADMIN,
      .flags = CHANGES_, .tag = "Staff" },
    { .method = "GET", .path = "/admin/auth/sessions", .summary = "One's own live logins.",
      .run = list_own_logins, .reply = &staff_login_schema, .roles = ROLE_STAFF,
      .flags = ROUTE_LIST | ROUTE_PERSONAL, .tag = "Sign-in" },
    { .method = "DELETE", .path = "/admin/auth/sessions",
      .summary = "End all of one's own logins but this.", .run = delete_own_logins,
      .reply = &action_reply_schema, .roles = ROLE_STAFF, .flags = CHANGES_, .tag = "Sign-in" },
    { .method = "DELETE", .path = "/admin/auth/sessions/{session_id}",
      .summary = "End one of one's own logins.", .run = delete_own_login,
      .reply = &action_reply_schema, .roles = ROLE_STAFF, .flags = CHANGES_, .tag = "Sign-in" },
    { .method = "POST", .path = "/admin/auth/password",
      .summary = "Change one's own password; ends all other logins and every API token.",
      .run = post_password, .body = &password_change_schema, .reply = &action_reply_schema,
      .roles = ROLE_STAFF, .flags = PROVES_, .throttle = { 10, THROTTLE_PRINCIPAL },
      .tag = "Sign-in" },
    { .method = "GET", .path = "/admin/auth/totp", .summary = "The state of one's second factor.",
      .run = get_factor, .reply = &factor_state_schema, .roles = ROLE_STAFF,
      .flags = ROUTE_PERSONAL | ROUTE_ENROL, .tag = "Sign-in" },
    { .method = "POST", .path = "/admin/auth/totp",
      .summary = "Begin to set a second factor up: the secret for an authenticator.",
      .run = post_factor, .body = &factor_begin_schema, .reply = &factor_secret_schema,
      .roles = ROLE_STAFF, .flags = ROUTE_PERSONAL | ROUTE_SLOW | ROUTE_ENROL,
      .throttle = { 10, THROTTLE_PRINCIPAL }, .tag = "Sign-in" },
    { .method = "POST", .path = "/admin/auth/totp/confirm",
      .summary = "Switch the second factor on with a first code; answers recovery codes.",
      .run = post_factor_confirm, .body = &factor_confirm_schema, .reply = &factor_codes_schema,
      .roles = ROLE_STAFF, .flags = CHANGES_ | ROUTE_ENROL,
      .throttle = { 10, THROTTLE_PRINCIPAL }, .tag = "Sign-in" },
    { .method = "POST", .path = "/admin/auth/totp/recovery-codes",
      .summary = "New recovery codes; the old ones are void.", .run = post_factor_codes,
      .body = &factor_proof_request_schema, .reply = &factor_codes_schema, .roles = ROLE_STAFF,
      .flags = PROVES_, .throttle = { 10, THROTTLE_PRINCIPAL }, .tag = "Sign-in" },
    { .method = "POST", .path = "/admin/auth/totp/disable",
      .summary = "Remove one's second factor; ends all other logins.", .run = post_factor_disable,
      .body = &factor_proof_request_schema, .reply = &action_reply_schema, .roles = ROLE_STAFF,
      .flags = PROVES_, .throttle = { 10, THROTTLE_PRINCIPAL }, .tag = "Sign-in" },
    { .method = "GET", .path = "/admin/tokens", .summary = "Live API tokens, newest first.",
      .run = list_tokens, .query = &token_query_schema, .reply = &api_token_schema,
      .roles = ROLE_STAFF, .flags = ROUTE_LIST | ROUTE_PERSONAL, .tag = "API tokens" },
    { .method = "POST", .path = "/admin/tokens",
      .summary = "Make an API token: one's own rights, narrowed by scopes; shown once.",
      .run = post_token, .body = &token_new_schema, .reply = &token_made_schema,
      .roles = ROLE_STAFF, .flags = CHANGES_, .tag = "API tokens" },
    { .method = "DELETE", .path = "/admin/tokens/{token_id}", .summary = "End an API token at once.",
      .run = delete_token, .reply = &action_reply_schema, .roles = ROLE_STAFF, .flags = CHANGES_,
      .tag = "API tokens" },
};
/* clang-format on */
const struct route_table staff_routes = { rows, sizeof(rows) / sizeof(rows[0]) };
