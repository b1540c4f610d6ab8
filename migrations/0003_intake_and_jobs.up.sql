-- Submissions are counted beside the cycle, so that they do not all wait for its one row; the freeze
-- sums the counters up in admission_cycles.current_seats.
CREATE TABLE cycle_intake (
    cycle_id VARCHAR(50) NOT NULL REFERENCES admission_cycles (cycle_id) ON DELETE CASCADE,
    shard BIGINT NOT NULL CHECK (shard >= 0),
    taken BIGINT NOT NULL CHECK (taken >= 0),
    PRIMARY KEY (cycle_id, shard)
);

-- What is known of a chunk that was given up: its last error, who had it, and when it ended.
ALTER TABLE job_chunks ADD COLUMN error TEXT;
ALTER TABLE job_chunks ADD COLUMN last_owner VARCHAR(50);
ALTER TABLE job_chunks ADD COLUMN failed_at TIMESTAMPTZ;
CREATE INDEX idx_job_chunks_failed ON job_chunks (job_id, stage, chunk) WHERE state = 'failed';

-- At most one job of a kind is active for a cycle.
CREATE UNIQUE INDEX idx_jobs_one_active ON jobs (admission_cycle_id, kind)
    WHERE state IN ('queued', 'running');
