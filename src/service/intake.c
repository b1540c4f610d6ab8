/* Submissions: one per student and cycle, by the unique constraint; with an Idempotency-Key the
 * same request has the same reply. Most refusals are found by reading, before the writer is asked.
 */
#include "service/intake.h"

#include "base/str.h"
#include "domain/role.h"
#include "repo/clock_repo.h"
#include "repo/cycle_repo.h"
#include "repo/draft_repo.h"
#include "repo/intake_repo.h"
#include "service/consent.h"
#include "service/cycle_support.h"
#include "service/intake_prepare.h"
#include "service/settings.h"

enum {
    KEY_TEXT_MAX = 255,
    REPLY_MAX = 1024,
    REPLY_STATUS = 200,
    KEEP_HOURS_DEFAULT = 24,
    SUBMIT_MANY_MAX = 10000,
    ITEM_MEM_MAX = 8 * 1024 * 1024
};

struct submit_call {
    const struct application_new *n;
    struct applicant applicant;
    struct str cycle_id;
    struct prepared p;
    struct idempotency_row key; /* key_hash absent: no key was sent */
    bool key_expired;           /* an old row of the key stands in the way */
    bool replayed;
    struct application_receipt receipt;
};

static err key_issue(struct ctx *c, struct str msg)
{
    const struct issue issue = { .type = S("value_error"),
                                 .loc = S("[\"header\",\"Idempotency-Key\"]"),
                                 .msg = msg,
                                 .input = S("null"),
                                 .ctx = S("{\"error\":{}}") };
    return fault_issue(c, &issue);
}

/* The stored reply, or the refusal for a key that was used for something else. */
static err replay(struct ctx *c, struct submit_call *q, const struct idempotency_row *row)
{
    if (!str_eq(row->body_hash, q->key.body_hash))
        return key_issue(c, S("Value error, this key was used with another body"));
    TRY(schema_decode(c, &application_receipt_schema, row->reply, &q->receipt, NULL));
    q->replayed = true;
    return ERR_OK;
}

/* What is kept under the key, if it has not ended. */
static err heed_key(struct ctx *c, struct submit_call *q, const struct idempotency_row *row)
{
    q->key_expired = row->key_hash.p && row->expires_at <= c->now_us;
    return row->key_hash.p && !q->key_expired ? replay(c, q, row) : ERR_OK;
}

static err refuse_cycle(struct ctx *c, const struct cycle *cy, int64_t now_us)
{
    if (!cy || !cy->is_open)
        return FAIL(c, PHASE, "No admission cycle is open");
    if (now_us < cy->start_date)
        return FAIL(c, PHASE, "Applications for this admission cycle have not opened yet");
    if (now_us > cy->end_date)
        return FAIL(c, PHASE, "The deadline of this admission cycle has passed");
    return FAIL(c, PHASE, "The admission cycle is closed");
}

err intake_check_open(struct ctx *c, const struct cycle *cy, int64_t now_us)
{
    return cy && cycle_accepts(cy, now_us) ? ERR_OK : refuse_cycle(c, cy, now_us);
}

static err already_applied(struct ctx *c)
{
    return FAIL(c, PHASE, "You have already applied in this admission cycle");
}

static err look_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct submit_call *q = arg;
    struct intake_view v;
    bool known = false;
    TRY(intake_view_find(c, tx, c->who->id, q->key.key_hash, &v, &known));
    if (!known)
        return FAIL(c, FORBIDDEN, "This account may not apply");
    TRY(heed_key(c, q, &v.key));
    if (q->replayed)
        return ERR_OK;
    q->applicant = v.applicant;
    TRY(intake_check_open(c, v.cycle.cycle_id.p ? &v.cycle : NULL, v.applicant.now));
    q->cycle_id = v.cycle.cycle_id;
    if (v.applicant.status != STUDENT_ACTIVE)
        return FAIL(c, FORBIDDEN, "This account may not apply");
    return ERR_OK;
}

/* The lock first: freezing waits for its sharers and they for it, so a submission is before or
 * behind the freeze, and what is looked at after the lock stays true to the end. The rest is sent
 * without waiting and answered with the commit; the row that may not be there twice goes first, so
 * that where writers share a transaction a refusal leaves nothing behind. */
static err submit_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct submit_call *q = arg;
    struct audit_head head = { .known = false };
    TRY(cycle_lock(c, tx, q->cycle_id, LOCK_SHARED));
    TRY(store_applications(c, tx, &head, &q->p, 1));
    if (q->key_expired)
        TRY(idempotency_drop(c, tx, q->key.key_hash));
    if (q->key.key_hash.p)
        TRY(idempotency_insert(c, tx, &q->key));
    TRY(cycle_row_take_seats(c, tx, q->cycle_id, 1, c->now_us));
    return q->applicant.has_draft ? draft_delete_of(c, tx, c->who->id, q->cycle_id) : ERR_OK;
}

struct open_call {
    struct str cycle_id;
    struct cycle_row row;
    bool found;
    int64_t now_us;
};

static err open_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct open_call *q = arg;
    TRY(clock_now(c, tx, &q->now_us));
    return cycle_row_find(c, tx, q->cycle_id, &q->row, &q->found);
}

/* The writing failed with e: because the cycle has closed meanwhile, or of itself. */
static err write_refused(struct ctx *c, struct str cycle_id, err e)
{
    struct open_call q = { .cycle_id = cycle_id };
    const struct fault kept = c->fault;
    if (e != ERR_INTERNAL)
        return e;
    fault_clear(c);
    if (tx_run(c, TX_READ, open_tx, &q) == ERR_OK)
        TRY(intake_check_open(c, q.found ? &q.row.cycle : NULL, q.now_us));
    c->fault = kept;
    return e;
}

static err make_key(struct ctx *c, const struct submit_options *o, struct submit_call *q)
{
    if (!o || !o->idempotency_key.p)
        return ERR_OK;
    if (o->idempotency_key.n == 0 || o->idempotency_key.n > KEY_TEXT_MAX)
        return key_issue(c, S("Value error, the key should have 1 to 255 characters"));
    const struct str parts[] = { c->who->id, S("\nPOST\n/applications\n"), o->idempotency_key };
    const struct hash key = sha256_parts(parts, sizeof(parts) / sizeof(parts[0]));
    const struct hash body = sha256(o->raw_body.p ? o->raw_body : S(""));
    const int64_t hours = setting_or(settings_of(c)->idempotency_hours, KEEP_HOURS_DEFAULT);
    q->key = (struct idempotency_row){ .key_hash = hash_hex(c->mem, &key),
                                       .body_hash = hash_hex(c->mem, &body),
                                       .status = REPLY_STATUS,
                                       .created_at = c->now_us,
                                       .expires_at = c->now_us + hours * 3600 * 1000000 };
    return ERR_OK;
}

static err make_reply(struct ctx *c, struct submit_call *q)
{
    q->receipt = (struct application_receipt){
        .success = true,
        .application_id = q->p.row.application_id,
        .message = S("Application submitted successfully"),
        .status = APP_SUBMITTED,
        .timestamp = c->now_us,
    };
    struct buf b;
    buf_init(&b, c->mem, REPLY_MAX);
    schema_encode(&application_receipt_schema, &q->receipt, &b);
    q->key.reply = buf_view(&b);
    return buf_ok(&b) ? ERR_OK : FAIL(c, INTERNAL, "the receipt is too long");
}

static err key_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct submit_call *q = arg;
    struct idempotency_row row = { 0 };
    bool found = false;
    TRY(idempotency_find(c, tx, q->key.key_hash, &row, &found));
    return found ? heed_key(c, q, &row) : ERR_OK;
}

/* A row is there already: of a request with the same key, whose reply is ours, or of another. */
static err replay_winner(struct ctx *c, struct submit_call *q)
{
    fault_clear(c);
    if (q->key.key_hash.p)
        TRY(tx_run(c, TX_READ, key_tx, q));
    return q->replayed ? ERR_OK : already_applied(c);
}

static err submit(struct ctx *c, struct submit_call *q)
{
    TRY(tx_run(c, TX_READ, look_tx, q));
    if (q->replayed)
        return ERR_OK;
    TRY(prepare_application(c, q->n, q->applicant.primary_email, c->who->id, &q->p));
    q->p.row.admission_cycle_id = q->cycle_id;
    consent_note(c, q->n, &q->p.row);
    TRY(make_reply(c, q));
    const err e = tx_run(c, TX_WRITE, submit_tx, q);
    secret_wipe(q->p.key, sizeof(q->p.key));
    return e == ERR_CONFLICT ? replay_winner(c, q) : write_refused(c, q->cycle_id, e);
}

err application_submit(struct ctx *c, const struct application_new *n,
                       const struct submit_options *o, struct application_receipt *ret,
                       bool *ret_replayed)
{
    if (!c->who || !(c->who->roles & ROLE_STUDENT))
        return FAIL(c, FORBIDDEN, "Only students apply");
    TRY(application_new_check(c, n));
    TRY(consent_check(c, n));
    struct submit_call q = { .n = n };
    TRY(make_key(c, o, &q));
    TRY(submit(c, &q));
    *ret = q.receipt;
    *ret_replayed = q.replayed;
    return ERR_OK;
}

struct many_call {
    struct str cycle_id;
    struct prepared *v;
    size_t n;
};

static err many_tx(struct ctx *c, struct tx *tx, void *arg)
{
    const struct many_call *q = arg;
    struct audit_head head = { .known = false };
    TRY(cycle_lock(c, tx, q->cycle_id, LOCK_SHARED));
    TRY(store_applications(c, tx, &head, q->v, q->n));
    return cycle_row_take_seats(c, tx, q->cycle_id, (int64_t)q->n, c->now_us);
}

static err prepare_item(struct ctx *c, struct str cycle_id, const struct submit_item *item,
                        struct prepared *ret)
{
    TRY(application_new_check(c, &item->application));
    TRY(prepare_application(c, &item->application, item->application.email, item->student_id, ret));
    ret->row.admission_cycle_id = cycle_id;
    consent_note(c, &item->application, &ret->row);
    return ERR_OK;
}

/* What one item needs is given back before the next. */
static err prepare_many(struct ctx *c, struct many_call *q, const struct submit_item *items,
                        size_t n)
{
    struct arena *mem = c->mem, *item_mem = arena_open(mem, ITEM_MEM_MAX);
    for (size_t i = 0; i < n; i++) {
        arena_reset(item_mem);
        c->mem = item_mem;
        const err e = prepare_item(c, q->cycle_id, &items[i], &q->v[i]);
        c->mem = mem;
        TRY(e); /* the arena holds the issues, and goes with its parent */
        prepared_keep(mem, &q->v[i]);
        q->n++;
    }
    arena_close(item_mem);
    return ERR_OK;
}

err application_submit_many(struct ctx *c, struct str cycle_id, const struct submit_item *items,
                            size_t n)
{
    if (n == 0)
        return ERR_OK;
    if (n > SUBMIT_MANY_MAX)
        return FAIL(c, TOO_LARGE, "At most %d applications at once", SUBMIT_MANY_MAX);
    struct many_call q = { .cycle_id = cycle_id };
    q.v = arena_try(c->mem, n, sizeof(*q.v), _Alignof(struct prepared));
    if (!q.v)
        return FAIL(c, TOO_LARGE, "Too many applications at once");
    err e = prepare_many(c, &q, items, n);
    if (e == ERR_OK)
        e = tx_run(c, TX_WRITE, many_tx, &q);
    for (size_t i = 0; i < q.n; i++)
        secret_wipe(q.v[i].key, sizeof(q.v[i].key));
    if (e != ERR_CONFLICT)
        return write_refused(c, cycle_id, e);
    fault_clear(c);
    return FAIL(c, PHASE, "One of the students has already applied in this cycle");
}
