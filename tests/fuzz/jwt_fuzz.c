/* Tokens of strangers. 'r' and a token: whatever is accepted must carry the signature that we would
 * make. 's', a header, a line end and claims: the same behind a right signature, so that the form
 * is reached; accepted claims must survive being signed and read again. */
#include <stdint.h>
#include <stdlib.h>

#include "base/str.h"
#include "codec/base64.h"
#include "crypto/hash.h"
#include "crypto/jwt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct str secret = S_INIT("0123456789abcdef0123456789abcdef");

static int64_t fixed_now(void *self)
{
    (void)self;
    return 1772000000LL * 1000000;
}
static const struct clock_port clock_fixed = { .now_us = fixed_now, .mono_us = fixed_now };
static const struct deps deps = { .clock = &clock_fixed, .random = &random_system };

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void put_base64(struct buf *b, struct str s)
{
    base64_write(b, BASE64_URL_NOPAD, s.p, s.n);
}

static void put_signature(struct buf *b)
{
    struct str text = buf_view(b);
    struct hash h = hmac_sha256(secret, &text, 1);
    buf_c(b, '.');
    put_base64(b, (struct str){ (const char *)h.b, sizeof(h.b) });
}

static bool same_claims(const struct jwt_claims *a, const struct jwt_claims *b)
{
    return str_eq(a->admin_id, b->admin_id) && str_eq(a->username, b->username) &&
           str_eq(a->role, b->role) && str_eq(a->type, b->type) && str_eq(a->jti, b->jti) &&
           str_eq(a->sub, b->sub) && str_eq(a->iss, b->iss) && a->exp_s == b->exp_s &&
           a->iat_s == b->iat_s;
}

static void check_accepted(struct ctx *c, struct str token, const struct jwt_claims *claims)
{
    struct buf b;
    struct jwt_claims again;
    must(token.n > 44 && token.n <= JWT_MAX);
    buf_init(&b, c->mem, JWT_MAX);
    buf_str(&b, str_sub(token, 0, token.n - 44));
    put_signature(&b);
    must(str_eq(buf_view(&b), token));
    must(claims->exp_s > 1772000000 && str_eq(claims->type, S("admin_access")));
    struct str fresh = jwt_sign(c, secret, claims);
    if (!fresh.p)
        return; /* its escapes take more room than the sender's did */
    must(jwt_verify(c, secret, fresh, &again) == ERR_OK && same_claims(claims, &again));
}

static struct str token_of(struct ctx *c, struct str input)
{
    struct str kind = str_sub(input, 0, 1), rest = str_sub(input, 1, input.n), header;
    if (!str_eq(kind, S("s")))
        return rest;
    struct str claims = str_cut(rest, '\n', &header);
    struct buf b;
    buf_init(&b, c->mem, 2 * JWT_MAX);
    put_base64(&b, header);
    buf_c(&b, '.');
    put_base64(&b, claims);
    put_signature(&b);
    return buf_view(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct arena *mem;
    struct ctx c;
    struct jwt_claims claims;
    if (!mem)
        mem = arena_open(NULL, 1 << 20);
    ctx_init(&c, mem, &deps, 0);
    struct str token = token_of(&c, (struct str){ (const char *)data, size });
    if (jwt_verify(&c, secret, token, &claims) == ERR_OK)
        check_accepted(&c, token, &claims);
    arena_reset(mem);
    return 0;
}
