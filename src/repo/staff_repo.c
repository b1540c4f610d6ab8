/* SQL for managing members of staff and their logins. */
#include "repo/staff_repo.h"

static const struct field row_fields[] = {
    FIELD_STR(struct staff_user, admin_id),
    FIELD_STR(struct staff_user, username),
    FIELD_STR(struct staff_user, username_key),
    FIELD_STR(struct staff_user, email, .flags = FIELD_PII),
    FIELD_ENUM(struct staff_user, role, .names = &admin_role_names),
    FIELD_BOOL(struct staff_user, is_active),
    FIELD_TIME(struct staff_user, created_at),
    FIELD_TIME(struct staff_user, last_login, .flags = FIELD_NULL),
    FIELD_TIME(struct staff_user, factor_at, .flags = FIELD_NULL),
};
static SCHEMA(row_schema, "StaffRow", struct staff_user, row_fields);

struct page_in {
    struct str after, role;
    bool active_only;
    int64_t limit;
};
static const struct field page_fields[] = {
    FIELD_STR(struct page_in, after),
    FIELD_STR(struct page_in, role),
    FIELD_BOOL(struct page_in, active_only),
    FIELD_I64(struct page_in, limit),
};
static SCHEMA(page_schema, "StaffPageIn", struct page_in, page_fields);

struct count_row {
    int64_t n;
};
static const struct field count_fields[] = { FIELD_I64(struct count_row, n) };
static SCHEMA(count_schema, "StaffCount", struct count_row, count_fields);

#define SELECT_                                                                                    \
    "SELECT u.admin_id, u.username, u.username_key, u.email, u.role, u.is_active, u.created_at,"   \
    " u.last_login, f.confirmed_at AS factor_at FROM admin_users u"                                \
    " LEFT JOIN admin_second_factors f ON f.admin_id = u.admin_id"
#define WANTED_                                                                                    \
    " (CAST(:role AS TEXT) = '' OR u.role = :role) AND (u.is_active OR NOT :active_only)"

static struct page_in page_of(const struct staff_page *p)
{
    return (struct page_in){
        .after = p->after.p ? p->after : (struct str){ "", 0 },
        .role = p->role < 0 ? (struct str){ "", 0 }
                            : (struct str){ admin_role_names.v[p->role],
                                            strlen(admin_role_names.v[p->role]) },
        .active_only = p->active_only,
        .limit = p->limit,
    };
}

static const struct query page = {
    .sql = SELECT_ " WHERE u.username_key > :after AND" WANTED_
                   " ORDER BY u.username_key LIMIT :limit",
    .in = &page_schema,
    .out = &row_schema,
};

static void finish(struct staff_user *u)
{
    u->second_factor = u->factor_at != 0;
}

err staff_repo_page(struct ctx *c, struct tx *tx, const struct staff_page *p, struct list *ret_rows)
{
    const struct page_in in = page_of(p);
    struct list rows = { 0 };
    TRY(query_list(c, tx, &page, &in, (size_t)p->limit, &rows));
    struct staff_user *v = arena_array(c->mem, struct staff_user, rows.n + 1);
    const struct staff_user *from = rows.v;
    for (size_t i = 0; i < rows.n; i++) {
        v[i] = from[i];
        finish(&v[i]);
    }
    *ret_rows = (struct list){ v, rows.n };
    return ERR_OK;
}

static const struct query count = {
    .sql = "SELECT COUNT(*) AS n FROM admin_users u WHERE" WANTED_,
    .in = &page_schema,
    .out = &count_schema,
};

err staff_repo_count(struct ctx *c, struct tx *tx, const struct staff_page *p, int64_t *ret_n)
{
    const struct page_in in = page_of(p);
    struct count_row row = { 0 };
    TRY(query_one(c, tx, &count, &in, &row));
    *ret_n = row.n;
    return ERR_OK;
}

static const struct query get = {
    .sql = SELECT_ " WHERE u.admin_id = :admin_id",
    .in = &row_schema,
    .out = &row_schema,
};

err staff_repo_get(struct ctx *c, struct tx *tx, struct str admin_id, struct staff_user *ret,
                   bool *ret_found)
{
    const struct staff_user in = { .admin_id = admin_id };
    TRY(query_find(c, tx, &get, &in, ret, ret_found));
    if (*ret_found)
        finish(ret);
    return ERR_OK;
}

static const struct query set = {
    .sql = "UPDATE admin_users SET role = :role, is_active = :is_active WHERE admin_id = :admin_id",
    .in = &row_schema,
};

err staff_repo_set(struct ctx *c, struct tx *tx, struct str admin_id, int32_t role, bool is_active)
{
    const struct staff_user in = { .admin_id = admin_id, .role = role, .is_active = is_active };
    return query_run(c, tx, &set, &in, NULL);
}

static const struct query other_supers = {
    .sql = "SELECT COUNT(*) AS n FROM admin_users WHERE role = 'super_admin' AND is_active"
           " AND admin_id <> :admin_id",
    .in = &row_schema,
    .out = &count_schema,
};

err staff_repo_other_supers(struct ctx *c, struct tx *tx, struct str admin_id, int64_t *ret_n)
{
    struct count_row row = { 0 };
    TRY(query_one(c, tx, &other_supers, &(struct staff_user){ .admin_id = admin_id }, &row));
    *ret_n = row.n;
    return ERR_OK;
}

struct password_in {
    struct str admin_id, old_hash, new_hash;
};
static const struct field password_fields[] = {
    FIELD_STR(struct password_in, admin_id),
    FIELD_STR(struct password_in, old_hash, .flags = FIELD_SECRET),
    FIELD_STR(struct password_in, new_hash, .flags = FIELD_SECRET),
};
static SCHEMA(password_schema, "StaffPasswordIn", struct password_in, password_fields);

static const struct query password = {
    .sql = "UPDATE admin_users SET password_hash = :new_hash WHERE admin_id = :admin_id"
           " AND is_active AND password_hash = :old_hash",
    .in = &password_schema,
};

err staff_repo_password(struct ctx *c, struct tx *tx, struct str admin_id, struct str old_hash,
                        struct str new_hash, bool *ret_changed)
{
    const struct password_in in = { admin_id, old_hash, new_hash };
    int64_t changed = 0;
    TRY(query_run(c, tx, &password, &in, &changed));
    *ret_changed = changed == 1;
    return ERR_OK;
}

static const struct field login_fields[] = {
    FIELD_STR(struct staff_login, session_id),
    FIELD_TIME(struct staff_login, created_at),
    FIELD_TIME(struct staff_login, last_active_at),
    FIELD_TIME(struct staff_login, expires_at),
    FIELD_STR(struct staff_login, ip_address, .flags = FIELD_NULL | FIELD_PII),
    FIELD_STR(struct staff_login, user_agent, .flags = FIELD_NULL | FIELD_PII),
};
static SCHEMA(login_schema, "StaffLoginRow", struct staff_login, login_fields);

struct login_in {
    struct str admin_id, session_id;
    int64_t now, idle_since, limit;
};
static const struct field login_in_fields[] = {
    FIELD_STR(struct login_in, admin_id), FIELD_STR(struct login_in, session_id),
    FIELD_TIME(struct login_in, now),     FIELD_TIME(struct login_in, idle_since),
    FIELD_I64(struct login_in, limit),
};
static SCHEMA(login_in_schema, "StaffLoginIn", struct login_in, login_in_fields);

static const struct query logins = {
    .sql = "SELECT session_id, created_at, last_active_at, expires_at, ip_address, user_agent"
           " FROM admin_sessions WHERE admin_id = :admin_id AND NOT revoked AND expires_at > :now"
           " AND last_active_at >= :idle_since ORDER BY created_at DESC, session_id LIMIT :limit",
    .in = &login_in_schema,
    .out = &login_schema,
};

err staff_repo_logins(struct ctx *c, struct tx *tx, struct str admin_id, int64_t now,
                      int64_t idle_since, int64_t limit, struct list *ret_rows)
{
    const struct login_in in = {
        .admin_id = admin_id, .now = now, .idle_since = idle_since, .limit = limit
    };
    return query_list(c, tx, &logins, &in, (size_t)limit, ret_rows);
}

static const struct query login_live = {
    .sql = "SELECT session_id, created_at, last_active_at, expires_at, ip_address, user_agent"
           " FROM admin_sessions WHERE session_id = :session_id AND NOT revoked"
           " AND expires_at > :now",
    .in = &login_in_schema,
    .out = &login_schema,
};

err staff_repo_login_live(struct ctx *c, struct tx *tx, struct str session_id, int64_t now,
                          bool *ret_live)
{
    const struct login_in in = { .session_id = session_id, .now = now };
    struct staff_login row;
    return query_find(c, tx, &login_live, &in, &row, ret_live);
}

static const struct query login_end = {
    .sql = "UPDATE admin_sessions SET revoked = TRUE WHERE session_id = :session_id"
           " AND admin_id = :admin_id AND NOT revoked",
    .in = &login_in_schema,
};

err staff_repo_login_end(struct ctx *c, struct tx *tx, struct str admin_id, struct str session_id,
                         int64_t *ret_changed)
{
    const struct login_in in = { .admin_id = admin_id, .session_id = session_id };
    return query_run(c, tx, &login_end, &in, ret_changed);
}

static const struct query logins_end = {
    .sql = "UPDATE admin_sessions SET revoked = TRUE WHERE admin_id = :admin_id"
           " AND session_id <> :session_id AND NOT revoked",
    .in = &login_in_schema,
};

err staff_repo_logins_end(struct ctx *c, struct tx *tx, struct str admin_id, struct str except,
                          int64_t *ret_changed)
{
    const struct login_in in = { .admin_id = admin_id,
                                 .session_id = except.p ? except : (struct str){ "", 0 } };
    return query_run(c, tx, &logins_end, &in, ret_changed);
}
