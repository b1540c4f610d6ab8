/* Table: the route tables, in the order in which the documentation shows them. */
#include "api/routes.h"
#include "service/account.h"

const struct openapi_info api_info = {
    .title = "ENIGMA",
    .version = ENIGMA_VERSION,
    .description = "Blind merit screening for university admissions: one application per cycle, "
                   "scored without identity, through nine phases, in a tamper-evident log.",
    .cookie = STUDENT_COOKIE,
    .staff_cookie = ADMIN_COOKIE,
};

static const struct route_table *const written[] = {
    &public_routes,   &account_routes,  &signin_routes, &staff_routes,  &application_routes,
    &student_routes,  &cycle_routes,    &scrub_routes,  &review_routes, &appeal_routes,
    &fairness_routes, &identity_routes, &batch_routes,  &job_routes,    &interview_routes,
    &room_routes,     &audit_routes,    &bias_routes,   &house_routes,
};
enum { WRITTEN = sizeof(written) / sizeof(written[0]) };

const struct route_table *api_tables(size_t *ret_n)
{
    static struct route_table tables[WRITTEN + 1];
    size_t n = 0;
    for (size_t i = 0; i < WRITTEN; i++) {
        tables[n++] = *written[i];
        if (written[i] == &cycle_routes)
            tables[n++] = phase_routes_build();
    }
    *ret_n = n;
    return tables;
}
