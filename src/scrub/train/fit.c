/* scrub/train/fit.c: an averaged perceptron with a margin over the examples. */
#include "scrub/train/train.h"

enum { ROUNDS = 10 };

struct model {
    int64_t weight[TAGGER_ROWS][TAGS];
    int64_t moved[TAGGER_ROWS][TAGS]; /* each update times the step at which it was made */
};

/* The next of Marsaglia's xorshift: the order of examples is mixed, and always the same. */
static uint64_t next_draw(uint64_t *s)
{
    *s ^= *s << 13;
    *s ^= *s >> 7;
    *s ^= *s << 17;
    return *s;
}

static void mix(uint32_t *order, size_t n, uint64_t *draws)
{
    for (size_t i = n; i-- > 1;) {
        const size_t j = next_draw(draws) % (i + 1);
        const uint32_t one = order[i];
        order[i] = order[j];
        order[j] = one;
    }
}

static void move(struct model *m, const struct example *e, uint32_t tag, int64_t by, int64_t step)
{
    for (uint32_t i = 0; i < e->n; i++) {
        m->weight[e->row[i]][tag] += by;
        m->moved[e->row[i]][tag] += by * step;
    }
}

static void learn(struct model *m, const struct example *e, int64_t step)
{
    int64_t sum[TAGS] = { 0 };
    for (uint32_t i = 0; i < e->n; i++)
        for (uint32_t k = 0; k < TAGS; k++)
            sum[k] += m->weight[e->row[i]][k];
    uint32_t rival = e->tag == 0;
    for (uint32_t k = 0; k < TAGS; k++)
        if (k != e->tag && sum[k] > sum[rival])
            rival = k;
    if (sum[e->tag] - sum[rival] > TAGGER_MARGIN)
        return;
    move(m, e, e->tag, 1, step);
    move(m, e, rival, -1, step);
}

/* The mean over all steps, rounded to a byte. */
static uint8_t quantised(int64_t weight, int64_t moved, int64_t steps)
{
    const int64_t mean = (weight * steps - moved) * TAGGER_UNIT * 2;
    const int64_t v = (mean + (mean < 0 ? -steps : steps)) / (2 * steps);
    const int64_t most = TAGGER_ZERO - 1;
    return (uint8_t)(TAGGER_ZERO + (v > most ? most : v < -most ? -most : v));
}

void examples_fit(const struct examples *all, uint8_t ret[TAGGER_ROWS][TAGS])
{
    static struct model m;
    uint32_t *order = arena_array(all->mem, uint32_t, all->n + 1);
    uint64_t draws = UINT64_C(88172645463325252);
    int64_t step = 1;
    for (size_t i = 0; i < all->n; i++)
        order[i] = (uint32_t)i;
    for (int round = 0; round < ROUNDS; round++) {
        mix(order, all->n, &draws);
        for (size_t i = 0; i < all->n; i++, step++)
            learn(&m, &all->v[order[i]], step);
    }
    for (size_t i = 0; i < TAGGER_ROWS; i++)
        for (size_t k = 0; k < TAGS; k++)
            ret[i][k] = quantised(m.weight[i][k], m.moved[i][k], step);
}
