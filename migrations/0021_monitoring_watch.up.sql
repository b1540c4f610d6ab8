-- Which process listens to an interview's evaluator, and up to when all that was said is written
-- down. A row whose process is gone becomes a gap of the monitoring.
CREATE TABLE monitoring_watch (
    interview_id BIGINT PRIMARY KEY REFERENCES interviews (id),
    owner VARCHAR(50) NOT NULL,
    settled_at TIMESTAMPTZ NOT NULL,
    seen_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX idx_monitoring_watch_seen ON monitoring_watch (seen_at);
