-- Refused while rows exist, unless --discard-data. Subjects stay as wide as they are.
DROP TABLE oauth_identities;
DROP TABLE legacy_audit_logs;
DROP TABLE hash_chain;
