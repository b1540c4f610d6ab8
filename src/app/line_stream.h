/* app/line_stream.h: the lines of standard input, worked on by every processor of the machine and
 * answered on standard output in their order.
 * What has come is answered before more is waited for, so that a program at the other end of both
 * pipes may send a line and read its answer. Memory is bounded: a few slabs of lines are on their
 * way at once, and of a line past the limit no more than the limit is kept.
 * Thread rule: one stream at a time, run by the thread that calls; answer() is called by several
 * threads at once, each with a context of its own. */
#ifndef ENIGMA_APP_LINE_STREAM_H
#define ENIGMA_APP_LINE_STREAM_H

#include "app/cli.h"

struct line_work {
    /* Puts the answer to a line, which is trimmed and not empty, into out; else the fault in c, of
     * which nothing of the line may be a part. c->mem lasts until it returns. */
    err (*answer)(struct ctx *c, const void *with, struct str line, struct buf *out);
    const void *with;
    size_t line_max; /* bytes; a longer line is a bad one */
};

/* Bad lines are told on standard error by their numbers, the first hundred of them. The program's
 * exit code: EXIT_OK, EXIT_PARTLY when lines were bad, EXIT_FAILED when a pipe broke. */
int line_stream(struct cli *cli, const struct line_work *work);

#endif
