-- What an installation brings along from the original ENIGMA: its two hash chains as they were, and
-- the identities that students sign in with. The rows of the chains are bound to the log by
-- import.legacy; audit_logs is called legacy_audit_logs here, because audit_entry took its place.

CREATE TABLE hash_chain (
    chain_id BIGINT PRIMARY KEY,
    anonymized_id VARCHAR(50) NOT NULL,
    decision_type VARCHAR(100) NOT NULL,
    data_json TEXT NOT NULL,
    data_hash VARCHAR(64) NOT NULL,
    previous_hash VARCHAR(64) NOT NULL,
    timestamp TIMESTAMPTZ NOT NULL
);
CREATE INDEX idx_hash_anon ON hash_chain (anonymized_id);
CREATE INDEX idx_hash_timestamp ON hash_chain (timestamp);

-- sealed_details: Fernet token of {"details":...,"log_metadata":...}; no hash covers them.
CREATE TABLE legacy_audit_logs (
    log_id BIGINT PRIMARY KEY,
    timestamp TIMESTAMPTZ NOT NULL,
    entity_type VARCHAR(100) NOT NULL,
    entity_id VARCHAR(100) NOT NULL,
    action VARCHAR(20) NOT NULL,
    actor VARCHAR(100) NOT NULL,
    sealed_details TEXT,
    previous_hash VARCHAR(64),
    current_hash VARCHAR(64)
);
CREATE INDEX idx_legacy_audit_entity ON legacy_audit_logs (entity_type, entity_id);
CREATE INDEX idx_legacy_audit_timestamp ON legacy_audit_logs (timestamp);

CREATE TABLE oauth_identities (
    identity_id @ROWID@,
    student_id VARCHAR(50) NOT NULL REFERENCES student_accounts (student_id) ON DELETE CASCADE,
    provider VARCHAR(50) NOT NULL,
    provider_sub VARCHAR(255) NOT NULL,
    email VARCHAR(255) NOT NULL,
    email_verified BOOLEAN NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX uq_oauth_provider_sub ON oauth_identities (provider, provider_sub);
CREATE INDEX idx_oauth_student ON oauth_identities (student_id);

-- Imported identifiers may have 50 characters, and "application:" stands before them.
-- @postgres
ALTER TABLE subject_key ALTER COLUMN subject TYPE VARCHAR(100);
-- @end
