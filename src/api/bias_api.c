/* The monitor of interviews as people meet it: flags, histories, nudges, appeals, drift. */
#include "api/paging.h"
#include "api/routes.h"
#include "base/str.h"
#include "domain/bias.h"
#include "domain/role.h"
#include "service/bias_drift.h"
#include "service/bias_review.h"

struct id_path {
    int64_t id;
};
static const struct field flag_field =
    FIELD_NAMED(struct id_path, id, "flag_id", F_I64, int64_t, .flags = FIELD_REQUIRED);
static const struct field nudge_field =
    FIELD_NAMED(struct id_path, id, "nudge_id", F_I64, int64_t, .flags = FIELD_REQUIRED);

static err path_id(struct ctx *c, const struct call *call, const struct field *f, int64_t *ret)
{
    struct id_path path = { 0 };
    TRY(schema_decode_text(c, "path", f, call->path_arg[0], &path));
    *ret = path.id;
    return ERR_OK;
}

static err list_flags(struct ctx *c, struct call *call)
{
    const struct flag_filter *f = call->query;
    struct str next = { 0 }, extra = S("");
    TRY(bias_flags_list(c, f, &call->rows, &next));
    if (f->reviewed >= 0)
        extra = str_fmt(c->mem, "&reviewed=%s", f->reviewed ? "true" : "false");
    if (f->severity >= 0)
        extra =
            str_fmt(c->mem, "%.*s&severity=%s", STR_ARG(extra), bias_severity_codes.v[f->severity]);
    if (f->admin_id.p)
        extra = str_fmt(c->mem, "%.*s&admin_id=%.*s", STR_ARG(extra), STR_ARG(f->admin_id));
    page_headers(c, call, next, f->limit, -1, extra);
    return ERR_OK;
}

static err get_flag(struct ctx *c, struct call *call)
{
    int64_t id;
    TRY(path_id(c, call, &flag_field, &id));
    return bias_flag_get(c, id, call->reply);
}

static err resolve_flag(struct ctx *c, struct call *call)
{
    const struct flag_resolve *old = call->query;
    struct flag_resolve r = { .verdict = -1 };
    int64_t id;
    if (call->body)
        r = *(const struct flag_resolve *)call->body;
    TRY(path_id(c, call, &flag_field, &id));
    if (!r.resolution.p)
        r.resolution = old->resolution;
    return bias_flag_resolve(c, id, &r, call->reply);
}

static err get_history(struct ctx *c, struct call *call)
{
    return bias_history_get(c, call->path_arg[0], call->reply);
}

static err post_reinstate(struct ctx *c, struct call *call)
{
    return bias_lift(c, call->path_arg[0], call->body, call->reply);
}

static err get_metrics(struct ctx *c, struct call *call)
{
    return bias_metrics_get(c, call->query, call->reply);
}

static err list_nudges(struct ctx *c, struct call *call)
{
    const struct nudge_filter *f = call->query;
    struct str next = { 0 }, extra = S("");
    TRY(bias_nudges_list(c, f, &call->rows, &next));
    if (f->admin_id.p)
        extra = str_fmt(c->mem, "&admin_id=%.*s", STR_ARG(f->admin_id));
    page_headers(c, call, next, f->limit, -1, extra);
    return ERR_OK;
}

static err list_gaps(struct ctx *c, struct call *call)
{
    const struct gap_filter *f = call->query;
    struct str next = { 0 }, extra = S("");
    TRY(bias_gaps_list(c, f, &call->rows, &next));
    if (f->interview_id != SCHEMA_NULL_I64)
        extra = str_fmt(c->mem, "&interview_id=%lld", (long long)f->interview_id);
    if (f->admin_id.p)
        extra = str_fmt(c->mem, "%.*s&admin_id=%.*s", STR_ARG(extra), STR_ARG(f->admin_id));
    page_headers(c, call, next, f->limit, -1, extra);
    return ERR_OK;
}

static err list_open_gaps(struct ctx *c, struct call *call)
{
    return bias_gaps_open(c, &call->rows);
}

static err post_appeal(struct ctx *c, struct call *call)
{
    int64_t id;
    TRY(path_id(c, call, &nudge_field, &id));
    return bias_nudge_appeal(c, id, call->body, call->reply);
}

static err list_appeals(struct ctx *c, struct call *call)
{
    const struct appeal_filter *f = call->query;
    struct str next = { 0 };
    TRY(bias_appeals_list(c, f, &call->rows, &next));
    page_headers(c, call, next, f->limit, -1, f->waiting ? S("&waiting=true") : S(""));
    return ERR_OK;
}

static err decide_appeal(struct ctx *c, struct call *call)
{
    int64_t id;
    TRY(path_id(c, call, &nudge_field, &id));
    return bias_appeal_decide(c, id, call->body, call->reply);
}

static err list_reassignments(struct ctx *c, struct call *call)
{
    return bias_reassignments(c, call->query, &call->rows);
}

static err get_drift(struct ctx *c, struct call *call)
{
    return bias_drift_get(c, call->path_arg[0], call->query, &call->rows);
}

static err post_impact(struct ctx *c, struct call *call)
{
    return bias_impact(c, call->body, call->reply);
}

#define READERS (ROLE_SUPER_ADMIN | ROLE_AUDITOR)
/* clang-format off */
static const struct route rows[] = {
    { .method = "GET", .path = "/admin/bias/flags", .summary = "Flags, newest first.",
      .run = list_flags, .query = &flag_filter_schema, .reply = &bias_flag_schema,
      .roles = READERS, .flags = ROUTE_LIST | ROUTE_PERSONAL, .scope = SCOPE_USERS_READ,
      .tag = "Bias" },
    { .method = "GET", .path = "/admin/bias/flags/{flag_id}",
      .summary = "One flag with the utterances of its incident.",
      .run = get_flag, .reply = &bias_flag_case_schema, .roles = READERS, .flags = ROUTE_PERSONAL,
      .scope = SCOPE_USERS_READ, .tag = "Bias" },
    { .method = "PUT", .path = "/admin/bias/flags/{flag_id}/resolve",
      .summary = "Uphold, overturn, escalate or confirm a flag, with a reason; never one's own.",
      .run = resolve_flag, .query = &flag_resolve_query_schema, .body = &flag_resolve_schema,
      .reply = &bias_flag_case_schema, .roles = ROLE_SUPER_ADMIN,
      .flags = ROUTE_AUDITED | ROUTE_PERSONAL | ROUTE_BODY_OPTIONAL, .scope = SCOPE_USERS_WRITE,
      .tag = "Bias" },
    { .method = "GET", .path = "/admin/bias/history/{admin_id}",
      .summary = "Status, points and latest incidents of an evaluator: one's own, or anybody's for "
                 "super_admin and auditor.",
      .run = get_history, .reply = &bias_standing_schema, .roles = ROLE_STAFF,
      .flags = ROUTE_PERSONAL, .scope = SCOPE_USERS_READ, .tag = "Bias" },
    { .method = "POST", .path = "/admin/bias/evaluators/{admin_id}/reinstate",
      .summary = "Clear the points of all cycles and lift a suspension or ban, with a reason.",
      .run = post_reinstate, .body = &bias_reason_schema, .reply = &bias_standing_schema,
      .roles = ROLE_SUPER_ADMIN, .flags = ROUTE_AUDITED | ROUTE_PERSONAL,
      .scope = SCOPE_USERS_WRITE, .tag = "Bias" },
    { .method = "GET", .path = "/admin/bias/metrics",
      .summary = "Numbers of all evaluators, false positives by appeals, quality of the model.",
      .run = get_metrics, .query = &bias_metrics_query_schema, .reply = &bias_metrics_schema,
      .roles = READERS, .flags = ROUTE_PERSONAL, .scope = SCOPE_USERS_READ, .tag = "Bias" },
    { .method = "GET", .path = "/admin/bias/nudges", .summary = "One's own nudges, newest first.",
      .run = list_nudges, .query = &nudge_filter_schema, .reply = &nudge_view_schema,
      .roles = ROLE_STAFF, .flags = ROUTE_LIST | ROUTE_PERSONAL, .scope = SCOPE_USERS_READ,
      .tag = "Bias" },
    { .method = "GET", .path = "/admin/bias/gaps",
      .summary = "When nobody listened to an interviewer, newest first.",
      .run = list_gaps, .query = &gap_filter_schema, .reply = &gap_view_schema,
      .roles = ROLE_STAFF, .flags = ROUTE_LIST | ROUTE_PERSONAL, .scope = SCOPE_USERS_READ,
      .tag = "Bias" },
    { .method = "GET", .path = "/admin/bias/gaps/open",
      .summary = "Interviews that go on while nobody listens to the interviewer, the longest first.",
      .run = list_open_gaps, .reply = &gap_open_view_schema, .roles = READERS,
      .flags = ROUTE_LIST | ROUTE_PERSONAL, .scope = SCOPE_USERS_READ, .tag = "Bias" },
    { .method = "POST", .path = "/admin/bias/nudges/{nudge_id}/appeal",
      .summary = "Say why a nudge of one's own was wrong.",
      .run = post_appeal, .body = &bias_reason_schema, .reply = &appeal_view_schema,
      .roles = ROLE_MANAGERS, .flags = ROUTE_AUDITED | ROUTE_PERSONAL,
      .scope = SCOPE_USERS_WRITE, .tag = "Bias" },
    { .method = "GET", .path = "/admin/bias/appeals", .summary = "Appeals, newest first.",
      .run = list_appeals, .query = &appeal_filter_schema, .reply = &appeal_view_schema,
      .roles = READERS, .flags = ROUTE_LIST | ROUTE_PERSONAL, .scope = SCOPE_USERS_READ,
      .tag = "Bias" },
    { .method = "POST", .path = "/admin/bias/appeals/{nudge_id}",
      .summary = "Accept an appeal, which overturns the incident, or reject it; never one's own.",
      .run = decide_appeal, .body = &appeal_decision_schema, .reply = &appeal_view_schema,
      .roles = ROLE_SUPER_ADMIN, .flags = ROUTE_AUDITED | ROUTE_PERSONAL,
      .scope = SCOPE_USERS_WRITE, .tag = "Bias" },
    { .method = "GET", .path = "/admin/bias/reassignments",
      .summary = "Interviews that wait for another evaluator.",
      .run = list_reassignments, .query = &limit_query_schema, .reply = &reassignment_schema,
      .roles = ROLE_STAFF, .flags = ROUTE_LIST | ROUTE_PERSONAL, .scope = SCOPE_CYCLES_READ,
      .tag = "Bias" },
    { .method = "GET", .path = "/admin/evaluators/{admin_id}/drift",
      .summary = "How an evaluator's conduct and marks move, with how much each figure rests on.",
      .run = get_drift, .query = &drift_query_schema, .reply = &drift_period_schema,
      .roles = ROLE_STAFF, .flags = ROUTE_LIST | ROUTE_PERSONAL | ROUTE_SLOW,
      .scope = SCOPE_USERS_READ, .tag = "Bias" },
    { .method = "POST", .path = "/admin/bias/adverse-impact",
      .summary = "Four-fifths rule over the whole programme, from statistics that are kept apart.",
      .run = post_impact, .body = &impact_request_schema, .reply = &impact_reply_schema,
      .roles = READERS, .flags = ROUTE_PERSONAL, .scope = SCOPE_USERS_READ, .tag = "Bias" },
};
/* clang-format on */
const struct route_table bias_routes = { rows, sizeof(rows) / sizeof(rows[0]) };
