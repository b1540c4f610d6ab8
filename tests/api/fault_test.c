/* The database refuses at every place it can, one after the other: the answer says nothing of the
 * inside, rows and log are as before or wholly changed, and the log verifies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "api/ask.h"
#include "api/cycles.h"

enum { COUNTS_MAX = 17, TRIES_MAX = 400 };

/* Refuses the n-th statement or commit after it was armed, once. */
struct trap {
    int at, seen;
    err kind;
    bool sprung;
};
static err trap_before(void *self, const char *what)
{
    struct trap *t = self;
    (void)what;
    if (t->at == 0 || ++t->seen != t->at)
        return ERR_OK;
    t->sprung = true;
    return t->kind;
}

struct trapped {
    struct world w;
    struct trap trap;
    struct db_fault_port port;
};

static int open_trapped(void **state)
{
    struct trapped *t = calloc(1, sizeof(*t));
    t->port = (struct db_fault_port){ .self = &t->trap, .before = trap_before };
    world_open(&t->w, &t->port);
    *state = t;
    return 0;
}
static int close_trapped(void **state)
{
    struct trapped *t = *state;
    world_must_verify(&t->w);
    world_close(&t->w);
    free(t);
    return 0;
}

/* Everything that the four requests may change, as numbers. */
struct counts {
    int64_t v[COUNTS_MAX];
};
static const char *const count_sql[] = {
    "SELECT COUNT(*) AS n FROM audit_entry WHERE '' <> :a",
    "SELECT COUNT(*) AS n FROM subject_key WHERE '' <> :a",
    "SELECT COUNT(*) AS n FROM idempotency_keys WHERE '' <> :a",
    "SELECT COUNT(*) AS n FROM selection_logs WHERE '' <> :a",
    "SELECT COUNT(*) AS n FROM application_texts WHERE '' <> :a",
    "SELECT COUNT(*) AS n FROM applications WHERE admission_cycle_id = :a",
    "SELECT COUNT(*) AS n FROM applications WHERE admission_cycle_id = :a AND status = 'finalized'",
    "SELECT COUNT(*) AS n FROM applications WHERE admission_cycle_id = :a AND status = 'selected'",
    "SELECT COUNT(*) AS n FROM final_scores WHERE admission_cycle_id = :a AND status = 'selected'",
    "SELECT COUNT(*) AS n FROM final_scores WHERE admission_cycle_id = :a AND "
    "status = 'not_selected'",
    "SELECT current_seats AS n FROM admission_cycles WHERE cycle_id = :a",
    "SELECT COALESCE(CAST(SUM(taken) AS BIGINT), 0) AS n FROM cycle_intake WHERE cycle_id = :a",
    "SELECT selected_count AS n FROM admission_cycles WHERE cycle_id = :a",
    "SELECT COUNT(*) AS n FROM admission_cycles WHERE cycle_id = :a AND is_open",
    "SELECT COUNT(*) AS n FROM admission_cycles WHERE cycle_id = :a AND phase IN ('frozen', "
    "'selection', 'published')",
    "SELECT COUNT(*) AS n FROM admission_cycles WHERE cycle_id = :a AND freeze_leaf IS NULL",
    "SELECT COUNT(*) AS n FROM jobs WHERE '' <> :a",
};
_Static_assert(sizeof(count_sql) / sizeof(count_sql[0]) == COUNTS_MAX, "one statement a number");

static struct counts count_all(struct world *w)
{
    struct counts c = { { 0 } };
    for (int i = 0; i < COUNTS_MAX; i++)
        c.v[i] = test_count(world_ctx(w), count_sql[i], str_of(w->cycle_id), S(""));
    return c;
}

static void check_silent(const struct answer *a)
{
    static const char *const inside[] = { "SQL",    "sql",    "disk",   "src/", ".c:",
                                          "SELECT", "INSERT", "audit_", "/tmp", "constraint" };
    for (size_t i = 0; i < sizeof(inside) / sizeof(inside[0]); i++)
        if (str_has(a->raw, inside[i]))
            fail_msg("the answer speaks of %s: %.*s", inside[i], STR_ARG(a->body));
}

static int64_t moved(const struct counts *from, const struct counts *to)
{
    int64_t n = 0;
    for (int i = 0; i < COUNTS_MAX; i++)
        n += from->v[i] != to->v[i];
    return n;
}

/* Asks with the n-th place trapped. Returns false when the request never came that far. */
static bool spring(struct trapped *t, struct ask q, int n, struct answer *ret)
{
    t->trap.seen = 0;
    t->trap.sprung = false;
    t->trap.at = n;
    *ret = ask(&t->w, q);
    t->trap.at = 0;
    return t->trap.sprung;
}

/* setup makes the place that the request is asked in; whole: what a success changes. */
struct scene {
    const char *verb; /* NULL: an application */
    int32_t phase;
};

static struct ask scene_ask(struct world *w, const struct scene *s, char path[256])
{
    if (!s->verb)
        return (struct ask){ .method = "POST",
                             .path = "/applications",
                             .as = MATRIX_STUDENT,
                             .headers = "Idempotency-Key: once-and-only-once\r\n",
                             .body = S(WORLD_APPLICATION) };
    snprintf(path, 256, "/admin/cycles/%s/%s", w->cycle_id, s->verb);
    return (struct ask){ .method = "POST", .path = path, .as = MATRIX_ADMIN };
}

static void expect_refused(const struct answer *a, err kind)
{
    int want = kind == ERR_BUSY ? 503 : 500;
    if (a->status != want)
        fail_msg("%d, not %d: %.*s", a->status, want, STR_ARG(a->body));
    check_silent(a);
    if (kind == ERR_BUSY)
        assert_true(answer_header(a, "Retry-After").p != NULL);
}

/* Every place until the request comes through without meeting the trap. */
static void all_places(struct trapped *t, const struct scene *s, err kind)
{
    char path[256];
    struct counts before, after, whole = { { 0 } };
    int n = 1, refused = 0, changed_all_the_same = 0;
    t->trap.kind = kind;
    world_cycle(&t->w, s->phase, s->verb != NULL);
    before = count_all(&t->w);
    for (;; n++) {
        struct answer a;
        assert_true(n < TRIES_MAX);
        bool sprung = spring(t, scene_ask(&t->w, s, path), n, &a);
        if (sprung && a.status != 200)
            expect_refused(&a, kind);
        else
            assert_int_equal(a.status, 200);
        bool ok = a.status == 200;
        after = count_all(&t->w);
        world_must_verify(&t->w);
        if (!sprung) {
            assert_true(moved(&before, &after) > 0);
            break;
        }
        refused += !ok;
        if (!ok && moved(&before, &after) == 0)
            continue;
        /* It went through: at once by a second try, or before the refusal. Then all of it. */
        changed_all_the_same++;
        for (int i = 0; i < COUNTS_MAX; i++) {
            int64_t d = after.v[i] - before.v[i];
            if (changed_all_the_same == 1)
                whole.v[i] = d;
            assert_int_equal(d, whole.v[i]);
        }
        if (!s->verb)
            test_exec(world_ctx(&t->w), "DELETE FROM idempotency_keys WHERE '' <> :a", S("x"),
                      S(""));
        world_cycle(&t->w, s->phase, s->verb != NULL);
        before = count_all(&t->w);
    }
    for (int i = 0; i < COUNTS_MAX && changed_all_the_same; i++)
        assert_int_equal(after.v[i] - before.v[i], whole.v[i]);
    if (kind != ERR_BUSY)
        assert_true(refused > 3);
    assert_true(n > 4);
    if (!s->verb)
        test_exec(world_ctx(&t->w), "DELETE FROM idempotency_keys WHERE '' <> :a", S("x"), S(""));
}

static void scene_test(void **state, const char *verb, int32_t phase)
{
    const struct scene s = { verb, phase };
    all_places(*state, &s, ERR_INTERNAL);
    all_places(*state, &s, ERR_BUSY);
}

static void test_submit(void **state)
{
    scene_test(state, NULL, PHASE_SUBMISSION);
}
static void test_freeze(void **state)
{
    scene_test(state, "freeze", PHASE_SUBMISSION);
}
static void test_select(void **state)
{
    scene_test(state, "select", PHASE_SCORED);
}
static void test_publish(void **state)
{
    scene_test(state, "publish", PHASE_SELECTION);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_submit),
        cmocka_unit_test(test_freeze),
        cmocka_unit_test(test_select),
        cmocka_unit_test(test_publish),
    };
    return cmocka_run_group_tests(tests, open_trapped, close_trapped);
}
