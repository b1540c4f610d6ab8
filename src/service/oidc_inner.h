/* service/oidc_inner.h: what the parts of the sign-in share. Private to oidc_*.c and signin*.c. */
#ifndef ENIGMA_SERVICE_OIDC_INNER_H
#define ENIGMA_SERVICE_OIDC_INNER_H

#include <pthread.h>

#include "client/client.h"
#include "crypto/id_token.h"
#include "schema/schema.h"
#include "service/oidc.h"

/* Where the provider is to be asked; a copy, the caller's own. userinfo may be empty. */
struct oidc_endpoints {
    char authorization[OIDC_URI_MAX + 1], token[OIDC_URI_MAX + 1], keys[OIDC_URI_MAX + 1];
    char userinfo[OIDC_URI_MAX + 1];
    bool iss_parameter;  /* RFC 9207: its answers always name it */
    bool secret_in_form; /* client_secret_post is all it takes */
};

struct key_set {
    struct jwks *jwks;
    int refs; /* guarded by the provider's lock */
    uint64_t generation;
};
/* Something fetched and kept: one thread asks, others wait and share what came of it. */
struct oidc_slot {
    bool asking, failed, full;
    uint64_t turn;
    int64_t at_us; /* monotonic */
};
struct oidc {
    struct arena *mem;
    struct str issuer, provider, client_id, client_secret;
    struct str uris[OIDC_URIS_MAX]; /* the first is our own plain callback */
    size_t n_uris;
    int64_t timeout_ms, cache_us, refetch_us;
    pthread_mutex_t lock; /* of all that follows */
    pthread_cond_t settled;
    struct oidc_slot discovery, keys;
    struct oidc_endpoints endpoints;
    struct key_set *set;
    int64_t unknown_at_us; /* the last time that an unknown key made us ask */
    bool unknown_once;
};

/* http only between loopback addresses, as in tests; https otherwise. */
bool oidc_url_good(struct ctx *c, const struct oidc *o, struct str url);
bool oidc_redirect_known(const struct oidc *o, struct str uri);

/* All of them: ERR_UPSTREAM when the provider cannot be asked or says what it may not. */
err oidc_discover(struct ctx *c, struct oidc *o, struct oidc_endpoints *ret);
/* Form, signature and claims of an ID Token. ERR_BAD_REQUEST says which check failed. */
err oidc_verify(struct ctx *c, struct oidc *o, const struct oidc_endpoints *at, struct str token,
                const struct id_expected *x, struct id_claims *ret);

struct oidc_code {
    struct str code, verifier, redirect_uri;
};
struct oidc_tokens {
    struct str id_token, access_token, token_type;
};
/* ERR_BAD_REQUEST: the provider refused the code. */
err oidc_exchange(struct ctx *c, struct oidc *o, const struct oidc_endpoints *at,
                  const struct oidc_code *code, struct oidc_tokens *ret);
/* For providers that leave the e-mail out of the ID Token: adds e-mail and name of the same sub. */
err oidc_userinfo(struct ctx *c, struct oidc *o, const struct oidc_endpoints *at,
                  struct str access_token, struct id_claims *io);

/* A request to the provider, its answer's body; any status. */
err oidc_ask(struct ctx *c, const struct oidc *o, const struct client_request *r,
             struct client_reply *ret);
/* Strict JSON of the provider by a schema; whatever is wrong with it is ERR_UPSTREAM. */
err oidc_read(struct ctx *c, const struct schema *s, struct str json, const char *what, void *ret);
/* Appends name=value, percent-encoded, with the sign before it: '?', '&' or none. */
void oidc_put_parameter(struct buf *b, char sign, const char *name, struct str value);

#endif
