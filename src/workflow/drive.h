/* workflow/drive.h: takes many items through a graph at once, on one thread: while some wait for a
 * model, others go on. After each answer the item's state is saved, so that a process that is
 * killed asks again at most what was under way.
 * Thread rule: graph_drive and all functions of the source on the calling thread; answers may come
 * on any. */
#ifndef ENIGMA_WORKFLOW_DRIVE_H
#define ENIGMA_WORKFLOW_DRIVE_H

#include "workflow/graph.h"

struct inbox; /* workflow/inbox.h */

/* A run's beginning. Its memory, c->mem in every call about it, lives to the end of `ended`. */
struct graph_start {
    struct str key; /* of the item, for the source */
    void *state;
    int at;    /* node to enter; GRAPH_END: it has only to be ended */
    int steps; /* nodes passed before */
};
/* Where a run stands: what must be kept of it. */
struct graph_mark {
    struct str key;
    void *state;
    int at, steps;
};
struct graph_source {
    void *self;
    /* The next item; *ret_more false: there is none, and nothing else is written. */
    err (*next)(void *self, struct ctx *c, struct graph_start *ret, bool *ret_more);
    /* Durable when it returns. NULL: nothing is saved. */
    err (*save)(void *self, struct ctx *c, const struct graph_mark *marks, size_t n);
    /* The run is over: through the graph (failure NULL), or not. */
    err (*ended)(void *self, struct ctx *c, const struct graph_mark *at,
                 const struct llm_failure *failure);
    /* Between answers, and at least every keep_ms: an error ends the drive. NULL: none. */
    err (*keep)(void *self, struct ctx *c);
    /* More items may come while the drive runs: it waits for them as long as this says true. NULL:
     * it ends with its items. */
    bool (*stays)(void *self);
    /* With stays: the drive's inbox, for inbox_wake when items come; NULL when the drive ends. */
    void (*opened)(void *self, struct inbox *in);
};
struct graph_drive {
    const struct graph *graph; /* checked */
    const struct llm_port *llm;
    const struct graph_source *source;
    uint32_t in_flight_max; /* items at once, 1 to GRAPH_IN_FLIGHT_MAX */
    uint32_t keep_ms;       /* 0: a quarter of a second */
    size_t run_mem_max;     /* bytes of one run; 0: GRAPH_RUN_MEM_MAX */
};
enum { GRAPH_IN_FLIGHT_MAX = 1000, GRAPH_RUN_MEM_MAX = 8 << 20 };
/* Until the source has no more and all runs have ended. What fails in one run ends that run; an
 * error of the source ends all, without waiting for answers: they are dropped when they come. */
err graph_drive(struct ctx *c, const struct graph_drive *d);
/* One checkpoint as JSON, in c->mem, and back. Members of the struct that the graph's state table
 * does not name come back zero. ERR_INTERNAL: it is not one of this graph. */
err graph_checkpoint_write(struct ctx *c, const struct graph *g, const struct graph_mark *m,
                           struct str *ret);
err graph_checkpoint_read(struct ctx *c, const struct graph *g, struct str text, void *ret_state,
                          int *ret_at, int *ret_steps);

#endif
