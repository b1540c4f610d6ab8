/* domain/role.c: names of staff roles and student states, and their role bits. */
#include "domain/role.h"

static const char *const admin_role_text[] = { "admin", "super_admin", "auditor" };
NAMES(admin_role_names, admin_role_text);

static const char *const scope_text[] = {
    "cycles:read", "cycles:write", "applications:read", "batches:read", "batches:write",
    "jobs:read",   "jobs:write",   "audit:read",        "users:read",   "users:write",
};
NAMES(scope_names, scope_text);
_Static_assert((1U << sizeof(scope_text) / sizeof(scope_text[0])) - 1 == SCOPE_ANY,
               "a name for each scope");

bool scope_add(struct str name, uint32_t *io_bits)
{
    const int at = names_find(&scope_names, name);
    if (at < 0)
        return false;
    *io_bits |= 1U << at;
    return true;
}

static const char *const student_status_text[] = { "active", "suspended", "deleted" };
NAMES(student_status_names, student_status_text);

uint32_t admin_role_bits(int32_t role)
{
    static const uint32_t bits[] = { [ADMIN_ROLE_ADMIN] = ROLE_ADMIN,
                                     [ADMIN_ROLE_SUPER_ADMIN] = ROLE_SUPER_ADMIN,
                                     [ADMIN_ROLE_AUDITOR] = ROLE_AUDITOR };
    /* An unknown role may do nothing at all, so that a damaged row never grants a right. */
    if (role < 0 || (size_t)role >= sizeof(bits) / sizeof(bits[0]))
        return 0;
    return bits[role];
}
