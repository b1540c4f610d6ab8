/* service/audit_value.h: the canonical values that log entries commit to, and the leaves of the
 * cycle roots (AUDIT 2.3). Pure; any thread. Whoever writes an entry and whoever verifies it use
 * the same function. */
#ifndef ENIGMA_SERVICE_AUDIT_VALUE_H
#define ENIGMA_SERVICE_AUDIT_VALUE_H

#include "schema/schema.h"

/* identity.scrub, field "map", key subject "anon:ANON_…":
 * {"achievements":S,"anon":ID,"app":ID,"essay":S,"gpa_e2":N,"test_scores_e2":{NAME:N,...}} with
 * the scrubbed texts. */
struct audit_map {
    struct str anonymized_id, application_id;
    int64_t gpa;              /* hundredths */
    const struct list *tests; /* struct e2_pair */
    struct str essay, achievements;
};
void audit_map_canon(struct buf *b, const struct audit_map *m);

/* score.final, field "score", key subject "anon:ANON_…":
 * {"academic_e2":N,"achievement_e2":N,"essay_e2":N,"final_e2":N,"test_e2":N} */
struct audit_score {
    int64_t academic, achievement, essay, final, test;
};
void audit_score_canon(struct buf *b, const struct audit_score *s);

/* selection.score, field "score", key subject "anon:ANON_…": what a finalist was ranked by,
 * {"combined_e2":N,"communication_e2":N,"critical_thinking_e2":N,"final_e2":N,"interview_e2":N,
 * "motivation_e2":N}; without an interview's score only {"final_e2":N}. */
struct audit_finalist {
    int64_t combined, communication, critical_thinking, final, motivation;
    int64_t interview; /* SCHEMA_NULL_I64: no score */
};
void audit_finalist_canon(struct buf *b, const struct audit_finalist *f);

/* {"id":APP,"idx":N}: leaf of cycle.freeze's apps_root, in idx order. */
void audit_app_leaf(struct buf *b, struct str application_id, int64_t idx);
/* {"c":HEX,"id":ANON}: leaf of cycle.select's scores_root, sorted bytewise (so by the commit). */
void audit_score_leaf(struct buf *b, struct str commit_hex, struct str anonymized_id);

#endif
