/* Open questions of a cycle: read in ranges of the random order, walked outside transactions. */
#include "service/model_batch_select.h"

#include "base/str.h"
#include "repo/checkpoint_repo.h"

enum { RANGES = 1024, ROWS_MAX = 20000, PAGE_MEM_MAX = 512 << 20 };

struct page {
    struct order_range range;
    struct list sources, kept;
};

static err page_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct page *p = arg;
    TRY(eval_sources(c, tx, &p->range, ROWS_MAX, &p->sources));
    if (p->sources.n == ROWS_MAX)
        return FAIL(c, TOO_LARGE, "The cycle has too many applications for one walk");
    return p->sources.n ? checkpoint_list(c, tx, &p->range, ROWS_MAX, &p->kept) : ERR_OK;
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
    for (size_t i = 0; i < p->sources.n && *io_more; i++) {
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
    const int64_t step = INT64_MAX / RANGES;
    struct arena *mem = c->mem;
    bool more = true;
    err e = ERR_OK;
    c->mem = arena_open(mem, PAGE_MEM_MAX);
    for (int64_t i = 0; i < RANGES && more && e == ERR_OK; i++) {
        struct page p = { .range = { .cycle_id = cycle_id,
                                     .from = i * step,
                                     .last = i == RANGES - 1 ? INT64_MAX : (i + 1) * step - 1 } };
        e = walk_page(c, k, &p, pass, fn, arg, &more);
        if (e == ERR_OK)
            arena_reset(c->mem);
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
