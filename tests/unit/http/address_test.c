/* Connections by address: counted, bounded, and forgotten when they end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "http/loop.h"

static struct net_ip ip_of(uint32_t n)
{
    struct net_ip ip = { { [10] = 0xff, [11] = 0xff } };
    memcpy(ip.b + 12, &n, sizeof(n));
    return ip;
}

static void an_address_has_its_share(void **state)
{
    (void)state;
    struct address_table *t = address_open(10);
    struct net_ip a = ip_of(1), b = ip_of(2);
    assert_true(address_take(t, &a, 2) && address_take(t, &a, 2));
    assert_false(address_take(t, &a, 2));
    assert_true(address_take(t, &b, 2));
    address_give(t, &a);
    assert_true(address_take(t, &a, 2));
    /* One IPv6 network is one client. */
    struct net_ip six = { { 0x20, 1, 0xd, 0xb8, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1 } };
    assert_true(address_take(t, &six, 1));
    six.b[15] = 2;
    assert_false(address_take(t, &six, 1));
    six.b[7] = 2;
    assert_true(address_take(t, &six, 1));
    address_close(t);
}

/* Far more addresses than places, a few at a time: the table must neither fill nor lose one. */
static void ended_connections_are_forgotten(void **state)
{
    (void)state;
    enum { PLACES = 32, ROUNDS = 4000 };
    struct address_table *t = address_open(PLACES);
    for (uint32_t i = 0; i < ROUNDS; i++) {
        struct net_ip come = ip_of(i * 2654435761U), go = ip_of((i - PLACES) * 2654435761U);
        if (i >= PLACES)
            address_give(t, &go);
        assert_true(address_take(t, &come, 1));
        assert_false(address_take(t, &come, 1));
    }
    address_close(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_has_its_share),
        cmocka_unit_test(ended_connections_are_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
