/* Answers by custom_id: the file is indexed, then the applications in it are moved in groups, a
 * transaction each. An application that was moved meanwhile by another import is looked at again.
 */
#include "service/import_answers.h"

#include "base/str.h"
#include "client/llm_batch.h"
#include "repo/checkpoint_repo.h"
#include "service/batch_question.h"
#include "service/cycle_support.h"

enum { GROUP_MAX = 100, GROUP_MEM_MAX = 512 << 20, LINE_MEM_MAX = 16 << 20, TRIES = 5 };

struct line {
    struct str custom_id, anonymized_id, version, text;
    int64_t number;
    bool used;
};
struct subject { /* an application of the group */
    struct line *lines;
    size_t n;
    struct eval_source source;
    struct checkpoint_row kept; /* state absent: none */
    bool found;
    struct batch_item item;
    int64_t taken;
    struct evaluation *evaluation; /* it has come to its end */
    struct str checkpoint;         /* else what it is to be kept as */
    bool final;                    /* set in the write */
};
struct answers {
    struct import_work *w;
    struct batch_asker asker;
    struct line *lines;
    size_t n_lines;
    struct subject *v;
    size_t n;
    struct usage_row used[EVAL_ROLES];
};

bool import_answers_is(struct ctx *c, struct str text)
{
    struct llm_batch_line l;
    struct str line;
    while (import_next_line(&text, &line))
        if (!import_blank(line))
            return memmem(line.p, line.n, "\"custom_id\"", 11) != NULL &&
                   (llm_batch_read(c, LLM_CHAT, line, &l) || l.custom_id.p);
    return false;
}

static void refuse(struct answers *a, const struct line *l, struct str why)
{
    import_note(a->w, l->number, l->anonymized_id, why);
    a->w->report.rejected_count++;
}

static int by_id(const void *x, const void *y)
{
    const struct line *a = x, *b = y;
    const int order = str_cmp(a->custom_id, b->custom_id);
    return order ? order : (a->number > b->number) - (a->number < b->number);
}

static void index_line(struct ctx *c, struct answers *a, struct arena *keep, struct str text,
                       int64_t number)
{
    struct llm_batch_line l;
    struct line *to = &a->lines[a->n_lines];
    *to = (struct line){ .text = text, .number = number };
    if (!llm_batch_read(c, a->asker.by->o.api, text, &l)) {
        refuse(a, to, str_of(l.why));
        return;
    }
    to->custom_id = str_keep(keep, l.custom_id);
    if (batch_id_cut(to->custom_id, &to->anonymized_id, &to->version))
        a->n_lines++;
    else
        refuse(a, to, S("custom_id is none of ours"));
}

/* Sorted, each id once. */
static err make_index(struct ctx *c, struct answers *a, struct str text)
{
    struct arena *keep = c->mem, *mem = arena_open(keep, LINE_MEM_MAX);
    struct str line;
    int64_t number = 0;
    size_t n = 0;
    a->lines = arena_try(keep, (size_t)a->w->records + 1, sizeof(*a->lines), _Alignof(struct line));
    if (!a->lines)
        return FAIL(c, TOO_LARGE, "The file has too many lines");
    c->mem = mem;
    while (import_next_line(&text, &line)) {
        number++;
        if (!import_blank(line))
            index_line(c, a, keep, line, number);
        arena_reset(mem);
    }
    c->mem = keep;
    arena_close(mem);
    qsort(a->lines, a->n_lines, sizeof(*a->lines), by_id);
    for (size_t i = 0; i < a->n_lines; i++) {
        if (n > 0 && str_eq(a->lines[n - 1].custom_id, a->lines[i].custom_id))
            refuse(a, &a->lines[i], S("the file has this custom_id twice"));
        else
            a->lines[n++] = a->lines[i];
    }
    a->n_lines = n;
    return ERR_OK;
}

static err read_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct answers *a = arg;
    for (size_t i = 0; i < a->n; i++) {
        struct subject *s = &a->v[i];
        const struct str id = s->lines[0].anonymized_id;
        TRY(eval_source_get(c, tx, a->w->batch.cycle_id, id, &s->source, &s->found));
        s->kept = (struct checkpoint_row){ 0 };
        if (s->found)
            TRY(checkpoint_get(c, tx, a->w->batch.cycle_id, id, &s->kept));
    }
    return ERR_OK;
}

static struct line *line_of(const struct subject *s, struct str custom_id)
{
    for (size_t i = 0; i < s->n; i++)
        if (str_eq(s->lines[i].custom_id, custom_id))
            return &s->lines[i];
    return NULL;
}

static bool is_open(const struct answers *a, const struct subject *s)
{
    return !a->w->read_only && !s->source.review.p &&
           (str_eq(s->source.status, S("batch_ready")) ||
            str_eq(s->source.status, S("processing")));
}

/* One answer; false: this application goes no further now. */
static bool take_one(struct ctx *c, struct answers *a, struct subject *s, struct line *l)
{
    struct llm_batch_line in;
    l->used = true;
    if (!llm_batch_read(c, a->asker.by->o.api, l->text, &in) || !in.answered) {
        refuse(a, l, str_keep(a->w->keep, str_of(in.why)));
        return false;
    }
    if (batch_item_answer(c, &s->item, &in.reply) != ERR_OK) {
        refuse(a, l, str_keep(a->w->keep, str_of(c->fault.text)));
        fault_clear(c);
        return false;
    }
    s->taken++;
    return true;
}

struct later {
    struct subject *s;
    struct answers *a;
};

static err note_later(void *arg, struct ctx *c, struct str custom_id, const struct llm_request *q)
{
    const struct later *p = arg;
    struct line *l = line_of(p->s, custom_id);
    (void)c, (void)q;
    if (l && !l->used) {
        l->used = true;
        refuse(p->a, l, S("an earlier question of this application has no answer of use"));
    }
    return ERR_OK;
}

/* What is left: asked with other words, of no use yet, or known from an earlier import. */
static err settle_rest(struct ctx *c, struct answers *a, struct subject *s)
{
    struct later p = { s, a };
    if (s->found && is_open(a, s) && s->item.at != GRAPH_END)
        TRY(batch_item_questions(c, &a->asker, &s->item, note_later, &p));
    for (size_t i = 0; i < s->n; i++) {
        struct line *l = &s->lines[i];
        if (l->used)
            continue;
        if (!s->found)
            refuse(a, l, S("no such application in this cycle"));
        else if (!batch_version_known(&a->asker, l->version))
            refuse(a, l, S("it was asked of another model or with another prompt"));
        else
            a->w->report.already_count++;
    }
    return ERR_OK;
}

static err finish_subject(struct ctx *c, struct answers *a, struct subject *s)
{
    const struct evaluation_origin o = { a->w->batch.cycle_id, a->w->batch.batch_id, a->w->by,
                                         a->w->by->name };
    if (s->item.at != GRAPH_END) {
        const struct graph_mark m = { s->source.anonymized_id, &s->item.state, s->item.at,
                                      s->item.steps };
        return graph_checkpoint_write(c, &evaluate_graph, &m, &s->checkpoint);
    }
    struct evaluation *e = arena_new(c->mem, struct evaluation);
    *e = (struct evaluation){ .anonymized_id = s->source.anonymized_id,
                              .application_id = s->source.application_id,
                              .prior = s->source.prior };
    TRY(evaluation_key(c, &s->source, e));
    s->evaluation = e;
    return openai_rows_make(c, c->mem, &o, &s->item.state, e);
}

static err move_subject(struct ctx *c, struct answers *a, struct subject *s)
{
    if (!s->found || !is_open(a, s))
        return settle_rest(c, a, s);
    TRY(batch_item_begin(c, &a->asker, &s->source, s->kept.state, &s->item));
    while (s->item.at != GRAPH_END) {
        struct line *l = line_of(s, batch_item_id(c, &a->asker, &s->item));
        if (!l || !take_one(c, a, s, l))
            break;
    }
    if (s->taken > 0)
        TRY(finish_subject(c, a, s));
    return settle_rest(c, a, s);
}

static err log_import(struct ctx *c, struct tx *tx, const struct import_work *w)
{
    struct audit_head head = { 0 };
    const struct audit_new n = {
        .act = "batch.import",
        .actor = audit_actor(c),
        .cycle = w->batch.cycle_id,
        .subj = str_fmt(c->mem, "cycle:%.*s", STR_ARG(w->batch.cycle_id)),
        .data = str_fmt(c->mem, "{\"batch\":%lld,\"count\":%lld,\"sha256\":\"%.*s\"}",
                        (long long)w->batch.batch_id, (long long)w->records, STR_ARG(w->sha256)),
    };
    return audit_append(c, tx, &head, &n, NULL);
}

/* Nobody else has moved it since it was read. */
static err still_same(struct ctx *c, struct tx *tx, const struct answers *a,
                      const struct subject *s)
{
    struct checkpoint_row now = { 0 };
    TRY(checkpoint_get(c, tx, a->w->batch.cycle_id, s->source.anonymized_id, &now));
    const bool same =
        now.state.p ? s->kept.state.p && str_eq(now.state, s->kept.state) : !s->kept.state.p;
    return same ? ERR_OK : FAIL(c, CONFLICT, "Another import moved this application");
}

static err write_subject(struct ctx *c, struct tx *tx, const struct answers *a, struct subject *s,
                         const struct evaluation **v, size_t *n)
{
    s->final = false;
    TRY(still_same(c, tx, a, s));
    if (!s->evaluation) {
        const struct checkpoint_row row = { .anonymized_id = s->source.anonymized_id,
                                            .cycle_id = a->w->batch.cycle_id,
                                            .state = s->checkpoint,
                                            .updated_at = c->now_us };
        return checkpoint_put(c, tx, &row, 1);
    }
    TRY(evaluation_claim(c, tx, s->evaluation, &s->final));
    if (s->final)
        v[(*n)++] = s->evaluation;
    return checkpoint_drop(c, tx, s->source.anonymized_id);
}

static err write_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct answers *a = arg;
    struct import_work *w = a->w;
    const struct evaluation *v[GROUP_MAX];
    const struct evaluation_origin o = { w->batch.cycle_id, w->batch.batch_id, w->by, w->by->name };
    struct audit_head head = { 0 };
    int64_t done = 0;
    size_t n = 0;
    TRY(cycle_lock(c, tx, w->batch.cycle_id, LOCK_EXCLUSIVE));
    for (size_t i = 0; i < a->n; i++)
        if (a->v[i].taken > 0)
            TRY(write_subject(c, tx, a, &a->v[i], v, &n));
    if (!w->logged)
        TRY(log_import(c, tx, w));
    TRY(evaluation_store(c, tx, &head, &o, v, n));
    TRY(usage_add(c, tx, a->used, EVAL_ROLES));
    for (size_t i = 0; i < n; i++)
        done += v[i]->accepted;
    return batch_progress(c, tx, w->batch.batch_id, done, (int64_t)n - done, BATCH_RUNNING);
}

/* Batches have prices of their own. */
static void reckon(struct ctx *c, struct answers *a)
{
    const struct openai_options *o = &a->asker.by->o;
    memset(a->used, 0, sizeof(a->used));
    for (size_t i = 0; i < a->n; i++) {
        const struct graph_mark m = { .state = &a->v[i].item.state };
        if (a->v[i].taken > 0)
            openai_usage(o, a->w->batch.cycle_id, &m, 1, a->used);
    }
    for (int role = 0; role < EVAL_ROLES; role++) {
        struct usage_row *u = &a->used[role];
        u->cycle_id = a->w->batch.cycle_id;
        u->model = str_fmt(c->mem, "%.*s (batch)",
                           STR_ARG(role == EVAL_WORKER ? o->models.worker : o->models.judge));
        u->cost_pico =
            model_cost_pico(&o->prices, u->model, u->tokens_in, u->tokens_cached, u->tokens_out);
    }
}

static void report_group(struct answers *a)
{
    struct import_report *r = &a->w->report;
    for (size_t i = 0; i < a->n; i++) {
        const struct subject *s = &a->v[i];
        r->answers_count += s->taken;
        if (!s->evaluation || !s->final)
            continue;
        if (s->evaluation->accepted)
            r->imported_count++;
        else
            r->held_count++;
        if (!s->evaluation->accepted)
            import_note(a->w, s->lines[0].number, s->source.anonymized_id,
                        str_of(s->evaluation->held));
    }
}

static err try_group(struct ctx *c, struct answers *a)
{
    bool any = false;
    TRY(tx_run(c, TX_READ, read_tx, a));
    for (size_t i = 0; i < a->n; i++) {
        TRY(move_subject(c, a, &a->v[i]));
        any = any || a->v[i].taken > 0;
    }
    if (!any)
        return ERR_OK;
    reckon(c, a);
    TRY(tx_run(c, TX_WRITE, write_tx, a));
    a->w->logged = true;
    report_group(a);
    return ERR_OK;
}

/* The same lines again, as if they had not been looked at. */
static err run_group(struct ctx *c, struct answers *a)
{
    const struct import_report before = a->w->report;
    const size_t n_errors = a->w->n_errors;
    err e = ERR_OK;
    for (int t = 0; t < TRIES; t++) {
        e = try_group(c, a);
        for (size_t i = 0; i < a->n; i++)
            if (a->v[i].evaluation)
                secret_wipe(a->v[i].evaluation->key, SUBJECT_KEY_N);
        if (e != ERR_CONFLICT)
            return e;
        fault_clear(c);
        a->w->report = before;
        a->w->n_errors = n_errors;
        for (size_t i = 0; i < a->n; i++) {
            struct subject *s = &a->v[i];
            *s = (struct subject){ .lines = s->lines, .n = s->n };
            for (size_t k = 0; k < s->n; k++)
                s->lines[k].used = false;
        }
    }
    return FAIL(c, BUSY, "Another import holds these applications; try again");
}

/* Lines of one application lie side by side. */
static size_t gather(struct answers *a, size_t from)
{
    size_t i = from;
    a->n = 0;
    while (i < a->n_lines) {
        const bool same =
            i > from && str_eq(a->lines[i].anonymized_id, a->lines[i - 1].anonymized_id);
        if (!same && a->n == GROUP_MAX)
            break;
        if (!same)
            a->v[a->n++] = (struct subject){ .lines = &a->lines[i] };
        a->v[a->n - 1].n++;
        i++;
    }
    return i;
}

err import_answers_run(struct ctx *c, struct import_work *w, struct str text)
{
    struct answers a = { .w = w };
    struct arena *mem = c->mem;
    err e = ERR_OK;
    if (!w->by->models)
        return FAIL(c, BAD_REQUEST,
                    "Answers of the Batch API need the provider openai, which asked");
    w->keep = mem;
    batch_asker_init(c, w->by->models, &a.asker);
    TRY(make_index(c, &a, text));
    a.v = arena_array(mem, struct subject, GROUP_MAX);
    c->mem = arena_open(mem, GROUP_MEM_MAX);
    for (size_t i = 0; i < a.n_lines && e == ERR_OK;) {
        i = gather(&a, i);
        e = run_group(c, &a);
        if (e == ERR_OK)
            arena_reset(c->mem);
    }
    if (e == ERR_OK)
        arena_close(c->mem);
    c->mem = mem;
    return e;
}
