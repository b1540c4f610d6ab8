/* One cycle of an original installation, whole, in one transaction: its row, import.cycle, what
 * hangs on it, and import.rows, whose leaf takes the place of the freeze that is not in our log. */
#include "base/str.h"
#include "domain/phase.h"
#include "domain/score.h"
#include "repo/cycle_repo.h"
#include "service/audit_roots.h"
#include "service/cycle_support.h"
#include "service/evaluate.h"
#include "service/legacy_bind.h"
#include "service/metrics.h"
#include "service/original_inner.h"
#include "service/settings.h"

enum { RANK_MEM_MAX = 128 * 1024 * 1024 };
#define IMPORTED_PROVIDER S("imported")

/* The tables whose rows belong to a cycle, with their sizes in the order of struct
 * original_sizes. */
static const enum original_table of_cycle[] = {
    ORIG_APPLICATIONS,     ORIG_ANONYMIZED_APPLICATIONS,
    ORIG_IDENTITY_MAPPING, ORIG_DETERMINISTIC_METRICS,
    ORIG_BATCH_RUNS,       ORIG_WORKER_RESULTS,
    ORIG_JUDGE_RESULTS,    ORIG_FINAL_SCORES,
    ORIG_SELECTION_LOGS,
};
enum { OF_CYCLE_N = sizeof(of_cycle) / sizeof(of_cycle[0]) };

static err sizes_of(struct importer *im, int64_t ret[OF_CYCLE_N])
{
    struct original_sizes s = { 0 };
    TRY(pulled(im, original_sizes(im->src, im->src_tx, im->cycle->cycle_id, &s)));
    const int64_t v[OF_CYCLE_N] = { s.applications, s.anonymous, s.mappings,
                                    s.metrics,      s.batches,   s.attempts,
                                    s.judgements,   s.scores,    s.selections };
    memcpy(ret, v, sizeof(v));
    return ERR_OK;
}

struct interview_sizes {
    struct importer *im;
    int64_t interviews, scores;
};

static err count_interview(struct ctx *src, const void *row, void *arg)
{
    struct interview_sizes *s = arg;
    (void)src;
    s->interviews++;
    s->scores += ((const struct original_interview *)row)->score_id != SCHEMA_NULL_I64;
    return ERR_OK;
}

/* Not in sizes_of: older schemas have no such tables. */
static err interviews_of(struct importer *im, struct interview_sizes *ret)
{
    enum original_talks have = ORIGINAL_INTERVIEWS_PLAIN;
    *ret = (struct interview_sizes){ .im = im };
    return original_interviews_have(im, &have)
               ? pulled(im, original_interviews(im->src, im->src_tx, im->cycle->cycle_id, have,
                                                count_interview, ret))
               : ERR_OK;
}

static err leave_cycle(struct importer *im, enum note why)
{
    int64_t n[OF_CYCLE_N];
    struct interview_sizes talks;
    note(im, ORIG_ADMISSION_CYCLES, im->cycle->cycle_id, why);
    TRY(sizes_of(im, n));
    for (size_t i = 0; i < OF_CYCLE_N; i++)
        if (n[i])
            note_many(im, of_cycle[i], im->cycle->cycle_id, ON_CYCLE_LEFT, n[i]);
    TRY(interviews_of(im, &talks));
    if (talks.interviews)
        note_many(im, ORIG_INTERVIEWS, im->cycle->cycle_id, ON_CYCLE_LEFT, talks.interviews);
    if (talks.scores)
        note_many(im, ORIG_INTERVIEW_SCORES, im->cycle->cycle_id, ON_CYCLE_LEFT, talks.scores);
    return ERR_OK;
}

/* Imported by an earlier run: what came to the original since is not merged into it. */
static err pass_cycle(struct importer *im)
{
    int64_t n[OF_CYCLE_N], here = 0;
    struct list counts = { 0 };
    struct interview_sizes talks;
    TRY(sizes_of(im, n));
    TRY(interviews_of(im, &talks));
    im->tally->already[ORIG_INTERVIEWS] += talks.interviews;
    im->tally->already[ORIG_INTERVIEW_SCORES] += talks.scores;
    TRY(application_counts(im->c, im->tx, im->cycle->cycle_id, &counts));
    for (size_t i = 0; i < counts.n; i++)
        here += ((const struct status_count *)counts.v)[i].n;
    im->tally->already[ORIG_ADMISSION_CYCLES]++;
    for (size_t i = 0; i < OF_CYCLE_N; i++)
        im->tally->already[of_cycle[i]] += n[i];
    if (n[0] > here) {
        im->tally->already[ORIG_APPLICATIONS] -= n[0] - here;
        note_many(im, ORIG_APPLICATIONS, im->cycle->cycle_id, ON_GROWN, n[0] - here);
    }
    return ERR_OK;
}

static err open_here(struct importer *im, bool *ret)
{
    bool other = false;
    TRY(exists_here(im, LEGACY_OPEN_CYCLE, S(""), &other));
    *ret = im->cycle->is_open && im->phase == PHASE_SUBMISSION && !other;
    if (im->cycle->is_open && !*ret)
        note(im, ORIG_ADMISSION_CYCLES, im->cycle->cycle_id, ON_CYCLE_OPEN);
    return ERR_OK;
}

static struct str provider_of(const struct importer *im)
{
    if (im->phase < PHASE_PROCESSING)
        return (struct str){ 0 };
    if (im->phase > PHASE_PROCESSING)
        return IMPORTED_PROVIDER;
    return provider_usual(im->c); /* who scores the rest */
}

static err closer_here(struct importer *im, struct str *ret)
{
    bool here = false;
    if (!im->cycle->closed_by.n)
        return ERR_OK;
    const struct str id = admin_id_here(im->c, im->cycle->closed_by);
    TRY(exists_here(im, LEGACY_ADMIN, id, &here));
    if (here)
        *ret = id;
    return ERR_OK;
}

static err begin_cycle(struct importer *im, struct cycle_row *row)
{
    const struct original_cycle *o = im->cycle;
    *row = (struct cycle_row){
        .cycle = { .cycle_id = o->cycle_id,
                   .cycle_name = o->cycle_name,
                   .phase = im->phase,
                   .max_seats = o->max_seats,
                   .result_date = o->result_date,
                   .start_date = o->start_date,
                   .end_date = o->end_date,
                   .created_at = o->created_at,
                   .created_by = admin_id_here(im->c, o->created_by),
                   .closed_at = o->closed_at,
                   .version = 1 },
        .provider = provider_of(im),
    };
    TRY(open_here(im, &row->cycle.is_open));
    TRY(closer_here(im, &row->cycle.closed_by));
    TRY(inserted(im, ORIG_ADMISSION_CYCLES, o->cycle_id, cycle_row_insert(im->c, im->tx, row)));
    im->tally->imported[ORIG_ADMISSION_CYCLES]++;
    struct buf b;
    buf_init(&b, im->c->mem, ENTRY_MAX);
    buf_fmt(&b, "{\"dates\":{\"end\":%lld,\"result\":%lld,\"start\":%lld},\"open\":%d,",
            (long long)(o->end_date / 1000), (long long)(o->result_date / 1000),
            (long long)(o->start_date / 1000), row->cycle.is_open);
    buf_fmt(&b, "\"phase\":\"%s\",", phase_names.v[im->phase]);
    if (row->provider.p)
        buf_fmt(&b, "\"provider\":\"%.*s\",", STR_ARG(row->provider));
    buf_fmt(&b, "\"seats\":%lld}", (long long)o->max_seats);
    return cycle_log(im->c, im->tx, &im->head, "import.cycle", o->cycle_id, buf_view(&b), NULL);
}

/* What is still to be scored is scored here: by whom, and by which rubric, is said before. */
static err commit_rubric(struct importer *im, struct str provider)
{
    struct ctx *c = im->c;
    struct str rubric;
    if (im->phase != PHASE_PROCESSING || !c->deps->evaluators)
        return ERR_OK;
    const struct evaluator_port *by = evaluator_find(c, provider);
    if (!by)
        by = evaluator_find(c, S("builtin"));
    if (!by)
        return ERR_OK;
    TRY(by->commitment(by->self, c, &rubric));
    return cycle_log(c, im->tx, &im->head, "rubric.commit", im->cycle->cycle_id, rubric, NULL);
}

/* The original never ranks anybody; our gates ask for it. */
static err rank(struct importer *im)
{
    struct arena *mem = im->c->mem;
    struct arena *own = arena_open(NULL, RANK_MEM_MAX);
    im->c->mem = own;
    const err e = metrics_rank(im->c, im->tx, im->cycle->cycle_id);
    im->c->mem = mem;
    arena_close(own);
    return e;
}

/* Leaves of the whole import of the cycle; what was decided is committed, not told. */
static err log_rows(struct importer *im, struct hash *ret_leaf)
{
    struct ctx *c = im->c;
    const struct str id = im->cycle->cycle_id;
    const struct str subject = str_fmt(c->mem, "cycle:%.*s", STR_ARG(id));
    struct hash root;
    int64_t first = 0, logged = 0;
    uint8_t key[SUBJECT_KEY_N] = { 0 };
    TRY(cycle_first_entry(c, im->tx, id, &first));
    TRY(audit_apps_root(c, im->tx, id, first, INT64_MAX, &root, &logged));
    struct audit_new n = {
        .act = "import.rows",
        .actor = audit_actor(c),
        .cycle = id,
        .subj = subject,
        .data = str_fmt(c->mem, "{\"apps_root\":\"%.*s\",\"count\":%lld,\"scores\":%lld}",
                        STR_ARG(hash_hex(c->mem, &root)), (long long)logged, (long long)im->scored),
        .key_subject = subject,
    };
    if (im->phase >= PHASE_SELECTION) {
        n.values[0].field = S("decisions");
        TRY(legacy_verdicts_canon(c, im->tx, id, &n.values[0].canonical));
        TRY(keyed(im, subject, key));
        n.n_values = 1;
        n.data = str_fmt(c->mem,
                         "{\"apps_root\":\"%.*s\",\"count\":%lld,\"scores\":%lld,"
                         "\"selected\":%lld,\"selections\":%lld}",
                         STR_ARG(hash_hex(c->mem, &root)), (long long)logged, (long long)im->scored,
                         (long long)im->selected, (long long)im->selections);
    }
    const err e = audit_append_keyed(c, im->tx, &im->head, &n, key, ret_leaf);
    secret_wipe(key, sizeof(key));
    return e;
}

static err note_cycle(struct importer *im)
{
    const struct original_cycle *o = im->cycle;
    const enum original_table t = ORIG_ADMISSION_CYCLES;
    int64_t unjudged = 0;
    const int64_t selected = im->phase >= PHASE_SELECTION ? im->selected : 0;
    if (o->current_seats != im->submitted || o->selected_count != selected)
        note(im, t, o->cycle_id, ON_CYCLE_COUNTS);
    if (im->phase >= PHASE_SELECTION) {
        note(im, t, o->cycle_id, ON_NO_RECOUNT);
        return ERR_OK;
    }
    TRY(cycle_fact_count(im->c, im->tx, "unjudged", o->cycle_id, &unjudged));
    if (unjudged)
        note_many(im, t, o->cycle_id, ON_UNJUDGED, unjudged);
    return ERR_OK;
}

static err end_cycle(struct importer *im, struct cycle_row *row)
{
    struct hash leaf;
    TRY(log_rows(im, &leaf));
    if (im->phase >= PHASE_FROZEN)
        row->freeze_leaf = hash_hex(im->c->mem, &leaf);
    if (im->phase >= PHASE_SELECTION)
        row->cycle.selected_count = im->selected;
    TRY(cycle_row_settle(im->c, im->tx, row));
    TRY(legacy_cycle_seats(im->c, im->tx, im->cycle->cycle_id, im->submitted));
    TRY(legacy_sequences(im->c, im->tx));
    return note_cycle(im);
}

/* Rows that no stream met hang on something that was left out. */
static void note_orphans(struct importer *im, const int64_t n[OF_CYCLE_N])
{
    const struct tally *t = im->tally, *before = im->at_cycle;
    for (size_t i = 0; i < OF_CYCLE_N; i++) {
        const enum original_table table = of_cycle[i];
        const int64_t met =
            t->imported[table] - before->imported[table] + t->left[table] - before->left[table];
        if (n[i] > met)
            note_many(im, table, im->cycle->cycle_id, ON_ORPHAN, n[i] - met);
    }
}

static err whole_cycle(struct importer *im)
{
    struct cycle_row row;
    int64_t n[OF_CYCLE_N];
    *im->at_cycle = *im->tally;
    im->submitted = im->scored = im->selected = im->selections = 0;
    TRY(sizes_of(im, n));
    TRY(begin_cycle(im, &row));
    TRY(commit_rubric(im, row.provider));
    TRY(original_take_people(im));
    TRY(original_take_marks(im));
    TRY(original_take_interviews(im));
    if (im->phase >= PHASE_PREPROCESSING)
        TRY(rank(im));
    TRY(end_cycle(im, &row));
    note_orphans(im, n);
    return ERR_OK;
}

/* Nobody has decided on this short list yet, and how it was made cannot be recounted: it is made
 * again here, from the same scores, by a rule for ties. Interviews that were held stay. */
static err take_back_shortlist(struct importer *im)
{
    struct original_sizes s = { 0 };
    if (im->phase != PHASE_SELECTION)
        return ERR_OK;
    TRY(pulled(im, original_sizes(im->src, im->src_tx, im->cycle->cycle_id, &s)));
    if (s.shortlisted == 0)
        return ERR_OK;
    im->reselect = true;
    im->phase = PHASE_SCORED;
    note(im, ORIG_ADMISSION_CYCLES, im->cycle->cycle_id, ON_SHORTLIST);
    return ERR_OK;
}

err original_take_cycle(struct importer *im)
{
    struct ctx *c = im->c;
    const struct original_cycle *o = im->cycle;
    const struct str subject = str_fmt(c->mem, "cycle:%.*s", STR_ARG(o->cycle_id));
    bool entry = false, here = false;
    im->phase = legacy_label(&phase_names, o->phase);
    im->reselect = false;
    if (!id_valid(o->cycle_id) || im->phase < 0)
        return leave_cycle(im, im->phase < 0 ? ON_UNKNOWN_LABEL : ON_BAD_ID);
    if (o->max_seats <= 0)
        return leave_cycle(im, ON_BAD_SEATS);
    TRY(exists_here(im, LEGACY_CYCLE_ENTRY, subject, &entry));
    TRY(exists_here(im, LEGACY_CYCLE, o->cycle_id, &here));
    if (entry)
        return pass_cycle(im);
    if (here)
        return inserted(im, ORIG_ADMISSION_CYCLES, o->cycle_id, ERR_CONFLICT);
    TRY(take_back_shortlist(im));
    return whole_cycle(im);
}
