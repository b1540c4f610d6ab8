/* Telephone numbers in the groups of many countries go, rows of numbers stay. */
#include "support/scrub_gives.h"

static const struct scrub_identity who = { .first_name = S_INIT("Zzyx") };

static void phones_go(void **state)
{
    (void)state;
    static const struct gives rows[] = {
        { "At home 77 55 01 26, at work 89 555 01 26 and 951 555 0183.",
          "At home [PHONE], at work [PHONE] and [PHONE]." },
        { "Tel. +98 912 555 0147 / 041-3355 0172", "Tel. [PHONE] / [PHONE]" },
        { "It is 0170 / 555 03 81.", "It is [PHONE]." },
        { "Ring me on 5550183, or dial 5550184.", "Ring me on [PHONE], or dial [PHONE]." },
    };
    GIVES_ALL(&who, rows);
}

static void rows_of_numbers_stay(void **state)
{
    (void)state;
    static const struct gives rows[] = {
        { "We had 12 15 18 20 and 90 80 70 60 points, and 1 200 300 400 grains.",
          "We had 12 15 18 20 and 90 80 70 60 points, and 1 200 300 400 grains." },
        { "The sum is 512 555 018.", "The sum is 512 555 018." },
        { "My marks were 88 92 79 95, the splits 31 33 32 35, the rows 120 85 240 60 high.",
          "My marks were 88 92 79 95, the splits 31 33 32 35, the rows 120 85 240 60 high." },
    };
    GIVES_ALL(&who, rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(phones_go),
        cmocka_unit_test(rows_of_numbers_stay),
    };
    return cmocka_run_group_tests(tests, gives_open, gives_close);
}
