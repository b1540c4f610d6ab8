-- Entries of the log that wait for their place in it, where many write at the same time. draft:
-- the canonical entry with idx 0, no prev and the time at which it was made. Rows come and go
-- whole; only the sequencer takes them away.
CREATE TABLE audit_pending (
    pending_id @ROWID@,
    act VARCHAR(40) NOT NULL,
    subj VARCHAR(100),
    cycle_id VARCHAR(50),
    draft BYTEA NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
);

-- @sqlite
CREATE TRIGGER audit_pending_no_update BEFORE UPDATE ON audit_pending
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
-- @end
-- @postgres
CREATE TRIGGER audit_pending_no_update BEFORE UPDATE ON audit_pending
    FOR EACH ROW EXECUTE FUNCTION audit_entry_refuse();
-- @end
