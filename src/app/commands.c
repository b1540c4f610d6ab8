/* Table: every verb of the command line. */
#include "app/cmds.h"

/* clang-format off */
const struct command commands[] = {
    { "serve", "", "Serve the API; makes what is missing in the data folder.",
      "Creates folder, keys (0600) and database at the first start and prints a one-time link for "
      "the first administrator.", &serve_flags_schema, cmd_serve },
    { "worker", "", "Run background jobs only: no listener.",
      "Any number of workers and servers share one database. SIGTERM hands unfinished parts back.",
      &worker_flags_schema, cmd_worker },
    { "jobs", "list|dead|failures|cancel|retry [JOB_ID]", "Background jobs and what they gave up.",
      "dead lists the parts that failed too often; retry puts those of a failed job back.",
      &jobs_flags_schema, cmd_jobs },
    { "init", "", "Make the data folder, keys, database and log.", NULL, NULL, cmd_init },
    { "create-admin", "USERNAME", "Create a member of staff.",
      "The password comes from standard input with --password-stdin, or is made and printed with "
      "--random-password.", &create_admin_flags_schema, cmd_create_admin },
    { "users", "list|show|role|deactivate|activate|reset-password|reset-2fa|logout [USERNAME]",
      "Members of staff: roles, lost passwords and devices, logins.",
      "A changed role, a shut account and a new password end all logins and API tokens of the "
      "account at once. reset-2fa takes the second factor of who lost the device; logout ends all "
      "logins.", &users_flags_schema, cmd_users },
    { "keys generate", "", "Print fresh ENCRYPTION_KEY and JWT_SECRET lines.", NULL, NULL,
      cmd_keys_generate },
    { "keys rotate", "", "Seal everything under a fresh key; resumes where it was cut.", NULL, NULL,
      cmd_keys_rotate },
    { "migrate up", "", "Bring the schema to this version.",
      "Says what is pending and which tables with rows it names, then applies all in one "
      "transaction; any number of processes may run it at once. --sql only prints the SQL.",
      &migrate_up_flags_schema, cmd_migrate_up },
    { "migrate down", "", "Take the newest migration back.",
      "Refuses, by name, a step that would drop log entries or rows, unless --discard-data.",
      &migrate_down_flags_schema, cmd_migrate_down },
    { "migrate status", "", "Which migrations are applied, and which are pending.", NULL, NULL,
      cmd_migrate_status },
    { "migrate history", "", "The applied ones, with checksums, times and durations.", NULL, NULL,
      cmd_migrate_history },
    { "backup", "", "Copy the database into one file while the server runs, and verify the copy.",
      "Of PostgreSQL the backup is a SQLite file too: restore and copy bring it back. The keys are "
      "taken along only with --with-keys.", &backup_flags_schema, cmd_backup },
    { "restore", "", "Put a backup in the place of the database; the old one is kept aside.",
      "Checks the backup first: whole, not of a newer program, of these keys, log and rows in "
      "agreement. The server must be stopped.", &restore_flags_schema, cmd_restore },
    { "copy", "", "Move all rows between SQLite and PostgreSQL, either way.",
      "Streams table by table, counts both sides, verifies the log in the target. Stop the servers "
      "first. The keys stay in the data folder.", &copy_flags_schema, cmd_copy },
    { "doctor", "", "Check everything: folder, keys, options, database, log, jobs.",
      "One line each, ok, warn or fail, with a remedy. Changes nothing and may run beside the "
      "server. Exit code 0 all well, 3 warnings only, 1 a fault.", &doctor_flags_schema,
      cmd_doctor },
    { "cycle", "list|create|show|open|close|VERB [CYCLE_ID]", "Cycles and their phase steps.",
      "VERB is a step of the phase table: freeze, preprocess, export, processing, select, "
      "final-select, publish, complete. Waits for the step's job, with a progress bar.", &cycle_flags_schema, cmd_cycle },
    { "batch status", "BATCH_ID", "Progress of a batch.", NULL, NULL, cmd_batch_status },
    { "batch failures", "BATCH_ID", "Applications of a batch that failed, with reasons.", NULL, NULL,
      cmd_batch_failures },
    { "batch retry", "BATCH_ID", "Evaluate what failed of a batch once more, with a progress bar.",
      "Only what has no score and waits for no person; the rest of the batch stays as it is.",
      &import_flags_schema, cmd_batch_retry },
    { "batch submit", "BATCH_ID", "Send the open questions of a cycle to the endpoint's Batch API.",
      "For cycles evaluated by import (processing with external). Goes on with what a killed run had "
      "begun; no application is in two files at once.", &import_flags_schema, cmd_batch_submit },
    { "batch poll", "BATCH_ID", "Ask how far the endpoint is; --wait until it has ended.", NULL,
      &batch_wait_flags_schema, cmd_batch_poll },
    { "batch fetch", "BATCH_ID", "Take in the answers of batches that have ended.",
      "Then submit asks what is left: the Judge, and what was rejected or failed.",
      &import_flags_schema, cmd_batch_fetch },
    { "batch cancel", "BATCH_ID", "Have the endpoint end the batches that are with it.",
      "What it answered before is fetched as ever; the rest can be submitted again.",
      &import_flags_schema, cmd_batch_cancel },
    { "batch run", "BATCH_ID", "submit, poll --wait and fetch, until nothing is left to ask.", NULL,
      &batch_wait_flags_schema, cmd_batch_run },
    { "batch import", "BATCH_ID FILE", "Import results (JSONL) from a file or - for standard input.",
      NULL, &import_flags_schema, cmd_import },
    { "import", "BATCH_ID FILE", "The same as batch import.", NULL, &import_flags_schema,
      cmd_import },
    { "import postgres", "", "Bring an original ENIGMA database into this installation.",
      "Reads it in one read-only transaction and passes over what an earlier run brought. Prints rows "
      "by table and what was found. Exit code 0 all, 9 something was left out or a hash chain of "
      "the original does not verify, 7 refused: a schema that is not known, or an id that is taken.",
      &import_postgres_flags_schema, cmd_import_postgres },
    { "export", "jsonl|csv CYCLE_ID", "Write a cycle's anonymous applications.", NULL,
      &export_flags_schema, cmd_export },
    { "fairness", "run|report|override CYCLE_ID",
      "Counterfactual fairness check of a cycle: run it, see it, publish in spite of it.",
      "run scores a sample again with names, genders, places and schools put back in, with a progress "
      "bar. override needs --reason and a super_admin. Exit code 0 when the cycle may be published, 1 "
      "when not.", &fairness_flags_schema, cmd_fairness },
    { "interview", "list|waiting CYCLE_ID | schedule ANON_ID | show|move|assign|cancel|export-ics NUMBER",
      "Interviews of a cycle: slots, evaluators, calendar files.",
      "waiting says what needs a slot, another slot, another evaluator or a score. A cancelled interview "
      "stays with its evidence, and its applicant may be given another; rooms that are open end at once.",
      &interview_flags_schema, cmd_interview },
    { "erase-student", "[STUDENT_ID]", "Erase everything that is stored of a student.",
      "Refused while an application of the student is being decided. The log keeps that it was done "
      "and on what basis, and verifies as before.", &erase_flags_schema, cmd_erase_student },
    { "audit verify", "", "Check chain, tree and the binding of the rows to the log.",
      "Exit code 0 valid, 1 tampering, 4 unreadable; with --legacy also 3: imported chains have breaks "
      "of their own, as they had when they were imported.", &audit_verify_flags_schema,
      cmd_audit_verify },
    { "audit schema", "", "Names of the tables and columns that the log binds.", NULL, NULL,
      cmd_audit_schema },
    { "scrub", "[FILE]", "Make a text, an application or a stream of applications anonymous.",
      "Reads a file or standard input and needs no database. --jsonl takes objects with id, first_name and last_name "
      "or name, email, phone, address, date_of_birth, essay, achievements, and answers id, the texts, spans "
      "(byte offsets in the original, type, rule, confidence, action), hints, status ok or held, reason. Exit "
      "code 0 all done, 1 the text is held for a person, 9 some lines could not be read: they are named by "
      "number.", &scrub_flags_schema, cmd_scrub },
    { "bias replay", "FILE", "Run the rules of bias monitoring over a file of events.",
      "Each line is a case or an interview as JSON; prints one JSON object an event with response, "
      "strike points, flag, reason, counters and status. Bad lines are named by number; exit code 1.",
      NULL, cmd_bias_replay },
    { "bias detect", "[FILE]", "Look for biased remarks with the built-in detector.",
      "Reads a file or standard input, an utterance a line; with --jsonl objects with id, text and "
      "context. What it finds may inform, never warn or block.", &bias_detect_flags_schema,
      cmd_bias_detect },
    { "demo", "", "Screen synthetic applications through all nine phases, then serve the result.",
      NULL, &demo_flags_schema, cmd_demo },
    { "docs", "openapi|routes|messages|phases|graph|matrix|rights|options|man", "Print documents made from the tables.", NULL,
      NULL, cmd_docs },
    { "config", "check|sample", "Effective options with their origin; a sample file.", NULL, NULL,
      cmd_config },
    { "completion", "bash|zsh|fish", "Print a shell completion script.", NULL, NULL,
      cmd_completion },
};
/* clang-format on */
const size_t command_count = sizeof(commands) / sizeof(commands[0]);
