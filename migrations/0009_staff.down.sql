DROP TABLE phase_approvals;
DROP TABLE api_tokens;
DROP TABLE admin_recovery_codes;
DROP TABLE admin_second_factors;
