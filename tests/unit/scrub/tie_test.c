/* What ties the writer's family to a school, or tells its means, goes. */
#include "support/scrub_gives.h"

static const struct scrub_identity who = { .first_name = S_INIT("Zzyx") };

static void ties_and_means_go(void **state)
{
    (void)state;
    static const struct gives rows[] = {
        { "My uncle sits on your board.", "[FAMILY_BACKGROUND]." },
        { "Our household income is under 20,000 a year; we pay.",
          "Our [FAMILY_BACKGROUND]; we pay." },
        { "The wing carries our name. We have a driver and a house by the sea.",
          "The wing [FAMILY_BACKGROUND]. We have a [FAMILY_BACKGROUND] and a "
          "[FAMILY_BACKGROUND]." },
    };
    GIVES_ALL(&who, rows);
}

static void others_stay(void **state)
{
    (void)state;
    static const struct gives rows[] = {
        { "The driver stopped. My aunt read at night, and taught at home.",
          "The driver stopped. My aunt read at night, and taught at home." },
        { "My aunt read the newspaper at Heathrow.", "My aunt read the newspaper at [PLACE_1]." },
    };
    GIVES_ALL(&who, rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ties_and_means_go),
        cmocka_unit_test(others_stay),
    };
    return cmocka_run_group_tests(tests, gives_open, gives_close);
}
