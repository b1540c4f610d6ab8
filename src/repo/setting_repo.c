/* SQL of the settings table. */
#include "repo/setting_repo.h"

struct setting_row {
    struct str name, value;
    int64_t updated_at;
};
static const struct field setting_fields[] = {
    FIELD_STR(struct setting_row, name),
    FIELD_STR(struct setting_row, value, .flags = FIELD_SECRET),
    FIELD_TIME(struct setting_row, updated_at),
};
static SCHEMA(setting_schema, "SettingRow", struct setting_row, setting_fields);

static const struct query get = {
    .sql = "SELECT name, value, updated_at FROM settings WHERE name = :name",
    .in = &setting_schema,
    .out = &setting_schema,
};

err setting_repo_get(struct ctx *c, struct tx *tx, struct str name, struct str *ret_value,
                     bool *ret_found)
{
    struct setting_row row = { 0 };
    bool found = false;
    TRY(query_find(c, tx, &get, &(struct setting_row){ .name = name }, &row, &found));
    *ret_value = row.value;
    *ret_found = found;
    return ERR_OK;
}

static const struct query set = {
    .sql = "INSERT INTO settings (name, value, updated_at) VALUES (:name, :value, :updated_at)"
           " ON CONFLICT (name) DO UPDATE SET value = excluded.value,"
           " updated_at = excluded.updated_at",
    .in = &setting_schema,
};

err setting_repo_set(struct ctx *c, struct tx *tx, struct str name, struct str value)
{
    const struct setting_row row = { .name = name, .value = value, .updated_at = c->now_us };
    return query_run(c, tx, &set, &row, NULL);
}

static const struct query delete = {
    .sql = "DELETE FROM settings WHERE name = :name",
    .in = &setting_schema,
};

err setting_repo_delete(struct ctx *c, struct tx *tx, struct str name, int64_t *ret_changed)
{
    return query_run(c, tx, &delete, &(struct setting_row){ .name = name }, ret_changed);
}
