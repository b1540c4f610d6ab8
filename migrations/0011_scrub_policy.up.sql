-- What is taken out of the texts of a cycle, in versions that never change; the log has the SHA-256
-- of each. A cycle without a row has the preset.
CREATE TABLE scrub_policies (
    admission_cycle_id VARCHAR(50) NOT NULL REFERENCES admission_cycles (cycle_id) ON DELETE CASCADE,
    version BIGINT NOT NULL CHECK (version > 0),
    policy TEXT NOT NULL,
    sha256 VARCHAR(64) NOT NULL,
    created_by VARCHAR(50) NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (admission_cycle_id, version)
);

-- Where the scrubber changed a text, by which rule; never what stood there.
ALTER TABLE anonymized_texts ADD COLUMN spans TEXT;

-- What a person changed in a result that was held: kept as the ground for better rules.
CREATE TABLE scrub_corrections (
    correction_id @ROWID@,
    anonymized_id VARCHAR(50) NOT NULL,
    admission_cycle_id VARCHAR(50) NOT NULL REFERENCES admission_cycles (cycle_id),
    field VARCHAR(20) NOT NULL,
    from_byte BIGINT NOT NULL,
    to_byte BIGINT NOT NULL,
    action VARCHAR(20) NOT NULL,
    type VARCHAR(20) NOT NULL,
    created_by VARCHAR(50) NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX idx_corrections_cycle ON scrub_corrections (admission_cycle_id, anonymized_id);
CREATE INDEX idx_anon_held ON anonymized_applications (admission_cycle_id, anonymized_id)
    WHERE held_reason IS NOT NULL;
