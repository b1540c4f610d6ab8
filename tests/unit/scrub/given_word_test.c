/* Given names that are English words go as names and stay as words, in every case of letters. */
#include "support/scrub_gives.h"

static const struct scrub_identity who = { .first_name = S_INIT("Zzyx") };

static void names_that_begin_a_sentence_go(void **state)
{
    (void)state;
    static const struct gives rows[] = {
        { "Mark showed me how to mark a board. Hope sat beside me on the bus.",
          "[PERSON_1] showed me how to mark a board. [PERSON_2] sat beside me on the bus." },
        { "Chase won, I came second; Rose was my neighbour at that time.",
          "[PERSON_1] won, I came second; [PERSON_2] was my neighbour at that time." },
        { "Grace is the captain of our side, and so we are proud.",
          "[PERSON_1] is the captain of our side, and so we are proud." },
        { "It took Drew two weeks, and I let Chase win.",
          "It took [PERSON_1] two weeks, and I let [PERSON_2] win." },
        { "I learned that Autumn, who sells tea there, had never been asked.",
          "I learned that [PERSON_1], who sells tea there, had never been asked." },
        { "Monday, a porter, taught me the lift; my friend Sunday and I ran.",
          "[PERSON_1], a porter, taught me the lift; my friend [PERSON_2] and I ran." },
        { "In the morning Mr Do gave it a nine; later Ms Bishop came.",
          "In the morning [PERSON_1] gave it a nine; later [PERSON_2] came." },
        { "Please call my guardian, Even Hansson, at home.",
          "Please call my guardian, [PERSON_1], at home." },
    };
    GIVES_ALL(&who, rows);
}

static void words_that_begin_a_sentence_stay(void **state)
{
    (void)state;
    static const struct gives rows[] = {
        { "Hope gave me strength. Faith moved mountains. Art was my refuge.",
          "Hope gave me strength. Faith moved mountains. Art was my refuge." },
        { "Winter taught me patience. Chance brought us together.",
          "Winter taught me patience. Chance brought us together." },
        { "Mark my words, she said to us. Mark: 98 out of 100.",
          "Mark my words, she said to us. Mark: 98 out of 100." },
        { "On Monday, a public holiday, we met. I came second on 19 May. Next we ran.",
          "On Monday, a public holiday, we met. I came second on 19 May. Next we ran." },
        { "We called the robot \"Hope\" and it never worked.",
          "We called the robot \"Hope\" and it never worked." },
    };
    GIVES_ALL(&who, rows);
}

static void small_letters_need_a_cue(void **state)
{
    (void)state;
    static const struct gives rows[] = {
        { "i think that i was lucky. my friend grace said no, and my teacher mr park was kind.",
          "i think that i was lucky. my friend [PERSON_1] said no, and my teacher [PERSON_2] was "
          "kind." },
        { "i know that i sat next to will in chem, and gave my notes to angel, who lost them.",
          "i know that i sat next to [PERSON_1] in chem, and gave my notes to [PERSON_2], who lost "
          "them." },
        { "i hope that i will mark it, and i may win with grace and joy.",
          "i hope that i will mark it, and i may win with grace and joy." },
    };
    GIVES_ALL(&who, rows);
}

static void capitals_tell_nothing(void **state)
{
    (void)state;
    static const struct gives rows[] = {
        { "MY FRIEND GRACE SAID THAT THE RESULT WAS WRONG. MY BROTHER MARK SAID NO.",
          "MY FRIEND [PERSON_1] SAID THAT THE RESULT WAS WRONG. MY [PERSON_2] SAID NO." },
        { "I WROTE THE REPORT WITH MY CLASSMATE HOPE AND WITH DREW, AND LEARNED FROM IT.",
          "I WROTE THE REPORT WITH MY CLASSMATE [PERSON_1] AND WITH [PERSON_2], AND LEARNED FROM "
          "IT." },
        { "I LEARNED ALL THIS AT THE LIBRARY, AND MY MARKS ROSE.",
          "I LEARNED ALL THIS AT THE LIBRARY, AND MY MARKS ROSE." },
    };
    GIVES_ALL(&who, rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_that_begin_a_sentence_go),
        cmocka_unit_test(words_that_begin_a_sentence_stay),
        cmocka_unit_test(small_letters_need_a_cue),
        cmocka_unit_test(capitals_tell_nothing),
    };
    return cmocka_run_group_tests(tests, gives_open, gives_close);
}
