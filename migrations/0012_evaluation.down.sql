DROP TABLE evaluation_reviews;
DROP TABLE model_usage;
DROP TABLE evaluation_checkpoints;
