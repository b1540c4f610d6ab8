/* domain/cycle.c: field tables of cycles, and when a cycle accepts applications. */
#include "domain/cycle.h"

#include "codec/time.h"

#define CYCLE_HEAD(S_)                                                                             \
    FIELD_STR(S_, cycle_id, .flags = FIELD_REQUIRED, .doc = "Identifier of the cycle."),           \
        FIELD_STR(S_, cycle_name, .flags = FIELD_REQUIRED, .doc = "Name of the cycle."),           \
        FIELD_ENUM(S_, phase, .flags = FIELD_REQUIRED, .names = &phase_names,                      \
                   .doc = "Phase that the cycle is in."),                                          \
        FIELD_BOOL(S_, is_open, .flags = FIELD_REQUIRED,                                           \
                   .doc = "Whether the cycle is the open one."),                                   \
        FIELD_I64(S_, max_seats, .flags = FIELD_REQUIRED, .doc = "Seats to be given."),            \
        FIELD_I64(S_, current_seats, .flags = FIELD_REQUIRED,                                      \
                  .doc = "Applications received so far."),                                         \
        FIELD_I64(S_, selected_count, .flags = FIELD_REQUIRED,                                     \
                  .doc = "Applications selected so far.")

static const struct field cycle_fields[] = {
    CYCLE_HEAD(struct cycle),
    FIELD_TIME(struct cycle, result_date, .flags = FIELD_REQUIRED,
               .doc = "When results are promised."),
    FIELD_TIME(struct cycle, start_date, .flags = FIELD_REQUIRED,
               .doc = "First moment at which applications are accepted."),
    FIELD_TIME(struct cycle, end_date, .flags = FIELD_REQUIRED,
               .doc = "Last moment at which applications are accepted."),
    FIELD_TIME(struct cycle, created_at, .flags = FIELD_REQUIRED,
               .doc = "When the cycle was created."),
    FIELD_STR(struct cycle, created_by, .flags = FIELD_REQUIRED,
              .doc = "Identifier of the admin who created it."),
    FIELD_TIME(struct cycle, closed_at, .flags = FIELD_NULL, .doc = "When it was closed."),
    FIELD_STR(struct cycle, closed_by, .flags = FIELD_NULL,
              .doc = "Identifier of the admin who closed it."),
};
SCHEMA(cycle_schema, "Cycle", struct cycle, cycle_fields);

static const struct field cycle_new_fields[] = {
    FIELD_STR(struct cycle_new, cycle_name, .flags = FIELD_REQUIRED | FIELD_WORDS,
              .min = CYCLE_NAME_MIN, .max = CYCLE_NAME_MAX,
              .doc = "Name of the cycle, 3 to 100 characters."),
    FIELD_I64(struct cycle_new, max_seats, .flags = FIELD_REQUIRED | FIELD_OPEN_MIN, .min = 0,
              .max = CYCLE_SEATS_MAX, .doc = "Seats to be given, at least one."),
    FIELD_TIME(struct cycle_new, result_date, .flags = FIELD_REQUIRED,
               .doc = "When results are promised; not before the end."),
    FIELD_TIME(struct cycle_new, start_date, .flags = FIELD_REQUIRED,
               .doc = "First moment at which applications are accepted."),
    FIELD_TIME(struct cycle_new, end_date, .flags = FIELD_REQUIRED,
               .doc = "Last moment at which applications are accepted; after the start."),
};
SCHEMA(cycle_new_schema, "CycleNew", struct cycle_new, cycle_new_fields);

static err date_issue(struct ctx *c, const struct cycle_new *n, struct str msg)
{
    struct buf b;
    buf_init(&b, c->mem, 256);
    buf_lit(&b, "{\"start_date\":\"");
    time_write(&b, n->start_date);
    buf_lit(&b, "\",\"end_date\":\"");
    time_write(&b, n->end_date);
    buf_lit(&b, "\",\"result_date\":\"");
    time_write(&b, n->result_date);
    buf_lit(&b, "\"}");
    struct issue issue = { .type = S("value_error"),
                           .loc = S("[\"body\"]"),
                           .msg = msg,
                           .input = buf_view(&b),
                           .ctx = S("{\"error\":{}}") };
    return fault_issue(c, &issue);
}

err cycle_new_check(struct ctx *c, const struct cycle_new *n)
{
    err e = ERR_OK;
    /* Zero is "not sent": an update may name only some of the dates. */
    if (n->start_date && n->end_date && n->end_date <= n->start_date)
        e = date_issue(c, n, S("Value error, end_date must be after start_date"));
    if (n->end_date && n->result_date && n->result_date < n->end_date)
        e = date_issue(c, n, S("Value error, result_date must not be before end_date"));
    return e;
}

bool cycle_accepts(const struct cycle *cy, int64_t now_us)
{
    return cy->is_open && cy->phase == PHASE_SUBMISSION && now_us >= cy->start_date &&
           now_us <= cy->end_date;
}

static const struct field admission_info_fields[] = {
    FIELD_BOOL(struct admission_info, is_open, .flags = FIELD_REQUIRED,
               .doc = "Whether applications are accepted now."),
    FIELD_STR(struct admission_info, cycle_name, .flags = FIELD_NULL,
              .doc = "Name of the open cycle."),
    FIELD_I64(struct admission_info, seats_available, .flags = FIELD_NULL,
              .doc = "Always null: applications are not limited by seats."),
    FIELD_I64(struct admission_info, max_seats, .flags = FIELD_NULL, .doc = "Seats to be given."),
    FIELD_I64(struct admission_info, current_seats, .flags = FIELD_NULL,
              .doc = "Applications received so far."),
    FIELD_TIME(struct admission_info, start_date, .flags = FIELD_NULL,
               .doc = "First moment at which applications are accepted."),
    FIELD_TIME(struct admission_info, end_date, .flags = FIELD_NULL,
               .doc = "Last moment at which applications are accepted."),
    FIELD_TIME(struct admission_info, result_date, .flags = FIELD_NULL,
               .doc = "When results are promised."),
    FIELD_STR(struct admission_info, message, .flags = FIELD_REQUIRED,
              .doc = "One sentence for applicants."),
};
SCHEMA(admission_info_schema, "AdmissionInfo", struct admission_info, admission_info_fields);

static const struct field cycle_stats_fields[] = {
    FIELD_I64(struct cycle_stats, total_applications, .doc = "Applications in the cycle."),
    FIELD_I64(struct cycle_stats, submitted, .doc = "Applications still in status submitted."),
    FIELD_I64(struct cycle_stats, finalized, .doc = "Applications finalized by the freeze."),
    FIELD_I64(struct cycle_stats, scored, .doc = "Applications with a final score."),
    FIELD_I64(struct cycle_stats, shortlisted,
              .doc = "Applications on the shortlist, still undecided."),
    FIELD_I64(struct cycle_stats, selected, .doc = "Applications selected."),
};
SCHEMA(cycle_stats_schema, "CycleStats", struct cycle_stats, cycle_stats_fields);

static const struct field cycle_dates_fields[] = {
    FIELD_TIME(struct cycle_dates, start_date, .doc = "Start of submissions."),
    FIELD_TIME(struct cycle_dates, end_date, .doc = "End of submissions."),
    FIELD_TIME(struct cycle_dates, result_date, .doc = "When results are promised."),
    FIELD_TIME(struct cycle_dates, created_at, .doc = "When the cycle was created."),
    FIELD_TIME(struct cycle_dates, closed_at, .flags = FIELD_NULL, .doc = "When it was closed."),
};
SCHEMA(cycle_dates_schema, "CycleDates", struct cycle_dates, cycle_dates_fields);

static const struct field cycle_status_fields[] = {
    CYCLE_HEAD(struct cycle_status),
    FIELD_OBJ(struct cycle_status, stats, .of = &cycle_stats_schema,
              .doc = "Applications by progress."),
    FIELD_OBJ(struct cycle_status, dates, .of = &cycle_dates_schema, .doc = "Dates of the cycle."),
    FIELD_OBJ(struct cycle_status, facts, .flags = FIELD_NULL, .of = &cycle_facts_schema,
              .doc =
                  "What the gates count; -1: not counted, as the next step does not ask for it."),
    FIELD_STR(struct cycle_status, next_verb, .flags = FIELD_NULL,
              .doc = "Verb of the next step; null at the end."),
    FIELD_STR(struct cycle_status, blocked_by, .flags = FIELD_NULL,
              .doc = "Why the next step may not run now; null when it may."),
};
SCHEMA(cycle_status_schema, "CycleStatus", struct cycle_status, cycle_status_fields);
