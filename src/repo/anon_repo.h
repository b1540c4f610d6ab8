/* repo/anon_repo.h: what preprocessing reads and writes: texts to scrub, anonymous rows.
 * Thread rule: inside a transaction of the calling thread. Makes no decision. */
#ifndef ENIGMA_REPO_ANON_REPO_H
#define ENIGMA_REPO_ANON_REPO_H

#include "db/db.h"

/* For statements that know an application by its id alone: the place of its anonymous row, with
 * which the index by application begins. Rows that one chunk writes lie side by side there; by the
 * ids alone each of them would meet a page of its own. */
#define ANON_PLACE_OF(id_)                                                                         \
    "(SELECT o.scrub_order FROM applications o WHERE o.application_id = " id_ ")"

/* Items of one chunk: order values from <= x <= last. */
struct order_range {
    struct str cycle_id;
    int64_t from, last;
};
/* A finalized application. test_scores is JSON text as stored. */
struct scrub_source {
    struct str application_id;
    int64_t gpa; /* hundredths */
    int64_t scrub_order;
    struct str test_scores, sealed_identity, essay, achievements;
    bool done; /* it has an anonymous row */
};
err scrub_sources(struct ctx *c, struct tx *tx, const struct order_range *r, size_t limit,
                  struct list *ret);
/* Those of the range that were scrubbed before and wait for a person. */
struct scrub_held {
    struct str application_id, held_reason;
};
err scrub_held_rows(struct ctx *c, struct tx *tx, const struct order_range *r, size_t limit,
                    struct list *ret);

struct anon_row { /* everything one application becomes */
    struct str anonymized_id, application_id, cycle_id;
    int64_t scrub_order; /* of the application: which chunk of scrubbing it was in */
    int64_t gpa, eval_order, redactions;
    struct str held_reason;                   /* absent: not held */
    int64_t injection_score, injection_signs; /* of the applicant's own words */
    struct str test_scores, essay_scrubbed, achievements_scrubbed, encrypted_pii;
    struct str spans; /* where and why the texts were changed; absent: not known */
    int64_t created_at;
};
/* Rows, texts and identity mapping, table by table: the pages of one table's indexes then stay in
 * the cache. Best in the order of the anonymous ids. */
err anon_insert(struct ctx *c, struct tx *tx, const struct anon_row *v, size_t n);
/* Those of the range that are finalized and without an anonymous row: struct scrub_free. */
struct scrub_free {
    struct str application_id;
};
err scrub_free_rows(struct ctx *c, struct tx *tx, const struct order_range *r, size_t limit,
                    struct list *ret);
/* Applications that left the cycle, withdrawn or given up: from its index alone. */
err anon_left_count(struct ctx *c, struct tx *tx, struct str cycle_id, int64_t *ret);
/* finalized -> batch_ready for all whose anonymous row is not held: one statement at the end of the
 * stage, because single updates in random order write every page again and again. */
err anon_settle(struct ctx *c, struct tx *tx, struct str cycle_id, int64_t now);
/* Applications that the stage still has to do or to list as held. */
err scrub_open_count(struct ctx *c, struct tx *tx, struct str cycle_id, int64_t *ret);

/* The export: rows after `after` in order of evaluation. */
struct anon_export_row {
    int64_t eval_order;
    struct str anonymized_id;
    int64_t gpa;
    struct str test_scores, essay_scrubbed, achievements_scrubbed;
};
err anon_export_page(struct ctx *c, struct tx *tx, const struct order_range *after, size_t limit,
                     struct list *ret);
struct anon_marks_row {
    int64_t eval_order;
    struct str anonymized_id, status;
    int64_t final_score, academic_score, test_score, achievement_score, essay_score;
    struct str evaluator;
};
err anon_marks_page(struct ctx *c, struct tx *tx, const struct order_range *after, size_t limit,
                    struct list *ret);
err anon_cycle_exists(struct ctx *c, struct tx *tx, struct str cycle_id, bool *ret_found);

#endif
