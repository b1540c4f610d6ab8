/* Nodes of the graph `bias` that decide, in one transaction: the analysis becomes a row, the rules
 * see the ledger, the room and what was heard, and the points go into the ledger. */
#include <math.h>

#include "base/str.h"
#include "service/bias_inner.h"
#include "service/cycle_support.h"

static const int64_t second_us = 1000000;

static struct str number(struct ctx *c, int64_t v)
{
    return str_fmt(c->mem, "%lld", (long long)v);
}

err bias_lock(struct ctx *c, struct tx *tx, struct str cycle_id, int64_t interview_id,
              struct str admin_id)
{
    TRY(cycle_lock(c, tx, cycle_id, LOCK_SHARED));
    TRY(tx_lock(c, tx, str_fmt(c->mem, "interview:%lld", (long long)interview_id), LOCK_EXCLUSIVE));
    return tx_lock(c, tx, str_fmt(c->mem, "admin:%.*s", STR_ARG(admin_id)), LOCK_EXCLUSIVE);
}

struct fill {
    struct bias_row *rows;
    struct bias_cycle *cycles;
    size_t n_rows, n_cycles;
    struct bias_opening opening;
};

/* The rows of the incident that were written before. */
static void make_void(struct fill *f, struct str incident)
{
    for (size_t i = 0; i < f->n_rows; i++)
        if (f->rows[i].kind == ROW_POINTS && str_eq(f->rows[i].incident, incident))
            f->rows[i].is_void = true;
}

static void add_row(struct ctx *c, struct fill *f, const struct ledger_row *l)
{
    static const enum bias_row_kind kinds[] = { [LEDGER_POINTS] = ROW_POINTS,
                                                [LEDGER_REINSTATE] = ROW_REINSTATE,
                                                [LEDGER_CYCLE_COMPLETED] = ROW_CYCLE_COMPLETED };
    switch (l->kind) {
    case LEDGER_VOID:
        make_void(f, number(c, l->incident_id));
        return;
    case LEDGER_OPENING:
        f->opening.lifetime = l->points;
        f->opening.status = l->status < 0 ? STATUS_ACTIVE : l->status;
        f->opening.last_strike_us = l->at ? l->at : BIAS_NEVER;
        return;
    case LEDGER_OPENING_CYCLE:
        f->cycles[f->n_cycles++] = (struct bias_cycle){ .cycle = l->cycle_id, .points = l->points };
        return;
    default:
        f->rows[f->n_rows++] = (struct bias_row){ .kind = kinds[l->kind],
                                                  .points = (int)l->points,
                                                  .t_us = l->at,
                                                  .cycle = l->cycle_id,
                                                  .interview = number(c, l->interview_id),
                                                  .incident = number(c, l->incident_id) };
        return;
    }
}

err bias_person_load(struct ctx *c, struct tx *tx, struct str admin_id, struct str cycle_id,
                     struct bias_person *ret)
{
    struct fill f = { .opening = { .last_strike_us = BIAS_NEVER } };
    struct list rows = { 0 };
    TRY(ledger_list(c, tx, admin_id, cycle_id, BIAS_LEDGER_MAX, &rows));
    if (rows.n == BIAS_LEDGER_MAX)
        return FAIL(c, TOO_LARGE, "too many rows in the ledger of an evaluator");
    f.rows = arena_try(c->mem, rows.n + 1, sizeof(*f.rows), _Alignof(struct bias_row));
    f.cycles = arena_try(c->mem, rows.n + 1, sizeof(*f.cycles), _Alignof(struct bias_cycle));
    if (!f.rows || !f.cycles)
        return FAIL(c, TOO_LARGE, "too many rows in the ledger of an evaluator");
    const struct ledger_row *v = rows.v;
    for (size_t i = 0; i < rows.n; i++)
        add_row(c, &f, &v[i]);
    f.opening.cycles = f.cycles;
    f.opening.n_cycles = f.n_cycles;
    *ret = (struct bias_person){ { f.opening, f.rows, f.n_rows }, rows };
    return ERR_OK;
}

/* V2: what is stored is the answer. */
static err take_stored(struct ctx *c, struct bias_run *r)
{
    bool found = false;
    TRY(analysis_find(c, r->tx, r->row.id, &r->row, &found));
    if (!found)
        return FAIL(c, NOT_FOUND, "No such analysis");
    r->repeated = r->row.state == ANALYSIS_DONE || r->row.state == ANALYSIS_ERROR;
    return ERR_OK;
}

/* Of a transcript that was taken before, whatever has become of it. */
static err take_first(struct ctx *c, struct bias_run *r)
{
    TRY(take_stored(c, r));
    r->repeated = true;
    return ERR_OK;
}

static err store_new(struct ctx *c, struct bias_run *r)
{
    struct analysis_row row = r->row;
    bool is_new = false;
    row.state = ANALYSIS_WAITING;
    row.bias_detected = r->bias_detected;
    row.severity = r->severity;
    row.confidence_score = r->confidence_score;
    row.recommended_action = r->recommended_action;
    row.source = BIAS_RULES;
    row.llm_model = r->llm_model;
    row.analyzed_at = c->now_us;
    row.config_hash = bias_rules_hash(c, bias_rules(c));
    row.bias_types = r->bias_types;
    row.evidence_quotes = r->evidence_quotes;
    TRY(analysis_insert(c, r->tx, &row, &r->lease, &row.id, &is_new));
    r->row = row;
    return is_new ? ERR_OK : take_first(c, r);
}

/* An answer of no use: a gap, never "no bias" and never a strike. */
static err store_error(struct ctx *c, struct bias_run *r)
{
    struct analysis_row row = r->row;
    row.state = ANALYSIS_ERROR;
    row.llm_model = r->llm_model.p ? r->llm_model : row.llm_model;
    row.llm_response_raw = r->llm_response_raw;
    row.analyzed_at = c->now_us;
    row.response = row.reason = row.flag = -1;
    row.points = row.incident_points = row.incident_id = SCHEMA_NULL_I64;
    row.asked++;
    struct gap_row gap = { .interview_id = row.interview_id,
                           .analysis_id = row.id,
                           .cause = GAP_ERROR,
                           .began_at = row.spoken_at,
                           .created_at = c->now_us };
    TRY(analysis_judge(c, r->tx, &row));
    TRY(gap_insert(c, r->tx, &gap, &gap.id));
    return bias_log_gap(c, r->tx, &r->head, &gap, row.cycle_id);
}

err bias_store_analysis(struct ctx *c, void *state)
{
    struct bias_run *r = state;
    TRY(bias_lock(c, r->tx, r->row.cycle_id, r->row.interview_id, r->row.admin_id));
    TRY(r->row.id ? take_stored(c, r) : store_new(c, r));
    return !r->repeated && r->judgement == JUDGED_NOT ? store_error(c, r) : ERR_OK;
}

static uint32_t type_bits(const struct list *types)
{
    const struct str *v = types->v;
    uint32_t bits = 0;
    for (size_t i = 0; i < types->n; i++) {
        const int t = names_find(&bias_type_codes, v[i]);
        if (t >= 0)
            bits |= UINT32_C(1) << (unsigned)t;
    }
    return bits;
}

static void make_analysis(struct ctx *c, struct bias_run *r)
{
    r->a = (struct bias_analysis){
        .id = number(c, r->row.id),
        .interview = number(c, r->row.interview_id),
        .cycle = r->row.cycle_id,
        .text = r->row.utterance,
        .t_us = r->row.spoken_at,
        .analysed_at_us = c->now_us,
        .confidence = r->confidence_score,
        .stt_confidence = r->row.stt_confidence,
        .types = type_bits(&r->bias_types),
        .severity = r->severity,
        .action = r->recommended_action,
        .source = r->judgement == JUDGED_BY_MODEL ? BIAS_LLM : BIAS_RULES,
        .detected = r->bias_detected,
    };
    bias_normalise(&r->a);
}

/* A final decision sees final ones alone, so that the ledger is the same with one stage or two. */
static err load_heard(struct ctx *c, struct bias_run *r, struct bias_facts *f)
{
    const int64_t apart_us = r->settings.bias_dedupe_seconds * second_us;
    const struct heard_span span = { .interview_id = r->row.interview_id,
                                     .admin_id = r->row.admin_id,
                                     .from = r->row.spoken_at - apart_us,
                                     .to = r->row.spoken_at + apart_us,
                                     .provisional = r->stage != STAGE_FINAL };
    struct list rows = { 0 };
    TRY(analysis_heard(c, r->tx, &span, BIAS_HEARD_MAX, &rows));
    struct bias_heard *heard =
        arena_try(c->mem, rows.n + 1, sizeof(*heard), _Alignof(struct bias_heard));
    if (!heard)
        return FAIL(c, TOO_LARGE, "too many utterances at once");
    const struct heard_row *v = rows.v;
    for (size_t i = 0; i < rows.n; i++) {
        if (v[i].id == r->row.id)
            continue;
        heard[f->n_heard++] = (struct bias_heard){ .interview = r->a.interview,
                                                   .text = v[i].utterance,
                                                   .incident = number(c, v[i].incident_id),
                                                   .t_us = v[i].spoken_at,
                                                   .severity = v[i].severity,
                                                   .points = (int)v[i].incident_points };
    }
    f->heard = heard;
    return ERR_OK;
}

static err load_facts(struct ctx *c, struct bias_run *r, struct bias_facts *ret)
{
    struct bias_facts f = { .room = { .warning_delivered_us = BIAS_NEVER } };
    struct room_row room = { 0 };
    struct bias_person person;
    bool found = false;
    TRY(bias_person_load(c, r->tx, r->row.admin_id, r->row.cycle_id, &person));
    f.ledger = person.ledger;
    TRY(load_heard(c, r, &f));
    TRY(bias_room_find(c, r->tx, r->row.interview_id, &room, &found));
    f.room.terminated = room.terminated_at != 0;
    f.room.paused = room.paused_at != 0;
    if (room.warning_delivered_at)
        f.room.warning_delivered_us = room.warning_delivered_at;
    *ret = f;
    return ERR_OK;
}

static struct list type_list(struct ctx *c, uint32_t bits)
{
    struct str *v = arena_array(c->mem, struct str, BIAS_TYPES);
    size_t n = 0;
    for (int t = 0; t < BIAS_TYPES; t++)
        if (bits & (UINT32_C(1) << (unsigned)t))
            v[n++] = str_of(bias_type_codes.v[t]);
    return (struct list){ v, n };
}

/* The judgement in force, normalised, and what followed from it. */
static err write_decision(struct ctx *c, struct bias_run *r)
{
    struct analysis_row *row = &r->row;
    int64_t incident = row->id;
    if (!str_i64(r->o.incident, &incident))
        return FAIL(c, INTERNAL, "an incident without a number");
    row->state = ANALYSIS_DONE;
    row->bias_detected = r->a.detected;
    row->severity = r->a.severity;
    row->confidence_score = r->a.confidence;
    row->recommended_action = r->a.action;
    row->source = r->a.source;
    row->llm_model = r->llm_model;
    row->analyzed_at = c->now_us;
    row->config_hash = bias_rules_hash(c, bias_rules(c));
    row->response = r->o.response;
    row->reason = r->o.reason;
    row->flag = r->o.flag;
    row->points = r->o.points;
    row->incident_points = r->o.incident_points;
    row->incident_id = incident;
    row->asked += r->judgement == JUDGED_BY_MODEL;
    row->bias_types = type_list(c, r->a.types);
    row->evidence_quotes = r->evidence_quotes;
    row->context_summary = r->context_summary;
    row->llm_response_raw = r->llm_response_raw;
    TRY(analysis_judge(c, r->tx, row));
    if (r->o.points == 0)
        return ERR_OK;
    const struct ledger_row points = { .admin_id = row->admin_id,
                                       .kind = LEDGER_POINTS,
                                       .cycle_id = row->cycle_id,
                                       .interview_id = row->interview_id,
                                       .analysis_id = row->id,
                                       .incident_id = incident,
                                       .points = r->o.points,
                                       .status = -1,
                                       .at = row->spoken_at,
                                       .created_at = c->now_us };
    return ledger_insert(c, r->tx, &points);
}

err bias_check_strikes(struct ctx *c, void *state)
{
    enum { LATER_SECONDS = 5 };
    struct bias_run *r = state;
    struct bias_facts facts;
    r->settings = *bias_rules(c);
    if (r->stage != STAGE_FINAL && r->settings.bias_fallback_max > RESPOND_INFO)
        r->settings.bias_fallback_max = RESPOND_INFO;
    make_analysis(c, r);
    TRY(load_facts(c, r, &facts));
    TRY(bias_decide(c, &r->settings, &facts, &r->a, &r->o));
    if (r->expired && r->o.flag == FLAG_NONE)
        r->o.flag = FLAG_REVIEW;
    TRY(nudge_standing(c, r->tx, r->row.id, &r->standing, &r->stands));
    if (r->stage == STAGE_FINAL)
        return write_decision(c, r);
    return r->stage == STAGE_LATER
               ? analysis_put_off(c, r->tx, r->row.id, c->now_us + LATER_SECONDS * second_us)
               : ERR_OK;
}

struct settle {
    struct bias_run *run;
    struct bias_run start;
};

/* From the same beginning each time that it is tried. */
static err settle_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct settle *s = arg;
    *s->run = s->start;
    s->run->tx = tx;
    return graph_walk(c, &bias_graph, s->run, BIAS_STORE, 1);
}

err bias_settle(struct ctx *c, struct bias_run *r)
{
    struct settle s = { r, *r };
    TRY(tx_run(c, TX_WRITE, settle_tx, &s));
    r->tx = NULL;
    bias_tell(c, r->row.interview_id, r->row.admin_id, &r->told);
    return ERR_OK;
}
