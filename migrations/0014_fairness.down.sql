DROP TABLE fairness_checkpoints;
DROP TABLE fairness_samples;
DROP TABLE fairness_runs;
