/* service/signin.h: students sign in with the identity provider, by authorization code with PKCE
 * (OpenID Connect Core 1.0; RFC 6749, 7636, 9207, 9700).
 *
 * A sign-in lives from its start to the provider's answer: ten minutes, one use, one browser. The
 * browser is told apart by a cookie of its own, of which the row holds a hash. In the plain flow
 * the server makes the PKCE verifier out of that cookie and the state, so that it need not be
 * stored. Accounts are known by (provider, sub); a verified e-mail finds an account that has no
 * identity yet; an unverified one nothing.
 * Thread rule: workers only (the provider is asked over the network). */
#ifndef ENIGMA_SERVICE_SIGNIN_H
#define ENIGMA_SERVICE_SIGNIN_H

#include "service/account.h"

#define SIGNIN_COOKIE "enigma_signin"
enum { SIGNIN_COOKIE_N = 43, SIGNIN_MINUTES = 10 };

struct signin_start {
    struct str redirect_uri, code_challenge;
};
extern const struct schema signin_start_schema;
struct signin_begun {
    struct str authorization_url, state;
};
extern const struct schema signin_begun_schema;
/* browser: the cookie's value, or absent; *ret_browser is what it must be from now on.
 * ERR_NOT_FOUND: sign-in is not set up; ERR_INVALID: redirect_uri is none of ours, or no S256
 * challenge; ERR_UPSTREAM: the provider cannot be asked. */
err signin_start(struct ctx *c, const struct signin_start *q, struct str browser,
                 struct signin_begun *ret, struct str *ret_browser);
/* The plain flow: redirect URI and verifier are the server's own. */
err signin_start_plain(struct ctx *c, struct str browser, struct signin_begun *ret,
                       struct str *ret_browser);

/* The provider's answer as the front end hands it on. */
struct signin_callback {
    struct str code, state, code_verifier, redirect_uri, iss;
};
extern const struct schema signin_callback_schema;
/* The same as the browser brings it. */
struct signin_answer {
    struct str code, state, iss, error;
};
extern const struct schema signin_answer_schema;
struct signin_reply {
    bool success;
    const void *student; /* struct student_me */
};
extern const struct schema signin_reply_schema;

struct signin_session {
    struct student_me student;
    struct str cookie;
    int64_t max_age_s;
};
/* ERR_BAD_REQUEST: state, browser, verifier, code, token or e-mail; ERR_FORBIDDEN: the account is
 * not active; ERR_CONFLICT: the e-mail's account has another identity; ERR_UPSTREAM. Nothing is
 * stored but that the state is used. */
err signin_finish(struct ctx *c, const struct signin_callback *q, struct str browser,
                  struct str user_agent, struct signin_session *ret);
err signin_finish_plain(struct ctx *c, const struct signin_answer *q, struct str browser,
                        struct str user_agent, struct signin_session *ret);

#endif
