-- The place of the application in the order of scrubbing, with its anonymous row: a chunk of
-- scrubbing holds applications of neighbouring places, so an index that begins with the place is
-- written at a few pages. By the application alone each row met a page of its own, and a million
-- of them wrote most of the index again and again.
ALTER TABLE anonymized_applications ADD COLUMN scrub_order BIGINT NOT NULL DEFAULT 0;
UPDATE anonymized_applications SET scrub_order = COALESCE((SELECT a.scrub_order
    FROM applications a WHERE a.application_id = anonymized_applications.application_id), 0);
-- @sqlite
DROP INDEX idx_anon_app_id;
CREATE UNIQUE INDEX idx_anon_place ON anonymized_applications (scrub_order, application_id);
-- @end
