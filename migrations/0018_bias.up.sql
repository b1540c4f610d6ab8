-- Live bias monitoring: what was analysed, what was shown, the ledger of strike points, what people
-- decided about it, and the figures of drift.

-- One row for each utterance of an evaluator. state: waiting (a model is asked; what stands here is
-- the detector's answer), later (no model was reachable; it is asked when one is), done, error (the
-- answer was no use, a gap of the monitoring). response and what follows from it stay NULL until
-- the answer that counts. incident_id: the first analysis of the same incident. utterance and the
-- model's words go with the transcripts; owner and lease: the process that asks.
CREATE TABLE live_bias_analysis (
    id @ROWID@,
    transcript_id BIGINT NOT NULL UNIQUE,
    interview_id BIGINT NOT NULL REFERENCES interviews (id),
    admin_id VARCHAR(50) NOT NULL REFERENCES admin_users (admin_id),
    admission_cycle_id VARCHAR(50) NOT NULL REFERENCES admission_cycles (cycle_id),
    state VARCHAR(10) NOT NULL CHECK (state IN ('waiting', 'later', 'done', 'error')),
    spoken_at TIMESTAMPTZ NOT NULL,
    stt_confidence DOUBLE PRECISION CHECK (stt_confidence BETWEEN 0 AND 1),
    bias_detected BOOLEAN NOT NULL,
    severity VARCHAR(10) NOT NULL
        CHECK (severity IN ('none', 'low', 'medium', 'high', 'critical')),
    confidence_score DOUBLE PRECISION NOT NULL CHECK (confidence_score BETWEEN 0 AND 1),
    recommended_action VARCHAR(10) NOT NULL
        CHECK (recommended_action IN ('none', 'nudge', 'warn', 'block')),
    source VARCHAR(10) NOT NULL CHECK (source IN ('llm', 'rules')),
    llm_model VARCHAR(100) NOT NULL,
    analyzed_at TIMESTAMPTZ NOT NULL,
    config_hash VARCHAR(64) NOT NULL,
    response VARCHAR(12)
        CHECK (response IN ('none', 'info', 'warning', 'block', 'suppressed')),
    reason VARCHAR(20)
        CHECK (reason IN ('none', 'severity', 'status', 'strike_limit', 'duplicate')),
    flag VARCHAR(20)
        CHECK (flag IN ('none', 'review', 'critical_incident', 'status', 'strike_limit')),
    points BIGINT,
    incident_points BIGINT,
    incident_id BIGINT,
    asked BIGINT NOT NULL,
    owner VARCHAR(40),
    lease_until TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL,
    bias_types JSONB NOT NULL,
    evidence_quotes JSONB NOT NULL,
    detector JSONB NOT NULL,
    context_summary TEXT,
    llm_response_raw JSONB,
    utterance TEXT,
    checkpoint TEXT
);
CREATE INDEX idx_analysis_interview ON live_bias_analysis (interview_id, spoken_at);
CREATE INDEX idx_analysis_admin ON live_bias_analysis (admin_id, spoken_at);
CREATE INDEX idx_analysis_incident ON live_bias_analysis (incident_id)
    WHERE incident_id IS NOT NULL;
CREATE INDEX idx_analysis_open ON live_bias_analysis (state, lease_until)
    WHERE state IN ('waiting', 'later');

-- replaced_by: a stronger one of the same utterance took its place. withdrawn_at: the model did not
-- agree with the detector. At most one of an analysis stands.
CREATE TABLE live_nudges (
    id @ROWID@,
    interview_id BIGINT NOT NULL REFERENCES interviews (id),
    analysis_id BIGINT NOT NULL REFERENCES live_bias_analysis (id),
    admin_id VARCHAR(50) NOT NULL REFERENCES admin_users (admin_id),
    nudge_type VARCHAR(10) NOT NULL CHECK (nudge_type IN ('info', 'warning', 'block')),
    severity VARCHAR(10) NOT NULL
        CHECK (severity IN ('none', 'low', 'medium', 'high', 'critical')),
    message TEXT NOT NULL,
    display_duration BIGINT,
    requires_ack BOOLEAN NOT NULL,
    provisional BOOLEAN NOT NULL,
    replaces BIGINT,
    replaced_by BIGINT,
    withdrawn_at TIMESTAMPTZ,
    acknowledged BOOLEAN NOT NULL,
    acknowledged_at TIMESTAMPTZ,
    dismissed BOOLEAN NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    delivered_at TIMESTAMPTZ
);
CREATE UNIQUE INDEX uq_nudge_standing ON live_nudges (analysis_id) WHERE replaced_by IS NULL;
CREATE INDEX idx_nudges_interview ON live_nudges (interview_id, id);
CREATE INDEX idx_nudges_admin ON live_nudges (admin_id, id);
CREATE INDEX idx_nudges_undelivered ON live_nudges (interview_id)
    WHERE delivered_at IS NULL AND replaced_by IS NULL;

-- The ledger, of which every counter is a sum: rows are only added. kind: points (of an incident);
-- void (the incident's rows before it count no more); reinstate; cycle_completed (for everybody: no
-- admin_id); opening (what came with an import: lifetime points, status, last strike) and
-- opening_cycle (points of a cycle). at: when it was said, or decided.
CREATE TABLE bias_ledger (
    id @ROWID@,
    admin_id VARCHAR(50) REFERENCES admin_users (admin_id),
    kind VARCHAR(20) NOT NULL CHECK (kind IN ('points', 'void', 'reinstate', 'cycle_completed',
        'opening', 'opening_cycle')),
    admission_cycle_id VARCHAR(50) REFERENCES admission_cycles (cycle_id),
    interview_id BIGINT REFERENCES interviews (id),
    analysis_id BIGINT REFERENCES live_bias_analysis (id),
    incident_id BIGINT,
    points BIGINT NOT NULL CHECK (points >= 0),
    status VARCHAR(10) CHECK (status IN ('active', 'warned', 'suspended', 'banned')),
    at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL,
    CHECK ((admin_id IS NULL) = (kind = 'cycle_completed')),
    CHECK (kind <> 'points' OR (points > 0 AND analysis_id IS NOT NULL))
);
CREATE INDEX idx_ledger_admin ON bias_ledger (admin_id, id);
CREATE INDEX idx_ledger_cycle ON bias_ledger (admission_cycle_id, admin_id);
CREATE UNIQUE INDEX uq_ledger_analysis ON bias_ledger (analysis_id) WHERE kind = 'points';
-- @sqlite
CREATE TRIGGER bias_ledger_no_update BEFORE UPDATE ON bias_ledger
BEGIN SELECT RAISE(ABORT, 'the bias ledger is append-only'); END;
CREATE TRIGGER bias_ledger_no_delete BEFORE DELETE ON bias_ledger
BEGIN SELECT RAISE(ABORT, 'the bias ledger is append-only'); END;
-- @end
-- @postgres
CREATE TRIGGER bias_ledger_no_update BEFORE UPDATE OR DELETE ON bias_ledger
    FOR EACH ROW EXECUTE FUNCTION audit_entry_refuse();
-- @end

-- What monitoring has done to a room.
CREATE TABLE bias_rooms (
    interview_id BIGINT PRIMARY KEY REFERENCES interviews (id),
    terminated_at TIMESTAMPTZ,
    paused_at TIMESTAMPTZ,
    warning_delivered_at TIMESTAMPTZ
);
CREATE INDEX idx_bias_rooms_paused ON bias_rooms (paused_at) WHERE paused_at IS NOT NULL;

-- verdict: what a person decided; escalated flags wait for another person. paused: the room waits
-- for the verdict.
CREATE TABLE bias_flags (
    id @ROWID@,
    interview_id BIGINT NOT NULL REFERENCES interviews (id),
    analysis_id BIGINT NOT NULL REFERENCES live_bias_analysis (id),
    admin_id VARCHAR(50) NOT NULL REFERENCES admin_users (admin_id),
    application_id VARCHAR(50),
    flag_type VARCHAR(50) NOT NULL,
    severity VARCHAR(10) NOT NULL
        CHECK (severity IN ('none', 'low', 'medium', 'high', 'critical')),
    action_taken VARCHAR(50) NOT NULL,
    automatic BOOLEAN NOT NULL,
    reviewed BOOLEAN NOT NULL,
    verdict VARCHAR(20) CHECK (verdict IN ('upheld', 'false_alarm', 'escalated', 'confirmed')),
    reviewed_by VARCHAR(50) REFERENCES admin_users (admin_id),
    reviewed_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL,
    description TEXT NOT NULL,
    evidence JSONB NOT NULL,
    resolution TEXT
);
CREATE INDEX idx_flags_admin ON bias_flags (admin_id, created_at);
CREATE INDEX idx_flags_review ON bias_flags (reviewed, severity);
CREATE INDEX idx_flags_interview ON bias_flags (interview_id);

-- What the ledger came to when it was last looked at, for lists; decisions count anew.
CREATE TABLE admin_bias_history (
    id @ROWID@,
    admin_id VARCHAR(50) NOT NULL UNIQUE REFERENCES admin_users (admin_id),
    total_interviews_conducted BIGINT NOT NULL,
    total_bias_incidents BIGINT NOT NULL,
    total_blocks_received BIGINT NOT NULL,
    current_status VARCHAR(10) NOT NULL
        CHECK (current_status IN ('active', 'warned', 'suspended', 'banned')),
    suspension_count BIGINT NOT NULL,
    last_incident_date TIMESTAMPTZ,
    strikes BIGINT NOT NULL,
    lifetime_strikes BIGINT NOT NULL,
    strike_reset_date TIMESTAMPTZ,
    notes TEXT,
    updated_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX idx_bias_history_status ON admin_bias_history (current_status);

-- Times in which nobody listened: lost (no audio), error (an answer that was no use).
CREATE TABLE monitoring_gaps (
    id @ROWID@,
    interview_id BIGINT NOT NULL REFERENCES interviews (id),
    analysis_id BIGINT REFERENCES live_bias_analysis (id),
    cause VARCHAR(10) NOT NULL CHECK (cause IN ('lost', 'error')),
    began_at TIMESTAMPTZ NOT NULL,
    seconds BIGINT NOT NULL CHECK (seconds >= 0),
    created_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX idx_gaps_interview ON monitoring_gaps (interview_id, began_at);

-- An evaluator says that a nudge was wrong. verdict: accepted (it was) or rejected.
CREATE TABLE nudge_appeals (
    nudge_id BIGINT PRIMARY KEY REFERENCES live_nudges (id),
    interview_id BIGINT NOT NULL REFERENCES interviews (id),
    admin_id VARCHAR(50) NOT NULL REFERENCES admin_users (admin_id),
    created_at TIMESTAMPTZ NOT NULL,
    verdict VARCHAR(10) CHECK (verdict IN ('accepted', 'rejected')),
    decided_by VARCHAR(50) REFERENCES admin_users (admin_id),
    decided_at TIMESTAMPTZ,
    reason TEXT NOT NULL,
    note TEXT
);
CREATE INDEX idx_appeals_open ON nudge_appeals (created_at) WHERE verdict IS NULL;

-- Of one evaluator and period; a figure that rests on too little is NULL. figures: all of them with
-- the numbers they rest on.
CREATE TABLE drift_metrics (
    id @ROWID@,
    admin_id VARCHAR(50) NOT NULL REFERENCES admin_users (admin_id),
    admission_cycle_id VARCHAR(50) REFERENCES admission_cycles (cycle_id),
    period_start TIMESTAMPTZ NOT NULL,
    period_end TIMESTAMPTZ NOT NULL,
    total_interviews BIGINT NOT NULL,
    bias_incidents BIGINT NOT NULL,
    nudges_delivered BIGINT NOT NULL,
    warnings_delivered BIGINT NOT NULL,
    blocks_triggered BIGINT NOT NULL,
    avg_score_given DOUBLE PRECISION,
    score_variance DOUBLE PRECISION,
    harsh_outlier_count BIGINT NOT NULL,
    lenient_outlier_count BIGINT NOT NULL,
    irr_correlation DOUBLE PRECISION,
    risk_score DOUBLE PRECISION CHECK (risk_score BETWEEN 0 AND 1),
    risk_level VARCHAR(20) CHECK (risk_level IN ('low', 'medium', 'high', 'critical')),
    calculated_at TIMESTAMPTZ NOT NULL,
    figures JSONB NOT NULL
);
CREATE INDEX idx_drift_admin ON drift_metrics (admin_id, period_end);
CREATE UNIQUE INDEX uq_drift_period ON drift_metrics
    (admin_id, COALESCE(admission_cycle_id, ''), period_start, period_end);
