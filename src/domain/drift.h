/* domain/drift.h: how an evaluator's conduct and marks move: figures for a review, never a verdict.
 * Pure: no clock, no randomness but a seed that is given; any thread. A result says how many
 * observations it rests on, and how many it needs before it is shown (struct drift_sample).
 * Formulas: docs/BIAS.md part III, each with its source beside the function. */
#ifndef ENIGMA_DOMAIN_DRIFT_H
#define ENIGMA_DOMAIN_DRIFT_H

#include "base/ctx.h"

/* Fewer than these, and the figure is not shown. */
enum {
    DRIFT_INTERVIEWS_LEAST = 5, /* risk score and rate */
    DRIFT_BASELINE_LEAST = 10,  /* interviews before a control chart begins */
    DRIFT_DOUBLE_LEAST = 20,    /* applicants rated twice, for agreement */
    DRIFT_GROUP_LEAST = 30,     /* people of each group, for adverse impact */
    DRIFT_FIT_LEAST = 20,       /* interviews of a cycle, for the fit on merit */
    DRIFT_OBSERVATIONS_MAX = 1000000,
};
struct drift_sample {
    int64_t n, least;
    bool enough; /* n >= least; otherwise the other members are NaN or 0 */
};

/* P(X <= x) of Gamma(shape, rate), and its inverse. Abramowitz and Stegun 6.5.29, 6.5.31. */
double gamma_cdf(double shape, double rate, double x);
double gamma_quantile(double shape, double rate, double p);
double normal_cdf(double z);

/* 1. Incident rate: strike points an hour, drawn towards the pool's. */
struct drift_exposure {
    int64_t points, interviews;
    double hours;
};
struct drift_prior { /* Gamma(a, b); mean is the pool's rate */
    double a, b, mean;
};
struct drift_rate {
    struct drift_sample sample;
    double rate, low, high; /* points an hour; 95 % credible interval */
    double p_double;        /* P(rate > 2 x pool mean) */
};
/* By moments: the variance between evaluators over what Poisson alone would give. */
struct drift_prior drift_prior_fit(const struct drift_exposure *pool, size_t n);
struct drift_rate drift_rate(const struct drift_prior *prior, const struct drift_exposure *one);

/* 2. Severity and leniency: what an evaluator's marks are off those that blind merit foretells. */
struct drift_mark {
    uint32_t evaluator; /* 0 to n_evaluators - 1 */
    double merit, score;
};
struct drift_severity {
    struct drift_sample sample; /* interviews of this evaluator */
    double u;                   /* shrunk mean residual: below 0 severe, above 0 lenient */
    double sd;                  /* of its posterior */
    double p_far;               /* P(|u| > 0.5 s_e) */
};
struct drift_fit {
    struct drift_sample sample;     /* interviews of the cycle */
    double slope, intercept;        /* least squares of score on merit */
    double var_within, var_between; /* s_e^2 and s_u^2, by one-way analysis of variance */
};
/* ret_each has n_evaluators entries. ERR_TOO_LARGE past DRIFT_OBSERVATIONS_MAX; ERR_INVALID for a
 * number of an evaluator that is out of range, or a mark that is no number. */
err drift_severity(struct ctx *c, const struct drift_mark *marks, size_t n, uint32_t n_evaluators,
                   struct drift_fit *ret_fit, struct drift_severity *ret_each);

/* Where applicants were seen by two, severity apart from ability and criterion: the many-facet
 * rating-scale model (Linacre 1989), log(P_k / P_k-1) = ability - severity - difficulty - step_k,
 * by joint maximum likelihood, with Wright and Douglas' (1977) correction (L - 1) / L for L ratings
 * an applicant. Applicants whose ratings are all lowest or all highest tell nothing and are left
 * out. */
enum { DRIFT_FACETS_LEAST = 30, DRIFT_CATEGORIES_MAX = 11, DRIFT_CRITERIA_MAX = 16 };
struct drift_rating {
    uint32_t applicant, evaluator, criterion; /* numbers from 0 */
    uint32_t category;                        /* 0 to n_categories - 1 */
};
struct drift_facets_size {
    uint32_t applicants, evaluators, criteria, categories;
};
struct drift_facets {
    struct drift_sample sample; /* applicants seen by two evaluators or more */
    bool connected;             /* common applicants tie all evaluators together */
    bool converged;
    uint32_t rounds;
};
struct drift_logit {
    double severity, se; /* logits, mean 0, above 0 severe; NaN without ratings that tell */
};
/* ret_each has size.evaluators entries, NaN unless the sample is enough and connected. */
err drift_facets(struct ctx *c, const struct drift_rating *ratings, size_t n,
                 const struct drift_facets_size *size, struct drift_facets *ret,
                 struct drift_logit *ret_each);

/* 3. Change over time: exponentially weighted moving average, lambda 0.2, limits at 3 sigma. */
struct drift_chart {
    struct drift_sample sample; /* observations in all; the first baseline ones set mean and s */
    double ewma, limit;         /* after the last observation */
    int64_t first_beyond;       /* index of the first observation beyond the limit; -1: none */
};
struct drift_chart drift_chart_scores(const double *residuals, size_t n);
/* Strike points an interview: z = (x - mean) / sqrt(mean), mean of the pool. */
struct drift_chart drift_chart_points(const int64_t *points, size_t n, double pool_mean);

/* 4. Agreement. A unit is an applicant, with one value a rating. */
struct drift_unit {
    const double *v;
    size_t n;
};
struct drift_agreement {
    struct drift_sample sample;   /* units with two ratings or more */
    double alpha;                 /* Krippendorff, interval metric, missing data allowed */
    double alpha_low, alpha_high; /* bootstrap over units, 95 % */
    double icc1;                  /* Shrout and Fleiss ICC(1), of the first two ratings */
};
/* alpha = 1 - D_o / D_e with squared differences (Krippendorff 2004, chapter 11): units with one
 * rating count nothing; NaN when all values are the same. */
double krippendorff_alpha(const struct drift_unit *units, size_t n);
/* (MSB - MSW) / (MSB + (k - 1) MSW) over the first k ratings of the units that have so many (Shrout
 * and Fleiss 1979, case 1). NaN below two units. */
double icc_one(const struct drift_unit *units, size_t n, size_t k);
err drift_agreement(struct ctx *c, const struct drift_unit *units, size_t n, uint64_t seed,
                    struct drift_agreement *ret);

/* 5. Adverse impact of the whole programme: never of one evaluator. */
struct drift_group {
    int64_t selected, applied;
};
struct drift_impact {
    struct drift_sample sample; /* people of the smallest group */
    size_t lowest, highest;     /* groups by selection rate */
    double ratio;               /* lowest rate / highest rate */
    bool below_four_fifths;
    double p; /* Fisher's exact test of the two, two-sided */
};
struct drift_impact drift_impact(const struct drift_group *groups, size_t n);
/* Two-sided: all tables of the margins that are no more likely than this one. */
double fisher_exact(int64_t a, int64_t b, int64_t c, int64_t d);

/* 6. Risk. HIGH opens a review, and no more. */
enum drift_level { DRIFT_UNKNOWN, DRIFT_LOW, DRIFT_MEDIUM, DRIFT_HIGH };
struct drift_risk {
    struct drift_sample sample;
    double score; /* 0 to 100; NaN below the least sample */
    enum drift_level level;
};
struct drift_risk drift_risk(int64_t interviews, const struct drift_rate *rate,
                             const struct drift_severity *severity,
                             const struct drift_chart *chart);
/* "needs 5 interviews, has 3", or an empty view when there are enough. */
struct str drift_sample_text(struct arena *mem, const struct drift_sample *s, const char *what);

#endif
