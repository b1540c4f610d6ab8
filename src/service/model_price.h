/* service/model_price.h: what tokens cost. Prices are whole micro-units of a currency for a million
 * tokens, so tokens times price is exact in 10^-12 of it (pico).
 * Thread rule: constant once read; any thread. The names belong to the text that was read. */
#ifndef ENIGMA_SERVICE_MODEL_PRICE_H
#define ENIGMA_SERVICE_MODEL_PRICE_H

#include "base/ctx.h"

enum { MODEL_PRICES_MAX = 16 };
#define MODEL_PRICE_MAX INT64_C(1000000000) /* a thousand units for a million tokens */
struct model_price {
    struct str model;
    int64_t in, cached, out;
};
struct model_prices {
    struct model_price v[MODEL_PRICES_MAX];
    size_t n;
};
/* "gpt-5=1250000/125000/10000000, NAME=IN/CACHED/OUT"; commas or lines between. Absent: no prices.
 * ERR_INVALID names the entry. */
err model_prices_read(struct ctx *c, struct str text, struct model_prices *ret);
/* A model without a price costs nothing. "NAME (batch)" has the price of NAME:batch, else of NAME.
 */
int64_t model_cost_pico(const struct model_prices *p, struct str model, int64_t tokens_in,
                        int64_t tokens_cached, int64_t tokens_out);
/* Half up. */
int64_t model_cost_micro(int64_t pico);

#endif
