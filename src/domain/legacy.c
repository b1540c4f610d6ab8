/* What is known of an original ENIGMA installation: schemas, numbers and statuses. */
#include "domain/legacy.h"

#include <math.h>

#include "base/str.h"
#include "codec/json.h"
#include "domain/application.h"
#include "domain/phase.h"

enum { LABEL_MAX = 40, NUMBER_MAX = 64, EXPONENT_MAX = 40 };

int legacy_schema_of(struct str alembic_version)
{
    static const char *const known[LEGACY_SCHEMA_COUNT] = {
        "3593d09278ec", "9768ea688112", "e2354a7dd801", "20251014_0000", "3766354ddc7c",
        "96eed8915a45", "0c5810f251cb", "43ce10edf815", "a7b8c9d1e2f3",
    };
    for (int i = 0; i < LEGACY_SCHEMA_COUNT; i++)
        if (str_eq(alembic_version, str_of(known[i])))
            return i;
    return -1;
}

int32_t legacy_label(const struct names *names, struct str label)
{
    char lower[LABEL_MAX];
    if (label.n > sizeof(lower))
        return -1;
    for (size_t i = 0; i < label.n; i++) {
        const char ch = label.p[i];
        lower[i] = (char)(ch >= 'A' && ch <= 'Z' ? ch - 'A' + 'a' : ch);
    }
    return names_find(names, (struct str){ lower, label.n });
}

/* A decimal taken apart: its digits without the point, and where the point stands among them. */
struct decimal {
    char digits[NUMBER_MAX];
    int n, point;
    bool negative;
};

static bool is_digit(char ch)
{
    return ch >= '0' && ch <= '9';
}

static bool take_digits(struct str s, size_t *at, struct decimal *d, bool whole)
{
    const size_t from = *at;
    for (; *at < s.n && is_digit(s.p[*at]); (*at)++) {
        if (d->n == NUMBER_MAX)
            return false;
        d->digits[d->n++] = s.p[*at];
        d->point += whole;
    }
    return *at > from;
}

static bool take_exponent(struct str s, size_t at, struct decimal *d)
{
    int64_t e = 0;
    if (at == s.n)
        return true;
    if (s.p[at] != 'e' && s.p[at] != 'E')
        return false;
    at += at + 1 < s.n && s.p[at + 1] == '+' ? 2 : 1;
    if (!str_i64(str_sub(s, at, s.n), &e) || e < -EXPONENT_MAX || e > EXPONENT_MAX)
        return false;
    d->point += (int)e;
    return true;
}

static bool read_decimal(struct str s, struct decimal *ret)
{
    struct decimal d = { .negative = s.n > 0 && s.p[0] == '-' };
    size_t at = d.negative;
    if (!take_digits(s, &at, &d, true))
        return false;
    if (at < s.n && s.p[at] == '.') {
        at++;
        if (!take_digits(s, &at, &d, false))
            return false;
    }
    if (!take_exponent(s, at, &d))
        return false;
    *ret = d;
    return true;
}

bool legacy_e2(struct str number, int64_t *ret, bool *ret_rounded)
{
    struct decimal d;
    int64_t v = 0;
    bool lost = false;
    if (!number.p || !read_decimal(number, &d))
        return false;
    const int kept = d.point + 2;
    for (int i = 0; i < kept; i++) {
        v = v * 10 + (i < d.n ? d.digits[i] - '0' : 0);
        if (v > LEGACY_E2_MAX)
            return false;
    }
    for (int i = kept > 0 ? kept : 0; i < d.n; i++)
        lost = lost || d.digits[i] != '0';
    if (kept >= 0 && kept < d.n && d.digits[kept] >= '5')
        v++;
    *ret = d.negative ? -v : v;
    *ret_rounded = lost;
    return true;
}

bool legacy_f64_e2(double v, int64_t *ret, bool *ret_rounded)
{
    char room[NUMBER_MAX];
    struct buf b = { .p = room, .cap = sizeof(room), .max = sizeof(room) };
    if (!isfinite(v))
        return false;
    json_write_f64(&b, v);
    return buf_ok(&b) && legacy_e2(buf_view(&b), ret, ret_rounded);
}

static bool is_decision(int32_t status)
{
    return status == APP_SHORTLISTED || status == APP_SELECTED || status == APP_NOT_SELECTED;
}

/* The final score decides; the oldest versions say "published" on the application alone. */
static int32_t decision_of(const struct legacy_state *s)
{
    int32_t d = APP_NOT_SELECTED;
    if (is_decision(s->score))
        d = s->score;
    else if (is_decision(s->application))
        d = s->application;
    /* Publication lets go of everybody who was left on the short list. */
    return d == APP_SHORTLISTED && s->phase >= PHASE_PUBLISHED ? (int32_t)APP_NOT_SELECTED : d;
}

static int32_t score_of(const struct legacy_state *s)
{
    if (s->score < 0 || s->phase < PHASE_PROCESSING || !s->anonymous)
        return -1;
    return s->phase < PHASE_SELECTION ? (int32_t)APP_SCORED : decision_of(s);
}

static int32_t unscored_of(const struct legacy_state *s)
{
    switch (s->phase) {
    case PHASE_SUBMISSION:
        return APP_SUBMITTED;
    case PHASE_FROZEN:
        return APP_FINALIZED;
    case PHASE_PREPROCESSING:
        return s->anonymous ? APP_BATCH_READY : APP_FINALIZED;
    case PHASE_BATCH_PREP:
        return s->anonymous ? APP_BATCH_READY : APP_FAILED;
    case PHASE_PROCESSING:
        return s->anonymous ? APP_PROCESSING : APP_FAILED;
    default:
        return APP_FAILED;
    }
}

struct legacy_fate legacy_fate_of(const struct legacy_state *s)
{
    struct legacy_fate f = { .score = score_of(s) };
    f.application = f.score >= 0 ? f.score : unscored_of(s);
    if (s->application == APP_FAILED && f.score < 0 && s->phase > PHASE_FROZEN)
        f.application = APP_FAILED;
    f.never_scored = f.application == APP_FAILED && s->application != APP_FAILED;
    const bool published = s->application == APP_PUBLISHED && is_decision(s->score);
    f.changed = !f.never_scored && f.application != s->application && !published;
    return f;
}
