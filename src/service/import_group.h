/* service/import_group.h: the lines that an import stores in one transaction.
 * Private to import.c and import_group.c. */
#ifndef ENIGMA_SERVICE_IMPORT_GROUP_H
#define ENIGMA_SERVICE_IMPORT_GROUP_H

#include "repo/evaluation_repo.h"
#include "service/evaluate.h"
#include "service/exchange.h"
#include "service/import_line.h"
#include "service/import_seen.h"

enum { IMPORT_GROUP_MAX = 500, IMPORT_ERRORS_MAX = 100 };

/* What one import carries through. */
struct import_work {
    struct batch_row batch;
    const struct evaluator_port *by;
    const char *model;
    struct str sha256;
    int64_t records; /* lines that are not blank */
    bool read_only;  /* scoring is over: only look whether all is there */
    bool logged;     /* the batch.import entry is in */
    struct import_report report;
    struct import_line_error *errors;
    size_t n_errors;
    struct arena *keep; /* outlives the groups */
};
struct import_cursor {
    struct str rest;
    int64_t line;
    struct import_seen seen;
};
enum import_fate { IMPORT_STORE, IMPORT_ALREADY, IMPORT_HELD_BEFORE, IMPORT_REFUSED };
struct import_item {
    int64_t line;
    struct import_line in;
    enum import_fate fate;
    const char *why; /* refused or held */
    struct eval_source source;
    struct evaluation *evaluation;
    bool stored; /* set in the write */
};
struct import_group {
    struct import_item *items;
    size_t n;
};
/* Looks the applications up, lets the Judge decide, stores. ERR_CONFLICT: another import was at
 * the same ones; nothing was stored, run it again. */
err import_group_run(struct ctx *c, struct import_work *w, struct import_group *g);
/* A remark for the report: the first IMPORT_ERRORS_MAX are kept. */
void import_note(struct import_work *w, int64_t line, struct str anonymized_id, struct str why);

#endif
