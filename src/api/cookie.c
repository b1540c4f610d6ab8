/* Cookies: the attributes that every one of them has. */
#include "api/cookie.h"

#include "base/str.h"

void cookie_set(struct ctx *c, struct call *call, const char *name, struct str value,
                int64_t max_age_s)
{
    const bool tls = call->request->tls;
    call_header(c, call, "Set-Cookie",
                str_fmt(c->mem, "%s%s=%.*s; Path=/; Max-Age=%lld; HttpOnly; SameSite=Lax%s",
                        tls ? "__Host-" : "", name, STR_ARG(value), (long long)max_age_s,
                        tls ? "; Secure" : ""));
}

struct str cookie_get(struct ctx *c, const struct request *r, const char *name)
{
    if (r->tls)
        return request_cookie(r, str_fmt(c->mem, "__Host-%s", name).p);
    return request_cookie(r, name);
}
