/* Tests of a transcription endpoint's words: confidence from each shape of answer, silence and
 * garble, and the breaker. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/str.h"
#include "client/stt_wire.h"
#include "codec/multipart.h"
#include "codec/wav.h"
#include "support/test_ctx.h"

static void answers(void **state)
{
    (void)state;
    static const struct {
        const char *body, *text;
        double confidence;
    } rows[] = {
        { "{\"text\":\" Hello. \"}", "Hello.", -1 },
        { "{\"text\":\"\"}", "", -1 },
        { "{\"text\":\"a b\",\"segments\":[]}", "a b", -1 },
        { "{\"text\":\"ab\",\"segments\":null,\"logprobs\":[{\"logprob\":-0.1},{\"logprob\":-0.3}]"
          "}",
          "ab", 0.8187307530779818 },
        /* Weighed by length: 3 s at -0.1 and 1 s at -0.5. */
        { "{\"text\":\"x\",\"segments\":[{\"text\":\" one \",\"start\":0,\"end\":3,\"avg_logprob\":"
          "-0.1},{\"text\":\"two\",\"start\":3,\"end\":4,\"avg_logprob\":-0.5}]}",
          "one two", 0.8187307530779818 },
        /* Silence is left out; a quiet segment that is sure of its words is not silence. */
        { "{\"text\":\"Thank you.\",\"segments\":[{\"text\":\"Thank you.\",\"start\":0,\"end\":2,"
          "\"avg_logprob\":-1.2,\"no_speech_prob\":0.9}]}",
          "", -1 },
        { "{\"text\":\"x\",\"segments\":[{\"text\":\"yes\",\"start\":0,\"end\":2,"
          "\"avg_logprob\":0,\"no_speech_prob\":0.9}]}",
          "yes", 1 },
        { "{\"text\":\"x\",\"segments\":[{\"text\":\"no no no\",\"start\":0,\"end\":2,"
          "\"avg_logprob\":-0.1,\"compression_ratio\":2.5}]}",
          "no no no", 0.3 },
        /* A segment without a probability makes the whole unknown. */
        { "{\"text\":\"x\",\"segments\":[{\"text\":\"hm\",\"start\":0,\"end\":2}]}", "hm", -1 },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct test_ctx t;
        struct stt_text got = { 0 };
        test_ctx_open(&t);
        assert_true(stt_answer_read(&t.c, str_of(rows[i].body), &got));
        assert_true(str_eq(got.text, str_of(rows[i].text)));
        if (fabs(got.confidence - rows[i].confidence) > 1e-9)
            fail_msg("row %zu: %f", i, got.confidence);
        test_ctx_close(&t);
    }
}

static void no_answers(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "",
        "{}",
        "{\"text\":5}",
        "{\"text\":null}",
        "{\"text\":\"cut",
        "[]",
        "{\"text\":\"a\",\"segments\":[{\"avg_logprob\":\"x\"}]}",
        "{\"text\":\"a\",\"text\":\"b\"}",
    };
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        struct test_ctx t;
        struct stt_text got = { .took_us = 7 };
        test_ctx_open(&t);
        assert_false(stt_answer_read(&t.c, str_of(bodies[i]), &got));
        assert_int_equal(got.took_us, 7); /* untouched */
        assert_int_equal(t.c.fault.kind, ERR_OK);
        test_ctx_close(&t);
    }
}

static void form(void **state)
{
    (void)state;
    static const int16_t samples[] = { 1, -1 };
    const struct stt_speech speech = { samples, 2, 16000 };
    const struct stt_options o = { .model = S("whisper-1"), .language = S("en") };
    for (enum stt_shape shape = STT_VERBOSE; shape < STT_SHAPES; shape++) {
        struct buf b;
        struct parts parts;
        struct wav wav;
        buf_init(&b, NULL, 4096);
        stt_form_write(&b, S("bound"), &o, shape, &speech);
        assert_true(buf_ok(&b));
        assert_null(multipart_read(buf_view(&b), S("bound"), &parts));
        assert_true(str_eq(multipart_find(&parts, "model")->body, S("whisper-1")));
        assert_true(str_eq(multipart_find(&parts, "language")->body, S("en")));
        assert_true(str_eq(multipart_find(&parts, "response_format")->body,
                           shape == STT_VERBOSE ? S("verbose_json") : S("json")));
        assert_int_equal(multipart_find(&parts, "include[]") != NULL, shape == STT_LOGPROBS);
        assert_null(wav_read(multipart_find(&parts, "file")->body, &wav));
        assert_int_equal(wav.data.n, sizeof(samples));
        buf_done(&b);
    }
}

enum { S_US = 1000000 };
static void breaker(void **state)
{
    (void)state;
    struct stt_breaker b = { 0 };
    int64_t now = 100 * S_US;
    for (int i = 0; i < 4; i++)
        stt_breaker_note(&b, false, now += S_US);
    assert_true(stt_breaker_take(&b, now));
    stt_breaker_note(&b, false, now);
    assert_false(stt_breaker_take(&b, now + 9 * S_US));
    now += 10 * S_US;
    assert_true(stt_breaker_take(&b, now));  /* one tries the way */
    assert_false(stt_breaker_take(&b, now)); /* and nobody else */
    stt_breaker_note(&b, false, now);
    assert_false(stt_breaker_take(&b, now + S_US));
    now += 10 * S_US;
    assert_true(stt_breaker_take(&b, now));
    stt_breaker_note(&b, true, now);
    assert_true(stt_breaker_take(&b, now));
    /* Failures that lie further apart than five in 30 s never open it. */
    for (int i = 0; i < 50; i++) {
        stt_breaker_note(&b, false, now += 8 * S_US);
        assert_true(stt_breaker_take(&b, now));
    }
    for (int i = 0; i < 5; i++)
        stt_breaker_note(&b, false, now += 5 * S_US);
    assert_false(stt_breaker_take(&b, now));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers),
        cmocka_unit_test(no_answers),
        cmocka_unit_test(form),
        cmocka_unit_test(breaker),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
