/* The final selection: the best of a shortlist by final score and interview together, with the
 * weights that were fixed before the interviews. Each finalist's numbers are committed in an entry
 * of their own, and selection.final holds the root over them. */
#include "base/str.h"
#include "repo/application_repo.h"
#include "repo/interview_repo.h"
#include "repo/score_repo.h"
#include "service/audit_roots.h"
#include "service/audit_value.h"
#include "service/phase_work.h"

enum { VALUE_MAX = 512, CRITERIA_MAX = 1024, SUBJECT_MAX = 80 };
enum { NAMED_MAX = 8, NAME_SLACK = 8 };
/* Finalists, candidates, their names and select_top's own memory at SHORTLIST_MAX. */
static const size_t final_mem_max = (size_t)1 << 30;

struct finalists {
    struct arena *mem;
    struct selection_weights weights;
    struct finalist *all;     /* by anonymous id: the order of the log says nothing of the ranks */
    struct candidate *ranked; /* those with an interview's score */
    size_t n, n_ranked, cap;
};

static bool has_score(const struct finalist *f)
{
    return f->interview_score != SCHEMA_NULL_I64;
}

static err take_finalist(struct ctx *c, const void *row, void *arg)
{
    struct finalists *p = arg;
    if (p->n == p->cap)
        return FAIL(c, INTERNAL, "More applications are shortlisted than were counted");
    struct finalist *f = &p->all[p->n++];
    *f = *(const struct finalist *)row;
    f->anonymized_id = str_keep(p->mem, f->anonymized_id);
    if (has_score(f))
        p->ranked[p->n_ranked++] = (struct candidate){
            .anonymized_id = f->anonymized_id,
            .final_e2 = combined_e2(&p->weights, f->final_score, f->interview_score),
        };
    return ERR_OK;
}

static err load_finalists(struct ctx *c, struct tx *tx, struct str cycle_id, struct finalists *p)
{
    int64_t n = 0;
    TRY(score_status_count(c, tx, cycle_id, APP_SHORTLISTED, &n));
    if (n > SHORTLIST_MAX)
        return FAIL(c, TOO_LARGE, "A shortlist takes at most %d applications", SHORTLIST_MAX);
    p->cap = (size_t)n;
    p->all = arena_try(p->mem, p->cap + 1, sizeof(*p->all), _Alignof(struct finalist));
    p->ranked = arena_try(p->mem, p->cap + 1, sizeof(*p->ranked), _Alignof(struct candidate));
    if (!p->all || !p->ranked)
        return FAIL(c, TOO_LARGE, "Too many finalists for the memory allowed");
    return finalist_each(c, tx, cycle_id, take_finalist, p);
}

static err log_finalist(struct ctx *c, struct tx *tx, struct step *s, const struct finalists *p,
                        const struct finalist *f)
{
    char value[VALUE_MAX], subject[SUBJECT_MAX];
    const struct audit_finalist v = {
        .combined = has_score(f) ? combined_e2(&p->weights, f->final_score, f->interview_score) : 0,
        .communication = f->communication,
        .critical_thinking = f->critical_thinking,
        .final = f->final_score,
        .motivation = f->motivation,
        .interview = f->interview_score,
    };
    struct buf b = { .p = value, .cap = sizeof(value), .max = sizeof(value) };
    struct buf subj = { .p = subject, .cap = sizeof(subject), .max = sizeof(subject) };
    audit_finalist_canon(&b, &v);
    buf_fmt(&subj, "anon:%.*s", STR_ARG(f->anonymized_id));
    const struct audit_new n = {
        .act = "selection.score",
        .actor = audit_actor(c),
        .cycle = s->q->cycle_id,
        .subj = buf_view(&subj),
        .key_subject = buf_view(&subj),
        .values = { { S("score"), buf_view(&b) } },
        .n_values = 1,
    };
    return audit_append(c, tx, &s->head, &n, NULL);
}

/* One at a time in a small arena: a shortlist may be long. */
static err log_finalists(struct ctx *c, struct tx *tx, struct step *s, const struct finalists *p)
{
    struct arena *mem = c->mem, *one = arena_open(mem, 1 << 20);
    err e = ERR_OK;
    c->mem = one;
    for (size_t i = 0; i < p->n && e == ERR_OK; i++) {
        e = log_finalist(c, tx, s, p, &p->all[i]);
        arena_reset(one);
    }
    c->mem = mem;
    arena_close(one);
    return e;
}

static err mark_finalists(struct ctx *c, struct tx *tx, struct str cycle_id,
                          const struct finalists *p, const struct selection_outcome *o)
{
    int64_t scores = 0, chosen = 0, others = 0;
    for (size_t i = 0; i < p->n_ranked && p->ranked[i].selected; i++)
        TRY(score_choose_one(c, tx, p->ranked[i].anonymized_id, APP_SELECTED));
    TRY(score_move(c, tx, cycle_id, APP_SHORTLISTED, APP_NOT_SELECTED, &scores));
    TRY(application_choose(c, tx, cycle_id, APP_SHORTLISTED, APP_SELECTED, &chosen));
    TRY(application_move(c, tx, cycle_id, APP_SHORTLISTED, APP_NOT_SELECTED, &others));
    if (chosen != o->selected || others != scores || chosen + others != (int64_t)p->n)
        return FAIL(c, INTERNAL, "Applications and final scores of this cycle disagree");
    return ERR_OK;
}

static err final_in(struct ctx *c, struct tx *tx, struct step *s, struct finalists *p,
                    struct selection_outcome *ret)
{
    const struct str seed = s->row.freeze_leaf.p ? s->row.freeze_leaf : S("");
    TRY(audit_hold(c, tx, &s->head));
    TRY(load_finalists(c, tx, s->q->cycle_id, p));
    TRY(select_top(c, p->ranked, p->n_ranked, s->row.cycle.max_seats, seed, ret));
    TRY(mark_finalists(c, tx, s->q->cycle_id, p, ret));
    TRY(log_finalists(c, tx, s, p));
    const int64_t missing = (int64_t)(p->n - p->n_ranked);
    ret->not_selected += missing;
    s->forced = missing;
    return ERR_OK;
}

static err log_final(struct ctx *c, struct tx *tx, struct step *s,
                     const struct selection_weights *w, const struct selection_outcome *o)
{
    const struct str id = s->q->cycle_id;
    int64_t first = 0, logged = 0;
    struct hash root;
    TRY(cycle_first_entry(c, tx, id, &first));
    TRY(audit_finalists_root(c, tx, id, first, INT64_MAX, &root, &logged));
    if (logged != o->selected + o->not_selected)
        return FAIL(c, INTERNAL, "The log holds %lld finalists of this cycle and the tables %lld",
                    (long long)logged, (long long)(o->selected + o->not_selected));
    struct buf b;
    buf_init(&b, c->mem, ENTRY_MAX);
    buf_fmt(&b, "{\"cutoff_e2\":%lld,", (long long)o->cutoff_e2);
    if (s->q->force)
        buf_fmt(&b, "\"forced\":%lld,", (long long)s->forced);
    buf_fmt(&b,
            "\"mode\":\"shortlist\",\"not_selected\":%lld,\"scores_root\":\"%.*s\","
            "\"seats\":%lld,\"selected\":%lld,\"tiebreak\":\"" TIE_RULE
            "\",\"tiebreak_seed\":\"%.*s\",",
            (long long)o->not_selected, STR_ARG(hash_hex(c->mem, &root)),
            (long long)s->row.cycle.max_seats, (long long)o->selected, STR_ARG(s->row.freeze_leaf));
    buf_fmt(&b, "\"weights_e2\":{\"application\":%lld,\"interview\":%lld}}",
            (long long)w->application, (long long)w->interview);
    return cycle_log(c, tx, &s->head, s->rule->act, id, buf_view(&b), NULL);
}

static struct str criteria_text(struct ctx *c, const struct step *s,
                                const struct selection_weights *w,
                                const struct selection_outcome *o)
{
    struct buf b;
    buf_init(&b, c->mem, CRITERIA_MAX);
    buf_fmt(&b, "{\"mode\":\"shortlist\",\"step\":\"final\",\"seats\":%lld,\"weights\":",
            (long long)s->row.cycle.max_seats);
    schema_encode(&selection_weights_schema, w, &b);
    buf_fmt(&b,
            ",\"tie_rule\":\"" TIE_RULE "\",\"tie_seed\":\"%.*s\",\"tied_at_cutoff\":%lld,"
            "\"without_interview_score\":%lld}",
            STR_ARG(s->row.freeze_leaf), (long long)o->tied_at_cutoff, (long long)s->forced);
    return buf_view(&b);
}

static err settle(struct ctx *c, struct tx *tx, struct step *s, const struct selection_outcome *o)
{
    int64_t changed = 0;
    TRY(shortlist_finish(c, tx, s->q->cycle_id, c->now_us, &changed));
    if (changed != 1)
        return FAIL(c, PHASE, "The final selection was made already");
    const struct selection_log log = { .admission_cycle_id = s->q->cycle_id,
                                       .selected_count = o->selected,
                                       .selection_criteria = s->out.criteria,
                                       .cutoff_score = o->cutoff_e2,
                                       .executed_at = c->now_us,
                                       .executed_by = s->admin_id };
    TRY(selection_log_insert(c, tx, &log));
    s->row.cycle.selected_count = o->selected;
    return cycle_row_settle(c, tx, &s->row);
}

err phase_rows_final(struct ctx *c, struct tx *tx, struct step *s)
{
    struct shortlist_row list;
    struct selection_outcome o = { 0 };
    struct arena *mem = c->mem;
    bool found = false;
    TRY(shortlist_find(c, tx, s->q->cycle_id, &list, &found));
    if (!found)
        return FAIL(c, INTERNAL, "The shortlist of this cycle is missing");
    struct finalists p = { .mem = arena_open(mem, final_mem_max),
                           .weights = { list.weight_application, list.weight_interview } };
    c->mem = p.mem;
    const err e = final_in(c, tx, s, &p, &o);
    c->mem = mem;
    arena_close(p.mem);
    TRY(e);
    TRY(log_final(c, tx, s, &p.weights, &o));
    s->out.criteria = criteria_text(c, s, &p.weights, &o);
    s->out.selected = o.selected;
    s->out.not_selected = o.not_selected;
    s->out.cutoff = o.cutoff_e2;
    return settle(c, tx, s, &o);
}

err phase_final_refused(struct ctx *c, struct tx *tx, const struct step *s)
{
    struct list rows;
    struct buf b;
    buf_init(&b, c->mem, FAULT_TEXT_MAX);
    buf_str(&b, str_keep(c->mem, str_of(c->fault.text)));
    fault_clear(c);
    TRY(finalist_missing(c, tx, s->q->cycle_id, NAMED_MAX, &rows));
    const struct finalist *v = rows.v;
    size_t i = 0;
    for (; i < rows.n && b.n + v[i].anonymized_id.n + NAME_SLACK < FAULT_TEXT_MAX; i++)
        buf_fmt(&b, "%s%.*s", i ? ", " : ": ", STR_ARG(v[i].anonymized_id));
    buf_str(&b, i == rows.n && rows.n < NAMED_MAX ? S("") : S(", ..."));
    return FAIL(c, PHASE, "%.*s", STR_ARG(buf_view(&b)));
}
