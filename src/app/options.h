/* app/options.h: every setting in one table: name, type, bounds, default, sentence. The table
 * drives environment, .env, file, flags, --help, the sample file, docs and `config print`.
 * Add an option: a member here, a row in options.c, its use in wire.c. */
#ifndef ENIGMA_APP_OPTIONS_H
#define ENIGMA_APP_OPTIONS_H

#include "domain/bias.h"
#include "http/server.h"
#include "schema/schema.h"
#include "service/oidc.h"

struct options {
    struct str data_dir, keys_dir, listen, database_url, base_url;
    struct str log_file;
    int32_t log_level, error_format, provider, audit_sequencer;
    int64_t loops, workers, slow_workers, job_threads;
    int64_t database_cache_kib, database_mmap_mib, database_readers, database_busy_ms;
    struct str database_direct_url, database_replica_url;
    int32_t database_pooler;
    int64_t database_pool_size, database_pool_timeout, database_statement_timeout_ms;
    struct str tls_cert, tls_key, trusted_proxies, cors_origins;
    struct str outbound_origins, outbound_ca_file;
    struct str oidc_issuer, google_client_id, google_client_secret, google_oauth_redirect_base;
    int64_t oidc_timeout_ms, oidc_cache_seconds, oidc_refetch_seconds;
    struct str jwt_secret, encryption_key, audit_origin;
    int64_t admin_token_expiry_hours, admin_idle_minutes;
    int64_t student_session_ttl_hours, student_idle_minutes;
    int64_t bcrypt_cost, login_failures_account, login_failures_address, login_window_minutes;
    int64_t weight_academic, weight_test, weight_achievement, weight_essay; /* hundredths of 1 */
    int64_t max_retry_attempts, request_budget_ms, chunk_items, lease_seconds, job_attempts;
    int64_t idempotency_hours;
    struct str consent_version, consent_text_file;
    int64_t transcript_retention_days, draft_retention_days, interview_join_minutes;
    int64_t appeal_days;
    struct str batch_export_dir;
    struct str web_dir; /* development: the web interface is read from here */
    bool demo, jobs, compat_public_interview_status, require_2fa, two_person_rule;
    int64_t approval_minutes;
    struct str openai_api_key, llm_base_url, worker_model, judge_model, prompt_dir;
    struct str llm_record, llm_replay, model_prices;
    int32_t llm_api;
    int64_t fairness_sample, fairness_sample_least, fairness_variants;
    int64_t fairness_shift, fairness_interval; /* hundredths of a point */
    int64_t llm_worker_runs, llm_max_in_flight, llm_timeout_seconds, llm_budget_tokens;
    int64_t llm_budget_micro;
    int32_t stt_provider;
    struct str stt_base_url, stt_api_key, stt_model, stt_language, stt_program;
    int64_t stt_timeout_ms, stt_max_in_flight, stt_decoders, stt_chunk_duration_seconds;
    struct str ice_stun_urls, turn_urls, turn_secret;
    int64_t room_resume_seconds, room_gap_seconds, websocket_ping_ms, websocket_dead_ms;
    int64_t api_max_retries, api_retry_delay; /* the delay in hundredths of a second */
    bool enable_bias_monitoring;
    struct bias_settings bias;
    struct str bias_detection_model;
    int64_t bias_timeout_seconds, bias_later_hours, bias_pause_minutes, bias_gap_seconds;
    int64_t connections_max, connections_per_address, head_timeout_ms, idle_timeout_ms;
    int64_t write_timeout_ms, request_timeout_ms, drain_timeout_ms, queue_max, throttle_percent;
};
extern const struct schema options_schema;
/* In the order of db_pooler. */
enum { OPTION_POOLER_AUTO, OPTION_POOLER_NONE, OPTION_POOLER_TRANSACTION };
enum { OPTION_PROVIDER_BUILTIN, OPTION_PROVIDER_EXTERNAL, OPTION_PROVIDER_OPENAI };
enum { OPTION_LLM_CHAT, OPTION_LLM_RESPONSES };
#define OPTION_LLM_BASE_URL "https://api.openai.com/v1"
enum { OPTION_STT_AUTO, OPTION_STT_OPENAI, OPTION_STT_EMBEDDED, OPTION_STT_OFF };
enum { OPTION_ERRORS_DETAIL, OPTION_ERRORS_PROBLEM };
enum { OPTION_SEQUENCER_AUTO, OPTION_SEQUENCER_ALWAYS };

enum option_origin { FROM_DEFAULT, FROM_FILE, FROM_DOTENV, FROM_ENV, FROM_FLAG };
extern const char *const option_origin_text[];
struct option_origins {
    enum option_origin of[SCHEMA_WIDE_MAX];
};
/* Environment name of a field: upper case; buffer of 64. */
const char *option_env_name(const struct field *f, char ret[64]);
/* Defaults, then file, .env, environment (NAME, NAME_FILE); flags come later by option_set. */
err options_load(struct ctx *c, struct str data_dir, struct options *ret,
                 struct option_origins *ret_origins);
/* One value by field name; ERR_INVALID names the option and the rule. */
err option_set(struct ctx *c, struct options *o, struct option_origins *origins,
               const struct field *f, struct str value, enum option_origin from);
/* The group that the option belongs to; whether it has a value; the value as text, absent for
 * secrets and for what has none. */
const char *option_group(const struct field *f);
bool option_is_set(const struct options *o, const struct field *f);
struct str option_text(struct ctx *c, const struct options *o, const struct field *f);
/* What several options together must hold: weights, secrets, TLS pair, demo on loopback. */
err options_check(struct ctx *c, const struct options *o);
/* Names in the data folder's enigma.conf that are no option; struct str. */
err options_unknown(struct ctx *c, const struct options *o, struct list *ret_names);
/* The address is for this machine alone. */
bool options_loopback(struct str listen);
void options_write_markdown(struct buf *out);
void options_write_sample(struct buf *out);

#endif
