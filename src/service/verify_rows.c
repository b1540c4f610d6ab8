/* Applications, anonymous copies and final scores against their entries, in the order of the log:
 * each commitment is opened with its subject's key and each entry has its row, each row its entry.
 */
#include "base/str.h"
#include "codec/canon.h"
#include "codec/json.h"
#include "crypto/commit.h"
#include "crypto/fernet.h"
#include "domain/application.h"
#include "repo/identity_repo.h"
#include "service/audit_value.h"
#include "service/verify_inner.h"

enum { VALUE_MAX = 1 << 20, VALUE_SLACK = 4096, EMAIL_MAX = 512, ESCAPE_MAX = 6 };

struct rows_walk {
    struct verify *v;
    struct entry e;
};

/* The entry's bytes were checked in the pass over the chain; what cannot be read was reported. */
static bool entry_of(struct rows_walk *w, int64_t idx, struct str text)
{
    const char *why = NULL;
    w->v->at_idx = idx;
    return entry_read(text, &w->e, &why);
}

bool verify_open_key(struct ctx *c, struct verify *v, int64_t idx, struct str wrapped,
                     uint8_t ret[SUBJECT_KEY_N])
{
    struct str plain = { 0 };
    if (keyring_open(c, wrapped, &plain) != ERR_OK || plain.n != SUBJECT_KEY_N) {
        fault_clear(c);
        finding(v, idx, "row.key", "the subject's key cannot be opened");
        return false;
    }
    memcpy(ret, plain.p, SUBJECT_KEY_N);
    return true;
}

bool verify_opens(const struct entry *e, const uint8_t key[SUBJECT_KEY_N], struct str field,
                  struct str value)
{
    const struct hash salt = commit_salt(key, field, e->nonce_hex);
    const struct hash h = commit_value(&salt, field, value);
    char hex[2 * SHA256_N + 1];
    hex_of(hex, h.b, SHA256_N);
    for (size_t i = 0; i < e->n_commits; i++)
        if (str_eq(e->commits[i].name, field))
            return memcmp(e->commits[i].hex, hex, 2 * SHA256_N) == 0;
    return false;
}

static size_t value_max(size_t a, size_t b)
{
    size_t most = ESCAPE_MAX * (a + b) + VALUE_SLACK;
    return most < VALUE_MAX ? most : (size_t)VALUE_MAX;
}

static bool json_member_str(struct str text, const char *name, struct arena *mem, struct str *ret)
{
    struct json j;
    struct str key, skipped;
    bool more = false;
    json_init(&j, text, mem);
    if (!json_enter_object(&j))
        return false;
    for (bool first = true; json_member(&j, first, &more, &key) && more; first = false) {
        if (str_eq(key, str_of(name)))
            return json_peek(&j) == JSON_STRING && json_string(&j, ret);
        if (!json_skip(&j, &skipped))
            return false;
    }
    return false;
}

static bool email_matches(struct ctx *c, struct str email, struct str hash_hex_text)
{
    char lower[EMAIL_MAX], hex[2 * SHA256_N + 1];
    if (email.n > sizeof(lower))
        return false;
    for (size_t i = 0; i < email.n; i++) {
        char ch = email.p[i];
        lower[i] = (char)(ch >= 'A' && ch <= 'Z' ? ch + ('a' - 'A') : ch);
    }
    const struct str key = { (const char *)c->deps->keys->lookup, sizeof(c->deps->keys->lookup) };
    const struct hash h = hmac_sha256(key, &(struct str){ lower, email.n }, 1);
    hex_of(hex, h.b, SHA256_N);
    return str_eq(str_of(hex), hash_hex_text);
}

/* Statuses that an application may have in a phase of its cycle, as bits of the phases. */
#define P(phase) (1U << PHASE_##phase)
#define DECIDED  (P(SELECTION) | P(PUBLISHED) | P(COMPLETED))
static const struct {
    const char *status;
    unsigned phases;
} allowed[] = {
    { "submitted", P(SUBMISSION) },
    { "finalized", P(FROZEN) | P(PREPROCESSING) | P(BATCH_PREP) }, /* held ones */
    { "preprocessing", P(PREPROCESSING) },
    { "batch_ready", P(PREPROCESSING) | P(BATCH_PREP) | P(PROCESSING) },
    { "processing", P(PROCESSING) },
    { "scored", P(PROCESSING) | P(SCORED) },
    { "shortlisted", P(SELECTION) },
    { "selected", DECIDED },
    { "not_selected", DECIDED },
    { "published", P(PUBLISHED) | P(COMPLETED) },
    { "failed", ~(P(SUBMISSION) | P(FROZEN)) },
    { "withdrawn", ~0U },
};

static bool fits_phase(struct str status, int32_t phase)
{
    for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++)
        if (str_eq(status, str_of(allowed[i].status)))
            return (allowed[i].phases & (1U << (unsigned)phase)) != 0;
    return false;
}

/* With a final score the application says the same as the score; without one it has none of the
 * statuses that come from a score. */
static bool fits_score(struct str status, struct str score, int32_t phase)
{
    if (str_eq(status, S("withdrawn")))
        return true;
    if (phase == PHASE_PROCESSING && score.p && str_eq(score, S("scored")) &&
        str_eq(status, S("processing")))
        return true; /* the job moves the statuses when its last part is done */
    if (score.p)
        return str_eq(status, score);
    return !str_eq(status, S("scored")) && !str_eq(status, S("selected")) &&
           !str_eq(status, S("not_selected")) && !str_eq(status, S("shortlisted"));
}

static void check_status(struct verify *v, const struct identity_submission *r)
{
    const struct cycle_facts_log *cy = id_find(&v->cycles, r->cycle_id);
    if (!cy || !cy->created)
        return; /* reported with the chain */
    if (!fits_phase(r->status, cy->phase))
        finding(v, r->idx, "row.status", "application %.*s is %.*s in phase %s",
                STR_ARG(r->application_id), STR_ARG(r->status), phase_names.v[cy->phase]);
    else if (!fits_score(r->status, r->score_status, cy->phase))
        finding(v, r->idx, "row.status", "application %.*s: status and final score disagree",
                STR_ARG(r->application_id));
    if (str_eq(r->status, S("withdrawn")) && !r->withdrawn)
        finding(v, r->idx, "row.status", "application %.*s is withdrawn without an entry",
                STR_ARG(r->application_id));
}

static void check_sealed(struct ctx *c, struct verify *v, const struct identity_submission *r)
{
    struct str plain = { 0 }, id = { 0 }, email = { 0 };
    if (!r->sealed_identity.p || keyring_open(c, r->sealed_identity, &plain) != ERR_OK) {
        fault_clear(c);
        finding(v, r->idx, "row.sealed", "application %.*s: the identity cannot be opened",
                STR_ARG(r->application_id));
        return;
    }
    if (!json_member_str(plain, "application_id", v->scratch, &id) ||
        !str_eq(id, r->application_id))
        finding(v, r->idx, "row.sealed", "application %.*s: the identity is another's",
                STR_ARG(r->application_id));
    else if (!json_member_str(plain, "email", v->scratch, &email) ||
             !email_matches(c, email, r->email_hash))
        finding(v, r->idx, "row.sealed", "application %.*s: e-mail and its hash disagree",
                STR_ARG(r->application_id));
}

static void check_payload(struct ctx *c, struct rows_walk *w, const struct identity_submission *r)
{
    uint8_t key[SUBJECT_KEY_N];
    if (!r->wrapped.p) {
        if (!r->erased)
            finding(w->v, r->idx, "row.key", "the key of application %.*s is missing",
                    STR_ARG(r->application_id));
        return;
    }
    if (!r->text_id.p || !verify_open_key(c, w->v, r->idx, r->wrapped, key))
        return;
    struct buf b;
    buf_init(&b, w->v->scratch, value_max(r->essay.n, r->achievements.n));
    application_payload_canon(&b, r->gpa, &r->test_scores, r->essay, r->achievements);
    if (!buf_ok(&b) || !verify_opens(&w->e, key, S("payload"), buf_view(&b)))
        finding(w->v, r->idx, "row.payload", "application %.*s is not what was submitted",
                STR_ARG(r->application_id));
    secret_wipe(key, sizeof(key));
}

static void check_submission(struct ctx *c, struct rows_walk *w,
                             const struct identity_submission *r)
{
    if (!r->application_id.p || !r->text_id.p) {
        if (!r->erased)
            finding(w->v, r->idx, "row.missing", "a submission has no %s row",
                    r->application_id.p ? "application_texts" : "applications");
    }
    if (!r->application_id.p)
        return;
    w->v->n_applications++;
    if (!str_eq(r->admission_cycle_id, r->cycle_id))
        finding(w->v, r->idx, "row.cycle", "application %.*s is in another cycle",
                STR_ARG(r->application_id));
    else
        check_status(w->v, r);
    check_payload(c, w, r);
    if (r->text_id.p)
        check_sealed(c, w->v, r);
}

static err submission_row(struct ctx *c, const void *row, void *arg)
{
    const struct identity_submission *r = row;
    struct rows_walk *w = arg;
    struct arena *mem = c->mem;
    if (!entry_of(w, r->idx, r->entry))
        return ERR_OK;
    c->mem = w->v->scratch;
    check_submission(c, w, r);
    c->mem = mem;
    arena_reset(w->v->scratch);
    return ERR_OK;
}

static void check_map(struct ctx *c, struct rows_walk *w, const struct identity_scrub *r)
{
    uint8_t key[SUBJECT_KEY_N];
    if (!verify_open_key(c, w->v, r->idx, r->wrapped, key))
        return;
    const struct audit_map m = {
        .anonymized_id = r->anonymized_id,
        .application_id = r->application_id,
        .gpa = r->gpa,
        .tests = &r->test_scores,
        .essay = r->essay_scrubbed,
        .achievements = r->achievements_scrubbed,
    };
    struct buf b;
    buf_init(&b, w->v->scratch, value_max(r->essay_scrubbed.n, r->achievements_scrubbed.n));
    audit_map_canon(&b, &m);
    if (!buf_ok(&b) || !verify_opens(&w->e, key, S("map"), buf_view(&b)))
        finding(w->v, r->idx, "row.map", "anonymous application %.*s is not what was scrubbed",
                STR_ARG(r->anonymized_id));
    secret_wipe(key, sizeof(key));
}

static void check_mapping(struct ctx *c, struct verify *v, const struct identity_scrub *r)
{
    struct str plain = { 0 }, email = { 0 };
    if (!str_eq(r->mapped_application_id, r->application_id))
        finding(v, r->idx, "row.map", "anonymous application %.*s is mapped to another",
                STR_ARG(r->anonymized_id));
    if (!r->encrypted_pii.p || keyring_open(c, r->encrypted_pii, &plain) != ERR_OK) {
        fault_clear(c);
        finding(v, r->idx, "row.sealed", "anonymous application %.*s: the mapping cannot be opened",
                STR_ARG(r->anonymized_id));
        return;
    }
    if (!json_member_str(plain, "email", v->scratch, &email) ||
        (r->email_hash.p && !email_matches(c, email, r->email_hash)))
        finding(v, r->idx, "row.sealed", "anonymous application %.*s: the mapping is another's",
                STR_ARG(r->anonymized_id));
}

static void check_scrub(struct ctx *c, struct rows_walk *w, const struct identity_scrub *r)
{
    w->v->n_anonymous += r->anonymized_id.p != NULL;
    const char *missing = !r->anonymized_id.p           ? "anonymized_applications"
                          : !r->text_id.p               ? "anonymized_texts"
                          : !r->mapped_application_id.p ? "identity_mapping"
                          : !r->wrapped.p               ? "subject_key"
                                                        : NULL;
    if (missing) {
        if (!r->erased)
            finding(w->v, r->idx, !r->wrapped.p && r->text_id.p ? "row.key" : "row.missing",
                    "an anonymous application has no %s row", missing);
        return;
    }
    if (!str_eq(r->admission_cycle_id, r->cycle_id))
        finding(w->v, r->idx, "row.cycle", "anonymous application %.*s is in another cycle",
                STR_ARG(r->anonymized_id));
    if (!id_find(&w->v->reviewed, r->anonymized_id))
        check_map(c, w, r); /* else the last review speaks of the row */
    check_mapping(c, w->v, r);
}

static err scrub_row(struct ctx *c, const void *row, void *arg)
{
    const struct identity_scrub *r = row;
    struct rows_walk *w = arg;
    struct arena *mem = c->mem;
    if (!entry_of(w, r->idx, r->entry))
        return ERR_OK;
    c->mem = w->v->scratch;
    check_scrub(c, w, r);
    c->mem = mem;
    arena_reset(w->v->scratch);
    return ERR_OK;
}

struct reviewed_name {
    struct str id;
};

static err reviewed_row(struct ctx *c, const void *row, void *arg)
{
    (void)c;
    const struct identity_name *r = row;
    struct verify *v = arg;
    id_add(v, &v->reviewed, r->id, sizeof(struct reviewed_name));
    return ERR_OK;
}

static err review_row(struct ctx *c, const void *row, void *arg)
{
    const struct identity_scrub *r = row;
    struct rows_walk *w = arg;
    struct arena *mem = c->mem;
    if (!entry_of(w, r->idx, r->entry) || !r->anonymized_id.p || !r->text_id.p || !r->wrapped.p)
        return ERR_OK; /* what is missing is reported with identity.scrub */
    c->mem = w->v->scratch;
    check_map(c, w, r);
    c->mem = mem;
    arena_reset(w->v->scratch);
    return ERR_OK;
}

static void check_marks(struct ctx *c, struct rows_walk *w, const struct verify_score *r)
{
    uint8_t key[SUBJECT_KEY_N];
    if (!r->wrapped.p)
        return; /* reported with identity.scrub, unless the subject was erased */
    if (!verify_open_key(c, w->v, r->idx, r->wrapped, key))
        return;
    const struct audit_score s = {
        .academic = r->academic_score,
        .achievement = r->achievement_score,
        .essay = r->essay_score,
        .final = r->final_score,
        .test = r->test_score,
    };
    char room[VALUE_SLACK];
    struct buf b = { .p = room, .cap = sizeof(room), .max = sizeof(room) };
    audit_score_canon(&b, &s);
    if (!verify_opens(&w->e, key, S("score"), buf_view(&b)))
        finding(w->v, r->idx, "row.score", "the marks of %.*s are not those that were given",
                STR_ARG(r->anonymized_id));
    secret_wipe(key, sizeof(key));
}

static void check_score(struct ctx *c, struct rows_walk *w, const struct verify_score *r)
{
    char hex[2 * SHA256_N + 1];
    if (!r->anonymized_id.p) {
        finding(w->v, r->idx, "row.missing", "a final score has no row");
        return;
    }
    check_marks(c, w, r);
    hex_of(hex, r->leaf.p, r->leaf.n == SHA256_N ? SHA256_N : 0);
    if (!str_eq(r->hash, str_of(hex)))
        finding(w->v, r->idx, "row.score", "the hash of %.*s is not the leaf of its entry",
                STR_ARG(r->anonymized_id));
    if (r->worker_attempts != r->attempts)
        finding(w->v, r->idx, "row.score", "%.*s has %lld attempts, the log %lld",
                STR_ARG(r->anonymized_id), (long long)r->worker_attempts, (long long)r->attempts);
    if (!str_eq(r->admission_cycle_id, r->cycle_id)) {
        finding(w->v, r->idx, "row.cycle", "the score of %.*s is in another cycle",
                STR_ARG(r->anonymized_id));
        return;
    }
    const struct cycle_facts_log *cy = id_find(&w->v->cycles, r->cycle_id);
    if (!cy || !cy->created)
        return;
    struct str want = selection_status(cy, r->anonymized_id, r->final_score);
    if (want.p && !str_eq(want, r->status))
        finding(w->v, r->idx, "row.selection", "%.*s is %.*s, by its score it is %.*s",
                STR_ARG(r->anonymized_id), STR_ARG(r->status), STR_ARG(want));
}

static err score_row(struct ctx *c, const void *row, void *arg)
{
    const struct verify_score *r = row;
    struct rows_walk *w = arg;
    struct arena *mem = c->mem;
    if (!entry_of(w, r->idx, r->entry))
        return ERR_OK;
    c->mem = w->v->scratch;
    check_score(c, w, r);
    c->mem = mem;
    arena_reset(w->v->scratch);
    return ERR_OK;
}

static void check_finalist(struct ctx *c, struct rows_walk *w, const struct verify_finalist *r)
{
    uint8_t key[SUBJECT_KEY_N];
    const struct cycle_facts_log *cy = id_find(&w->v->cycles, r->cycle_id);
    if (!r->anonymized_id.p || !r->wrapped.p || !cy || cy->fin.idx < 0)
        return; /* reported with score.final, identity.scrub or the chain */
    if (!verify_open_key(c, w->v, r->idx, r->wrapped, key))
        return;
    const struct finalist *f = &r->row;
    const bool interviewed = f->interview_score != SCHEMA_NULL_I64;
    const struct audit_finalist value = {
        .combined =
            interviewed ? combined_e2(&cy->fin.weights, f->final_score, f->interview_score) : 0,
        .communication = f->communication,
        .critical_thinking = f->critical_thinking,
        .final = f->final_score,
        .motivation = f->motivation,
        .interview = f->interview_score,
    };
    char room[VALUE_SLACK];
    struct buf b = { .p = room, .cap = sizeof(room), .max = sizeof(room) };
    audit_finalist_canon(&b, &value);
    if (!verify_opens(&w->e, key, S("score"), buf_view(&b)))
        finding(w->v, r->idx, "row.interview",
                "the scores of finalist %.*s are not those that were selected by",
                STR_ARG(r->anonymized_id));
    secret_wipe(key, sizeof(key));
}

static err finalist_row(struct ctx *c, const void *row, void *arg)
{
    const struct verify_finalist *r = row;
    struct rows_walk *w = arg;
    struct arena *mem = c->mem;
    if (!entry_of(w, r->idx, r->entry))
        return ERR_OK;
    c->mem = w->v->scratch;
    check_finalist(c, w, r);
    c->mem = mem;
    arena_reset(w->v->scratch);
    return ERR_OK;
}

/* A decision's row holds the words that the entry is committed to. */
static void check_decision(struct ctx *c, struct rows_walk *w, const struct verify_review *r)
{
    uint8_t key[SUBJECT_KEY_N];
    if (!r->note.p) {
        finding(w->v, r->idx, "row.missing", "a decision of a review or an appeal has no row");
        return;
    }
    if (!str_eq(w->e.data, str_fmt(c->mem, "{\"decision\":\"%.*s\"}", STR_ARG(r->decision))))
        finding(w->v, r->idx, "row.review",
                "a review or an appeal was not decided as its row says");
    if (!r->wrapped.p || !verify_open_key(c, w->v, r->idx, r->wrapped, key))
        return; /* its subject was erased, or it is reported */
    struct buf b;
    buf_init(&b, c->mem, value_max(r->note.n, 0));
    canon_str(&b, r->note);
    if (!verify_opens(&w->e, key, S("reason"), buf_view(&b)))
        finding(w->v, r->idx, "row.review",
                "the reason of a decision is not the one that was given");
    secret_wipe(key, sizeof(key));
}

static err decision_row(struct ctx *c, const void *row, void *arg)
{
    const struct verify_review *r = row;
    struct rows_walk *w = arg;
    struct arena *mem = c->mem;
    if (!entry_of(w, r->idx, r->entry))
        return ERR_OK;
    c->mem = w->v->scratch;
    check_decision(c, w, r);
    c->mem = mem;
    arena_reset(w->v->scratch);
    return ERR_OK;
}

typedef err stream_fn(struct ctx *c, struct tx *tx, int64_t after, row_fn *fn, void *arg);

/* A row that cannot be read is a finding, and the stream goes on behind it. */
static err walk(struct ctx *c, struct verify *v, stream_fn *stream, row_fn *fn, const char *act)
{
    struct rows_walk w = { .v = v };
    v->at_idx = -1;
    for (int tries = 0; tries < VERIFY_INVALID_MAX; tries++) {
        int64_t bad = 0;
        bool found = false;
        err e = stream(c, v->tx, v->at_idx, fn, &w);
        if (e == ERR_OK)
            return ERR_OK;
        if (e != ERR_INTERNAL && e != ERR_INVALID && e != ERR_TOO_LARGE)
            return e;
        const struct fault kept = c->fault;
        fault_clear(c);
        TRY(finding_from(c, v, v->at_idx, "row.read",
                         verify_next_of_act(c, v->tx, str_of(act), v->at_idx, &bad, &found)));
        if (!found)
            bad = v->at_idx;
        finding(v, bad, "row.type", "%s", kept.text);
        if (!found)
            return ERR_OK;
        v->at_idx = bad;
    }
    return ERR_OK;
}

struct odd_walk {
    struct verify *v;
    enum verify_odd which;
};

static err odd_row(struct ctx *c, const void *row, void *arg)
{
    (void)c;
    static const struct {
        const char *code, *what;
    } say[ODD_COUNT] = {
        [ODD_APPLICATION] = { "row.extra", "application without an entry" },
        [ODD_TEXT] = { "row.extra", "texts without an application" },
        [ODD_ANON] = { "row.extra", "anonymous application without an entry" },
        [ODD_ANON_TEXT] = { "row.extra", "texts without an anonymous application" },
        [ODD_MAPPING] = { "row.extra", "mapping without an anonymous application" },
        [ODD_SCORE] = { "row.extra", "final score without an entry" },
        [ODD_ERASED_KEY] = { "row.key", "the key of an erased subject is still there" },
        [ODD_TWICE] = { "row.twice", "two entries for one row" },
    };
    const struct verify_name *r = row;
    const struct odd_walk *o = arg;
    finding(o->v, -1, say[o->which].code, "%s: %.*s", say[o->which].what, STR_ARG(r->id));
    return ERR_OK;
}

/* Each row has an entry by now; two entries for one would show in the numbers. */
static err twice(struct ctx *c, struct verify *v, bool *ret_look)
{
    struct verify_counts n = { 0 };
    TRY(finding_from(c, v, -1, "row.read", verify_counts(c, v->tx, &n)));
    *ret_look = n.applications != v->n_applications || n.anonymous != v->n_anonymous;
    return ERR_OK;
}

err verify_rows(struct ctx *c, struct verify *v)
{
    TRY(walk(c, v, identity_submissions, submission_row, "application.submit"));
    TRY(finding_from(c, v, -1, "row.read", identity_reviewed(c, v->tx, reviewed_row, v)));
    TRY(walk(c, v, identity_scrubs, scrub_row, "identity.scrub"));
    TRY(walk(c, v, identity_reviews, review_row, "identity.review"));
    TRY(walk(c, v, verify_scores, score_row, "score.final"));
    TRY(walk(c, v, verify_finalist_entries, finalist_row, "selection.score"));
    TRY(walk(c, v, verify_reviews, decision_row, "review.decide"));
    TRY(walk(c, v, verify_appeals, decision_row, "appeal.decide"));
    bool look = true;
    TRY(twice(c, v, &look));
    for (int i = 0; i < ODD_COUNT; i++) {
        if (i == ODD_TWICE && !look)
            continue;
        struct odd_walk o = { .v = v, .which = (enum verify_odd)i };
        TRY(finding_from(c, v, -1, "row.read",
                         verify_odd_rows(c, v->tx, (enum verify_odd)i, odd_row, &o)));
    }
    return ERR_OK;
}
