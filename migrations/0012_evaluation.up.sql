-- Evaluation by models: where each application stands between two answers, what a cycle has used,
-- and what waits for a person.

-- state: the graph's checkpoint, JSON. A row goes when its application's marks are written.
CREATE TABLE evaluation_checkpoints (
    anonymized_id VARCHAR(50) NOT NULL,
    admission_cycle_id VARCHAR(50) NOT NULL REFERENCES admission_cycles (cycle_id),
    state TEXT NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (anonymized_id, admission_cycle_id),
-- @sqlite
    FOREIGN KEY (anonymized_id) REFERENCES anonymized_applications (anonymized_id)
-- @end
-- @postgres
    FOREIGN KEY (anonymized_id, admission_cycle_id) REFERENCES anonymized_applications
-- @end
);
CREATE INDEX idx_checkpoint_cycle ON evaluation_checkpoints (admission_cycle_id);

CREATE TABLE model_usage (
    admission_cycle_id VARCHAR(50) NOT NULL REFERENCES admission_cycles (cycle_id),
    model VARCHAR(100) NOT NULL,
    calls BIGINT NOT NULL,
    tokens_in BIGINT NOT NULL,
    tokens_out BIGINT NOT NULL,
    PRIMARY KEY (admission_cycle_id, model)
);

-- reason: a code. decision: NULL while it waits. note: why it was decided so, in the words of the
-- member of staff, to which the log's entry is committed.
CREATE TABLE evaluation_reviews (
    anonymized_id VARCHAR(50) NOT NULL,
    admission_cycle_id VARCHAR(50) NOT NULL REFERENCES admission_cycles (cycle_id),
    reason VARCHAR(20) NOT NULL CHECK (reason IN ('rejected', 'mark_off', 'disagreement',
        'flagged')),
    signs BIGINT NOT NULL,
    opened_at TIMESTAMPTZ NOT NULL,
    decision VARCHAR(20) CHECK (decision IN ('release', 'mark')),
    note TEXT,
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
CREATE INDEX idx_review_cycle ON evaluation_reviews (admission_cycle_id, opened_at);
