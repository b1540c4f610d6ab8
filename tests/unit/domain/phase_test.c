/* Phases: the table is a chain of eight with one step within a phase, its guards say what is
 * missing, its drawings are whole. */
#include "domain/phase.h"

#include "domain/audit_act.h"
#include "domain/role.h"
#include "vectors.h"

static struct fixture fx;
static int setup(void **state)
{
    (void)state;
    fixture_open(&fx, 1 << 20);
    return 0;
}
static int teardown(void **state)
{
    (void)state;
    fixture_close(&fx);
    return 0;
}

static void rules_form_one_chain(void **state)
{
    (void)state;
    assert_int_equal(phase_rule_count, PHASE_COUNT);
    size_t from = 0;
    for (size_t i = 0; i < phase_rule_count; i++) {
        const struct phase_rule *r = &phase_rules[i];
        const bool within = str_eq(str_of(r->verb), S("final-select"));
        assert_int_equal(r->from, from);
        assert_int_equal(r->to, within ? from : from + 1);
        assert_ptr_equal(phase_rule_next((int32_t)from, within), r);
        from = r->to;
        assert_ptr_equal(phase_rule_of(r->verb), r);
        assert_non_null(audit_act_of(str_of(r->act)));
        assert_true(r->roles & ROLE_OPERATOR);
        assert_int_equal(r->roles & (ROLE_PUBLIC | ROLE_STUDENT | ROLE_AUDITOR), 0);
    }
    assert_int_equal(from, PHASE_COMPLETED);
    assert_null(phase_rule_next(PHASE_COMPLETED, false));
    assert_null(phase_rule_next(PHASE_COMPLETED, true));
    assert_ptr_equal(phase_rule_next(PHASE_SCORED, true), phase_rule_of("select"));
    assert_null(phase_rule_of("unfreeze"));
    assert_null(phase_rule_of(""));
}

static void wrong_phase_names_both(void **state)
{
    (void)state;
    struct cycle_facts facts = { .applications = 3 };
    assert_int_equal(phase_check(&fx.c, phase_rule_of("freeze"), PHASE_FROZEN, &facts), ERR_PHASE);
    assert_string_equal(fx.c.fault.text, "Cycle is in phase 'frozen'; freeze needs 'submission'");
}

static void missing_things_are_counted(void **state)
{
    (void)state;
    const struct phase_rule *export_rule = phase_rule_of("export");
    struct cycle_facts facts = { .applications = 12, .without_metrics = 12 };
    assert_int_equal(phase_check(&fx.c, export_rule, PHASE_PREPROCESSING, &facts), ERR_PHASE);
    assert_non_null(strstr(fx.c.fault.text, "12 applications have no metrics yet"));
    assert_non_null(strstr(fx.c.fault.text, "'preprocessing'"));
    fault_clear(&fx.c);
    facts.without_metrics = 1;
    facts.unscrubbed = 2;
    assert_int_equal(phase_check(&fx.c, export_rule, PHASE_PREPROCESSING, &facts), ERR_PHASE);
    assert_non_null(strstr(fx.c.fault.text, "2 applications have no anonymous copy yet; "
                                            "1 application has no metrics yet"));
    fault_clear(&fx.c);
    facts.without_metrics = facts.unscrubbed = 0;
    assert_int_equal(phase_check(&fx.c, export_rule, PHASE_PREPROCESSING, &facts), ERR_OK);
}

static void freezing_needs_an_open_cycle_with_applications(void **state)
{
    (void)state;
    const struct phase_rule *freeze = phase_rule_of("freeze");
    struct cycle_facts facts = { .not_open = 1 };
    assert_int_equal(phase_check(&fx.c, freeze, PHASE_SUBMISSION, &facts), ERR_PHASE);
    assert_non_null(strstr(fx.c.fault.text, "the cycle is closed, open it first; 0 applications"));
    fault_clear(&fx.c);
    facts = (struct cycle_facts){ .applications = 1 };
    assert_int_equal(phase_check(&fx.c, freeze, PHASE_SUBMISSION, &facts), ERR_OK);
}

static void a_gate_that_was_not_counted_stays_shut(void **state)
{
    (void)state;
    struct cycle_facts facts = { .undecided = -1 };
    assert_int_equal(phase_check(&fx.c, phase_rule_of("publish"), PHASE_SELECTION, &facts),
                     ERR_INTERNAL);
    fault_clear(&fx.c);
    assert_int_equal(phase_check(&fx.c, phase_rule_of("publish"), 99, &facts), ERR_INTERNAL);
}

static void every_need_holds_its_rule_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < phase_rule_count; i++) {
        for (size_t k = 0; k < PHASE_NEEDS_MAX && phase_rules[i].need[k].missing; k++) {
            struct cycle_facts facts = { .applications = 5 };
            int64_t bad = phase_rules[i].need[k].at_least_one ? 0 : 7;
            memcpy((char *)&facts + phase_rules[i].need[k].fact, &bad, sizeof(bad));
            const int32_t phase = (int32_t)phase_rules[i].from;
            const bool counts = strchr(phase_rules[i].need[k].missing, '%') != NULL;
            assert_int_equal(phase_check(&fx.c, &phase_rules[i], phase, &facts), ERR_PHASE);
            assert_non_null(strstr(fx.c.fault.text, !counts ? phase_rules[i].need[k].missing
                                                    : bad   ? "7 "
                                                            : "0 "));
            assert_null(strchr(fx.c.fault.text, '{'));
            assert_null(strchr(fx.c.fault.text, '%'));
            fault_clear(&fx.c);
        }
    }
}

static void drawings_name_every_phase(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, fx.mem, 65536);
    phases_write_markdown(&b);
    size_t split = b.n;
    phases_write_mermaid(&b);
    buf_c(&b, '\0');
    assert_true(buf_ok(&b));
    for (size_t i = 0; i < phase_names.n; i++)
        assert_non_null(strstr(b.p + split, phase_names.v[i]));
    for (size_t i = 0; i < phase_rule_count; i++)
        assert_non_null(strstr(b.p, phase_rules[i].summary));
    assert_non_null(strstr(b.p + split, "scored --> selection: select"));
    assert_non_null(strstr(b.p + split, "selection --> selection: final-select"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rules_form_one_chain, setup, teardown),
        cmocka_unit_test_setup_teardown(wrong_phase_names_both, setup, teardown),
        cmocka_unit_test_setup_teardown(missing_things_are_counted, setup, teardown),
        cmocka_unit_test_setup_teardown(freezing_needs_an_open_cycle_with_applications, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_gate_that_was_not_counted_stays_shut, setup, teardown),
        cmocka_unit_test_setup_teardown(every_need_holds_its_rule_back, setup, teardown),
        cmocka_unit_test_setup_teardown(drawings_name_every_phase, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
