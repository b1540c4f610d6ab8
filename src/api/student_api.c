/* What students do with what is theirs: drafts, withdrawal, timeline, consent, export, erasure. */
#include "api/routes.h"
#include "base/str.h"
#include "domain/role.h"
#include "service/account.h"
#include "service/consent.h"
#include "service/draft.h"
#include "service/erasure.h"
#include "service/student.h"
#include "service/student_export.h"

static err get_draft(struct ctx *c, struct call *call)
{
    struct str etag;
    TRY(draft_read(c, call->reply, &etag));
    call_header(c, call, "ETag", etag);
    return ERR_OK;
}

static err put_draft(struct ctx *c, struct call *call)
{
    const struct draft_conditions when = {
        .if_match = request_header(call->request, "If-Match"),
        .if_none_match = request_header(call->request, "If-None-Match"),
    };
    struct str etag;
    TRY(draft_write(c, call->body, &when, call->reply, &etag));
    call_header(c, call, "ETag", etag);
    return ERR_OK;
}

static err say(struct call *call, struct str message)
{
    struct action_reply *r = call->reply;
    *r = (struct action_reply){ true, message };
    return ERR_OK;
}

static err delete_draft(struct ctx *c, struct call *call)
{
    TRY(draft_drop(c, request_header(call->request, "If-Match")));
    return say(call, S("Draft deleted"));
}

static err post_withdraw(struct ctx *c, struct call *call)
{
    return application_withdraw(c, call->path_arg[0], call->reply);
}

static err get_timeline(struct ctx *c, struct call *call)
{
    return application_timeline(c, call->path_arg[0], call->reply);
}

static err get_applications(struct ctx *c, struct call *call)
{
    return student_applications(c, call->reply);
}

static err get_consent(struct ctx *c, struct call *call)
{
    consent_current(c, call->reply);
    return ERR_OK;
}

static err get_export(struct ctx *c, struct call *call)
{
    TRY(student_export(c, call->reply));
    call_header(c, call, "Content-Disposition", S("attachment; filename=\"my-data.json\""));
    return ERR_OK;
}

static err post_erasure(struct ctx *c, struct call *call)
{
    struct erasure_reply *r = call->reply;
    TRY(erasure_request(c, call->body, r));
    if (r->state == ERASURE_SCHEDULED)
        call->status = 202;
    else
        call_header(c, call, "Clear-Site-Data", S("\"cache\", \"cookies\", \"storage\""));
    return ERR_OK;
}

static err delete_erasure(struct ctx *c, struct call *call)
{
    return erasure_take_back(c, call->reply);
}

/* clang-format off */
static const struct route rows[] = {
    { .method = "GET", .path = "/consent", .summary = "The consent text that applications come under.",
      .run = get_consent, .reply = &consent_schema, .roles = ROLE_PUBLIC, .tag = "Applications" },
    { .method = "GET", .path = "/applications/draft",
      .summary = "One's unfinished application, with its ETag.", .run = get_draft,
      .reply = &draft_state_schema, .roles = ROLE_STUDENT, .flags = ROUTE_PERSONAL,
      .tag = "Applications" },
    { .method = "PUT", .path = "/applications/draft",
      .summary = "Save it, complete or not. Over another needs If-Match: 428 without, 412 when it changed.",
      .run = put_draft, .body = &application_draft_schema, .reply = &draft_state_schema,
      .roles = ROLE_STUDENT, .flags = ROUTE_PERSONAL | ROUTE_IF_MATCH, .body_max = 256 * 1024,
      .throttle = { 120, THROTTLE_PRINCIPAL }, .tag = "Applications" },
    { .method = "DELETE", .path = "/applications/draft", .summary = "Throw it away.",
      .run = delete_draft, .reply = &action_reply_schema, .roles = ROLE_STUDENT,
      .flags = ROUTE_PERSONAL | ROUTE_IF_MATCH, .tag = "Applications" },
    { .method = "POST", .path = "/applications/{application_id}/withdraw",
      .summary = "Withdraw one's application before the freeze; it cannot be replaced in this cycle.",
      .run = post_withdraw, .reply = &application_state_schema, .roles = ROLE_STUDENT,
      .flags = ROUTE_AUDITED | ROUTE_PERSONAL, .throttle = { 10, THROTTLE_PRINCIPAL },
      .tag = "Applications" },
    { .method = "GET", .path = "/applications/{application_id}/timeline",
      .summary = "Where one's application stands, phase by phase, in plain words.",
      .run = get_timeline, .reply = &timeline_schema, .roles = ROLE_STUDENT,
      .flags = ROUTE_PERSONAL, .tag = "Applications" },
    { .method = "GET", .path = "/auth/student/applications",
      .summary = "One's applications, newest first; results after publication.",
      .run = get_applications, .reply = &own_applications_schema, .roles = ROLE_STUDENT,
      .flags = ROUTE_PERSONAL, .tag = "Applications" },
    { .method = "GET", .path = "/student/export",
      .summary = "Everything that is stored of oneself.", .run = get_export,
      .reply = &student_export_schema, .roles = ROLE_STUDENT,
      .flags = ROUTE_AUDITED | ROUTE_PERSONAL | ROUTE_SLOW, .throttle = { 6, THROTTLE_PRINCIPAL },
      .tag = "Data rights" },
    { .method = "POST", .path = "/student/erasure",
      .summary = "Erase everything that is stored of oneself; 202 when it waits for the publication.",
      .run = post_erasure, .body = &erasure_confirm_schema, .reply = &erasure_reply_schema,
      .roles = ROLE_STUDENT, .flags = ROUTE_AUDITED | ROUTE_PERSONAL | ROUTE_SLOW,
      .throttle = { 10, THROTTLE_PRINCIPAL }, .tag = "Data rights" },
    { .method = "DELETE", .path = "/student/erasure",
      .summary = "Take a request for erasure back that still waits.", .run = delete_erasure,
      .reply = &erasure_reply_schema, .roles = ROLE_STUDENT, .flags = ROUTE_PERSONAL,
      .tag = "Data rights" },
};
/* clang-format on */
const struct route_table student_routes = { rows, sizeof(rows) / sizeof(rows[0]) };
