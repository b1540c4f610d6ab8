/* Tests of the descriptions: each field's schema word for word, and the whole as sound JSON. */
#include "unit/schema/sample.h"

#include "codec/json.h"

static void fields(void **state)
{
    (void)state;
    static const struct {
        const char *name, *text;
    } rows[] = {
        /* clang-format off */
        { "name", "{\"type\":\"string\",\"minLength\":2,\"maxLength\":5,\"description\":\"What it is called.\"}" },
        { "email", "{\"type\":[\"string\",\"null\"],\"format\":\"email\"}" },
        { "code", "{\"type\":\"string\",\"pattern\":\"^[0-9a-f]{64}$\"}" },
        { "seats", "{\"type\":\"integer\",\"exclusiveMinimum\":0}" },
        { "level", "{\"type\":[\"integer\",\"null\"],\"minimum\":1,\"maximum\":4,\"default\":2}" },
        { "marks", "{\"type\":\"number\",\"minimum\":0.0,\"maximum\":4.0}" },
        { "ratio", "{\"type\":\"number\",\"minimum\":-1.5,\"maximum\":4.5}" },
        { "factor", "{\"type\":[\"number\",\"null\"],\"exclusiveMinimum\":0.0}" },
        { "open", "{\"type\":\"boolean\",\"default\":true}" },
        { "born", "{\"type\":[\"string\",\"null\"],\"format\":\"date-time\"}" },
        { "color", "{\"type\":[\"string\",\"null\"],\"enum\":[\"red\",\"green\",\"blue\",null]}" },
        { "main_part", "{\"anyOf\":[{\"$ref\":\"#/components/schemas/Part\"},{\"type\":\"null\"}]}" },
        { "parts", "{\"type\":\"array\",\"items\":{\"$ref\":\"#/components/schemas/Part\"},\"minItems\":1,\"maxItems\":3}" },
        { "tags", "{\"type\":[\"array\",\"null\"],\"items\":{\"type\":\"string\"},\"maxItems\":10000}" },
        { "test_scores", "{\"type\":\"object\",\"additionalProperties\":{\"type\":\"number\"},\"propertyNames\":{\"minLength\":1,\"maxLength\":50},\"maxProperties\":3}" },
        { "id", "{\"type\":\"integer\",\"readOnly\":true}" },
        /* clang-format on */
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct buf b;
        buf_init(&b, ctx.mem, 4096);
        for (unsigned k = 0; k < sample_schema.n; k++)
            if (strcmp(sample_schema.fields[k].name, rows[i].name) == 0)
                schema_describe_field(&sample_schema.fields[k], &b);
        expect_text(&b, rows[i].text);
        assert_true(json_valid(buf_view(&b), ctx.mem));
    }
}

static void objects(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, ctx.mem, 1 << 16);
    schema_describe(&login_schema, &b);
    expect_text(&b, "{\"type\":\"object\",\"properties\":{"
                    "\"username\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":8},"
                    "\"password\":{\"type\":\"string\",\"minLength\":8,\"maxLength\":20,"
                    "\"format\":\"password\",\"writeOnly\":true}},"
                    "\"required\":[\"username\",\"password\"]}");
    buf_clear(&b);
    schema_describe(&sample_schema, &b);
    assert_true(buf_ok(&b) && json_valid(buf_view(&b), ctx.mem));
    assert_true(str_ends(buf_view(&b), S(",\"required\":[\"name\",\"seats\",\"id\"]}")));
    assert_null(memmem(b.p, b.n, "blob", 4));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields),
        cmocka_unit_test(objects),
    };
    return cmocka_run_group_tests(tests, open_ctx, close_ctx);
}
