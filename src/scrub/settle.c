/* scrub/settle.c: overlapping and touching hits become one: identity before recogniser before name
 * before lexicon; what wholly holds another keeps its own type. */
#include "base/str.h"
#include "scrub/scrub_inner.h"

static int by_place(const void *a, const void *b)
{
    const struct hit *x = a, *y = b;
    if (x->from != y->from)
        return x->from < y->from ? -1 : 1;
    if (x->to != y->to)
        return x->to > y->to ? -1 : 1;
    return (int)y->strength - (int)x->strength;
}

/* Types whose span is one thing whatever names it holds. */
static bool is_whole(uint8_t type)
{
    return type == SCRUB_EMAIL || type == SCRUB_URL || type == SCRUB_HANDLE ||
           type == SCRUB_ADDRESS || type == SCRUB_SCHOOL || type == SCRUB_ORG ||
           type == SCRUB_CUSTOM;
}

static void absorb(struct hit *a, const struct hit *b)
{
    const bool inside = b->from >= a->from && b->to <= a->to;
    const bool around = a->from >= b->from && a->to <= b->to;
    const bool stronger = b->strength > a->strength && !(inside && is_whole(a->type));
    if (stronger || (around && !inside && is_whole(b->type))) {
        a->type = b->type;
        a->rule = b->rule;
        a->strength = b->strength;
    }
    a->confidence = b->confidence > a->confidence ? b->confidence : a->confidence;
    a->from = b->from < a->from ? b->from : a->from;
    a->to = b->to > a->to ? b->to : a->to;
}

/* Small marks between two pieces of one thing, or a lone blank between any two. */
static bool touching(const struct fold *f, const struct hit *a, const struct hit *b)
{
    enum { JOIN_GAP_MAX = 3 };
    const size_t gap = b->from - a->to;
    if (gap == 0)
        return true;
    if (gap > JOIN_GAP_MAX || a->neutral || b->neutral)
        return false;
    const bool same = a->type == b->type;
    const bool list = (a->type == SCRUB_ADDRESS && b->type == SCRUB_LOCATION) ||
                      (same && (a->type == SCRUB_ADDRESS || a->type == SCRUB_LOCATION));
    for (size_t i = a->to; i < b->from; i++) {
        const char ch = f->text[i];
        if (ch == ' ' || (same && (ch == '-' || ch == '\'')) ||
            (list && (ch == ',' || ch == '.' || ch == '\n')))
            continue;
        return false;
    }
    return true;
}

/* Hints and neutral words give way to whatever takes something out at the same place. */
static bool gives_way(const struct hit *h, const struct hit *to)
{
    if (h->keep != to->keep)
        return h->keep;
    if ((h->neutral != NULL) != (to->neutral != NULL))
        return h->neutral != NULL;
    return false;
}

static size_t drop_weak(struct hit *v, size_t n)
{
    size_t out = 0;
    for (size_t i = 0; i < n; i++) {
        bool gone = false;
        while (out && v[out - 1].to > v[i].from && gives_way(&v[out - 1], &v[i]))
            out--;
        if (out && v[out - 1].to > v[i].from)
            gone = gives_way(&v[i], &v[out - 1]) || v[i].keep || v[i].neutral;
        if (!gone)
            v[out++] = v[i];
    }
    return out;
}

void hits_settle(struct pass *p)
{
    struct hits *h = &p->hits;
    size_t n = 0;
    if (h->n > 1)
        qsort(h->v, h->n, sizeof(*h->v), by_place);
    h->n = drop_weak(h->v, h->n);
    for (size_t i = 0; i < h->n; i++) {
        const struct hit *one = &h->v[i];
        struct hit *last = n ? &h->v[n - 1] : NULL;
        const bool over = last && one->from < last->to;
        const bool joins = last && !one->keep && !last->keep && !one->neutral && !last->neutral &&
                           (over || touching(&p->f, last, one));
        if (joins || over)
            absorb(last, one);
        else
            h->v[n++] = *one;
    }
    h->n = n;
}
