/* Cycles over a real database: create, change, open, close, delete, ETags, what the public sees. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "support/test_ctx.h"
#include "support/test_cycle.h"

static void create_closes_the_open_one(void **state)
{
    (void)state;
    struct test_cycle t;
    struct ctx *c = test_cycle_open(&t, 0);
    const struct cycle_new n = test_cycle_new(c, 3);
    struct cycle first, second, again;
    assert_int_equal(cycle_create(c, &n, &first), ERR_OK);
    assert_true(first.is_open);
    assert_int_equal(first.phase, PHASE_SUBMISSION);
    assert_int_equal(first.cycle_id.n, strlen("CYC_20260203_040506_ABCD"));
    assert_true(str_starts(first.cycle_id, S("CYC_")));
    assert_true(str_eq(first.created_by, S("ADM_TEST0001")));
    assert_int_equal(cycle_create(c, &n, &second), ERR_OK);
    assert_int_equal(cycle_get(c, first.cycle_id, &again), ERR_OK);
    assert_false(again.is_open);
    assert_int_equal(again.closed_at, c->now_us);
    assert_true(str_eq(again.closed_by, S("ADM_TEST0001")));
    bool found = false;
    assert_int_equal(cycle_active(c, &again, &found), ERR_OK);
    assert_true(found && str_eq(again.cycle_id, second.cycle_id));
    assert_int_equal(test_acts(c, "cycle.create"), 2);
    assert_int_equal(test_acts(c, "cycle.close"), 1);
    test_cycle_close(&t);
}

/* The same second and the same four random characters: another id is drawn. */
static void create_survives_an_id_that_is_taken(void **state)
{
    (void)state;
    struct test_cycle t;
    struct ctx *c = test_cycle_open(&t, 0);
    struct fake_random again = { .seed = 7 };
    const struct random_port repeated = fake_random_port(&again), *own = t.db.deps.random;
    const struct cycle_new n = test_cycle_new(c, 3);
    struct cycle first, second;
    t.db.deps.random = &repeated;
    assert_int_equal(cycle_create(c, &n, &first), ERR_OK);
    again.seed = 7;
    assert_int_equal(cycle_create(c, &n, &second), ERR_OK);
    t.db.deps.random = own;
    assert_false(str_eq(first.cycle_id, second.cycle_id));
    assert_int_equal(test_acts(c, "cycle.create"), 2);
    test_cycle_close(&t);
}

static void create_refuses(void **state)
{
    (void)state;
    struct test_cycle t;
    struct ctx *c = test_cycle_open(&t, 0);
    struct cycle_new n = test_cycle_new(c, 3);
    struct cycle cy;
    n.end_date = n.start_date;
    assert_int_equal(cycle_create(c, &n, &cy), ERR_INVALID);
    assert_int_equal(c->fault.n_issues, 1);
    c = test_as(&t, &t.auditor);
    n = test_cycle_new(c, 3);
    assert_int_equal(cycle_create(c, &n, &cy), ERR_FORBIDDEN);
    assert_int_equal(test_acts(c, "cycle.create"), 0);
    test_cycle_close(&t);
}

static void list_pages_newest_first(void **state)
{
    (void)state;
    struct test_cycle t;
    struct ctx *c = test_cycle_open(&t, 0);
    struct cycle_new n = test_cycle_new(c, 3);
    struct cycle cy;
    for (int i = 0; i < 5; i++) {
        n.cycle_name = str_fmt(c->mem, "Cycle %d", i);
        c->now_us += i < 3 ? 1000000 : 0; /* the last ones share their moment */
        assert_int_equal(cycle_create(c, &n, &cy), ERR_OK);
    }
    struct str cursor = { NULL, 0 };
    int seen = 0;
    int64_t last_us = INT64_MAX, total = 0;
    struct str last_id = S("~");
    for (int page = 0; page < 3; page++) {
        struct list rows;
        assert_int_equal(cycle_list(c, 2, cursor, &rows, &cursor, &total), ERR_OK);
        const struct cycle *v = rows.v;
        for (size_t i = 0; i < rows.n; i++, seen++) {
            assert_true(v[i].created_at < last_us ||
                        (v[i].created_at == last_us && str_cmp(v[i].cycle_id, last_id) < 0));
            last_us = v[i].created_at;
            last_id = v[i].cycle_id;
        }
    }
    assert_int_equal(seen, 5);
    assert_int_equal(total, 5);
    assert_null(cursor.p);
    struct list rows;
    assert_int_equal(cycle_list(c, 2, S("%%%"), &rows, &cursor, &total), ERR_INVALID);
    test_cycle_close(&t);
}

static err update(struct ctx *c, struct str id, const char *json, struct str if_match,
                  struct cycle *ret)
{
    struct cycle_new n = { .max_seats = 0 };
    struct seen seen = { 0 };
    TRY(schema_decode(c, &cycle_new_schema, str_of(json), &n, &seen));
    return cycle_update(c, id, &n, &seen, if_match, ret);
}

static void update_by_etag(void **state)
{
    (void)state;
    struct test_cycle t;
    char room[ID_MAX + 1];
    struct ctx *c = test_cycle_open(&t, 3);
    const struct str id = test_cycle_create(c, 3, room);
    struct cycle cy;
    assert_int_equal(cycle_get(c, id, &cy), ERR_OK);
    const struct str first = cycle_etag(c, &cy);
    assert_int_equal(first.p[0], '"');
    assert_int_equal(update(c, id, "{\"cycle_name\":\"Winter\"}", first, &cy), ERR_OK);
    assert_true(str_eq(cy.cycle_name, S("Winter")));
    assert_false(str_eq(cycle_etag(c, &cy), first));
    const struct str second = cycle_etag(c, &cy);
    assert_int_equal(update(c, id, "{\"cycle_name\":\"Spring\"}", first, &cy), ERR_PRECONDITION);
    fault_clear(c);
    /* A submission changes what is shown, not what editors agree on. */
    test_apply_many(c, id, 0, 2);
    assert_int_equal(cycle_get(c, id, &cy), ERR_OK);
    assert_false(str_eq(cycle_etag(c, &cy), second));
    const struct str tags = str_fmt(c->mem, "\"x\", %.*s", STR_ARG(second));
    assert_int_equal(update(c, id, "{\"max_seats\":7}", tags, &cy), ERR_OK);
    assert_int_equal(cy.max_seats, 7);
    /* What changes nothing writes nothing. */
    const int64_t entries = test_acts(c, "cycle.update");
    const struct str third = cycle_etag(c, &cy);
    assert_int_equal(update(c, id, "{\"max_seats\":7}", third, &cy), ERR_OK);
    assert_true(str_eq(cycle_etag(c, &cy), third));
    assert_int_equal(test_acts(c, "cycle.update"), entries);
    assert_int_equal(entries, 2);
    assert_int_equal(update(c, S("CYC_NONE"), "{\"max_seats\":7}", third, &cy), ERR_NOT_FOUND);
    assert_string_equal(c->fault.text, "Cycle not found");
    test_cycle_close(&t);
}

static void update_is_locked_after_selection(void **state)
{
    (void)state;
    struct test_cycle t;
    char room[ID_MAX + 1];
    struct ctx *c = test_cycle_open(&t, 0);
    const struct str id = test_cycle_create(c, 3, room), none = { NULL, 0 };
    struct cycle cy;
    test_exec(c, "UPDATE admission_cycles SET phase = 'selection' WHERE cycle_id = :a", id, S(""));
    assert_int_equal(update(c, id, "{\"max_seats\":4}", none, &cy), ERR_PHASE);
    assert_non_null(strstr(c->fault.text, "max_seats"));
    fault_clear(c);
    assert_int_equal(update(c, id, "{\"end_date\":\"2031-01-01T00:00:00Z\"}", none, &cy),
                     ERR_PHASE);
    assert_non_null(strstr(c->fault.text, "end_date"));
    fault_clear(c);
    /* The same number sent again is no change. */
    assert_int_equal(update(c, id, "{\"max_seats\":3,\"cycle_name\":\"New name\"}", none, &cy),
                     ERR_OK);
    assert_true(str_eq(cy.cycle_name, S("New name")));
    test_cycle_close(&t);
}

static void open_and_close(void **state)
{
    (void)state;
    struct test_cycle t;
    char one[ID_MAX + 1], two[ID_MAX + 1];
    struct ctx *c = test_cycle_open(&t, 0);
    const struct str a = test_cycle_create(c, 3, one), b = test_cycle_create(c, 3, two);
    struct cycle cy;
    assert_int_equal(cycle_open(c, a, &cy), ERR_OK);
    assert_true(cy.is_open && !cy.closed_by.p && cy.closed_at == 0);
    assert_int_equal(cycle_get(c, b, &cy), ERR_OK);
    assert_false(cy.is_open);
    assert_int_equal(cycle_open(c, a, &cy), ERR_OK); /* again: nothing to do */
    assert_int_equal(test_acts(c, "cycle.open"), 1);
    assert_int_equal(cycle_close(c, a, &cy), ERR_OK);
    assert_false(cy.is_open);
    const int64_t closes = test_acts(c, "cycle.close");
    assert_int_equal(cycle_close(c, a, &cy), ERR_OK);
    assert_int_equal(test_acts(c, "cycle.close"), closes);
    test_exec(c, "UPDATE admission_cycles SET phase = 'completed' WHERE cycle_id = :a", a, S(""));
    assert_int_equal(cycle_open(c, a, &cy), ERR_PHASE);
    assert_string_equal(
        c->fault.text, "Cycle is in phase 'completed'; only a cycle in 'submission' can be opened");
    test_cycle_close(&t);
}

static void delete_refuses_what_is_in_use(void **state)
{
    (void)state;
    struct test_cycle t;
    char one[ID_MAX + 1], two[ID_MAX + 1];
    struct ctx *c = test_cycle_open(&t, 2);
    const struct str a = test_cycle_create(c, 3, one);
    struct cycle cy;
    assert_int_equal(cycle_delete(c, a), ERR_PHASE);
    assert_non_null(strstr(c->fault.text, "open cycle"));
    fault_clear(c);
    test_apply_many(c, a, 0, 1);
    const struct str b = test_cycle_create(c, 3, two);
    assert_int_equal(cycle_delete(c, a), ERR_PHASE);
    assert_non_null(strstr(c->fault.text, "has applications"));
    fault_clear(c);
    assert_int_equal(cycle_close(c, b, &cy), ERR_OK);
    assert_int_equal(cycle_delete(c, b), ERR_OK);
    assert_int_equal(cycle_get(c, b, &cy), ERR_NOT_FOUND);
    fault_clear(c);
    assert_int_equal(cycle_delete(c, b), ERR_NOT_FOUND);
    assert_int_equal(test_acts(c, "cycle.delete"), 1);
    test_cycle_close(&t);
}

static void admission_info_tells_the_time(void **state)
{
    (void)state;
    struct test_cycle t;
    char room[ID_MAX + 1];
    struct ctx *c = test_cycle_open(&t, 0);
    struct admission_info info;
    assert_int_equal(admission_info_get(c, &info), ERR_OK);
    assert_false(info.is_open);
    assert_null(info.cycle_name.p);
    assert_int_equal(info.max_seats, SCHEMA_NULL_I64);
    test_cycle_create(c, 3, room);
    assert_int_equal(admission_info_get(c, &info), ERR_OK);
    assert_true(info.is_open);
    assert_int_equal(info.max_seats, 3);
    assert_true(str_starts(info.message, S("Applications are welcome until ")));
    c->now_us -= 2 * TEST_DAY_US;
    assert_int_equal(admission_info_get(c, &info), ERR_OK);
    assert_false(info.is_open);
    assert_true(str_starts(info.message, S("Applications open on ")));
    c->now_us += 15 * TEST_DAY_US;
    assert_int_equal(admission_info_get(c, &info), ERR_OK);
    assert_false(info.is_open);
    assert_true(str_starts(info.message, S("The time for applications ended on ")));
    test_cycle_close(&t);
}

static void status_names_the_next_step_and_what_blocks_it(void **state)
{
    (void)state;
    struct test_cycle t;
    char room[ID_MAX + 1];
    struct ctx *c = test_cycle_open(&t, 4);
    const struct str id = test_cycle_create(c, 3, room);
    struct cycle_status st;
    assert_int_equal(cycle_status_get(c, id, &st), ERR_OK);
    assert_true(str_eq(st.next_verb, S("freeze")));
    assert_non_null(st.blocked_by.p);
    test_apply_many(c, id, 0, 4);
    assert_int_equal(cycle_status_get(c, id, &st), ERR_OK);
    assert_null(st.blocked_by.p);
    const struct cycle_stats *stats = st.stats;
    assert_int_equal(stats->total_applications, 4);
    assert_int_equal(stats->submitted, 4);
    assert_int_equal(c->fault.kind, ERR_OK);
    assert_int_equal(cycle_status_get(c, S("CYC_NONE"), &st), ERR_NOT_FOUND);
    test_cycle_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(create_closes_the_open_one),
        cmocka_unit_test(create_survives_an_id_that_is_taken),
        cmocka_unit_test(create_refuses),
        cmocka_unit_test(list_pages_newest_first),
        cmocka_unit_test(update_by_etag),
        cmocka_unit_test(update_is_locked_after_selection),
        cmocka_unit_test(open_and_close),
        cmocka_unit_test(delete_refuses_what_is_in_use),
        cmocka_unit_test(admission_info_tells_the_time),
        cmocka_unit_test(status_names_the_next_step_and_what_blocks_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
