/* Scorecards: saved as they are filled in, submitted once, and hidden from whoever still owes one
 * in the same cycle. */
#include "base/str.h"
#include "codec/id.h"
#include "domain/role.h"
#include "domain/selection.h"
#include "service/cycle_support.h"
#include "service/interview_inner.h"
#include "service/interview_log.h"

enum { CARD_ROOM = 6 * 4 * 4 * INTERVIEW_NOTES_MAX };

struct card_call {
    int64_t id;
    struct str admin_id, if_match;
    const struct scorecard *card;
    struct interview_full row;
    struct scorecard_row saved;
    struct interview_score score;
    bool found;
};

static struct str tag_of(struct ctx *c, int64_t tag)
{
    return str_fmt(c->mem, "\"%016llx\"", (unsigned long long)tag);
}

static err check_card(struct ctx *c, const struct card_call *q)
{
    if (q->row.status == INTERVIEW_CANCELLED)
        return FAIL(c, CONFLICT, "The interview was cancelled");
    if (!q->row.started_at)
        return FAIL(c, CONFLICT, "The interview has not begun");
    if (q->row.declined)
        return FAIL(c, CONFLICT, "You declined this interview");
    if (q->row.scores)
        return FAIL(c, CONFLICT, "The interview has its score already");
    return interview_check_open(c, &q->row);
}

static err open_card(struct ctx *c, const struct scorecard_row *row, struct scorecard_saved *ret)
{
    struct scorecard *card = arena_new(c->mem, struct scorecard);
    TRY(schema_decode(c, &scorecard_draft_schema, row->card, card, NULL));
    *ret = (struct scorecard_saved){ row->interview_id, card, row->saved_at };
    return ERR_OK;
}

static err read_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct card_call *q = arg;
    TRY(interview_load(c, tx, q->id, &q->row));
    if (!str_eq(q->row.admin_id, q->admin_id))
        return FAIL(c, NOT_FOUND, "Interview not found");
    return scorecard_find(c, tx, q->id, &q->saved, &q->found);
}

err scorecard_get(struct ctx *c, int64_t id, struct scorecard_saved *ret, struct str *ret_etag)
{
    struct card_call q = { .id = id };
    TRY(cycle_actor(c, &q.admin_id));
    TRY(tx_run(c, TX_READ, read_tx, &q));
    const bool mine = q.found && str_eq(q.saved.admin_id, q.admin_id);
    if (!mine)
        q.saved = (struct scorecard_row){ .interview_id = id, .card = S("{}") };
    *ret_etag = tag_of(c, q.saved.tag);
    return open_card(c, &q.saved, ret);
}

static err write_card(struct ctx *c, struct tx *tx, struct card_call *q)
{
    struct scorecard_row was;
    bool found = false;
    int64_t changed = 0;
    TRY(scorecard_find(c, tx, q->id, &was, &found));
    if (found && !if_match_lists(q->if_match, tag_of(c, was.tag)))
        return FAIL(c, PRECONDITION, "The scorecard was changed since you read it");
    if (!found)
        return scorecard_insert(c, tx, &q->saved);
    q->saved.old_tag = was.tag;
    TRY(scorecard_update(c, tx, &q->saved, &changed));
    return changed == 1 ? ERR_OK : FAIL(c, PRECONDITION, "The scorecard was changed meanwhile");
}

static err save_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct card_call *q = arg;
    TRY(interview_hold_own(c, tx, q->id, &q->row));
    TRY(check_card(c, q));
    return write_card(c, tx, q);
}

err scorecard_save(struct ctx *c, int64_t id, const struct scorecard *card, struct str if_match,
                   struct scorecard_saved *ret, struct str *ret_etag)
{
    struct card_call q = { .id = id, .if_match = if_match };
    struct buf b;
    TRY(cycle_actor(c, &q.admin_id));
    buf_init(&b, c->mem, CARD_ROOM);
    schema_encode(&scorecard_draft_schema, card, &b);
    if (!buf_ok(&b))
        return FAIL(c, TOO_LARGE, "The scorecard is too long");
    q.saved = (struct scorecard_row){ .interview_id = id,
                                      .admin_id = q.admin_id,
                                      .card = buf_view(&b),
                                      .tag = id_i63(c),
                                      .saved_at = c->now_us };
    TRY(tx_run(c, TX_WRITE, save_tx, &q));
    *ret = (struct scorecard_saved){ id, card, c->now_us };
    *ret_etag = tag_of(c, q.saved.tag);
    return ERR_OK;
}

static err complete(struct ctx *c, struct tx *tx, struct card_call *q, struct audit_head *head)
{
    int64_t changed = 0;
    if (q->row.status != INTERVIEW_SCHEDULED)
        return ERR_OK;
    q->row.status = INTERVIEW_COMPLETED;
    q->row.completed_at = c->now_us;
    TRY(interview_write(c, tx, &q->row, c->now_us, &changed));
    if (changed != 1)
        return FAIL(c, CONFLICT, "The interview was changed at the same time");
    const struct interview_note note = { .act = "interview.complete",
                                         .id = q->id,
                                         .cycle_id = q->row.admission_cycle_id,
                                         .anonymized_id = q->row.anonymized_id };
    return interview_log(c, tx, head, &note);
}

static err submit_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct card_call *q = arg;
    struct audit_head head = { .known = false };
    TRY(interview_hold_own(c, tx, q->id, &q->row));
    TRY(check_card(c, q));
    TRY(interview_score_insert(c, tx, &q->score, &q->score.id));
    TRY(scorecard_delete(c, tx, q->id));
    const struct interview_note note = { .act = "interview.score",
                                         .id = q->id,
                                         .cycle_id = q->row.admission_cycle_id,
                                         .anonymized_id = q->row.anonymized_id,
                                         .score = &q->score };
    TRY(interview_log(c, tx, &head, &note));
    return complete(c, tx, q, &head);
}

err interview_score_submit(struct ctx *c, int64_t id, const struct scorecard *card,
                           struct interview_score *ret)
{
    struct card_call q = { .id = id };
    TRY(cycle_actor(c, &q.admin_id));
    q.score = (struct interview_score){
        .interview_id = id,
        .communication_score = card->communication_score,
        .critical_thinking_score = card->critical_thinking_score,
        .motivation_score = card->motivation_score,
        .final_interview_score = interview_mean_e2(
            card->communication_score, card->critical_thinking_score, card->motivation_score),
        .communication_notes = card->communication_notes,
        .critical_thinking_notes = card->critical_thinking_notes,
        .motivation_notes = card->motivation_notes,
        .notes = card->notes,
        .scored_at = c->now_us,
        .scored_by = q.admin_id,
    };
    TRY(tx_run(c, TX_WRITE, submit_tx, &q));
    interview_room_end(c, id, ROOM_END_COMPLETED);
    *ret = q.score;
    return ERR_OK;
}

/* Who has scored has nothing left that another's marks could sway. */
static err score_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct card_call *q = arg;
    int64_t owed = 0;
    TRY(interview_load(c, tx, q->id, &q->row));
    TRY(interview_score_find(c, tx, q->id, &q->score, &q->found));
    const bool own = q->found && str_eq(q->score.scored_by, c->who->id);
    if (!own)
        TRY(interview_scores_owed(c, tx, q->row.admission_cycle_id, c->who->id, &owed));
    if (owed > 0)
        return FAIL(c, FORBIDDEN, "Submit your own scores of this cycle first");
    return ERR_OK;
}

err interview_score_get(struct ctx *c, int64_t id, struct interview_score *ret, bool *ret_found)
{
    struct card_call q = { .id = id };
    if (!c->who)
        return FAIL(c, FORBIDDEN, "Forbidden");
    TRY(tx_run(c, TX_READ, score_tx, &q));
    *ret_found = q.found;
    if (q.found)
        *ret = q.score;
    return ERR_OK;
}
