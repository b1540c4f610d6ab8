/* The reader against jansson: generated documents, then the same with a few bytes changed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/str.h"
#include "codec/json.h"
#include "unit/jansson_oracle.h"

enum { ROUNDS = 20000, MUTANTS = 4, DOCUMENT_MAX = 1 << 16 };

static uint64_t seed = 0x2545F4914F6CDD1Du;

static uint32_t dice(uint32_t n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (uint32_t)(seed >> 33) % n;
}

static void make_blank(struct buf *b)
{
    if (dice(6) == 0)
        buf_c(b, " \t\r\n"[dice(4)]);
}

static void make_string(struct buf *b)
{
    static const char *const parts[] = {
        "a",
        "b",
        "name",
        "\\n",
        "\\\"",
        "\\\\",
        "\\/",
        "\\u0041",
        "\\ud83d\\ude00",
        "\xC3\xA9",
        "\xE2\x82\xAC",
        "\xF0\x9F\x98\x80",
        "some longer run of plain text",
        "0",
        " ",
        "\\u00e9",
        "\x7f",
        "\\t",
    };
    buf_c(b, '"');
    for (uint32_t n = dice(4); n--;)
        buf_str(b, str_of(parts[dice(sizeof(parts) / sizeof(parts[0]))]));
    buf_c(b, '"');
}

static void make_number(struct buf *b)
{
    static const char *const parts[] = { "0",
                                         "-0",
                                         "1",
                                         "42",
                                         "-7",
                                         "3.25",
                                         "1e3",
                                         "2E-2",
                                         "0.001",
                                         "1e+5",
                                         "9007199254740993",
                                         "-1.5e-10" };
    buf_str(b, str_of(parts[dice(sizeof(parts) / sizeof(parts[0]))]));
}

static void make_value(struct buf *b, int depth);

static void make_items(struct buf *b, int depth, bool object)
{
    buf_c(b, object ? '{' : '[');
    for (uint32_t i = 0, n = dice(5); i < n; i++) {
        if (i)
            buf_c(b, ',');
        make_blank(b);
        if (object) {
            make_string(b);
            make_blank(b);
            buf_c(b, ':');
        }
        make_value(b, depth + 1);
        make_blank(b);
    }
    buf_c(b, object ? '}' : ']');
}

static void make_value(struct buf *b, int depth)
{
    static const char *const words[] = { "true", "false", "null" };
    make_blank(b);
    switch (dice(depth < 5 ? 6 : 4)) {
    case 0:
        make_number(b);
        break;
    case 1:
        buf_str(b, str_of(words[dice(3)]));
        break;
    case 2:
    case 3:
        make_string(b);
        break;
    case 4:
        make_items(b, depth, true);
        break;
    default:
        make_items(b, depth, false);
        break;
    }
    make_blank(b);
}

static void mutate(struct buf *b)
{
    static const char bytes[] = "{}[]\",:\\u0123eE+-.tfn \x00\x1f\x80\xC3\xED\xFF";
    size_t at = dice((uint32_t)b->n);
    switch (dice(4)) {
    case 0:
        b->p[at] = bytes[dice(sizeof(bytes) - 1)];
        break;
    case 1:
        memmove(b->p + at, b->p + at + 1, b->n - at - 1);
        b->n--;
        break;
    case 2:
        buf_c(b, '!');
        memmove(b->p + at + 1, b->p + at, b->n - at - 1);
        b->p[at] = bytes[dice(sizeof(bytes) - 1)];
        break;
    default:
        b->n = at + 1;
        break;
    }
}

/* jansson cannot hold every number or name that JSON allows, and overlooks a NUL byte that stands
 * behind a number (it puts the byte back and then takes it for an empty buffer). */
static bool beyond_jansson(struct str text, bool theirs, const json_error_t *error)
{
    if (theirs)
        return memchr(text.p, '\0', text.n) != NULL;
    enum json_error_code code = json_error_code(error);
    return code == json_error_numeric_overflow || code == json_error_null_byte_in_key;
}

static const char *in_hex(struct str text)
{
    static char shown[4096];
    size_t n = text.n < sizeof(shown) / 2 - 1 ? text.n : sizeof(shown) / 2 - 1;
    for (size_t i = 0; i < n; i++)
        snprintf(shown + 2 * i, 3, "%02x", (unsigned char)text.p[i]);
    return shown;
}

/* Both say yes or both say no. Returns whether they said yes. */
static bool compare(struct str text, struct arena *mem)
{
    json_error_t error;
    json_t *theirs = json_loadb(text.p, text.n,
                                JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
    bool ours = json_valid(text, mem);
    if (ours != (theirs != NULL) && !beyond_jansson(text, theirs != NULL, &error))
        fail_msg("we say %d, jansson %s: %s", ours, theirs ? "yes" : error.text, in_hex(text));
    json_decref(theirs);
    return ours;
}

static void agrees_with_jansson(void **state)
{
    (void)state;
    struct arena *mem = arena_open(NULL, 1 << 22);
    struct buf b;
    int good = 0, bad = 0;
    buf_init(&b, NULL, DOCUMENT_MAX);
    for (int i = 0; i < ROUNDS; i++) {
        buf_clear(&b);
        make_value(&b, 0);
        good += compare(buf_view(&b), mem);
        for (int k = 0; k < MUTANTS && b.n > 1; k++) {
            mutate(&b);
            bad += !compare(buf_view(&b), mem);
        }
        arena_reset(mem);
    }
    assert_true(good > ROUNDS / 2 && bad > ROUNDS);
    buf_done(&b);
    arena_close(mem);
}

/* Strings and numbers that both accept mean the same to both. */
static void values_agree(void **state)
{
    (void)state;
    struct arena *mem = arena_open(NULL, 1 << 22);
    struct buf b;
    buf_init(&b, NULL, DOCUMENT_MAX);
    for (int i = 0; i < ROUNDS; i++) {
        struct json j;
        struct str s;
        buf_clear(&b);
        if (i % 2)
            make_string(&b);
        else
            make_number(&b);
        json_t *theirs = json_loadb(b.p, b.n, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
        json_init(&j, buf_view(&b), mem);
        assert_non_null(theirs);
        if (i % 2) {
            struct str t = { json_string_value(theirs), json_string_length(theirs) };
            assert_true(json_string(&j, &s) && str_eq(s, t));
        } else {
            double v;
            assert_true(json_number(&j, &s) && json_to_f64(s, &v));
            assert_true(v == json_number_value(theirs));
        }
        json_decref(theirs);
        arena_reset(mem);
    }
    buf_done(&b);
    arena_close(mem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_jansson),
        cmocka_unit_test(values_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
