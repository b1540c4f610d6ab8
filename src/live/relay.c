/* The short way of what makes up nearly all signalling: sound offers, answers and candidates, read
 * once and passed on without being written anew. Whatever is not plainly right takes the long way
 * (talk.c), so that there is one place that says what is wrong. */
#include "base/str.h"
#include "codec/json.h"
#include "live/room.h"

/* The members that matter, as their JSON stands in the message; absent where there is none. */
struct members {
    struct str type, sdp, candidate;
};

static bool read_members(struct str text, struct arena *mem, struct members *ret)
{
    struct json j;
    struct str name, other;
    bool more;
    *ret = (struct members){ 0 };
    json_init(&j, text, mem);
    if (!json_enter_object(&j))
        return false;
    for (bool first = true; json_member(&j, first, &more, &name) && more; first = false) {
        struct str *at = str_eq(name, S("type"))        ? &ret->type
                         : str_eq(name, S("candidate")) ? &ret->candidate
                         : str_eq(name, S("sdp"))       ? &ret->sdp
                                                        : &other;
        if (!json_skip(&j, at))
            return false;
    }
    return json_finish(&j); /* false too after an error */
}

static bool is_plain_escape(char ch)
{
    return ch == 'r' || ch == 'n' || ch == 't' || ch == '"' || ch == '\\' || ch == '/';
}

/* A string that is surely printable and short enough however its escapes are read. */
static bool is_plain_sdp(struct str json)
{
    if (json.n <= 2 || json.n > SDP_MAX + 2 || json.p[0] != '"')
        return false;
    for (size_t i = 1; i + 1 < json.n; i++) {
        if (json.p[i] == 0x7f)
            return false;
        if (json.p[i] != '\\')
            continue;
        i++;
        if (!is_plain_escape(json.p[i]))
            return false;
    }
    return true;
}

static bool is_candidate(struct str json)
{
    return json.n > 0 && json.n <= ICE_MAX && json.p[0] == '{';
}

static bool read_passed(struct str text, struct arena *mem, struct passed *ret)
{
    struct members m;
    if (!read_members(text, mem, &m))
        return false;
    const bool ice = str_eq(m.type, S("\"ice\"")), offer = str_eq(m.type, S("\"offer\""));
    if (!ice && !offer && !str_eq(m.type, S("\"answer\"")))
        return false;
    ret->what = ice ? SAY_RELAY_ICE : offer ? SAY_RELAY_OFFER : SAY_RELAY_ANSWER;
    ret->json = ice ? m.candidate : m.sdp;
    return ice ? is_candidate(ret->json) : is_plain_sdp(ret->json);
}

bool relay_short(struct entry *e, struct str text)
{
    struct room *r = e->room;
    struct passed m;
    if (!e->joined || e->part == ROOM_OBSERVER || !r->started)
        return false;
    struct peer *to = &r->peers[e->part == ROOM_EVALUATOR ? ROOM_STUDENT : ROOM_EVALUATOR];
    if (!to->used || (to->at[LIVE_SIGNAL] && !to->at[LIVE_SIGNAL]->v1))
        return false;
    arena_reset(r->home->mem);
    if (!read_passed(text, r->home->mem, &m))
        return false;
    m.from = peer_name(r->home, e->peer);
    if (says_within(e, 1) && (m.what != SAY_RELAY_ICE || candidates_within(e)))
        say_as_it_came(r, to, &m);
    return true;
}
