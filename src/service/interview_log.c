/* The log's entries about interviews. */
#include "service/interview_log.h"

#include "base/str.h"
#include "codec/canon.h"

enum { SCORE_ROOM = 256, REASON_ROOM = 8 * INTERVIEW_REASON_MAX };

void interview_score_canon(struct buf *b, const struct interview_score *s)
{
    buf_fmt(b,
            "{\"communication_e2\":%lld,\"critical_thinking_e2\":%lld,\"interview_e2\":%lld,"
            "\"motivation_e2\":%lld}",
            (long long)s->communication_score, (long long)s->critical_thinking_score,
            (long long)s->final_interview_score, (long long)s->motivation_score);
}

struct str interview_slot_data(struct ctx *c, struct str admin_id, struct str anonymized_id,
                               int64_t at_us, int64_t minutes)
{
    struct buf b;
    buf_init(&b, c->mem, ENTRY_MAX);
    buf_lit(&b, "{\"admin\":");
    canon_str(&b, admin_id);
    buf_lit(&b, ",\"anon\":");
    canon_str(&b, anonymized_id.p ? anonymized_id : S(""));
    buf_fmt(&b, ",\"at\":%lld,\"minutes\":%lld}", (long long)(at_us / 1000), (long long)minutes);
    return buf_view(&b);
}

err interview_log(struct ctx *c, struct tx *tx, struct audit_head *head,
                  const struct interview_note *n)
{
    struct audit_new e = {
        .act = n->act,
        .actor = n->by_monitor ? S("monitor") : audit_actor(c),
        .cycle = n->cycle_id,
        .subj = str_fmt(c->mem, "interview:%lld", (long long)n->id),
        .data = n->data,
        .key_subject = str_fmt(c->mem, "anon:%.*s", STR_ARG(n->anonymized_id)),
    };
    struct buf b;
    buf_init(&b, c->mem, n->score ? SCORE_ROOM : REASON_ROOM);
    if (n->score)
        interview_score_canon(&b, n->score);
    else if (n->reason.p)
        canon_str(&b, n->reason);
    if (!buf_ok(&b))
        return FAIL(c, TOO_LARGE, "The reason is too long");
    if (b.n) {
        e.values[0] = (struct audit_value){ n->score ? S("score") : S("reason"), buf_view(&b) };
        e.n_values = 1;
    }
    return audit_append(c, tx, head, &e, NULL);
}
