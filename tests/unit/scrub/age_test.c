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
        { "Zzyx Zzyxovic | 17 | female | Dessie", "[APPLICANT] | [AGE] | person | [PERSON_1]" },
        { "Reply to the desk. 17 on my last lap, boots size 41.",
          "Reply to the desk. [AGE] on my last lap, boots size 41." },
        { "Ring after the market. Eighteen or nearly.", "Ring after the market. [AGE] or nearly." },
        { "I was all of twelve; in my tenth year of life I fell.",
          "I was all of [AGE]; in my [AGE] of life I fell." },
        { "I knew the ward, at five, seven, eight and eleven, so well.",
          "I knew the ward, at [AGE], so well." },
        { "From thirteen to sixteen I wore a brace.", "From [AGE] I wore a brace." },
        { "I was three weeks old when we moved, and I was going on ten when we came back.",
          "I was [AGE] when we moved, and I was going on [AGE] when we came back." },
        { "My little brother is nine, and sings; she has known me since I was a baby.",
          "My little brother is [AGE], and sings; she has known me since I was a [AGE]." },
        { "Question 6: 18, permanent resident.", "Question 6: [AGE], [NATIONALITY]." },
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
        { "Trains leave at five, seven and nine; from eight to ten I stand at the stall.",
          "Trains leave at five, seven and nine; from eight to ten I stand at the stall." },
        { "17, 18 and 19 were the buses; results: 17, stable.",
          "17, 18 and 19 were the buses; results: 17, stable." },
        { "The culture was five days old; an eighteen-year-old school bus.",
          "The culture was five days old; an eighteen-year-old school bus." },
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
