/* The rules that a graph keeps, the way through it, and its drawing. */
#include "workflow/graph.h"

#include "base/str.h"

static err check_node(struct ctx *c, const struct graph *g, int i)
{
    const struct graph_node *n = &g->nodes[i];
    const bool asks = n->build || n->absorb;
    if (!n->name || !n->name[0] || !n->doc)
        return FAIL(c, INTERNAL, "graph %s: node %d has no name or no words", g->name, i);
    if (graph_node_find(g, str_of(n->name)) != i)
        return FAIL(c, INTERNAL, "graph %s: two nodes are called %s", g->name, n->name);
    if ((n->run != NULL) == asks || (n->build == NULL) != (n->absorb == NULL))
        return FAIL(c, INTERNAL, "graph %s: node %s must either run or build and absorb", g->name,
                    n->name);
    if (n->run && (n->tries || n->timeout_ms))
        return FAIL(c, INTERNAL, "graph %s: node %s asks nobody, so it has no tries", g->name,
                    n->name);
    return ERR_OK;
}

static bool is_node(const struct graph *g, int i)
{
    return i >= 0 && i < g->n_nodes;
}

/* The last edge of each node is its only one without a condition. */
static err check_ways(struct ctx *c, const struct graph *g, int node)
{
    const struct graph_edge *last = NULL;
    for (int i = 0; i < g->n_edges; i++) {
        const struct graph_edge *e = &g->edges[i];
        if (e->from != node)
            continue;
        if (last && !last->when)
            return FAIL(c, INTERNAL, "graph %s: an edge of %s is never reached", g->name,
                        g->nodes[node].name);
        last = e;
    }
    if (!last || last->when)
        return FAIL(c, INTERNAL, "graph %s: node %s has no way that always holds", g->name,
                    g->nodes[node].name);
    return ERR_OK;
}

static err check_edge(struct ctx *c, const struct graph *g, const struct graph_edge *e)
{
    if (!is_node(g, e->from) || (e->to != GRAPH_END && !is_node(g, e->to)))
        return FAIL(c, INTERNAL, "graph %s: an edge from %d to %d", g->name, e->from, e->to);
    if (e->when && !e->label)
        return FAIL(c, INTERNAL, "graph %s: a condition of %s has no words", g->name,
                    g->nodes[e->from].name);
    return ERR_OK;
}

/* Marks grow along the edges (or against them) until nothing changes. */
static void spread(const struct graph *g, bool *marked, bool back)
{
    for (bool more = true; more;) {
        more = false;
        for (int i = 0; i < g->n_edges; i++) {
            const struct graph_edge *e = &g->edges[i];
            bool end = e->to == GRAPH_END;
            if (back && !marked[e->from] && (end || marked[e->to]))
                more = marked[e->from] = true;
            else if (!back && marked[e->from] && !end && !marked[e->to])
                more = marked[e->to] = true;
        }
    }
}

static err check_reach(struct ctx *c, const struct graph *g)
{
    bool reached[GRAPH_NODES_MAX] = { false }, leaves[GRAPH_NODES_MAX] = { false };
    reached[g->start] = true;
    spread(g, reached, false);
    spread(g, leaves, true);
    for (int i = 0; i < g->n_nodes; i++) {
        if (!reached[i])
            return FAIL(c, INTERNAL, "graph %s: nothing leads to node %s", g->name,
                        g->nodes[i].name);
        if (!leaves[i])
            return FAIL(c, INTERNAL, "graph %s: node %s never ends", g->name, g->nodes[i].name);
    }
    return ERR_OK;
}

err graph_check(struct ctx *c, const struct graph *g)
{
    if (g->n_nodes == 0 || g->n_nodes > GRAPH_NODES_MAX || g->n_edges > GRAPH_EDGES_MAX ||
        g->start >= g->n_nodes || !g->state)
        return FAIL(c, INTERNAL, "graph %s: sizes", g->name);
    if (g->steps_max < g->n_nodes)
        return FAIL(c, INTERNAL, "graph %s: fewer steps than nodes", g->name);
    for (int i = 0; i < g->n_nodes; i++)
        TRY(check_node(c, g, i));
    for (int i = 0; i < g->n_edges; i++)
        TRY(check_edge(c, g, &g->edges[i]));
    for (int i = 0; i < g->n_nodes; i++)
        TRY(check_ways(c, g, i));
    return check_reach(c, g);
}

int graph_next(const struct graph *g, int at, const void *state)
{
    for (int i = 0; i < g->n_edges; i++) {
        const struct graph_edge *e = &g->edges[i];
        if (e->from == at && (!e->when || e->when(state)))
            return e->to;
    }
    return GRAPH_END;
}

err graph_walk(struct ctx *c, const struct graph *g, void *state, int at, int steps)
{
    for (; at != GRAPH_END; at = graph_next(g, at, state), steps++) {
        if (!g->nodes[at].run)
            return FAIL(c, INTERNAL, "graph %s: %s asks a model, which cannot be done here",
                        g->name, g->nodes[at].name);
        if (steps >= g->steps_max)
            return FAIL(c, INTERNAL, "the graph went round too often");
        TRY(g->nodes[at].run(c, state));
    }
    return ERR_OK;
}

int graph_node_find(const struct graph *g, struct str name)
{
    for (int i = 0; i < g->n_nodes; i++)
        if (str_eq(str_of(g->nodes[i].name), name))
            return i;
    return -1;
}

/* Mermaid takes a bare word for a node and ends a label at its line. */
void graph_write_mermaid(const struct graph *g, struct buf *out)
{
    buf_fmt(out, "flowchart TD\n    start((start)) --> %s\n", g->nodes[g->start].name);
    for (int i = 0; i < g->n_nodes; i++)
        buf_fmt(out, g->nodes[i].run ? "    %s[%s]\n" : "    %s{{%s}}\n", g->nodes[i].name,
                g->nodes[i].name);
    for (int i = 0; i < g->n_edges; i++) {
        const struct graph_edge *e = &g->edges[i];
        buf_fmt(out, "    %s -->", g->nodes[e->from].name);
        if (e->label)
            buf_fmt(out, "|%s|", e->label);
        buf_fmt(out, " %s\n", e->to == GRAPH_END ? "done((end))" : g->nodes[e->to].name);
    }
}

void graph_write_markdown(const struct graph *g, struct buf *out)
{
    buf_fmt(out, "%s\n\n```mermaid\n", g->doc);
    graph_write_mermaid(g, out);
    buf_lit(out, "```\n\n| node | asks a model | tries | what it does |\n|---|---|---|---|\n");
    for (int i = 0; i < g->n_nodes; i++) {
        const struct graph_node *n = &g->nodes[i];
        buf_fmt(out, "| %s | %s | ", n->name, n->build ? "yes" : "no");
        if (n->build)
            buf_i64(out, n->tries ? n->tries : 1);
        buf_fmt(out, " | %s |\n", n->doc);
    }
}
