/* Names that are ordinary words, of two letters, or an eponym. */
#include "support/scrub_gives.h"

static const struct scrub_identity who = { .first_name = S_INIT("So"),
                                           .last_name = S_INIT("Park-Newton") };

static void words_keep_their_sense(void **state)
{
    (void)state;
    static const struct gives rows[] = {
        { "So I went to the park, and so did we.", "So I went to the park, and so did we." },
        { "They asked So to lead, and Park's plan won.",
          "They asked [APPLICANT] to lead, and [APPLICANT]'s plan won." },
        { "Newton's laws and the Newton method stand.",
          "Newton's laws and the Newton method stand." },
        { "Then So Park came.", "Then [APPLICANT] came." },
        { "Mx Newton wrote it.", "[APPLICANT] wrote it." },
    };
    GIVES_ALL(&who, rows);
}

static const struct scrub_identity syllables = { .first_name = S_INIT("Ji-ho"),
                                                 .last_name = S_INIT("Im") };
static const struct scrub_identity season = { .first_name = S_INIT("Ma. Summer"),
                                              .last_name = S_INIT("van Dyk"),
                                              .address = S_INIT("6F, 9 Rose Road, Sylhet 3100") };

/* The one given name is no particle, though it is one in other names. */
static void a_particle_may_be_a_name(void **state)
{
    (void)state;
    static const struct scrub_identity bin = { .first_name = S_INIT("Bin"),
                                               .last_name = S_INIT("Ho") };
    static const struct gives rows[] = {
        { "\"Bin,\" he says, \"charge them double.\" I charge them.",
          "\"[APPLICANT],\" they say, \"charge them double.\" I charge them." },
        { "I put it into the bin.", "I put it into the bin." },
    };
    GIVES_ALL(&bin, rows);
}

static void syllables_count_together(void **state)
{
    (void)state;
    static const struct gives rows[] = {
        { "Jii-ho is a slip, Jiho is short.", "[APPLICANT] is a slip, [APPLICANT] is short." },
        { "The poster was by Ji-won Moon.", "The poster was by [PERSON_1]." },
    };
    GIVES_ALL(&syllables, rows);
}

static void forms_and_seasons(void **state)
{
    (void)state;
    static const struct gives rows[] = {
        { "It ate page 31.\n\"Summer is the pupil.\"",
          "It ate page 31.\n\"[APPLICANT] is the pupil.\"" },
        { "I worked in Summer 2022 and all summer.", "I worked in Summer 2022 and all summer." },
        { "Ma. Summer led; M.v.D. signed.", "[APPLICANT] led; [APPLICANT]. signed." },
        { "Preferred name: Wilma", "Preferred name: [APPLICANT]" },
        { "Sums is short for Summer.", "[APPLICANT] is short for [APPLICANT]." },
        { "Summer van Dyk (Sums) led.", "[APPLICANT] ([APPLICANT]) led." },
        { "Thank you.\nSummer", "Thank you.\n[APPLICANT]" },
        { "P.P.S. Summer mends things.", "P.P.S. [APPLICANT] mends things." },
        { "I live at 6F, 9 Rose Road, Sylhet 3100.", "I live at [ADDRESS]." },
        { "I joined the Sylhet Astronomy Club in Sylhet.", "I joined the [ORG_1] in [PLACE_1]." },
    };
    GIVES_ALL(&season, rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_keep_their_sense),
        cmocka_unit_test(a_particle_may_be_a_name),
        cmocka_unit_test(syllables_count_together),
        cmocka_unit_test(forms_and_seasons),
    };
    return cmocka_run_group_tests(tests, gives_open, gives_close);
}
