/* app/scrub_show.h: original and result of scrubbing side by side, for a terminal. */
#ifndef ENIGMA_APP_SCRUB_SHOW_H
#define ENIGMA_APP_SCRUB_SHOW_H

#include "scrub/scrub.h"

/* Two columns a text, spans in colour when standard output is a terminal, then the list of spans
 * with rule and confidence; hints in a colour of their own. */
void scrub_show(struct buf *out, const char *const *names, const struct str *texts, size_t n,
                const struct scrub_result *r);

#endif
