/* Where only a person or a body can stand, a word of any sense is its name. */
#include "support/scrub_gives.h"

static const struct scrub_identity who = { .first_name = S_INIT("Zzyx") };

static void persons_by_their_place_go(void **state)
{
    (void)state;
    static const struct gives rows[] = {
        { "\"It has the map,\" said Justice.", "\"It has the map,\" said [PERSON_1]." },
        { "In need call Justice Tetteh, please.", "In need call [PERSON_1], please." },
        { "I tutor for Justice (aged nine).", "I tutor for [PERSON_1] (aged [AGE])." },
        { "It was Sun, my aunt's sister, who sang.",
          "It was [PERSON_1], my aunt's sister, who sang." },
        { "Rob (tests), Bill (coffee), nobody (tea).",
          "[PERSON_1] (tests), [PERSON_2] (coffee), nobody (tea)." },
        { "Then I asked Ege or Alev.", "Then I asked [PERSON_1] or [PERSON_2]." },
        { "My solicitor Godswill Obi says that it is so.",
          "My solicitor [PERSON_1] says that it is so." },
    };
    GIVES_ALL(&who, rows);
}

static void bodies_by_their_place_go(void **state)
{
    (void)state;
    static const struct gives rows[] = {
        { "We met people at Loaf of Irbid.", "We met people at [ORG_1]." },
        { "Only thanks to Lantern Library Project it ran.", "Only thanks to [ORG_1] it ran." },
        { "Bookkeeping assistant, Sails for Kids, since May.",
          "Bookkeeping assistant, [ORG_1], since May." },
        { "i run. i spoke at gallatin fork high school.", "i run. i spoke at [SCHOOL_1]." },
    };
    GIVES_ALL(&who, rows);
}

static void others_stay(void **state)
{
    (void)state;
    static const struct gives rows[] = {
        { "\"No,\" it said. Even so, I call Monday a day.",
          "\"No,\" it said. Even so, I call Monday a day." },
        { "First I call Dijkstra's algorithm.", "First I call Dijkstra's algorithm." },
        { "I sat the EGE in May.", "I sat the EGE in May." },
        { "I volunteered at the Science Fair.", "I volunteered at the Science Fair." },
        { "i run. i went to high school and to the old school.",
          "i run. i went to high school and to the old school." },
    };
    GIVES_ALL(&who, rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(persons_by_their_place_go),
        cmocka_unit_test(bodies_by_their_place_go),
        cmocka_unit_test(others_stay),
    };
    return cmocka_run_group_tests(tests, gives_open, gives_close);
}
