/* service/oidc.h: the identity provider that students sign in with (OpenID Connect, by discovery):
 * its endpoints, its keys, and the redirect URIs of this installation. What was fetched is kept
 * for a while; one thread asks, others wait for it.
 * Thread rule: open and close on the main thread; the rest on workers (it asks over the network).
 */
#ifndef ENIGMA_SERVICE_OIDC_H
#define ENIGMA_SERVICE_OIDC_H

#include "base/ctx.h"

#define OIDC_GOOGLE "https://accounts.google.com"
enum { OIDC_URIS_MAX = 32, OIDC_ISSUER_MAX = 200, OIDC_URI_MAX = 1024 };

struct oidc_options {
    struct str issuer;                   /* exactly as the provider writes it */
    struct str client_id, client_secret; /* no secret: a public client */
    struct str redirect_base; /* comma-separated: origins with or without a path, or whole URIs */
    int64_t timeout_ms;       /* of one request to the provider */
    int64_t cache_seconds;    /* how long endpoints and keys are believed */
    int64_t refetch_seconds;  /* an unknown key makes us ask at most so often */
};
struct oidc;
/* Checks the options; asks nobody yet. ERR_INVALID names the option. */
err oidc_open(struct ctx *c, const struct oidc_options *from, struct oidc **ret);
void oidc_close(struct oidc *o); /* NULL is fine */

/* Asks for endpoints and keys as a sign-in would; for doctor. ERR_UPSTREAM says what is wrong. */
err oidc_check(struct ctx *c, struct oidc *o);

/* Origins that the provider's endpoints may have beside the issuer's own: Google's, as Google
 * spreads them over several hosts. NULL-ended. */
const char *const *oidc_known_origins(struct str issuer);

#endif
