-- Evaluation by a provider's Batch API.

-- One file of questions on its way. state: made (its applications are taken), uploaded (the file is
-- there), submitted (the provider works), ended (it has ended), fetched (its answers are in), dropped (it
-- never came to be). remote_*: the provider's own words and names.
CREATE TABLE model_batches (
    model_batch_id VARCHAR(50) PRIMARY KEY,
    admission_cycle_id VARCHAR(50) NOT NULL REFERENCES admission_cycles (cycle_id),
    batch_run_id BIGINT NOT NULL REFERENCES batch_runs (batch_id),
    pass VARCHAR(10) NOT NULL CHECK (pass IN ('worker', 'judge')),
    model VARCHAR(100) NOT NULL,
    state VARCHAR(20) NOT NULL CHECK (state IN ('made', 'uploaded', 'submitted', 'ended',
        'fetched', 'dropped')),
    questions BIGINT NOT NULL,
    sha256 VARCHAR(64),
    remote_file VARCHAR(255),
    remote_batch VARCHAR(255),
    remote_state VARCHAR(40),
    remote_output VARCHAR(255),
    remote_errors VARCHAR(255),
    remote_done BIGINT NOT NULL,
    remote_failed BIGINT NOT NULL,
    imported BIGINT NOT NULL,
    refused BIGINT NOT NULL,
    error TEXT,
    created_at TIMESTAMPTZ NOT NULL,
    submitted_at TIMESTAMPTZ,
    ended_at TIMESTAMPTZ
);
CREATE INDEX idx_model_batch_cycle ON model_batches (admission_cycle_id, created_at);

-- The applications of a batch that is not over: none is asked about twice at the same time.
CREATE TABLE model_batch_items (
    anonymized_id VARCHAR(50) NOT NULL,
    admission_cycle_id VARCHAR(50) NOT NULL REFERENCES admission_cycles (cycle_id),
    model_batch_id VARCHAR(50) NOT NULL REFERENCES model_batches (model_batch_id),
    PRIMARY KEY (anonymized_id, admission_cycle_id),
-- @sqlite
    FOREIGN KEY (anonymized_id) REFERENCES anonymized_applications (anonymized_id)
-- @end
-- @postgres
    FOREIGN KEY (anonymized_id, admission_cycle_id) REFERENCES anonymized_applications
-- @end
);
CREATE INDEX idx_batch_item ON model_batch_items (model_batch_id);
