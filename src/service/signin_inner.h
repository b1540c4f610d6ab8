/* service/signin_inner.h: what beginning and finishing a sign-in share. Private to signin*.c. */
#ifndef ENIGMA_SERVICE_SIGNIN_INNER_H
#define ENIGMA_SERVICE_SIGNIN_INNER_H

#include "service/oidc_inner.h"
#include "service/signin.h"

/* ERR_NOT_FOUND when there is none. */
err signin_provider(struct ctx *c, struct oidc **ret);
/* The shape of the cookie's value. */
bool signin_browser_good(struct str browser);
/* BASE64URL(SHA256(verifier)), RFC 7636, 4.2. */
struct str signin_challenge(struct ctx *c, struct str verifier);
/* The plain flow's verifier: only this browser and we can make it. */
struct str signin_own_verifier(struct ctx *c, struct str browser, struct str state);

/* Whom the provider has named, checked in full. */
struct signin_person {
    struct str provider, sub, email, name;
};
/* The account of that person, found or made, and a login for it. */
err signin_admit(struct ctx *c, const struct signin_person *p, struct str user_agent,
                 struct signin_session *ret);

#endif
