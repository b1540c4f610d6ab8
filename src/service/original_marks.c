/* What was given to the applications of a cycle: batches, attempts with their judgements, final
 * scores, selections. Each attempt and each score has its entry, so that later phases go on. */
#include "base/str.h"
#include "codec/json.h"
#include "domain/phase.h"
#include "domain/rubric.h"
#include "repo/batch_repo.h"
#include "service/audit_value.h"
#include "service/original_inner.h"

enum { EVALUATOR_MAX = 100, SCORE_TEXT_MAX = 512, MARK_MAX_E2 = 10000 };

static err take_batch(struct importer *im, const void *arg)
{
    const struct original_batch *b = arg;
    static const char *const type_text[] = { "worker_evaluation", "judge_review" };
    static const char *const state_text[] = { "pending", "running", "completed", "failed",
                                              "cancelled" };
    static const struct names types = { type_text, 2 }, states = { state_text, 5 };
    const int32_t type = legacy_label(&types, b->batch_type);
    const int32_t state = legacy_label(&states, b->status);
    bool here = false;
    struct legacy_batch row = {
        .batch_id = b->batch_id,
        .cycle_id = im->cycle->cycle_id,
        .model_name = b->model_name,
        .model_version = b->model_version,
        .input_file_path = b->input_file_path,
        .output_file_path = b->output_file_path,
        .total_records = b->total_records,
        .processed_records = b->processed_records,
        .failed_records = b->failed_records,
        .started_at = b->started_at,
        .completed_at = b->completed_at,
        .triggered_by = admin_id_here(im->c, b->triggered_by),
        .error_log = b->error_log,
    };
    TRY(exists_here(im, LEGACY_ADMIN, row.triggered_by, &here));
    if (type < 0 || state < 0 || !here) {
        im->batches_left = true;
        note_i64(im, ORIG_BATCH_RUNS, b->batch_id, here ? ON_UNKNOWN_LABEL : ON_NO_ADMIN);
        return ERR_OK;
    }
    row.batch_type = str_of(type_text[type]);
    row.status = str_of(state_text[state]);
    TRY(inserted(im, ORIG_BATCH_RUNS, str_fmt(im->c->mem, "%lld", (long long)b->batch_id),
                 legacy_batch_insert(im->c, im->tx, &row)));
    im->tally->imported[ORIG_BATCH_RUNS]++;
    return ERR_OK;
}

static bool outside(int64_t mark)
{
    return mark < 0 || mark > MARK_MAX_E2;
}

static bool read_attempt(struct importer *im, const struct original_attempt *a,
                         struct worker_row *ret)
{
    const enum original_table t = ORIG_WORKER_RESULTS;
    const struct str id = a->result_id;
    if (!id_valid(id)) {
        note(im, t, id, ON_BAD_ID);
        return false;
    }
    if (!take_e2(im, t, id, a->academic, &ret->academic) ||
        !take_e2(im, t, id, a->test, &ret->test) ||
        !take_e2(im, t, id, a->achievement, &ret->achievement) ||
        !take_e2(im, t, id, a->essay, &ret->essay) || !take_e2(im, t, id, a->total, &ret->total))
        return false;
    ret->result_id = id;
    ret->anonymized_id = a->anonymized_id;
    ret->cycle_id = im->cycle->cycle_id;
    ret->timestamp = a->timestamp;
    ret->model_used = a->model_used;
    ret->rubric_adherence = a->rubric_adherence;
    ret->explanation = a->explanation;
    ret->reasoning = a->reasoning;
    return true;
}

/* The attempts of one applicant follow each other; the original called each of them the first. */
static void number_attempt(struct importer *im, const struct original_attempt *a,
                           struct worker_row *row)
{
    if (!str_eq(str_of(im->attempt_of), a->anonymized_id)) {
        memcpy(im->attempt_of, a->anonymized_id.p, a->anonymized_id.n);
        im->attempt_of[a->anonymized_id.n] = '\0';
        im->attempt = 0;
    }
    row->attempt = ++im->attempt;
    if (row->attempt != a->attempt_number)
        note(im, ORIG_WORKER_RESULTS, a->result_id, ON_ATTEMPTS);
}

/* Null when the batch was left out. */
static err batch_here(struct importer *im, int64_t batch_id, int64_t *ret)
{
    bool here = true;
    if (im->batches_left && batch_id != SCHEMA_NULL_I64)
        TRY(exists_here(im, LEGACY_BATCH, str_fmt(im->c->mem, "%lld", (long long)batch_id), &here));
    *ret = here ? batch_id : SCHEMA_NULL_I64;
    return ERR_OK;
}

static err store_judgement(struct importer *im, const struct original_attempt *a,
                           const char **ret_decision)
{
    const int32_t decision = legacy_label(&judge_decision_names, a->decision);
    struct judge_row row = {
        .judge_id = a->judge_id,
        .anonymized_id = a->anonymized_id,
        .cycle_id = im->cycle->cycle_id,
        .worker_result_id = a->result_id,
        .bias_detected = a->bias_detected,
        .timestamp = a->judged_at,
        .model_used = a->judge_model,
        .feedback = a->feedback,
        .reasoning = a->judge_reasoning,
    };
    if (decision < 0 || !id_valid(a->judge_id)) {
        note(im, ORIG_JUDGE_RESULTS, a->judge_id, decision < 0 ? ON_UNKNOWN_LABEL : ON_BAD_ID);
        return ERR_OK;
    }
    if (!take_e2(im, ORIG_JUDGE_RESULTS, a->judge_id, a->quality, &row.quality))
        return ERR_OK;
    TRY(batch_here(im, a->judge_batch_id, &row.batch_run_id));
    *ret_decision = judge_decision_names.v[decision];
    row.decision = str_of(*ret_decision);
    TRY(free_here(im, LEGACY_JUDGEMENT, ORIG_JUDGE_RESULTS, a->judge_id));
    TRY(eval_judge_insert(im->c, im->tx, &row, 1));
    im->tally->imported[ORIG_JUDGE_RESULTS]++;
    return ERR_OK;
}

static err log_attempt(struct importer *im, const struct worker_row *row, const char *decision)
{
    struct ctx *c = im->c;
    const struct audit_new n = {
        .act = "score.attempt",
        .actor = S("import"),
        .cycle = im->cycle->cycle_id,
        .subj = str_fmt(c->mem, "anon:%.*s", STR_ARG(row->anonymized_id)),
        .data = str_fmt(c->mem, "{\"attempt\":%lld,\"decision\":\"%s\"}", (long long)row->attempt,
                        decision),
    };
    return audit_append(c, im->tx, &im->head, &n, NULL);
}

static err leave_attempt(struct importer *im, const struct original_attempt *a, bool noted)
{
    if (!noted)
        note(im, ORIG_WORKER_RESULTS, a->result_id, ON_ORPHAN);
    if (a->judge_id.p)
        note(im, ORIG_JUDGE_RESULTS, a->judge_id, ON_ORPHAN);
    return ERR_OK;
}

static err take_attempt(struct importer *im, const void *arg)
{
    const struct original_attempt *a = arg;
    struct worker_row row = { .attempt = 0 };
    const char *decision = "none";
    bool here = false;
    TRY(exists_here(im, LEGACY_ANONYMOUS, a->anonymized_id, &here));
    if (!here)
        return leave_attempt(im, a, false);
    if (!read_attempt(im, a, &row))
        return leave_attempt(im, a, true);
    TRY(batch_here(im, a->batch_run_id, &row.batch_run_id));
    number_attempt(im, a, &row);
    TRY(free_here(im, LEGACY_RESULT, ORIG_WORKER_RESULTS, a->result_id));
    TRY(eval_worker_insert(im->c, im->tx, &row, 1));
    im->tally->imported[ORIG_WORKER_RESULTS]++;
    if (a->judge_id.p)
        TRY(store_judgement(im, a, &decision));
    if (str_eq(str_of(decision), S("none")))
        note(im, ORIG_WORKER_RESULTS, a->result_id, ON_NO_JUDGE);
    return log_attempt(im, &row, decision);
}

static err take_old_judgement(struct importer *im, const void *arg)
{
    note(im, ORIG_JUDGE_RESULTS, ((const struct original_name *)arg)->id, ON_OLD_JUDGEMENT);
    return ERR_OK;
}

/* What results show as lists must be lists of texts. */
static struct str texts_of(struct importer *im, struct str id, struct str json)
{
    struct json j;
    struct str one;
    bool more = false;
    json_init(&j, json, im->c->mem);
    bool good = json_peek(&j) == JSON_ARRAY && json_enter_array(&j);
    for (bool first = true; good && json_element(&j, first, &more) && more; first = false)
        good = json_peek(&j) == JSON_STRING && json_string(&j, &one);
    if (good && !j.error)
        return json;
    note(im, ORIG_FINAL_SCORES, id, ON_BAD_LIST);
    return S("[]");
}

static bool read_marks(struct importer *im, const struct original_score *s,
                       struct legacy_score *ret)
{
    const enum original_table t = ORIG_FINAL_SCORES;
    const struct str id = s->anonymized_id;
    struct final_row *r = &ret->row;
    bool rounded = false;
    if (!take_e2(im, t, id, s->final, &r->final) ||
        !take_e2(im, t, id, s->academic, &r->academic) || !take_e2(im, t, id, s->test, &r->test) ||
        !take_e2(im, t, id, s->achievement, &r->achievement) ||
        !take_e2(im, t, id, s->essay, &r->essay))
        return false;
    if (outside(r->final) || outside(r->academic) || outside(r->test) || outside(r->achievement) ||
        outside(r->essay))
        note(im, t, id, ON_OUT_OF_RANGE);
    if (!legacy_f64_e2(s->llm, &ret->llm, &rounded))
        ret->llm = SCHEMA_NULL_I64;
    return true;
}

static err log_score(struct importer *im, const struct final_row *r, struct hash *ret_leaf)
{
    struct ctx *c = im->c;
    const struct audit_score score = { .academic = r->academic,
                                       .achievement = r->achievement,
                                       .essay = r->essay,
                                       .final = r->final,
                                       .test = r->test };
    const struct str subject = str_fmt(c->mem, "anon:%.*s", STR_ARG(r->anonymized_id));
    struct buf b;
    buf_init(&b, c->mem, SCORE_TEXT_MAX);
    audit_score_canon(&b, &score);
    const struct audit_new n = {
        .act = "score.final",
        .actor = S("import"),
        .cycle = r->cycle_id,
        .subj = subject,
        .key_subject = subject,
        .values = { { S("score"), buf_view(&b) } },
        .n_values = 1,
    };
    return audit_append(c, im->tx, &im->head, &n, ret_leaf);
}

static err store_score(struct importer *im, const struct original_score *s,
                       struct legacy_score *row)
{
    struct ctx *c = im->c;
    struct final_row *r = &row->row;
    struct hash leaf;
    r->anonymized_id = s->anonymized_id;
    r->cycle_id = im->cycle->cycle_id;
    r->timestamp = s->timestamp;
    r->explanation = s->explanation;
    r->strengths = texts_of(im, s->anonymized_id, s->strengths);
    r->areas = texts_of(im, s->anonymized_id, s->areas);
    r->evaluator = S("original ENIGMA");
    if (s->model_used.n)
        r->evaluator = str_sub(str_fmt(c->mem, "original ENIGMA, %.*s", STR_ARG(s->model_used)), 0,
                               EVALUATOR_MAX);
    row->llm_explanation = s->llm_explanation;
    TRY(legacy_attempts(c, im->tx, s->anonymized_id, &r->attempts));
    TRY(log_score(im, r, &leaf));
    r->hash = hash_hex(c->mem, &leaf);
    return inserted(im, ORIG_FINAL_SCORES, s->anonymized_id, legacy_score_insert(c, im->tx, row));
}

/* false: left out. The application was told its status by the same rule. */
static bool score_belongs(struct importer *im, const struct original_score *s, int32_t *ret_status)
{
    const struct legacy_state state = {
        .phase = im->phase,
        .application = legacy_label(&application_status_names, s->app_status),
        .score = legacy_label(&application_status_names, s->status),
        .anonymous = true,
    };
    *ret_status = legacy_fate_of(&state).score;
    if (*ret_status >= 0)
        return true;
    note(im, ORIG_FINAL_SCORES, s->anonymized_id,
         state.score < 0 ? ON_UNKNOWN_LABEL : ON_EARLY_SCORE);
    return false;
}

static err take_score(struct importer *im, const void *arg)
{
    const struct original_score *s = arg;
    struct legacy_score row = { .llm = SCHEMA_NULL_I64 };
    bool here = false;
    TRY(exists_here(im, LEGACY_ANONYMOUS, s->anonymized_id, &here));
    if (!here) {
        note(im, ORIG_FINAL_SCORES, s->anonymized_id, ON_ORPHAN);
        return ERR_OK;
    }
    if (!score_belongs(im, s, &row.status))
        return ERR_OK;
    if (!read_marks(im, s, &row))
        return legacy_application_fail(im->c, im->tx, s->application_id);
    TRY(store_score(im, s, &row));
    if (s->hash.n && !s->hash_known)
        note(im, ORIG_FINAL_SCORES, s->anonymized_id, ON_HASH_UNKNOWN);
    im->tally->imported[ORIG_FINAL_SCORES]++;
    im->scored++;
    im->selected += row.status == APP_SELECTED;
    return ERR_OK;
}

static err take_selection(struct importer *im, const void *arg)
{
    const struct original_selection *s = arg;
    const struct str id = str_fmt(im->c->mem, "%lld", (long long)s->selection_id);
    bool here = false;
    struct legacy_selection row = {
        .selection_id = s->selection_id,
        .log = { .admission_cycle_id = im->cycle->cycle_id,
                 .selected_count = s->selected_count,
                 .selection_criteria = s->selection_criteria,
                 .executed_at = s->executed_at,
                 .executed_by = admin_id_here(im->c, s->executed_by) },
        .program_name = s->program_name,
    };
    if (im->reselect) {
        note(im, ORIG_SELECTION_LOGS, id, ON_RESELECT);
        return ERR_OK;
    }
    TRY(exists_here(im, LEGACY_ADMIN, row.log.executed_by, &here));
    if (!here) {
        note(im, ORIG_SELECTION_LOGS, id, ON_NO_ADMIN);
        return ERR_OK;
    }
    if (!take_e2(im, ORIG_SELECTION_LOGS, id, s->cutoff_score, &row.log.cutoff_score))
        return ERR_OK;
    TRY(inserted(im, ORIG_SELECTION_LOGS, id, legacy_selection_insert(im->c, im->tx, &row)));
    im->tally->imported[ORIG_SELECTION_LOGS]++;
    im->selections++;
    return ERR_OK;
}

err original_take_marks(struct importer *im)
{
    struct taker batches = { im, take_batch }, attempts = { im, take_attempt };
    struct taker old = { im, take_old_judgement };
    struct taker scores = { im, take_score }, selections = { im, take_selection };
    const struct str id = im->cycle->cycle_id;
    struct ctx *src = im->src;
    im->batches_left = false;
    im->attempt_of[0] = '\0';
    TRY(pulled(im, original_batches(src, im->src_tx, id, take_row, &batches)));
    TRY(pulled(im, original_attempts(src, im->src_tx, id, take_row, &attempts)));
    TRY(pulled(im, original_old_judgements(src, im->src_tx, id, take_row, &old)));
    TRY(pulled(im, original_scores(src, im->src_tx, id, take_row, &scores)));
    return pulled(im, original_selections(src, im->src_tx, id, take_row, &selections));
}
