/* Names that the text says the applicant is called by, and words that only stand where they do. */
#include "support/scrub_gives.h"

static void words_that_one_is_called_go(void **state)
{
    (void)state;
    static const struct scrub_identity aiman = { .first_name = S_INIT("Aiman"),
                                                 .last_name = S_INIT("bin Roslan") };
    static const struct gives rows[] = {
        { "They call me Man here.", "They call me [APPLICANT] here." },
        { "They call me in for tea, and it is what they call us.",
          "They call me in for tea, and it is what they call us." },
        { "This is what they call me.", "This is what they call me." },
    };
    static const struct scrub_identity ola = { .first_name = S_INIT("Aleksandra"),
                                               .last_name = S_INIT("Szkot") };
    static const struct gives small[] = {
        { "everybody calls me ola, you can too.", "everybody calls me [APPLICANT], you can too." },
        { "everybody calls me twice.", "everybody calls me twice." },
        { "thanks (olcia to everyone here), bye", "thanks ([APPLICANT] to everyone here), bye" },
    };
    GIVES_ALL(&aiman, rows);
    GIVES_ALL(&ola, small);
}

static void presented_words_go(void **state)
{
    (void)state;
    static const struct scrub_identity singh = { .first_name = S_INIT("Harpreet"),
                                                 .last_name = S_INIT("Singh") };
    static const struct scrub_identity peace = { .first_name = S_INIT("Peace"),
                                                 .last_name = S_INIT("Inyang") };
    static const struct scrub_identity good = { .first_name = S_INIT("Goodness"),
                                                .last_name = S_INIT("Will-Harry") };
    static const struct gives asked[] = {
        { "Come in. Ask for Happy.", "Come in. Ask for [APPLICANT]." },
        { "I ask for hard work, and we ask for Hamlet.",
          "I ask for hard work, and we ask for Hamlet." },
    };
    static const struct gives self[] = {
        { "They demand that I, Pee, take it out.",
          "They demand that I, [APPLICANT], take it out." },
        { "So I, perhaps, took it.", "So I, perhaps, took it." },
    };
    static const struct gives truly[] = {
        { "And yours truly, Goody the Metronome.", "And yours truly, [APPLICANT] the Metronome." },
    };
    GIVES_ALL(&singh, asked);
    GIVES_ALL(&peace, self);
    GIVES_ALL(&good, truly);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_that_one_is_called_go),
        cmocka_unit_test(presented_words_go),
    };
    return cmocka_run_group_tests(tests, gives_open, gives_close);
}
