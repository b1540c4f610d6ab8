/* An utterance comes in: looked at by the detector at once, stored with its answer, and handed to
 * whoever asks the model. */
#include <math.h>

#include "base/str.h"
#include "codec/utf8.h"
#include "repo/interview_repo.h"
#include "service/bias_inner.h"
#include "service/bias_queue.h"
#include "service/settings.h"

static const int64_t second_us = 1000000;

struct take {
    const struct bias_utterance *u;
    struct bias_run run;
};

/* Newest first in the rows, oldest first for eyes. */
static void turn_round(struct list *l)
{
    struct analysis_turn *v = l->v;
    for (size_t i = 0; i + 1 < l->n - i; i++) {
        const struct analysis_turn t = v[i];
        v[i] = v[l->n - 1 - i];
        v[l->n - 1 - i] = t;
    }
}

static err load_context(struct ctx *c, struct tx *tx, struct bias_run *r)
{
    TRY(analysis_context(c, tx, r->row.interview_id, r->row.transcript_id, r->row.spoken_at,
                         BIAS_CONTEXT_MAX, &r->context));
    if (r->context.n > 1)
        turn_round(&r->context);
    return ERR_OK;
}

err bias_run_load(struct ctx *c, struct tx *tx, int64_t analysis_id, struct bias_run *ret,
                  bool *ret_found)
{
    struct bias_run r = { 0 };
    TRY(analysis_find(c, tx, analysis_id, &r.row, ret_found));
    if (!*ret_found)
        return ERR_OK;
    TRY(load_context(c, tx, &r));
    r.judgement = JUDGED_BY_RULES;
    r.bias_detected = r.row.bias_detected;
    r.severity = r.row.severity;
    r.recommended_action = r.row.recommended_action;
    r.confidence_score = r.row.confidence_score;
    r.bias_types = r.row.bias_types;
    r.evidence_quotes = r.row.evidence_quotes;
    r.llm_model = r.row.llm_model;
    if (!r.row.utterance.p)
        r.row.utterance = S("");
    *ret = r;
    return ERR_OK;
}

static err load_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct take *q = arg;
    struct interview_row interview;
    struct analysis_row *row = &q->run.row;
    bool found = false;
    TRY(interview_find(c, tx, q->u->interview_id, &interview, &found));
    if (!found)
        return FAIL(c, NOT_FOUND, "Interview not found");
    row->admin_id = q->u->admin_id ? str_of(q->u->admin_id) : interview.admin_id;
    row->cycle_id = interview.admission_cycle_id;
    row->application_id = interview.application_id;
    return load_context(c, tx, &q->run);
}

/* Cut at a whole character. */
static struct str clean(struct ctx *c, struct str text)
{
    struct str s = str_trim(str_sub(text, 0, BIAS_UTTERANCE_MAX));
    while (s.n > 0 && !utf8_valid(s))
        s.n--;
    return str_keep(c->mem, s);
}

/* Who judges: the model, or the detector alone. What is grave and cannot be asked about now is
 * asked about later. */
static int32_t stage_of(const struct ctx *c, const struct bias_run *r)
{
    const struct bias_port *port = c->deps->bias;
    const struct bias_settings *s = bias_rules(c);
    if (!port)
        return STAGE_FINAL;
    if (!port->away || !port->away(port->self))
        return STAGE_PROVISIONAL;
    const bool grave = r->severity >= BIAS_MEDIUM && r->confidence_score >= s->nudge_threshold_low;
    return grave && s->bias_fallback_max <= RESPOND_INFO ? STAGE_LATER : STAGE_FINAL;
}

err bias_utterance_take(struct ctx *c, const struct bias_utterance *u)
{
    const struct bias_port *port = c->deps->bias;
    struct take q = { .u = u };
    struct bias_run *r = &q.run;
    const bool known = u->stt_confidence >= 0 && u->stt_confidence <= 1;
    if (settings_of(c)->bias_off)
        return ERR_OK;
    r->row.interview_id = u->interview_id;
    r->row.transcript_id = u->transcript_id;
    r->row.spoken_at = u->spoken_us;
    r->row.stt_confidence = known ? u->stt_confidence : (double)NAN;
    r->row.utterance = clean(c, u->text);
    if (r->row.utterance.n == 0)
        return FAIL(c, BAD_REQUEST, "An utterance without words");
    TRY(tx_run(c, TX_READ, load_tx, &q));
    bias_detect(c, r);
    r->stage = stage_of(c, r);
    if (r->stage == STAGE_PROVISIONAL)
        r->lease =
            (struct analysis_lease){ port->owner, c->now_us + BIAS_LEASE_SECONDS * second_us };
    TRY(bias_settle(c, r));
    if (r->stage == STAGE_PROVISIONAL && !r->repeated)
        port->wake(port->self, r->row.id);
    return ERR_OK;
}
