/* Micro figures of one core: JWT, ID Tokens with kept keys, Fernet, hashing and JSON of an
 * application. usage: crypto_bench; prints a name and a rate a line. */
#include "base/str.h"
#include "crypto/commit.h"
#include "crypto/fernet.h"
#include "crypto/id_token.h"
#include "crypto/jwt.h"
#include "crypto/merkle.h"
#include "domain/application.h"
#include "support/test_ctx.h"
#include "support/test_keys.h"

enum { ESSAY = 1500, ACHIEVEMENTS = 500, ROUNDS = 5 };
static const int64_t slice_us = 200000;

struct bench {
    struct ctx *c;
    struct keyring keys;
    struct str secret, token, sealed, json, plain;
    struct application_new application;
    struct merkle tree;
    struct jwks *jwks;
    struct str id_token[JWS_ALGS];
};

static void must(bool ok, const char *what)
{
    if (ok)
        return;
    fprintf(stderr, "crypto_bench: %s failed\n", what);
    abort();
}

static void jwt(struct bench *b)
{
    struct jwt_claims claims;
    must(jwt_verify(b->c, b->secret, b->token, &claims) == ERR_OK, "jwt");
}
/* All that a sign-in verifies once the provider's keys are kept. */
static void id_token(struct bench *b, enum jws_alg alg)
{
    struct jws t;
    struct id_claims claims;
    const struct id_expected x = { .issuer = S("https://idp.example.org"),
                                   .client_id = S("enigma"),
                                   .nonce = sha256(S("nonce")),
                                   .access_token = S("access"),
                                   .now_s = b->c->now_us / 1000000 };
    must(jws_read(b->c->mem, b->id_token[alg], &t) && jws_verify(b->jwks, &t) == JWS_GOOD &&
             id_claims_read(b->c->mem, t.claims, &claims) && !id_claims_flaw(&claims, &x),
         "ID Token");
}
static void id_token_rsa(struct bench *b)
{
    id_token(b, JWS_RS256);
}
static void id_token_ec(struct bench *b)
{
    id_token(b, JWS_ES256);
}
static void seal(struct bench *b)
{
    must(keyring_seal(b->c, b->plain).p != NULL, "seal");
}
static void unseal(struct bench *b)
{
    struct str plain;
    must(keyring_open(b->c, b->sealed, &plain) == ERR_OK, "unseal");
}
static void leaf(struct bench *b)
{
    const struct hash h = merkle_leaf_hash(str_sub(b->json, 0, 500));
    merkle_add(&b->tree, &h);
}
static void decode(struct bench *b)
{
    struct application_new a;
    must(schema_decode(b->c, &application_new_schema, b->json, &a, NULL) == ERR_OK, "decode");
}
static void encode(struct bench *b)
{
    struct buf out;
    buf_init(&out, b->c->mem, 65536);
    schema_encode(&application_new_schema, &b->application, &out);
    must(buf_ok(&out), "encode");
}

static const struct {
    const char *what;
    void (*fn)(struct bench *b);
} benches[] = {
    { "JWT verify (HS256)", jwt },
    { "ID Token verify (RS256, kept keys)", id_token_rsa },
    { "ID Token verify (ES256, kept keys)", id_token_ec },
    { "Fernet seal, 300 bytes", seal },
    { "Fernet open, 300 bytes", unseal },
    { "leaf of 500 bytes into the tree", leaf },
    { "JSON decode, application", decode },
    { "JSON encode, application", encode },
};

/* The best of some rounds: what the code costs without the neighbours on the machine. */
static double rate_of(struct bench *b, void (*fn)(struct bench *b))
{
    double best = 0;
    for (int round = 0; round < ROUNDS; round++) {
        int64_t n = 0, began = clock_system.mono_us(NULL), now = began;
        while (now - began < slice_us) {
            for (int i = 0; i < 64; i++, n++) {
                arena_reset(b->c->mem);
                fn(b);
            }
            now = clock_system.mono_us(NULL);
        }
        double rate = (double)n * 1e6 / (double)(now - began);
        best = rate > best ? rate : best;
    }
    return best;
}

static void prepare_id_tokens(struct bench *b, struct ctx *keep)
{
    EVP_PKEY *rsa = EVP_RSA_gen(2048), *ec = EVP_EC_gen("P-256");
    const long long now = (long long)(keep->now_us / 1000000);
    const struct str claims = str_fmt(
        keep->mem,
        "{\"iss\":\"https://idp.example.org\",\"sub\":\"109876543210987654321\",\"aud\":\"enigma\","
        "\"azp\":\"enigma\",\"iat\":%lld,\"exp\":%lld,\"nonce\":\"nonce\","
        "\"email\":\"pat@example.org\",\"email_verified\":true,\"name\":\"Pat Example\"}",
        now, now + 3600);
    const struct str keys = str_fmt(keep->mem, "%.*s,%.*s", STR_ARG(test_jwk(keep, rsa, "r", "")),
                                    STR_ARG(test_jwk(keep, ec, "e", "")));
    must(jwks_open(keep, test_key_set(keep, keys), &b->jwks) == ERR_OK, "preparation");
    b->id_token[JWS_RS256] =
        test_token(keep, rsa, S("{\"alg\":\"RS256\",\"kid\":\"r\",\"typ\":\"JWT\"}"), claims);
    b->id_token[JWS_ES256] =
        test_token(keep, ec, S("{\"alg\":\"ES256\",\"kid\":\"e\",\"typ\":\"JWT\"}"), claims);
    EVP_PKEY_free(rsa);
    EVP_PKEY_free(ec);
}

static void prepare(struct bench *b, struct ctx *keep)
{
    static char essay[ESSAY], achievements[ACHIEVEMENTS];
    fernet_key_make(keep, &b->keys.fernet[0]);
    b->keys.n_fernet = 1;
    memset(essay, 'e', sizeof(essay));
    memset(achievements, 'a', sizeof(achievements));
    b->secret = S("0123456789abcdef0123456789abcdef0123456789abcdef");
    b->plain = (struct str){ essay, 300 };
    b->sealed = keyring_seal(keep, b->plain);
    b->json = str_fmt(keep->mem,
                      "{\"name\":\"Ana Maria Example\",\"email\":\"ana@example.org\","
                      "\"phone\":\"+1 555 0100 200\",\"address\":\"1 Example Street, Town\","
                      "\"gpa\":3.85,\"test_scores\":{\"SAT\":1450,\"TOEFL\":110},"
                      "\"essay\":\"%.*s\",\"achievements\":\"%.*s\"}",
                      ESSAY, essay, ACHIEVEMENTS, achievements);
    const struct jwt_claims claims = { .admin_id = S("ADM_0123456789ABCDEFGHJKMNPQRS"),
                                       .username = S("registrar"),
                                       .role = S("super_admin"),
                                       .type = S("admin_access"),
                                       .jti = S("0123456789abcdef"),
                                       .exp_s = keep->now_us / 1000000 + 3600,
                                       .iat_s = keep->now_us / 1000000 };
    b->token = jwt_sign(keep, b->secret, &claims);
    must(b->token.p && b->sealed.p, "preparation");
    must(schema_decode(keep, &application_new_schema, b->json, &b->application, NULL) == ERR_OK,
         "preparation");
    merkle_init(&b->tree);
    prepare_id_tokens(b, keep);
}

int main(void)
{
    static struct bench b;
    struct deps deps = { .clock = &clock_system, .random = &random_system, .keys = &b.keys };
    struct arena *mem = arena_open(NULL, 1 << 20), *keep_mem = arena_open(NULL, 1 << 20);
    struct ctx c, keep;
    ctx_init(&c, mem, &deps, 0);
    ctx_init(&keep, keep_mem, &deps, 0);
    b.c = &c;
    prepare(&b, &keep);
    for (size_t i = 0; i < sizeof(benches) / sizeof(benches[0]); i++)
        printf("%s\t%.0f\n", benches[i].what, rate_of(&b, benches[i].fn));
    arena_close(mem);
    arena_close(keep_mem);
    return 0;
}
