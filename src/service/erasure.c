/* Erasure. What it takes away in one transaction: the keys of the person's commitments, texts,
 * sealed identities, drafts and logins; before it the lines of exports, after it what the files of
 * the database still remember. An application that is being decided is not torn out of its cycle:
 * the request waits for the publication. */
#include "service/erasure.h"

#include "base/str.h"
#include "codec/id.h"
#include "domain/application.h"
#include "domain/phase.h"
#include "domain/role.h"
#include "repo/application_repo.h"
#include "repo/cycle_repo.h"
#include "repo/erasure_repo.h"
#include "repo/setting_repo.h"
#include "service/cycle_support.h"

enum { APPLICATIONS_MAX = 1000, EXPORTS_MAX = 1000, DUE_MAX = 20, EMAIL_BYTES_MAX = 254 };
#define FORGET S("erasure.forget")

static const char *const basis_text[] = { "request", "retention", "order" };
NAMES(erasure_basis_names, basis_text);
static const char *const state_text[] = { "erased", "scheduled", "kept" };
static NAMES(state_names, state_text);

static const struct field reply_fields[] = {
    FIELD_BOOL(struct erasure_reply, success, .flags = FIELD_REQUIRED, .doc = "Always true."),
    FIELD_ENUM(struct erasure_reply, state, .flags = FIELD_REQUIRED, .names = &state_names,
               .doc = "erased; scheduled for the time after publication; kept."),
    FIELD_STR(struct erasure_reply, message, .flags = FIELD_REQUIRED, .doc = "In a sentence."),
};
SCHEMA(erasure_reply_schema, "ErasureReply", struct erasure_reply, reply_fields);
static const struct field confirm_fields[] = {
    FIELD_BOOL(struct erasure_confirm, confirm, .flags = FIELD_REQUIRED,
               .doc = "true: erase everything that is stored about me. It cannot be undone."),
};
SCHEMA(erasure_confirm_schema, "ErasureConfirm", struct erasure_confirm, confirm_fields);
static const struct field order_fields[] = {
    FIELD_STR(struct erasure_order, student_id, .flags = FIELD_NULL, .min = 1, .max = ID_MAX,
              .format = "id", .doc = "The account, or else its e-mail address."),
    FIELD_STR(struct erasure_order, email, .flags = FIELD_NULL | FIELD_PII, .max = EMAIL_BYTES_MAX,
              .format = "email", .doc = "E-mail address of the account."),
    FIELD_ENUM(struct erasure_order, basis, .flags = FIELD_REQUIRED, .names = &erasure_basis_names,
               .doc = "request: the person asked; retention: its time is over; order: an authority "
                      "said so."),
};
SCHEMA(erasure_order_schema, "ErasureOrder", struct erasure_order, order_fields);

struct erase_call {
    struct str student_id;
    int32_t basis;
    struct list applications; /* struct erasure_application */
    struct list *exports;     /* of each application: struct erasure_export */
    struct audit_head head;
};

/* Between the freeze and the publication a cycle counts on each of its applications. */
static const struct erasure_application *undecided(const struct list *applications)
{
    const struct erasure_application *v = applications->v;
    for (size_t i = 0; i < applications->n; i++)
        if (v[i].status != APP_WITHDRAWN && v[i].phase > PHASE_SUBMISSION &&
            v[i].phase < PHASE_PUBLISHED)
            return &v[i];
    return NULL;
}

static err look_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct erase_call *q = arg;
    TRY(erasure_applications(c, tx, q->student_id, APPLICATIONS_MAX, &q->applications));
    const struct erasure_application *v = q->applications.v;
    q->exports = arena_array(c->mem, struct list, q->applications.n + 1);
    for (size_t i = 0; i < q->applications.n; i++)
        TRY(erasure_exports(c, tx, v[i].application_id, EXPORTS_MAX, &q->exports[i]));
    return ERR_OK;
}

static err refuse_undecided(struct ctx *c, const struct erasure_application *a)
{
    return FAIL(c, BAD_REQUEST,
                "An application of this student is being decided (its cycle is %s); it can be "
                "erased once the results are published",
                phase_names.v[a->phase]);
}

static err clean_exports(struct ctx *c, const struct erase_call *q)
{
    for (size_t i = 0; i < q->applications.n; i++) {
        const struct erasure_export *v = q->exports[i].v;
        for (size_t k = 0; k < q->exports[i].n; k++)
            TRY(export_take_out(c, v[k].file, v[k].anonymized_id));
    }
    return ERR_OK;
}

static err note(struct ctx *c, struct tx *tx, struct erase_call *q, const char *act,
                struct str cycle_id, struct str subject, bool with_basis)
{
    const struct audit_new n = {
        .act = act,
        .actor = audit_actor(c),
        .cycle = cycle_id,
        .subj = subject,
        .data = with_basis ? str_fmt(c->mem, "{\"basis\":\"%s\"}", erasure_basis_names.v[q->basis])
                           : (struct str){ NULL, 0 },
    };
    return audit_append(c, tx, &q->head, &n, NULL);
}

/* Only a row that is still submitted counts in its cycle. */
static err withdraw_first(struct ctx *c, struct tx *tx, struct erase_call *q,
                          const struct erasure_application *a, struct str subject)
{
    int64_t changed = 0;
    if (a->phase != PHASE_SUBMISSION || a->status != APP_SUBMITTED)
        return ERR_OK;
    TRY(application_take_back(c, tx, a->application_id, &changed));
    if (changed != 1)
        return ERR_OK;
    TRY(cycle_row_give_seat(c, tx, a->cycle_id));
    return note(c, tx, q, "application.withdraw", a->cycle_id, subject, false);
}

static err erase_application(struct ctx *c, struct tx *tx, struct erase_call *q,
                             const struct erasure_application *a)
{
    const struct str subject = str_fmt(c->mem, "application:%.*s", STR_ARG(a->application_id));
    TRY(withdraw_first(c, tx, q, a, subject));
    TRY(note(c, tx, q, "subject.erase", a->cycle_id, subject, true));
    return erasure_of_application(c, tx, a->application_id);
}

/* All cycles of the student, in the order of their ids; then what is in them is looked at again. */
static err hold_cycles(struct ctx *c, struct tx *tx, struct erase_call *q)
{
    const struct erasure_application *v = q->applications.v;
    for (size_t i = 0; i < q->applications.n; i++)
        if (i == 0 || !str_eq(v[i].cycle_id, v[i - 1].cycle_id))
            TRY(cycle_lock(c, tx, v[i].cycle_id, LOCK_EXCLUSIVE));
    TRY(erasure_applications(c, tx, q->student_id, APPLICATIONS_MAX, &q->applications));
    const struct erasure_application *a = undecided(&q->applications);
    return a ? refuse_undecided(c, a) : ERR_OK;
}

static err is_erased(struct ctx *c, struct tx *tx, struct str student_id, bool *ret)
{
    int64_t since_us = 0;
    const err e = erasure_waiting(c, tx, student_id, &since_us);
    *ret = e == ERR_NOT_FOUND;
    if (!*ret)
        return e;
    fault_clear(c);
    return ERR_OK;
}

/* The account's own lock as well: janitors of several servers come to the same request, and the log
 * says once that the account went. */
static err erase_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct erase_call *q = arg;
    q->head = (struct audit_head){ .known = false };
    const struct str subject = str_fmt(c->mem, "student:%.*s", STR_ARG(q->student_id));
    bool erased = false;
    TRY(hold_cycles(c, tx, q));
    TRY(tx_lock(c, tx, subject, LOCK_EXCLUSIVE));
    TRY(is_erased(c, tx, q->student_id, &erased));
    const struct erasure_application *v = q->applications.v;
    for (size_t i = 0; i < q->applications.n; i++)
        TRY(erase_application(c, tx, q, &v[i]));
    if (!erased)
        TRY(note(c, tx, q, "student.erase", (struct str){ NULL, 0 }, subject, true));
    TRY(erasure_of_account(c, tx, q->student_id, c->now_us));
    return setting_repo_set(c, tx, FORGET, id_random(c, "FGT_"));
}

/* Files first: a line that is gone too early does no harm, one that is left would. */
static err erase(struct ctx *c, struct erase_call *q)
{
    TRY(clean_exports(c, q));
    TRY(tx_run(c, TX_WRITE, erase_tx, q));
    if (erasure_forget(c, false) != ERR_OK)
        fault_clear(c); /* somebody reads; the janitor comes back to it */
    return ERR_OK;
}

static err say(struct erasure_reply *ret, enum erasure_state state, const char *message)
{
    *ret = (struct erasure_reply){ true, (int32_t)state, str_of(message) };
    return ERR_OK;
}

struct wait_call {
    int64_t since_us;
};

static err wait_tx(struct ctx *c, struct tx *tx, void *arg)
{
    const struct wait_call *q = arg;
    int64_t since_us = 0;
    TRY(erasure_waiting(c, tx, c->who->id, &since_us));
    if ((since_us != 0) == (q->since_us != 0))
        return ERR_OK;
    return erasure_wait(c, tx, c->who->id, q->since_us);
}

static err student_only(struct ctx *c)
{
    if (!c->who || !(c->who->roles & ROLE_STUDENT))
        return FAIL(c, FORBIDDEN, "Only students ask for this");
    return ERR_OK;
}

err erasure_request(struct ctx *c, const struct erasure_confirm *q, struct erasure_reply *ret)
{
    TRY(student_only(c));
    if (!q->confirm)
        return fault_value(c, "body", "confirm", "nothing was erased: it should be true");
    struct erase_call e = { .student_id = c->who->id, .basis = ERASURE_REQUEST };
    TRY(tx_run(c, TX_READ, look_tx, &e));
    if (!undecided(&e.applications)) {
        TRY(erase(c, &e));
        return say(ret, ERASURE_DONE, "Everything that was stored about you has been erased.");
    }
    struct wait_call w = { c->now_us };
    TRY(tx_run(c, TX_WRITE, wait_tx, &w));
    return say(ret, ERASURE_SCHEDULED,
               "Your application is being decided; everything is erased once the results are "
               "published. Until then you can take the request back.");
}

err erasure_take_back(struct ctx *c, struct erasure_reply *ret)
{
    TRY(student_only(c));
    struct wait_call w = { 0 };
    TRY(tx_run(c, TX_WRITE, wait_tx, &w));
    return say(ret, ERASURE_KEPT, "Your data is kept.");
}

struct find_call {
    struct str email;
    struct erasure_account account;
    struct str student_id;
};

static err find_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct find_call *q = arg;
    bool found = false;
    int64_t since_us = 0;
    if (q->email.p) {
        TRY(erasure_account_by_email(c, tx, q->email, &q->account, &found));
        if (!found)
            return FAIL(c, NOT_FOUND, "Student not found");
        q->student_id = q->account.student_id;
    }
    return erasure_waiting(c, tx, q->student_id, &since_us);
}

static struct str folded(struct ctx *c, struct str s)
{
    char *p = str_z(c->mem, s);
    for (size_t i = 0; i < s.n; i++)
        if (p[i] >= 'A' && p[i] <= 'Z')
            p[i] = (char)(p[i] - 'A' + 'a');
    return (struct str){ p, s.n };
}

err erasure_run(struct ctx *c, const struct erasure_order *q, struct erasure_reply *ret)
{
    const uint32_t allowed = (uint32_t)ROLE_SUPER_ADMIN | (uint32_t)ROLE_OPERATOR;
    if (c->who && !(c->who->roles & allowed))
        return FAIL(c, FORBIDDEN, "Forbidden");
    if (!q->student_id.p == !q->email.p)
        return fault_value(c, "body", NULL,
                           "name the student by student_id or by email, not by both");
    struct find_call f = { .student_id = q->student_id };
    if (q->email.p)
        f.email = folded(c, q->email);
    TRY(tx_run(c, TX_READ, find_tx, &f));
    struct erase_call e = { .student_id = f.student_id, .basis = q->basis };
    TRY(tx_run(c, TX_READ, look_tx, &e));
    const struct erasure_application *a = undecided(&e.applications);
    if (a)
        return refuse_undecided(c, a);
    TRY(erase(c, &e));
    return say(ret, ERASURE_DONE, "Everything that was stored about the student has been erased.");
}

static err due_tx(struct ctx *c, struct tx *tx, void *arg)
{
    return erasure_due(c, tx, DUE_MAX, arg);
}

err erasure_run_due(struct ctx *c, int64_t *ret_erased)
{
    struct list due;
    int64_t n = 0;
    TRY(tx_run(c, TX_READ, due_tx, &due));
    const struct erasure_account *v = due.v;
    for (size_t i = 0; i < due.n; i++) {
        struct erase_call e = { .student_id = v[i].student_id, .basis = ERASURE_REQUEST };
        TRY(tx_run(c, TX_READ, look_tx, &e));
        if (undecided(&e.applications))
            continue; /* a cycle went on meanwhile */
        TRY(erase(c, &e));
        n++;
    }
    *ret_erased = n;
    return ERR_OK;
}

struct forget_call {
    struct str mark;
    bool due;
};

static err forget_due_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct forget_call *q = arg;
    return setting_repo_get(c, tx, FORGET, &q->mark, &q->due);
}

/* Another erasure has set another mark since: then that one stays. */
static err forgotten_tx(struct ctx *c, struct tx *tx, void *arg)
{
    const struct forget_call *q = arg;
    struct str mark;
    bool found = false;
    TRY(setting_repo_get(c, tx, FORGET, &mark, &found));
    if (!found || !str_eq(mark, q->mark))
        return ERR_OK;
    return setting_repo_delete(c, tx, FORGET, NULL);
}

err erasure_forget(struct ctx *c, bool rebuild)
{
    struct forget_call q = { 0 };
    TRY(tx_run(c, TX_READ, forget_due_tx, &q));
    if (!q.due && !rebuild)
        return ERR_OK;
    TRY(db_forget(c, c->deps->db, rebuild));
    return q.due ? tx_run(c, TX_WRITE, forgotten_tx, &q) : ERR_OK;
}
