/* sim/ops.h: what students, administrators, workers and the clock do, in an order that the seed
 * decides, and what each may be told. */
#ifndef ENIGMA_TESTS_SIM_OPS_H
#define ENIGMA_TESTS_SIM_OPS_H

#include "sim/check.h"

/* Only a fault that struck excuses a failure of ours. */
static inline void sim_judge_reply(struct sim *s, const struct ctx *c, err e, int64_t struck,
                                   const char *what)
{
    const bool ours = e == ERR_BUSY || e == ERR_INTERNAL || e == ERR_UPSTREAM;
    SIM_MUST(!ours || s->crashed || s->struck > struck, "%s: %s", what, c->fault.text);
}

static inline struct application_new sim_application(struct arena *mem, int i, uint64_t taste)
{
    static const char *const essays[] = {
        "I kept bees for three summers and wrote down what I saw each day. When the second hive "
        "failed I compared the records, found the pattern, and changed the feeding. I learned "
        "that patience and good notes are worth more than guesses.",
        "For two years I tutored 14 younger pupils in algebra every week, because nobody else did. "
        "However, my first lessons were too fast. I rewrote them and their marks rose by 20 %.",
        "I like school very much and it is really amazing.",
    };
    struct application_new n = test_application(mem, i);
    struct e2_pair *tests = n.test_scores.v;
    tests[0].e2 = 100000 + (int64_t)(taste % 2) * 30000;
    tests[1].e2 = 2400;
    n.gpa = 280 + (int64_t)(taste / 4 % 2) * 80;
    n.essay = str_of(essays[taste / 16 % 3]);
    if (taste % 5 == 0)
        n.essay = str_fmt(mem, "%.*s Write to student%d@example.org.", STR_ARG(n.essay), i);
    return n;
}

static inline bool sim_accepts(struct sim *s)
{
    struct sim_call k;
    struct cycle cy;
    struct ctx *c = sim_begin(s, &k, NULL);
    test_db_must(c, cycle_get(c, sim_cycle(s), &cy), "cycle_get");
    const bool accepts = cy.phase == PHASE_SUBMISSION && cycle_accepts(&cy, c->now_us);
    sim_end(&k);
    return accepts;
}

static inline void sim_note_receipt(struct sim *s, struct sim_student *who,
                                    const struct application_receipt *r, bool replayed)
{
    if (who->applied == APPLIED_YES) {
        SIM_MUST(replayed && str_eq(r->application_id, str_of(who->application_id)),
                 "a second application");
        s->hits[HIT_REPLAYED]++;
        return;
    }
    SIM_MUST(!replayed || who->applied == APPLIED_MAYBE, "a reply from nowhere");
    who->applied = !replayed && sim_chance(s, 20) ? APPLIED_MAYBE : APPLIED_YES; /* reply lost */
    snprintf(who->application_id, sizeof(who->application_id), "%.*s", STR_ARG(r->application_id));
}

static inline void sim_submit(struct sim *s)
{
    struct sim_call k;
    const int i = (int)sim_roll(s, (uint64_t)s->n_students);
    struct sim_student *who = &s->students[i];
    struct principal p = { .roles = ROLE_STUDENT };
    const bool open = sim_accepts(s);
    const int64_t struck = s->struck, nested = s->hits[HIT_NESTED];
    struct ctx *c = sim_begin(s, &k, &p);
    p.id = test_student_id(c->mem, i);
    const struct application_new n = sim_application(c->mem, i, who->taste);
    const struct submit_options o = {
        .idempotency_key = who->taste % 2 ? str_fmt(c->mem, "key-%d", i) : (struct str){ NULL, 0 },
        .raw_body = str_fmt(c->mem, "%d", i),
    };
    struct application_receipt r;
    bool replayed = false;
    s->submitting++;
    const err e = application_submit(c, &n, &o, &r, &replayed);
    s->submitting--;
    sim_judge_reply(s, c, e, struck, "submit");
    const bool twice = strstr(c->fault.text, "already applied") != NULL;
    const bool alone = nested == s->hits[HIT_NESTED];
    if (e == ERR_OK) {
        SIM_MUST(open || !alone || replayed, "a closed cycle took an application");
        sim_note_receipt(s, who, &r, replayed);
    } else if (e == ERR_PHASE && twice) {
        SIM_MUST(who->applied != APPLIED_NO, "student %d has not applied", i);
        s->hits[HIT_APPLIED_TWICE]++;
    } else if (e == ERR_PHASE) {
        SIM_MUST(!open || !alone, "refused while open: %s", c->fault.text);
    } else {
        SIM_MUST(e == ERR_BUSY || e == ERR_INTERNAL, "submit: %s", c->fault.text);
    }
    sim_end(&k);
}

static inline void sim_worker(struct sim *s)
{
    static const struct str owners[] = { S_INIT("WRK_one"), S_INIT("WRK_two"), S_INIT("WRK_3") };
    struct sim_call k;
    bool worked = false;
    const int64_t struck = s->struck;
    struct ctx *c = sim_begin(s, &k, NULL);
    s->working++;
    const err e = jobs_run_once(c, owners[sim_roll(s, 3)], &worked);
    s->working--;
    sim_judge_reply(s, c, e, struck, "worker");
    sim_end(&k);
}

/* A request waits for its job as long as the seed lets it. */
static err sim_wait(void *self, struct ctx *c, struct str job_id, int64_t until_us, bool *ret_over)
{
    struct sim *s = self;
    struct job j;
    (void)until_us;
    for (uint64_t n = sim_roll(s, 30); n > 0 && !s->crashed; n--)
        sim_worker(s);
    s->in_write = false;
    TRY(job_get(c, job_id, &j));
    *ret_over = j.state != JOB_QUEUED && j.state != JOB_RUNNING;
    return ERR_OK;
}

static const char *const sim_verbs[] = { "freeze", "preprocess", "export",  "processing",
                                         "select", "publish",    "complete" };
/* The step that is next in this phase; in a phase with a job, the retry when the dice say so. */
static inline const char *sim_next_verb(struct sim *s, int32_t phase)
{
    static const char *const next[PHASE_COUNT] = { "freeze",     "preprocess", "export",
                                                   "processing", "processing", "select",
                                                   "publish",    "complete",   "complete" };
    if (phase == PHASE_PREPROCESSING && sim_chance(s, 3))
        return "preprocess";
    return next[phase];
}

/* Imported scores cannot be tested for fairness: somebody answers for them. */
static inline void sim_answer_for_scores(struct sim *s)
{
    struct sim_call k;
    struct fairness f;
    const int64_t struck = s->struck;
    struct ctx *c = sim_begin(s, &k, &s->t.super);
    const struct fairness_override v = { S("They were imported, and the board has read them.") };
    const err e = fairness_override(c, sim_cycle(s), &v, &f);
    sim_judge_reply(s, c, e, struck, "override");
    sim_end(&k);
}

static inline err sim_press(struct sim *s, const char *verb, bool stale)
{
    if (s->external && s->phase == PHASE_SELECTION && strcmp(verb, "publish") == 0)
        sim_answer_for_scores(s);
    struct sim_call k;
    struct phase_reply r;
    const int32_t before = s->phase;
    const int64_t struck = s->struck, nested = s->hits[HIT_NESTED];
    struct ctx *c = sim_begin(s, &k, sim_chance(s, 2) ? &s->t.admin : &s->t.super);
    const struct phase_request q = { .cycle_id = sim_cycle(s),
                                     .verb = verb,
                                     .if_match = stale ? S("\"stale\"") : (struct str){ NULL, 0 },
                                     .provider =
                                         s->external ? S("external") : (struct str){ NULL, 0 },
                                     .respond_async = sim_chance(s, 2) };
    const err e = phase_step(c, &q, &r);
    sim_judge_reply(s, c, e, struck, verb);
    SIM_MUST(!stale || e == ERR_PRECONDITION || e == ERR_INTERNAL || e == ERR_BUSY,
             "%s with a stale tag", verb);
    const struct phase_rule *rule = phase_rule_of(verb);
    if (e == ERR_OK) {
        SIM_MUST(r.cycle.phase >= (int32_t)rule->to, "%s left phase %d", verb, r.cycle.phase);
        SIM_MUST(nested != s->hits[HIT_NESTED] || before == (int32_t)rule->from ||
                     (rule->job && before == (int32_t)rule->to),
                 "%s ran in phase %d", verb, before);
        s->hits[HIT_RETRY_STEP] += before == (int32_t)rule->to;
        s->hits[HIT_SUBMIT_RACES_FREEZE] += s->submitting && strcmp(verb, "freeze") == 0;
    } else if (e == ERR_PRECONDITION) {
        s->hits[HIT_STALE_TAG]++;
    } else if (e == ERR_PHASE && before != (int32_t)rule->from) {
        s->hits[HIT_WRONG_STEP]++;
    }
    sim_end(&k);
    return e;
}

static inline void sim_press_some(struct sim *s)
{
    const bool right = sim_chance(s, 2);
    (void)sim_press(s, right ? sim_next_verb(s, s->phase) : sim_verbs[sim_roll(s, 7)],
                    sim_chance(s, 12));
}

static inline void sim_tell_time(struct sim *s)
{
    const int64_t day = 86400 * SIM_SECOND;
    const bool wild = s->phase > PHASE_SUBMISSION;
    const int64_t some = (int64_t)sim_roll(s, 3600) * SIM_SECOND;
    switch (sim_roll(s, 5)) {
    case 0:
        fake_clock_pass(&s->time, some / 60);
        break;
    case 1: /* longer than a lease */
        fake_clock_pass(&s->time, 301 * SIM_SECOND);
        s->hits[HIT_LEASE_OVER] += s->working > 0;
        break;
    case 2:
        s->time.now_us += wild && sim_chance(s, 3) ? 365 * day : some;
        s->hits[HIT_CLOCK_FORWARD]++;
        break;
    default:
        s->time.now_us -= wild && sim_chance(s, 3) ? 365 * day : some;
        s->hits[HIT_CLOCK_BACK]++;
        break;
    }
}

static inline struct seen sim_seen(const struct schema *of, const char *field)
{
    for (size_t i = 0; i < of->n; i++)
        if (strcmp(of->fields[i].name, field) == 0)
            return (struct seen){ UINT64_C(1) << i };
    abort();
}

static inline err sim_sink(void *arg, struct ctx *c, struct str bytes)
{
    struct sim *s = arg;
    if (!s->quiet && sim_chance(s, 30))
        return FAIL(c, BAD_REQUEST, "the reader left");
    SIM_MUST(!memmem(bytes.p, bytes.n, "Testwell", 8) && !memmem(bytes.p, bytes.n, "APP_", 4),
             "an identity leaves");
    return ERR_OK;
}

static inline void sim_administer(struct sim *s)
{
    struct sim_call k;
    struct cycle cy;
    int64_t rows = 0;
    const int64_t struck = s->struck;
    struct ctx *c = sim_begin(s, &k, sim_chance(s, 2) ? &s->t.admin : &s->t.super);
    const struct str id = sim_cycle(s);
    const struct cycle_new n = { .max_seats = 1 + (int64_t)sim_roll(s, 8) };
    const struct seen seats = sim_seen(&cycle_new_schema, "max_seats");
    err e = ERR_OK;
    switch (sim_roll(s, 6)) {
    case 0:
        e = s->phase == PHASE_SUBMISSION ? cycle_close(c, id, &cy) : ERR_OK;
        break;
    case 1:
    case 2:
        e = cycle_open(c, id, &cy);
        SIM_MUST(e != ERR_OK || cy.phase == PHASE_SUBMISSION, "opened in phase %d", cy.phase);
        break;
    case 3:
        e = cycle_update(c, id, &n, &seats, (struct str){ NULL, 0 }, &cy);
        SIM_MUST(e != ERR_OK || cy.phase < PHASE_SELECTION || cy.max_seats == n.max_seats, "seats");
        break;
    case 4:
        if (sim_count(s, "SELECT COUNT(*) AS n FROM applications" SIM_OF_CYCLE) > 0) {
            e = cycle_delete(c, id);
            SIM_MUST(e != ERR_OK, "a cycle with applications was deleted");
        }
        break;
    default:
        e = export_jsonl(c, id, sim_sink, s, &rows);
    }
    sim_judge_reply(s, c, e, struck, "administer");
    sim_end(&k);
}

/* I12: before publication no applicant learns a decision, in whatever way they ask. */
static inline void sim_read(struct sim *s)
{
    struct sim_call k;
    struct application_state st;
    struct selection_preview preview;
    struct dashboard_stats stats;
    const int i = (int)sim_roll(s, (uint64_t)s->n_students);
    struct principal p = { .roles = ROLE_STUDENT };
    struct ctx *c = sim_begin(s, &k, &p);
    const int32_t before = sim_phase(s);
    p.id = test_student_id(c->mem, i);
    if (s->students[i].applied == APPLIED_YES) {
        const struct str app = str_of(s->students[i].application_id);
        test_db_must(c, application_state_get(c, app, &st), "application_state_get");
        const bool told = st.status == APP_SELECTED || st.status == APP_NOT_SELECTED;
        SIM_MUST(told == (before >= PHASE_PUBLISHED), "status %d in phase %d", st.status, before);
        SIM_MUST((st.anonymized_id.p != NULL) == told, "an anonymous id in phase %d", before);
        struct result r;
        if (told)
            test_db_must(c, result_get(c, st.anonymized_id, &r), "result_get");
    }
    c->who = &s->t.auditor;
    test_db_must(c, selection_preview(c, sim_cycle(s), 0, NULL, &preview), "selection_preview");
    test_db_must(c, dashboard_stats_get(c, sim_cycle(s), &stats), "dashboard_stats_get");
    sim_end(&k);
}

/* Lines as a model outside would answer them: [from, from + n) of the applications, the last one
 * cut when asked. */
static inline struct str sim_lines(struct sim *s, struct ctx *c, size_t from, size_t n,
                                   int64_t *ret_lines)
{
    const struct list rows = test_rows(
        c,
        "SELECT n.anonymized_id AS a, '\"academic_score\":' || m.academic_score_computed || "
        "',\"test_score\":' || m.test_percent AS b FROM anonymized_applications n JOIN "
        "deterministic_metrics m ON m.application_id = n.application_id WHERE "
        "n.admission_cycle_id = :a ORDER BY n.anonymized_id",
        sim_cycle(s));
    const struct test_text *v = rows.v;
    struct buf b;
    buf_init(&b, c->mem, 1 << 20);
    *ret_lines = 0;
    for (size_t i = from; i < from + n && i < rows.n; i++, ++*ret_lines)
        buf_fmt(&b,
                "{\"anonymized_id\":\"%.*s\",%.*s,\"achievement_score\":80.25,\"essay_score\":75,"
                "\"explanation\":\"Clear records of a long study and a changed method.\"}\n",
                STR_ARG(v[i].a), STR_ARG(v[i].b));
    return buf_view(&b);
}

static inline void sim_import(struct sim *s, size_t from, size_t n)
{
    struct sim_call k;
    struct import_report r;
    int64_t lines = 0;
    const int64_t batch = sim_count(s, "SELECT COALESCE(MAX(batch_id), 0) AS n FROM batch_runs "
                                       "WHERE model_name = 'external' AND admission_cycle_id = :a");
    const int64_t struck = s->struck;
    struct ctx *c = sim_begin(s, &k, &s->t.admin);
    const struct str text = sim_lines(s, c, from, n, &lines);
    const err e = lines ? import_jsonl(c, batch, text, &r) : ERR_NOT_FOUND;
    sim_judge_reply(s, c, e, struck, "import");
    if (e == ERR_OK) {
        SIM_MUST(r.imported_count + r.already_count == lines && !r.rejected_count && !r.held_count,
                 "%lld of %lld lines imported, %lld already, %lld held, %lld rejected",
                 (long long)r.imported_count, (long long)lines, (long long)r.already_count,
                 (long long)r.held_count, (long long)r.rejected_count);
        s->hits[HIT_IMPORT_AGAIN] += r.already_count > 0;
    }
    sim_end(&k);
}

static inline void sim_choose(struct sim *s)
{
    const uint64_t n = sim_roll(s, 100);
    const bool submission = s->phase == PHASE_SUBMISSION;
    const bool job = s->phase == PHASE_PREPROCESSING || s->phase == PHASE_PROCESSING;
    if (n < 6)
        sim_tell_time(s);
    else if (n < 14)
        sim_read(s);
    else if (n < 24)
        sim_administer(s);
    else if (submission && sim_roll(s, (uint64_t)s->n_students) > 1)
        sim_submit(s);
    else if (job && s->external && s->phase == PHASE_PROCESSING && n < 60)
        sim_import(s, sim_roll(s, (uint64_t)s->n_students), 1 + sim_roll(s, 20));
    else if (n < 30)
        sim_submit(s);
    else if (job && n < 80)
        sim_worker(s);
    else
        sim_press_some(s);
}

/* The sequencer's thread comes by. */
static inline void sim_sequence(struct sim *s)
{
    struct sim_call k;
    size_t moved = 0;
    const int64_t struck = s->struck;
    struct ctx *c = sim_begin(s, &k, NULL);
    const err e = audit_sequence(c, &moved);
    sim_judge_reply(s, c, e, struck, "sequence");
    s->hits[HIT_SEQUENCED] += moved > 0;
    sim_end(&k);
}

static void sim_act(struct sim *s)
{
    s->depth++;
    s->in_write = false;
    if (s->depth > 1 && s->working && sim_chance(s, 4)) { /* a lease runs out under its owner */
        fake_clock_pass(&s->time, 301 * SIM_SECOND);
        s->hits[HIT_LEASE_OVER]++;
        sim_worker(s);
    } else if (s->depth > 1 && s->submitting && sim_chance(s, 12)) {
        (void)sim_press(s, "freeze", false);
    } else if (s->t.settings.audit_pending && sim_chance(s, 4)) {
        sim_sequence(s);
    } else {
        sim_choose(s);
    }
    s->in_write = false;
    s->depth--;
    if (!s->crashed)
        sim_check_forward(s);
}

#endif
