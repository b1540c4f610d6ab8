/* Groups that no list knows go where they are said to be one, and grants of a group by their name.
 */
#include "support/scrub_gives.h"

static const struct scrub_identity who = { .first_name = S_INIT("Zzyx") };

static void groups_go(void **state)
{
    (void)state;
    static const struct gives rows[] = {
        { "I am belonging to vrolnik community.", "I am belonging to [NATIONALITY] community." },
        { "We are of the vrolnik clan.", "We are of the [NATIONALITY] clan." },
        { "My people, the vrolnik, may not fish.", "My people, the [NATIONALITY], may not fish." },
        { "I put vrolnik on the form.", "I put [NATIONALITY] on the form." },
        { "At school I identify as vrolnik.", "At school I identify as [NATIONALITY]." },
        { "Caste: vrolnik.", "Caste: [NATIONALITY]." },
    };
    GIVES_ALL(&who, rows);
}

static void grants_of_a_group_go(void **state)
{
    (void)state;
    static const struct gives rows[] = {
        { "I hold the Danubian Refugee Scholarship.", "I hold the [NATIONALITY]." },
        { "I won the Merit Scholarship for Displaced Students in May.",
          "I won the [NATIONALITY] in May." },
        { "I have a Martyrs' Children Scholarship, and I work.",
          "I have a [NATIONALITY], and I work." },
        { "I hold the Ethnic Minority Talent Award.", "I hold the [NATIONALITY]." },
    };
    GIVES_ALL(&who, rows);
}

static void bodies_go_by_how_their_names_end(void **state)
{
    (void)state;
    static const struct gives rows[] = {
        { "I coach the Vrolnik Lakeside Debaters.", "I coach the [ORG_1]." },
        { "We cooked with Mekedonia Youth Table.", "We cooked with [ORG_1]." },
        { "Played Vrolnik Juniors Under-17s.", "Played [ORG_1]." },
        { "A letter from the Beekeepers of Vrolnik came.", "A letter from the [ORG_1] came." },
    };
    GIVES_ALL(&who, rows);
}

static void other_communities_and_grants_stay(void **state)
{
    (void)state;
    static const struct gives rows[] = {
        { "I wrote for the Python community.", "I wrote for the Python community." },
        { "Our local community met.", "Our local community met." },
        { "I put salt in the box.", "I put salt in the box." },
        { "The tribe of ants moved.", "The tribe of ants moved." },
        { "I won the National Science Award.", "I won the National Science Award." },
        { "We joined the Debate Team and the Dream Team of Science Leaders.",
          "We joined the Debate Team and the Dream Team of Science Leaders." },
        { "We wrote a grant for refugees' books.", "We wrote a grant for [NATIONALITY]' books." },
        { "We saw the Gardens of stone and read Letters of 1919.",
          "We saw the Gardens of stone and read Letters of 1919." },
    };
    GIVES_ALL(&who, rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(groups_go),
        cmocka_unit_test(grants_of_a_group_go),
        cmocka_unit_test(bodies_go_by_how_their_names_end),
        cmocka_unit_test(other_communities_and_grants_stay),
    };
    return cmocka_run_group_tests(tests, gives_open, gives_close);
}
