-- Takes the cycle out of the keys and out of the side tables again.
-- @postgres
ALTER TABLE applications DROP CONSTRAINT applications_pkey CASCADE, ADD PRIMARY KEY (application_id);
ALTER TABLE anonymized_applications DROP CONSTRAINT anonymized_applications_pkey CASCADE,
    ADD PRIMARY KEY (anonymized_id),
    ADD FOREIGN KEY (application_id) REFERENCES applications;
DROP INDEX idx_anon_app_id;
CREATE UNIQUE INDEX idx_anon_app_id ON anonymized_applications (application_id);
ALTER TABLE application_texts DROP CONSTRAINT application_texts_pkey,
    ADD PRIMARY KEY (application_id), ADD FOREIGN KEY (application_id) REFERENCES applications;
ALTER TABLE anonymized_texts DROP CONSTRAINT anonymized_texts_pkey,
    ADD PRIMARY KEY (anonymized_id),
    ADD FOREIGN KEY (anonymized_id) REFERENCES anonymized_applications;
ALTER TABLE identity_mapping DROP CONSTRAINT identity_mapping_pkey,
    ADD PRIMARY KEY (mapping_id),
    ADD FOREIGN KEY (anonymized_id) REFERENCES anonymized_applications,
    ADD FOREIGN KEY (application_id) REFERENCES applications;
DROP INDEX idx_identity_anon;
DROP INDEX idx_identity_app;
CREATE UNIQUE INDEX idx_identity_anon ON identity_mapping (anonymized_id);
CREATE UNIQUE INDEX idx_identity_app ON identity_mapping (application_id);
ALTER TABLE deterministic_metrics DROP CONSTRAINT deterministic_metrics_pkey,
    ADD PRIMARY KEY (metric_id), ADD FOREIGN KEY (application_id) REFERENCES applications;
DROP INDEX idx_metrics_app_id;
CREATE UNIQUE INDEX idx_metrics_app_id ON deterministic_metrics (application_id);
ALTER TABLE worker_results DROP CONSTRAINT worker_results_pkey CASCADE,
    ADD PRIMARY KEY (result_id),
    ADD FOREIGN KEY (anonymized_id) REFERENCES anonymized_applications;
DROP INDEX idx_worker_anon_attempt;
CREATE UNIQUE INDEX idx_worker_anon_attempt ON worker_results (anonymized_id, attempt_number);
ALTER TABLE judge_results DROP CONSTRAINT judge_results_pkey,
    ADD PRIMARY KEY (judge_id),
    ADD FOREIGN KEY (anonymized_id) REFERENCES anonymized_applications,
    ADD FOREIGN KEY (worker_result_id) REFERENCES worker_results;
DROP INDEX idx_judge_worker;
CREATE UNIQUE INDEX idx_judge_worker ON judge_results (worker_result_id);
ALTER TABLE final_scores DROP CONSTRAINT final_scores_pkey,
    ADD PRIMARY KEY (score_id), ADD FOREIGN KEY (anonymized_id) REFERENCES anonymized_applications;
DROP INDEX idx_final_anon;
CREATE UNIQUE INDEX idx_final_anon ON final_scores (anonymized_id);
ALTER TABLE final_score_texts DROP CONSTRAINT final_score_texts_pkey,
    ADD PRIMARY KEY (anonymized_id),
    ADD FOREIGN KEY (anonymized_id) REFERENCES anonymized_applications;
ALTER TABLE interviews ADD FOREIGN KEY (application_id) REFERENCES applications;
-- @end

ALTER TABLE final_score_texts DROP COLUMN admission_cycle_id;
ALTER TABLE judge_results DROP COLUMN admission_cycle_id;
ALTER TABLE worker_results DROP COLUMN admission_cycle_id;
ALTER TABLE identity_mapping DROP COLUMN admission_cycle_id;
ALTER TABLE anonymized_texts DROP COLUMN admission_cycle_id;
ALTER TABLE application_texts DROP COLUMN admission_cycle_id;
