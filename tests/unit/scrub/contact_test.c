/* Ways to reach a person, plain and disguised. */
#include "support/scrub_gives.h"

static const struct scrub_identity who = { .first_name = S_INIT("Zzyx") };

static void contacts_go(void **state)
{
    (void)state;
    static const struct gives rows[] = {
        { "ada (at) example (dot) org or ada at example dot com", "[EMAIL] or [EMAIL]" },
        { "Mail ada＠example.org now.", "Mail [EMAIL] now." },
        { "Skype live:adacodes, evenings.", "Skype [HANDLE], evenings." },
        { "See t.me/adacodes, ada.dev and https://example.org/~ada?x=1.",
          "See [URL], [URL] and [URL]." },
        { "Instagram: ada.codes, GitHub: @adacodes, u/ada_codes.",
          "Instagram: [HANDLE], GitHub: [HANDLE], [HANDLE]." },
        { "WhatsApp +234 803 555 0147, or 0803-555-0147.", "WhatsApp [PHONE], or [PHONE]." },
        { "Ask Jo Plummer ((876) 555-0180) or extension 4471 2093.",
          "Ask [PERSON_1] ([PHONE]) or extension [PHONE]." },
    };
    GIVES_ALL(&who, rows);
}

static void others_stay(void **state)
{
    (void)state;
    static const struct gives rows[] = {
        { "The code at gitlab.com is mine.", "The code at [URL] is mine." },
        { "Node.js, script.py, e.g. this; end.In the end; meet @ the gate; it is at home dot.",
          "Node.js, script.py, e.g. this; end.In the end; meet @ the gate; it is at home dot." },
    };
    GIVES_ALL(&who, rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(contacts_go),
        cmocka_unit_test(others_stay),
    };
    return cmocka_run_group_tests(tests, gives_open, gives_close);
}
