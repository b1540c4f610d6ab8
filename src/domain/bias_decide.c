/* One analysed utterance: suppressed, a duplicate, or a response with its points and what follows
 * for the interview and the evaluator's status. */
#include "base/str.h"
#include "domain/bias.h"

static const int64_t second_us = 1000000;

static int64_t apart_us(int64_t a, int64_t b)
{
    return a > b ? a - b : b - a;
}

/* The incident that this utterance belongs to already: of several, the most severe. */
static const struct bias_heard *heard_before(const struct bias_settings *s,
                                             const struct bias_facts *f,
                                             const struct bias_analysis *a)
{
    const struct bias_heard *found = NULL;
    for (size_t i = 0; i < f->n_heard; i++) {
        const struct bias_heard *h = &f->heard[i];
        if (!str_eq(h->interview, a->interview) ||
            apart_us(h->t_us, a->t_us) > s->bias_dedupe_seconds * second_us ||
            !bias_same_words(h->text, a->text))
            continue;
        if (!found || h->severity > found->severity ||
            (h->severity == found->severity && h->points > found->points))
            found = h;
    }
    return found;
}

/* Section 2 with the duplicate rule; points are those that this utterance adds. */
static void respond(const struct bias_settings *s, const struct bias_facts *f,
                    const struct bias_analysis *a, struct bias_outcome *o)
{
    const struct bias_proposal p = bias_propose(s, a);
    const struct bias_heard *before = p.response ? heard_before(s, f, a) : NULL;
    o->incident = before ? before->incident : a->id;
    if (before && a->severity <= before->severity) {
        o->reason = REASON_DUPLICATE;
        o->incident_points = before->points;
        return;
    }
    o->flag = p.flag;
    if (p.late)
        return;
    const int had = before ? before->points : 0;
    o->response = p.response;
    o->points = p.points > had ? p.points - had : 0;
    o->incident_points = had + o->points;
}

/* The counters as they are once the points are in. */
static err count_with(struct ctx *c, const struct bias_settings *s, const struct bias_facts *f,
                      const struct bias_analysis *a, struct bias_outcome *o)
{
    struct bias_ledger l = f->ledger;
    struct bias_row *rows = arena_try(c->mem, l.n + 1, sizeof(*rows), _Alignof(struct bias_row));
    if (!rows)
        return FAIL(c, TOO_LARGE, "too many rows in the ledger of an evaluator");
    for (size_t i = 0; i < l.n; i++)
        rows[i] = l.rows[i];
    rows[l.n++] = (struct bias_row){ .kind = ROW_POINTS,
                                     .points = o->points,
                                     .t_us = a->t_us,
                                     .cycle = a->cycle,
                                     .interview = a->interview,
                                     .incident = o->incident };
    l.rows = rows;
    return bias_count(c, s, &l, a->t_us, a, &o->counts);
}

static bool warned_before(const struct bias_facts *f, const struct bias_analysis *a)
{
    return f->room.warning_delivered_us != BIAS_NEVER && f->room.warning_delivered_us < a->t_us;
}

static void block(struct bias_outcome *o, int32_t reason, int32_t flag)
{
    o->response = RESPOND_BLOCK;
    o->reason = reason;
    o->flag = flag;
}

/* E1-E4; `strikes`: the utterance deserves points, whether or not they are counted. */
static void conclude(const struct bias_settings *s, const struct bias_facts *f,
                     const struct bias_analysis *a, bool strikes, struct bias_outcome *o)
{
    if (o->response == RESPOND_BLOCK) {
        block(o, REASON_SEVERITY, FLAG_CRITICAL_INCIDENT);
        return;
    }
    if (!strikes)
        return;
    if (!bias_may_interview(o->counts.status))
        block(o, REASON_STATUS, FLAG_STATUS);
    else if (o->counts.interview >= s->strike_limit_per_interview &&
             (!s->block_requires_delivered_warning || warned_before(f, a)))
        block(o, REASON_STRIKE_LIMIT, FLAG_STRIKE_LIMIT);
}

err bias_decide(struct ctx *c, const struct bias_settings *s, const struct bias_facts *facts,
                const struct bias_analysis *a, struct bias_outcome *ret)
{
    struct bias_outcome o = { .incident = a->id };
    TRY(bias_count(c, s, &facts->ledger, a->t_us, a, &o.counts));
    if (facts->room.terminated || facts->room.paused) { /* V3 */
        o.response = RESPOND_SUPPRESSED;
        o.terminated = facts->room.terminated;
        o.paused = facts->room.paused;
        *ret = o;
        return ERR_OK;
    }
    const bool barred = !bias_may_interview(o.counts.status);
    respond(s, facts, a, &o);
    const bool strikes = o.points > 0;
    if (barred) /* should not be in the room: blocked like others, but nothing piles up */
        o.points = 0;
    if (o.points > 0)
        TRY(count_with(c, s, facts, a, &o));
    conclude(s, facts, a, strikes, &o);
    o.closes_rooms = !barred && !bias_may_interview(o.counts.status);
    o.terminated = o.response == RESPOND_BLOCK && s->auto_block;
    o.paused = o.response == RESPOND_BLOCK && !s->auto_block;
    *ret = o;
    return ERR_OK;
}
