/* SQL of the anonymous applications that wait for a person, and of what is decided. */
#include "repo/held_repo.h"

static const struct field row_fields[] = {
    FIELD_STR(struct held_row, anonymized_id),
    FIELD_STR(struct held_row, held_reason, .doc = "Code of what the verifier met."),
    FIELD_I64(struct held_row, redactions),
    FIELD_TIME(struct held_row, created_at, .doc = "The hour of the scrubbing."),
};
SCHEMA(held_row_schema, "HeldApplication", struct held_row, row_fields);

struct list_args {
    struct str cycle_id, after;
    int64_t most;
};
static const struct field list_fields[] = {
    FIELD_STR(struct list_args, cycle_id),
    FIELD_STR(struct list_args, after),
    FIELD_I64(struct list_args, most),
};
static SCHEMA(list_schema, "HeldListArgs", struct list_args, list_fields);

static const struct field item_fields[] = {
    FIELD_STR(struct held_item, anonymized_id),
    FIELD_STR(struct held_item, application_id),
    FIELD_STR(struct held_item, admission_cycle_id),
    FIELD_STR(struct held_item, held_reason, .flags = FIELD_NULL),
    FIELD_STR(struct held_item, status),
    FIELD_E2(struct held_item, gpa),
    FIELD_I64(struct held_item, redactions),
    FIELD_JSON(struct held_item, test_scores),
    FIELD_STR(struct held_item, essay_scrubbed),
    FIELD_STR(struct held_item, achievements_scrubbed),
    FIELD_STR(struct held_item, spans, .flags = FIELD_NULL),
};
static SCHEMA(item_schema, "HeldItem", struct held_item, item_fields);

static const struct field change_fields[] = {
    FIELD_STR(struct held_change, anonymized_id),
    FIELD_STR(struct held_change, application_id),
    FIELD_STR(struct held_change, admission_cycle_id),
    FIELD_STR(struct held_change, held_reason, .flags = FIELD_NULL),
    FIELD_STR(struct held_change, essay_scrubbed),
    FIELD_STR(struct held_change, achievements_scrubbed),
    FIELD_STR(struct held_change, spans),
    FIELD_I64(struct held_change, redactions),
    FIELD_TIME(struct held_change, now),
};
static SCHEMA(change_schema, "HeldChange", struct held_change, change_fields);

static const struct field correction_fields[] = {
    FIELD_STR(struct held_correction, anonymized_id),
    FIELD_STR(struct held_correction, admission_cycle_id),
    FIELD_STR(struct held_correction, field),
    FIELD_STR(struct held_correction, action),
    FIELD_STR(struct held_correction, type),
    FIELD_STR(struct held_correction, created_by),
    FIELD_I64(struct held_correction, from_byte),
    FIELD_I64(struct held_correction, to_byte),
    FIELD_TIME(struct held_correction, created_at),
};
static SCHEMA(correction_schema_, "HeldCorrection", struct held_correction, correction_fields);

err held_list(struct ctx *c, struct tx *tx, struct str cycle_id, struct str after, size_t limit,
              struct list *ret)
{
    static const struct query q = {
        "SELECT n.anonymized_id, n.held_reason, n.redactions, n.created_at "
        "FROM anonymized_applications n JOIN applications a ON a.application_id = n.application_id "
        "WHERE n.admission_cycle_id = :cycle_id AND n.held_reason IS NOT NULL "
        "AND n.anonymized_id > :after AND a.status NOT IN ('withdrawn', 'failed') "
        "AND EXISTS (SELECT 1 FROM anonymized_texts t WHERE t.anonymized_id = n.anonymized_id) "
        "ORDER BY n.anonymized_id LIMIT :most",
        &list_schema, &held_row_schema
    };
    const struct list_args args = { cycle_id, after.p ? after : (struct str){ "", 0 },
                                    (int64_t)limit };
    return query_list(c, tx, &q, &args, limit, ret);
}

err held_find(struct ctx *c, struct tx *tx, struct str anonymized_id, struct held_item *ret,
              bool *ret_found)
{
    static const struct query q = {
        "SELECT n.anonymized_id, n.application_id, n.admission_cycle_id, n.held_reason, a.status, "
        "n.gpa, n.redactions, t.test_scores, t.essay_scrubbed, t.achievements_scrubbed, t.spans "
        "FROM anonymized_applications n JOIN anonymized_texts t "
        "ON t.anonymized_id = n.anonymized_id JOIN applications a "
        "ON a.application_id = n.application_id WHERE n.anonymized_id = :anonymized_id",
        &change_schema, &item_schema
    };
    const struct held_change key = { .anonymized_id = anonymized_id };
    return query_find(c, tx, &q, &key, ret, ret_found);
}

err held_write(struct ctx *c, struct tx *tx, const struct held_change *row)
{
    static const struct query flag = {
        "UPDATE anonymized_applications SET redactions = :redactions, held_reason = :held_reason "
        "WHERE anonymized_id = :anonymized_id AND admission_cycle_id = :admission_cycle_id "
        "AND held_reason IS NOT NULL",
        &change_schema, NULL
    };
    static const struct query texts = {
        "UPDATE anonymized_texts SET essay_scrubbed = :essay_scrubbed, achievements_scrubbed = "
        ":achievements_scrubbed, spans = :spans WHERE anonymized_id = :anonymized_id "
        "AND admission_cycle_id = :admission_cycle_id",
        &change_schema, NULL
    };
    static const struct query ready = {
        "UPDATE applications SET status = 'batch_ready', updated_at = :now "
        "WHERE application_id = :application_id AND admission_cycle_id = :admission_cycle_id "
        "AND status = 'finalized'",
        &change_schema, NULL
    };
    int64_t changed = 0;
    TRY(query_run(c, tx, &flag, row, &changed));
    if (changed != 1)
        return FAIL(c, PHASE, "This application is not held any more");
    TRY(query_run(c, tx, &texts, row, NULL));
    if (row->held_reason.p)
        return ERR_OK;
    TRY(query_run(c, tx, &ready, row, &changed));
    return changed == 1 ? ERR_OK : FAIL(c, PHASE, "This application is not held any more");
}

err held_corrections_insert(struct ctx *c, struct tx *tx, const struct held_correction *v, size_t n)
{
    static const struct query q = {
        "INSERT INTO scrub_corrections (anonymized_id, admission_cycle_id, field, from_byte, "
        "to_byte, action, type, created_by, created_at) VALUES (:anonymized_id, "
        ":admission_cycle_id, :field, :from_byte, :to_byte, :action, :type, :created_by, "
        ":created_at)",
        &correction_schema_, NULL
    };
    return query_many(c, tx, &q, v, n);
}
