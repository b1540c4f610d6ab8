DROP INDEX idx_jobs_one_active;
DROP INDEX idx_job_chunks_failed;
ALTER TABLE job_chunks DROP COLUMN failed_at;
ALTER TABLE job_chunks DROP COLUMN last_owner;
ALTER TABLE job_chunks DROP COLUMN error;
UPDATE admission_cycles SET current_seats = current_seats + (SELECT
    COALESCE(CAST(SUM(i.taken) AS BIGINT), 0) FROM cycle_intake i
    WHERE i.cycle_id = admission_cycles.cycle_id);
DROP TABLE cycle_intake;
