/* service/audit_verify.h: chain, leaf, tree and the binding of the rows to the log (AUDIT 0.4).
 * Read only; streams; memory does not grow with the log. */
#ifndef ENIGMA_SERVICE_AUDIT_VERIFY_H
#define ENIGMA_SERVICE_AUDIT_VERIFY_H

#include "db/db.h"

enum { VERIFY_INVALID_MAX = 100 };
struct verify_invalid {
    int64_t index;
    struct str code, detail;
}; /* index -1: not one entry */
extern const struct schema verify_invalid_schema;
struct verify_checks {
    struct str chain, tiles, rows, stored, outside;
};
/* A chain of an original installation. Its breaks were there when it was imported; a change since
 * is a finding. */
enum { VERIFY_BROKEN_MAX = 100 };
struct verify_legacy {
    struct str kind;
    int64_t rows, breaks;
    struct list broken; /* struct str: "12: hash" */
};
struct verify_report { /* GET /admin/audit/verify-chain */
    bool is_valid;
    int64_t chain_length;
    struct list invalid_entries; /* struct verify_invalid, the first VERIFY_INVALID_MAX */
    int64_t first_entry_timestamp, last_entry_timestamp;
    struct str message, root_hash;
    const void *checks; /* struct verify_checks: "ok", "failed", "absent", "skipped" */
    int64_t covered_size, uncovered_entries, duration_ms;
    struct list legacy; /* struct verify_legacy; empty when nothing was imported */
};
extern const struct schema verify_report_schema;
struct verify_options {
    bool rows;
    void (*progress)(void *arg, int64_t done, int64_t total);
    void *arg;
};
/* First gives what waits its place, unless the database is open for reading only. */
err audit_verify(struct ctx *c, const struct verify_options *o, struct verify_report *ret);
/* A place among those that verify over HTTP: each reads every row, so at most VERIFY_AT_ONCE do at
 * a time in a process. ERR_THROTTLED: all places are taken. Whoever entered leaves. */
enum { VERIFY_AT_ONCE = 2 };
err audit_verify_enter(struct ctx *c);
void audit_verify_leave(void);
/* The real table and column names (enigma audit schema --json). */
void audit_schema_write(struct buf *out);

#endif
