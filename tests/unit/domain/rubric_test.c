/* The built-in rubric: marks that add up, nothing for identity, and a Judge that sends back. */
#include "domain/rubric.c"

#include "domain/rubric_judge.c"
#include "vectors.h"

static struct fixture fx;
static int setup(void **state)
{
    (void)state;
    fixture_open(&fx, 16 << 20);
    return 0;
}
static int teardown(void **state)
{
    (void)state;
    fixture_close(&fx);
    return 0;
}

static const char essay_plain[] =
    "Our well ran dry in the second week of March, so I measured the water every morning.\n\n"
    "First I built a float from two bottles, because the rope we had was too short. For 14 weeks "
    "I recorded 98 readings and compared them with the rain. However, the first model was wrong: I "
    "had assumed that the pump was tight.\n\n"
    "I learned to doubt my own instrument before I doubt the well. After I replaced one valve, "
    "losses fell by 30 %, and 12 families adopted the float.";
static const char achievements_plain[] =
    "Captain of the school chess team for three years; trained 14 pupils weekly.\n"
    "Built and tested a rain gauge; reduced lost readings by 40 %.\n"
    "Tutor in mathematics: 60 hours, and 9 of 10 students passed.";

static struct e2_pair sat = { S_INIT("SAT"), 142000 };
static struct anon_application application(const char *essay, const char *achievements)
{
    return (struct anon_application){ .anonymized_id = S("ANON_1"),
                                      .gpa = 372,
                                      .test_scores = { &sat, 1 },
                                      .essay_scrubbed = str_of(essay),
                                      .achievements_scrubbed = str_of(achievements) };
}

static struct worker_opinion work(const char *essay, const char *achievements, int attempt)
{
    struct worker_opinion w;
    struct anon_application a = application(essay, achievements);
    struct str feedback = { NULL, 0 };
    assert_int_equal(rubric_work(&fx.c, &weights_default, &a, attempt, feedback, &w), ERR_OK);
    return w;
}

static struct judge_opinion judge(const struct worker_opinion *w, const char *essay,
                                  const char *achievements)
{
    struct judge_opinion j;
    struct anon_application a = application(essay, achievements);
    assert_int_equal(rubric_judge(&fx.c, &weights_default, &a, w, &j), ERR_OK);
    return j;
}

static bool within(struct str text, const char *what)
{
    return memmem(text.p, text.n, what, strlen(what)) != NULL;
}

static void tables_add_up_to_one_hundred(void **state)
{
    (void)state;
    const struct sheet *sheets[] = { &achievement_sheet, &essay_sheet };
    for (size_t s = 0; s < 2; s++) {
        int64_t up = 0, down = 0;
        for (size_t i = 0; i < sheets[s]->n; i++) {
            int64_t whole = sheets[s]->features[i].each_e2 * sheets[s]->features[i].most;
            up += whole > 0 ? whole : 0;
            down += whole < 0 ? whole : 0;
        }
        assert_int_equal(up, 100 * POINT);
        assert_true(-down < sheets[s]->features[0].each_e2);
    }
}

static void stored_numbers_give_two_marks(void **state)
{
    (void)state;
    struct worker_opinion w = work(essay_plain, achievements_plain, 1);
    assert_int_equal(w.academic, 9300);
    assert_int_equal(w.test, 8500);
    assert_int_equal(w.total,
                     total_e2(&weights_default, w.academic, w.test, w.achievement, w.essay));
    assert_true(w.achievement > 50 * POINT && w.achievement <= 100 * POINT);
    assert_true(w.essay > 50 * POINT && w.essay <= 100 * POINT);
    assert_true(within(w.reasoning[2], " = +10 base; +18 quantified results (3); "));
    assert_true(within(w.reasoning[0], "3.72 of 4"));
    assert_true(w.strengths.n > 0);
}

static void counts_are_what_a_reader_counts(void **state)
{
    (void)state;
    struct text_features f;
    text_features_read(str_of(achievements_plain), &f);
    assert_int_equal(f.quantified, 3); /* 14 pupils, 40 %, 10 students */
    assert_int_equal(f.durations, 3);  /* three years, weekly, 60 hours */
    assert_int_equal(f.roles, 2);      /* captain, tutor */
    assert_int_equal(f.sentences, 5);
    text_features_read(str_of(essay_plain), &f);
    assert_int_equal(f.paragraphs, 3);
    assert_true(str_starts(f.best, S("After I replaced")));
    text_features_read(S(""), &f);
    assert_int_equal(f.words, 0);
    assert_null(f.best.p);
    text_features_read(S("In 2023 I was 17. Room 12. 3.5"), &f);
    assert_int_equal(f.quantified + f.durations, 0);
}

static void the_same_text_gets_the_same_marks(void **state)
{
    (void)state;
    struct worker_opinion a = work(essay_plain, achievements_plain, 1);
    struct worker_opinion b = work(essay_plain, achievements_plain, 1);
    assert_int_equal(a.total, b.total);
    assert_true(str_eq(a.explanation, b.explanation));
}

/* Swapping who and where for another who and where never moves a mark. */
static void identity_and_prestige_earn_nothing(void **state)
{
    (void)state;
    static const char *const said[] = {
        "As a Muslim woman from Lagos, I built 3 pumps at Harvard because wells fail.",
        "As a Jewish man from Oslo, I built 3 pumps at Lowcliff because wells fail.",
        "As a [NAME] somebody from Oslo, I built 3 pumps at home because wells fail.",
    };
    struct worker_opinion first = work(said[0], said[0], 1);
    assert_int_equal(first.achievement, work(said[1], said[1], 1).achievement);
    assert_int_equal(first.essay, work(said[1], said[1], 1).essay);
    struct worker_opinion plain = work("I built 3 pumps weekly.", "I built 3 pumps weekly.", 1);
    struct worker_opinion proud =
        work("I built 3 prestigious pumps weekly.", "I built 3 prestigious pumps weekly.", 1);
    assert_true(proud.achievement < plain.achievement);
}

static void numbers_count_but_not_their_size(void **state)
{
    (void)state;
    struct worker_opinion few = work("I taught 3 pupils in 2 weeks.", "I taught 3 pupils.", 1);
    struct worker_opinion many =
        work("I taught 3,000 pupils in 99 weeks.", "I taught 912 pupils.", 1);
    assert_int_equal(few.total, many.total);
}

static void more_substance_earns_more(void **state)
{
    (void)state;
    static const char vague[] =
        "I am very passionate and really motivated. I always dream of amazing success. I am a "
        "very special person and I really do various things with passion, and I always try.";
    struct worker_opinion weak = work(vague, vague, 1);
    struct worker_opinion strong = work(essay_plain, achievements_plain, 1);
    assert_true(weak.essay + 30 * POINT < strong.essay);
    assert_true(weak.achievement + 30 * POINT < strong.achievement);
    assert_true(weak.essay >= 0 && weak.achievement >= 0);
    assert_true(weak.areas.n > strong.areas.n);
}

static void odd_texts_stay_within_bounds(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, fx.mem, 1 << 20);
    for (int i = 0; i < 4000; i++)
        buf_fmt(&b, "amazing %d %% [", i);
    buf_c(&b, '\0');
    static const char *const odd[] = { "",       " ",  "\n\n\n", "[",
                                       "[NAME]", "12", "....",   "\xff\xfe\x80",
                                       "'''",    "a'", "%",      "1 % 2 % 3 %" };
    for (size_t i = 0; i <= sizeof(odd) / sizeof(odd[0]); i++) {
        const char *text = i ? odd[i - 1] : b.p;
        struct worker_opinion w = work(text, text, 1);
        assert_true(w.achievement >= 0 && w.achievement <= 100 * POINT);
        assert_true(w.essay >= 0 && w.essay <= 100 * POINT);
    }
}

static void a_clean_first_attempt_is_approved(void **state)
{
    (void)state;
    struct worker_opinion w = work(essay_plain, achievements_plain, 1);
    assert_true(within(w.explanation, "Strongest passage"));
    struct judge_opinion j = judge(&w, essay_plain, achievements_plain);
    assert_int_equal(j.decision, JUDGE_APPROVED);
    assert_false(j.bias_detected);
    assert_int_equal(j.quality, 100 * POINT);
}

static void a_quoted_identity_is_sent_back_once(void **state)
{
    (void)state;
    static const char *const essays[] = {
        "My mother taught me; she built 4 pumps and saved 30 families in 9 weeks. It rained.",
        "With [NAME] I built 4 pumps, saved 30 families and trained 9 pupils. It rained.",
    };
    for (size_t i = 0; i < 2; i++) {
        struct worker_opinion first = work(essays[i], achievements_plain, 1);
        struct judge_opinion j = judge(&first, essays[i], achievements_plain);
        assert_int_equal(j.decision, JUDGE_REJECTED);
        assert_true(within(j.feedback, "leave"));
        assert_int_equal(j.bias_detected, i == 0);
        struct worker_opinion second;
        struct anon_application a = application(essays[i], achievements_plain);
        assert_int_equal(rubric_work(&fx.c, &weights_default, &a, 2, j.feedback, &second), ERR_OK);
        assert_int_equal(second.total, first.total);
        assert_false(within(second.explanation, "Strongest passage"));
        assert_int_equal(judge(&second, essays[i], achievements_plain).decision, JUDGE_APPROVED);
    }
}

static void the_judge_recomputes(void **state)
{
    (void)state;
    struct worker_opinion good = work(essay_plain, achievements_plain, 2), w = good;
    w.total += 1;
    struct judge_opinion j = judge(&w, essay_plain, achievements_plain);
    assert_int_equal(j.decision, JUDGE_REJECTED);
    assert_true(within(j.feedback, "weighted sum"));
    w = good;
    w.academic -= MARK_APART_E2;
    w.total = total_e2(&weights_default, w.academic, w.test, w.achievement, w.essay);
    assert_int_equal(judge(&w, essay_plain, achievements_plain).decision, JUDGE_APPROVED);
    w.academic -= 1;
    w.total = total_e2(&weights_default, w.academic, w.test, w.achievement, w.essay);
    assert_int_equal(judge(&w, essay_plain, achievements_plain).decision, JUDGE_REJECTED);
    w = good;
    w.test -= MARK_APART_E2 + 1;
    w.total = total_e2(&weights_default, w.academic, w.test, w.achievement, w.essay);
    assert_int_equal(judge(&w, essay_plain, achievements_plain).decision, JUDGE_REJECTED);
    w = good;
    w.essay = 10001;
    assert_int_equal(judge(&w, essay_plain, achievements_plain).decision, JUDGE_REJECTED);
    w.essay = -1;
    assert_int_equal(judge(&w, essay_plain, achievements_plain).decision, JUDGE_REJECTED);
    w = good;
    w.explanation = S(" ");
    assert_int_equal(judge(&w, essay_plain, achievements_plain).decision, JUDGE_REJECTED);
    w = good;
    w.explanation = S("Fine.");
    assert_true(judge(&w, essay_plain, achievements_plain).quality <
                judge(&good, essay_plain, achievements_plain).quality);
    w = good;
    for (size_t i = 0; i < 4; i++)
        w.reasoning[i] = (struct str){ NULL, 0 };
    assert_true(judge(&w, essay_plain, achievements_plain).quality <
                judge(&good, essay_plain, achievements_plain).quality);
    w = good;
    w.reasoning[1] = S("He did well.");
    j = judge(&w, essay_plain, achievements_plain);
    assert_int_equal(j.decision, JUDGE_REJECTED);
    assert_true(j.bias_detected);
}

static void identity_words_are_sorted(void **state)
{
    (void)state;
    size_t n = sizeof(identity_words) / sizeof(identity_words[0]);
    for (size_t i = 1; i < n; i++)
        assert_true(strcmp(identity_words[i - 1], identity_words[i]) < 0);
    for (size_t i = 0; i < n; i++)
        assert_true(identity_word(&fx.c, str_of(identity_words[i])).p != NULL);
    assert_null(
        identity_word(&fx.c, S("The theory? No: themes, heroes, a shed; histories of management"))
            .p);
}

static void no_word_of_the_rubric_names_a_group(void **state)
{
    (void)state;
    for (size_t g = 0; g < word_group_count; g++) {
        struct str rest = str_of(word_groups[g].forms), form;
        while (rest.p) {
            rest = str_cut(rest, ' ', &form);
            assert_null(identity_word(&fx.c, form).p);
            uint32_t hash = WORD_HASH_START;
            for (size_t i = 0; i < form.n; i++)
                hash = word_hash_step(hash, form.p[i]);
            assert_int_equal(word_group_of(form, hash), g); /* and stands in one group only */
        }
    }
    assert_int_equal(word_group_of(S("harvard"), 1), -1);
}

static void the_page_is_the_rubric(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, fx.mem, 1 << 16);
    rubric_write_markdown(&b);
    assert_true(buf_ok(&b));
    FILE *f = fopen(TEST_DATA_DIR "/../../docs/rubric.md", "rb");
    assert_non_null(f);
    char *page = arena_array(fx.mem, char, 1 << 16);
    size_t n = fread(page, 1, 1 << 16, f);
    fclose(f);
    assert_true(str_eq((struct str){ page, n }, buf_view(&b)));
    assert_int_equal(rubric_builtin_sha256(&fx.c).n, 64);
    assert_true(str_eq(rubric_builtin_sha256(&fx.c), rubric_builtin_sha256(&fx.c)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(tables_add_up_to_one_hundred, setup, teardown),
        cmocka_unit_test_setup_teardown(stored_numbers_give_two_marks, setup, teardown),
        cmocka_unit_test_setup_teardown(counts_are_what_a_reader_counts, setup, teardown),
        cmocka_unit_test_setup_teardown(the_same_text_gets_the_same_marks, setup, teardown),
        cmocka_unit_test_setup_teardown(identity_and_prestige_earn_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(numbers_count_but_not_their_size, setup, teardown),
        cmocka_unit_test_setup_teardown(more_substance_earns_more, setup, teardown),
        cmocka_unit_test_setup_teardown(odd_texts_stay_within_bounds, setup, teardown),
        cmocka_unit_test_setup_teardown(a_clean_first_attempt_is_approved, setup, teardown),
        cmocka_unit_test_setup_teardown(a_quoted_identity_is_sent_back_once, setup, teardown),
        cmocka_unit_test_setup_teardown(the_judge_recomputes, setup, teardown),
        cmocka_unit_test_setup_teardown(identity_words_are_sorted, setup, teardown),
        cmocka_unit_test_setup_teardown(no_word_of_the_rubric_names_a_group, setup, teardown),
        cmocka_unit_test_setup_teardown(the_page_is_the_rubric, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
