/* Signalling: who comes and goes, and what one side says to the other. */
#include "base/str.h"
#include "codec/json.h"
#include "crypto/hash.h"
#include "live/room.h"

#include <string.h>

static struct home *home_of(const struct entry *e)
{
    return e->room->home;
}

static bool is_original(const struct peer *p)
{
    return p->at[LIVE_SIGNAL] && !p->at[LIVE_SIGNAL]->v1;
}

static void tell_ready(struct room *r)
{
    for (int i = 0; i <= ROOM_STUDENT; i++)
        if (room_both_here(r) && is_original(&r->peers[i]))
            (void)say_original(r->peers[i].at[LIVE_SIGNAL], S("{\"ready\":true}"), WS_NEEDED);
}

/* To everybody else: v1 by name, to original clients that somebody is there, or is not. */
static void tell_others(struct room *r, const struct peer *p, enum live_say what,
                        const char *reason)
{
    const struct say_peer body = { peer_name(r->home, p), str_of(room_part_names.v[p->part]),
                                   str_of(reason) };
    say_others(r, p, what, &body);
    for (int i = 0; i < ROOM_PEERS; i++)
        if (&r->peers[i] != p && p->part != ROOM_OBSERVER && is_original(&r->peers[i]))
            (void)say_original(r->peers[i].at[LIVE_SIGNAL],
                               what == SAY_PEER_JOINED ? S("{\"peer\":\"joined\"}")
                                                       : S("{\"peer\":\"left\"}"),
                               WS_NEEDED);
}

static void came(struct room *r, struct peer *p, int64_t after)
{
    bool before = p->here;
    p->here = true;
    if (!before)
        tell_others(r, p, SAY_PEER_JOINED, NULL);
    if (room_both_here(r) && r->heard_ms == 0)
        r->heard_ms = live_now_ms(r->home->live);
    tell_ready(r);
    if (p->part == ROOM_EVALUATOR && p->at[LIVE_SIGNAL] && p->at[LIVE_SIGNAL]->v1) {
        standing_fetch(r);
        if (!p->at[LIVE_NUDGES])
            nudge_fetch(r, after);
    }
}

static void went(struct room *r, struct peer *p, const char *reason)
{
    if (!p->here)
        return;
    p->here = false;
    r->heard_ms = 0;
    gap_end(r);
    tell_others(r, p, SAY_PEER_LEFT, reason);
}

static void send_joined(struct entry *e, bool resumed)
{
    struct room *r = e->room;
    struct peer *p = e->peer;
    struct live *l = e->live;
    struct arena *mem = r->home->mem;
    struct str *names = arena_array(mem, struct str, ROOM_PEERS);
    size_t n = 0;
    for (int i = 0; i < ROOM_PEERS; i++)
        if (&r->peers[i] != p && r->peers[i].used && r->peers[i].here)
            names[n++] = peer_name(r->home, &r->peers[i]);
    l->o.deps->random->fill(l->o.deps->random->self, p->nonce, sizeof(p->nonce));
    p->has_key = true;
    struct say_joined body = {
        .peer = peer_name(r->home, p),
        .role = str_of(room_part_names.v[p->part]),
        .state = r->started ? S("live") : S("waiting"),
        .polite = p->part == ROOM_STUDENT,
        .resumed = resumed,
        .peers = { names, n },
        .resume_key = key_make(l, r->id, p->who, p->nonce, mem),
        .resume_seconds = l->o.resume_ms / 1000,
        .monitoring = l->o.monitoring,
        .transcription = str_of(transcription_names.v[l->o.transcription]),
    };
    if (p->part != ROOM_OBSERVER)
        ice_servers(l, mem, &body.ice_servers);
    (void)say_once(e, SAY_JOINED, &body);
}

static bool key_fits(const struct entry *e, struct str key)
{
    uint8_t nonce[KEY_NONCE];
    struct str who;
    return key_read(e->live, e->interview_id, key, &who, nonce) && e->peer->has_key &&
           str_eq(who, str_of(e->peer->who)) &&
           secret_eq((struct str){ (const char *)nonce, KEY_NONCE },
                     (struct str){ (const char *)e->peer->nonce, KEY_NONCE });
}

static void join(struct entry *e, const struct say_join *q)
{
    if (e->joined) {
        say_error(e, "invalid", "joined already");
        return;
    }
    e->joined = true;
    ring_free(e->peer->ring);
    e->peer->ring = NULL;
    send_joined(e, false);
    e->room->n_sent = e->part == ROOM_EVALUATOR ? 0 : e->room->n_sent;
    came(e->room, e->peer, q->after == SCHEMA_NULL_I64 ? -1 : q->after);
}

static void resume(struct entry *e, const struct say_resume *q)
{
    struct peer *p = e->peer;
    if (e->joined) {
        say_error(e, "invalid", "joined already");
        return;
    }
    if (!key_fits(e, q->key)) {
        ws_end(e->ws, CODE_LOGIN, "this key is not valid");
        return;
    }
    uint64_t last = q->last_seq < 0 ? 0 : (uint64_t)q->last_seq;
    bool again = say_again(e, last);
    e->joined = true;
    send_joined(e, again);
    for (uint64_t seq = last + 1; again && seq <= p->seq; seq++) {
        unsigned at = (unsigned)(seq % RING_MESSAGES);
        (void)ws_send_text(e->ws, (struct str){ p->ring->text[at], p->ring->n[at] }, WS_NEEDED);
    }
    came(e->room, p, -1);
}

static void leave(struct entry *e)
{
    e->peer->has_key = false;
    went(e->room, e->peer, "left");
    speech_flush(e->room, e->peer);
    if (e->part == ROOM_EVALUATOR)
        e->room->watched = false;
    ws_end(e->ws, WS_NORMAL_END, "goodbye");
}

/* What one side says to the other, in the form that the other speaks. */
struct relay {
    enum live_say what; /* of the server's rows */
    struct str sdp;
    struct str candidate; /* JSON */
    struct str raw;       /* as an original client said it */
};

static void relay_original(struct entry *to, struct home *h, const struct relay *m)
{
    struct buf *b = &h->text;
    if (m->raw.p) {
        (void)say_original(to, m->raw, WS_NEEDED);
        return;
    }
    buf_clear(b);
    if (m->what == SAY_RELAY_ICE) {
        buf_lit(b, "{\"candidate\":");
        buf_str(b, m->candidate);
        buf_c(b, '}');
    } else if (m->what == SAY_RELAY_OFFER || m->what == SAY_RELAY_ANSWER) {
        const char *type = messages[m->what].type;
        buf_fmt(b, "{\"%s\":{\"type\":\"%s\",\"sdp\":", type, type);
        json_write_str(b, m->sdp);
        buf_lit(b, "}}");
    } else {
        return;
    }
    (void)say_original(to, buf_view(b), WS_NEEDED);
}

static void relay(struct entry *e, const struct relay *m)
{
    struct room *r = e->room;
    struct peer *to = &r->peers[e->part == ROOM_EVALUATOR ? ROOM_STUDENT : ROOM_EVALUATOR];
    struct str from = peer_name(r->home, e->peer);
    const struct say_sdp sdp = { from, m->sdp };
    const struct say_ice ice = { from, m->candidate };
    const struct say_from end = { from };
    if (!r->started) {
        say_error(e, "not_live", "the interview has not begun");
        return;
    }
    if (!to->used)
        return;
    if (is_original(to))
        relay_original(to->at[LIVE_SIGNAL], r->home, m);
    else
        (void)say_to(r, to, m->what,
                     m->what == SAY_RELAY_ICE       ? (const void *)&ice
                     : m->what == SAY_RELAY_ICE_END ? (const void *)&end
                                                    : (const void *)&sdp,
                     WS_NEEDED);
}

static void act(struct entry *e, const struct said *s)
{
    struct relay m = { .what = SAY_RELAY_ICE_END };
    switch (s->what) {
    case SAY_OFFER:
    case SAY_ANSWER:
        m.what = s->what == SAY_OFFER ? SAY_RELAY_OFFER : SAY_RELAY_ANSWER;
        m.sdp = ((const struct say_sdp *)s->body)->sdp;
        relay(e, &m);
        return;
    case SAY_ICE:
        m.what = SAY_RELAY_ICE;
        m.candidate = ((const struct say_ice *)s->body)->candidate;
        relay(e, &m);
        return;
    case SAY_ICE_END:
        relay(e, &m);
        return;
    case SAY_LEAVE:
        leave(e);
        return;
    case SAY_ACK:
        nudge_ack(e, ((const struct say_ack *)s->body)->nudge_id);
        return;
    default:
        say_error(e, "invalid", "joined already");
        return;
    }
}

static void signal_v1(struct entry *e, struct str text)
{
    struct said s;
    if (relay_short(e, text) || !talk_read(e, text, &s))
        return;
    if (s.what == SAY_PING)
        (void)say_once(e, SAY_PONG, NULL);
    else if (s.what == SAY_JOIN)
        join(e, s.body);
    else if (s.what == SAY_RESUME)
        resume(e, s.body);
    else if (!e->joined)
        say_error(e, "not_joined", "join or resume comes first");
    else
        act(e, &s);
}

/* {"offer":…}, {"answer":…} or {"candidate":…} of an original client; false: something else. */
static bool read_original(struct home *h, struct str text, struct relay *ret)
{
    struct json j;
    bool more, first = true;
    struct str name, value;
    *ret = (struct relay){ .raw = text };
    json_init(&j, text, h->mem);
    if (!json_enter_object(&j) || !json_member(&j, first, &more, &name) || !more ||
        !json_skip(&j, &value))
        return false;
    bool offer = str_eq(name, S("offer")), answer = str_eq(name, S("answer"));
    if (str_eq(name, S("candidate"))) {
        ret->what = SAY_RELAY_ICE;
        ret->candidate = value;
        return value.n <= ICE_MAX;
    }
    if ((!offer && !answer) || value.n > 2 * SDP_MAX)
        return false;
    ret->what = offer ? SAY_RELAY_OFFER : SAY_RELAY_ANSWER;
    json_init(&j, value, h->mem);
    if (json_peek(&j) != JSON_OBJECT || !json_enter_object(&j))
        return false;
    for (; json_member(&j, first, &more, &name) && more; first = false) {
        if (str_eq(name, S("sdp")) && json_peek(&j) == JSON_STRING)
            (void)json_string(&j, &ret->sdp);
        else if (!json_skip(&j, &value))
            return false;
    }
    return ret->sdp.p != NULL;
}

static void signal_original(struct entry *e, struct str text)
{
    struct home *h = home_of(e);
    struct relay m;
    arena_reset(h->mem);
    if (!says_within(e, 1))
        return;
    /* What is none of the three is overlooked, as unknown keys always were. */
    if (e->part != ROOM_OBSERVER && json_valid(text, h->mem) && read_original(h, text, &m))
        relay(e, &m);
}

void signal_text(struct entry *e, struct str text)
{
    if (e->v1)
        signal_v1(e, text);
    else
        signal_original(e, text);
}

static void send_config(struct entry *e)
{
    struct home *h = home_of(e);
    struct say_joined body = { 0 };
    struct buf b;
    arena_reset(h->mem);
    ice_servers(e->live, h->mem, &body.ice_servers);
    if (body.ice_servers.n == 0)
        return;
    /* The member of joined, under the name that RTCPeerConnection takes. */
    const struct field *f = messages[SAY_JOINED].schema->fields;
    while (f->type != F_LIST || !f->of)
        f++;
    buf_init(&b, h->mem, SAY_ARENA_MAX / 2);
    buf_lit(&b, "{\"config\":{\"iceServers\":");
    schema_encode_list(f->of, &body.ice_servers, &b);
    buf_lit(&b, "}}");
    (void)say_original(e, buf_view(&b), WS_NEEDED);
}

void signal_opened(struct entry *e)
{
    arena_reset(home_of(e)->mem);
    if (e->v1)
        return; /* it says join first */
    e->joined = true;
    send_config(e);
    came(e->room, e->peer, -1);
}

void signal_gone(struct entry *e)
{
    arena_reset(home_of(e)->mem);
    went(e->room, e->peer, "lost");
}
