/* The place of an entry that waited: index, link, time and leaf, and nothing else changed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/str.h"
#include "crypto/merkle.h"
#include "service/audit_inner.h"

#define NONCE  "00112233445566778899aabbccddeeff"
#define COMMIT "11111111111111111111111111111111ffffffffffffffffffffffffffffffff"

static struct entry sample(int64_t ts_ms)
{
    struct entry e = {
        .act = S("application.submit"),
        .actor = S("student"),
        .cycle = S("CYC_1"),
        .subj = S("application:APP_1"),
        .n_commits = 1,
        .data = S("{}"),
        .ts_ms = ts_ms,
        .log = S("localhost/enigma-test"),
        .nonce_hex = S(NONCE),
    };
    e.commits[0].name = S("payload");
    memcpy(e.commits[0].hex, COMMIT, sizeof(COMMIT));
    return e;
}

static bool place(const struct audit_head *head, struct entry *e, struct buf *b,
                  struct entry_place *ret)
{
    static char room[ENTRY_MAX];
    *b = (struct buf){ .p = room, .cap = sizeof(room), .max = sizeof(room) };
    return audit_place(head, e, b, ret);
}

static void draft_becomes_entry(void **state)
{
    static const struct audit_head front;
    struct entry e = sample(1000), back;
    struct entry_place p;
    struct buf b;
    const char *why = NULL;
    char draft[ENTRY_MAX];
    (void)state;
    assert_true(place(&front, &e, &b, &p));
    assert_int_equal(p.row.idx, 0);
    const size_t n = b.n;
    memcpy(draft, b.p, n);
    assert_true(entry_read((struct str){ draft, n }, &back, &why));
    struct audit_head head = { .known = true, .next_idx = 41, .last_ts_ms = 900 };
    memset(head.last_leaf.b, 0xab, SHA256_N);
    assert_true(place(&head, &back, &b, &p));
    struct entry got;
    assert_true(entry_read(p.row.entry, &got, &why));
    assert_int_equal(got.idx, 41);
    assert_int_equal(got.ts_ms, 1000);
    assert_int_equal(p.row.ts, 1000);
    for (size_t i = 0; i < got.prev_hex.n; i++)
        assert_int_equal(got.prev_hex.p[i], i % 2 ? 'b' : 'a');
    assert_true(str_eq(got.nonce_hex, S(NONCE)) && str_eq(got.subj, S("application:APP_1")));
    assert_string_equal(got.commits[0].hex, COMMIT);
    const struct hash leaf = merkle_leaf_hash(p.row.entry);
    assert_memory_equal(leaf.b, p.leaf.b, SHA256_N);
    assert_int_equal(head.next_idx, 41); /* until it is written */
    audit_head_pass(&head, &p);
    assert_int_equal(head.next_idx, 42);
    assert_int_equal(head.last_ts_ms, 1000);
    assert_memory_equal(head.last_leaf.b, leaf.b, SHA256_N);
}

static void time_never_falls(void **state)
{
    const struct audit_head head = { .known = true, .next_idx = 3, .last_ts_ms = 5000 };
    struct entry e = sample(4000);
    struct entry_place p;
    struct buf b;
    (void)state;
    assert_true(place(&head, &e, &b, &p));
    assert_int_equal(p.row.ts, 5000);
    assert_int_equal(e.ts_ms, 5000);
}

static void what_breaks_the_format_has_no_place(void **state)
{
    const struct audit_head head = { .known = true, .next_idx = 3 };
    struct entry e = sample(4000);
    struct entry_place p;
    struct buf b;
    (void)state;
    e.act = S("application.rewrite");
    assert_false(place(&head, &e, &b, &p));
    e = sample(4000);
    e.n_commits = 0;
    assert_false(place(&head, &e, &b, &p));
    e = sample(-1);
    assert_true(place(&head, &e, &b, &p)); /* the head's time stands for it */
    assert_int_equal(p.row.ts, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(draft_becomes_entry),
        cmocka_unit_test(time_never_falls),
        cmocka_unit_test(what_breaks_the_format_has_no_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
