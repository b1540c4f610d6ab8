-- Refused while rows exist, unless --discard-data.
DROP INDEX idx_anon_held;
DROP TABLE scrub_corrections;
ALTER TABLE anonymized_texts DROP COLUMN spans;
DROP TABLE scrub_policies;
