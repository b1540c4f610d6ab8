/* scrub/date.c: the date of birth in any order, and years that give an age away. Dates of events
 * stay; ages are in age.c. */
#include "scrub/date.h"

#include "base/str.h"

enum { BIRTH_REACH = 6, YEAR_FIRST = 1940, YEAR_LAST = 2020 };

struct date {
    int day, month, year; /* 0: not given */
    size_t a, b;
};

/* A number of four digits at most; -1: there is none. The digits are taken together, since how many
 * there are cannot be foretold; the fold is padded. */
int number_value(const struct tokens *t, size_t k)
{
    enum { DIGITS_MAX = 4, BYTE = 8 };
    const struct token *w = token_at(t, k);
    const size_t n = token_len(w);
    const int none = -(int)((w->kind != TK_NUMBER) | (n > DIGITS_MAX));
    uint32_t four;
    memcpy(&four, t->f->text + w->from, sizeof(four));
    four = (le32toh(four) & 0x0f0f0f0f) << BYTE * ((DIGITS_MAX - n) % DIGITS_MAX);
    const uint32_t pairs = (four * 10 + (four >> BYTE)) & 0x00ff00ff;
    return (int)((pairs & UINT8_MAX) * 100 + (pairs >> 2 * BYTE)) | none;
}

static int month_of(const struct tokens *t, size_t k)
{
    static const char months[] = "janfebmaraprmayjunjulaugsepoctnovdec";
    const struct str s = token_text(t, k);
    if (!(token_at(t, k)->bits & LEX_MONTH) || s.n < 3)
        return 0;
    for (int m = 0; m < 12; m++)
        if (memcmp(months + (size_t)m * 3, s.p, 3) == 0)
            return m + 1;
    return 0;
}

static bool is_year(int v)
{
    return v >= YEAR_FIRST && v <= YEAR_LAST + 15;
}

bool ordinal_tail(const struct tokens *t, size_t k)
{
    static const struct words tails = WORDS("st", "nd", "rd", "th");
    return token_at(t, k)->gap == GAP_NONE && token_in(t, k, &tails);
}

void date_take(struct pass *p, size_t a, size_t b, enum scrub_type type, const char *rule,
               uint8_t confidence)
{
    hit_tokens(p, a, b,
               (struct hit){ .type = (uint8_t)type,
                             .strength = confidence == 100 ? BY_IDENTITY : BY_RECOGNISER,
                             .confidence = confidence,
                             .rule = rule });
}

/* 14/05/2006, 2006-05-14, 14.5.06 */
static bool read_digits(const struct tokens *t, size_t k, struct date *ret)
{
    const int a = number_value(t, k), b = number_value(t, k + 1), c = number_value(t, k + 2);
    const uint16_t gap = token_at(t, k + 1)->gap;
    if (a < 0 || b < 1 || c < 0 || gap != token_at(t, k + 2)->gap ||
        (gap != GAP_HYPHEN && gap != GAP_SLASH && gap != GAP_DOT))
        return false;
    const size_t first = token_len(token_at(t, k)), last = token_len(token_at(t, k + 2));
    *ret = (struct date){ .a = k, .b = k + 2 };
    if (first == 4 && is_year(a) && b <= 12 && c >= 1 && c <= 31) {
        *ret = (struct date){ c, b, a, k, k + 2 };
        return true;
    }
    if (a < 1 || a > 31 || b > 31 || (a > 12 && b > 12) || (last != 4 && last != 2))
        return false;
    const int year = last == 2 ? (c > 40 ? 1900 + c : 2000 + c) : c;
    if (!is_year(year))
        return false;
    *ret = b <= 12 ? (struct date){ a, b, year, k, k + 2 } : (struct date){ b, a, year, k, k + 2 };
    return true;
}

/* 14 May 2006, 14th of May, 2006, May 14th, 2006; the year may be missing. */
static bool read_words(const struct tokens *t, size_t k, struct date *ret)
{
    size_t i = k;
    struct date d = { .a = k };
    if (token_at(t, i)->kind == TK_NUMBER) {
        d.day = number_value(t, i++);
        i += ordinal_tail(t, i);
        i += token_is(t, i, "of");
        d.month = month_of(t, i);
    } else {
        d.month = month_of(t, i);
        d.day = number_value(t, i + 1);
        i++;
        if (d.day > 31 && d.month && is_year(d.day)) {
            *ret = (struct date){ 0, d.month, d.day, k, i };
            return true;
        }
        i += ordinal_tail(t, i + 1);
    }
    if (!d.month || d.day < 1 || d.day > 31)
        return false;
    d.b = i;
    const int year = number_value(t, i + 1);
    if (is_year(year) && !(token_at(t, i + 1)->gap & ~(GAP_BLANK | GAP_COMMA | GAP_HYPHEN))) {
        d.year = year;
        d.b = i + 1;
    }
    *ret = d;
    return true;
}

static bool birth_word(const struct tokens *t, size_t k)
{
    static const struct words words =
        WORDS("born", "birth", "birthday", "birthdate", "dob", "birthdays", "nacido", "nacida",
              "geboren", "naissance", "nascido", "nascida", "urodzony", "urodzona");
    return token_in(t, k, &words) ||
           (token_is(t, k, "b") && token_is(t, k - 2 < t->n ? k - 2 : t->n, "d"));
}

/* A word of birth before the date in its sentence, or "birthday" soon after. */
static bool near_birth(const struct tokens *t, size_t a, size_t b)
{
    for (size_t i = 1; i <= BIRTH_REACH && i <= a; i++) {
        if (birth_word(t, a - i))
            return true;
        if (!gap_same_sentence(t->v[a - i + 1].gap))
            break;
    }
    for (size_t i = 1; i <= 3 && b + i < t->n && gap_same_sentence(t->v[b + i].gap); i++)
        if (token_is(t, b + i, "birthday"))
            return true;
    return false;
}

/* Whose birth: "I was born", "Born in", and not "the club was born". */
static bool own_birth(const struct tokens *t, size_t a)
{
    static const struct words selves = WORDS("i", "me", "my", "we", "us", "applicant", "he", "she");
    for (size_t i = 1; i <= BIRTH_REACH + 3 && i <= a; i++) {
        if (token_in(t, a - i, &selves) || (t->v[a - i].flags & T_OWN))
            return true;
        if (birth_word(t, a - i) && (t->v[a - i].flags & T_START))
            return true;
        if (!gap_same_sentence(t->v[a - i + 1].gap))
            return false;
    }
    return false;
}

/* "Born 16 May 2007, first contact 2021": the birth has its date already. */
static bool birth_told(const struct pass *p, size_t k, bool date)
{
    for (size_t i = 1; i <= BIRTH_REACH && i <= k && !birth_word(&p->t, k - i); i++)
        if ((p->t.v[k - i].kind == TK_PLACEHOLDER &&
             (!date || str_starts(token_text(&p->t, k - i), S("[date")))) ||
            (p->t.v[k - i].kind == TK_NUMBER && is_year(number_value(&p->t, k - i))))
            return true;
    return false;
}

/* "Expected graduation: June 2026", "graduating in 2026": when school ends tells an age. */
static bool graduates(const struct tokens *t, size_t k)
{
    enum { REACH = 4 };
    static const struct words ends = WORDS("graduation", "graduating", "graduate", "graduates");
    static const struct words links =
        WORDS("in", "year", "date", "expected", "of", "by", "anticipated", "is", "spring", "summer",
              "autumn", "winter", "fall");
    for (size_t i = 1; i <= REACH && i <= k; i++) {
        if (!gap_same_sentence(t->v[k - i + 1].gap))
            return false;
        if (token_in(t, k - i, &ends))
            return !token_is(t, k - i, "graduate") || i > 1;
        if (!token_in(t, k - i, &links))
            return false;
    }
    return false;
}

/* "Education. Bergama Lisesi, 2020 to 2026": the years of the school that one leaves. */
static bool school_ends(const struct tokens *t, size_t k, int birth)
{
    enum { LEAVES_MIN = 16, LEAVES_MAX = 20, REACH = 14 };
    const int left = number_value(t, k) - birth;
    const bool dash = k > 0 && (t->v[k].gap & GAP_HYPHEN) && t->v[k - 1].kind == TK_NUMBER;
    const size_t from = dash ? k - 1 : k - 2;
    if (!birth || left < LEAVES_MIN || left > LEAVES_MAX || k < 3 ||
        !(dash || token_is(t, k - 1, "to")) || !is_year(number_value(t, from)) ||
        number_value(t, from) + 2 > birth + left)
        return false;
    for (size_t i = 1; i <= REACH && i <= from && !(t->v[from - i + 1].gap & GAP_LINE); i++)
        if (token_is(t, from - i, "education"))
            return true;
    return false;
}

/* "vintage 2008", "a 2008 baby": the year of birth in jest. */
static bool year_of_make(const struct tokens *t, size_t k)
{
    static const struct words makes =
        WORDS("vintage", "model", "edition", "generation", "born", "made", "jahrgang", "promo");
    static const struct words babies =
        WORDS("baby", "babies", "kid", "kids", "child", "children", "vintage", "liner", "er");
    return (k > 0 && gap_same_sentence(t->v[k].gap) && token_in(t, k - 1, &makes)) ||
           (gap_joint(token_at(t, k + 1)->gap) && token_in(t, k + 1, &babies));
}

static void judge_date(struct pass *p, const struct date *d)
{
    const struct own *own = p->own;
    const bool cue = near_birth(&p->t, d->a, d->b);
    const bool day = own->day == d->day && own->month == d->month;
    const bool turned = own->month == d->day && own->day == d->month;
    if (own->year && own->year == d->year && d->day && (day || turned))
        date_take(p, d->a, d->b, SCRUB_DOB, "identity.birth", 100);
    else if (own->day && !d->year && day) /* the birthday, whatever is said of it */
        date_take(p, d->a, d->b, SCRUB_DOB, "identity.birth", 100);
    else if (!d->day && graduates(&p->t, d->a))
        date_take(p, d->a, d->b, SCRUB_GRADYEAR, "class.year", 80);
    else if (cue && (d->day || own_birth(&p->t, d->a)) && !birth_told(p, d->a, true))
        date_take(p, d->a, d->b, SCRUB_DOB, "birth.date", 85);
}

static void judge_year(struct pass *p, size_t k)
{
    const int v = number_value(&p->t, k);
    if (!is_year(v) || token_len(&p->t.v[k]) != 4)
        return;
    if (v != p->own->year && (graduates(&p->t, k) || school_ends(&p->t, k, p->own->year))) {
        date_take(p, k, k, SCRUB_GRADYEAR, "class.year", 80);
        return;
    }
    if (v != p->own->year && birth_told(p, k, false))
        return;
    const bool cue = near_birth(&p->t, k, k);
    if (cue && (v == p->own->year || own_birth(&p->t, k)))
        date_take(p, k, k, SCRUB_DOB, "birth.year", v == p->own->year ? 100 : 85);
    else if (k >= 2 && token_is(&p->t, k - 1, "of") && token_is(&p->t, k - 2, "class"))
        date_take(p, k, k, SCRUB_GRADYEAR, "class.year", 80);
    else if (v == p->own->year && year_of_make(&p->t, k))
        date_take(p, k, k, SCRUB_DOB, "birth.year", 90);
}

void date_hits(struct pass *p)
{
    const struct tokens *t = &p->t;
    for (size_t k = token_wanted(t, 0, W_DATE); k < t->n; k = token_wanted(t, k + 1, W_DATE)) {
        const struct token *w = &t->v[k];
        struct date d;
        const bool month = (w->bits & LEX_MONTH) != 0;
        const bool number = (w->kind == TK_NUMBER) | ((w->bits & LEX_NUMBER) != 0);
        if (((w->flags & T_CLAIMED) != 0) | !(number | month))
            continue;
        if ((w->kind == TK_NUMBER && (read_digits(t, k, &d) || read_words(t, k, &d))) ||
            (month && read_words(t, k, &d))) {
            judge_date(p, &d);
            k = d.b;
            continue;
        }
        if (w->kind == TK_NUMBER)
            judge_year(p, k);
        if (!(w->flags & T_CLAIMED))
            age_judge(p, k);
    }
    p->t.steps += t->n;
}
