/* Open questions of a cycle: read in ranges of the random order, walked outside transactions. */
#include "service/model_batch_select.h"

#include "base/str.h"
#include "repo/checkpoint_repo.h"

/* A page has at most PAGE_ROWS; who meets more looks at half of its range. */
enum { PAGE_ROWS = 2000, SPARSE = 4, PAGE_MEM_MAX = 512 << 20 };

struct page {
    struct order_range range;
    struct list sources, kept;
    bool full; /* more rows than a page: narrow the range */
};

static err page_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct page *p = arg;
    TRY(eval_sources(c, tx, &p->range, PAGE_ROWS, &p->sources));
    p->full = p->sources.n == PAGE_ROWS && p->range.last > p->range.from;
    if (p->sources.n == 0 || p->full)
        return ERR_OK;
    return checkpoint_list(c, tx, &p->range, PAGE_ROWS, &p->kept);
}

static struct str kept_of(const struct page *p, struct str id)
{
    const struct checkpoint_row *v = p->kept.v;
    size_t from = 0, to = p->kept.n;
    while (from < to) {
        const size_t mid = from + (to - from) / 2;
        const int order = str_cmp(v[mid].anonymized_id, id);
        if (order == 0)
            return v[mid].state;
        if (order < 0)
            from = mid + 1;
        else
            to = mid;
    }
    return (struct str){ 0 };
}

static err walk_page(struct ctx *c, const struct batch_asker *k, struct page *p, int32_t pass,
                     open_item_fn *fn, void *arg, bool *io_more)
{
    TRY(tx_run(c, TX_READ, page_tx, p));
    const struct eval_source *s = p->sources.v;
    for (size_t i = 0; i < p->sources.n && *io_more && !p->full; i++) {
        const struct str kept = kept_of(p, s[i].anonymized_id);
        struct batch_item item;
        int32_t asks = -1;
        TRY(batch_item_begin(c, k, &s[i], kept, &item));
        if (batch_item_asks(c, &item, kept.p != NULL, &asks) && asks == pass)
            TRY(fn(arg, c, &item, io_more));
    }
    return ERR_OK;
}

err open_items(struct ctx *c, const struct batch_asker *k, struct str cycle_id, int32_t pass,
               open_item_fn *fn, void *arg)
{
    struct arena *mem = c->mem;
    int64_t from = 0, width = INT64_MAX; /* looks at from to from + width */
    bool more = true;
    err e = ERR_OK;
    c->mem = arena_open(mem, PAGE_MEM_MAX);
    while (more && e == ERR_OK) {
        width = width < INT64_MAX - from ? width : INT64_MAX - from;
        struct page p = { .range = { .cycle_id = cycle_id, .from = from, .last = from + width } };
        e = walk_page(c, k, &p, pass, fn, arg, &more);
        if (e != ERR_OK)
            break;
        arena_reset(c->mem);
        if (p.full) {
            width /= 2;
            continue;
        }
        if (p.range.last == INT64_MAX)
            break;
        from = p.range.last + 1;
        if (p.sources.n < PAGE_ROWS / SPARSE && width < INT64_MAX / 2)
            width *= 2;
    }
    if (e == ERR_OK)
        arena_close(c->mem);
    c->mem = mem;
    return e;
}

err open_asker(struct ctx *c, struct batch_asker *ret)
{
    const struct evaluator_port *by = evaluator_find(c, S("openai"));
    if (!by || !by->models)
        return FAIL(c, BAD_REQUEST,
                    "No language models are configured: set OPENAI_API_KEY or LLM_BASE_URL");
    batch_asker_init(c, by->models, ret);
    return ERR_OK;
}
