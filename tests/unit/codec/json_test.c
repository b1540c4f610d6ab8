/* Tests of the JSON reader: Python's error texts, limits, duplicates, strings, exact numbers. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/str.h"
#include "codec/json.h"

enum { MEM_MAX = 8 << 20 };

static struct arena *mem;

static int set_up(void **state)
{
    (void)state;
    mem = arena_open(NULL, MEM_MAX);
    return mem ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    arena_close(mem);
    return 0;
}

/* Reads a whole document; the error's text, or NULL. */
static const char *read_whole(struct str text, size_t *ret_at)
{
    struct json j;
    struct str whole;
    json_init(&j, text, mem);
    bool ok = json_skip(&j, &whole) && json_finish(&j);
    assert_true(ok == (j.error == NULL));
    assert_true(ok == json_valid(text, mem));
    *ret_at = j.error_at;
    return j.error;
}

/* Made with Python 3.11: message and byte offset. */
static const struct {
    struct str text;
    const char *error;
    size_t at;
} python[] = {
    /* clang-format off */
    { S_INIT(""), "Expecting value", 0 },
    { S_INIT("  "), "Expecting value", 2 },
    { S_INIT("["), "Expecting value", 1 },
    { S_INIT("[1"), "Expecting ',' delimiter", 2 },
    { S_INIT("[1,"), "Expecting value", 3 },
    { S_INIT("[1,]"), "Expecting value", 3 },
    { S_INIT("[1 2]"), "Expecting ',' delimiter", 3 },
    { S_INIT("{"), "Expecting property name enclosed in double quotes", 1 },
    { S_INIT("{\"a\""), "Expecting ':' delimiter", 4 },
    { S_INIT("{\"a\":"), "Expecting value", 5 },
    { S_INIT("{\"a\":1"), "Expecting ',' delimiter", 6 },
    { S_INIT("{\"a\":1,"), "Expecting property name enclosed in double quotes", 7 },
    { S_INIT("{\"a\":1,}"), "Expecting property name enclosed in double quotes", 7 },
    { S_INIT("{\"a\":1, }"), "Expecting property name enclosed in double quotes", 8 },
    { S_INIT("{a"), "Expecting property name enclosed in double quotes", 1 },
    { S_INIT("{\"a\" 1}"), "Expecting ':' delimiter", 5 },
    { S_INIT("1 2"), "Extra data", 2 },
    { S_INIT("nul"), "Expecting value", 0 },
    { S_INIT("-"), "Expecting value", 0 },
    { S_INIT("-a"), "Expecting value", 0 },
    { S_INIT("1."), "Extra data", 1 },
    { S_INIT("1.x"), "Extra data", 1 },
    { S_INIT("1e"), "Extra data", 1 },
    { S_INIT("01"), "Extra data", 1 },
    { S_INIT("\"abc"), "Unterminated string starting at", 0 },
    { S_INIT("\"a\012b\""), "Invalid control character at", 2 },
    { S_INIT("\"\\x\""), "Invalid \\escape", 1 },
    { S_INIT("\"\\"), "Unterminated string starting at", 0 },
    { S_INIT("\"\\u12\""), "Invalid \\uXXXX escape", 2 },
    { S_INIT("\"\\u12"), "Invalid \\uXXXX escape", 2 },
    { S_INIT("\"\\u12G4\""), "Invalid \\uXXXX escape", 2 },
    { S_INIT("[1}"), "Expecting ',' delimiter", 2 },
    { S_INIT("{\"a\":1]"), "Expecting ',' delimiter", 6 },
    { S_INIT("{,"), "Expecting property name enclosed in double quotes", 1 },
    { S_INIT("{\"a\":\"\\q\"}"), "Invalid \\escape", 6 },
    { S_INIT("\000"), "Expecting value", 0 },
    { S_INIT("\"\\u\""), "Invalid \\uXXXX escape", 2 },
    { S_INIT("\"ab\\"), "Unterminated string starting at", 0 },
    { S_INIT("{\"a\":}"), "Expecting value", 5 },
    { S_INIT("[,1]"), "Expecting value", 1 },
    { S_INIT("\"\\u00"), "Invalid \\uXXXX escape", 2 },
    { S_INIT("{'a':1}"), "Expecting property name enclosed in double quotes", 1 },
    { S_INIT("[1]x"), "Extra data", 3 },
    { S_INIT("{\"a\":1 \"b\":2}"), "Expecting ',' delimiter", 7 },
    { S_INIT("\303\251"), "Expecting value", 0 },
    { S_INIT("[\"\303\251\",\303\251]"), "Expecting value", 6 },
    { S_INIT("\"\303\251\001\""), "Invalid control character at", 3 },
    { S_INIT("+1"), "Expecting value", 0 },
    { S_INIT(".5"), "Expecting value", 0 },
    { S_INIT("tru"), "Expecting value", 0 },
    { S_INIT("[tru]"), "Expecting value", 1 },
    { S_INIT("[1e5.]"), "Expecting ',' delimiter", 4 },
    /* clang-format on */
};

static void errors_as_python_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(python) / sizeof(python[0]); i++) {
        size_t at;
        const char *error = read_whole(python[i].text, &at);
        if (!error || strcmp(error, python[i].error) != 0 || at != python[i].at)
            fail_msg("%.*s: %s at %zu, not %s at %zu", STR_ARG(python[i].text),
                     error ? error : "fine", at, python[i].error, python[i].at);
    }
}

/* Where we are stricter than Python. */
static void errors_of_our_own(void **state)
{
    (void)state;
    static const struct {
        struct str text;
        const char *error;
    } rows[] = {
        { S_INIT("NaN"), "Expecting value" },
        { S_INIT("Infinity"), "Expecting value" },
        { S_INIT("-Infinity"), "Expecting value" },
        { S_INIT("1e999"), "Number out of range" },
        { S_INIT("-1e999"), "Number out of range" },
        { S_INIT("\"\\ud800\""), "Lone surrogate escape" },
        { S_INIT("\"\\udc00\""), "Lone surrogate escape" },
        { S_INIT("\"\\ud800\\u0041\""), "Lone surrogate escape" },
        { S_INIT("\"\\ud800\\ud800\""), "Lone surrogate escape" },
        { S_INIT("\"\xED\xA0\x80\""), "Invalid UTF-8" },
        { S_INIT("\"\xC0\xAF\""), "Invalid UTF-8" },
        { S_INIT("\"\xC3\""), "Invalid UTF-8" },
        { S_INIT("\xEF\xBB\xBF{}"), "Unexpected UTF-8 BOM" },
        { S_INIT("[1]\0"), "Extra data" },
        { S_INIT("{\"a\":1}\0{}"), "Extra data" },
        { S_INIT("{\"a\":1,\"a\":1}"), json_error_duplicate },
        { S_INIT("{\"a\":1,\"\\u0061\":1}"), json_error_duplicate },
        { S_INIT("[[{\"x\":{\"b\":1,\"c\":2,\"b\":3}}]]"), json_error_duplicate },
        { S_INIT("{\"\":1,\"\":1}"), json_error_duplicate },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        size_t at;
        const char *error = read_whole(rows[i].text, &at);
        if (!error || strcmp(error, rows[i].error) != 0)
            fail_msg("case %zu: %s, not %s", i, error ? error : "fine", rows[i].error);
    }
}

static void accepts(void **state)
{
    (void)state;
    static const struct str good[] = {
        S_INIT("0"),
        S_INIT("-0"),
        S_INIT("1e-999"),
        S_INIT("1E+2"),
        S_INIT(" \t\r\n[ ] "),
        S_INIT("{}"),
        S_INIT("\"\\ud83d\\ude00\""),
        S_INIT("\"\\u0000\""),
        S_INIT("\"\x7f\""),
        S_INIT("{\"a\":{\"a\":{\"a\":1}},\"b\":{\"a\":2}}"),
        S_INIT("[{\"a\":1},{\"a\":1}]"),
        S_INIT("{\"a\":1,\"A\":1,\"a\\u0000\":1}"),
        S_INIT("true"),
        S_INIT("[null,false]"),
    };
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        size_t at;
        const char *error = read_whole(good[i], &at);
        if (error)
            fail_msg("%.*s: %s", STR_ARG(good[i]), error);
    }
}

static void depth_is_bounded(void **state)
{
    (void)state;
    for (size_t depth = JSON_DEPTH_MAX; depth <= JSON_DEPTH_MAX + 1; depth++) {
        char text[2 * JSON_DEPTH_MAX + 2];
        size_t at;
        memset(text, '[', depth);
        memset(text + depth, ']', depth);
        const char *error = read_whole((struct str){ text, 2 * depth }, &at);
        if (depth == JSON_DEPTH_MAX)
            assert_null(error);
        else
            assert_string_equal(error, "Nesting too deep");
    }
}

/* An object with `count` names, the last of which repeats number `again` (or none). */
static struct str many_members(struct buf *b, int count, int again)
{
    buf_clear(b);
    buf_c(b, '{');
    for (int i = 0; i < count; i++)
        buf_fmt(b, "%s\"name%d\":{\"inner\":%d}", i ? "," : "",
                i == count - 1 && again >= 0 ? again : i, i);
    buf_c(b, '}');
    return buf_view(b);
}

static void members_are_bounded_and_unique(void **state)
{
    (void)state;
    struct buf b;
    size_t at;
    buf_init(&b, NULL, 1 << 20);
    assert_null(read_whole(many_members(&b, JSON_MEMBERS_MAX, -1), &at));
    assert_string_equal(read_whole(many_members(&b, JSON_MEMBERS_MAX + 1, -1), &at),
                        "Too many members");
    static const int counts[] = { 2, 15, 16, 17, 18, 23, 24, 25, 26, 100, JSON_MEMBERS_MAX };
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        assert_null(read_whole(many_members(&b, counts[i], -1), &at));
        for (int again = 0; again < counts[i] - 1; again += 1 + counts[i] / 20)
            assert_ptr_equal(read_whole(many_members(&b, counts[i], again), &at),
                             json_error_duplicate);
    }
    buf_done(&b);
}

/* Siblings and nested objects keep their names apart, with slots in use at several depths. */
static void names_belong_to_their_object(void **state)
{
    (void)state;
    struct buf b;
    size_t at;
    buf_init(&b, NULL, 1 << 20);
    buf_c(&b, '[');
    for (int k = 0; k < 3; k++) {
        buf_str(&b, k ? S(",{") : S("{"));
        for (int i = 0; i < 40; i++)
            buf_fmt(&b, "%s\"k%d\":{\"k0\":1,\"k%d\":2}", i ? "," : "", i, i + 1);
        buf_c(&b, '}');
    }
    buf_c(&b, ']');
    assert_null(read_whole(buf_view(&b), &at));
    buf_done(&b);
}

static void duplicate_can_be_forgiven(void **state)
{
    (void)state;
    struct json j;
    bool more;
    struct str name, text;
    json_init(&j, S("{\"a\":1,\"a\":2,\"b\":3}"), mem);
    assert_true(json_enter_object(&j));
    assert_true(json_member(&j, true, &more, &name) && json_skip(&j, &text));
    assert_false(json_member(&j, false, &more, &name));
    assert_ptr_equal(j.error, json_error_duplicate);
    assert_true(str_eq(name, S("a")) && str_eq(j.error_name, S("a")));
    json_forgive(&j);
    assert_true(json_skip(&j, &text) && str_eq(text, S("2")));
    assert_true(json_member(&j, false, &more, &name) && more && str_eq(name, S("b")));
    assert_true(json_skip(&j, &text) && json_member(&j, false, &more, &name) && !more);
    assert_true(json_finish(&j));
}

static struct str string_of(struct str text)
{
    struct json j;
    struct str s;
    json_init(&j, text, mem);
    assert_true(json_string(&j, &s) && json_finish(&j));
    return s;
}

static void strings(void **state)
{
    (void)state;
    struct str plain = S("\"a plain string of some length \xC3\xA9\"");
    struct str s = string_of(plain);
    assert_ptr_equal(s.p, plain.p + 1); /* borrowed */
    assert_int_equal(s.n, plain.n - 2);
    assert_true(str_eq(string_of(S("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"")), S("\"\\/\b\f\n\r\t")));
    assert_true(str_eq(string_of(S("\"x\\u0000y\"")), S("x\0y")));
    assert_true(str_eq(string_of(S("\"\\u00e9\\u20AC\\ud83d\\ude00!\"")),
                       S("\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80!")));
    s = string_of(S("\"\""));
    assert_true(s.p != NULL && s.n == 0);
}

/* A special byte is found at every place of the eight-byte steps. */
static void special_bytes_at_every_place(void **state)
{
    (void)state;
    for (size_t n = 0; n < 40; n++) {
        char text[64];
        size_t at;
        memset(text, 'x', sizeof(text));
        text[0] = '"';
        text[n + 1] = '\x1f';
        text[42] = '"';
        struct str s = { text, 43 };
        assert_string_equal(read_whole(s, &at), "Invalid control character at");
        assert_int_equal(at, n + 1);
        text[n + 1] = '"';
        assert_string_equal(read_whole(s, &at), "Extra data");
        assert_int_equal(at, n + 2);
        text[n + 1] = '\xFF';
        assert_string_equal(read_whole(s, &at), "Invalid UTF-8");
        text[n + 1] = '\\';
        assert_string_equal(read_whole(s, &at), "Invalid \\escape");
        text[n + 1] = '\x7f';
        assert_null(read_whole(s, &at));
    }
}

static void types_and_values(void **state)
{
    (void)state;
    struct json j;
    bool b, more;
    struct str s;
    json_init(&j, S(" [true,false,null,-1.5e3,\"s\",{\"k\":[]}] "), mem);
    assert_true(json_peek(&j) == JSON_ARRAY && json_enter_array(&j));
    assert_true(json_element(&j, true, &more) && more && json_peek(&j) == JSON_TRUE);
    assert_true(json_bool(&j, &b) && b);
    assert_true(json_element(&j, false, &more) && json_bool(&j, &b) && !b);
    assert_true(json_element(&j, false, &more) && json_null(&j));
    assert_true(json_element(&j, false, &more) && json_number(&j, &s) && str_eq(s, S("-1.5e3")));
    assert_true(json_element(&j, false, &more) && json_peek(&j) == JSON_STRING);
    assert_true(json_skip(&j, &s) && str_eq(s, S("\"s\"")));
    assert_true(json_element(&j, false, &more) && json_skip(&j, &s));
    assert_true(str_eq(s, S("{\"k\":[]}")));
    assert_true(json_element(&j, false, &more) && !more && json_peek(&j) == JSON_END);
    assert_true(json_finish(&j));
    json_init(&j, S("1"), mem);
    assert_false(json_string(&j, &s));
    assert_string_equal(j.error, "Expecting a string");
    assert_true(json_peek(&j) == JSON_BAD);
    assert_false(json_number(&j, &s)); /* the first error stays */
    assert_string_equal(j.error, "Expecting a string");
}

static void integers(void **state)
{
    (void)state;
    int64_t v = 7;
    assert_true(json_to_i64(S("0"), &v) && v == 0);
    assert_true(json_to_i64(S("-0"), &v) && v == 0);
    assert_true(json_to_i64(S("9223372036854775807"), &v) && v == INT64_MAX);
    assert_true(json_to_i64(S("-9223372036854775808"), &v) && v == INT64_MIN);
    static const char *const bad[] = { "",    "-",   "01", "-01", "+1",
                                       "1.0", "1e2", " 1", "1 ",  "9223372036854775808",
                                       "0x1", "1_0" };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (json_to_i64(str_of(bad[i]), &v))
            fail_msg("accepted %s", bad[i]);
}

static void hundredths(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t e2;
    } good[] = {
        { "0", 0 },
        { "-0.000", 0 },
        { "86.15", 8615 },
        { "86.1500000", 8615 },
        { "1e2", 10000 },
        { "1E+2", 10000 },
        { "12345e-2", 12345 },
        { "123450e-3", 12345 },
        { "-0.05", -5 },
        { "0.1e1", 100 },
        { "0.0001e4", 100 },
        { "4.0", 400 },
        { "0e999999", 0 },
        { "90071992547409.91", 9007199254740991 },
        { "100.00000000000000000000000000000000000000", 10000 },
        { "1000000000000000000000000e-22", 10000 },
    };
    static const char *const bad[] = {
        "0.001",
        "3.141",
        "1e-3",
        "90071992547409.92",
        "1e99999999999",
        "1e14",
        "",
        "-",
        ".5",
        "1.",
        "100.00000000000000000000000000000000000001",
        "3.9999999999999999999999",
        "01.5",
        "1e",
        "NaN",
    };
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        int64_t v = 1;
        if (!json_to_e2(str_of(good[i].text), &v) || v != good[i].e2)
            fail_msg("%s: %lld", good[i].text, (long long)v);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        int64_t v = 1;
        if (json_to_e2(str_of(bad[i]), &v) || v != 1)
            fail_msg("accepted %s", bad[i]);
    }
}

static void doubles(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "0",
        "1",
        "-1.5",
        "0.1",
        "1e22",
        "1e23",
        "123456789012345678901234567890",
        "4.9e-324",
        "1.7976931348623157e308",
        "2.2250738585072011e-308",
        "9007199254740993",
        "0.3e-5",
        "1.00000000000000011102230246251565",
        "179769313486231580793e288",
        "1e-400",
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        double v = 99, want = strtod(texts[i], NULL);
        if (!json_to_f64(str_of(texts[i]), &v) || memcmp(&v, &want, sizeof(v)) != 0)
            fail_msg("%s: %.17g", texts[i], v);
    }
    double v = 0;
    assert_true(json_to_f64(S("-0"), &v) && signbit(v));
    assert_false(json_to_f64(S("1e309"), &v));
    assert_false(json_to_f64(S("1.5x"), &v));
    assert_false(json_to_f64(S("inf"), &v));
    assert_false(json_to_f64(S("0x10"), &v));
}

static void long_numbers_are_refused(void **state)
{
    (void)state;
    char text[JSON_NUMBER_MAX + 1];
    size_t at;
    memset(text, '1', sizeof(text));
    assert_string_equal(read_whole((struct str){ text, sizeof(text) }, &at), "Number too long");
    assert_string_equal(read_whole((struct str){ text, sizeof(text) - 1 }, &at),
                        "Number out of range");
    assert_null(read_whole((struct str){ text, 300 }, &at));
    text[1] = '.';
    assert_null(read_whole((struct str){ text, sizeof(text) - 1 }, &at));
}

static void full_memory_is_an_error(void **state)
{
    (void)state;
    struct arena *small = arena_open(NULL, 4096);
    struct buf b;
    struct json j;
    struct str whole;
    buf_init(&b, NULL, 1 << 20);
    json_init(&j, many_members(&b, 1000, -1), small);
    assert_false(json_skip(&j, &whole));
    assert_ptr_equal(j.error, json_error_memory);
    buf_done(&b);
    arena_close(small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_as_python_says),
        cmocka_unit_test(errors_of_our_own),
        cmocka_unit_test(accepts),
        cmocka_unit_test(depth_is_bounded),
        cmocka_unit_test(members_are_bounded_and_unique),
        cmocka_unit_test(names_belong_to_their_object),
        cmocka_unit_test(duplicate_can_be_forgiven),
        cmocka_unit_test(strings),
        cmocka_unit_test(special_bytes_at_every_place),
        cmocka_unit_test(types_and_values),
        cmocka_unit_test(integers),
        cmocka_unit_test(hundredths),
        cmocka_unit_test(doubles),
        cmocka_unit_test(long_numbers_are_refused),
        cmocka_unit_test(full_memory_is_an_error),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
