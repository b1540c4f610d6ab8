/* Tests of asking a transcription endpoint: the shapes it refuses, retries, the deadline, the
 * breaker. The endpoint is a script of answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/str.h"
#include "client/stt.h"
#include "support/test_ctx.h"

enum { SCRIPT_MAX = 16 };
struct scripted {
    enum client_outcome outcome;
    int status;
    const char *body;
};
static const char heard[] = "{\"text\":\"hello\",\"segments\":[{\"text\":\"hello\",\"start\":0,"
                            "\"end\":1,\"avg_logprob\":0}]}";

struct world {
    struct test_ctx t;
    struct client_port http;
    struct scripted script[SCRIPT_MAX];
    size_t n, asked;
    const char *retry_after;
    int64_t each_takes_us;
    char shapes[SCRIPT_MAX + 1]; /* v verbose_json, l logprobs, p plain */
    int64_t timeouts_ms[SCRIPT_MAX];
    char authorization[64];
    struct stt *stt;
};

static bool holds(struct str body, const char *text)
{
    return memmem(body.p, body.n, text, strlen(text)) != NULL;
}

static err answer(void *self, struct ctx *c, const struct client_request *r, client_done *done,
                  void *arg, uint64_t *ret_id)
{
    struct world *w = self;
    (void)c;
    (void)ret_id;
    assert_true(w->asked < w->n);
    const struct scripted *s = &w->script[w->asked];
    const struct client_header after = { S("Retry-After"), str_of(w->retry_after) };
    assert_true(str_eq(r->url, S("http://stt.test/v1/audio/transcriptions")));
    w->shapes[w->asked] = holds(r->body, "verbose_json") ? 'v'
                          : holds(r->body, "logprobs")   ? 'l'
                                                         : 'p';
    w->timeouts_ms[w->asked++] = r->timeout_ms;
    if (r->n_headers > 1)
        snprintf(w->authorization, sizeof(w->authorization), "%.*s", STR_ARG(r->headers[1].value));
    fake_clock_pass(&w->t.time, w->each_takes_us);
    const struct client_reply reply = { .outcome = s->outcome,
                                        .status = s->status,
                                        .headers = &after,
                                        .n_headers = w->retry_after ? 1 : 0,
                                        .body = str_of(s->body ? s->body : "{}"),
                                        .origin = S("http://stt.test:80") };
    done(arg, &reply);
    return ERR_OK;
}

static void begin(struct world *w, struct str key)
{
    struct ctx *c = test_ctx_open(&w->t);
    w->http = (struct client_port){ .self = w, .start = answer };
    const struct stt_options o = { .http = &w->http,
                                   .deps = c->deps,
                                   .base_url = S("http://stt.test/v1/"),
                                   .api_key = key,
                                   .model = S("whisper-1"),
                                   .timeout_ms = 8000 };
    assert_int_equal(stt_open(c, &o, &w->stt), ERR_OK);
}

static void end(struct world *w)
{
    stt_close(w->stt);
    test_ctx_close(&w->t);
}

static err say(struct world *w, struct stt_text *ret)
{
    static const int16_t samples[1600];
    const struct stt_speech speech = { samples, 1600, 16000 };
    const struct stt_port *p = stt_port_of(w->stt);
    fault_clear(&w->t.c);
    return p->hear(p->self, &w->t.c, &speech, ret);
}

static void add(struct world *w, enum client_outcome outcome, int status, const char *body)
{
    w->script[w->n++] = (struct scripted){ outcome, status, body };
}

static void heard_at_once(void **state)
{
    (void)state;
    struct world w = { .n = 0 };
    struct stt_text got;
    begin(&w, S("secret"));
    add(&w, CLIENT_OK, 200, heard);
    assert_int_equal(say(&w, &got), ERR_OK);
    assert_true(str_eq(got.text, S("hello")));
    assert_true(got.confidence >= 1);
    assert_string_equal(w.authorization, "Bearer secret");
    end(&w);
}

/* A refused shape is remembered once a poorer one was taken; a refused utterance changes nothing.
 */
static void shapes(void **state)
{
    (void)state;
    struct world w = { .n = 0 };
    struct stt_text got;
    begin(&w, (struct str){ 0 });
    for (int i = 0; i < 3; i++)
        add(&w, CLIENT_OK, 400, NULL);
    assert_int_equal(say(&w, &got), ERR_UPSTREAM);
    assert_string_equal(w.shapes, "vlp");
    add(&w, CLIENT_OK, 400, NULL);
    add(&w, CLIENT_OK, 200, "{\"text\":\"a\",\"logprobs\":[{\"logprob\":0}]}");
    assert_int_equal(say(&w, &got), ERR_OK);
    add(&w, CLIENT_OK, 200, "{\"text\":\"b\"}");
    assert_int_equal(say(&w, &got), ERR_OK);
    assert_string_equal(w.shapes, "vlpvll");
    assert_string_equal(w.authorization, "");
    end(&w);
}

static void one_retry(void **state)
{
    (void)state;
    static const struct scripted passing[] = {
        { CLIENT_OK, 500, NULL }, { CLIENT_OK, 429, NULL },         { CLIENT_BROKEN, 0, NULL },
        { CLIENT_LATE, 0, NULL }, { CLIENT_OK, 200, "{\"text\":" },
    };
    for (size_t i = 0; i < sizeof(passing) / sizeof(passing[0]); i++) {
        struct world w = { .n = 0 };
        struct stt_text got;
        begin(&w, (struct str){ 0 });
        w.script[w.n++] = passing[i];
        add(&w, CLIENT_OK, 200, heard);
        w.script[w.n++] = passing[i];
        w.script[w.n++] = passing[i];
        assert_int_equal(say(&w, &got), ERR_OK);
        assert_int_equal(say(&w, &got), ERR_UPSTREAM);
        assert_int_equal(w.asked, 4);
        struct stt_stats n;
        stt_stats(w.stt, &n);
        assert_int_equal(n.heard, 1);
        assert_int_equal(n.failed, 1);
        assert_int_equal(n.retried, 2);
        end(&w);
    }
}

static void never_again(void **state)
{
    (void)state;
    static const struct scripted lost[] = {
        { CLIENT_OK, 401, NULL },      { CLIENT_OK, 404, NULL },      { CLIENT_REFUSED, 0, NULL },
        { CLIENT_UNTRUSTED, 0, NULL }, { CLIENT_TOO_LARGE, 0, NULL },
    };
    for (size_t i = 0; i < sizeof(lost) / sizeof(lost[0]); i++) {
        struct world w = { .n = 0 };
        struct stt_text got;
        begin(&w, S("secret"));
        w.script[w.n++] = lost[i];
        assert_int_equal(say(&w, &got), ERR_UPSTREAM);
        assert_int_equal(w.asked, 1);
        assert_null(strstr(w.t.c.fault.text, "secret"));
        assert_non_null(strstr(w.t.c.fault.text, "stt.test"));
        end(&w);
    }
}

/* The retry has what the first try left of the time; where Retry-After is longer there is none. */
static void one_deadline(void **state)
{
    (void)state;
    struct world w = { .n = 0, .each_takes_us = 3000000 };
    struct stt_text got;
    begin(&w, (struct str){ 0 });
    for (int i = 0; i < 3; i++)
        add(&w, CLIENT_OK, 503, NULL);
    assert_int_equal(say(&w, &got), ERR_UPSTREAM);
    assert_int_equal(w.timeouts_ms[0], 8000);
    assert_int_equal(w.timeouts_ms[1], 5000);
    w.retry_after = "6";
    assert_int_equal(say(&w, &got), ERR_UPSTREAM);
    assert_int_equal(w.asked, 3);
    end(&w);
}

static void breaker_opens(void **state)
{
    (void)state;
    struct world w = { .n = 0 };
    struct stt_text got;
    begin(&w, (struct str){ 0 });
    for (int i = 0; i < STT_BREAKER_FAILURES; i++) {
        add(&w, CLIENT_OK, 401, NULL);
        assert_int_equal(say(&w, &got), ERR_UPSTREAM);
    }
    assert_int_equal(say(&w, &got), ERR_BUSY);
    fake_clock_pass(&w.t.time, 10000000);
    add(&w, CLIENT_OK, 200, heard);
    assert_int_equal(say(&w, &got), ERR_OK);
    end(&w);
}

static void bad_calls(void **state)
{
    (void)state;
    struct world w = { .n = 0 };
    struct stt_text got;
    struct stt *none = NULL;
    begin(&w, (struct str){ 0 });
    const struct stt_speech endless = { NULL, 16000 * (STT_SECONDS_MAX + 1), 16000 };
    assert_int_equal(stt_port_of(w.stt)->hear(w.stt, &w.t.c, &endless, &got), ERR_TOO_LARGE);
    const struct stt_options o = { .base_url = S("ftp://x/") };
    assert_int_equal(stt_open(&w.t.c, &o, &none), ERR_INVALID);
    assert_null(none);
    end(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heard_at_once), cmocka_unit_test(shapes),
        cmocka_unit_test(one_retry),     cmocka_unit_test(never_again),
        cmocka_unit_test(one_deadline),  cmocka_unit_test(breaker_opens),
        cmocka_unit_test(bad_calls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
