/* The doors: three routes that become sockets. On a worker it is decided who comes in; on the loop
 * an entry takes its seat. */
#include "base/str.h"
#include "crypto/hash.h"
#include "domain/role.h"
#include "http/access.h"
#include "live/room.h"

#include <stdlib.h>
#include <string.h>

#define RESUME_PREFIX "resume."

struct gate_query {
    struct str role, speaker, admin_id;
    int64_t after;
};
static const struct field query_fields[] = {
    FIELD_STR(struct gate_query, role, .flags = FIELD_NULL, .max = 20,
              .doc = "Of original clients: must agree with the login."),
    FIELD_STR(struct gate_query, speaker, .flags = FIELD_NULL, .max = 20,
              .doc = "Of original clients: must agree with the login."),
    FIELD_STR(struct gate_query, admin_id, .flags = FIELD_NULL, .max = 50,
              .doc = "Of original clients: must agree with the login."),
    FIELD_I64(struct gate_query, after, .flags = FIELD_NULL, .min = 0, .max = 9007199254740991,
              .doc = "Nudges behind this id come again."),
};
static SCHEMA(query_schema, "RoomQuery", struct gate_query, query_fields);
struct gate_path {
    int64_t interview_id;
};
static const struct field path_fields[] = {
    FIELD_I64(struct gate_path, interview_id, .flags = FIELD_REQUIRED),
};

/* Who it is: by ticket, by key, by login; NULL with ERR_OK never comes back. */
static err identify(struct ctx *c, const struct live *l, const struct request *r, struct entry *e)
{
    struct str ticket = ws_offered(r, ROOM_TICKET_PREFIX), key = ws_offered(r, RESUME_PREFIX);
    struct str who;
    if (ticket.p)
        return room_ticket_use(c, e->interview_id,
                               str_sub(ticket, sizeof(ROOM_TICKET_PREFIX) - 1, ticket.n), &c->who);
    if (key.p) {
        key = str_sub(key, sizeof(RESUME_PREFIX) - 1, key.n);
        e->by_key = true;
        if (!key_read(l, e->interview_id, key, &who, e->nonce))
            return FAIL(c, UNAUTHENTICATED, "This key is not valid");
        return room_principal(c, who, &c->who);
    }
    /* API tokens are for scripts, not for rooms. */
    if (!c->who || c->who->scopes)
        return FAIL(c, UNAUTHENTICATED, "Not authenticated");
    if (c->who->must_enrol)
        return FAIL(c, FORBIDDEN, "Set up a second factor first");
    return ERR_OK;
}

/* What an original client says of itself must be true. */
static bool agrees(const struct gate_query *q, const struct entry *e)
{
    struct str said[] = { q->role, q->speaker };
    for (size_t i = 0; i < 2; i++) {
        if (!said[i].p)
            continue;
        int32_t meant = str_eq(said[i], S("student"))    ? ROOM_STUDENT
                        : str_eq(said[i], S("admin"))    ? ROOM_EVALUATOR
                        : str_eq(said[i], S("observer")) ? ROOM_OBSERVER
                                                         : -1;
        if (meant != e->part)
            return false;
    }
    return !q->admin_id.p || str_eq(q->admin_id, str_of(e->who));
}

/* Where part may not go: observers have nothing to say, nudges are the evaluator's alone. */
static bool may_path(const struct entry *e)
{
    if (e->path == LIVE_AUDIO)
        return e->part != ROOM_OBSERVER;
    return e->path != LIVE_NUDGES || e->part == ROOM_EVALUATOR;
}

static void refuse(struct ws_admission *ws, uint16_t code, const char *reason)
{
    ws->refuse = code;
    ws->reason = reason;
}

/* Known and a member: whether now, and here. */
static void decide(struct call *call, const struct room_member *m, struct entry *e)
{
    struct ws_admission *ws = &call->ws;
    if (m->status != INTERVIEW_SCHEDULED)
        refuse(ws, CODE_ENDED, "the interview is over");
    else if (m->barred)
        refuse(ws, CODE_FORBIDDEN, "you may not interview at present");
    else if (m->closed)
        refuse(ws, CODE_FORBIDDEN, "not within the time to join");
    else if (!may_path(e) || !agrees(call->query, e))
        refuse(ws, CODE_FORBIDDEN, "not allowed");
    else if (!e->v1 && e->part == ROOM_STUDENT && m->started_at == 0)
        refuse(ws, WS_POLICY, "the interview has not begun");
}

static err enter(struct ctx *c, struct call *call, struct entry *e)
{
    struct room_member m;
    TRY(identify(c, e->live, call->request, e));
    TRY(room_member_get(c, e->interview_id, &m));
    e->part = m.part;
    e->started = m.started_at != 0;
    if (c->who->id.n >= WHO_MAX || m.admin_id.n >= WHO_MAX)
        return FAIL(c, INTERNAL, "an id is too long");
    memcpy(e->who, c->who->id.p, c->who->id.n);
    memcpy(e->admin_id, m.admin_id.p, m.admin_id.n);
    decide(call, &m, e);
    return ERR_OK;
}

/* A page of ours never sees an HTTP status of a socket: it is told by a close code. The original's
 * student was closed with 1008 where there was no interview. */
static err refuse_by_code(struct ctx *c, struct call *call, const struct entry *e, err why)
{
    struct ws_admission *ws = &call->ws;
    const bool student = c->who && (c->who->roles & ROLE_STUDENT);
    if (!e->v1 && !(why == ERR_NOT_FOUND && student && e->path == LIVE_SIGNAL))
        return why;
    if (!e->v1)
        refuse(ws, WS_POLICY, "no such interview");
    else if (why == ERR_UNAUTHENTICATED)
        refuse(ws, CODE_LOGIN, "sign in, or ask for a ticket");
    else if (why == ERR_FORBIDDEN)
        refuse(ws, CODE_FORBIDDEN, "not allowed");
    else if (why == ERR_NOT_FOUND)
        refuse(ws, CODE_NO_ROOM, "no such interview");
    else
        return why;
    fault_clear(c);
    return ERR_OK;
}

static err open_socket(struct ctx *c, struct call *call)
{
    struct gate_path path = { 0 };
    const struct gate_query *q = call->query;
    TRY(schema_decode_text(c, "path", &path_fields[0], call->path_arg[0], &path));
    if (!c->deps->live)
        return FAIL(c, BUSY, "this process has no rooms");
    struct entry *e = calloc(1, sizeof(*e));
    if (!e)
        return FAIL(c, BUSY, "out of memory");
    call->ws.user = e;
    call->ws.key = (uint64_t)path.interview_id;
    e->live = c->deps->live;
    e->interview_id = path.interview_id;
    e->path = (enum live_path)call->arg;
    e->after = q->after == SCHEMA_NULL_I64 ? -1 : q->after;
    e->v1 = str_eq(ws_offered(call->request, ROOM_PROTOCOL), S(ROOM_PROTOCOL));
    err why = enter(c, call, e);
    return why == ERR_OK ? ERR_OK : refuse_by_code(c, call, e, why);
}

/* A newer connection of the same person takes the place. */
static void take_place(struct entry *e, struct peer *p)
{
    struct entry *old = p->at[e->path];
    if (old) {
        old->room = NULL;
        old->peer = NULL;
        ws_end(old->ws, CODE_REPLACED, "replaced by a newer connection");
    }
    p->at[e->path] = e;
    p->lost_ms = 0;
    e->peer = p;
}

static bool key_is_newest(const struct room *r, const struct entry *e)
{
    for (int i = 0; i < ROOM_PEERS; i++) {
        const struct peer *p = &r->peers[i];
        if (p->used && p->part == e->part && strcmp(p->who, e->who) == 0)
            return p->has_key && secret_eq((struct str){ (const char *)p->nonce, KEY_NONCE },
                                           (struct str){ (const char *)e->nonce, KEY_NONCE });
    }
    return false;
}

static void opened(struct ws *ws)
{
    static void (*const begin[LIVE_PATHS])(struct entry *) = {
        [LIVE_SIGNAL] = signal_opened, [LIVE_AUDIO] = audio_opened, [LIVE_NUDGES] = nudge_opened
    };
    struct entry *e = ws_user(ws);
    struct home *h = &e->live->homes[ws_loop(ws)];
    e->ws = ws;
    e->v1 = ws_speaks_protocol(ws);
    e->opened_ms = live_now_ms(e->live);
    struct room *r = e->by_key ? room_find(h, e->interview_id) : room_make(h, e->interview_id);
    if (r && r->ended) {
        ws_end(ws, CODE_ENDED, "the interview is over");
        return;
    }
    if (e->by_key && (!r || !key_is_newest(r, e))) {
        ws_end(ws, CODE_LOGIN, "this key is not valid");
        return;
    }
    struct peer *p = r ? room_seat(r, e->part, e->who) : NULL;
    if (!p) {
        ws_end(ws, CODE_FORBIDDEN, "the room is full");
        return;
    }
    room_belongs(r, e->admin_id);
    take_place(e, p);
    e->room = r;
    if (e->started)
        room_begun(r);
    begin[e->path](e);
}

static void got_message(struct ws *ws, bool text, struct str bytes)
{
    struct entry *e = ws_user(ws);
    if (!e->room || e->room->ended)
        return;
    if (!text && e->path != LIVE_AUDIO)
        ws_end(ws, WS_UNSUPPORTED, "text only");
    else if (!text)
        audio_bytes(e, bytes);
    else if (e->path == LIVE_SIGNAL)
        signal_text(e, bytes);
    else if (e->path == LIVE_AUDIO)
        audio_text(e, bytes);
    else
        nudge_text(e, bytes);
}

static void closed(struct ws *ws)
{
    struct entry *e = ws_user(ws);
    struct peer *p = e->peer;
    if (!e->room || !p)
        return;
    p->at[e->path] = NULL;
    if (!p->at[LIVE_SIGNAL] && !p->at[LIVE_AUDIO] && !p->at[LIVE_NUDGES])
        p->lost_ms = live_now_ms(e->live);
    if (e->path == LIVE_SIGNAL)
        signal_gone(e);
    if (server_stopping(ws_server(ws))) /* this process will not hear the rest */
        speech_flush(e->room, p);
    e->room = NULL;
    e->peer = NULL;
}

static const struct ws_endpoint endpoints[LIVE_PATHS] = {
    [LIVE_SIGNAL] = { MESSAGE_MAX, ROOM_PROTOCOL, opened, got_message, closed, free },
    [LIVE_AUDIO] = { AUDIO_HEAD + AUDIO_MAX, ROOM_PROTOCOL, opened, got_message, closed, free },
    [LIVE_NUDGES] = { MESSAGE_MAX, ROOM_PROTOCOL, opened, got_message, closed, free },
};

#define SOCKET_ROLES (ROLE_PUBLIC | ROLE_STUDENT | ROLE_STAFF)
/* clang-format off */
static const struct route rows[] = {
    { .method = "GET", .path = "/ws/interview/{interview_id}",
      .summary = "WebSocket: signalling of a live interview; docs/generated/messages.md.",
      .run = open_socket, .query = &query_schema, .roles = SOCKET_ROLES, .flags = ROUTE_WEBSOCKET,
      .throttle = { 30, THROTTLE_ADDRESS }, .arg = LIVE_SIGNAL, .tag = "Interviews",
      .ws = &endpoints[LIVE_SIGNAL] },
    { .method = "GET", .path = "/ws/interview/{interview_id}/audio",
      .summary = "WebSocket: what the evaluator or the student says, for transcription.",
      .run = open_socket, .query = &query_schema, .roles = SOCKET_ROLES, .flags = ROUTE_WEBSOCKET,
      .throttle = { 30, THROTTLE_ADDRESS }, .arg = LIVE_AUDIO, .tag = "Interviews",
      .ws = &endpoints[LIVE_AUDIO] },
    { .method = "GET", .path = "/ws/interview/{interview_id}/nudges",
      .summary = "WebSocket: nudges to the evaluator, and their acknowledgement.",
      .run = open_socket, .query = &query_schema, .roles = SOCKET_ROLES, .flags = ROUTE_WEBSOCKET,
      .throttle = { 30, THROTTLE_ADDRESS }, .arg = LIVE_NUDGES, .tag = "Interviews",
      .ws = &endpoints[LIVE_NUDGES] },
};
/* clang-format on */
const struct route_table live_routes = { rows, sizeof(rows) / sizeof(rows[0]) };
