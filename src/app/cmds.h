/* app/cmds.h: the verbs of the command line, by file. */
#ifndef ENIGMA_APP_CMDS_H
#define ENIGMA_APP_CMDS_H

#include "app/cli.h"

int cmd_serve(struct cli *cli, const void *flags);
int cmd_demo(struct cli *cli, const void *flags);
extern const struct schema serve_flags_schema, demo_flags_schema;

int cmd_init(struct cli *cli, const void *flags);
int cmd_create_admin(struct cli *cli, const void *flags);
int cmd_keys_generate(struct cli *cli, const void *flags);
int cmd_keys_rotate(struct cli *cli, const void *flags);
int cmd_users(struct cli *cli, const void *flags);
extern const struct schema create_admin_flags_schema, users_flags_schema;

/* The first line of standard input, without its end. */
bool cmd_read_password(struct ctx *c, struct str *ret);

int cmd_worker(struct cli *cli, const void *flags);
int cmd_jobs(struct cli *cli, const void *flags);
extern const struct schema worker_flags_schema, jobs_flags_schema;

int cmd_migrate_up(struct cli *cli, const void *flags);
int cmd_migrate_down(struct cli *cli, const void *flags);
int cmd_migrate_status(struct cli *cli, const void *flags);
int cmd_migrate_history(struct cli *cli, const void *flags);
extern const struct schema migrate_up_flags_schema, migrate_down_flags_schema;

int cmd_backup(struct cli *cli, const void *flags);
int cmd_restore(struct cli *cli, const void *flags);
int cmd_copy(struct cli *cli, const void *flags);
int cmd_doctor(struct cli *cli, const void *flags);
extern const struct schema backup_flags_schema, restore_flags_schema, copy_flags_schema,
    doctor_flags_schema;

int cmd_cycle(struct cli *cli, const void *flags);
int cmd_batch_status(struct cli *cli, const void *flags);
int cmd_batch_run(struct cli *cli, const void *flags);
int cmd_batch_fetch(struct cli *cli, const void *flags);
int cmd_batch_cancel(struct cli *cli, const void *flags);
int cmd_batch_poll(struct cli *cli, const void *flags);
int cmd_batch_submit(struct cli *cli, const void *flags);
int cmd_batch_failures(struct cli *cli, const void *flags);
int cmd_batch_retry(struct cli *cli, const void *flags);
int cmd_import(struct cli *cli, const void *flags);
int cmd_export(struct cli *cli, const void *flags);
int cmd_import_postgres(struct cli *cli, const void *flags);
extern const struct schema import_postgres_flags_schema;
extern const struct schema cycle_flags_schema, import_flags_schema, batch_wait_flags_schema,
    export_flags_schema;

int cmd_fairness(struct cli *cli, const void *flags);
extern const struct schema fairness_flags_schema;

int cmd_interview(struct cli *cli, const void *flags);
extern const struct schema interview_flags_schema;

int cmd_erase_student(struct cli *cli, const void *flags);
extern const struct schema erase_flags_schema;

int cmd_audit_verify(struct cli *cli, const void *flags);
int cmd_audit_schema(struct cli *cli, const void *flags);
extern const struct schema audit_verify_flags_schema;

int cmd_scrub(struct cli *cli, const void *flags);
extern const struct schema scrub_flags_schema;

int cmd_bias_replay(struct cli *cli, const void *flags);
int cmd_bias_detect(struct cli *cli, const void *flags);
extern const struct schema bias_detect_flags_schema;

int cmd_docs(struct cli *cli, const void *flags);
int cmd_config(struct cli *cli, const void *flags);
int cmd_completion(struct cli *cli, const void *flags);

#endif
