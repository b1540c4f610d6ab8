/* The applicant's own name in its disguises, and words that only look like it. */
#include "support/scrub_gives.h"

static const struct scrub_identity who = { .first_name = S_INIT("Guadalupe"),
                                           .last_name = S_INIT("Hernández Ríos"),
                                           .email = S_INIT("lupe.codes77@example.org") };

static void names_in_all_forms_go(void **state)
{
    (void)state;
    static const struct gives rows[] = {
        { "Guadalupe solved it. GUADALUPE HERNANDEZ did.",
          "[APPLICANT] solved it. [APPLICANT] did." },
        { "hernández ríos, guadalupe", "[APPLICANT]" },
        { "Lupita, as my aunt says, and Lupe, as all do.",
          "[APPLICANT], as my aunt says, and [APPLICANT], as all do." },
        { "G. Hernández and G.H.R. signed.", "[APPLICANT] and [APPLICANT]. signed." },
        { "It is spelled R-Í-O-S, or r i o s.", "It is spelled [APPLICANT], or [APPLICANT]." },
        { "The Hernandes family.", "The [APPLICANT] family." },
        { "#TeamGuadalupe and guadalupe_rios99 won.", "#[APPLICANT] and [HANDLE] won." },
        { "The file ghernandez-final.pdf holds it.", "The file [HANDLE] holds it." },
        { "I post as guadaluperios.writes there.", "I post as [HANDLE] there." },
        { "My friends call me Tig.", "My friends call me [APPLICANT]." },
        { "Ms Hernández led.", "[APPLICANT] led." },
        { "瓜达卢佩 led.", "[APPLICANT] led." },
        { "Guadalupe's plan and Ríos’s maps.", "[APPLICANT]'s plan and [APPLICANT]’s maps." },
    };
    GIVES_ALL(&who, rows);
}

static void other_words_stay(void **state)
{
    (void)state;
    static const struct gives rows[] = {
        { "The river rises; rioting is wrong; guard the loop.",
          "The river rises; rioting is wrong; guard the loop." },
        { "We measured α and β; the word 木 means tree.",
          "We measured α and β; the word 木 means tree." },
    };
    GIVES_ALL(&who, rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_in_all_forms_go),
        cmocka_unit_test(other_words_stay),
    };
    return cmocka_run_group_tests(tests, gives_open, gives_close);
}
