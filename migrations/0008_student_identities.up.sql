-- Sign-ins that have begun: one row from the redirect to the provider to its answer, ten minutes at
-- most, used once. state, nonce and browser are SHA-256 in hex of what the browser has; the
-- verifier of PKCE is not stored at all.
CREATE TABLE student_auth_states (
    state VARCHAR(64) PRIMARY KEY,
    code_challenge VARCHAR(128) NOT NULL,
    nonce VARCHAR(64) NOT NULL,
    browser VARCHAR(64) NOT NULL,
    redirect_uri TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    consumed BOOLEAN NOT NULL
);
CREATE INDEX idx_auth_state_expires ON student_auth_states (expires_at);

-- A provider other than Google is named by its issuer.
-- @postgres
ALTER TABLE oauth_identities ALTER COLUMN provider TYPE VARCHAR(255);
-- @end
