/* The span map and the renderer with hits that no pass would find: any bytes, overlapping, of any
 * type. A number of hits of four bytes each, then the text, of which a second round of hits is made
 * too. Spans come out in order, on whole characters, and spell the result; the way back from the
 * result never leaves the text. */
#include "base/buf.h"
#include "base/str.h"
#include "codec/utf8.h"
#include "scrub/scrub_inner.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MEM_MAX = 128 << 20, INPUT_MAX = 8192, HIT_BYTES = 4, HITS_MAX = 64 };

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void open_pass(struct ctx *c, struct own *own, struct str text, struct pass *ret)
{
    *ret = (struct pass){ .c = c, .policy = &scrub_policy_preset, .own = own, .text = text };
    must(fold_text(c, text, &ret->f) == ERR_OK);
    must(words_cut(c, &ret->f, &lexicon_builtin, NULL, &ret->t) == ERR_OK);
}

/* Place and length in the folded text, type and strength, what stands for it. */
static void add_hits(struct pass *p, const uint8_t *data, size_t n)
{
    static const char *const neutrals[] = { NULL, "", "they", "students" };
    for (size_t i = 0; i < n && p->f.n; i++) {
        const uint8_t *d = data + i * HIT_BYTES;
        const size_t from = (size_t)(d[0] | (d[3] & 0xf) << 8) % p->f.n, to = from + 1 + d[1] % 24;
        const struct hit hit = { .type = (uint8_t)(d[2] % SCRUB_TYPE_COUNT),
                                 .strength = (uint8_t)(d[2] >> 6),
                                 .confidence = 100,
                                 .rule = "fuzz",
                                 .neutral = neutrals[d[3] >> 6] };
        hit_range(p, from, to < p->f.n ? to : p->f.n, hit);
    }
    must(!p->hits.over);
    hits_settle(p);
}

static void check_hits(const struct pass *p)
{
    uint32_t at = 0, out = 0;
    for (size_t i = 0; i < p->hits.n; i++) {
        const struct hit *h = &p->hits.v[i];
        must(h->from < h->to && h->to <= p->f.n);
        if (h->keep)
            continue;
        must(h->from >= at && h->out_from >= out && h->out_to >= h->out_from);
        at = h->to;
        out = h->out_to;
    }
}

static bool on_character(struct str text, size_t at)
{
    return at == text.n || ((unsigned char)text.p[at] & 0xc0) != 0x80;
}

static void check_result(struct ctx *c, const struct pass *p, const struct scrub_result *r)
{
    struct buf b;
    size_t at = 0;
    buf_init(&b, c->mem, 64 * (p->text.n + 16));
    for (size_t i = 0; i < r->n_spans; i++) {
        const struct scrub_span *s = &r->spans[i];
        must(s->from < s->to && s->to <= p->text.n);
        must(on_character(p->text, s->from) && on_character(p->text, s->to));
        if (s->action == SCRUB_KEEP)
            continue;
        must(s->from >= at);
        buf_put(&b, p->text.p + at, s->from - at);
        buf_str(&b, str_of(s->placeholder));
        at = s->to;
    }
    buf_put(&b, p->text.p + at, p->text.n - at);
    must(buf_ok(&b) && str_eqi(buf_view(&b), r->text[0]) && utf8_valid(r->text[0]));
    must(r->text[0].n <= p->text.n + 64 * r->n_changed);
}

static void check(struct ctx *c, const uint8_t *hits, size_t n, struct str text)
{
    struct own *own = arena_new(c->mem, struct own);
    struct pass first, later;
    struct scrub_result r = { 0 };
    open_pass(c, own, text, &first);
    add_hits(&first, hits, n / 2);
    must(render(c, &first, 1, &r) == ERR_OK);
    check_hits(&first);
    check_result(c, &first, &r);
    open_pass(c, own, r.text[0], &later);
    add_hits(&later, hits + n / 2 * HIT_BYTES, n - n / 2);
    must(hits_merge(&first, &later) == ERR_OK);
    must(render(c, &first, 1, &r) == ERR_OK);
    check_hits(&first);
    check_result(c, &first, &r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct arena *mem;
    struct ctx c;
    if (!mem)
        mem = arena_open(NULL, MEM_MAX);
    if (size < 1 || size > INPUT_MAX)
        return 0;
    const size_t n = data[0] % HITS_MAX, used = 1 + n * HIT_BYTES;
    if (used > size)
        return 0;
    const struct str text = { (const char *)data + used, size - used };
    if (!utf8_valid(text))
        return 0;
    ctx_init(&c, mem, NULL, 0);
    check(&c, data + 1, n, text);
    arena_reset(mem);
    return 0;
}
