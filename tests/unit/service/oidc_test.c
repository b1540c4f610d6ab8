/* The identity provider: which settings are taken, whose documents are believed, and for how long.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "service/oidc_inner.h"
#include "support/test_ctx.h"
#include "support/test_idp.h"

#define SECOND INT64_C(1000000)

static struct oidc_options sound(void)
{
    return (struct oidc_options){ .issuer = S("https://idp.example.org/realms/uni"),
                                  .client_id = S("enigma"),
                                  .client_secret = S("secret"),
                                  .redirect_base = S("https://apply.example.org"),
                                  .timeout_ms = 1000,
                                  .cache_seconds = 3600,
                                  .refetch_seconds = 60 };
}

static void settings_are_checked(void **state)
{
    static const struct {
        size_t at; /* of the option that is changed */
        const char *value, *named;
    } bad[] = {
        { offsetof(struct oidc_options, issuer), "", "OIDC_ISSUER" },
        { offsetof(struct oidc_options, issuer), "idp.example.org", "OIDC_ISSUER" },
        { offsetof(struct oidc_options, issuer), "http://idp.example.org", "OIDC_ISSUER" },
        { offsetof(struct oidc_options, issuer), "https://u@idp.example.org", "OIDC_ISSUER" },
        { offsetof(struct oidc_options, issuer), "https://idp.example.org/?a", "OIDC_ISSUER" },
        { offsetof(struct oidc_options, issuer), "https://idp.example.org/#a", "OIDC_ISSUER" },
        { offsetof(struct oidc_options, client_id), "", "GOOGLE_CLIENT_ID" },
        { offsetof(struct oidc_options, redirect_base), "", "REDIRECT_BASE" },
        { offsetof(struct oidc_options, redirect_base), " , ,", "REDIRECT_BASE" },
        { offsetof(struct oidc_options, redirect_base), "apply.example.org", "REDIRECT_BASE" },
        { offsetof(struct oidc_options, redirect_base), "http://apply.example.org",
          "REDIRECT_BASE" },
        { offsetof(struct oidc_options, redirect_base), "https://*.example.org", "REDIRECT_BASE" },
        { offsetof(struct oidc_options, redirect_base), "https://a.org/?x=", "REDIRECT_BASE" },
        { offsetof(struct oidc_options, redirect_base), "https://a.org,nonsense", "nonsense" },
    };
    struct test_ctx t;
    struct ctx *c = test_ctx_open(&t);
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct oidc_options o = sound();
        struct oidc *p = NULL;
        *(struct str *)(void *)((char *)&o + bad[i].at) = str_of(bad[i].value);
        fault_clear(c);
        assert_int_equal(oidc_open(c, &o, &p), ERR_INVALID);
        if (!strstr(c->fault.text, bad[i].named))
            fail_msg("%s: %s", bad[i].value, c->fault.text);
    }
    test_ctx_close(&t);
}

static void redirects_are_exact(void **state)
{
    static const char *const ours[] = {
        "https://apply.example.org/auth/student/google/callback",
        "https://apply.example.org/api/auth/student/google/callback",
        "https://apply.example.org/auth/google/callback",
        "http://localhost:3000/front/auth/google/callback",
        "https://app.example.org/signed-in/callback",
    };
    static const char *const others[] = {
        "",
        "https://apply.example.org",
        "https://apply.example.org/",
        "https://apply.example.org/auth/google/callback/",
        "https://apply.example.org/auth/google/callback?x",
        "https://apply.example.org//auth/google/callback",
        "https://apply.example.org/auth/google/CALLBACK",
        "https://apply.example.org:443/auth/google/callback",
        "http://apply.example.org/auth/google/callback",
        "https://apply.example.org.evil.test/auth/google/callback",
        "https://app.example.org/auth/google/callback",
        "http://localhost:3000/auth/google/callback",
    };
    struct test_ctx t;
    struct ctx *c = test_ctx_open(&t);
    struct oidc_options o = sound();
    struct oidc *p = NULL;
    (void)state;
    o.redirect_base = S("https://apply.example.org/, http://localhost:3000/front,"
                        "https://app.example.org/signed-in/callback");
    assert_int_equal(oidc_open(c, &o, &p), ERR_OK);
    assert_true(str_eq(p->uris[0], str_of(ours[0]))); /* the plain flow's */
    for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
        if (!oidc_redirect_known(p, str_of(ours[i])))
            fail_msg("%s is not known", ours[i]);
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        if (oidc_redirect_known(p, str_of(others[i])))
            fail_msg("%s is known", others[i]);
    oidc_close(p);
    test_ctx_close(&t);
}

static void providers_have_names(void **state)
{
    struct test_ctx t;
    struct ctx *c = test_ctx_open(&t);
    struct oidc_options o = sound();
    struct oidc *p = NULL;
    (void)state;
    assert_int_equal(oidc_open(c, &o, &p), ERR_OK);
    assert_true(str_eq(p->provider, o.issuer));
    assert_null(oidc_known_origins(o.issuer)[0]);
    oidc_close(p);
    o.issuer = S(OIDC_GOOGLE);
    assert_int_equal(oidc_open(c, &o, &p), ERR_OK);
    assert_true(str_eq(p->provider, S("google"))); /* as in the rows of the original */
    assert_non_null(oidc_known_origins(o.issuer)[0]);
    oidc_close(p);
    oidc_close(NULL);
    test_ctx_close(&t);
}

/* Google's document, shortened by what nobody reads; Keycloak's names its methods in another order.
 */
static struct str document;
static void tell(struct test_idp *p, struct str url, struct client_reply *io)
{
    (void)p;
    if (str_ends(url, S("/openid-configuration")))
        io->body = document;
}

static void documents_are_read(void **state)
{
    struct test_ctx t;
    struct ctx *c = test_ctx_open(&t);
    struct test_idp idp;
    struct oidc_endpoints at;
    (void)state;
    test_idp_open(&idp, &t.deps);
    idp.lie = tell;
    document = S("{\"issuer\":\"" TEST_IDP_ISSUER "\",\"authorization_endpoint\":"
                 "\"https://accounts.idp.test/o/oauth2/v2/auth\",\"device_authorization_endpoint\":"
                 "\"https://oauth2.idp.test/device\",\"token_endpoint\":"
                 "\"https://oauth2.idp.test/token\",\"userinfo_endpoint\":"
                 "\"https://openidconnect.idp.test/v1/userinfo\",\"jwks_uri\":"
                 "\"https://www.idp.test/oauth2/v3/certs\",\"response_types_supported\":[\"code\","
                 "\"none\"],\"token_endpoint_auth_methods_supported\":[\"client_secret_post\","
                 "\"client_secret_basic\"],\"claims_supported\":[\"aud\",\"email\"],"
                 "\"mtls_endpoint_aliases\":{\"token_endpoint\":\"https://mtls.idp.test/\"},"
                 "\"authorization_response_iss_parameter_supported\":true}");
    assert_int_equal(oidc_discover(c, idp.oidc, &at), ERR_OK);
    assert_string_equal(at.token, "https://oauth2.idp.test/token");
    assert_string_equal(at.keys, "https://www.idp.test/oauth2/v3/certs");
    assert_string_equal(at.userinfo, "https://openidconnect.idp.test/v1/userinfo");
    assert_true(at.iss_parameter);
    assert_false(at.secret_in_form);
    /* Kept: the next document is not asked for until this one is an hour old. */
    document = S("{\"issuer\":\"" TEST_IDP_ISSUER "\",\"authorization_endpoint\":"
                 "\"https://idp.test/a\",\"token_endpoint\":\"https://idp.test/t\",\"jwks_uri\":"
                 "\"https://idp.test/k\",\"userinfo_endpoint\":null,"
                 "\"token_endpoint_auth_methods_supported\":[\"client_secret_post\"]}");
    fake_clock_pass(&t.time, 3600 * SECOND - 1);
    assert_int_equal(oidc_discover(c, idp.oidc, &at), ERR_OK);
    assert_string_equal(at.token, "https://oauth2.idp.test/token");
    assert_int_equal(idp.asked, 1);
    fake_clock_pass(&t.time, 1);
    assert_int_equal(oidc_discover(c, idp.oidc, &at), ERR_OK);
    assert_string_equal(at.token, "https://idp.test/t");
    assert_string_equal(at.userinfo, "");
    assert_true(at.secret_in_form);
    assert_false(at.iss_parameter);
    /* What is old and cannot be had anew is not believed any longer. */
    document = S("{}");
    fake_clock_pass(&t.time, 3600 * SECOND);
    assert_int_equal(oidc_discover(c, idp.oidc, &at), ERR_UPSTREAM);
    test_idp_close(&idp);
    test_ctx_close(&t);
}

/* A token of this provider by a kid of the test's choice. */
static struct str token_by(struct ctx *c, struct test_idp *idp, const char *kid)
{
    const long long now = (long long)(c->now_us / SECOND);
    const struct str header = str_fmt(c->mem, "{\"alg\":\"ES256\",\"kid\":\"%s\"}", kid);
    const struct str claims =
        str_fmt(c->mem,
                "{\"iss\":\"" TEST_IDP_ISSUER "\",\"aud\":\"enigma\",\"sub\":\"s\",\"nonce\":\"n\","
                "\"iat\":%lld,\"exp\":%lld}",
                now, now + 300);
    return test_token(c, idp->key, header, claims);
}

static err verify(struct test_ctx *t, struct test_idp *idp, const char *kid)
{
    struct ctx *c = test_ctx_next(t);
    struct oidc_endpoints at;
    struct id_claims claims;
    const struct id_expected x = { .issuer = S(TEST_IDP_ISSUER),
                                   .client_id = S("enigma"),
                                   .nonce = sha256(S("n")),
                                   .now_s = c->now_us / SECOND };
    assert_int_equal(oidc_discover(c, idp->oidc, &at), ERR_OK);
    return oidc_verify(c, idp->oidc, &at, token_by(c, idp, kid), &x, &claims);
}

static int keys_asked;
static const char *kid_now, *keys_text;
static void turn_over(struct test_idp *p, struct str url, struct client_reply *io)
{
    static char text[1024];
    struct test_ctx t;
    if (!str_ends(url, S("/keys")))
        return;
    keys_asked++;
    struct ctx *c = test_ctx_open(&t);
    const struct str set = test_key_set(c, test_jwk(c, p->key, kid_now, ""));
    snprintf(text, sizeof(text), "%.*s", STR_ARG(set));
    test_ctx_close(&t);
    io->body = str_of(keys_text ? keys_text : text);
}

static void unknown_keys_are_asked_for_once_a_minute(void **state)
{
    struct test_ctx t;
    struct test_idp idp;
    (void)state;
    (void)test_ctx_open(&t);
    test_idp_open(&idp, &t.deps);
    idp.lie = turn_over;
    keys_asked = 0;
    keys_text = NULL;
    kid_now = "one";
    assert_int_equal(verify(&t, &idp, "one"), ERR_OK);
    assert_int_equal(verify(&t, &idp, "one"), ERR_OK);
    assert_int_equal(keys_asked, 1);
    /* The provider has turned over: asked again at once. */
    kid_now = "two";
    assert_int_equal(verify(&t, &idp, "two"), ERR_OK);
    assert_int_equal(keys_asked, 2);
    assert_int_equal(verify(&t, &idp, "one"), ERR_BAD_REQUEST);
    for (int i = 0; i < 50; i++)
        assert_int_equal(verify(&t, &idp, "made up"), ERR_BAD_REQUEST);
    assert_int_equal(keys_asked, 2);
    /* A minute later an unknown key counts again, whether it is found or not. */
    fake_clock_pass(&t.time, 60 * SECOND);
    assert_int_equal(verify(&t, &idp, "made up"), ERR_BAD_REQUEST);
    assert_int_equal(keys_asked, 3);
    kid_now = "three";
    assert_int_equal(verify(&t, &idp, "three"), ERR_BAD_REQUEST);
    assert_int_equal(verify(&t, &idp, "two"), ERR_OK);
    fake_clock_pass(&t.time, 60 * SECOND);
    assert_int_equal(verify(&t, &idp, "three"), ERR_OK);
    assert_int_equal(keys_asked, 4);
    test_idp_close(&idp);
    test_ctx_close(&t);
}

static void keys_grow_old(void **state)
{
    struct test_ctx t;
    struct test_idp idp;
    (void)state;
    (void)test_ctx_open(&t);
    test_idp_open(&idp, &t.deps);
    idp.lie = turn_over;
    keys_asked = 0;
    keys_text = NULL;
    kid_now = "one";
    assert_int_equal(verify(&t, &idp, "one"), ERR_OK);
    fake_clock_pass(&t.time, 3600 * SECOND);
    assert_int_equal(verify(&t, &idp, "one"), ERR_OK);
    assert_int_equal(keys_asked, 2);
    /* A key that was withdrawn is good no longer than the set is kept. */
    kid_now = "two";
    assert_int_equal(verify(&t, &idp, "one"), ERR_OK);
    fake_clock_pass(&t.time, 3600 * SECOND);
    assert_int_equal(verify(&t, &idp, "one"), ERR_BAD_REQUEST);
    /* A refetch for an unknown key that fails leaves what is kept in force. */
    fake_clock_pass(&t.time, 120 * SECOND);
    keys_text = "{}";
    assert_int_equal(verify(&t, &idp, "three"), ERR_UPSTREAM);
    assert_int_equal(verify(&t, &idp, "two"), ERR_OK);
    test_idp_close(&idp);
    test_ctx_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings_are_checked),
        cmocka_unit_test(redirects_are_exact),
        cmocka_unit_test(providers_have_names),
        cmocka_unit_test(documents_are_read),
        cmocka_unit_test(unknown_keys_are_asked_for_once_a_minute),
        cmocka_unit_test(keys_grow_old),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
