/* jobs/hearer.h: the threads that take segments of speech from the queue (service/speech.h) to
 * their rows, apart from job threads and the pool: each waits for an answer of the recogniser.
 * Thread rule: open and close from one thread. */
#ifndef ENIGMA_JOBS_HEARER_H
#define ENIGMA_JOBS_HEARER_H

#include "service/speech.h"

enum { HEARERS_MAX = 64 };
struct hearer;
/* The queue outlives it. threads: 1 to HEARERS_MAX, more are as many. */
err hearer_open(struct ctx *c, const struct deps *deps, struct speech_queue *queue,
                unsigned threads, struct hearer **ret);
/* Ends once what is being heard is written down. NULL is fine. */
void hearer_close(struct hearer *h);

#endif
