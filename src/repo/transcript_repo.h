/* repo/transcript_repo.h: SQL of what was said in interviews. Decides nothing. Statements name
 * interviews by number. Thread rule: inside a transaction of the calling thread. Strings come back
 * in c->mem. */
#ifndef ENIGMA_REPO_TRANSCRIPT_REPO_H
#define ENIGMA_REPO_TRANSCRIPT_REPO_H

#include "db/db.h"
#include "domain/interview.h"

struct transcript_new {
    int64_t interview_id;
    struct str cycle_id, admin_id; /* admin_id: absent for the student */
    int32_t speaker;               /* enum speaker */
    struct str text, provider;
    int64_t begin, end, now;
    double confidence; /* NaN: the endpoint does not say */
};
/* *ret_made false: that segment of that speaker is there already. */
err transcript_insert(struct ctx *c, struct tx *tx, const struct transcript_new *t, int64_t *ret_id,
                      bool *ret_made);
/* In the order in which it was said; rows are struct transcript. after: behind that row, 0: from
 * the start. */
err transcript_list(struct ctx *c, struct tx *tx, int64_t interview_id, int64_t after,
                    int64_t limit, struct list *ret);
err transcript_find(struct ctx *c, struct tx *tx, int64_t interview_id, int64_t id,
                    struct transcript *ret, bool *ret_found);
err transcript_correct(struct ctx *c, struct tx *tx, const struct transcript *t,
                       int64_t *ret_changed);
/* What a speaker said between two times, at most 16 rows of struct transcript. */
err transcript_between(struct ctx *c, struct tx *tx, int64_t interview_id, int32_t speaker,
                       int64_t from, int64_t to, struct list *ret);
/* Evaluators' words that were stored between two times and never looked at; rows are struct
 * transcript_left. */
struct transcript_left {
    int64_t id, interview_id, begin;
    struct str text, admin_id;
    double confidence;
};
err transcript_unseen(struct ctx *c, struct tx *tx, int64_t from, int64_t to, int64_t limit,
                      struct list *ret);

#endif
