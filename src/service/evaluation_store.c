/* The rows and log entries of one evaluation, in one transaction. */
#include "base/str.h"
#include "codec/id.h"
#include "codec/json.h"
#include "repo/evaluation_repo.h"
#include "service/audit_log.h"
#include "service/audit_value.h"
#include "service/evaluate.h"

enum { JSON_TEXT_MAX = 262144, SCORE_TEXT_MAX = 512 };

struct store {
    struct tx *tx;
    struct audit_head *head;
    struct str cycle_id, actor, model, subject;
    int64_t batch_id;
    const struct evaluation *e;
};

static struct str actor_of(struct ctx *c, const struct evaluator_port *by)
{
    if (str_eq(str_of(by->name), S("builtin")))
        return S("builtin:worker+judge");
    (void)c;
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

static err store_rows(struct ctx *c, const struct store *st, const struct attempt *at,
                      int64_t number)
{
    const struct worker_row w = { .result_id = id_sortable(c, "WKR_"),
                                  .anonymized_id = st->e->anonymized_id,
                                  .batch_run_id = st->batch_id > 0 ? st->batch_id : SCHEMA_NULL_I64,
                                  .attempt = number,
                                  .academic = at->work.academic,
                                  .test = at->work.test,
                                  .achievement = at->work.achievement,
                                  .essay = at->work.essay,
                                  .total = at->work.total,
                                  .timestamp = c->now_us,
                                  .model_used = st->model,
                                  .rubric_adherence = at->work.rubric_adherence,
                                  .explanation = at->work.explanation,
                                  .reasoning = reasoning_json(c, &at->work) };
    TRY(eval_worker_insert(c, st->tx, &w));
    const struct judge_row j = { .judge_id = id_sortable(c, "JDG_"),
                                 .anonymized_id = st->e->anonymized_id,
                                 .worker_result_id = w.result_id,
                                 .batch_run_id = w.batch_run_id,
                                 .decision = str_of(judge_decision_names.v[at->judge.decision]),
                                 .bias_detected = at->judge.bias_detected,
                                 .quality = at->judge.quality,
                                 .timestamp = c->now_us,
                                 .model_used = st->model,
                                 .feedback = at->judge.feedback,
                                 .reasoning = at->judge.reasoning };
    return eval_judge_insert(c, st->tx, &j);
}

static err store_attempt(struct ctx *c, const struct store *st, const struct attempt *at,
                         int64_t number)
{
    TRY(store_rows(c, st, at, number));
    const struct audit_new n = {
        .act = "score.attempt",
        .actor = st->actor,
        .cycle = st->cycle_id,
        .subj = st->subject,
        .data = str_fmt(c->mem, "{\"attempt\":%lld,\"decision\":\"%s\"}", (long long)number,
                        judge_decision_names.v[at->judge.decision]),
    };
    return audit_append(c, st->tx, st->head, &n, NULL);
}

static err log_final(struct ctx *c, const struct store *st, const struct worker_opinion *w,
                     struct hash *ret_leaf)
{
    const struct audit_score score = { .academic = w->academic,
                                       .achievement = w->achievement,
                                       .essay = w->essay,
                                       .final = w->total,
                                       .test = w->test };
    struct buf b;
    buf_init(&b, c->mem, SCORE_TEXT_MAX);
    audit_score_canon(&b, &score);
    const struct audit_new n = {
        .act = "score.final",
        .actor = st->actor,
        .cycle = st->cycle_id,
        .subj = st->subject,
        .key_subject = st->subject,
        .values = { { S("score"), buf_view(&b) } },
        .n_values = 1,
    };
    if (st->e->keyed)
        return audit_append_keyed(c, st->tx, st->head, &n, st->e->key, ret_leaf);
    return audit_append(c, st->tx, st->head, &n, ret_leaf);
}

static err store_final(struct ctx *c, const struct store *st, struct str evaluator)
{
    const struct worker_opinion *w = &st->e->attempts[st->e->n_attempts - 1].work;
    /* Where the entry waits for its place, the sequencer writes the hash. */
    const bool waits = audit_waits(c, st->head);
    struct hash leaf;
    TRY(log_final(c, st, w, waits ? NULL : &leaf));
    const struct final_row f = { .anonymized_id = st->e->anonymized_id,
                                 .cycle_id = st->cycle_id,
                                 .final = w->total,
                                 .academic = w->academic,
                                 .test = w->test,
                                 .achievement = w->achievement,
                                 .essay = w->essay,
                                 .timestamp = c->now_us,
                                 .hash = waits ? (struct str){ 0 } : hash_hex(c->mem, &leaf),
                                 .attempts = st->e->prior + st->e->n_attempts,
                                 .evaluator = evaluator,
                                 .explanation = w->explanation,
                                 .strengths = list_json(c, &w->strengths),
                                 .areas = list_json(c, &w->areas) };
    return eval_final_insert(c, st->tx, &f);
}

err evaluation_store(struct ctx *c, struct tx *tx, struct audit_head *head,
                     const struct evaluation_origin *o, const struct evaluation *e)
{
    const struct store st = { .tx = tx,
                              .head = head,
                              .cycle_id = o->cycle_id,
                              .actor = actor_of(c, o->by),
                              .model = str_of(o->model),
                              .subject = str_fmt(c->mem, "anon:%.*s", STR_ARG(e->anonymized_id)),
                              .batch_id = o->batch_id,
                              .e = e };
    for (int i = 0; i < e->n_attempts; i++)
        TRY(store_attempt(c, &st, &e->attempts[i], e->prior + i + 1));
    if (!e->accepted || e->n_attempts == 0)
        return ERR_OK;
    struct str evaluator = str_of(o->by->label);
    if (!str_eq(st.model, str_of(o->by->name)))
        evaluator = str_fmt(c->mem, "%s, judged by %s", o->model, o->by->label);
    return store_final(c, &st, str_sub(evaluator, 0, 100));
}
