/* The scrubber: identity goes, evidence and grammar stay, and what is doubtful is held. */
#include "scrub/scrub.h"

#include "../domain/vectors.h"
#include "codec/utf8.h"
#include "scrub/scrub_inner.h"

static struct fixture fx;
static int setup(void **state)
{
    (void)state;
    fixture_open(&fx, 64 << 20);
    return 0;
}
static int teardown(void **state)
{
    (void)state;
    fixture_close(&fx);
    return 0;
}

static const struct scrub_identity zoe = {
    .name = S_INIT("Zo\xc3\xab Anna Rossi-Okafor"),
    .email = S_INIT("zoe.rossi7@example.org"),
    .phone = S_INIT("+44 20 7946 0958"),
    .address = S_INIT("12 Thornbury Lane, Lowcliff, LC4 9QT"),
};

static struct scrub_result scrub(const struct scrub_identity *who, const char *text)
{
    struct scrub_result r;
    assert_int_equal(scrub_text(&fx.c, who, str_of(text), &r), ERR_OK);
    return r;
}

static void gives(const struct scrub_identity *who, const char *text, const char *want)
{
    struct scrub_result r = scrub(who, text);
    if (!str_eq(r.text[0], str_of(want)))
        fail_msg("\n  of:   %s\n  got:  %.*s\n  want: %s", text, STR_ARG(r.text[0]), want);
    if (r.verdict != SCRUB_CLEAN)
        fail_msg("held: %s (%s)", text, r.reason);
    /* Again changes nothing. */
    struct scrub_result again = scrub(who, want);
    assert_true(str_eq(again.text[0], str_of(want)));
    assert_int_equal(again.n_changed, 0);
}

static void evidence_and_grammar_stay(void **state)
{
    (void)state;
    static const char *const same[] = {
        "1450 on the SAT in 2023",
        "I'm not sure what to study",
        "I am called a good listener, known as the quiet one.",
        "From 2019-2023 I read 10,000 pages; my average was 3.85 of 4.0.",
        "We raised 1,250,000 rupees (15 % more) between 2020 and 2022.",
        "On 2023-05-14 and 14.05.2023 we met; on 14/05/2023 we did not.",
        "ISBN 978-3-16-148410-0 and version 10.4.2 ran.",
        "The scores 1450 1500 1520 and 1450-1500 rose.",
        "Either/or, km/h, and/or, e.g./i.e., TCP/IP, 3.5/4.0, Node.js/Express.",
        "At 7:30 we @ the gate: 5 + 4 = 9, #1, 50% off, $12345678.",
        "Ten people, 1234567 stars and 100000000 cells were counted.",
        "",
        "   ",
        "Line one\n\nLine two\t\xe2\x80\x94 caf\xc3\xa9 \xf0\x9f\x8c\x8a",
    };
    for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
        gives(&zoe, same[i], same[i]);
}

static void the_name_goes_in_every_form(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        { "My name is Zo\xc3\xab Anna Rossi-Okafor and I study tides.",
          "My name is [APPLICANT] and I study tides." },
        { "ZOE ROSSI-OKAFOR wrote this.", "[APPLICANT] wrote this." },
        { "zoe rossi wrote this.", "[APPLICANT] wrote this." },
        { "Rossi-Okafor, Zoe Anna, aged 17.", "[APPLICANT], [AGE]." },
        { "Zo\xc3\xab's team and Zoe\xe2\x80\x99s robot.",
          "[APPLICANT]'s team and [APPLICANT]\xe2\x80\x99s robot." },
        { "Coach said: \"Z. A. Rossi, run!\"", "Coach said: \"[APPLICANT], run!\"" },
        { "The Okafor family; Miss Rossi.", "The [APPLICANT] family; [APPLICANT]." },
        { "Zoe\xcc\x88 (with a combining mark) and Z\xe2\x80\x8boe.",
          "[APPLICANT] (with a combining mark) and [APPLICANT]." },
        { "Find me: @zoe_rossi99 or ZoeRossi.", "Find me: [HANDLE] or [APPLICANT]." },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        gives(&zoe, cases[i][0], cases[i][1]);
}

static void names_that_are_words_keep_their_sentences(void **state)
{
    (void)state;
    struct scrub_identity will = { .name = S_INIT("Will Park") };
    struct scrub_identity may = { .name = S_INIT("May Grace Li") };
    gives(&will, "I will park the car, and I will go to the park.",
          "I will park the car, and I will go to the park.");
    gives(&will, "Will I ever pass? My friends call me Will.",
          "Will I ever pass? My friends call me [APPLICANT].");
    gives(&will, "It rained. \"Will, run!\" they said.",
          "It rained. \"[APPLICANT], run!\" they said.");
    gives(&will, "Then Will Park came.", "Then [APPLICANT] came.");
    gives(&may, "In May I worked; with grace. Then May Li laughed.",
          "In May I worked; with grace. Then [APPLICANT] laughed.");
    gives(&may, "They asked Li to lead, and Grace's plan won.",
          "They asked [APPLICANT] to lead, and [APPLICANT]'s plan won.");
}

static void names_of_all_scripts_go(void **state)
{
    (void)state;
    struct scrub_identity wang = { .name = S_INIT("\xe7\x8e\x8b\xe5\xb0\x8f\xe6\x98\x8e") };
    struct scrub_identity olga = { .name = S_INIT("\xd0\x9e\xd0\xbb\xd1\x8c\xd0\xb3\xd0\xb0") };
    struct scrub_identity nguyen = { .name =
                                         S_INIT("Nguy\xe1\xbb\x85n Th\xe1\xbb\x8b \xc3\x81nh") };
    struct scrub_identity beeck = { .name = S_INIT("Jan van der Beeck") };
    struct scrub_identity one = { .name = S_INIT("Suharyanto") };
    gives(&wang, "My name is \xe7\x8e\x8b\xe5\xb0\x8f\xe6\x98\x8e.", "My name is [APPLICANT].");
    gives(&wang, "\"\xe5\xb0\x8f\xe6\x98\x8e, run!\"", "\"[APPLICANT], run!\"");
    gives(&olga, "\xd0\x9e\xd0\xbb\xd1\x8c\xd0\xb3\xd0\xb0 and I.", "[APPLICANT] and I.");
    gives(&nguyen, "I, Nguyen Thi Anh, and the Nguy\xe1\xbb\x85n house.",
          "I, [APPLICANT], and the [APPLICANT] house.");
    gives(&beeck, "Jan van der Beeck drove a van to the den.",
          "[APPLICANT] drove a van to the den.");
    gives(&one, "Suharyanto and suharyanto.", "[APPLICANT] and [APPLICANT].");
}

static void contacts_go(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        { "Write to a.b+c@mail.example.co.uk.", "Write to [EMAIL]." },
        { "Write to ZOE.ROSSI7@EXAMPLE.ORG!", "Write to [EMAIL]!" },
        { "My user name is zoe.rossi7 there.", "My user name is [EMAIL] there." },
        { "See https://example.org/~zoe?a=1, then go.", "See [URL], then go." },
        { "See (www.example.org) or github.com/zoerossi/robot.", "See ([URL]) or [URL]." },
        { "Call +1 (555) 010-4477 or 555-010-4477.", "Call [PHONE] or [PHONE]." },
        { "Call 020 7946 0958 or +442079460958 or 2079460958.",
          "Call [PHONE] or [PHONE] or [PHONE]." },
        { "My number: 20-79-46-09-58.", "My number: [PHONE]." },
        { "Phone: 5550104477.", "Phone: [PHONE]." },
        { "From the hotel: tel 5550104477.", "From the hotel: tel [PHONE]." },
        { "+44 20 7946 0958+44 20 7946 0959", "[PHONE]" },
        { "+49 170 1234567 0171 2345678", "[PHONE]" },
        { "See [PHONE] 1-2--43-5-6-7-8-9-0", "See [PHONE] 1-2--43-5-6-7-8-9-0" },
        { "I live at 12 Thornbury Lane, Lowcliff LC4 9QT.", "I live at [ADDRESS]." },
        { "Lowcliff floods; Thornbury Lane floods first.",
          "[PLACE_1] floods; [ADDRESS] floods first." },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        gives(&zoe, cases[i][0], cases[i][1]);
}

static void spans_point_into_the_original(void **state)
{
    (void)state;
    static const char text[] = "Caf\xc3\xa9 by Zo\xc3\xab: mail x@y.org or +1 555 010 4477.";
    struct scrub_result r = scrub(&zoe, text);
    assert_int_equal(r.n_changed, 3);
    assert_int_equal(r.n_spans, 3);
    static const char *const want[] = { "Zo\xc3\xab", "x@y.org", "+1 555 010 4477" };
    static const char *const rule[] = { "identity.name", "email", "phone" };
    for (size_t i = 0; i < 3; i++) {
        struct str cut = { text + r.spans[i].from, r.spans[i].to - r.spans[i].from };
        assert_true(str_eq(cut, str_of(want[i])));
        assert_string_equal(r.spans[i].rule, rule[i]);
        if (i)
            assert_true(r.spans[i].from >= r.spans[i - 1].to);
    }
}

static void doubtful_texts_are_held(void **state)
{
    (void)state;
    gives(&zoe, "They call me Z o e R o s s i O k a f o r and so on.",
          "They call me [APPLICANT] and so on.");
    gives(&zoe, "R-O-S-S-I is how it is spelled.", "[APPLICANT] is how it is spelled.");
    assert_int_equal(scrub(&zoe, "Call 7-9-4-6, then 0-9, then 5-8, always.").verdict, SCRUB_HELD);
    assert_int_equal(scrub(&zoe, "Numbers 7, 9, 4 and 6, 0, 5, 8 in no order.").verdict,
                     SCRUB_CLEAN);
    struct scrub_identity tide = { .name = S_INIT("Ada Obi"),
                                   .email = S_INIT("bluewhale@example.org") };
    gives(&tide, "Mail bluewhale at example dot org.", "Mail [EMAIL].");
    assert_int_equal(scrub(&tide, "The blue whale at the museum.").verdict, SCRUB_CLEAN);
}

static void an_empty_identity_still_scrubs(void **state)
{
    (void)state;
    struct scrub_identity nobody = { .name = { NULL, 0 } };
    gives(&nobody, "Mail a@b.org about 1450.", "Mail [EMAIL] about 1450.");
}

static void odd_bytes_do_no_harm(void **state)
{
    (void)state;
    uint64_t seed = 3;
    static const char alphabet[] = "aZoe Rosi@.+-/()[]0123456789\n!?\"#\x01:,'_w";
    for (int round = 0; round < 3000; round++) {
        char text[64];
        size_t n = (size_t)(round % 64);
        for (size_t i = 0; i < n; i++) {
            seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
            text[i] = alphabet[(seed >> 33) % (sizeof(alphabet) - 1)];
        }
        struct scrub_result r, again;
        assert_int_equal(scrub_text(&fx.c, &zoe, (struct str){ text, n }, &r), ERR_OK);
        for (size_t i = 0; i < r.n_spans; i++)
            assert_true(r.spans[i].from < r.spans[i].to && r.spans[i].to <= n);
        assert_int_equal(scrub_text(&fx.c, &zoe, r.text[0], &again), ERR_OK);
        if (!str_eq(r.text[0], again.text[0]))
            fail_msg("\n  of: %.*s\n  1:  %.*s\n  2:  %.*s", (int)n, text, STR_ARG(r.text[0]),
                     STR_ARG(again.text[0]));
        arena_reset(fx.mem);
    }
}

static void long_texts_have_a_limit(void **state)
{
    (void)state;
    size_t n = (1 << 20) + 1;
    char *big = arena_array(fx.mem, char, n);
    memset(big, 'a', n);
    struct scrub_result r;
    assert_int_equal(scrub_text(&fx.c, &zoe, (struct str){ big, n }, &r), ERR_TOO_LARGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(evidence_and_grammar_stay, setup, teardown),
        cmocka_unit_test_setup_teardown(the_name_goes_in_every_form, setup, teardown),
        cmocka_unit_test_setup_teardown(names_that_are_words_keep_their_sentences, setup, teardown),
        cmocka_unit_test_setup_teardown(names_of_all_scripts_go, setup, teardown),
        cmocka_unit_test_setup_teardown(contacts_go, setup, teardown),
        cmocka_unit_test_setup_teardown(spans_point_into_the_original, setup, teardown),
        cmocka_unit_test_setup_teardown(doubtful_texts_are_held, setup, teardown),
        cmocka_unit_test_setup_teardown(an_empty_identity_still_scrubs, setup, teardown),
        cmocka_unit_test_setup_teardown(odd_bytes_do_no_harm, setup, teardown),
        cmocka_unit_test_setup_teardown(long_texts_have_a_limit, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
