/* Interviews as they are listed: to staff by anonymous id, to a student by the own application,
 * and to either as a calendar file. */
#include "base/str.h"
#include "domain/role.h"
#include "service/cycle_support.h"
#include "service/interview_inner.h"
#include "service/settings.h"

enum { OWN_MAX = 200, CALENDAR_MAX = 64 * 1024 };

static const char *const need_text[] = { "slot", "rebooking", "evaluator", "score" };
static NAMES(need_names, need_text);
static const struct field waiting_fields[] = {
    FIELD_STR(struct interview_waiting, anonymized_id, .flags = FIELD_NULL,
              .doc = "The application."),
    FIELD_ENUM(struct interview_waiting, needs, .flags = FIELD_REQUIRED, .names = &need_names,
               .doc = "slot: none was given; rebooking: the last was cancelled; evaluator: who had "
                      "it declined or may not interview; score: it was held."),
    FIELD_I64(struct interview_waiting, interview_id, .flags = FIELD_NULL,
              .doc = "The interview, or the one that was cancelled."),
    FIELD_STR(struct interview_waiting, admin_id, .flags = FIELD_NULL, .doc = "Its interviewer."),
    FIELD_ENUM(struct interview_waiting, cancel_code, .flags = FIELD_NULL,
               .names = &interview_cancel_names, .doc = "Why the last was cancelled."),
};
SCHEMA(interview_waiting_schema, "InterviewWaiting", struct interview_waiting, waiting_fields);

struct get_call {
    int64_t id;
    struct interview_full row;
    bool student, found;
};

static err get_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct get_call *q = arg;
    if (!q->student)
        return interview_load(c, tx, q->id, &q->row);
    TRY(interview_student_has(c, tx, c->who->id, q->id, &q->row, &q->found));
    return q->found ? ERR_OK : FAIL(c, NOT_FOUND, "Interview not found");
}

/* What a student sees: neither notes nor reasons, nor anything of the evaluation. */
static void show_own(struct ctx *c, const struct interview_full *row, struct interview *ret)
{
    interview_show(c, row, ret);
    ret->application_id = row->application_id;
    ret->student_id = row->student_id;
    ret->anonymized_id = ret->notes = ret->cancel_reason = (struct str){ NULL, 0 };
    ret->scored = ret->reassign = false;
    ret->cancel_code = -1;
}

err interview_get(struct ctx *c, int64_t id, struct interview *ret)
{
    struct get_call q = { .id = id };
    TRY(tx_run(c, TX_READ, get_tx, &q));
    interview_show(c, &q.row, ret);
    return ERR_OK;
}

struct list_call {
    const struct interview_page *p;
    struct interview_filter f;
    struct list rows;
    int64_t total;
};

static err list_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct list_call *q = arg;
    struct cycle_row cycle;
    if (q->f.cycle_id.p)
        TRY(cycle_load(c, tx, q->f.cycle_id, &cycle));
    TRY(interview_full_count(c, tx, &q->f, &q->total));
    return interview_full_list(c, tx, &q->f, &q->rows);
}

static struct list shown(struct ctx *c, const struct list *rows, size_t n, bool own)
{
    struct interview *out = arena_array(c->mem, struct interview, n + 1);
    const struct interview_full *v = rows->v;
    for (size_t i = 0; i < n; i++) {
        if (own)
            show_own(c, &v[i], &out[i]);
        else
            interview_show(c, &v[i], &out[i]);
    }
    return (struct list){ out, n };
}

err interview_list(struct ctx *c, const struct interview_page *p, struct list *ret,
                   struct str *ret_next, int64_t *ret_total)
{
    struct list_call q = { .p = p };
    q.f = (struct interview_filter){
        .cycle_id = p->cycle_id,
        .admin_id = p->mine ? c->who->id : (struct str){ NULL, 0 },
        .status = p->status,
        .limit = p->limit + 1,
    };
    if (p->cursor.p && (!str_i64(p->cursor, &q.f.after) || q.f.after < 1))
        return fault_cursor(c);
    TRY(tx_run(c, TX_READ, list_tx, &q));
    const size_t n = q.rows.n > (size_t)p->limit ? (size_t)p->limit : q.rows.n;
    const struct interview_full *v = q.rows.v;
    *ret = shown(c, &q.rows, n, false);
    *ret_next =
        n < q.rows.n ? str_fmt(c->mem, "%lld", (long long)v[n - 1].id) : (struct str){ NULL, 0 };
    *ret_total = q.total;
    return ERR_OK;
}

static err own_tx(struct ctx *c, struct tx *tx, void *arg)
{
    return interviews_of_student(c, tx, c->who->id, OWN_MAX, arg);
}

err interview_list_own(struct ctx *c, struct list *ret)
{
    struct list rows;
    TRY(tx_run(c, TX_READ, own_tx, &rows));
    *ret = shown(c, &rows, rows.n, true);
    return ERR_OK;
}

struct waiting_call {
    struct str cycle_id;
    struct list missing, booked;
};

static err waiting_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct waiting_call *q = arg;
    struct cycle_row cycle;
    const struct interview_filter f = { .cycle_id = q->cycle_id,
                                        .status = -1,
                                        .limit = INTERVIEW_LIST_MAX };
    TRY(cycle_load(c, tx, q->cycle_id, &cycle));
    TRY(interview_missing_list(c, tx, q->cycle_id, INTERVIEW_LIST_MAX, &q->missing));
    return interview_full_list(c, tx, &f, &q->booked);
}

static size_t add_missing(const struct list *rows, struct interview_waiting *out)
{
    const struct interview_missing *v = rows->v;
    for (size_t i = 0; i < rows->n; i++)
        out[i] = (struct interview_waiting){
            .anonymized_id = v[i].anonymized_id,
            .needs = v[i].cancelled ? NEEDS_REBOOKING : NEEDS_SLOT,
            .interview_id = v[i].cancelled ? v[i].cancelled : SCHEMA_NULL_I64,
            .cancel_code = names_find(&interview_cancel_names, v[i].cancel_code),
        };
    return rows->n;
}

static size_t add_booked(const struct list *rows, struct interview_waiting *out)
{
    const struct interview_full *v = rows->v;
    size_t n = 0;
    for (size_t i = 0; i < rows->n; i++) {
        const bool evaluator = interview_needs_evaluator(&v[i]);
        const bool score = v[i].status == INTERVIEW_COMPLETED && !v[i].scores;
        if (!evaluator && !score)
            continue;
        out[n++] = (struct interview_waiting){
            .anonymized_id = v[i].anonymized_id,
            .needs = evaluator ? NEEDS_EVALUATOR : NEEDS_SCORE,
            .interview_id = v[i].id,
            .admin_id = v[i].admin_id,
            .cancel_code = -1,
        };
    }
    return n;
}

err interview_waiting_list(struct ctx *c, struct str cycle_id, struct list *ret)
{
    struct waiting_call q = { .cycle_id = cycle_id };
    TRY(tx_run(c, TX_READ, waiting_tx, &q));
    struct interview_waiting *out =
        arena_array(c->mem, struct interview_waiting, q.missing.n + q.booked.n + 1);
    size_t n = add_missing(&q.missing, out);
    n += add_booked(&q.booked, out + n);
    *ret = (struct list){ out, n };
    return ERR_OK;
}

static struct str whole_link(struct ctx *c, struct str link)
{
    const struct settings *s = settings_of(c);
    if (!link.n || link.p[0] != '/')
        return link;
    if (!s->base_url.n)
        return (struct str){ NULL, 0 };
    const bool slash = str_ends(s->base_url, S("/"));
    return str_fmt(c->mem, "%.*s%.*s", (int)(s->base_url.n - slash), s->base_url.p, STR_ARG(link));
}

err interview_calendar_get(struct ctx *c, int64_t id, struct str *ret)
{
    struct get_call q = { .id = id, .student = c->who && (c->who->roles & ROLE_STUDENT) };
    struct interview_event e;
    struct buf b;
    TRY(tx_run(c, TX_READ, get_tx, &q));
    const struct interview_full *row = &q.row;
    const struct str link = whole_link(c, row->interview_link);
    e = (struct interview_event){
        .uid = str_fmt(c->mem, "interview-%lld-%lld@enigma.invalid", (long long)row->id,
                       (long long)row->created_at),
        .summary = q.student || !row->anonymized_id.p
                       ? S("Admission interview")
                       : str_fmt(c->mem, "Interview with %.*s", STR_ARG(row->anonymized_id)),
        .description =
            str_fmt(c->mem, "%lld minutes.%s%.*s%s%.*s", (long long)row->duration_minutes,
                    row->time_zone.p ? " Arranged in the time zone " : "", STR_ARG(row->time_zone),
                    link.p ? "\nJoin: " : "", STR_ARG(link)),
        .location = link,
        .stamp_us = row->updated_at,
        .begin_us = row->interview_time,
        .end_us = interview_end_of(row),
        .sequence = row->version,
        .cancelled = row->status == INTERVIEW_CANCELLED,
    };
    buf_init(&b, c->mem, CALENDAR_MAX);
    interview_calendar(&b, &e);
    if (!buf_ok(&b))
        return FAIL(c, INTERNAL, "calendar file too long");
    *ret = buf_view(&b);
    return ERR_OK;
}
