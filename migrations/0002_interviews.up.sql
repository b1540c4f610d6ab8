-- Interviews, their scores, and what a shortlist fixed before them.

-- A cycle that selects by a shortlist: how far it reaches and how the two scores weigh, fixed
-- before the first interview. finished_at: when the final selection was made.
CREATE TABLE shortlists (
    admission_cycle_id VARCHAR(50) PRIMARY KEY REFERENCES admission_cycles (cycle_id),
    factor BIGINT NOT NULL CHECK (factor >= 1),
    weight_application DOUBLE PRECISION NOT NULL CHECK (weight_application >= 0),
    weight_interview DOUBLE PRECISION NOT NULL CHECK (weight_interview >= 0),
    shortlisted_count BIGINT NOT NULL CHECK (shortlisted_count >= 0),
    created_at TIMESTAMPTZ NOT NULL,
    finished_at TIMESTAMPTZ
);

-- A cancelled interview stays, with its evidence; the application may then have another.
CREATE TABLE interviews (
    id @ROWID@,
    application_id VARCHAR(50) NOT NULL REFERENCES applications (application_id),
    student_id VARCHAR(50) NOT NULL REFERENCES student_accounts (student_id),
    admin_id VARCHAR(50) NOT NULL REFERENCES admin_users (admin_id),
    admission_cycle_id VARCHAR(50) NOT NULL REFERENCES admission_cycles (cycle_id),
    interview_time TIMESTAMPTZ NOT NULL,
    interview_link TEXT NOT NULL,
    status VARCHAR(20) NOT NULL CHECK (status IN ('scheduled', 'completed', 'cancelled')),
    notes TEXT,
    started_at TIMESTAMPTZ,
    coi_accepted_at TIMESTAMPTZ,
    coi_accepted_by VARCHAR(50) REFERENCES admin_users (admin_id),
    cancelled_at TIMESTAMPTZ,
    cancelled_by VARCHAR(50) REFERENCES admin_users (admin_id),
    cancel_reason TEXT,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX uq_interview_application ON interviews (application_id)
    WHERE status <> 'cancelled';
CREATE INDEX idx_interview_status_time ON interviews (status, interview_time);
CREATE INDEX idx_interview_student_cycle ON interviews (student_id, admission_cycle_id);
CREATE INDEX idx_interview_admin_cycle ON interviews (admin_id, admission_cycle_id);
CREATE INDEX idx_interview_cycle_time ON interviews (admission_cycle_id, interview_time);
CREATE INDEX idx_interview_started_at ON interviews (started_at);

-- Marks from 0 to 10; final_interview_score is their mean, rounded to hundredths.
CREATE TABLE interview_scores (
    id @ROWID@,
    interview_id BIGINT NOT NULL REFERENCES interviews (id),
    communication_score DOUBLE PRECISION NOT NULL CHECK (communication_score BETWEEN 0 AND 10),
    critical_thinking_score DOUBLE PRECISION NOT NULL
        CHECK (critical_thinking_score BETWEEN 0 AND 10),
    motivation_score DOUBLE PRECISION NOT NULL CHECK (motivation_score BETWEEN 0 AND 10),
    final_interview_score DOUBLE PRECISION NOT NULL CHECK (final_interview_score BETWEEN 0 AND 10),
    notes TEXT,
    scored_at TIMESTAMPTZ NOT NULL,
    scored_by VARCHAR(50) NOT NULL REFERENCES admin_users (admin_id)
);
CREATE UNIQUE INDEX uq_interview_score_interview ON interview_scores (interview_id);
CREATE INDEX idx_interview_score_final ON interview_scores (final_interview_score);
