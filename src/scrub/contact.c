/* scrub/contact.c: e-mail addresses, URLs and phone numbers. Each begins at a byte that plain words
 * hardly have (@, ://, www., a domain's slash, a digit), so ordinary text costs one look a byte.
 * Numbers that are evidence (1450, 2023, 10,000, 3.85, 2019-2023) must come through. */
#include "base/str.h"
#include "scrub/scrub_inner.h"

enum {
    PHONE_DIGITS_MIN = 7,
    PHONE_DIGITS_MAX = 15,
    PHONE_GROUPS_MAX = 12,
    PHONE_GAP_MAX = 3,
    CUE_REACH = 24,
    LOCAL_MIN = 5,
    TLD_MIN = 2
};

static bool is_local(char ch)
{
    return fold_is_alnum(ch) || ch == '.' || ch == '_' || ch == '%' || ch == '+' || ch == '-';
}

static bool is_domain(char ch)
{
    return fold_is_alnum(ch) || ch == '.' || ch == '-';
}

/* The end of the domain that begins at i: labels with a dot and a last label of letters. 0: none */
static size_t domain_end(const struct fold *f, size_t i)
{
    size_t end = i;
    while (end < f->n && is_domain(f->text[end]))
        end++;
    while (end > i && !fold_is_alnum(f->text[end - 1]))
        end--;
    size_t tld = end;
    while (tld > i && fold_is_letter(f->text[tld - 1]))
        tld--;
    bool dotted = tld > i + 1 && f->text[tld - 1] == '.';
    return dotted && end - tld >= TLD_MIN ? end : 0;
}

/* The own part before the @ used as a user name, when it cannot be a word: zoe.rossi7 */
static void local_hits(struct ctx *c, const struct fold *f, const struct own *own, struct hits *h)
{
    bool marked = false;
    for (size_t i = 0; i < own->local.n; i++)
        marked |= !fold_is_letter(own->local.p[i]);
    if (!marked || own->local.n < LOCAL_MIN)
        return;
    const char *at = f->text, *end = f->text + f->n;
    while ((at = memmem(at, (size_t)(end - at), own->local.p, own->local.n))) {
        size_t from = (size_t)(at - f->text), to = from + own->local.n;
        bool whole = (from == 0 || !fold_is_alnum(f->text[from - 1])) &&
                     (to == f->n || !fold_is_alnum(f->text[to]));
        if (whole)
            hit_add(c, h, from, to, RULE_EMAIL);
        at += own->local.n;
    }
}

void email_hits(struct ctx *c, const struct fold *f, const struct own *own, struct hits *h)
{
    const char *at = f->text, *end = f->text + f->n;
    while ((at = memchr(at, '@', (size_t)(end - at)))) {
        size_t mid = (size_t)(at++ - f->text), from = mid;
        while (from > 0 && is_local(f->text[from - 1]))
            from--;
        while (from < mid && !fold_is_alnum(f->text[from]))
            from++;
        size_t to = from < mid ? domain_end(f, mid + 1) : 0;
        if (to)
            hit_add(c, h, from, to, RULE_EMAIL);
    }
    local_hits(c, f, own, h);
}

/* A URL runs to the next blank or bracket, less the sentence's own marks. */
static size_t url_end(const struct fold *f, size_t i)
{
    while (i < f->n && (unsigned char)f->text[i] > ' ' && !strchr("<>\"[]{}", f->text[i]))
        i++;
    while (i > 0 && strchr(".,;:!?)'", f->text[i - 1]))
        i--;
    return i;
}

static bool file_ending(struct str tld)
{
    static const char *const endings[] = { "js", "py", "md", "txt", "pdf", "cpp", "css", "ts" };
    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
        if (str_eq(tld, str_of(endings[i])))
            return true;
    return false;
}

/* "github.com/zoe": the domain before the slash at i. */
static void slash_hit(struct ctx *c, const struct fold *f, size_t i, struct hits *h)
{
    size_t from = i;
    while (from > 0 && is_domain(f->text[from - 1]))
        from--;
    while (from < i && !fold_is_alnum(f->text[from]))
        from++;
    if (from == i || i + 1 >= f->n || !fold_is_alnum(f->text[i + 1]) || domain_end(f, from) != i)
        return;
    size_t tld = i;
    while (tld > from && f->text[tld - 1] != '.')
        tld--;
    if (!file_ending((struct str){ f->text + tld, i - tld }))
        hit_add(c, h, from, url_end(f, i), RULE_URL);
}

void url_hits(struct ctx *c, const struct fold *f, struct hits *h)
{
    struct str text = { f->text, f->n };
    for (size_t i = 0; i < f->n; i++) {
        char ch = f->text[i];
        if (ch == '/') {
            slash_hit(c, f, i, h);
            continue;
        }
        if ((ch != 'h' && ch != 'w') || (i > 0 && fold_is_alnum(f->text[i - 1])))
            continue;
        struct str rest = str_sub(text, i, text.n);
        bool starts = str_starts(rest, S("http://")) || str_starts(rest, S("https://")) ||
                      str_starts(rest, S("www."));
        size_t end = starts ? url_end(f, i) : i;
        if (end > i + 7 || (starts && ch == 'w' && end > i + 4)) {
            hit_add(c, h, i, end, RULE_URL);
            i = end - 1;
        }
    }
}

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
    static const char *const cues[] = { "phone",    "call",    "tel", "mobile",   "cell",
                                        "whatsapp", "text me", "sms", "reach me", "contact" };
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
    if (p->groups == 2)
        return l[0] == 4 && l[1] == 4; /* 2019-2023 */
    if (p->groups != 3 || p->n > 8)
        return false;
    return (l[0] == 4 && l[1] <= 2 && l[2] <= 2) || (l[0] <= 2 && l[1] <= 2 && l[2] >= 2);
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
    return zero && g >= 2;
}

static bool is_phone(const struct fold *f, const struct phone *p, const struct own *own)
{
    if (phone_is_own(p, own))
        return true;
    if (p->n < PHONE_DIGITS_MIN || p->n > PHONE_DIGITS_MAX || looks_like_date(p))
        return false;
    bool book = p->n == 13 && p->digits[0] == '9' && p->digits[1] == '7' &&
                (p->digits[2] == '8' || p->digits[2] == '9');
    if (book)
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
    return !fold_is_alnum(before) && !strchr(".,$#-/+(", before);
}

void phone_hits(struct ctx *c, const struct fold *f, const struct own *own, struct hits *h)
{
    struct phone p;
    size_t ended = 0;
    for (size_t i = 0; i < f->n; i++) {
        if (!phone_may_start(f, i, ended) || !phone_read(f, i, &p))
            continue;
        bool closed = p.to == f->n || (!fold_is_letter(f->text[p.to]) && f->text[p.to] != '%');
        if (closed && is_phone(f, &p, own)) {
            hit_add(c, h, p.from, p.to, RULE_PHONE);
            ended = p.to;
            i = p.to - 1;
        } else {
            i = p.first_end > i ? p.first_end - 1 : i;
        }
    }
}
