-- The cycle in every hot table, and on PostgreSQL in its keys, so that these tables can be
-- partitioned by cycle or distributed by it (deploy/postgres). A key begins with the row's own id:
-- looking up by the id alone goes by the same index.

ALTER TABLE application_texts ADD COLUMN admission_cycle_id VARCHAR(50) NOT NULL DEFAULT '';
ALTER TABLE anonymized_texts ADD COLUMN admission_cycle_id VARCHAR(50) NOT NULL DEFAULT '';
ALTER TABLE identity_mapping ADD COLUMN admission_cycle_id VARCHAR(50) NOT NULL DEFAULT '';
ALTER TABLE worker_results ADD COLUMN admission_cycle_id VARCHAR(50) NOT NULL DEFAULT '';
ALTER TABLE judge_results ADD COLUMN admission_cycle_id VARCHAR(50) NOT NULL DEFAULT '';
ALTER TABLE final_score_texts ADD COLUMN admission_cycle_id VARCHAR(50) NOT NULL DEFAULT '';

UPDATE application_texts SET admission_cycle_id = (SELECT a.admission_cycle_id FROM applications a
    WHERE a.application_id = application_texts.application_id);
UPDATE anonymized_texts SET admission_cycle_id = (SELECT a.admission_cycle_id
    FROM anonymized_applications a WHERE a.anonymized_id = anonymized_texts.anonymized_id);
UPDATE identity_mapping SET admission_cycle_id = (SELECT a.admission_cycle_id
    FROM anonymized_applications a WHERE a.anonymized_id = identity_mapping.anonymized_id);
UPDATE worker_results SET admission_cycle_id = (SELECT a.admission_cycle_id
    FROM anonymized_applications a WHERE a.anonymized_id = worker_results.anonymized_id);
UPDATE judge_results SET admission_cycle_id = (SELECT a.admission_cycle_id
    FROM anonymized_applications a WHERE a.anonymized_id = judge_results.anonymized_id);
UPDATE final_score_texts SET admission_cycle_id = (SELECT a.admission_cycle_id
    FROM anonymized_applications a WHERE a.anonymized_id = final_score_texts.anonymized_id);

-- @postgres
ALTER TABLE applications DROP CONSTRAINT applications_pkey CASCADE,
    ADD PRIMARY KEY (application_id, admission_cycle_id);
ALTER TABLE anonymized_applications DROP CONSTRAINT anonymized_applications_pkey CASCADE,
    ADD PRIMARY KEY (anonymized_id, admission_cycle_id),
    ADD FOREIGN KEY (application_id, admission_cycle_id) REFERENCES applications;
DROP INDEX idx_anon_app_id;
CREATE UNIQUE INDEX idx_anon_app_id ON anonymized_applications (application_id, admission_cycle_id);
ALTER TABLE application_texts DROP CONSTRAINT application_texts_pkey,
    ADD PRIMARY KEY (application_id, admission_cycle_id),
    ADD FOREIGN KEY (application_id, admission_cycle_id) REFERENCES applications,
    ALTER COLUMN admission_cycle_id DROP DEFAULT;
ALTER TABLE anonymized_texts DROP CONSTRAINT anonymized_texts_pkey,
    ADD PRIMARY KEY (anonymized_id, admission_cycle_id),
    ADD FOREIGN KEY (anonymized_id, admission_cycle_id) REFERENCES anonymized_applications,
    ALTER COLUMN admission_cycle_id DROP DEFAULT;
ALTER TABLE identity_mapping DROP CONSTRAINT identity_mapping_pkey,
    ADD PRIMARY KEY (mapping_id, admission_cycle_id),
    ADD FOREIGN KEY (anonymized_id, admission_cycle_id) REFERENCES anonymized_applications,
    ADD FOREIGN KEY (application_id, admission_cycle_id) REFERENCES applications,
    ALTER COLUMN admission_cycle_id DROP DEFAULT;
DROP INDEX idx_identity_anon;
DROP INDEX idx_identity_app;
CREATE UNIQUE INDEX idx_identity_anon ON identity_mapping (anonymized_id, admission_cycle_id);
CREATE UNIQUE INDEX idx_identity_app ON identity_mapping (application_id, admission_cycle_id);
ALTER TABLE deterministic_metrics DROP CONSTRAINT deterministic_metrics_pkey,
    ADD PRIMARY KEY (metric_id, admission_cycle_id),
    ADD FOREIGN KEY (application_id, admission_cycle_id) REFERENCES applications;
DROP INDEX idx_metrics_app_id;
CREATE UNIQUE INDEX idx_metrics_app_id ON deterministic_metrics (application_id, admission_cycle_id);
ALTER TABLE worker_results DROP CONSTRAINT worker_results_pkey CASCADE,
    ADD PRIMARY KEY (result_id, admission_cycle_id),
    ADD FOREIGN KEY (anonymized_id, admission_cycle_id) REFERENCES anonymized_applications,
    ALTER COLUMN admission_cycle_id DROP DEFAULT;
DROP INDEX idx_worker_anon_attempt;
CREATE UNIQUE INDEX idx_worker_anon_attempt
    ON worker_results (anonymized_id, attempt_number, admission_cycle_id);
ALTER TABLE judge_results DROP CONSTRAINT judge_results_pkey,
    ADD PRIMARY KEY (judge_id, admission_cycle_id),
    ADD FOREIGN KEY (anonymized_id, admission_cycle_id) REFERENCES anonymized_applications,
    ADD FOREIGN KEY (worker_result_id, admission_cycle_id) REFERENCES worker_results,
    ALTER COLUMN admission_cycle_id DROP DEFAULT;
DROP INDEX idx_judge_worker;
CREATE UNIQUE INDEX idx_judge_worker ON judge_results (worker_result_id, admission_cycle_id);
ALTER TABLE final_scores DROP CONSTRAINT final_scores_pkey,
    ADD PRIMARY KEY (score_id, admission_cycle_id),
    ADD FOREIGN KEY (anonymized_id, admission_cycle_id) REFERENCES anonymized_applications;
DROP INDEX idx_final_anon;
CREATE UNIQUE INDEX idx_final_anon ON final_scores (anonymized_id, admission_cycle_id);
ALTER TABLE final_score_texts DROP CONSTRAINT final_score_texts_pkey,
    ADD PRIMARY KEY (anonymized_id, admission_cycle_id),
    ADD FOREIGN KEY (anonymized_id, admission_cycle_id) REFERENCES anonymized_applications,
    ALTER COLUMN admission_cycle_id DROP DEFAULT;
ALTER TABLE interviews
    ADD FOREIGN KEY (application_id, admission_cycle_id) REFERENCES applications;
-- @end
