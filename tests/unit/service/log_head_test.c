/* log-head: what a folder has seen of the log, against what the database holds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "crypto/fernet.h"
#include "os/file.h"
#include "repo/audit_repo.h"
#include "service/log_head.h"
#include "support/test_db.h"

static struct keyring keys;
static char path[96];

static int open_db(void **state)
{
    static struct test_db t;
    test_db_open(&t);
    memset(&keys, 7, sizeof(keys));
    snprintf(keys.log_origin, sizeof(keys.log_origin), "localhost/test");
    t.deps.keys = &keys;
    snprintf(path, sizeof(path), "%s/log-head", t.dir);
    *state = &t;
    return 0;
}
static int close_db(void **state)
{
    test_db_close(*state);
    return 0;
}

/* Only the columns that the head is made of matter here. */
static err put_fn(struct ctx *c, struct tx *tx, void *arg)
{
    const int64_t *idx = arg;
    char leaf[SHA256_N];
    memset(leaf, (int)*idx + 1, sizeof(leaf));
    const struct audit_entry_row row = { .idx = *idx,
                                         .act = S("log.init"),
                                         .actor = S("system"),
                                         .leaf = { leaf, sizeof(leaf) },
                                         .entry = S("{}") };
    return audit_repo_insert(c, tx, &row);
}
static void put(struct ctx *c, int64_t idx)
{
    assert_int_equal(tx_run(c, TX_WRITE, put_fn, &idx), ERR_OK);
}
static void note(struct ctx *c)
{
    struct log_head head;
    assert_int_equal(log_head_now(c, &head), ERR_OK);
    assert_int_equal(log_head_write(c, path, &head), ERR_OK);
}
static void refused(struct ctx *c, bool fresh, err kind, const char *part)
{
    assert_int_equal(log_head_check(c, path, fresh), kind);
    assert_non_null(strstr(c->fault.text, part));
    fault_clear(c);
}

static void test_no_file_and_an_empty_log_are_fine(void **state)
{
    struct ctx *c = test_db_next(*state);
    struct log_head head = { .size = 9 };
    bool found = true;
    assert_int_equal(log_head_check(c, path, false), ERR_OK);
    assert_int_equal(log_head_check(c, path, true), ERR_OK);
    assert_int_equal(log_head_read(c, path, &head, &found), ERR_OK);
    assert_false(found);
    note(c);
    assert_int_equal(log_head_check(c, path, true), ERR_OK);
}

static void test_a_log_that_grew_is_fine(void **state)
{
    struct ctx *c = test_db_next(*state);
    struct log_head head;
    bool found = false;
    put(c, 0);
    put(c, 1);
    note(c);
    assert_int_equal(log_head_read(c, path, &head, &found), ERR_OK);
    assert_true(found);
    assert_int_equal(head.size, 2);
    assert_int_equal(head.last_leaf.b[31], 2);
    put(c, 2);
    assert_int_equal(log_head_check(c, path, false), ERR_OK);
}

static void test_a_shorter_or_other_log_is_refused(void **state)
{
    struct ctx *c = test_db_next(*state);
    put(c, 0);
    put(c, 1);
    assert_int_equal(log_head_write(c, path, &(struct log_head){ .size = 3 }), ERR_OK);
    refused(c, false, ERR_PRECONDITION, "2 entries, this folder has seen 3");
    refused(c, true, ERR_PRECONDITION, "is empty");
    assert_int_equal(log_head_write(c, path, &(struct log_head){ .size = 2 }), ERR_OK);
    refused(c, false, ERR_PRECONDITION, "entry 1 differs");
}

static void change(struct ctx *c, const char *from, const char *to)
{
    struct str text;
    char copy[512];
    assert_int_equal(file_read(c, c->mem, path, sizeof(copy) - 1, &text), ERR_OK);
    memcpy(copy, text.p, text.n);
    copy[text.n] = '\0';
    char *at = strstr(copy, from);
    assert_non_null(at);
    memcpy(at, to, strlen(to));
    assert_int_equal(file_replace(c, path, str_of(copy), 0600), ERR_OK);
}

static void test_every_line_is_under_the_mac(void **state)
{
    struct ctx *c = test_db_next(*state);
    static const char *const changes[][2] = { { "localhost", "remotehos" },
                                              { "\n1\n", "\n0\n" },
                                              { "\n0101", "\n0102" } };
    put(c, 0);
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        note(c);
        assert_int_equal(log_head_check(c, path, false), ERR_OK);
        change(c, changes[i][0], changes[i][1]);
        refused(c, false, ERR_INTERNAL, "damaged");
    }
    note(c);
    keys.log_seed[5] ^= 1;
    refused(c, false, ERR_INTERNAL, "another log key");
    static const char *const broken[] = { "", "x", "a\nb\nc\nd\n", "localhost/test\n1\n" };
    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
        assert_int_equal(file_replace(c, path, str_of(broken[i]), 0600), ERR_OK);
        refused(c, false, ERR_INTERNAL, "damaged");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_no_file_and_an_empty_log_are_fine, open_db, close_db),
        cmocka_unit_test_setup_teardown(test_a_log_that_grew_is_fine, open_db, close_db),
        cmocka_unit_test_setup_teardown(test_a_shorter_or_other_log_is_refused, open_db, close_db),
        cmocka_unit_test_setup_teardown(test_every_line_is_under_the_mac, open_db, close_db),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
