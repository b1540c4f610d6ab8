/* The applicant's initials go where they stand for the applicant, whatever else they may mean. */
#include "support/scrub_gives.h"

static void own_initials_go(void **state)
{
    (void)state;
    static const struct scrub_identity fo = { .first_name = S_INIT("Fiachra"),
                                              .last_name = S_INIT("O'Driscoll") };
    static const struct gives rows[] = {
        { "He wrote FO on the lid.", "They wrote [APPLICANT] on the lid." },
        { "A coat embroidered FO, and a letter signed FO, since all know.",
          "A coat embroidered [APPLICANT], and a letter signed [APPLICANT], since all know." },
    };
    static const struct scrub_identity at = { .first_name = S_INIT("Abel"),
                                              .last_name = S_INIT("Tesfaye") };
    static const struct gives words[] = {
        { "It is signed AT, because by now all know.",
          "It is signed [APPLICANT], because by now all know." },
        { "He put my initials, AT, into the book.",
          "They put my initials, [APPLICANT], into the book." },
        { "We met AT NOON and not before.", "We met AT NOON and not before." },
    };
    static const struct scrub_identity vl = { .first_name = S_INIT("Vit\xc3\xb3ria"),
                                              .last_name = S_INIT("Guajajara da Luz") };
    static const struct gives mixed[] = {
        { "The radio says VGdL on its lid.", "The radio says [APPLICANT] on its lid." },
        { "The file ends in MPdF on my disk.", "The file ends in MPdF on my disk." },
    };
    GIVES_ALL(&fo, rows);
    GIVES_ALL(&at, words);
    GIVES_ALL(&vl, mixed);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(own_initials_go) };
    return cmocka_run_group_tests(tests, gives_open, gives_close);
}
