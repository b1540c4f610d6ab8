/* service/bias_queue.h: utterances that wait for a model, in this process: taken in by any thread,
 * driven through the graph `bias` by the watcher's (jobs/watcher.h). The rows are the queue that
 * counts; this is the short way to them, and whoever finds a row with a lease that is over takes it
 * up: after kill -9 each utterance is analysed once.
 * Thread rule: bias_queue_drive on one thread; the port from any. */
#ifndef ENIGMA_SERVICE_BIAS_QUEUE_H
#define ENIGMA_SERVICE_BIAS_QUEUE_H

#include "client/llm.h"

/* The graph that an utterance goes through, for its drawing. */
struct graph;
extern const struct graph bias_graph;

/* What bias_utterance_take needs to know of the model. */
struct bias_port {
    void *self;
    struct str owner; /* this process, in the leases */
    /* A row of this id waits. */
    void (*wake)(void *self, int64_t analysis_id);
    /* The model cannot be reached now (the circuit breaker is open): the detector's answer is not
     * to wait for it. */
    bool (*away)(void *self);
};

enum { BIAS_QUEUE_MAX = 4096, BIAS_IN_FLIGHT = 256, BIAS_LEASE_SECONDS = 30 };
struct bias_queue_options {
    const struct llm_port *llm;
    struct str model, prompt; /* of BIAS_DETECTION_MODEL, bias_prompt.txt */
    uint32_t timeout_ms;
    /* The breaker's state; NULL: never open. */
    bool (*broken)(void *arg);
    void *arg;
};
struct bias_queue;
/* The strings of the options outlive it. */
err bias_queue_open(struct ctx *c, const struct bias_queue_options *o, struct bias_queue **ret);
const struct bias_port *bias_queue_port(struct bias_queue *q);
/* Works until bias_queue_stop; an error ends it early, and it may be called again. */
err bias_queue_drive(struct ctx *c, struct bias_queue *q);
/* From any thread. */
void bias_queue_stop(struct bias_queue *q);
/* Nobody drives or wakes it any more. NULL is fine. */
void bias_queue_close(struct bias_queue *q);

#endif
