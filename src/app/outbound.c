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

err installation_start_client(struct ctx *c, struct installation *in)
{
    const struct options *o = &in->o;
    struct origins allowed = { .n = 0 };
    if (in->client)
        return ERR_OK;
    TRY(add_list(c, &allowed, o->outbound_origins));
    const struct client_options co = { .origins = allowed.v,
                                       .n_origins = allowed.n,
                                       .ca_file = o->outbound_ca_file };
    TRY(client_open(c, &co, &in->client));
    in->deps.client = client_port_of(in->client);
    return ERR_OK;
}
