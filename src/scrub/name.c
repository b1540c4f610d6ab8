/* scrub/name.c: the applicant's own name in any usual form: whole, turned round, parts, initials
 * with a surname, joined, spelled in capitals. A span always takes the whole run of name words. */
#include "base/str.h"
#include "scrub/scrub_inner.h"

enum {
    PART_MIN = 3,
    GAP_MAX = 3,
    JOINED_MIN = 6,
    OTHER_MIN_BYTES = 6,
    DENSE_LEAD = 0xe2,
    DENSE_BYTES = 3
};

enum mark { MARK_NONE, MARK_WEAK, MARK_PARTICLE, MARK_INITIAL, MARK_STRONG };
struct word {
    uint32_t from, to;
    uint8_t mark;
    bool capital, rest_small, sentence_start;
};
struct words {
    struct word *v;
    size_t n;
    const struct fold *f;
    const struct own *own;
};

size_t placeholder_at(const struct fold *f, size_t i)
{
    static const char *const known[] = { "[name]", "[email]", "[phone]", "[url]", "[address]" };
    for (size_t k = 0; k < sizeof(known) / sizeof(known[0]); k++) {
        size_t n = strlen(known[k]);
        if (f->n - i >= n && memcmp(f->text + i, known[k], n) == 0 && f->upper[i + 1])
            return i + n;
    }
    return i;
}

static struct str text_of(const struct words *w, const struct word *t)
{
    return (struct str){ w->f->text + t->from, t->to - t->from };
}

static void cut_word(struct words *w, size_t from, size_t to, bool start)
{
    const struct fold *f = w->f;
    struct word t = { .from = (uint32_t)from,
                      .to = (uint32_t)to,
                      .capital = f->upper[from],
                      .rest_small = true,
                      .sentence_start = start };
    for (size_t i = from + 1; i < to; i++)
        t.rest_small &= !f->upper[i];
    w->v[w->n++] = t;
}

static err cut_words(struct ctx *c, struct words *w)
{
    const struct fold *f = w->f;
    w->v = arena_try(c->mem, f->n / 2 + 1, sizeof(struct word), _Alignof(struct word));
    if (!w->v)
        return FAIL(c, TOO_LARGE, "no memory left for a text to scrub");
    bool start = true;
    for (size_t i = 0; i < f->n;) {
        size_t from = i, past = placeholder_end(f, i);
        if (past > i) {
            i = past;
            start = false;
            continue;
        }
        while (i < f->n && fold_is_letter(f->text[i]))
            i++;
        if (i > from) {
            cut_word(w, from, i, start);
            start = false;
            continue;
        }
        char ch = f->text[i++];
        if (ch == '.' || ch == '!' || ch == '?' || ch == '\n' || ch == ':' || ch == ';')
            start = true;
        else if (fold_is_digit(ch))
            start = false;
    }
    return ERR_OK;
}

/* Between two words of one name: a blank, a hyphen, an apostrophe, the dot of an initial. */
static bool joined(const struct words *w, size_t a)
{
    const struct word *x = &w->v[a], *y = &w->v[a + 1];
    size_t gap = y->from - x->to;
    if (gap == 0 || gap > GAP_MAX)
        return false;
    for (size_t i = x->to; i < y->from; i++) {
        char ch = w->f->text[i];
        bool dot = ch == '.' && x->to - x->from == 1;
        if (ch != ' ' && ch != '-' && ch != '\'' && ch != ',' && !dot)
            return false;
    }
    return true;
}

static bool listed(struct str s, const char *const *list, size_t n)
{
    for (size_t k = 0; k < n; k++)
        if (str_eq(s, str_of(list[k])))
            return true;
    return false;
}
#define LISTED(s, list) listed((s), (list), sizeof(list) / sizeof((list)[0]))

/* "in May", "last Friday": times are written with a capital too. */
static bool is_time(const struct words *w, size_t i)
{
    static const char *const times[] = { "may",    "june",   "april",    "august",  "monday",
                                         "sunday", "friday", "saturday", "tuesday", "easter" };
    static const char *const before[] = { "in",    "last", "this",   "next", "early", "late",
                                          "since", "by",   "until",  "of",   "every", "from",
                                          "on",    "each", "during", "mid" };
    return i > 0 && LISTED(text_of(w, &w->v[i]), times) && LISTED(text_of(w, &w->v[i - 1]), before);
}

/* A name that is also a word counts where the word would not be written so. */
static bool word_as_name(const struct words *w, size_t i)
{
    const struct word *t = &w->v[i];
    char after = w->f->text[t->to];
    bool owner = after == '\'' && w->f->text[t->to + 1] == 's';
    if (!t->capital || !t->rest_small)
        return false;
    if (t->sentence_start)
        return owner || after == ',' || after == '!' || after == '"';
    return !is_time(w, i);
}

static enum mark mark_part(const struct words *w, size_t i, const struct name_part *part)
{
    const struct word *t = &w->v[i];
    if (part->particle)
        return MARK_PARTICLE;
    if (part->text.n == 1)
        return t->capital && w->f->text[t->to] == '.' ? MARK_INITIAL : MARK_NONE;
    if (part->ordinary)
        return word_as_name(w, i) ? MARK_STRONG : t->capital ? MARK_WEAK : MARK_NONE;
    if (part->text.n >= PART_MIN)
        return MARK_STRONG;
    if (!t->capital)
        return MARK_NONE;
    return t->rest_small && !t->sentence_start ? MARK_STRONG : MARK_WEAK;
}

static bool is_initial(const struct words *w, const struct word *t)
{
    if (t->to - t->from != 1 || !t->capital)
        return false;
    char ch = w->f->text[t->from];
    bool dotted = w->f->text[t->to] == '.';
    for (size_t k = 0; k < w->own->n_parts; k++)
        if (w->own->parts[k].text.p[0] == ch)
            return dotted || (ch != 'i' && ch != 'a');
    return false;
}

/* "mariarossi", "RossiMaria7": two parts in one word. Short parts begin many words, so they must
 * make up all of it. */
static bool is_joined_name(const struct words *w, struct str text)
{
    const struct own *own = w->own;
    if (text.n < JOINED_MIN)
        return false;
    for (size_t a = 0; a < own->n_parts; a++) {
        struct str first = own->parts[a].text;
        if (first.n < 2 || !str_starts(text, first))
            continue;
        struct str rest = str_sub(text, first.n, text.n);
        for (size_t b = 0; b < own->n_parts; b++) {
            struct str second = own->parts[b].text;
            bool longer = first.n >= PART_MIN && second.n > PART_MIN && str_starts(rest, second);
            if (b != a && second.n >= 2 && (longer || str_eq(rest, second)))
                return true;
        }
    }
    return false;
}

static void mark_words(struct words *w)
{
    for (size_t i = 0; i < w->n; i++) {
        struct word *t = &w->v[i];
        struct str text = text_of(w, t);
        for (size_t k = 0; k < w->own->n_parts; k++) {
            const struct name_part *part = &w->own->parts[k];
            enum mark m = str_eq(text, part->text) ? mark_part(w, i, part) : MARK_NONE;
            if (m > t->mark)
                t->mark = (uint8_t)m;
        }
        if (t->mark == MARK_NONE && is_initial(w, t))
            t->mark = MARK_INITIAL;
        if (t->mark == MARK_NONE && is_joined_name(w, text))
            t->mark = MARK_STRONG;
    }
}

/* The parts from..from+n of the name in this order at word i; all of them count then, even those
 * that are words, unless every one is an English word written small. */
static void mark_sequence(struct words *w, size_t i, const uint8_t *order, size_t n)
{
    bool strange = false, capitals = true;
    if (n < 2 || i + n > w->n)
        return;
    for (size_t k = 0; k < n; k++) {
        const struct name_part *part = &w->own->parts[order[k]];
        if (!str_eq(text_of(w, &w->v[i + k]), part->text) || (k + 1 < n && !joined(w, i + k)))
            return;
        strange |= !part->ordinary && !part->particle && part->text.n > 1;
        capitals &= w->v[i + k].capital || part->particle;
    }
    for (size_t k = 0; (strange || capitals) && k < n; k++)
        w->v[i + k].mark = MARK_STRONG;
}

static void mark_sequences(struct words *w)
{
    uint8_t whole[NAME_PARTS_MAX], turned[NAME_PARTS_MAX];
    size_t n = w->own->n_parts;
    if (n < 2)
        return;
    for (size_t k = 0; k < n; k++) {
        whole[k] = (uint8_t)k;
        turned[k] = (uint8_t)(k == 0 ? n - 1 : k - 1); /* the surname first */
    }
    const uint8_t outer[] = { 0, (uint8_t)(n - 1) }, outer_turned[] = { (uint8_t)(n - 1), 0 };
    for (size_t i = 0; i + 1 < w->n; i++) {
        mark_sequence(w, i, whole, n);
        mark_sequence(w, i, turned, n);
        mark_sequence(w, i, outer, 2);
        mark_sequence(w, i, outer_turned, 2);
    }
}

/* Handles and file names: @maria_rossi99 goes as a whole. */
static size_t handle_start(const struct fold *f, size_t i)
{
    while (i > 0 &&
           (f->text[i - 1] == '_' || f->text[i - 1] == '@' || fold_is_digit(f->text[i - 1])))
        i--;
    return i;
}

static size_t handle_end(const struct fold *f, size_t i)
{
    if (i >= f->n || (f->text[i] != '_' && !fold_is_digit(f->text[i])))
        return i;
    while (i < f->n && (f->text[i] == '_' || fold_is_alnum(f->text[i])))
        i++;
    return i;
}

/* Runs grow over weak words and particles, and end in a real one or a dotted initial. */
static size_t take_run(struct ctx *c, const struct words *w, size_t i, struct hits *h)
{
    size_t first = i, last = i, strong = 0;
    while (last + 1 < w->n && w->v[last + 1].mark != MARK_NONE && joined(w, last))
        last++;
    size_t next = last + 1;
    for (size_t k = first; k <= last; k++)
        strong += w->v[k].mark == MARK_STRONG;
    if (strong == 0)
        return next;
    while (w->v[first].mark == MARK_PARTICLE)
        first++;
    while (w->v[last].mark == MARK_PARTICLE ||
           (w->v[last].mark == MARK_INITIAL && w->f->text[w->v[last].to] != '.'))
        last--;
    size_t to = w->v[last].to;
    bool dotted = w->v[last].mark == MARK_INITIAL;
    hit_add(c, h, handle_start(w->f, w->v[first].from), handle_end(w->f, to + (dotted ? 1 : 0)),
            RULE_NAME);
    return next;
}

static void script_hits(struct ctx *c, const struct fold *f, struct str part, struct hits *h)
{
    const char *at = f->text, *end = f->text + f->n;
    while ((at = memmem(at, (size_t)(end - at), part.p, part.n))) {
        size_t from = (size_t)(at - f->text), to = from + part.n;
        bool apart = (unsigned char)part.p[0] <= DENSE_LEAD;
        while (apart && to < f->n && (f->text[to] & 0x80))
            to++;
        hit_add(c, h, from, to, RULE_NAME);
        at = f->text + to;
    }
}

/* Names in other scripts are found as they are written. Where words are set apart, the ending of
 * the word goes with them; where they are not, the given name alone is the rest after the first
 * character. */
static void other_script_hits(struct ctx *c, const struct fold *f, const struct own *own,
                              struct hits *h)
{
    for (size_t k = 0; k < own->n_parts; k++) {
        struct str part = own->parts[k].text;
        if (!own->parts[k].other_script || part.n < OTHER_MIN_BYTES)
            continue;
        script_hits(c, f, part, h);
        bool dense = (unsigned char)part.p[0] > DENSE_LEAD;
        if (dense && part.n >= OTHER_MIN_BYTES + DENSE_BYTES)
            script_hits(c, f, str_sub(part, DENSE_BYTES, part.n), h);
    }
}

err name_hits(struct ctx *c, const struct fold *f, const struct own *own, struct hits *h)
{
    struct words w = { .f = f, .own = own };
    if (own->n_parts == 0)
        return ERR_OK;
    TRY(cut_words(c, &w));
    mark_words(&w);
    mark_sequences(&w);
    for (size_t i = 0; i < w.n;)
        i = w.v[i].mark == MARK_NONE ? i + 1 : take_run(c, &w, i, h);
    other_script_hits(c, f, own, h);
    return ERR_OK;
}
