/* Every route as every caller in every phase: the answers are those of matrix.json, and the file is
 * what the tables say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "api/ask.h"
#include "api/cycles.h"

static void test_file_is_generated_text(void **state)
{
    (void)state;
    struct buf b;
    size_t n = 0;
    const struct route_table *tables = api_tables(&n);
    buf_init(&b, NULL, 1 << 20);
    routes_write_matrix(&b, tables, n);
    FILE *f = fopen(API_DIR "/matrix.json", "rb");
    assert_non_null(f);
    char *text = malloc(b.n + 2);
    assert_non_null(text);
    size_t got = fread(text, 1, b.n + 2, f);
    fclose(f);
    if (got != b.n || memcmp(text, b.p, b.n) != 0)
        fail_msg("tests/api/matrix.json is old: enigma docs matrix > tests/api/matrix.json");
    free(text);
    buf_done(&b);
}

/* The owner has applied, except where the request is to apply. */
static bool with_owner(const struct route *r)
{
    return strcmp(r->path, "/applications") != 0;
}

static int try_route(struct world *w, const struct route *r, int32_t phase, bool *io_fresh)
{
    int wrong = 0;
    for (int who = 0; who < MATRIX_CALLERS; who++) {
        if (!*io_fresh)
            world_cycle(w, phase, with_owner(r));
        *io_fresh = true;
        struct arena *mem = arena_open(NULL, 1 << 20);
        enum matrix_caller as = (enum matrix_caller)who;
        struct answer a = ask(w, good_ask(w, mem, r, as));
        int want = matrix_status(r, as, phase);
        if (a.status != want) {
            print_error("%s %s as %s in %s: %d, the matrix says %d: %.*s\n", r->method, r->path,
                        matrix_caller_names[who], phase_names.v[phase], a.status, want,
                        (int)(a.body.n < 300 ? a.body.n : 300), a.body.p);
            wrong++;
        }
        if (a.status < 300)
            ask_renew(w, r, as);
        if (a.status < 300 && is_spending(r))
            *io_fresh = false;
        arena_close(mem);
    }
    return wrong;
}

static void phase_agrees(int32_t phase)
{
    struct world w;
    world_open(&w, NULL);
    int wrong = 0;
    bool fresh = false;
    for (size_t t = 0; t < w.o.n_tables; t++) {
        for (size_t i = 0; i < w.o.tables[t].n; i++) {
            const struct route *r = &w.o.tables[t].routes[i];
            const bool own_world = !with_owner(r) || needs_shortlist(r);
            fresh = fresh && !own_world;
            w.shortlist = needs_shortlist(r);
            wrong += try_route(&w, r, phase, &fresh);
            fresh = fresh && !own_world;
            w.shortlist = false;
        }
    }
    world_must_verify(&w);
    world_close(&w);
    assert_int_equal(wrong, 0);
}

#define PHASE_TEST(name_, phase_)                                                                  \
    static void test_##name_(void **state)                                                         \
    {                                                                                              \
        (void)state;                                                                               \
        phase_agrees(phase_);                                                                      \
    }
PHASE_TEST(submission, PHASE_SUBMISSION)
PHASE_TEST(frozen, PHASE_FROZEN)
PHASE_TEST(preprocessing, PHASE_PREPROCESSING)
PHASE_TEST(batch_prep, PHASE_BATCH_PREP)
PHASE_TEST(processing, PHASE_PROCESSING)
PHASE_TEST(scored, PHASE_SCORED)
PHASE_TEST(selection, PHASE_SELECTION)
PHASE_TEST(published, PHASE_PUBLISHED)
PHASE_TEST(completed, PHASE_COMPLETED)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_file_is_generated_text),
        cmocka_unit_test(test_submission),
        cmocka_unit_test(test_frozen),
        cmocka_unit_test(test_preprocessing),
        cmocka_unit_test(test_batch_prep),
        cmocka_unit_test(test_processing),
        cmocka_unit_test(test_scored),
        cmocka_unit_test(test_selection),
        cmocka_unit_test(test_published),
        cmocka_unit_test(test_completed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
