/* Logistic regression by stochastic gradient with AdaGrad steps, then int8. */
#include <math.h>
#include <string.h>

#include "detect/train/train.h"

enum { EPOCHS = 20, INT8_MOST = 127 };
static const double step = 0.15, decay = 5e-4, tiny = 1e-8;

struct sums {
    double w[WEIGHTS], g[WEIGHTS], bias, bias_g;
};

static double target_of(const struct example *e, int head)
{
    if (head < 0)
        return e->severity > DETECT_NONE;
    if (head < DETECT_TYPES)
        return (e->types >> head) & 1;
    return e->severity == DETECT_LOW + head - HEAD_SEVERITY;
}

/* Types and severities are told apart among biased utterances only. */
static bool counts(const struct example *e, int head)
{
    if (e->held)
        return false;
    return head < 0 ||
           (e->severity > DETECT_NONE && (head >= DETECT_TYPES || !((e->also_ok >> head) & 1)));
}

/* A type is rarer than all others together. */
static double weight_of(int head, double target)
{
    static const double rare = 3;
    return head >= 0 && head < DETECT_TYPES && target > 0 ? rare : 1;
}

static void learn(struct sums *s, const struct example *e, int head, uint32_t mask)
{
    double sum = s->bias;
    const double norm = 1 / sqrt((double)e->n_features + 1);
    for (size_t i = 0; i < e->n_features; i++)
        sum += s->w[e->feature[i] & mask] * norm;
    const double target = target_of(e, head);
    const double error = (1 / (1 + exp(-sum)) - target) * e->weight * weight_of(head, target);
    for (size_t i = 0; i < e->n_features; i++) {
        const uint32_t k = e->feature[i] & mask;
        const double g = error * norm + decay * s->w[k];
        s->g[k] += g * g;
        s->w[k] -= step * g / (sqrt(s->g[k]) + tiny);
    }
    s->bias_g += error * error;
    s->bias -= step * error / (sqrt(s->bias_g) + tiny);
}

static void shuffle(uint32_t *order, size_t n, uint64_t seed)
{
    for (size_t i = n; i > 1; i--) {
        seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        const size_t k = (size_t)(seed >> 33) % i;
        const uint32_t keep = order[i - 1];
        order[i - 1] = order[k];
        order[k] = keep;
    }
}

static void pack(const struct sums *s, uint32_t n, struct model_head *head, int8_t *ret)
{
    double most = tiny;
    for (uint32_t i = 0; i < n; i++)
        most = fmax(most, fabs(s->w[i]));
    head->scale = (float)(most / INT8_MOST);
    head->bias = (float)s->bias;
    for (uint32_t i = 0; i < n; i++)
        ret[i] = (int8_t)lround(s->w[i] / most * INT8_MOST);
}

static void fit_one(const struct corpus *c, int head, uint32_t n, struct model_head *ret_head,
                    int8_t *ret)
{
    static struct sums s;
    static uint32_t order[EXAMPLES_MAX];
    memset(&s, 0, sizeof(s));
    for (size_t i = 0; i < c->n; i++)
        order[i] = (uint32_t)i;
    for (uint64_t epoch = 0; epoch < EPOCHS; epoch++) {
        shuffle(order, c->n, epoch + 1);
        for (size_t i = 0; i < c->n; i++)
            if (counts(&c->v[order[i]], head))
                learn(&s, &c->v[order[i]], head, n - 1);
    }
    pack(&s, n, ret_head, ret);
}

void fit(struct detect_model *m, const struct corpus *c)
{
    fit_one(c, -1, WEIGHTS, &m->all, m->weights);
    for (int head = 0; head < HEADS; head++)
        fit_one(c, head, HEAD_WEIGHTS, &m->heads[head], m->head_weights[head]);
}
