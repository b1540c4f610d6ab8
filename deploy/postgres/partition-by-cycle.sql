-- Worked example: partitions by admission cycle, for an installation whose tables have outgrown one
-- piece. Run once, by the owner of the schema, with the servers stopped, in one transaction:
--     psql --single-transaction --set ON_ERROR_STOP=1 --file partition-by-cycle.sql "$DATABASE_DIRECT_URL"
-- What is there becomes the default partition. No statement of ENIGMA changes: every key of these
-- tables holds the cycle. Later migrations of ENIGMA that alter these tables work on the parents.

CREATE TEMPORARY TABLE hot (name TEXT PRIMARY KEY) ON COMMIT DROP;
INSERT INTO hot VALUES ('applications'), ('application_texts'), ('anonymized_applications'),
    ('anonymized_texts'), ('identity_mapping'), ('deterministic_metrics'), ('worker_results'),
    ('judge_results'), ('final_scores'), ('final_score_texts');

CREATE TEMPORARY TABLE links ON COMMIT DROP AS
    SELECT c.conrelid::regclass::text AS child, c.conname::text AS name,
           pg_get_constraintdef(c.oid) AS rule
    FROM pg_constraint c
    WHERE c.contype = 'f' AND (c.conrelid::regclass::text IN (SELECT h.name FROM hot h)
        OR c.confrelid::regclass::text IN (SELECT h.name FROM hot h));

DO $$
DECLARE
    t TEXT;
    l RECORD;
    id TEXT;
BEGIN
    FOR l IN SELECT * FROM links LOOP
        EXECUTE format('ALTER TABLE %I DROP CONSTRAINT %I', l.child, l.name);
    END LOOP;
    FOR t IN SELECT h.name FROM hot h LOOP
        EXECUTE format('ALTER TABLE %I RENAME TO %I', t, t || '_rest');
        EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL) PARTITION BY LIST (admission_cycle_id)',
                       t, t || '_rest');
        SELECT a.attname INTO id FROM pg_attribute a
            WHERE a.attrelid = (t || '_rest')::regclass AND a.attidentity <> '';
        IF id IS NOT NULL THEN
            EXECUTE format('ALTER TABLE %I ALTER COLUMN %I DROP IDENTITY', t || '_rest', id);
        END IF;
        EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I DEFAULT', t, t || '_rest');
        IF id IS NOT NULL THEN
            EXECUTE format('SELECT setval(pg_get_serial_sequence(%L, %L), '
                           'COALESCE((SELECT MAX(%I) FROM %I), 0) + 1, false)', t, id, id, t);
        END IF;
    END LOOP;
    FOR l IN SELECT * FROM links LOOP
        EXECUTE format('ALTER TABLE %I ADD CONSTRAINT %I %s', l.child, l.name, l.rule);
    END LOOP;
END $$;

-- A partition of its own for a cycle, made before its first application arrives:
--     SELECT enigma_partition_cycle('CYC_20270101_000000_AB12');
CREATE FUNCTION enigma_partition_cycle(cycle TEXT) RETURNS VOID LANGUAGE plpgsql AS $$
DECLARE
    t TEXT;
BEGIN
    FOREACH t IN ARRAY ARRAY['applications', 'application_texts', 'anonymized_applications',
        'anonymized_texts', 'identity_mapping', 'deterministic_metrics', 'worker_results',
        'judge_results', 'final_scores', 'final_score_texts'] LOOP
        EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES IN (%L)',
                       lower(t || '_' || cycle), t, cycle);
    END LOOP;
END $$;
