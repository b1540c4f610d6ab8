/* Names of the bias rules, and their thresholds with defaults and bounds. */
#include "domain/bias.h"

static const char *const type_text[] = { "APPEARANCE",       "GENDER",        "NAME",
                                         "ACCENT",           "SOCIOECONOMIC", "PERSONAL_CONNECTION",
                                         "IRRELEVANT_FACTOR" };
_Static_assert(sizeof(type_text) / sizeof(type_text[0]) == BIAS_TYPES, "a name for each type");
static const char *const severity_text[] = { "NONE", "LOW", "MEDIUM", "HIGH", "CRITICAL" };
static const char *const action_text[] = { "NONE", "NUDGE", "WARN", "BLOCK" };
static const char *const source_text[] = { "llm", "rules" };
static const char *const response_text[] = { "NONE", "INFO", "WARNING", "BLOCK", "SUPPRESSED" };
static const char *const reason_text[] = { "", "SEVERITY", "STATUS", "STRIKE_LIMIT", "DUPLICATE" };
static const char *const flag_text[] = { "", "REVIEW", "CRITICAL_INCIDENT", "STATUS",
                                         "STRIKE_LIMIT" };
static const char *const status_text[] = { "ACTIVE", "WARNED", "SUSPENDED", "BANNED" };
NAMES(bias_type_names, type_text);
NAMES(bias_severity_names, severity_text);
NAMES(bias_action_names, action_text);
NAMES(bias_source_names, source_text);
NAMES(bias_response_names, response_text);
NAMES(bias_reason_names, reason_text);
NAMES(bias_flag_names, flag_text);
NAMES(bias_status_names, status_text);
const struct names bias_cap_names = { response_text, RESPOND_BLOCK + 1 };

static const struct field fields[] = { BIAS_SETTINGS_FIELDS(struct bias_settings, ) };
SCHEMA(bias_settings_schema, "BiasSettings", struct bias_settings, fields);

const struct bias_settings bias_settings_default = {
    .nudge_threshold_low = 0.3,
    .nudge_threshold_medium = 0.6,
    .nudge_threshold_high = 0.85,
    .strike_limit_per_interview = 3,
    .strike_warn_per_cycle = 3,
    .strike_limit_per_cycle = 5,
    .strike_limit_lifetime = 10,
    .strike_reset_days = 90,
    .stt_min_confidence = 0.5,
    .bias_fallback_max = RESPOND_INFO,
    .bias_late_seconds = 60,
    .bias_dedupe_seconds = 15,
    .auto_block = true,
};

err bias_settings_check(struct ctx *c, const struct bias_settings *s)
{
    if (!(s->nudge_threshold_low >= 0 && s->nudge_threshold_high <= 1))
        return FAIL(c, INVALID, "NUDGE_THRESHOLD_LOW and _HIGH must lie in 0 to 1");
    if (!(s->nudge_threshold_low <= s->nudge_threshold_medium &&
          s->nudge_threshold_medium <= s->nudge_threshold_high))
        return FAIL(c, INVALID,
                    "NUDGE_THRESHOLD_LOW, _MEDIUM and _HIGH must not fall in this order");
    if (s->strike_limit_per_cycle < s->strike_warn_per_cycle)
        return FAIL(c, INVALID, "STRIKE_LIMIT_PER_CYCLE must not be below STRIKE_WARN_PER_CYCLE");
    if (s->strike_limit_lifetime < s->strike_limit_per_cycle)
        return FAIL(c, INVALID, "STRIKE_LIMIT_LIFETIME must not be below STRIKE_LIMIT_PER_CYCLE");
    return ERR_OK;
}
