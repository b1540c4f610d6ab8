/* repo/expiry_repo.h: SQL that removes what has ended: logins, sign-ins that were begun, API
 * tokens, approvals, used idempotency keys, drafts of cycles that take no applications any more,
 * drafts that became applications, notes, words and transcripts of interviews of published cycles.
 * Each takes at most `limit` rows that ended before `now`. Works inside the caller's transaction.
 * Thread rule: the transaction's thread. */
#ifndef ENIGMA_REPO_EXPIRY_REPO_H
#define ENIGMA_REPO_EXPIRY_REPO_H

#include "db/db.h"

enum expiry_kind {
    EXPIRY_ADMIN_SESSION,
    EXPIRY_STUDENT_SESSION,
    EXPIRY_AUTH_STATE,
    EXPIRY_IDEMPOTENCY,
    EXPIRY_API_TOKEN,
    EXPIRY_APPROVAL,
    EXPIRY_DRAFT,
    EXPIRY_SENT_DRAFT,
    EXPIRY_INTERVIEW_NOTE,
    EXPIRY_SCORE_NOTE,
    EXPIRY_UTTERANCE,
    EXPIRY_SCORECARD,
    EXPIRY_TRANSCRIPT,
    EXPIRY_COUNT
};
err expiry_remove(struct ctx *c, struct tx *tx, enum expiry_kind kind, int64_t now, int64_t limit,
                  int64_t *ret_removed);

#endif
