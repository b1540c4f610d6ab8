/* Words that tell a gender become neutral ones; the grammar holds. */
#include "support/scrub_gives.h"

static const struct scrub_identity who = { .first_name = S_INIT("Ines"),
                                           .last_name = S_INIT("Duarte") };

static void nouns_and_adjectives(void **state)
{
    (void)state;
    static const struct gives rows[] = {
        { "As a woman I led the girls' team.", "As a person I led the team." },
        { "I am the eldest daughter and head girl.", "I am the eldest child and head student." },
        { "Sex: F. Grade: F.", "Sex: [GENDER]. Grade: F." },
        { "I became a mother and ran.", "I became a parent and ran." },
        { "My cousin became a mother.", "My cousin became a mother." },
        { "The chairwoman spoke.", "The chair spoke." },
        { "I was women's captain.", "I was captain." },
        { "I climb: women's under-18, sixth.", "I climb: under-18, sixth." },
        { "Pronouns: he/him, or she/hers.", "Pronouns: they/them, or they/them." },
        { "Twin brother of a painter", "Twin sibling of a painter" },
        { "I was a Girl Scout and play for the men's second team.",
          "I was a Scout and play for the second team." },
        { "I am one of three sisters; they call me their baby sister.",
          "I am one of three siblings; they call me their baby sibling." },
        { "No girl in my village coded, and girls cannot code, they said; the girls laughed.",
          "No student in my village coded, and students cannot code, they said; the girls "
          "laughed." },
        { "I was on my period.", "I was unwell." },
        { "It is a serious matter for a girl; they met a girl.",
          "It is a serious matter for a student; they met a girl." },
        { "A girl like you? A girl who reads the news gets letters.",
          "A student like you? A student who reads the news gets letters." },
        { "I am the third born and the first daughter.",
          "I am the third born and the first child." },
        { "Third place, men's U18 championship.", "Third place, U18 championship." },
        { "Our teacher had a daughter; she has a son.",
          "Our teacher had a daughter; she has a son." },
    };
    GIVES_ALL(&who, rows);
}

static void pronouns_of_the_applicant(void **state)
{
    (void)state;
    static const struct gives rows[] = {
        { "\"Ines is bright; she leads and her notes help,\" it says.",
          "\"[APPLICANT] is bright; they lead and their notes help,\" it says." },
        { "Ines was late, but she has ideas and she's kind to herself.",
          "[APPLICANT] was late, but they have ideas and they're kind to themselves." },
        { "Captain.\nThe Queen's prize: silver\nHe won the cup.",
          "Captain.\nThe Queen's prize: silver\nThey won the cup." },
    };
    GIVES_ALL(&who, rows);
}

static void others_keep_theirs(void **state)
{
    (void)state;
    static const struct gives rows[] = {
        { "My mother said she was tired, and I helped her.",
          "My mother said she was tired, and I helped her." },
        { "My uncle sits on your board, he's asked me.", "[FAMILY_BACKGROUND], he's asked me." },
    };
    GIVES_ALL(&who, rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nouns_and_adjectives),
        cmocka_unit_test(pronouns_of_the_applicant),
        cmocka_unit_test(others_keep_theirs),
    };
    return cmocka_run_group_tests(tests, gives_open, gives_close);
}
