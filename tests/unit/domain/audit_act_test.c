/* Entries: the vectors read and write back byte for byte; every broken rule is refused. */
#include "domain/audit_act.h"

#include "crypto/hash.h"
#include "vectors.h"

static struct fixture fx;
static int setup(void **state)
{
    (void)state;
    fixture_open(&fx, 16 << 20);
    return 0;
}
static int teardown(void **state)
{
    (void)state;
    fixture_close(&fx);
    return 0;
}

enum { ENTRIES = 14 };
static void entries(struct str ret[ENTRIES])
{
    struct str raw[ENTRIES];
    struct str log = vectors_member(fx.mem, vectors_load(fx.mem), "log");
    struct str all = vectors_member(fx.mem, log, "entries_utf8");
    assert_int_equal(vectors_array(fx.mem, all, raw, ENTRIES), ENTRIES);
    for (size_t i = 0; i < ENTRIES; i++)
        ret[i] = vectors_string(fx.mem, raw[i]);
}

static void acts_are_sorted_and_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < audit_act_count; i++) {
        const struct audit_act *a = &audit_acts[i];
        if (i)
            assert_true(str_cmp(str_of(audit_acts[i - 1].act), str_of(a->act)) < 0);
        assert_ptr_equal(audit_act_of(str_of(a->act)), a);
        assert_true(strlen(a->act) <= 40);
        const char *lists[] = { a->data, a->commits };
        for (size_t k = 0; k < 2; k++) {
            struct str rest = str_of(lists[k]), one, before = { NULL, 0 };
            while (rest.p && rest.n) {
                rest = str_cut(rest, ',', &one);
                assert_true(!before.p || str_cmp(before, one) < 0);
                before = one;
            }
        }
    }
    assert_null(audit_act_of(S("cycle.destroy")));
    assert_null(audit_act_of(S("")));
    assert_null(audit_act_of(S("cycle.")));
}

/* A read is noted under the id that was asked by, one of two kinds. */
static void reads_have_either_subject(void **state)
{
    (void)state;
    struct str all[ENTRIES];
    entries(all);
    struct entry e;
    const char *why = "";
    size_t i = 0;
    while (i < ENTRIES && !(entry_read(all[i], &e, &why) && str_eq(e.act, S("pii.read"))))
        i++;
    assert_true(i < ENTRIES);
    static const struct {
        const char *subj;
        bool fits;
    } subjects[] = { { "anon:ANON_1", true },    { "application:APP_1", true },
                     { "student:STU_1", false }, { "application:", false },
                     { "cycle:CYC_1", false },   { "APP_1", false } };
    for (size_t k = 0; k < sizeof(subjects) / sizeof(subjects[0]); k++) {
        struct buf b;
        buf_init(&b, fx.mem, ENTRY_MAX);
        e.subj = str_of(subjects[k].subj);
        assert_int_equal(entry_write(&b, &e), subjects[k].fits);
    }
    e.subj = (struct str){ NULL, 0 };
    struct buf b;
    buf_init(&b, fx.mem, ENTRY_MAX);
    assert_false(entry_write(&b, &e));
}

static void vectors_come_back_byte_for_byte(void **state)
{
    (void)state;
    struct str all[ENTRIES];
    entries(all);
    for (size_t i = 0; i < ENTRIES; i++) {
        struct entry e;
        const char *why = "";
        if (!entry_read(all[i], &e, &why))
            fail_msg("entry %zu: %s", i, why);
        assert_int_equal(e.idx, i);
        struct buf b;
        buf_init(&b, fx.mem, ENTRY_MAX);
        assert_true(entry_write(&b, &e));
        assert_true(str_eq(buf_view(&b), all[i]));
    }
}

static void fields_are_read_whole(void **state)
{
    (void)state;
    struct str all[ENTRIES];
    struct entry e;
    entries(all);
    assert_true(entry_read(all[3], &e, NULL));
    assert_true(str_eq(e.act, S("application.submit")));
    assert_true(str_eq(e.subj, S("application:APP_7F3A21C9")));
    assert_int_equal(e.n_commits, 1);
    assert_true(str_eq(e.commits[0].name, S("payload")));
    assert_string_equal(e.commits[0].hex,
                        "b64f45f93fe5418e5d8969df33ebb1ccc96efd52c9c0a3f852b297a1afb4bf80");
    assert_int_equal(e.ts_ms, 1772000003002);
    assert_true(entry_read(all[0], &e, NULL));
    assert_null(e.cycle.p);
    assert_null(e.subj.p);
}

/* The text with the first `from` replaced by `to`. */
static struct str changed(struct str text, const char *from, const char *to)
{
    char *z = str_z(fx.mem, text), *at = strstr(z, from);
    if (!at)
        fail_msg("%s is not in the entry", from);
    return str_fmt(fx.mem, "%.*s%s%s", (int)(at - z), z, to, at + strlen(from));
}

static void refused(struct str text, const char *about)
{
    struct entry e;
    const char *why = NULL;
    if (entry_read(text, &e, &why))
        fail_msg("read although: %s", about);
    assert_non_null(why);
}

static void broken_entries_are_refused(void **state)
{
    (void)state;
    static const struct {
        size_t entry;
        const char *from, *to;
    } cases[] = {
        { 1, "{\"act\"", "{ \"act\"" },
        { 1, "\"seats\":1", "\"seats\": 1" },
        { 1, "\"seats\":1", "\"seats\":1.0" },
        { 1, "\"seats\":1", "\"seats\":1e0" },
        { 1, "\"seats\":1", "\"seats\":-0" },
        { 1, "\"seats\":1", "\"seats\":01" },
        { 1, "\"seats\":1", "\"seats\":+1" },
        { 1, "\"seats\":1", "\"seats\":9007199254740992" },
        { 1, "\"seats\":1", "\"seats\":99999999999999999999999999" },
        { 1, "\"seats\":1", "\"seats\":1,\"seats\":1" },
        { 1, "\"seats\":1", "\"seats\":1,\"zeal\":1" },
        { 1, "\"seats\":1", "\"alas\":1,\"seats\":1" },
        { 1, "\"seats\":1", "" },
        { 1, "\"seats\":1", "\"seats\":True" },
        { 1, "\"seats\":1", "\"seats\":[1,]" },
        { 1, "\"seats\":1", "\"seats\":{\"b\":1,\"a\":1}" },
        { 1, "\"seats\":1", "\"seats\":[[[[[[[1]]]]]]]" },
        { 1, "\"seats\":1", "\"seats\":\"a\\u0041\"" },
        { 1, "\"seats\":1", "\"seats\":\"\xc3\xa9\"" },
        { 1, "\"seats\":1", "\"seats\":\"\t\"" },
        { 1, "\"seats\":1", "\"seats\":\"\x7f\"" },
        { 1, "\"cycle.create\"", "\"cycle.destroy\"" },
        { 1, "\"v\":1}", "\"v\":2}" },
        { 1, "\"v\":1}", "\"v\":1}\n" },
        { 1, "\"v\":1}", "\"v\":1} " },
        { 1, "\"v\":1}", "\"v\":1}{\"v\":1}" },
        { 1, "\"v\":1}", "\"v\":1,\"w\":1}" },
        { 1, "\"v\":1}", "\"v\":1" },
        { 1, "\"idx\":1", "\"idx\":-1" },
        { 1, "\"idx\":1", "\"idx\":\"1\"" },
        { 1, "\"ts\":1772", "\"ts\":-1772" },
        { 1, "\"nonce\":\"654e", "\"nonce\":\"654E" },
        { 1, "\"nonce\":\"654e", "\"nonce\":\"654" },
        { 1, "\"prev\":\"cc89", "\"prev\":\"CC89" },
        { 1, "\"prev\":\"cc89", "\"prev\":\"cc899" },
        { 1, "\"prev\":\"cc89", "\"prev\":\"gg89" },
        { 1, "admin:ADM_00000001", "admin:" },
        { 1, "admin:ADM_00000001", "admin:a b" },
        { 1, "admin:ADM_00000001", "student" },
        { 1, "admin:ADM_00000001", "llm:worker+judge" },
        { 1, "admin:ADM_00000001", "" },
        { 1, "cycle:CYC_2026A", "anon:CYC_2026A" },
        { 1, "cycle:CYC_2026A", "cycle:" },
        { 1, "\"subj\":\"cycle:CYC_2026A\"", "\"subj\":null" },
        { 1, "\"cycle\":\"CYC_2026A\"", "\"cycle\":\"CYC 2026\"" },
        { 1, "\"cycle\":\"CYC_2026A\"", "\"cycle\":7" },
        { 1, "audit.example.edu/enigma", "audit example" },
        { 1, "audit.example.edu/enigma", "" },
        { 0, "\"subj\":null", "\"subj\":\"cycle:CYC_1\"" },
        { 3, "\"payload\":\"b64f", "\"payload\":\"B64f" },
        { 3, "\"payload\":", "\"other\":" },
        { 3, "\"commits\":{", "\"commits\":{\"a\":\"" },
        { 3, "\"student\"", "\"student:STU_1\"" },
        { 8, "llm:worker+judge", "llm:worker" },
        { 8, "llm:worker+judge", "system" },
    };
    struct str all[ENTRIES];
    entries(all);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        refused(changed(all[cases[i].entry], cases[i].from, cases[i].to), cases[i].to);
}

static void every_prefix_and_flip_is_handled(void **state)
{
    (void)state;
    struct str all[ENTRIES];
    entries(all);
    for (size_t n = 0; n < all[10].n; n++)
        refused(str_keep(fx.mem, str_sub(all[10], 0, n)), "cut short");
    char *z = str_z(fx.mem, all[6]);
    for (size_t i = 0; i < all[6].n; i++) {
        struct entry e;
        char was = z[i];
        z[i] = '\0';
        assert_false(entry_read((struct str){ z, all[6].n }, &e, NULL));
        z[i] = '\\';
        assert_false(entry_read((struct str){ z, all[6].n }, &e, NULL));
        z[i] = was;
    }
}

static void noncanonical_forms_are_refused_inside_data(void **state)
{
    (void)state;
    struct str all[ENTRIES];
    entries(all);
    struct str canon = vectors_member(fx.mem, vectors_load(fx.mem), "canonical_json");
    struct str cases = vectors_member(fx.mem, canon, "reject_as_noncanonical_or_invalid_utf8_hex");
    struct json j;
    struct str key, value;
    bool more = false;
    size_t n = 0;
    json_init(&j, cases, fx.mem);
    assert_true(json_enter_object(&j));
    for (bool first = true; json_member(&j, first, &more, &key) && more; first = false, n++) {
        assert_true(json_string(&j, &value));
        char *bytes = arena_array(fx.mem, char, value.n / 2 + 1);
        for (size_t i = 0; i + 1 < value.n; i += 2) {
            unsigned byte;
            assert_int_equal(sscanf(value.p + i, "%2x", &byte), 1);
            bytes[i / 2] = (char)byte;
        }
        struct buf b;
        char *z = str_z(fx.mem, all[1]), *at = strstr(z, "{\"seats\":1}");
        buf_init(&b, fx.mem, ENTRY_MAX);
        buf_put(&b, z, (size_t)(at - z));
        buf_lit(&b, "{\"seats\":");
        buf_put(&b, bytes, value.n / 2);
        buf_c(&b, '}');
        buf_str(&b, str_of(at + strlen("{\"seats\":1}")));
        /* An array at the top is refused as a document, but is a fine value inside. */
        struct entry e;
        bool fine = str_eq(key, S("array_top"));
        assert_int_equal(entry_read(buf_view(&b), &e, NULL), fine);
    }
    assert_true(n > 25);
}

static struct entry sample(void)
{
    return (struct entry){
        .act = S("cycle.create"),
        .actor = S("admin:ADM_1"),
        .cycle = S("CYC_1"),
        .subj = S("cycle:CYC_1"),
        .data = S("{\"seats\":4}"),
        .idx = 9,
        .ts_ms = 1,
        .log = S("localhost/enigma-1"),
        .nonce_hex = S("00112233445566778899aabbccddeeff"),
        .prev_hex = S("00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"),
    };
}

static bool writes(const struct entry *e)
{
    struct buf b;
    buf_init(&b, fx.mem, ENTRY_MAX);
    return entry_write(&b, e);
}

static void writing_keeps_the_rules(void **state)
{
    (void)state;
    struct entry e = sample();
    assert_true(writes(&e));
    e.data = S("{\"dates\":[1,2,3],\"seats\":4}");
    assert_true(writes(&e));
    e.data = (struct str){ NULL, 0 };
    assert_false(writes(&e)); /* seats are not optional */
    e = sample();
    e.act = S("cycle.open");
    e.data = (struct str){ NULL, 0 };
    assert_true(writes(&e));
    e = sample();
    e.actor = S("auditor:ADM_1");
    assert_false(writes(&e));
    e = sample();
    e.n_commits = 1;
    e.commits[0].name = S("payload");
    memset(e.commits[0].hex, 'a', 64);
    assert_false(writes(&e));
    e = sample();
    e.idx = INT64_MAX;
    assert_false(writes(&e));
}

static void a_quote_cannot_forge_a_member(void **state)
{
    (void)state;
    struct entry e = sample();
    e.data = S("{\"seats\":4},\"idx\":9,\"log\":\"other\",\"nonce\":"
               "\"00112233445566778899aabbccddeeff\",\"prev\":\"00112233445566778899aabbccddeeff"
               "00112233445566778899aabbccddeeff\",\"subj\":\"cycle:CYC_1\",\"ts\":1,\"v\":1}");
    assert_false(writes(&e));
    e = sample();
    e.actor = S("admin:ADM_1\",\"commits\":{},\"cycle\":\"CYC_1");
    assert_false(writes(&e));
}

static void entries_have_a_largest_size(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, fx.mem, 2 * ENTRY_MAX);
    buf_lit(&b, "{\"dates\":\"");
    for (size_t i = 0; i < ENTRY_MAX; i++)
        buf_c(&b, 'a');
    buf_lit(&b, "\",\"seats\":4}");
    struct entry e = sample();
    e.data = buf_view(&b);
    struct buf out;
    buf_init(&out, fx.mem, 4 * ENTRY_MAX);
    assert_false(entry_write(&out, &e));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(acts_are_sorted_and_whole, setup, teardown),
        cmocka_unit_test_setup_teardown(reads_have_either_subject, setup, teardown),
        cmocka_unit_test_setup_teardown(vectors_come_back_byte_for_byte, setup, teardown),
        cmocka_unit_test_setup_teardown(fields_are_read_whole, setup, teardown),
        cmocka_unit_test_setup_teardown(broken_entries_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(every_prefix_and_flip_is_handled, setup, teardown),
        cmocka_unit_test_setup_teardown(noncanonical_forms_are_refused_inside_data, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(writing_keeps_the_rules, setup, teardown),
        cmocka_unit_test_setup_teardown(a_quote_cannot_forge_a_member, setup, teardown),
        cmocka_unit_test_setup_teardown(entries_have_a_largest_size, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
