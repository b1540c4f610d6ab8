/* support/test_idp.h: an honest identity provider without a network: it answers what the service
 * asks through the client port. A code is NONCE~SUB; the address is SUB@idp.test.
 * Use: struct test_idp p; test_idp_open(&p, &deps); … test_idp_close(&p). `lie` changes an answer.
 */
#ifndef ENIGMA_TESTS_SUPPORT_TEST_IDP_H
#define ENIGMA_TESTS_SUPPORT_TEST_IDP_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "client/client.h"
#include "service/oidc.h"
#include "support/test_keys.h"

#define TEST_IDP_ISSUER "https://idp.test/realm"
#define TEST_IDP_BASE   "https://enigma.test"
#define TEST_IDP_PLAIN  TEST_IDP_BASE "/auth/student/google/callback"
#define TEST_IDP_FRONT  TEST_IDP_BASE "/auth/google/callback"

struct test_idp {
    struct client_port port;
    struct oidc *oidc;
    EVP_PKEY *key;
    _Atomic int asked; /* requests in all */
    /* Looks at what was asked and may change the answer. */
    void (*lie)(struct test_idp *p, struct str url, struct client_reply *io);
};

/* Value of a form's member, as it stands. */
static inline struct str test_idp_form(struct str form, const char *name)
{
    while (form.n) {
        struct str pair, key;
        form = str_cut(form, '&', &pair);
        const struct str value = str_cut(pair, '=', &key);
        if (str_eq(key, str_of(name)))
            return value;
    }
    return (struct str){ 0 };
}

static inline struct str test_idp_answer(struct ctx *c, const struct test_idp *p, struct str form)
{
    struct str nonce, sub = str_cut(test_idp_form(form, "code"), '~', &nonce);
    const long long now = (long long)(c->deps->clock->now_us(c->deps->clock->self) / 1000000);
    const struct str claims =
        str_fmt(c->mem,
                "{\"iss\":\"" TEST_IDP_ISSUER "\",\"aud\":\"enigma\",\"sub\":\"%.*s\","
                "\"nonce\":\"%.*s\",\"iat\":%lld,\"exp\":%lld,\"email\":\"%.*s@idp.test\","
                "\"email_verified\":true,\"name\":\"Name of %.*s\"}",
                STR_ARG(sub), STR_ARG(nonce), now, now + 300, STR_ARG(sub), STR_ARG(sub));
    return str_fmt(c->mem,
                   "{\"access_token\":\"a\",\"token_type\":\"Bearer\",\"id_token\":\"%.*s\"}",
                   STR_ARG(test_token(c, p->key, S("{\"alg\":\"ES256\",\"kid\":\"k\"}"), claims)));
}

static inline err test_idp_start(void *self, struct ctx *c, const struct client_request *r,
                                 client_done *done, void *arg, uint64_t *ret_id)
{
    struct test_idp *p = self;
    struct client_reply a = { .outcome = CLIENT_OK,
                              .status = 200,
                              .origin = S("https://idp.test:443") };
    (void)ret_id;
    p->asked++;
    if (str_ends(r->url, S("/.well-known/openid-configuration")))
        a.body =
            S("{\"issuer\":\"" TEST_IDP_ISSUER "\",\"authorization_endpoint\":\"" TEST_IDP_ISSUER
              "/authorize\",\"token_endpoint\":\"" TEST_IDP_ISSUER
              "/token\",\"jwks_uri\":\"" TEST_IDP_ISSUER "/keys\"}");
    else if (str_ends(r->url, S("/keys")))
        a.body = test_key_set(c, test_jwk(c, p->key, "k", ""));
    else if (str_ends(r->url, S("/token")))
        a.body = test_idp_answer(c, p, r->body);
    else
        a.status = 404;
    if (p->lie)
        p->lie(p, r->url, &a);
    done(arg, &a);
    return ERR_OK;
}

static inline void test_idp_cancel(void *self, uint64_t id)
{
    (void)self, (void)id;
}

/* Puts itself into deps as client and provider. */
static inline void test_idp_open(struct test_idp *p, struct deps *deps)
{
    struct arena *mem = arena_open(NULL, 1 << 20);
    struct ctx c;
    const struct oidc_options o = { .issuer = S(TEST_IDP_ISSUER),
                                    .client_id = S("enigma"),
                                    .client_secret = S("secret"),
                                    .redirect_base = S(TEST_IDP_BASE),
                                    .timeout_ms = 60000,
                                    .cache_seconds = 3600,
                                    .refetch_seconds = 60 };
    memset(p, 0, sizeof(*p));
    p->port = (struct client_port){ p, test_idp_start, test_idp_cancel };
    p->key = EVP_EC_gen("P-256");
    ctx_init(&c, mem, deps, 0);
    if (!p->key || oidc_open(&c, &o, &p->oidc) != ERR_OK) {
        fprintf(stderr, "test_idp: %s\n", c.fault.text);
        abort();
    }
    deps->client = &p->port;
    deps->oidc = p->oidc;
    arena_close(mem);
}

static inline void test_idp_close(struct test_idp *p)
{
    oidc_close(p->oidc);
    EVP_PKEY_free(p->key);
}

/* The code that a person comes back with from this authorization URL. */
static inline struct str test_idp_code(struct ctx *c, struct str authorization_url, const char *sub)
{
    struct str head;
    const struct str query = str_cut(authorization_url, '?', &head);
    return str_fmt(c->mem, "%.*s~%s", STR_ARG(test_idp_form(query, "nonce")), sub);
}

#endif
