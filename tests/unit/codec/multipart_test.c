/* Tests of multipart/form-data: what is written is read back, the shapes of other senders are read,
 * and damage has a name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "codec/multipart.h"

enum { BODY_MAX = 8192 };
#define BOUNDARY S("0123abcd")

static void boundaries(void **state)
{
    (void)state;
    struct str b;
    assert_true(multipart_boundary(S("multipart/form-data; boundary=abc"), &b));
    assert_true(str_eq(b, S("abc")));
    assert_true(multipart_boundary(S("Multipart/Form-Data; charset=x; BOUNDARY=\"a b\""), &b));
    assert_true(str_eq(b, S("a b")));
    assert_false(multipart_boundary(S("multipart/mixed; boundary=abc"), &b));
    assert_false(multipart_boundary(S("multipart/form-data"), &b));
    assert_false(multipart_boundary(S("multipart/form-data; boundary="), &b));
    char longest[200] = "multipart/form-data; boundary=";
    memset(longest + 30, 'x', MULTIPART_BOUNDARY_MAX + 1);
    assert_false(multipart_boundary(str_of(longest), &b));
}

static struct str written(struct buf *b, struct str file)
{
    buf_init(b, NULL, BODY_MAX);
    multipart_field(b, BOUNDARY, "model", S("whisper-1"));
    multipart_field(b, BOUNDARY, "empty", S(""));
    multipart_file(b, BOUNDARY, "file", "speech.wav", "audio/wav", file);
    multipart_end(b, BOUNDARY);
    return buf_view(b);
}

static void round_trip(void **state)
{
    (void)state;
    /* Bytes that look like delimiters, and are none. */
    struct str file = S("\r\n--\r\n--0123abc\r\n\0\r\n-\r\n\r\n--");
    struct buf b;
    struct parts parts;
    assert_null(multipart_read(written(&b, file), BOUNDARY, &parts));
    assert_int_equal(parts.n, 3);
    assert_true(str_eq(multipart_find(&parts, "model")->body, S("whisper-1")));
    assert_int_equal(multipart_find(&parts, "empty")->body.n, 0);
    const struct part *f = multipart_find(&parts, "file");
    assert_true(str_eq(f->body, file));
    assert_true(str_eq(f->filename, S("speech.wav")));
    assert_true(str_eq(f->content_type, S("audio/wav")));
    assert_null(multipart_find(&parts, "none"));
    buf_done(&b);
}

static void other_senders(void **state)
{
    (void)state;
    struct parts parts;
    struct str body = S("a preamble\r\n--0123abcd \t\r\n"
                        "content-type: text/plain\r\n"
                        "CONTENT-DISPOSITION: form-data; name=bare\r\n\r\nv\r\n"
                        "--0123abcd--\r\nan epilogue");
    assert_null(multipart_read(body, BOUNDARY, &parts));
    assert_int_equal(parts.n, 1);
    assert_true(str_eq(multipart_find(&parts, "bare")->body, S("v")));
}

static void damage(void **state)
{
    (void)state;
    static const struct {
        const char *body, *why;
    } rows[] = {
        { "", "the boundary does not occur" },
        { "--0123abcx\r\n", "the boundary does not occur" },
        { "--0123abcd", "a delimiter is not followed by a line end" },
        { "--0123abcdef\r\n", "a delimiter is not followed by a line end" },
        { "--0123abcd\r\nContent-Disposition: form-data; name=a\r\n",
          "the header of a part does not end" },
        { "--0123abcd\r\nContent-Disposition: form-data; name=a\r\n\r\nv",
          "the last part does not end" },
        { "--0123abcd\r\nX\r\n\r\nv\r\n--0123abcd--", "a part has a header line without a colon" },
        { "--0123abcd\r\nX: y\r\n\r\nv\r\n--0123abcd--", "a part has no name" },
        { "--0123abcd\r\nContent-Disposition: attachment; name=a\r\n\r\nv\r\n--0123abcd--",
          "a part is not form-data" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct parts parts;
        assert_string_equal(multipart_read(str_of(rows[i].body), BOUNDARY, &parts), rows[i].why);
    }
}

static void limits_and_cuts(void **state)
{
    (void)state;
    struct buf b;
    struct parts parts;
    buf_init(&b, NULL, BODY_MAX);
    for (int i = 0; i <= MULTIPART_PARTS_MAX; i++)
        multipart_field(&b, BOUNDARY, "a", S("v"));
    multipart_end(&b, BOUNDARY);
    assert_string_equal(multipart_read(buf_view(&b), BOUNDARY, &parts), "there are too many parts");
    buf_done(&b);
    struct str body = written(&b, S("abc"));
    for (size_t n = 0; n < body.n - 4; n++) {
        char *copy = malloc(n + 1); /* exact, so that the sanitizer sees a read past the end */
        memcpy(copy, body.p, n);
        const char *why = multipart_read((struct str){ copy, n }, BOUNDARY, &parts);
        assert_non_null(why);
        free(copy);
    }
    buf_done(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(boundaries),      cmocka_unit_test(round_trip),
        cmocka_unit_test(other_senders),   cmocka_unit_test(damage),
        cmocka_unit_test(limits_and_cuts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
