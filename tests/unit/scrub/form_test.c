/* The answers of a form go, whatever they are; prose behind a colon stays. */
#include "support/scrub_gives.h"

static const struct scrub_identity who = { .first_name = S_INIT("Zzyx") };

static void answers_go(void **state)
{
    (void)state;
    static const struct gives rows[] = {
        { "Nationality: Xyzzian   Religion: Old Plughish\nMarital status: single",
          "Nationality: [NATIONALITY]   Religion: [RELIGION]\nMarital status: "
          "[FAMILY_BACKGROUND]" },
        { "Ethnic group: Xyzzi.\nMother tongue: Plugh.",
          "Ethnic group: [NATIONALITY].\nMother tongue: [LANGUAGE]." },
        { "Father's occupation: tailor", "Father's occupation: [FAMILY_BACKGROUND]" },
        { "Country of birth: Xyzzia", "Country of birth: [PLACE_1]" },
    };
    GIVES_ALL(&who, rows);
}

static void prose_stays(void **state)
{
    (void)state;
    static const struct gives rows[] = {
        { "Disability: none. Race: 5 km. Status: done.",
          "Disability: none. Race: 5 km. Status: done." },
        { "Diagnosis: the pump was blocked. Village: my map shows three wells.",
          "Diagnosis: the pump was blocked. Village: my map shows three wells." },
        { "Country: see below. Village: wells that everybody may use.",
          "Country: see below. Village: wells that everybody may use." },
        { "I have one country: the one where everybody may read and count and stay.",
          "I have one country: the one where everybody may read and count and stay." },
    };
    GIVES_ALL(&who, rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_go),
        cmocka_unit_test(prose_stays),
    };
    return cmocka_run_group_tests(tests, gives_open, gives_close);
}
