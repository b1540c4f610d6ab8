/* Key rotation over a whole cycle: cut wherever the disk may fail, taken up again, and at the end
 * the new key alone opens everything. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "repo/seal_repo.h"
#include "service/audit_verify.h"
#include "service/key_rotation.h"
#include "support/test_ctx.h"
#include "support/test_cycle.h"

enum { N = 24, CUTS_MAX = 400, PAGE = 1000 };
/* Identity, mapping and two keys of each; a draft, a reason. */
enum { SEALED = 4 * N + 2 };

struct fault_point {
    int64_t left; /* calls until it strikes; below 0: never */
    bool struck;
};
static err strike(void *self, const char *what)
{
    struct fault_point *f = self;
    (void)what;
    if (f->left < 0 || f->left-- > 0)
        return ERR_OK;
    f->struck = true;
    return ERR_INTERNAL;
}

struct fixture {
    struct test_cycle t;
    struct fault_point point;
    struct db_fault_port port;
    struct fernet_key old;
    char id[ID_MAX + 1];
};

/* Opens the database again with the fault port in place. */
static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    struct ctx *c = test_cycle_open(&f->t, N);
    const struct str id = test_cycle_create(c, 5, f->id);
    test_apply_many(c, id, 0, N);
    test_walk(&f->t, id, 5);
    c = test_as(&f->t, NULL);
    test_exec(c,
              "INSERT INTO application_drafts (draft_id, student_id, admission_cycle_id, tag, "
              "created_at, updated_at, sealed) VALUES ('DRF_1', 'STU_00000000000000000000000001', "
              ":a, 1, '2026-01-01T00:00:00.000000Z', '2026-01-01T00:00:00.000000Z', :b)",
              id, keyring_seal(c, S("{\"essay\":\"begun\"}")));
    test_exec(c,
              "INSERT INTO identity_reads (read_id, subject, admin_id, fields, read_at, "
              "sealed_reason) VALUES ('RDP_1', :a, 'ADM_TEST0001', 'name', "
              "'2026-01-01T00:00:00.000000Z', :b)",
              S("application:APP_1"), keyring_seal(c, S("a reason that is kept")));
    f->point.left = -1;
    f->port = (struct db_fault_port){ &f->point, strike };
    f->t.db.o.faults = &f->port;
    test_db_reopen(&f->t.db);
    f->old = f->t.keys.fernet[0];
    *state = f;
    return 0;
}
static int teardown(void **state)
{
    struct fixture *f = *state;
    test_cycle_close(&f->t);
    free(f);
    return 0;
}

static void add_key(struct fixture *f)
{
    struct ctx *c = test_as(&f->t, NULL);
    f->t.keys.fernet[1] = f->t.keys.fernet[0];
    fernet_key_make(c, &f->t.keys.fernet[0]);
    f->t.keys.n_fernet = 2;
}

struct count {
    int64_t total, first, old, none; /* first: opens under the first key of the ring */
};
struct count_call {
    const struct fixture *f;
    struct count n;
};

static err count_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct count_call *q = arg;
    q->n = (struct count){ 0 };
    for (int column = 0; column < SEAL_COLUMN_COUNT; column++) {
        struct list rows;
        TRY(seal_repo_page(c, tx, (enum seal_column)column, (struct str){ NULL, 0 }, PAGE, &rows));
        const struct seal_row *r = rows.v;
        for (size_t i = 0; i < rows.n; i++) {
            struct str plain;
            uint64_t time_s;
            const bool first =
                fernet_open_with(&q->f->t.keys.fernet[0], r[i].token, c->mem, &plain, &time_s);
            const bool old = fernet_open_with(&q->f->old, r[i].token, c->mem, &plain, &time_s);
            q->n.total++;
            q->n.first += first;
            q->n.old += old;
            q->n.none += !first && !old;
        }
    }
    return ERR_OK;
}
static struct count count_keys(struct fixture *f)
{
    struct ctx *c = test_as(&f->t, NULL);
    struct count_call q = { .f = f };
    test_db_must(c, tx_run(c, TX_READ, count_tx, &q), "count");
    return q.n;
}

static void assert_verified(struct fixture *f)
{
    struct verify_report r;
    const struct verify_options o = { .rows = true };
    struct ctx *c = test_as(&f->t, NULL);
    test_db_must(c, audit_verify(c, &o, &r), "audit_verify");
    assert_true(r.is_valid);
    const struct verify_checks *checks = r.checks;
    assert_true(str_eq(checks->rows, S("ok")));
}

static void note_progress(void *arg, int64_t done, int64_t total)
{
    int64_t *last = arg;
    assert_true(done >= *last && done <= total);
    *last = done;
}

static void everything_moves_to_the_first_key(void **state)
{
    struct fixture *f = *state;
    const struct count before = count_keys(f);
    assert_int_equal(before.total, SEALED);
    assert_int_equal(before.old, before.total);
    int64_t changed = -1, last = 0;
    test_db_must(test_as(&f->t, NULL), key_rotation_run(&f->t.db.c, NULL, NULL, &changed), "idle");
    assert_int_equal(changed, 0); /* one key: nothing to do */
    add_key(f);
    assert_verified(f);
    struct ctx *c = test_as(&f->t, NULL);
    assert_int_equal(key_rotation_run(c, note_progress, &last, &changed), ERR_OK);
    assert_int_equal(changed, before.total);
    assert_int_equal(last, before.total);
    const struct count after = count_keys(f);
    assert_int_equal(after.first, before.total);
    assert_int_equal(after.old, 0);
    c = test_as(&f->t, NULL);
    assert_int_equal(key_rotation_run(c, NULL, NULL, &changed), ERR_OK);
    assert_int_equal(changed, 0);
    f->t.keys.n_fernet = 1; /* the old key is thrown away */
    assert_verified(f);
}

/* Cut at one call after the other, nearer and farther, until a run comes through: at every cut each
 * value opens under one of the two keys, and nothing that was moved is moved again. */
static void a_cut_run_is_taken_up(void **state)
{
    struct fixture *f = *state;
    struct fake_random dice = { .seed = 42 };
    add_key(f);
    int64_t moved = 0, changed = -1;
    int cuts = 0;
    for (;; cuts++) {
        uint32_t roll;
        fake_random_fill(&dice, &roll, sizeof(roll));
        assert_true(cuts < CUTS_MAX);
        f->point = (struct fault_point){ .left = cuts < 20 ? (int64_t)(roll % 110) : -1 };
        struct ctx *c = test_as(&f->t, NULL);
        const err e = key_rotation_run(c, NULL, NULL, &changed);
        const bool struck = f->point.struck;
        f->point.left = -1;
        assert_int_equal(e, struck ? ERR_INTERNAL : ERR_OK);
        const struct count n = count_keys(f);
        assert_int_equal(n.none, 0);
        assert_int_equal(n.total, SEALED);
        assert_int_equal(n.first + n.old, n.total);
        assert_true(n.first >= moved);
        if (e == ERR_OK)
            assert_int_equal(n.first - moved, changed);
        moved = n.first;
        if (!struck && cuts >= 20)
            break;
    }
    assert_true(cuts >= 20);
    assert_int_equal(moved, SEALED);
    f->t.keys.n_fernet = 1;
    assert_verified(f);
}

/* The old key went too early: what is left under it is named, not lost. */
static void a_missing_key_is_said(void **state)
{
    struct fixture *f = *state;
    add_key(f);
    f->t.keys.n_fernet = 1;
    int64_t changed = -1;
    struct ctx *c = test_as(&f->t, NULL);
    assert_int_equal(key_rotation_run(c, NULL, NULL, &changed), ERR_INTERNAL);
    assert_non_null(strstr(c->fault.text, "cannot be opened"));
    assert_int_equal(changed, -1);
    assert_int_equal(count_keys(f).old, SEALED);
    f->t.keys.n_fernet = 2;
    c = test_as(&f->t, NULL);
    assert_int_equal(key_rotation_run(c, NULL, NULL, &changed), ERR_OK);
    assert_int_equal(changed, SEALED);
    f->t.keys.n_fernet = 1;
    assert_verified(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(everything_moves_to_the_first_key, setup, teardown),
        cmocka_unit_test_setup_teardown(a_cut_run_is_taken_up, setup, teardown),
        cmocka_unit_test_setup_teardown(a_missing_key_is_said, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
