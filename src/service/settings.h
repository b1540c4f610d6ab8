/* service/settings.h: what administrators may turn; filled by app from the option table.
 * Constant while the process runs. */
#ifndef ENIGMA_SERVICE_SETTINGS_H
#define ENIGMA_SERVICE_SETTINGS_H

#include "base/ctx.h"
#include "base/str.h"
#include "domain/bias.h"
#include "domain/score.h"

struct settings {
    struct weights weights;
    int64_t admin_token_hours, student_session_hours; /* absolute lives */
    int64_t admin_idle_minutes, student_idle_minutes;
    int64_t bcrypt_cost;
    int64_t login_failures_account, login_failures_address, login_window_minutes;
    int64_t judge_attempts; /* Worker/Judge rounds, 1 to 10 */
    /* Fairness check: percent, applications, variants, hundredths of a point; 0: the usual. */
    int64_t fairness_sample, fairness_sample_least, fairness_variants;
    int64_t fairness_shift, fairness_interval;
    int64_t request_budget_ms; /* a phase request waits this long, then answers 202 */
    int64_t chunk_items, lease_seconds, job_attempts;
    int64_t idempotency_hours;
    struct str provider;   /* "builtin", "external", "openai"; empty: as "builtin" */
    struct str export_dir; /* BATCH_EXPORT_DIR, generated names only */
    struct str consent_version, consent_text; /* empty: the built-in text */
    int64_t appeal_days;                      /* after the publication */
    int64_t transcript_retention_days, draft_retention_days;
    struct str web_dir; /* development: where the web interface is built; empty: embedded */
    int64_t interview_join_minutes; /* before a slot and after it; 0: a day */
    struct str base_url;            /* for printed links; empty: from the listener */
    bool demo;
    bool require_2fa;             /* a super_admin without a second factor may only set one up */
    bool two_person_rule;         /* selection and publication need two administrators */
    int64_t approval_minutes;     /* the first of them counts so long */
    bool audit_pending;           /* entries wait for the sequencer on every engine */
    bool public_interview_status; /* anybody may ask whether an interview has begun */
    bool bias_off;                /* nobody analyses what evaluators say */
    int32_t transcription;        /* enum transcription of this process */
    struct bias_settings bias;    /* all zero: the defaults */
    int64_t bias_pause_minutes, bias_later_hours, bias_gap_seconds;
};

/* A setting, or its default where the settings or the value are not there. */
static inline int64_t setting_or(int64_t value, int64_t preset)
{
    return value > 0 ? value : preset;
}

/* Those of this process; all zero where it has none (tests, tools). */
static inline const struct settings *settings_of(const struct ctx *c)
{
    static const struct settings none;
    return c->deps->settings ? c->deps->settings : &none;
}

static inline const struct weights *weights_of(const struct ctx *c)
{
    return c->deps->settings ? &c->deps->settings->weights : &weights_default;
}

/* Whose opinions are asked for where a cycle names nobody. */
static inline struct str provider_usual(const struct ctx *c)
{
    const struct str own = settings_of(c)->provider;
    return own.n ? own : S("builtin");
}

#endif
