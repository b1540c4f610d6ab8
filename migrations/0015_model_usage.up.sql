-- What models cost.
-- tokens_cached: of tokens_in, those that the endpoint had from an earlier question. cost_pico:
-- 10^-12 of the currency of the prices, so that it is an exact sum of tokens times price.
ALTER TABLE model_usage ADD COLUMN tokens_cached BIGINT NOT NULL DEFAULT 0;
ALTER TABLE model_usage ADD COLUMN cost_pico BIGINT NOT NULL DEFAULT 0;
ALTER TABLE model_usage ADD COLUMN retries BIGINT NOT NULL DEFAULT 0;
ALTER TABLE model_usage ADD COLUMN rejections BIGINT NOT NULL DEFAULT 0;
