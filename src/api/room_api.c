/* What opens the room of a live interview. Its sockets are routes of the room `live`. */
#include "api/routes.h"
#include "domain/role.h"
#include "service/room_pass.h"

struct room_path {
    int64_t interview_id;
};
static const struct field path_fields[] = {
    FIELD_I64(struct room_path, interview_id, .flags = FIELD_REQUIRED),
};

static err post_ticket(struct ctx *c, struct call *call)
{
    struct room_path path = { 0 };
    TRY(schema_decode_text(c, "path", &path_fields[0], call->path_arg[0], &path));
    return room_ticket_new(c, path.interview_id, call->reply);
}

/* clang-format off */
static const struct route rows[] = {
    { .method = "POST", .path = "/interviews/{interview_id}/ticket",
      .summary = "A single-use ticket, good for a minute, for a socket of this interview.",
      .run = post_ticket, .reply = &room_ticket_schema, .roles = ROLE_STUDENT | ROLE_MANAGERS,
      .flags = ROUTE_PERSONAL, .throttle = { 60, THROTTLE_PRINCIPAL }, .tag = "Interviews" },
};
/* clang-format on */
const struct route_table room_routes = { rows, sizeof(rows) / sizeof(rows[0]) };
