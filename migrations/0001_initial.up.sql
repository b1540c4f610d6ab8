-- The first schema: accounts, cycles, applications, evaluation, log, jobs.
-- The one type token is @ROWID@: a BIGINT key that the engine numbers when none is given.
-- Type names are PostgreSQL's; SQLite keeps them as declared. Times are RFC 3339 UTC text with
-- microseconds on SQLite. Marks are doubles that hold exact hundredths.

CREATE TABLE settings (
    name VARCHAR(100) PRIMARY KEY,
    value TEXT NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE admin_users (
    admin_id VARCHAR(50) PRIMARY KEY,
    username VARCHAR(50) NOT NULL,
    username_key VARCHAR(50) NOT NULL,
    password_hash TEXT NOT NULL,
    email VARCHAR(255) NOT NULL,
    role VARCHAR(20) NOT NULL CHECK (role IN ('admin', 'super_admin', 'auditor')),
    is_active BOOLEAN NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    last_login TIMESTAMPTZ
);
CREATE UNIQUE INDEX idx_admin_username ON admin_users (username_key);
CREATE UNIQUE INDEX idx_admin_email ON admin_users (email);

CREATE TABLE admin_sessions (
    session_id VARCHAR(50) PRIMARY KEY,
    admin_id VARCHAR(50) NOT NULL REFERENCES admin_users (admin_id),
    token_hash VARCHAR(64) NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    last_active_at TIMESTAMPTZ NOT NULL,
    ip_address VARCHAR(45),
    user_agent TEXT,
    revoked BOOLEAN NOT NULL
);
CREATE UNIQUE INDEX idx_session_token ON admin_sessions (token_hash);
CREATE INDEX idx_session_admin_expires ON admin_sessions (admin_id, expires_at);

CREATE TABLE student_accounts (
    student_id VARCHAR(50) PRIMARY KEY,
    primary_email VARCHAR(255) NOT NULL,
    display_name VARCHAR(255),
    status VARCHAR(20) NOT NULL CHECK (status IN ('active', 'suspended', 'deleted')),
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    verified_at TIMESTAMPTZ
);
CREATE UNIQUE INDEX idx_student_email ON student_accounts (primary_email);
CREATE INDEX idx_student_status ON student_accounts (status);

CREATE TABLE student_sessions (
    session_id VARCHAR(64) PRIMARY KEY,
    student_id VARCHAR(50) NOT NULL REFERENCES student_accounts (student_id) ON DELETE CASCADE,
    session_token_hash VARCHAR(128) NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    last_active_at TIMESTAMPTZ NOT NULL,
    ip_address VARCHAR(45),
    user_agent TEXT,
    revoked BOOLEAN NOT NULL
);
CREATE UNIQUE INDEX idx_student_session_token ON student_sessions (session_token_hash);
CREATE INDEX idx_student_session_student ON student_sessions (student_id);

CREATE TABLE admission_cycles (
    cycle_id VARCHAR(50) PRIMARY KEY,
    cycle_name VARCHAR(100) NOT NULL,
    phase VARCHAR(20) NOT NULL CHECK (phase IN ('submission', 'frozen', 'preprocessing',
        'batch_prep', 'processing', 'scored', 'selection', 'published', 'completed')),
    is_open BOOLEAN NOT NULL,
    max_seats BIGINT NOT NULL CHECK (max_seats > 0),
    current_seats BIGINT NOT NULL CHECK (current_seats >= 0),
    selected_count BIGINT NOT NULL CHECK (selected_count >= 0),
    result_date TIMESTAMPTZ NOT NULL,
    start_date TIMESTAMPTZ NOT NULL,
    end_date TIMESTAMPTZ NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by VARCHAR(50) NOT NULL REFERENCES admin_users (admin_id),
    closed_at TIMESTAMPTZ,
    closed_by VARCHAR(50) REFERENCES admin_users (admin_id),
    provider VARCHAR(20),
    freeze_leaf VARCHAR(64),
    version BIGINT NOT NULL
);
CREATE INDEX idx_cycle_open_phase ON admission_cycles (is_open, phase);
CREATE INDEX idx_cycle_dates ON admission_cycles (start_date, end_date);
-- At most one cycle is open.
CREATE UNIQUE INDEX idx_cycle_one_open ON admission_cycles (is_open) WHERE is_open;

CREATE TABLE applications (
    application_id VARCHAR(50) PRIMARY KEY,
    admission_cycle_id VARCHAR(50) NOT NULL REFERENCES admission_cycles (cycle_id),
    student_id VARCHAR(50) REFERENCES student_accounts (student_id) ON DELETE SET NULL,
    timestamp TIMESTAMPTZ NOT NULL,
    gpa DOUBLE PRECISION NOT NULL,
    status VARCHAR(20) NOT NULL CHECK (status IN ('submitted', 'finalized', 'preprocessing',
        'batch_ready', 'processing', 'scored', 'shortlisted', 'selected', 'not_selected',
        'published', 'failed', 'withdrawn')),
    scrub_order BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX uq_application_student_cycle ON applications (student_id, admission_cycle_id);
CREATE INDEX idx_app_cycle_status ON applications (admission_cycle_id, status);
CREATE INDEX idx_app_cycle_scrub ON applications (admission_cycle_id, scrub_order);

-- Long and sealed columns live beside the narrow row that the bulk steps update.
-- sealed_identity: Fernet token of {"address","application_id","email","name","phone"}.
-- email_hash: HMAC-SHA256 of the lower-case address under the look-up key.
CREATE TABLE application_texts (
    application_id VARCHAR(50) PRIMARY KEY REFERENCES applications (application_id),
    email_hash VARCHAR(64) NOT NULL,
    test_scores JSONB NOT NULL,
    sealed_identity TEXT,
    essay TEXT NOT NULL,
    achievements TEXT NOT NULL
);
CREATE INDEX idx_app_email ON application_texts (email_hash);

CREATE TABLE anonymized_applications (
    anonymized_id VARCHAR(50) PRIMARY KEY,
    application_id VARCHAR(50) NOT NULL REFERENCES applications (application_id),
    admission_cycle_id VARCHAR(50) NOT NULL REFERENCES admission_cycles (cycle_id),
    gpa DOUBLE PRECISION NOT NULL,
    eval_order BIGINT NOT NULL,
    redactions BIGINT NOT NULL,
    held_reason VARCHAR(100),
    created_at TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX idx_anon_app_id ON anonymized_applications (application_id);
CREATE INDEX idx_anon_cycle_eval ON anonymized_applications (admission_cycle_id, eval_order);

CREATE TABLE anonymized_texts (
    anonymized_id VARCHAR(50) PRIMARY KEY REFERENCES anonymized_applications (anonymized_id),
    test_scores JSONB NOT NULL,
    essay_scrubbed TEXT NOT NULL,
    achievements_scrubbed TEXT NOT NULL
);

CREATE TABLE identity_mapping (
    mapping_id @ROWID@,
    anonymized_id VARCHAR(50) NOT NULL REFERENCES anonymized_applications (anonymized_id),
    application_id VARCHAR(50) NOT NULL REFERENCES applications (application_id),
    encrypted_pii TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX idx_identity_anon ON identity_mapping (anonymized_id);
CREATE UNIQUE INDEX idx_identity_app ON identity_mapping (application_id);

CREATE TABLE deterministic_metrics (
    metric_id @ROWID@,
    application_id VARCHAR(50) NOT NULL REFERENCES applications (application_id),
    admission_cycle_id VARCHAR(50) NOT NULL REFERENCES admission_cycles (cycle_id),
    test_average DOUBLE PRECISION NOT NULL,
    test_percent DOUBLE PRECISION NOT NULL,
    academic_score_computed DOUBLE PRECISION NOT NULL,
    composite DOUBLE PRECISION NOT NULL,
    percentile_rank DOUBLE PRECISION,
    computed_at TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX idx_metrics_app_id ON deterministic_metrics (application_id);
CREATE INDEX idx_metrics_cycle ON deterministic_metrics (admission_cycle_id);

CREATE TABLE batch_runs (
    batch_id @ROWID@,
    admission_cycle_id VARCHAR(50) NOT NULL REFERENCES admission_cycles (cycle_id),
    batch_type VARCHAR(20) NOT NULL CHECK (batch_type IN ('worker_evaluation', 'judge_review')),
    model_name VARCHAR(100) NOT NULL,
    model_version VARCHAR(50),
    input_file_path TEXT NOT NULL,
    output_file_path TEXT,
    total_records BIGINT NOT NULL,
    processed_records BIGINT NOT NULL,
    failed_records BIGINT NOT NULL,
    status VARCHAR(20) NOT NULL CHECK (status IN ('pending', 'running', 'completed', 'failed',
        'cancelled')),
    started_at TIMESTAMPTZ,
    completed_at TIMESTAMPTZ,
    triggered_by VARCHAR(50) NOT NULL REFERENCES admin_users (admin_id),
    error_log TEXT,
    batch_metadata JSONB
);
CREATE INDEX idx_batch_cycle_type ON batch_runs (admission_cycle_id, batch_type);
CREATE INDEX idx_batch_status_started ON batch_runs (status, started_at);

CREATE TABLE worker_results (
    result_id VARCHAR(50) PRIMARY KEY,
    anonymized_id VARCHAR(50) NOT NULL REFERENCES anonymized_applications (anonymized_id),
    batch_run_id BIGINT REFERENCES batch_runs (batch_id),
    attempt_number BIGINT NOT NULL CHECK (attempt_number >= 1),
    academic_score DOUBLE PRECISION NOT NULL,
    test_score DOUBLE PRECISION NOT NULL,
    achievement_score DOUBLE PRECISION NOT NULL,
    essay_score DOUBLE PRECISION NOT NULL,
    total_score DOUBLE PRECISION NOT NULL,
    timestamp TIMESTAMPTZ NOT NULL,
    model_used VARCHAR(100),
    rubric_adherence TEXT NOT NULL,
    explanation TEXT NOT NULL,
    reasoning JSONB NOT NULL
);
CREATE UNIQUE INDEX idx_worker_anon_attempt ON worker_results (anonymized_id, attempt_number);
CREATE INDEX idx_worker_batch ON worker_results (batch_run_id);

CREATE TABLE judge_results (
    judge_id VARCHAR(50) PRIMARY KEY,
    anonymized_id VARCHAR(50) NOT NULL REFERENCES anonymized_applications (anonymized_id),
    worker_result_id VARCHAR(50) NOT NULL REFERENCES worker_results (result_id),
    batch_run_id BIGINT REFERENCES batch_runs (batch_id),
    decision VARCHAR(20) NOT NULL CHECK (decision IN ('approved', 'rejected')),
    bias_detected BOOLEAN NOT NULL,
    quality_score DOUBLE PRECISION NOT NULL,
    timestamp TIMESTAMPTZ NOT NULL,
    model_used VARCHAR(100),
    feedback TEXT NOT NULL,
    reasoning TEXT NOT NULL
);
CREATE UNIQUE INDEX idx_judge_worker ON judge_results (worker_result_id);
CREATE INDEX idx_judge_batch ON judge_results (batch_run_id);

CREATE TABLE final_scores (
    score_id @ROWID@,
    anonymized_id VARCHAR(50) NOT NULL REFERENCES anonymized_applications (anonymized_id),
    admission_cycle_id VARCHAR(50) NOT NULL REFERENCES admission_cycles (cycle_id),
    final_score DOUBLE PRECISION NOT NULL,
    academic_score DOUBLE PRECISION NOT NULL,
    test_score DOUBLE PRECISION NOT NULL,
    achievement_score DOUBLE PRECISION NOT NULL,
    essay_score DOUBLE PRECISION NOT NULL,
    llm_score DOUBLE PRECISION,
    timestamp TIMESTAMPTZ NOT NULL,
    hash VARCHAR(64),
    worker_attempts BIGINT NOT NULL,
    status VARCHAR(20) NOT NULL CHECK (status IN ('scored', 'shortlisted', 'selected',
        'not_selected')),
    evaluator VARCHAR(100) NOT NULL
);
CREATE UNIQUE INDEX idx_final_anon ON final_scores (anonymized_id);
CREATE INDEX idx_final_cycle_status ON final_scores (admission_cycle_id, status);

CREATE TABLE final_score_texts (
    anonymized_id VARCHAR(50) PRIMARY KEY REFERENCES anonymized_applications (anonymized_id),
    explanation TEXT NOT NULL,
    llm_explanation TEXT,
    strengths JSONB NOT NULL,
    areas_for_improvement JSONB NOT NULL
);

CREATE TABLE selection_logs (
    selection_id @ROWID@,
    admission_cycle_id VARCHAR(50) NOT NULL REFERENCES admission_cycles (cycle_id),
    program_name VARCHAR(100),
    selected_count BIGINT NOT NULL,
    selection_criteria JSONB NOT NULL,
    cutoff_score DOUBLE PRECISION NOT NULL,
    executed_at TIMESTAMPTZ NOT NULL,
    executed_by VARCHAR(50) NOT NULL REFERENCES admin_users (admin_id)
);
CREATE INDEX idx_selection_cycle ON selection_logs (admission_cycle_id);

-- The log (AUDIT 2.3): entry holds the exact bytes that are hashed. The other columns are copies
-- for look-ups; verify compares each with the bytes.
CREATE TABLE audit_entry (
    idx @ROWID@,
    ts BIGINT NOT NULL,
    act VARCHAR(40) NOT NULL,
    actor VARCHAR(100) NOT NULL,
    subj VARCHAR(100),
    cycle_id VARCHAR(50),
    leaf BYTEA NOT NULL,
    entry BYTEA NOT NULL
);
CREATE INDEX idx_audit_subj ON audit_entry (subj, idx);
CREATE INDEX idx_audit_act ON audit_entry (act, idx);

-- One random key per applicant and cycle, and another per anonymous id, each sealed by the ring.
CREATE TABLE subject_key (
    subject VARCHAR(60) PRIMARY KEY,
    wrapped TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE jobs (
    job_id VARCHAR(50) PRIMARY KEY,
    kind VARCHAR(40) NOT NULL,
    admission_cycle_id VARCHAR(50) REFERENCES admission_cycles (cycle_id),
    state VARCHAR(20) NOT NULL CHECK (state IN ('queued', 'running', 'completed', 'failed',
        'cancelled')),
    requested_by VARCHAR(50),
    params JSONB NOT NULL,
    stage VARCHAR(40) NOT NULL,
    total BIGINT NOT NULL,
    done BIGINT NOT NULL,
    failed BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    not_before TIMESTAMPTZ,
    error TEXT,
    created_at TIMESTAMPTZ NOT NULL,
    started_at TIMESTAMPTZ,
    finished_at TIMESTAMPTZ
);
CREATE INDEX idx_jobs_state ON jobs (state, created_at);
CREATE INDEX idx_jobs_cycle ON jobs (admission_cycle_id, kind);

-- A job's work is cut into chunks, each a range of the random order of its items.
CREATE TABLE job_chunks (
    job_id VARCHAR(50) NOT NULL REFERENCES jobs (job_id) ON DELETE CASCADE,
    stage VARCHAR(40) NOT NULL,
    chunk BIGINT NOT NULL,
    state VARCHAR(20) NOT NULL CHECK (state IN ('ready', 'leased', 'done', 'failed')),
    owner VARCHAR(50),
    lease_until TIMESTAMPTZ,
    attempts BIGINT NOT NULL,
    PRIMARY KEY (job_id, stage, chunk)
);
CREATE INDEX idx_job_chunks_state ON job_chunks (job_id, state, chunk);

CREATE TABLE job_failures (
    job_id VARCHAR(50) NOT NULL REFERENCES jobs (job_id) ON DELETE CASCADE,
    item_id VARCHAR(60) NOT NULL,
    reason VARCHAR(200) NOT NULL,
    failed_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (job_id, item_id)
);

-- key_hash: SHA-256 of principal, method, path and key.
CREATE TABLE idempotency_keys (
    key_hash VARCHAR(64) PRIMARY KEY,
    body_hash VARCHAR(64) NOT NULL,
    status BIGINT NOT NULL,
    reply TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX idx_idempotency_expires ON idempotency_keys (expires_at);

-- @sqlite
CREATE TRIGGER audit_entry_no_update BEFORE UPDATE ON audit_entry
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_entry_no_delete BEFORE DELETE ON audit_entry
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
-- @end
-- @postgres
CREATE FUNCTION audit_entry_refuse() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$;
CREATE TRIGGER audit_entry_no_update BEFORE UPDATE OR DELETE ON audit_entry
    FOR EACH ROW EXECUTE FUNCTION audit_entry_refuse();
-- @end
