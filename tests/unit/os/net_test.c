/* Addresses, ranges and blocks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <unistd.h>

#include "base/str.h"
#include "os/net.h"

static bool in_range(const char *range, const char *address)
{
    struct net_range r;
    struct net_ip ip;
    assert_true(net_range_read(str_of(range), &r));
    assert_true(net_ip_read(str_of(address), &ip));
    return net_range_has(&r, &ip);
}

static void ranges_hold_their_addresses(void **state)
{
    (void)state;
    assert_true(in_range("10.0.0.0/8", "10.255.1.2"));
    assert_false(in_range("10.0.0.0/8", "11.0.0.1"));
    assert_true(in_range("192.168.1.128/25", "192.168.1.200"));
    assert_false(in_range("192.168.1.128/25", "192.168.1.100"));
    assert_true(in_range("::1", "::1"));
    assert_false(in_range("::1", "127.0.0.1"));
    assert_true(in_range("0.0.0.0/0", "1.2.3.4"));
    assert_false(in_range("0.0.0.0/0", "2001:db8::1"));
    assert_true(in_range("2001:db8::/33", "2001:db8:7fff::1"));
    assert_false(in_range("2001:db8::/33", "2001:db8:8000::1"));
}

static void malformed_texts_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = { "",    "1.2.3",    "1.2.3.4/33", "1.2.3.4/-1", "::/129",
                                       "x/8", "1.2.3.4/", "1.2.3.256",  "[::1]" };
    struct net_range r;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        if (net_range_read(str_of(bad[i]), &r))
            fail_msg("\"%s\" is taken for a range", bad[i]);
    }
}

static void blocks_and_texts(void **state)
{
    (void)state;
    struct net_ip ip, block;
    char text[NET_TEXT_MAX];
    assert_true(net_ip_read(S("2001:db8:1:2:3:4:5:6"), &ip));
    block = net_ip_block(&ip);
    assert_true(str_eq(net_ip_write(&block, text), S("2001:db8:1:2::")));
    assert_true(net_ip_read(S("10.1.2.3"), &ip));
    block = net_ip_block(&ip);
    assert_true(str_eq(net_ip_write(&block, text), S("10.1.2.3")));
    assert_true(net_ip_read(S("127.9.9.9"), &ip) && net_ip_is_loopback(&ip));
    assert_true(net_ip_read(S("::1"), &ip) && net_ip_is_loopback(&ip));
    assert_true(net_ip_read(S("10.0.0.1"), &ip) && !net_ip_is_loopback(&ip));
}

static void ports_are_shared_only_by_us(void **state)
{
    (void)state;
    struct arena *mem = arena_open(NULL, 1 << 20);
    struct ctx c;
    ctx_init(&c, mem, NULL, 0);
    uint16_t port = 0, other = 0;
    int one, two, three;
    assert_int_equal(net_listen(&c, S("127.0.0.1:0"), &port, &one), ERR_OK);
    assert_true(port > 0);
    assert_int_equal(net_listen(&c, S("127.0.0.1:0"), &port, &two), ERR_OK);
    struct str same = str_fmt(mem, "127.0.0.1:%u", port);
    assert_int_equal(net_listen(&c, same, &other, &three), ERR_CONFLICT);
    fault_clear(&c);
    static const char *const bad[] = { "127.0.0.1", "127.0.0.1:",     "127.0.0.1:99999",
                                       "::1:80",    "[127.0.0.1]:80", "host:80",
                                       ":80" };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        other = 0;
        assert_int_equal(net_listen(&c, str_of(bad[i]), &other, &three), ERR_BAD_REQUEST);
        fault_clear(&c);
    }
    close(one);
    close(two);
    arena_close(mem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranges_hold_their_addresses),
        cmocka_unit_test(malformed_texts_are_refused),
        cmocka_unit_test(blocks_and_texts),
        cmocka_unit_test(ports_are_shared_only_by_us),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
