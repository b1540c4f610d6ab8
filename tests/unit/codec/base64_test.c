/* Tests of base64 and hex: the vectors of RFC 4648, and that nothing has two spellings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/str.h"
#include "codec/base64.h"

static struct str written(struct buf *b, enum base64_kind kind, struct str bytes)
{
    buf_clear(b);
    base64_write(b, kind, bytes.p, bytes.n);
    return buf_view(b);
}

static void rfc_vectors(void **state)
{
    (void)state;
    static const struct {
        struct str bytes, text, bare;
    } rows[] = {
        { S_INIT(""), S_INIT(""), S_INIT("") },
        { S_INIT("f"), S_INIT("Zg=="), S_INIT("Zg") },
        { S_INIT("fo"), S_INIT("Zm8="), S_INIT("Zm8") },
        { S_INIT("foo"), S_INIT("Zm9v"), S_INIT("Zm9v") },
        { S_INIT("foob"), S_INIT("Zm9vYg=="), S_INIT("Zm9vYg") },
        { S_INIT("fooba"), S_INIT("Zm9vYmE="), S_INIT("Zm9vYmE") },
        { S_INIT("foobar"), S_INIT("Zm9vYmFy"), S_INIT("Zm9vYmFy") },
    };
    struct buf b;
    buf_init(&b, NULL, 1000);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char out[16];
        size_t n = 99;
        assert_true(str_eq(written(&b, BASE64_STD, rows[i].bytes), rows[i].text));
        assert_true(str_eq(written(&b, BASE64_URL, rows[i].bytes), rows[i].text));
        assert_true(str_eq(written(&b, BASE64_URL_NOPAD, rows[i].bytes), rows[i].bare));
        assert_true(base64_read(BASE64_STD, rows[i].text, out, sizeof(out), &n));
        assert_true(str_eq((struct str){ out, n }, rows[i].bytes));
        assert_true(base64_read(BASE64_URL_NOPAD, rows[i].bare, out, sizeof(out), &n));
        assert_true(str_eq((struct str){ out, n }, rows[i].bytes));
    }
    assert_true(str_eq(written(&b, BASE64_STD, S("\xFB\xEF\xBE\xFF")), S("++++/w==")));
    assert_true(str_eq(written(&b, BASE64_URL, S("\xFB\xEF\xBE\xFF")), S("----_w==")));
    buf_done(&b);
}

static void refuses(void **state)
{
    (void)state;
    static const struct {
        enum base64_kind kind;
        struct str text;
    } bad[] = {
        { BASE64_STD, S_INIT("Zg") },         { BASE64_STD, S_INIT("Zg=") },
        { BASE64_STD, S_INIT("Zh==") },       { BASE64_STD, S_INIT("Zm9=") },
        { BASE64_STD, S_INIT("Z===") },       { BASE64_STD, S_INIT("====") },
        { BASE64_STD, S_INIT("Zg==Zg==") },   { BASE64_STD, S_INIT("Zm9v\n") },
        { BASE64_STD, S_INIT("Zm 9v") },      { BASE64_STD, S_INIT("Zm9-") },
        { BASE64_URL, S_INIT("Zm9+") },       { BASE64_URL, S_INIT("Zm8") },
        { BASE64_URL_NOPAD, S_INIT("Zg==") }, { BASE64_URL_NOPAD, S_INIT("Z") },
        { BASE64_URL_NOPAD, S_INIT("Zh") },   { BASE64_STD, S_INIT("Zm9\0") },
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char out[16];
        size_t n = 77;
        if (base64_read(bad[i].kind, bad[i].text, out, sizeof(out), &n) || n != 77)
            fail_msg("case %zu", i);
    }
    char small[2];
    size_t n;
    assert_false(base64_read(BASE64_STD, S("Zm9v"), small, sizeof(small), &n));
}

static void every_length_comes_back(void **state)
{
    (void)state;
    unsigned char in[100], out[104];
    struct buf b;
    buf_init(&b, NULL, 1000);
    for (size_t i = 0; i < sizeof(in); i++)
        in[i] = (unsigned char)(i * 89 + 7);
    for (size_t n = 0; n <= sizeof(in); n++) {
        for (enum base64_kind kind = BASE64_STD; kind <= BASE64_URL_NOPAD; kind++) {
            size_t back;
            struct str text = written(&b, kind, (struct str){ (char *)in, n });
            assert_true(n <= base64_max(text.n));
            assert_true(base64_read(kind, text, out, sizeof(out), &back));
            assert_int_equal(back, n);
            assert_memory_equal(in, out, n);
        }
    }
    buf_done(&b);
}

static void hex(void **state)
{
    (void)state;
    unsigned char out[3];
    struct buf b;
    buf_init(&b, NULL, 100);
    hex_write(&b, "\x00\xAB\xFF", 3);
    assert_true(str_eq(buf_view(&b), S("00abff")));
    assert_true(hex_read(S("00abff"), out, 3));
    assert_memory_equal(out, "\x00\xAB\xFF", 3);
    assert_false(hex_read(S("00ABFF"), out, 3));
    assert_false(hex_read(S("00abf"), out, 3));
    assert_false(hex_read(S("00abff0"), out, 3));
    assert_false(hex_read(S("00abff00"), out, 3));
    assert_false(hex_read(S("00abfg"), out, 3));
    buf_done(&b);
}

/* RFC 4648 section 10, without the padding. */
static void base32(void **state)
{
    (void)state;
    static const char *const want[] = { "",        "MY",       "MZXQ",      "MZXW6",
                                        "MZXW6YQ", "MZXW6YTB", "MZXW6YTBOI" };
    for (size_t n = 0; n < sizeof(want) / sizeof(want[0]); n++) {
        struct buf b;
        buf_init(&b, NULL, 100);
        base32_write(&b, "foobar", n);
        assert_true(str_eq(buf_view(&b), str_of(want[n])));
        buf_done(&b);
    }
    struct buf b;
    buf_init(&b, NULL, 100);
    base32_write(&b, "\x00\xff\x80\x7f\x01", 5);
    assert_true(str_eq(buf_view(&b), S("AD7YA7YB")));
    buf_done(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rfc_vectors),
        cmocka_unit_test(refuses),
        cmocka_unit_test(every_length_comes_back),
        cmocka_unit_test(hex),
        cmocka_unit_test(base32),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
