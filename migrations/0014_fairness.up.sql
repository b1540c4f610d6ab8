-- The counterfactual fairness check: a sample of a cycle's applications is scored again with names,
-- genders, places and schools put back in, and the marks must not move.

-- The newest run of a cycle opens or shuts its publication. seed: what the sample was drawn by.
-- report: the exact text that the log is committed to. override_*: published all the same.
CREATE TABLE fairness_runs (
    run_id VARCHAR(50) PRIMARY KEY,
    admission_cycle_id VARCHAR(50) NOT NULL REFERENCES admission_cycles (cycle_id),
    job_id VARCHAR(50),
    evaluator VARCHAR(100) NOT NULL,
    variants BIGINT NOT NULL,
    seed VARCHAR(64),
    population BIGINT NOT NULL,
    sampled BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by VARCHAR(50),
    finished_at TIMESTAMPTZ,
    outcome VARCHAR(10) CHECK (outcome IN ('passed', 'failed')),
    report TEXT,
    override_reason TEXT,
    override_at TIMESTAMPTZ,
    override_by VARCHAR(50) REFERENCES admin_users (admin_id)
);
CREATE INDEX idx_fairness_cycle ON fairness_runs (admission_cycle_id, run_id);

-- marks: hundredths by item, apart by blanks, '-' where there is none; NULL: not scored yet.
-- accepted: bits by item.
CREATE TABLE fairness_samples (
    run_id VARCHAR(50) NOT NULL REFERENCES fairness_runs (run_id),
    anonymized_id VARCHAR(50) NOT NULL,
    admission_cycle_id VARCHAR(50) NOT NULL REFERENCES admission_cycles (cycle_id),
    draw BIGINT NOT NULL,
    item_order BIGINT NOT NULL,
    marks TEXT,
    accepted BIGINT NOT NULL,
    PRIMARY KEY (run_id, anonymized_id),
-- @sqlite
    FOREIGN KEY (anonymized_id) REFERENCES anonymized_applications (anonymized_id)
-- @end
-- @postgres
    FOREIGN KEY (anonymized_id, admission_cycle_id) REFERENCES anonymized_applications
-- @end
);
CREATE INDEX idx_fairness_order ON fairness_samples (run_id, item_order);
CREATE INDEX idx_fairness_anon ON fairness_samples (anonymized_id);

-- Where each question stands between two answers of a model. A row goes with its application.
CREATE TABLE fairness_checkpoints (
    run_id VARCHAR(50) NOT NULL REFERENCES fairness_runs (run_id),
    anonymized_id VARCHAR(50) NOT NULL,
    item BIGINT NOT NULL,
    state TEXT NOT NULL,
    PRIMARY KEY (run_id, anonymized_id, item)
);
CREATE INDEX idx_fairness_checkpoint_anon ON fairness_checkpoints (anonymized_id);
