/* What anybody may ask: the service itself, its health, and the open admission cycle. */
#include "api/page.h"
#include "api/routes.h"
#include "domain/role.h"
#include "service/cycle_admin.h"
#include "service/probe.h"

struct service_info {
    struct str name, version, compat, status;
    int64_t timestamp;
};
static const struct field service_info_fields[] = {
    FIELD_STR(struct service_info, name, .doc = "The product's name."),
    FIELD_STR(struct service_info, version, .doc = "This build's version."),
    FIELD_STR(struct service_info, compat, .doc = "Version of the original whose wire it speaks."),
    FIELD_STR(struct service_info, status, .doc = "\"operational\" while the service answers."),
    FIELD_TIME(struct service_info, timestamp, .doc = "Server time."),
};
static SCHEMA(service_info_schema, "ServiceInfo", struct service_info, service_info_fields);

struct health {
    struct str status, database;
    bool api_configured;
    int64_t timestamp;
};
static const struct field health_fields[] = {
    FIELD_STR(struct health, status, .doc = "\"healthy\" while the process answers."),
    FIELD_STR(struct health, database,
              .doc = "\"connected\" or \"disconnected\", from the last background probe."),
    FIELD_BOOL(struct health, api_configured, .doc = "Whether a model provider is set up."),
    FIELD_TIME(struct health, timestamp, .doc = "Server time."),
};
static SCHEMA(health_schema, "Health", struct health, health_fields);

struct probe_reply {
    struct str status;
};
static const struct field probe_fields[] = {
    FIELD_STR(struct probe_reply, status, .doc = "\"ok\"."),
};
static SCHEMA(probe_schema, "Probe", struct probe_reply, probe_fields);

struct admission_open {
    bool is_open;
};
static const struct field admission_open_fields[] = {
    FIELD_BOOL(struct admission_open, is_open, .doc = "Whether applications are accepted now."),
};
static SCHEMA(admission_open_schema, "AdmissionStatus", struct admission_open,
              admission_open_fields);

struct stats_query {
    struct str cycle_id;
};
static const struct field stats_query_fields[] = {
    FIELD_STR(struct stats_query, cycle_id, .flags = FIELD_NULL, .max = 50,
              .doc = "Only this cycle; all cycles when left out."),
};
static SCHEMA(stats_query_schema, "DashboardQuery", struct stats_query, stats_query_fields);

static err get_root(struct ctx *c, struct call *call)
{
    if (request_accepts(call->request, "text/html")) {
        struct admission_info info = { 0 };
        TRY(admission_info_get(c, &info));
        call->content_type = "text/html; charset=utf-8";
        return page_home(c, &info, PAGE_ENGLISH, &call->raw);
    }
    struct service_info info = { S("ENIGMA"), S(ENIGMA_VERSION), S("2.4"), S("operational"),
                                 c->now_us };
    struct buf b;
    buf_init(&b, c->mem, 4096);
    schema_encode(&service_info_schema, &info, &b);
    call->content_type = "application/json";
    call->raw = buf_view(&b);
    return ERR_OK;
}

static err get_home_in_urdu(struct ctx *c, struct call *call)
{
    struct admission_info info = { 0 };
    TRY(admission_info_get(c, &info));
    call->content_type = "text/html; charset=utf-8";
    return page_home(c, &info, PAGE_URDU, &call->raw);
}

static err get_health(struct ctx *c, struct call *call)
{
    const struct probe_port *p = c->deps->probe;
    struct health *h = call->reply;
    h->status = S("healthy");
    h->timestamp = c->now_us;
    h->database = p && p->database_up(p->self) ? S("connected") : S("disconnected");
    h->api_configured = p && p->api_configured(p->self);
    return ERR_OK;
}

static err get_live(struct ctx *c, struct call *call)
{
    (void)c;
    ((struct probe_reply *)call->reply)->status = S("ok");
    return ERR_OK;
}

static err get_started(struct ctx *c, struct call *call)
{
    const struct probe_port *p = c->deps->probe;
    if (p && !p->started(p->self))
        return FAIL(c, BUSY, "The service is still starting");
    return get_live(c, call);
}

static err get_ready(struct ctx *c, struct call *call)
{
    const struct probe_port *p = c->deps->probe;
    if (p)
        TRY(p->ready(p->self, c));
    return get_live(c, call);
}

static err get_metrics(struct ctx *c, struct call *call)
{
    enum { METRICS_MAX = 256 * 1024 };
    const struct probe_port *p = c->deps->probe;
    struct buf b;
    buf_init(&b, c->mem, METRICS_MAX);
    if (p)
        p->metrics(p->self, &b);
    call->content_type = "text/plain; version=0.0.4; charset=utf-8";
    call->raw = buf_view(&b);
    return ERR_OK;
}

static err get_admission_info(struct ctx *c, struct call *call)
{
    return admission_info_get(c, call->reply);
}

static err get_admission_status(struct ctx *c, struct call *call)
{
    struct admission_info info = { 0 };
    TRY(admission_info_get(c, &info));
    ((struct admission_open *)call->reply)->is_open = info.is_open;
    return ERR_OK;
}

static err get_dashboard(struct ctx *c, struct call *call)
{
    const struct stats_query *q = call->query;
    return dashboard_stats_get(c, q->cycle_id, call->reply);
}

/* clang-format off */
static const struct route rows[] = {
    { .method = "GET", .path = "/", .summary = "The service itself; a page for browsers.",
      .run = get_root, .roles = ROLE_PUBLIC, .flags = ROUTE_RAW, .tag = "Service" },
    { .method = "GET", .path = "/ur", .summary = "The home page in Urdu.",
      .run = get_home_in_urdu, .roles = ROLE_PUBLIC, .flags = ROUTE_RAW, .tag = "Service" },
    { .method = "GET", .path = "/health", .summary = "Whether the service answers; from memory.",
      .run = get_health, .reply = &health_schema, .roles = ROLE_PUBLIC, .flags = ROUTE_INLINE,
      .tag = "Service" },
    { .method = "GET", .path = "/health/live", .summary = "The process runs.",
      .run = get_live, .reply = &probe_schema, .roles = ROLE_PUBLIC, .flags = ROUTE_INLINE,
      .tag = "Service" },
    { .method = "GET", .path = "/health/started", .summary = "Start-up is over.",
      .run = get_started, .reply = &probe_schema, .roles = ROLE_PUBLIC, .flags = ROUTE_INLINE,
      .tag = "Service" },
    { .method = "GET", .path = "/health/ready",
      .summary = "Database, schema and disk are usable now; 503 otherwise.",
      .run = get_ready, .reply = &probe_schema, .roles = ROLE_PUBLIC, .tag = "Service" },
    { .method = "GET", .path = "/metrics", .summary = "Metrics in the Prometheus text format.",
      .run = get_metrics, .roles = ROLE_PUBLIC, .flags = ROUTE_RAW, .tag = "Service" },
    { .method = "GET", .path = "/admission/info", .summary = "The open cycle: seats and dates.",
      .run = get_admission_info, .reply = &admission_info_schema, .roles = ROLE_PUBLIC,
      .flags = ROUTE_REPLICA, .tag = "Admission" },
    { .method = "GET", .path = "/admission/status", .summary = "Whether applications are open.",
      .run = get_admission_status, .reply = &admission_open_schema, .roles = ROLE_PUBLIC,
      .flags = ROUTE_REPLICA, .tag = "Admission" },
    { .method = "GET", .path = "/dashboard/stats",
      .summary = "Counts over all cycles or one; small groups stay hidden until publication.",
      .run = get_dashboard, .query = &stats_query_schema, .reply = &dashboard_stats_schema,
      .roles = ROLE_PUBLIC, .throttle = { 600, THROTTLE_ADDRESS }, .flags = ROUTE_REPLICA,
      .tag = "Admission" },
};
/* clang-format on */
const struct route_table public_routes = { rows, sizeof(rows) / sizeof(rows[0]) };
