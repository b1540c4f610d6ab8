/* Distributions that the drift figures need: Gamma, normal, hypergeometric. */
#include <math.h>

#include "domain/drift.h"

enum { TERMS_MAX = 10000, HALVINGS = 200 };
static const double precise = 1e-15;

static double log_gamma(double x)
{
    int sign; /* lgamma would write a global */
    return lgamma_r(x, &sign);
}

/* Series for P(a, x), x < a + 1 (Abramowitz and Stegun 6.5.29). */
static double gamma_series(double a, double x)
{
    double term = 1 / a, sum = term;
    for (int n = 1; n < TERMS_MAX && term > sum * precise; n++) {
        term *= x / (a + n);
        sum += term;
    }
    return sum * exp(-x + a * log(x) - log_gamma(a));
}

/* Continued fraction for Q(a, x), x >= a + 1 (6.5.31), by the modified Lentz method. */
static double gamma_fraction(double a, double x)
{
    static const double least = 1e-300;
    double b = x + 1 - a, c = 1 / least, d = 1 / b, h = d;
    for (int n = 1; n < TERMS_MAX; n++) {
        const double an = -n * (n - a);
        b += 2;
        d = an * d + b;
        c = b + an / c;
        d = 1 / (fabs(d) < least ? least : d);
        c = fabs(c) < least ? least : c;
        h *= d * c;
        if (fabs(d * c - 1) < precise)
            break;
    }
    return h * exp(-x + a * log(x) - log_gamma(a));
}

double gamma_cdf(double shape, double rate, double x)
{
    const double y = rate * x;
    if (!(shape > 0) || !(rate > 0) || isnan(x))
        return (double)NAN;
    if (y <= 0)
        return 0;
    return y < shape + 1 ? gamma_series(shape, y) : 1 - gamma_fraction(shape, y);
}

double gamma_quantile(double shape, double rate, double p)
{
    double low = 0, high = (shape + 1) / rate;
    if (!(shape > 0) || !(rate > 0) || !(p >= 0 && p < 1))
        return (double)NAN;
    for (int i = 0; i < HALVINGS && gamma_cdf(shape, rate, high) < p; i++)
        high *= 2;
    for (int i = 0; i < HALVINGS && high - low > precise * high; i++) {
        const double middle = low + (high - low) / 2;
        if (gamma_cdf(shape, rate, middle) < p)
            low = middle;
        else
            high = middle;
    }
    return low + (high - low) / 2;
}

double normal_cdf(double z)
{
    return erfc(-z / sqrt(2.0)) / 2;
}

static double log_choose(int64_t n, int64_t k)
{
    return log_gamma((double)n + 1) - log_gamma((double)k + 1) - log_gamma((double)(n - k) + 1);
}

double fisher_exact(int64_t a, int64_t b, int64_t c, int64_t d)
{
    static const double same = 1e-7; /* likelihoods this near count as equal, as in R */
    if (a < 0 || b < 0 || c < 0 || d < 0)
        return (double)NAN;
    const int64_t row = a + b, column = a + c, all = row + c + d;
    const int64_t least = row + column - all > 0 ? row + column - all : 0;
    const int64_t most = row < column ? row : column;
    const double whole = log_choose(all, column);
    const double seen = log_choose(row, a) + log_choose(all - row, column - a) - whole;
    double p = 0;
    for (int64_t k = least; k <= most; k++) {
        const double one = log_choose(row, k) + log_choose(all - row, column - k) - whole;
        if (one <= seen + same)
            p += exp(one);
    }
    return p < 1 ? p : 1;
}
