/* domain/audit_act.h: the closed list of what the log may say (DECISIONS 17). Pure.
 * Add an act: one row in audit_act.c, with its members, before it is written. */
#ifndef ENIGMA_DOMAIN_AUDIT_ACT_H
#define ENIGMA_DOMAIN_AUDIT_ACT_H

#include "schema/schema.h"

enum act_subject {
    SUBJ_NONE,
    SUBJ_CYCLE,
    SUBJ_APPLICATION,
    SUBJ_ANON,
    SUBJ_ADMIN,
    SUBJ_STUDENT,
    SUBJ_INTERVIEW,
    SUBJ_FLAG,
    SUBJ_APPLICANT /* an application or an anonymous id, whichever the person was asked by */
};
struct audit_act {
    const char *act;
    const char *actors; /* who may be the actor, separated by '|': admin auditor system student
                         * llm builtin monitor import (rows of an original installation) */
    enum act_subject subject;
    const char *data;    /* comma-separated members of data, sorted; "" none; '?' behind a
                          * member: it may be left out */
    const char *commits; /* the same for commits */
    const char *action;  /* the original's action names in lower case, for /admin/audit/logs */
};
extern const struct audit_act audit_acts[];
extern const size_t audit_act_count;
const struct audit_act *audit_act_of(struct str act);

/* One entry of format v1, before and after it is written (AUDIT 2.3). */
enum { ENTRY_MAX = 16384, ENTRY_COMMITS_MAX = 8 };
struct entry_commit {
    struct str name;
    char hex[65];
};
struct entry {
    struct str act, actor, cycle, subj; /* cycle and subj may be absent (null) */
    struct entry_commit commits[ENTRY_COMMITS_MAX];
    size_t n_commits;
    struct str data; /* canonical JSON object */
    int64_t idx, ts_ms;
    struct str log, nonce_hex, prev_hex;
};
/* Canonical bytes. False when a rule of the format is broken (then nothing useful is in b). */
bool entry_write(struct buf *b, const struct entry *e);
/* Strict: only canonical bytes of a known act with its exact members pass; reterr_why names the
 * rule. Strings borrow from the text. */
bool entry_read(struct str text, struct entry *ret, const char **reterr_why);

#endif
