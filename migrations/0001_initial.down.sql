-- Takes the first schema back; refused while log entries or rows exist, unless --discard-data.
DROP TABLE idempotency_keys;
DROP TABLE job_failures;
DROP TABLE job_chunks;
DROP TABLE jobs;
DROP TABLE subject_key;
DROP TABLE audit_entry;
-- @postgres
DROP FUNCTION audit_entry_refuse();
-- @end
DROP TABLE selection_logs;
DROP TABLE final_score_texts;
DROP TABLE final_scores;
DROP TABLE judge_results;
DROP TABLE worker_results;
DROP TABLE batch_runs;
DROP TABLE deterministic_metrics;
DROP TABLE identity_mapping;
DROP TABLE anonymized_texts;
DROP TABLE anonymized_applications;
DROP TABLE application_texts;
DROP TABLE applications;
DROP TABLE admission_cycles;
DROP TABLE student_sessions;
DROP TABLE student_accounts;
DROP TABLE admin_sessions;
DROP TABLE admin_users;
DROP TABLE settings;
