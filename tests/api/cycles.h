/* api/cycles.h: cycles of a world, driven by the real services to the phase that a test wants. */
#ifndef ENIGMA_TESTS_API_CYCLES_H
#define ENIGMA_TESTS_API_CYCLES_H

#include "api/world.h"
#include "service/bias_review.h"
#include "service/draft.h"
#include "support/test_bias.h"
#include "support/test_shortlist.h"

static inline struct submit_item world_item(struct world *w, struct ctx *c, int n, const char *who)
{
    struct submit_item item = { test_application(c->mem, n), str_of(who) };
    if (w->dress)
        w->dress(c->mem, n, &item.application);
    return item;
}

static inline void world_submit(struct world *w, bool owner)
{
    struct ctx *c = world_ctx(w);
    struct submit_item items[WORLD_FILLERS + 2];
    size_t n = 0;
    for (int i = 0; i < WORLD_FILLERS; i++)
        items[n++] = world_item(w, c, i, w->filler[i]);
    if (owner)
        items[n++] = world_item(w, c, WORLD_FILLERS, w->id[MATRIX_STUDENT]);
    test_db_must(c, application_submit_many(c, str_of(w->cycle_id), items, n), "submit_many");
}

static inline void world_step(struct world *w, const char *verb, struct str provider)
{
    struct ctx *c = world_ctx(w);
    const struct phase_request q = { .cycle_id = str_of(w->cycle_id),
                                     .verb = verb,
                                     .provider = provider };
    struct phase_reply r;
    test_db_must(c, phase_step(c, &q, &r), verb);
}

/* One text, or the fallback. */
static inline void world_look(struct world *w, const char *sql, const char *a, const char *fallback,
                              char ret[ID_MAX + 1])
{
    struct ctx *c = world_ctx(w);
    struct list rows = test_rows(c, sql, str_of(a));
    const struct test_text *v = rows.v;
    snprintf(ret, ID_MAX + 1, "%.*s", rows.n ? (int)v[0].a.n : (int)strlen(fallback),
             rows.n ? v[0].a.p : fallback);
}

static inline void world_monitor(struct world *w);

static inline void world_look_all(struct world *w)
{
    char batch[ID_MAX + 1], interview[ID_MAX + 1];
    char both[2 * ID_MAX + 4];
    snprintf(both, sizeof(both), "%s/%s", w->cycle_id, w->id[MATRIX_STUDENT]);
    world_look(w,
               "SELECT application_id AS a, application_id AS b FROM applications "
               "WHERE admission_cycle_id || '/' || student_id = :a",
               both, "APP_MISSING", w->application_id);
    world_look(w,
               "SELECT anonymized_id AS a, anonymized_id AS b FROM anonymized_applications "
               "WHERE application_id = :a",
               w->application_id, "ANON_MISSING", w->anonymized_id);
    /* A review of an earlier evaluation, decided long ago: its route has something to find. */
    test_exec(world_ctx(w),
              "INSERT INTO evaluation_reviews (anonymized_id, admission_cycle_id, reason, signs, "
              "opened_at, decision, note) SELECT anonymized_id, admission_cycle_id, 'rejected', 0, "
              "created_at, 'release', 'Decided long ago.' FROM anonymized_applications "
              "WHERE anonymized_id = :a OR anonymized_id = :b ON CONFLICT DO NOTHING",
              str_of(w->anonymized_id), str_of(w->anonymized_id));
    world_look(w,
               "SELECT job_id AS a, job_id AS b FROM jobs WHERE admission_cycle_id = :a "
               "ORDER BY job_id",
               w->cycle_id, "JOB_MISSING", w->job_id);
    world_look(w,
               "SELECT CAST(batch_id AS TEXT) AS a, '' AS b FROM batch_runs "
               "WHERE admission_cycle_id = :a ORDER BY batch_id",
               w->cycle_id, "999999999", batch);
    world_look(w, "SELECT CAST(id AS TEXT) AS a, '' AS b FROM interviews WHERE application_id = :a",
               w->application_id, "999999999", interview);
    if (!str_i64(str_of(batch), &w->batch_id) || !str_i64(str_of(interview), &w->interview_id))
        abort();
    world_monitor(w);
}

static inline int64_t world_number(struct world *w, const char *sql)
{
    char text[ID_MAX + 1], id[32];
    int64_t n = 0;
    snprintf(id, sizeof(id), "%lld", (long long)w->interview_id);
    world_look(w, sql, id, "999999999", text);
    if (!str_i64(str_of(text), &n))
        abort();
    return n;
}

/* Something critical that was said without much certainty: a blue nudge and a flag, no points. */
static inline void world_utterance(struct world *w)
{
    const int64_t n = world_number(w, "SELECT CAST(COALESCE(MAX(transcript_id), 0) + 1 AS TEXT) "
                                      "AS a, '' AS b FROM live_bias_analysis WHERE :a <> ''");
    struct ctx *c = world_ctx(w);
    struct bias_run r;
    const struct bias_analysis a = { .text = str_fmt(c->mem, "alpha%lld beta%lld", (long long)n,
                                                     (long long)n),
                                     .t_us = c->now_us,
                                     .analysed_at_us = c->now_us,
                                     .confidence = 0.4,
                                     .stt_confidence = 0.9,
                                     .types = 1U << BIAS_GENDER,
                                     .severity = BIAS_CRITICAL,
                                     .detected = true };
    test_bias_run(c, &r, &a, n, w->interview_id, str_of(w->id[MATRIX_ADMIN]), str_of(w->cycle_id));
    r.row.application_id = str_of(w->application_id);
    test_db_must(c, bias_settle(c, &r), "utterance");
}

/* A flag, a nudge, and an appeal against another, new ones each time, for the owner's interview. */
static inline void world_monitor(struct world *w)
{
    static const char newest[] = "SELECT CAST(MAX(id) AS TEXT) AS a, '' AS b FROM live_nudges "
                                 "WHERE CAST(interview_id AS TEXT) = :a";
    const struct principal admin = { .id = str_of(w->id[MATRIX_ADMIN]), .roles = ROLE_ADMIN };
    const struct bias_why why = { S("It was about the subject.") };
    struct appeal_view appeal;
    w->flag_id = w->nudge_id = w->appeal_id = INT64_C(999999999);
    if (w->interview_id == INT64_C(999999999))
        return;
    world_utterance(w);
    w->appeal_id = world_number(w, newest);
    world_utterance(w);
    w->nudge_id = world_number(w, newest);
    w->flag_id = world_number(w, "SELECT CAST(MAX(id) AS TEXT) AS a, '' AS b FROM bias_flags "
                                 "WHERE CAST(interview_id AS TEXT) = :a");
    struct ctx *c = world_ctx(w);
    c->who = &admin;
    test_db_must(c, bias_nudge_appeal(c, w->appeal_id, &why, &appeal), "appeal");
}

/* Directly, with an interview for the owner all the same: then its route has something to find. Or
 * by a shortlist that takes everybody, with an interview and a score for each. */
static inline void world_select(struct world *w)
{
    struct ctx *c = world_ctx(w);
    struct phase_reply r;
    const struct phase_request q = { .cycle_id = str_of(w->cycle_id),
                                     .verb = "select",
                                     .plan = { .mode =
                                                   w->shortlist ? SELECT_SHORTLIST : SELECT_DIRECT,
                                               .factor = SHORTLIST_FACTOR_DEFAULT,
                                               .weights = { 50, 50 } } };
    test_db_must(c, phase_step(c, &q, &r), "select");
    world_run_jobs(world_ctx(w)); /* the fairness check */
    c = world_ctx(w);
    struct list rows = test_rows(c,
                                 "SELECT anonymized_id AS a, anonymized_id AS b FROM final_scores "
                                 "WHERE status = 'shortlisted' AND admission_cycle_id = :a",
                                 str_of(w->cycle_id));
    const struct test_text *v = rows.v;
    for (size_t i = 0; i < rows.n; i++)
        test_interview(c, v[i].a, w->admin.id, 500 + 100 * (int64_t)i);
    if (!rows.n && strcmp(w->anonymized_id, "ANON_MISSING") != 0)
        test_interview(c, str_of(w->anonymized_id), w->admin.id, -1);
}

/* The other student has begun to write. */
static inline void world_draft(struct world *w)
{
    struct ctx *c = world_ctx(w);
    const struct principal other = { .id = str_of(w->id[MATRIX_OTHER_STUDENT]),
                                     .roles = ROLE_STUDENT };
    const struct application_draft d = { .name = S("Mateo Draft"),
                                         .gpa = 3.1,
                                         .essay = S("I have begun to write about radios.") };
    const struct draft_conditions when = { .if_match = { NULL, 0 } };
    struct draft_state state;
    struct str etag;
    c->who = &other;
    test_db_must(c, draft_write(c, &d, &when, &state, &etag), "draft_write");
}

/* A new open cycle, any other is closed; the ids of the world are its own. */
static inline void world_cycle_new(struct world *w)
{
    struct ctx *c = world_ctx(w);
    (void)test_cycle_create(c, 2, w->cycle_id);
    world_draft(w);
    world_look_all(w);
}

/* The next step of the cycle; in processing it stays until a second call: the scores come from an
 * import that has not come yet. Returns false at the end. */
static inline bool world_next(struct world *w)
{
    struct ctx *c = world_ctx(w);
    struct cycle cy;
    test_db_must(c, cycle_get(c, str_of(w->cycle_id), &cy), "cycle_get");
    switch (cy.phase) {
    case PHASE_SUBMISSION:
        world_step(w, "freeze", S("builtin"));
        break;
    case PHASE_FROZEN:
        world_step(w, "preprocess", S("builtin"));
        break;
    case PHASE_PREPROCESSING:
        world_step(w, "export", S("builtin"));
        break;
    case PHASE_BATCH_PREP:
        world_step(w, "processing", S("external"));
        break;
    case PHASE_SCORED:
        world_select(w);
        break;
    case PHASE_SELECTION:
        world_step(w, "publish", S("builtin"));
        break;
    case PHASE_PUBLISHED:
        world_step(w, "complete", S("builtin"));
        break;
    default:
        return false;
    }
    world_look_all(w);
    return true;
}

/* A fresh cycle in that phase, with the fillers' applications and, if wanted, the owner's. */
static inline void world_cycle(struct world *w, int32_t phase, bool owner)
{
    world_cycle_new(w);
    world_submit(w, owner);
    for (int32_t p = PHASE_SUBMISSION; p < phase; p++) {
        if (p == PHASE_BATCH_PREP && phase > PHASE_PROCESSING) {
            world_step(w, "processing", S("builtin")); /* scored, when the job is over */
            p++;
        } else if (!world_next(w)) {
            abort();
        }
    }
    world_look_all(w);
    struct ctx *c = world_ctx(w);
    struct cycle cy;
    test_db_must(c, cycle_get(c, str_of(w->cycle_id), &cy), "cycle_get");
    if (cy.phase != phase) {
        fprintf(stderr, "world: cycle is in phase %s, not %s\n", phase_names.v[cy.phase],
                phase_names.v[phase]);
        abort();
    }
}

/* The whole log and every row it speaks of; says what is wrong and ends the test. */
static inline void world_must_verify(struct world *w)
{
    struct ctx *c = world_ctx(w);
    const struct verify_options o = { .rows = true };
    struct verify_report r = { 0 };
    test_db_must(c, audit_verify(c, &o, &r), "audit_verify");
    if (r.is_valid)
        return;
    const struct verify_invalid *v = r.invalid_entries.v;
    for (size_t i = 0; i < r.invalid_entries.n; i++)
        fprintf(stderr, "entry %lld: %.*s: %.*s\n", (long long)v[i].index, STR_ARG(v[i].code),
                STR_ARG(v[i].detail));
    abort();
}

#endif
