/* Prices of models: read, and multiplied. */
#include "service/model_price.h"

#include "base/str.h"
#include "domain/score.h"

enum { PICO_IN_MICRO = 1000000 };
static const struct str batch_tail = S_INIT(" (batch)");

static bool price_of(struct str text, int64_t *ret)
{
    int64_t v = 0;
    if (!str_i64(str_trim(text), &v) || v < 0 || v > MODEL_PRICE_MAX)
        return false;
    *ret = v;
    return true;
}

static bool read_one(struct str text, struct model_price *ret)
{
    struct str in, cached;
    struct str rest = str_cut(text, '=', &ret->model);
    rest = str_cut(rest.p ? rest : S(""), '/', &in);
    rest = str_cut(rest.p ? rest : S(""), '/', &cached);
    ret->model = str_trim(ret->model);
    return ret->model.n > 0 && rest.p && price_of(in, &ret->in) && price_of(cached, &ret->cached) &&
           price_of(rest, &ret->out);
}

static const struct model_price *find(const struct model_prices *p, struct str model)
{
    for (size_t i = 0; i < p->n; i++)
        if (str_eq(p->v[i].model, model))
            return &p->v[i];
    return NULL;
}

static err add(struct ctx *c, struct str text, struct model_prices *io)
{
    struct model_price m = { 0 };
    if (str_trim(text).n == 0)
        return ERR_OK;
    if (!read_one(text, &m))
        return FAIL(c, INVALID,
                    "MODEL_PRICES: '%.*s' is not MODEL=IN/CACHED/OUT in whole "
                    "micro-units for a million tokens",
                    STR_ARG(str_sub(str_trim(text), 0, 80)));
    if (find(io, m.model))
        return FAIL(c, INVALID, "MODEL_PRICES: %.*s has two prices", STR_ARG(m.model));
    if (io->n == MODEL_PRICES_MAX)
        return FAIL(c, INVALID, "MODEL_PRICES: more than %d models", (int)MODEL_PRICES_MAX);
    io->v[io->n++] = m;
    return ERR_OK;
}

err model_prices_read(struct ctx *c, struct str text, struct model_prices *ret)
{
    struct model_prices p = { .n = 0 };
    while (text.p) {
        struct str line;
        text = str_cut(text, '\n', &line);
        while (line.p) {
            struct str one;
            line = str_cut(line, ',', &one);
            TRY(add(c, one, &p));
        }
    }
    *ret = p;
    return ERR_OK;
}

static const struct model_price *price_for(const struct model_prices *p, struct str model)
{
    char name[128];
    if (!str_ends(model, batch_tail))
        return find(p, model);
    const struct str plain = str_sub(model, 0, model.n - batch_tail.n);
    const int n = snprintf(name, sizeof(name), "%.*s:batch", STR_ARG(plain));
    const struct model_price *own =
        n < (int)sizeof(name) ? find(p, (struct str){ name, (size_t)n }) : NULL;
    return own ? own : find(p, plain);
}

int64_t model_cost_pico(const struct model_prices *p, struct str model, int64_t tokens_in,
                        int64_t tokens_cached, int64_t tokens_out)
{
    const struct model_price *m = price_for(p, model);
    const int64_t cached = tokens_cached < tokens_in ? tokens_cached : tokens_in;
    if (!m)
        return 0;
    return (tokens_in - cached) * m->in + cached * m->cached + tokens_out * m->out;
}

int64_t model_cost_micro(int64_t pico)
{
    return div_half_up(pico, PICO_IN_MICRO);
}
