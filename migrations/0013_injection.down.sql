ALTER TABLE anonymized_applications DROP COLUMN injection_signs;
ALTER TABLE anonymized_applications DROP COLUMN injection_score;
