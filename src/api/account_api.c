/* Signing in and out: administrators, the first-run link, and the demo's personas. */
#include "api/cookie.h"
#include "api/routes.h"
#include "base/str.h"
#include "service/account.h"

static err post_login(struct ctx *c, struct call *call)
{
    struct admin_login_reply *r = call->reply;
    TRY(admin_login(c, call->body, request_header(call->request, "User-Agent"), r));
    if (r->cookie.p)
        cookie_set(c, call, ADMIN_COOKIE, r->cookie, r->cookie_max_age_s);
    return ERR_OK;
}

static err say(struct call *call, struct str message)
{
    struct action_reply *r = call->reply;
    *r = (struct action_reply){ true, message };
    return ERR_OK;
}

static err post_logout(struct ctx *c, struct call *call)
{
    TRY(admin_logout(c));
    cookie_set(c, call, ADMIN_COOKIE, S(""), 0);
    call_header(c, call, "Clear-Site-Data", S("\"cache\", \"cookies\", \"storage\""));
    return say(call, S("Logged out"));
}

static err get_me(struct ctx *c, struct call *call)
{
    return admin_me(c, call->reply);
}

static err post_setup(struct ctx *c, struct call *call)
{
    return setup_finish(c, call->body, call->reply);
}

static err get_personas(struct ctx *c, struct call *call)
{
    return demo_personas(c, &call->rows);
}

static err post_persona(struct ctx *c, struct call *call)
{
    const struct persona_choice *choice = call->body;
    struct str cookie;
    int64_t max_age_s;
    TRY(demo_login(c, choice->persona_id, request_header(call->request, "User-Agent"), call->reply,
                   &cookie, &max_age_s));
    cookie_set(c, call, STUDENT_COOKIE, cookie, max_age_s);
    return ERR_OK;
}

static err get_student(struct ctx *c, struct call *call)
{
    return student_me(c, call->reply);
}

static err post_student_logout(struct ctx *c, struct call *call)
{
    TRY(student_logout(c));
    cookie_set(c, call, STUDENT_COOKIE, S(""), 0);
    call_header(c, call, "Clear-Site-Data", S("\"cache\", \"cookies\", \"storage\""));
    return say(call, S("Logged out"));
}

/* clang-format off */
static const struct route rows[] = {
    { .method = "POST", .path = "/admin/auth/login", .summary = "Sign in as a member of staff.",
      .run = post_login, .body = &admin_login_request_schema, .reply = &admin_login_reply_schema,
      .roles = ROLE_PUBLIC, .flags = ROUTE_AUDITED | ROUTE_PERSONAL | ROUTE_SLOW, .body_max = 2 * 1024 * 1024,
      .throttle = { 10, THROTTLE_ADDRESS }, .tag = "Sign-in" },
    { .method = "POST", .path = "/admin/auth/logout", .summary = "End this login at once.",
      .run = post_logout, .reply = &action_reply_schema, .roles = ROLE_STAFF,
      .flags = ROUTE_AUDITED | ROUTE_PERSONAL | ROUTE_ENROL, .tag = "Sign-in" },
    { .method = "GET", .path = "/admin/auth/me", .summary = "The member of staff behind the token.",
      .run = get_me, .reply = &admin_me_schema, .roles = ROLE_STAFF,
      .flags = ROUTE_PERSONAL | ROUTE_ENROL, .scope = SCOPE_ANY, .tag = "Sign-in" },
    { .method = "POST", .path = "/setup",
      .summary = "First run: make the first super_admin with the one-time secret.",
      .run = post_setup, .body = &setup_request_schema, .reply = &admin_me_schema,
      .roles = ROLE_PUBLIC, .flags = ROUTE_AUDITED | ROUTE_PERSONAL | ROUTE_SLOW,
      .throttle = { 10, THROTTLE_ADDRESS }, .tag = "Sign-in" },
    { .method = "GET", .path = "/auth/demo/personas",
      .summary = "Demo only: the synthetic people one may sign in as.",
      .run = get_personas, .reply = &persona_schema, .roles = ROLE_PUBLIC,
      .flags = ROUTE_DEMO | ROUTE_LIST, .tag = "Sign-in" },
    { .method = "POST", .path = "/auth/demo/personas",
      .summary = "Demo only: sign in as a synthetic student.",
      .run = post_persona, .body = &persona_choice_schema, .reply = &student_me_schema,
      .roles = ROLE_PUBLIC, .flags = ROUTE_DEMO | ROUTE_PERSONAL, .tag = "Sign-in" },
    { .method = "GET", .path = "/auth/student/me", .summary = "The student behind the cookie.",
      .run = get_student, .reply = &student_me_schema, .roles = ROLE_STUDENT,
      .flags = ROUTE_PERSONAL, .tag = "Sign-in" },
    { .method = "POST", .path = "/auth/student/logout", .summary = "End this login at once.",
      .run = post_student_logout, .reply = &action_reply_schema, .roles = ROLE_STUDENT,
      .flags = ROUTE_PERSONAL, .tag = "Sign-in" },
};
/* clang-format on */
const struct route_table account_routes = { rows, sizeof(rows) / sizeof(rows[0]) };
