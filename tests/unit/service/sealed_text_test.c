/* The sealed plain texts: byte for byte what Python's json.dumps(sort_keys=True) writes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/str.h"
#include "service/sealed_text.h"

static struct str written(struct arena *mem, const struct sealed_identity *who)
{
    struct buf b;
    buf_init(&b, mem, 4096);
    pii_text_write(&b, who);
    assert_true(buf_ok(&b));
    return buf_view(&b);
}

static void writes_what_python_writes(void **state)
{
    (void)state;
    struct arena *mem = arena_open(NULL, 1 << 20);
    const struct sealed_identity all = {
        .application_id = S("APP_1"), /* not in the text */
        .name = S("Zo\xc3\xab \"Q\" \\ \xf0\x9f\x8c\x8a \x7f\x01\n\t/"),
        .email = S("a@example.org"),
        .phone = S("+1 2"),
        .address = S("Stra\xc3\x9f"
                     "e 1\r\n\xe2\x80\xa8"),
    };
    assert_true(str_eq(written(mem, &all),
                       S("{\"address\": \"Stra\\u00dfe 1\\r\\n\\u2028\", \"email\": "
                         "\"a@example.org\", \"name\": \"Zo\\u00eb \\\"Q\\\" \\\\ \\ud83c\\udf0a "
                         "\\u007f\\u0001\\n\\t/\", \"phone\": \"+1 2\"}")));
    const struct sealed_identity few = { .name = S("A"), .email = S("b@c.d") };
    assert_true(str_eq(written(mem, &few), S("{\"email\": \"b@c.d\", \"name\": \"A\"}")));
    arena_close(mem);
}

static void reads_test_scores_strictly(void **state)
{
    (void)state;
    struct arena *mem = arena_open(NULL, 1 << 20);
    struct list l;
    assert_true(test_scores_read(S("{\"SAT\":1450,\"IELTS\":7.5}"), mem, &l));
    const struct e2_pair *v = l.v;
    assert_int_equal(l.n, 2);
    assert_true(str_eq(v[0].name, S("SAT")) && v[0].e2 == 145000);
    assert_true(str_eq(v[1].name, S("IELTS")) && v[1].e2 == 750);
    assert_true(test_scores_read(S("{}"), mem, &l) && l.n == 0);
    assert_false(test_scores_read(S("{\"SAT\":\"1450\"}"), mem, &l));
    assert_false(test_scores_read(S("{\"SAT\":1.005}"), mem, &l));
    assert_false(test_scores_read(S("{\"SAT\":1"), mem, &l));
    assert_false(test_scores_read(S("{} x"), mem, &l));
    assert_false(test_scores_read(S("[]"), mem, &l));
    assert_false(test_scores_read(S(""), mem, &l));
    arena_close(mem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_what_python_writes),
        cmocka_unit_test(reads_test_scores_strictly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
