/* domain/legacy.h: what is known of an original ENIGMA installation: its schemas, its numbers, its
 * statuses and its two hash chains (CONTRACT 9, 10, 12). Pure; any thread. */
#ifndef ENIGMA_DOMAIN_LEGACY_H
#define ENIGMA_DOMAIN_LEGACY_H

#include "crypto/merkle.h"
#include "schema/schema.h"

/* Schemas of the original, oldest first; alembic_version names one. */
enum legacy_schema {
    LEGACY_INITIAL,         /* chain ids are text, no students */
    LEGACY_EMPTY_STEP,      /* the same */
    LEGACY_INTEGER_CHAIN,   /* chain ids are integers */
    LEGACY_STUDENTS,        /* accounts, and applications.student_id */
    LEGACY_INTERVIEWS,      /* interviews without start and statements */
    LEGACY_BIAS,            /* bias monitoring */
    LEGACY_SHORTLISTED,     /* a status more */
    LEGACY_INTERVIEW_SCORE, /* interview_scores */
    LEGACY_NEWEST,          /* interviews.started_at, coi_accepted_at and _by */
    LEGACY_SCHEMA_COUNT
};
/* -1: not one of the nine. */
int legacy_schema_of(struct str alembic_version);

/* An enum label of the original ("BATCH_PREP") as ours; -1: unknown. */
int32_t legacy_label(const struct names *names, struct str label);

/* A decimal number as hundredths, half up (away from zero). False when it is no number or beyond
 * LEGACY_E2_MAX; *ret_rounded: digits were lost. */
#define LEGACY_E2_MAX INT64_C(100000000000000)
bool legacy_e2(struct str number, int64_t *ret, bool *ret_rounded);
/* The same of the shortest decimal that a double stands for. */
bool legacy_f64_e2(double v, int64_t *ret, bool *ret_rounded);

/* What an application and its final score are in a cycle of this phase. The original leaves some
 * behind: those never become ready or scored, and are failed. */
struct legacy_state {
    int32_t phase, application, score; /* score: its status, or -1 without a row */
    bool anonymous;
};
struct legacy_fate {
    int32_t application, score; /* score -1: none, or none belongs there */
    bool never_scored;          /* given up: there was nothing to decide on */
    bool changed;               /* the original said something else */
};
struct legacy_fate legacy_fate_of(const struct legacy_state *s);

/* One row of hash_chain or audit_logs, as stored. */
struct legacy_decision {
    int64_t chain_id;
    struct str anonymized_id, decision_type, data_json, data_hash, previous_hash;
    int64_t timestamp;
};
struct legacy_audit {
    int64_t log_id, timestamp;
    struct str entity_type, entity_id, action, actor; /* action: lower case */
    struct str previous_hash, current_hash;           /* may be absent */
};
/* SHA-256(data_json || "|" || previous_hash) */
struct hash legacy_decision_hash(const struct legacy_decision *d);
/* What the original hashes of an audit row: Python's json.dumps with sorted keys. */
void legacy_audit_text(struct buf *b, const struct legacy_audit *a);

/* A run of rows of one chain, in order of their ids. Also keeps a tree over what the rows say, so
 * that broken ones are bound too: leaves are canonical JSON of the row, its long text as hash. */
enum legacy_kind { LEGACY_DECISIONS, LEGACY_AUDIT };
extern const struct names legacy_kind_names; /* decisions, audit */
enum legacy_break {
    LEGACY_SOUND = 0,
    LEGACY_BAD_HASH = 1, /* the row is not what was hashed */
    LEGACY_BAD_LINK = 2, /* the hash before it is another */
};
struct legacy_chain {
    struct merkle tree;
    int64_t first, last, count, breaks;
    char head[65]; /* hash of the last row; in the beginning what the first must name */
};
/* before: hash of the row before the run; absent: from the very beginning. */
void legacy_chain_start(struct legacy_chain *ch, enum legacy_kind kind, struct str before);
unsigned legacy_chain_decision(struct legacy_chain *ch, const struct legacy_decision *d);
unsigned legacy_chain_audit(struct legacy_chain *ch, const struct legacy_audit *a);
const char *legacy_break_text(unsigned bits);

#endif
