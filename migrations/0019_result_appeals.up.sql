-- Against a published result: one an application. reason: the applicant's words after the scrubber,
-- as staff read them. decision: NULL while it waits; decision_reason: the answer, to which the log's
-- entry is committed.
CREATE TABLE result_appeals (
    anonymized_id VARCHAR(50) NOT NULL,
    admission_cycle_id VARCHAR(50) NOT NULL REFERENCES admission_cycles (cycle_id),
    reason TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    decision VARCHAR(20) CHECK (decision IN ('granted', 'rejected')),
    decision_reason TEXT,
    decided_at TIMESTAMPTZ,
    decided_by VARCHAR(50) REFERENCES admin_users (admin_id),
    PRIMARY KEY (anonymized_id, admission_cycle_id),
-- @sqlite
    FOREIGN KEY (anonymized_id) REFERENCES anonymized_applications (anonymized_id)
-- @end
-- @postgres
    FOREIGN KEY (anonymized_id, admission_cycle_id) REFERENCES anonymized_applications
-- @end
);
CREATE INDEX idx_appeals_cycle ON result_appeals (admission_cycle_id, created_at);
