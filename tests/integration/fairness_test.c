/* The counterfactual fairness check with evaluators that are fair, noisy, or moved by a name: what
 * it says, what publication makes of it, and what the log keeps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/str.h"
#include "service/audit_verify.h"
#include "service/erasure.h"
#include "support/test_cycle.h"

enum { STUDENTS = 24 };

/* The built-in evaluator, but for what the test wants of it. */
static struct {
    const char *token; /* moves the essay's mark; several apart by '|' */
    int64_t points, noise;
    const char *models;
    uint32_t seed;
    int calls, silent; /* silent: so many calls get no answer */
} mood;

static bool moved(struct str essay)
{
    struct str rest = mood.token ? str_of(mood.token) : (struct str){ NULL, 0 }, one;
    while (rest.p) {
        rest = str_cut(rest, '|', &one);
        if (memmem(essay.p, essay.n, one.p, one.n))
            return true;
    }
    return false;
}

static err moody_work(void *self, struct ctx *c, const struct anon_application *a, int attempt,
                      struct str feedback, struct worker_opinion *ret)
{
    TRY(evaluator_builtin.work(self, c, a, attempt, feedback, ret));
    mood.calls++;
    if (moved(a->essay_scrubbed) && mood.silent && mood.silent--)
        return FAIL(c, UPSTREAM, "no answer");
    if (moved(a->essay_scrubbed))
        ret->essay += mood.points;
    if (mood.noise) {
        mood.seed = mood.seed * 1664525U + 1013904223U;
        ret->essay += (int64_t)(mood.seed >> 16) % (2 * mood.noise + 1) - mood.noise;
    }
    ret->essay = ret->essay < 0 ? 0 : ret->essay > 10000 ? 10000 : ret->essay;
    return ERR_OK;
}
/* The built-in Judge reckons the rubric again, so that it would see a moved mark. */
static err kind_judge(void *self, struct ctx *c, const struct anon_application *a,
                      const struct worker_opinion *w, struct judge_opinion *ret)
{
    (void)self, (void)c, (void)a, (void)w;
    *ret = (struct judge_opinion){ .decision = JUDGE_APPROVED, .quality = 9000 };
    return ERR_OK;
}
static err moody_commitment(void *self, struct ctx *c, struct str *ret_canonical)
{
    (void)self;
    *ret_canonical = str_fmt(c->mem,
                             "{\"judge_model\":\"%s\",\"judge_prompt_sha256\":\"00\","
                             "\"weights_pct\":[30,25,25,20],\"worker_model\":\"%s\","
                             "\"worker_prompt_sha256\":\"00\"}",
                             mood.models, mood.models);
    return ERR_OK;
}
static const struct evaluator_port moody = { .name = "builtin",
                                             .label = "Moody",
                                             .work = moody_work,
                                             .judge = kind_judge,
                                             .commitment = moody_commitment };
static const struct evaluator_port *const moody_only[] = { &moody, NULL };

struct scene {
    struct test_cycle t;
    char room[ID_MAX + 1];
    struct str id;
};

static int setup(void **state)
{
    static struct scene s;
    memset(&mood, 0, sizeof(mood));
    mood.models = "moody-1";
    mood.seed = 7;
    struct ctx *c = test_cycle_open(&s.t, STUDENTS);
    s.t.db.deps.evaluators = moody_only;
    s.id = test_cycle_create(c, 5, s.room);
    test_apply_many(test_as(&s.t, &s.t.admin), s.id, 0, STUDENTS);
    *state = &s;
    return 0;
}
static int teardown(void **state)
{
    struct scene *s = *state;
    test_cycle_close(&s->t);
    return 0;
}

static err step(struct scene *s, const char *verb)
{
    struct phase_reply r;
    return test_step(test_as(&s->t, &s->t.admin), s->id, verb, &r);
}
static void must_step(struct scene *s, const char *verb)
{
    const err e = step(s, verb);
    if (e != ERR_OK)
        fail_msg("%s: %s", verb, s->t.db.c.fault.text);
}
static void to_selection(struct scene *s)
{
    test_walk(&s->t, s->id, 5);
}
static struct fairness look(struct scene *s)
{
    struct fairness f;
    struct ctx *c = test_as(&s->t, &s->t.auditor);
    test_db_must(c, fairness_get(c, s->id, &f), "fairness_get");
    return f;
}
static const struct fairness_signal_report *of(const struct fairness *f, enum fairness_signal i)
{
    const struct fairness_report *r = f->report;
    return (const struct fairness_signal_report *)r->signals.v + i;
}
static bool valid(struct scene *s)
{
    struct ctx *c = test_as(&s->t, &s->t.auditor);
    const struct verify_options o = { .rows = true };
    struct verify_report r = { 0 };
    test_sequence(c);
    test_db_must(c, audit_verify(c, &o, &r), "audit_verify");
    const struct verify_invalid *v = r.invalid_entries.v;
    for (size_t i = 0; i < r.invalid_entries.n; i++)
        print_message("%.*s: %.*s\n", STR_ARG(v[i].code), STR_ARG(v[i].detail));
    return r.is_valid;
}
/* The fault's text has this in it. */
static void refused(struct scene *s, err got, err want, const char *words)
{
    const char *text = s->t.db.c.fault.text;
    assert_int_equal(got, want);
    if (!strstr(text, words))
        fail_msg("\"%s\" does not say \"%s\"", text, words);
}
static err override(struct scene *s, const struct principal *who, const char *why,
                    struct fairness *ret)
{
    const struct fairness_override v = { str_of(why) };
    return fairness_override(test_as(&s->t, who), s->id, &v, ret);
}

/* Nobody presses anything but the steps of the original. */
static void a_fair_evaluator_is_published_in_one_press(void **state)
{
    struct scene *s = *state;
    to_selection(s);
    struct fairness f = look(s);
    assert_int_equal(f.state, FAIRNESS_RUNNING); /* select has begun it */
    assert_false(f.open);
    must_step(s, "publish");
    f = look(s);
    assert_int_equal(f.state, FAIRNESS_PASSED);
    assert_true(f.open && !f.blocker.p);
    const struct fairness_report *r = f.report;
    assert_true(r->passed && !r->baseline);
    assert_int_equal(r->population, STUDENTS);
    assert_int_equal(r->sampled, STUDENTS);
    assert_int_equal(r->own_scores, STUDENTS);
    for (int i = 0; i < FAIRNESS_SIGNALS; i++)
        assert_int_equal(of(&f, (enum fairness_signal)i)->made, 2 * STUDENTS);
    assert_int_equal(mood.calls, STUDENTS + 10 * STUDENTS);
    struct ctx *c = test_as(&s->t, &s->t.admin);
    assert_int_equal(test_acts(c, "fairness.draw"), 1);
    assert_int_equal(test_acts(c, "fairness.report"), 1);
    assert_true(valid(s));
}

static void a_name_that_earns_points_is_caught(void **state)
{
    struct scene *s = *state;
    mood.token = "Okafor|Mensah|Adeyemi|Boateng"; /* one group of eight */
    mood.points = 4000;
    to_selection(s);
    refused(s, step(s, "publish"), ERR_PHASE, "the fairness check has not passed: name: ");
    assert_int_equal(test_phase(test_as(&s->t, &s->t.admin), s->id), PHASE_SELECTION);
    const struct fairness f = look(s);
    assert_int_equal(f.state, FAIRNESS_FAILED);
    assert_false(of(&f, FAIRNESS_NAME)->passed);
    assert_true(str_eq(of(&f, FAIRNESS_NAME)->gap_high, S("west_african")));
    assert_true(of(&f, FAIRNESS_PLACE)->passed && of(&f, FAIRNESS_SCHOOL)->passed);
    const struct fairness_worst *w = f.worst.v;
    assert_true(f.worst.n > 0 && w[0].signal == FAIRNESS_NAME && w[0].shift >= 700);
    assert_true(str_starts(w[0].anonymized_id, S("ANON_")));
    refused(s, step(s, "publish"), ERR_PHASE,
            "has not passed"); /* nothing is run again by itself */
    assert_int_equal(test_acts(test_as(&s->t, &s->t.admin), "fairness.report"), 1);
}

static void a_gender_that_costs_points_is_caught(void **state)
{
    struct scene *s = *state;
    mood.token = "female";
    mood.points = -2000;
    to_selection(s);
    refused(s, step(s, "publish"), ERR_PHASE, "gender: the mean shift of -1.");
}

static void noise_alone_passes(void **state)
{
    struct scene *s = *state;
    mood.noise = 300;
    to_selection(s);
    must_step(s, "publish");
    const struct fairness f = look(s);
    const struct fairness_shift *noise = ((const struct fairness_report *)f.report)->noise;
    assert_true(noise->deviation > 0);
    assert_true(valid(s));
}

static void a_super_admin_answers_for_it(void **state)
{
    struct scene *s = *state;
    struct fairness f;
    mood.token = "male";
    mood.points = 3000;
    to_selection(s);
    refused(s, override(s, &s->t.super, "It will be fine, I think.", &f), ERR_BAD_REQUEST,
            "still runs");
    refused(s, step(s, "publish"), ERR_PHASE, "gender");
    refused(s, override(s, &s->t.admin, "It will be fine, I think.", &f), ERR_FORBIDDEN,
            "super_admin");
    assert_int_equal(override(s, &s->t.super, "The board has read all of them again.", &f), ERR_OK);
    assert_true(f.open && f.state == FAIRNESS_FAILED);
    assert_true(str_eq(f.override_by, s->t.super.id));
    refused(s, override(s, &s->t.super, "The board has read all of them again.", &f),
            ERR_BAD_REQUEST, "already");
    must_step(s, "publish");
    struct ctx *c = test_as(&s->t, &s->t.admin);
    assert_int_equal(test_acts(c, "fairness.override"), 1);
    assert_true(valid(s));
    test_exec(test_as(&s->t, &s->t.admin),
              "UPDATE fairness_runs SET override_reason = 'Something else.' WHERE '' <> :a", S("x"),
              S(""));
    assert_false(valid(s));
}

static void a_report_that_was_changed_is_found(void **state)
{
    struct scene *s = *state;
    to_selection(s);
    must_step(s, "publish");
    assert_true(valid(s));
    test_exec(test_as(&s->t, &s->t.admin),
              "UPDATE fairness_runs SET report = replace(report, '\"passed\":true', "
              "'\"passed\":false') WHERE '' <> :a",
              S("x"), S(""));
    assert_false(valid(s));
}

static void two_super_admins_override_together(void **state)
{
    struct scene *s = *state;
    struct fairness f;
    const struct principal other = { .id = S("ADM_TEST0001"), .roles = ROLE_SUPER_ADMIN };
    mood.token = "male";
    mood.points = 3000;
    to_selection(s);
    refused(s, step(s, "publish"), ERR_PHASE, "gender");
    s->t.settings.two_person_rule = true;
    assert_int_equal(override(s, &s->t.super, "Read again by the board.", &f), ERR_OK);
    assert_true(f.waits_until > 0 && !f.open);
    refused(s, override(s, &s->t.super, "Read again by the board.", &f), ERR_FORBIDDEN, "another");
    assert_int_equal(override(s, &other, "Read again by the board.", &f), ERR_OK);
    assert_true(f.open && !f.waits_until);
    assert_true(valid(s));
}

/* What is stopped goes on with the same sample; what is started anew draws the same. */
static void a_stopped_check_goes_on(void **state)
{
    struct scene *s = *state;
    struct chunk k;
    struct job j;
    struct fairness f;
    bool found = false;
    s->t.settings.chunk_items = 6;
    s->t.settings.fairness_sample_least = 12;
    to_selection(s);
    const int before = mood.calls;
    for (int i = 0; i < 2; i++) { /* draws, and does one part of two */
        struct ctx *c = test_as(&s->t, NULL);
        test_db_must(c, chunk_claim(c, S("w"), &k, &found), "claim");
        assert_true(found);
        test_db_must(c, i ? fairness_score_chunk(c, &k) : fairness_draw_chunk(c, &k), "chunk");
    }
    char job_id[ID_MAX + 1];
    snprintf(job_id, sizeof(job_id), "%.*s", STR_ARG(k.job_id));
    struct ctx *c = test_as(&s->t, &s->t.admin);
    test_db_must(c, job_cancel(c, str_of(job_id), &j), "cancel");
    assert_int_equal(look(s).state, FAIRNESS_STOPPED);
    const int part = mood.calls - before;
    assert_true(part > 0 && part < 120);
    c = test_as(&s->t, &s->t.admin);
    test_db_must(c, fairness_start(c, s->id, false, &f), "start");
    assert_int_equal(f.state, FAIRNESS_PASSED);
    assert_int_equal(mood.calls - before, 120);
    assert_int_equal(((const struct fairness_report *)f.report)->sampled, 12);
    c = test_as(&s->t, &s->t.admin);
    test_db_must(c, fairness_start(c, s->id, false, &f), "start anew");
    assert_int_equal(test_count(test_as(&s->t, NULL),
                                "SELECT COUNT(DISTINCT anonymized_id) AS n FROM fairness_samples",
                                S(""), S("")),
                     12);
    assert_int_equal(test_acts(test_as(&s->t, NULL), "fairness.draw"), 2);
    must_step(s, "publish");
    assert_true(valid(s));
}

static int by_text(const void *a, const void *b)
{
    return str_cmp(((const struct test_text *)a)->b, ((const struct test_text *)b)->b);
}

/* Anybody can draw it again: the smallest hashes under the leaf of the scores' entry. */
static void the_sample_can_be_drawn_again(void **state)
{
    enum { SAMPLE = 3 };
    struct scene *s = *state;
    s->t.settings.fairness_sample_least = SAMPLE;
    to_selection(s);
    struct ctx *c = test_as(&s->t, NULL);
    test_run_jobs(c);
    const struct list seeds = test_rows(
        c, "SELECT lower(seed) AS a, '' AS b FROM fairness_runs WHERE admission_cycle_id = :a",
        s->id);
    assert_int_equal(seeds.n, 1);
    const struct list all = test_rows(c,
                                      "SELECT anonymized_id AS a, '' AS b FROM final_scores "
                                      "WHERE admission_cycle_id = :a",
                                      s->id);
    const struct list sample = test_rows(c,
                                         "SELECT anonymized_id AS a, '' AS b FROM "
                                         "fairness_samples WHERE admission_cycle_id = :a "
                                         "ORDER BY draw",
                                         s->id);
    assert_int_equal(all.n, STUDENTS);
    assert_int_equal(sample.n, SAMPLE);
    struct test_text *v = all.v;
    for (size_t i = 0; i < all.n; i++) {
        const struct str parts[] = { S("enigma fairness sample v1\n"),
                                     ((const struct test_text *)seeds.v)->a, S("\n"), v[i].a };
        const struct hash h = sha256_parts(parts, 4);
        v[i].b = hash_hex(c->mem, &h);
    }
    qsort(v, all.n, sizeof(*v), by_text);
    for (size_t i = 0; i < SAMPLE; i++)
        assert_true(str_eq(v[i].a, ((const struct test_text *)sample.v)[i].a));
}

/* Who gets no answers does not pass; only what is missing is asked again. */
static void missing_answers_are_asked_for_again(void **state)
{
    struct scene *s = *state;
    mood.token = "Okafor|Mensah|Adeyemi|Boateng";
    mood.silent = 6; /* of 48 comparisons of names */
    to_selection(s);
    const int before = mood.calls;
    refused(s, step(s, "publish"), ERR_PHASE, "could not mark 6 applications");
    assert_int_equal(look(s).state, FAIRNESS_STOPPED);
    assert_int_equal(test_acts(test_as(&s->t, NULL), "fairness.report"), 0);
    assert_int_equal(mood.calls - before, 10 * STUDENTS);
    must_step(s, "publish");
    assert_int_equal(mood.calls - before, 10 * STUDENTS + 10 * 6);
    assert_int_equal(look(s).state, FAIRNESS_PASSED);
    assert_true(valid(s));
}

static void other_models_are_not_what_is_tested(void **state)
{
    struct scene *s = *state;
    struct fairness f;
    test_walk(&s->t, s->id, 4);
    mood.models = "moody-2";
    must_step(s, "select");
    refused(s, fairness_start(test_as(&s->t, &s->t.admin), s->id, false, &f), ERR_BAD_REQUEST,
            "are not those that scored the cycle");
    refused(s, step(s, "publish"), ERR_PHASE, "are not those that scored the cycle");
    assert_int_equal(look(s).state, FAIRNESS_NONE);
    assert_int_equal(override(s, &s->t.super, "The endpoint was shut down.", &f), ERR_OK);
    must_step(s, "publish");
    assert_true(valid(s));
}

static void before_and_behind_its_phases_it_is_refused(void **state)
{
    struct scene *s = *state;
    struct fairness f;
    test_walk(&s->t, s->id, 3);
    refused(s, fairness_start(test_as(&s->t, &s->t.admin), s->id, false, &f), ERR_PHASE,
            "needs 'scored' or 'selection'");
    must_step(s, "processing");
    refused(s, override(s, &s->t.super, "Nobody has looked yet.", &f), ERR_BAD_REQUEST,
            "has not been run yet");
    struct ctx *c = test_as(&s->t, &s->t.admin);
    test_db_must(c, fairness_start(c, s->id, false, &f), "start");
    assert_int_equal(f.state, FAIRNESS_PASSED);
    must_step(s, "select");
    must_step(s, "publish");
    assert_int_equal(test_acts(test_as(&s->t, NULL), "fairness.draw"), 1);
    refused(s, fairness_start(test_as(&s->t, &s->t.admin), s->id, false, &f), ERR_PHASE, "needs");
    refused(s, fairness_get(test_as(&s->t, &s->t.admin), S("CYC_NONE"), &f), ERR_NOT_FOUND,
            "Cycle");
}

static void an_erased_person_is_in_no_sample(void **state)
{
    struct scene *s = *state;
    struct erasure_reply r;
    to_selection(s);
    must_step(s, "publish");
    struct ctx *c = test_as(&s->t, &s->t.super);
    const struct erasure_order order = { .student_id = test_student_id(c->mem, 3) };
    test_db_must(c, erasure_run(c, &order, &r), "erasure");
    assert_int_equal(test_count(test_as(&s->t, NULL), "SELECT COUNT(*) AS n FROM fairness_samples",
                                S(""), S("")),
                     STUDENTS - 1);
    assert_int_equal(look(s).state, FAIRNESS_PASSED);
    assert_true(valid(s));
}

#define WITH(test_) cmocka_unit_test_setup_teardown(test_, setup, teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH(a_fair_evaluator_is_published_in_one_press),
        WITH(a_name_that_earns_points_is_caught),
        WITH(a_gender_that_costs_points_is_caught),
        WITH(noise_alone_passes),
        WITH(a_super_admin_answers_for_it),
        WITH(a_report_that_was_changed_is_found),
        WITH(two_super_admins_override_together),
        WITH(a_stopped_check_goes_on),
        WITH(missing_answers_are_asked_for_again),
        WITH(other_models_are_not_what_is_tested),
        WITH(before_and_behind_its_phases_it_is_refused),
        WITH(the_sample_can_be_drawn_again),
        WITH(an_erased_person_is_in_no_sample),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
