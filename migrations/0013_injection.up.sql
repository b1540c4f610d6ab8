-- What the detector saw in the applicant's own words, before they were scrubbed: orders to whoever
-- marks them. Zero: nothing, or no models were configured then.
ALTER TABLE anonymized_applications ADD COLUMN injection_score BIGINT NOT NULL DEFAULT 0;
ALTER TABLE anonymized_applications ADD COLUMN injection_signs BIGINT NOT NULL DEFAULT 0;
