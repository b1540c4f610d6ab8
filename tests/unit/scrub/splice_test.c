/* Fold and tokens that splice.c makes of a result are those that folding and cutting it would give,
 * whatever was taken out. */
#include "scrub/scrub_inner.h"

#include "support/scrub_gives.h"

enum { ROUNDS = 20000, PIECES = 24, HITS = 6 };

static const char *const pieces[] = {
    "I built a pump",
    "Marie Curie",
    "don't",
    "it's",
    "Mr. Okafor",
    "the boys' team",
    "\"",
    "“",
    "(",
    ")",
    "[",
    "]",
    "_",
    "-",
    ".",
    ". ",
    "\n",
    "\n\n",
    ", ",
    "! ",
    "@",
    "#1",
    "3.9",
    "17",
    "St. Mary's",
    "[PERSON_1]",
    "[NAME_",
    "ID",
    "WE WON THE GAME",
    "Chess Team Captain",
    "caf\xc3\xa9",
    "P\xc3\xa9"
    "cs",
    "\xe6\xb0\xb4",
    "\xc2\xad",
    "e\xcc\x81",
    "\xc3\x9f",
    "first generation",
    "trust fund",
    "Ludwig van Beethoven",
    "Gabriel Garcia Marquez",
    "Martin Luther King",
    "post traumatic stress disorder",
    "Gabriel",
    "Garcia",
    "French horn",
    "'",
    "'s",
    "New York",
    "u/ada",
    "x",
    "wheelchair",
    "first",
    "generation",
    "Marie",
    "Curie",
    "New",
    "Fall",
    "Things",
    "Apart",
    "boys",
    "of the",
    "a very long word like antidisestablishmentarianismantidisestablishmentarianism",
};
static const char *const neutrals[] = { NULL, NULL, "they", "", "team", "re", "an" };

static uint64_t seed;
static size_t draw(size_t n)
{
    seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
    return (size_t)(seed >> 33) % n;
}

static struct str make_text(void)
{
    struct str text = S("");
    for (size_t i = 0, n = draw(PIECES); i < n; i++)
        text = str_fmt(gives_mem, "%.*s%s%s", STR_ARG(text), draw(3) ? " " : "",
                       pieces[draw(sizeof(pieces) / sizeof(pieces[0]))]);
    return text;
}

/* Whole tokens as the rules take them, or any bytes. */
static void take_some(struct pass *p)
{
    for (size_t i = 0, n = draw(HITS); i < n && p->f.n; i++) {
        const char *neutral = neutrals[draw(sizeof(neutrals) / sizeof(neutrals[0]))];
        const struct hit hit = { .type = neutral ? SCRUB_GENDER : (uint8_t)draw(SCRUB_TYPE_COUNT),
                                 .strength = (uint8_t)draw(BY_IDENTITY + 1),
                                 .confidence = 90,
                                 .rule = "test",
                                 .neutral = neutral };
        const size_t from = draw(p->f.n), k = p->t.n ? draw(p->t.n) : 0;
        if (p->t.n && draw(4))
            hit_tokens(p, k, k + draw(p->t.n - k < 3 ? p->t.n - k : 3), hit);
        else
            hit_range(p, from, from + 1 + draw(p->f.n - from), hit);
    }
    hits_settle(p);
}

static void folds_equal(const struct fold *a, const struct fold *b)
{
    assert_int_equal(a->n, b->n);
    assert_memory_equal(a->text, b->text, b->n + 1);
    assert_memory_equal(a->upper, b->upper, b->n);
    assert_memory_equal(a->from, b->from, (b->n + 1) * sizeof(*b->from));
}

static void tokens_equal(const struct tokens *a, const struct tokens *b)
{
    assert_int_equal(a->n, b->n);
    assert_int_equal(a->placeholders, b->placeholders);
    for (size_t k = 0; k <= b->n; k++) {
        const struct token *x = &a->v[k], *y = &b->v[k];
        assert_int_equal(x->from, y->from);
        assert_int_equal(x->to, y->to);
        assert_int_equal(x->kind, y->kind);
        assert_int_equal(x->gap, y->gap);
        assert_int_equal(x->flags, y->flags);
        assert_true(x->hash == y->hash && x->bits == y->bits && x->phrase_set == y->phrase_set);
        assert_int_equal(x->phrase, y->phrase);
        assert_int_equal(x->key, y->key);
        assert_int_equal(x->dull, y->dull);
        assert_int_equal(x->sense, y->sense);
        assert_int_equal(a->want[k], b->want[k]);
    }
}

static void a_splice_is_a_whole_cut(void **state)
{
    (void)state;
    static struct own own;
    struct ctx made;
    const struct scrub_identity who = { .name = S("Gabriel Okafor-Curie"),
                                        .address = S("17 New York") };
    ctx_init(&made, gives_mem, NULL, 0);
    assert_int_equal(own_make(&made, &lexicon_builtin, &who, &own), ERR_OK);
    for (seed = 0; seed < ROUNDS;) {
        const uint64_t round = seed;
        struct ctx c;
        struct scrub_result out = { 0 };
        arena_reset(gives_mem);
        ctx_init(&c, gives_mem, NULL, 0);
        struct pass p = { .c = &c, .policy = &scrub_policy_preset, .text = make_text() };
        assert_int_equal(fold_text(&c, p.text, &p.f), ERR_OK);
        assert_int_equal(words_cut(&c, &p.f, &lexicon_builtin, &own, &p.t), ERR_OK);
        take_some(&p);
        assert_int_equal(render(&c, &p, 1, &out), ERR_OK);

        struct pass spliced = { .c = &c, .policy = p.policy, .text = out.text[0] };
        struct pass whole = spliced;
        assert_int_equal(text_splice(&p, &spliced), ERR_OK);
        assert_int_equal(fold_text(&c, whole.text, &whole.f), ERR_OK);
        assert_int_equal(words_cut(&c, &whole.f, &lexicon_builtin, &own, &whole.t), ERR_OK);
        folds_equal(&spliced.f, &whole.f);
        tokens_equal(&spliced.t, &whole.t);
        seed = round + 1;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_splice_is_a_whole_cut),
    };
    return cmocka_run_group_tests(tests, gives_open, gives_close);
}
