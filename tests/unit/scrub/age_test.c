/* How old the writer is goes, however it is said; other numbers stay. */
#include "support/scrub_gives.h"

static const struct scrub_identity who = { .first_name = S_INIT("Zzyx"),
                                           .last_name = S_INIT("Zzyxovic"),
                                           .date_of_birth = S_INIT("2006-05-14") };

static void ages_in_passing_go(void **state)
{
    (void)state;
    static const struct gives rows[] = {
        { "I stopped in my early teens; my sweet sixteen was a lab day.",
          "I stopped in my [AGE]; my sweet [AGE] was a lab day." },
        { "I took a year off and am now twenty-one.", "I took a year off and am now [AGE]." },
        { "I am a mature student of twenty-six.", "I am a mature student of [AGE]." },
        { "In my seventeen years I moved six times.", "In my [AGE] I moved six times." },
        { "Now 17, I look back.", "Now [AGE], I look back." },
        { "It was in Year 9; I was there, thirteen and furious.",
          "It was in Year 9; I was there, [AGE] and furious." },
        { "i was like 12 when it burned and im 17 now",
          "i was like [AGE] when it burned and im [AGE] now" },
        { "In my eighteenth year it snowed, a week before my 18th.",
          "In my [AGE] year it snowed, a week before my [AGE]." },
        { "Before I hit eighteen I wrote; I was no older than ten, she was not even ten.",
          "Before I hit [AGE] I wrote; I was no older than [AGE], she was not even [AGE]." },
        { "My brother, nine, broke it; my sister is twelve and mends it.",
          "My brother, [AGE], broke it; my sister is [AGE] and mends it." },
        { "I was about nine, here since the age of two.",
          "I was about [AGE], here since the age of [AGE]." },
        { "I was nine or ten then; Yara is nine and sings.",
          "I was [AGE] then; [PERSON_1] is [AGE] and sings." },
        { "With thanks, seventeen going on eighteen", "With thanks, [AGE]" },
        { "About me: 18, tall.", "About me: [AGE], tall." },
        { "Polish, seventeen, young woman", "[NATIONALITY], [AGE], young person" },
    };
    GIVES_ALL(&who, rows);
}

static void other_numbers_stay(void **state)
{
    (void)state;
    static const struct gives rows[] = {
        { "I hit eighteen targets; we were nine in the van; I like twelve, it divides.",
          "I hit eighteen targets; we were nine in the van; I like twelve, it divides." },
        { "My ten years of piano, and in my eighteenth year of piano I stopped.",
          "My ten years of piano, and in my eighteenth year of piano I stopped." },
        { "It is now 12, and I am now 17 percent faster.",
          "It is now 12, and I am now 17 percent faster." },
        { "I counted sixteen, seventeen and eighteen sheep; on my second attempt I passed.",
          "I counted sixteen, seventeen and eighteen sheep; on my second attempt I passed." },
        { "I am 1 m 68; Question is seven and hard.", "I am 1 m 68; Question is seven and hard." },
        { "I was only 3 seconds behind and I was one of three.",
          "I was only 3 seconds behind and I was one of three." },
    };
    GIVES_ALL(&who, rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ages_in_passing_go),
        cmocka_unit_test(other_numbers_stay),
    };
    return cmocka_run_group_tests(tests, gives_open, gives_close);
}
