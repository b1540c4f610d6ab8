-- The second factor of a member of staff (RFC 6238). last_step is the newest step whose code was
-- used: none is taken twice. Without confirmed_at it is an enrolment that was begun.
CREATE TABLE admin_second_factors (
    admin_id VARCHAR(50) PRIMARY KEY REFERENCES admin_users (admin_id),
    sealed_secret TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    confirmed_at TIMESTAMPTZ,
    last_step BIGINT NOT NULL
);

-- What lets its owner in when the device is lost; each once.
CREATE TABLE admin_recovery_codes (
    code_hash VARCHAR(64) PRIMARY KEY,
    admin_id VARCHAR(50) NOT NULL REFERENCES admin_users (admin_id),
    created_at TIMESTAMPTZ NOT NULL,
    used_at TIMESTAMPTZ
);
CREATE INDEX idx_recovery_admin ON admin_recovery_codes (admin_id);

-- Credentials of scripts: the owner's rights at the time of use, narrowed by scopes.
CREATE TABLE api_tokens (
    token_id VARCHAR(50) PRIMARY KEY,
    admin_id VARCHAR(50) NOT NULL REFERENCES admin_users (admin_id),
    name VARCHAR(100) NOT NULL,
    token_hash VARCHAR(64) NOT NULL,
    scopes JSONB NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    last_used_at TIMESTAMPTZ,
    revoked BOOLEAN NOT NULL
);
CREATE UNIQUE INDEX idx_api_token_hash ON api_tokens (token_hash);
CREATE INDEX idx_api_token_admin ON api_tokens (admin_id, created_at);

-- The two-person rule: what one has asked for and another must ask for too. request says what
-- exactly, with the version of the cycle that was looked at.
CREATE TABLE phase_approvals (
    admission_cycle_id VARCHAR(50) NOT NULL REFERENCES admission_cycles (cycle_id)
        ON DELETE CASCADE,
    verb VARCHAR(20) NOT NULL,
    admin_id VARCHAR(50) NOT NULL REFERENCES admin_users (admin_id),
    request TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (admission_cycle_id, verb)
);
