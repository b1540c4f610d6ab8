/* service/export_prompt.h: the evaluation prompt of one exported application. Pure but for the
 * random boundary. */
#ifndef ENIGMA_SERVICE_EXPORT_PROMPT_H
#define ENIGMA_SERVICE_EXPORT_PROMPT_H

#include "base/ctx.h"
#include "domain/score.h"
#include "repo/anon_repo.h"

/* Self-contained: task, marks, rules, form of the answer, and the application as JSON between
 * boundaries that no applicant can guess. */
void export_prompt_write(struct ctx *c, struct buf *b, const struct weights *w,
                         const struct anon_export_row *row);

#endif
