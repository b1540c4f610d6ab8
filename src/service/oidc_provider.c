/* What is fetched from the provider and kept: its discovery document and its keys. */
#include "service/oidc_inner.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/str.h"

enum { DOCUMENT_MAX = 256 * 1024, METHODS_MAX = 32 };

err oidc_ask(struct ctx *c, const struct oidc *o, const struct client_request *r,
             struct client_reply *ret)
{
    struct client_request q = *r;
    if (!c->deps->client)
        return FAIL(c, UPSTREAM, "The identity provider cannot be asked");
    q.timeout_ms = o->timeout_ms;
    return client_call(c, c->deps->client, &q, ret);
}

err oidc_read(struct ctx *c, const struct schema *s, struct str json, const char *what, void *ret)
{
    if (schema_decode(c, s, json, ret, NULL) == ERR_OK)
        return ERR_OK;
    fault_clear(c);
    return FAIL(c, UPSTREAM, "The identity provider's %s cannot be read", what);
}

static err get_document(struct ctx *c, const struct oidc *o, struct str url, const char *what,
                        struct str *ret)
{
    static const struct client_header accept[] = { { S_INIT("Accept"),
                                                     S_INIT("application/json") } };
    const struct client_request r = {
        .method = "GET", .url = url, .headers = accept, .n_headers = 1, .body_max = DOCUMENT_MAX
    };
    struct client_reply a = { 0 };
    TRY(oidc_ask(c, o, &r, &a));
    if (a.status != 200)
        return FAIL(c, UPSTREAM, "The identity provider answered %d where its %s should be",
                    a.status, what);
    *ret = a.body;
    return ERR_OK;
}

struct discovery {
    struct str issuer, authorization_endpoint, token_endpoint, jwks_uri, userinfo_endpoint;
    struct list token_endpoint_auth_methods_supported;
    bool authorization_response_iss_parameter_supported;
};
static const struct field discovery_fields[] = {
    FIELD_STR(struct discovery, issuer, .flags = FIELD_REQUIRED),
    FIELD_STR(struct discovery, authorization_endpoint, .flags = FIELD_REQUIRED),
    FIELD_STR(struct discovery, token_endpoint, .flags = FIELD_REQUIRED),
    FIELD_STR(struct discovery, jwks_uri, .flags = FIELD_REQUIRED),
    FIELD_STR(struct discovery, userinfo_endpoint, .flags = FIELD_NULL),
    FIELD_LIST(struct discovery, token_endpoint_auth_methods_supported, .flags = FIELD_NULL,
               .max = METHODS_MAX),
    FIELD_BOOL(struct discovery, authorization_response_iss_parameter_supported),
};
static SCHEMA(discovery_schema, "OidcDiscovery", struct discovery, discovery_fields);

static err take_url(struct ctx *c, const struct oidc *o, struct str url, const char *what,
                    char ret[OIDC_URI_MAX + 1])
{
    if (!oidc_url_good(c, o, url))
        return FAIL(c, UPSTREAM, "The identity provider's %s is not an https URL", what);
    snprintf(ret, OIDC_URI_MAX + 1, "%.*s", STR_ARG(url));
    return ERR_OK;
}

/* client_secret_basic is the standard's default (Discovery 1.0, 3). */
static bool only_in_form(const struct list *methods)
{
    const struct str *v = methods->v;
    bool form = false;
    for (size_t i = 0; i < methods->n; i++) {
        if (str_eq(v[i], S("client_secret_basic")))
            return false;
        form = form || str_eq(v[i], S("client_secret_post"));
    }
    return form;
}

static err fetch_endpoints(struct ctx *c, const struct oidc *o, struct oidc_endpoints *ret)
{
    struct str text, base = o->issuer;
    struct discovery d = { .issuer = { 0 } };
    while (str_ends(base, S("/")))
        base = str_sub(base, 0, base.n - 1);
    const struct str url = str_fmt(c->mem, "%.*s/.well-known/openid-configuration", STR_ARG(base));
    TRY(get_document(c, o, url, "configuration", &text));
    TRY(oidc_read(c, &discovery_schema, text, "configuration", &d));
    if (!str_eq(d.issuer, o->issuer))
        return FAIL(c, UPSTREAM,
                    "The identity provider calls itself something other than "
                    "OIDC_ISSUER");
    TRY(take_url(c, o, d.authorization_endpoint, "authorization_endpoint", ret->authorization));
    TRY(take_url(c, o, d.token_endpoint, "token_endpoint", ret->token));
    TRY(take_url(c, o, d.jwks_uri, "jwks_uri", ret->keys));
    if (d.userinfo_endpoint.n)
        TRY(take_url(c, o, d.userinfo_endpoint, "userinfo_endpoint", ret->userinfo));
    ret->iss_parameter = d.authorization_response_iss_parameter_supported;
    ret->secret_in_form = only_in_form(&d.token_endpoint_auth_methods_supported);
    return ERR_OK;
}

enum turn { TURN_FRESH, TURN_ASK, TURN_FAILED };

static bool is_fresh(const struct oidc *o, const struct oidc_slot *s, int64_t now_us)
{
    return s->full && now_us - s->at_us < o->cache_us;
}

/* With the lock held. TURN_ASK: the caller asks and must call settle. Whoever waited while another
 * asked takes what came of it, good or bad: a provider that hangs is asked once for all of them. */
static enum turn take_turn(struct oidc *o, struct oidc_slot *s, bool anew, int64_t now_us)
{
    if (!anew && is_fresh(o, s, now_us))
        return TURN_FRESH;
    if (!s->asking) {
        s->asking = true;
        return TURN_ASK;
    }
    for (const uint64_t turn = s->turn; s->turn == turn;)
        pthread_cond_wait(&o->settled, &o->lock);
    return s->failed ? TURN_FAILED : TURN_FRESH;
}

/* With the lock held. */
static void settle(struct oidc *o, struct oidc_slot *s, bool good, int64_t now_us)
{
    s->asking = false;
    s->failed = !good;
    s->turn++;
    if (good) {
        s->full = true;
        s->at_us = now_us;
    }
    pthread_cond_broadcast(&o->settled);
}

static int64_t mono_us(const struct ctx *c)
{
    return c->deps->clock->mono_us(c->deps->clock->self);
}

err oidc_discover(struct ctx *c, struct oidc *o, struct oidc_endpoints *ret)
{
    struct oidc_endpoints found = { .iss_parameter = false };
    pthread_mutex_lock(&o->lock);
    const enum turn turn = take_turn(o, &o->discovery, false, mono_us(c));
    if (turn == TURN_FRESH)
        *ret = o->endpoints;
    pthread_mutex_unlock(&o->lock);
    if (turn == TURN_FRESH)
        return ERR_OK;
    if (turn == TURN_FAILED)
        return FAIL(c, UPSTREAM, "The identity provider cannot be asked");
    const err e = fetch_endpoints(c, o, &found);
    pthread_mutex_lock(&o->lock);
    if (e == ERR_OK)
        o->endpoints = *ret = found;
    settle(o, &o->discovery, e == ERR_OK, mono_us(c));
    pthread_mutex_unlock(&o->lock);
    return e;
}

/* With the lock held. */
static struct jwks *set_drop(struct key_set *s)
{
    if (!s || --s->refs > 0)
        return NULL;
    struct jwks *jwks = s->jwks;
    free(s);
    return jwks;
}

static void set_give(struct oidc *o, struct key_set *s)
{
    pthread_mutex_lock(&o->lock);
    struct jwks *old = set_drop(s);
    pthread_mutex_unlock(&o->lock);
    jwks_close(old);
}

static err fetch_keys(struct ctx *c, struct oidc *o, const struct oidc_endpoints *at,
                      struct key_set **ret)
{
    struct str text;
    struct key_set *s = calloc(1, sizeof(*s));
    if (!s)
        return FAIL(c, INTERNAL, "out of memory");
    err e = get_document(c, o, str_of(at->keys), "key set", &text);
    if (e == ERR_OK)
        e = jwks_open(c, text, &s->jwks);
    if (e != ERR_OK) {
        free(s);
        return e;
    }
    s->refs = 1; /* the cache's own */
    *ret = s;
    return ERR_OK;
}

static err renew_keys(struct ctx *c, struct oidc *o, const struct oidc_endpoints *at,
                      struct key_set **ret)
{
    struct key_set *fresh = NULL;
    struct jwks *old = NULL;
    const err e = fetch_keys(c, o, at, &fresh);
    pthread_mutex_lock(&o->lock);
    if (e == ERR_OK) {
        fresh->generation = o->keys.turn + 1;
        old = set_drop(o->set);
        o->set = fresh;
        fresh->refs++;
        *ret = fresh;
    }
    settle(o, &o->keys, e == ERR_OK, mono_us(c));
    pthread_mutex_unlock(&o->lock);
    jwks_close(old);
    return e;
}

/* Whether an unknown key may make us ask again: at most once in refetch_us, however many tokens
 * come with made-up keys. With the lock held. */
static bool may_ask_for_unknown(struct oidc *o, int64_t now_us)
{
    if (o->unknown_once && now_us - o->unknown_at_us < o->refetch_us)
        return false;
    o->unknown_once = true;
    o->unknown_at_us = now_us;
    return true;
}

/* A reference to the keys, given back by set_give. `known` is the set in which a key was missing,
 * or NULL; *ret is NULL when there is no newer one to be had. */
static err take_keys(struct ctx *c, struct oidc *o, const struct oidc_endpoints *at,
                     const struct key_set *known, struct key_set **ret)
{
    enum turn turn = TURN_FRESH;
    *ret = NULL;
    pthread_mutex_lock(&o->lock);
    const int64_t now_us = mono_us(c);
    const bool newer = known && o->set && o->set->generation != known->generation;
    if (!known)
        turn = take_turn(o, &o->keys, false, now_us);
    else if (!newer && may_ask_for_unknown(o, now_us))
        turn = take_turn(o, &o->keys, true, now_us);
    else if (!newer)
        turn = TURN_FAILED;
    if (turn == TURN_FRESH && o->set) {
        o->set->refs++;
        *ret = o->set;
    }
    pthread_mutex_unlock(&o->lock);
    if (turn == TURN_ASK)
        return renew_keys(c, o, at, ret);
    if (turn == TURN_FAILED && !known)
        return FAIL(c, UPSTREAM, "The identity provider's keys cannot be had");
    return ERR_OK;
}

err oidc_check(struct ctx *c, struct oidc *o)
{
    struct oidc_endpoints at;
    struct key_set *set = NULL;
    TRY(oidc_discover(c, o, &at));
    TRY(take_keys(c, o, &at, NULL, &set));
    set_give(o, set);
    return ERR_OK;
}

static err verdict_of(struct ctx *c, struct oidc *o, const struct oidc_endpoints *at,
                      const struct jws *t, enum jws_verdict *ret)
{
    struct key_set *set = NULL, *newer = NULL;
    TRY(take_keys(c, o, at, NULL, &set));
    *ret = jws_verify(set->jwks, t);
    err e = ERR_OK;
    if (*ret == JWS_NO_KEY) {
        e = take_keys(c, o, at, set, &newer);
        if (e == ERR_OK && newer)
            *ret = jws_verify(newer->jwks, t);
    }
    set_give(o, newer);
    set_give(o, set);
    return e;
}

err oidc_verify(struct ctx *c, struct oidc *o, const struct oidc_endpoints *at, struct str token,
                const struct id_expected *x, struct id_claims *ret)
{
    struct jws t;
    struct id_claims claims;
    enum jws_verdict verdict = JWS_FORGED;
    if (!jws_read(c->mem, token, &t))
        return FAIL(c, BAD_REQUEST, "The identity provider's token is malformed (form)");
    TRY(verdict_of(c, o, at, &t, &verdict));
    if (verdict != JWS_GOOD)
        return FAIL(c, BAD_REQUEST, "The identity provider's token is not valid (%s)",
                    verdict == JWS_NO_KEY ? "kid" : "signature");
    if (!id_claims_read(c->mem, t.claims, &claims))
        return FAIL(c, BAD_REQUEST, "The identity provider's token is malformed (claims)");
    const char *flaw = id_claims_flaw(&claims, x);
    if (flaw)
        return FAIL(c, BAD_REQUEST, "The identity provider's token is not valid (%s)", flaw);
    *ret = claims;
    return ERR_OK;
}
