/* service/evaluate.h: Worker and Judge on anonymous applications, behind a provider port. */
#ifndef ENIGMA_SERVICE_EVALUATE_H
#define ENIGMA_SERVICE_EVALUATE_H

#include "crypto/commit.h"
#include "domain/rubric.h"
#include "repo/anon_repo.h"
#include "service/job.h"

struct evaluate_many;
struct openai_evaluator; /* service/evaluator_openai.h */
struct evaluate_probe;
/* A provider of opinions. Blocking; called on job workers; may be called from several at once. */
struct evaluator_port {
    const char *name;  /* "builtin", "openai" */
    const char *label; /* shown wherever its scores appear */
    void *self;
    err (*work)(void *self, struct ctx *c, const struct anon_application *a, int attempt,
                struct str feedback, struct worker_opinion *ret);
    err (*judge)(void *self, struct ctx *c, const struct anon_application *a,
                 const struct worker_opinion *w, struct judge_opinion *ret);
    /* All of a chunk at once; NULL: one after the other, by work and judge. */
    err (*many)(void *self, struct ctx *c, const struct evaluate_many *w);
    /* Questions of the fairness check, all of a chunk at once, on the same way that `many` goes;
     * NULL: one after the other, by work and judge. */
    err (*probe)(void *self, struct ctx *c, const struct evaluate_probe *w);
    /* NULL: it asks no language models. */
    const struct openai_evaluator *models;
    /* Model names and prompt hashes for rubric.commit: canonical JSON object. */
    err (*commitment)(void *self, struct ctx *c, struct str *ret_canonical);
};
extern const struct evaluator_port evaluator_builtin;
/* The port of that name among c->deps->evaluators, or NULL. */
const struct evaluator_port *evaluator_find(struct ctx *c, struct str name);

/* Job kind "evaluate", stage "score": one chunk of anonymous applications, in random order; the
 * transaction that finishes the last item flips the cycle to scored. */
err evaluate_chunk(struct ctx *c, const struct chunk *k);

/* What one application got, ready to be stored: attempts 1..n. Used by evaluate and import. */
enum { ATTEMPTS_MAX = 10 };
struct attempt {
    struct worker_opinion work;
    struct judge_opinion judge;
};
struct evaluation {
    struct str anonymized_id, application_id;
    struct attempt *attempts; /* room for ATTEMPTS_MAX; only until the rows are made */
    int n_attempts;
    bool accepted;       /* the last judge approved */
    int64_t prior;       /* attempts already on record; these are prior + 1 .. */
    const char *held;    /* why a person must decide, when not accepted */
    const char *failure; /* the provider had no answer: nothing is stored */
    int64_t signs;       /* of the detector, with held: enum injection_sign */
    bool free;           /* in the write: nobody else has scored it or moved it on */
    bool stored;         /* rows and entries are written: evaluate_many.store did it */
    uint8_t key[SUBJECT_KEY_N];
    struct evaluation_rows *rows; /* of evaluation_rows_make */
};
/* The anonymous application with what the stored numbers say about it. */
struct eval_source; /* repo/evaluation_repo.h */
/* Opens the key of "anon:…" ahead of the write. ERR_INTERNAL: it is missing, or not ours; then
 * nothing can be logged of this one. */
err evaluation_key(struct ctx *c, const struct eval_source *s, struct evaluation *e);
/* How many rounds of Worker and Judge an application may have in all, 1 to ATTEMPTS_MAX. */
int64_t evaluation_rounds_max(const struct ctx *c);
/* Rounds of Worker and Judge until one is approved, or there may be no more of them. */
err evaluation_make(struct ctx *c, const struct evaluator_port *by, const struct eval_source *s,
                    struct evaluation *e);
/* One round with a given opinion (an import): the total is recomputed, marks that are more than ten
 * points off the stored numbers are held, the Judge decides. */
err evaluation_judge(struct ctx *c, const struct evaluator_port *by, const struct eval_source *s,
                     const struct worker_opinion *work, struct evaluation *e);
/* Moves the application's status first; *ret_free false: it is scored or gone already, and
 * nothing of the evaluation may be stored. */
err evaluation_claim(struct ctx *c, struct tx *tx, const struct evaluation *e, bool *ret_free);
struct audit_head;
/* `model` names whose opinion it is; a name other than the provider's shows beside the Judge's
 * label. */
struct evaluation_origin {
    struct str cycle_id;
    int64_t batch_id;
    const struct evaluator_port *by; /* the Judge's provider */
    const char *model;
};
/* The rows of one evaluation, ahead of the write, with all their strings in `mem`. */
err evaluation_rows_make(struct ctx *c, struct arena *mem, const struct evaluation_origin *o,
                         struct evaluation *e);
/* After evaluation_claim or eval_free_rows, in the same transaction: writes of all n
 * worker_results, judge_results, final_scores (only when accepted) and the score.attempt and
 * score.final entries. */
err evaluation_store(struct ctx *c, struct tx *tx, struct audit_head *head,
                     const struct evaluation_origin *o, const struct evaluation *const *v,
                     size_t n);

/* A provider's whole chunk. For each source it fills its evaluation as evaluation_make does, and
 * makes its rows; those with a failure already are passed by. */
struct evaluate_many {
    const struct chunk *k;
    struct order_range range;
    const struct evaluation_origin *origin;
    const struct eval_source *sources;
    size_t n;
    struct evaluation *v;
    struct arena *mem;                   /* where reasons and rows live */
    int64_t *renewed_us;                 /* for chunk_keep */
    int64_t budget_tokens, budget_micro; /* of this run of the cycle; 0: the provider's own */
    /* Writes these at once and counts them, so that neither they nor their checkpoints wait for the
     * chunk's end; sets `stored`. Their rows may be given back behind it. */
    err (*store)(struct ctx *c, const struct evaluate_many *w, struct evaluation *const *v,
                 size_t n);
};

/* What became of one question of the fairness check: its total, whatever the Judge said. */
struct probe_answer {
    int64_t total; /* hundredths */
    bool accepted;
    const char *failure; /* there is no total; NULL: there is */
};
struct probe_state { /* of one question between two answers */
    size_t question;
    struct str state; /* JSON */
};
/* A chunk of questions. Nothing of them is stored as a score. */
struct evaluate_probe {
    const struct chunk *k;
    size_t n;
    struct probe_answer *v; /* filled */
    struct arena *mem;      /* where failures live */
    int64_t *renewed_us;    /* for chunk_keep */
    void *self;
    /* The text to be marked, in c->mem, and what was kept of it (absent: nothing). */
    err (*source)(void *self, struct ctx *c, size_t question, struct eval_source *ret,
                  struct str *ret_kept);
    /* Durable with the transaction. */
    err (*keep)(void *self, struct ctx *c, struct tx *tx, const struct probe_state *v, size_t n);
};

#endif
