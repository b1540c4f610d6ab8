/* What was recorded is given again, word for word and in its order; what was not, is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <sys/stat.h>

#include "client/llm_record.c"
#include "support/test_ctx.h"

static struct test_ctx t;
static char path[64];
static int asked;

static err model(void *self, struct ctx *c, const struct llm_request *q, llm_done *done, void *arg)
{
    (void)self, (void)c;
    char text[64];
    snprintf(text, sizeof(text), "{\"n\":%d,\"q\":\"\xc3\xa9\\n\"}", ++asked);
    const struct llm_reply r = { .text = str_of(text), .tokens_in = 10 + asked, .tokens_out = 2 };
    const struct llm_failure f = { .kind = ERR_UPSTREAM, .text = "told so" };
    const bool fails = str_eq(q->user, S("fail"));
    done(arg, fails ? &f : NULL, fails ? NULL : &r);
    return ERR_OK;
}
static const struct llm_port real = { .start = model };

struct got {
    char text[128];
    int64_t tokens_in;
    bool failed;
};
static void take(void *arg, const struct llm_failure *f, const struct llm_reply *r)
{
    struct got *g = arg;
    g->failed = f != NULL;
    g->tokens_in = r ? r->tokens_in : 0;
    snprintf(g->text, sizeof(g->text), "%.*s", f ? (int)strlen(f->text) : (int)r->text.n,
             f ? f->text : r->text.p);
}
static struct got ask(struct ctx *c, struct llm_record *r, const char *key, const char *user)
{
    const struct llm_request q = {
        .model = S("m"), .system = S("s"), .key = str_of(key), .user = str_of(user)
    };
    const struct llm_port *p = llm_record_port(r);
    struct got g = { 0 };
    assert_int_equal(p->start(p->self, c, &q, take, &g), ERR_OK);
    return g;
}

static int setup(void **state)
{
    *state = test_ctx_open(&t);
    asked = 0;
    snprintf(path, sizeof(path), "/tmp/enigma-record-XXXXXX");
    const int fd = mkstemp(path);
    return fd < 0 ? -1 : close(fd) + unlink(path);
}
static int teardown(void **state)
{
    (void)state;
    unlink(path);
    test_ctx_close(&t);
    return 0;
}

static void an_answer_is_given_again(void **state)
{
    struct ctx *c = *state;
    struct llm_record *r = NULL;
    struct stat st;
    assert_int_equal(llm_record_open(c, &real, path, &r), ERR_OK);
    const struct got a = ask(c, r, "a:1", "x"), b = ask(c, r, "b:1", "y"),
                     a_2 = ask(c, r, "a:1", "x"), hashed = ask(c, r, NULL, "z");
    assert_true(ask(c, r, "c:1", "fail").failed);
    llm_record_close(r);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(asked, 5);
    assert_int_equal(llm_replay_open(c, path, &r), ERR_OK);
    struct got g = ask(c, r, "b:1", "another boundary");
    assert_string_equal(g.text, b.text);
    assert_int_equal(g.tokens_in, b.tokens_in);
    assert_string_equal(ask(c, r, "a:1", "x").text, a.text);
    assert_string_equal(ask(c, r, "a:1", "x").text, a_2.text);
    assert_string_equal(ask(c, r, "a:1", "x").text, a_2.text); /* the last stays */
    assert_string_equal(ask(c, r, NULL, "z").text, hashed.text);
    g = ask(c, r, "c:1", "fail");
    assert_true(g.failed);
    assert_string_equal(g.text, "the record has no such answer");
    assert_int_equal(asked, 5);
    llm_record_close(r);
}

static void a_record_grows(void **state)
{
    struct ctx *c = *state;
    struct llm_record *r = NULL;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(llm_record_open(c, &real, path, &r), ERR_OK);
        (void)ask(c, r, "a", "x");
        llm_record_close(r);
    }
    assert_int_equal(llm_replay_open(c, path, &r), ERR_OK);
    assert_int_equal(r->n, 3);
    llm_record_close(r);
}

static void a_bad_line_is_named(void **state)
{
    struct ctx *c = *state;
    struct llm_record *r = NULL;
    assert_int_equal(llm_replay_open(c, path, &r), ERR_NOT_FOUND);
    fault_clear(c);
    assert_int_equal(
        file_replace(c, path, S("{\"key\":\"a\",\"text\":\"b\"}\n\n{\"key\":\"\"}\n"), 0600),
        ERR_OK);
    assert_int_equal(llm_replay_open(c, path, &r), ERR_INVALID);
    assert_string_equal(c->fault.text, "line 3 of the record of model answers is no answer");
    fault_clear(c);
    assert_int_equal(llm_record_open(c, &real, "/nonexistent/x", &r), ERR_FORBIDDEN);
    assert_null(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_answer_is_given_again, setup, teardown),
        cmocka_unit_test_setup_teardown(a_record_grows, setup, teardown),
        cmocka_unit_test_setup_teardown(a_bad_line_is_named, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
