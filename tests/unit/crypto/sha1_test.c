/* SHA-1 and HMAC-SHA-1 by the examples of FIPS 180-2 and RFC 2202. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "crypto/sha1.c"

static void the_published_examples_hold(void **state)
{
    (void)state;
    static const uint8_t abc[SHA1_BYTES] = { 0xa9, 0x99, 0x3e, 0x36, 0x47, 0x06, 0x81,
                                             0x6a, 0xba, 0x3e, 0x25, 0x71, 0x78, 0x50,
                                             0xc2, 0x6c, 0x9c, 0xd0, 0xd8, 0x9d };
    static const uint8_t jefe[SHA1_BYTES] = { 0xef, 0xfc, 0xdf, 0x6a, 0xe5, 0xeb, 0x2f,
                                              0xa2, 0xd2, 0x74, 0x16, 0xd5, 0xf1, 0x84,
                                              0xdf, 0x9c, 0x25, 0x9a, 0x7c, 0x79 };
    uint8_t got[SHA1_BYTES];
    sha1(S("abc"), got);
    assert_memory_equal(got, abc, sizeof(abc));
    hmac_sha1(S("Jefe"), S("what do ya want for nothing?"), got);
    assert_memory_equal(got, jefe, sizeof(jefe));
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(the_published_examples_hold) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
