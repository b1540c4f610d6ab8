/* Live monitoring against its entries: each response, gap, verdict and appeal has its entry with
 * the same numbers, each commitment opens over the row, each entry has its row; the ledger holds
 * the points of the analyses and no others; statuses move as the entries say. */
#include "base/str.h"
#include "codec/canon.h"
#include "crypto/fernet.h"
#include "repo/verify_bias_repo.h"
#include "service/bias_inner.h"
#include "service/verify_inner.h"

enum { ID_TEXT = 64, WORDS_MAX = 64 * 1024 };

/* An entry of the monitor as its row must have it. */
struct bias_fact {
    struct str id; /* act and number */
    int64_t idx;
    struct str data;
    struct str subj;
    struct entry_commit commits[2];
    size_t n_commits;
    char nonce[2 * NONCE_N + 1];
    bool seen;
};

static struct str fact_id(char room[ID_TEXT], const char *act, int64_t id)
{
    const int n = snprintf(room, ID_TEXT, "%s:%lld", act, (long long)id);
    return (struct str){ room, n > 0 ? (size_t)n : 0 };
}

/* Later verdicts on an escalated flag take the place of earlier ones. */
static void keep_fact(struct verify *v, const struct entry *e, const char *act, int64_t id,
                      bool again)
{
    char room[ID_TEXT];
    struct bias_fact *f = id_add(v, &v->bias, fact_id(room, act, id), sizeof(*f));
    if (f->data.p && !again)
        finding(v, e->idx, "row.twice", "two entries %s of one row", act);
    f->idx = e->idx;
    f->data = str_keep(v->keep, e->data);
    f->subj = str_keep(v->keep, e->subj);
    for (f->n_commits = 0; f->n_commits < e->n_commits && f->n_commits < 2; f->n_commits++) {
        f->commits[f->n_commits] = e->commits[f->n_commits];
        f->commits[f->n_commits].name = str_keep(v->keep, e->commits[f->n_commits].name);
    }
    if (f->n_commits)
        memcpy(f->nonce, e->nonce_hex.p, sizeof(f->nonce) - 1);
}

static void take_status(struct verify *v, const struct entry *e)
{
    struct str from = { 0 }, to = { 0 }, cause = { 0 };
    const struct str id = str_sub(e->subj, sizeof("admin:") - 1, SIZE_MAX);
    struct bias_status_fact *f = id_add(v, &v->statuses, id, sizeof(*f));
    if (!data_str(v, e->data, "from", &from) || !data_str(v, e->data, "to", &to)) {
        finding(v, e->idx, "entry.format", "status.change has values of another kind");
        return;
    }
    if (!str_eq(from, f->status.p ? f->status : S("active")))
        finding(v, e->idx, "chain.status", "a status changes from what it was not");
    f->status = str_keep(v->keep, to);
    if (data_str(v, e->data, "cause", &cause) && str_eq(cause, S("reinstate")))
        v->n_reinstatements++;
}

void bias_facts_take(struct verify *v, const struct entry *e)
{
    struct str verdict = { 0 };
    int64_t id = 0;
    if (str_eq(e->act, S("status.change"))) {
        take_status(v, e);
        return;
    }
    const bool flag = str_eq(e->act, S("flag.resolve"));
    const bool response = str_eq(e->act, S("bias.response")), gap = str_eq(e->act, S("bias.gap"));
    const bool appeal = str_eq(e->act, S("nudge.appeal")),
               decide = str_eq(e->act, S("nudge.decide"));
    if (!flag && !response && !gap && !appeal && !decide)
        return;
    const bool named = flag ? str_i64(str_sub(e->subj, sizeof("flag:") - 1, SIZE_MAX), &id)
                            : data_i64(v, e->data, response || gap ? "id" : "nudge", &id);
    if (!named) {
        finding(v, e->idx, "entry.format", "%.*s names no row", STR_ARG(e->act));
        return;
    }
    (void)data_str(v, e->data, "verdict", &verdict);
    v->n_voids += str_eq(verdict, S("false_alarm")) || str_eq(verdict, S("accepted"));
    keep_fact(v, e,
              response ? "response"
              : gap    ? "gap"
              : flag   ? "flag"
              : appeal ? "appeal"
                       : "decide",
              id, flag);
}

static struct bias_fact *find_fact(struct verify *v, const char *act, int64_t id)
{
    char room[ID_TEXT];
    struct bias_fact *f = id_find(&v->bias, fact_id(room, act, id));
    if (f)
        f->seen = true;
    return f;
}

static bool fact_opens(struct ctx *c, struct verify *v, const struct bias_fact *f,
                       struct str wrapped, size_t nth, struct str value)
{
    uint8_t key[SUBJECT_KEY_N];
    struct entry e = { .nonce_hex = str_of(f->nonce), .n_commits = 1 };
    e.commits[0] = f->commits[nth];
    if (!wrapped.p || !verify_open_key(c, v, f->idx, wrapped, key))
        return true; /* reported by whoever misses the key */
    const bool ok = nth < f->n_commits && verify_opens(&e, key, f->commits[nth].name, value);
    secret_wipe(key, sizeof(key));
    return ok;
}

static void check_analysis(struct ctx *c, struct verify *v, const struct verify_analysis *r)
{
    const struct analysis_row *a = &r->a;
    const struct bias_fact *f = find_fact(v, "response", a->id);
    const bool needs = (a->response >= RESPOND_INFO && a->response <= RESPOND_BLOCK) ||
                       a->flag > FLAG_NONE || a->points > 0;
    int64_t points = 0;
    struct str response = { 0 };
    struct buf b;
    if (!f) {
        if (needs)
            finding(v, -1, "row.extra", "analysis %lld has a response without an entry",
                    (long long)a->id);
        return;
    }
    if (!data_i64(v, f->data, "points", &points) || !data_str(v, f->data, "response", &response) ||
        points != a->points || !str_eq(response, str_of(bias_response_codes.v[a->response])))
        finding(v, f->idx, "row.bias", "analysis %lld does not say what was answered",
                (long long)a->id);
    if (!r->wrapped.p)
        finding(v, f->idx, "row.key", "the key of interview %lld is missing",
                (long long)a->interview_id);
    buf_init(&b, c->mem, WORDS_MAX);
    bias_analysis_canon(&b, a);
    if (!fact_opens(c, v, f, r->wrapped, 0, buf_view(&b)))
        finding(v, f->idx, "row.bias", "analysis %lld is not the one that was logged",
                (long long)a->id);
    if (!a->utterance.n || f->n_commits < 2)
        return; /* their time is over, or they were not committed to */
    buf_clear(&b);
    canon_str(&b, a->utterance);
    if (!fact_opens(c, v, f, r->wrapped, 1, buf_view(&b)))
        finding(v, f->idx, "row.bias", "the words of analysis %lld are not those that were judged",
                (long long)a->id);
}

/* Runs with memory that is given back. */
static err analysis_row(struct ctx *c, const void *row, void *arg)
{
    struct verify *v = arg;
    struct arena *mem = c->mem;
    c->mem = v->scratch;
    check_analysis(c, v, row);
    c->mem = mem;
    arena_reset(v->scratch);
    return ERR_OK;
}

struct verdict_walk {
    struct verify *v;
    const char *act, *what;
};

static void check_verdict(struct ctx *c, const struct verdict_walk *w,
                          const struct verify_verdict *r)
{
    struct verify *v = w->v;
    const struct bias_fact *f = find_fact(v, w->act, r->id);
    struct str verdict = { 0 };
    struct buf b;
    if (!f) {
        finding(v, -1, "row.extra", "%s %lld has no entry", w->what, (long long)r->id);
        return;
    }
    if (r->verdict.p &&
        (!data_str(v, f->data, "verdict", &verdict) || !str_eq(verdict, r->verdict)))
        finding(v, f->idx, "row.bias", "%s %lld was not decided as its row says", w->what,
                (long long)r->id);
    if (r->erased && r->words.n == 0)
        return;
    buf_init(&b, c->mem, WORDS_MAX);
    canon_str(&b, r->words);
    if (!r->wrapped.p)
        finding(v, f->idx, "row.key", "the key of %s %lld is missing", w->what, (long long)r->id);
    if (!fact_opens(c, v, f, r->wrapped, 0, buf_view(&b)))
        finding(v, f->idx, "row.bias", "the reason of %s %lld is not the one that was given",
                w->what, (long long)r->id);
}

static err verdict_row(struct ctx *c, const void *row, void *arg)
{
    const struct verdict_walk *w = arg;
    struct arena *mem = c->mem;
    c->mem = w->v->scratch;
    check_verdict(c, w, row);
    c->mem = mem;
    arena_reset(w->v->scratch);
    return ERR_OK;
}

static err gap_row(struct ctx *c, const void *row, void *arg)
{
    (void)c;
    const struct verify_gap *r = row;
    struct verify *v = arg;
    const struct bias_fact *f = find_fact(v, "gap", r->id);
    int64_t seconds = 0, of = 0;
    if (!f)
        finding(v, -1, "row.extra", "gap %lld has no entry", (long long)r->id);
    else if (!data_i64(v, f->data, "seconds", &seconds) || seconds != r->seconds)
        finding(v, f->idx, "row.bias", "gap %lld was of another length", (long long)r->id);
    else if (!str_i64(str_sub(f->subj, sizeof("interview:") - 1, SIZE_MAX), &of) ||
             of != r->interview_id)
        finding(v, f->idx, "row.bias", "gap %lld was of another interview", (long long)r->id);
    return ERR_OK;
}

static err status_row(struct ctx *c, const void *row, void *arg)
{
    (void)c;
    const struct verify_status *r = row;
    struct verify *v = arg;
    struct bias_status_fact *f = id_find(&v->statuses, r->admin_id);
    const struct str was = f ? f->status : S("active");
    if (f)
        f->seen = true;
    if (!str_eq(was, r->status))
        finding(v, -1, "row.status", "evaluator %.*s is %.*s, by the log %.*s",
                STR_ARG(r->admin_id), STR_ARG(r->status), STR_ARG(was));
    return ERR_OK;
}

/* What has an entry has its row. */
static void check_seen(struct verify *v)
{
    for (size_t i = 0; i < v->bias.cap; i++) {
        const struct bias_fact *f = v->bias.v[i];
        if (f && !f->seen)
            finding(v, f->idx, "row.missing", "%.*s has no row", STR_ARG(f->id));
    }
    for (size_t i = 0; i < v->statuses.cap; i++) {
        const struct bias_status_fact *f = v->statuses.v[i];
        if (f && !f->seen && !str_eq(f->status, S("active")))
            finding(v, -1, "row.missing", "the status of %.*s has no row", STR_ARG(f->id));
    }
}

static err check_points(struct ctx *c, struct verify *v)
{
    struct verify_points n = { 0 };
    TRY(finding_from(c, v, -1, "row.read", verify_points(c, v->tx, &n)));
    if (n.odd > 0)
        finding(v, -1, "row.ledger", "%lld rows of ledger and analyses do not agree",
                (long long)n.odd);
    if (n.odd_flags > 0)
        finding(v, -1, "row.flag", "%lld flags and analyses do not agree", (long long)n.odd_flags);
    if (n.voids != v->n_voids)
        finding(v, -1, "row.ledger", "%lld incidents are void, %lld by the log", (long long)n.voids,
                (long long)v->n_voids);
    if (n.reinstatements != v->n_reinstatements)
        finding(v, -1, "row.ledger", "%lld evaluators were reinstated, %lld by the log",
                (long long)n.reinstatements, (long long)v->n_reinstatements);
    return ERR_OK;
}

err verify_bias(struct ctx *c, struct verify *v)
{
    struct verdict_walk flags = { v, "flag", "flag" }, appeals = { v, "appeal", "appeal" };
    struct verdict_walk verdicts = { v, "decide", "the decision on appeal" };
    TRY(finding_from(c, v, -1, "row.read", verify_analyses(c, v->tx, analysis_row, v)));
    TRY(finding_from(c, v, -1, "row.read", verify_flags(c, v->tx, verdict_row, &flags)));
    TRY(finding_from(c, v, -1, "row.read", verify_nudge_appeals(c, v->tx, verdict_row, &appeals)));
    TRY(finding_from(c, v, -1, "row.read",
                     verify_nudge_verdicts(c, v->tx, verdict_row, &verdicts)));
    TRY(finding_from(c, v, -1, "row.read", verify_gaps(c, v->tx, gap_row, v)));
    TRY(finding_from(c, v, -1, "row.read", verify_statuses(c, v->tx, status_row, v)));
    TRY(check_points(c, v));
    check_seen(v);
    return verify_words(c, v);
}
