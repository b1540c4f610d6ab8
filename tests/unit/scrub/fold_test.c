/* Folding: comparable letters, and the way back to the bytes they came from. */
#include "scrub/fold.h"

#include "support/scrub_gives.h"

static struct fold folded(const char *text)
{
    struct ctx c;
    struct fold f;
    ctx_init(&c, gives_mem, NULL, 0);
    assert_int_equal(fold_text(&c, str_of(text), &f), ERR_OK);
    return f;
}

static void letters_lose_case_and_marks(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        { "\xc3\x89l\xc3\xa8ve \xc5\x81\xc3\xb3"
          "d\xc5\xba \xc3\x9f\xef\xbc\xa0 \xe6\xb0\xb4",
          "eleve lodz ss@ \xe6\xb0\xb4" },
        { "Zoe\xcc\x88 Z\xe2\x80\x8boe \xe2\x80\xaeZoe\xe2\x80\xac", "zoe zoe zoe" },
        { "\xf0\x9d\x90\x80\xf0\x9d\x90\x9b\xe2\x92\xb6 \xd9\xa1\xd9\xa2 \xef\xbc\x91",
          "aba 12 1" },
        { "it\xe2\x80\x99s \xe2\x80\x9cso\xe2\x80\x9d \xe2\x80\x94 5\xc2\xa0m",
          "it's \"so\" - 5 m" },
        { "\xf0\x9f\x8c\x8a\xe2\x82\xac", "\x01\x01" },
        { "88 \xc2\xb5g/m\xc2\xb3", "88 ug/m\x01" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_string_equal(folded(rows[i][0]).text, rows[i][1]);
}

static void the_way_back_is_kept(void **state)
{
    (void)state;
    const struct fold f = folded("\xc3\x89l \xc3\x9f x");
    assert_true(f.upper[0] && !f.upper[1]);
    assert_int_equal(f.from[0], 0);
    assert_int_equal(f.from[1], 2);
    assert_int_equal(f.from[3], 4);
    assert_int_equal(f.from[4], 4); /* two letters of one */
    assert_int_equal(f.from[f.n], 8);
    for (size_t i = 1; i <= f.n; i++)
        assert_true(f.from[i] >= f.from[i - 1]);
}

static void what_is_no_utf8_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = { "\xff", "a\xc3", "\xed\xa0\x80", "\xf5\x80\x80\x80",
                                       "\xc0\xaf" };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct ctx c;
        struct fold f;
        ctx_init(&c, gives_mem, NULL, 0);
        assert_int_equal(fold_text(&c, str_of(bad[i]), &f), ERR_INVALID);
        assert_non_null(strstr(c.fault.text, "UTF-8"));
    }
}

/* Wherever it stands, and however long it is, as memmem finds it. */
static void what_stands_in_a_text_is_found(void **state)
{
    (void)state;
    enum { TEXT = 200, ROUNDS = 4000 };
    static const char letters[] = "abez.7";
    uint64_t seed = 1;
    for (int round = 0; round < ROUNDS; round++) {
        char text[TEXT];
        for (size_t i = 0; i < TEXT; i++) {
            seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
            text[i] = letters[(seed >> 33) % (sizeof(letters) - 1)];
        }
        const size_t n = 1 + (seed >> 40) % (round % 8 ? 6 : 90), at = (seed >> 50) % (TEXT - n);
        char other[TEXT];
        memcpy(other, text + TEXT - n, n);
        assert_ptr_equal(fold_find(text, TEXT, (struct str){ text + at, n }),
                         memmem(text, TEXT, text + at, n));
        assert_ptr_equal(fold_find(text, TEXT - 1, (struct str){ other, n }),
                         memmem(text, TEXT - 1, other, n));
    }
    assert_null(fold_find("ab", 2, S("abc")));
    assert_null(fold_find("ab", 2, S("")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(letters_lose_case_and_marks),
        cmocka_unit_test(the_way_back_is_kept),
        cmocka_unit_test(what_is_no_utf8_is_refused),
        cmocka_unit_test(what_stands_in_a_text_is_found),
    };
    return cmocka_run_group_tests(tests, gives_open, gives_close);
}
