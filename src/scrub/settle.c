/* scrub/settle.c: overlapping and touching hits become one: identity before recogniser before name
 * before lexicon; what wholly holds another keeps its own type. */
#include "base/str.h"
#include "scrub/scrub_inner.h"

uint32_t fold_origin(const struct fold *f, uint32_t at, bool end)
{
    /* Two letters may come from one. */
    if (end)
        while (at < f->n && at > 0 && f->from[at] == f->from[at - 1])
            at++;
    return f->from[at];
}

uint32_t fold_offset(const struct fold *f, size_t original, bool end)
{
    size_t low = 0, high = f->n;
    while (low < high) {
        const size_t mid = low + (high - low) / 2;
        if (f->from[mid] < original)
            low = mid + 1;
        else
            high = mid;
    }
    if (!end && low > 0 && f->from[low] > original)
        low--;
    return (uint32_t)low;
}

/* By their beginnings, the longer first. */
static uint64_t place_of(const struct hit *h)
{
    return (uint64_t)h->from << 32 | (UINT32_MAX - h->to);
}

static int by_place(const void *a, const void *b)
{
    const struct hit *x = a, *y = b;
    const uint64_t i = place_of(x), j = place_of(y);
    if (i != j)
        return i < j ? -1 : 1;
    return (int)y->strength - (int)x->strength;
}

/* Few hits, which each pass found in order, are put in order by hand; equal ones stay as they are.
 */
static void sort_hits(struct hit *v, size_t n)
{
    enum { FEW = 48 };
    if (n > FEW) {
        qsort(v, n, sizeof(*v), by_place);
        return;
    }
    for (size_t i = 1; i < n; i++) {
        size_t at = i;
        while (at > 0 && by_place(&v[at - 1], &v[i]) > 0)
            at--;
        if (at == i)
            continue;
        const struct hit one = v[i];
        memmove(v + at + 1, v + at, (i - at) * sizeof(*v));
        v[at] = one;
    }
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

/* Nothing but placeholders of an earlier pass. */
static bool holds_placeholders_only(const struct tokens *t, const struct hit *h)
{
    size_t k = token_past(t, h->from);
    const size_t first = k;
    for (; k < t->n && t->v[k].from < h->to; k++)
        if (t->v[k].kind != TK_PLACEHOLDER)
            return false;
    return k > first;
}

/* A placeholder is taken whole or not at all, and never alone. */
static size_t spare_placeholders(const struct tokens *t, struct hit *v, size_t n)
{
    size_t out = 0;
    for (size_t i = 0; i < n; i++) {
        struct hit h = v[i];
        if (holds_placeholders_only(t, &h))
            continue;
        const struct token *a = token_at(t, token_past(t, h.from));
        const struct token *b = token_at(t, token_past(t, h.to));
        if (a->kind == TK_PLACEHOLDER && a->from < h.from)
            h.from = a->from;
        if (b->kind == TK_PLACEHOLDER && b->from < h.to)
            h.to = b->to;
        v[out++] = h;
    }
    return out;
}

void hits_settle(struct pass *p)
{
    struct hits *h = &p->hits;
    size_t n = 0;
    if (p->t.placeholders)
        h->n = spare_placeholders(&p->t, h->v, h->n);
    sort_hits(h->v, h->n);
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

size_t hits_changing(const struct pass *p)
{
    size_t n = 0;
    for (size_t i = 0; i < p->hits.n; i++)
        n += !p->hits.v[i].keep;
    return n;
}

/* The folded offset of the first text from which byte `at` of its result comes; v holds the hits
 * that were rendered before it. */
static uint32_t unrendered(const struct fold *f, const struct hit *v, size_t n, size_t at, bool end)
{
    if (n == 0)
        return fold_offset(f, at, end);
    const struct hit *last = &v[n - 1];
    return fold_offset(f, last->src_to + (at > last->out_to ? at - last->out_to : 0), end);
}

/* What a later round found takes the place of what it overlaps. */
err hits_merge(struct pass *first, const struct pass *later)
{
    const struct fold *f = &first->f;
    const struct hits *old = &first->hits, *found = &later->hits;
    const size_t room = old->n + found->n + 1;
    struct hit *v = arena_try_dirty(first->c->mem, room, sizeof(*v), _Alignof(struct hit));
    struct hit *out = arena_try_dirty(first->c->mem, room, sizeof(*v), _Alignof(struct hit));
    size_t n = 0, n_out = 0, a = 0;
    if (!v || !out)
        return FAIL(first->c, TOO_LARGE, "no memory left for a scrubbed text");
    for (size_t i = 0; i < old->n; i++)
        if (old->v[i].keep)
            out[n_out++] = old->v[i];
        else
            v[n++] = old->v[i];
    for (size_t i = 0; i < found->n; i++) {
        struct hit one = found->v[i];
        if (one.keep)
            continue;
        const uint32_t from = fold_origin(&later->f, one.from, false);
        const uint32_t to = fold_origin(&later->f, one.to, true);
        for (; a < n && v[a].out_to <= from; a++)
            out[n_out++] = v[a];
        one.from = one.to = unrendered(f, v, a, from, false);
        for (; a < n && v[a].out_from < to; a++) {
            if (!v[a].neutral)
                one.neutral = NULL;
            absorb(&one, &v[a]);
        }
        const uint32_t end = unrendered(f, v, a, to, true);
        one.to = end > one.to ? end : one.to;
        if (one.from < one.to)
            out[n_out++] = one;
    }
    while (a < n)
        out[n_out++] = v[a++];
    first->hits = (struct hits){ .v = out, .n = n_out, .cap = room };
    hits_settle(first);
    return ERR_OK;
}
