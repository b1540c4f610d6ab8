/* api/cookie.h: cookies as SECURITY S-24 wants them. Any thread. */
#ifndef ENIGMA_API_COOKIE_H
#define ENIGMA_API_COOKIE_H

#include "http/route.h"

/* Set-Cookie: for the whole site, HttpOnly, SameSite=Lax; behind TLS Secure and by the name
 * __Host-NAME. max_age_s 0 takes it away. */
void cookie_set(struct ctx *c, struct call *call, const char *name, struct str value,
                int64_t max_age_s);
/* The value by the name that cookie_set gave it, or absent. */
struct str cookie_get(struct ctx *c, const struct request *r, const char *name);

#endif
