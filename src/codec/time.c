/* RFC 3339 and microseconds since 1970 UTC, by civil-day arithmetic: no zone data, no libc. */
#include "codec/time.h"

enum { DAYS_IN_ERA = 146097, YEARS_IN_ERA = 400, EPOCH_DAY = 719468 };
#define US_PER_S   ((int64_t)1000000)
#define US_PER_DAY (86400 * US_PER_S)
/* 0001-01-01T00:00:00Z and the last microsecond of 9999. */
#define TIME_LEAST (-719162 * US_PER_DAY)
#define TIME_MOST  (2932897 * US_PER_DAY - 1)

struct civil {
    int year, month, day, hour, minute, second, us, weekday;
};

/* Days since 1970-01-01; years begin in March so that the leap day is the last one. */
static int64_t days_of(int year, int month, int day)
{
    int y = month <= 2 ? year - 1 : year;
    int era = y / YEARS_IN_ERA; /* years are 0 or more here */
    int year_of_era = y - era * YEARS_IN_ERA;
    int day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return (int64_t)era * DAYS_IN_ERA + day_of_era - EPOCH_DAY;
}

static struct civil civil_of(int64_t us)
{
    us = us < TIME_LEAST ? TIME_LEAST : us > TIME_MOST ? TIME_MOST : us;
    int64_t days = us / US_PER_DAY;
    int64_t rest = us % US_PER_DAY;
    if (rest < 0) {
        rest += US_PER_DAY;
        days--;
    }
    int from_era = (int)(days + EPOCH_DAY); /* 306 or more, from year 1 on */
    int era = from_era / DAYS_IN_ERA;
    int day_of_era = from_era % DAYS_IN_ERA;
    int year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int shifted = (5 * day_of_year + 2) / 153;
    int month = shifted < 10 ? shifted + 3 : shifted - 9;
    int second = (int)(rest / US_PER_S);
    return (struct civil){
        .year = year_of_era + era * YEARS_IN_ERA + (month <= 2),
        .month = month,
        .day = day_of_year - (153 * shifted + 2) / 5 + 1,
        .hour = second / 3600,
        .minute = second / 60 % 60,
        .second = second % 60,
        .us = (int)(rest % US_PER_S),
        .weekday = (int)((days % 7 + 11) % 7), /* 1970-01-01 was a Thursday; 0 is Sunday */
    };
}

static char *put_digits(char *p, int v, int n)
{
    for (int i = n - 1; i >= 0; i--) {
        p[i] = (char)('0' + v % 10);
        v /= 10;
    }
    return p + n;
}

static char *put_c(char *p, char c)
{
    *p = c;
    return p + 1;
}

static char *put_clock(char *p, const struct civil *t)
{
    p = put_c(put_digits(p, t->hour, 2), ':');
    p = put_c(put_digits(p, t->minute, 2), ':');
    return put_digits(p, t->second, 2);
}

static void write_rfc3339(struct buf *b, const struct civil *t, bool fraction)
{
    char text[TIME_TEXT_MAX], *p = text;
    p = put_c(put_digits(p, t->year, 4), '-');
    p = put_c(put_digits(p, t->month, 2), '-');
    p = put_c(put_digits(p, t->day, 2), 'T');
    p = put_clock(p, t);
    if (fraction)
        p = put_digits(put_c(p, '.'), t->us, 6);
    p = put_c(p, 'Z');
    buf_put(b, text, (size_t)(p - text));
}

void time_write(struct buf *b, int64_t us)
{
    struct civil t = civil_of(us);
    write_rfc3339(b, &t, t.us != 0);
}

void time_write_full(struct buf *b, int64_t us)
{
    struct civil t = civil_of(us);
    write_rfc3339(b, &t, true);
}

void time_write_compact(struct buf *b, int64_t us)
{
    struct civil t = civil_of(us);
    char text[TIME_TEXT_MAX], *p = text;
    p = put_digits(p, t.year, 4);
    p = put_digits(p, t.month, 2);
    p = put_c(put_digits(p, t.day, 2), '_');
    p = put_digits(p, t.hour, 2);
    p = put_digits(p, t.minute, 2);
    p = put_digits(p, t.second, 2);
    buf_put(b, text, (size_t)(p - text));
}

void time_write_http(char *ret, int64_t us)
{
    static const char days[][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
    static const char months[][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    struct civil t = civil_of(us);
    char *p = ret;
    memcpy(p, days[t.weekday], 3);
    p = put_c(put_c(p + 3, ','), ' ');
    p = put_c(put_digits(p, t.day, 2), ' ');
    memcpy(p, months[t.month - 1], 3);
    p = put_c(p + 3, ' ');
    p = put_c(put_digits(p, t.year, 4), ' ');
    p = put_clock(p, &t);
    memcpy(p, " GMT", 5);
}

/* Exactly n digits. */
static bool take_digits(struct str *s, size_t n, int *ret)
{
    if (s->n < n)
        return false;
    int v = 0;
    for (size_t i = 0; i < n; i++) {
        if (s->p[i] < '0' || s->p[i] > '9')
            return false;
        v = v * 10 + (s->p[i] - '0');
    }
    *s = (struct str){ s->p + n, s->n - n };
    *ret = v;
    return true;
}

static bool take_c(struct str *s, char c)
{
    if (s->n == 0 || s->p[0] != c)
        return false;
    *s = (struct str){ s->p + 1, s->n - 1 };
    return true;
}

static int days_in(int year, int month)
{
    static const unsigned char days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return days[month - 1] + (month == 2 && leap);
}

static bool take_date(struct str *s, struct civil *t)
{
    if (!take_digits(s, 4, &t->year) || !take_c(s, '-') || !take_digits(s, 2, &t->month) ||
        !take_c(s, '-') || !take_digits(s, 2, &t->day))
        return false;
    return t->year >= 1 && t->month >= 1 && t->month <= 12 && t->day >= 1 &&
           t->day <= days_in(t->year, t->month);
}

/* At least one digit; what is finer than a microsecond is cut. */
static bool take_fraction(struct str *s, int *ret_us)
{
    int us = 0, scale = 100000;
    size_t n = 0;
    for (; n < s->n && s->p[n] >= '0' && s->p[n] <= '9'; n++) {
        us += (s->p[n] - '0') * scale;
        scale /= 10;
    }
    *s = (struct str){ s->p + n, s->n - n };
    *ret_us = us;
    return n > 0;
}

static bool take_clock(struct str *s, struct civil *t)
{
    if (!take_digits(s, 2, &t->hour) || !take_c(s, ':') || !take_digits(s, 2, &t->minute))
        return false;
    if (take_c(s, ':')) {
        if (!take_digits(s, 2, &t->second))
            return false;
        if (take_c(s, '.') && !take_fraction(s, &t->us))
            return false;
    }
    return t->hour <= 23 && t->minute <= 59 && t->second <= 59;
}

static bool take_zone(struct str *s, int *ret_minutes)
{
    if (s->n == 0 || take_c(s, 'Z') || take_c(s, 'z')) {
        *ret_minutes = 0;
        return true;
    }
    bool west = s->p[0] == '-';
    int hours, minutes;
    if (!(take_c(s, '+') || take_c(s, '-')) || !take_digits(s, 2, &hours))
        return false;
    (void)take_c(s, ':');
    if (!take_digits(s, 2, &minutes) || hours > 23 || minutes > 59)
        return false;
    int all = hours * 60 + minutes;
    *ret_minutes = west ? -all : all;
    return true;
}

bool time_read(struct str text, int64_t *ret_us)
{
    struct civil t = { 0 };
    int zone_minutes = 0;
    struct str s = text;
    if (!take_date(&s, &t))
        return false;
    if (s.n) {
        if (!take_c(&s, 'T') && !take_c(&s, 't') && !take_c(&s, ' '))
            return false;
        if (!take_clock(&s, &t) || !take_zone(&s, &zone_minutes) || s.n)
            return false;
    }
    int64_t second = t.hour * 3600 + (t.minute - zone_minutes) * 60 + t.second;
    int64_t us = days_of(t.year, t.month, t.day) * US_PER_DAY + second * US_PER_S + t.us;
    if (us < TIME_LEAST || us > TIME_MOST)
        return false;
    *ret_us = us;
    return true;
}
