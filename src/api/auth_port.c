/* Who asks: a bearer token of staff, an API token, or a cookie of staff or of a student, each with
 * a live row behind it; and the lines that go to the access and security logs. */
#include "api/routes.h"
#include "base/log.h"
#include "base/str.h"
#include "domain/role.h"
#include "http/access.h"
#include "service/account.h"
#include "service/staff.h"

/* http may not know domain; its two access bits are the same as the roles'. */
_Static_assert((int)ROLE_PUBLIC == (int)ACCESS_PUBLIC, "the public bit");
_Static_assert((int)ROLE_STUDENT == (int)ACCESS_STUDENT, "the student bit");

/* The token of "Authorization: Bearer X"; false when the header is there but is not that. */
static bool bearer_of(struct str header, struct str *ret_token)
{
    struct str scheme, rest = str_cut(header, ' ', &scheme);
    if (!str_eqi(scheme, S("Bearer")))
        return false;
    *ret_token = str_trim(rest);
    return ret_token->n > 0;
}

/* Of staff: behind TLS only the cookie that no other host can have set. */
static struct str staff_cookie(const struct request *r)
{
    return request_cookie(r, r->tls ? "__Host-" ADMIN_COOKIE : ADMIN_COOKIE);
}

static struct str student_cookie(const struct request *r)
{
    struct str cookie = request_cookie(r, r->tls ? "__Host-" STUDENT_COOKIE : STUDENT_COOKIE);
    return cookie.p ? cookie : request_cookie(r, STUDENT_COOKIE);
}

/* A browser may hold both: the route says whose counts, and the other stands in for a stale one. */
static err by_cookies(struct ctx *c, struct str staff, struct str student, bool staff_first)
{
    const struct str none = { 0 };
    err e = staff_first ? admin_cookie_authenticate(c, staff, &c->who)
                        : student_authenticate(c, student, &c->who);
    const bool other = staff_first ? student.p != NULL : staff.p != NULL;
    if (e != ERR_UNAUTHENTICATED || !other)
        return e;
    fault_clear(c);
    return staff_first ? by_cookies(c, none, student, false) : by_cookies(c, staff, none, true);
}

static err authenticate(struct ctx *c, const struct request *r, uint32_t roles, bool *ret_by_cookie)
{
    struct str header = request_header(r, "Authorization");
    if (header.p) {
        struct str token;
        if (!bearer_of(header, &token))
            return FAIL(c, UNAUTHENTICATED, "Not authenticated");
        return str_starts(token, S(API_TOKEN_PREFIX)) ? token_authenticate(c, token, &c->who)
                                                      : admin_authenticate(c, token, &c->who);
    }
    const struct str staff = staff_cookie(r), student = student_cookie(r);
    if (!staff.p && !student.p)
        return ERR_OK;
    *ret_by_cookie = true;
    return by_cookies(c, staff, student, staff.p && (!student.p || (roles & ROLE_STAFF)));
}

static void done(const struct deps *deps, const struct route *route, int status, int64_t took_us,
                 uint64_t trace)
{
    if (!log_on(deps->log, LOG_INFO))
        return;
    log_event(deps->log, status >= 500 ? LOG_ERROR : LOG_INFO, "request",
              LOG_Z("method", route ? route->method : "-"),
              LOG_Z("route", route ? route->path : "-"), LOG_I("status", status),
              LOG_I("took_us", took_us), LOG_H("request_id", trace));
}

static void refused(const struct deps *deps, const char *event, const struct route *route,
                    int status, uint64_t trace)
{
    log_event(deps->log, LOG_WARNING, "refused", LOG_Z("why", event),
              LOG_Z("method", route ? route->method : "-"),
              LOG_Z("route", route ? route->path : "-"), LOG_I("status", status),
              LOG_H("request_id", trace));
}

const struct http_port api_http_port = { .authenticate = authenticate,
                                         .done = done,
                                         .refused = refused };
