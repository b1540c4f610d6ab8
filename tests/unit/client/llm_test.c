/* The model client over an HTTP client that the test answers: tries, patience, places in flight,
 * and an end that leaves nobody waiting. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "client/llm.c"
#include "support/test_ctx.h"

enum { SENT_MAX = 4096 };
struct sent {
    client_done *done;
    void *arg;
    bool answered;
};
struct world {
    struct test_ctx t;
    struct llm *l;
    struct client_port http;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct sent sent[SENT_MAX];
    size_t n_sent, in_flight, most;
    int busy; /* so many are not taken at first */
    bool hold;
    void (*reply_to)(struct world *w, size_t nth, struct client_reply *r);
    char last_body[4096], last_key[64];
    size_t ended, good;
    char why[FAULT_TEXT_MAX], text[64];
    err kind;
    int64_t tokens;
};

#define OK_BODY                                                                                    \
    "{\"choices\":[{\"message\":{\"content\":\"{}\"}}],\"usage\":{\"prompt_tokens\":10,"           \
    "\"completion_tokens\":2}}"

static void good(struct world *w, size_t nth, struct client_reply *r)
{
    (void)w, (void)nth;
    *r = (struct client_reply){ .outcome = CLIENT_OK, .status = 200, .body = S(OK_BODY) };
}

static void give(struct world *w, size_t i, const struct client_reply *r)
{
    pthread_mutex_lock(&w->lock);
    struct sent s = w->sent[i];
    w->sent[i].answered = true;
    w->in_flight--;
    pthread_mutex_unlock(&w->lock);
    s.done(s.arg, r);
}
static err http_start(void *self, struct ctx *c, const struct client_request *q, client_done *done,
                      void *arg, uint64_t *ret_id)
{
    struct world *w = self;
    pthread_mutex_lock(&w->lock);
    if (w->busy > 0) {
        w->busy--;
        pthread_mutex_unlock(&w->lock);
        return FAIL(c, BUSY, "full");
    }
    const size_t i = w->n_sent++;
    assert_true(i < SENT_MAX);
    w->sent[i] = (struct sent){ done, arg, false };
    if (++w->in_flight > w->most)
        w->most = w->in_flight;
    snprintf(w->last_body, sizeof(w->last_body), "%.*s", STR_ARG(q->body));
    snprintf(w->last_key, sizeof(w->last_key), "%.*s",
             STR_ARG(q->n_headers > 2 ? q->headers[2].value : S("none")));
    assert_true(str_eq(q->url, S("http://127.0.0.1:9/v1/chat/completions")));
    pthread_cond_broadcast(&w->changed);
    pthread_mutex_unlock(&w->lock);
    if (!w->hold) {
        struct client_reply r = { 0 };
        w->reply_to(w, i, &r);
        give(w, i, &r);
    }
    *ret_id = i + 1;
    return ERR_OK;
}
static void http_cancel(void *self, uint64_t id)
{
    struct world *w = self;
    const struct client_reply r = { .outcome = CLIENT_CANCELLED };
    pthread_mutex_lock(&w->lock);
    const bool mine = !w->sent[id - 1].answered;
    pthread_mutex_unlock(&w->lock);
    if (mine)
        give(w, (size_t)id - 1, &r);
}
static void ended(void *arg, const struct llm_failure *f, const struct llm_reply *r)
{
    struct world *w = arg;
    pthread_mutex_lock(&w->lock);
    w->ended++;
    w->good += r != NULL;
    if (r) {
        w->tokens += r->tokens_in + r->tokens_out;
        snprintf(w->text, sizeof(w->text), "%.*s", STR_ARG(r->text));
    } else {
        w->kind = f->kind;
        snprintf(w->why, sizeof(w->why), "%s", f->text);
    }
    pthread_cond_broadcast(&w->changed);
    pthread_mutex_unlock(&w->lock);
}

static int setup(void **state)
{
    static struct world w;
    memset(&w, 0, sizeof(w));
    struct ctx *c = test_ctx_open(&w.t);
    w.t.deps.clock = &clock_system; /* its pauses are real */
    w.t.deps.random = &random_system;
    pthread_mutex_init(&w.lock, NULL);
    pthread_cond_init(&w.changed, NULL);
    w.http = (struct client_port){ &w, http_start, http_cancel };
    w.reply_to = good;
    const struct llm_options o = { .http = &w.http,
                                   .deps = &w.t.deps,
                                   .base_url = S("http://127.0.0.1:9/v1/"),
                                   .api_key = S("sk-test"),
                                   .in_flight_max = 8,
                                   .tries_max = 4,
                                   .delay_ms = 1,
                                   .timeout_ms = 1000,
                                   .call_max_ms = 60000 };
    assert_int_equal(llm_open(c, &o, &w.l), ERR_OK);
    *state = &w;
    return 0;
}
static int teardown(void **state)
{
    struct world *w = *state;
    llm_close(w->l);
    pthread_mutex_destroy(&w->lock);
    pthread_cond_destroy(&w->changed);
    test_ctx_close(&w->t);
    return 0;
}

struct mark {
    int64_t score;
};
static const struct field mark_fields[] = {
    FIELD_E2(struct mark, score, .flags = FIELD_REQUIRED, .max = 100),
};
static SCHEMA(mark_schema, "Mark", struct mark, mark_fields);

static void ask_for(struct world *w, const struct schema *reply)
{
    const struct llm_request q = {
        .model = S("m"), .system = S("s"), .user = S("u"), .reply = reply
    };
    assert_int_equal(llm_port_of(w->l)->start(llm_port_of(w->l)->self, &w->t.c, &q, ended, w),
                     ERR_OK);
}
static void ask(struct world *w)
{
    ask_for(w, NULL);
}
static void wait_ended(struct world *w, size_t n)
{
    pthread_mutex_lock(&w->lock);
    while (w->ended < n)
        pthread_cond_wait(&w->changed, &w->lock);
    pthread_mutex_unlock(&w->lock);
}
static void wait_sent(struct world *w, size_t n)
{
    pthread_mutex_lock(&w->lock);
    while (w->n_sent < n)
        pthread_cond_wait(&w->changed, &w->lock);
    pthread_mutex_unlock(&w->lock);
}

static void a_question_is_answered(void **state)
{
    struct world *w = *state;
    struct llm_stats s;
    ask(w);
    wait_ended(w, 1);
    assert_int_equal(w->good, 1);
    assert_int_equal(w->tokens, 12);
    assert_string_equal(w->text, "{}");
    assert_string_equal(w->last_key, "Bearer sk-test");
    assert_non_null(strstr(w->last_body, "\"model\":\"m\""));
    llm_stats(w->l, &s);
    assert_int_equal(s.calls, 1);
    assert_int_equal(s.sent, 1);
    assert_int_equal(s.tokens_in, 10);
}

static void bad_then_good(struct world *w, size_t nth, struct client_reply *r)
{
    static const struct client_header now[] = { { S("retry-after-ms"), S("2") } };
    good(w, nth, r);
    if (nth == 0)
        *r = (struct client_reply){ .outcome = CLIENT_OK, .status = 500 };
    else if (nth == 1)
        *r = (struct client_reply){ .outcome = CLIENT_BROKEN };
    else if (nth == 2)
        *r = (struct client_reply){
            .outcome = CLIENT_OK, .status = 429, .headers = now, .n_headers = 1
        };
}
static void what_may_help_is_tried_again(void **state)
{
    struct world *w = *state;
    struct llm_stats s;
    w->reply_to = bad_then_good;
    ask(w);
    wait_ended(w, 1);
    assert_int_equal(w->good, 1);
    assert_int_equal(w->n_sent, 4);
    llm_stats(w->l, &s);
    assert_int_equal(s.retried, 3);
    assert_int_equal(s.limited, 1);
    assert_int_equal(s.failed, 0);
}

static void always_500(struct world *w, size_t nth, struct client_reply *r)
{
    (void)w, (void)nth;
    *r = (struct client_reply){ .outcome = CLIENT_OK, .status = 500 };
}
static void tries_end(void **state)
{
    struct world *w = *state;
    w->reply_to = always_500;
    ask(w);
    wait_ended(w, 1);
    assert_int_equal(w->good, 0);
    assert_int_equal(w->n_sent, 4);
    assert_int_equal(w->kind, ERR_UPSTREAM);
    assert_string_equal(w->why, "the model endpoint answered 500");
}

static void unauthorized(struct world *w, size_t nth, struct client_reply *r)
{
    (void)w, (void)nth;
    *r = (struct client_reply){ .outcome = CLIENT_OK, .status = 401 };
}
static void what_cannot_help_is_not_tried_again(void **state)
{
    struct world *w = *state;
    w->reply_to = unauthorized;
    ask(w);
    wait_ended(w, 1);
    assert_int_equal(w->n_sent, 1);
    assert_string_equal(w->why, "the model endpoint refuses the key (401)");
}

/* An endpoint of some years ago: it knows JSON objects, and no schema. */
static void knows_objects(struct world *w, size_t nth, struct client_reply *r)
{
    good(w, nth, r);
    if (strstr(w->last_body, "json_schema"))
        *r = (struct client_reply){ .outcome = CLIENT_OK,
                                    .status = 400,
                                    .body = S("{\"error\":{\"param\":\"response_format\"}}") };
}
static void a_simpler_form_is_found_once(void **state)
{
    struct world *w = *state;
    w->reply_to = knows_objects;
    ask_for(w, &mark_schema);
    wait_ended(w, 1);
    assert_int_equal(w->good, 1);
    assert_int_equal(w->n_sent, 3); /* strict, without limits, as an object */
    assert_non_null(strstr(w->last_body, "json_object"));
    for (size_t i = 2; i <= 6; i++) {
        ask_for(w, &mark_schema);
        wait_ended(w, i);
    }
    assert_int_equal(w->good, 6);
    assert_int_equal(w->n_sent, 8);
}

static void knows_nothing(struct world *w, size_t nth, struct client_reply *r)
{
    (void)w, (void)nth;
    *r = (struct client_reply){ .outcome = CLIENT_OK,
                                .status = 400,
                                .body = S("{\"error\":{\"message\":\"schema\"}}") };
}
static void forms_end(void **state)
{
    struct world *w = *state;
    w->reply_to = knows_nothing;
    ask_for(w, &mark_schema);
    wait_ended(w, 1);
    assert_int_equal(w->good, 0);
    assert_int_equal(w->n_sent, LLM_FORMS);
    assert_string_equal(w->why, "the model endpoint does not know how to give answers a shape");
}

static void places_in_flight_are_bounded(void **state)
{
    struct world *w = *state;
    struct client_reply r;
    good(w, 0, &r);
    w->hold = true;
    for (int i = 0; i < 200; i++)
        ask(w);
    for (size_t i = 0; i < 200; i++) {
        wait_sent(w, i + 1);
        give(w, i, &r);
    }
    wait_ended(w, 200);
    assert_int_equal(w->good, 200);
    assert_in_range(w->most, 1, 8);
}

/* What is answered and not yet safe counts as under way. */
static void unsettled_answers_keep_their_places(void **state)
{
    struct world *w = *state;
    const struct llm_port *port = llm_port_of(w->l);
    const struct llm_request q = { .model = S("m"), .user = S("u"), .settled_later = true };
    struct client_reply r;
    struct llm_stats stats;
    good(w, 0, &r);
    w->hold = true;
    for (int i = 0; i < 12; i++)
        assert_int_equal(port->start(port->self, &w->t.c, &q, ended, w), ERR_OK);
    wait_sent(w, 8);
    for (size_t i = 0; i < 8; i++)
        give(w, i, &r);
    ask(w); /* wakes the sender */
    llm_stats(w->l, &stats);
    assert_int_equal(stats.unsettled, 8);
    assert_int_equal(w->n_sent, 8);
    port->settle(port->self, 3);
    wait_sent(w, 11);
    llm_stats(w->l, &stats);
    assert_int_equal(stats.unsettled, 5);
    assert_int_equal(w->n_sent, 11);
    port->settle(port->self, 5);
    wait_sent(w, 13);
    for (size_t i = 8; i < 13; i++)
        give(w, i, &r);
    wait_ended(w, 13);
    llm_stats(w->l, &stats);
    assert_int_equal(stats.unsettled, 4); /* the last of all asked for no such thing */
    port->settle(port->self, 4);
}

static void a_full_http_client_is_waited_for(void **state)
{
    struct world *w = *state;
    w->busy = 3;
    ask(w);
    wait_ended(w, 1);
    assert_int_equal(w->good, 1);
    assert_int_equal(w->n_sent, 1);
}

static void closing_ends_all(void **state)
{
    struct world *w = *state;
    w->hold = true;
    for (int i = 0; i < 50; i++)
        ask(w);
    wait_sent(w, 8);
    llm_close(w->l);
    w->l = NULL;
    assert_int_equal(w->ended, 50);
    assert_int_equal(w->good, 0);
    assert_int_equal(w->kind, ERR_BUSY);
    assert_string_equal(w->why, "the program ends");
    assert_int_equal(w->n_sent, 8);
}

static void a_question_too_long_is_refused(void **state)
{
    struct world *w = *state;
    struct buf b;
    buf_init(&b, w->t.mem, LLM_QUESTION_MAX + 1);
    memset(buf_room(&b, LLM_QUESTION_MAX), 'x', LLM_QUESTION_MAX);
    const struct llm_request q = { .model = S("m"), .user = { b.p, LLM_QUESTION_MAX } };
    assert_int_equal(start(w->l, &w->t.c, &q, ended, w), ERR_TOO_LARGE);
    assert_int_equal(w->ended, 0);
}

static void a_base_url_must_be_one(void **state)
{
    struct world *w = *state;
    struct llm *other = NULL;
    struct llm_options o = {
        .http = &w->http, .deps = &w->t.deps, .in_flight_max = 1, .base_url = S("api.example.org")
    };
    assert_int_equal(llm_open(&w->t.c, &o, &other), ERR_INVALID);
    assert_null(other);
}

#define T(fn_) cmocka_unit_test_setup_teardown(fn_, setup, teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_question_is_answered),
        T(what_may_help_is_tried_again),
        T(tries_end),
        T(what_cannot_help_is_not_tried_again),
        T(a_simpler_form_is_found_once),
        T(forms_end),
        T(places_in_flight_are_bounded),
        T(unsettled_answers_keep_their_places),
        T(a_full_http_client_is_waited_for),
        T(closing_ends_all),
        T(a_question_too_long_is_refused),
        T(a_base_url_must_be_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
