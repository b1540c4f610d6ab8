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
        { "They shorten me to Nana and spelled me Lupp.",
          "They shorten me to [APPLICANT] and spelled me [APPLICANT]." },
        { "I am, Guadalupe h.", "I am, [APPLICANT]." },
        { "Signed: G.H. October 2024.", "Signed: [APPLICANT]. October 2024." },
        { "With thanks,\nGuadalupe\n(Bee)", "With thanks,\n[APPLICANT]\n([APPLICANT])" },
        { "Ms Hernández led.", "[APPLICANT] led." },
        { "瓜达卢佩 led.", "[APPLICANT] led." },
        { "Guadalupe's plan and Ríos’s maps.", "[APPLICANT]'s plan and [APPLICANT]’s maps." },
    };
    GIVES_ALL(&who, rows);
}

static void short_names_go(void **state)
{
    (void)state;
    static const struct scrub_identity an = { .first_name = S_INIT("An"),
                                              .last_name = S_INIT("V\xc3\xb5") };
    static const struct gives rows[] = {
        { "I attach anvo-essay_v3.docx; I am user anvo.",
          "I attach [HANDLE]; I am user [APPLICANT]." },
        { "To the registrar A-N.", "To the registrar [APPLICANT]." },
        { "An anvil and an A-frame; an envoy.", "An anvil and an A-frame; an envoy." },
        { "\"An,\" said my aunt. \"On,\" said no one.",
          "\"[APPLICANT],\" said my aunt. \"On,\" said no one." },
        { "We are TeamAn on the board.", "We are [APPLICANT] on the board." },
        { "See you, Bin", "See you, [APPLICANT]" },
        { "Signed (AV), \"AV\".", "Signed ([APPLICANT]), \"[APPLICANT]\"." },
    };
    GIVES_ALL(&an, rows);
}

static void names_that_are_words_go(void **state)
{
    (void)state;
    static const struct scrub_identity chase = { .first_name = S_INIT("Chase"),
                                                 .last_name = S_INIT("Long") };
    static const struct scrub_identity hauwa = { .first_name = S_INIT("Hauwa'u"),
                                                 .last_name = S_INIT("Danjuma") };
    static const struct gives rows[] = {
        { "it was a long chase. chase long", "it was a long chase. [APPLICANT]" },
        { "We chase long trains, and a long chase.", "We chase long trains, and a long chase." },
    };
    static const struct gives others[] = { { "I miss Hauwa'u Danjuma.", "I [APPLICANT]." } };
    GIVES_ALL(&chase, rows);
    GIVES_ALL(&hauwa, others);
}

static void parts_go_whole(void **state)
{
    (void)state;
    static const struct scrub_identity harcourt = { .first_name = S_INIT("Sixtine"),
                                                    .last_name = S_INIT("d'Harcourt") };
    static const struct scrub_identity mariam = { .first_name = S_INIT("Marta"),
                                                  .last_name = S_INIT("W/Mariam") };
    static const struct scrub_identity sankale = { .first_name = S_INIT("Naserian"),
                                                   .last_name = S_INIT("ole Sankale") };
    static const struct scrub_identity luz = { .first_name = S_INIT("Luz"),
                                               .last_name = S_INIT("del Águila") };
    static const struct scrub_identity lu = { .first_name = S_INIT("Yi"),
                                              .last_name = S_INIT("Lu") };
    static const struct gives french[] = {
        { "I, Sixtine d'Harcourt, saw it.", "I, [APPLICANT], saw it." },
        { "D'Harcourt rang; we'd Harcourt again.", "[APPLICANT] rang; we'd [APPLICANT] again." },
    };
    static const struct gives ethiopian[] = {
        { "Every other line is by W/Mariam. Marta W/Mariam signed.",
          "Every other line is by [APPLICANT]. [APPLICANT] signed." },
    };
    static const struct gives kenyan[] = { { "Sincerely, Miss ole Sankale",
                                             "Sincerely, [APPLICANT]" } };
    static const struct gives peruvian[] = {
        { "I remain, Luz d.", "I remain, [APPLICANT]." },
        { "Plan b. is light, and so is plan d.", "Plan b. is light, and so is plan d." },
    };
    static const struct gives chinese[] = {
        { "Commits by YiLu, and LuYi.", "Commits by [APPLICANT], and LuYi." },
        { "The yilu is a bird.", "The yilu is a bird." },
    };
    static const struct scrub_identity rei = { .first_name = S_INIT("Rei"),
                                               .last_name = S_INIT("Ai") };
    static const struct gives japanese[] = { { "Mine read Reei, and reel by reel.",
                                               "Mine read [APPLICANT], and reel by reel." } };
    GIVES_ALL(&harcourt, french);
    GIVES_ALL(&mariam, ethiopian);
    GIVES_ALL(&sankale, kenyan);
    GIVES_ALL(&luz, peruvian);
    GIVES_ALL(&lu, chinese);
    GIVES_ALL(&rei, japanese);
}

static void generations_go(void **state)
{
    (void)state;
    static const struct scrub_identity bell = { .name = S_INIT("Zzyx Qqar Jr.") };
    static const struct gives rows[] = {
        { "I am Zzyx Qqar Jr., and ZZYX QQAR JR. rows.",
          "I am [APPLICANT]., and [APPLICANT]. rows." },
    };
    GIVES_ALL(&bell, rows);
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

static void said_and_shortened_names_go(void **state)
{
    (void)state;
    static const struct scrub_identity nomvula = { .first_name = S_INIT("Nomvula"),
                                                   .last_name = S_INIT("O'Matou\xc5\xa1") };
    static const struct gives rows[] = {
        { "You say it nom-VOO-la, pronounced nom-voo-la.",
          "You say it [APPLICANT], pronounced [APPLICANT]." },
        { "Nomvulaaaa! they call, or Vuvu.", "[APPLICANT]! they call, or [APPLICANT]." },
        { "Signs: OMATOU\xc5\xa0 NOMVULA GRACE", "Signs: [APPLICANT]" },
        { "I log in as nomvula_o there.", "I log in as [HANDLE] there." },
        { "We say it step-by-step.", "We say it step-by-step." },
    };
    GIVES_ALL(&nomvula, rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(said_and_shortened_names_go),
        cmocka_unit_test(names_in_all_forms_go),
        cmocka_unit_test(short_names_go),
        cmocka_unit_test(names_that_are_words_go),
        cmocka_unit_test(parts_go_whole),
        cmocka_unit_test(generations_go),
        cmocka_unit_test(other_words_stay),
    };
    return cmocka_run_group_tests(tests, gives_open, gives_close);
}
