/* service/import_seen.h: which ids an import has met: a table of 128-bit digests with open
 * addressing, so that memory is 32 bytes a line whatever the ids are. One owner. */
#ifndef ENIGMA_SERVICE_IMPORT_SEEN_H
#define ENIGMA_SERVICE_IMPORT_SEEN_H

#include "base/ctx.h"

struct import_seen {
    struct import_digest *slots;
    size_t mask;
};
/* Room for `n` ids; ERR_TOO_LARGE past the memory given. */
err import_seen_init(struct ctx *c, struct import_seen *s, struct arena *mem, size_t n);
/* True when the id was there before; it is there afterwards. */
bool import_seen_add(struct import_seen *s, struct str id);

#endif
