/* service/original_import.h: brings an original ENIGMA installation (PostgreSQL) into this one.
 * Reads in one read-only transaction of its own connection, writes in one transaction for the
 * accounts, one for each cycle and one for each legacy chain; what is there already is passed
 * over, so that a second run goes on where the first was cut. Whatever is imported is bound to the
 * log at once. Reports ids and counts, never what a person wrote.
 * Thread rule: one import at a time; nothing else may change cycles meanwhile. */
#ifndef ENIGMA_SERVICE_ORIGINAL_IMPORT_H
#define ENIGMA_SERVICE_ORIGINAL_IMPORT_H

#include "base/ctx.h"
#include "schema/schema.h"

enum { ORIGINAL_PROBLEMS_MAX = 1000, ORIGINAL_BROKEN_MAX = 100 };

struct original_options {
    struct str url;      /* of the original database; never shown */
    struct str old_keys; /* its ENCRYPTION_KEY; several, comma-separated; absent: our own ring */
    bool dry_run;        /* does everything and takes it back */
    void (*progress)(void *arg, const char *what, int64_t done); /* NULL: silent */
    void *arg;
};

/* source = imported + already + left_out + dropped + later */
struct original_table_count {
    struct str table;
    int64_t source, imported;
    int64_t already; /* imported by an earlier run */
    int64_t left_out;
    int64_t dropped; /* sign-ins: all must sign in again */
    int64_t later;   /* this version does not store them */
};
struct original_remark {
    struct str problem;
    int64_t rows;
    bool left_out; /* these rows are not here now */
};
struct original_problem {
    struct str table, id, problem;
};
struct original_chain {
    struct str kind; /* decisions, audit */
    int64_t rows, breaks;
    struct str head;    /* hash of the last row */
    struct list broken; /* struct str: "12: hash", at most ORIGINAL_BROKEN_MAX */
};
struct original_report {
    bool dry_run, complete; /* complete: nothing left out, no break in a chain */
    struct str schema;      /* of alembic_version */
    struct list tables, remarks, problems, chains;
    int64_t problems_total; /* the list ends at ORIGINAL_PROBLEMS_MAX */
    struct str message;
};
extern const struct schema original_report_schema, original_table_count_schema;

/* ERR_INVALID: a key or the url; ERR_PRECONDITION: not an original database, or a schema that is
 * not known, named; ERR_CONFLICT: something of that id is here and is not from an import. */
err original_import(struct ctx *c, const struct original_options *o, struct original_report *ret);

#endif
