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
        cmocka_unit_test(what_follows_stays),
    };
    return cmocka_run_group_tests(tests, gives_open, gives_close);
}
