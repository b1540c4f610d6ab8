/* What is an origin, which is on the list, and which addresses are never asked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/str.h"
#include "client/allow.h"
#include "support/test_ctx.h"

static const char *origin_text(const char *url)
{
    static struct origin o;
    CURLU *u = origin_read(str_of(url), &o);
    curl_url_cleanup(u);
    return u ? o.text : NULL;
}

static void origins_are_normalised(void **state)
{
    static const char *const same[][2] = {
        { "https://Login.Example.org/path?x=1#f", "https://login.example.org:443" },
        { "HTTP://localhost:8080", "http://localhost:8080" },
        { "http://[::1]:99/", "http://[::1]:99" },
        { "http://0x7f.1/", "http://127.0.0.1:80" },
        { "http://2130706433/", "http://127.0.0.1:80" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
        assert_string_equal(origin_text(same[i][0]), same[i][1]);
}

static void what_is_no_origin_is_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "example.org",
        "//example.org",
        "ftp://example.org/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https://user@example.org/",
        "https://user:pass@example.org/",
        "https://exa mple.org/",
        "https://example.org:99999/",
        "https://example.org\r\nX: y/",
        "https:///path",
        "https:/example.org/",
        "https:\\\\example.org/",
        "https://example.org\\@evil.test/",
        "https://ex\xc3\xa4mple.org/",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (origin_text(bad[i]))
            fail_msg("%s was taken as %s", bad[i], origin_text(bad[i]));
}

static void a_list_holds_bare_origins(void **state)
{
    struct allow a = { .n = 0 };
    struct origin o;
    size_t at = 99;
    (void)state;
    assert_true(allow_add(&a, S("https://accounts.example.org")));
    assert_true(allow_add(&a, S("https://accounts.example.org:443/")));
    assert_int_equal(a.n, 1);
    assert_true(allow_add(&a, S("http://127.0.0.1:9000")));
    assert_true(a.v[1].loopback);
    assert_false(a.v[0].loopback);
    assert_false(allow_add(&a, S("https://example.org/path")));
    assert_false(allow_add(&a, S("https://example.org/?q")));
    assert_false(allow_add(&a, S("https://example.org/#f")));
    assert_false(allow_add(&a, S("gopher://example.org")));
    static const char *const stranger[] = {
        "https://accounts.example.org.evil.test/",
        "http://accounts.example.org/",
        "https://accounts.example.org:8443/",
        "https://example.org/",
        "http://127.0.0.2:9000/",
        "http://localhost:9000/",
    };
    for (size_t i = 0; i < sizeof(stranger) / sizeof(stranger[0]); i++) {
        CURLU *u = origin_read(str_of(stranger[i]), &o);
        assert_non_null(u);
        curl_url_cleanup(u);
        assert_false(allow_find(&a, &o, &at));
    }
    CURLU *u = origin_read(S("https://ACCOUNTS.example.org/token?a=b"), &o);
    curl_url_cleanup(u);
    assert_true(allow_find(&a, &o, &at));
    assert_int_equal(at, 0);
}

static void a_list_is_bounded(void **state)
{
    struct allow a = { .n = 0 };
    char text[64];
    (void)state;
    for (int i = 0; i < CLIENT_ORIGINS_MAX; i++) {
        snprintf(text, sizeof(text), "https://h%d.example.org", i);
        assert_true(allow_add(&a, str_of(text)));
    }
    assert_false(allow_add(&a, S("https://one-more.example.org")));
}

static bool forbidden(const char *text, bool loopback_ok)
{
    struct net_ip ip;
    assert_true(net_ip_read(str_of(text), &ip));
    return address_forbidden(&ip, loopback_ok);
}

static void some_addresses_are_never_asked(void **state)
{
    static const char *const never[] = {
        "169.254.169.254",
        "169.254.0.1",
        "0.0.0.0",
        "0.1.2.3",
        "224.0.0.1",
        "255.255.255.255",
        "100.100.100.200",
        "192.0.0.192",
        "::",
        "fe80::1",
        "fec0::1",
        "ff02::1",
        "fd00:ec2::254",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b::7f00:1",
        "2002:a9fe:a9fe::1",
        "2002:7f00:1::1",
        "::169.254.169.254",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
        if (!forbidden(never[i], true))
            fail_msg("%s may be asked", never[i]);
    assert_true(forbidden("127.0.0.1", false));
    assert_true(forbidden("::1", false));
    assert_true(forbidden("::ffff:127.0.0.1", false));
    assert_false(forbidden("127.0.0.1", true));
    assert_false(forbidden("::1", true));
}

static void the_rest_may_be_asked(void **state)
{
    static const char *const fine[] = {
        "10.1.2.3",    "192.168.0.1",  "172.16.5.4",       "8.8.8.8",
        "2001:db8::1", "fd12:3456::1", "64:ff9b::808:808", "2002:808:808::1",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(fine) / sizeof(fine[0]); i++)
        if (forbidden(fine[i], false))
            fail_msg("%s may not be asked", fine[i]);
}

static void settings_can_tell_loopback(void **state)
{
    struct test_ctx t;
    struct ctx *c = test_ctx_open(&t);
    (void)state;
    assert_true(client_url_loopback(c, S("http://localhost:1/x")));
    assert_true(client_url_loopback(c, S("http://127.8.9.1/")));
    assert_true(client_url_loopback(c, S("http://[::1]/")));
    assert_false(client_url_loopback(c, S("http://localhost.example.org/")));
    assert_false(client_url_loopback(c, S("http://10.0.0.1/")));
    assert_false(client_url_loopback(c, S("nonsense")));
    const struct str o = client_origin_of(c, S("https://idp.example.org/realms/uni"));
    assert_true(str_eq(o, S("https://idp.example.org:443")));
    assert_null(client_origin_of(c, S("https://a@b/")).p);
    test_ctx_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(origins_are_normalised),
        cmocka_unit_test(what_is_no_origin_is_refused),
        cmocka_unit_test(a_list_holds_bare_origins),
        cmocka_unit_test(a_list_is_bounded),
        cmocka_unit_test(some_addresses_are_never_asked),
        cmocka_unit_test(the_rest_may_be_asked),
        cmocka_unit_test(settings_can_tell_loopback),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
