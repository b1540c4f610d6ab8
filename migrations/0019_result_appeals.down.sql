-- Refused while rows exist, unless --discard-data.
DROP TABLE result_appeals;
