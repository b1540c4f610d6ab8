/* SQL of interviews at work: finding, listing, slots and their changes. */
#include "repo/schedule_repo.h"

#include "domain/application.h"
#include "domain/phase.h"
#include "domain/role.h"
#include "repo/anon_repo.h"

#define R struct interview_full
#define ROW_FIELDS                                                                                 \
    FIELD_I64(R, id), FIELD_STR(R, application_id), FIELD_STR(R, admin_id),                        \
        FIELD_STR(R, admission_cycle_id), FIELD_ENUM(R, phase, .names = &phase_names),             \
        FIELD_TIME(R, finished_at, .flags = FIELD_NULL), FIELD_TIME(R, interview_time),            \
        FIELD_I64(R, duration_minutes), FIELD_STR(R, time_zone, .flags = FIELD_NULL),              \
        FIELD_STR(R, interview_link), FIELD_ENUM(R, status, .names = &interview_status_names),     \
        FIELD_STR(R, notes, .flags = FIELD_NULL), FIELD_TIME(R, started_at, .flags = FIELD_NULL),  \
        FIELD_TIME(R, completed_at, .flags = FIELD_NULL),                                          \
        FIELD_TIME(R, cancelled_at, .flags = FIELD_NULL),                                          \
        FIELD_STR(R, cancel_reason, .flags = FIELD_NULL),                                          \
        FIELD_ENUM(R, cancel_code, .flags = FIELD_NULL, .names = &interview_cancel_names),         \
        FIELD_TIME(R, created_at), FIELD_TIME(R, updated_at), FIELD_I64(R, version),               \
        FIELD_I64(R, scores), FIELD_I64(R, declined), FIELD_I64(R, barred),                        \
        FIELD_BOOL(R, admin_active), FIELD_ENUM(R, admin_role, .names = &admin_role_names)
static const struct field staff_fields[] = { ROW_FIELDS,
                                             FIELD_STR(R, anonymized_id, .flags = FIELD_NULL) };
static SCHEMA(staff_schema, "InterviewFull", struct interview_full, staff_fields);
static const struct field own_fields[] = { ROW_FIELDS, FIELD_STR(R, student_id) };
static SCHEMA(own_schema, "InterviewOwn", struct interview_full, own_fields);

struct key_in {
    int64_t id, limit, now;
    struct str text;
};
static const struct field key_fields[] = {
    FIELD_I64(struct key_in, id),
    FIELD_I64(struct key_in, limit),
    FIELD_TIME(struct key_in, now, .flags = FIELD_NULL),
    FIELD_STR(struct key_in, text, .flags = FIELD_NULL),
};
static SCHEMA(key_schema, "ScheduleKey", struct key_in, key_fields);

#define COLUMNS                                                                                    \
    "SELECT i.id, i.application_id, i.admin_id, i.admission_cycle_id, y.phase, l.finished_at, "    \
    "i.interview_time, i.duration_minutes, i.time_zone, i.interview_link, i.status, i.notes, "     \
    "i.started_at, i.completed_at, i.cancelled_at, i.cancel_reason, i.cancel_code, i.created_at, " \
    "i.updated_at, i.version, u.is_active AS admin_active, u.role AS admin_role, "                 \
    "(SELECT COUNT(*) FROM interview_scores s WHERE s.interview_id = i.id) AS scores, "            \
    "(SELECT COUNT(*) FROM coi_declarations d WHERE d.interview_id = i.id "                        \
    "AND d.admin_id = i.admin_id AND NOT d.accepted) AS declined, "                                \
    "(SELECT COUNT(*) FROM admin_bias_history h WHERE h.admin_id = i.admin_id "                    \
    "AND h.current_status IN ('suspended', 'banned')) AS barred, "
#define TABLES                                                                                     \
    " FROM interviews i JOIN admission_cycles y ON y.cycle_id = i.admission_cycle_id "             \
    "JOIN admin_users u ON u.admin_id = i.admin_id "                                               \
    "LEFT JOIN shortlists l ON l.admission_cycle_id = i.admission_cycle_id "
#define ANON                                                                                       \
    "LEFT JOIN anonymized_applications x ON x.application_id = i.application_id "                  \
    "AND x.scrub_order = " ANON_PLACE_OF("i.application_id") " "

err interview_full_find(struct ctx *c, struct tx *tx, int64_t id, struct interview_full *ret,
                        bool *ret_found)
{
    static const struct query q = {
        .sql = COLUMNS "x.anonymized_id" TABLES ANON "WHERE i.id = :id",
        .in = &key_schema,
        .out = &staff_schema,
    };
    return query_find(c, tx, &q, &(struct key_in){ .id = id }, ret, ret_found);
}

static const struct field filter_fields[] = {
    FIELD_STR(struct interview_filter, cycle_id, .flags = FIELD_NULL),
    FIELD_STR(struct interview_filter, admin_id, .flags = FIELD_NULL),
    FIELD_ENUM(struct interview_filter, status, .flags = FIELD_NULL,
               .names = &interview_status_names),
    FIELD_I64(struct interview_filter, after),
    FIELD_I64(struct interview_filter, limit),
};
static SCHEMA(filter_schema, "InterviewFilter", struct interview_filter, filter_fields);
#define FILTER                                                                                     \
    "WHERE (CAST(:cycle_id AS TEXT) IS NULL OR i.admission_cycle_id = :cycle_id) "                 \
    "AND (CAST(:admin_id AS TEXT) IS NULL OR i.admin_id = :admin_id) "                             \
    "AND (CAST(:status AS TEXT) IS NULL OR i.status = :status) "

err interview_full_list(struct ctx *c, struct tx *tx, const struct interview_filter *f,
                        struct list *ret)
{
    static const struct query q = {
        .sql = COLUMNS "x.anonymized_id" TABLES ANON FILTER
                       "AND (:after = 0 OR EXISTS (SELECT 1 FROM interviews p WHERE p.id = :after "
                       "AND (i.interview_time < p.interview_time "
                       "OR (i.interview_time = p.interview_time AND i.id < p.id)))) "
                       "ORDER BY i.interview_time DESC, i.id DESC LIMIT :limit",
        .in = &filter_schema,
        .out = &staff_schema,
    };
    return query_list(c, tx, &q, f, (size_t)f->limit, ret);
}

struct number {
    int64_t n;
};
static const struct field number_fields[] = { FIELD_I64(struct number, n) };
static SCHEMA(number_schema, "ScheduleNumber", struct number, number_fields);

err interview_full_count(struct ctx *c, struct tx *tx, const struct interview_filter *f,
                         int64_t *ret_n)
{
    static const struct query q = {
        .sql = "SELECT COUNT(*) AS n FROM interviews i " FILTER,
        .in = &filter_schema,
        .out = &number_schema,
    };
    struct number row = { 0 };
    TRY(query_one(c, tx, &q, f, &row));
    *ret_n = row.n;
    return ERR_OK;
}

err interviews_of_student(struct ctx *c, struct tx *tx, struct str student_id, int64_t limit,
                          struct list *ret)
{
    static const struct query q = {
        .sql = COLUMNS "i.student_id" TABLES "WHERE i.student_id = :text "
                       "ORDER BY i.interview_time DESC, i.id DESC LIMIT :limit",
        .in = &key_schema,
        .out = &own_schema,
    };
    const struct key_in in = { .text = student_id, .limit = limit };
    return query_list(c, tx, &q, &in, (size_t)limit, ret);
}

err interview_student_has(struct ctx *c, struct tx *tx, struct str student_id, int64_t id,
                          struct interview_full *ret, bool *ret_found)
{
    static const struct query q = {
        .sql = COLUMNS "i.student_id" TABLES "WHERE i.id = :id AND i.student_id = :text",
        .in = &key_schema,
        .out = &own_schema,
    };
    return query_find(c, tx, &q, &(struct key_in){ .id = id, .text = student_id }, ret, ret_found);
}

static const struct field candidate_fields[] = {
    FIELD_STR(struct interview_candidate, application_id),
    FIELD_STR(struct interview_candidate, anonymized_id),
    FIELD_STR(struct interview_candidate, admission_cycle_id),
    FIELD_ENUM(struct interview_candidate, phase, .names = &phase_names),
    FIELD_ENUM(struct interview_candidate, status, .names = &application_status_names),
    FIELD_TIME(struct interview_candidate, finished_at, .flags = FIELD_NULL),
    FIELD_I64(struct interview_candidate, interviews),
};
static SCHEMA(candidate_schema, "InterviewCandidate", struct interview_candidate, candidate_fields);

err interview_candidate_find(struct ctx *c, struct tx *tx, struct str anonymized_id,
                             struct interview_candidate *ret, bool *ret_found)
{
    static const struct query q = {
        .sql = "SELECT x.application_id, x.anonymized_id, y.cycle_id AS admission_cycle_id, "
               "y.phase, a.status, l.finished_at, (SELECT COUNT(*) FROM interviews i WHERE "
               "i.application_id = x.application_id AND i.status <> 'cancelled') AS interviews "
               "FROM anonymized_applications x "
               "JOIN applications a ON a.application_id = x.application_id "
               "JOIN admission_cycles y ON y.cycle_id = x.admission_cycle_id "
               "LEFT JOIN shortlists l ON l.admission_cycle_id = x.admission_cycle_id "
               "WHERE x.anonymized_id = :text",
        .in = &key_schema,
        .out = &candidate_schema,
    };
    return query_find(c, tx, &q, &(struct key_in){ .text = anonymized_id }, ret, ret_found);
}

static const struct field insert_fields[] = {
    FIELD_STR(struct interview_insert, application_id),
    FIELD_STR(struct interview_insert, admin_id),
    FIELD_STR(struct interview_insert, notes, .flags = FIELD_NULL),
    FIELD_STR(struct interview_insert, time_zone, .flags = FIELD_NULL),
    FIELD_TIME(struct interview_insert, interview_time),
    FIELD_I64(struct interview_insert, duration_minutes),
    FIELD_TIME(struct interview_insert, now),
};
static SCHEMA(insert_schema, "InterviewInsert", struct interview_insert, insert_fields);

err interview_insert(struct ctx *c, struct tx *tx, const struct interview_insert *n,
                     int64_t *ret_id, bool *ret_made)
{
    static const struct query q = {
        .sql = "INSERT INTO interviews (application_id, student_id, admin_id, admission_cycle_id, "
               "interview_time, interview_link, status, notes, duration_minutes, time_zone, "
               "created_at, updated_at) SELECT a.application_id, a.student_id, :admin_id, "
               "a.admission_cycle_id, :interview_time, '', 'scheduled', :notes, "
               ":duration_minutes, :time_zone, :now, :now FROM applications a "
               "WHERE a.application_id = :application_id AND a.student_id IS NOT NULL "
               "RETURNING id AS n",
        .in = &insert_schema,
        .out = &number_schema,
    };
    static const struct query link = {
        .sql = "UPDATE interviews SET interview_link = '/interview/' || id WHERE id = :id",
        .in = &key_schema,
    };
    struct number row = { 0 };
    TRY(query_find(c, tx, &q, n, &row, ret_made));
    if (!*ret_made)
        return ERR_OK;
    *ret_id = row.n;
    return query_run(c, tx, &link, &(struct key_in){ .id = row.n }, NULL);
}

static const struct field slots_fields[] = {
    FIELD_STR(struct interview_slots_of, admin_id, .flags = FIELD_NULL),
    FIELD_STR(struct interview_slots_of, application_id, .flags = FIELD_NULL),
    FIELD_TIME(struct interview_slots_of, from),
    FIELD_TIME(struct interview_slots_of, to),
    FIELD_I64(struct interview_slots_of, except),
};
static SCHEMA(slots_schema, "InterviewSlotsOf", struct interview_slots_of, slots_fields);
static const struct field slot_fields[] = {
    FIELD_I64(struct interview_slot, id),
    FIELD_TIME(struct interview_slot, interview_time),
    FIELD_I64(struct interview_slot, duration_minutes),
};
static SCHEMA(slot_schema, "InterviewSlot", struct interview_slot, slot_fields);
enum { SLOTS_MAX = 256 };
#define SLOTS                                                                                      \
    "SELECT i.id, i.interview_time, i.duration_minutes FROM interviews i "                         \
    "WHERE i.status = 'scheduled' AND i.interview_time BETWEEN :from AND :to "                     \
    "AND i.id <> :except AND "

err interview_slots(struct ctx *c, struct tx *tx, const struct interview_slots_of *q,
                    struct list *ret)
{
    static const struct query of_admin = {
        .sql = SLOTS "i.admin_id = :admin_id ORDER BY i.interview_time",
        .in = &slots_schema,
        .out = &slot_schema,
    };
    static const struct query of_student = {
        .sql = SLOTS "i.student_id = (SELECT a.student_id FROM applications a "
                     "WHERE a.application_id = :application_id) ORDER BY i.interview_time",
        .in = &slots_schema,
        .out = &slot_schema,
    };
    return query_list(c, tx, q->admin_id.p ? &of_admin : &of_student, q, SLOTS_MAX, ret);
}

struct write_in {
    struct interview_full row;
    int64_t now;
};
#define W struct write_in
static const struct field write_fields[] = {
    FIELD_NAMED(W, row.id, "id", F_I64, int64_t, .flags = 0),
    FIELD_NAMED(W, row.version, "version", F_I64, int64_t, .flags = 0),
    FIELD_NAMED(W, row.admin_id, "admin_id", F_STR, struct str, .flags = 0),
    FIELD_NAMED(W, row.interview_time, "interview_time", F_TIME, int64_t, .flags = 0),
    FIELD_NAMED(W, row.duration_minutes, "duration_minutes", F_I64, int64_t, .flags = 0),
    FIELD_NAMED(W, row.time_zone, "time_zone", F_STR, struct str, .flags = FIELD_NULL),
    FIELD_NAMED(W, row.interview_link, "interview_link", F_STR, struct str, .flags = 0),
    FIELD_NAMED(W, row.notes, "notes", F_STR, struct str, .flags = FIELD_NULL),
    FIELD_NAMED(W, row.status, "status", F_ENUM, int32_t, .names = &interview_status_names),
    FIELD_NAMED(W, row.completed_at, "completed_at", F_TIME, int64_t, .flags = FIELD_NULL),
    FIELD_TIME(W, now),
};
#undef W
static SCHEMA(write_schema, "InterviewWrite", struct write_in, write_fields);

err interview_write(struct ctx *c, struct tx *tx, const struct interview_full *row, int64_t now,
                    int64_t *ret_changed)
{
    static const struct query q = {
        .sql = "UPDATE interviews SET interview_time = :interview_time, duration_minutes = "
               ":duration_minutes, time_zone = :time_zone, interview_link = :interview_link, "
               "notes = :notes, status = :status, completed_at = :completed_at, "
               "updated_at = :now, version = version + 1 WHERE id = :id AND version = :version "
               "AND status <> 'cancelled'",
        .in = &write_schema,
    };
    return query_run(c, tx, &q, &(struct write_in){ *row, now }, ret_changed);
}

err interview_hand_over(struct ctx *c, struct tx *tx, const struct interview_full *row, int64_t now,
                        int64_t *ret_changed)
{
    static const struct query q = {
        .sql = "UPDATE interviews SET admin_id = :admin_id, started_at = NULL, "
               "coi_accepted_at = NULL, coi_accepted_by = NULL, updated_at = :now, "
               "version = version + 1 WHERE id = :id AND version = :version "
               "AND status = 'scheduled'",
        .in = &write_schema,
    };
    return query_run(c, tx, &q, &(struct write_in){ *row, now }, ret_changed);
}

static const struct field ended_fields[] = {
    FIELD_I64(struct interview_ended, id),
    FIELD_TIME(struct interview_ended, now),
    FIELD_STR(struct interview_ended, by, .flags = FIELD_NULL),
    FIELD_STR(struct interview_ended, reason, .flags = FIELD_NULL),
    FIELD_STR(struct interview_ended, code, .flags = FIELD_NULL),
};
static SCHEMA(ended_schema, "InterviewEnded", struct interview_ended, ended_fields);

err interview_mark_cancelled(struct ctx *c, struct tx *tx, const struct interview_ended *q,
                             int64_t *ret_changed)
{
    static const struct query cancel = {
        .sql = "UPDATE interviews SET status = 'cancelled', cancelled_at = :now, "
               "cancelled_by = :by, cancel_reason = :reason, cancel_code = :code, "
               "updated_at = :now, version = version + 1 WHERE id = :id "
               "AND status <> 'cancelled'",
        .in = &ended_schema,
    };
    return query_run(c, tx, &cancel, q, ret_changed);
}

err interview_mark_started(struct ctx *c, struct tx *tx, int64_t id, struct str admin_id,
                           int64_t now, int64_t *ret_changed)
{
    static const struct query q = {
        .sql = "UPDATE interviews SET started_at = :now, coi_accepted_at = :now, "
               "coi_accepted_by = :by, updated_at = :now, version = version + 1 WHERE id = :id "
               "AND status = 'scheduled' AND started_at IS NULL",
        .in = &ended_schema,
    };
    const struct interview_ended in = { .id = id, .now = now, .by = admin_id };
    return query_run(c, tx, &q, &in, ret_changed);
}

static const struct field missing_fields[] = {
    FIELD_STR(struct interview_missing, anonymized_id),
    FIELD_I64(struct interview_missing, cancelled),
    FIELD_STR(struct interview_missing, cancel_code, .flags = FIELD_NULL),
};
static SCHEMA(missing_schema, "InterviewMissing", struct interview_missing, missing_fields);

err interview_missing_list(struct ctx *c, struct tx *tx, struct str cycle_id, int64_t limit,
                           struct list *ret)
{
    static const struct query q = {
        .sql = "SELECT f.anonymized_id, COALESCE(o.id, 0) AS cancelled, o.cancel_code "
               "FROM final_scores f "
               "JOIN anonymized_applications x ON x.anonymized_id = f.anonymized_id "
               "LEFT JOIN interviews o ON o.id = (SELECT MAX(i.id) FROM interviews i "
               "WHERE i.application_id = x.application_id) "
               "WHERE f.admission_cycle_id = :text AND f.status = 'shortlisted' "
               "AND NOT EXISTS (SELECT 1 FROM interviews i WHERE i.application_id = "
               "x.application_id AND i.status <> 'cancelled') "
               "ORDER BY f.anonymized_id LIMIT :limit",
        .in = &key_schema,
        .out = &missing_schema,
    };
    const struct key_in in = { .text = cycle_id, .limit = limit };
    return query_list(c, tx, &q, &in, (size_t)limit, ret);
}
