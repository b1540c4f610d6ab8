-- Single-use tickets that open the sockets of a live interview: SHA-256 in hex of what the browser
-- has, one person (ADM_… or STU_…), one interview, sixty seconds. Used ones are deleted.
CREATE TABLE interview_tickets (
    ticket_hash VARCHAR(64) PRIMARY KEY,
    interview_id BIGINT NOT NULL REFERENCES interviews (id),
    holder_id VARCHAR(50) NOT NULL,
    roles BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX idx_interview_tickets_expires ON interview_tickets (expires_at);
