/* The timeline's words: the same for everybody, nothing of a decision, and the end of a withdrawal.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/str.h"
#include "domain/student_view.h"
#include "support/test_ctx.h"

static void each_phase_has_its_states(void **state)
{
    (void)state;
    int64_t at[PHASE_COUNT];
    for (int32_t p = 0; p < PHASE_COUNT; p++)
        at[p] = TEST_NOW_US + p;
    for (int32_t phase = 0; phase < PHASE_COUNT; phase++) {
        struct timeline_step v[PHASE_COUNT];
        timeline_steps(phase, APP_SUBMITTED, at, v);
        for (int32_t p = 0; p < PHASE_COUNT; p++) {
            int32_t want = p < phase ? STEP_DONE : p > phase ? STEP_UPCOMING : STEP_CURRENT;
            if (phase == PHASE_COMPLETED)
                want = STEP_DONE; /* there is nothing left to wait for */
            assert_int_equal(v[p].state, want);
            assert_int_equal(v[p].phase, p);
            assert_int_equal(v[p].at, p <= phase ? at[p] : 0);
            assert_true(v[p].title.n > 5 && v[p].text.n > 10);
        }
    }
}

/* Whatever became of an application, the steps are those of its cycle. */
static void steps_do_not_depend_on_the_decision(void **state)
{
    (void)state;
    const int64_t at[PHASE_COUNT] = { 1, 2, 3, 4, 5, 6, 7, 8, 9 };
    for (int32_t phase = 0; phase < PHASE_COUNT; phase++) {
        struct timeline_step first[PHASE_COUNT], v[PHASE_COUNT];
        memset(first, 0, sizeof(first));
        memset(v, 0, sizeof(v));
        timeline_steps(phase, APP_SCORED, at, first);
        for (int32_t status = 0; status < APP_WITHDRAWN; status++) {
            timeline_steps(phase, status, at, v);
            for (int p = 0; p < PHASE_COUNT; p++) {
                assert_int_equal(v[p].state, first[p].state);
                assert_int_equal(v[p].at, first[p].at);
                assert_true(str_eq(v[p].text, first[p].text));
            }
        }
    }
}

static void a_withdrawn_one_goes_no_further(void **state)
{
    (void)state;
    const int64_t at[PHASE_COUNT] = { 1, 2, 3, 4, 5, 6, 7, 8, 9 };
    struct timeline_step v[PHASE_COUNT];
    timeline_steps(PHASE_SELECTION, APP_WITHDRAWN, at, v);
    assert_int_equal(v[0].state, STEP_DONE);
    assert_int_equal(v[0].at, 1);
    for (int p = 1; p < PHASE_COUNT; p++) {
        assert_int_equal(v[p].state, STEP_SKIPPED);
        assert_int_equal(v[p].at, 0);
    }
    struct own_cycle cycle = { .phase = PHASE_SELECTION, .result_date = 77, .end_date = 66 };
    struct timeline t = { .next = S("old") };
    timeline_next(&cycle, APP_WITHDRAWN, &t);
    assert_null(t.next.p);
    timeline_next(&cycle, APP_SCORED, &t);
    assert_int_equal(t.next_at, 77);
    cycle.phase = PHASE_SUBMISSION;
    timeline_next(&cycle, APP_SUBMITTED, &t);
    assert_int_equal(t.next_at, 66);
    cycle.phase = PHASE_PUBLISHED;
    timeline_next(&cycle, APP_SELECTED, &t);
    assert_true(!t.next.p && !t.next_at);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_phase_has_its_states),
        cmocka_unit_test(steps_do_not_depend_on_the_decision),
        cmocka_unit_test(a_withdrawn_one_goes_no_further),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
