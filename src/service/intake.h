/* service/intake.h: applications as students and staff meet them: submit, status, result, list. */
#ifndef ENIGMA_SERVICE_INTAKE_H
#define ENIGMA_SERVICE_INTAKE_H

#include "db/db.h"
#include "domain/application.h"
#include "domain/cycle.h"

struct submit_options {
    struct str idempotency_key; /* absent: none */
    struct str raw_body;        /* what the key's reply belongs to */
};
/* ERR_OK when applications may come in now; else ERR_PHASE that says why not. cy NULL: no
 * cycle is open. */
err intake_check_open(struct ctx *c, const struct cycle *cy, int64_t now_us);
/* By c->who (a student); the account's e-mail replaces the body's. One per student and cycle by
 * the unique constraint. ERR_PHASE: no open cycle, outside its dates, already applied.
 * With a known key: the stored reply again (*ret_replayed), or ERR_INVALID for another body. */
err application_submit(struct ctx *c, const struct application_new *n,
                       const struct submit_options *o, struct application_receipt *ret,
                       bool *ret_replayed);
/* The same rows and log entries for many, in one transaction: seeding and tests. */
struct submit_item {
    struct application_new application;
    struct str student_id;
};
err application_submit_many(struct ctx *c, struct str cycle_id, const struct submit_item *items,
                            size_t n);
/* Owner or staff, else ERR_NOT_FOUND as for a missing id. Staff never see the anonymous id here;
 * the owner sees it after publication. */
err application_state_get(struct ctx *c, struct str application_id, struct application_state *ret);
/* Staff in any phase by anonymous id; the owner after publication; else ERR_NOT_FOUND
 * "Results not found". */
err result_get(struct ctx *c, struct str anonymized_id, struct result *ret);
/* The staff's list. Bounds are inclusive, marks in hundredths; SCHEMA_NULL_I64: no bound. */
struct application_query {
    int32_t status, condition, sort; /* status -1: any; the others: repo/reading_repo.h */
    bool descending;
    struct str id;    /* part of the anonymous id */
    struct str after; /* anonymous id: begins behind this one, in place of a cursor */
    int64_t total_min, total_max, academic_min, academic_max, test_min, test_max;
    int64_t achievement_min, achievement_max, essay_min, essay_max;
    int64_t redactions_min, redactions_max, attempts_min, attempts_max;
    int64_t limit;
    struct str cursor;
};
extern const struct schema application_query_schema;
extern const struct application_query application_query_all; /* no filter, in the usual order */
/* Rows are struct application_row. *ret_total is -1 where counting would cost: behind the first
 * page of a filter. ERR_NOT_FOUND: no such cycle; ERR_INVALID: a cursor or an `after` that is
 * none. */
err application_list(struct ctx *c, struct str cycle_id, const struct application_query *q,
                     struct list *ret_rows, struct str *ret_next, int64_t *ret_total);

#endif
