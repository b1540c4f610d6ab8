/* Interviews against what the log says of them: slot, evaluator, beginning, end, and the marks and
 * the reason that entries are committed to. Those of an original installation have no entries of
 * their own. */
#include "base/str.h"
#include "codec/canon.h"
#include "crypto/fernet.h"
#include "service/interview_log.h"
#include "service/verify_inner.h"

enum { SUBJECT_MAX = 64, SCORE_ROOM = 256, REASON_ROOM = 1 << 16 };

struct bound { /* one commitment of the newest entry of its kind */
    int64_t idx;
    char hex[2 * SHA256_N + 1], nonce[2 * NONCE_N + 1];
};
struct interview_facts {
    struct str id; /* the entry's subject */
    int64_t idx;   /* of the first entry */
    bool scheduled, started, completed, cancelled, seen;
    struct str cycle, admin, anon, scorer, code;
    int64_t at_ms, minutes;
    struct bound score, reason; /* of the cancellation; idx -1: none */
};

static void bind(struct bound *b, const struct entry *e, const char *name)
{
    for (size_t i = 0; i < e->n_commits; i++) {
        if (!str_eq(e->commits[i].name, str_of(name)))
            continue;
        b->idx = e->idx;
        memcpy(b->hex, e->commits[i].hex, sizeof(b->hex));
        memcpy(b->nonce, e->nonce_hex.p, sizeof(b->nonce) - 1);
    }
}

static void take_slot(struct verify *v, struct interview_facts *f, const struct entry *e)
{
    struct str admin = { 0 }, anon = { 0 };
    if (data_str(v, e->data, "admin", &admin))
        f->admin = str_keep(v->keep, admin);
    if (data_str(v, e->data, "anon", &anon))
        f->anon = str_keep(v->keep, anon);
    (void)data_i64(v, e->data, "at", &f->at_ms);
    (void)data_i64(v, e->data, "minutes", &f->minutes);
}

void interview_take(struct verify *v, const struct entry *e)
{
    struct interview_facts *f = id_find(&v->interviews, e->subj);
    const struct str what = str_sub(e->act, sizeof("interview.") - 1, SIZE_MAX);
    const bool schedule = str_eq(what, S("schedule"));
    if (!f) {
        f = id_add(v, &v->interviews, e->subj, sizeof(*f));
        f->idx = e->idx;
        f->score.idx = f->reason.idx = -1;
        f->cycle = str_keep(v->keep, e->cycle);
    } else if (schedule) {
        finding(v, e->idx, "chain.interview", "%.*s was scheduled before", STR_ARG(e->subj));
    }
    if (f->cancelled || !str_eq(f->cycle, e->cycle))
        finding(v, e->idx, "chain.interview", "%.*s by %.*s out of its turn", STR_ARG(e->act),
                STR_ARG(e->subj));
    if (schedule || str_eq(what, S("update")) || str_eq(what, S("assign")))
        take_slot(v, f, e);
    f->scheduled = f->scheduled || schedule;
    if (str_eq(what, S("assign")))
        f->started = false;
    else if (str_eq(what, S("start")))
        f->started = true;
    else if (str_eq(what, S("complete")))
        f->completed = true;
    else if (str_eq(what, S("score"))) {
        f->scorer = str_keep(v->keep, str_sub(e->actor, sizeof("admin:") - 1, SIZE_MAX));
        bind(&f->score, e, "score");
    } else if (str_eq(what, S("cancel"))) {
        struct str code = { 0 };
        f->cancelled = true;
        if (data_str(v, e->data, "code", &code))
            f->code = str_keep(v->keep, code);
        bind(&f->reason, e, "reason");
    }
}

static bool bound_opens(const struct bound *b, const uint8_t key[SUBJECT_KEY_N], const char *field,
                        struct str value)
{
    const struct hash salt = commit_salt(key, str_of(field), str_of(b->nonce));
    const struct hash h = commit_value(&salt, str_of(field), value);
    char hex[2 * SHA256_N + 1];
    hex_of(hex, h.b, SHA256_N);
    return memcmp(hex, b->hex, 2 * SHA256_N) == 0;
}

/* Commitments of an erased subject cannot be opened any more; they stay in the log. */
static void check_bound(struct ctx *c, struct verify *v, const struct interview_facts *f,
                        const struct verify_interview *r)
{
    struct str plain = { 0 };
    if (!r->wrapped.p)
        return;
    if (keyring_open(c, r->wrapped, &plain) != ERR_OK || plain.n != SUBJECT_KEY_N) {
        fault_clear(c);
        return; /* reported with identity.scrub */
    }
    const uint8_t *key = (const uint8_t *)plain.p;
    char room[SCORE_ROOM];
    struct buf b = { .p = room, .cap = sizeof(room), .max = sizeof(room) };
    const struct interview_score s = { .communication_score = r->communication,
                                       .critical_thinking_score = r->critical_thinking,
                                       .motivation_score = r->motivation,
                                       .final_interview_score = r->mean };
    interview_score_canon(&b, &s);
    if (f->score.idx >= 0 && r->score_id != SCHEMA_NULL_I64 &&
        !bound_opens(&f->score, key, "score", buf_view(&b)))
        finding(v, f->score.idx, "row.interview", "the marks of %.*s are not those that were given",
                STR_ARG(f->id));
    struct buf text;
    buf_init(&text, v->scratch, REASON_ROOM);
    canon_str(&text, r->cancel_reason);
    if (f->reason.idx >= 0 && r->cancel_reason.p &&
        !bound_opens(&f->reason, key, "reason", buf_view(&text)))
        finding(v, f->reason.idx, "row.interview",
                "the reason why %.*s was cancelled is not the one that was given", STR_ARG(f->id));
}

static void check_slot(struct verify *v, const struct interview_facts *f,
                       const struct verify_interview *r)
{
    if (!str_eq(r->admin_id, f->admin) || r->interview_time / 1000 != f->at_ms ||
        r->duration_minutes != f->minutes)
        finding(v, f->idx, "row.interview", "the slot of %.*s is not what the log says",
                STR_ARG(f->id));
    if (!str_eq(r->cycle_id, f->cycle) ||
        (r->anonymized_id.p && !str_eq(r->anonymized_id, f->anon)))
        finding(v, f->idx, "row.interview", "%.*s is another application's", STR_ARG(f->id));
}

static void check_course(struct verify *v, const struct interview_facts *f,
                         const struct verify_interview *r)
{
    const int32_t want = f->cancelled   ? INTERVIEW_CANCELLED
                         : f->completed ? INTERVIEW_COMPLETED
                                        : INTERVIEW_SCHEDULED;
    if (r->status != want)
        finding(v, f->idx, "row.interview", "%.*s is not %s", STR_ARG(f->id),
                interview_status_names.v[want]);
    if ((r->started_at != 0) != f->started)
        finding(v, f->idx, "row.interview", "%.*s: its beginning is not what the log says",
                STR_ARG(f->id));
    if ((r->score_id != SCHEMA_NULL_I64) != (f->score.idx >= 0))
        finding(v, f->idx, "row.interview", "%.*s: its score is not what the log says",
                STR_ARG(f->id));
    if (r->scored_by.p && f->score.idx >= 0 && !str_eq(r->scored_by, f->scorer))
        finding(v, f->score.idx, "row.interview", "%.*s was scored by another", STR_ARG(f->id));
    if (f->cancelled && !str_eq(r->cancel_code, f->code))
        finding(v, f->idx, "row.interview", "%.*s was cancelled for another cause", STR_ARG(f->id));
}

static err interview_row(struct ctx *c, const void *row, void *arg)
{
    const struct verify_interview *r = row;
    struct verify *v = arg;
    char subj[SUBJECT_MAX];
    snprintf(subj, sizeof(subj), "interview:%lld", (long long)r->id);
    struct interview_facts *f = id_find(&v->interviews, str_of(subj));
    const struct cycle_facts_log *cy = id_find(&v->cycles, r->cycle_id);
    const bool imported = cy && cy->imported;
    if (!f || !f->scheduled) {
        if (!imported)
            finding(v, -1, "row.extra", "interview %lld without an entry", (long long)r->id);
        if (f)
            f->seen = true;
        return ERR_OK;
    }
    struct arena *mem = c->mem;
    c->mem = v->scratch;
    f->seen = true;
    check_slot(v, f, r);
    check_course(v, f, r);
    check_bound(c, v, f, r);
    c->mem = mem;
    arena_reset(v->scratch);
    return ERR_OK;
}

err verify_interviews(struct ctx *c, struct verify *v)
{
    TRY(finding_from(c, v, -1, "row.type", verify_interview_each(c, v->tx, interview_row, v)));
    for (size_t i = 0; i < v->interviews.cap; i++) {
        const struct interview_facts *f = v->interviews.v[i];
        if (f && !f->seen)
            finding(v, f->idx, "row.missing", "%.*s has no row", STR_ARG(f->id));
    }
    return ERR_OK;
}
