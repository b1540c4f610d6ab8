/* What the verifier of the log reads of anonymous and administrative rows. */
#include "repo/verify_repo.h"

#include "repo/anon_repo.h"

struct after_in {
    int64_t after;
    struct str act;
};
static const struct field after_fields[] = {
    FIELD_I64(struct after_in, after),
    FIELD_STR(struct after_in, act, .flags = FIELD_NULL),
};
static SCHEMA(after_schema, "VerifyAfter", struct after_in, after_fields);

struct int_row {
    int64_t n;
};
static const struct field int_fields[] = { FIELD_I64(struct int_row, n) };
static SCHEMA(int_schema, "VerifyInt", struct int_row, int_fields);
static const struct field some_int_fields[] = { FIELD_I64(struct int_row, n, .flags = FIELD_NULL) };
static SCHEMA(some_int_schema, "VerifySomeInt", struct int_row, some_int_fields);

static const struct query next_idx = {
    .sql = "SELECT idx AS n FROM audit_entry WHERE idx > :after ORDER BY idx LIMIT 1",
    .in = &after_schema,
    .out = &int_schema,
};

err verify_next_idx(struct ctx *c, struct tx *tx, int64_t after, int64_t *ret, bool *ret_found)
{
    struct int_row row = { 0 };
    bool found = false;
    TRY(query_find(c, tx, &next_idx, &(struct after_in){ .after = after }, &row, &found));
    *ret = row.n;
    *ret_found = found;
    return ERR_OK;
}

static const struct query next_of_act = {
    .sql = "SELECT idx AS n FROM audit_entry WHERE act = :act AND idx > :after"
           " ORDER BY idx LIMIT 1",
    .in = &after_schema,
    .out = &int_schema,
};

err verify_next_of_act(struct ctx *c, struct tx *tx, struct str act, int64_t after, int64_t *ret,
                       bool *ret_found)
{
    struct int_row row = { 0 };
    bool found = false;
    TRY(query_find(c, tx, &next_of_act, &(struct after_in){ after, act }, &row, &found));
    *ret = row.n;
    *ret_found = found;
    return ERR_OK;
}

static const struct field score_fields[] = {
    FIELD_I64(struct verify_score, idx),
    FIELD_STR(struct verify_score, subj, .flags = FIELD_NULL),
    FIELD_STR(struct verify_score, cycle_id, .flags = FIELD_NULL),
    FIELD_BLOB(struct verify_score, entry),
    FIELD_BLOB(struct verify_score, leaf),
    FIELD_STR(struct verify_score, anonymized_id, .flags = FIELD_NULL),
    FIELD_STR(struct verify_score, admission_cycle_id, .flags = FIELD_NULL),
    FIELD_STR(struct verify_score, hash, .flags = FIELD_NULL),
    FIELD_STR(struct verify_score, status, .flags = FIELD_NULL),
    FIELD_E2(struct verify_score, final_score, .flags = FIELD_NULL),
    FIELD_E2(struct verify_score, academic_score, .flags = FIELD_NULL),
    FIELD_E2(struct verify_score, test_score, .flags = FIELD_NULL),
    FIELD_E2(struct verify_score, achievement_score, .flags = FIELD_NULL),
    FIELD_E2(struct verify_score, essay_score, .flags = FIELD_NULL),
    FIELD_I64(struct verify_score, worker_attempts, .flags = FIELD_NULL),
    FIELD_I64(struct verify_score, attempts),
    FIELD_STR(struct verify_score, wrapped, .flags = FIELD_NULL),
};
static SCHEMA(score_schema, "VerifyScore", struct verify_score, score_fields);

static const struct query scores = {
    .sql = "SELECT e.idx, e.subj, e.cycle_id, e.entry, e.leaf, f.anonymized_id,"
           " f.admission_cycle_id, f.hash, f.status, f.final_score, f.academic_score,"
           " f.test_score, f.achievement_score, f.essay_score, f.worker_attempts,"
           " (SELECT COUNT(*) FROM audit_entry x WHERE x.subj = e.subj"
           " AND (x.act || '') = 'score.attempt') AS attempts, k.wrapped"
           " FROM audit_entry e"
           " LEFT JOIN final_scores f ON f.anonymized_id = substr(e.subj, 6)"
           " LEFT JOIN subject_key k ON k.subject = e.subj"
           " WHERE e.act = 'score.final' AND e.idx > :after ORDER BY e.idx",
    .in = &after_schema,
    .out = &score_schema,
};

err verify_scores(struct ctx *c, struct tx *tx, int64_t after, row_fn *fn, void *arg)
{
    return query_each(c, tx, &scores, &(struct after_in){ .after = after }, fn, arg);
}

static const struct field review_fields[] = {
    FIELD_I64(struct verify_review, idx),
    FIELD_STR(struct verify_review, subj, .flags = FIELD_NULL),
    FIELD_BLOB(struct verify_review, entry),
    FIELD_STR(struct verify_review, decision, .flags = FIELD_NULL),
    FIELD_STR(struct verify_review, note, .flags = FIELD_NULL),
    FIELD_STR(struct verify_review, wrapped, .flags = FIELD_NULL),
};
static SCHEMA(review_schema, "VerifyReview", struct verify_review, review_fields);

static const struct query reviews = {
    .sql = "SELECT e.idx, e.subj, e.entry, v.decision, v.note, k.wrapped FROM audit_entry e"
           " LEFT JOIN evaluation_reviews v ON v.anonymized_id = substr(e.subj, 6)"
           " LEFT JOIN subject_key k ON k.subject = e.subj"
           " WHERE e.act = 'review.decide' AND e.idx > :after ORDER BY e.idx",
    .in = &after_schema,
    .out = &review_schema,
};

err verify_reviews(struct ctx *c, struct tx *tx, int64_t after, row_fn *fn, void *arg)
{
    return query_each(c, tx, &reviews, &(struct after_in){ .after = after }, fn, arg);
}

#define MARK_(m_) FIELD_E2(struct verify_interview, m_, .flags = FIELD_NULL)
static const struct field interview_fields[] = {
    FIELD_I64(struct verify_interview, id),
    FIELD_STR(struct verify_interview, cycle_id),
    FIELD_STR(struct verify_interview, admin_id),
    FIELD_STR(struct verify_interview, anonymized_id, .flags = FIELD_NULL),
    FIELD_STR(struct verify_interview, cancel_reason, .flags = FIELD_NULL),
    FIELD_STR(struct verify_interview, wrapped, .flags = FIELD_NULL),
    FIELD_ENUM(struct verify_interview, status, .names = &interview_status_names),
    FIELD_TIME(struct verify_interview, interview_time),
    FIELD_I64(struct verify_interview, duration_minutes),
    FIELD_TIME(struct verify_interview, started_at, .flags = FIELD_NULL),
    FIELD_I64(struct verify_interview, score_id, .flags = FIELD_NULL),
    MARK_(communication),
    MARK_(critical_thinking),
    MARK_(motivation),
    MARK_(mean),
    FIELD_STR(struct verify_interview, scored_by, .flags = FIELD_NULL),
    FIELD_STR(struct verify_interview, cancel_code, .flags = FIELD_NULL),
};
#undef MARK_
static SCHEMA(interview_schema_, "VerifyInterview", struct verify_interview, interview_fields);

err verify_interview_each(struct ctx *c, struct tx *tx, row_fn *fn, void *arg)
{
    static const struct query q = {
        .sql = "SELECT i.id, i.admission_cycle_id AS cycle_id, i.admin_id, x.anonymized_id,"
               " i.cancel_reason, k.wrapped, i.status, i.interview_time, i.duration_minutes,"
               " i.started_at, s.id AS score_id, s.communication_score AS communication,"
               " s.critical_thinking_score AS critical_thinking, s.motivation_score AS motivation,"
               " s.final_interview_score AS mean, s.scored_by, i.cancel_code"
               " FROM interviews i"
               " LEFT JOIN anonymized_applications x ON x.application_id = i.application_id"
               " AND x.scrub_order = " ANON_PLACE_OF(
                   "i.application_id") " LEFT JOIN subject_key k ON k.subject = 'anon:' || "
                                       "x.anonymized_id"
                                       " LEFT JOIN interview_scores s ON s.interview_id = i.id "
                                       "ORDER BY i.id",
        .out = &interview_schema_,
    };
    return query_each(c, tx, &q, NULL, fn, arg);
}

static const struct query appeals = {
    .sql = "SELECT e.idx, e.subj, e.entry, v.decision, v.decision_reason AS note, k.wrapped"
           " FROM audit_entry e"
           " LEFT JOIN result_appeals v ON v.anonymized_id = substr(e.subj, 6)"
           " LEFT JOIN subject_key k ON k.subject = e.subj"
           " WHERE e.act = 'appeal.decide' AND e.idx > :after ORDER BY e.idx",
    .in = &after_schema,
    .out = &review_schema,
};

err verify_appeals(struct ctx *c, struct tx *tx, int64_t after, row_fn *fn, void *arg)
{
    return query_each(c, tx, &appeals, &(struct after_in){ .after = after }, fn, arg);
}

#define MARK_(m_, key_)                                                                            \
    FIELD_NAMED(struct verify_finalist, row.m_, key_, F_E2, int64_t, .flags = FIELD_NULL)
static const struct field entry_fields[] = {
    FIELD_I64(struct verify_finalist, idx),
    FIELD_STR(struct verify_finalist, subj, .flags = FIELD_NULL),
    FIELD_STR(struct verify_finalist, cycle_id, .flags = FIELD_NULL),
    FIELD_BLOB(struct verify_finalist, entry),
    FIELD_STR(struct verify_finalist, anonymized_id, .flags = FIELD_NULL),
    FIELD_STR(struct verify_finalist, wrapped, .flags = FIELD_NULL),
    MARK_(final_score, "final_score"),
    MARK_(communication, "communication_score"),
    MARK_(critical_thinking, "critical_thinking_score"),
    MARK_(motivation, "motivation_score"),
    MARK_(interview_score, "final_interview_score"),
};
static SCHEMA(entry_schema, "VerifyFinalist", struct verify_finalist, entry_fields);
#define INTERVIEW_MARKS_                                                                           \
    "s.communication_score, s.critical_thinking_score, s.motivation_score, "                       \
    "s.final_interview_score"
#define INTERVIEW_JOINS_                                                                           \
    " LEFT JOIN anonymized_applications x ON x.anonymized_id = f.anonymized_id"                    \
    " LEFT JOIN interviews i ON i.application_id = x.application_id AND i.status <> 'cancelled'"   \
    " LEFT JOIN interview_scores s ON s.interview_id = i.id"

static const struct query finalist_entries = {
    .sql = "SELECT e.idx, e.subj, e.cycle_id, e.entry, f.anonymized_id, k.wrapped,"
           " f.final_score, " INTERVIEW_MARKS_ " FROM audit_entry e"
           " LEFT JOIN final_scores f ON f.anonymized_id = substr(e.subj, 6)" INTERVIEW_JOINS_
           " LEFT JOIN subject_key k ON k.subject = e.subj"
           " WHERE e.act = 'selection.score' AND e.idx > :after ORDER BY e.idx",
    .in = &after_schema,
    .out = &entry_schema,
};

err verify_finalist_entries(struct ctx *c, struct tx *tx, int64_t after, row_fn *fn, void *arg)
{
    return query_each(c, tx, &finalist_entries, &(struct after_in){ .after = after }, fn, arg);
}
#undef MARK_

static const struct field name_fields[] = {
    FIELD_STR(struct verify_name, id, .flags = FIELD_NULL),
};
static SCHEMA(name_schema, "VerifyName", struct verify_name, name_fields);

/* (act || '') keeps the planner on the index by subject: a subject has a handful of entries, an act
 * may have a million. An entry that waits for its place counts; how long it may is asked
 * elsewhere. */
#define WITHOUT_ENTRY(id_, table_, prefix_, act_)                                                  \
    "SELECT t." id_ " AS id FROM " table_ " t WHERE NOT EXISTS (SELECT 1 FROM audit_entry e"       \
    " WHERE e.subj = '" prefix_ "' || t." id_ " AND (e.act || '') = '" act_ "')"                   \
    " AND NOT EXISTS (SELECT 1 FROM audit_pending p"                                               \
    " WHERE p.subj = '" prefix_ "' || t." id_ " AND p.act = '" act_ "')"

/* The texts hang on their narrow rows, whose entries are looked for: one look-up less. */
static const struct query odd[ODD_COUNT] = {
    [ODD_APPLICATION] = { .sql = WITHOUT_ENTRY("application_id", "applications",
                                               "application:", "application.submit"),
                          .out = &name_schema },
    [ODD_TEXT] = { .sql = "SELECT t.application_id AS id FROM application_texts t WHERE NOT EXISTS"
                          " (SELECT 1 FROM applications a"
                          " WHERE a.application_id = t.application_id)",
                   .out = &name_schema },
    [ODD_ANON] = { .sql = WITHOUT_ENTRY("anonymized_id", "anonymized_applications",
                                        "anon:", "identity.scrub"),
                   .out = &name_schema },
    [ODD_ANON_TEXT] = { .sql = "SELECT t.anonymized_id AS id FROM anonymized_texts t"
                               " WHERE NOT EXISTS (SELECT 1 FROM anonymized_applications a"
                               " WHERE a.anonymized_id = t.anonymized_id)",
                        .out = &name_schema },
    [ODD_MAPPING] = { .sql = "SELECT t.anonymized_id AS id FROM identity_mapping t WHERE NOT"
                             " EXISTS (SELECT 1 FROM anonymized_applications a"
                             " WHERE a.anonymized_id = t.anonymized_id)",
                      .out = &name_schema },
    [ODD_SCORE] = { .sql = WITHOUT_ENTRY("anonymized_id", "final_scores", "anon:", "score.final"),
                    .out = &name_schema },
    [ODD_ERASED_KEY] = { .sql = "SELECT e.subj AS id FROM audit_entry e JOIN subject_key k"
                                " ON k.subject = e.subj WHERE e.act = 'subject.erase'",
                         .out = &name_schema },
    [ODD_TWICE] = { .sql = "SELECT e.subj AS id FROM audit_entry e JOIN audit_entry x"
                           " ON x.subj = e.subj AND x.idx > e.idx AND (x.act || '') = e.act"
                           " WHERE e.act IN ('application.submit', 'identity.scrub')",
                    .out = &name_schema },
};

err verify_odd_rows(struct ctx *c, struct tx *tx, enum verify_odd which, row_fn *fn, void *arg)
{
    return query_each(c, tx, &odd[which], NULL, fn, arg);
}

static const struct field counts_fields[] = {
    FIELD_I64(struct verify_counts, applications),
    FIELD_I64(struct verify_counts, anonymous),
};
static SCHEMA(counts_schema, "VerifyCounts", struct verify_counts, counts_fields);

static const struct query counts = {
    .sql = "SELECT (SELECT COUNT(*) FROM applications) AS applications,"
           " (SELECT COUNT(*) FROM anonymized_applications) AS anonymous",
    .out = &counts_schema,
};

err verify_counts(struct ctx *c, struct tx *tx, struct verify_counts *ret)
{
    return query_one(c, tx, &counts, NULL, ret);
}

static const struct field cycle_fields[] = {
    FIELD_STR(struct verify_cycle, cycle_id),
    FIELD_STR(struct verify_cycle, phase),
    FIELD_BOOL(struct verify_cycle, is_open),
    FIELD_I64(struct verify_cycle, max_seats),
    FIELD_I64(struct verify_cycle, current_seats),
    FIELD_I64(struct verify_cycle, selected_count),
    FIELD_TIME(struct verify_cycle, start_date),
    FIELD_TIME(struct verify_cycle, end_date),
    FIELD_TIME(struct verify_cycle, result_date),
    FIELD_STR(struct verify_cycle, freeze_leaf, .flags = FIELD_NULL),
    FIELD_STR(struct verify_cycle, provider, .flags = FIELD_NULL),
    FIELD_I64(struct verify_cycle, scores),
    FIELD_I64(struct verify_cycle, unscored),
    FIELD_I64(struct verify_cycle, selections),
    FIELD_I64(struct verify_cycle, factor, .flags = FIELD_NULL),
    FIELD_E2(struct verify_cycle, weight_application, .flags = FIELD_NULL),
    FIELD_E2(struct verify_cycle, weight_interview, .flags = FIELD_NULL),
    FIELD_I64(struct verify_cycle, shortlisted_count, .flags = FIELD_NULL),
    FIELD_BOOL(struct verify_cycle, finished),
};
static SCHEMA(cycle_schema_, "VerifyCycle", struct verify_cycle, cycle_fields);

static const struct query cycles = {
    .sql = "SELECT c.cycle_id, c.phase, c.is_open, c.max_seats, c.current_seats +"
           " (SELECT COALESCE(CAST(SUM(i.taken) AS BIGINT), 0) FROM cycle_intake i"
           " WHERE i.cycle_id = c.cycle_id) AS current_seats,"
           " c.selected_count, c.start_date, c.end_date, c.result_date, c.freeze_leaf, c.provider,"
           " (SELECT COUNT(*) FROM final_scores f WHERE f.admission_cycle_id = c.cycle_id)"
           " AS scores,"
           " (SELECT COUNT(*) FROM applications a WHERE a.admission_cycle_id = c.cycle_id"
           " AND a.status NOT IN ('scored', 'shortlisted', 'selected', 'not_selected',"
           " 'withdrawn')) AS unscored,"
           " (SELECT COUNT(*) FROM selection_logs s WHERE s.admission_cycle_id = c.cycle_id)"
           " AS selections, l.factor, l.weight_application, l.weight_interview,"
           " l.shortlisted_count, l.finished_at IS NOT NULL AS finished"
           " FROM admission_cycles c LEFT JOIN shortlists l ON l.admission_cycle_id = c.cycle_id"
           " ORDER BY c.cycle_id",
    .out = &cycle_schema_,
};

err verify_cycles(struct ctx *c, struct tx *tx, row_fn *fn, void *arg)
{
    return query_each(c, tx, &cycles, NULL, fn, arg);
}

struct cycle_in {
    struct str cycle_id;
    int64_t above, score;
};
static const struct field cycle_in_fields[] = {
    FIELD_STR(struct cycle_in, cycle_id),
    FIELD_I64(struct cycle_in, above),
    FIELD_E2(struct cycle_in, score),
};
static SCHEMA(cycle_in_schema, "VerifyCycleIn", struct cycle_in, cycle_in_fields);

static const struct field log_fields[] = {
    FIELD_I64(struct verify_selection_log, selected_count),
    FIELD_E2(struct verify_selection_log, cutoff_score),
    FIELD_STR(struct verify_selection_log, executed_by, .flags = FIELD_NULL),
    FIELD_JSON(struct verify_selection_log, selection_criteria, .flags = FIELD_NULL),
};
static SCHEMA(log_schema, "VerifySelectionLog", struct verify_selection_log, log_fields);

static const struct query selection_logs = {
    .sql = "SELECT selected_count, cutoff_score, executed_by, selection_criteria"
           " FROM selection_logs"
           " WHERE admission_cycle_id = :cycle_id ORDER BY selection_id LIMIT :above",
    .in = &cycle_in_schema,
    .out = &log_schema,
};

err verify_selection_logs(struct ctx *c, struct tx *tx, struct str cycle_id, size_t limit,
                          struct list *ret)
{
    const struct cycle_in in = { .cycle_id = cycle_id, .above = (int64_t)limit };
    return query_list(c, tx, &selection_logs, &in, limit, ret);
}

#define MARK_(m_, key_) FIELD_NAMED(struct finalist, m_, key_, F_E2, int64_t, .flags = FIELD_NULL)
static const struct field finalist_fields[] = {
    FIELD_STR(struct finalist, anonymized_id, .flags = 0),
    FIELD_E2(struct finalist, final_score, .flags = 0),
    MARK_(communication, "communication_score"),
    MARK_(critical_thinking, "critical_thinking_score"),
    MARK_(motivation, "motivation_score"),
    MARK_(interview_score, "final_interview_score"),
};
static SCHEMA(finalist_schema, "VerifyFinalistRow", struct finalist, finalist_fields);
static const struct query finalists = {
    .sql = "SELECT f.anonymized_id, f.final_score, " INTERVIEW_MARKS_
           " FROM final_scores f" INTERVIEW_JOINS_ " WHERE f.admission_cycle_id = :cycle_id",
    .in = &cycle_in_schema,
    .out = &finalist_schema,
};

err verify_finalists(struct ctx *c, struct tx *tx, struct str cycle_id, row_fn *fn, void *arg)
{
    const struct cycle_in in = { .cycle_id = cycle_id };
    return query_each(c, tx, &finalists, &in, fn, arg);
}

struct e2_row {
    int64_t score;
};
static const struct field e2_fields[] = { FIELD_E2(struct e2_row, score) };
static SCHEMA(e2_schema, "VerifyE2", struct e2_row, e2_fields);

static const struct query score_at = {
    .sql = "SELECT final_score AS score FROM final_scores WHERE admission_cycle_id = :cycle_id"
           " ORDER BY final_score DESC LIMIT 1 OFFSET :above",
    .in = &cycle_in_schema,
    .out = &e2_schema,
};

err verify_score_at(struct ctx *c, struct tx *tx, struct str cycle_id, int64_t above,
                    int64_t *ret_e2, bool *ret_found)
{
    const struct cycle_in in = { .cycle_id = cycle_id, .above = above };
    struct e2_row row = { 0 };
    bool found = false;
    TRY(query_find(c, tx, &score_at, &in, &row, &found));
    *ret_e2 = row.score;
    *ret_found = found;
    return ERR_OK;
}

static const struct query scores_above = {
    .sql = "SELECT COUNT(*) AS n FROM final_scores WHERE admission_cycle_id = :cycle_id"
           " AND final_score > :score",
    .in = &cycle_in_schema,
    .out = &int_schema,
};

err verify_scores_above(struct ctx *c, struct tx *tx, struct str cycle_id, int64_t e2,
                        int64_t *ret_n)
{
    const struct cycle_in in = { .cycle_id = cycle_id, .score = e2 };
    struct int_row row = { 0 };
    TRY(query_one(c, tx, &scores_above, &in, &row));
    *ret_n = row.n;
    return ERR_OK;
}

static const struct query scores_equal = {
    .sql = "SELECT anonymized_id AS id FROM final_scores WHERE admission_cycle_id = :cycle_id"
           " AND final_score = :score",
    .in = &cycle_in_schema,
    .out = &name_schema,
};

err verify_scores_equal(struct ctx *c, struct tx *tx, struct str cycle_id, int64_t e2, row_fn *fn,
                        void *arg)
{
    const struct cycle_in in = { .cycle_id = cycle_id, .score = e2 };
    return query_each(c, tx, &scores_equal, &in, fn, arg);
}

static const struct query last_login = {
    .sql = "SELECT MAX(ts) AS n FROM audit_entry WHERE subj = :cycle_id"
           " AND (act || '') = 'admin.login'",
    .in = &cycle_in_schema,
    .out = &some_int_schema,
};

err verify_last_login(struct ctx *c, struct tx *tx, struct str subj, int64_t *ret_ts,
                      bool *ret_found)
{
    struct int_row row = { 0 };
    TRY(query_one(c, tx, &last_login, &(struct cycle_in){ .cycle_id = subj }, &row));
    *ret_found = row.n != SCHEMA_NULL_I64;
    *ret_ts = row.n;
    return ERR_OK;
}

static const struct field object_fields[] = {
    FIELD_STR(struct verify_object, type),
    FIELD_STR(struct verify_object, name),
    FIELD_STR(struct verify_object, tbl_name),
    FIELD_STR(struct verify_object, sql, .flags = FIELD_NULL),
};
static SCHEMA(object_schema, "VerifyObject", struct verify_object, object_fields);

static const struct query sqlite_objects = {
    .sql = "SELECT type, name, tbl_name, sql FROM sqlite_master"
           " WHERE type IN ('table', 'view', 'trigger') ORDER BY name",
    .out = &object_schema,
};

/* Of the schema that the tables are in; what an extension brought is its own. A foreign key's own
 * triggers count when somebody put them to sleep. */
static const struct query postgres_objects = {
    .sql = "SELECT CAST(CASE WHEN r.relkind IN ('r', 'p') THEN 'table' ELSE 'view' END AS TEXT)"
           " AS type, CAST(r.relname AS TEXT) AS name, CAST(r.relname AS TEXT) AS tbl_name,"
           " CAST(NULL AS TEXT) AS sql FROM pg_class r"
           " WHERE r.relnamespace = CAST(current_schema() AS REGNAMESPACE)"
           " AND r.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT EXISTS (SELECT 1 FROM pg_depend d"
           " WHERE d.objid = r.oid AND d.deptype = 'e')"
           " UNION ALL SELECT 'trigger', CAST(g.tgname AS TEXT), CAST(r.relname AS TEXT),"
           " pg_get_triggerdef(g.oid, TRUE) || ' ' || CAST(g.tgenabled AS TEXT) || ' ' || l.lanname"
           " || ' ' || btrim(f.prosrc) FROM pg_trigger g JOIN pg_class r ON r.oid = g.tgrelid"
           " JOIN pg_proc f ON f.oid = g.tgfoid JOIN pg_language l ON l.oid = f.prolang"
           " WHERE r.relnamespace = CAST(current_schema() AS REGNAMESPACE)"
           " AND (NOT g.tgisinternal OR g.tgenabled <> 'O')"
           " UNION ALL SELECT 'trigger', CAST(w.rulename AS TEXT), CAST(r.relname AS TEXT),"
           " pg_get_ruledef(w.oid) FROM pg_rewrite w JOIN pg_class r ON r.oid = w.ev_class"
           " WHERE r.relnamespace = CAST(current_schema() AS REGNAMESPACE)"
           " AND w.rulename <> '_RETURN' ORDER BY 2",
    .out = &object_schema,
};

err verify_objects(struct ctx *c, struct tx *tx, row_fn *fn, void *arg)
{
    bool sqlite = strcmp(db_engine(c->deps->db), "sqlite") == 0;
    return query_each(c, tx, sqlite ? &sqlite_objects : &postgres_objects, NULL, fn, arg);
}
