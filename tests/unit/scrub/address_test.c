/* Postal addresses: the row's own lines, and forms of many countries. */
#include "support/scrub_gives.h"

static const struct scrub_identity who = { .first_name = S_INIT("Zzyx"),
                                           .address =
                                               S_INIT("12 Thornbury Lane, Lowcliff, LC4 9QT") };

static void addresses_go(void **state)
{
    (void)state;
    static const struct gives rows[] = {
        { "Write to 12 Thornbury Lane, Lowcliff LC4 9QT.", "Write to [ADDRESS]." },
        { "We moved to Flat 3, 82 Tannery Road, Bolton BL3 4DR.", "We moved to [ADDRESS]." },
        { "I live in Calle de Alcalá 45, Madrid.", "I live in [ADDRESS]." },
        { "Post it to P.O. Box 123, then wait.", "Post it to [ADDRESS], then wait." },
        { "lowcliff is small.", "[PLACE_1] is small." },
    };
    GIVES_ALL(&who, rows);
}

static void others_stay(void **state)
{
    (void)state;
    static const struct gives rows[] = {
        { "The Milky Way has no street; the road is long; 5 big steps.",
          "The Milky Way has no street; the road is long; 5 big steps." },
    };
    GIVES_ALL(&who, rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_go),
        cmocka_unit_test(others_stay),
    };
    return cmocka_run_group_tests(tests, gives_open, gives_close);
}
