/* api/routes.h: every endpoint, in tables; the server, the docs and the tests read them.
 *
 * To add an endpoint: struct and field rows in domain/ or service/; query in repo/x_repo.c;
 * function in service/x.c; handler and row in api/x_api.c; a row in tests/api/. */
#ifndef ENIGMA_API_ROUTES_H
#define ENIGMA_API_ROUTES_H

#include "http/openapi.h"
#include "http/server.h"

/* The tables side by side, as the server and the documents take them. Call it first on one
 * thread. */
const struct route_table *api_tables(size_t *ret_n);
extern const struct openapi_info api_info;
/* Who asks: bearer tokens, API tokens, and the cookies of staff and of students. */
extern const struct http_port api_http_port;

extern const struct route_table public_routes, account_routes, signin_routes, staff_routes,
    application_routes, student_routes, cycle_routes, scrub_routes, review_routes, fairness_routes,
    appeal_routes, identity_routes, batch_routes, job_routes, audit_routes, interview_routes,
    room_routes, bias_routes, house_routes;
/* Not among api_tables(): only a server with WEB_DIR has them. */
extern const struct route_table web_dev_routes;
/* Built from the phase table. */
struct route_table phase_routes_build(void);

/* The six callers of SECURITY's table of roles. "student" owns what the path names. */
enum matrix_caller {
    MATRIX_NOBODY,
    MATRIX_STUDENT,
    MATRIX_OTHER_STUDENT,
    MATRIX_AUDITOR,
    MATRIX_ADMIN,
    MATRIX_SUPER_ADMIN,
    MATRIX_CALLERS,
};
extern const char *const matrix_caller_names[MATRIX_CALLERS];
/* Status that a good request gets while the cycle is in that phase. */
int matrix_status(const struct route *r, enum matrix_caller who, int32_t phase);
/* The whole of it as JSON, a route a line: tests/api/matrix.json is this text. */
void routes_write_matrix(struct buf *out, const struct route_table *tables, size_t n);
/* The same as a table for people, in Markdown. */
void routes_write_rights(struct buf *out, const struct route_table *tables, size_t n);

#endif
