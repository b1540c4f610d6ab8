/* Selection: the top by final score, as many as there are seats or as a shortlist takes; ties by
 * the hash rule that was fixed at the freeze; preview of the same. One pass counts the scores,
 * which says the cut-off; another takes those that share it, and what a preview shows. Statuses
 * change in three bulk statements. */
#include "base/str.h"
#include "domain/score.h"
#include "repo/application_repo.h"
#include "repo/interview_repo.h"
#include "repo/score_repo.h"
#include "service/audit_roots.h"
#include "service/phase_work.h"

enum { CANDIDATES_MAX = 5000000, PREVIEW_ROWS_MAX = 1000, CRITERIA_MAX = 1024 };
/* Candidates, their names and select_top's own memory at CANDIDATES_MAX. */
static const size_t selection_mem_max = (size_t)2 << 30;

struct pool {
    struct arena *mem;
    struct mark_counts *counts;
    int64_t take, top;       /* places that are filled; rows to be shown from the first on */
    int64_t cutoff, above;   /* of the last place: its score, and how many have more */
    int64_t floor, at_floor; /* of the last row shown: its score, and how many with it */
    int64_t sure;            /* of v: with more than the cut-off */
    struct candidate *v;     /* those at the cut-off and those to be shown */
    size_t n, cap;
};

static err count_score(struct ctx *c, const void *row, void *arg)
{
    return mark_count(c, ((struct pool *)arg)->counts,
                      ((const struct score_row *)row)->final_score);
}

/* The score of the n-th from the top, 1 <= n <= all, and how many have more. */
static int64_t score_of_place(const struct mark_counts *m, int64_t n, int64_t *ret_above)
{
    int64_t above = 0, at = MARK_E2_MAX;
    while (at > 0 && above + m->of[at] < n)
        above += m->of[at--];
    *ret_above = above;
    return at;
}

static err keep_candidate(struct ctx *c, const void *row, void *arg)
{
    const struct score_row *r = row;
    struct pool *p = arg;
    const int64_t mark = r->final_score;
    const bool tied = p->take > 0 && mark == p->cutoff;
    const bool shown = p->top > 0 && (mark > p->floor || (mark == p->floor && p->at_floor > 0));
    if (!tied && !shown)
        return ERR_OK;
    if (mark == p->floor)
        p->at_floor--;
    if (p->n == p->cap)
        return FAIL(c, INTERNAL, "More final scores than were counted");
    p->sure += p->take > 0 && mark > p->cutoff;
    p->v[p->n++] =
        (struct candidate){ .anonymized_id = str_keep(p->mem, r->anonymized_id), .final_e2 = mark };
    return ERR_OK;
}

/* From the counts: the cut-off, the last score that is shown, and room for both kinds. */
static err place_marks(struct ctx *c, struct pool *p, int64_t places, int64_t top)
{
    const struct mark_counts *m = p->counts;
    int64_t more = 0;
    p->take = places <= 0 ? 0 : places < m->n ? places : m->n;
    p->top = top < m->n ? top : m->n;
    if (p->take > 0)
        p->cutoff = score_of_place(m, p->take, &p->above);
    if (p->top > 0) {
        p->floor = score_of_place(m, p->top, &more);
        p->at_floor = p->top - more;
    }
    const int64_t cap = p->top + (p->take > 0 ? m->of[p->cutoff] : 0);
    if (cap > CANDIDATES_MAX)
        return FAIL(c, TOO_LARGE, "At most %d applications may share the score at the cut-off",
                    CANDIDATES_MAX);
    p->cap = (size_t)cap;
    p->v = arena_try(p->mem, p->cap ? p->cap : 1, sizeof(*p->v), _Alignof(struct candidate));
    return p->v ? ERR_OK : FAIL(c, TOO_LARGE, "Too many candidates for the memory allowed");
}

/* Those at the cut-off and the first `top`, ordered and marked, in p->mem (which is c->mem
 * meanwhile). */
static err rank_pool(struct ctx *c, struct tx *tx, const struct cycle_row *row, int64_t places,
                     int64_t top, struct pool *p, struct selection_outcome *ret)
{
    const struct str seed = row->freeze_leaf.p ? row->freeze_leaf : S("");
    struct selection_outcome o = { 0 };
    p->counts = arena_new(p->mem, struct mark_counts);
    TRY(score_each(c, tx, row->cycle.cycle_id, count_score, p));
    TRY(place_marks(c, p, places, top));
    TRY(score_each(c, tx, row->cycle.cycle_id, keep_candidate, p));
    /* Of the candidates kept, all above the cut-off have a place; the rest of them goes by ties. */
    TRY(select_top(c, p->v, p->n, p->take > 0 ? p->sure + p->take - p->above : 0, seed, &o));
    *ret = (struct selection_outcome){ .selected = p->take,
                                       .not_selected = p->counts->n - p->take,
                                       .cutoff_e2 = o.cutoff_e2,
                                       .tied_at_cutoff = o.tied_at_cutoff };
    return ERR_OK;
}

static int32_t chosen_status(const struct selection_plan *plan)
{
    return plan->mode == SELECT_SHORTLIST ? APP_SHORTLISTED : APP_SELECTED;
}

static err mark_scores(struct ctx *c, struct tx *tx, const struct step *s, const struct pool *p,
                       const struct selection_outcome *o)
{
    const struct str id = s->q->cycle_id;
    const int32_t status = chosen_status(&s->q->plan);
    int64_t changed = 0, chosen = 0;
    TRY(score_decide(c, tx, id, status, o->cutoff_e2, &changed));
    for (size_t i = 0; i < p->n && p->v[i].selected; i++)
        if (p->v[i].at_cutoff)
            TRY(score_choose_one(c, tx, p->v[i].anonymized_id, status));
    TRY(score_status_count(c, tx, id, status, &chosen));
    if (changed != p->counts->n || chosen != o->selected)
        return FAIL(c, INTERNAL, "The final scores changed during selection");
    return ERR_OK;
}

static err mark_applications(struct ctx *c, struct tx *tx, const struct step *s,
                             const struct selection_outcome *o)
{
    const struct str id = s->q->cycle_id;
    int64_t chosen = 0, others = 0;
    TRY(application_choose(c, tx, id, APP_SCORED, chosen_status(&s->q->plan), &chosen));
    TRY(application_move(c, tx, id, APP_SCORED, APP_NOT_SELECTED, &others));
    if (chosen != o->selected || others != o->not_selected)
        return FAIL(c, INTERNAL, "Applications and final scores of this cycle disagree");
    return ERR_OK;
}

static err select_in(struct ctx *c, struct tx *tx, struct step *s, struct pool *p,
                     struct selection_outcome *ret)
{
    const int64_t places = selection_places(&s->q->plan, s->row.cycle.max_seats);
    TRY(audit_hold(c, tx, &s->head));
    TRY(rank_pool(c, tx, &s->row, places, 0, p, ret));
    if (s->q->plan.mode == SELECT_SHORTLIST && ret->selected > SHORTLIST_MAX)
        return FAIL(c, TOO_LARGE, "A shortlist takes at most %d applications", SHORTLIST_MAX);
    TRY(mark_scores(c, tx, s, p, ret));
    return mark_applications(c, tx, s, ret);
}

/* The entry's data: a direct selection has the members of the format's example and no others. */
static struct str entry_data(struct ctx *c, const struct step *s, const struct selection_outcome *o,
                             struct str root_hex)
{
    const struct selection_plan *plan = &s->q->plan;
    const bool listed = plan->mode == SELECT_SHORTLIST;
    struct buf b;
    buf_init(&b, c->mem, ENTRY_MAX);
    buf_fmt(&b, "{\"cutoff_e2\":%lld,", (long long)o->cutoff_e2);
    if (listed)
        buf_fmt(&b, "\"factor\":%lld,", (long long)plan->factor);
    if (s->q->force)
        buf_fmt(&b, "\"forced\":%lld,", (long long)s->forced);
    if (listed)
        buf_lit(&b, "\"mode\":\"shortlist\",");
    buf_fmt(&b, "\"not_selected\":%lld,\"scores_root\":\"%.*s\",\"seats\":%lld,\"selected\":%lld,",
            (long long)o->not_selected, STR_ARG(root_hex), (long long)s->row.cycle.max_seats,
            (long long)(listed ? 0 : o->selected));
    if (listed)
        buf_fmt(&b, "\"shortlisted\":%lld,", (long long)o->selected);
    buf_fmt(&b, "\"tiebreak\":\"" TIE_RULE "\",\"tiebreak_seed\":\"%.*s\"",
            STR_ARG(s->row.freeze_leaf));
    if (listed)
        buf_fmt(&b, ",\"weights_e2\":{\"application\":%lld,\"interview\":%lld}",
                (long long)plan->weights.application, (long long)plan->weights.interview);
    buf_c(&b, '}');
    return buf_view(&b);
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
    const struct str data = entry_data(c, s, o, hash_hex(c->mem, &root));
    return cycle_log(c, tx, &s->head, s->rule->act, id, data, NULL);
}

static struct str criteria_text(struct ctx *c, const struct step *s,
                                const struct selection_outcome *o)
{
    const struct selection_plan *plan = &s->q->plan;
    struct buf b;
    buf_init(&b, c->mem, CRITERIA_MAX);
    buf_fmt(&b, "{\"mode\":\"%s\",\"seats\":%lld,", selection_mode_names.v[plan->mode],
            (long long)s->row.cycle.max_seats);
    if (plan->mode == SELECT_SHORTLIST) {
        buf_fmt(&b, "\"factor\":%lld,\"weights\":", (long long)plan->factor);
        schema_encode(&selection_weights_schema, &plan->weights, &b);
        buf_c(&b, ',');
    }
    buf_fmt(&b, "\"tie_rule\":\"" TIE_RULE "\",\"tie_seed\":\"%.*s\",\"tied_at_cutoff\":%lld}",
            STR_ARG(s->row.freeze_leaf), (long long)o->tied_at_cutoff);
    return buf_view(&b);
}

static err keep_plan(struct ctx *c, struct tx *tx, const struct step *s, int64_t shortlisted)
{
    const struct selection_plan *plan = &s->q->plan;
    const struct shortlist_row row = { .admission_cycle_id = s->q->cycle_id,
                                       .factor = plan->factor,
                                       .weight_application = plan->weights.application,
                                       .weight_interview = plan->weights.interview,
                                       .shortlisted_count = shortlisted,
                                       .created_at = c->now_us };
    return shortlist_insert(c, tx, &row);
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
    const bool listed = s->q->plan.mode == SELECT_SHORTLIST;
    if (listed)
        TRY(keep_plan(c, tx, s, o.selected));
    TRY(log_selection(c, tx, s, &o));
    s->out.criteria = criteria_text(c, s, &o);
    s->out.selected = listed ? 0 : o.selected;
    s->out.shortlisted = listed ? o.selected : 0;
    s->out.not_selected = o.not_selected;
    s->out.cutoff = o.cutoff_e2;
    const struct selection_log log = { .admission_cycle_id = s->q->cycle_id,
                                       .selected_count = o.selected,
                                       .selection_criteria = s->out.criteria,
                                       .cutoff_score = o.cutoff_e2,
                                       .executed_at = c->now_us,
                                       .executed_by = s->admin_id };
    TRY(selection_log_insert(c, tx, &log));
    s->row.cycle.selected_count = s->out.selected;
    return cycle_row_settle(c, tx, &s->row);
}

static const struct field preview_row_fields[] = {
    FIELD_I64(struct selection_row, rank, .doc = "Place, from 1."),
    FIELD_STR(struct selection_row, anonymized_id, .doc = "Anonymous identifier."),
    FIELD_E2(struct selection_row, final_score, .doc = "Final score."),
    FIELD_BOOL(struct selection_row, selected, .doc = "Whether there is a seat."),
    FIELD_BOOL(struct selection_row, shortlisted,
               .doc = "Whether it is invited to an interview; mode shortlist."),
    FIELD_BOOL(struct selection_row, tied, .doc = "Whether the score is shared at the cut-off."),
};
SCHEMA(selection_row_schema, "SelectionRow", struct selection_row, preview_row_fields);
static const struct field preview_fields[] = {
    FIELD_ENUM(struct selection_preview, mode, .names = &selection_mode_names,
               .doc = "Mode that was tried."),
    FIELD_I64(struct selection_preview, seats, .doc = "Seats that were tried."),
    FIELD_I64(struct selection_preview, selected_count, .doc = "Applications with a seat."),
    FIELD_I64(struct selection_preview, shortlisted_count,
              .doc = "Applications invited to an interview."),
    FIELD_I64(struct selection_preview, not_selected_count, .doc = "Applications without."),
    FIELD_E2(struct selection_preview, cutoff_score, .flags = FIELD_NULL,
             .doc = "Final score of the last one with a seat or an invitation."),
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
    struct selection_plan plan;
    struct selection_preview out;
};

static struct list preview_rows(struct arena *mem, const struct pool *p, bool listed,
                                const struct selection_outcome *o)
{
    const size_t n = p->n < PREVIEW_ROWS_MAX ? p->n : PREVIEW_ROWS_MAX;
    struct selection_row *rows = arena_array(mem, struct selection_row, n ? n : 1);
    for (size_t i = 0; i < n; i++)
        rows[i] = (struct selection_row){
            .rank = (int64_t)i + 1,
            .anonymized_id = str_keep(mem, p->v[i].anonymized_id),
            .final_score = p->v[i].final_e2,
            .selected = p->v[i].selected && !listed,
            .shortlisted = p->v[i].selected && listed,
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
    const err e =
        rank_pool(c, tx, &row, selection_places(&q->plan, seats), PREVIEW_ROWS_MAX, &p, &o);
    c->mem = mem;
    const bool listed = q->plan.mode == SELECT_SHORTLIST;
    if (e == ERR_OK)
        q->out = (struct selection_preview){
            .mode = q->plan.mode,
            .seats = seats,
            .selected_count = listed ? 0 : o.selected,
            .shortlisted_count = listed ? o.selected : 0,
            .not_selected_count = o.not_selected,
            .cutoff_score = o.selected ? o.cutoff_e2 : SCHEMA_NULL_I64,
            .tied_at_cutoff = o.tied_at_cutoff,
            .tie_rule = S(TIE_RULE),
            .rows = preview_rows(mem, &p, listed, &o),
        };
    arena_close(p.mem);
    return e;
}

err selection_preview(struct ctx *c, struct str cycle_id, int64_t seats,
                      const struct selection_plan *plan, struct selection_preview *ret)
{
    struct preview_call q = { .cycle_id = cycle_id, .seats = seats };
    if (plan)
        q.plan = *plan;
    TRY(tx_run(c, TX_READ, preview_tx, &q));
    *ret = q.out;
    return ERR_OK;
}
