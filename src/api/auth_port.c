/* Who asks: an administrator's bearer token or a student's cookie, each with a live row behind it;
 * and the lines that go to the access and security logs. */
#include "api/routes.h"
#include "base/log.h"
#include "base/str.h"
#include "domain/role.h"
#include "http/access.h"
#include "service/account.h"

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

static err authenticate(struct ctx *c, const struct request *r, bool *ret_by_cookie)
{
    struct str header = request_header(r, "Authorization");
    if (header.p) {
        struct str token;
        if (!bearer_of(header, &token))
            return FAIL(c, UNAUTHENTICATED, "Not authenticated");
        return admin_authenticate(c, token, &c->who);
    }
    struct str cookie = request_cookie(r, r->tls ? "__Host-" STUDENT_COOKIE : STUDENT_COOKIE);
    if (!cookie.p)
        cookie = request_cookie(r, STUDENT_COOKIE);
    if (!cookie.p)
        return ERR_OK;
    *ret_by_cookie = true;
    return student_authenticate(c, cookie, &c->who);
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
