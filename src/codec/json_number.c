/* Numbers of the JSON reader: their grammar, and exact readings of their texts. */
#include "base/str.h"
#include "codec/json_scan.h"

#include <math.h>

/* So many digits fit 64 bits; exponents beyond the bound are all the same to us. */
enum { DIGITS_MAX = 19, EXPONENT_MAX = 100000, DIGITS_ALWAYS_FINITE = 300 };
#define INTEGERS_EXACT ((uint64_t)1 << 53)

/* What a number text says: digits times ten to the exp10. */
struct decimal {
    uint64_t digits;
    int exp10;
    bool negative;
    bool exact; /* no digit but zeros was dropped */
    bool whole; /* written without fraction and exponent */
};

static bool is_digit(const char *p, const char *end)
{
    return p < end && *p >= '0' && *p <= '9';
}

static void take_digit(struct decimal *d, char c, bool fraction)
{
    bool room = d->digits < 1000000000000000000u;
    if (room)
        d->digits = d->digits * 10 + (uint64_t)(c - '0');
    else if (c != '0')
        d->exact = false;
    if (fraction && room)
        d->exp10--;
    if (!fraction && !room)
        d->exp10++;
}

/* p stands on 'e'; the end of the exponent, or p itself when none follows. */
static const char *take_exponent(const char *p, const char *end, struct decimal *d)
{
    const char *q = p + 1;
    bool negative = q < end && *q == '-';
    if (q < end && (*q == '+' || *q == '-'))
        q++;
    if (!is_digit(q, end))
        return p;
    int e = 0;
    for (; is_digit(q, end); q++)
        if (e < EXPONENT_MAX)
            e = e * 10 + (*q - '0');
    d->exp10 += negative ? -e : e;
    d->whole = false;
    return q;
}

/* Reads the longest number at p; its end, or NULL when none begins there. */
static const char *read_decimal(const char *p, const char *end, struct decimal *d)
{
    *d = (struct decimal){ .exact = true, .whole = true };
    if (p < end && *p == '-') {
        d->negative = true;
        p++;
    }
    if (!is_digit(p, end))
        return NULL;
    if (*p == '0')
        p++;
    else
        for (; is_digit(p, end); p++)
            take_digit(d, *p, false);
    if (p < end && *p == '.' && is_digit(p + 1, end)) {
        d->whole = false;
        for (p++; is_digit(p, end); p++)
            take_digit(d, *p, true);
    }
    if (p < end && (*p == 'e' || *p == 'E'))
        p = take_exponent(p, end, d);
    return p;
}

static bool whole_text(struct str number, struct decimal *d)
{
    return number.n && read_decimal(number.p, number.p + number.n, d) == number.p + number.n;
}

/* Small decimals are one exact division or product; the rest is for the C library. */
static bool to_double(struct str number, const struct decimal *d, double *ret)
{
    static const double powers[] = { 1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                     1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                     1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };
    const int most = sizeof(powers) / sizeof(powers[0]) - 1;
    if (d->exact && d->digits <= INTEGERS_EXACT && d->exp10 >= -most && d->exp10 <= most) {
        double v = (double)d->digits;
        v = d->exp10 < 0 ? v / powers[-d->exp10] : v * powers[d->exp10];
        *ret = d->negative ? -v : v;
        return true;
    }
    char text[JSON_NUMBER_MAX + 1];
    if (number.n > JSON_NUMBER_MAX)
        return false;
    memcpy(text, number.p, number.n);
    text[number.n] = '\0';
    double v = strtod(text, NULL);
    if (!isfinite(v))
        return false;
    *ret = v;
    return true;
}

bool json_scan_number(struct json *j, struct str *ret)
{
    const char *begin = j->at;
    struct decimal d;
    const char *end = read_decimal(begin, j->end, &d);
    if (!end)
        return json_fail(j, "Expecting value", begin);
    struct str text = { begin, (size_t)(end - begin) };
    if (text.n > JSON_NUMBER_MAX)
        return json_fail(j, "Number too long", begin);
    double v;
    if ((!d.whole || text.n > DIGITS_ALWAYS_FINITE) && !to_double(text, &d, &v))
        return json_fail(j, "Number out of range", begin);
    j->at = end;
    *ret = text;
    return true;
}

bool json_to_i64(struct str number, int64_t *ret)
{
    struct decimal d;
    return whole_text(number, &d) && d.whole && str_i64(number, ret);
}

bool json_to_f64(struct str number, double *ret)
{
    struct decimal d;
    return whole_text(number, &d) && to_double(number, &d, ret);
}

bool json_to_e2(struct str number, int64_t *ret)
{
    struct decimal d;
    if (!whole_text(number, &d) || !d.exact)
        return false;
    if (d.digits == 0) {
        *ret = 0;
        return true;
    }
    for (; d.digits % 10 == 0; d.digits /= 10)
        d.exp10++;
    if (d.exp10 < -2)
        return false;
    for (int shift = d.exp10 + 2; shift > 0 && d.digits < INTEGERS_EXACT; shift--)
        d.digits *= 10;
    if (d.digits >= INTEGERS_EXACT)
        return false;
    *ret = d.negative ? -(int64_t)d.digits : (int64_t)d.digits;
    return true;
}
