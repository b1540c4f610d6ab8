/* scrub/scrub.c: finds what identifies the applicant, settles overlaps, writes placeholders, and
 * has the result looked at again. */
#include "scrub/scrub.h"

#include "base/buf.h"
#include "base/str.h"
#include "scrub/scrub_inner.h"

enum { HITS_FIRST = 32, HITS_MAX = 1 << 16, JOIN_GAP_MAX = 3 };

static const struct {
    const char *rule, *placeholder;
} rules[RULE_COUNT] = {
    [RULE_EMAIL] = { "email", "[EMAIL]" },  [RULE_URL] = { "url", "[URL]" },
    [RULE_PHONE] = { "phone", "[PHONE]" },  [RULE_ADDRESS] = { "own_address", "[ADDRESS]" },
    [RULE_NAME] = { "own_name", "[NAME]" },
};

void hit_add(struct ctx *c, struct hits *h, size_t from, size_t to, enum scrub_rule rule)
{
    if (h->over)
        return;
    if (h->n == h->cap) {
        size_t cap = h->cap ? h->cap * 2 : HITS_FIRST;
        struct hit *v =
            cap > HITS_MAX ? NULL : arena_try(c->mem, cap, sizeof(*v), _Alignof(struct hit));
        if (!v) {
            h->over = true;
            return;
        }
        if (h->n)
            memcpy(v, h->v, h->n * sizeof(*v));
        h->v = v;
        h->cap = cap;
    }
    h->v[h->n++] = (struct hit){ (uint32_t)from, (uint32_t)to, rule };
}

static int by_place(const void *a, const void *b)
{
    const struct hit *x = a, *y = b;
    if (x->from != y->from)
        return x->from < y->from ? -1 : 1;
    return x->to != y->to ? (x->to > y->to ? -1 : 1) : (int)x->rule - (int)y->rule;
}

/* One name or address written with small marks between its pieces. */
static bool touching(const struct fold *f, const struct hit *a, const struct hit *b)
{
    if (a->rule != b->rule || (a->rule != RULE_NAME && a->rule != RULE_ADDRESS))
        return false;
    if (b->from - a->to > JOIN_GAP_MAX)
        return false;
    for (size_t i = a->to; i < b->from; i++)
        if (!strchr(a->rule == RULE_NAME ? " -'" : " ,.-\n", f->text[i]))
            return false;
    return true;
}

/* Overlapping hits become one under the stronger rule; what was a placeholder before stays. */
static void settle(const struct fold *f, struct hits *h)
{
    size_t n = 0;
    if (h->n > 1)
        qsort(h->v, h->n, sizeof(*h->v), by_place);
    for (size_t i = 0; i < h->n; i++) {
        struct hit *one = &h->v[i], *last = n ? &h->v[n - 1] : NULL;
        if (last && (one->from < last->to || touching(f, last, one))) {
            last->to = one->to > last->to ? one->to : last->to;
            last->rule = one->rule < last->rule ? one->rule : last->rule;
            continue;
        }
        h->v[n++] = *one;
    }
    h->n = n;
}

static err render(struct ctx *c, struct str text, const struct fold *f, const struct hits *h,
                  struct scrub_result *ret)
{
    struct buf b;
    size_t at = 0;
    buf_init(&b, c->mem, text.n + h->n * 10 + 1);
    struct scrub_span *spans = arena_array(c->mem, struct scrub_span, h->n + 1);
    for (size_t i = 0; i < h->n; i++) {
        const struct hit *one = &h->v[i];
        struct scrub_span *s = &spans[i];
        *s = (struct scrub_span){ f->from[one->from], f->from[one->to], rules[one->rule].rule,
                                  rules[one->rule].placeholder };
        buf_str(&b, str_sub(text, at, s->from - at));
        buf_str(&b, str_of(s->placeholder));
        at = s->to;
    }
    buf_str(&b, str_sub(text, at, text.n - at));
    if (!buf_ok(&b))
        return FAIL(c, TOO_LARGE, "no memory left for a scrubbed text");
    ret->text = b.n ? buf_view(&b) : S("");
    ret->spans = spans;
    ret->n_spans = h->n;
    return ERR_OK;
}

err scrub_text(struct ctx *c, const struct scrub_identity *who, struct str text,
               struct scrub_result *ret)
{
    struct fold f;
    struct own own;
    struct hits h = { .n = 0 };
    struct scrub_result out = { .verdict = SCRUB_CLEAN };
    TRY(own_make(c, who, &own));
    TRY(fold_text(c, text, &f));
    email_hits(c, &f, &own, &h);
    url_hits(c, &f, &h);
    phone_hits(c, &f, &own, &h);
    address_hits(c, &f, &own, &h);
    TRY(name_hits(c, &f, &own, &h));
    if (h.over)
        return FAIL(c, TOO_LARGE, "a text holds too many identifiers");
    settle(&f, &h);
    TRY(render(c, text, &f, &h, &out));
    TRY(scrub_verify(c, &own, out.text, &out.reason));
    out.verdict = out.reason ? SCRUB_HELD : SCRUB_CLEAN;
    *ret = out;
    return ERR_OK;
}
