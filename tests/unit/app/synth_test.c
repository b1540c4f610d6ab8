/* Invented applicants: always valid, always the same, spread in strength, tied where meant, and
 * scrubbed clean. */
#include "app/synth.h"

#include "app/synth_data.h"
#include "codec/utf8.h"
#include "domain/rubric.h"
#include "scrub/scrub.h"

#include "../domain/vectors.h"

enum { PEOPLE = 2000 };
static struct fixture fx;
static int setup(void **state)
{
    (void)state;
    fixture_open(&fx, 64 << 20);
    return 0;
}
static int teardown(void **state)
{
    (void)state;
    fixture_close(&fx);
    return 0;
}

static void all_are_valid(void **state)
{
    (void)state;
    for (int64_t i = 0; i < PEOPLE; i++) {
        struct synth_applicant s;
        struct application_new back;
        struct buf b;
        synth_applicant(&fx.c, 42, i, &s);
        buf_init(&b, fx.mem, 1 << 16);
        schema_encode(&application_new_schema, &s.application, &b);
        err e = schema_decode(&fx.c, &application_new_schema, buf_view(&b), &back, NULL);
        if (e != ERR_OK)
            fail_msg("%lld: %.*s %.*s", (long long)i, STR_ARG(fx.c.fault.issues[0].loc),
                     STR_ARG(fx.c.fault.issues[0].msg));
        assert_int_equal(application_new_check(&fx.c, &back), ERR_OK);
        size_t length = utf8_count(s.application.essay);
        if (length < 600 || length > 2500)
            fail_msg("%lld: an essay of %zu", (long long)i, length);
        assert_null(memchr(s.application.essay.p, '{', s.application.essay.n));
        assert_null(memchr(s.application.essay.p, '|', s.application.essay.n));
        assert_null(memchr(s.application.achievements.p, '{', s.application.achievements.n));
        assert_true(str_eq(s.email, s.application.email));
        arena_reset(fx.mem);
    }
}

static void the_same_number_is_the_same_person(void **state)
{
    (void)state;
    for (int64_t i = 0; i < 50; i++) {
        struct synth_applicant a, b, other;
        synth_applicant(&fx.c, 1, i, &a);
        synth_applicant(&fx.c, 1, i, &b);
        synth_applicant(&fx.c, 2, i, &other);
        assert_true(str_eq(a.application.essay, b.application.essay));
        assert_true(str_eq(a.application.name, b.application.name));
        assert_int_equal(a.application.gpa, b.application.gpa);
        assert_false(str_eq(a.application.essay, other.application.essay));
    }
}

static int by_text(const void *a, const void *b)
{
    return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

static void addresses_are_unique_and_names_varied(void **state)
{
    (void)state;
    struct str *emails = arena_array(fx.mem, struct str, PEOPLE);
    struct str *names = arena_array(fx.mem, struct str, PEOPLE);
    size_t foreign = 0, single = 0, hyphened = 0;
    for (int64_t i = 0; i < PEOPLE; i++) {
        struct synth_applicant s;
        synth_applicant(&fx.c, 42, i, &s);
        emails[i] = s.email;
        names[i] = s.application.name;
        foreign += (unsigned char)s.application.name.p[0] >= 0xce;
        single += memchr(s.application.name.p, ' ', s.application.name.n) == NULL;
        hyphened += memchr(s.application.name.p, '-', s.application.name.n) != NULL;
    }
    qsort(emails, PEOPLE, sizeof(*emails), by_text);
    qsort(names, PEOPLE, sizeof(*names), by_text);
    size_t different = 1;
    for (size_t i = 1; i < PEOPLE; i++) {
        assert_false(str_eq(emails[i - 1], emails[i]));
        different += !str_eq(names[i - 1], names[i]);
    }
    assert_true(different > PEOPLE / 2);
    assert_true(foreign > 50 && single > 50 && hyphened > 50);
}

static size_t names_in(const struct synth_list *l)
{
    return l->n;
}

static void tables_are_as_wide_as_promised(void **state)
{
    (void)state;
    size_t given = 0, family = 0;
    for (size_t i = 0; i < synth_region_count; i++) {
        given += names_in(&synth_regions[i].given);
        family += names_in(&synth_regions[i].family);
    }
    assert_true(given >= 150);
    assert_true(family >= 200);
    assert_true(3 * synth_topic_count + synth_thin.n + synth_closings.n >= 60);
}

static int64_t total_of(const struct synth_applicant *s, bool *ret_held, size_t *ret_spans)
{
    struct scrub_identity who = { .name = s->application.name,
                                  .email = s->application.email,
                                  .phone = s->application.phone,
                                  .address = s->application.address };
    struct scrub_result essay, notes;
    assert_int_equal(scrub_text(&fx.c, &who, s->application.essay, &essay), ERR_OK);
    assert_int_equal(scrub_text(&fx.c, &who, s->application.achievements, &notes), ERR_OK);
    *ret_held = essay.verdict == SCRUB_HELD || notes.verdict == SCRUB_HELD;
    *ret_spans = essay.n_changed + notes.n_changed;
    if (*ret_held)
        print_message("held: %.*s: %.*s\n", STR_ARG(who.name), STR_ARG(essay.text[0]));
    struct anon_application a = { .gpa = s->application.gpa,
                                  .test_scores = s->application.test_scores,
                                  .essay_scrubbed = essay.text[0],
                                  .achievements_scrubbed = notes.text[0] };
    struct worker_opinion w;
    struct str none = { NULL, 0 };
    assert_int_equal(rubric_work(&fx.c, &weights_default, &a, 1, none, &w), ERR_OK);
    return w.total;
}

static void marks_spread_and_twins_tie(void **state)
{
    (void)state;
    int64_t total[PEOPLE], low = INT64_MAX, high = 0;
    size_t scrubbed = 0, held_count = 0;
    for (int64_t i = 0; i < PEOPLE; i++) {
        struct synth_applicant s;
        bool held;
        size_t spans;
        synth_applicant(&fx.c, 42, i, &s);
        total[i] = total_of(&s, &held, &spans);
        scrubbed += spans > 0;
        held_count += held;
        low = total[i] < low ? total[i] : low;
        high = total[i] > high ? total[i] : high;
        arena_reset(fx.mem);
    }
    for (size_t i = 0; i < PEOPLE; i += 20) {
        if (total[i + 7] != total[i + 6])
            fail_msg("%zu and its twin differ", i + 6);
        if (total[i + 13] != total[i + 12] || total[i + 14] != total[i + 12])
            fail_msg("%zu and its twins differ", i + 12);
    }
    print_message("totals %lld to %lld, scrubbed %zu, held %zu\n", (long long)low, (long long)high,
                  scrubbed, held_count);
    assert_true(high - low > 5000);
    assert_true(scrubbed > PEOPLE / 10);
    assert_int_equal(held_count, 0);
}

static void twins_are_not_copies(void **state)
{
    (void)state;
    size_t same = 0, twins = 0;
    for (int64_t i = 6; i < 400; i += 20, twins++) {
        struct synth_applicant a, b;
        synth_applicant(&fx.c, 42, i, &a);
        synth_applicant(&fx.c, 42, i + 1, &b);
        assert_int_equal(a.application.gpa, b.application.gpa);
        assert_false(str_eq(a.application.email, b.application.email));
        same += str_eq(a.application.essay, b.application.essay);
    }
    assert_true(same * 2 < twins); /* only texts without figures agree whole */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(all_are_valid, setup, teardown),
        cmocka_unit_test_setup_teardown(the_same_number_is_the_same_person, setup, teardown),
        cmocka_unit_test_setup_teardown(addresses_are_unique_and_names_varied, setup, teardown),
        cmocka_unit_test_setup_teardown(tables_are_as_wide_as_promised, setup, teardown),
        cmocka_unit_test_setup_teardown(marks_spread_and_twins_tie, setup, teardown),
        cmocka_unit_test_setup_teardown(twins_are_not_copies, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
