/* support/scrub_gives.h: what a text is scrubbed to, said in one line of a table. */
#ifndef ENIGMA_TESTS_SCRUB_GIVES_H
#define ENIGMA_TESTS_SCRUB_GIVES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/str.h"
#include "scrub/scrub.h"

struct gives {
    const char *text, *want;
};

static struct arena *gives_mem;
static int gives_open(void **state)
{
    (void)state;
    gives_mem = arena_open(NULL, 1 << 30);
    return 0;
}
static int gives_close(void **state)
{
    (void)state;
    arena_close(gives_mem);
    return 0;
}

static struct scrub_result gives_scrub(const struct scrub_policy *policy,
                                       const struct scrub_identity *who, struct str text)
{
    struct ctx c;
    struct scrub_result r;
    ctx_init(&c, gives_mem, NULL, 0);
    if (scrub_application(&c, policy, who, &text, 1, &r) != ERR_OK)
        fail_msg("not scrubbed: %s", c.fault.text);
    return r;
}

/* Every row's text becomes its second, and that one stays as it is. */
static void gives_all(const struct scrub_identity *who, const struct gives *v, size_t n)
{
    size_t bad = 0;
    for (size_t i = 0; i < n; i++) {
        const struct str want = str_of(v[i].want);
        const struct scrub_result r = gives_scrub(&scrub_policy_preset, who, str_of(v[i].text));
        const struct scrub_result again = gives_scrub(&scrub_policy_preset, who, want);
        if (!str_eq(r.text[0], want))
            print_error("of:   %s\ngot:  %.*s\nwant: %s\n", v[i].text, STR_ARG(r.text[0]),
                        v[i].want);
        else if (!str_eq(again.text[0], want))
            print_error("of:    %s\nagain: %.*s\n", v[i].want, STR_ARG(again.text[0]));
        else
            continue;
        bad++;
    }
    assert_int_equal(bad, 0);
}
#define GIVES_ALL(who, v) gives_all((who), (v), sizeof(v) / sizeof((v)[0]))

#endif
