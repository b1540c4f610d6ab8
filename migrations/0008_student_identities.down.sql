-- Sign-ins that have begun are lost, and begin again. Providers stay as wide as they are.
DROP TABLE student_auth_states;
