/* Likeness to a part of the name, and what only looks alike. */
#include "scrub/own.h"

#include "support/scrub_gives.h"

static void one_edit(void **state)
{
    (void)state;
    static const char *const near[][2] = { { "maria", "maria" },
                                           { "maria", "mario" },
                                           { "maria", "marai" },
                                           { "maria", "mara" },
                                           { "maria", "mariah" } };
    static const char *const far[][2] = {
        { "maria", "martin" }, { "maria", "airam" }, { "maria", "mar" }, { "", "ab" }
    };
    for (size_t i = 0; i < sizeof(near) / sizeof(near[0]); i++)
        assert_true(one_edit_apart(str_of(near[i][0]), str_of(near[i][1])));
    for (size_t i = 0; i < sizeof(far) / sizeof(far[0]); i++)
        assert_false(one_edit_apart(str_of(far[i][0]), str_of(far[i][1])));
}

static void pet_forms(void **state)
{
    (void)state;
    static const char *const pets[][2] = { { "tommy", "tom" },
                                           { "josie", "josephine" },
                                           { "lulu", "lucia" },
                                           { "katka", "katarina" },
                                           { "danny", "daniel" } };
    static const char *const others[][2] = { { "marble", "maria" },
                                             { "toronto", "tom" },
                                             { "lala", "lucia" } };
    for (size_t i = 0; i < sizeof(pets) / sizeof(pets[0]); i++)
        assert_true(pet_form(str_of(pets[i][0]), str_of(pets[i][1])));
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        assert_false(pet_form(str_of(others[i][0]), str_of(others[i][1])));
}

static void joined_forms(void **state)
{
    (void)state;
    struct ctx c;
    struct own *own = arena_new(gives_mem, struct own);
    const struct scrub_identity who = { .name = S_INIT("Maria Rossi") };
    ctx_init(&c, gives_mem, NULL, 0);
    assert_int_equal(own_make(&c, &lexicon_builtin, &who, own), ERR_OK);
    assert_true(joined_name(own, S("mariarossi")));
    assert_true(joined_name(own, S("rossim")));
    assert_true(joined_name(own, S("mrossi")));
    assert_false(joined_name(own, S("mirror")));
    assert_false(joined_name(own, S("maria")));
    assert_false(joined_name(own, S("marbles")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_edit),
        cmocka_unit_test(pet_forms),
        cmocka_unit_test(joined_forms),
    };
    return cmocka_run_group_tests(tests, gives_open, gives_close);
}
