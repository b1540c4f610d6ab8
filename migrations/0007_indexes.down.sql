DROP INDEX idx_app_cycle_scrub;
CREATE INDEX idx_app_cycle_scrub ON applications (admission_cycle_id, scrub_order);
CREATE INDEX idx_app_email ON application_texts (email_hash);
-- @sqlite
CREATE UNIQUE INDEX idx_identity_app ON identity_mapping (application_id);
-- @end
-- @postgres
CREATE UNIQUE INDEX idx_identity_app ON identity_mapping (application_id, admission_cycle_id);
-- @end
