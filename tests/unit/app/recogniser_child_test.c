/* Tests of the recogniser as a child: begun when asked, begun again when killed, ended with us. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/recogniser_child.h"
#include "base/str.h"

enum { SAMPLES = 16000, TIMEOUT_MS = 60000, ARENA_MAX = 64 << 20, TRIES = 600, TRY_US = 100000 };

struct world {
    struct arena *mem;
    struct deps deps;
    struct ctx c;
    struct recogniser_child *child;
};

static void begin(struct world *w, const char *program, uint32_t timeout_ms)
{
    w->mem = arena_open(NULL, ARENA_MAX);
    w->deps = (struct deps){ .clock = &clock_system, .random = &random_system };
    ctx_init(&w->c, w->mem, &w->deps, 0);
    const struct recogniser_child_options o = {
        .deps = &w->deps, .program = program, .decoders = 1, .timeout_ms = timeout_ms
    };
    assert_int_equal(recogniser_child_open(&w->c, &o, &w->child), ERR_OK);
}

static void end(struct world *w)
{
    recogniser_child_close(w->child);
    arena_close(w->mem);
}

static err hear_silence(struct world *w, struct stt_text *ret)
{
    static const int16_t samples[SAMPLES];
    const struct stt_speech speech = { samples, SAMPLES, SAMPLES };
    const struct stt_port *p = recogniser_child_port(w->child);
    fault_clear(&w->c);
    return p->hear(p->self, &w->c, &speech, ret);
}

static void hears_and_survives_a_kill(void **state)
{
    (void)state;
    struct world w;
    struct stt_text got = { .confidence = 5 };
    begin(&w, STT_PROGRAM, TIMEOUT_MS);
    assert_int_equal(recogniser_child_pid(w.child), 0); /* nobody asked yet */
    assert_int_equal(hear_silence(&w, &got), ERR_OK);
    assert_int_equal(got.text.n, 0);
    int first = recogniser_child_pid(w.child);
    assert_true(first > 0);
    assert_int_equal(hear_silence(&w, &got), ERR_OK);
    assert_int_equal(recogniser_child_pid(w.child), first);
    assert_int_equal(kill(first, SIGKILL), 0);
    err e = ERR_BUSY; /* until its end is noticed, calls fail; then the next one hears */
    for (int i = 0; i < TRIES && (e != ERR_OK || recogniser_child_pid(w.child) == first); i++) {
        usleep(TRY_US);
        e = hear_silence(&w, &got);
    }
    assert_int_equal(e, ERR_OK);
    int second = recogniser_child_pid(w.child);
    assert_true(second > 0 && second != first);
    end(&w);
    assert_int_equal(kill(second, 0), -1);
    assert_int_equal(errno, ESRCH);
}

static void a_program_that_fails(void **state)
{
    (void)state;
    struct world w;
    struct stt_text got;
    begin(&w, "/bin/false", TIMEOUT_MS);
    assert_int_equal(hear_silence(&w, &got), ERR_BUSY); /* long before the time-out */
    end(&w);
    begin(&w, "/usr/bin/yes", TIMEOUT_MS); /* says something else than its port */
    assert_int_equal(hear_silence(&w, &got), ERR_BUSY);
    end(&w);
}

static void no_program(void **state)
{
    (void)state;
    struct world w;
    begin(&w, "/bin/true", TIMEOUT_MS);
    const struct recogniser_child_options o = { .deps = &w.deps, .program = "/nowhere" };
    struct recogniser_child *none = NULL;
    assert_int_equal(recogniser_child_open(&w.c, &o, &none), ERR_INVALID);
    assert_non_null(strstr(w.c.fault.text, "STT_PROGRAM"));
    end(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hears_and_survives_a_kill),
        cmocka_unit_test(a_program_that_fails),
        cmocka_unit_test(no_program),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
