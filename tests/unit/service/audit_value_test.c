/* The committed values and the leaves of the cycle roots, against the published vectors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/str.h"
#include "crypto/hash.h"
#include "crypto/merkle.h"
#include "service/audit_value.h"

enum { VECTORS_MAX = 1 << 20 };
static char vectors[VECTORS_MAX];

static bool in_vectors(const char *text)
{
    return strstr(vectors, text) != NULL;
}

static int load(void **state)
{
    (void)state;
    FILE *f = fopen(TEST_DATA_DIR "/vectors.json", "rb");
    assert_non_null(f);
    size_t n = fread(vectors, 1, sizeof(vectors) - 1, f);
    vectors[n] = '\0';
    return fclose(f);
}

static struct buf room(char *p, size_t n)
{
    return (struct buf){ .p = p, .cap = n, .max = n };
}

static void expect(const struct buf *b, const char *want)
{
    struct str v = buf_view(b);
    assert_true(buf_ok(b));
    if (!str_eq(v, str_of(want)))
        fail_msg("%.*s", STR_ARG(v));
}

static void test_score(void **state)
{
    (void)state;
    char text[512];
    struct buf b = room(text, sizeof(text));
    audit_score_canon(&b, &(struct audit_score){ 8800, 8500, 8000, 8615, 9000 });
    expect(&b, "{\"academic_e2\":8800,\"achievement_e2\":8500,\"essay_e2\":8000,"
               "\"final_e2\":8615,\"test_e2\":9000}");
    assert_true(in_vectors("\\\"final_e2\\\":8615,\\\"test_e2\\\":9000}"));
}

static void test_finalist(void **state)
{
    (void)state;
    char text[512];
    struct buf b = room(text, sizeof(text));
    const struct audit_finalist with = { .combined = 7954,
                                         .communication = 700,
                                         .critical_thinking = 800,
                                         .final = 8615,
                                         .motivation = 801,
                                         .interview = 767 };
    audit_finalist_canon(&b, &with);
    expect(&b, "{\"combined_e2\":7954,\"communication_e2\":700,\"critical_thinking_e2\":800,"
               "\"final_e2\":8615,\"interview_e2\":767,\"motivation_e2\":801}");
    buf_clear(&b);
    audit_finalist_canon(&b,
                         &(struct audit_finalist){ .final = 8615, .interview = SCHEMA_NULL_I64 });
    expect(&b, "{\"final_e2\":8615}");
}

/* The roots that the vectors' freeze and select entries hold come out of these leaves. */
static void expect_root(const struct merkle *m, const char *hex)
{
    const struct hash h = merkle_root(m);
    char got[65];
    for (size_t i = 0; i < SHA256_N; i++)
        snprintf(got + 2 * i, 3, "%02x", h.b[i]);
    assert_string_equal(got, hex);
    assert_true(in_vectors(hex));
}

static void add(struct merkle *m, const struct buf *b)
{
    const struct hash leaf = merkle_leaf_hash(buf_view(b));
    merkle_add(m, &leaf);
}

static void test_roots(void **state)
{
    (void)state;
    char text[512];
    struct merkle m;
    merkle_init(&m);
    struct buf b = room(text, sizeof(text));
    audit_app_leaf(&b, S("APP_7F3A21C9"), 3);
    expect(&b, "{\"id\":\"APP_7F3A21C9\",\"idx\":3}");
    add(&m, &b);
    buf_clear(&b);
    audit_app_leaf(&b, S("APP_02BC44D1"), 4);
    add(&m, &b);
    expect_root(&m, "bc7671001c4ca29501c19859e449fb982b1b285c74eca303208767fec961726c");
    merkle_init(&m);
    buf_clear(&b);
    audit_score_leaf(&b, S("1bc21da023561d3fc2eb226dbeaa778a22672b30e5c291cba05a372d51d8d335"),
                     S("ANON_33E8B01F"));
    add(&m, &b);
    buf_clear(&b);
    audit_score_leaf(&b, S("d9ba64dae7c32ae1a981a4a7eee23a633a6d43d013f35cd77a50796024330446"),
                     S("ANON_91D0A7E2"));
    add(&m, &b);
    expect_root(&m, "97f622d2c22eb83d90c10cb0d4061f95fe06ad362f666664a1e7aa41856ebf6f");
}

static void test_map_sorts_tests(void **state)
{
    (void)state;
    char text[512];
    struct e2_pair pairs[] = { { S("SAT"), 142000 }, { S("ACT"), 3100 }, { S("A\"B"), 1 } };
    const struct list tests = { pairs, 3 };
    struct buf b = room(text, sizeof(text));
    audit_map_canon(&b, &(struct audit_map){ .anonymized_id = S("ANON_1"),
                                             .application_id = S("APP_1"),
                                             .gpa = 372,
                                             .tests = &tests,
                                             .essay = S("a\nb"),
                                             .achievements = S("") });
    expect(&b, "{\"achievements\":\"\",\"anon\":\"ANON_1\",\"app\":\"APP_1\",\"essay\":\"a\\nb\","
               "\"gpa_e2\":372,\"test_scores_e2\":{\"A\\\"B\":1,\"ACT\":3100,\"SAT\":142000}}");
}

static void test_too_many_tests(void **state)
{
    (void)state;
    static char text[1 << 16];
    static struct e2_pair pairs[65];
    const struct list tests = { pairs, 65 };
    struct buf b = room(text, sizeof(text));
    for (size_t i = 0; i < 65; i++)
        pairs[i].name = S("X");
    audit_map_canon(&b, &(struct audit_map){ .tests = &tests });
    assert_false(buf_ok(&b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_score),          cmocka_unit_test(test_finalist),
        cmocka_unit_test(test_roots),          cmocka_unit_test(test_map_sorts_tests),
        cmocka_unit_test(test_too_many_tests),
    };
    return cmocka_run_group_tests(tests, load, NULL);
}
