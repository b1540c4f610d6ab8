/* Questions of the Batch API: which are asked of one application, under which ids, and what an
 * answer moves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/str.h"
#include "service/batch_question.c"
#include "support/test_ctx.h"

static struct test_ctx t;
static struct openai_evaluator by;
static struct batch_asker asker;
static struct eval_source source;
static struct batch_item item;

static int setup(void **state)
{
    struct ctx *c = test_ctx_open(&t);
    by = (struct openai_evaluator){ 0 };
    by.o.models = (struct eval_models){ .worker = S("w"), .judge = S("j"), .worker_runs = 2 };
    assert_int_equal(prompts_load(c, t.mem, (struct str){ 0 }, &by.o.models.prompts), ERR_OK);
    source = (struct eval_source){
        .anonymized_id = S("ANON_1-2"),
        .application_id = S("APP_1"),
        .status = S("batch_ready"),
        .gpa = 360,
        .test_scores = S("{\"SAT\":1300}"),
        .essay_scrubbed = S("I built a rain gauge network and measured 340 storms over two years."),
        .achievements_scrubbed = S("Taught 25 younger pupils to code; built two robots."),
        .academic = 9000,
        .test_percent = 7500,
    };
    batch_asker_init(c, &by, &asker);
    assert_int_equal(batch_item_begin(c, &asker, &source, (struct str){ 0 }, &item), ERR_OK);
    *state = c;
    return 0;
}
static int teardown(void **state)
{
    (void)state;
    test_ctx_close(&t);
    return 0;
}

enum { ASKED_MAX = 8 };
struct asked {
    struct str ids[ASKED_MAX], models[ASKED_MAX];
    size_t n;
};
static err note(void *arg, struct ctx *c, struct str custom_id, const struct llm_request *q)
{
    struct asked *a = arg;
    assert_true(a->n < ASKED_MAX);
    a->ids[a->n] = str_keep(c->mem, custom_id);
    a->models[a->n++] = str_keep(c->mem, q->model);
    return ERR_OK;
}
static struct asked questions(struct ctx *c)
{
    struct asked a = { 0 };
    assert_int_equal(batch_item_questions(c, &asker, &item, note, &a), ERR_OK);
    return a;
}
static err answer(struct ctx *c, const char *text)
{
    const struct llm_reply r = { .text = str_of(text), .tokens_in = 100, .tokens_out = 10 };
    return batch_item_answer(c, &item, &r);
}
static const char mark[] =
    "{\"score\":70,\"explanation\":\"Built two robots.\",\"reasoning\":\"Sound.\","
    "\"rubric_adherence\":\"As asked.\",\"strengths\":[\"steady\"],"
    "\"areas_for_improvement\":[\"depth\"]}";

/* The Worker's four together, each with an id of its own; the Judge's only after them. */
static void what_is_asked(void **state)
{
    struct ctx *c = *state;
    int32_t pass = -1;
    assert_true(batch_item_asks(c, &item, false, &pass));
    assert_int_equal(pass, MODEL_PASS_WORKER);
    const struct asked a = questions(c);
    assert_int_equal(a.n, 4);
    for (size_t i = 0; i < a.n; i++) {
        struct str id, version;
        assert_true(str_eq(a.models[i], S("w")));
        assert_true(batch_id_cut(a.ids[i], &id, &version));
        assert_true(str_eq(id, source.anonymized_id));
        assert_true(batch_version_known(&asker, version));
        for (size_t k = 0; k < i; k++)
            assert_false(str_eq(a.ids[i], a.ids[k]));
    }
    assert_true(str_eq(batch_item_id(c, &asker, &item), a.ids[0]));
}

static void answers_move_it_to_the_judge(void **state)
{
    struct ctx *c = *state;
    int32_t pass = -1;
    for (size_t left = 4; left > 0; left--) {
        assert_int_equal(questions(c).n, left);
        assert_int_equal(answer(c, mark), ERR_OK);
    }
    assert_true(batch_item_asks(c, &item, true, &pass));
    assert_int_equal(pass, MODEL_PASS_JUDGE);
    const struct asked a = questions(c);
    assert_int_equal(a.n, 1);
    assert_true(str_eq(a.models[0], S("j")));
    assert_int_equal(item.state.used[EVAL_WORKER].calls, 4);
    assert_int_equal(item.state.used[EVAL_WORKER].tokens_in, 400);
}

static void an_answer_of_no_use_moves_nothing(void **state)
{
    struct ctx *c = *state;
    const struct str before = batch_item_id(c, &asker, &item);
    const char *const bad[] = { "", "no JSON", "{}", "{\"score\":\"high\"}", "[70]" };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(answer(c, bad[i]), ERR_UPSTREAM);
        fault_clear(c);
        assert_true(str_eq(batch_item_id(c, &asker, &item), before));
    }
    assert_int_equal(item.state.used[EVAL_WORKER].calls, 5); /* they were paid for */
    assert_int_equal(answer(c, mark), ERR_OK);
    assert_false(str_eq(batch_item_id(c, &asker, &item), before));
}

/* Another model or prompt is another question. */
static void a_version_tells_model_and_prompt(void **state)
{
    struct ctx *c = *state;
    struct batch_asker other;
    by.o.models.worker = S("w2");
    batch_asker_init(c, &by, &other);
    assert_string_not_equal(other.version[PROMPT_ESSAY], asker.version[PROMPT_ESSAY]);
    assert_string_equal(other.version[PROMPT_JUDGE], asker.version[PROMPT_JUDGE]);
    assert_string_not_equal(asker.version[PROMPT_ESSAY], asker.version[PROMPT_ACHIEVEMENTS]);
    assert_false(batch_version_known(&asker, str_of(other.version[PROMPT_ESSAY])));
}

static void who_waits_for_a_person_asks_nothing(void **state)
{
    struct ctx *c = *state;
    int32_t pass = -1;
    source.prior = 3;
    assert_false(batch_item_asks(c, &item, false, &pass));
    assert_true(batch_item_asks(c, &item, true, &pass)); /* in the midst of its last attempt */
    source.prior = 0;
    source.review = str_of(review_reason_names.v[REVIEW_REJECTED]);
    assert_false(batch_item_asks(c, &item, false, &pass));
}

static void ids_of_others_are_no_ids(void **state)
{
    struct str id = S("untouched"), version;
    const char *const bad[] = {
        "",   "x",         "-",          "--",     "-12345678",       "A-e01-123",   "-12345678-",
        "A-", "A12345678", "--12345678", "A-e01-", "A-e01-123456789", "e01-12345678"
    };
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(batch_id_cut(str_of(bad[i]), &id, &version));
    assert_true(str_eq(id, S("untouched")));
    assert_true(batch_id_cut(S("A-B-e01-12345678"), &id, &version));
    assert_true(str_eq(id, S("A-B")));
    assert_true(str_eq(version, S("12345678")));
}

#define T(f_) cmocka_unit_test_setup_teardown(f_, setup, teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        T(what_is_asked),
        T(answers_move_it_to_the_judge),
        T(an_answer_of_no_use_moves_nothing),
        T(a_version_tells_model_and_prompt),
        T(who_waits_for_a_person_asks_nothing),
        T(ids_of_others_are_no_ids),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
