-- The newest schema of an original installation, as its migrations leave it in PostgreSQL:
-- upper-case enum labels, serial keys, no defaults but those of the sequences.
CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY);

CREATE TYPE adminroleenum AS ENUM ('ADMIN', 'SUPER_ADMIN', 'AUDITOR');
CREATE TYPE studentstatusenum AS ENUM ('ACTIVE', 'SUSPENDED', 'DELETED');
CREATE TYPE admissionphaseenum AS ENUM ('SUBMISSION', 'FROZEN', 'PREPROCESSING', 'BATCH_PREP',
    'PROCESSING', 'SCORED', 'SELECTION', 'PUBLISHED', 'COMPLETED');
CREATE TYPE applicationstatusenum AS ENUM ('SUBMITTED', 'FINALIZED', 'PREPROCESSING',
    'BATCH_READY', 'PROCESSING', 'SCORED', 'SELECTED', 'NOT_SELECTED', 'PUBLISHED', 'FAILED',
    'SHORTLISTED');
CREATE TYPE batchtypeenum AS ENUM ('WORKER_EVALUATION', 'JUDGE_REVIEW');
CREATE TYPE batchstatusenum AS ENUM ('PENDING', 'RUNNING', 'COMPLETED', 'FAILED', 'CANCELLED');
CREATE TYPE auditactionenum AS ENUM ('CREATE', 'UPDATE', 'DELETE', 'EVALUATE', 'FINALIZE',
    'SELECT', 'PUBLISH', 'LOGIN', 'LOGOUT');
CREATE TYPE judgedecisionenum AS ENUM ('APPROVED', 'REJECTED');
CREATE TYPE interviewstatusenum AS ENUM ('SCHEDULED', 'COMPLETED', 'CANCELLED');
CREATE TYPE speakerenum AS ENUM ('ADMIN', 'STUDENT');
CREATE TYPE severityenum AS ENUM ('NONE', 'LOW', 'MEDIUM', 'HIGH', 'CRITICAL');
CREATE TYPE recommendedactionenum AS ENUM ('NONE', 'NUDGE', 'WARN', 'BLOCK');
CREATE TYPE nudgetypeenum AS ENUM ('INFO', 'WARNING', 'BLOCK');
CREATE TYPE adminbiasstatusenum AS ENUM ('ACTIVE', 'WARNED', 'SUSPENDED', 'BANNED');

CREATE TABLE admin_users (
    admin_id VARCHAR(50) PRIMARY KEY,
    username VARCHAR(50) NOT NULL UNIQUE,
    password_hash TEXT NOT NULL,
    email VARCHAR(255) NOT NULL UNIQUE,
    role adminroleenum NOT NULL,
    is_active BOOLEAN NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    last_login TIMESTAMP WITH TIME ZONE
);
CREATE INDEX idx_admin_username ON admin_users (username);
CREATE INDEX idx_admin_email ON admin_users (email);

CREATE TABLE admin_sessions (
    session_id VARCHAR(50) PRIMARY KEY,
    admin_id VARCHAR(50) NOT NULL REFERENCES admin_users (admin_id),
    token TEXT NOT NULL UNIQUE,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ip_address VARCHAR(45),
    user_agent TEXT,
    revoked BOOLEAN NOT NULL
);
CREATE INDEX idx_session_token ON admin_sessions (token);
CREATE INDEX idx_session_admin_expires ON admin_sessions (admin_id, expires_at);

CREATE TABLE student_accounts (
    student_id VARCHAR(50) PRIMARY KEY,
    primary_email VARCHAR(255) NOT NULL UNIQUE,
    display_name VARCHAR(255),
    status studentstatusenum NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    verified_at TIMESTAMP WITH TIME ZONE
);
CREATE INDEX idx_student_status ON student_accounts (status);

CREATE TABLE oauth_identities (
    identity_id SERIAL PRIMARY KEY,
    student_id VARCHAR(50) NOT NULL REFERENCES student_accounts (student_id) ON DELETE CASCADE,
    provider VARCHAR(50) NOT NULL,
    provider_sub VARCHAR(255) NOT NULL,
    email VARCHAR(255) NOT NULL,
    email_verified BOOLEAN NOT NULL,
    raw_profile JSONB,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT uq_oauth_provider_sub UNIQUE (provider, provider_sub)
);
CREATE INDEX idx_oauth_student ON oauth_identities (student_id);

CREATE TABLE student_sessions (
    session_id VARCHAR(64) PRIMARY KEY,
    student_id VARCHAR(50) NOT NULL REFERENCES student_accounts (student_id) ON DELETE CASCADE,
    session_token_hash VARCHAR(128) NOT NULL UNIQUE,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    last_active_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ip_address VARCHAR(45),
    user_agent TEXT,
    revoked BOOLEAN NOT NULL
);
CREATE INDEX idx_student_session_student ON student_sessions (student_id);
CREATE INDEX idx_student_session_token ON student_sessions (session_token_hash);

CREATE TABLE student_auth_states (
    state VARCHAR(64) PRIMARY KEY,
    code_challenge VARCHAR(128) NOT NULL,
    code_verifier_hash VARCHAR(128) NOT NULL,
    nonce VARCHAR(64),
    redirect_uri TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    consumed BOOLEAN NOT NULL
);
CREATE INDEX idx_auth_state_expires ON student_auth_states (expires_at);

CREATE TABLE admission_cycles (
    cycle_id VARCHAR(50) PRIMARY KEY,
    cycle_name VARCHAR(100) NOT NULL,
    phase admissionphaseenum NOT NULL,
    is_open BOOLEAN NOT NULL,
    max_seats INTEGER NOT NULL,
    current_seats INTEGER NOT NULL,
    selected_count INTEGER NOT NULL,
    result_date TIMESTAMP WITH TIME ZONE NOT NULL,
    start_date TIMESTAMP WITH TIME ZONE NOT NULL,
    end_date TIMESTAMP WITH TIME ZONE NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_by VARCHAR(50) NOT NULL REFERENCES admin_users (admin_id),
    closed_at TIMESTAMP WITH TIME ZONE,
    closed_by VARCHAR(50) REFERENCES admin_users (admin_id)
);
CREATE INDEX idx_cycle_open_phase ON admission_cycles (is_open, phase);
CREATE INDEX idx_cycle_dates ON admission_cycles (start_date, end_date);

CREATE TABLE applications (
    application_id VARCHAR(50) PRIMARY KEY,
    admission_cycle_id VARCHAR(50) NOT NULL REFERENCES admission_cycles (cycle_id),
    student_id VARCHAR(50) REFERENCES student_accounts (student_id) ON DELETE SET NULL,
    timestamp TIMESTAMP WITH TIME ZONE NOT NULL,
    name TEXT NOT NULL,
    email VARCHAR(255) NOT NULL,
    phone VARCHAR(20),
    address TEXT,
    gpa DOUBLE PRECISION NOT NULL,
    test_scores JSONB NOT NULL,
    essay TEXT NOT NULL,
    achievements TEXT NOT NULL,
    status applicationstatusenum NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT uq_application_student_cycle UNIQUE (student_id, admission_cycle_id)
);
CREATE INDEX idx_app_cycle_status ON applications (admission_cycle_id, status);
CREATE INDEX idx_app_id ON applications (application_id);
CREATE INDEX idx_app_email ON applications (email);

CREATE TABLE anonymized_applications (
    anonymized_id VARCHAR(50) PRIMARY KEY,
    application_id VARCHAR(50) NOT NULL UNIQUE REFERENCES applications (application_id),
    gpa DOUBLE PRECISION NOT NULL,
    test_scores JSONB NOT NULL,
    essay_scrubbed TEXT NOT NULL,
    achievements_scrubbed TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL
);
CREATE INDEX idx_anon_app_id ON anonymized_applications (application_id);

CREATE TABLE identity_mapping (
    mapping_id SERIAL PRIMARY KEY,
    anonymized_id VARCHAR(50) NOT NULL UNIQUE REFERENCES anonymized_applications (anonymized_id),
    application_id VARCHAR(50) NOT NULL UNIQUE REFERENCES applications (application_id),
    encrypted_pii TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL
);
CREATE INDEX idx_identity_anon ON identity_mapping (anonymized_id);
CREATE INDEX idx_identity_app ON identity_mapping (application_id);

CREATE TABLE deterministic_metrics (
    metric_id SERIAL PRIMARY KEY,
    application_id VARCHAR(50) NOT NULL UNIQUE REFERENCES applications (application_id),
    test_average DOUBLE PRECISION NOT NULL,
    academic_score_computed DOUBLE PRECISION NOT NULL,
    percentile_rank DOUBLE PRECISION,
    computed_at TIMESTAMP WITH TIME ZONE NOT NULL
);
CREATE INDEX idx_metrics_app_id ON deterministic_metrics (application_id);

CREATE TABLE batch_runs (
    batch_id SERIAL PRIMARY KEY,
    admission_cycle_id VARCHAR(50) NOT NULL REFERENCES admission_cycles (cycle_id),
    batch_type batchtypeenum NOT NULL,
    model_name VARCHAR(100) NOT NULL,
    model_version VARCHAR(50),
    input_file_path TEXT NOT NULL,
    output_file_path TEXT,
    total_records INTEGER NOT NULL,
    processed_records INTEGER NOT NULL,
    failed_records INTEGER NOT NULL,
    status batchstatusenum NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE,
    completed_at TIMESTAMP WITH TIME ZONE,
    triggered_by VARCHAR(50) NOT NULL REFERENCES admin_users (admin_id),
    error_log TEXT,
    batch_metadata JSONB
);
CREATE INDEX idx_batch_cycle_type ON batch_runs (admission_cycle_id, batch_type);
CREATE INDEX idx_batch_status_started ON batch_runs (status, started_at);

CREATE TABLE worker_results (
    result_id VARCHAR(50) PRIMARY KEY,
    anonymized_id VARCHAR(50) NOT NULL REFERENCES anonymized_applications (anonymized_id),
    batch_run_id INTEGER REFERENCES batch_runs (batch_id),
    attempt_number INTEGER NOT NULL,
    academic_score DOUBLE PRECISION NOT NULL,
    test_score DOUBLE PRECISION NOT NULL,
    achievement_score DOUBLE PRECISION NOT NULL,
    essay_score DOUBLE PRECISION NOT NULL,
    total_score DOUBLE PRECISION NOT NULL,
    explanation TEXT NOT NULL,
    reasoning JSONB NOT NULL,
    rubric_adherence TEXT NOT NULL,
    timestamp TIMESTAMP WITH TIME ZONE NOT NULL,
    model_used VARCHAR(100)
);
CREATE INDEX idx_worker_anon_attempt ON worker_results (anonymized_id, attempt_number);
CREATE INDEX idx_worker_batch ON worker_results (batch_run_id);

CREATE TABLE judge_results (
    judge_id VARCHAR(50) PRIMARY KEY,
    result_id VARCHAR(50) NOT NULL,
    anonymized_id VARCHAR(50) NOT NULL REFERENCES anonymized_applications (anonymized_id),
    worker_result_id VARCHAR(50) NOT NULL REFERENCES worker_results (result_id),
    batch_run_id INTEGER REFERENCES batch_runs (batch_id),
    decision judgedecisionenum NOT NULL,
    bias_detected BOOLEAN NOT NULL,
    quality_score DOUBLE PRECISION NOT NULL,
    feedback TEXT NOT NULL,
    reasoning TEXT NOT NULL,
    timestamp TIMESTAMP WITH TIME ZONE NOT NULL,
    model_used VARCHAR(100)
);
CREATE INDEX idx_judge_worker ON judge_results (worker_result_id);
CREATE INDEX idx_judge_batch ON judge_results (batch_run_id);

CREATE TABLE final_scores (
    score_id SERIAL PRIMARY KEY,
    anonymized_id VARCHAR(50) NOT NULL UNIQUE REFERENCES anonymized_applications (anonymized_id),
    final_score DOUBLE PRECISION NOT NULL,
    academic_score DOUBLE PRECISION NOT NULL,
    test_score DOUBLE PRECISION NOT NULL,
    achievement_score DOUBLE PRECISION NOT NULL,
    essay_score DOUBLE PRECISION NOT NULL,
    llm_score DOUBLE PRECISION,
    llm_explanation TEXT,
    explanation TEXT NOT NULL,
    strengths JSONB NOT NULL,
    areas_for_improvement JSONB NOT NULL,
    timestamp TIMESTAMP WITH TIME ZONE NOT NULL,
    hash VARCHAR(64),
    worker_attempts INTEGER NOT NULL,
    status applicationstatusenum NOT NULL
);
CREATE INDEX idx_final_anon ON final_scores (anonymized_id);
CREATE INDEX idx_final_status ON final_scores (status);

CREATE TABLE selection_logs (
    selection_id SERIAL PRIMARY KEY,
    admission_cycle_id VARCHAR(50) NOT NULL REFERENCES admission_cycles (cycle_id),
    program_name VARCHAR(100),
    selected_count INTEGER NOT NULL,
    selection_criteria JSONB NOT NULL,
    cutoff_score DOUBLE PRECISION NOT NULL,
    executed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    executed_by VARCHAR(50) NOT NULL REFERENCES admin_users (admin_id)
);
CREATE INDEX idx_selection_cycle ON selection_logs (admission_cycle_id);

CREATE TABLE hash_chain (
    chain_id SERIAL PRIMARY KEY,
    anonymized_id VARCHAR(50) NOT NULL REFERENCES anonymized_applications (anonymized_id),
    decision_type VARCHAR(100) NOT NULL,
    data_json TEXT NOT NULL,
    data_hash VARCHAR(64) NOT NULL,
    previous_hash VARCHAR(64) NOT NULL,
    timestamp TIMESTAMP WITH TIME ZONE NOT NULL
);
CREATE INDEX idx_hash_anon ON hash_chain (anonymized_id);
CREATE INDEX idx_hash_timestamp ON hash_chain (timestamp);

CREATE TABLE interviews (
    id SERIAL PRIMARY KEY,
    application_id VARCHAR(50) NOT NULL UNIQUE REFERENCES applications (application_id),
    student_id VARCHAR(50) NOT NULL REFERENCES student_accounts (student_id),
    admin_id VARCHAR(50) NOT NULL REFERENCES admin_users (admin_id),
    admission_cycle_id VARCHAR(50) NOT NULL REFERENCES admission_cycles (cycle_id),
    interview_time TIMESTAMP WITH TIME ZONE NOT NULL,
    interview_link TEXT NOT NULL,
    status interviewstatusenum NOT NULL,
    notes TEXT,
    started_at TIMESTAMP WITH TIME ZONE,
    coi_accepted_at TIMESTAMP WITH TIME ZONE,
    coi_accepted_by VARCHAR(50) REFERENCES admin_users (admin_id),
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL
);
CREATE INDEX idx_interview_status_time ON interviews (status, interview_time);
CREATE INDEX idx_interview_student_cycle ON interviews (student_id, admission_cycle_id);
CREATE INDEX idx_interview_admin_cycle ON interviews (admin_id, admission_cycle_id);
CREATE INDEX idx_interview_started_at ON interviews (started_at);

CREATE TABLE interview_scores (
    id SERIAL PRIMARY KEY,
    interview_id INTEGER NOT NULL UNIQUE REFERENCES interviews (id),
    communication_score DOUBLE PRECISION NOT NULL,
    critical_thinking_score DOUBLE PRECISION NOT NULL,
    motivation_score DOUBLE PRECISION NOT NULL,
    final_interview_score DOUBLE PRECISION NOT NULL,
    notes TEXT,
    scored_at TIMESTAMP WITH TIME ZONE NOT NULL,
    scored_by VARCHAR(50) NOT NULL REFERENCES admin_users (admin_id)
);
CREATE INDEX idx_interview_score_final ON interview_scores (final_interview_score);

CREATE TABLE audit_logs (
    log_id SERIAL PRIMARY KEY,
    timestamp TIMESTAMP WITH TIME ZONE NOT NULL,
    entity_type VARCHAR(100) NOT NULL,
    entity_id VARCHAR(100) NOT NULL,
    action auditactionenum NOT NULL,
    actor VARCHAR(100) NOT NULL,
    details JSONB,
    log_metadata JSONB,
    previous_hash VARCHAR(64),
    current_hash VARCHAR(64)
);
CREATE INDEX idx_audit_entity ON audit_logs (entity_type, entity_id);
CREATE INDEX idx_audit_timestamp ON audit_logs (timestamp);
CREATE INDEX idx_audit_actor ON audit_logs (actor);

CREATE TABLE live_transcripts (
    id SERIAL PRIMARY KEY,
    interview_id INTEGER NOT NULL REFERENCES interviews (id),
    speaker speakerenum NOT NULL,
    transcript_text TEXT NOT NULL,
    start_time TIMESTAMP WITH TIME ZONE NOT NULL,
    end_time TIMESTAMP WITH TIME ZONE NOT NULL,
    confidence_score DOUBLE PRECISION,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL
);
CREATE INDEX idx_transcripts_interview ON live_transcripts (interview_id, start_time);

CREATE TABLE live_bias_analysis (
    id SERIAL PRIMARY KEY,
    transcript_id INTEGER NOT NULL REFERENCES live_transcripts (id),
    interview_id INTEGER NOT NULL REFERENCES interviews (id),
    admin_id VARCHAR(50) NOT NULL REFERENCES admin_users (admin_id),
    bias_detected BOOLEAN NOT NULL,
    bias_types JSON,
    severity severityenum NOT NULL,
    confidence_score DOUBLE PRECISION NOT NULL,
    evidence_quotes JSON,
    context_summary TEXT,
    recommended_action recommendedactionenum NOT NULL,
    llm_model VARCHAR(50) NOT NULL,
    llm_response_raw JSONB,
    analyzed_at TIMESTAMP WITH TIME ZONE NOT NULL
);
CREATE INDEX idx_analysis_interview ON live_bias_analysis (interview_id);
CREATE INDEX idx_analysis_admin ON live_bias_analysis (admin_id);

CREATE TABLE live_nudges (
    id SERIAL PRIMARY KEY,
    interview_id INTEGER NOT NULL REFERENCES interviews (id),
    analysis_id INTEGER NOT NULL REFERENCES live_bias_analysis (id),
    admin_id VARCHAR(50) NOT NULL REFERENCES admin_users (admin_id),
    nudge_type nudgetypeenum NOT NULL,
    message TEXT NOT NULL,
    display_duration INTEGER,
    acknowledged BOOLEAN NOT NULL,
    acknowledged_at TIMESTAMP WITH TIME ZONE,
    dismissed BOOLEAN NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL
);
CREATE INDEX idx_nudges_interview ON live_nudges (interview_id);

CREATE TABLE bias_flags (
    id SERIAL PRIMARY KEY,
    interview_id INTEGER NOT NULL REFERENCES interviews (id),
    admin_id VARCHAR(50) NOT NULL REFERENCES admin_users (admin_id),
    application_id VARCHAR(50) REFERENCES applications (application_id),
    flag_type VARCHAR(50) NOT NULL,
    severity severityenum NOT NULL,
    description TEXT NOT NULL,
    evidence JSONB NOT NULL,
    action_taken VARCHAR(50) NOT NULL,
    automatic BOOLEAN NOT NULL,
    reviewed BOOLEAN NOT NULL,
    reviewed_by VARCHAR(50) REFERENCES admin_users (admin_id),
    reviewed_at TIMESTAMP WITH TIME ZONE,
    resolution TEXT,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL
);
CREATE INDEX idx_flags_admin ON bias_flags (admin_id, created_at);
CREATE INDEX idx_flags_review ON bias_flags (reviewed, severity);

CREATE TABLE drift_metrics (
    id SERIAL PRIMARY KEY,
    admin_id VARCHAR(50) NOT NULL REFERENCES admin_users (admin_id),
    admission_cycle_id VARCHAR(50) REFERENCES admission_cycles (cycle_id),
    period_start TIMESTAMP WITH TIME ZONE NOT NULL,
    period_end TIMESTAMP WITH TIME ZONE NOT NULL,
    total_interviews INTEGER NOT NULL,
    bias_incidents INTEGER NOT NULL,
    nudges_delivered INTEGER NOT NULL,
    warnings_delivered INTEGER NOT NULL,
    blocks_triggered INTEGER NOT NULL,
    avg_score_given DOUBLE PRECISION,
    score_variance DOUBLE PRECISION,
    harsh_outlier_count INTEGER NOT NULL,
    lenient_outlier_count INTEGER NOT NULL,
    irr_correlation DOUBLE PRECISION,
    risk_score DOUBLE PRECISION,
    risk_level VARCHAR(20),
    calculated_at TIMESTAMP WITH TIME ZONE NOT NULL
);
CREATE INDEX idx_drift_admin ON drift_metrics (admin_id, period_end);

CREATE TABLE admin_bias_history (
    id SERIAL PRIMARY KEY,
    admin_id VARCHAR(50) NOT NULL UNIQUE REFERENCES admin_users (admin_id),
    total_interviews_conducted INTEGER NOT NULL,
    total_bias_incidents INTEGER NOT NULL,
    total_blocks_received INTEGER NOT NULL,
    current_status adminbiasstatusenum NOT NULL,
    suspension_count INTEGER NOT NULL,
    last_incident_date TIMESTAMP WITH TIME ZONE,
    strikes INTEGER NOT NULL,
    strike_reset_date TIMESTAMP WITH TIME ZONE,
    notes TEXT,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL
);
CREATE INDEX idx_bias_history_status ON admin_bias_history (current_status);
