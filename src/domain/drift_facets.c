/* The many-facet rating-scale model by joint maximum likelihood: Newton steps, facet after facet.
 */
#include <math.h>

#include "base/str.h"
#include "domain/drift.h"

enum { ROUNDS_MAX = 2000 };
static const double enough_change = 1e-8, step_most = 1.0, logit_most = 12;

/* One parameter with the sums of a round. */
struct part {
    double v, observed, expected, info;
    int64_t n;
};
struct facets {
    const struct drift_facets_size *size;
    const struct drift_rating *ratings;
    size_t n;
    struct part *ability, *severity, *difficulty;
    struct part step[DRIFT_CATEGORIES_MAX]; /* step[0] stays 0 */
    uint32_t *parent;  /* of evaluators: which common applicants tie together */
    uint32_t *seen_by; /* an applicant's first evaluator + 1 */
    bool *twice;       /* seen by two */
    bool *left_out;    /* applicants that tell nothing */
};

static err check(struct ctx *c, const struct drift_rating *r, size_t n,
                 const struct drift_facets_size *size)
{
    if (n > DRIFT_OBSERVATIONS_MAX || size->applicants > DRIFT_OBSERVATIONS_MAX ||
        size->evaluators > DRIFT_OBSERVATIONS_MAX)
        return FAIL(c, TOO_LARGE, "more than %d ratings", DRIFT_OBSERVATIONS_MAX);
    if (size->categories < 2 || size->categories > DRIFT_CATEGORIES_MAX || size->criteria < 1 ||
        size->criteria > DRIFT_CRITERIA_MAX)
        return FAIL(c, INVALID, "categories are 2 to %d, criteria 1 to %d", DRIFT_CATEGORIES_MAX,
                    DRIFT_CRITERIA_MAX);
    for (size_t i = 0; i < n; i++)
        if (r[i].applicant >= size->applicants || r[i].evaluator >= size->evaluators ||
            r[i].criterion >= size->criteria || r[i].category >= size->categories)
            return FAIL(c, INVALID, "rating %zu is out of range", i);
    return ERR_OK;
}

static void *array_try(struct ctx *c, size_t n, size_t size)
{
    return arena_try(c->mem, n + 1, size, _Alignof(max_align_t));
}

static err facets_open(struct ctx *c, struct facets *f)
{
    f->ability = array_try(c, f->size->applicants, sizeof(*f->ability));
    f->severity = array_try(c, f->size->evaluators, sizeof(*f->severity));
    f->difficulty = array_try(c, f->size->criteria, sizeof(*f->difficulty));
    f->parent = array_try(c, f->size->evaluators, sizeof(*f->parent));
    f->seen_by = array_try(c, f->size->applicants, sizeof(*f->seen_by));
    f->twice = array_try(c, f->size->applicants, sizeof(*f->twice));
    f->left_out = array_try(c, f->size->applicants, sizeof(*f->left_out));
    if (!f->ability || !f->severity || !f->difficulty || !f->parent || !f->seen_by || !f->twice ||
        !f->left_out)
        return FAIL(c, TOO_LARGE, "too many ratings");
    return ERR_OK;
}

/* Applicants at the floor or the ceiling have no finite ability. */
static void leave_out(struct facets *f)
{
    const double top = f->size->categories - 1;
    for (size_t i = 0; i < f->n; i++) {
        struct part *p = &f->ability[f->ratings[i].applicant];
        p->observed += f->ratings[i].category;
        p->n++;
    }
    for (uint32_t a = 0; a < f->size->applicants; a++) {
        const struct part *p = &f->ability[a];
        f->left_out[a] = p->observed <= 0 || p->observed >= top * (double)p->n;
    }
}

static uint32_t root_of(struct facets *f, uint32_t e)
{
    while (f->parent[e] != e)
        e = f->parent[e] = f->parent[f->parent[e]];
    return e;
}

/* How many applicants two have seen, and whether they tie all evaluators together. */
static int64_t tie_together(struct facets *f, bool *ret_connected)
{
    int64_t doubly = 0;
    uint32_t root = UINT32_MAX;
    bool connected = true;
    for (uint32_t e = 0; e < f->size->evaluators; e++)
        f->parent[e] = e;
    for (size_t i = 0; i < f->n; i++) {
        const struct drift_rating *r = &f->ratings[i];
        f->severity[r->evaluator].n++;
        if (f->left_out[r->applicant])
            continue;
        const uint32_t first = f->seen_by[r->applicant];
        if (first == 0)
            f->seen_by[r->applicant] = r->evaluator + 1;
        else if (first != r->evaluator + 1) {
            doubly += !f->twice[r->applicant];
            f->twice[r->applicant] = true;
            f->parent[root_of(f, r->evaluator)] = root_of(f, first - 1);
        }
    }
    for (uint32_t e = 0; e < f->size->evaluators; e++) {
        if (f->severity[e].n == 0)
            continue;
        if (root == UINT32_MAX)
            root = root_of(f, e);
        connected = connected && root_of(f, e) == root;
    }
    *ret_connected = connected;
    return doubly;
}

static void clear(struct part *v, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        v[i].observed = v[i].expected = v[i].info = 0;
}

static void add(struct part *p, double observed, double expected, double info)
{
    p->observed += observed;
    p->expected += expected;
    p->info += info;
}

/* Probability of each category under the parameters as they are. */
static void chances(const struct facets *f, const struct drift_rating *r, double *ret)
{
    const double at =
        f->ability[r->applicant].v - f->severity[r->evaluator].v - f->difficulty[r->criterion].v;
    const uint32_t k = f->size->categories;
    double logit[DRIFT_CATEGORIES_MAX] = { 0 }, most = 0, sum = 0;
    for (uint32_t i = 1; i < k; i++) {
        logit[i] = logit[i - 1] + at - f->step[i].v;
        most = fmax(most, logit[i]);
    }
    for (uint32_t i = 0; i < k; i++)
        sum += ret[i] = exp(logit[i] - most);
    for (uint32_t i = 0; i < k; i++)
        ret[i] /= sum;
}

static void add_steps(struct facets *f, const double *p, uint32_t category)
{
    double from = 0; /* chance of this category or a higher one */
    for (uint32_t i = f->size->categories; i-- > 1;) {
        from += p[i];
        add(&f->step[i], category >= i, from, from * (1 - from));
    }
}

static void take_sums(struct facets *f)
{
    clear(f->ability, f->size->applicants);
    clear(f->severity, f->size->evaluators);
    clear(f->difficulty, f->size->criteria);
    clear(f->step, f->size->categories);
    for (size_t i = 0; i < f->n; i++) {
        const struct drift_rating *r = &f->ratings[i];
        double p[DRIFT_CATEGORIES_MAX] = { 0 }, mean = 0, squares = 0;
        if (f->left_out[r->applicant])
            continue;
        chances(f, r, p);
        for (uint32_t k = 0; k < f->size->categories; k++) {
            mean += k * p[k];
            squares += (double)k * k * p[k];
        }
        const double info = squares - mean * mean;
        add(&f->ability[r->applicant], r->category, mean, info);
        add(&f->severity[r->evaluator], r->category, mean, info);
        add(&f->difficulty[r->criterion], r->category, mean, info);
        add_steps(f, p, r->category);
    }
}

/* A Newton step of each; `sign` -1 where more of it lowers the rating. The largest change. */
static double improve(struct part *v, uint32_t n, double sign)
{
    double most = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (!(v[i].info > 0))
            continue;
        const double step = sign * (v[i].observed - v[i].expected) / v[i].info;
        const double kept = fmax(-step_most, fmin(step_most, step));
        const double next = fmax(-logit_most, fmin(logit_most, v[i].v + kept));
        most = fmax(most, fabs(next - v[i].v));
        v[i].v = next;
    }
    return most;
}

/* Only differences are known: the mean of those that tell is 0. */
static void centre(struct part *v, uint32_t n)
{
    double sum = 0;
    uint32_t k = 0;
    for (uint32_t i = 0; i < n; i++) {
        sum += v[i].info > 0 ? v[i].v : 0;
        k += v[i].info > 0;
    }
    for (uint32_t i = 0; k && i < n; i++)
        v[i].v -= v[i].info > 0 ? sum / k : 0;
}

static double one_round(struct facets *f)
{
    double most;
    take_sums(f);
    most = improve(f->ability, f->size->applicants, 1);
    take_sums(f);
    most = fmax(most, improve(f->severity, f->size->evaluators, -1));
    centre(f->severity, f->size->evaluators);
    take_sums(f);
    most = fmax(most, improve(f->difficulty, f->size->criteria, -1));
    centre(f->difficulty, f->size->criteria);
    take_sums(f);
    most = fmax(most, improve(f->step + 1, f->size->categories - 1, -1));
    centre(f->step + 1, f->size->categories - 1);
    return most;
}

/* Ratings an applicant has, in the mean, of those that tell. */
static double ratings_each(const struct facets *f)
{
    int64_t ratings = 0, applicants = 0;
    for (uint32_t a = 0; a < f->size->applicants; a++) {
        if (f->left_out[a])
            continue;
        ratings += f->ability[a].n;
        applicants++;
    }
    return applicants ? (double)ratings / (double)applicants : 0;
}

err drift_facets(struct ctx *c, const struct drift_rating *ratings, size_t n,
                 const struct drift_facets_size *size, struct drift_facets *ret,
                 struct drift_logit *ret_each)
{
    struct facets f = { .size = size, .ratings = ratings, .n = n };
    struct drift_facets r = { .sample = { 0, DRIFT_FACETS_LEAST, false } };
    TRY(check(c, ratings, n, size));
    TRY(facets_open(c, &f));
    leave_out(&f);
    r.sample.n = tie_together(&f, &r.connected);
    r.sample.enough = r.sample.n >= r.sample.least;
    const bool known = r.sample.enough && r.connected;
    while (known && !r.converged && r.rounds < ROUNDS_MAX) {
        r.converged = one_round(&f) < enough_change;
        r.rounds++;
    }
    if (known)
        take_sums(&f);
    const double each = ratings_each(&f), correct = each > 1 ? (each - 1) / each : 1;
    for (uint32_t e = 0; e < size->evaluators; e++) {
        const struct part *p = &f.severity[e];
        const bool tells = known && p->info > 0;
        ret_each[e].severity = tells ? p->v * correct : (double)NAN;
        ret_each[e].se = tells ? 1 / sqrt(p->info) : (double)NAN;
    }
    *ret = r;
    return ERR_OK;
}
