/* The same names in lower case, as columns and JSON say them; 0 has a name where NULL may not
 * stand. */
#include "domain/bias.h"

static const char *const type_text[] = { "appearance",       "gender",        "name",
                                         "accent",           "socioeconomic", "personal_connection",
                                         "irrelevant_factor" };
_Static_assert(sizeof(type_text) / sizeof(type_text[0]) == BIAS_TYPES, "a code for each type");
static const char *const severity_text[] = { "none", "low", "medium", "high", "critical" };
static const char *const action_text[] = { "none", "nudge", "warn", "block" };
static const char *const source_text[] = { "llm", "rules" };
static const char *const response_text[] = { "none", "info", "warning", "block", "suppressed" };
static const char *const reason_text[] = { "none", "severity", "status", "strike_limit",
                                           "duplicate" };
static const char *const flag_text[] = { "none", "review", "critical_incident", "status",
                                         "strike_limit" };
static const char *const status_text[] = { "active", "warned", "suspended", "banned" };
NAMES(bias_type_codes, type_text);
NAMES(bias_severity_codes, severity_text);
NAMES(bias_action_codes, action_text);
NAMES(bias_source_codes, source_text);
NAMES(bias_response_codes, response_text);
NAMES(bias_reason_codes, reason_text);
NAMES(bias_flag_codes, flag_text);
NAMES(bias_status_codes, status_text);
