/* What an identity provider may send: 't' a token, whatever is read must have a known alg and be
 * cut where it says; 'k' a key set, its keys must be countable and verify nothing of ours; 'c'
 * claims, what is taken must fit the limits and pass only with everything in place. */
#include <stdint.h>
#include <stdlib.h>

#include "base/str.h"
#include "crypto/id_token.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int64_t fixed_now(void *self)
{
    (void)self;
    return 1770000000LL * 1000000;
}
static const struct clock_port clock_fixed = { .now_us = fixed_now, .mono_us = fixed_now };
static const struct deps deps = { .clock = &clock_fixed, .random = &random_system };

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void try_token(struct ctx *c, struct str text)
{
    struct jws t;
    if (!jws_read(c->mem, text, &t))
        return;
    must(t.alg < JWS_ALGS && t.signed_text.p == text.p && t.signed_text.n < text.n);
    must(text.p[t.signed_text.n] == '.' && t.kid.n <= JWS_KID_MAX);
}

static void try_keys(struct ctx *c, struct str text)
{
    struct jwks *k = NULL;
    static const struct str token = S_INIT(
        "eyJhbGciOiJFUzI1NiJ9.e30."
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAQ");
    struct jws t;
    must(jws_read(c->mem, token, &t));
    if (jwks_open(c, text, &k) != ERR_OK)
        return;
    must(jwks_count(k) > 0 && jwks_count(k) <= JWKS_KEYS_MAX);
    must(jws_verify(k, &t) != JWS_GOOD);
    jwks_close(k);
}

static void try_claims(struct ctx *c, struct str text)
{
    struct id_claims t;
    const struct id_expected x = { .issuer = S("https://idp.test"),
                                   .client_id = S("us"),
                                   .nonce = sha256(S("n0nce")),
                                   .now_s = 1770000000 };
    if (!id_claims_read(c->mem, text, &t))
        return;
    must(t.n_aud <= ID_TOKEN_AUDIENCES_MAX);
    if (id_claims_flaw(&t, &x))
        return;
    must(str_eq(t.iss, x.issuer) && str_eq(t.nonce, S("n0nce")) && !t.at_hash.p);
    must(t.exp_s > x.now_s && t.sub.n > 0 && t.sub.n <= ID_TOKEN_SUB_MAX);
    must(t.n_aud == 1 ? str_eq(t.aud[0], x.client_id) : str_eq(t.azp, x.client_id));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct arena *mem;
    struct ctx c;
    if (!mem)
        mem = arena_open(NULL, 64 << 20);
    if (size == 0)
        return 0;
    arena_reset(mem);
    ctx_init(&c, mem, &deps, 0);
    const struct str text = { (const char *)data + 1, size - 1 };
    if (data[0] == 't')
        try_token(&c, text);
    else if (data[0] == 'k')
        try_keys(&c, text);
    else if (data[0] == 'c')
        try_claims(&c, text);
    return 0;
}
