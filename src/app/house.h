/* app/house.h: fills the port through which administrators look at their installation.
 * Thread rule: open and close from the main thread, the port from any. */
#ifndef ENIGMA_APP_HOUSE_H
#define ENIGMA_APP_HOUSE_H

#include "app/wire.h"
#include "service/house.h"

struct house;
/* For an installation that lives longer. */
struct house *house_open(struct installation *in);
const struct house_port *house_port_of(struct house *h);
void house_close(struct house *h);

#endif
