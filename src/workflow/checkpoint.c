/* A checkpoint: where a run stands, as one JSON object. */
#include "base/str.h"
#include "codec/json.h"
#include "workflow/drive.h"

enum { CHECKPOINT_MAX = 4 << 20 };

struct checkpoint {
    struct str graph, node; /* node absent: at the end */
    int64_t steps;
    struct str state;
};
static const struct field checkpoint_fields[] = {
    FIELD_STR(struct checkpoint, graph, .flags = FIELD_REQUIRED, .max = 64),
    FIELD_STR(struct checkpoint, node, .flags = FIELD_NULL, .max = 64),
    FIELD_I64(struct checkpoint, steps, .flags = FIELD_REQUIRED, .max = UINT8_MAX),
    FIELD_JSON(struct checkpoint, state, .flags = FIELD_REQUIRED),
};
static SCHEMA(checkpoint_schema, "GraphCheckpoint", struct checkpoint, checkpoint_fields);

err graph_checkpoint_write(struct ctx *c, const struct graph *g, const struct graph_mark *m,
                           struct str *ret)
{
    struct buf state, b;
    buf_init(&state, c->mem, CHECKPOINT_MAX);
    schema_encode(g->state, m->state, &state);
    if (!buf_ok(&state))
        return FAIL(c, TOO_LARGE, "a checkpoint is too large");
    const struct checkpoint k = { .graph = str_of(g->name),
                                  .node = m->at == GRAPH_END ? (struct str){ 0 }
                                                             : str_of(g->nodes[m->at].name),
                                  .steps = m->steps,
                                  .state = buf_view(&state) };
    buf_init(&b, c->mem, CHECKPOINT_MAX);
    schema_encode(&checkpoint_schema, &k, &b);
    *ret = buf_view(&b);
    return buf_ok(&b) ? ERR_OK : FAIL(c, TOO_LARGE, "a checkpoint is too large");
}

static err not_ours(struct ctx *c, const struct graph *g)
{
    fault_clear(c);
    return FAIL(c, INTERNAL, "a checkpoint is not one of graph %s", g->name);
}

err graph_checkpoint_read(struct ctx *c, const struct graph *g, struct str text, void *ret_state,
                          int *ret_at, int *ret_steps)
{
    struct checkpoint k;
    int at = GRAPH_END;
    if (schema_decode(c, &checkpoint_schema, text, &k, NULL) != ERR_OK ||
        !str_eq(k.graph, str_of(g->name)))
        return not_ours(c, g);
    if (k.node.p)
        at = graph_node_find(g, k.node);
    if (k.node.p && at < 0)
        return not_ours(c, g);
    if (schema_decode(c, g->state, k.state, ret_state, NULL) != ERR_OK)
        return not_ours(c, g);
    *ret_at = at;
    *ret_steps = (int)k.steps;
    return ERR_OK;
}
