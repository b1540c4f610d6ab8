/* app/serve.h: the server of an installation: signals, probes, printed links.
 * Thread rule: the main thread. */
#ifndef ENIGMA_APP_SERVE_H
#define ENIGMA_APP_SERVE_H

#include "app/cli.h"

/* Keeps the signals that the server handles from the calling thread and those it starts. Threads
 * take their mask from their maker, so this comes before the job threads. */
void serve_block_signals(bool block);
/* How `serve` opens its installation. */
enum { SERVE_OPENS = OPEN_CREATE | OPEN_SHARED | OPEN_SERVER | OPEN_MIGRATE };
/* Opens the listener, starts the jobs that do not run yet, prints the links, serves until SIGTERM
 * or SIGINT; an exit code. Without a database it answers 503 and asks for it until it is there. */
int serve_until_signal(struct cli *cli);
/* ERR_OK when the address of LISTEN can be bound now. */
err serve_check_listen(struct ctx *c, const struct options *o);
/* host:port apart; false for anything else. */
bool listen_split(struct ctx *c, struct str listen, char **ret_host, uint16_t *ret_port);

#endif
