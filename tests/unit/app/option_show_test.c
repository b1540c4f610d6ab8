/* Options for people: each in a group, secrets without a value, values as one would write them. */
#include "app/options.h"

#include "base/str.h"

#include "../domain/vectors.h"

static struct fixture fx;
static int setup(void **state)
{
    (void)state;
    fixture_open(&fx, 4 << 20);
    return 0;
}
static int teardown(void **state)
{
    (void)state;
    fixture_close(&fx);
    return 0;
}

static const struct field *option(const char *name)
{
    for (size_t i = 0; i < options_schema.n; i++)
        if (strcmp(options_schema.fields[i].name, name) == 0)
            return &options_schema.fields[i];
    fail_msg("no option %s", name);
    return NULL;
}

static void each_has_the_group_of_its_neighbours(void **state)
{
    static const struct {
        const char *name, *group;
    } at[] = {
        { "data_dir", "basics" },
        { "log_file", "reports" },
        { "jobs", "capacity" },
        { "database_statement_timeout_ms", "database" },
        { "cors_origins", "network" },
        { "google_client_secret", "sign_in" },
        { "audit_origin", "keys" },
        { "two_person_rule", "accounts" },
        { "weight_essay", "scoring" },
        { "api_retry_delay", "models" },
        { "fairness_interval", "fairness" },
        { "prompt_dir", "models" },
        { "stt_program", "speech" },
        { "turn_secret", "interviews" },
        { "chunk_items", "jobs" },
        { "appeal_days", "applicants" },
        { "demo", "development" },
        { "strike_limit_lifetime", "monitoring" },
        { "throttle_percent", "limits" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++)
        assert_string_equal(option_group(option(at[i].name)), at[i].group);
}

static struct str text(const struct options *o, const char *name)
{
    return option_text(&fx.c, o, option(name));
}

static void values_are_text_and_secrets_are_not(void **state)
{
    (void)state;
    struct options o;
    assert_int_equal(schema_defaults(&fx.c, &options_schema, &o), ERR_OK);
    o.listen = S("[::1]:\"80\"");
    o.turn_secret = o.database_url = S("canary");
    o.weight_essay = 25;
    assert_true(str_eq(text(&o, "listen"), S("[::1]:\"80\"")));
    assert_true(str_eq(text(&o, "weight_essay"), S("0.25")));
    assert_true(str_eq(text(&o, "llm_provider"), S("builtin")));
    assert_true(str_eq(text(&o, "demo"), S("false")));
    assert_true(str_eq(text(&o, "nudge_threshold_high"), S("0.85")));
    assert_true(str_eq(text(&o, "loops"), S("0")));
    assert_null(text(&o, "turn_secret").p);
    assert_null(text(&o, "database_url").p);
    assert_true(option_is_set(&o, option("turn_secret")));
    assert_false(option_is_set(&o, option("tls_cert")));
    assert_null(text(&o, "tls_cert").p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_has_the_group_of_its_neighbours),
        cmocka_unit_test(values_are_text_and_secrets_are_not),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
