/* Drafts: saved under the tag of what the student saw last, so that two tabs never overwrite each
 * other unseen. The text is sealed, as identity fields of applications are. */
#include "service/draft.h"

#include "base/str.h"
#include "codec/id.h"
#include "crypto/fernet.h"
#include "domain/role.h"
#include "repo/application_repo.h"
#include "repo/cycle_repo.h"
#include "repo/draft_repo.h"
#include "service/intake.h"

enum { TAGS_MAX = 16 };

static struct str etag_of(struct ctx *c, int64_t tag)
{
    return str_fmt(c->mem, "\"%016llx\"", (unsigned long long)tag);
}

/* A weak tag never matches: drafts are compared byte by byte. */
static bool listed(struct str header, struct str etag)
{
    struct str rest = header, one;
    for (int i = 0; i < TAGS_MAX && rest.p; i++) {
        rest = str_cut(rest, ',', &one);
        one = str_trim(one);
        if (str_eq(one, S("*")) || str_eq(one, etag))
            return true;
    }
    return false;
}

err draft_open(struct ctx *c, struct str sealed, struct application_draft *ret)
{
    struct str plain = { 0 };
    struct seen seen;
    TRY(keyring_open(c, sealed, &plain));
    /* seen: nothing is required of what was accepted before. */
    return schema_decode(c, &application_draft_schema, plain, ret, &seen);
}

static err seal(struct ctx *c, const struct application_draft *d, struct str *ret)
{
    struct buf b;
    buf_init(&b, c->mem, DRAFT_TEXT_MAX);
    schema_encode(&application_draft_schema, d, &b);
    if (!buf_ok(&b))
        return FAIL(c, TOO_LARGE, "The draft is too long");
    *ret = keyring_seal(c, buf_view(&b));
    secret_wipe(b.p, b.n);
    return ERR_OK;
}

static err student_only(struct ctx *c)
{
    if (!c->who || !(c->who->roles & ROLE_STUDENT))
        return FAIL(c, FORBIDDEN, "Only students have drafts");
    return ERR_OK;
}

static err none(struct ctx *c)
{
    return FAIL(c, NOT_FOUND, "Draft not found");
}

struct draft_call {
    const struct draft_conditions *when;
    struct draft_row row; /* what is there, later what is written */
    bool found;
};

/* What has become an application is no draft any more, even if a save slipped in beside the
 * submission: the janitor removes it. */
static err look(struct ctx *c, struct tx *tx, struct draft_call *q)
{
    struct cycle_row open;
    bool is_open = false, late = false;
    TRY(cycle_row_find_open(c, tx, &open, &is_open));
    const struct str cycle_id = is_open ? open.cycle.cycle_id : (struct str){ 0 };
    TRY(draft_find(c, tx, c->who->id, cycle_id, &q->row, &q->found));
    if (q->found)
        TRY(draft_is_late(c, tx, c->who->id, q->row.admission_cycle_id, &late));
    q->found = q->found && !late;
    return ERR_OK;
}

static err read_tx(struct ctx *c, struct tx *tx, void *arg)
{
    return look(c, tx, arg);
}

err draft_read(struct ctx *c, struct draft_state *ret, struct str *ret_etag)
{
    struct draft_call q = { 0 };
    struct draft_state state = { 0 };
    TRY(student_only(c));
    TRY(tx_run(c, TX_READ, read_tx, &q));
    if (!q.found)
        return none(c);
    TRY(draft_open(c, q.row.sealed, &state.draft));
    state.cycle_id = q.row.admission_cycle_id;
    state.saved_at = q.row.updated_at;
    *ret = state;
    *ret_etag = etag_of(c, q.row.tag);
    return ERR_OK;
}

static err changed_since(struct ctx *c)
{
    return FAIL(c, PRECONDITION, "The draft was changed since you read it");
}

/* Whether the request may write over what is there. */
static err check_conditions(struct ctx *c, const struct draft_call *q, const struct draft_row *was,
                            bool found)
{
    const struct draft_conditions *when = q->when;
    const struct str etag = etag_of(c, was->tag);
    if (when->if_none_match.p && found && listed(when->if_none_match, etag))
        return FAIL(c, PRECONDITION, "There is a draft already");
    if (when->if_match.p)
        return found && listed(when->if_match, etag) ? ERR_OK : changed_since(c);
    if (found)
        return FAIL(c, PRECONDITION_NEEDED,
                    "Send If-Match with the ETag of the draft that you have read");
    return ERR_OK;
}

static err check_cycle(struct ctx *c, struct tx *tx, struct cycle_row *ret)
{
    struct applicant student;
    bool is_open = false, known = false, late = false;
    TRY(cycle_row_find_open(c, tx, ret, &is_open));
    TRY(applicant_find(c, tx, c->who->id, &student, &known));
    TRY(intake_check_open(c, is_open ? &ret->cycle : NULL, known ? student.now : c->now_us));
    if (!known || student.status != STUDENT_ACTIVE)
        return FAIL(c, FORBIDDEN, "This account may not apply");
    TRY(draft_is_late(c, tx, c->who->id, ret->cycle.cycle_id, &late));
    return late ? FAIL(c, PHASE, "You have already applied in this admission cycle") : ERR_OK;
}

/* The row was looked at without a lock: whoever wrote in between is found by its tag or by the
 * unique constraint. */
static err write_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct draft_call *q = arg;
    struct cycle_row open;
    struct draft_row was = { 0 };
    bool found = false;
    TRY(check_cycle(c, tx, &open));
    TRY(draft_find(c, tx, c->who->id, open.cycle.cycle_id, &was, &found));
    TRY(check_conditions(c, q, &was, found));
    q->row.admission_cycle_id = str_keep(c->mem, open.cycle.cycle_id);
    q->row.old_tag = was.tag;
    if (!found) {
        const err e = draft_insert(c, tx, &q->row);
        if (e != ERR_CONFLICT)
            return e;
        fault_clear(c);
        return changed_since(c);
    }
    int64_t changed = 0;
    TRY(draft_update(c, tx, &q->row, &changed));
    return changed == 1 ? ERR_OK : changed_since(c);
}

err draft_write(struct ctx *c, const struct application_draft *d,
                const struct draft_conditions *when, struct draft_state *ret, struct str *ret_etag)
{
    struct draft_call q = { .when = when };
    TRY(student_only(c));
    q.row = (struct draft_row){ .draft_id = id_random(c, "DRF_"),
                                .student_id = c->who->id,
                                .tag = id_i63(c),
                                .created_at = c->now_us,
                                .updated_at = c->now_us };
    TRY(seal(c, d, &q.row.sealed));
    TRY(tx_run(c, TX_WRITE, write_tx, &q));
    *ret = (struct draft_state){ *d, q.row.admission_cycle_id, q.row.updated_at };
    *ret_etag = etag_of(c, q.row.tag);
    return ERR_OK;
}

static err drop_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct draft_call *q = arg;
    int64_t changed = 0;
    TRY(look(c, tx, q));
    if (!q->found)
        return none(c);
    if (q->when->if_match.p && !listed(q->when->if_match, etag_of(c, q->row.tag)))
        return changed_since(c);
    q->row.old_tag = q->row.tag;
    TRY(draft_delete_tagged(c, tx, &q->row, &changed));
    return changed == 1 ? ERR_OK : changed_since(c);
}

err draft_drop(struct ctx *c, struct str if_match)
{
    const struct draft_conditions when = { .if_match = if_match };
    struct draft_call q = { .when = &when };
    TRY(student_only(c));
    return tx_run(c, TX_WRITE, drop_tx, &q);
}
