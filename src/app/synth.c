/* app/synth.c: puts invented applicants together from the tables, by three streams of numbers: one
 * for what is said, one for the figures in it, one for who says it. */
#include "app/synth.h"

#include "app/synth_data.h"
#include "base/buf.h"
#include "base/str.h"
#include "codec/utf8.h"
#include "scrub/fold.h"

enum {
    ESSAY_MIN = 660,
    ESSAY_ROOM = 1900,
    TEXT_MAX = 8192,
    TESTS_MAX = 3,
    NOTES_MAX = 7,
    TWIN_CYCLE = 20
};
enum tier { TIER_STRONG, TIER_BORDERLINE, TIER_AVERAGE, TIER_WEAK };

struct stream {
    uint64_t state;
};

/* splitmix64 (public domain, Sebastiano Vigna). */
static uint64_t stream_next(struct stream *s)
{
    uint64_t z = s->state += 0x9e3779b97f4a7c15ULL;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
    return z ^ z >> 31;
}

static struct stream stream_of(uint64_t seed, int64_t number, uint64_t purpose)
{
    struct stream s = { seed ^ purpose * 0xd1342543de82ef95ULL };
    s.state = stream_next(&s) ^ (uint64_t)number;
    s.state = stream_next(&s);
    return s;
}

/* 0 to n - 1; n is small, so the bias of the remainder is far below what could be seen. */
static size_t pick(struct stream *s, size_t n)
{
    return (size_t)(stream_next(s) % n);
}

static int64_t between(struct stream *s, int64_t low, int64_t high)
{
    return low + (int64_t)pick(s, (size_t)(high - low + 1));
}

static const char *pick_of(struct stream *s, const struct synth_list *l)
{
    return l->v[pick(s, l->n)];
}

struct person {
    struct str name, first, slug, email, phone, address;
};
struct maker {
    struct ctx *c;
    struct stream words, figures, who;
    struct person person;
    enum tier tier;
};

/* ---- who ---- */

/* "Zoë Østergaard" -> "zoe.ostergaard" */
static void put_latin(struct buf *b, struct str name)
{
    for (size_t at = 0; at < name.n;) {
        char pair[2];
        size_t n = fold_letters(utf8_next(name, &at), pair);
        for (size_t i = 0; i < n; i++)
            buf_c(b, pair[i] >= 'A' && pair[i] <= 'Z' ? (char)(pair[i] + ('a' - 'A')) : pair[i]);
        bool joint = n == 0 && b->n > 0 && b->p[b->n - 1] != '.' && at < name.n;
        if (joint && (name.p[at - 1] == ' ' || name.p[at - 1] == '-'))
            buf_c(b, '.');
    }
}

static struct str name_of(struct maker *m, const struct synth_region *r, struct str *ret_first)
{
    struct arena *mem = m->c->mem;
    const char *given = pick_of(&m->who, &r->given), *family = pick_of(&m->who, &r->family);
    *ret_first = str_of(given);
    if (r->order == ORDER_FAMILY_FIRST)
        return str_fmt(mem, "%s %s", family, given);
    if (r->order == ORDER_TWO_FAMILIES)
        return str_fmt(mem, "%s %s %s", given, family, pick_of(&m->who, &r->family));
    switch (pick(&m->who, 8)) {
    case 0:
        return str_fmt(mem, "%s %s %s", given, pick_of(&m->who, &r->given), family);
    case 1:
        return str_fmt(mem, "%s %s-%s", given, family, pick_of(&m->who, &r->family));
    default:
        return str_fmt(mem, "%s %s", given, family);
    }
}

static void make_name(struct maker *m, const struct synth_region *r)
{
    struct person *p = &m->person;
    struct buf slug;
    buf_init(&slug, m->c->mem, 256);
    size_t kind = pick(&m->who, 20);
    if (kind < 2) {
        const struct synth_native *n = &synth_natives[pick(&m->who, synth_native_count)];
        p->name = str_of(n->name);
        p->first = str_of(n->first);
        buf_str(&slug, str_of(n->latin));
    } else if (kind == 2) {
        p->name = p->first = str_of(pick_of(&m->who, &synth_single_names));
        put_latin(&slug, p->name);
    } else {
        p->name = name_of(m, r, &p->first);
        put_latin(&slug, p->name);
    }
    p->slug = buf_view(&slug);
}

static void make_contacts(struct maker *m, const struct synth_region *r, int64_t number)
{
    static const char *const domains[] = { "example.org", "example.com", "example.net",
                                           "mail.example.org" };
    struct person *p = &m->person;
    struct arena *mem = m->c->mem;
    p->email = str_fmt(mem, "%.*s.%lld@%s", STR_ARG(p->slug), (long long)number,
                       domains[pick(&m->who, 4)]);
    int a = (int)between(&m->who, 200, 999), b = (int)between(&m->who, 100, 199);
    if (str_eq(str_of(r->dial), S("1")))
        p->phone = str_fmt(mem, "+1 %d-555-0%d", a, b);
    else
        p->phone = str_fmt(mem, "+%s %d 555 0%d", r->dial, a, b);
    p->address = str_fmt(mem, "%d %s, %s", (int)between(&m->who, 2, 240),
                         pick_of(&m->who, &synth_streets), pick_of(&m->who, &r->towns));
}

/* ---- what is said ---- */

static void put_own(struct maker *m, struct buf *b, struct str word)
{
    const struct person *p = &m->person;
    if (str_eq(word, S("NAME")))
        buf_str(b, p->name);
    else if (str_eq(word, S("FIRST")))
        buf_str(b, p->first);
    else if (str_eq(word, S("EMAIL")))
        buf_str(b, p->email);
    else if (str_eq(word, S("PHONE")))
        buf_str(b, p->phone);
    else if (str_eq(word, S("SLUG")))
        buf_str(b, p->slug);
    else
        buf_str(b, word);
}

static void put_choice(struct maker *m, struct buf *b, struct str choices)
{
    size_t n = 1;
    for (size_t i = 0; i < choices.n; i++)
        n += choices.p[i] == '|';
    size_t take = pick(&m->words, n);
    struct str rest = choices, one = choices;
    for (size_t i = 0; i <= take; i++)
        rest = str_cut(rest, '|', &one);
    buf_str(b, one);
}

/* "12-48" */
static bool put_figure(struct maker *m, struct buf *b, struct str range)
{
    struct str low_text, high_text = str_cut(range, '-', &low_text);
    int64_t low, high;
    if (!high_text.p || !str_i64(low_text, &low) || !str_i64(high_text, &high) || high < low)
        return false;
    buf_i64(b, between(&m->figures, low, high));
    return true;
}

static void put_template(struct maker *m, struct buf *b, const char *template)
{
    struct str rest = str_of(template), plain, inside;
    while (rest.p) {
        rest = str_cut(rest, '{', &plain);
        buf_str(b, plain);
        if (!rest.p)
            return;
        rest = str_cut(rest, '}', &inside);
        if (put_figure(m, b, inside))
            continue;
        if (memchr(inside.p, '|', inside.n))
            put_choice(m, b, inside);
        else
            put_own(m, b, inside);
    }
}

static void put_paragraph(struct maker *m, struct buf *b, const char *template)
{
    if (b->n)
        buf_lit(b, "\n\n");
    put_template(m, b, template);
}

static void put_sentence(struct maker *m, struct buf *b, const struct synth_list *from)
{
    buf_c(b, ' ');
    put_template(m, b, pick_of(&m->words, from));
}

static void put_thin(struct maker *m, struct buf *b, size_t n)
{
    size_t first = pick(&m->words, synth_thin.n);
    /* A step without a common divisor never repeats a paragraph. */
    for (size_t i = 0; i < n || b->n < ESSAY_MIN; i++)
        put_paragraph(m, b, synth_thin.v[(first + i * 5) % synth_thin.n]);
}

static void put_topic(struct maker *m, struct buf *b)
{
    size_t at = pick(&m->words, synth_topic_count);
    const struct synth_topic *t = &synth_topics[at];
    bool greeting = pick(&m->words, 5) == 0, aside = pick(&m->words, 5) == 0;
    if (greeting)
        put_template(m, b, pick_of(&m->words, &synth_greetings));
    put_paragraph(m, b, t->scene);
    bool thin = m->tier == TIER_AVERAGE && pick(&m->words, 2) == 0;
    put_paragraph(m, b, thin ? t->result : t->work);
    if (aside)
        put_sentence(m, b, &synth_asides);
    if (m->tier != TIER_AVERAGE)
        put_paragraph(m, b, t->result);
    if (m->tier == TIER_STRONG && b->n < ESSAY_ROOM - 400) {
        const struct synth_topic *other = &synth_topics[(at + 7) % synth_topic_count];
        put_paragraph(m, b, "The same habit carried over to something quite different.");
        buf_c(b, ' ');
        put_template(m, b, other->scene);
    }
}

static struct str make_essay(struct maker *m)
{
    struct buf b;
    buf_init(&b, m->c->mem, TEXT_MAX);
    if (m->tier == TIER_WEAK) {
        put_thin(m, &b, 2);
        put_paragraph(m, &b, pick_of(&m->words, &synth_thin_closings));
    } else {
        put_topic(m, &b);
        if (m->tier == TIER_AVERAGE)
            put_thin(m, &b, 1);
        if (m->tier == TIER_BORDERLINE && pick(&m->words, 2) == 0)
            put_paragraph(m, &b, pick_of(&m->words, &synth_thin_closings));
        else
            put_paragraph(m, &b, pick_of(&m->words, &synth_closings));
    }
    if (pick(&m->words, 6) == 0)
        put_sentence(m, &b, &synth_contacts);
    return buf_view(&b);
}

/* `n` lines of a list from a random place on, in steps that do not repeat. */
static void put_notes(struct maker *m, struct buf *b, const struct synth_list *from, size_t n)
{
    size_t first = pick(&m->words, from->n), step = from->n % 3 == 0 ? 5 : 3;
    for (size_t i = 0; i < n; i++) {
        if (b->n)
            buf_c(b, '\n');
        put_template(m, b, from->v[(first + i * step) % from->n]);
    }
}

static struct str make_achievements(struct maker *m)
{
    struct buf b;
    buf_init(&b, m->c->mem, TEXT_MAX);
    static const struct {
        int64_t full_low, full_high, thin_low, thin_high;
    } lines[] = { [TIER_STRONG] = { 5, NOTES_MAX, 0, 0 },
                  [TIER_BORDERLINE] = { 3, 4, 0, 1 },
                  [TIER_AVERAGE] = { 1, 3, 1, 2 },
                  [TIER_WEAK] = { 0, 1, 2, 4 } };
    size_t full = (size_t)between(&m->words, lines[m->tier].full_low, lines[m->tier].full_high);
    size_t thin = (size_t)between(&m->words, lines[m->tier].thin_low, lines[m->tier].thin_high);
    put_notes(m, &b, &synth_notes, full);
    put_notes(m, &b, &synth_thin_notes, thin);
    return buf_view(&b);
}

/* ---- grades ---- */

static int64_t make_gpa(struct maker *m)
{
    static const int64_t low[] = { 360, 330, 280, 200 }, high[] = { 400, 370, 350, 300 };
    return between(&m->words, low[m->tier], high[m->tier]);
}

/* A score at so many percent of the test's range, on the test's own steps. */
static int64_t test_score(struct maker *m, int64_t low, int64_t high, int64_t step)
{
    static const int64_t least[] = { 80, 68, 50, 22 }, most[] = { 99, 84, 76, 56 };
    int64_t percent = between(&m->words, least[m->tier], most[m->tier]);
    return low + (high - low) * percent / 100 / step * step;
}

static struct list make_tests(struct maker *m)
{
    static const struct {
        const char *name;
        int64_t low, high, step;
    } tests[] = {
        { "SAT", 40000, 160000, 1000 }, { "ACT", 100, 3600, 100 }, { "IB", 0, 4500, 100 },
        { "TOEFL", 0, 12000, 100 },     { "IELTS", 0, 900, 50 },   { "AP", 100, 500, 100 }
    };
    size_t count = sizeof(tests) / sizeof(tests[0]);
    size_t n = 1 + pick(&m->words, TESTS_MAX), at = pick(&m->words, count);
    struct e2_pair *v = arena_array(m->c->mem, struct e2_pair, n);
    for (size_t i = 0; i < n; i++) {
        size_t k = (at + i) % count;
        v[i].name = str_of(tests[k].name);
        v[i].e2 = test_score(m, tests[k].low, tests[k].high, tests[k].step);
    }
    return (struct list){ v, n };
}

static enum tier make_tier(struct stream *s)
{
    size_t percent = pick(s, 100);
    if (percent < 22)
        return TIER_STRONG;
    if (percent < 45)
        return TIER_BORDERLINE;
    return percent < 83 ? TIER_AVERAGE : TIER_WEAK;
}

/* Whose words these are: twins (and once a triplet) share the words of an earlier number. */
static int64_t words_of(int64_t number)
{
    switch (number % TWIN_CYCLE) {
    case 7:
    case 13:
        return number - 1;
    case 14:
        return number - 2;
    default:
        return number;
    }
}

void synth_applicant(struct ctx *c, uint64_t seed, int64_t number, struct synth_applicant *ret)
{
    struct maker m = { .c = c,
                       .words = stream_of(seed, words_of(number), 1),
                       .figures = stream_of(seed, number, 2),
                       .who = stream_of(seed, number, 3) };
    const struct synth_region *r = &synth_regions[pick(&m.who, synth_region_count)];
    make_name(&m, r);
    make_contacts(&m, r, number);
    m.tier = make_tier(&m.words);
    struct application_new *a = &ret->application;
    *a = (struct application_new){ .name = m.person.name, .email = m.person.email };
    a->gpa = make_gpa(&m);
    a->test_scores = make_tests(&m);
    a->essay = make_essay(&m);
    a->achievements = make_achievements(&m);
    if (pick(&m.who, 5) > 0)
        a->phone = m.person.phone;
    if (pick(&m.who, 4) > 0)
        a->address = m.person.address;
    ret->display_name = m.person.name;
    ret->email = m.person.email;
}
