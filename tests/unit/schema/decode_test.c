/* Tests of the JSON decoder: good documents into structs, bad ones into pydantic's words. */
#include "unit/schema/sample.h"

#define REST "\"name\":\"abc\",\"seats\":5"

static void good_document(void **state)
{
    (void)state;
    struct sample s;
    struct str json = S(" {\"name\":\"\\u00e9bc\",\"email\":\"a@b.example\",\"seats\":10.0,"
                        "\"level\":null,\"marks\":3.95,\"ratio\":-1.5,\"factor\":0.25,"
                        "\"open\":false,\"born\":\"2026-02-03T04:05:06+01:00\",\"color\":\"blue\","
                        "\"main_part\":{\"label\":\"m\",\"count\":9,\"unknown\":[1]},"
                        "\"parts\":[{\"label\":\"x\"},{\"label\":\"y\",\"count\":1}],"
                        "\"tags\":[\"t1\",\"\"],\"test_scores\":{\"SAT\":1450,\"IELTS\":7.5},"
                        "\"raw\":{ \"k\" : [1,2] },\"id\":99,\"blob\":\"x\",\"other\":{\"a\":1}} ");
    assert_int_equal(schema_decode(&ctx, &sample_schema, json, &s, NULL), ERR_OK);
    assert_true(str_eq(s.name, S("\xC3\xA9"
                                 "bc")));
    assert_true(str_eq(s.email, S("a@b.example")));
    assert_true(s.email.p > json.p && s.email.p < json.p + json.n);
    assert_int_equal(s.seats, 10);
    assert_true(s.level == SCHEMA_NULL_I64);
    assert_int_equal(s.marks, 395);
    assert_true(s.ratio == -1.5 && s.factor == 0.25);
    assert_false(s.open);
    assert_true(s.born == 1770087906000000);
    assert_int_equal(s.color, 2);
    const struct part *m = s.main_part;
    assert_true(str_eq(m->label, S("m")) && m->count == 9);
    const struct part *parts = s.parts.v;
    assert_int_equal(s.parts.n, 2);
    assert_true(str_eq(parts[0].label, S("x")) && parts[0].count == 3);
    assert_true(str_eq(parts[1].label, S("y")) && parts[1].count == 1);
    const struct str *tags = s.tags.v;
    assert_int_equal(s.tags.n, 2);
    assert_true(str_eq(tags[0], S("t1")) && tags[1].p && tags[1].n == 0);
    const struct e2_pair *pairs = s.scores.v;
    assert_int_equal(s.scores.n, 2);
    assert_true(str_eq(pairs[0].name, S("SAT")) && pairs[0].e2 == 145000 && pairs[1].e2 == 750);
    assert_true(str_eq(s.raw, S("{ \"k\" : [1,2] }")));
    assert_true(s.id == 0 && s.blob.p == NULL); /* not the client's */
}

static void what_is_not_sent(void **state)
{
    (void)state;
    struct sample s;
    struct str json = S("{" REST "}");
    assert_int_equal(schema_decode(&ctx, &sample_schema, json, &s, NULL), ERR_OK);
    assert_true(s.email.p == NULL && s.level == 2 && s.open && s.color == -1 && s.marks == 0);
    assert_true(isnan(s.factor) && s.ratio == 0 && s.born == 0 && s.main_part == NULL);
    assert_true(s.parts.v == NULL && s.tags.v == NULL && s.raw.p == NULL);
    memset(&s, 0x55, sizeof(s));
    assert_int_equal(schema_defaults(&ctx, &sample_schema, &s), ERR_OK);
    assert_true(s.name.p == NULL && s.level == 2 && s.open && s.color == -1 && isnan(s.factor));
}

static void patch(void **state)
{
    (void)state;
    struct sample s;
    struct seen seen;
    struct str json = S("{\"level\":null,\"open\":true,\"id\":5,\"what\":1}");
    assert_int_equal(schema_decode(&ctx, &sample_schema, json, &s, &seen), ERR_OK);
    assert_true(seen_has(&seen, &sample_schema, "level"));
    assert_true(seen_has(&seen, &sample_schema, "open"));
    assert_false(seen_has(&seen, &sample_schema, "name"));
    assert_false(seen_has(&seen, &sample_schema, "id"));
    assert_false(seen_has(&seen, &sample_schema, "no such field"));
    assert_true(s.level == SCHEMA_NULL_I64 && s.color == -1);
    json = S("{\"level\":9}");
    expect_issues(schema_decode(&ctx, &sample_schema, json, &s, &seen), json,
                  "less_than_equal [\"body\",\"level\"] Input should be less than or equal to 4 9 "
                  "{\"le\":4}");
    assert_int_equal(schema_decode(&ctx, &sample_schema, S("{}"), &s, &seen), ERR_OK);
    assert_true(seen.bits == 0 && s.level == SCHEMA_NULL_I64); /* presets are not applied */
}

/* One value of one field, and the issue it makes (without the loc). */
struct bad_value {
    const char *field, *value, *issue;
};
static const struct bad_value bad_values[] = {
    /* clang-format off */
    { "name", "1", "string_type @ Input should be a valid string 1" },
    { "name", "null", "string_type @ Input should be a valid string null" },
    { "name", "[ ]", "string_type @ Input should be a valid string [ ]" },
    { "name", "\"\"", "string_too_short @ String should have at least 2 characters \"\" {\"min_length\":2}" },
    { "name", "\"\xC3\xA9\"", "string_too_short @ String should have at least 2 characters \"\xC3\xA9\" {\"min_length\":2}" },
    { "name", "\"abcdef\"", "string_too_long @ String should have at most 5 characters \"abcdef\" {\"max_length\":5}" },
    { "name", "\"a\\u0000b\"", "string_nul @ String should not contain NUL \"a\\u0000b\"" },
    { "email", "\"me\"", "value_error @ value is not a valid email address: An email address must have an @-sign. \"me\" {\"reason\":\"An email address must have an @-sign.\"}" },
    { "code", "\"AB\"", "string_pattern_mismatch @ String should match pattern '^[0-9a-f]{64}$' \"AB\" {\"pattern\":\"^[0-9a-f]{64}$\"}" },
    { "seats", "0", "greater_than @ Input should be greater than 0 0 {\"gt\":0}" },
    { "seats", "1.5", "int_from_float @ Input should be a valid integer, got a number with a fractional part 1.5" },
    { "seats", "1.555", "int_from_float @ Input should be a valid integer, got a number with a fractional part 1.555" },
    { "seats", "\"abc\"", "int_parsing @ Input should be a valid integer, unable to parse string as an integer \"abc\"" },
    { "seats", "\"12\"", "int_type @ Input should be a valid integer \"12\"" },
    { "seats", "true", "int_type @ Input should be a valid integer true" },
    { "seats", "null", "int_type @ Input should be a valid integer null" },
    { "seats", "1e30", "int_parsing_size @ Unable to parse input string as an integer, exceeded maximum size 1e30" },
    { "seats", "9223372036854775808", "int_parsing_size @ Unable to parse input string as an integer, exceeded maximum size 9223372036854775808" },
    { "level", "0", "greater_than_equal @ Input should be greater than or equal to 1 0 {\"ge\":1}" },
    { "level", "5", "less_than_equal @ Input should be less than or equal to 4 5 {\"le\":4}" },
    { "marks", "-0.01", "greater_than_equal @ Input should be greater than or equal to 0 -0.01 {\"ge\":0.0}" },
    { "marks", "4.01", "less_than_equal @ Input should be less than or equal to 4 4.01 {\"le\":4.0}" },
    { "marks", "3.955", "decimal_max_places @ Input should have no more than 2 decimal places 3.955 {\"decimal_places\":2}" },
    { "marks", "3.99999999999999999999", "decimal_max_places @ Input should have no more than 2 decimal places 3.99999999999999999999 {\"decimal_places\":2}" },
    { "marks", "\"x\"", "float_parsing @ Input should be a valid number, unable to parse string as a number \"x\"" },
    { "marks", "\"3.5\"", "float_type @ Input should be a valid number \"3.5\"" },
    { "marks", "{}", "float_type @ Input should be a valid number {}" },
    { "ratio", "4.6", "less_than_equal @ Input should be less than or equal to 4.5 4.6 {\"le\":4.5}" },
    { "ratio", "-2", "greater_than_equal @ Input should be greater than or equal to -1.5 -2 {\"ge\":-1.5}" },
    { "factor", "0", "greater_than @ Input should be greater than 0 0 {\"gt\":0.0}" },
    { "open", "\"true\"", "bool_parsing @ Input should be a valid boolean, unable to interpret input \"true\"" },
    { "open", "1", "bool_type @ Input should be a valid boolean 1" },
    { "open", "null", "bool_type @ Input should be a valid boolean null" },
    { "born", "5", "datetime_type @ Input should be a valid datetime 5" },
    { "born", "\"abc\"", "datetime_from_date_parsing @ Input should be a valid datetime or date, input is too short \"abc\" {\"error\":\"input is too short\"}" },
    { "born", "\"2024-13-01T00:00:00\"", "datetime_from_date_parsing @ Input should be a valid datetime or date, month value is outside expected range of 1-12 \"2024-13-01T00:00:00\" {\"error\":\"month value is outside expected range of 1-12\"}" },
    { "born", "\"2024-02-30\"", "datetime_from_date_parsing @ Input should be a valid datetime or date, day value is outside expected range \"2024-02-30\" {\"error\":\"day value is outside expected range\"}" },
    { "born", "\"20x4-02-30\"", "datetime_from_date_parsing @ Input should be a valid datetime or date, invalid character in year \"20x4-02-30\" {\"error\":\"invalid character in year\"}" },
    { "born", "\"2024/02/30\"", "datetime_from_date_parsing @ Input should be a valid datetime or date, invalid date separator, expected `-` \"2024/02/30\" {\"error\":\"invalid date separator, expected `-`\"}" },
    { "born", "\"2024-02-03T25:00\"", "datetime_from_date_parsing @ Input should be a valid datetime or date, unexpected extra characters at the end of the input \"2024-02-03T25:00\" {\"error\":\"unexpected extra characters at the end of the input\"}" },
    { "color", "\"pink\"", "enum @ Input should be 'red', 'green' or 'blue' \"pink\" {\"expected\":\"'red', 'green' or 'blue'\"}" },
    { "color", "\"red\\u0000\"", "enum @ Input should be 'red', 'green' or 'blue' \"red\\u0000\" {\"expected\":\"'red', 'green' or 'blue'\"}" },
    { "color", "7", "enum @ Input should be 'red', 'green' or 'blue' 7 {\"expected\":\"'red', 'green' or 'blue'\"}" },
    { "main_part", "5", "model_attributes_type @ Input should be a valid dictionary or object to extract fields from 5" },
    { "parts", "{}", "list_type @ Input should be a valid list {}" },
    { "parts", "[]", "too_short @ List should have at least 1 item after validation, not 0 [] {\"field_type\":\"List\",\"min_length\":1,\"actual_length\":0}" },
    { "tags", "\"a\"", "list_type @ Input should be a valid list \"a\"" },
    { "test_scores", "[]", "dict_type @ Input should be a valid dictionary []" },
    { "test_scores", "null", "dict_type @ Input should be a valid dictionary null" },
    { "test_scores", "{\"a\":1,\"b\":2,\"c\":3,\"d\":4}", "too_long @ Dictionary should have at most 3 items after validation, not 4 {\"a\":1,\"b\":2,\"c\":3,\"d\":4} {\"field_type\":\"Dictionary\",\"max_length\":3,\"actual_length\":4}" },
    /* clang-format on */
};

static void bad_values_in_pydantics_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(bad_values) / sizeof(bad_values[0]); i++) {
        const struct bad_value *bad = &bad_values[i];
        bool seats = strcmp(bad->field, "seats") == 0, name = strcmp(bad->field, "name") == 0;
        struct str json = str_fmt(ctx.mem, "{%s%s\"%s\":%s}", name ? "" : "\"name\":\"abc\",",
                                  seats ? "" : "\"seats\":5,", bad->field, bad->value);
        struct str tail;
        struct str head = str_of(bad->issue);
        tail = str_cut(head, '@', &head);
        struct str want =
            str_fmt(ctx.mem, "%.*s[\"body\",\"%s\"]%.*s", STR_ARG(head), bad->field, STR_ARG(tail));
        struct sample s;
        memset(&s, 0x55, sizeof(s));
        expect_issues(schema_decode(&ctx, &sample_schema, json, &s, NULL), json, want.p);
        assert_true(s.id == 0x5555555555555555); /* outputs are written only on success */
    }
}

struct bad_document {
    const char *json, *issues;
};
static const struct bad_document bad_documents[] = {
    /* clang-format off */
    { "", "missing [\"body\"] Field required null" },
    { " null ", "missing [\"body\"] Field required null" },
    { "[1]", "model_attributes_type [\"body\"] Input should be a valid dictionary or object to extract fields from [1]" },
    { "{}", "missing [\"body\",\"name\"] Field required {}\nmissing [\"body\",\"seats\"] Field required {}" },
    /* issues come in the order of the table, missing ones among them */
    { "{\"open\":1,\"level\":7,\"seats\":0}",
      "missing [\"body\",\"name\"] Field required {\"open\":1,\"level\":7,\"seats\":0}\n"
      "greater_than [\"body\",\"seats\"] Input should be greater than 0 0 {\"gt\":0}\n"
      "less_than_equal [\"body\",\"level\"] Input should be less than or equal to 4 7 {\"le\":4}\n"
      "bool_type [\"body\",\"open\"] Input should be a valid boolean 1" },
    { "{" REST ",\"parts\":[{\"label\":\"x\"},{\"count\":0},7]}",
      "missing [\"body\",\"parts\",1,\"label\"] Field required {\"count\":0}\n"
      "greater_than_equal [\"body\",\"parts\",1,\"count\"] Input should be greater than or equal to 1 0 {\"ge\":1}\n"
      "model_attributes_type [\"body\",\"parts\",2] Input should be a valid dictionary or object to extract fields from 7" },
    { "{" REST ",\"parts\":[{\"label\":\"x\"},{\"label\":\"x\"},{\"label\":\"x\"},{\"label\":8}]}",
      "too_long [\"body\",\"parts\"] List should have at most 3 items after validation, not 4 [{\"label\":\"x\"},{\"label\":\"x\"},{\"label\":\"x\"},{\"label\":8}] {\"field_type\":\"List\",\"max_length\":3,\"actual_length\":4}" },
    { "{" REST ",\"tags\":[\"a\",2,null]}",
      "string_type [\"body\",\"tags\",1] Input should be a valid string 2\n"
      "string_type [\"body\",\"tags\",2] Input should be a valid string null" },
    { "{" REST ",\"test_scores\":{\"SAT\":\"x\",\"\":1.005}}",
      "float_parsing [\"body\",\"test_scores\",\"SAT\"] Input should be a valid number, unable to parse string as a number \"x\"\n"
      "string_too_short [\"body\",\"test_scores\",\"\",\"[key]\"] String should have at least 1 character \"\" {\"min_length\":1}\n"
      "decimal_max_places [\"body\",\"test_scores\",\"\"] Input should have no more than 2 decimal places 1.005 {\"decimal_places\":2}" },
    { "{" REST ",\"test_scores\":{\"a\\u0000\":1}}",
      "string_nul [\"body\",\"test_scores\",\"a\\u0000\",\"[key]\"] String should not contain NUL \"a\\u0000\"" },
    /* repeated members, known, unknown and nested */
    { "{" REST ",\"name\":5,\"open\":1}",
      "duplicate_member [\"body\",\"name\"] Member occurs more than once \"**********\"\n"
      "bool_type [\"body\",\"open\"] Input should be a valid boolean 1" },
    { "{" REST ",\"x\":1,\"x\":2}", "duplicate_member [\"body\",\"x\"] Member occurs more than once \"**********\"" },
    { "{" REST ",\"na\\u006de\":1}", "duplicate_member [\"body\",\"name\"] Member occurs more than once \"**********\"" },
    { "{" REST ",\"test_scores\":{\"a\":1,\"a\":1}}", "duplicate_member [\"body\",\"test_scores\",\"a\"] Member occurs more than once \"**********\"" },
    { "{" REST ",\"open\":1,\"raw\":{\"a\":{\"q\":1,\"q\":1}}}", "duplicate_member [\"body\",\"q\"] Member occurs more than once \"**********\"" },
    /* syntax: the one issue, with its position in characters */
    { "{", "json_invalid [\"body\",1] JSON decode error {} {\"error\":\"Expecting property name enclosed in double quotes\"}" },
    { "{\"open\":1,\"name\":\"\xC3\xA9\",}", "json_invalid [\"body\",21] JSON decode error {} {\"error\":\"Expecting property name enclosed in double quotes\"}" },
    { "{" REST "} x", "json_invalid [\"body\",25] JSON decode error {} {\"error\":\"Extra data\"}" },
    { "{" REST ",\"unknown\":[1,}", "json_invalid [\"body\",37] JSON decode error {} {\"error\":\"Expecting value\"}" },
    { "nonsense", "json_invalid [\"body\",0] JSON decode error {} {\"error\":\"Expecting value\"}" },
    { "nul", "json_invalid [\"body\",0] JSON decode error {} {\"error\":\"Expecting value\"}" },
    { "null x", "json_invalid [\"body\",5] JSON decode error {} {\"error\":\"Extra data\"}" },
    { " ", "json_invalid [\"body\",1] JSON decode error {} {\"error\":\"Expecting value\"}" },
    { "{\"name\":\"\xED\xA0\x80\"}", "json_invalid [\"body\",9] JSON decode error {} {\"error\":\"Invalid UTF-8\"}" },
    { "\xEF\xBB\xBF{}", "json_invalid [\"body\",0] JSON decode error {} {\"error\":\"Unexpected UTF-8 BOM\"}" },
    /* clang-format on */
};

static void bad_documents_in_pydantics_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(bad_documents) / sizeof(bad_documents[0]); i++) {
        struct sample s;
        struct str json = str_of(bad_documents[i].json);
        expect_issues(schema_decode(&ctx, &sample_schema, json, &s, NULL), json,
                      bad_documents[i].issues);
    }
}

/* No part of a password comes back, whatever is wrong around it. */
static void secrets_are_not_echoed(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "{\"username\":\"u\",\"password\":\"hunter2\"}",
        "{\"username\":\"u\",\"password\":[\"hunter2\"]}",
        "{\"password\":\"hunter2hunter2\"}",
        "{\"user\":\"u\",\"password\":\"hunter2hunter2\",\"password\":\"hunter2\"}",
        "[\"hunter2\"]",
        "\"hunter2\"",
        "{\"username\":\"u\",\"password\":\"hunter2hunter2\"",
        "{\"username\":\"u\",\"password\":\"hunter2hunter2hunter2hunter2\"}",
    };
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        struct login in;
        assert_int_equal(schema_decode(&ctx, &login_schema, str_of(bodies[i]), &in, NULL),
                         ERR_INVALID);
        struct str lines = issue_lines();
        if (lines.n == 0 || memmem(lines.p, lines.n, "hunter2", 7))
            fail_msg("%s: %.*s", bodies[i], STR_ARG(lines));
        fault_clear(&ctx);
    }
    struct login in;
    struct str body = S("{\"password\":\"short\",\"username\":\"u\"}");
    expect_issues(schema_decode(&ctx, &login_schema, body, &in, NULL), body,
                  "string_too_short [\"body\",\"password\"] String should have at least 8 "
                  "characters \"**********\" {\"min_length\":8}");
}

/* Any character is fine in a password, NUL too, and nothing is cut there. */
static void passwords_keep_every_byte(void **state)
{
    (void)state;
    struct login in;
    struct str body = S("{\"username\":\"u\",\"password\":\"12345678\\u0000x\"}");
    assert_int_equal(schema_decode(&ctx, &login_schema, body, &in, NULL), ERR_OK);
    assert_true(str_eq(in.password, S("12345678\0x")));
}

static void long_inputs_are_cut(void **state)
{
    (void)state;
    struct buf b;
    struct login in;
    buf_init(&b, NULL, 1 << 16);
    for (size_t i = 0; i < 3; i++) { /* the cut falls on each byte of the character once */
        buf_clear(&b);
        buf_lit(&b, "{\"password\":\"12345678\",\"username\":\"");
        for (size_t k = 0; k < i; k++)
            buf_c(&b, 'x');
        for (size_t k = 0; k < 9000; k++)
            buf_lit(&b, "\xE2\x82\xAC");
        buf_lit(&b, "\"}");
        assert_int_equal(schema_decode(&ctx, &login_schema, buf_view(&b), &in, NULL), ERR_INVALID);
        assert_int_equal(ctx.fault.n_issues, 1);
        struct str input = ctx.fault.issues[0].input;
        assert_true(input.n > 8000 && input.n < 8300 && input.p[0] == '"');
        assert_true(str_ends(input, S("\xE2\x80\xA6\"")));
        fault_clear(&ctx);
    }
    buf_done(&b);
}

static void issues_are_bounded(void **state)
{
    (void)state;
    struct buf b;
    struct sample s;
    buf_init(&b, NULL, 1 << 16);
    buf_lit(&b, "{" REST ",\"tags\":[");
    for (int i = 0; i < 500; i++)
        buf_str(&b, i ? S(",1") : S("1"));
    buf_lit(&b, "]}");
    assert_int_equal(schema_decode(&ctx, &sample_schema, buf_view(&b), &s, NULL), ERR_INVALID);
    assert_int_equal(ctx.fault.n_issues, FAULT_ISSUES_MAX);
    fault_clear(&ctx);
    buf_done(&b);
}

/* A full arena is an answer, not the end of the process. */
static void small_memory(void **state)
{
    (void)state;
    struct buf b;
    struct sample s;
    struct ctx tight;
    buf_init(&b, NULL, 1 << 20);
    buf_lit(&b, "{" REST ",\"tags\":[");
    for (int i = 0; i < 9000; i++)
        buf_str(&b, i ? S(",\"\\n\"") : S("\"\""));
    buf_lit(&b, "]}");
    ctx_init(&tight, arena_open(NULL, 64 << 10), NULL, 0);
    assert_int_equal(schema_decode(&tight, &sample_schema, buf_view(&b), &s, NULL), ERR_TOO_LARGE);
    assert_int_equal(tight.fault.kind, ERR_TOO_LARGE);
    assert_int_equal(tight.fault.n_issues, 0);
    arena_close(tight.mem);
    buf_done(&b);
}

static void names(void **state)
{
    (void)state;
    assert_int_equal(names_find(&colors, S("red")), 0);
    assert_int_equal(names_find(&colors, S("blue")), 2);
    assert_int_equal(names_find(&colors, S("Blue")), -1);
    assert_int_equal(names_find(&colors, S("")), -1);
    assert_int_equal(names_find(&colors, S("redd")), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_document),
        cmocka_unit_test(what_is_not_sent),
        cmocka_unit_test(patch),
        cmocka_unit_test(bad_values_in_pydantics_words),
        cmocka_unit_test(bad_documents_in_pydantics_words),
        cmocka_unit_test(secrets_are_not_echoed),
        cmocka_unit_test(passwords_keep_every_byte),
        cmocka_unit_test(long_inputs_are_cut),
        cmocka_unit_test(issues_are_bounded),
        cmocka_unit_test(small_memory),
        cmocka_unit_test(names),
    };
    return cmocka_run_group_tests(tests, open_ctx, close_ctx);
}
