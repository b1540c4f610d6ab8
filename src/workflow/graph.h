/* workflow/graph.h: state machines as data: nodes, edges, conditions; checked, drawn, never coded.
 * A node is a step of our own (run) or a question to a model (build, absorb); it does no I/O, the
 * engine (workflow/drive.h) does. Tables are constant; any thread. */
#ifndef ENIGMA_WORKFLOW_GRAPH_H
#define ENIGMA_WORKFLOW_GRAPH_H

#include "client/llm.h"

struct graph_node {
    const char *name, *doc;
    /* A step of our own. Its error ends the run. */
    err (*run)(struct ctx *c, void *state);
    /* The question; strings in c->mem. */
    err (*build)(struct ctx *c, const void *state, struct llm_request *ret);
    /* The answer, decoded by the request's schema. ERR_UPSTREAM: not usable, ask again. What stays
     * in the state lives as long as c->mem. */
    err (*absorb)(struct ctx *c, void *state, const struct llm_reply *reply);
    /* A step that works in the transaction that its state brings, with all behind it: a drive ends
     * the run before it, and `ended` walks on from there (graph_walk). */
    bool in_tx;
    uint32_t timeout_ms; /* of one call; 0: the client's own */
    uint8_t tries;       /* calls with an answer that was no use, before the run fails; 0: one */
};
enum { GRAPH_END = -1, GRAPH_NODES_MAX = 32, GRAPH_EDGES_MAX = 64 };
struct graph_edge {
    int8_t from, to;                 /* to: may be GRAPH_END */
    bool (*when)(const void *state); /* NULL: always, the node's last edge */
    const char *label;               /* for the drawing; NULL: none */
};
struct graph {
    const char *name, *doc;
    const struct schema *state; /* what a checkpoint holds; other members are made anew */
    /* Told of every answer that came, of use or not, before it is taken in. NULL: nobody. */
    void (*spent)(void *state, int at, const struct llm_reply *reply);
    const struct graph_node *nodes;
    const struct graph_edge *edges; /* in order: the first of a node that holds is taken */
    uint8_t n_nodes, n_edges, start;
    uint8_t steps_max;   /* nodes that one run may pass through */
    uint32_t run_max_ms; /* from its start, or its resumption, in this process; 0: no limit */
};

/* ERR_INTERNAL with a sentence that names graph, node and rule: names once, ends known, one last
 * edge without condition for each node, every node reachable and every node with a way out. */
err graph_check(struct ctx *c, const struct graph *g);
/* Behind node `at`; GRAPH_END at the end. */
int graph_next(const struct graph *g, int at, const void *state);
/* From node `at` to the end, through steps of our own alone. A step's error comes back;
 * ERR_INTERNAL: a question stands in the way, or it went round too often. */
err graph_walk(struct ctx *c, const struct graph *g, void *state, int at, int steps);
/* The node of that name, or -1. */
int graph_node_find(const struct graph *g, struct str name);
void graph_write_mermaid(const struct graph *g, struct buf *out);
/* The drawing with a table of the nodes below it. */
void graph_write_markdown(const struct graph *g, struct buf *out);

#endif
