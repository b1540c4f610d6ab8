/* service/transcript.h: what was said in an interview, for its two people and for whoever reviews
 * it: its assigned evaluator, its student, super_admin and auditor. Each may correct what they said
 * themselves, the evaluator also what the student said; what was heard stays beside it.
 * Thread rule: workers. ERR_NOT_FOUND for all others, as for an interview that does not exist. */
#ifndef ENIGMA_SERVICE_TRANSCRIPT_H
#define ENIGMA_SERVICE_TRANSCRIPT_H

#include "db/db.h"
#include "domain/interview.h"

enum { TRANSCRIPT_ROWS_MAX = 5000 };
/* after: behind that row; 0: from the start. */
err transcript_read(struct ctx *c, int64_t interview_id, int64_t after, int64_t limit,
                    struct list *ret);
/* The whole as plain text: "[00:01:23] Evaluator: …", the time since the first words. */
err transcript_text(struct ctx *c, int64_t interview_id, struct str *ret);
/* ERR_FORBIDDEN: not one's own words. Written into the log. */
err transcript_mend(struct ctx *c, int64_t interview_id, int64_t transcript_id, struct str text,
                    struct transcript *ret);

#endif
