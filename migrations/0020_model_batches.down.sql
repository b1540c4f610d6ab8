DROP TABLE model_batch_items;
DROP TABLE model_batches;
