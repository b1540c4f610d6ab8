/* The rows and log entries of one evaluation, in one transaction. */
#include "base/str.h"
#include "codec/id.h"
#include "codec/json.h"
#include "repo/evaluation_repo.h"
#include "repo/fairness_repo.h"
#include "repo/review_repo.h"
#include "service/audit_log.h"
#include "service/audit_value.h"
#include "service/cycle_support.h"
#include "service/evaluate.h"
#include "service/evaluate_state.h"

enum { JSON_TEXT_MAX = 262144, SCORE_TEXT_MAX = 512, ITEM_MEM_MAX = 16 * 1024 * 1024 };

/* One row for each attempt of the Worker and of the Judge, and the final score when there is one.
 */
struct evaluation_rows {
    struct worker_row *workers;
    struct judge_row *judges;
    struct final_row final;
    bool scored;
};

struct store {
    struct tx *tx;
    struct audit_head *head;
    struct str cycle_id, actor;
};

static struct str actor_of(struct ctx *c, const struct evaluator_port *by)
{
    if (str_eq(str_of(by->name), S("builtin")))
        return S("builtin:worker+judge");
    if (str_eq(str_of(by->name), S("person")))
        return audit_actor(c);
    return S("llm:worker+judge");
}

static struct str reasoning_json(struct ctx *c, const struct worker_opinion *w)
{
    static const char *const names[] = { "academic", "test", "achievement", "essay" };
    struct buf b;
    buf_init(&b, c->mem, JSON_TEXT_MAX);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        buf_c(&b, i ? ',' : '{');
        json_write_str(&b, str_of(names[i]));
        buf_c(&b, ':');
        json_write_str(&b, w->reasoning[i]);
    }
    buf_c(&b, '}');
    return buf_ok(&b) ? buf_view(&b) : S("{}");
}

static struct str list_json(struct ctx *c, const struct list *l)
{
    const struct str *v = l->v;
    struct buf b;
    buf_init(&b, c->mem, JSON_TEXT_MAX);
    buf_c(&b, '[');
    for (size_t i = 0; i < l->n; i++) {
        if (i)
            buf_c(&b, ',');
        json_write_str(&b, v[i]);
    }
    buf_c(&b, ']');
    return buf_ok(&b) ? buf_view(&b) : S("[]");
}

static void make_worker(struct ctx *c, struct arena *mem, const struct evaluation_origin *o,
                        const struct evaluation *e, int i)
{
    const struct worker_opinion *w = &e->attempts[i].work;
    e->rows->workers[i] =
        (struct worker_row){ .result_id = str_keep(mem, id_sortable(c, "WKR_")),
                             .anonymized_id = e->anonymized_id,
                             .cycle_id = o->cycle_id,
                             .batch_run_id = o->batch_id > 0 ? o->batch_id : SCHEMA_NULL_I64,
                             .attempt = e->prior + i + 1,
                             .academic = w->academic,
                             .test = w->test,
                             .achievement = w->achievement,
                             .essay = w->essay,
                             .total = w->total,
                             .timestamp = c->now_us,
                             .model_used = str_of(o->model),
                             .rubric_adherence = str_keep(mem, w->rubric_adherence),
                             .explanation = str_keep(mem, w->explanation),
                             .reasoning = str_keep(mem, reasoning_json(c, w)) };
}

static void make_judge(struct ctx *c, struct arena *mem, const struct evaluation *e, int i)
{
    const struct judge_opinion *j = &e->attempts[i].judge;
    const struct worker_row *w = &e->rows->workers[i];
    e->rows->judges[i] =
        (struct judge_row){ .judge_id = str_keep(mem, id_sortable(c, "JDG_")),
                            .anonymized_id = e->anonymized_id,
                            .cycle_id = w->cycle_id,
                            .worker_result_id = w->result_id,
                            .batch_run_id = w->batch_run_id,
                            .decision = str_of(judge_decision_names.v[j->decision]),
                            .bias_detected = j->bias_detected,
                            .quality = j->quality,
                            .timestamp = c->now_us,
                            .model_used = w->model_used,
                            .feedback = str_keep(mem, j->feedback),
                            .reasoning = str_keep(mem, j->reasoning) };
}

static void make_final(struct ctx *c, struct arena *mem, const struct evaluation_origin *o,
                       const struct evaluation *e)
{
    const struct worker_opinion *w = &e->attempts[e->n_attempts - 1].work;
    struct str evaluator = str_of(o->by->label);
    if (!str_eq(str_of(o->model), str_of(o->by->name)))
        evaluator = str_fmt(mem, "%s, judged by %s", o->model, o->by->label);
    e->rows->scored = true;
    e->rows->final =
        (struct final_row){ .anonymized_id = e->anonymized_id,
                            .cycle_id = o->cycle_id,
                            .final = w->total,
                            .academic = w->academic,
                            .test = w->test,
                            .achievement = w->achievement,
                            .essay = w->essay,
                            .timestamp = c->now_us,
                            .attempts = e->prior + e->n_attempts,
                            .evaluator = str_sub(evaluator, 0, 100),
                            .explanation = e->rows->workers[e->n_attempts - 1].explanation,
                            .strengths = str_keep(mem, list_json(c, &w->strengths)),
                            .areas = str_keep(mem, list_json(c, &w->areas)) };
}

err evaluation_rows_make(struct ctx *c, struct arena *mem, const struct evaluation_origin *o,
                         struct evaluation *e)
{
    const size_t n = (size_t)e->n_attempts;
    struct evaluation_rows *r = arena_try(mem, 1, sizeof(*r), _Alignof(struct evaluation_rows));
    struct worker_row *w = arena_try(mem, n + 1, sizeof(*w), _Alignof(struct worker_row));
    struct judge_row *j = arena_try(mem, n + 1, sizeof(*j), _Alignof(struct judge_row));
    if (!r || !w || !j)
        return FAIL(c, TOO_LARGE, "The evaluation is too large for its memory");
    *r = (struct evaluation_rows){ .workers = w, .judges = j };
    e->rows = r;
    for (int i = 0; i < e->n_attempts; i++) {
        make_worker(c, mem, o, e, i);
        make_judge(c, mem, e, i);
    }
    if (e->accepted && n > 0)
        make_final(c, mem, o, e);
    return ERR_OK;
}

static err log_attempt(struct ctx *c, const struct store *st, const struct evaluation *e, int i)
{
    const struct judge_row *j = &e->rows->judges[i];
    const struct worker_row *w = &e->rows->workers[i];
    const struct audit_new n = {
        .act = "score.attempt",
        .actor = st->actor,
        .cycle = st->cycle_id,
        .subj = str_fmt(c->mem, "anon:%.*s", STR_ARG(e->anonymized_id)),
        .data = str_fmt(c->mem, "{\"attempt\":%lld,\"decision\":\"%.*s\"}", (long long)w->attempt,
                        STR_ARG(j->decision)),
    };
    return audit_append(c, st->tx, st->head, &n, NULL);
}

static err log_final(struct ctx *c, const struct store *st, const struct evaluation *e,
                     struct hash *ret_leaf)
{
    const struct final_row *f = &e->rows->final;
    const struct audit_score score = { .academic = f->academic,
                                       .achievement = f->achievement,
                                       .essay = f->essay,
                                       .final = f->final,
                                       .test = f->test };
    struct buf b;
    buf_init(&b, c->mem, SCORE_TEXT_MAX);
    audit_score_canon(&b, &score);
    const struct str subject = str_fmt(c->mem, "anon:%.*s", STR_ARG(e->anonymized_id));
    const struct audit_new n = {
        .act = "score.final",
        .actor = st->actor,
        .cycle = st->cycle_id,
        .subj = subject,
        .key_subject = subject,
        .values = { { S("score"), buf_view(&b) } },
        .n_values = 1,
    };
    return audit_append_keyed(c, st->tx, st->head, &n, e->key, ret_leaf);
}

/* *ret_hash in `mem`; absent where the entry waits for its place: the sequencer writes it then. */
static err log_one(struct ctx *c, struct arena *mem, const struct store *st,
                   const struct evaluation *e, struct str *ret_hash)
{
    struct hash leaf;
    for (int i = 0; i < e->n_attempts; i++)
        TRY(log_attempt(c, st, e, i));
    if (!e->rows->scored)
        return ERR_OK;
    const bool waits = audit_waits(c, st->head);
    TRY(log_final(c, st, e, waits ? NULL : &leaf));
    if (!waits)
        *ret_hash = hash_hex(mem, &leaf);
    return ERR_OK;
}

/* All rows of a kind side by side. */
struct gathered {
    struct worker_row *workers;
    struct judge_row *judges;
    struct final_row *finals;
    size_t n_attempts, n_finals;
};

static err gather_room(struct ctx *c, const struct evaluation *const *v, size_t n,
                       struct gathered *ret)
{
    size_t attempts = 1;
    for (size_t i = 0; i < n; i++)
        attempts += (size_t)v[i]->n_attempts;
    *ret = (struct gathered){
        .workers =
            arena_try(c->mem, attempts, sizeof(struct worker_row), _Alignof(struct worker_row)),
        .judges = arena_try(c->mem, attempts, sizeof(struct judge_row), _Alignof(struct judge_row)),
        .finals = arena_try(c->mem, n + 1, sizeof(struct final_row), _Alignof(struct final_row)),
    };
    if (!ret->workers || !ret->judges || !ret->finals)
        return FAIL(c, TOO_LARGE, "The evaluations are too large for their memory");
    return ERR_OK;
}

static void gather(const struct evaluation *e, struct str hash, struct gathered *g)
{
    for (int i = 0; i < e->n_attempts; i++) {
        g->workers[g->n_attempts] = e->rows->workers[i];
        g->judges[g->n_attempts++] = e->rows->judges[i];
    }
    if (!e->rows->scored)
        return;
    g->finals[g->n_finals] = e->rows->final;
    g->finals[g->n_finals++].hash = hash;
}

/* What is held waits for a person; what is scored no longer does. */
static err note_reviews(struct ctx *c, struct tx *tx, struct str cycle_id,
                        const struct evaluation *const *v, size_t n)
{
    struct review_new *rows = arena_try(c->mem, n + 1, sizeof(*rows), _Alignof(struct review_new));
    size_t k = 0;
    if (!rows)
        return FAIL(c, TOO_LARGE, "The evaluations are too large for their memory");
    for (size_t i = 0; i < n; i++) {
        const int reason = review_reason_of(v[i]->held);
        if (v[i]->accepted && v[i]->prior > 0)
            TRY(review_drop(c, tx, v[i]->anonymized_id));
        if (!v[i]->accepted && reason >= 0)
            rows[k++] = (struct review_new){ .anonymized_id = v[i]->anonymized_id,
                                             .cycle_id = cycle_id,
                                             .reason = str_of(review_reason_names.v[reason]),
                                             .signs = v[i]->signs,
                                             .opened_at = c->now_us };
    }
    return review_open(c, tx, rows, k);
}

/* Scores of other models, prompts or weights than the last that were committed have an entry of
 * theirs before them: a server may be started anew with others in the midst of an evaluation. */
static err commit_again(struct ctx *c, struct tx *tx, struct audit_head *head,
                        const struct evaluation_origin *o)
{
    struct fairness_entry last;
    struct entry e;
    struct str now;
    const char *why = NULL;
    bool found = false;
    if (!o->by->commitment) /* a person */
        return ERR_OK;
    TRY(fairness_last_entry(c, tx, o->cycle_id, "rubric.commit", &last, &found));
    TRY(o->by->commitment(o->by->self, c, &now));
    if (!found || !entry_read(last.entry, &e, &why) || str_eq(e.data, now))
        return ERR_OK;
    return cycle_log(c, tx, head, "rubric.commit", o->cycle_id, now, NULL);
}

err evaluation_store(struct ctx *c, struct tx *tx, struct audit_head *head,
                     const struct evaluation_origin *o, const struct evaluation *const *v, size_t n)
{
    const struct store st = {
        .tx = tx, .head = head, .cycle_id = o->cycle_id, .actor = actor_of(c, o->by)
    };
    struct gathered g;
    if (n > 0)
        TRY(commit_again(c, tx, head, o));
    TRY(gather_room(c, v, n, &g));
    struct arena *mem = c->mem, *item_mem = arena_open(mem, ITEM_MEM_MAX);
    for (size_t i = 0; i < n; i++) {
        struct str hash = { 0 };
        c->mem = item_mem;
        err e = log_one(c, mem, &st, v[i], &hash);
        c->mem = mem;
        TRY(e); /* the arena may hold the fault's issues, and goes with its parent */
        gather(v[i], hash, &g);
        arena_reset(item_mem);
    }
    arena_close(item_mem);
    TRY(eval_worker_insert(c, tx, g.workers, g.n_attempts));
    TRY(eval_judge_insert(c, tx, g.judges, g.n_attempts));
    TRY(eval_final_insert(c, tx, g.finals, g.n_finals));
    return note_reviews(c, tx, o->cycle_id, v, n);
}
