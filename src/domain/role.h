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
enum student_status { STUDENT_ACTIVE, STUDENT_SUSPENDED, STUDENT_DELETED };
extern const struct names student_status_names;

#endif
