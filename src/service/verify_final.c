/* The final selection recounted: who was on the shortlist, their combined scores from the rows, the
 * root over what was logged of them, the seats. */
#include "base/str.h"
#include "service/audit_roots.h"
#include "service/verify_inner.h"

enum { CODE_N = 2 * SHA256_N + 1 };
static const size_t recount_mem_max = (size_t)1 << 30;

static void wrong(struct verify *v, const struct cycle_facts_log *cy, const char *what)
{
    finding(v, cy->fin.idx, "row.selection", "cycle %.*s: %s", STR_ARG(cy->id), what);
}

static err check_root(struct ctx *c, struct verify *v, const struct cycle_facts_log *cy)
{
    const struct final_facts *f = &cy->fin;
    struct hash root;
    int64_t n = 0;
    char hex[CODE_N];
    err e = audit_finalists_root(c, v->tx, cy->id, cy->created_idx, f->idx, &root, &n);
    if (e != ERR_OK)
        return finding_from(c, v, f->idx, "row.selection", e);
    hex_of(hex, root.b, SHA256_N);
    if (n != f->selected + f->not_selected || !str_eq(str_of(hex), f->scores_root))
        wrong(v, cy, "the finalists are not those that were selected from");
    if (!str_eq(f->seed, cy->freeze_leaf))
        wrong(v, cy, "the tie seed of the final selection is not the leaf of the freeze");
    if (f->seats != cy->sel.seats || f->weights.application != cy->sel.plan.weights.application ||
        f->weights.interview != cy->sel.plan.weights.interview)
        wrong(v, cy, "seats or weights are not those that the shortlist was made with");
    if (f->selected + f->not_selected != cy->sel.shortlisted)
        wrong(v, cy, "the final selection did not decide the whole shortlist");
    return ERR_OK;
}

struct recount {
    struct verify *v;
    struct cycle_facts_log *cy;
    struct arena *mem;
    struct candidate *ranked;
    size_t n, cap;
    int64_t without_score;
};

static err take_finalist(struct ctx *c, const void *row, void *arg)
{
    const struct finalist *r = row;
    struct recount *k = arg;
    if (!selection_chose(k->cy, r->anonymized_id, r->final_score))
        return ERR_OK;
    if (r->interview_score == SCHEMA_NULL_I64) {
        k->without_score++;
        return ERR_OK;
    }
    if (k->n == k->cap)
        return FAIL(c, INVALID, "more are on the shortlist than the log says");
    k->ranked[k->n++] = (struct candidate){
        .anonymized_id = str_keep(k->mem, r->anonymized_id),
        .final_e2 = combined_e2(&k->cy->fin.weights, r->final_score, r->interview_score),
    };
    return ERR_OK;
}

static void keep_chosen(struct verify *v, struct final_facts *f, const struct recount *k)
{
    f->chosen = arena_array(v->keep, struct str, k->n + 1);
    for (size_t i = 0; i < k->n; i++)
        if (k->ranked[i].selected)
            f->chosen[f->n_chosen++] = str_keep(v->keep, k->ranked[i].anonymized_id);
    if (f->n_chosen)
        qsort(f->chosen, f->n_chosen, sizeof(*f->chosen), id_order);
    f->usable = true;
}

static err recount(struct ctx *c, struct recount *k)
{
    struct cycle_facts_log *cy = k->cy;
    struct final_facts *f = &cy->fin;
    struct selection_outcome o = { 0 };
    k->ranked = arena_try(k->mem, k->cap + 1, sizeof(*k->ranked), _Alignof(struct candidate));
    if (!k->ranked)
        return FAIL(c, TOO_LARGE, "too many finalists to recount");
    TRY(verify_finalists(c, k->v->tx, cy->id, take_finalist, k));
    TRY(select_top(c, k->ranked, k->n, f->seats, cy->freeze_leaf, &o));
    if (o.selected != f->selected || o.not_selected + k->without_score != f->not_selected ||
        k->without_score != f->forced)
        wrong(k->v, cy, "the final selection does not follow from the shortlist");
    if (o.cutoff_e2 != f->cutoff_e2)
        wrong(k->v, cy, "the cut-off of the final selection does not follow from the scores");
    keep_chosen(k->v, f, k);
    return ERR_OK;
}

err verify_final(struct ctx *c, struct verify *v, struct cycle_facts_log *cy)
{
    TRY(check_root(c, v, cy));
    if (!cy->sel.usable || cy->sel.shortlisted < 0 || cy->sel.shortlisted > SHORTLIST_MAX)
        return ERR_OK; /* reported with cycle.select */
    struct arena *mem = c->mem;
    struct recount k = { .v = v,
                         .cy = cy,
                         .mem = arena_open(NULL, recount_mem_max),
                         .cap = (size_t)cy->sel.shortlisted };
    c->mem = k.mem;
    const err e = recount(c, &k);
    c->mem = mem;
    arena_close(k.mem);
    return finding_from(c, v, cy->fin.idx, "row.selection", e);
}
