/* The shared clock: leases and deadlines are judged by it, never by the clock of one process. */
#include "repo/clock_repo.h"

struct moment {
    int64_t now;
};
static const struct field moment_fields[] = { FIELD_TIME(struct moment, now, .flags = 0) };
static SCHEMA(moment_schema, "Moment", struct moment, moment_fields);
static const struct query now_query = {
    .sql = "SELECT @NOW@ AS now",
    .in = &moment_schema,
    .out = &moment_schema,
};

err clock_now(struct ctx *c, struct tx *tx, int64_t *ret_us)
{
    const struct clock_port *clock = c->deps->clock ? c->deps->clock : &clock_system;
    const struct moment here = { clock->now_us(clock->self) };
    struct moment there = { 0 };
    TRY(query_one(c, tx, &now_query, &here, &there));
    *ret_us = there.now;
    return ERR_OK;
}
