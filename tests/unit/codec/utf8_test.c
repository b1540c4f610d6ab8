/* Tests of UTF-8 checking, counting, decoding and writing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/str.h"
#include "codec/utf8.h"

static void accepts_and_refuses(void **state)
{
    (void)state;
    static const struct {
        struct str text;
        bool ok;
    } cases[] = {
        { S_INIT(""), true },
        { S_INIT("plain text that is longer than eight bytes"), true },
        { S_INIT("a\0b"), true },
        { S_INIT("\xC3\xA9"), true },
        { S_INIT("\xE2\x82\xAC"), true },
        { S_INIT("\xF0\x9F\x98\x80"), true },
        { S_INIT("\xED\x9F\xBF"), true },
        { S_INIT("\xEE\x80\x80"), true },
        { S_INIT("\xF4\x8F\xBF\xBF"), true },
        { S_INIT("\x80"), false },
        { S_INIT("\xC0\xAF"), false },
        { S_INIT("\xC1\xBF"), false },
        { S_INIT("\xC3"), false },
        { S_INIT("\xC3("), false },
        { S_INIT("\xE0\x9F\xBF"), false },
        { S_INIT("\xE2\x82"), false },
        { S_INIT("\xE2(\xAC"), false },
        { S_INIT("\xED\xA0\x80"), false },
        { S_INIT("\xED\xBF\xBF"), false },
        { S_INIT("\xF0\x8F\xBF\xBF"), false },
        { S_INIT("\xF0\x9F\x98"), false },
        { S_INIT("\xF4\x90\x80\x80"), false },
        { S_INIT("\xF5\x80\x80\x80"), false },
        { S_INIT("\xFF"), false },
        { S_INIT("eight by\x80"), false },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (utf8_valid(cases[i].text) != cases[i].ok)
            fail_msg("case %zu", i);
}

/* Every code point there and back; surrogates become U+FFFD. */
static void round_trip(void **state)
{
    (void)state;
    for (uint32_t cp = 0; cp <= 0x10FFFF; cp++) {
        char text[4];
        size_t at = 0, n = utf8_put(text, cp);
        bool surrogate = cp >= 0xD800 && cp <= 0xDFFF;
        uint32_t back = utf8_next((struct str){ text, n }, &at);
        if (back != (surrogate ? 0xFFFD : cp) || at != n)
            fail_msg("U+%04X", cp);
    }
    char text[4];
    assert_int_equal(utf8_put(text, 0x110000), 3);
    assert_memory_equal(text, "\xEF\xBF\xBD", 3);
}

static void next_moves_past_bad_bytes(void **state)
{
    (void)state;
    struct str s = S("\xFF"
                     "a\xC3");
    size_t at = 0;
    assert_int_equal(utf8_next(s, &at), UINT32_MAX);
    assert_int_equal(utf8_next(s, &at), 'a');
    assert_int_equal(utf8_next(s, &at), UINT32_MAX);
    assert_int_equal(at, 3);
    assert_int_equal(utf8_next(s, &at), UINT32_MAX);
    assert_int_equal(at, 3);
}

static void counts_and_cuts(void **state)
{
    (void)state;
    struct str s = S("a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80zzzzzzzzzzzz\xC3\xA9");
    assert_int_equal(utf8_count(s), 17);
    assert_int_equal(utf8_count(S("")), 0);
    assert_true(str_eq(utf8_head(s, 3), S("a\xC3\xA9\xE2\x82\xAC")));
    assert_int_equal(utf8_head(s, 0).n, 0);
    assert_true(str_eq(utf8_head(s, 17), s));
    assert_true(str_eq(utf8_head(s, 500), s));
}

static void knows_what_shows_nothing(void **state)
{
    (void)state;
    assert_true(utf8_blank(S("")));
    assert_true(utf8_blank(S(" \t\n\xC2\xA0\xE2\x80\x8B\xE3\x80\x80\xEF\xBB\xBF\xC2\xAD")));
    assert_false(utf8_blank(S("  .  ")));
    assert_false(utf8_blank(S("\xE2\x80\x8B\xD9\xBE")));
    assert_false(utf8_blank(S("\xF0\x9F\x98\x80")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepts_and_refuses),       cmocka_unit_test(round_trip),
        cmocka_unit_test(next_moves_past_bad_bytes), cmocka_unit_test(counts_and_cuts),
        cmocka_unit_test(knows_what_shows_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
