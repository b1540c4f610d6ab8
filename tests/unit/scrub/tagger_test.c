/* The tagger decides where the rules are unsure, and nowhere else. */
#include "scrub/tagger.h"

#include "support/scrub_gives.h"

static const struct scrub_identity who = { .first_name = S_INIT("Zzyx"),
                                           .last_name = S_INIT("Qqar") };

struct fixture {
    struct arena *mem;
    struct ctx c;
    struct pass pass;
    struct own *own;
};

static struct pass *begin(struct fixture *f, const char *text)
{
    const struct str one = str_of(text);
    f->mem = arena_open(NULL, 1 << 26);
    ctx_init(&f->c, f->mem, NULL, 0);
    f->own = arena_array(f->mem, struct own, 1);
    assert_int_equal(own_make(&f->c, &lexicon_builtin, &who, f->own), ERR_OK);
    assert_int_equal(scrub_begin(&f->c, f->own, &one, 1, &f->pass), ERR_OK);
    return &f->pass;
}

static struct run run_of(const struct pass *p, const char *word)
{
    for (size_t k = 0; k < p->t.n; k++)
        if (token_is(&p->t, k, word))
            return run_at(p, k);
    fail_msg("no %s in the text", word);
    return (struct run){ 0 };
}

static void rows_are_bounded_and_repeat(void **state)
{
    (void)state;
    struct fixture f;
    uint16_t a[TAGGER_FEATURES_MAX], b[TAGGER_FEATURES_MAX];
    struct pass *p =
        begin(&f, "In the lab of Tegucigalpa, Maria Grace Brown's uncle told Amaka and "
                  "me that Newton's law of April holds in Physics.");
    for (size_t k = 0; k < p->t.n; k++) {
        const struct run r = run_at(p, k);
        if (r.b < r.a)
            continue;
        const size_t n = tagger_features(p, &r, r.a, r.b, a);
        assert_in_range(n, 10, TAGGER_FEATURES_MAX);
        assert_int_equal(tagger_features(p, &r, r.a, r.b, b), n);
        assert_memory_equal(a, b, n * sizeof(a[0]));
        for (size_t i = 0; i < n; i++)
            assert_in_range(a[i], 0, TAGGER_ROWS - 1);
    }
    arena_close(f.mem);
}

/* Which word it is does not count, only what lists and neighbours say of it. */
static void names_are_alike(void **state)
{
    (void)state;
    struct fixture f, g;
    uint16_t a[TAGGER_FEATURES_MAX], b[TAGGER_FEATURES_MAX];
    struct pass *p = begin(&f, "We carried the water to Qwxyz before dawn.");
    struct pass *q = begin(&g, "We carried the water to Vbnqwz before dawn.");
    const struct run r = run_of(p, "qwxyz"), s = run_of(q, "vbnqwz");
    const size_t n = tagger_features(p, &r, r.a, r.b, a);
    assert_int_equal(tagger_features(q, &s, s.a, s.b, b), n);
    assert_memory_equal(a, b, n * sizeof(a[0]));
    arena_close(f.mem);
    arena_close(g.mem);
}

static void sure_rules_stand(void **state)
{
    (void)state;
    struct fixture f;
    struct pass *p = begin(&f, "Nobody asked Mr Qwxyz, and Newton's law holds in April.");
    struct run r = run_of(p, "qwxyz");
    const struct verdict titled = { r.a, r.b, SCRUB_PERSON, 90, "name.titled" };
    const struct verdict place = { r.a, r.b, SCRUB_LOCATION, 55, "name.place" };
    const struct verdict team = { r.a, r.b, SCRUB_ORG, 60, "name.body" };
    assert_int_equal(tagger_judge(p, &r, titled).confidence, 90);
    assert_int_equal(tagger_judge(p, &r, place).confidence, 55);
    assert_int_equal(tagger_judge(p, &r, team).confidence, 60);
    r = run_of(p, "newton");
    const struct verdict law = { r.a, r.b, SCRUB_TYPE_COUNT, 0, NULL };
    assert_int_equal(tagger_judge(p, &r, law).type, SCRUB_TYPE_COUNT);
    r = run_of(p, "april");
    const struct verdict month = { r.a, r.b, SCRUB_TYPE_COUNT, 0, NULL };
    assert_int_equal(tagger_judge(p, &r, month).type, SCRUB_TYPE_COUNT);
    arena_close(f.mem);
}

/* What it takes down stays in sight, as a hint of the type that the rules named. */
static void lowered_is_a_hint(void **state)
{
    (void)state;
    struct fixture f;
    struct pass *p = begin(&f, "I won the Inter-School Chemistry Challenge twice.");
    const struct run r = run_of(p, "inter");
    const struct verdict school = { r.a, r.b, SCRUB_SCHOOL, 80, "name.school" };
    const struct verdict v = tagger_judge(p, &r, school);
    assert_int_equal(v.type, SCRUB_SCHOOL);
    assert_in_range(v.confidence, 1, 49);
    assert_string_equal(v.rule, "name.school");
    arena_close(f.mem);
}

static void weights_are_learnt(void **state)
{
    (void)state;
    size_t some = 0;
    for (size_t i = 0; i < TAGGER_ROWS; i++)
        for (size_t k = 0; k < TAGS; k++)
            some += tagger_weights[i][k] != TAGGER_ZERO;
    assert_true(some > 1000);
    const struct hash a = scrub_tables();
    assert_memory_not_equal(a.b, lexicon_builtin.sha256, sizeof(a.b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_bounded_and_repeat),
        cmocka_unit_test(names_are_alike),
        cmocka_unit_test(sure_rules_stand),
        cmocka_unit_test(lowered_is_a_hint),
        cmocka_unit_test(weights_are_learnt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
