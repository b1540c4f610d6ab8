/* Routing: which row a path finds, and which tables are refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/str.h"
#include "http/router.h"

static err nothing(struct ctx *c, struct call *call)
{
    (void)c;
    (void)call;
    return ERR_OK;
}
#define ROW(method_, path_)                                                                        \
    {                                                                                              \
        .method = (method_), .path = (path_), .run = nothing, .roles = 1                           \
    }

static const struct route rows[] = {
    ROW("GET", "/"),
    ROW("GET", "/cycles"),
    ROW("POST", "/cycles"),
    ROW("GET", "/cycles/active"),
    ROW("DELETE", "/cycles/{id}"),
    ROW("GET", "/cycles/{id}"),
    ROW("POST", "/cycles/{id}/freeze"),
    ROW("GET", "/a/{x}/b/{y}"),
    ROW("GET", "/a/c/{z}/d"),
};
static const struct asset assets[] = {
    { .path = "/app.js", .content_type = "text/javascript" },
    { .path = "/pages/{id}/edit", .content_type = "text/html" },
};

struct fixture {
    struct arena *mem;
    struct ctx c;
    struct router *router;
};
static struct fixture f;

static err open_table(const struct route *routes, size_t n, bool demo)
{
    static struct route_table table;
    static struct server_options o;
    table = (struct route_table){ routes, n };
    o = (struct server_options){
        .tables = &table, .n_tables = 1, .assets = assets, .n_assets = 2, .demo = demo
    };
    ctx_init(&f.c, f.mem, NULL, 0);
    return router_open(&f.c, f.mem, &o, &f.router);
}

static int set_up(void **state)
{
    (void)state;
    f.mem = arena_open(NULL, 8 << 20);
    return open_table(rows, sizeof(rows) / sizeof(rows[0]), false) == ERR_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    arena_close(f.mem);
    return 0;
}

static struct router_hit find(enum http_method m, const char *path)
{
    struct router_hit hit;
    if (!router_find(f.router, f.mem, m, str_of(path), &hit))
        fail_msg("%s is a path", path);
    return hit;
}

static const char *found(enum http_method m, const char *path)
{
    const struct route *r = find(m, path).route;
    return r ? r->path : "none";
}

static void literals_come_before_arguments(void **state)
{
    (void)state;
    assert_string_equal(found(HTTP_M_GET, "/cycles/active"), "/cycles/active");
    assert_string_equal(found(HTTP_M_GET, "/cycles/C1"), "/cycles/{id}");
    /* … unless only the argument's row has the method. */
    assert_string_equal(found(HTTP_M_DELETE, "/cycles/active"), "/cycles/{id}");
    assert_string_equal(found(HTTP_M_GET, "/a/c/b/d"), "/a/c/{z}/d");
    assert_string_equal(found(HTTP_M_GET, "/a/c/b/e"), "/a/{x}/b/{y}");
    struct router_hit hit = find(HTTP_M_GET, "/a/1/b/2");
    assert_true(str_eq(hit.args[0], S("1")));
    assert_true(str_eq(hit.args[1], S("2")));
}

static void the_alias_is_the_same_tree(void **state)
{
    (void)state;
    assert_string_equal(found(HTTP_M_GET, "/api/cycles/C1"), "/cycles/{id}");
    assert_string_equal(found(HTTP_M_GET, "/api"), "/");
    assert_true(str_eq(find(HTTP_M_GET, "/api/cycles").path, S("/cycles")));
    assert_string_equal(found(HTTP_M_GET, "/api/api/cycles"), "none");
    assert_non_null(find(HTTP_M_GET, "/app.js").asset);
    assert_null(find(HTTP_M_GET, "/api/app.js").asset);
    assert_ptr_equal(find(HTTP_M_GET, "/pages/7/edit").asset, &assets[1]);
    assert_null(find(HTTP_M_GET, "/pages/7").asset);
    assert_int_equal(find(HTTP_M_GET, "/pages/7").allow, 0);
    assert_int_equal(find(HTTP_M_GET, "/apix").allow, 0);
}

static void other_spellings_are_other_paths(void **state)
{
    (void)state;
    static const char *const unknown[] = {
        "/cycles/",          "//cycles",       "/Cycles", "/cycles//",          "/cycles/./active",
        "/cycles/../cycles", "/cycles/%2e%2e", "/x",      "/cycles/C1/freeze/x"
    };
    for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
        struct router_hit hit = find(HTTP_M_GET, unknown[i]);
        if (hit.allow || hit.route)
            fail_msg("%s finds a route", unknown[i]);
    }
}

static void segments_are_decoded_once(void **state)
{
    (void)state;
    struct router_hit hit = find(HTTP_M_GET, "/cycles/a%20b%2541");
    assert_true(str_eq(hit.args[0], S("a b%41")));
    assert_string_equal(found(HTTP_M_GET, "/%63ycles"), "/cycles");
    static const char *const bad[] = { "/cycles/%",      "/cycles/%4",  "/cycles/%zz",
                                       "/cycles/a%2Fb",  "/cycles/%00", "/cycles/%ff",
                                       "/cycles/%c0%af", "/cycles/%0a", "/cycles/%5c" };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        if (router_find(f.router, f.mem, HTTP_M_GET, str_of(bad[i]), &hit))
            fail_msg("%s is taken for a path", bad[i]);
    }
}

static void methods_are_known(void **state)
{
    (void)state;
    assert_string_equal(found(HTTP_M_HEAD, "/cycles"), "/cycles");
    struct router_hit hit = find(HTTP_M_PUT, "/cycles");
    assert_null(hit.route);
    assert_true(str_eq(router_allow_text(f.mem, hit.allow), S("GET, HEAD, POST, OPTIONS")));
    hit = find(HTTP_M_PUT, "/cycles/active");
    assert_true(str_eq(router_allow_text(f.mem, hit.allow), S("GET, HEAD, DELETE, OPTIONS")));
    hit = find(HTTP_M_POST, "/app.js");
    assert_null(hit.asset);
    assert_true(str_eq(router_allow_text(f.mem, hit.allow), S("GET, HEAD, OPTIONS")));
}

static void bad_tables_are_refused(void **state)
{
    (void)state;
    const struct route no_role[] = { { .method = "GET", .path = "/x", .run = nothing } };
    const struct route no_run[] = { { .method = "GET", .path = "/x", .roles = 1 } };
    const struct route twice[] = { ROW("GET", "/x/{a}"), ROW("GET", "/x/{b}") };
    const struct route deep[] = { ROW("GET", "/{a}/{b}/{c}/{d}/{e}") };
    const struct route trace[] = { ROW("TRACE", "/x") };
    const struct route bare[] = { ROW("GET", "x") };
    const struct route gap[] = { ROW("GET", "/x//y") };
    assert_int_equal(open_table(no_role, 1, false), ERR_INTERNAL);
    assert_non_null(strstr(f.c.fault.text, "names no role"));
    assert_int_equal(open_table(no_run, 1, false), ERR_INTERNAL);
    assert_int_equal(open_table(twice, 2, false), ERR_INTERNAL);
    assert_int_equal(open_table(deep, 1, false), ERR_INTERNAL);
    assert_int_equal(open_table(trace, 1, false), ERR_INTERNAL);
    assert_int_equal(open_table(bare, 1, false), ERR_INTERNAL);
    assert_int_equal(open_table(gap, 1, false), ERR_INTERNAL);
}

static void demo_rows_need_demo_mode(void **state)
{
    (void)state;
    struct route demo[] = { ROW("GET", "/demo") };
    demo[0].flags = ROUTE_DEMO;
    assert_int_equal(open_table(demo, 1, false), ERR_OK);
    assert_string_equal(found(HTTP_M_GET, "/demo"), "none");
    assert_int_equal(open_table(demo, 1, true), ERR_OK);
    assert_string_equal(found(HTTP_M_GET, "/demo"), "/demo");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(literals_come_before_arguments, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_alias_is_the_same_tree, set_up, tear_down),
        cmocka_unit_test_setup_teardown(other_spellings_are_other_paths, set_up, tear_down),
        cmocka_unit_test_setup_teardown(segments_are_decoded_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(methods_are_known, set_up, tear_down),
        cmocka_unit_test_setup_teardown(bad_tables_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(demo_rows_need_demo_mode, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
