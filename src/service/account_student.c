/* Students: accounts, logins by cookie, the demo's synthetic people, and what ends by itself. */
#include "base/str.h"
#include "codec/base64.h"
#include "codec/id.h"
#include "crypto/hash.h"
#include "repo/expiry_repo.h"
#include "repo/student_repo.h"
#include "service/account_inner.h"
#include "service/erasure.h"
#include "service/settings.h"
#include "service/student.h"
#include "service/touch.h"

#define HOUR_US   (INT64_C(3600) * 1000000)
#define MINUTE_US (INT64_C(60) * 1000000)
#define DAY_US    (INT64_C(86400) * 1000000)
enum {
    SESSION_HOURS = 8,
    IDLE_MINUTES = 24 * 60,
    CLEANUP_BATCH = 5000,
    CLEANUP_BATCHES_MAX = 1000,
    EMAIL_MAX = 254,
    DRAFT_DAYS = 30,
    TRANSCRIPT_DAYS = 365,
};

/* Invented people; example.org is reserved and nobody's. */
static const struct persona personas[] = {
    { S_INIT("amara-okafor"), S_INIT("Amara Okafor"), S_INIT("amara.okafor@example.org"),
      S_INIT("Strong in mathematics, leads a debating club.") },
    { S_INIT("mateo-quispe"), S_INIT("Mateo Quispe Huam\u00e1n"),
      S_INIT("mateo.quispe@example.org"), S_INIT("First in the family to apply; builds radios.") },
    { S_INIT("yuki-tanaka"), S_INIT("Yuki Tanaka"), S_INIT("yuki.tanaka@example.org"),
      S_INIT("National chemistry finalist.") },
    { S_INIT("leila-haddad"), S_INIT("Leila Haddad"), S_INIT("leila.haddad@example.org"),
      S_INIT("Volunteers as an interpreter; average grades.") },
    { S_INIT("soren-lindqvist"), S_INIT("S\u00f8ren Lindqvist"),
      S_INIT("soren.lindqvist@example.org"), S_INIT("Changed schools twice, rising marks.") },
    { S_INIT("priya-raghavan"), S_INIT("Priya Raghavan"), S_INIT("priya.raghavan@example.org"),
      S_INIT("Top test scores, short essay.") },
    { S_INIT("tomasz-zielinski"), S_INIT("Tomasz Zieli\u0144ski"),
      S_INIT("tomasz.zielinski@example.org"), S_INIT("Borderline marks, fine essay.") },
    { S_INIT("aroha-ngata"), S_INIT("Aroha Ngata"), S_INIT("aroha.ngata@example.org"),
      S_INIT("Community projects, no test scores beyond the minimum.") },
    { S_INIT("kwame-mensah"), S_INIT("Kwame Mensah"), S_INIT("kwame.mensah@example.org"),
      S_INIT("Works part-time; steady grades.") },
    { S_INIT("elena-petrova"), S_INIT("Elena Petrova"), S_INIT("elena.petrova@example.org"),
      S_INIT("Music and informatics, mid field.") },
    { S_INIT("diego-fernandez"), S_INIT("Diego Fern\u00e1ndez"),
      S_INIT("diego.fernandez@example.org"), S_INIT("Weak start, strong last year.") },
    { S_INIT("nur-aisyah"), S_INIT("Nur Aisyah binti Rahman"), S_INIT("nur.aisyah@example.org"),
      S_INIT("Excellent throughout.") },
};
enum { PERSONAS_N = sizeof(personas) / sizeof(personas[0]) };

static err demo_only(struct ctx *c)
{
    return settings_of(c)->demo ? ERR_OK : FAIL(c, NOT_FOUND, "Not found");
}

err demo_personas(struct ctx *c, struct list *ret_personas)
{
    TRY(demo_only(c));
    struct persona *v = arena_array(c->mem, struct persona, PERSONAS_N);
    memcpy(v, personas, sizeof(personas));
    *ret_personas = (struct list){ v, PERSONAS_N };
    return ERR_OK;
}

err students_create(struct ctx *c, struct tx *tx, struct student_new *v, size_t n)
{
    struct student_row *rows =
        arena_try(c->mem, n + 1, sizeof(*rows), _Alignof(struct student_row));
    if (!rows)
        return FAIL(c, TOO_LARGE, "Too many accounts at once");
    for (size_t i = 0; i < n; i++) {
        if (!v[i].email.n || v[i].email.n > EMAIL_MAX)
            return FAIL(c, INVALID, "A student needs an e-mail address of at most 254 bytes");
        rows[i] = (struct student_row){
            .student_id = id_sortable(c, "STU_"),
            .primary_email = lower_ascii_of(c, v[i].email),
            .display_name = v[i].display_name,
            .status = STUDENT_ACTIVE,
            .created_at = c->now_us,
            .updated_at = c->now_us,
        };
        v[i].student_id = rows[i].student_id;
    }
    err e = student_repo_insert(c, tx, rows, n);
    if (e != ERR_CONFLICT)
        return e;
    fault_clear(c);
    return FAIL(c, CONFLICT, "email is already in use");
}

err student_create(struct ctx *c, struct tx *tx, struct str email, struct str display_name,
                   struct str *ret_student_id)
{
    struct student_new one = { .email = email, .display_name = display_name };
    TRY(students_create(c, tx, &one, 1));
    *ret_student_id = one.student_id;
    return ERR_OK;
}

static struct str new_cookie(struct ctx *c)
{
    uint8_t bytes[COOKIE_BYTES];
    struct buf b;
    ctx_random(c, bytes, sizeof(bytes));
    buf_init(&b, c->mem, 2 * STUDENT_COOKIE_N);
    base64_write(&b, BASE64_URL_NOPAD, bytes, sizeof(bytes));
    secret_wipe(bytes, sizeof(bytes));
    return buf_view(&b);
}

struct student_login student_login_make(struct ctx *c, struct str user_agent)
{
    const int64_t hours = setting_or(settings_of(c)->student_session_hours, SESSION_HOURS);
    return (struct student_login){
        .cookie = new_cookie(c),
        .user_agent = user_agent,
        .expires_at = c->now_us + hours * HOUR_US,
        .max_age_s = hours * 3600,
    };
}

err student_login_store(struct ctx *c, struct tx *tx, struct str student_id,
                        const struct student_login *login)
{
    struct audit_head head = { 0 };
    const struct student_session_row session = {
        .session_id = id_random(c, "STS_"),
        .student_id = student_id,
        .session_token_hash = secret_hash(c, login->cookie),
        .expires_at = login->expires_at,
        .created_at = c->now_us,
        .last_active_at = c->now_us,
        .ip_address = kept_address(c),
        .user_agent = kept_user_agent(c, login->user_agent),
    };
    TRY(student_repo_session_insert(c, tx, &session));
    const struct audit_new n = {
        .act = "student.login",
        .actor = S("student"),
        .subj = str_fmt(c->mem, "student:%.*s", STR_ARG(student_id)),
    };
    return audit_append(c, tx, &head, &n, NULL);
}

struct demo_call {
    const struct persona *persona;
    struct student_login login;
    struct student_row row;
    const void *application;
};

static err find_or_make(struct ctx *c, struct tx *tx, struct demo_call *q)
{
    bool found = false;
    TRY(student_repo_by_email(c, tx, q->persona->email, &q->row, &found));
    if (found)
        return ERR_OK;
    /* The first sign-in of a persona makes it: two at once make one. */
    const struct str name = str_fmt(c->mem, "student:%.*s", STR_ARG(q->persona->persona_id));
    TRY(tx_lock(c, tx, name, LOCK_EXCLUSIVE));
    TRY(student_repo_by_email(c, tx, q->persona->email, &q->row, &found));
    if (found)
        return ERR_OK;
    struct str id = { 0 };
    TRY(student_create(c, tx, q->persona->email, q->persona->display_name, &id));
    q->row = (struct student_row){ .student_id = id,
                                   .primary_email = q->persona->email,
                                   .display_name = q->persona->display_name,
                                   .status = STUDENT_ACTIVE };
    return ERR_OK;
}

static err demo_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct demo_call *q = arg;
    TRY(find_or_make(c, tx, q));
    if (q->row.status != STUDENT_ACTIVE)
        return FAIL(c, FORBIDDEN, "This account may not sign in");
    TRY(student_current(c, tx, q->row.student_id, &q->application));
    return student_login_store(c, tx, q->row.student_id, &q->login);
}

static void me_of(const struct student_row *row, struct student_me *ret)
{
    *ret = (struct student_me){ .student_id = row->student_id,
                                .primary_email = row->primary_email,
                                .display_name = row->display_name,
                                .status = row->status };
}

err demo_login(struct ctx *c, struct str persona_id, struct str user_agent, struct student_me *ret,
               struct str *ret_cookie, int64_t *ret_max_age_s)
{
    struct demo_call q = { .persona = NULL };
    TRY(demo_only(c));
    for (size_t i = 0; i < PERSONAS_N; i++)
        if (str_eq(personas[i].persona_id, persona_id))
            q.persona = &personas[i];
    if (!q.persona)
        return FAIL(c, NOT_FOUND, "There is no such persona");
    q.login = student_login_make(c, user_agent);
    TRY(tx_run(c, TX_WRITE, demo_tx, &q));
    me_of(&q.row, ret);
    ret->application = q.application;
    *ret_cookie = q.login.cookie;
    *ret_max_age_s = q.login.max_age_s;
    return ERR_OK;
}

struct cookie_call {
    struct str hash;
    struct student_login_row row;
    bool found;
};

static err cookie_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct cookie_call *q = arg;
    return student_repo_session_get(c, tx, q->hash, &q->row, &q->found);
}

static bool alive(const struct ctx *c, const struct cookie_call *q)
{
    const struct student_login_row *r = &q->row;
    const int64_t idle = setting_or(settings_of(c)->student_idle_minutes, IDLE_MINUTES) * MINUTE_US;
    return q->found && !r->revoked && r->status == STUDENT_ACTIVE && r->expires_at > c->now_us &&
           c->now_us - r->last_active_at <= idle;
}

err student_authenticate(struct ctx *c, struct str cookie, const struct principal **ret_who)
{
    if (cookie.n != STUDENT_COOKIE_N)
        return FAIL(c, UNAUTHENTICATED, "Not authenticated");
    struct cookie_call q = { .hash = secret_hash(c, cookie) };
    TRY(tx_run(c, TX_READ, cookie_tx, &q));
    if (!alive(c, &q))
        return FAIL(c, UNAUTHENTICATED, "Not authenticated");
    touch(c, TOUCH_STUDENT, q.row.session_id, q.row.last_active_at);
    struct principal *who = arena_new(c->mem, struct principal);
    *who = (struct principal){
        .id = q.row.student_id,
        .name = q.row.display_name,
        .session_id = q.row.session_id,
        .roles = ROLE_STUDENT,
    };
    *ret_who = who;
    return ERR_OK;
}

struct me_call {
    struct student_row row;
    bool found;
    const void *application;
};

static err me_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct me_call *q = arg;
    TRY(student_repo_by_id(c, tx, c->who->id, &q->row, &q->found));
    return student_current(c, tx, c->who->id, &q->application);
}

err student_me(struct ctx *c, struct student_me *ret)
{
    struct me_call q = { 0 };
    if (!c->who)
        return FAIL(c, UNAUTHENTICATED, "Not authenticated");
    TRY(tx_run(c, TX_READ, me_tx, &q));
    if (!q.found)
        return FAIL(c, UNAUTHENTICATED, "Not authenticated");
    me_of(&q.row, ret);
    ret->application = q.application;
    return ERR_OK;
}

static err logout_tx(struct ctx *c, struct tx *tx, void *arg)
{
    (void)arg;
    return student_repo_session_revoke(c, tx, c->who->session_id, NULL);
}

err student_logout(struct ctx *c)
{
    if (!c->who || !c->who->session_id.n)
        return FAIL(c, UNAUTHENTICATED, "Not authenticated");
    return tx_run(c, TX_WRITE, logout_tx, NULL);
}

struct cleanup_call {
    enum expiry_kind kind;
    int64_t removed;
};

/* How long a thing is kept behind its end. */
static int64_t kept_days(const struct ctx *c, enum expiry_kind kind)
{
    switch (kind) {
    case EXPIRY_DRAFT:
        return setting_or(settings_of(c)->draft_retention_days, DRAFT_DAYS);
    case EXPIRY_INTERVIEW_NOTE:
    case EXPIRY_SCORE_NOTE:
    case EXPIRY_UTTERANCE:
    case EXPIRY_SCORECARD:
    case EXPIRY_TRANSCRIPT:
        return setting_or(settings_of(c)->transcript_retention_days, TRANSCRIPT_DAYS);
    default:
        return 0;
    }
}

static err cleanup_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct cleanup_call *q = arg;
    const int64_t before_us = c->now_us - kept_days(c, q->kind) * DAY_US;
    return expiry_remove(c, tx, q->kind, before_us, CLEANUP_BATCH, &q->removed);
}

err account_cleanup(struct ctx *c, int64_t *ret_removed)
{
    int64_t total = 0;
    for (int kind = 0; kind < EXPIRY_COUNT; kind++) {
        /* Short transactions: nobody waits long behind a removal. */
        for (int i = 0; i < CLEANUP_BATCHES_MAX; i++) {
            struct cleanup_call q = { .kind = (enum expiry_kind)kind };
            TRY(tx_run(c, TX_WRITE, cleanup_tx, &q));
            total += q.removed;
            if (q.removed < CLEANUP_BATCH)
                break;
        }
    }
    int64_t erased = 0;
    TRY(erasure_run_due(c, &erased));
    *ret_removed = total + erased;
    return ERR_OK;
}
