/* Tickets of rooms and the membership behind them. */
#include "service/room_pass.h"

#include "base/str.h"
#include "codec/base64.h"
#include "crypto/hash.h"
#include "domain/role.h"
#include "repo/admin_repo.h"
#include "repo/student_repo.h"
#include "service/bias_watch.h"
#include "service/interview.h"

enum { TICKET_TEXT = 43, TICKET_ROOM = 64 };
#define SECOND_US INT64_C(1000000)

static const char *const part_text[] = { "evaluator", "student", "observer" };
NAMES(room_part_names, part_text);

static const struct field ticket_fields[] = {
    FIELD_STR(struct room_ticket, ticket, .doc = "Single use; opens one socket of this interview."),
    FIELD_TIME(struct room_ticket, expires_at, .doc = "Sixty seconds from now."),
    FIELD_LIST(struct room_ticket, protocols,
               .doc = "What to offer in Sec-WebSocket-Protocol: the protocol, then the ticket."),
};
SCHEMA(room_ticket_schema, "RoomTicket", struct room_ticket, ticket_fields);

static struct str hash_of(struct ctx *c, struct str ticket)
{
    struct hash h = sha256(ticket);
    return hash_hex(c->mem, &h);
}

static err insert_tx(struct ctx *c, struct tx *tx, void *arg)
{
    TRY(ticket_expire(c, tx, c->now_us));
    return ticket_insert(c, tx, arg);
}

err room_ticket_new(struct ctx *c, int64_t interview_id, struct room_ticket *ret)
{
    struct room_member member;
    uint8_t bytes[ROOM_TICKET_BYTES];
    struct buf b;
    TRY(room_member_get(c, interview_id, &member));
    if (member.barred)
        return FAIL(c, FORBIDDEN, "You may not interview at present");
    if (member.closed || member.status != INTERVIEW_SCHEDULED)
        return FAIL(c, PHASE, "This interview cannot be joined now");
    ctx_random(c, bytes, sizeof(bytes));
    buf_init(&b, c->mem, TICKET_ROOM);
    base64_write(&b, BASE64_URL_NOPAD, bytes, sizeof(bytes));
    secret_wipe(bytes, sizeof(bytes));
    struct ticket_row row = { .ticket_hash = hash_of(c, buf_view(&b)),
                              .interview_id = interview_id,
                              .holder_id = c->who->id,
                              .roles = (int64_t)c->who->roles,
                              .created_at = c->now_us,
                              .expires_at = c->now_us + ROOM_TICKET_SECONDS * SECOND_US };
    TRY(tx_run(c, TX_WRITE, insert_tx, &row));
    struct str *protocols = arena_array(c->mem, struct str, 2);
    protocols[0] = S(ROOM_PROTOCOL);
    protocols[1] = str_fmt(c->mem, ROOM_TICKET_PREFIX "%.*s", STR_ARG(buf_view(&b)));
    *ret = (struct room_ticket){ buf_view(&b), row.expires_at, { protocols, 2 } };
    return ERR_OK;
}

struct use {
    struct str hash;
    struct ticket_row row;
    bool found;
};

static err use_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct use *u = arg;
    return ticket_take(c, tx, u->hash, &u->row, &u->found);
}

err room_ticket_use(struct ctx *c, int64_t interview_id, struct str ticket,
                    const struct principal **ret)
{
    if (ticket.n != TICKET_TEXT)
        return FAIL(c, UNAUTHENTICATED, "This ticket is not valid");
    struct use u = { .hash = hash_of(c, ticket) };
    TRY(tx_run(c, TX_WRITE, use_tx, &u));
    if (!u.found || u.row.expires_at <= c->now_us || u.row.interview_id != interview_id)
        return FAIL(c, UNAUTHENTICATED, "This ticket is not valid");
    return room_principal(c, u.row.holder_id, ret);
}

struct person {
    struct str id;
    struct admin_row admin;
    struct student_row student;
    bool is_admin, is_student;
};

static err person_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct person *p = arg;
    if (str_starts(p->id, S("STU_")))
        return student_repo_by_id(c, tx, p->id, &p->student, &p->is_student);
    return admin_repo_by_id(c, tx, p->id, &p->admin, &p->is_admin);
}

err room_principal(struct ctx *c, struct str id, const struct principal **ret)
{
    struct person p = { .id = id };
    TRY(tx_run(c, TX_READ, person_tx, &p));
    struct principal *who = arena_new(c->mem, struct principal);
    who->id = str_keep(c->mem, id);
    if (p.is_admin && p.admin.is_active) {
        who->name = p.admin.username;
        who->roles = admin_role_bits(p.admin.role);
    } else if (p.is_student && p.student.status == STUDENT_ACTIVE) {
        who->name = p.student.display_name;
        who->roles = ROLE_STUDENT;
    } else {
        return FAIL(c, UNAUTHENTICATED, "This account is not active");
    }
    *ret = who;
    return ERR_OK;
}

_Static_assert((int)ROOM_EVALUATOR == (int)PART_EVALUATOR &&
                   (int)ROOM_STUDENT == (int)PART_STUDENT &&
                   (int)ROOM_OBSERVER == (int)PART_OBSERVER,
               "the parts of a room are those of its interview");

err room_member_get(struct ctx *c, int64_t interview_id, struct room_member *ret)
{
    struct interview_member m;
    TRY(interview_member(c, interview_id, &m));
    *ret = (struct room_member){
        .admin_id = m.admin_id,
        .part = m.part,
        .status = m.status,
        .started_at = m.started_at,
        .barred = m.part == PART_EVALUATOR && m.door == DOOR_BARRED,
        .closed = m.door == DOOR_EARLY || m.door == DOOR_LATE || m.door == DOOR_NOT_SCHEDULED,
    };
    return ERR_OK;
}

struct states_call {
    const int64_t *ids;
    size_t n;
    struct list rows;
};

static err states_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct states_call *s = arg;
    return room_state_list(c, tx, s->ids, s->n, &s->rows);
}

err room_states(struct ctx *c, const int64_t *ids, size_t n, struct list *ret)
{
    struct states_call s = { ids, n, { 0 } };
    TRY(tx_run(c, TX_READ, states_tx, &s));
    *ret = s.rows;
    return ERR_OK;
}

struct nudges_call {
    int64_t interview_id;
    struct str admin_id;
    int64_t after;
    struct list rows;
    struct room_standing standing;
};

static err nudges_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct nudges_call *q = arg;
    return room_nudge_list(c, tx, q->interview_id, q->admin_id, q->after, &q->rows);
}

err room_nudges(struct ctx *c, int64_t interview_id, struct str admin_id, int64_t after,
                struct list *ret)
{
    struct nudges_call q = { .interview_id = interview_id, .admin_id = admin_id, .after = after };
    TRY(tx_run(c, TX_READ, nudges_tx, &q));
    *ret = q.rows;
    return ERR_OK;
}

static err standing_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct nudges_call *q = arg;
    enum bias_status status;
    TRY(room_strikes(c, tx, q->interview_id, q->admin_id, &q->standing.strikes));
    TRY(bias_status_get(c, tx, str_z(c->mem, q->admin_id), &status));
    q->standing.status = (int32_t)status;
    return ERR_OK;
}

err room_standing_get(struct ctx *c, int64_t interview_id, struct str admin_id,
                      struct room_standing *ret)
{
    struct nudges_call q = { .interview_id = interview_id, .admin_id = admin_id };
    TRY(tx_run(c, TX_READ, standing_tx, &q));
    *ret = q.standing;
    return ERR_OK;
}
