/* SQL of the record of reads. */
#include "repo/read_repo.h"

static const struct field read_fields[] = {
    FIELD_STR(struct identity_read_row, read_id),
    FIELD_STR(struct identity_read_row, subject),
    FIELD_STR(struct identity_read_row, admin_id),
    FIELD_STR(struct identity_read_row, fields),
    FIELD_TIME(struct identity_read_row, read_at),
    FIELD_STR(struct identity_read_row, sealed_reason, .flags = FIELD_NULL | FIELD_PII),
};
static SCHEMA(read_schema, "IdentityReadRow", struct identity_read_row, read_fields);

static const struct query insert = {
    .sql = "INSERT INTO identity_reads (read_id, subject, admin_id, fields, read_at,"
           " sealed_reason) VALUES (:read_id, :subject, :admin_id, :fields, :read_at,"
           " :sealed_reason)",
    .in = &read_schema,
};

err identity_read_insert(struct ctx *c, struct tx *tx, const struct identity_read_row *row)
{
    return query_run(c, tx, &insert, row, NULL);
}

static const struct query of_subject = {
    .sql = "SELECT read_id, subject, admin_id, fields, read_at, sealed_reason FROM identity_reads"
           " WHERE subject = :subject ORDER BY read_at, read_id",
    .in = &read_schema,
    .out = &read_schema,
};

err identity_read_list(struct ctx *c, struct tx *tx, struct str subject, size_t limit,
                       struct list *ret)
{
    const struct identity_read_row in = { .subject = subject };
    return query_list(c, tx, &of_subject, &in, limit, ret);
}
