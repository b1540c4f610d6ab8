/* What the server itself may ask over the network: the origins that the options name. */
#include "app/wire.h"
#include "base/str.h"

struct origins {
    struct str v[CLIENT_ORIGINS_MAX];
    size_t n;
};

static err add_origin(struct ctx *c, struct origins *to, struct str origin)
{
    if (to->n == CLIENT_ORIGINS_MAX)
        return FAIL(c, INVALID, "OUTBOUND_ORIGINS names more than %d origins", CLIENT_ORIGINS_MAX);
    to->v[to->n++] = origin;
    return ERR_OK;
}

static err add_list(struct ctx *c, struct origins *to, struct str list)
{
    while (list.n) {
        struct str one;
        list = str_cut(list, ',', &one);
        one = str_trim(one);
        if (one.n)
            TRY(add_origin(c, to, one));
    }
    return ERR_OK;
}

static bool signs_in(const struct options *o)
{
    return o->google_client_id.n > 0;
}

static err add_issuer(struct ctx *c, struct origins *to, const struct options *o)
{
    if (!signs_in(o))
        return ERR_OK;
    const struct str own = client_origin_of(c, o->oidc_issuer);
    if (own.p) /* what is no URL at all is refused by oidc_open, with the option's name */
        TRY(add_origin(c, to, own));
    for (const char *const *p = oidc_known_origins(o->oidc_issuer); *p; p++)
        TRY(add_origin(c, to, str_of(*p)));
    return ERR_OK;
}

err installation_start_client(struct ctx *c, struct installation *in)
{
    const struct options *o = &in->o;
    struct origins allowed = { .n = 0 };
    if (in->client)
        return ERR_OK;
    TRY(add_list(c, &allowed, o->outbound_origins));
    TRY(add_issuer(c, &allowed, o));
    if (models_configured(o)) {
        const struct str origin = client_origin_of(c, o->llm_base_url);
        if (!origin.p)
            return FAIL(c, INVALID, "LLM_BASE_URL must be https://host/path or http://host/path");
        TRY(add_origin(c, &allowed, origin));
    }
    const struct str transcriber = speech_base_url(o);
    if (transcriber.p) {
        const struct str origin = client_origin_of(c, transcriber);
        if (!origin.p)
            return FAIL(c, INVALID, "STT_BASE_URL must be https://host/path or http://host/path");
        TRY(add_origin(c, &allowed, origin));
    }
    const struct client_options co = { .origins = allowed.v,
                                       .n_origins = allowed.n,
                                       .in_flight_max = CLIENT_IN_FLIGHT +
                                                        (uint32_t)o->llm_max_in_flight +
                                                        (uint32_t)o->stt_max_in_flight,
                                       .ca_file = o->outbound_ca_file };
    TRY(client_open(c, &co, &in->client));
    in->deps.client = client_port_of(in->client);
    return ERR_OK;
}

/* Where nothing else is said: the address that the server is known by. */
static struct str redirect_base(struct ctx *c, const struct options *o)
{
    if (o->google_oauth_redirect_base.n)
        return o->google_oauth_redirect_base;
    if (o->base_url.n)
        return o->base_url;
    if (!options_loopback(o->listen) || str_ends(o->listen, S(":0")))
        return (struct str){ 0 };
    return str_fmt(c->mem, "%s://%.*s", o->tls_cert.p ? "https" : "http", STR_ARG(o->listen));
}

err installation_start_oidc(struct ctx *c, struct installation *in)
{
    const struct options *o = &in->o;
    if (!signs_in(o) || in->oidc)
        return ERR_OK;
    const struct oidc_options oo = { .issuer = o->oidc_issuer,
                                     .client_id = o->google_client_id,
                                     .client_secret = o->google_client_secret,
                                     .redirect_base = redirect_base(c, o),
                                     .timeout_ms = o->oidc_timeout_ms,
                                     .cache_seconds = o->oidc_cache_seconds,
                                     .refetch_seconds = o->oidc_refetch_seconds };
    TRY(oidc_open(c, &oo, &in->oidc));
    in->deps.oidc = in->oidc;
    return ERR_OK;
}
