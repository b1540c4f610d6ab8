/* Tests of values from query strings and options. */
#include "unit/schema/sample.h"

struct page {
    int64_t limit;
    struct str cursor, word;
    bool all;
    int32_t color;
    int64_t since, least;
    double share;
};
static const struct field page_fields[] = {
    FIELD_I64(struct page, limit, .min = 1, .max = 100, .preset = "20"),
    FIELD_STR(struct page, cursor, .flags = FIELD_NULL, .max = 10),
    FIELD_STR(struct page, word, .flags = FIELD_REQUIRED),
    FIELD_BOOL(struct page, all),
    FIELD_ENUM(struct page, color, .flags = FIELD_NULL, .names = &colors),
    FIELD_TIME(struct page, since, .flags = FIELD_NULL),
    FIELD_E2(struct page, least, .flags = FIELD_NULL),
    FIELD_F64(struct page, share, .max = 1),
};
static SCHEMA(page_schema, "Page", struct page, page_fields);

static void good_queries(void **state)
{
    (void)state;
    struct page p;
    struct str q = S("word=a+b%20%C3%A9%26&&limit=7&all=Yes&color=green&unknown=1&unknown=2"
                     "&since=2026-02-03T04:05:06%2B00:00&least=-1.25&share=0.5");
    assert_int_equal(schema_decode_query(&ctx, &page_schema, q, &p), ERR_OK);
    assert_true(str_eq(p.word, S("a b \xC3\xA9&")));
    assert_true(p.limit == 7 && p.all && p.color == 1 && p.least == -125 && p.share == 0.5);
    assert_true(p.since == 1770091506000000 && p.cursor.p == NULL);
    assert_int_equal(schema_decode_query(&ctx, &page_schema, S("w%6Frd"), &p), ERR_OK);
    assert_true(p.word.p && p.word.n == 0 && p.limit == 20 && !p.all && p.color == -1);
    assert_true(p.least == SCHEMA_NULL_I64 && p.since == 0);
}

static void bad_queries(void **state)
{
    (void)state;
    static const struct {
        const char *query, *issues;
    } rows[] = {
        /* clang-format off */
        { "", "missing [\"query\",\"word\"] Field required null" },
        { "limit=x&word=", "int_parsing [\"query\",\"limit\"] Input should be a valid integer, unable to parse string as an integer \"x\"" },
        { "limit=&word=", "int_parsing [\"query\",\"limit\"] Input should be a valid integer, unable to parse string as an integer \"\"" },
        { "limit=1.5&word=", "int_parsing [\"query\",\"limit\"] Input should be a valid integer, unable to parse string as an integer \"1.5\"" },
        { "limit=0&word=", "greater_than_equal [\"query\",\"limit\"] Input should be greater than or equal to 1 \"0\" {\"ge\":1}" },
        { "limit=101&word=", "less_than_equal [\"query\",\"limit\"] Input should be less than or equal to 100 \"101\" {\"le\":100}" },
        { "limit=5&limit=6&word=", "repeated_parameter [\"query\",\"limit\"] Parameter occurs more than once \"6\"" },
        { "word=%4", "percent_escape [\"query\",\"word\"] Invalid percent escape \"%4\"\nmissing [\"query\",\"word\"] Field required null" },
        { "word=1&cursor=%zz", "percent_escape [\"query\",\"cursor\"] Invalid percent escape \"%zz\"" },
        { "word=1&%=2", "percent_escape [\"query\",\"%\"] Invalid percent escape \"**********\"" },
        { "word=1&cursor=%C3", "string_unicode [\"query\",\"cursor\"] Input should be a valid string, unable to parse raw data as a unicode string \"%C3\"" },
        { "word=%00", "string_nul [\"query\",\"word\"] String should not contain NUL \"\\u0000\"" },
        { "word=1&all=maybe", "bool_parsing [\"query\",\"all\"] Input should be a valid boolean, unable to interpret input \"maybe\"" },
        { "word=1&color=pink", "enum [\"query\",\"color\"] Input should be 'red', 'green' or 'blue' \"pink\" {\"expected\":\"'red', 'green' or 'blue'\"}" },
        { "word=1&share=abc", "float_parsing [\"query\",\"share\"] Input should be a valid number, unable to parse string as a number \"abc\"" },
        { "word=1&least=1.005", "decimal_max_places [\"query\",\"least\"] Input should have no more than 2 decimal places \"1.005\" {\"decimal_places\":2}" },
        { "word=1&cursor=12345678901", "string_too_long [\"query\",\"cursor\"] String should have at most 10 characters \"12345678901\" {\"max_length\":10}" },
        { "word=1&limit=99999999999999999999", "int_parsing [\"query\",\"limit\"] Input should be a valid integer, unable to parse string as an integer \"99999999999999999999\"" },
        /* clang-format on */
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct page p;
        struct str q = str_of(rows[i].query);
        expect_issues(schema_decode_query(&ctx, &page_schema, q, &p), q, rows[i].issues);
    }
}

static const struct field *sample_field(const char *name)
{
    for (unsigned i = 0; i < sample_schema.n; i++)
        if (strcmp(sample_schema.fields[i].name, name) == 0)
            return &sample_schema.fields[i];
    fail_msg("no field %s", name);
    return NULL;
}

static void options(void **state)
{
    (void)state;
    struct sample s;
    memset(&s, 0, sizeof(s));
    assert_int_equal(schema_decode_text(&ctx, "option", sample_field("tags"), S("a, b ,c"), &s),
                     ERR_OK);
    const struct str *tags = s.tags.v;
    assert_true(s.tags.n == 3 && str_eq(tags[1], S("b")) && str_eq(tags[2], S("c")));
    assert_int_equal(schema_decode_text(&ctx, "option", sample_field("tags"), S(""), &s), ERR_OK);
    assert_true(s.tags.n == 0 && s.tags.v != NULL);
    assert_int_equal(
        schema_decode_text(&ctx, "option", sample_field("level"), (struct str){ 0 }, &s), ERR_OK);
    assert_true(s.level == SCHEMA_NULL_I64);
    assert_int_equal(
        schema_decode_text(&ctx, "option", sample_field("test_scores"), S("{\"SAT\":1.5}"), &s),
        ERR_OK);
    assert_true(s.scores.n == 1 && ((const struct e2_pair *)s.scores.v)->e2 == 150);
    expect_issues(schema_decode_text(&ctx, "option", sample_field("seats"), S("-1"), &s), S("-1"),
                  "greater_than [\"option\",\"seats\"] Input should be greater than 0 \"-1\" "
                  "{\"gt\":0}");
    expect_issues(
        schema_decode_text(&ctx, "option", sample_field("test_scores"), S("{\"SAT\":1.5"), &s),
        S("cut"), "json_invalid [\"option\",\"test_scores\"] Invalid JSON \"{\\\"SAT\\\":1.5\"");
    expect_issues(schema_decode_text(&ctx, "env", sample_field("name"), S("\xFF\xFF"), &s),
                  S("bytes"),
                  "string_unicode [\"env\",\"name\"] Input should be a valid string, unable to "
                  "parse raw data as a unicode string \"\xEF\xBF\xBD\xEF\xBF\xBD\"");
}

static void words_for_true_and_false(void **state)
{
    (void)state;
    static const char *const yes[] = { "true", "TRUE", "1", "yes", "on", "t", "Y" };
    static const char *const no[] = { "false", "False", "0", "no", "OFF", "f", "n" };
    struct sample s;
    for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
        s.open = false;
        assert_int_equal(schema_decode_text(&ctx, "o", sample_field("open"), str_of(yes[i]), &s),
                         ERR_OK);
        assert_true(s.open);
        assert_int_equal(schema_decode_text(&ctx, "o", sample_field("open"), str_of(no[i]), &s),
                         ERR_OK);
        assert_false(s.open);
    }
}

/* A preset that its own field refuses shows up in the first test that uses the table. */
static void bad_preset(void **state)
{
    (void)state;
    static const struct field fields[] = {
        FIELD_I64(struct part, count, .max = 5, .preset = "6"),
    };
    static SCHEMA(bad, "Bad", struct part, fields);
    struct part p;
    expect_issues(schema_defaults(&ctx, &bad, &p), S("preset"),
                  "less_than_equal [\"preset\",\"count\"] Input should be less than or equal to 5 "
                  "\"6\" {\"le\":5}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_queries), cmocka_unit_test(bad_queries),
        cmocka_unit_test(options),      cmocka_unit_test(words_for_true_and_false),
        cmocka_unit_test(bad_preset),
    };
    return cmocka_run_group_tests(tests, open_ctx, close_ctx);
}
