/* The built-in detector: one sum over the features decides, further sums name type and severity.
 */
#include "detect/bias_detect.h"

#include <math.h>

#include "detect/bias_model.h"

const char *const detect_type_names[DETECT_TYPES] = {
    "APPEARANCE",          "GENDER",           "NAME", "ACCENT", "SOCIOECONOMIC",
    "PERSONAL_CONNECTION", "IRRELEVANT_FACTOR"
};
const char *const detect_severity_names[] = { "NONE", "LOW", "MEDIUM", "HIGH", "CRITICAL" };

/* Fixed on the development half, cross-validated: at most one in twenty of what is no bias. */
static const double threshold = 0.70;
/* A sentence out of its surroundings must say more. */
static const double alone_less = 1.0;
/* A second type is named when it is as likely as not. */
static const double second_type = 0.5;

static double chance(double sum)
{
    return 1 / (1 + exp(-sum));
}

static double sum_of(const struct model_head *h, const int8_t *weights, uint32_t mask,
                     const struct features *f)
{
    int32_t sum = 0;
    for (size_t i = 0; i < f->n; i++)
        sum += weights[f->v[i] & mask];
    return (double)h->bias + (double)h->scale * sum / sqrt((double)f->n + 1);
}

static double head_sum(const struct detect_model *m, int head, const struct features *f)
{
    return sum_of(&m->heads[head], m->head_weights[head], HEAD_WEIGHTS - 1, f);
}

static int strongest(const struct detect_model *m, int from, int n, const struct features *f)
{
    int best = 0;
    double most = head_sum(m, from, f);
    for (int i = 1; i < n; i++) {
        const double sum = head_sum(m, from + i, f);
        if (sum <= most)
            continue;
        most = sum;
        best = i;
    }
    return best;
}

static uint32_t types_of(const struct detect_model *m, const struct features *f)
{
    uint32_t types = UINT32_C(1) << strongest(m, 0, DETECT_TYPES, f);
    for (int i = 0; i < DETECT_TYPES; i++)
        if (chance(head_sum(m, i, f)) >= second_type)
            types |= UINT32_C(1) << i;
    return types;
}

static bool is_blank(char ch)
{
    return ch == ' ' || ch == '\n' || ch == '\t' || ch == '\r';
}

/* The sentence that says most by itself, so that a remark does not drown in what is said around
 * it, be it small talk or words meant for this program. */
struct loudest {
    size_t sentence;
    double sum;
};
static struct loudest loudest(const struct detect_model *m, const struct features *f)
{
    int32_t sums[SENTENCES_MAX] = { 0 }, counts[SENTENCES_MAX] = { 0 };
    struct loudest best = { 0, -HUGE_VAL };
    for (size_t i = 0; i < f->n; i++) {
        sums[f->sentence[i]] += m->weights[f->v[i]];
        counts[f->sentence[i]]++;
    }
    for (size_t i = 0; i < f->n_sentences; i++) {
        const double sum =
            (double)m->all.bias + (double)m->all.scale * sums[i] / sqrt((double)counts[i] + 1);
        if (counts[i] && sum > best.sum)
            best = (struct loudest){ i, sum };
    }
    return best;
}

/* That sentence without blanks around it. */
static struct str evidence_of(const struct detect_input *in, const struct features *f, size_t i)
{
    struct str s = { in->text.p + f->from[i], (size_t)(f->to[i] - f->from[i]) };
    while (s.n && is_blank(s.p[0]))
        s = (struct str){ s.p + 1, s.n - 1 };
    while (s.n && is_blank(s.p[s.n - 1]))
        s.n--;
    return s;
}

void detect_with(const struct detect_model *m, const struct detect_input *in,
                 struct detect_finding *ret)
{
    struct features f;
    features_of(m, in, &f);
    const double whole = sum_of(&m->all, m->weights, WEIGHTS - 1, &f);
    const struct loudest most = loudest(m, &f);
    struct detect_finding found = { .confidence = chance(fmax(whole, most.sum - alone_less)) };
    found.bias_detected = found.confidence >= threshold && f.n > 0;
    if (found.bias_detected) {
        found.types = types_of(m, &f);
        found.severity = DETECT_LOW + strongest(m, HEAD_SEVERITY, HEADS - HEAD_SEVERITY, &f);
        found.evidence = evidence_of(in, &f, most.sentence);
    }
    *ret = found;
}
