/* Student's distribution, by the incomplete beta function. */
#include <math.h>

#include "domain/fairness.h"

enum { TERMS_MAX = 10000, HALVINGS = 200 };
static const double precise = 1e-15, least = 1e-300;

static double log_gamma(double x)
{
    int sign; /* lgamma would write a global */
    return lgamma_r(x, &sign);
}

static double at_least(double x)
{
    return fabs(x) < least ? least : x;
}

/* Continued fraction of the incomplete beta function (Abramowitz and Stegun 26.5.8), by the
 * modified Lentz method. Good for x < (a + 1) / (a + b + 2). */
static double beta_fraction(double a, double b, double x)
{
    double c = 1, d = 1 / at_least(1 - (a + b) * x / (a + 1)), h = d;
    for (int m = 1; m < TERMS_MAX; m++) {
        const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        d = 1 / at_least(1 + even * d);
        c = at_least(1 + even / c);
        h *= d * c;
        const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        d = 1 / at_least(1 + odd * d);
        c = at_least(1 + odd / c);
        h *= d * c;
        if (fabs(d * c - 1) < precise)
            break;
    }
    return h;
}

/* I_x(a, b) */
static double beta_cdf(double a, double b, double x)
{
    if (x <= 0 || x >= 1)
        return x <= 0 ? 0 : 1;
    const double front =
        exp(log_gamma(a + b) - log_gamma(a) - log_gamma(b) + a * log(x) + b * log1p(-x));
    if (x < (a + 1) / (a + b + 2))
        return front * beta_fraction(a, b, x) / a;
    return 1 - front * beta_fraction(b, a, 1 - x) / b;
}

/* 26.7.1: P(T <= t) = 1 - I_x(df / 2, 1 / 2) / 2 with x = df / (df + t^2), t >= 0. */
double student_cdf(int64_t df, double t)
{
    const double n = (double)df;
    if (df < 1 || isnan(t))
        return (double)NAN;
    const double tail = beta_cdf(n / 2, 0.5, n / (n + t * t)) / 2;
    return t >= 0 ? 1 - tail : tail;
}

double student_quantile(int64_t df, double p)
{
    double low = 0, high = 1;
    if (df < 1 || !(p >= 0.5 && p < 1))
        return (double)NAN;
    for (int i = 0; i < HALVINGS && student_cdf(df, high) < p; i++)
        high *= 2;
    for (int i = 0; i < HALVINGS && high - low > precise * high; i++) {
        const double middle = low + (high - low) / 2;
        if (student_cdf(df, middle) < p)
            low = middle;
        else
            high = middle;
    }
    return low + (high - low) / 2;
}
