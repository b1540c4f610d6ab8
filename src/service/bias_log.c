/* What the log says of live monitoring: responses, gaps, statuses; and the values it commits to. */
#include <math.h>

#include "base/str.h"
#include "codec/canon.h"
#include "repo/audit_repo.h"
#include "service/bias_inner.h"

enum { CANON_MAX = 8192 };
static const double millionths = 1e6;

err bias_key_ensure(struct ctx *c, struct tx *tx, struct str subject)
{
    uint8_t key[SUBJECT_KEY_N];
    struct str wrapped;
    bool found = false;
    TRY(audit_repo_key_get(c, tx, subject, &wrapped, &found));
    if (found)
        return ERR_OK;
    const struct audit_key_row row = subject_key_make(c, subject, key);
    secret_wipe(key, sizeof(key));
    return audit_repo_key_insert(c, tx, &row, 1);
}

static void put_name(struct buf *b, const char *member, const struct names *names, int32_t v)
{
    buf_fmt(b, ",\"%s\":\"%s\"", member, v < 0 ? "" : names->v[v]);
}

void bias_analysis_canon(struct buf *b, const struct analysis_row *row)
{
    const struct str *types = row->bias_types.v;
    buf_lit(b, "{\"admin\":");
    canon_str(b, row->admin_id);
    buf_fmt(b, ",\"confidence_e6\":%lld", (long long)llround(row->confidence_score * millionths));
    buf_lit(b, ",\"config\":");
    canon_str(b, row->config_hash);
    buf_fmt(b, ",\"detected\":%s", row->bias_detected ? "true" : "false");
    put_name(b, "flag", &bias_flag_codes, row->flag);
    buf_fmt(b, ",\"incident\":%lld", (long long)row->incident_id);
    buf_lit(b, ",\"model\":");
    canon_str(b, row->llm_model);
    put_name(b, "reason", &bias_reason_codes, row->reason);
    put_name(b, "severity", &bias_severity_codes, row->severity);
    put_name(b, "source", &bias_source_codes, row->source);
    buf_fmt(b, ",\"spoken_us\":%lld,\"transcript\":%lld,\"types\":[", (long long)row->spoken_at,
            (long long)row->transcript_id);
    for (size_t i = 0; i < row->bias_types.n; i++) {
        if (i)
            buf_c(b, ',');
        canon_str(b, types[i]);
    }
    buf_lit(b, "]}");
}

err bias_log_response(struct ctx *c, struct tx *tx, struct audit_head *head,
                      const struct analysis_row *row)
{
    struct buf b, words;
    const struct str subject = str_fmt(c->mem, "interview:%lld", (long long)row->interview_id);
    buf_init(&b, c->mem, CANON_MAX);
    bias_analysis_canon(&b, row);
    buf_init(&words, c->mem, BIAS_JSON_MAX);
    canon_str(&words, row->utterance.p ? row->utterance : S(""));
    TRY(bias_key_ensure(c, tx, subject));
    const struct audit_new n = {
        .act = "bias.response",
        .actor = S("monitor"),
        .cycle = row->cycle_id,
        .subj = subject,
        .data =
            str_fmt(c->mem, "{\"id\":%lld,\"points\":%lld,\"response\":\"%s\"}", (long long)row->id,
                    (long long)row->points, bias_response_codes.v[row->response]),
        .key_subject = subject,
        .values = { { S("analysis"), buf_view(&b) }, { S("utterance"), buf_view(&words) } },
        .n_values = row->utterance.n ? 2 : 1,
    };
    return audit_append(c, tx, head, &n, NULL);
}

err bias_log_gap(struct ctx *c, struct tx *tx, struct audit_head *head, const struct gap_row *gap,
                 struct str cycle_id)
{
    const struct audit_new n = {
        .act = "bias.gap",
        .actor = S("monitor"),
        .cycle = cycle_id,
        .subj = str_fmt(c->mem, "interview:%lld", (long long)gap->interview_id),
        .data = str_fmt(c->mem, "{\"id\":%lld,\"seconds\":%lld}", (long long)gap->id,
                        (long long)gap->seconds),
    };
    return audit_append(c, tx, head, &n, NULL);
}

static err log_status(struct ctx *c, struct tx *tx, struct audit_head *head,
                      const struct bias_move *m, int32_t from, int32_t to)
{
    struct buf b;
    const struct str subject = str_fmt(c->mem, "admin:%.*s", STR_ARG(m->admin_id));
    struct audit_new n = {
        .act = "status.change",
        .actor = m->actor ? str_of(m->actor) : audit_actor(c),
        .subj = subject,
        .data = str_fmt(c->mem, "{\"cause\":\"%s\",\"from\":\"%s\",\"to\":\"%s\"}", m->cause,
                        bias_status_codes.v[from], bias_status_codes.v[to]),
    };
    if (m->reason.p) {
        buf_init(&b, c->mem, BIAS_JSON_MAX);
        canon_str(&b, m->reason);
        TRY(bias_key_ensure(c, tx, subject));
        n.key_subject = subject;
        n.values[0] = (struct audit_value){ S("reason"), buf_view(&b) };
        n.n_values = 1;
    }
    return audit_append(c, tx, head, &n, NULL);
}

err bias_status_move(struct ctx *c, struct tx *tx, struct audit_head *head,
                     const struct bias_move *m, const struct bias_counts *n)
{
    const int64_t day_us = INT64_C(86400) * 1000000;
    struct history_row before = { .current_status = STATUS_ACTIVE };
    bool found = false;
    TRY(history_find(c, tx, m->admin_id, &before, &found));
    const bool struck = n->last_strike_us != BIAS_NEVER;
    const struct history_row now = {
        .admin_id = m->admin_id,
        .current_status = n->status,
        .suspension_count = n->suspensions,
        .last_incident_date = struck ? n->last_strike_us : 0,
        .strikes = n->cycle_most,
        .lifetime_strikes = n->lifetime,
        .strike_reset_date =
            struck ? n->last_strike_us + bias_rules(c)->strike_reset_days * day_us : 0,
        .updated_at = c->now_us,
    };
    TRY(history_put(c, tx, &now));
    if (before.current_status == n->status && !m->always)
        return ERR_OK;
    return log_status(c, tx, head, m, before.current_status, n->status);
}
