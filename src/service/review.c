/* The queue of what waits for a person, and the decision. */
#include "service/review.h"

#include "base/str.h"
#include "codec/canon.h"
#include "detect/injection.h"
#include "repo/review_repo.h"
#include "service/cycle_support.h"
#include "service/evaluate_state.h"
#include "service/phase_step.h"
#include "service/settings.h"

enum { NOTE_MIN = 10, NOTE_MAX = 2000, EXPLANATION_MAX = 4000, CANON_MAX = 16384 };

static const char *const decision_text[] = { "release", "mark" };
static NAMES(decision_names, decision_text);

#define R struct review
#define C struct review_case
#define MARKS_(S_)                                                                                 \
    FIELD_E2(S_, academic_score, .flags = FIELD_NULL,                                              \
             .doc = "From the stored numbers, or the "                                             \
                    "import's."),                                                                  \
        FIELD_E2(S_, test_score, .flags = FIELD_NULL, .doc = "Likewise."),                         \
        FIELD_E2(S_, achievement_score, .flags = FIELD_NULL, .doc = "The Worker's mark."),         \
        FIELD_E2(S_, essay_score, .flags = FIELD_NULL, .doc = "The Worker's mark."),               \
        FIELD_E2(S_, total_score, .flags = FIELD_NULL, .doc = "Weighted sum of the four.")
/* clang-format off */
static const struct field review_fields[] = {
    FIELD_STR(R, anonymized_id, .doc = "The application."),
    FIELD_ENUM(R, reason, .names = &review_reason_names, .doc = "Why a person decides."),
    FIELD_STR(R, explanation_of_reason, .doc = "The same as a sentence."),
    FIELD_TIME(R, opened_at, .doc = "Since when it waits."),
    FIELD_ENUM(R, decision, .flags = FIELD_NULL, .names = &decision_names,
               .doc = "null while it waits."),
    FIELD_TIME(R, decided_at, .flags = FIELD_NULL, .doc = "When it was decided."),
    FIELD_I64(R, attempts, .doc = "Attempts on record."),
    MARKS_(R),
};
SCHEMA(review_schema, "Review", struct review, review_fields);

static const struct field case_fields[] = {
    FIELD_STR(C, anonymized_id, .doc = "The application."),
    FIELD_ENUM(C, reason, .names = &review_reason_names, .doc = "Why a person decides."),
    FIELD_STR(C, explanation_of_reason, .doc = "The same as a sentence."),
    FIELD_STR(C, signs, .doc = "What the detector saw in the texts, with reason flagged."),
    FIELD_TIME(C, opened_at, .doc = "Since when it waits."),
    FIELD_ENUM(C, decision, .flags = FIELD_NULL, .names = &decision_names,
               .doc = "null while it waits."),
    FIELD_STR(C, note, .flags = FIELD_NULL, .doc = "The reason given with the decision."),
    FIELD_TIME(C, decided_at, .flags = FIELD_NULL, .doc = "When it was decided."),
    FIELD_I64(C, attempts, .doc = "Attempts on record."),
    FIELD_E2(C, gpa, .doc = "Stored grade point average."),
    FIELD_JSON(C, test_scores, .doc = "Stored test scores."),
    FIELD_STR(C, essay, .doc = "The anonymous essay."),
    FIELD_STR(C, achievements, .doc = "The anonymous achievements."),
    MARKS_(C),
    FIELD_STR(C, model, .flags = FIELD_NULL, .doc = "Who marked."),
    FIELD_STR(C, explanation, .flags = FIELD_NULL, .doc = "The Worker's words."),
    FIELD_STR(C, feedback, .flags = FIELD_NULL, .doc = "The Judge's words."),
};
SCHEMA(review_case_schema, "ReviewCase", struct review_case, case_fields);

#define V struct review_verdict
static const struct field verdict_fields[] = {
    FIELD_ENUM(V, decision, .flags = FIELD_REQUIRED, .names = &decision_names,
               .doc = "release: the last marks stand; mark: achievements and essay get marks of "
                      "your own."),
    FIELD_STR(V, reason, .flags = FIELD_REQUIRED | FIELD_WORDS, .min = NOTE_MIN, .max = NOTE_MAX,
              .doc = "Why; the log is committed to it."),
    FIELD_E2(V, achievement_score, .flags = FIELD_NULL, .max = 100, .doc = "With mark."),
    FIELD_E2(V, essay_score, .flags = FIELD_NULL, .max = 100, .doc = "With mark."),
    FIELD_STR(V, explanation, .flags = FIELD_NULL, .max = EXPLANATION_MAX,
              .doc = "With mark: what the applicant reads."),
};
/* clang-format on */
#undef V
#undef C
#undef R
SCHEMA(review_verdict_schema, "ReviewVerdict", struct review_verdict, verdict_fields);

static int32_t reason_of(const struct review_row *r)
{
    return names_find(&review_reason_names, r->reason);
}

static struct str sentence_of(const struct review_row *r)
{
    const int32_t reason = reason_of(r);
    return reason < 0 ? S("") : str_of(review_reason_texts[reason]);
}

static int32_t decision_of(const struct review_row *r)
{
    return r->decision.p ? names_find(&decision_names, r->decision) : -1;
}

struct list_call {
    struct str cycle_id;
    bool waiting;
    size_t limit;
    struct list rows;
};

static err list_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct list_call *q = arg;
    struct cycle_row cycle;
    TRY(cycle_load(c, tx, q->cycle_id, &cycle));
    return review_list(c, tx, q->cycle_id, q->waiting, q->limit, &q->rows);
}

err reviews_list(struct ctx *c, struct str cycle_id, bool waiting, int64_t limit, struct list *ret)
{
    struct list_call q = { .cycle_id = cycle_id, .waiting = waiting, .limit = (size_t)limit };
    TRY(tx_run(c, TX_READ, list_tx, &q));
    const struct review_row *rows = q.rows.v;
    struct review *v = arena_try(c->mem, q.rows.n + 1, sizeof(*v), _Alignof(struct review));
    if (!v)
        return FAIL(c, TOO_LARGE, "Too many at once");
    for (size_t i = 0; i < q.rows.n; i++)
        v[i] = (struct review){ .anonymized_id = rows[i].anonymized_id,
                                .reason = reason_of(&rows[i]),
                                .explanation_of_reason = sentence_of(&rows[i]),
                                .opened_at = rows[i].opened_at,
                                .decision = decision_of(&rows[i]),
                                .decided_at = rows[i].decided_at,
                                .attempts = rows[i].attempts,
                                .academic_score = rows[i].academic,
                                .test_score = rows[i].test,
                                .achievement_score = rows[i].achievement,
                                .essay_score = rows[i].essay,
                                .total_score = rows[i].total };
    *ret = (struct list){ v, q.rows.n };
    return ERR_OK;
}

struct case_call {
    struct str cycle_id, anonymized_id, admin_id;
    const struct review_verdict *v; /* NULL: only looked at */
    struct review_row row;
    struct eval_source source;
};

static err load_case(struct ctx *c, struct tx *tx, struct case_call *q)
{
    bool found = false;
    TRY(review_find(c, tx, q->cycle_id, q->anonymized_id, &q->row, &found));
    if (found)
        TRY(eval_source_get(c, tx, q->cycle_id, q->anonymized_id, &q->source, &found));
    return found ? ERR_OK : FAIL(c, NOT_FOUND, "No such review in this cycle");
}

static err case_tx(struct ctx *c, struct tx *tx, void *arg)
{
    return load_case(c, tx, arg);
}

static void show_case(struct ctx *c, const struct case_call *q, struct review_case *ret)
{
    const struct review_row *r = &q->row;
    *ret = (struct review_case){ .anonymized_id = r->anonymized_id,
                                 .reason = reason_of(r),
                                 .explanation_of_reason = sentence_of(r),
                                 .signs = injection_words(c, (uint32_t)r->signs),
                                 .opened_at = r->opened_at,
                                 .decision = decision_of(r),
                                 .note = r->note,
                                 .decided_at = r->decided_at,
                                 .attempts = r->attempts,
                                 .gpa = q->source.gpa,
                                 .test_scores = q->source.test_scores,
                                 .essay = q->source.essay_scrubbed,
                                 .achievements = q->source.achievements_scrubbed,
                                 .academic_score = r->academic,
                                 .test_score = r->test,
                                 .achievement_score = r->achievement,
                                 .essay_score = r->essay,
                                 .total_score = r->total,
                                 .model = r->model,
                                 .explanation = r->explanation,
                                 .feedback = r->feedback };
    if (!ret->signs.p)
        ret->signs = S("");
}

err review_get(struct ctx *c, struct str cycle_id, struct str anonymized_id,
               struct review_case *ret)
{
    struct case_call q = { .cycle_id = cycle_id, .anonymized_id = anonymized_id };
    TRY(tx_run(c, TX_READ, case_tx, &q));
    show_case(c, &q, ret);
    return ERR_OK;
}

/* A person stands where the Judge stands. Nothing asks this port for an opinion. */
static const struct evaluator_port person = { .name = "person", .label = "a person" };

static err make_opinion(struct ctx *c, const struct case_call *q, struct worker_opinion *ret)
{
    const struct weights *w = weights_of(c);
    const struct review_row *r = &q->row;
    const bool own = q->v->decision == REVIEW_MARK;
    *ret = (struct worker_opinion){
        .academic = own ? q->source.academic : r->academic,
        .test = own ? q->source.test_percent : r->test,
        .achievement = own ? q->v->achievement_score : r->achievement,
        .essay = own ? q->v->essay_score : r->essay,
        .explanation =
            own ? S("A member of the admission board marked this application.") : r->explanation,
        .rubric_adherence = S("Decided by a person."),
        .reasoning = { S(""), S(""), S(""), S("") },
    };
    if (own && q->v->explanation.n > 0)
        TRY(eval_scrub(c, q->v->explanation, &ret->explanation));
    ret->total = total_e2(w, ret->academic, ret->test, ret->achievement, ret->essay);
    return ERR_OK;
}

static err check_open(struct ctx *c, const struct case_call *q)
{
    if (q->row.decision.p)
        return FAIL(c, BAD_REQUEST, "This review was decided already");
    if (q->v->decision == REVIEW_RELEASE && q->row.attempts == 0)
        return FAIL(c, BAD_REQUEST, "There are no marks to release; mark the application");
    return ERR_OK;
}

static err log_decision(struct ctx *c, struct tx *tx, struct audit_head *head,
                        const struct case_call *q)
{
    struct buf b;
    buf_init(&b, c->mem, CANON_MAX);
    canon_str(&b, q->v->reason);
    const struct str subject = str_fmt(c->mem, "anon:%.*s", STR_ARG(q->anonymized_id));
    const struct audit_new n = {
        .act = "review.decide",
        .actor = audit_actor(c),
        .cycle = q->cycle_id,
        .subj = subject,
        .data = str_fmt(c->mem, "{\"decision\":\"%s\"}", decision_text[q->v->decision]),
        .key_subject = subject,
        .values = { { S("reason"), buf_view(&b) } },
        .n_values = 1,
    };
    return audit_append(c, tx, head, &n, NULL);
}

/* One more attempt, whose Judge is the person. */
static err store_score(struct ctx *c, struct tx *tx, struct audit_head *head,
                       const struct case_call *q)
{
    struct attempt at = { .judge = { .decision = JUDGE_APPROVED,
                                     .quality = 10000,
                                     .feedback = S(""),
                                     .reasoning = S("Decided by a person.") } };
    const bool own = q->v->decision == REVIEW_MARK;
    const struct evaluation_origin o = {
        .cycle_id = q->cycle_id,
        .by = &person,
        .model = own || !q->row.model.p ? person.name : str_z(c->mem, q->row.model),
    };
    struct evaluation e = { .anonymized_id = q->anonymized_id,
                            .application_id = q->source.application_id,
                            .attempts = &at,
                            .n_attempts = 1,
                            .accepted = true,
                            .prior = q->source.prior };
    const struct evaluation *v[] = { &e };
    bool is_free = false;
    TRY(make_opinion(c, q, &at.work));
    TRY(evaluation_key(c, &q->source, &e));
    err made = evaluation_rows_make(c, c->mem, &o, &e);
    if (made == ERR_OK)
        made = evaluation_claim(c, tx, &e, &is_free);
    if (made == ERR_OK && !is_free)
        made = FAIL(c, BAD_REQUEST, "This application has a score or is out of the cycle");
    if (made == ERR_OK)
        made = evaluation_store(c, tx, head, &o, v, 1);
    secret_wipe(e.key, sizeof(e.key));
    return made;
}

static err decide_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct case_call *q = arg;
    struct audit_head head = { .known = false };
    struct cycle_row cycle;
    int64_t changed = 0;
    TRY(cycle_hold(c, tx, q->cycle_id, &cycle));
    TRY(load_case(c, tx, q));
    if (cycle.cycle.phase != PHASE_PROCESSING)
        return FAIL(c, PHASE, "Cycle is in phase '%s'; a review needs 'processing'",
                    phase_names.v[cycle.cycle.phase]);
    TRY(check_open(c, q));
    const struct review_decided d = { .anonymized_id = q->anonymized_id,
                                      .decision = str_of(decision_text[q->v->decision]),
                                      .note = q->v->reason,
                                      .decided_by = q->admin_id,
                                      .decided_at = c->now_us };
    TRY(review_close(c, tx, &d, &changed));
    TRY(log_decision(c, tx, &head, q));
    TRY(store_score(c, tx, &head, q));
    TRY(phase_scored(c, tx, q->cycle_id));
    return load_case(c, tx, q);
}

static err missing_mark(struct ctx *c, struct str loc)
{
    const struct issue issue = { .type = S("missing"),
                                 .loc = loc,
                                 .msg = S("Field required with decision mark"),
                                 .input = S("null") };
    return fault_issue(c, &issue);
}

err review_decide(struct ctx *c, struct str cycle_id, struct str anonymized_id,
                  const struct review_verdict *v, struct review_case *ret)
{
    struct case_call q = { .cycle_id = cycle_id, .anonymized_id = anonymized_id, .v = v };
    TRY(cycle_actor(c, &q.admin_id));
    if (v->decision == REVIEW_MARK && v->achievement_score == SCHEMA_NULL_I64)
        return missing_mark(c, S("[\"body\",\"achievement_score\"]"));
    if (v->decision == REVIEW_MARK && v->essay_score == SCHEMA_NULL_I64)
        return missing_mark(c, S("[\"body\",\"essay_score\"]"));
    TRY(tx_run(c, TX_WRITE, decide_tx, &q));
    show_case(c, &q, ret);
    return ERR_OK;
}
