/* Graphs: the check finds each broken rule, the first edge that holds is taken, drawings are whole.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "support/test_ctx.h"
#include "workflow/graph.c"

struct state {
    int64_t n;
};
static const struct field state_fields[] = { FIELD_I64(struct state, n) };
static SCHEMA(state_schema, "State", struct state, state_fields);

static err step(struct ctx *c, void *state)
{
    (void)c;
    ((struct state *)state)->n++;
    return ERR_OK;
}
static err build(struct ctx *c, const void *state, struct llm_request *ret)
{
    (void)c, (void)state, (void)ret;
    return ERR_OK;
}
static err absorb(struct ctx *c, void *state, const struct llm_reply *reply)
{
    (void)c, (void)state, (void)reply;
    return ERR_OK;
}
static bool again(const void *state)
{
    return ((const struct state *)state)->n < 3;
}

enum { LOAD, ASK, STORE, NODES };
static const struct graph_node nodes[] = {
    { .name = "load", .doc = "Reads.", .run = step },
    { .name = "ask", .doc = "Asks.", .build = build, .absorb = absorb, .tries = 3 },
    { .name = "store", .doc = "Writes.", .run = step },
};
static const struct graph_edge edges[] = {
    { LOAD, ASK, NULL, NULL },
    { ASK, LOAD, again, "not yet" },
    { ASK, STORE, NULL, NULL },
    { STORE, GRAPH_END, NULL, NULL },
};
static const struct graph sound = { .name = "test",
                                    .doc = "A test.",
                                    .state = &state_schema,
                                    .nodes = nodes,
                                    .edges = edges,
                                    .n_nodes = NODES,
                                    .n_edges = 4,
                                    .steps_max = 20 };

static struct test_ctx t;
static int setup(void **state)
{
    *state = test_ctx_open(&t);
    return 0;
}
static int teardown(void **state)
{
    (void)state;
    test_ctx_close(&t);
    return 0;
}

static void a_sound_graph_passes(void **state)
{
    assert_int_equal(graph_check(*state, &sound), ERR_OK);
}

static void refused(struct ctx *c, const struct graph *g, const char *why)
{
    assert_int_equal(graph_check(c, g), ERR_INTERNAL);
    assert_string_equal(c->fault.text, why);
    fault_clear(c);
}

static void broken_nodes_are_named(void **state)
{
    struct graph_node bad[NODES];
    struct graph g = sound;
    g.nodes = bad;
    memcpy(bad, nodes, sizeof(bad));
    bad[STORE].name = "load";
    refused(*state, &g, "graph test: two nodes are called load");
    memcpy(bad, nodes, sizeof(bad));
    bad[STORE].doc = NULL;
    refused(*state, &g, "graph test: node 2 has no name or no words");
    memcpy(bad, nodes, sizeof(bad));
    bad[ASK].absorb = NULL;
    refused(*state, &g, "graph test: node ask must either run or build and absorb");
    memcpy(bad, nodes, sizeof(bad));
    bad[ASK].run = step;
    refused(*state, &g, "graph test: node ask must either run or build and absorb");
    memcpy(bad, nodes, sizeof(bad));
    bad[LOAD].tries = 2;
    refused(*state, &g, "graph test: node load asks nobody, so it has no tries");
}

static void broken_edges_are_named(void **state)
{
    struct graph_edge bad[4];
    struct graph g = sound;
    g.edges = bad;
    memcpy(bad, edges, sizeof(bad));
    bad[3].to = 7;
    refused(*state, &g, "graph test: an edge from 2 to 7");
    memcpy(bad, edges, sizeof(bad));
    bad[1].label = NULL;
    refused(*state, &g, "graph test: a condition of ask has no words");
    memcpy(bad, edges, sizeof(bad));
    bad[1].when = NULL;
    refused(*state, &g, "graph test: an edge of ask is never reached");
    memcpy(bad, edges, sizeof(bad));
    bad[2].when = again;
    bad[2].label = "once more";
    refused(*state, &g, "graph test: node ask has no way that always holds");
    memcpy(bad, edges, sizeof(bad));
    bad[3].to = LOAD;
    refused(*state, &g, "graph test: node load never ends");
    memcpy(bad, edges, sizeof(bad));
    bad[2].to = GRAPH_END;
    refused(*state, &g, "graph test: nothing leads to node store");
}

static void sizes_are_checked(void **state)
{
    struct graph g = sound;
    g.start = NODES;
    refused(*state, &g, "graph test: sizes");
    g = sound;
    g.n_nodes = 0;
    refused(*state, &g, "graph test: sizes");
    g = sound;
    g.state = NULL;
    refused(*state, &g, "graph test: sizes");
    g = sound;
    g.steps_max = 2;
    refused(*state, &g, "graph test: fewer steps than nodes");
}

static void the_first_edge_that_holds_is_taken(void **state)
{
    (void)state;
    struct state s = { .n = 2 };
    assert_int_equal(graph_next(&sound, LOAD, &s), ASK);
    assert_int_equal(graph_next(&sound, ASK, &s), LOAD);
    s.n = 3;
    assert_int_equal(graph_next(&sound, ASK, &s), STORE);
    assert_int_equal(graph_next(&sound, STORE, &s), GRAPH_END);
    assert_int_equal(graph_node_find(&sound, S("store")), STORE);
    assert_int_equal(graph_node_find(&sound, S("stor")), -1);
}

static void the_drawing_names_every_edge(void **state)
{
    struct ctx *c = *state;
    struct buf b;
    buf_init(&b, c->mem, 4096);
    graph_write_mermaid(&sound, &b);
    buf_c(&b, '\0');
    assert_string_equal(b.p, "flowchart TD\n"
                             "    start((start)) --> load\n"
                             "    load[load]\n"
                             "    ask{{ask}}\n"
                             "    store[store]\n"
                             "    load --> ask\n"
                             "    ask -->|not yet| load\n"
                             "    ask --> store\n"
                             "    store --> done((end))\n");
    buf_init(&b, c->mem, 4096);
    graph_write_markdown(&sound, &b);
    buf_c(&b, '\0');
    assert_non_null(strstr(b.p, "```mermaid\nflowchart TD\n"));
    assert_non_null(strstr(b.p, "| ask | yes | 3 | Asks. |\n"));
    assert_non_null(strstr(b.p, "| load | no |  | Reads. |\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sound_graph_passes),
        cmocka_unit_test(broken_nodes_are_named),
        cmocka_unit_test(broken_edges_are_named),
        cmocka_unit_test(sizes_are_checked),
        cmocka_unit_test(the_first_edge_that_holds_is_taken),
        cmocka_unit_test(the_drawing_names_every_edge),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
