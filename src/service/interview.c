/* What the parts of the interview services share, and what may be asked of an interview. */
#include "service/interview.h"

#include "base/str.h"
#include "domain/application.h"
#include "domain/phase.h"
#include "domain/role.h"
#include "repo/admin_repo.h"
#include "repo/interview_repo.h"
#include "service/bias_watch.h"
#include "service/cycle_support.h"
#include "service/interview_inner.h"
#include "service/settings.h"

enum { TAGS_MAX = 16, LATE_US = 5 * 60 * 1000000, JOIN_MINUTES_DEFAULT = 24 * 60 };
#define MINUTE_US INT64_C(60000000)
#define DAY_US    (24 * 60 * MINUTE_US)

struct state_call {
    int64_t id;
    struct interview_row row;
    bool found;
};

static err state_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct state_call *q = arg;
    return interview_find(c, tx, q->id, &q->row, &q->found);
}

static bool may_ask(const struct ctx *c, const struct interview_row *row)
{
    const struct principal *who = c->who;
    if (settings_of(c)->public_interview_status)
        return true;
    if (!who)
        return false;
    if (who->roles & ((uint32_t)ROLE_STAFF | (uint32_t)ROLE_OPERATOR))
        return true;
    return (who->roles & ROLE_STUDENT) && str_eq(who->id, row->student_id);
}

err interview_state_get(struct ctx *c, int64_t interview_id, struct interview_state *ret)
{
    struct state_call q = { .id = interview_id };
    TRY(tx_run(c, TX_READ, state_tx, &q));
    if (!q.found || !may_ask(c, &q.row))
        return FAIL(c, NOT_FOUND, "Interview not found");
    *ret = (struct interview_state){ .interview_id = q.row.id,
                                     .started = q.row.started_at != 0,
                                     .started_at = q.row.started_at };
    const struct settings *s = settings_of(c);
    ret->transcription = s->transcription;
    ret->monitoring = ret->transcription != TRANSCRIPTION_NONE && !s->bias_off;
    return ERR_OK;
}

err interview_load(struct ctx *c, struct tx *tx, int64_t id, struct interview_full *ret)
{
    bool found = false;
    TRY(interview_full_find(c, tx, id, ret, &found));
    return found ? ERR_OK : FAIL(c, NOT_FOUND, "Interview not found");
}

static err interview_lock(struct ctx *c, struct tx *tx, int64_t id)
{
    return tx_lock(c, tx, str_fmt(c->mem, "interview:%lld", (long long)id), LOCK_EXCLUSIVE);
}

/* Its cycle never changes, so the first look needs no lock. */
err interview_hold(struct ctx *c, struct tx *tx, int64_t id, struct interview_full *ret)
{
    TRY(interview_load(c, tx, id, ret));
    TRY(cycle_lock(c, tx, ret->admission_cycle_id, LOCK_SHARED));
    TRY(interview_lock(c, tx, id));
    return interview_load(c, tx, id, ret);
}

err interview_hold_own(struct ctx *c, struct tx *tx, int64_t id, struct interview_full *ret)
{
    TRY(interview_load(c, tx, id, ret));
    if (!str_eq(ret->admin_id, c->who->id))
        return FAIL(c, NOT_FOUND, "Interview not found");
    TRY(interview_hold(c, tx, id, ret));
    return str_eq(ret->admin_id, c->who->id) ? ERR_OK : FAIL(c, NOT_FOUND, "Interview not found");
}

err interview_check_open(struct ctx *c, const struct interview_full *row)
{
    if (row->phase != PHASE_SELECTION)
        return FAIL(c, PHASE, "Cycle is in phase '%s'; interviews are held in 'selection'",
                    phase_names.v[row->phase]);
    if (row->finished_at)
        return FAIL(c, PHASE, "The final selection of this cycle was made already");
    return ERR_OK;
}

err interview_check_mine(struct ctx *c, const struct interview_full *row)
{
    if (c->who && ((c->who->roles & ROLE_SUPER_ADMIN) || str_eq(c->who->id, row->admin_id)))
        return ERR_OK;
    return FAIL(c, FORBIDDEN, "Only the assigned interviewer or a super_admin may do this");
}

err evaluator_check(struct ctx *c, struct tx *tx, struct str admin_id)
{
    struct admin_row row;
    bool found = false;
    TRY(tx_lock(c, tx, str_fmt(c->mem, "admin:%.*s", STR_ARG(admin_id)), LOCK_EXCLUSIVE));
    TRY(admin_repo_by_id(c, tx, admin_id, &row, &found));
    if (!found || !row.is_active || row.role == ADMIN_ROLE_AUDITOR)
        return fault_value(c, "body", "admin_id",
                           "there is no such active administrator who may interview");
    enum bias_status status = STATUS_ACTIVE;
    TRY(bias_status_get(c, tx, str_z(c->mem, admin_id), &status));
    if (status == STATUS_SUSPENDED || status == STATUS_BANNED)
        return FAIL(c, FORBIDDEN,
                    "This interviewer is %s after bias incidents and may not interview",
                    status == STATUS_BANNED ? "banned" : "suspended");
    return ERR_OK;
}

static err slot_free(struct ctx *c, struct tx *tx, const struct interview_full *row,
                     const struct interview_slots_of *of, const char *whose)
{
    struct list rows;
    TRY(interview_slots(c, tx, of, &rows));
    const struct interview_slot *v = rows.v;
    for (size_t i = 0; i < rows.n; i++)
        if (slots_overlap(row->interview_time, row->duration_minutes, v[i].interview_time,
                          v[i].duration_minutes))
            return FAIL(c, CONFLICT, "The %s has another interview at that time (number %lld)",
                        whose, (long long)v[i].id);
    return ERR_OK;
}

err slot_ahead(struct ctx *c, const struct interview_full *row)
{
    if (row->interview_time < c->now_us - LATE_US)
        return fault_value(c, "body", "interview_time", "it must not lie in the past");
    if (row->interview_time > c->now_us + INTERVIEW_AHEAD_DAYS_MAX * DAY_US)
        return fault_value(
            c, "body", "interview_time",
            str_fmt(c->mem, "it must lie at most %d days ahead", INTERVIEW_AHEAD_DAYS_MAX).p);
    return ERR_OK;
}

err slot_check(struct ctx *c, struct tx *tx, const struct interview_full *row, bool of_student)
{
    struct interview_slots_of of = {
        .admin_id = row->admin_id,
        .application_id = row->application_id,
        .from = row->interview_time - INTERVIEW_MINUTES_MAX * MINUTE_US,
        .to = interview_end_of(row),
        .except = row->id,
    };
    TRY(slot_free(c, tx, row, &of, "interviewer"));
    if (!of_student)
        return ERR_OK;
    of.admin_id = (struct str){ NULL, 0 };
    return slot_free(c, tx, row, &of, "applicant");
}

int64_t interview_end_of(const struct interview_full *row)
{
    return row->interview_time + row->duration_minutes * MINUTE_US;
}

bool interview_needs_evaluator(const struct interview_full *row)
{
    return row->status == INTERVIEW_SCHEDULED &&
           (row->declined > 0 || row->barred > 0 || !row->admin_active ||
            row->admin_role == ADMIN_ROLE_AUDITOR);
}

static int64_t join_us(const struct ctx *c)
{
    return setting_or(settings_of(c)->interview_join_minutes, JOIN_MINUTES_DEFAULT) * MINUTE_US;
}

void interview_show(struct ctx *c, const struct interview_full *row, struct interview *ret)
{
    *ret = (struct interview){
        .id = row->id,
        .anonymized_id = row->anonymized_id,
        .admin_id = row->admin_id,
        .admission_cycle_id = row->admission_cycle_id,
        .interview_time = row->interview_time,
        .ends_at = interview_end_of(row),
        .duration_minutes = row->duration_minutes,
        .time_zone = row->time_zone,
        .interview_link = row->interview_link,
        .status = row->status,
        .notes = row->notes,
        .started_at = row->started_at,
        .completed_at = row->completed_at,
        .join_opens_at = row->interview_time - join_us(c),
        .join_closes_at = interview_end_of(row) + join_us(c),
        .cancel_code = row->cancel_code,
        .cancel_reason = row->cancel_reason,
        .cancelled_at = row->cancelled_at,
        .scored = row->scores > 0,
        .reassign = interview_needs_evaluator(row),
        .created_at = row->created_at,
        .updated_at = row->updated_at,
        .version = row->version,
    };
}

struct str interview_etag(struct ctx *c, const struct interview *v)
{
    return str_fmt(c->mem, "\"%lld-%lld\"", (long long)v->id, (long long)v->version);
}

bool if_match_lists(struct str header, struct str etag)
{
    struct str rest = header, one;
    for (int i = 0; i < TAGS_MAX && rest.p; i++) {
        rest = str_cut(rest, ',', &one);
        one = str_trim(one);
        if (str_eq(one, S("*")) || str_eq(one, etag))
            return true;
    }
    return !header.p;
}

/* Who asks, in the order in which the doors are closed. */
struct member_call {
    int64_t id;
    struct interview_full row;
    bool student;
};

static err member_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct member_call *q = arg;
    bool found = false;
    if (!c->who)
        return FAIL(c, NOT_FOUND, "Interview not found");
    if (!(c->who->roles & ROLE_STUDENT))
        return interview_load(c, tx, q->id, &q->row);
    q->student = true;
    TRY(interview_student_has(c, tx, c->who->id, q->id, &q->row, &found));
    return found ? ERR_OK : FAIL(c, NOT_FOUND, "Interview not found");
}

static int32_t door_of(const struct ctx *c, const struct interview_full *row,
                       const struct interview_member *m)
{
    if (row->status != INTERVIEW_SCHEDULED || row->phase != PHASE_SELECTION)
        return DOOR_NOT_SCHEDULED;
    if (interview_needs_evaluator(row))
        return DOOR_BARRED;
    if (c->now_us < m->opens_at)
        return DOOR_EARLY;
    if (c->now_us > m->closes_at)
        return DOOR_LATE;
    return row->started_at ? DOOR_OPEN : DOOR_NOT_STARTED;
}

err interview_member(struct ctx *c, int64_t id, struct interview_member *ret)
{
    struct member_call q = { .id = id };
    struct interview shown;
    TRY(tx_run(c, TX_READ, member_tx, &q));
    const bool evaluator = !q.student && str_eq(c->who->id, q.row.admin_id);
    if (!q.student && !evaluator && !(c->who->roles & ROLE_SUPER_ADMIN))
        return FAIL(c, NOT_FOUND, "Interview not found");
    interview_show(c, &q.row, &shown);
    *ret = (struct interview_member){
        .interview_id = id,
        .cycle_id = q.row.admission_cycle_id,
        .admin_id = q.row.admin_id,
        .part = q.student   ? PART_STUDENT
                : evaluator ? PART_EVALUATOR
                            : PART_OBSERVER,
        .status = q.row.status,
        .started_at = q.row.started_at,
        .opens_at = shown.join_opens_at,
        .closes_at = shown.join_closes_at,
    };
    ret->door = door_of(c, &q.row, ret);
    return ERR_OK;
}
