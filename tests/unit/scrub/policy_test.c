/* A policy: its preset, its one text, its refusals, and what it does. */
#include "scrub/policy.h"

#include "support/scrub_gives.h"

static err reads(const char *json, struct scrub_policy *ret, char *ret_why, size_t why_n)
{
    struct ctx c;
    ctx_init(&c, gives_mem, NULL, 0);
    const err e = scrub_policy_read(&c, str_of(json), ret);
    if (e != ERR_OK)
        snprintf(ret_why, why_n, "%.*s: %.*s", c.fault.n_issues ? (int)c.fault.issues[0].loc.n : 0,
                 c.fault.n_issues ? c.fault.issues[0].loc.p : "",
                 c.fault.n_issues ? (int)c.fault.issues[0].msg.n : 0,
                 c.fault.n_issues ? c.fault.issues[0].msg.p : "");
    return e;
}

static void an_empty_object_is_the_preset(void **state)
{
    (void)state;
    struct scrub_policy p;
    struct ctx c;
    char why[256] = "";
    ctx_init(&c, gives_mem, NULL, 0);
    assert_int_equal(reads("{}", &p, why, sizeof(why)), ERR_OK);
    const struct hash a = scrub_policy_hash(&c, &p),
                      b = scrub_policy_hash(&c, &scrub_policy_preset);
    assert_memory_equal(a.b, b.b, sizeof(a.b));
    assert_int_equal(reads("{\"kinship\":\"neutralise\"}", &p, why, sizeof(why)), ERR_OK);
    const struct hash other = scrub_policy_hash(&c, &p);
    assert_memory_not_equal(a.b, other.b, sizeof(a.b));
}

static void what_it_writes_it_reads(void **state)
{
    (void)state;
    struct scrub_policy p, q;
    struct buf out;
    struct ctx c;
    char why[256] = "";
    ctx_init(&c, gives_mem, NULL, 0);
    assert_int_equal(
        reads("{\"disability\":\"keep\",\"threshold\":70,\"placeholders\":\"original\","
              "\"patterns\":[{\"name\":\"house\",\"pattern\":\"House of \\\\w+\"}]}",
              &p, why, sizeof(why)),
        ERR_OK);
    buf_init(&out, gives_mem, 1 << 16);
    scrub_policy_write(&p, &out);
    assert_int_equal(scrub_policy_read(&c, buf_view(&out), &q), ERR_OK);
    const struct hash a = scrub_policy_hash(&c, &p), b = scrub_policy_hash(&c, &q);
    assert_memory_equal(a.b, b.b, sizeof(a.b));
    assert_int_equal(q.threshold, 70);
}

static void bad_policies_name_field_and_rule(void **state)
{
    (void)state;
    static const struct {
        const char *json, *field;
    } rows[] = {
        { "{\"self\":\"keep\"}", "self" },
        { "{\"person\":\"neutralise\"}", "person" },
        { "{\"threshold\":101}", "threshold" },
        { "{\"hold_density_percent\":0}", "hold_density_percent" },
        { "{\"patterns\":[{\"name\":\"a\",\"pattern\":\"(\"}]}", "pattern" },
        { "{\"patterns\":[{\"name\":\"a\",\"pattern\":\"x*\"}]}", "pattern" },
        { "{\"patterns\":[{\"name\":\"a\",\"pattern\":\"(*UTF)x\"}]}", "pattern" },
        { "{\"patterns\":[{\"name\":\"a\"}]}", "pattern" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct scrub_policy p;
        char why[256] = "";
        assert_int_equal(reads(rows[i].json, &p, why, sizeof(why)), ERR_INVALID);
        if (!strstr(why, rows[i].field))
            fail_msg("%s: %s", rows[i].json, why);
    }
}

static void does(const char *policy, const char *text, const char *want)
{
    static const struct scrub_identity who = { .name = S_INIT("Ada Obi") };
    struct scrub_policy p;
    char why[256] = "";
    assert_int_equal(reads(policy, &p, why, sizeof(why)), ERR_OK);
    const struct scrub_result r = gives_scrub(&p, &who, str_of(text));
    if (!str_eq(r.text[0], str_of(want)))
        fail_msg("%s: %.*s", policy, STR_ARG(r.text[0]));
}

static void actions_do_what_they_say(void **state)
{
    (void)state;
    static const char text[] = "Ada Obi, an Igbo student, has dyslexia; her mother Ngozi helped.";
    does("{}", text,
         "[APPLICANT], an [NATIONALITY] student, has [HEALTH]; their mother [PERSON_1] "
         "helped.");
    does("{\"disability\":\"keep\",\"nationality\":\"keep\",\"gender\":\"keep\"}", text,
         "[APPLICANT], an Igbo student, has dyslexia; her mother [PERSON_1] helped.");
    does("{\"placeholders\":\"original\",\"kinship\":\"neutralise\"}", text,
         "[NAME], an [NATIONALITY] student, has [HEALTH]; their parent [NAME] helped.");
    does("{\"threshold\":95}", "Ada Obi met Ngozi.", "[APPLICANT] met Ngozi.");
    does("{\"patterns\":[{\"name\":\"house\",\"pattern\":\"house of "
         "\\\\w+\",\"ignore_case\":true}]}",
         "The House of Oduduwa won.", "The [REDACTED] won.");
}

static void a_costly_pattern_holds_the_text(void **state)
{
    (void)state;
    static const struct scrub_identity who = { .name = S_INIT("Ada Obi") };
    struct scrub_policy p;
    char why[256] = "", text[4000];
    memset(text, 'a', sizeof(text));
    assert_int_equal(reads("{\"patterns\":[{\"name\":\"slow\",\"pattern\":\"(a+)+\\\\d\"}]}", &p,
                           why, sizeof(why)),
                     ERR_OK);
    const struct scrub_result r = gives_scrub(&p, &who, (struct str){ text, sizeof(text) });
    assert_int_equal(r.verdict, SCRUB_HELD);
    assert_string_equal(r.reason, "pattern_limit");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_object_is_the_preset),
        cmocka_unit_test(what_it_writes_it_reads),
        cmocka_unit_test(bad_policies_name_field_and_rule),
        cmocka_unit_test(actions_do_what_they_say),
        cmocka_unit_test(a_costly_pattern_holds_the_text),
    };
    return cmocka_run_group_tests(tests, gives_open, gives_close);
}
