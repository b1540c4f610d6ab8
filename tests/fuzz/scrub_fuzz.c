/* The scrubber. Four lines of identity, then the text: the result is valid UTF-8 of bounded length,
 * made of the kept pieces and placeholders in order, and scrubbing it again changes nothing. */
#include "base/buf.h"
#include "base/str.h"
#include "codec/utf8.h"
#include "scrub/scrub.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MEM_MAX = 128 << 20, INPUT_MAX = 16384 };

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
        must(s->placeholder && s->placeholder[0] == '[' && s->rule);
        buf_put(&b, text.p + at, s->from - at);
        buf_str(&b, str_of(s->placeholder));
        at = s->to;
    }
    buf_put(&b, text.p + at, text.n - at);
    must(buf_ok(&b));
    return buf_view(&b);
}

static void check(struct ctx *c, const struct scrub_identity *who, struct str text)
{
    struct scrub_result once = { 0 }, twice = { 0 };
    must(scrub_text(c, who, text, &once) == ERR_OK);
    must(utf8_valid(once.text) && (once.verdict == SCRUB_CLEAN) == (once.reason == NULL));
    must(once.text.n <= text.n + 16 * once.n_spans && once.n_spans <= text.n);
    must(str_eq(once.text, apply(c->mem, text, &once)));
    must(scrub_text(c, who, once.text, &twice) == ERR_OK);
    must(str_eq(once.text, twice.text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct arena *mem;
    struct ctx c;
    struct scrub_identity who;
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
