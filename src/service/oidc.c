/* The identity provider as it is configured: issuer, client, and which redirect URIs are ours. */
#include "service/oidc_inner.h"

#include <stdlib.h>

#include "base/str.h"

enum { MEM_MAX = 256 * 1024, CLIENT_ID_MAX = 400 };
#define SECOND_US INT64_C(1000000)

/* Below a base: our own plain callback, the same under the alias, and the page of the original's
 * front end. */
static const char *const callback_paths[] = {
    "/auth/student/google/callback",
    "/api/auth/student/google/callback",
    "/auth/google/callback",
};

const char *const *oidc_known_origins(struct str issuer)
{
    static const char *const none[] = { NULL };
    static const char *const google[] = {
        "https://oauth2.googleapis.com",
        "https://www.googleapis.com",
        "https://openidconnect.googleapis.com",
        NULL,
    };
    return str_eq(issuer, S(OIDC_GOOGLE)) ? google : none;
}

bool oidc_url_good(struct ctx *c, const struct oidc *o, struct str url)
{
    if (url.n > OIDC_URI_MAX || !client_origin_of(c, url).p || memchr(url.p, '#', url.n))
        return false;
    if (str_starts(url, S("https://")))
        return true;
    return client_url_loopback(c, o->issuer) && client_url_loopback(c, url);
}

bool oidc_redirect_known(const struct oidc *o, struct str uri)
{
    for (size_t i = 0; i < o->n_uris; i++)
        if (str_eq(o->uris[i], uri))
            return true;
    return false;
}

static bool base_good(struct ctx *c, struct str base)
{
    if (base.n > OIDC_URI_MAX - 100 || !client_origin_of(c, base).p)
        return false;
    for (size_t i = 0; i < base.n; i++)
        if (base.p[i] == '?' || base.p[i] == '#' || base.p[i] == '*' || base.p[i] == '\\')
            return false;
    return str_starts(base, S("https://")) || client_url_loopback(c, base);
}

static err add_uri(struct ctx *c, struct oidc *o, struct str uri)
{
    if (oidc_redirect_known(o, uri))
        return ERR_OK;
    if (o->n_uris == OIDC_URIS_MAX)
        return FAIL(c, INVALID, "GOOGLE_OAUTH_REDIRECT_BASE names too many addresses");
    o->uris[o->n_uris++] = str_keep(o->mem, uri);
    return ERR_OK;
}

/* A whole callback stands for itself; any other entry is a base. */
static err add_base(struct ctx *c, struct oidc *o, struct str base)
{
    if (!base_good(c, base))
        return FAIL(c, INVALID,
                    "GOOGLE_OAUTH_REDIRECT_BASE %.*s is not https://host[:port][/path] (http only "
                    "on loopback)",
                    STR_ARG(base));
    if (str_ends(base, S("/callback")))
        return add_uri(c, o, base);
    while (str_ends(base, S("/")))
        base = str_sub(base, 0, base.n - 1);
    for (size_t i = 0; i < sizeof(callback_paths) / sizeof(callback_paths[0]); i++)
        TRY(add_uri(c, o, str_fmt(c->mem, "%.*s%s", STR_ARG(base), callback_paths[i])));
    return ERR_OK;
}

static err take_bases(struct ctx *c, struct oidc *o, struct str list)
{
    while (list.n) {
        struct str one;
        list = str_cut(list, ',', &one);
        one = str_trim(one);
        if (one.n)
            TRY(add_base(c, o, one));
    }
    return o->n_uris ? ERR_OK
                     : FAIL(c, INVALID, "Student sign-in needs GOOGLE_OAUTH_REDIRECT_BASE");
}

static err take_options(struct ctx *c, const struct oidc_options *from, struct oidc *o)
{
    o->issuer = str_keep(o->mem, from->issuer);
    if (!from->issuer.n || from->issuer.n > OIDC_ISSUER_MAX || !oidc_url_good(c, o, o->issuer) ||
        memchr(o->issuer.p, '?', o->issuer.n))
        return FAIL(c, INVALID,
                    "OIDC_ISSUER is not https://host[:port][/path] (http only on loopback)");
    if (!from->client_id.n || from->client_id.n > CLIENT_ID_MAX)
        return FAIL(c, INVALID, "GOOGLE_CLIENT_ID has 1 to %d characters", CLIENT_ID_MAX);
    /* The original stores "google"; others are known by their issuer. */
    o->provider = str_eq(o->issuer, S(OIDC_GOOGLE)) ? S("google") : o->issuer;
    o->client_id = str_keep(o->mem, from->client_id);
    o->client_secret = from->client_secret.n ? str_keep(o->mem, from->client_secret) : S("");
    o->timeout_ms = from->timeout_ms;
    o->cache_us = from->cache_seconds * SECOND_US;
    o->refetch_us = from->refetch_seconds * SECOND_US;
    return take_bases(c, o, from->redirect_base);
}

err oidc_open(struct ctx *c, const struct oidc_options *from, struct oidc **ret)
{
    struct oidc *o = calloc(1, sizeof(*o));
    if (!o)
        return FAIL(c, INTERNAL, "out of memory");
    o->mem = arena_open(NULL, MEM_MAX);
    pthread_mutex_init(&o->lock, NULL);
    pthread_cond_init(&o->settled, NULL);
    const err e = take_options(c, from, o);
    if (e != ERR_OK) {
        oidc_close(o);
        return e;
    }
    *ret = o;
    return ERR_OK;
}

void oidc_close(struct oidc *o)
{
    if (!o)
        return;
    if (o->set) {
        jwks_close(o->set->jwks);
        free(o->set);
    }
    pthread_cond_destroy(&o->settled);
    pthread_mutex_destroy(&o->lock);
    arena_close(o->mem);
    free(o);
}
