/* The scrubber. Four lines of identity, then the text: the result is valid UTF-8 of bounded length,
 * made of the kept pieces and placeholders in order, and scrubbing it again changes nothing, unless
 * it was held for not coming to rest. */
#include "base/buf.h"
#include "base/str.h"
#include "codec/utf8.h"
#include "scrub/scrub.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MEM_MAX = 256 << 20, INPUT_MAX = 16384 };

static void must(bool holds)
{
    if (!holds)
        abort();
}

/* The result spelled out by the spans. */
static struct str apply(struct arena *mem, struct str text, const struct scrub_result *r)
{
    struct buf b;
    size_t at = 0;
    buf_init(&b, mem, 64 * (text.n + 16));
    for (size_t i = 0; i < r->n_spans; i++) {
        const struct scrub_span *s = &r->spans[i];
        must(s->from >= at && s->from < s->to && s->to <= text.n);
        must(s->placeholder && s->rule && s->field == 0 && s->type < SCRUB_TYPE_COUNT);
        if (s->action == SCRUB_KEEP) /* a hint: nothing was changed */
            continue;
        must(s->placeholder[0] == '[' || s->action == SCRUB_NEUTRALISE);
        buf_put(&b, text.p + at, s->from - at);
        buf_str(&b, str_of(s->placeholder));
        at = s->to;
    }
    buf_put(&b, text.p + at, text.n - at);
    must(buf_ok(&b));
    return buf_view(&b);
}

static struct str pass(struct ctx *c, const struct scrub_identity *who, struct str text,
                       bool *ret_settled)
{
    struct scrub_result r = { 0 };
    must(scrub_text(c, who, text, &r) == ERR_OK);
    must(utf8_valid(r.text[0]) && (r.verdict == SCRUB_CLEAN) == (r.reason == NULL));
    must(r.text[0].n <= text.n + 48 * r.n_changed && r.n_spans <= text.n);
    must(r.steps <= 512 * (text.n + 64));
    must(str_eqi(r.text[0], apply(c->mem, text, &r))); /* capitals follow the text */
    if (ret_settled)
        *ret_settled = !r.reason || strcmp(r.reason, "unsettled") != 0;
    return r.text[0];
}

static void check(struct ctx *c, const struct scrub_identity *who, struct str text)
{
    bool settled = true;
    const struct str once = pass(c, who, text, &settled);
    const struct str twice = pass(c, who, once, NULL);
    must(!settled || str_eq(once, twice));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct arena *mem;
    struct ctx c;
    struct scrub_identity who = { 0 };
    if (!mem)
        mem = arena_open(NULL, MEM_MAX);
    if (size == 0 || size > INPUT_MAX)
        return 0;
    struct str rest = { (const char *)data, size };
    if (!utf8_valid(rest))
        return 0; /* fields come out of a JSON reader that refuses such bytes */
    rest = str_cut(rest, '\n', &who.name);
    rest = str_cut(rest, '\n', &who.email);
    rest = str_cut(rest, '\n', &who.phone);
    rest = str_cut(rest, '\n', &who.address);
    ctx_init(&c, mem, NULL, 0);
    if (rest.p && rest.n)
        check(&c, &who, rest);
    arena_reset(mem);
    return 0;
}
