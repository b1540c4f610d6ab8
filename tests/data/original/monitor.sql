-- Made by make_fixture.py; all people are invented.
-- What the monitor of bias wrote; behind interviews.sql.
INSERT INTO live_transcripts VALUES (1, 1, 'ADMIN', 'Tell me about the project.',
    '2025-10-23T10:00:00+00:00', '2025-10-23T10:00:00+00:00', 0.93, '2025-10-23T10:00:00+00:00');
INSERT INTO live_bias_analysis VALUES (1, 1, 1, 'ADM_MAYA', FALSE, '[]', 'NONE', 0.2, '[]', NULL, 'NONE',
    'gpt-5-mini', '{}', '2025-10-23T10:00:00+00:00');
INSERT INTO live_nudges VALUES (1, 1, 1, 'ADM_MAYA', 'INFO', 'Stay with the project.', 5, TRUE, NULL,
    FALSE, '2025-10-23T10:00:00+00:00');
INSERT INTO bias_flags VALUES (1, 1, 'ADM_MAYA', NULL, 'review', 'LOW', 'Looked at by hand.', '{}', 'none',
    FALSE, FALSE, NULL, NULL, NULL, '2025-10-24T09:00:00+00:00');
INSERT INTO drift_metrics VALUES (1, 'ADM_MAYA', NULL, '2025-10-11T09:00:00+00:00', '2025-10-31T09:00:00+00:00', 1, 0,
    1, 0, 0, 8.2, NULL, 0, 0, NULL, 0.1, 'low', '2025-10-31T09:00:00+00:00');
INSERT INTO admin_bias_history VALUES (1, 'ADM_MAYA', 1, 0, 0, 'ACTIVE', 0, NULL, 0, NULL, NULL,
    '2025-10-31T09:00:00+00:00');
