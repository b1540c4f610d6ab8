/* workflow/inbox.h: where answers wait for the thread that drives the graph.
 * Thread rule: tickets are filled on any thread; open, take and leave belong to one. The inbox
 * lives until it was left and the last ticket has come. */
#ifndef ENIGMA_WORKFLOW_INBOX_H
#define ENIGMA_WORKFLOW_INBOX_H

#include "client/llm.h"

struct inbox;
struct ticket {
    struct ticket *next;
    struct inbox *in;
    size_t run;                       /* whose call it is */
    const struct llm_port *unsettled; /* where the answer keeps its place in flight, or NULL */
    bool failed;
    struct llm_failure failure;
    struct llm_reply reply; /* its text belongs to the ticket */
    char *text;
};

/* llm: to whom answers are settled; NULL: nobody. NULL: out of memory. */
struct inbox *inbox_open(const struct llm_port *llm);
/* A ticket under way; NULL: out of memory. */
struct ticket *inbox_ticket(struct inbox *in, size_t run);
/* The llm_done of a ticket. */
void inbox_answer(void *ticket, const struct llm_failure *failure, const struct llm_reply *reply);
/* All that have come, first first; waits at most wait_ms for one. NULL: none came. */
struct ticket *inbox_take(struct inbox *in, uint32_t wait_ms);
/* The answers of this ticket and those behind it need their places in flight no longer. */
void tickets_settle(struct ticket *first);
/* This and those behind it, settled. */
void tickets_free(struct ticket *first);
/* The take under way, or the next one, waits no longer. Any thread, before inbox_leave. */
void inbox_wake(struct inbox *in);
/* What comes later is dropped. */
void inbox_leave(struct inbox *in);

#endif
