/* domain/role.h: who may do what, as bits. Pure. */
#ifndef ENIGMA_DOMAIN_ROLE_H
#define ENIGMA_DOMAIN_ROLE_H

#include "schema/schema.h"

enum role_bit {
    ROLE_PUBLIC = 1 << 0, /* nobody in particular: said aloud in the route table */
    ROLE_STUDENT = 1 << 1,
    ROLE_ADMIN = 1 << 2,
    ROLE_SUPER_ADMIN = 1 << 3,
    ROLE_AUDITOR = 1 << 4,
    ROLE_OPERATOR = 1 << 5, /* the command line on the machine itself; never over HTTP */
};
#define ROLE_STAFF    (ROLE_ADMIN | ROLE_SUPER_ADMIN | ROLE_AUDITOR)
#define ROLE_MANAGERS (ROLE_ADMIN | ROLE_SUPER_ADMIN)
enum admin_role { ADMIN_ROLE_ADMIN, ADMIN_ROLE_SUPER_ADMIN, ADMIN_ROLE_AUDITOR };
extern const struct names admin_role_names; /* admin, super_admin, auditor */
uint32_t admin_role_bits(int32_t role);

/* What an API token may do: bits of the route table. A route without any takes no token. */
enum scope_bit {
    SCOPE_CYCLES_READ = 1 << 0,
    SCOPE_CYCLES_WRITE = 1 << 1,
    SCOPE_APPLICATIONS_READ = 1 << 2, /* anonymous ones, their results and exports */
    SCOPE_BATCHES_READ = 1 << 3,
    SCOPE_BATCHES_WRITE = 1 << 4,
    SCOPE_JOBS_READ = 1 << 5,
    SCOPE_JOBS_WRITE = 1 << 6,
    SCOPE_AUDIT_READ = 1 << 7,
    SCOPE_USERS_READ = 1 << 8,
    SCOPE_USERS_WRITE = 1 << 9,
};
#define SCOPE_ANY 0x3ffU               /* whatever the token may do */
extern const struct names scope_names; /* cycles:read, … in the order of the bits */
/* Adds the scope of that name; false: there is none. */
bool scope_add(struct str name, uint32_t *io_bits);

enum student_status { STUDENT_ACTIVE, STUDENT_SUSPENDED, STUDENT_DELETED };
extern const struct names student_status_names;

#endif
