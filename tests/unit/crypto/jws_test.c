/* Tokens of others: RS256 and ES256 by key sets, and everything that is neither. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "crypto/jws.h"
#include "support/test_ctx.h"
#include "support/test_keys.h"

#define RS256(kid_) S("{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"" kid_ "\"}")
#define ES256(kid_) S("{\"alg\":\"ES256\",\"kid\":\"" kid_ "\"}")
#define CLAIMS      S("{\"sub\":\"1\"}")

struct scene {
    struct test_ctx t;
    EVP_PKEY *rsa, *rsa2, *ec, *ec2;
};
static struct scene s;

static int set_up(void **state)
{
    (void)state;
    (void)test_ctx_open(&s.t);
    s.rsa = EVP_RSA_gen(2048);
    s.rsa2 = EVP_RSA_gen(2048);
    s.ec = EVP_EC_gen("P-256");
    s.ec2 = EVP_EC_gen("P-256");
    return s.rsa && s.rsa2 && s.ec && s.ec2 ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    EVP_PKEY_free(s.rsa);
    EVP_PKEY_free(s.rsa2);
    EVP_PKEY_free(s.ec);
    EVP_PKEY_free(s.ec2);
    test_ctx_close(&s.t);
    return 0;
}

static struct jwks *set_of(struct ctx *c, struct str keys)
{
    struct jwks *k = NULL;
    if (jwks_open(c, test_key_set(c, keys), &k) != ERR_OK)
        fail_msg("%.*s: %s", STR_ARG(keys), c->fault.text);
    return k;
}

static struct str two(struct ctx *c, struct str a, struct str b)
{
    return str_fmt(c->mem, "%.*s,%.*s", STR_ARG(a), STR_ARG(b));
}

static int verdict(struct ctx *c, const struct jwks *k, struct str token)
{
    struct jws t;
    return jws_read(c->mem, token, &t) ? (int)jws_verify(k, &t) : -1;
}

static void good_tokens_verify(void **state)
{
    struct ctx *c = test_ctx_next(&s.t);
    (void)state;
    struct jwks *k =
        set_of(c, two(c, test_jwk(c, s.rsa, "r", ",\"use\":\"sig\",\"alg\":\"RS256\""),
                      test_jwk(c, s.ec, "e", ",\"key_ops\":[\"verify\"],\"x5c\":[\"?\"]")));
    struct jws t;
    assert_int_equal(jwks_count(k), 2);
    assert_int_equal(verdict(c, k, test_token(c, s.rsa, RS256("r"), CLAIMS)), JWS_GOOD);
    assert_int_equal(verdict(c, k, test_token(c, s.ec, ES256("e"), CLAIMS)), JWS_GOOD);
    /* Without kid: one key of the kind is enough. */
    assert_int_equal(verdict(c, k, test_token(c, s.rsa, S("{\"alg\":\"RS256\"}"), CLAIMS)),
                     JWS_GOOD);
    assert_true(jws_read(c->mem, test_token(c, s.ec, ES256("e"), CLAIMS), &t));
    assert_true(str_eq(t.claims, CLAIMS));
    assert_true(str_eq(t.kid, S("e")));
    jwks_close(k);
}

static void keys_are_not_mixed_up(void **state)
{
    struct ctx *c = test_ctx_next(&s.t);
    (void)state;
    struct jwks *k =
        set_of(c, two(c, test_jwk(c, s.rsa, "same", ""), test_jwk(c, s.ec, "same", "")));
    assert_int_equal(verdict(c, k, test_token(c, s.rsa, RS256("same"), CLAIMS)), JWS_GOOD);
    assert_int_equal(verdict(c, k, test_token(c, s.ec, ES256("same"), CLAIMS)), JWS_GOOD);
    assert_int_equal(verdict(c, k, test_token(c, s.rsa2, RS256("same"), CLAIMS)), JWS_FORGED);
    assert_int_equal(verdict(c, k, test_token(c, s.ec2, ES256("same"), CLAIMS)), JWS_FORGED);
    assert_int_equal(verdict(c, k, test_token(c, s.ec, RS256("same"), CLAIMS)), JWS_FORGED);
    assert_int_equal(verdict(c, k, test_token(c, s.rsa, ES256("same"), CLAIMS)), JWS_FORGED);
    assert_int_equal(verdict(c, k, test_token(c, s.rsa, RS256("other"), CLAIMS)), JWS_NO_KEY);
    assert_int_equal(verdict(c, k, test_token(c, s.rsa, RS256(""), CLAIMS)), JWS_NO_KEY);
    jwks_close(k);
    /* Two of a kind: without a kid, or with the same one, nobody knows which. */
    k = set_of(c, two(c, test_jwk(c, s.rsa, "a", ""), test_jwk(c, s.rsa2, "b", "")));
    assert_int_equal(verdict(c, k, test_token(c, s.rsa, S("{\"alg\":\"RS256\"}"), CLAIMS)),
                     JWS_NO_KEY);
    assert_int_equal(verdict(c, k, test_token(c, s.rsa2, RS256("b"), CLAIMS)), JWS_GOOD);
    assert_int_equal(verdict(c, k, test_token(c, s.rsa2, RS256("a"), CLAIMS)), JWS_FORGED);
    jwks_close(k);
    k = set_of(c, two(c, test_jwk(c, s.rsa, "a", ""), test_jwk(c, s.rsa2, "a", "")));
    assert_int_equal(verdict(c, k, test_token(c, s.rsa, RS256("a"), CLAIMS)), JWS_NO_KEY);
    jwks_close(k);
}

/* Every byte counts: the token with any one character changed is no longer good. */
static void no_character_may_change(void **state)
{
    struct ctx *c = test_ctx_next(&s.t);
    (void)state;
    struct jwks *k = set_of(c, test_jwk(c, s.ec, "e", ""));
    const struct str token = test_token(c, s.ec, ES256("e"), CLAIMS);
    for (size_t i = 0; i < token.n; i++) {
        struct str other = str_keep(c->mem, token);
        char *p = str_z(c->mem, other);
        p[i] = p[i] == 'A' ? 'B' : 'A';
        if (verdict(c, k, (struct str){ p, token.n }) == JWS_GOOD)
            fail_msg("byte %zu does not count", i);
    }
    for (size_t n = 0; n < token.n; n++)
        assert_int_not_equal(verdict(c, k, str_sub(token, 0, n)), JWS_GOOD);
    jwks_close(k);
}

static void strange_headers_are_refused(void **state)
{
    static const char *const bad[] = {
        "{\"alg\":\"none\"}",
        "{\"alg\":\"HS256\",\"kid\":\"r\"}",
        "{\"alg\":\"RS384\",\"kid\":\"r\"}",
        "{\"alg\":\"PS256\",\"kid\":\"r\"}",
        "{\"alg\":\"ES256K\",\"kid\":\"r\"}",
        "{\"alg\":\"rs256\",\"kid\":\"r\"}",
        "{\"alg\":\"RS256 \",\"kid\":\"r\"}",
        "{\"alg\":[\"RS256\"],\"kid\":\"r\"}",
        "{\"kid\":\"r\"}",
        "{\"alg\":\"RS256\",\"kid\":1}",
        "{\"alg\":\"RS256\",\"kid\":\"r\",\"crit\":[]}",
        "{\"alg\":\"RS256\",\"kid\":\"r\",\"crit\":[\"b64\"],\"b64\":false}",
        "{\"alg\":\"RS256\",\"kid\":\"r\",\"typ\":\"at+jwt\"}",
        "{\"alg\":\"RS256\",\"kid\":\"r\",\"alg\":\"RS256\"}",
        "{\"alg\":\"RS256\",\"kid\":\"r\"",
        "[\"RS256\"]",
        "\"RS256\"",
        "",
    };
    struct ctx *c = test_ctx_next(&s.t);
    (void)state;
    struct jwks *k = set_of(c, test_jwk(c, s.rsa, "r", ""));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (verdict(c, k, test_token(c, s.rsa, str_of(bad[i]), CLAIMS)) != -1)
            fail_msg("%s was read", bad[i]);
    const struct str fine = S("{\"alg\":\"RS256\",\"kid\":\"r\",\"typ\":\"jwt\",\"x5t\":\"a\","
                              "\"jwk\":{\"kty\":\"oct\"}}");
    assert_int_equal(verdict(c, k, test_token(c, s.rsa, fine, CLAIMS)), JWS_GOOD);
    jwks_close(k);
}

static void strange_shapes_are_refused(void **state)
{
    static const char *const bad[] = {
        "",
        ".",
        "..",
        "...",
        "a.b",
        "a.b.c",
        "e30.e30.e30",
        "e30.e30.",
        "e30..e30",
        ".e30.e30",
        "eyJhbGciOiJSUzI1NiJ9.e30.=",
        "eyJhbGciOiJSUzI1NiJ9.e30.AA.AA",
        "eyJhbGciOiJSUzI1NiJ9.e30.A",
    };
    struct ctx *c = test_ctx_next(&s.t);
    struct jws t;
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(jws_read(c->mem, str_of(bad[i]), &t));
    char *large = arena_array(c->mem, char, JWS_MAX + 2);
    memset(large, 'A', JWS_MAX + 1);
    assert_false(jws_read(c->mem, (struct str){ large, JWS_MAX + 1 }, &t));
}

static void keys_of_no_use_are_passed_over(void **state)
{
    struct ctx *c = test_ctx_next(&s.t);
    EVP_PKEY *small = EVP_RSA_gen(1024), *other_curve = EVP_EC_gen("P-384");
    (void)state;
    const struct str bad[] = {
        test_jwk(c, s.rsa, "r", ",\"use\":\"enc\""),
        test_jwk(c, s.rsa, "r", ",\"alg\":\"RS512\""),
        test_jwk(c, s.rsa, "r", ",\"alg\":\"HS256\""),
        test_jwk(c, s.rsa, "r", ",\"key_ops\":[\"sign\"]"),
        test_jwk(c, s.rsa, "r", ",\"key_ops\":[]"),
        test_jwk(c, s.rsa, "r", ",\"key_ops\":\"verify\""),
        test_jwk(c, s.rsa, "r", ",\"d\":\"AQAB\""),
        test_jwk(c, s.ec, "e", ",\"alg\":\"RS256\""),
        test_jwk(c, small, "r", ""),
        S("{\"kty\":\"oct\",\"k\":\"c2VjcmV0\",\"kid\":\"r\"}"),
        S("{\"kty\":\"RSA\",\"kid\":\"r\"}"),
        S("{\"kty\":\"RSA\",\"kid\":\"r\",\"n\":\"AQAB\",\"e\":\"AQAB\"}"),
        S("{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"e\",\"x\":\"AA\",\"y\":\"AA\"}"),
        S("{\"kty\":\"EC\",\"crv\":\"P-384\",\"kid\":\"e\",\"x\":\"AA\",\"y\":\"AA\"}"),
        S("{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"e\",\"x\":\"AA\"}"),
        S("{}"),
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct jwks *k = NULL;
        fault_clear(c);
        if (jwks_open(c, test_key_set(c, bad[i]), &k) != ERR_UPSTREAM)
            fail_msg("%.*s is of use", STR_ARG(bad[i]));
        /* Beside a good one they do no harm. */
        k = set_of(c, two(c, bad[i], test_jwk(c, s.rsa2, "good", "")));
        assert_int_equal(jwks_count(k), 1);
        assert_int_equal(verdict(c, k, test_token(c, s.rsa2, RS256("good"), CLAIMS)), JWS_GOOD);
        jwks_close(k);
    }
    /* A point that is not on the curve. */
    const struct str off =
        S("{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"e\",\"x\":\"AAAAAAAAAAAAAAAAAAAAAA"
          "AAAAAAAAAAAAAAAAAAAAE\",\"y\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE\"}");
    struct jwks *k = NULL;
    fault_clear(c);
    assert_int_equal(jwks_open(c, test_key_set(c, off), &k), ERR_UPSTREAM);
    EVP_PKEY_free(small);
    EVP_PKEY_free(other_curve);
}

static void texts_that_are_no_key_set(void **state)
{
    static const char *const bad[] = {
        "",
        "[]",
        "{}",
        "null",
        "{\"keys\":{}}",
        "{\"keys\":null}",
        "{\"keys\":[1]}",
        "{\"keys\":[]}",
        "{\"keys\":[{}]",
        "{\"keys\":[{}]} x",
        "{\"keys\":[],\"keys\":[]}",
        "{\"keys\":[{\"kty\":\"oct\",\"kty\":\"RSA\"}]}",
    };
    struct ctx *c = test_ctx_next(&s.t);
    struct jwks *k = NULL;
    struct buf b;
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        fault_clear(c);
        assert_int_equal(jwks_open(c, str_of(bad[i]), &k), ERR_UPSTREAM);
    }
    /* One key more than are looked at. */
    const struct str one = test_jwk(c, s.ec, "e", "");
    buf_init(&b, c->mem, JWKS_TEXT_MAX);
    for (int i = 0; i <= JWKS_KEYS_MAX; i++) {
        if (i)
            buf_c(&b, ',');
        buf_str(&b, one);
    }
    fault_clear(c);
    assert_int_equal(jwks_open(c, test_key_set(c, buf_view(&b)), &k), ERR_UPSTREAM);
    const struct str fits = str_sub(buf_view(&b), 0, b.n - one.n - 1);
    k = set_of(c, fits);
    assert_int_equal(jwks_count(k), JWKS_KEYS_MAX);
    jwks_close(k);
    jwks_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_tokens_verify),
        cmocka_unit_test(keys_are_not_mixed_up),
        cmocka_unit_test(no_character_may_change),
        cmocka_unit_test(strange_headers_are_refused),
        cmocka_unit_test(strange_shapes_are_refused),
        cmocka_unit_test(keys_of_no_use_are_passed_over),
        cmocka_unit_test(texts_that_are_no_key_set),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
