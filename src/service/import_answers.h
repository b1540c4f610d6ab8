/* service/import_answers.h: output and error files of the Batch API taken in: each answer goes
 * through the graph `evaluate` as a live one does. Private to import.c and model_batch.c. */
#ifndef ENIGMA_SERVICE_IMPORT_ANSWERS_H
#define ENIGMA_SERVICE_IMPORT_ANSWERS_H

#include "service/import_group.h"

/* Whether the text is such a file: its first line has a custom_id. */
bool import_answers_is(struct ctx *c, struct str text);
/* Lines in any order; twice does no harm. Fills w->report and its errors. */
err import_answers_run(struct ctx *c, struct import_work *w, struct str text);

#endif
