/* Tokens: kinds, what stands between, and what capitals are worth. */
#include "scrub/words.h"

#include "base/str.h"

#include "support/scrub_gives.h"

static struct tokens cut(const char *text)
{
    struct ctx c;
    struct tokens t;
    struct fold *f = arena_new(gives_mem, struct fold);
    ctx_init(&c, gives_mem, NULL, 0);
    assert_int_equal(fold_text(&c, str_of(text), f), ERR_OK);
    assert_int_equal(words_cut(&c, f, &lexicon_builtin, NULL, &t), ERR_OK);
    return t;
}

static void kinds_and_gaps(void **state)
{
    (void)state;
    const struct tokens t = cut("Ada's 2nd-best [PERSON_1]: a@b.org");
    static const uint8_t kinds[] = { TK_WORD,        TK_WORD, TK_NUMBER, TK_WORD, TK_WORD,
                                     TK_PLACEHOLDER, TK_WORD, TK_WORD,   TK_WORD };
    assert_int_equal(t.n, sizeof(kinds));
    for (size_t k = 0; k < t.n; k++)
        assert_int_equal(t.v[k].kind, kinds[k]);
    assert_true((t.v[0].flags & T_POSSESSIVE) && (t.v[1].flags & T_CLITIC));
    assert_int_equal(t.v[3].gap, GAP_NONE);
    assert_int_equal(t.v[4].gap, GAP_HYPHEN);
    assert_int_equal(t.v[6].gap, GAP_COLON | GAP_BLANK);
    assert_int_equal(t.v[7].gap, GAP_AT);
    assert_int_equal(t.v[t.n].kind, TK_END);
    assert_true(token_is(&t, 4, "best") && !token_is(&t, 4, "bes") && !token_is(&t, 4, "bestow"));
}

static void sentences_begin_where_they_do(void **state)
{
    (void)state;
    const struct tokens t = cut("Mr. Ode ran. He won! \"Good,\" I said; so it was.\nThen J. Doe");
    static const char *const starts[] = { "mr", "he", "good", "then" };
    size_t n = 0;
    for (size_t k = 0; k < t.n; k++)
        if (t.v[k].flags & T_START)
            assert_true(token_is(&t, k, starts[n++]));
    assert_int_equal(n, 4);
}

static void capitals_say_nothing_in_shouting(void **state)
{
    (void)state;
    const struct tokens loud = cut("WE WON THE WHOLE GAME AGAIN");
    const struct tokens heading = cut("Captain, Chess Team; Founder, Coding Club");
    const struct tokens plain = cut("We met Grace in the park");
    assert_true(loud.v[2].flags & T_SHOUT);
    assert_true(heading.v[1].flags & T_HEADING);
    assert_false(plain.v[2].flags & (T_SHOUT | T_HEADING));
}

static void the_longest_phrase_is_found(void **state)
{
    (void)state;
    const struct tokens t = cut("I read Marie Curie in Hong Kong.");
    assert_int_equal(t.v[2].phrase, 2);
    assert_true(t.v[2].phrase_set->bits & LEX_FIGURE);
    assert_true((t.v[2].flags & T_CITED) && (t.v[3].flags & T_CITED));
    assert_int_equal(t.v[5].phrase, 2);
}

/* Each want leads to the tokens that have it and to no other, however many there are. */
static void a_want_leads_to_its_tokens(void **state)
{
    (void)state;
    static const char *const words[] = { "the", "Kofi",  "17",  "mother", "I",  "street",
                                         "At",  "green", "she", "May",    "x7", "Nigerian" };
    struct str text = S("");
    for (size_t n = 0; n < 150; n++) {
        const struct tokens t = cut(str_z(gives_mem, text));
        for (uint16_t want = W_NAME; want <= W_LINE; want = (uint16_t)(want * 2)) {
            const uint16_t any = want == W_PERSON ? W_PERSON | W_GENDER : want;
            size_t next = token_wanted(&t, 0, want);
            for (size_t k = 0; k <= t.n; k++) {
                assert_int_equal(k == next, (t.want[k] & any) != 0);
                next = k == next && k < t.n ? token_wanted(&t, k + 1, want) : next;
            }
            assert_int_equal(next, t.n);
        }
        text = str_fmt(gives_mem, "%.*s%s %s", STR_ARG(text), n % 9 ? "" : ".",
                       words[(n * 7 + n / 5) % (sizeof(words) / sizeof(words[0]))]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinds_and_gaps),
        cmocka_unit_test(sentences_begin_where_they_do),
        cmocka_unit_test(capitals_say_nothing_in_shouting),
        cmocka_unit_test(the_longest_phrase_is_found),
        cmocka_unit_test(a_want_leads_to_its_tokens),
    };
    return cmocka_run_group_tests(tests, gives_open, gives_close);
}
