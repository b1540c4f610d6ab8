/* A client's message: rate, JSON, row of the table, who may say it where, shape. */
#include "base/str.h"
#include "codec/json.h"
#include "live/room.h"

enum { REFUSED_COST = 5 }; /* of the second's messages: what is refused costs more */

bool rate_take(struct rate *r, uint64_t now_ms, uint32_t cost, uint32_t per_second, uint32_t burst)
{
    if (!r->begun) {
        *r = (struct rate){ .at_ms = now_ms, .left = burst, .begun = true };
    } else {
        uint64_t more = (now_ms - r->at_ms) * per_second / 1000;
        if (more) {
            r->at_ms += more * 1000 / per_second;
            r->left = more >= burst - r->left ? burst : r->left + (uint32_t)more;
        }
        if (r->left == burst)
            r->at_ms = now_ms;
    }
    if (cost > r->left)
        return false;
    r->left -= cost;
    return true;
}

bool rate_ok(const struct entry *e, struct rate *r, uint32_t cost, uint32_t per_second,
             uint32_t burst)
{
    return rate_take(r, live_now_ms(e->live), cost, per_second, burst) || e->live->o.unlimited;
}

bool says_within(struct entry *e, uint32_t cost)
{
    if (rate_ok(e, &e->says, cost, MESSAGES_PER_SECOND, 2 * MESSAGES_PER_SECOND))
        return true;
    ws_end(e->ws, CODE_RATE, "too many messages");
    return false;
}

bool candidates_within(struct entry *e)
{
    if (rate_ok(e, &e->candidates, 60, ICE_PER_MINUTE, 60 * ICE_PER_MINUTE))
        return true;
    ws_end(e->ws, CODE_RATE, "too many candidates");
    return false;
}

static bool refuse(struct entry *e, const char *code, const char *why)
{
    if (says_within(e, REFUSED_COST))
        say_error(e, code, why);
    return false;
}

/* Of the issues the first: enough to find the mistake by. */
static bool refuse_shape(struct entry *e, struct ctx *c)
{
    const struct issue *is = c->fault.n_issues ? &c->fault.issues[0] : NULL;
    struct str why =
        is ? str_fmt(c->mem, "%.*s: %.*s", STR_ARG(is->loc), STR_ARG(is->msg)) : S("not an object");
    return refuse(e, "invalid", str_z(c->mem, why));
}

static bool check_ice(struct entry *e, const struct say_ice *ice)
{
    if (ice->candidate.n == 0 || ice->candidate.n > ICE_MAX || ice->candidate.p[0] != '{')
        return refuse(e, "invalid", "candidate: an object of at most 2 KiB");
    return candidates_within(e);
}

static bool check_sdp(struct entry *e, const struct say_sdp *sdp)
{
    for (size_t i = 0; i < sdp->sdp.n; i++) {
        unsigned char ch = (unsigned char)sdp->sdp.p[i];
        if ((ch < 0x20 && ch != '\r' && ch != '\n' && ch != '\t') || ch == 0x7f)
            return refuse(e, "invalid", "sdp: printable text");
    }
    return sdp->sdp.n <= SDP_MAX || refuse(e, "invalid", "sdp: at most 32 KiB");
}

static bool check_more(struct entry *e, enum live_say what, const void *body)
{
    if (what == SAY_ICE)
        return check_ice(e, body);
    if (what == SAY_OFFER || what == SAY_ANSWER)
        return check_sdp(e, body);
    return true;
}

bool talk_read(struct entry *e, struct str text, struct said *ret)
{
    struct home *h = &e->live->homes[ws_loop(e->ws)];
    struct ctx c;
    struct say_head head = { 0 };
    arena_reset(h->mem);
    ctx_init(&c, h->mem, e->live->o.deps, 0);
    if (!says_within(e, 1))
        return false;
    if (!json_valid(text, h->mem))
        return refuse(e, "bad_json", "a message is one JSON object");
    if (schema_decode(&c, &say_head_schema, text, &head, NULL) != ERR_OK)
        return refuse_shape(e, &c);
    enum live_say what = message_find(head.type);
    if (what == SAY_COUNT_ || !(messages[what].path & 1U << e->path))
        return refuse(e, "unknown_type", "no message of this socket");
    const struct message *m = &messages[what];
    if (!(m->from & 1U << e->part))
        return refuse(e, "not_allowed", "not yours to say");
    void *body = m->schema ? arena_raw(h->mem, 1, m->schema->size, _Alignof(max_align_t)) : NULL;
    if (m->schema && schema_decode(&c, m->schema, text, body, NULL) != ERR_OK)
        return refuse_shape(e, &c);
    *ret = (struct said){ what, body };
    return check_more(e, what, body);
}
