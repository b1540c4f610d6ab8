/* service/model_batch_select.h: walks the applications of a cycle whose questions stand open, page
 * by page, in random order. Private to model_batch.c and export_questions.c. */
#ifndef ENIGMA_SERVICE_MODEL_BATCH_SELECT_H
#define ENIGMA_SERVICE_MODEL_BATCH_SELECT_H

#include "service/batch_question.h"

/* Called with the page's memory as c->mem; *io_more false ends the walk. */
typedef err open_item_fn(void *arg, struct ctx *c, const struct batch_item *i, bool *io_more);
/* Those of the pass. */
err open_items(struct ctx *c, const struct batch_asker *k, struct str cycle_id, int32_t pass,
               open_item_fn *fn, void *arg);
/* The server's provider of models, or ERR_BAD_REQUEST. */
err open_asker(struct ctx *c, struct batch_asker *ret);

#endif
