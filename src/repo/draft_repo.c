/* SQL of drafts. */
#include "repo/draft_repo.h"

static const struct field draft_fields[] = {
    FIELD_STR(struct draft_row, draft_id),
    FIELD_STR(struct draft_row, student_id),
    FIELD_STR(struct draft_row, admission_cycle_id),
    FIELD_I64(struct draft_row, tag),
    FIELD_TIME(struct draft_row, created_at),
    FIELD_TIME(struct draft_row, updated_at),
    FIELD_STR(struct draft_row, sealed, .flags = FIELD_PII),
};
static SCHEMA(draft_schema, "DraftRow", struct draft_row, draft_fields);
static const struct field change_fields[] = {
    FIELD_STR(struct draft_row, student_id),
    FIELD_STR(struct draft_row, admission_cycle_id, .flags = FIELD_NULL),
    FIELD_I64(struct draft_row, tag),
    FIELD_I64(struct draft_row, old_tag),
    FIELD_TIME(struct draft_row, updated_at, .flags = FIELD_NULL),
    FIELD_STR(struct draft_row, sealed, .flags = FIELD_NULL | FIELD_PII),
};
static SCHEMA(change_schema, "DraftChange", struct draft_row, change_fields);

#define DRAFT_SELECT                                                                               \
    "SELECT draft_id, student_id, admission_cycle_id, tag, created_at, updated_at, sealed"         \
    " FROM application_drafts WHERE student_id = :student_id"

static const struct query of_cycle = {
    .sql = DRAFT_SELECT " AND admission_cycle_id = :admission_cycle_id",
    .in = &change_schema,
    .out = &draft_schema,
};
static const struct query newest = {
    .sql = DRAFT_SELECT " ORDER BY updated_at DESC, draft_id LIMIT 1",
    .in = &change_schema,
    .out = &draft_schema,
};

err draft_find(struct ctx *c, struct tx *tx, struct str student_id, struct str cycle_id,
               struct draft_row *ret, bool *ret_found)
{
    const struct draft_row in = { .student_id = student_id, .admission_cycle_id = cycle_id };
    return query_find(c, tx, cycle_id.p ? &of_cycle : &newest, &in, ret, ret_found);
}

static const struct query all = {
    .sql = DRAFT_SELECT " ORDER BY updated_at DESC, draft_id",
    .in = &change_schema,
    .out = &draft_schema,
};

err draft_list(struct ctx *c, struct tx *tx, struct str student_id, size_t limit, struct list *ret)
{
    const struct draft_row in = { .student_id = student_id };
    return query_list(c, tx, &all, &in, limit, ret);
}

static const struct query insert = {
    .sql = "INSERT INTO application_drafts (draft_id, student_id, admission_cycle_id, tag,"
           " created_at, updated_at, sealed) VALUES (:draft_id, :student_id,"
           " :admission_cycle_id, :tag, :created_at, :updated_at, :sealed)",
    .in = &draft_schema,
};

err draft_insert(struct ctx *c, struct tx *tx, const struct draft_row *row)
{
    return query_run(c, tx, &insert, row, NULL);
}

static const struct query update = {
    .sql = "UPDATE application_drafts SET sealed = :sealed, tag = :tag, updated_at = :updated_at"
           " WHERE student_id = :student_id AND admission_cycle_id = :admission_cycle_id"
           " AND tag = :old_tag",
    .in = &change_schema,
};

err draft_update(struct ctx *c, struct tx *tx, const struct draft_row *row, int64_t *ret_changed)
{
    return query_run(c, tx, &update, row, ret_changed);
}

static const struct query delete_tagged = {
    .sql = "DELETE FROM application_drafts WHERE student_id = :student_id"
           " AND admission_cycle_id = :admission_cycle_id AND tag = :old_tag",
    .in = &change_schema,
};

err draft_delete_tagged(struct ctx *c, struct tx *tx, const struct draft_row *row,
                        int64_t *ret_changed)
{
    return query_run(c, tx, &delete_tagged, row, ret_changed);
}

static const struct query delete_of = {
    .sql = "DELETE FROM application_drafts WHERE student_id = :student_id"
           " AND admission_cycle_id = :admission_cycle_id",
    .in = &change_schema,
};

err draft_delete_of(struct ctx *c, struct tx *tx, struct str student_id, struct str cycle_id)
{
    const struct draft_row in = { .student_id = student_id, .admission_cycle_id = cycle_id };
    return query_send(c, tx, &delete_of, &in, 1);
}

struct late_row {
    bool late;
};
static const struct field late_fields[] = { FIELD_BOOL(struct late_row, late) };
static SCHEMA(late_schema, "DraftLate", struct late_row, late_fields);
static const struct query late = {
    .sql = "SELECT EXISTS (SELECT 1 FROM applications WHERE student_id = :student_id"
           " AND admission_cycle_id = :admission_cycle_id) AS late",
    .in = &change_schema,
    .out = &late_schema,
};

err draft_is_late(struct ctx *c, struct tx *tx, struct str student_id, struct str cycle_id,
                  bool *ret_late)
{
    const struct draft_row in = { .student_id = student_id, .admission_cycle_id = cycle_id };
    struct late_row row = { 0 };
    TRY(query_one(c, tx, &late, &in, &row));
    *ret_late = row.late;
    return ERR_OK;
}
