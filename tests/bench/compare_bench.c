/* Whether comparing a secret tells how much of a guess was right (SECURITY S-04): 20,000 probes
 * each with 0, 16 and 31 equal leading bytes of 32, in random order; medians, and Welch's t between
 * the classes over the probes below the 95th percentile, as in "Dude, is my code constant time?".
 * usage: compare_bench; prints a name and a figure a line. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "crypto/hash.h"
#include "support/test_ctx.h"

enum { CLASSES = 3, PROBES = 20000, SECRET_N = 32, CALLS = 64, KEPT = PROBES / 20 * 19 };
static const int equal[CLASSES] = { 0, 16, 31 };
enum { ORDERS = 6 };
static const int orders[ORDERS][CLASSES] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
                                             { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The time of one comparison, from a few of the same. */
static double probe(struct str secret, struct str guess)
{
    int hits = 0;
    for (int i = 0; i < CALLS; i++) /* warm, whatever ran before */
        hits += secret_eq(secret, guess);
    const int64_t began = now_ns();
    for (int i = 0; i < CALLS; i++)
        hits += secret_eq(secret, guess);
    const int64_t took = now_ns() - began;
    if (hits)
        abort();
    return (double)took / CALLS;
}

struct sample {
    double times[PROBES], mean, variance;
};

static void summarize(struct sample *s)
{
    double sum = 0, square = 0;
    qsort(s->times, PROBES, sizeof(double), by_value);
    for (size_t i = 0; i < KEPT; i++)
        sum += s->times[i];
    s->mean = sum / KEPT;
    for (size_t i = 0; i < KEPT; i++)
        square += (s->times[i] - s->mean) * (s->times[i] - s->mean);
    s->variance = square / (KEPT - 1);
}

int main(void)
{
    static struct sample samples[CLASSES];
    static _Alignas(64) char secret[SECRET_N], given[SECRET_N];
    char guess[CLASSES][SECRET_N];
    random_system.fill(NULL, secret, sizeof(secret));
    for (int k = 0; k < CLASSES; k++)
        for (int i = 0; i < SECRET_N; i++)
            guess[k][i] = (char)(i < equal[k] ? secret[i] : secret[i] ^ 0x55);
    /* Each round asks every class once, in an order of its own: whatever drifts is in all alike. */
    for (int round = 0; round < PROBES; round++) {
        uint8_t dice = 0;
        random_system.fill(NULL, &dice, 1);
        for (int i = 0; i < CLASSES; i++) {
            const int k = orders[dice % ORDERS][i];
            /* All guesses in one place: where it lies must not tell classes apart. */
            memcpy(given, guess[k], SECRET_N);
            samples[k].times[round] =
                probe((struct str){ secret, SECRET_N }, (struct str){ given, SECRET_N });
        }
    }
    for (int k = 0; k < CLASSES; k++) {
        summarize(&samples[k]);
        printf("compare, %d of 32 bytes right, median\t%.2f ns\n", equal[k],
               samples[k].times[PROBES / 2]);
    }
    for (int k = 1; k < CLASSES; k++) {
        const struct sample *a = &samples[0], *b = &samples[k];
        printf("Welch t of that against 0 right: %d right\t%.2f\n", equal[k],
               (b->mean - a->mean) / sqrt((a->variance + b->variance) / KEPT));
    }
    return 0;
}
