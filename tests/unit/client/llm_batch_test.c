/* Lines of the Batch API: what goes out is one object a line, and what comes back in either shape.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/str.h"
#include "client/llm_batch.h"
#include "support/test_ctx.h"

static struct test_ctx t;
static int setup(void **state)
{
    *state = test_ctx_open(&t);
    return 0;
}
static int teardown(void **state)
{
    (void)state;
    test_ctx_close(&t);
    return 0;
}

static void a_question_is_a_line(void **state)
{
    struct ctx *c = *state;
    const struct llm_request q = { .model = S("gpt-5"),
                                   .system = S("Mark it."),
                                   .user = S("two\nlines") };
    struct buf b;
    buf_init(&b, c->mem, 4096);
    llm_batch_write(&b, LLM_CHAT, S("A-1"), &q);
    const struct str line = buf_view(&b);
    assert_true(
        str_starts(line, S("{\"custom_id\":\"A-1\",\"method\":\"POST\","
                           "\"url\":\"/v1/chat/completions\",\"body\":{\"model\":\"gpt-5\"")));
    assert_ptr_equal(memchr(line.p, '\n', line.n), line.p + line.n - 1);
    buf_clear(&b);
    llm_batch_write(&b, LLM_RESPONSES, S("A-1"), &q);
    assert_non_null(memmem(b.p, b.n, "\"url\":\"/v1/responses\"", 21));
}

#define COMPLETION                                                                                 \
    "{\"choices\":[{\"message\":{\"content\":\"{}\"},\"finish_reason\":\"stop\"}],"                \
    "\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":2,"                                      \
    "\"prompt_tokens_details\":{\"cached_tokens\":3}}}"

static void answers_come_in_either_shape(void **state)
{
    struct ctx *c = *state;
    static const char *const lines[] = {
        "{\"id\":\"x\",\"custom_id\":\"A\",\"response\":{\"status_code\":200,\"request_id\":\"r\","
        "\"body\":" COMPLETION "},\"error\":null}",
        "{\"custom_id\":\"A\",\"response\":" COMPLETION "}",
    };
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        struct llm_batch_line l;
        assert_true(llm_batch_read(c, LLM_CHAT, str_of(lines[i]), &l));
        assert_true(l.answered);
        assert_true(str_eq(l.custom_id, S("A")));
        assert_true(str_eq(l.reply.text, S("{}")));
        assert_int_equal(l.reply.tokens_in, 7);
        assert_int_equal(l.reply.tokens_cached, 3);
    }
}

static void failures_are_told_from_no_lines(void **state)
{
    struct ctx *c = *state;
    static const struct {
        const char *line, *why;
        bool is_line;
    } cases[] = {
        { "{\"custom_id\":\"A\",\"response\":null,\"error\":{\"code\":\"batch_expired\"}}",
          "the endpoint did not answer this line", true },
        { "{\"custom_id\":\"A\",\"response\":{\"status_code\":500,\"body\":{\"error\":{}}}}",
          "the model endpoint answered 500", true },
        { "{\"custom_id\":\"A\",\"response\":{\"status_code\":200,\"body\":{}}}",
          "the model gave an empty answer", true },
        { "{\"response\":{}}", "the line is no JSON object with a custom_id", false },
        { "nothing", "the line is no JSON object with a custom_id", false },
        { "{\"custom_id\":\"A\",\"response\":5}", "response is no JSON object", false },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct llm_batch_line l;
        assert_int_equal(llm_batch_read(c, LLM_CHAT, str_of(cases[i].line), &l), cases[i].is_line);
        assert_false(l.answered);
        assert_string_equal(l.why, cases[i].why);
    }
}

static void some_states_are_the_last(void **state)
{
    (void)state;
    static const char *const over[] = { "completed", "failed", "expired", "cancelled" };
    static const char *const on[] = { "validating", "in_progress", "finalizing", "cancelling", "" };
    for (size_t i = 0; i < 4; i++)
        assert_true(llm_batch_over(&(struct llm_batch){ .status = str_of(over[i]) }));
    for (size_t i = 0; i < 5; i++)
        assert_false(llm_batch_over(&(struct llm_batch){ .status = str_of(on[i]) }));
}

#define T(fn_) cmocka_unit_test_setup_teardown(fn_, setup, teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_question_is_a_line),
        T(answers_come_in_either_shape),
        T(failures_are_told_from_no_lines),
        T(some_states_are_the_last),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
