/* Tests of canonical JSON against the published vectors and at its limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/str.h"
#include "codec/base64.h"
#include "codec/canon.h"
#include "codec/json.h"
#include "unit/jansson_oracle.h"

static json_t *vectors(void)
{
    json_error_t error;
    json_t *root = json_load_file(TEST_DATA_DIR "/vectors.json", JSON_ALLOW_NUL, &error);
    if (!root)
        fail_msg("vectors.json: %s", error.text);
    return root;
}

static void accepts_vectors(void **state)
{
    (void)state;
    json_t *root = vectors(), *row;
    json_t *rows = json_object_get(json_object_get(root, "canonical_json"), "accept");
    struct arena *mem = arena_open(NULL, 1 << 20);
    size_t i;
    assert_true(json_array_size(rows) >= 7);
    json_array_foreach(rows, i, row)
    {
        struct str text = str_of(json_string_value(json_object_get(row, "canonical_utf8")));
        if (!canon_valid(text) || !json_valid(text, mem))
            fail_msg("refused %.*s", STR_ARG(text));
    }
    arena_close(mem);
    json_decref(root);
}

static void refuses_vectors(void **state)
{
    (void)state;
    json_t *root = vectors(), *value;
    json_t *rows = json_object_get(json_object_get(root, "canonical_json"),
                                   "reject_as_noncanonical_or_invalid_utf8_hex");
    const char *name;
    size_t count = 0;
    json_object_foreach(rows, name, value)
    {
        char bytes[256];
        size_t n = json_string_length(value) / 2;
        assert_true(n <= sizeof(bytes));
        assert_true(hex_read(str_of(json_string_value(value)), bytes, n));
        if (canon_valid((struct str){ bytes, n }))
            fail_msg("accepted %s", name);
        count++;
    }
    assert_true(count >= 31);
    json_decref(root);
}

/* The string of the vectors, and every control character, in the one spelling that is accepted. */
static void writes_what_it_accepts(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, NULL, 4000);
    buf_lit(&b, "{\"k\":");
    canon_str(&b, S("\"\\/\b\f\n\r\t\x01\x1f\x7f\xE2\x80\xA8"));
    buf_c(&b, '}');
    assert_true(str_eq(buf_view(&b),
                       S("{\"k\":\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\xE2\x80\xA8\"}")));
    assert_true(canon_valid(buf_view(&b)));
    for (int c = 0; c < 0x80; c++) {
        char text = (char)c;
        buf_clear(&b);
        buf_lit(&b, "{\"k\":");
        canon_str(&b, (struct str){ &text, 1 });
        buf_c(&b, '}');
        if (!canon_valid(buf_view(&b)))
            fail_msg("byte %d", c);
    }
    buf_clear(&b);
    canon_str(&b, (struct str){ 0 });
    assert_true(str_eq(buf_view(&b), S("null")));
    buf_done(&b);
}

static void names_sort_as_decoded(void **state)
{
    (void)state;
    assert_true(canon_valid(S("{\"\\n\":1,\"A\":2}")));  /* 0x0a before 0x41 */
    assert_false(canon_valid(S("{\"A\":2,\"\\n\":1}"))); /* though 'A' is before '\\' */
    assert_true(canon_valid(S("{\"\\t\":1,\"\\n\":2,\"\\u001f\":3,\"\\\"\":4,\"\\\\\":5}")));
    assert_true(canon_valid(S("{\"\":1,\"a\":2,\"aa\":3,\"b\":4}")));
    assert_false(canon_valid(S("{\"aa\":3,\"a\":2}")));
    assert_false(canon_valid(S("{\"\\u001f\":1,\"\\u001f\":2}")));
    assert_true(canon_valid(S("{\"z\":1,\"\xC3\xA9\":2}")));
}

static void refuses_more(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "{",
        "{}{}",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":-}",
        "{\"a\":- 1}",
        "{\"a\":00}",
        "{\"a\":-01}",
        "{\"a\":[1,]}",
        "{\"a\":[,1]}",
        "{\"a\":[1 ]}",
        "{\"a\":tru}",
        "{\"a\":\"\\u001F\"}",
        "{\"a\":\"\\u000a\"}",
        "{\"a\":\"\\u0020\"}",
        "{\"a\":\"\\u00\"}",
        "{\"a\":\"\\",
        "{\"a\":\"x",
        "{\"a\":-9007199254740992}",
        "{\"a\":99999999999999999999}",
        "{,}",
        "{\"a\":1,,\"b\":2}",
        "null",
        "1",
        "\"a\"",
        "{\"a\":1}}",
        " {}",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (canon_valid(str_of(bad[i])))
            fail_msg("accepted %s", bad[i]);
}

static void depth_is_bounded(void **state)
{
    (void)state;
    for (int depth = JSON_DEPTH_MAX; depth <= JSON_DEPTH_MAX + 1; depth++) {
        struct buf b;
        buf_init(&b, NULL, 1000);
        buf_lit(&b, "{\"a\":");
        for (int i = 1; i < depth; i++)
            buf_c(&b, '[');
        for (int i = 1; i < depth; i++)
            buf_c(&b, ']');
        buf_c(&b, '}');
        assert_int_equal(canon_valid(buf_view(&b)), depth == JSON_DEPTH_MAX);
        buf_done(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepts_vectors),        cmocka_unit_test(refuses_vectors),
        cmocka_unit_test(writes_what_it_accepts), cmocka_unit_test(names_sort_as_decoded),
        cmocka_unit_test(refuses_more),           cmocka_unit_test(depth_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
