/* app/recogniser_child.h: the offline recogniser (enigma-stt) as a child of this process: started
 * when first asked, started again with growing pauses when it ends, ended with us. The address is
 * loopback, the token new for each start. Thread rule: its port from any worker thread. */
#ifndef ENIGMA_APP_RECOGNISER_CHILD_H
#define ENIGMA_APP_RECOGNISER_CHILD_H

#include "client/stt.h"

struct recogniser_child_options {
    const struct deps *deps;
    const char *program;
    uint32_t decoders;   /* 0: one a core */
    uint32_t timeout_ms; /* of one utterance, the wait for a start included */
};
struct recogniser_child;
/* ERR_INVALID: there is no such program. Nothing is started yet. */
err recogniser_child_open(struct ctx *c, const struct recogniser_child_options *o,
                          struct recogniser_child **ret);
const struct stt_port *recogniser_child_port(struct recogniser_child *r);
/* Of the program that runs now; 0: none. For tests and metrics. */
int recogniser_child_pid(struct recogniser_child *r);
/* Ends the program and what is being heard. NULL is fine. */
void recogniser_child_close(struct recogniser_child *r);

#endif
