/* app/whole.h: what backup, restore and copy share: checking a database as a whole, filling one
 * from another, names of files. Thread rule: the main thread. */
#ifndef ENIGMA_APP_WHOLE_H
#define ENIGMA_APP_WHOLE_H

#include "app/cli.h"
#include "service/audit_verify.h"
#include "service/copy.h"
#include "service/log_head.h"

/* What a check of a whole database found. */
struct whole {
    struct verify_report report;
    struct log_head head;
    bool rows; /* rows were compared with the log: the schema is this program's */
};
/* Reads every page, verifies the log and the rows. ERR_INTERNAL: damaged. Tampering is no error
 * but report.is_valid false. */
err whole_check(struct cli *cli, struct db *db, struct whole *ret);
/* The first findings on standard error; EXIT_FAILED. */
int whole_tampered(struct cli *cli, const struct whole *w, const char *what);

/* All rows of `from` into `to`, a progress line a table; then the entries of the log that waited
 * for their place get it in `to`. */
err whole_fill(struct cli *cli, struct db *from, struct db *to, struct copy_report *ret);
/* Makes `to` empty with the schema of this program. ERR_CONFLICT: it holds rows, and may not be
 * discarded. */
err whole_empty(struct cli *cli, struct db *to, bool discard);

/* Progress of a page copy, drawn when nobody asked for JSON; `arg` is a struct progress. */
void whole_pages(void *arg, int64_t done, int64_t total);
/* A new empty file (0600) beside `path`, for what becomes `path` when it is whole. */
err whole_temporary(struct ctx *c, const char *path, const char **ret);
/* Takes away what a failure left, SQLite's side files included. */
void whole_discard(struct ctx *c, const char *temporary);
/* Bytes of a file, or 0. */
int64_t whole_bytes(const char *path);
bool whole_is_dir(const char *path);
/* "20260203_040506" of now. */
struct str whole_stamp(struct ctx *c);

#endif
