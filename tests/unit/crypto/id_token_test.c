/* Claims of ID Tokens: each check alone, at its edges. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/str.h"
#include "crypto/id_token.h"
#include "support/test_ctx.h"

#define NOW 1770000000

/* Sound claims; each test lays others over them. */
struct parts {
    const char *iss, *aud, *exp, *iat, *nonce, *sub, *more;
};
static const struct parts sound = {
    .iss = "\"https://idp.test\"",
    .aud = "\"us\"",
    .exp = "1770000300",
    .iat = "1770000000",
    .nonce = "\"n0nce\"",
    .sub = "\"s1\"",
    .more = "",
};

static struct str text_of(struct ctx *c, const struct parts *p)
{
    return str_fmt(c->mem,
                   "{\"iss\":%s,\"aud\":%s,\"exp\":%s,\"iat\":%s,\"nonce\":%s,\"sub\":%s%s}",
                   p->iss, p->aud, p->exp, p->iat, p->nonce, p->sub, p->more);
}

static struct id_expected expected(void)
{
    return (struct id_expected){ .issuer = S("https://idp.test"),
                                 .client_id = S("us"),
                                 .nonce = sha256(S("n0nce")),
                                 .access_token = S("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"),
                                 .now_s = NOW };
}

/* "read": the text itself was refused. */
static const char *flaw_of(struct ctx *c, const struct parts *p)
{
    const struct id_expected x = expected();
    struct id_claims t;
    if (!id_claims_read(c->mem, text_of(c, p), &t))
        return "read";
    const char *flaw = id_claims_flaw(&t, &x);
    return flaw ? flaw : "";
}

static void sound_claims_are_taken(void **state)
{
    struct test_ctx t;
    struct ctx *c = test_ctx_open(&t);
    struct id_claims claims;
    struct parts p = sound;
    (void)state;
    p.more =
        ",\"email\":\"a@b.test\",\"email_verified\":true,\"name\":\"A \\u00e9\",\"azp\":\"us\","
        "\"groups\":[{\"x\":[1,2]}],\"picture\":null";
    assert_string_equal(flaw_of(c, &p), "");
    assert_true(id_claims_read(c->mem, text_of(c, &p), &claims));
    assert_true(claims.email_verified);
    assert_true(str_eq(claims.email, S("a@b.test")));
    assert_true(str_eq(claims.name, S("A \xc3\xa9")));
    assert_int_equal(claims.exp_s, NOW + 300);
    p.more = ",\"email\":null,\"name\":null";
    assert_true(id_claims_read(c->mem, text_of(c, &p), &claims));
    assert_null(claims.email.p);
    test_ctx_close(&t);
}

static void only_true_is_verified(void **state)
{
    static const char *const not_so[] = { "false", "\"true\"", "1", "null", "[true]" };
    struct test_ctx t;
    struct ctx *c = test_ctx_open(&t);
    struct id_claims claims;
    (void)state;
    for (size_t i = 0; i < sizeof(not_so) / sizeof(not_so[0]); i++) {
        struct parts p = sound;
        p.more = str_fmt(c->mem, ",\"email_verified\":%s", not_so[i]).p;
        assert_true(id_claims_read(c->mem, text_of(c, &p), &claims));
        assert_false(claims.email_verified);
    }
    test_ctx_close(&t);
}

static void each_check_stands_alone(void **state)
{
    static const struct {
        size_t at;
        const char *value, *flaw;
    } cases[] = {
        { offsetof(struct parts, iss), "\"https://idp.test/\"", "iss" },
        { offsetof(struct parts, iss), "\"HTTPS://IDP.TEST\"", "iss" },
        { offsetof(struct parts, iss), "\"\"", "iss" },
        { offsetof(struct parts, iss), "null", "read" },
        { offsetof(struct parts, aud), "\"them\"", "aud" },
        { offsetof(struct parts, aud), "[]", "aud" },
        { offsetof(struct parts, aud), "[\"them\"]", "aud" },
        { offsetof(struct parts, aud), "[\"us\"]", "" },
        { offsetof(struct parts, aud), "[\"us\",\"them\"]", "azp" },
        { offsetof(struct parts, aud), "[\"us\",\"them\"],\"azp\":\"us\"", "" },
        { offsetof(struct parts, aud), "[\"us\",\"them\"],\"azp\":\"them\"", "azp" },
        { offsetof(struct parts, aud), "\"us\",\"azp\":\"them\"", "azp" },
        { offsetof(struct parts, aud), "\"us\",\"azp\":\"\"", "azp" },
        { offsetof(struct parts, aud), "[1]", "read" },
        { offsetof(struct parts, aud), "{}", "read" },
        { offsetof(struct parts, exp), "1770000000", "exp" },
        { offsetof(struct parts, exp), "1770000001", "" },
        { offsetof(struct parts, exp), "1770000000.999", "exp" },
        { offsetof(struct parts, exp), "\"1770000300\"", "read" },
        { offsetof(struct parts, exp), "-1", "read" },
        { offsetof(struct parts, exp), "1e300", "read" },
        { offsetof(struct parts, iat), "1770000060", "" },
        { offsetof(struct parts, iat), "1770000061", "iat" },
        { offsetof(struct parts, iat), "1769999340", "" },
        { offsetof(struct parts, iat), "1769999339", "iat" },
        { offsetof(struct parts, iat), "true", "read" },
        { offsetof(struct parts, nonce), "\"n0ncE\"", "nonce" },
        { offsetof(struct parts, nonce), "\"\"", "nonce" },
        { offsetof(struct parts, nonce), "null", "read" },
        { offsetof(struct parts, sub), "\"\"", "sub" },
        { offsetof(struct parts, sub), "\"a\\u0000b\"", "sub" },
        { offsetof(struct parts, sub), "\"a\\nb\"", "sub" },
        { offsetof(struct parts, sub), "17", "read" },
        { offsetof(struct parts, more), ",\"nbf\":1770000060", "" },
        { offsetof(struct parts, more), ",\"nbf\":1770000061", "nbf" },
        { offsetof(struct parts, more), ",\"iss\":\"https://idp.test\"", "read" },
        /* The example of OpenID Connect Core 1.0, A.3. */
        { offsetof(struct parts, more), ",\"at_hash\":\"77QmUPtjPfzWtF2AnpK9RQ\"", "" },
        { offsetof(struct parts, more), ",\"at_hash\":\"77QmUPtjPfzWtF2AnpK9RA\"", "at_hash" },
        { offsetof(struct parts, more), ",\"at_hash\":\"77QmUPtjPfzWtF2AnpK9RQ==\"", "at_hash" },
        { offsetof(struct parts, more), ",\"at_hash\":\"\"", "at_hash" },
        { offsetof(struct parts, more), ",\"at_hash\":\"!\"", "at_hash" },
        { offsetof(struct parts, more), ",\"at_hash\":1", "read" },
    };
    struct test_ctx t;
    struct ctx *c = test_ctx_open(&t);
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct parts p = sound;
        *(const char **)((char *)&p + cases[i].at) = cases[i].value;
        const char *flaw = flaw_of(c, &p);
        if (strcmp(flaw, cases[i].flaw) != 0)
            fail_msg("%s: \"%s\" instead of \"%s\"", cases[i].value, flaw, cases[i].flaw);
    }
    test_ctx_close(&t);
}

static void what_is_missing_is_missed(void **state)
{
    static const char *const names[] = { "iss", "aud", "exp", "iat", "nonce", "sub" };
    struct test_ctx t;
    struct ctx *c = test_ctx_open(&t);
    const struct id_expected x = expected();
    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct id_claims claims;
        /* The member gets another name. */
        char *text = str_z(c->mem, text_of(c, &sound));
        *(strstr(text, str_fmt(c->mem, "\"%s\"", names[i]).p) + 1) = 'X';
        assert_true(id_claims_read(c->mem, str_of(text), &claims));
        assert_string_equal(id_claims_flaw(&claims, &x), names[i]);
    }
    struct id_claims claims;
    struct id_expected poor = x;
    struct parts p = sound;
    p.more = ",\"at_hash\":\"77QmUPtjPfzWtF2AnpK9RQ\"";
    poor.access_token = (struct str){ 0 };
    assert_true(id_claims_read(c->mem, text_of(c, &p), &claims));
    assert_string_equal(id_claims_flaw(&claims, &poor), "at_hash");
    test_ctx_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sound_claims_are_taken),
        cmocka_unit_test(only_true_is_verified),
        cmocka_unit_test(each_check_stands_alone),
        cmocka_unit_test(what_is_missing_is_missed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
