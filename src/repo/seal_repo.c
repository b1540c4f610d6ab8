/* SQL over every sealed column. */
#include "repo/seal_repo.h"

struct seal_page {
    struct str after;
    int64_t most;
};
static const struct field page_fields[] = {
    FIELD_STR(struct seal_page, after),
    FIELD_I64(struct seal_page, most),
};
static SCHEMA(page_schema, "SealPage", struct seal_page, page_fields);
static const struct field seal_fields[] = {
    FIELD_STR(struct seal_row, id),
    FIELD_STR(struct seal_row, token, .flags = FIELD_PII),
};
static SCHEMA(seal_schema, "SealRow", struct seal_row, seal_fields);
static const struct field update_fields[] = {
    FIELD_STR(struct seal_row, id),
    FIELD_STR(struct seal_row, token, .flags = FIELD_PII),
    FIELD_STR(struct seal_row, old_token, .flags = FIELD_PII),
};
static SCHEMA(update_schema, "SealUpdate", struct seal_row, update_fields);
struct seal_total {
    int64_t total;
};
static const struct field total_fields[] = { FIELD_I64(struct seal_total, total) };
static SCHEMA(total_schema, "SealTotal", struct seal_total, total_fields);

/* The same over a numbered table: ids travel as text, and "" is before all of them. */
#define PAGE_I64(id_, token_, table_)                                                              \
    {                                                                                              \
        .sql = "SELECT CAST(" id_ " AS TEXT) AS id, " token_ " AS token FROM " table_              \
               " WHERE " token_ " IS NOT NULL AND (CAST(:after AS TEXT) = '' OR " id_              \
               " > CAST('0' || CAST(:after AS TEXT) AS BIGINT)) ORDER BY " id_ " LIMIT :most",     \
        .in = &page_schema, .out = &seal_schema                                                    \
    }
#define UPDATE_I64(id_, token_, table_)                                                            \
    {                                                                                              \
        .sql = "UPDATE " table_ " SET " token_ " = :token WHERE " id_                              \
               " = CAST(CAST(:id AS TEXT) AS BIGINT) AND " token_ " = :old_token",                 \
        .in = &update_schema                                                                       \
    }
#define PAGE(id_, token_, table_)                                                                  \
    {                                                                                              \
        .sql = "SELECT " id_ " AS id, " token_ " AS token FROM " table_ " WHERE " token_           \
               " IS NOT NULL AND " id_ " > :after ORDER BY " id_ " LIMIT :most",                   \
        .in = &page_schema, .out = &seal_schema                                                    \
    }
#define UPDATE(id_, token_, table_)                                                                \
    {                                                                                              \
        .sql = "UPDATE " table_ " SET " token_ " = :token WHERE " id_ " = :id AND " token_         \
               " = :old_token",                                                                    \
        .in = &update_schema                                                                       \
    }

static const struct query pages[] = {
    [SEAL_APPLICATION] = PAGE("application_id", "sealed_identity", "application_texts"),
    [SEAL_MAPPING] = PAGE("anonymized_id", "encrypted_pii", "identity_mapping"),
    [SEAL_SUBJECT_KEY] = PAGE("subject", "wrapped", "subject_key"),
    [SEAL_LEGACY_AUDIT] = PAGE_I64("log_id", "sealed_details", "legacy_audit_logs"),
    [SEAL_SECOND_FACTOR] = PAGE("admin_id", "sealed_secret", "admin_second_factors"),
    [SEAL_DRAFT] = PAGE("draft_id", "sealed", "application_drafts"),
    [SEAL_READ_REASON] = PAGE("read_id", "sealed_reason", "identity_reads"),
};
static const struct query updates[] = {
    [SEAL_APPLICATION] = UPDATE("application_id", "sealed_identity", "application_texts"),
    [SEAL_MAPPING] = UPDATE("anonymized_id", "encrypted_pii", "identity_mapping"),
    [SEAL_SUBJECT_KEY] = UPDATE("subject", "wrapped", "subject_key"),
    [SEAL_LEGACY_AUDIT] = UPDATE_I64("log_id", "sealed_details", "legacy_audit_logs"),
    [SEAL_SECOND_FACTOR] = UPDATE("admin_id", "sealed_secret", "admin_second_factors"),
    [SEAL_DRAFT] = UPDATE("draft_id", "sealed", "application_drafts"),
    [SEAL_READ_REASON] = UPDATE("read_id", "sealed_reason", "identity_reads"),
};
_Static_assert(sizeof(pages) / sizeof(pages[0]) == SEAL_COLUMN_COUNT, "one page query a column");
_Static_assert(sizeof(updates) / sizeof(updates[0]) == SEAL_COLUMN_COUNT, "one update a column");
static const struct query count = {
    .sql = "SELECT (SELECT COUNT(sealed_identity) FROM application_texts)"
           " + (SELECT COUNT(*) FROM identity_mapping) + (SELECT COUNT(*) FROM subject_key)"
           " + (SELECT COUNT(sealed_details) FROM legacy_audit_logs)"
           " + (SELECT COUNT(*) FROM admin_second_factors)"
           " + (SELECT COUNT(*) FROM application_drafts)"
           " + (SELECT COUNT(sealed_reason) FROM identity_reads)"
           " AS total",
    .out = &total_schema,
};

err seal_repo_page(struct ctx *c, struct tx *tx, enum seal_column column, struct str after,
                   size_t limit, struct list *ret_rows)
{
    const struct seal_page in = { .after = after.p ? after : S(""), .most = (int64_t)limit };
    return query_list(c, tx, &pages[column], &in, limit, ret_rows);
}

err seal_repo_update(struct ctx *c, struct tx *tx, enum seal_column column,
                     const struct seal_row *row, int64_t *ret_changed)
{
    return query_run(c, tx, &updates[column], row, ret_changed);
}

err seal_repo_count(struct ctx *c, struct tx *tx, int64_t *ret_total)
{
    struct seal_total t = { 0 };
    TRY(query_one(c, tx, &count, NULL, &t));
    *ret_total = t.total;
    return ERR_OK;
}
