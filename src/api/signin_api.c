/* Students sign in by the identity provider: two calls for a front end with scripts, two plain
 * redirects for a browser without. */
#include "api/cookie.h"
#include "api/page.h"
#include "api/routes.h"
#include "base/log.h"
#include "base/str.h"
#include "service/signin.h"

enum { BROWSER_LIFE_S = SIGNIN_MINUTES * 60, SEE_OTHER = 303 };
#define AFTER_SIGNIN "/student"

static struct str browser_of(struct ctx *c, const struct call *call)
{
    return cookie_get(c, call->request, SIGNIN_COOKIE);
}

static struct str user_agent_of(const struct call *call)
{
    return request_header(call->request, "User-Agent");
}

/* Refusals go to the security log, not to the tamper-evident one: strangers can make as many as
 * they like. */
static err refused(struct ctx *c, err e)
{
    log_event(c->deps->log, LOG_WARNING, "student.signin_refused", LOG_Z("why", c->fault.text),
              LOG_I("status", err_info(e)->http), LOG_H("request_id", c->trace));
    return e;
}

static void signed_in(struct ctx *c, struct call *call, const struct signin_session *s)
{
    cookie_set(c, call, STUDENT_COOKIE, s->cookie, s->max_age_s);
    cookie_set(c, call, SIGNIN_COOKIE, S(""), 0);
}

static err post_start(struct ctx *c, struct call *call)
{
    struct str browser;
    const err e = signin_start(c, call->query, browser_of(c, call), call->reply, &browser);
    if (e != ERR_OK)
        return refused(c, e);
    cookie_set(c, call, SIGNIN_COOKIE, browser, BROWSER_LIFE_S);
    return ERR_OK;
}

static err post_callback(struct ctx *c, struct call *call)
{
    struct signin_session s;
    const err e = signin_finish(c, call->body, browser_of(c, call), user_agent_of(call), &s);
    if (e != ERR_OK)
        return refused(c, e);
    struct student_me *student = arena_new(c->mem, struct student_me);
    *student = s.student;
    struct signin_reply *r = call->reply;
    *r = (struct signin_reply){ true, student };
    signed_in(c, call, &s);
    return ERR_OK;
}

static err redirect(struct ctx *c, struct call *call, struct str where)
{
    call->status = SEE_OTHER;
    call->content_type = "text/html; charset=utf-8";
    call->raw = S("");
    call_header(c, call, "Location", where);
    return ERR_OK;
}

/* A browser gets a page that says what is wrong. */
static err failed(struct ctx *c, struct call *call, err e)
{
    struct str why = str_keep(c->mem, str_of(c->fault.text));
    (void)refused(c, e);
    if (e == ERR_INTERNAL)
        why = S("Something went wrong here; it has been noted");
    fault_clear(c);
    call->status = err_info(e)->http;
    call->content_type = "text/html; charset=utf-8";
    return page_signin_failed(c, why, &call->raw);
}

static err get_start(struct ctx *c, struct call *call)
{
    struct signin_begun begun;
    struct str browser;
    const err e = signin_start_plain(c, browser_of(c, call), &begun, &browser);
    if (e != ERR_OK)
        return failed(c, call, e);
    cookie_set(c, call, SIGNIN_COOKIE, browser, BROWSER_LIFE_S);
    return redirect(c, call, begun.authorization_url);
}

static err get_callback(struct ctx *c, struct call *call)
{
    struct signin_session s;
    const err e = signin_finish_plain(c, call->query, browser_of(c, call), user_agent_of(call), &s);
    if (e != ERR_OK)
        return failed(c, call, e);
    signed_in(c, call, &s);
    return redirect(c, call, S(AFTER_SIGNIN));
}

#define START    "/auth/student/google/start"
#define CALLBACK "/auth/student/google/callback"
#define FLAGS    (ROUTE_PERSONAL | ROUTE_SLOW | ROUTE_OUTBOUND)
#define PLAIN    (FLAGS | ROUTE_RAW | ROUTE_REDIRECT)
/* clang-format off */
static const struct route rows[] = {
    { .method = "POST", .path = START,
      .summary = "Begin a sign-in by the identity provider: where to send the browser.",
      .run = post_start, .query = &signin_start_schema, .reply = &signin_begun_schema,
      .roles = ROLE_PUBLIC, .flags = FLAGS, .throttle = { 20, THROTTLE_ADDRESS },
      .tag = "Sign-in" },
    { .method = "POST", .path = CALLBACK,
      .summary = "Finish a sign-in with what the identity provider answered.",
      .run = post_callback, .body = &signin_callback_schema, .reply = &signin_reply_schema,
      .roles = ROLE_PUBLIC, .flags = FLAGS | ROUTE_AUDITED, .throttle = { 60, THROTTLE_ADDRESS },
      .tag = "Sign-in" },
    { .method = "GET", .path = START,
      .summary = "Sign in without a script: redirects to the identity provider.",
      .run = get_start, .roles = ROLE_PUBLIC, .flags = PLAIN,
      .throttle = { 20, THROTTLE_ADDRESS }, .tag = "Sign-in" },
    { .method = "GET", .path = CALLBACK,
      .summary = "Where the identity provider sends the browser back to; signs in or says why not.",
      .run = get_callback, .query = &signin_answer_schema, .roles = ROLE_PUBLIC,
      .flags = PLAIN | ROUTE_AUDITED, .throttle = { 60, THROTTLE_ADDRESS },
      .tag = "Sign-in" },
};
/* clang-format on */
const struct route_table signin_routes = { rows, sizeof(rows) / sizeof(rows[0]) };
