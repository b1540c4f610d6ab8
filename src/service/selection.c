/* Selection: the top seats by final score, ties by the hash rule that was fixed at the freeze;
 * preview of the same. Scores stream into one array; statuses change in three bulk statements. */
#include "base/str.h"
#include "domain/score.h"
#include "repo/application_repo.h"
#include "repo/score_repo.h"
#include "service/audit_roots.h"
#include "service/phase_work.h"

enum { CANDIDATES_MAX = 5000000, PREVIEW_ROWS_MAX = 1000 };
/* Candidates, their names and select_top's own memory at CANDIDATES_MAX. */
static const size_t selection_mem_max = (size_t)2 << 30;
#define TIE_RULE "sha256-v1"

struct pool {
    struct arena *mem;
    struct candidate *v;
    size_t n, cap;
};

static err collect(struct ctx *c, const void *row, void *arg)
{
    const struct score_row *r = row;
    struct pool *p = arg;
    if (p->n == p->cap)
        return FAIL(c, INTERNAL, "More final scores than were counted");
    p->v[p->n++] = (struct candidate){ .anonymized_id = str_keep(p->mem, r->anonymized_id),
                                       .final_e2 = r->final_score };
    return ERR_OK;
}

/* All candidates, ordered and marked, in p->mem (which is c->mem meanwhile). */
static err rank_pool(struct ctx *c, struct tx *tx, const struct cycle_row *row, int64_t seats,
                     struct pool *p, struct selection_outcome *ret)
{
    int64_t n = 0;
    TRY(score_count(c, tx, row->cycle.cycle_id, &n));
    if (n > CANDIDATES_MAX)
        return FAIL(c, TOO_LARGE, "Selection takes at most %d candidates", CANDIDATES_MAX);
    p->cap = (size_t)n;
    p->v = arena_try(p->mem, p->cap ? p->cap : 1, sizeof(*p->v), _Alignof(struct candidate));
    if (!p->v)
        return FAIL(c, TOO_LARGE, "Too many candidates for the memory allowed");
    TRY(score_each(c, tx, row->cycle.cycle_id, collect, p));
    const struct str seed = row->freeze_leaf.p ? row->freeze_leaf : S("");
    return select_top(c, p->v, p->n, seats, seed, ret);
}

static err mark_scores(struct ctx *c, struct tx *tx, struct str cycle_id, const struct pool *p,
                       const struct selection_outcome *o)
{
    int64_t changed = 0, selected = 0;
    TRY(score_decide(c, tx, cycle_id, o->cutoff_e2, &changed));
    for (size_t i = 0; i < p->n && p->v[i].selected; i++)
        if (p->v[i].at_cutoff)
            TRY(score_select_one(c, tx, p->v[i].anonymized_id));
    TRY(score_status_count(c, tx, cycle_id, APP_SELECTED, &selected));
    if (changed != (int64_t)p->n || selected != o->selected)
        return FAIL(c, INTERNAL, "The final scores changed during selection");
    return ERR_OK;
}

static err mark_applications(struct ctx *c, struct tx *tx, struct str cycle_id,
                             const struct selection_outcome *o)
{
    int64_t selected = 0, others = 0;
    TRY(application_select(c, tx, cycle_id, &selected));
    TRY(application_move(c, tx, cycle_id, APP_SCORED, APP_NOT_SELECTED, &others));
    if (selected != o->selected || others != o->not_selected)
        return FAIL(c, INTERNAL, "Applications and final scores of this cycle disagree");
    return ERR_OK;
}

static err select_in(struct ctx *c, struct tx *tx, struct step *s, struct pool *p,
                     struct selection_outcome *ret)
{
    const struct cycle *cy = &s->row.cycle;
    TRY(audit_hold(c, tx, &s->head));
    TRY(rank_pool(c, tx, &s->row, cy->max_seats, p, ret));
    TRY(mark_scores(c, tx, cy->cycle_id, p, ret));
    return mark_applications(c, tx, cy->cycle_id, ret);
}

static err log_selection(struct ctx *c, struct tx *tx, struct step *s,
                         const struct selection_outcome *o)
{
    const struct str id = s->q->cycle_id;
    int64_t first = 0, logged = 0;
    struct hash root;
    TRY(cycle_first_entry(c, tx, id, &first));
    TRY(audit_scores_root(c, tx, id, first, INT64_MAX, &root, &logged));
    if (logged != o->selected + o->not_selected)
        return FAIL(c, INTERNAL,
                    "The log holds %lld final scores of this cycle and the tables "
                    "%lld; run the audit verification",
                    (long long)logged, (long long)(o->selected + o->not_selected));
    struct buf b;
    buf_init(&b, c->mem, ENTRY_MAX);
    buf_fmt(&b, "{\"cutoff_e2\":%lld,", (long long)o->cutoff_e2);
    if (s->q->force)
        buf_fmt(&b, "\"forced\":%lld,", (long long)s->forced);
    buf_fmt(&b, "\"not_selected\":%lld,\"scores_root\":\"%.*s\",\"seats\":%lld,\"selected\":%lld,",
            (long long)o->not_selected, STR_ARG(hash_hex(c->mem, &root)),
            (long long)s->row.cycle.max_seats, (long long)o->selected);
    buf_fmt(&b, "\"tiebreak\":\"" TIE_RULE "\",\"tiebreak_seed\":\"%.*s\"}",
            STR_ARG(s->row.freeze_leaf));
    return cycle_log(c, tx, &s->head, s->rule->act, id, buf_view(&b), NULL);
}

err phase_rows_select(struct ctx *c, struct tx *tx, struct step *s)
{
    struct arena *mem = c->mem;
    struct pool p = { .mem = arena_open(mem, selection_mem_max) };
    struct selection_outcome o = { 0 };
    c->mem = p.mem;
    const err e = select_in(c, tx, s, &p, &o);
    c->mem = mem;
    arena_close(p.mem);
    TRY(e);
    TRY(log_selection(c, tx, s, &o));
    s->out.criteria = str_fmt(c->mem,
                              "{\"mode\":\"direct\",\"seats\":%lld,\"tie_rule\":\"" TIE_RULE
                              "\",\"tie_seed\":\"%.*s\","
                              "\"tied_at_cutoff\":%lld}",
                              (long long)s->row.cycle.max_seats, STR_ARG(s->row.freeze_leaf),
                              (long long)o.tied_at_cutoff);
    s->out.selected = o.selected;
    s->out.not_selected = o.not_selected;
    s->out.cutoff = o.cutoff_e2;
    const struct selection_log log = { .admission_cycle_id = s->q->cycle_id,
                                       .selected_count = o.selected,
                                       .selection_criteria = s->out.criteria,
                                       .cutoff_score = o.cutoff_e2,
                                       .executed_at = c->now_us,
                                       .executed_by = s->admin_id };
    TRY(selection_log_insert(c, tx, &log));
    s->row.cycle.selected_count = o.selected;
    return cycle_row_settle(c, tx, &s->row);
}

static const struct field preview_row_fields[] = {
    FIELD_I64(struct selection_row, rank, .doc = "Place, from 1."),
    FIELD_STR(struct selection_row, anonymized_id, .doc = "Anonymous identifier."),
    FIELD_E2(struct selection_row, final_score, .doc = "Final score."),
    FIELD_BOOL(struct selection_row, selected, .doc = "Whether there is a seat."),
    FIELD_BOOL(struct selection_row, tied, .doc = "Whether the score is shared at the cut-off."),
};
SCHEMA(selection_row_schema, "SelectionRow", struct selection_row, preview_row_fields);
static const struct field preview_fields[] = {
    FIELD_I64(struct selection_preview, seats, .doc = "Seats that were tried."),
    FIELD_I64(struct selection_preview, selected_count, .doc = "Applications with a seat."),
    FIELD_I64(struct selection_preview, not_selected_count, .doc = "Applications without."),
    FIELD_E2(struct selection_preview, cutoff_score, .flags = FIELD_NULL,
             .doc = "Final score of the last one with a seat."),
    FIELD_I64(struct selection_preview, tied_at_cutoff,
              .doc = "Applications that share the score of the cut-off; 0 when only one has it."),
    FIELD_STR(struct selection_preview, tie_rule, .doc = "How ties are decided."),
    FIELD_LIST(struct selection_preview, rows, .of = &selection_row_schema,
               .doc = "The first 1000 in order."),
};
SCHEMA(selection_preview_schema, "SelectionPreview", struct selection_preview, preview_fields);

struct preview_call {
    struct str cycle_id;
    int64_t seats;
    struct selection_preview out;
};

static struct list preview_rows(struct arena *mem, const struct pool *p,
                                const struct selection_outcome *o)
{
    const size_t n = p->n < PREVIEW_ROWS_MAX ? p->n : PREVIEW_ROWS_MAX;
    struct selection_row *rows = arena_array(mem, struct selection_row, n ? n : 1);
    for (size_t i = 0; i < n; i++)
        rows[i] = (struct selection_row){
            .rank = (int64_t)i + 1,
            .anonymized_id = str_keep(mem, p->v[i].anonymized_id),
            .final_score = p->v[i].final_e2,
            .selected = p->v[i].selected,
            .tied = p->v[i].at_cutoff && o->tied_at_cutoff > 0,
        };
    return (struct list){ rows, n };
}

static err preview_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct preview_call *q = arg;
    struct cycle_row row;
    TRY(cycle_load(c, tx, q->cycle_id, &row));
    struct arena *mem = c->mem;
    struct pool p = { .mem = arena_open(mem, selection_mem_max) };
    struct selection_outcome o = { 0 };
    const int64_t seats = q->seats > 0 ? q->seats : row.cycle.max_seats;
    c->mem = p.mem;
    const err e = rank_pool(c, tx, &row, seats, &p, &o);
    c->mem = mem;
    if (e == ERR_OK)
        q->out = (struct selection_preview){
            .seats = seats,
            .selected_count = o.selected,
            .not_selected_count = o.not_selected,
            .cutoff_score = o.selected ? o.cutoff_e2 : SCHEMA_NULL_I64,
            .tied_at_cutoff = o.tied_at_cutoff,
            .tie_rule = S(TIE_RULE),
            .rows = preview_rows(mem, &p, &o),
        };
    arena_close(p.mem);
    return e;
}

err selection_preview(struct ctx *c, struct str cycle_id, int64_t seats,
                      struct selection_preview *ret)
{
    struct preview_call q = { .cycle_id = cycle_id, .seats = seats };
    TRY(tx_run(c, TX_READ, preview_tx, &q));
    *ret = q.out;
    return ERR_OK;
}
