/* Birth dates and ages go; dates and counts of other things stay. */
#include "support/scrub_gives.h"

static const struct scrub_identity who = { .first_name = S_INIT("Zzyx"),
                                           .date_of_birth = S_INIT("2006-05-14") };

static void births_and_ages_go(void **state)
{
    (void)state;
    static const struct gives rows[] = {
        { "I was born on 3 March 2005 in spring.", "I was born on [DATE] in spring." },
        { "On 14.05.2006 it rained; on May 14th, 2006 too.",
          "On [DATE] it rained; on [DATE] too." },
        { "I am 17, and I turned sixteen before.", "I am [AGE], and I turned [AGE] before." },
        { "At the library, 16 years old, I read. The boy in our van was 12 years old.",
          "At the library, [AGE], I read. The boy in our van was [AGE]." },
        { "At fourteen I read; my 16th birthday passed; a 12-year-old wrote.",
          "At [AGE] I read; my [AGE] passed; a [AGE] wrote." },
        { "I was born in 2006.", "I was born in [DATE]." },
        { "I was diagnosed late, at ten.", "I was diagnosed late, at [AGE]." },
        { "Female, 17. I won 17.", "Person, [AGE]. I won 17." },
        { "Zzyx, 17, from home.", "[APPLICANT], [AGE], from home." },
        { "It is for my aunt, who is eighty-eight and deaf to it.",
          "It is for my aunt, who is [AGE] and [HEALTH] to it." },
        { "Myself (17, female)", "Myself ([AGE], person)" },
        { "Born 16 May 2007, first contact 2021.", "Born [DATE], first contact 2021." },
        { "Born 16 May 2007; first light 9 August 2022.",
          "Born [DATE]; first light 9 August 2022." },
        { "From nine on I was their voice.", "From [AGE] on I was their voice." },
        { "When I had the fever, at seven, it was soup.",
          "When I had the fever, at [AGE], it was soup." },
        { "Nobody is surprised when you're sixteen and play the harp.",
          "Nobody is surprised when you're [AGE] and play the harp." },
        { "I turned ten on 14 May, and May 14th has been and gone: sixteen, no cake.",
          "I turned [AGE] on [DATE], and [DATE] has been and gone: [AGE], no cake." },
        { "I was six and a half. I'm seventeen and three quarters and not yet eighteen.",
          "I was [AGE]. I'm [AGE] and not yet [AGE]." },
        { "Zzyx, aged 17 years and 4 months", "[APPLICANT], [AGE]" },
        { "Vintage 2006. Expected graduation: June 2026; graduating in 2026.",
          "Vintage [DATE]. Expected graduation: [YEAR]; graduating in [YEAR]." },
        { "I am 17 y/o. I was, at seventeen and a half, a cook.",
          "I am [AGE]. I was, at [AGE], a cook." },
        { "When I had nine years, my brother came.", "When I had [AGE], my brother came." },
        { "Zzyx, not yet eighteen, cooks; me, a cook, eighteen in August.",
          "[APPLICANT], not yet [AGE], cooks; me, a cook, [AGE] in August." },
        { "It takes volunteers from sixteen, and I lied.",
          "It takes volunteers from [AGE], and I lied." },
        { "Write that you're 17 and broke.", "Write that you're [AGE] and broke." },
    };
    GIVES_ALL(&who, rows);
}

static void other_dates_stay(void **state)
{
    (void)state;
    static const struct gives rows[] = {
        { "My 12-year-old laptop and a ten-year-old oak. The old bus was 20 years old.",
          "My 12-year-old laptop and a ten-year-old oak. The old bus was 20 years old." },
        { "It rained because our van, 14 years old, leaked.",
          "It rained because our van, 14 years old, leaked." },
        { "On 14 May 2023 the club was born; at 7 we ate; I am 17 minutes late.",
          "On 14 May 2023 the club was born; at 7 we ate; I am 17 minutes late." },
        { "I wake up at five, and the class of the year ends.",
          "I wake up at five, and the class of the year ends." },
        { "From nine on the shop is open, and they sang, at seven, a song.",
          "From nine on the shop is open, and they sang, at seven, a song." },
        { "The graduate programme of 2023 began on 3 May; vintage 1961, six and a half litres.",
          "The graduate programme of 2023 began on 3 May; vintage 1961, six and a half litres." },
        { "Children aged 8 to 12 came; losses fell by 22 %.",
          "Children aged 8 to 12 came; losses fell by 22 %." },
        { "I had nine years of piano; we won by eighteen points, fifteen in August alone.",
          "I had nine years of piano; we won by eighteen points, fifteen in August alone." },
        { "It ran from thirteen to nineteen degrees, and you're 17 minutes late.",
          "It ran from thirteen to nineteen degrees, and you're 17 minutes late." },
    };
    GIVES_ALL(&who, rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(births_and_ages_go),
        cmocka_unit_test(other_dates_stay),
    };
    return cmocka_run_group_tests(tests, gives_open, gives_close);
}
