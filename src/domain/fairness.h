/* domain/fairness.h: counterfactual fairness of an evaluator: the same application is scored again
 * with a name, a gender, a place or a school put back in, and the marks must not move. Pure; any
 * thread. Marks and shifts are hundredths of a point on the scale 0 to 100.
 *
 * Formulas (docs/FAIRNESS.md). Application i has the mark y_i0 of its reference, in which all
 * placeholders stand, and y_ij of its variants j of a signal. The shift is d_ij = y_ij - y_i0.
 *   D_i  = mean over j of d_ij            one number for each application: variants of one
 *                                         application are no independent evidence (clusters)
 *   M    = mean of D_i over n applications
 *   SE   = sqrt(sum (D_i - M)^2 / (n - 1) / n)
 *   95 % = M -+ t(0.975; n - 1) SE        Student's t; Abramowitz and Stegun 26.7, 26.5.8
 * A group's shift is the same over its own variants; as G groups of a signal are looked at, its
 * interval is wider: t(1 - 0.025 / G; n - 1) (Bonferroni).
 * A signal passes when |M| and the interval stay within their limits, no group's interval lies
 * wholly beyond the limit of M (groups that are moved apart may cancel out in M), and at least
 * nine of ten comparisons could be made. All is decided on the rounded hundredths that are shown.
 * With one application there is no interval: low and high are M. */
#ifndef ENIGMA_DOMAIN_FAIRNESS_H
#define ENIGMA_DOMAIN_FAIRNESS_H

#include "schema/schema.h"

enum fairness_signal {
    FAIRNESS_NAME,
    FAIRNESS_GENDER,
    FAIRNESS_PLACE,
    FAIRNESS_SCHOOL,
    FAIRNESS_SIGNALS
};
extern const struct names fairness_signal_names;
enum {
    FAIRNESS_VARIANTS_MAX = 8, /* of one signal */
    FAIRNESS_GROUPS_MAX = 8,
    FAIRNESS_REFERENCE = 0, /* items of one application: the text with its placeholders, */
    FAIRNESS_REPEAT = 1,    /* the same once more, */
    FAIRNESS_FIRST = 2,     /* then the variants, signal by signal */
    FAIRNESS_ITEMS_MAX = FAIRNESS_FIRST + FAIRNESS_SIGNALS * FAIRNESS_VARIANTS_MAX,
    FAIRNESS_COMPLETE_PERCENT = 90,
};

/* What one item puts in: groups take turns over the draws, so that each is met equally often, and
 * so do the tokens of a group. signal -1: nothing, it is the reference or its repeat. */
struct fairness_item {
    int32_t signal;
    size_t group, token;
};
int fairness_items(int64_t variants);
struct fairness_item fairness_item_of(int64_t draw, int64_t variants, int item);

size_t fairness_groups(enum fairness_signal s);
const char *fairness_group_name(enum fairness_signal s, size_t group);
/* The text with a neutral sentence for each signal that it has no placeholder of, and with the
 * item's tokens in the place of its signal's placeholders. ERR_TOO_LARGE: no memory. */
err fairness_text(struct ctx *c, const struct fairness_item *item, struct str text,
                  struct str *ret);
/* SHA-256 hex over all tokens and sentences: a report says which it was made with. */
struct str fairness_tokens_sha256(struct ctx *c);

/* The marks of one application; SCHEMA_NULL_I64: there is none. */
struct fairness_case {
    int64_t draw; /* its number in the sample, from 0 */
    int64_t marks[FAIRNESS_ITEMS_MAX];
    uint64_t accepted; /* bit by item: the Judge approved */
};
struct fairness_limits {
    int64_t shift, interval;
};
struct fairness_shift { /* SCHEMA_NULL_I64 where n is too small */
    int64_t applications, mean_shift, low, high, deviation;
};
struct fairness_group {
    struct str group;
    int64_t applications, mean_shift, low, high;
    bool biased;
};
struct fairness_signal_report {
    int32_t signal;
    int64_t planned, made; /* comparisons */
    int64_t applications, mean_shift, low, high, deviation;
    int64_t largest_gap; /* between the groups with the highest and the lowest mean */
    struct str gap_high, gap_low;
    int64_t outcome_changes; /* variants that the Judge decided otherwise */
    struct list groups;      /* struct fairness_group */
    bool passed;
    struct str why; /* absent: it passed */
};
struct fairness_report {
    struct str evaluator, tokens_sha256, seed;
    bool baseline; /* of the built-in evaluator, which reads no meaning */
    int64_t population, own_scores, sampled, variants;
    int64_t shift_limit, interval_limit;
    const void *noise;   /* struct fairness_shift, of the repeat */
    struct list signals; /* struct fairness_signal_report */
    bool passed;
};
extern const struct schema fairness_report_schema;
/* Fills noise, signals, limits and passed from the cases; in c->mem. */
err fairness_reckon(struct ctx *c, const struct fairness_case *v, size_t n, int64_t variants,
                    const struct fairness_limits *limits, struct fairness_report *ret);

/* t with P(T <= t) = p of Student's distribution; 0.5 <= p < 1, df >= 1. */
double student_quantile(int64_t df, double p);
double student_cdf(int64_t df, double t);

#endif
