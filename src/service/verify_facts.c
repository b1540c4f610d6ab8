/* What the log says of cycles and administrators: entries replayed in order. */
#include "base/str.h"
#include "codec/json.h"
#include "service/verify_inner.h"

/* Stands before the value of the member, or says false. */
static bool seek(struct json *j, struct str data, const char *name, struct arena *mem)
{
    struct str key;
    bool more = false;
    json_init(j, data, mem);
    if (!json_enter_object(j))
        return false;
    for (bool first = true; json_member(j, first, &more, &key) && more; first = false) {
        if (str_eq(key, str_of(name)))
            return true;
        struct str skipped;
        if (!json_skip(j, &skipped))
            return false;
    }
    return false;
}

bool data_i64(struct verify *v, struct str data, const char *name, int64_t *ret)
{
    struct json j;
    struct str number;
    return seek(&j, data, name, v->scratch) && json_number(&j, &number) && json_to_i64(number, ret);
}

bool data_str(struct verify *v, struct str data, const char *name, struct str *ret)
{
    struct json j;
    return seek(&j, data, name, v->scratch) && json_peek(&j) == JSON_STRING && json_string(&j, ret);
}

static bool data_obj(struct verify *v, struct str data, const char *name, struct str *ret)
{
    struct json j;
    return seek(&j, data, name, v->scratch) && json_peek(&j) == JSON_OBJECT && json_skip(&j, ret);
}

static void take_seats(struct verify *v, struct cycle_facts_log *cy, struct str data)
{
    struct str dates;
    (void)data_i64(v, data, "seats", &cy->seats); /* may be left out: then nothing changes */
    if (!data_obj(v, data, "dates", &dates))
        return;
    cy->dated = data_i64(v, dates, "start", &cy->start_ms) &&
                data_i64(v, dates, "end", &cy->end_ms) &&
                data_i64(v, dates, "result", &cy->result_ms);
}

static void take_freeze(struct verify *v, struct cycle_facts_log *cy, const struct entry *e,
                        const char *leaf_hex)
{
    struct str root = { 0 };
    cy->open = false;
    cy->freeze_idx = e->idx;
    cy->freeze_leaf = str_keep(v->keep, str_of(leaf_hex));
    if (data_i64(v, e->data, "count", &cy->freeze_count) &&
        data_str(v, e->data, "apps_root", &root))
        cy->apps_root = str_keep(v->keep, root);
}

static bool take_weights(struct verify *v, struct str data, struct selection_weights *ret)
{
    struct str weights = { 0 };
    return data_obj(v, data, "weights_e2", &weights) &&
           data_i64(v, weights, "application", &ret->application) &&
           data_i64(v, weights, "interview", &ret->interview) && ret->application >= 0 &&
           ret->interview >= 0 && selection_weights_whole(ret);
}

/* A direct selection says no mode. */
static bool take_mode(struct verify *v, struct str data, struct selection_facts *s)
{
    struct str mode = { 0 };
    s->plan.factor = 1;
    if (!data_str(v, data, "mode", &mode) || str_eq(mode, S("direct")))
        return true;
    s->shortlist = true;
    s->plan.mode = SELECT_SHORTLIST;
    return str_eq(mode, S("shortlist")) && data_i64(v, data, "factor", &s->plan.factor) &&
           data_i64(v, data, "shortlisted", &s->shortlisted) &&
           take_weights(v, data, &s->plan.weights) && s->plan.factor >= 1 &&
           s->plan.factor <= SHORTLIST_FACTOR_MAX;
}

static void take_select(struct verify *v, struct cycle_facts_log *cy, const struct entry *e)
{
    struct str root = { 0 }, seed = { 0 };
    struct selection_facts s = { .idx = e->idx };
    bool whole = data_i64(v, e->data, "seats", &s.seats) &&
                 data_i64(v, e->data, "selected", &s.selected) &&
                 data_i64(v, e->data, "not_selected", &s.not_selected) &&
                 data_i64(v, e->data, "cutoff_e2", &s.cutoff_e2) &&
                 data_str(v, e->data, "scores_root", &root) &&
                 data_str(v, e->data, "tiebreak_seed", &seed) && take_mode(v, e->data, &s);
    if (!whole) {
        finding(v, e->idx, "entry.format", "cycle.select has numbers of another kind");
        return;
    }
    s.scores_root = str_keep(v->keep, root);
    s.seed = str_keep(v->keep, seed);
    s.actor = str_keep(v->keep, e->actor);
    cy->sel = s;
    cy->selects++;
}

static void take_final(struct verify *v, struct cycle_facts_log *cy, const struct entry *e)
{
    struct str root = { 0 }, seed = { 0 };
    struct final_facts f = { .idx = e->idx };
    if (cy->phase != PHASE_SELECTION || !cy->sel.shortlist || cy->finals)
        finding(v, e->idx, "chain.phase", "selection.final where no shortlist waits for it");
    bool whole =
        data_i64(v, e->data, "seats", &f.seats) && data_i64(v, e->data, "selected", &f.selected) &&
        data_i64(v, e->data, "not_selected", &f.not_selected) &&
        data_i64(v, e->data, "cutoff_e2", &f.cutoff_e2) &&
        data_str(v, e->data, "scores_root", &root) &&
        data_str(v, e->data, "tiebreak_seed", &seed) && take_weights(v, e->data, &f.weights);
    if (!whole) {
        finding(v, e->idx, "entry.format", "selection.final has numbers of another kind");
        return;
    }
    (void)data_i64(v, e->data, "forced", &f.forced); /* left out: nobody was without a score */
    f.scores_root = str_keep(v->keep, root);
    f.seed = str_keep(v->keep, seed);
    f.actor = str_keep(v->keep, e->actor);
    cy->fin = f;
    cy->finals++;
}

static void take_publish(struct verify *v, struct cycle_facts_log *cy, const struct entry *e)
{
    int64_t waiting = cy->sel.shortlist && !cy->finals ? cy->sel.shortlisted : 0;
    (void)data_i64(v, e->data, "rows", &cy->published_rows);
    (void)data_i64(v, e->data, "shortlisted", &cy->published_shortlisted);
    fairness_published(v, cy, e);
    if (cy->published_shortlisted != waiting)
        finding(v, e->idx, "row.selection", "%lld were on the shortlist at publication, not %lld",
                (long long)waiting, (long long)cy->published_shortlisted);
}

static const struct {
    const char *act;
    int32_t from, phase;
} flips[] = {
    { "cycle.freeze", PHASE_SUBMISSION, PHASE_FROZEN },
    { "cycle.preprocess", PHASE_FROZEN, PHASE_PREPROCESSING },
    { "cycle.export", PHASE_PREPROCESSING, PHASE_BATCH_PREP },
    { "cycle.process", PHASE_BATCH_PREP, PHASE_PROCESSING },
    { "cycle.scored", PHASE_PROCESSING, PHASE_SCORED },
    { "cycle.select", PHASE_SCORED, PHASE_SELECTION },
    { "cycle.publish", PHASE_SELECTION, PHASE_PUBLISHED },
    { "cycle.complete", PHASE_PUBLISHED, PHASE_COMPLETED },
};

static void flip(struct verify *v, struct cycle_facts_log *cy, const struct entry *e)
{
    for (size_t i = 0; i < sizeof(flips) / sizeof(flips[0]); i++) {
        if (!str_eq(e->act, str_of(flips[i].act)))
            continue;
        if (cy->phase == flips[i].from)
            cy->phase = flips[i].phase;
        else
            finding(v, e->idx, "chain.phase", "%s in phase %s", flips[i].act,
                    phase_names.v[cy->phase]);
        return;
    }
}

/* A cycle that came from an original installation begins in the phase that it had there. */
static void take_import(struct verify *v, struct cycle_facts_log *cy, const struct entry *e)
{
    struct str phase, provider;
    int64_t open = 0;
    cy->imported = true;
    cy->phase = data_str(v, e->data, "phase", &phase) ? names_find(&phase_names, phase) : -1;
    if (cy->phase < 0 || !data_i64(v, e->data, "open", &open)) {
        finding(v, e->idx, "entry.format", "import.cycle has values of another kind");
        cy->phase = PHASE_SUBMISSION;
    }
    cy->open = open != 0;
    if (data_str(v, e->data, "provider", &provider))
        cy->provider = str_keep(v->keep, provider);
}

/* The leaf stands for the freeze; the decisions are bound by a commitment. */
static void take_rows(struct verify *v, struct cycle_facts_log *cy, const struct entry *e,
                      const char *leaf_hex)
{
    const bool open = cy->open;
    int64_t scores = 0;
    cy->import_over = true;
    if (!cy->imported || cy->phase < PHASE_FROZEN)
        return;
    take_freeze(v, cy, e, leaf_hex);
    cy->open = open;
    (void)data_i64(v, e->data, "selected", &cy->was_selected);
    (void)data_i64(v, e->data, "selections", &cy->was_selections);
    if (cy->phase >= PHASE_PUBLISHED && data_i64(v, e->data, "scores", &scores))
        cy->published_rows = scores;
    if ((e->n_commits == 1) != (cy->phase >= PHASE_SELECTION))
        finding(v, e->idx, "entry.format", "import.rows does not bind the decisions it should");
    if (e->n_commits != 1)
        return;
    cy->decisions_idx = e->idx;
    memcpy(cy->decisions_hex, e->commits[0].hex, sizeof(cy->decisions_hex));
    memcpy(cy->decisions_nonce, e->nonce_hex.p, sizeof(cy->decisions_nonce) - 1);
}

static void take_create(struct verify *v, struct cycle_facts_log *cy, const struct entry *e)
{
    if (cy->created)
        finding(v, e->idx, "chain.cycle", "the cycle was created before");
    cy->created = true;
    cy->open = true;
    cy->created_idx = e->idx;
    cy->phase = PHASE_SUBMISSION;
    cy->published_rows = -1;
    cy->sel.idx = cy->fin.idx = cy->decisions_idx = -1;
    if (str_eq(e->act, S("import.cycle")))
        take_import(v, cy, e);
    take_seats(v, cy, e->data);
}

static void take_cycle_act(struct verify *v, struct cycle_facts_log *cy, const struct entry *e,
                           const char *leaf_hex)
{
    struct str text;
    int64_t number = 0;
    struct str what = str_sub(e->act, sizeof("cycle.") - 1, SIZE_MAX);
    if (data_i64(v, e->data, "forced", &number))
        cy->forced = true;
    if (str_eq(what, S("update")) || str_eq(what, S("open")) || str_eq(what, S("close")))
        take_seats(v, cy, e->data);
    if (str_eq(what, S("open")))
        cy->open = true;
    else if (str_eq(what, S("close")) || str_eq(what, S("complete")))
        cy->open = false;
    else if (str_eq(what, S("delete")))
        cy->deleted = true;
    else if (str_eq(what, S("freeze")))
        take_freeze(v, cy, e, leaf_hex);
    else if (str_eq(what, S("select")))
        take_select(v, cy, e);
    else if (str_eq(what, S("publish")))
        take_publish(v, cy, e);
    else if (str_eq(what, S("scored")))
        cy->scored_leaf = str_keep(v->keep, str_of(leaf_hex));
    else if (str_eq(what, S("preprocess")) && data_str(v, e->data, "policy", &text) &&
             cy->policy_version > 0 && !str_eq(text, cy->policy_sha256))
        finding(v, e->idx, "chain.phase", "preprocessing by another policy than the last one");
    else if (str_eq(what, S("process")) && data_str(v, e->data, "provider", &text))
        cy->provider = str_keep(v->keep, text);
    flip(v, cy, e);
}

/* Versions count from 1 and end when preprocessing begins, which names the policy in force. */
static void take_policy(struct verify *v, struct cycle_facts_log *cy, const struct entry *e)
{
    int64_t version = 0;
    struct str sha256 = { 0 };
    if (!data_i64(v, e->data, "version", &version) || !data_str(v, e->data, "sha256", &sha256)) {
        finding(v, e->idx, "entry.format", "scrub.policy has values of another kind");
        return;
    }
    if (version != cy->policy_version + 1 || cy->phase > PHASE_FROZEN)
        finding(v, e->idx, "chain.phase", "scrub.policy out of its turn");
    cy->policy_version = version;
    cy->policy_sha256 = str_keep(v->keep, sha256);
}

static void take_of_cycle(struct verify *v, const struct entry *e, const char *leaf_hex)
{
    const bool create = str_eq(e->act, S("cycle.create")) || str_eq(e->act, S("import.cycle"));
    struct cycle_facts_log *cy = id_add(v, &v->cycles, e->cycle, sizeof(*cy));
    if (create)
        take_create(v, cy, e);
    else if (!cy->created)
        finding(v, e->idx, "chain.cycle", "the entry names a cycle that was not created");
    else if (cy->deleted)
        finding(v, e->idx, "chain.cycle", "the entry names a cycle that was deleted");
    if (create || !cy->created)
        return;
    if (str_eq(e->actor, S("import")) && (!cy->imported || cy->import_over))
        finding(v, e->idx, "chain.actor", "%.*s by import in a cycle that is not being imported",
                STR_ARG(e->act));
    if (str_eq(e->act, S("application.submit")))
        cy->submitted++;
    else if (str_eq(e->act, S("application.withdraw")))
        cy->withdrawn++;
    else if (str_eq(e->act, S("score.final")))
        cy->scores++;
    else if (str_eq(e->act, S("selection.final")))
        take_final(v, cy, e);
    else if (str_eq(e->act, S("scrub.policy")))
        take_policy(v, cy, e);
    else if (str_starts(e->act, S("fairness.")))
        fairness_take(v, cy, e);
    else if (str_starts(e->act, S("cycle.")))
        take_cycle_act(v, cy, e, leaf_hex);
    else if (str_eq(e->act, S("import.rows")))
        take_rows(v, cy, e, leaf_hex);
}

static void take_admin(struct verify *v, const struct entry *e)
{
    const bool create = str_eq(e->act, S("admin.create"));
    const bool role = str_eq(e->act, S("admin.role"));
    const bool end = str_eq(e->act, S("admin.deactivate"));
    if (!create && !role && !end)
        return;
    struct str id = str_sub(e->subj, sizeof("admin:") - 1, SIZE_MAX), name;
    struct admin_facts_log *a = id_add(v, &v->admins, id, sizeof(*a));
    if (create == (a->role.p != NULL))
        finding(v, e->idx, "chain.admin", "%s of an account that %s",
                create ? "creation" : "change", create ? "was there" : "was not created");
    /* An account that was shut is opened again with its role said once more. */
    const bool opened =
        role && data_str(v, e->data, "kind", &name) && str_eq(name, S("reactivate"));
    if (create || opened)
        a->active = true;
    if (end)
        a->active = false;
    else if (data_str(v, e->data, "role", &name))
        a->role = str_keep(v->keep, name);
}

void facts_take(struct verify *v, const struct entry *e, const char *leaf_hex)
{
    if (str_starts(e->act, S("interview.")))
        interview_take(v, e);
    bias_facts_take(v, e);
    words_take(v, e);
    if (e->cycle.p)
        take_of_cycle(v, e, leaf_hex);
    else if (str_starts(e->act, S("admin.")))
        take_admin(v, e);
    else if (str_eq(e->act, S("import.legacy")))
        legacy_take(v, e);
}
