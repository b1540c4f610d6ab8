/* SQL that counts what stands still. */
#include "repo/doctor_repo.h"

struct before_in {
    int64_t before;
};
static const struct field before_fields[] = { FIELD_TIME(struct before_in, before) };
static SCHEMA(before_schema, "DoctorBefore", struct before_in, before_fields);

static const struct field counts_fields[] = {
    FIELD_I64(struct doctor_counts, expired_leases),
    FIELD_I64(struct doctor_counts, failed_chunks),
    FIELD_I64(struct doctor_counts, waiting_jobs),
    FIELD_I64(struct doctor_counts, failed_items),
    FIELD_I64(struct doctor_counts, held_applications),
    FIELD_I64(struct doctor_counts, one_factor_admins),
};
static SCHEMA(counts_schema, "DoctorCounts", struct doctor_counts, counts_fields);

static const struct query counts = {
    .sql = "SELECT (SELECT count(*) FROM job_chunks WHERE state = 'leased'"
           " AND lease_until < :before) AS expired_leases,"
           " (SELECT count(*) FROM job_chunks WHERE state = 'failed') AS failed_chunks,"
           " (SELECT count(*) FROM jobs WHERE state IN ('queued', 'running')"
           " AND created_at < :before) AS waiting_jobs,"
           " (SELECT count(*) FROM job_failures) AS failed_items,"
           " (SELECT count(*) FROM anonymized_applications x"
           " JOIN applications a ON a.application_id = x.application_id"
           " WHERE x.held_reason IS NOT NULL AND a.status NOT IN ('withdrawn', 'failed'))"
           " AS held_applications,"
           " (SELECT count(*) FROM admin_users u WHERE u.role = 'super_admin' AND u.is_active"
           " AND NOT EXISTS (SELECT 1 FROM admin_second_factors f WHERE f.admin_id = u.admin_id"
           " AND f.confirmed_at IS NOT NULL)) AS one_factor_admins",
    .in = &before_schema,
    .out = &counts_schema,
};

err doctor_repo_counts(struct ctx *c, struct tx *tx, int64_t before_us, struct doctor_counts *ret)
{
    return query_one(c, tx, &counts, &(struct before_in){ before_us }, ret);
}
