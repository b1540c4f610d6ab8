-- What cost more than it gave. Nothing looks an application up by the hash of its e-mail, and one
-- mapping for each application follows from one for each anonymous row (idx_identity_anon) and one
-- anonymous row for each application (idx_anon_app_id). Both indexes met their keys in random
-- order: each chunk of a large cycle wrote most of their pages again.
DROP INDEX idx_app_email;
DROP INDEX idx_identity_app;

-- The random order of scrubbing is asked for between the freeze and the end of scrubbing only:
-- submissions need not carry it on, one page for each.
DROP INDEX idx_app_cycle_scrub;
CREATE INDEX idx_app_cycle_scrub ON applications (admission_cycle_id, scrub_order)
    WHERE status = 'finalized';
