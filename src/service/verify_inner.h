/* service/verify_inner.h: what the parts of the verifier share. Private to audit_verify.c,
 * verify_chain.c, verify_pending.c, verify_facts.c, verify_rows.c, verify_cycles.c,
 * verify_schema.c, verify_final.c, verify_interviews.c, verify_bias.c, verify_fairness.c,
 * verify_words.c, verify_legacy.c. Thread rule: one verification belongs to one thread and one read
 * transaction. */
#ifndef ENIGMA_SERVICE_VERIFY_INNER_H
#define ENIGMA_SERVICE_VERIFY_INNER_H

#include "codec/base64.h"
#include "crypto/commit.h"
#include "crypto/merkle.h"
#include "domain/audit_act.h"
#include "domain/legacy.h"
#include "domain/phase.h"
#include "domain/selection.h"
#include "repo/verify_repo.h"
#include "service/audit_verify.h"

/* Finds a struct that begins with its `struct str id`. Open addressing; grows. */
struct id_table {
    void **v;
    size_t n, cap;
    void *last;
};

struct selection_facts {
    int64_t idx; /* of cycle.select; -1: none */
    int64_t seats, selected, not_selected, cutoff_e2;
    struct str scores_root, seed, actor;
    bool shortlist;             /* the chosen are invited, not selected */
    int64_t shortlisted;        /* 0 in direct selection */
    struct selection_plan plan; /* of a shortlist */
    int64_t cutoff_found;       /* e2, recomputed from the rows */
    bool all, usable;           /* all: places for everyone; usable: the rows could be read */
    struct str *tied;           /* chosen among those at the cut-off, sorted */
    size_t n_tied;
};
/* The final selection of a shortlist. */
struct final_facts {
    int64_t idx; /* of selection.final; -1: none */
    int64_t seats, selected, not_selected, cutoff_e2;
    int64_t forced; /* finalists without an interview's score */
    struct str scores_root, seed, actor;
    struct selection_weights weights;
    bool usable;
    struct str *chosen; /* recomputed from the rows, sorted */
    size_t n_chosen;
};
/* A cycle as its log entries tell it. */
struct cycle_facts_log {
    struct str id;
    int64_t created_idx;
    bool created, deleted, open, forced, dated, seen; /* seen: its row was met */
    int32_t phase;
    int64_t seats, start_ms, end_ms, result_ms;
    int64_t submitted, withdrawn, scores, selects, finals;
    int64_t freeze_idx, freeze_count;
    struct str freeze_leaf, apps_root, provider;
    int64_t policy_version; /* of scrub.policy; 0: the preset */
    struct str policy_sha256;
    bool policy_seen;       /* its row was met */
    struct str scored_leaf; /* of cycle.scored */
    enum { FAIRNESS_SAYS_NOTHING, FAIRNESS_SAYS_PASSED, FAIRNESS_SAYS_OVERRIDDEN } fairness;
    int64_t published_rows;        /* -1: not published */
    int64_t published_shortlisted; /* decided by the publication alone */
    /* From an original installation: what it was before, and the commitment to its decisions. */
    bool imported, import_over;
    int64_t was_selected, was_selections;
    int64_t decisions_idx; /* of import.rows with decisions; -1: none */
    char decisions_hex[2 * SHA256_N + 1], decisions_nonce[2 * NONCE_N + 1];
    struct selection_facts sel;
    struct final_facts fin;
};
/* One import.legacy: a run of rows of a legacy chain, in the order of the log. */
struct legacy_segment {
    struct legacy_segment *next;
    int64_t idx, first, last, count, breaks;
    enum legacy_kind kind;
    struct str head, root;
};
struct admin_facts_log {
    struct str id;
    struct str role;
    bool active, seen;
    bool signs_in; /* the entry of a sign-in waits: last_login is not settled */
};

struct bias_status_fact { /* of an evaluator, by the last status.change */
    struct str id, status;
    bool seen;
};

struct verify {
    struct tx *tx;
    const struct verify_options *o;
    struct arena *keep;    /* findings and facts, until the report is read */
    struct arena *scratch; /* one row or one entry */
    int64_t now_ms;
    struct str origin;

    struct verify_invalid *found;
    size_t n_found; /* kept; n_chain + n_rows counts all */
    int64_t n_chain, n_rows;
    bool in_rows; /* which of the two a finding belongs to */

    struct merkle tree;
    int64_t next_idx, count, first_ts, last_ts, max_idx;
    char last_hex[2 * SHA256_N + 1]; /* leaf of the entry before */
    struct str vkey;                 /* of the key that signs from here on */

    int64_t n_pending; /* entries that wait for their place behind next_idx */

    struct id_table cycles, admins;
    struct id_table interviews;
    struct id_table fairness;       /* runs of the fairness check */
    struct id_table bias, statuses; /* live monitoring: struct bias_fact, bias_status_fact */
    int64_t n_voids, n_reinstatements;
    struct id_table words;    /* statements of interest, corrections of transcripts */
    struct id_table reviewed; /* anonymous ids whose result a person has changed */
    struct legacy_segment *segments, *last_segment;
    struct verify_legacy legacy[2];      /* by enum legacy_kind */
    int64_t at_idx;                      /* where a stream of rows stands */
    int64_t n_applications, n_anonymous; /* entries that have their row */
};

/* index -1: not one entry. The detail names no person. */
void finding(struct verify *v, int64_t index, const char *code, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* Turns an error that a damaged row causes into a finding; others come back. */
err finding_from(struct ctx *c, struct verify *v, int64_t index, const char *code, err e);

void *id_find(struct id_table *t, struct str id);
/* Finds or adds a zeroed struct of this size, with its id kept. */
void *id_add(struct verify *v, struct id_table *t, struct str id, size_t size);

/* Members of an entry's data; false when they are not there or not of that kind. */
bool data_i64(struct verify *v, struct str data, const char *name, int64_t *ret);
bool data_str(struct verify *v, struct str data, const char *name, struct str *ret);

/* The chain, the tree, and the facts of cycles and administrators. */
err verify_chain(struct ctx *c, struct verify *v);
void facts_take(struct verify *v, const struct entry *e, const char *leaf_hex);
/* What waits for its place behind the chain: not for long, and its facts count already. */
err verify_pending(struct ctx *c, struct verify *v);
/* Selections first: verify_rows compares statuses with them. */
err verify_selections(struct ctx *c, struct verify *v);
err verify_rows(struct ctx *c, struct verify *v);
err verify_facts(struct ctx *c, struct verify *v);
err verify_schema(struct ctx *c, struct verify *v);
/* Whether cycle.select chose this score, by the cut-off and ties found in the rows. */
bool selection_chose(const struct cycle_facts_log *cy, struct str anonymized_id, int64_t final_e2);
/* Compares ids as texts, for qsort and bsearch. */
int id_order(const void *a, const void *b);
/* Recounts selection.final from the rows of the finalists. */
err verify_final(struct ctx *c, struct verify *v, struct cycle_facts_log *cy);
/* verify_interviews.c: what entries say of interviews, and their rows. */
void interview_take(struct verify *v, const struct entry *e);
err verify_interviews(struct ctx *c, struct verify *v);
/* verify_words.c: statements of interest, and corrections of transcripts. */
void words_take(struct verify *v, const struct entry *e);
err verify_words(struct ctx *c, struct verify *v);
/* verify_fairness.c: the entries fairness.*, what a publication says of them, and the rows. */
void fairness_take(struct verify *v, struct cycle_facts_log *cy, const struct entry *e);
void fairness_published(struct verify *v, const struct cycle_facts_log *cy, const struct entry *e);
err verify_fairness(struct ctx *c, struct verify *v);
/* The entry's commitment of that field, opened with the key over the value made from the row. */
bool verify_opens(const struct entry *e, const uint8_t key[SUBJECT_KEY_N], struct str field,
                  struct str value);
/* false: it was reported. */
bool verify_open_key(struct ctx *c, struct verify *v, int64_t idx, struct str wrapped,
                     uint8_t ret[SUBJECT_KEY_N]);
/* verify_bias.c: live monitoring of interviews. */
void bias_facts_take(struct verify *v, const struct entry *e);
err verify_bias(struct ctx *c, struct verify *v);
/* verify_legacy.c: the legacy chains, and decisions that were imported. */
void legacy_take(struct verify *v, const struct entry *e);
err verify_legacy(struct ctx *c, struct verify *v);
err verify_decisions(struct ctx *c, struct verify *v, const struct cycle_facts_log *cy);
/* What final_scores.status must be; absent: cannot be told. */
struct str selection_status(const struct cycle_facts_log *cy, struct str anonymized_id,
                            int64_t final_e2);

#endif
