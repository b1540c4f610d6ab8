ALTER TABLE model_usage DROP COLUMN rejections;
ALTER TABLE model_usage DROP COLUMN retries;
ALTER TABLE model_usage DROP COLUMN cost_pico;
ALTER TABLE model_usage DROP COLUMN tokens_cached;
