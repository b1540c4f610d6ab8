/* Templates: what is escaped, what a section keeps, what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "api/template.h"
#include "base/str.h"

static struct arena *mem;
static struct ctx c;

static int set_up(void **state)
{
    (void)state;
    mem = arena_open(NULL, 8 << 20);
    ctx_init(&c, mem, NULL, 0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_close(mem);
    return 0;
}

static const char *fill(const char *text)
{
    const struct template_value values[] = { { "name", S("<b>\"A\" & 'B'</b>") },
                                             { "yes", S("1") },
                                             { "no", S("") } };
    struct str html;
    fault_clear(&c);
    if (template_fill(&c, str_of(text), values, 3, &html) != ERR_OK)
        return "refused";
    return str_z(mem, html);
}

static void test_values_are_escaped(void **state)
{
    (void)state;
    assert_string_equal(fill("a {{name}} z"),
                        "a &lt;b&gt;&quot;A&quot; &amp; &#39;B&#39;&lt;/b&gt; z");
    assert_string_equal(fill("{{unknown}}"), "");
    assert_string_equal(fill("no places { } }} here"), "no places { } }} here");
}

static void test_sections(void **state)
{
    (void)state;
    assert_string_equal(fill("{{#yes}}in{{/yes}}{{#no}}out{{/no}}"), "in");
    assert_string_equal(fill("{{#no}}a{{#yes}}b{{/yes}}c{{/no}}d"), "d");
    assert_string_equal(fill("{{#yes}}a{{#no}}b{{/no}}c{{/yes}}d"), "acd");
    assert_string_equal(fill("{{#no}}{{name}}{{/no}}"), "");
}

static void test_what_is_malformed(void **state)
{
    (void)state;
    assert_string_equal(fill("{{name"), "refused");
    assert_string_equal(fill("{{#yes}}"), "refused");
    assert_string_equal(fill("{{/yes}}"), "refused");
    assert_string_equal(fill("{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}"), "refused");
}

static void test_the_templates_of_the_build(void **state)
{
    (void)state;
    struct str text, html;
    assert_int_equal(template_find(&c, "home", "en", &text), ERR_OK);
    assert_int_equal(template_fill(&c, text, NULL, 0, &html), ERR_OK);
    assert_int_equal(template_find(&c, "home", "ur", &text), ERR_OK);
    assert_int_equal(template_find(&c, "signin-failed", "en", &text), ERR_OK);
    assert_int_equal(template_find(&c, "home", "xx", &text), ERR_INTERNAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_are_escaped),
        cmocka_unit_test(test_sections),
        cmocka_unit_test(test_what_is_malformed),
        cmocka_unit_test(test_the_templates_of_the_build),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
