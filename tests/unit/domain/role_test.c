/* Roles: an unknown role may do nothing, and names keep their order. */
#include "domain/role.h"

#include "base/str.h"
#include "vectors.h"

static void bits_follow_the_role(void **state)
{
    (void)state;
    assert_int_equal(admin_role_bits(ADMIN_ROLE_ADMIN), ROLE_ADMIN);
    assert_int_equal(admin_role_bits(ADMIN_ROLE_SUPER_ADMIN), ROLE_SUPER_ADMIN);
    assert_int_equal(admin_role_bits(ADMIN_ROLE_AUDITOR), ROLE_AUDITOR);
    assert_int_equal(admin_role_bits(-1), 0);
    assert_int_equal(admin_role_bits(3), 0);
    assert_int_equal(admin_role_bits(INT32_MAX), 0);
}

static void auditors_manage_nothing(void **state)
{
    (void)state;
    assert_int_equal(admin_role_bits(ADMIN_ROLE_AUDITOR) & ROLE_MANAGERS, 0);
    assert_true(admin_role_bits(ADMIN_ROLE_AUDITOR) & ROLE_STAFF);
    assert_int_equal(ROLE_STAFF & (ROLE_STUDENT | ROLE_PUBLIC | ROLE_OPERATOR), 0);
}

static void names_are_found(void **state)
{
    (void)state;
    assert_int_equal(names_find(&admin_role_names, S("super_admin")), ADMIN_ROLE_SUPER_ADMIN);
    assert_int_equal(names_find(&admin_role_names, S("SUPER_ADMIN")), -1);
    assert_int_equal(names_find(&student_status_names, S("deleted")), STUDENT_DELETED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bits_follow_the_role),
        cmocka_unit_test(auditors_manage_nothing),
        cmocka_unit_test(names_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
