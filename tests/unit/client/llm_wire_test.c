/* Bodies as both APIs want them, and every kind of answer, good and bad. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "client/llm_wire.c"
#include "support/test_ctx.h"

struct mark {
    int64_t essay_score;
    int32_t level;
    bool sure;
    struct str explanation;
    struct list strengths;
};
static const char *const level_text[] = { "low", "high" };
static NAMES(level_names, level_text);
static const struct field mark_fields[] = {
    FIELD_E2(struct mark, essay_score, .flags = FIELD_REQUIRED, .max = 100, .doc = "0 to 100."),
    FIELD_ENUM(struct mark, level, .flags = FIELD_REQUIRED, .names = &level_names),
    FIELD_BOOL(struct mark, sure, .flags = FIELD_REQUIRED),
    FIELD_STR(struct mark, explanation, .flags = FIELD_REQUIRED, .max = 4000),
    FIELD_LIST(struct mark, strengths, .flags = FIELD_REQUIRED, .max = 10),
};
static SCHEMA(mark_schema, "EssayMark", struct mark, mark_fields);

#define MARK_JSON                                                                                  \
    "{\"type\":\"object\",\"properties\":{\"essay_score\":{\"type\":\"number\",\"minimum\":0,"     \
    "\"maximum\":100,\"description\":\"0 to 100.\"},\"level\":{\"type\":\"string\",\"enum\":["     \
    "\"low\",\"high\"]},\"sure\":{\"type\":\"boolean\"},\"explanation\":{\"type\":\"string\"},"    \
    "\"strengths\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}}},\"required\":["           \
    "\"essay_score\",\"level\",\"sure\",\"explanation\",\"strengths\"],"                           \
    "\"additionalProperties\":false}"

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

static const char *body_of(struct ctx *c, enum llm_api api, const struct llm_request *q)
{
    struct buf b;
    buf_init(&b, c->mem, 1 << 16);
    llm_body_write(&b, api, q);
    assert_true(json_valid(buf_view(&b), c->mem));
    buf_c(&b, '\0');
    return b.p;
}

static char *body_as(struct ctx *c, enum llm_api api, enum llm_form form)
{
    const struct llm_request q = {
        .model = S("m"), .system = S("Rules."), .user = S("u"), .reply = &mark_schema
    };
    struct buf b;
    buf_init(&b, c->mem, 1 << 16);
    llm_body_write_as(&b, api, &q, form);
    assert_true(json_valid(buf_view(&b), c->mem));
    buf_c(&b, '\0');
    return b.p;
}

/* Each form asks less of the endpoint, and what it no longer enforces the words say. */
static void simpler_forms_say_the_shape(void **state)
{
    for (int api = LLM_CHAT; api <= LLM_RESPONSES; api++) {
        const enum llm_api a = (enum llm_api)api;
        const char *strict = body_as(*state, a, LLM_FORM_STRICT);
        const char *plain = body_as(*state, a, LLM_FORM_PLAIN);
        const char *object = body_as(*state, a, LLM_FORM_OBJECT);
        const char *words = body_as(*state, a, LLM_FORM_WORDS);
        assert_non_null(strstr(strict, "\"maximum\":100"));
        assert_null(strstr(plain, "\"maximum\""));
        assert_non_null(strstr(plain, "\"strict\":true"));
        assert_non_null(strstr(object, "\"type\":\"json_object\""));
        assert_null(strstr(object, "\"strict\""));
        assert_non_null(strstr(object, "Rules.\\nAnswer with one JSON object"));
        assert_non_null(strstr(words, "\\\"maximum\\\":100"));
        assert_null(strstr(words, "json_object"));
        assert_null(strstr(words, "format"));
    }
}

static void bodies_have_no_temperature_and_no_limit(void **state)
{
    const struct llm_request q = { .model = S("gpt-5"),
                                   .system = S("Rules \"here\"."),
                                   .user = S("Text\n2"),
                                   .reply = &mark_schema };
    assert_string_equal(
        body_of(*state, LLM_CHAT, &q),
        "{\"model\":\"gpt-5\",\"messages\":[{\"role\":\"system\",\"content\":\"Rules "
        "\\\"here\\\".\"},"
        "{\"role\":\"user\",\"content\":\"Text\\n2\"}],\"response_format\":{\"type\":\"json_"
        "schema\","
        "\"json_schema\":{\"name\":\"EssayMark\",\"strict\":true,\"schema\":" MARK_JSON "}}}");
    assert_string_equal(
        body_of(*state, LLM_RESPONSES, &q),
        "{\"model\":\"gpt-5\",\"store\":false,\"instructions\":\"Rules \\\"here\\\".\","
        "\"input\":[{\"role\":\"user\",\"content\":\"Text\\n2\"}],\"text\":{\"format\":{\"type\":"
        "\"json_schema\",\"name\":\"EssayMark\",\"strict\":true,\"schema\":" MARK_JSON "}}}");
    assert_string_equal(llm_path(LLM_CHAT), "/chat/completions");
    assert_string_equal(llm_path(LLM_RESPONSES), "/responses");
}

static void fences_fall(void **state)
{
    (void)state;
    static const char *const same[] = { "{\"a\":1}", "  {\"a\":1}\n", "```json\n{\"a\":1}\n```",
                                        "```\n{\"a\":1}\n```\n", "```JSON\r\n{\"a\":1}\r\n```" };
    for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
        assert_true(str_eq(llm_unfence(str_of(same[i])), S("{\"a\":1}")));
    static const char *const left[] = { "```", "`````", "```json", "``````", "x```\ny\n```" };
    for (size_t i = 0; i < sizeof(left) / sizeof(left[0]); i++)
        assert_true(str_eq(llm_unfence(str_of(left[i])), str_of(left[i])));
}

struct sample {
    enum llm_api api;
    enum client_outcome outcome;
    int status;
    const char *body;
    enum llm_verdict verdict;
    const char *says; /* the text of an answer, or the reason */
};
static const struct sample samples[] = {
    { LLM_CHAT, CLIENT_OK, 200,
      "{\"id\":\"x\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":"
      "\"```json\\n{}\\n```\",\"refusal\":null},\"finish_reason\":\"stop\"}],\"usage\":{"
      "\"prompt_tokens\":11,\"completion_tokens\":7,\"details\":{}}}",
      LLM_ANSWER, "{}" },
    { LLM_RESPONSES, CLIENT_OK, 200,
      "{\"status\":\"completed\",\"output\":[{\"type\":\"reasoning\",\"summary\":[]},{\"type\":"
      "\"message\",\"content\":[{\"type\":\"output_text\",\"text\":\"{}\",\"annotations\":[]}]}],"
      "\"usage\":{\"input_tokens\":11,\"output_tokens\":7}}",
      LLM_ANSWER, "{}" },
    { LLM_CHAT, CLIENT_OK, 200,
      "{\"choices\":[{\"message\":{\"content\":null,\"refusal\":\"I cannot\"}}]}", LLM_NO,
      "the model refused to answer" },
    { LLM_CHAT, CLIENT_OK, 200,
      "{\"choices\":[{\"message\":{\"content\":\"\"},\"finish_reason\":\"content_filter\"}]}",
      LLM_NO, "the model refused to answer" },
    { LLM_RESPONSES, CLIENT_OK, 200,
      "{\"output\":[{\"type\":\"message\",\"content\":[{\"type\":\"refusal\",\"refusal\":\"no\"}]}]"
      "}",
      LLM_NO, "the model refused to answer" },
    { LLM_CHAT, CLIENT_OK, 200,
      "{\"choices\":[{\"message\":{\"content\":\"{\\\"a\\\":\"},\"finish_reason\":\"length\"}]}",
      LLM_AGAIN, "the model's answer was cut short" },
    { LLM_RESPONSES, CLIENT_OK, 200,
      "{\"status\":\"incomplete\",\"output\":[{\"type\":\"message\",\"content\":[{\"type\":"
      "\"output_text\",\"text\":\"{\"}]}]}",
      LLM_AGAIN, "the model's answer was cut short" },
    { LLM_CHAT, CLIENT_OK, 200, "{\"choices\":[]}", LLM_AGAIN, "the model gave an empty answer" },
    { LLM_CHAT, CLIENT_OK, 200, "{\"choices\":[{\"mess", LLM_AGAIN,
      "the answer of the model endpoint is no JSON of its API" },
    { LLM_CHAT, CLIENT_OK, 200,
      "{\"choices\":[{\"message\":{\"content\":\"a\",\"content\":\"b\"}}]}", LLM_AGAIN,
      "the answer of the model endpoint is no JSON of its API" },
    { LLM_CHAT, CLIENT_OK, 200, "<html>", LLM_AGAIN,
      "the answer of the model endpoint is no JSON of its API" },
    { LLM_CHAT, CLIENT_OK, 401, "{\"error\":{\"code\":\"invalid_api_key\"}}", LLM_NO,
      "the model endpoint refuses the key (401)" },
    { LLM_CHAT, CLIENT_OK, 429, "", LLM_LIMITED, "the model endpoint answered 429" },
    { LLM_CHAT, CLIENT_OK, 429, "{\"error\":{\"code\":\"insufficient_quota\"}}", LLM_NO,
      "the model endpoint says that the quota is used up" },
    { LLM_CHAT, CLIENT_OK, 503, "", LLM_LIMITED, "the model endpoint answered 503" },
    { LLM_CHAT, CLIENT_OK, 500, "", LLM_AGAIN, "the model endpoint answered 500" },
    { LLM_CHAT, CLIENT_OK, 408, "", LLM_AGAIN, "the model endpoint answered 408" },
    { LLM_CHAT, CLIENT_OK, 404, "", LLM_NO, "the model endpoint answered 404" },
    { LLM_CHAT, CLIENT_OK, 400, "{\"error\":{\"message\":\"too many tokens\"}}", LLM_NO,
      "the model endpoint answered 400" },
    { LLM_CHAT, CLIENT_OK, 400, "{\"error\":{\"param\":\"response_format\"}}", LLM_SIMPLER,
      "the model endpoint does not know how to give answers a shape" },
    { LLM_RESPONSES, CLIENT_OK, 422, "{\"detail\":\"text.format: unknown\"}", LLM_SIMPLER,
      "the model endpoint does not know how to give answers a shape" },
    { LLM_CHAT, CLIENT_OK, 302, "", LLM_NO, "the model endpoint answered 302" },
    { LLM_CHAT, CLIENT_LATE, 0, "", LLM_AGAIN, "the model endpoint did not answer in time" },
    { LLM_CHAT, CLIENT_BROKEN, 0, "", LLM_AGAIN, "the model endpoint is not reachable" },
    { LLM_CHAT, CLIENT_UNREACHABLE, 0, "", LLM_AGAIN, "the model endpoint is not reachable" },
    { LLM_CHAT, CLIENT_TOO_LARGE, 0, "", LLM_AGAIN,
      "the answer of the model endpoint is too large" },
    { LLM_CHAT, CLIENT_UNTRUSTED, 0, "", LLM_NO,
      "the model endpoint's certificate is not to be trusted" },
    { LLM_CHAT, CLIENT_REFUSED, 0, "", LLM_NO,
      "the model endpoint has an address that may not be asked" },
    { LLM_CHAT, CLIENT_CLOSED, 0, "", LLM_NO, "the program ends" },
};

static void every_answer_has_its_meaning(void **state)
{
    struct ctx *c = *state;
    for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
        const struct sample *s = &samples[i];
        const struct client_reply r = { .outcome = s->outcome,
                                        .status = s->status,
                                        .body = str_of(s->body) };
        struct llm_reply reply = { 0 };
        char why[FAULT_TEXT_MAX] = "";
        assert_int_equal(llm_read(c, s->api, &r, &reply, why), s->verdict);
        assert_int_equal(c->fault.kind, ERR_OK);
        if (s->verdict == LLM_ANSWER) {
            assert_true(str_eq(reply.text, str_of(s->says)));
            assert_int_equal(reply.tokens_in, 11);
            assert_int_equal(reply.tokens_out, 7);
        } else {
            assert_string_equal(why, s->says);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bodies_have_no_temperature_and_no_limit),
        cmocka_unit_test(simpler_forms_say_the_shape),
        cmocka_unit_test(fences_fall),
        cmocka_unit_test(every_answer_has_its_meaning),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
