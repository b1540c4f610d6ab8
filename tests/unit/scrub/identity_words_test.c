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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_keep_their_sense),
    };
    return cmocka_run_group_tests(tests, gives_open, gives_close);
}
