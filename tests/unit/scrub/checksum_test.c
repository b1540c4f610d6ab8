/* Check digits: published examples pass, one digit off fails. */
#include "scrub/checksum.h"

#include "support/scrub_gives.h"

static void published_numbers_pass(void **state)
{
    (void)state;
    assert_true(luhn_valid("4111111111111111", 16) && !luhn_valid("4111111111111112", 16));
    assert_true(verhoeff_valid("2363", 4) && !verhoeff_valid("2364", 4));
    assert_true(iban_valid("gb82west12345698765432", 22));
    assert_true(iban_valid("de89370400440532013000", 22));
    assert_false(iban_valid("gb82west12345698765433", 22));
    assert_false(iban_valid("gb82", 4));
    assert_true(cn_resident_valid("11010519491231002x") &&
                !cn_resident_valid("110105194912310021"));
    assert_true(pesel_valid("44051401359") && !pesel_valid("44051401358"));
    assert_true(tc_valid("10000000146") && !tc_valid("10000000147"));
    assert_true(cpf_valid("52998224725") && !cpf_valid("52998224726"));
    assert_true(dni_valid("12345678", 'z') && !dni_valid("12345678", 'a'));
    assert_true(nir_valid("255081416802538") && !nir_valid("255081416802539"));
    assert_true(month_day_valid("1231") && !month_day_valid("1331") && !month_day_valid("0132"));
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(published_numbers_pass) };
    return cmocka_run_group_tests(tests, gives_open, gives_close);
}
