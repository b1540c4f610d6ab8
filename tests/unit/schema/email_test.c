/* Tests of the e-mail rule. */
#include "schema/email.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void accepts(void **state)
{
    (void)state;
    static const char *const good[] = {
        "a@b.example",
        "first.last+tag@sub.domain.example",
        "o'hara_1@x-y.example",
        "\xC3\xA9ric@\xC3\xA9.example",
        "0123456789012345678901234567890123456789012345678901234567890123@b.example",
        "a@1.2x.example",
        "!#$%&'*+-/=?^_`{|}~@b.example",
    };
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        if (email_fault(str_of(good[i])))
            fail_msg("%s: %s", good[i], email_fault(str_of(good[i])));
}

static void refuses(void **state)
{
    (void)state;
    static const struct str bad[] = {
        S_INIT(""),
        S_INIT("me"),
        S_INIT("@b.example"),
        S_INIT("a@"),
        S_INIT("a@b"),
        S_INIT("a@@b.example"),
        S_INIT("a@b@c.example"),
        S_INIT(".a@b.example"),
        S_INIT("a.@b.example"),
        S_INIT("a..b@b.example"),
        S_INIT("a b@b.example"),
        S_INIT("a\n@b.example"),
        S_INIT("a\0@b.example"),
        S_INIT("a@b.example\r\nBcc: x@y.example"),
        S_INIT("a@b .example"),
        S_INIT("a@.example"),
        S_INIT("a@b..example"),
        S_INIT("a@b.example."),
        S_INIT("a@-b.example"),
        S_INIT("a@b-.example"),
        S_INIT("a@b_c.example"),
        S_INIT("a@127.0.0.1"),
        S_INIT("a@[127.0.0.1]"),
        S_INIT("\"a b\"@b.example"),
        S_INIT("a<b>@b.example"),
        S_INIT("a,b@b.example"),
        S_INIT("01234567890123456789012345678901234567890123456789012345678901234@b.example"),
        S_INIT("a@0123456789012345678901234567890123456789012345678901234567890123.example"),
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (!email_fault(bad[i]))
            fail_msg("accepted %.*s", STR_ARG(bad[i]));
}

static void length_limit(void **state)
{
    (void)state;
    char text[300] = "a@";
    for (size_t n = 2; n < sizeof(text); n++)
        text[n] = n % 50 == 49 ? '.' : 'x';
    assert_null(email_fault((struct str){ text, ADDRESS_MAX }));
    assert_string_equal(email_fault((struct str){ text, ADDRESS_MAX + 1 }),
                        "The email address is too long.");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepts),
        cmocka_unit_test(refuses),
        cmocka_unit_test(length_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
