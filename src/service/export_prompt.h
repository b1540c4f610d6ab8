/* service/export_prompt.h: the evaluation prompt of one exported application. Pure but for the
 * random boundary. */
#ifndef ENIGMA_SERVICE_EXPORT_PROMPT_H
#define ENIGMA_SERVICE_EXPORT_PROMPT_H

#include "base/ctx.h"
#include "domain/score.h"
#include "repo/anon_repo.h"

/* The two parts of a prompt that needs nothing else. The head is the same for all applications:
 * task, marks, rules and form of the answer. */
void export_prompt_head(struct buf *b, const struct weights *w);
/* The application as JSON between boundaries that no applicant can guess. */
void export_prompt_tail(struct ctx *c, struct buf *b, const struct anon_export_row *row);

#endif
