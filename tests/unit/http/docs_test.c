/* The documents printed from the tables: sound JSON, every route and schema in them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "codec/json.h"
#include "http/openapi.h"
#include "unit/http/site_fixture.h"

static const struct openapi_info info = { "Tests & <more>", "1.0", "A \"small\" site.", "session",
                                          "staff_session" };
static struct arena *mem;

static int set_up(void **state)
{
    (void)state;
    mem = arena_open(NULL, 64 << 20);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_close(mem);
    return 0;
}

static const char *text_of(struct buf *b)
{
    assert_true(buf_ok(b));
    return str_z(mem, buf_view(b));
}

static void expect(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("\"%s\" is missing in %.3000s", part, text);
}

static void openapi_is_sound(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, mem, 4 << 20);
    openapi_write(&b, &info, &site_table, 1);
    const char *t = text_of(&b);
    assert_true(json_valid(buf_view(&b), mem));
    for (size_t i = 0; i < site_table.n; i++)
        expect(t, str_fmt(mem, "\"%s\":{", site_rows[i].path).p);
    expect(t, "\"openapi\":\"3.1.0\"");
    expect(t, "\"operationId\":\"get_pool_name\"");
    expect(t, "{\"name\":\"name\",\"in\":\"path\",\"required\":true");
    expect(t, "{\"name\":\"limit\",\"in\":\"query\",\"required\":false");
    expect(t, "\"x-roles\":[\"student\",\"admin\"]");
    expect(t, "\"x-throttle\":{\"per_minute\":2,\"by\":\"address\"}");
    expect(t, "\"Note\":{");
    expect(t, "\"HTTPValidationError\":{");
    expect(t, "\"422\":{\"$ref\":\"#/components/responses/invalid\"}");
    expect(t, "\"429\":{\"$ref\":\"#/components/responses/throttled\"}");
    expect(t, "\"throttled\":{\"description\":");
    expect(t, "\"bearer\":{\"type\":\"http\"");
    expect(t, "\"staffCookie\":{\"type\":\"apiKey\",\"in\":\"cookie\",\"name\":\"staff_session\"}");
    expect(t, "\"security\":[{\"bearer\":[]},{\"staffCookie\":[]}]");
    expect(t, "\"text/event-stream\"");
}

static void markdown_has_a_line_for_each_route(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, mem, 1 << 20);
    routes_write_markdown(&b, &site_table, 1);
    const char *t = text_of(&b);
    size_t lines = 0;
    for (const char *p = t; *p; p++)
        lines += *p == '\n';
    assert_int_equal(lines, site_table.n + 2);
    expect(t, "| POST | `/notes` | student, admin | personal | /notes |");
    expect(t, "| GET | `/limited` | public | 2/min per address | /limited |");
    expect(t, "body 1024 KiB, upload");
}

static void the_page_needs_no_script_and_escapes(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, mem, 4 << 20);
    routes_write_html(&b, &info, &site_table, 1);
    const char *t = text_of(&b);
    expect(t, "<title>Tests &amp; &lt;more&gt; · API</title>");
    expect(t, "A &quot;small&quot; site.");
    expect(t, "<link rel=\"stylesheet\" href=\"/docs.css\">");
    expect(t, "<details class=\"schema\" id=\"schema-note\">");
    assert_null(strstr(t, "<script"));
    assert_null(strstr(t, "style="));
    assert_null(strstr(t, "onclick"));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(openapi_is_sound),
        T(markdown_has_a_line_for_each_route),
        T(the_page_needs_no_script_and_escapes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
