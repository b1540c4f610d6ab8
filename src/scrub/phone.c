/* scrub/phone.c: phone numbers as people group them. Numbers that are evidence (1450, 2023, 10,000,
 * 3.85, 2019-2023) must come through. */
#include "base/str.h"
#include "scrub/scrub_inner.h"

enum {
    PHONE_DIGITS_MIN = 7,
    PHONE_DIGITS_MAX = 15,
    PHONE_GROUPS_MAX = 12,
    PHONE_GAP_MAX = 3,
    CUE_REACH = 24
};

/* A chain of digit groups as written. */
struct phone {
    size_t from, to, first_end;
    size_t groups, length[PHONE_GROUPS_MAX];
    char digits[PHONE_DIGITS_MAX + 5];
    size_t n;
    bool plus, paren, blank, dash, dot, slash;
};

static void note_gap(struct phone *p, char ch)
{
    p->blank |= ch == ' ';
    p->dash |= ch == '-';
    p->dot |= ch == '.';
    p->slash |= ch == '/';
    p->paren |= ch == '(' || ch == ')';
}

static bool is_gap(char ch)
{
    return ch == ' ' || ch == '-' || ch == '.' || ch == '/' || ch == '(' || ch == ')';
}

/* Digits from i on, no more than fit; false when there were more. */
static bool group_read(const struct fold *f, size_t *i, struct phone *p)
{
    for (; *i < f->n && fold_is_digit(f->text[*i]); ++*i) {
        if (p->n == sizeof(p->digits))
            return false;
        p->digits[p->n++] = f->text[*i];
    }
    return true;
}

/* Reads groups from i on; false when the first has more digits than any number has. Ends before a
 * group that belongs to the next number: with it there would be too many digits. */
static bool phone_read(const struct fold *f, size_t i, struct phone *p)
{
    *p = (struct phone){ .from = i };
    while (i < f->n && (f->text[i] == '+' || f->text[i] == '(')) {
        p->plus |= f->text[i] == '+';
        p->paren |= f->text[i] == '(';
        i++;
    }
    while (i < f->n && fold_is_digit(f->text[i]) && p->groups < PHONE_GROUPS_MAX) {
        const size_t from = i, had = p->n;
        const bool whole = group_read(f, &i, p);
        if (had >= PHONE_DIGITS_MIN && (!whole || p->n > PHONE_DIGITS_MAX)) {
            p->n = had;
            return true;
        }
        if (!whole)
            return false;
        p->length[p->groups++] = i - from;
        p->first_end = p->groups == 1 ? i : p->first_end;
        p->to = i;
        size_t gap = i;
        while (gap < f->n && gap - i < PHONE_GAP_MAX && is_gap(f->text[gap]))
            gap++;
        if (gap == i || gap >= f->n || !fold_is_digit(f->text[gap]))
            break;
        if (f->text[i] == '.' && f->text[i + 1] == ' ')
            break; /* the sentence ends */
        if (p->n >= PHONE_DIGITS_MIN && gap - i > 1 && memchr(f->text + i, '/', gap - i))
            break; /* "555 0173 / 041-3355": two numbers */
        for (; i < gap; i++)
            note_gap(p, f->text[i]);
    }
    return p->n > 0;
}

static bool ends_with(const char *s, size_t n, const char *tail, size_t tail_n)
{
    return n >= tail_n && memcmp(s + n - tail_n, tail, tail_n) == 0;
}

/* The own number in any grouping, with or without country code or leading zero. */
static bool phone_is_own(const struct phone *p, const struct own *own)
{
    if (own->n_digits == 0 || p->n < PHONE_DIGITS_MIN)
        return false;
    const char *a = p->digits, *b = own->digits;
    size_t an = p->n, bn = own->n_digits;
    for (; an > 0 && *a == '0'; an--)
        a++;
    for (; bn > 0 && *b == '0'; bn--)
        b++;
    if (an < PHONE_DIGITS_MIN || bn < PHONE_DIGITS_MIN)
        return false;
    return ends_with(b, bn, a, an) || (an <= bn + 3 && ends_with(a, an, b, bn));
}

/* A whole word of the n bytes at `at`; the one in a placeholder of an earlier pass says nothing. */
static bool is_cue(const struct fold *f, size_t at, size_t n)
{
    const char before = at ? f->text[at - 1] : ' ', after = f->text[at + n];
    return !fold_is_alnum(before) && !fold_is_alnum(after) && !(before == '[' && after == ']');
}

static bool phone_cue(const struct fold *f, size_t from)
{
    static const char *const cues[] = { "phone",    "call",        "tel",     "mobile",
                                        "cell",     "whatsapp",    "text me", "sms",
                                        "reach me", "contact",     "ring",    "dial",
                                        "mob",      "landline",    "telefon", "extension",
                                        "ext",      "switchboard", "hotline", "helpline" };
    size_t start = from > CUE_REACH ? from - CUE_REACH : 0;
    for (size_t i = 0; i < sizeof(cues) / sizeof(cues[0]); i++) {
        size_t n = strlen(cues[i]), k = start;
        const char *at;
        while ((at = memmem(f->text + k, from - k, cues[i], n)) != NULL) {
            k = (size_t)(at - f->text);
            if (is_cue(f, k, n))
                return true;
            k += n;
        }
    }
    return false;
}

static bool looks_like_date(const struct phone *p)
{
    const size_t *l = p->length;
    if (p->groups == 2) /* 2019-2023 */
        return l[0] == 4 && l[1] == 4 && (p->digits[0] == '1' || p->digits[0] == '2');
    if (p->groups != 3 || p->n > 8)
        return false;
    return (l[0] == 4 && l[1] <= 2 && l[2] <= 2) || (l[0] <= 2 && l[1] <= 2 && l[2] >= 2);
}

/* 77 55 01 26, 77 612 44 18, 951 555 0183: groups with blanks, one of which begins with a zero, or
 * whose lengths are those of a number; a row of marks or times (88 92 79 95) is none. */
static bool blank_groups(const struct phone *p)
{
    enum { DIGITS_MIN = 8, DIGITS_MAX = 11 };
    const size_t *l = p->length;
    bool zero = false;
    if (!p->blank || p->dash || p->dot || p->slash || p->n < DIGITS_MIN || p->n > DIGITS_MAX)
        return false;
    if (p->groups == 3)
        return l[0] == 3 && l[1] == 3 && l[2] == 4;
    for (size_t g = 0, at = 0; g < p->groups; at += l[g++]) {
        if (l[g] < 2 || l[g] > 4)
            return false;
        zero |= g > 0 && l[g] == 2 && p->digits[at] == '0';
    }
    return p->groups == 4 && (zero || (l[0] == 2 && l[1] == 3 && l[2] == 2 && l[3] == 2));
}

static bool grouped_like_phone(const struct phone *p)
{
    const size_t *l = p->length;
    size_t g = p->groups;
    bool zero = p->digits[0] == '0' && p->n >= 9;
    bool american = g == 3 && l[0] == 3 && l[1] == 3 && l[2] == 4;
    if (p->paren)
        return true;
    if (p->dash && !p->dot && !p->slash)
        return zero || american || (g == 2 && l[0] == 3 && l[1] == 4) ||
               (g >= 3 && l[g - 1] == 4 && l[g - 2] == 3);
    if (p->dot && !p->dash && !p->blank && !p->slash)
        return american || (zero && g >= 4);
    return (zero && g >= 2) || blank_groups(p);
}

/* An ISBN: 978 or 979 and ten digits, or ten in four groups whose last proves the others. */
static bool is_book(const struct phone *p)
{
    enum { ISBN10 = 10, CHECK = 11 };
    int sum = 0;
    if (p->n == 13)
        return p->digits[0] == '9' && p->digits[1] == '7' &&
               (p->digits[2] == '8' || p->digits[2] == '9');
    if (p->n != ISBN10 || p->groups != 4 || !p->dash || p->length[3] != 1)
        return false;
    for (int i = 0; i < ISBN10; i++)
        sum += (ISBN10 - i) * (p->digits[i] - '0');
    return sum % CHECK == 0;
}

static bool is_phone(const struct fold *f, const struct phone *p, const struct own *own)
{
    if (phone_is_own(p, own))
        return true;
    if (p->n < PHONE_DIGITS_MIN || p->n > PHONE_DIGITS_MAX || looks_like_date(p))
        return false;
    /* "4th of 310 (2023)" */
    if (f->text[p->to] == ')' && !p->plus && f->text[p->from] != '(')
        return false;
    if (is_book(p))
        return false;
    if (p->plus || phone_cue(f, p->from))
        return true;
    /* A year before it: the number may begin one group later. */
    bool year = p->length[0] == 4 && (p->digits[0] == '1' || p->digits[0] == '2') && p->blank;
    return p->groups > 1 && !year && grouped_like_phone(p);
}

/* Whether a number may begin here: not inside a word, a decimal, an amount or a range, but right
 * behind another number (`ended`). */
static bool phone_may_start(const struct fold *f, size_t i, size_t ended)
{
    char ch = f->text[i];
    if (!fold_is_digit(ch) && ch != '+' && ch != '(')
        return false;
    if (i == 0 || i == ended)
        return true;
    char before = f->text[i - 1];
    if (ch == '(' && before == '(')
        return true; /* "Jo Plummer ((876) 555-0180)" */
    return !fold_is_alnum(before) && !strchr(".,$#-/+(", before);
}

/* Where a number that begins with this group of digits would begin: at its plus or bracket. */
static size_t number_start(const struct fold *f, size_t i)
{
    const size_t plus = i > 0 && f->text[i - 1] == '+';
    i -= plus;
    const size_t open = i > 0 && f->text[i - 1] == '(';
    i -= open;
    return i - (open && !plus && i > 0 && f->text[i - 1] == '+');
}

/* The end of the phone number that begins with token k; 0: there is none. */
static size_t phone_at(struct pass *p, size_t k, size_t ended, bool own_only)
{
    const struct fold *f = &p->f;
    struct phone one;
    const size_t from = number_start(f, p->t.v[k].from);
    if (!phone_may_start(f, from, ended) || !phone_read(f, from, &one))
        return 0;
    const bool closed =
        one.to == f->n || (!fold_is_letter(f->text[one.to]) && f->text[one.to] != '%');
    if (!closed || !is_phone(f, &one, p->own))
        return 0;
    const bool own = phone_is_own(&one, p->own);
    if (own_only && !own)
        return 0;
    hit_range(p, one.from, one.to,
              (struct hit){ .type = SCRUB_PHONE,
                            .strength = own ? BY_IDENTITY : BY_RECOGNISER,
                            .confidence = own ? 100 : 85,
                            .rule = own ? "identity.phone" : "phone" });
    return one.to;
}

void phone_hits(struct pass *p, bool own_only)
{
    const struct tokens *t = &p->t;
    size_t ended = 0;
    if (own_only && p->own->n_digits == 0)
        return;
    for (size_t k = token_wanted(t, 0, W_NUMBER); k < t->n; k = token_wanted(t, k + 1, W_NUMBER)) {
        const struct token *w = &p->t.v[k];
        const bool lone = (token_len(w) < PHONE_DIGITS_MIN) & (w[1].kind != TK_NUMBER);
        if ((w->kind != TK_NUMBER) | (w->from < ended) | ((w->flags & T_CLAIMED) != 0) | lone)
            continue;
        if (w[-1].flags & T_CLAIMED)
            ended = w[-1].to;
        const size_t to = phone_at(p, k, ended, own_only);
        ended = to ? to : ended;
    }
}
