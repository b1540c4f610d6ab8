/* Interviews as their participants meet them. */
#include "api/routes.h"
#include "domain/role.h"
#include "service/interview.h"

struct interview_path {
    int64_t interview_id;
};
static const struct field path_fields[] = {
    FIELD_I64(struct interview_path, interview_id, .flags = FIELD_REQUIRED),
};

static err get_state(struct ctx *c, struct call *call)
{
    struct interview_path path = { 0 };
    TRY(schema_decode_text(c, "path", &path_fields[0], call->path_arg[0], &path));
    return interview_state_get(c, path.interview_id, call->reply);
}

/* clang-format off */
static const struct route rows[] = {
    { .method = "GET", .path = "/interviews/{interview_id}/status",
      .summary = "Whether an interview has begun: its student, or staff.",
      .run = get_state, .reply = &interview_state_schema, .roles = ROLE_STUDENT | ROLE_STAFF,
      .flags = ROUTE_PERSONAL | ROUTE_COMPAT_PUBLIC, .scope = SCOPE_CYCLES_READ, .tag = "Interviews" },
};
/* clang-format on */
const struct route_table interview_routes = { rows, sizeof(rows) / sizeof(rows[0]) };
