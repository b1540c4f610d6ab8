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
        { "I read the news on Radio Lowcliff; counsel, Lowcliff 4-H.",
          "I read the news on [PLACE_1]; counsel, [PLACE_2]." },
    };
    GIVES_ALL(&who, rows);
}

/* A house number, and short pieces between the lines that the row gives. */
static void short_lines_go(void **state)
{
    (void)state;
    static const struct scrub_identity kim = { .address = S_INIT("27, Triq il-Kbira, \xc5\xbb"
                                                                 "ejtun") };
    static const struct scrub_identity joao = {
        .address = S_INIT("Rua do Sossego, 77, Itabuna - BA, 45600-000")
    };
    static const struct gives rows[] = {
        { "We are at 27, Triq il-Kbira.", "We are at [ADDRESS]." },
        { "We counted 28, 29.", "We counted 28, 29." },
    };
    static const struct gives lines[] = {
        { "Letters: Rua do Sossego, 77, Itabuna - BA, 45600-000.", "Letters: [ADDRESS]." },
    };
    GIVES_ALL(&kim, rows);
    GIVES_ALL(&joao, lines);
}

static void others_stay(void **state)
{
    (void)state;
    static const struct gives rows[] = {
        { "The Milky Way has no street; the road is long; 5 big steps.",
          "The Milky Way has no street; the road is long; 5 big steps." },
        { "Tower Bridge Building Challenge; tel 0172\nReading circle in May.",
          "Tower Bridge Building Challenge; tel 0172\nReading circle in May." },
    };
    GIVES_ALL(&who, rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_go),
        cmocka_unit_test(short_lines_go),
        cmocka_unit_test(others_stay),
    };
    return cmocka_run_group_tests(tests, gives_open, gives_close);
}
