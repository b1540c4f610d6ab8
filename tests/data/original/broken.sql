-- Made by make_fixture.py; all people are invented.
-- What goes wrong in the field, all at once.
-- A decision and a log row edited by hand.
UPDATE hash_chain SET data_json = replace(data_json, 'Solid', 'Weak') WHERE chain_id = 3;
UPDATE audit_logs SET actor = 'ADM_NOBODY' WHERE log_id = 5;
-- A label that no version of the original has.
ALTER TYPE applicationstatusenum ADD VALUE 'WAITLISTED';
UPDATE applications SET status = 'WAITLISTED' WHERE application_id = 'APP_A3278EB4';
-- An application that lost its account, and one that was left behind when its cycle went on.
UPDATE applications SET student_id = NULL WHERE application_id = 'APP_ECA4E5E9';
INSERT INTO applications SELECT 'APP_LEFTOVER', 'CYC_20250920_080000', student_id, timestamp, name, email,
    phone, address, gpa, test_scores, essay, achievements, 'FINALIZED', created_at, updated_at
    FROM applications WHERE application_id = 'APP_A3F2DE23';
-- Tokens: another key, another person's, none at all.
UPDATE identity_mapping SET encrypted_pii = 'gAAAAABo90uQnfI82aVF24yY1ze7jfCKVHALaH63_Bh1Zp-obQ7-mRxMVwckYrZm7RjShZ5b5MoTOlJjK4CiHDvFVeFSIuHmedSYG1Uk2K3GEaa5BN0F367Zfd8MHqSiKjtfJsQxSMkVswvypF53H8MUEIsdC86X_Q=='
    WHERE anonymized_id = 'ANON_1761055200013_A34861';
UPDATE identity_mapping SET encrypted_pii = (SELECT m.encrypted_pii FROM identity_mapping m
    WHERE m.anonymized_id = 'ANON_1761055200015_265F3E')
    WHERE anonymized_id = 'ANON_1761055200014_8FF26B';
DELETE FROM identity_mapping WHERE anonymized_id = 'ANON_1761055200016_9F603D';
-- Addresses and user names that differ by case alone, an id made of a user name, a strange role.
INSERT INTO student_accounts VALUES ('STU_TWICE', 'Student1@Mail.Example', NULL, 'ACTIVE',
    '2025-11-10T09:00:00+00:00', '2025-11-10T09:00:00+00:00', NULL);
INSERT INTO admin_users VALUES ('ADM_J.SMITH', 'ROOT', '$2b$12$9ITep0/KVgr2BMXit4DOZu71WosjayPO4s.yCuqYCFqIly9zlYczW',
    'Root@College.Example', 'ADMIN', TRUE, '2025-11-11T09:00:00+00:00', NULL);
UPDATE admission_cycles SET created_by = 'ADM_J.SMITH' WHERE cycle_id = 'CYC_20251010_080000';
-- Identifiers as long as they may be.
INSERT INTO applications SELECT 'APP_FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF', admission_cycle_id, NULL, timestamp, name, email, phone,
    address, gpa, test_scores, essay, achievements, 'BATCH_READY', created_at, updated_at
    FROM applications WHERE admission_cycle_id = 'CYC_20251005_080000'
    ORDER BY application_id LIMIT 1;
INSERT INTO anonymized_applications SELECT 'ANON_EEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEE', 'APP_FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF', gpa, test_scores, essay,
    achievements, created_at FROM applications WHERE application_id = 'APP_FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF';
-- Numbers: not finite, out of range, no number; a list that is none.
UPDATE final_scores SET essay_score = 'NaN'
    WHERE anonymized_id = 'ANON_1761055200017_14A546';
UPDATE final_scores SET strengths = '{"a": 1}', hash = 'abababababababababababababababababababababababababababababababab'
    WHERE anonymized_id = 'ANON_1761055200018_8BFAD4';
UPDATE applications SET gpa = 4.7, test_scores = '{"SAT": 2400}'
    WHERE application_id = 'APP_044F7657';
UPDATE applications SET test_scores = '{"SAT": "1400"}'
    WHERE application_id = 'APP_364FD68A';
-- A second attempt that is called the first, and a second judgement of one result.
INSERT INTO worker_results SELECT 'WKR_SECOND', anonymized_id, batch_run_id, 1, 71, 72, 73, 74, 72.35,
    explanation, reasoning, rubric_adherence, timestamp + interval '1 hour', model_used
    FROM worker_results WHERE result_id = 'WKR_8CE06D83';
INSERT INTO judge_results SELECT 'JDG_OLD', result_id, anonymized_id, worker_result_id, batch_run_id,
    'REJECTED', bias_detected, quality_score, feedback, reasoning, timestamp - interval '1 hour',
    model_used FROM judge_results WHERE worker_result_id = 'WKR_8CE06D83';
