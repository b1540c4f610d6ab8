-- @sqlite
DROP INDEX idx_anon_place;
CREATE UNIQUE INDEX idx_anon_app_id ON anonymized_applications (application_id);
-- @end
ALTER TABLE anonymized_applications DROP COLUMN scrub_order;
