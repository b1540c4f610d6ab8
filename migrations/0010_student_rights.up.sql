-- What students may do with what is theirs: drafts, the text that they consented to, who read their
-- identity, erasure.

-- sealed: Fernet token of the draft as JSON. tag: random and new with each save; it is the ETag.
CREATE TABLE application_drafts (
    draft_id VARCHAR(50) PRIMARY KEY,
    student_id VARCHAR(50) NOT NULL REFERENCES student_accounts (student_id) ON DELETE CASCADE,
    admission_cycle_id VARCHAR(50) NOT NULL REFERENCES admission_cycles (cycle_id)
        ON DELETE CASCADE,
    tag BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    sealed TEXT NOT NULL
);
CREATE UNIQUE INDEX uq_draft_student_cycle ON application_drafts (student_id, admission_cycle_id);
CREATE INDEX idx_draft_cycle ON application_drafts (admission_cycle_id);

-- consent_version: the text stands in settings as consent.text.VERSION. consent_stated: the client named the version; otherwise it is the one that was shown.
ALTER TABLE application_texts ADD COLUMN consent_version VARCHAR(40);
ALTER TABLE application_texts ADD COLUMN consent_stated BOOLEAN NOT NULL DEFAULT FALSE;

-- Each look at an identity. subject: "application:APP_..." or "anon:ANON_...", whichever was asked
-- by; the two never stand in one row.
CREATE TABLE identity_reads (
    read_id VARCHAR(50) PRIMARY KEY,
    subject VARCHAR(100) NOT NULL,
    admin_id VARCHAR(50) NOT NULL REFERENCES admin_users (admin_id),
    fields VARCHAR(100) NOT NULL,
    read_at TIMESTAMPTZ NOT NULL,
    sealed_reason TEXT
);
CREATE INDEX idx_identity_read_subject ON identity_reads (subject);

-- The student asked for erasure while an application was being decided.
ALTER TABLE student_accounts ADD COLUMN erase_requested_at TIMESTAMPTZ;
CREATE INDEX idx_student_erase ON student_accounts (erase_requested_at)
    WHERE erase_requested_at IS NOT NULL;
