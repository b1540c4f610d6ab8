/* The rows of cycles, administrators and the schema against what the log says of them. */
#include "base/str.h"
#include "codec/json.h"
#include "domain/bias_json.h"
#include "domain/role.h"
#include "domain/score.h"
#include "repo/admin_repo.h"
#include "repo/scrub_policy_repo.h"
#include "service/audit_roots.h"
#include "service/verify_inner.h"

/* Stated bounds on how many may share the score at the cut-off, and on the rows of selection_logs
 * that are looked at. */
enum { TIED_MAX = 1000000, LOG_ROWS_MAX = 8 };

static void compare_i64(struct verify *v, const struct cycle_facts_log *cy, const char *column,
                        int64_t row, int64_t log)
{
    if (row != log)
        finding(v, -1, "row.cycle", "cycle %.*s: %s is %lld, the log says %lld", STR_ARG(cy->id),
                column, (long long)row, (long long)log);
}

static void compare_text(struct verify *v, const struct cycle_facts_log *cy, const char *column,
                         struct str row, struct str log)
{
    if (!str_eq(row, log))
        finding(v, -1, "row.cycle", "cycle %.*s: %s is not what the log says", STR_ARG(cy->id),
                column);
}

/* What a row of selection_logs should say: what its entry has. */
struct told {
    int64_t idx, selected, cutoff_e2, seats;
    struct str actor, mode, seed;
};

static bool criteria_agree(struct ctx *c, struct str criteria, const struct told *t)
{
    struct str mode = { 0 }, seed = { 0 };
    int64_t seats = -1;
    return json_valid(criteria, c->mem) && json_kind(criteria) == JSON_OBJECT &&
           str_i64(json_pick_one(c->mem, criteria, "seats"), &seats) && seats == t->seats &&
           json_as_str(c->mem, json_pick_one(c->mem, criteria, "mode"), &mode) &&
           str_eq(mode, t->mode) &&
           json_as_str(c->mem, json_pick_one(c->mem, criteria, "tie_seed"), &seed) &&
           str_eq(seed, t->seed);
}

static bool same_hand(struct str executed_by, struct str actor)
{
    const struct str admin = S("admin:");
    return !str_starts(actor, admin) || str_eq(executed_by, str_sub(actor, admin.n, actor.n));
}

static bool log_row_agrees(struct ctx *c, const struct verify_selection_log *r,
                           const struct told *t)
{
    return r->selected_count == t->selected && r->cutoff_score == t->cutoff_e2 &&
           same_hand(r->executed_by, t->actor) && criteria_agree(c, r->selection_criteria, t);
}

static err check_log_row(struct ctx *c, struct verify *v, const struct verify_cycle *r,
                         const struct cycle_facts_log *cy)
{
    const struct selection_facts *s = &cy->sel;
    const struct final_facts *f = &cy->fin;
    const struct told want[] = {
        { s->idx, s->selected + s->shortlisted, s->cutoff_e2, s->seats, s->actor,
          s->shortlist ? S("shortlist") : S("direct"), s->seed },
        { f->idx, f->selected, f->cutoff_e2, f->seats, f->actor, S("shortlist"), f->seed },
    };
    struct list rows = { 0 };
    compare_i64(v, cy, "number of selection_logs rows", r->selections,
                cy->selects + cy->finals + cy->was_selections);
    err e = verify_selection_logs(c, v->tx, cy->id, LOG_ROWS_MAX, &rows);
    if (e != ERR_OK)
        return finding_from(c, v, -1, "row.selection", e);
    const struct verify_selection_log *row = rows.v;
    for (size_t i = 0; i < rows.n && i < 2; i++)
        if (want[i].idx >= 0 && !log_row_agrees(c, &row[i], &want[i]))
            finding(v, want[i].idx, "row.selection",
                    "cycle %.*s: selection_logs differs from the entry", STR_ARG(cy->id));
    return ERR_OK;
}

static void check_shortlist(struct verify *v, const struct verify_cycle *r,
                            const struct cycle_facts_log *cy)
{
    const struct selection_facts *s = &cy->sel;
    const bool there = r->factor != SCHEMA_NULL_I64;
    if (there != s->shortlist) {
        finding(v, s->idx, "row.cycle", "cycle %.*s %s row of shortlists", STR_ARG(cy->id),
                there ? "has a" : "has no");
        return;
    }
    if (!there)
        return;
    compare_i64(v, cy, "factor of the shortlist", r->factor, s->plan.factor);
    compare_i64(v, cy, "shortlisted_count", r->shortlisted_count, s->shortlisted);
    compare_i64(v, cy, "weight of the application", r->weight_application,
                s->plan.weights.application);
    compare_i64(v, cy, "weight of the interview", r->weight_interview, s->plan.weights.interview);
    compare_i64(v, cy, "final selection", r->finished, cy->finals);
}

static void check_columns(struct verify *v, const struct verify_cycle *r,
                          const struct cycle_facts_log *cy)
{
    const char *phase = phase_names.v[cy->phase];
    if (!str_eq(r->phase, str_of(phase)))
        finding(v, -1, "row.phase", "cycle %.*s is in phase %.*s, the log says %s", STR_ARG(cy->id),
                STR_ARG(r->phase), phase);
    compare_i64(v, cy, "is_open", r->is_open, cy->open);
    compare_i64(v, cy, "max_seats", r->max_seats, cy->seats);
    compare_i64(v, cy, "current_seats", r->current_seats, cy->submitted - cy->withdrawn);
    compare_i64(v, cy, "selected_count", r->selected_count,
                cy->fin.idx >= 0   ? cy->fin.selected
                : cy->sel.idx >= 0 ? cy->sel.selected
                                   : cy->was_selected);
    check_shortlist(v, r, cy);
    compare_text(v, cy, "freeze_leaf", r->freeze_leaf, cy->freeze_leaf);
    compare_text(v, cy, "provider", r->provider, cy->provider);
    if (cy->published_rows >= 0)
        compare_i64(v, cy, "number of published scores", r->scores, cy->published_rows);
    if (!cy->dated)
        return;
    compare_i64(v, cy, "start_date", r->start_date / 1000, cy->start_ms);
    compare_i64(v, cy, "end_date", r->end_date / 1000, cy->end_ms);
    compare_i64(v, cy, "result_date", r->result_date / 1000, cy->result_ms);
}

static err cycle_row(struct ctx *c, const void *row, void *arg)
{
    const struct verify_cycle *r = row;
    struct verify *v = arg;
    struct cycle_facts_log *cy = id_find(&v->cycles, r->cycle_id);
    if (!cy || !cy->created || cy->deleted) {
        finding(v, -1, "row.extra", "cycle %.*s has no entry", STR_ARG(r->cycle_id));
        return ERR_OK;
    }
    cy->seen = true;
    check_columns(v, r, cy);
    return check_log_row(c, v, r, cy);
}

static void to_hex(char *ret, const struct hash *h)
{
    hex_of(ret, h->b, SHA256_N);
}

static err check_freeze(struct ctx *c, struct verify *v, const struct cycle_facts_log *cy)
{
    struct hash root;
    int64_t n = 0;
    char hex[2 * SHA256_N + 1];
    err e = audit_apps_root(c, v->tx, cy->id, cy->created_idx, cy->freeze_idx, &root, &n);
    if (e != ERR_OK)
        return finding_from(c, v, cy->freeze_idx, "row.freeze", e);
    to_hex(hex, &root);
    if (n != cy->freeze_count || !str_eq(str_of(hex), cy->apps_root))
        finding(v, cy->freeze_idx, "row.freeze",
                "cycle %.*s: the submissions are not those that were frozen", STR_ARG(cy->id));
    return ERR_OK;
}

static err check_scores_root(struct ctx *c, struct verify *v, const struct cycle_facts_log *cy)
{
    struct hash root;
    int64_t n = 0;
    char hex[2 * SHA256_N + 1];
    err e = audit_scores_root(c, v->tx, cy->id, cy->created_idx, cy->sel.idx, &root, &n);
    if (e != ERR_OK)
        return finding_from(c, v, cy->sel.idx, "row.selection", e);
    to_hex(hex, &root);
    const int64_t all = cy->sel.selected + cy->sel.shortlisted + cy->sel.not_selected;
    if (n != all || !str_eq(str_of(hex), cy->sel.scores_root))
        finding(v, cy->sel.idx, "row.selection",
                "cycle %.*s: the scores are not those that were selected from", STR_ARG(cy->id));
    if (!str_eq(cy->sel.seed, cy->freeze_leaf))
        finding(v, cy->sel.idx, "row.selection",
                "cycle %.*s: the tie seed is not the leaf of the freeze", STR_ARG(cy->id));
    return ERR_OK;
}

struct tied {
    struct arena *mem;
    struct candidate *v;
    size_t n, cap;
};

static err take_tied(struct ctx *c, const void *row, void *arg)
{
    const struct verify_name *r = row;
    struct tied *t = arg;
    if (t->n == t->cap) {
        size_t cap = t->cap ? t->cap * 2 : 64;
        struct candidate *wider =
            cap > TIED_MAX ? NULL
                           : arena_try(t->mem, cap, sizeof(*wider), _Alignof(struct candidate));
        if (!wider)
            return FAIL(c, TOO_LARGE, "too many share the score at the cut-off");
        if (t->n)
            memcpy(wider, t->v, t->n * sizeof(*wider));
        t->v = wider;
        t->cap = cap;
    }
    t->v[t->n++] = (struct candidate){ .anonymized_id = str_keep(t->mem, r->id) };
    return ERR_OK;
}

int id_order(const void *a, const void *b)
{
    const struct str *x = a, *y = b;
    return str_cmp(*x, *y);
}

/* Those above the cut-off have a place; what is left of the places goes by the tie rule. */
static err decide_tied(struct ctx *c, struct verify *v, struct cycle_facts_log *cy, struct tied *t)
{
    struct selection_facts *s = &cy->sel;
    struct selection_outcome out = { 0 };
    int64_t above = 0;
    TRY(verify_scores_above(c, v->tx, cy->id, s->cutoff_found, &above));
    TRY(verify_scores_equal(c, v->tx, cy->id, s->cutoff_found, take_tied, t));
    for (size_t i = 0; i < t->n; i++)
        t->v[i].final_e2 = s->cutoff_found;
    const int64_t places = selection_places(&s->plan, s->seats);
    TRY(select_top(c, t->v, t->n, places - above, cy->freeze_leaf, &out));
    s->tied = arena_array(v->keep, struct str, (size_t)out.selected + 1);
    for (size_t i = 0; i < t->n; i++)
        if (t->v[i].selected)
            s->tied[s->n_tied++] = str_keep(v->keep, t->v[i].anonymized_id);
    if (s->n_tied)
        qsort(s->tied, s->n_tied, sizeof(*s->tied), id_order);
    s->usable = true;
    return ERR_OK;
}

static err recompute(struct ctx *c, struct verify *v, struct cycle_facts_log *cy)
{
    struct selection_facts *s = &cy->sel;
    const int64_t chosen = s->shortlist ? s->shortlisted : s->selected;
    const int64_t n = chosen + s->not_selected, places = selection_places(&s->plan, s->seats);
    bool found = false;
    if (s->seats < 1 || (s->shortlist && s->selected) || chosen != (n < places ? n : places)) {
        finding(v, s->idx, "row.selection", "cycle %.*s: %lld chosen of %lld for %lld places",
                STR_ARG(cy->id), (long long)chosen, (long long)n, (long long)places);
        return ERR_OK;
    }
    if (n == 0)
        return ERR_OK;
    s->all = n <= places;
    TRY(verify_score_at(c, v->tx, cy->id, s->all ? n - 1 : places - 1, &s->cutoff_found, &found));
    if (!found || s->cutoff_found != s->cutoff_e2)
        finding(v, s->idx, "row.selection",
                "cycle %.*s: the cut-off does not follow from the scores", STR_ARG(cy->id));
    if (!found || s->all) {
        s->usable = found;
        return ERR_OK;
    }
    struct arena *keep = c->mem;
    struct tied t = { .mem = arena_open(NULL, (size_t)TIED_MAX * 512) };
    c->mem = t.mem;
    err e = decide_tied(c, v, cy, &t);
    c->mem = keep;
    arena_close(t.mem);
    return e;
}

static err check_selection(struct ctx *c, struct verify *v, struct cycle_facts_log *cy)
{
    TRY(check_scores_root(c, v, cy));
    TRY(finding_from(c, v, cy->sel.idx, "row.selection", recompute(c, v, cy)));
    return cy->fin.idx >= 0 ? verify_final(c, v, cy) : ERR_OK;
}

err verify_selections(struct ctx *c, struct verify *v)
{
    for (size_t i = 0; i < v->cycles.cap; i++) {
        struct cycle_facts_log *cy = v->cycles.v[i];
        if (!cy || !cy->created)
            continue;
        if (cy->imported && !cy->import_over)
            finding(v, cy->created_idx, "chain.cycle", "the import of cycle %.*s has no end",
                    STR_ARG(cy->id));
        if (cy->freeze_leaf.p)
            TRY(check_freeze(c, v, cy));
        if (cy->sel.idx >= 0)
            TRY(check_selection(c, v, cy));
        if (cy->decisions_idx >= 0)
            TRY(verify_decisions(c, v, cy));
    }
    return ERR_OK;
}

bool selection_chose(const struct cycle_facts_log *cy, struct str anonymized_id, int64_t final_e2)
{
    const struct selection_facts *s = &cy->sel;
    if (s->all || final_e2 > s->cutoff_found)
        return true;
    return final_e2 == s->cutoff_found && s->n_tied &&
           bsearch(&anonymized_id, s->tied, s->n_tied, sizeof(*s->tied), id_order);
}

/* Of one who was invited to an interview. */
static struct str finalist_status(const struct cycle_facts_log *cy, struct str anonymized_id)
{
    const struct final_facts *f = &cy->fin;
    if (f->idx < 0)
        return cy->published_rows >= 0 ? S("not_selected") : S("shortlisted");
    if (!f->usable)
        return (struct str){ 0 };
    const bool seat = f->n_chosen &&
                      bsearch(&anonymized_id, f->chosen, f->n_chosen, sizeof(*f->chosen), id_order);
    return seat ? S("selected") : S("not_selected");
}

struct str selection_status(const struct cycle_facts_log *cy, struct str anonymized_id,
                            int64_t final_e2)
{
    const struct selection_facts *s = &cy->sel;
    if (s->idx < 0 && cy->imported && cy->phase >= PHASE_SELECTION)
        return (struct str){ 0 }; /* decided elsewhere: bound as a whole, not counted again */
    if (s->idx < 0)
        return S("scored");
    if (!s->usable)
        return (struct str){ 0 };
    if (!selection_chose(cy, anonymized_id, final_e2))
        return S("not_selected");
    return s->shortlist ? finalist_status(cy, anonymized_id) : S("selected");
}

static err admin_row(struct ctx *c, const void *row, void *arg)
{
    const struct admin_row *r = row;
    struct verify *v = arg;
    struct admin_facts_log *a = id_find(&v->admins, r->admin_id);
    if (!a) {
        finding(v, -1, "row.extra", "account %.*s has no entry", STR_ARG(r->admin_id));
        return ERR_OK;
    }
    a->seen = true;
    if (r->role < 0 || !str_eq(a->role, str_of(admin_role_names.v[r->role])))
        finding(v, -1, "row.role", "account %.*s has another role than the log says",
                STR_ARG(r->admin_id));
    if (r->is_active != a->active)
        finding(v, -1, "row.role", "account %.*s is %s, the log says otherwise",
                STR_ARG(r->admin_id), r->is_active ? "active" : "not active");
    char subj[128];
    int64_t ts = 0;
    bool found = false;
    int n = snprintf(subj, sizeof(subj), "admin:%.*s", STR_ARG(r->admin_id));
    if (n < 0 || (size_t)n >= sizeof(subj))
        return ERR_OK;
    err e = verify_last_login(c, v->tx, str_of(subj), &ts, &found);
    if (e != ERR_OK)
        return finding_from(c, v, -1, "row.login", e);
    if (!a->signs_in && (found ? ts : 0) != r->last_login / 1000)
        finding(v, -1, "row.login", "account %.*s: last_login is not that of the log",
                STR_ARG(r->admin_id));
    return ERR_OK;
}

static void check_unseen(struct verify *v)
{
    for (size_t i = 0; i < v->cycles.cap; i++) {
        const struct cycle_facts_log *cy = v->cycles.v[i];
        if (cy && cy->created && !cy->deleted && !cy->seen)
            finding(v, cy->created_idx, "row.missing", "cycle %.*s has no row", STR_ARG(cy->id));
    }
    for (size_t i = 0; i < v->admins.cap; i++) {
        const struct admin_facts_log *a = v->admins.v[i];
        if (a && !a->seen)
            finding(v, -1, "row.missing", "account %.*s has no row", STR_ARG(a->id));
    }
}

/* The newest policy of a cycle is the one that the log names, and its text has that hash. */
static err policy_row(struct ctx *c, const void *row, void *arg)
{
    (void)c;
    const struct scrub_policy_row *r = row;
    struct verify *v = arg;
    struct cycle_facts_log *cy = id_find(&v->cycles, r->admission_cycle_id);
    char hex[2 * SHA256_N + 1];
    const struct hash h = sha256(r->policy);
    to_hex(hex, &h);
    if (!cy || !cy->policy_version) {
        finding(v, -1, "row.extra", "scrub policy of cycle %.*s without an entry",
                STR_ARG(r->admission_cycle_id));
        return ERR_OK;
    }
    cy->policy_seen = true;
    if (r->version != cy->policy_version || !str_eq(r->sha256, cy->policy_sha256) ||
        !str_eq(str_of(hex), cy->policy_sha256))
        finding(v, -1, "row.policy", "cycle %.*s: the scrub policy is not what the log says",
                STR_ARG(cy->id));
    return ERR_OK;
}

static void check_policies(struct verify *v)
{
    for (size_t i = 0; i < v->cycles.cap; i++) {
        const struct cycle_facts_log *cy = v->cycles.v[i];
        if (cy && !cy->deleted && cy->policy_version && !cy->policy_seen)
            finding(v, -1, "row.missing", "cycle %.*s: its scrub policy has no row",
                    STR_ARG(cy->id));
    }
}

err verify_facts(struct ctx *c, struct verify *v)
{
    TRY(finding_from(c, v, -1, "row.type", verify_cycles(c, v->tx, cycle_row, v)));
    TRY(finding_from(c, v, -1, "row.type", scrub_policy_each(c, v->tx, policy_row, v)));
    check_policies(v);
    TRY(verify_fairness(c, v));
    TRY(finding_from(c, v, -1, "row.type", admin_repo_each(c, v->tx, admin_row, v)));
    check_unseen(v);
    return verify_schema(c, v);
}
