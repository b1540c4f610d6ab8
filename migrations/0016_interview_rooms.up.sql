-- Slots of interviews, statements of interest, scorecards in the making, and transcripts.

ALTER TABLE interviews ADD COLUMN duration_minutes BIGINT NOT NULL DEFAULT 30;
ALTER TABLE interviews ADD COLUMN time_zone VARCHAR(64);
ALTER TABLE interviews ADD COLUMN completed_at TIMESTAMPTZ;
ALTER TABLE interviews ADD COLUMN cancel_code VARCHAR(20);
ALTER TABLE interviews ADD COLUMN version BIGINT NOT NULL DEFAULT 1;

-- What a mark rests on, beside the note on the whole.
ALTER TABLE interview_scores ADD COLUMN communication_notes TEXT;
ALTER TABLE interview_scores ADD COLUMN critical_thinking_notes TEXT;
ALTER TABLE interview_scores ADD COLUMN motivation_notes TEXT;

-- An evaluator's statement before an interview: the three sentences accepted, or declined with a
-- reason. Who declined one is not given it again.
CREATE TABLE coi_declarations (
    id @ROWID@,
    interview_id BIGINT NOT NULL REFERENCES interviews (id),
    admin_id VARCHAR(50) NOT NULL REFERENCES admin_users (admin_id),
    accepted BOOLEAN NOT NULL,
    reason TEXT,
    declared_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX idx_coi_interview ON coi_declarations (interview_id, admin_id);

-- A scorecard before it is submitted; only its evaluator sees it.
CREATE TABLE interview_score_drafts (
    interview_id BIGINT PRIMARY KEY REFERENCES interviews (id),
    admin_id VARCHAR(50) NOT NULL REFERENCES admin_users (admin_id),
    card JSONB NOT NULL,
    tag BIGINT NOT NULL,
    saved_at TIMESTAMPTZ NOT NULL
);

-- What was said, segment by segment. A correction stands beside what was heard. admin_id: whose
-- voice it is, when it is the evaluator's.
CREATE TABLE live_transcripts (
    id @ROWID@,
    interview_id BIGINT NOT NULL REFERENCES interviews (id),
    admission_cycle_id VARCHAR(50) NOT NULL REFERENCES admission_cycles (cycle_id),
    speaker VARCHAR(20) NOT NULL CHECK (speaker IN ('evaluator', 'student')),
    admin_id VARCHAR(50) REFERENCES admin_users (admin_id),
    transcript_text TEXT NOT NULL,
    start_time TIMESTAMPTZ NOT NULL,
    end_time TIMESTAMPTZ NOT NULL,
    confidence_score DOUBLE PRECISION,
    provider VARCHAR(100) NOT NULL,
    corrected_text TEXT,
    corrected_by VARCHAR(20) CHECK (corrected_by IN ('evaluator', 'student')),
    corrected_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX idx_transcripts_interview ON live_transcripts (interview_id, start_time);
CREATE UNIQUE INDEX uq_transcript_segment ON live_transcripts (interview_id, speaker, start_time);
