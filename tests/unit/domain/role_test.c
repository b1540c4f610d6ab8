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

static void scopes_are_found(void **state)
{
    (void)state;
    uint32_t bits = 0;
    assert_true(scope_add(S("cycles:read"), &bits));
    assert_int_equal(bits, SCOPE_CYCLES_READ);
    assert_true(scope_add(S("users:write"), &bits));
    assert_int_equal(bits, SCOPE_CYCLES_READ | SCOPE_USERS_WRITE);
    assert_false(scope_add(S("cycles"), &bits) || scope_add(S(""), &bits));
    assert_false(scope_add(S("CYCLES:READ"), &bits) || scope_add(S("cycles:read "), &bits));
    assert_int_equal(bits, SCOPE_CYCLES_READ | SCOPE_USERS_WRITE);
    for (int i = 0; i < scope_names.n; i++)
        assert_true(scope_add(str_of(scope_names.v[i]), &bits));
    assert_int_equal(bits, SCOPE_ANY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bits_follow_the_role),
        cmocka_unit_test(auditors_manage_nothing),
        cmocka_unit_test(names_are_found),
        cmocka_unit_test(scopes_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
