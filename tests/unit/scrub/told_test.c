/* What is told in a clause that holds no word of a list: of the family, the body, the faith. */
#include "support/scrub_gives.h"

static const struct scrub_identity who = { .first_name = S_INIT("Zzyx") };

static void circumstances_go(void **state)
{
    (void)state;
    static const struct gives rows[] = {
        { "Our father passed on when I was in primary four, and we lost the house.",
          "[FAMILY_BACKGROUND], and [FAMILY_BACKGROUND]." },
        { "My father left us for another town; my parents were working in another city.",
          "[FAMILY_BACKGROUND]; [FAMILY_BACKGROUND]." },
        { "Both my parents are doctors; my household lives on one pension.",
          "[FAMILY_BACKGROUND]; [FAMILY_BACKGROUND]." },
        { "We own the orchard; the judge appointed my aunt as my guardian.",
          "We [FAMILY_BACKGROUND]; [FAMILY_BACKGROUND]." },
        { "I have two mums; my mother took us to a shelter.",
          "I [FAMILY_BACKGROUND]; [FAMILY_BACKGROUND]." },
        { "The bench by your library was our gift.", "[FAMILY_BACKGROUND]." },
        { "Both grandparents qualified at this medical school.", "[FAMILY_BACKGROUND]." },
        { "We belong to a minority; we hold the passport.", "[NATIONALITY]; [NATIONALITY]." },
    };
    GIVES_ALL(&who, rows);
}

static void chores_and_work_stay(void **state)
{
    (void)state;
    static const struct gives rows[] = {
        { "My mother left the keys on the table; my father passed on the recipe.",
          "My mother left the keys on the table; my father passed on the recipe." },
        { "My father works in the prison kitchen; my mother cleans offices.",
          "My father works in the prison kitchen; my mother cleans offices." },
        { "We own the process; we lost the home game; we belong to the chess club.",
          "We own the process; we lost the home game; we belong to the chess club." },
    };
    GIVES_ALL(&who, rows);
}

static void what_the_body_lacks_goes(void **state)
{
    (void)state;
    static const struct gives rows[] = {
        { "I was born without a right arm; I do not recognise faces.", "I [HEALTH]; I [HEALTH]." },
        { "I hear nothing on my left side; I cannot bend my right knee.",
          "I [HEALTH]; I [HEALTH]." },
        { "I carry migraine tablets and sit exams in a separate room.",
          "I carry [HEALTH] and sit exams in a [HEALTH]." },
        { "Two fingers of my left hand are missing.", "Two fingers of [HEALTH]." },
    };
    GIVES_ALL(&who, rows);
}

static void what_one_does_not_know_stays(void **state)
{
    (void)state;
    static const struct gives rows[] = {
        { "I was born without a plan; I do not recognise his authority.",
          "I was born without a plan; I do not recognise his authority." },
        { "I cannot hear the difference; we kept the mice in a separate room.",
          "I cannot hear the difference; we kept the mice in a separate room." },
        { "I lost my footing; I have only one question.",
          "I lost my footing; I have only one question." },
    };
    GIVES_ALL(&who, rows);
}

static void dress_and_feasts_go(void **state)
{
    (void)state;
    static const struct gives rows[] = {
        { "I wear a wooden cross; I wear a dark suit for service.",
          "I wear a [RELIGION]; I wear a [RELIGION]." },
        { "In the photograph I wear a black cap.", "In the photograph I wear a [RELIGION]." },
        { "The shop is closed around Tamarind Day and before Assumption.",
          "The shop is closed around [NATIONALITY] and before [RELIGION]." },
        { "The rector counts on God, and I count on Excel.",
          "The [RELIGION] counts on God, and I count on Excel." },
    };
    GIVES_ALL(&who, rows);
}

static void other_dress_stays(void **state)
{
    (void)state;
    static const struct gives rows[] = {
        { "I wear a lab coat for safety and a cap in the kitchen.",
          "I wear a lab coat for safety and a cap in the kitchen." },
        { "On Sports Day I ran; my assumption was wrong.",
          "On Sports Day I ran; my assumption was wrong." },
        { "The rector of the university signed.", "The rector of the university signed." },
    };
    GIVES_ALL(&who, rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(circumstances_go),         cmocka_unit_test(chores_and_work_stay),
        cmocka_unit_test(what_the_body_lacks_goes), cmocka_unit_test(what_one_does_not_know_stays),
        cmocka_unit_test(dress_and_feasts_go),      cmocka_unit_test(other_dress_stays),
    };
    return cmocka_run_group_tests(tests, gives_open, gives_close);
}
