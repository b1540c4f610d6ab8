/* The names of schools and clubs as the world's languages build them go whole. */
#include "support/scrub_gives.h"

static const struct scrub_identity who = { .first_name = S_INIT("Zzyx"),
                                           .last_name = S_INIT("Zzyxovic") };

static void whole_names_go(void **state)
{
    (void)state;
    static const struct gives rows[] = {
        { "I attend V Liceum im. Witkowskiego now.", "I attend [SCHOOL_1] now." },
        { "I attend Technikum Górnicze nr 3, and later Gymnasium 46 of the city.",
          "I attend [SCHOOL_1], and later [SCHOOL_2] of the city." },
        { "I study at Lycée maritime du Moros here.", "I study at [SCHOOL_1] here." },
        { "We were at Hammerfest videregående skole then.", "We were at [SCHOOL_1] then." },
        { "School: Sint-Veerle-instituut, near it", "School: [SCHOOL_1], near it" },
        { "I taught at Queen of Peace Girls' College.", "I taught at [SCHOOL_1]." },
        { "I joined Plivački klub Bačvice in May.", "I joined [ORG_1] in May." },
        { "I am a member of Cherokee County 4-H now.", "I am a member of [ORG_1] now." },
        { "- narva youth ensemble, kit person, unpaid", "- [ORG_1], kit person, unpaid" },
    };
    GIVES_ALL(&who, rows);
}

static void firms_and_primaries_go(void **state)
{
    (void)state;
    static const struct scrub_identity son = { .first_name = S_INIT("Behrouz"),
                                               .last_name = S_INIT("Dinyari") };
    static const struct gives own[] = {
        { "I was a clerk at Dinyari Machine Tools for one year.",
          "I was a clerk at [APPLICANT] for one year." },
        { "We went to the Dinyari Foundation, and I taught the Dinyari method.",
          "We went to the [APPLICANT], and I taught the [APPLICANT] method." },
    };
    static const struct gives rows[] = {
        { "We had a summer job at Tagoe Marine Paints and at sea.",
          "We had a summer job at [ORG_1] and at sea." },
        { "In May it took Tehkal Girls' Primary a while longer.",
          "In May it took [SCHOOL_1] a while longer." },
        { "I am now from the North Riding, and we stopped at Whitby.",
          "I am now from the [PLACE_1], and we stopped at [PLACE_2]." },
        { "The coach, Mehrdad Olfat, threw balls and ran.",
          "The coach, [PERSON_1], threw balls and ran." },
        { "I read about the Great Depression in the library.",
          "I read about the Great Depression in the library." },
    };
    GIVES_ALL(&son, own);
    GIVES_ALL(&who, rows);
}

static void what_follows_stays(void **state)
{
    (void)state;
    static const struct gives rows[] = {
        { "At the Second Lyceum of Volos I led a club.", "At the [SCHOOL_1] I led a club." },
        { "Our club swam 3 km in May.", "Our club swam 3 km in May." },
        { "The college in which we met has 46 rooms.",
          "The college in which we met has 46 rooms." },
        { "- python scripts, written by night", "- python scripts, written by night" },
    };
    GIVES_ALL(&who, rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_names_go),
        cmocka_unit_test(firms_and_primaries_go),
        cmocka_unit_test(what_follows_stays),
    };
    return cmocka_run_group_tests(tests, gives_open, gives_close);
}
