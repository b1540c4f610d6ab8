/* The built-in word table: what it must know of all regions, how phrases, neutral forms and
 * nicknames are found, and its bounds; and tables made by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/str.h"
#include "scrub/lexicon.h"
#include "support/test_ctx.h"

/* Of the whole entry. */
static uint64_t hash_of(const char *entry)
{
    struct test_ctx t;
    struct ctx *c = test_ctx_open(&t);
    uint64_t hashes[LEX_PHRASE_WORDS_MAX];
    const size_t words = lex_entry_hash(c, str_of(entry), hashes);
    test_ctx_close(&t);
    if (words == 0)
        fail_msg("no words: %s", entry);
    return words ? hashes[words - 1] : 0;
}

static uint64_t bits_of(const char *entry)
{
    return lex_bits(&lexicon_builtin, hash_of(entry));
}

static void check(const char *const *words, size_t n, uint64_t bit, bool want)
{
    for (size_t i = 0; i < n; i++)
        if (((bits_of(words[i]) & bit) != 0) != want)
            fail_msg("%s: %s", words[i], want ? "not in the list" : "in the list");
}
#define HAVE(bit, ...)                                                                             \
    do {                                                                                           \
        static const char *const words[] = { __VA_ARGS__ };                                        \
        check(words, sizeof(words) / sizeof(words[0]), bit, true);                                 \
    } while (0)
#define LACK(bit, ...)                                                                             \
    do {                                                                                           \
        static const char *const words[] = { __VA_ARGS__ };                                        \
        check(words, sizeof(words) / sizeof(words[0]), bit, false);                                \
    } while (0)

static void names_of_every_region_are_known(void **state)
{
    (void)state;
    HAVE(LEX_FIRST, "Emily", "Priya", "Wei", "Haruka", "Fatima", "Olumide", "Kwame", "Thabo",
         "Guadalupe", "Ximena", "Agnieszka", "Vojtěch", "Oleksandra", "Milica", "Astrid", "Aoife",
         "Elif", "Nguyen", "Zuzanna", "Rivka", "Joaquín", "JOÃO", "søren");
    HAVE(LEX_LAST, "Smith", "Patel", "Okafor", "Nakamura", "Kowalski", "Hernández", "Papadopoulos",
         "Yılmaz", "Nguyễn", "Andersson", "Cohen", "Hussein", "Mukherjee");
    LACK(LEX_FIRST | LEX_LAST, "whereupon", "photosynthesis", "qwxzv");
}

static void words_and_proxies_are_told_apart(void **state)
{
    (void)state;
    HAVE(LEX_ORDINARY, "grace", "hope", "may", "will", "curve", "bicycle");
    HAVE(LEX_FREQUENT, "the", "people", "water");
    LACK(LEX_ORDINARY, "okonkwo", "xhosa");
    HAVE(LEX_SURE, "hijab", "Ramadan", "wheelchair", "lesbian", "asylum", "Chuseok", "green card",
         "coming out", "sign language user");
    LACK(LEX_SURE, "mass", "temple", "black", "pride", "grace", "visitor");
    HAVE(LEX_DEMONYM, "Ghanaian", "Sri Lankan", "Sámi", "Māori", "Londoners");
    HAVE(LEX_COUNTRY, "Côte d'Ivoire", "UAE", "South Korea", "Trinidad and Tobago");
    HAVE(LEX_LANGUAGE, "Yoruba", "Tagalog", "isiXhosa", "British Sign Language");
    HAVE(LEX_KEEP, "French horn", "Indian Ocean", "Achilles' heel", "black hole");
}

static void figures_are_whole_or_by_the_part_that_is_cited(void **state)
{
    (void)state;
    HAVE(LEX_FIGURE, "Chinua Achebe", "Srinivasa Ramanujan", "Wangari Maathai", "Tu Youyou",
         "Frida Kahlo", "Maryam Mirzakhani", "Marie Curie", "Wisława Szymborska", "Mao Zedong",
         "José Rizal", "Aristotle", "Witi Ihimaera", "Toni Morrison");
    HAVE(LEX_FIGURE_PART, "Achebe", "Ramanujan", "Maathai", "Kahlo", "Curie", "Mao", "Borges");
    LACK(LEX_FIGURE_PART, "Zedong", "Chinua", "Marie");
    HAVE(LEX_PHRASE_HEAD, "Chinua", "French", "green");
    LACK(LEX_FIGURE, "Chinua", "Marie");
}

/* Of the first two words. */
static bool may_go_on(const char *entry)
{
    struct test_ctx t;
    struct ctx *c = test_ctx_open(&t);
    uint64_t hashes[LEX_PHRASE_WORDS_MAX];
    const size_t words = lex_entry_hash(c, str_of(entry), hashes);
    test_ctx_close(&t);
    assert_true(words > 1);
    return lex_may_go_on(&lexicon_builtin, hashes[1]);
}

static void the_first_two_words_of_a_phrase_are_told_apart_from_others(void **state)
{
    (void)state;
    static const char *const phrases[] = { "Marie Curie",         "French horn",
                                           "Trinidad and Tobago", "British Sign Language",
                                           "Côte d'Ivoire",       "head girl" };
    static const char *const others[] = { "the", "of", "and", "in", "to", "my", "we", "it", "had" };
    size_t passed = 0, n = sizeof(others) / sizeof(others[0]);
    for (size_t i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++)
        assert_true(may_go_on(phrases[i]));
    for (size_t a = 0; a < n; a++)
        for (size_t b = 0; b < n; b++)
            passed +=
                lex_may_go_on(&lexicon_builtin, lex_join(hash_of(others[a]), hash_of(others[b])));
    assert_in_range(passed, 0, n * n / 3);
}

static const char *neutral_of(const char *entry)
{
    const char *neutral = lex_neutral(&lexicon_builtin, lex_find(&lexicon_builtin, hash_of(entry)));
    return neutral ? neutral : "";
}

static void gendered_words_have_a_neutral_form(void **state)
{
    (void)state;
    assert_string_equal(neutral_of("chairwoman"), "chair");
    assert_string_equal(neutral_of("Girls' team"), "team");
    assert_string_equal(neutral_of("abuela"), "grandparent");
    assert_string_equal(neutral_of("head girl"), "head student");
    assert_string_equal(neutral_of("telescope"), "");
}

static bool stands_for(const char *name, const char *other)
{
    uint64_t found[LEX_NICKNAMES_MAX];
    const uint64_t want = hash_of(other);
    const size_t n = lex_nicknames(&lexicon_builtin, hash_of(name), found, LEX_NICKNAMES_MAX);
    for (size_t i = 0; i < n; i++)
        if (found[i] == want)
            return true;
    return false;
}

static void nicknames_go_both_ways(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        { "William", "Bill" },     { "Guadalupe", "Lupita" },  { "Oleksandra", "Sasha" },
        { "Małgorzata", "Gosia" }, { "Nkechinyere", "Kechi" }, { "Venkatesh", "Venky" },
        { "Francisco", "Paco" },   { "Moshe", "Moishe" },      { "Mehmet", "Memo" },
    };
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        if (!stands_for(pairs[i][0], pairs[i][1]) || !stands_for(pairs[i][1], pairs[i][0]))
            fail_msg("%s and %s", pairs[i][0], pairs[i][1]);
        HAVE(LEX_HAS_NICKNAMES, "William", "Lupita");
    }
    assert_false(stands_for("William", "Sasha"));
}

static void the_table_keeps_its_bounds(void **state)
{
    (void)state;
    enum { BYTES_MAX = 8 << 20 };
    size_t used = 0, sets = 1;
    for (size_t i = 0; i <= lexicon_builtin.mask; i++) {
        used += lexicon_builtin.slots[i] != 0;
        if ((lexicon_builtin.slots[i] & 0xffff) >= sets)
            sets = (lexicon_builtin.slots[i] & 0xffff) + 1;
    }
    assert_true(used > 200000 && used * 4 <= (lexicon_builtin.mask + 1ULL) * 3);
    const size_t bytes = (lexicon_builtin.mask + 1ULL) * sizeof(uint64_t) +
                         sets * sizeof(struct lex_set) +
                         lexicon_builtin.n_pairs * sizeof(struct lex_pair);
    assert_true(bytes <= BYTES_MAX);
    unsigned char any = 0;
    for (size_t i = 0; i < sizeof(lexicon_builtin.sha256); i++)
        any |= lexicon_builtin.sha256[i];
    assert_true(any != 0);
}

static void a_table_made_by_hand_says_what_it_was_given(void **state)
{
    (void)state;
    struct test_ctx t;
    struct ctx *c = test_ctx_open(&t);
    const struct lex_source v[] = {
        { hash_of("boys' team"), LEX_GENDERED, "team" },
        { hash_of("Łódź"), LEX_PLACE, NULL },
        { hash_of("lodz"), LEX_BIG_PLACE, NULL },
    };
    const struct lex_pair pairs[] = { { hash_of("Robert"), hash_of("Bob") } };
    const struct lexicon x = lex_make(c->mem, v, 3, pairs, 1);
    assert_true(lex_bits(&x, hash_of("LODZ")) == (LEX_PLACE | LEX_BIG_PLACE));
    assert_string_equal(lex_neutral(&x, lex_find(&x, hash_of("Boys’ Team"))), "team");
    assert_true(lex_bits(&x, hash_of("boys")) == 0);
    uint64_t found[2];
    assert_int_equal(lex_nicknames(&x, hash_of("robert"), found, 2), 1);
    assert_true(found[0] == hash_of("Bob"));
    assert_int_equal(lex_nicknames(&x, hash_of("Bob"), found, 2), 0);
    uint64_t hashes[LEX_PHRASE_WORDS_MAX];
    assert_int_equal(lex_entry_hash(c, S(" - 12 "), hashes), 0);
    assert_int_equal(lex_entry_hash(c, S("a b c d e f g"), hashes), 0);
    test_ctx_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_of_every_region_are_known),
        cmocka_unit_test(words_and_proxies_are_told_apart),
        cmocka_unit_test(figures_are_whole_or_by_the_part_that_is_cited),
        cmocka_unit_test(the_first_two_words_of_a_phrase_are_told_apart_from_others),
        cmocka_unit_test(gendered_words_have_a_neutral_form),
        cmocka_unit_test(nicknames_go_both_ways),
        cmocka_unit_test(the_table_keeps_its_bounds),
        cmocka_unit_test(a_table_made_by_hand_says_what_it_was_given),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
