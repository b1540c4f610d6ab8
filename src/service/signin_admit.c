/* Which account a person has, and the login that begins. */
#include "base/str.h"
#include "codec/id.h"
#include "repo/signin_repo.h"
#include "repo/student_repo.h"
#include "service/account_inner.h"
#include "service/signin_inner.h"
#include "service/student.h"

enum { ADMIT_TRIES = 3 };

struct admit_call {
    const struct signin_person *person;
    struct student_login login;
    struct student_row row;
    const void *application;
};

static err add_identity(struct ctx *c, struct tx *tx, const struct admit_call *q)
{
    const struct oauth_identity_row row = {
        .identity_id = id_i63(c),
        .student_id = q->row.student_id,
        .provider = q->person->provider,
        .provider_sub = q->person->sub,
        .email = q->person->email,
        .email_verified = true,
        .created_at = c->now_us,
        .updated_at = c->now_us,
    };
    return oauth_identity_insert(c, tx, &row);
}

/* A person whom we know: by (provider, sub), whatever the address is today. */
static err known(struct ctx *c, struct tx *tx, const struct oauth_identity_row *identity,
                 struct admit_call *q)
{
    bool found = false;
    TRY(student_repo_by_id(c, tx, identity->student_id, &q->row, &found));
    if (!found)
        return FAIL(c, INTERNAL, "An identity has no account");
    if (str_eq(identity->email, q->person->email) && identity->email_verified)
        return ERR_OK;
    return oauth_identity_set_email(c, tx, identity->identity_id, q->person->email, c->now_us);
}

/* An account that was made without this provider, by the same verified address. One that has an
 * identity there already is somebody else's: addresses change hands. */
static err link_account(struct ctx *c, struct tx *tx, struct admit_call *q)
{
    int64_t others = 0;
    TRY(oauth_identity_count(c, tx, q->person->provider, q->row.student_id, &others));
    if (others > 0)
        return FAIL(c, CONFLICT, "This e-mail address belongs to another sign-in");
    return add_identity(c, tx, q);
}

static err newcomer(struct ctx *c, struct tx *tx, struct admit_call *q)
{
    q->row = (struct student_row){
        .student_id = id_sortable(c, "STU_"),
        .primary_email = q->person->email,
        .display_name = q->person->name,
        .status = STUDENT_ACTIVE,
        .created_at = c->now_us,
        .updated_at = c->now_us,
        .verified_at = c->now_us,
    };
    TRY(student_repo_insert(c, tx, &q->row, 1));
    return add_identity(c, tx, q);
}

static err find_account(struct ctx *c, struct tx *tx, struct admit_call *q)
{
    struct oauth_identity_row identity;
    bool found = false;
    TRY(oauth_identity_find(c, tx, q->person->provider, q->person->sub, &identity, &found));
    if (found)
        return known(c, tx, &identity, q);
    TRY(student_repo_by_email(c, tx, q->person->email, &q->row, &found));
    return found ? link_account(c, tx, q) : newcomer(c, tx, q);
}

static err admit_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct admit_call *q = arg;
    TRY(find_account(c, tx, q));
    if (q->row.status != STUDENT_ACTIVE)
        return FAIL(c, FORBIDDEN, "This account may not sign in");
    TRY(student_current(c, tx, q->row.student_id, &q->application));
    return student_login_store(c, tx, q->row.student_id, &q->login);
}

err signin_admit(struct ctx *c, const struct signin_person *p, struct str user_agent,
                 struct signin_session *ret)
{
    struct admit_call q = { .person = p, .login = student_login_make(c, user_agent) };
    err e = ERR_CONFLICT;
    /* Two first sign-ins at once: a unique key lets one through, and the other finds its rows. */
    for (int i = 0; e == ERR_CONFLICT && i < ADMIT_TRIES; i++) {
        fault_clear(c);
        e = tx_run(c, TX_WRITE, admit_tx, &q);
    }
    TRY(e);
    *ret = (struct signin_session){
        .student = { q.row.student_id, q.row.primary_email, q.row.display_name, q.row.status,
                     q.application },
        .cookie = q.login.cookie,
        .max_age_s = q.login.max_age_s,
    };
    return ERR_OK;
}
