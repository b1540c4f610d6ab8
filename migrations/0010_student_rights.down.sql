-- Takes drafts, consents, reads of identities and waiting erasures away. The texts in settings stay.
DROP INDEX idx_student_erase;
ALTER TABLE student_accounts DROP COLUMN erase_requested_at;
DROP TABLE identity_reads;
ALTER TABLE application_texts DROP COLUMN consent_stated;
ALTER TABLE application_texts DROP COLUMN consent_version;
DROP TABLE application_drafts;
