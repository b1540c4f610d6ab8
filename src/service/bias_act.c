/* The node of the graph `bias` that acts: what the evaluator is shown, what a person is asked to
 * look at, what becomes of the room, the status and the log; and who is told after the commit. */
#include "base/str.h"
#include "codec/json.h"
#include "repo/bias_flag_repo.h"
#include "repo/interview_repo.h"
#include "service/bias_inner.h"
#include "service/interview.h"
#include "service/room_port.h"

enum { MS_PER_SECOND = 1000 };

static bool shown(int32_t response)
{
    return response >= RESPOND_INFO && response <= RESPOND_BLOCK;
}

static err show(struct ctx *c, struct bias_run *r)
{
    const struct bias_nudge *text = bias_nudge(r->o.response, r->a.types);
    const struct nudge_row row = {
        .interview_id = r->row.interview_id,
        .analysis_id = r->row.id,
        .admin_id = r->row.admin_id,
        .nudge_type = r->o.response,
        .severity = r->a.severity,
        .message = str_of(r->o.paused ? text->paused : text->message),
        .display_duration = text->duration_ms ? text->duration_ms / MS_PER_SECOND : SCHEMA_NULL_I64,
        .requires_ack = text->requires_ack,
        .provisional = r->stage != STAGE_FINAL,
        .replaces = r->stands ? r->standing.id : SCHEMA_NULL_I64,
        .created_at = c->now_us,
    };
    return nudge_insert(c, r->tx, &row, &r->told.nudge_id);
}

/* One utterance, one nudge that stands. */
static err settle_nudge(struct ctx *c, struct bias_run *r)
{
    if (shown(r->o.response)) {
        if (!r->stands || r->standing.nudge_type < r->o.response)
            return show(c, r);
        return nudge_confirm(c, r->tx, r->standing.id);
    }
    if (!r->stands)
        return ERR_OK;
    /* A late answer that agrees leaves what was shown. */
    const struct bias_proposal p = bias_propose(&r->settings, &r->a);
    if (p.late && p.response >= RESPOND_INFO)
        return nudge_confirm(c, r->tx, r->standing.id);
    return nudge_withdraw(c, r->tx, r->standing.id, c->now_us);
}

static const char *action_taken(const struct bias_outcome *o)
{
    if (o->terminated)
        return "interview_terminated";
    if (o->paused)
        return "interview_paused";
    return o->response == RESPOND_WARNING ? "warning"
           : o->response == RESPOND_INFO  ? "info"
                                          : "none";
}

static const char *flag_reason(const struct bias_outcome *o)
{
    switch (o->flag) {
    case FLAG_CRITICAL_INCIDENT:
        return "A critical incident ended the interview.";
    case FLAG_STATUS:
        return "The evaluator is barred, and the interview was ended.";
    case FLAG_STRIKE_LIMIT:
        return "The strike limit of one interview was reached.";
    default:
        return "A serious incident did not get its full response.";
    }
}

/* Words that were said stay with the analysis, which the retention of transcripts empties. */
static struct str evidence(struct ctx *c, const struct bias_run *r)
{
    struct buf b;
    const struct str *types = r->row.bias_types.v;
    buf_init(&b, c->mem, BIAS_JSON_MAX);
    buf_fmt(&b, "{\"analysis_id\":%lld,\"confidence_score\":", (long long)r->row.id);
    json_write_f64(&b, r->row.confidence_score);
    buf_fmt(&b, ",\"reason\":\"%s\",\"source\":\"%s\",\"strike_points\":%lld,\"bias_types\":[",
            bias_reason_codes.v[r->row.reason], bias_source_codes.v[r->row.source],
            (long long)r->row.points);
    for (size_t i = 0; i < r->row.bias_types.n; i++) {
        if (i)
            buf_c(&b, ',');
        json_write_str(&b, types[i]);
    }
    buf_lit(&b, "]}");
    return buf_view(&b);
}

static err raise_flag(struct ctx *c, struct bias_run *r)
{
    int64_t id = 0;
    const struct flag_row row = {
        .interview_id = r->row.interview_id,
        .analysis_id = r->row.id,
        .admin_id = r->row.admin_id,
        .application_id = r->row.application_id,
        .flag_type = r->o.flag,
        .severity = r->a.severity,
        .action_taken = str_of(action_taken(&r->o)),
        .automatic = true,
        .verdict = -1,
        .created_at = c->now_us,
        .description = str_of(flag_reason(&r->o)),
        .evidence = evidence(c, r),
    };
    return flag_insert(c, r->tx, &row, &id);
}

err bias_cancel_interview(struct ctx *c, struct tx *tx, struct audit_head *head,
                          int64_t interview_id)
{
    const struct interview_cancelling q = { .id = interview_id,
                                            .code = INTERVIEW_BIAS_BLOCK,
                                            .by_monitor = true };
    bool done = false;
    return interview_cancel_in(c, tx, head, &q, &done);
}

/* Another evaluator may have taken the interview since it was said: it counts against the one who
 * said it, and ends nothing of the other's. */
static err spare_others_room(struct ctx *c, struct bias_run *r)
{
    struct interview_row now;
    bool found = false;
    TRY(interview_find(c, r->tx, r->row.interview_id, &now, &found));
    if (!found || str_eq(now.admin_id, r->row.admin_id))
        return ERR_OK;
    r->o.terminated = r->o.paused = false;
    return ERR_OK;
}

static err close_room(struct ctx *c, struct bias_run *r)
{
    const struct room_row room = { .interview_id = r->row.interview_id,
                                   .terminated_at = r->o.terminated ? c->now_us : 0,
                                   .paused_at = r->o.paused ? c->now_us : 0 };
    TRY(bias_room_mark(c, r->tx, &room));
    r->told.ended = r->o.terminated;
    return r->o.terminated ? bias_cancel_interview(c, r->tx, &r->head, r->row.interview_id)
                           : ERR_OK;
}

static err act_final(struct ctx *c, struct bias_run *r)
{
    const struct bias_move move = { .admin_id = r->row.admin_id,
                                    .actor = "monitor",
                                    .cause = r->o.points > 0 ? "strikes" : "reset" };
    if (r->o.response == RESPOND_BLOCK)
        TRY(spare_others_room(c, r));
    TRY(settle_nudge(c, r));
    if (r->o.flag != FLAG_NONE)
        TRY(raise_flag(c, r));
    if (r->o.response == RESPOND_BLOCK && (r->o.terminated || r->o.paused))
        TRY(close_room(c, r));
    if (r->o.closes_rooms)
        TRY(bias_rooms_close(c, r->tx, r->row.admin_id, c->now_us));
    r->told.barred = r->o.closes_rooms;
    TRY(bias_status_move(c, r->tx, &r->head, &move, &r->o.counts));
    return bias_log_response(c, r->tx, &r->head, &r->row);
}

err bias_take_action(struct ctx *c, void *state)
{
    struct bias_run *r = state;
    if (r->stage == STAGE_FINAL)
        return act_final(c, r);
    return r->o.response == RESPOND_INFO && !r->stands ? show(c, r) : ERR_OK;
}

void bias_tell(struct ctx *c, int64_t interview_id, struct str admin_id, const struct bias_told *t)
{
    const struct room_port *rooms = c->deps->rooms;
    if (!rooms)
        return;
    if (t->nudge_id && rooms->nudge)
        rooms->nudge(rooms->arg, interview_id, t->nudge_id);
    if (t->ended && rooms->end)
        rooms->end(rooms->arg, interview_id, ROOM_END_BLOCK);
    if (t->barred && rooms->barred)
        rooms->barred(rooms->arg, str_z(c->mem, admin_id));
}
