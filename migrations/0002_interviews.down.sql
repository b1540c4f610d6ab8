-- Takes interviews and shortlists back; refused while there are any, unless --discard-data.
DROP TABLE interview_scores;
DROP TABLE interviews;
DROP TABLE shortlists;
