/* OpenAPI 3.1 printed from the route and field tables. */
#include "http/openapi.h"

#include "base/str.h"
#include "codec/json.h"
#include "http/access.h"
#include "http/docs_text.h"

#include <ctype.h>

static void put_string(struct buf *out, const char *text)
{
    json_write_str(out, str_of(text ? text : ""));
}

static void put_comma(struct buf *out, bool *first)
{
    if (!*first)
        buf_c(out, ',');
    *first = false;
}

static void put_ref(struct buf *out, const struct schema *s)
{
    buf_fmt(out, "{\"$ref\":\"#/components/schemas/%s\"}", s->name);
}

static void put_operation_id(struct buf *out, const struct route *r)
{
    buf_c(out, '"');
    for (const char *p = r->method; *p; p++)
        buf_c(out, (char)tolower((unsigned char)*p));
    bool gap = true;
    for (const char *p = r->path; *p; p++) {
        bool word = isalnum((unsigned char)*p) != 0;
        if (word && gap)
            buf_c(out, '_');
        if (word)
            buf_c(out, *p);
        gap = !word;
    }
    buf_c(out, '"');
}

static void put_path_parameters(struct buf *out, const struct route *r, bool *first)
{
    struct str rest = str_of(r->path), seg;
    while (rest.p) {
        rest = str_cut(rest, '/', &seg);
        if (seg.n < 3 || seg.p[0] != '{')
            continue;
        put_comma(out, first);
        buf_lit(out, "{\"name\":");
        const struct str name = str_sub(seg, 1, seg.n - 2);
        json_write_str(out, name);
        buf_fmt(out, ",\"in\":\"path\",\"required\":true,\"schema\":{\"type\":\"%s\"}}",
                docs_path_is_number(name) ? "integer" : "string");
    }
}

static void put_parameters(struct buf *out, const struct route *r)
{
    bool first = true;
    buf_lit(out, ",\"parameters\":[");
    put_path_parameters(out, r, &first);
    for (unsigned i = 0; r->query && i < r->query->n; i++) {
        const struct field *f = &r->query->fields[i];
        if (f->flags & FIELD_READONLY)
            continue;
        put_comma(out, &first);
        buf_lit(out, "{\"name\":");
        put_string(out, f->name);
        buf_fmt(out, ",\"in\":\"query\",\"required\":%s,\"description\":",
                f->flags & FIELD_REQUIRED ? "true" : "false");
        put_string(out, f->doc);
        buf_lit(out, ",\"schema\":");
        schema_describe_field(f, out);
        buf_c(out, '}');
    }
    if (r->flags & ROUTE_IDEMPOTENT) {
        put_comma(out, &first);
        buf_lit(out, "{\"name\":\"Idempotency-Key\",\"in\":\"header\",\"required\":false,"
                     "\"schema\":{\"type\":\"string\"}}");
    }
    if (r->flags & ROUTE_IF_MATCH) {
        put_comma(out, &first);
        buf_lit(out, "{\"name\":\"If-Match\",\"in\":\"header\",\"required\":false,"
                     "\"schema\":{\"type\":\"string\"}}");
    }
    if (r->flags & ROUTE_EVENTS) {
        put_comma(out, &first);
        buf_lit(out, "{\"name\":\"Last-Event-ID\",\"in\":\"header\",\"required\":false,"
                     "\"schema\":{\"type\":\"string\"}}");
    }
    buf_c(out, ']');
}

/* The schema's members, of which none has to be sent. */
static void put_subset(struct buf *out, const struct schema *s)
{
    bool first = true;
    buf_lit(out, "{\"type\":\"object\",\"properties\":{");
    for (unsigned i = 0; i < s->n; i++) {
        put_comma(out, &first);
        put_string(out, s->fields[i].name);
        buf_c(out, ':');
        schema_describe_field(&s->fields[i], out);
    }
    buf_lit(out, "}}");
}

static void put_body(struct buf *out, const struct route *r)
{
    if (!r->body && !(r->flags & ROUTE_UPLOAD))
        return;
    buf_fmt(out, ",\"requestBody\":{\"required\":%s,\"content\":{\"%s\":{\"schema\":",
            r->flags & ROUTE_BODY_OPTIONAL ? "false" : "true", docs_body_type(r));
    if (r->body && (r->flags & ROUTE_PATCH))
        put_subset(out, r->body);
    else if (r->body)
        put_ref(out, r->body);
    else
        buf_lit(out, "{\"type\":\"string\"}");
    buf_lit(out, "}}}");
}

static void put_reply_schema(struct buf *out, const struct route *r)
{
    if (!r->reply) {
        buf_lit(out, "{}");
        return;
    }
    if (r->flags & ROUTE_LIST) {
        buf_lit(out, "{\"type\":\"array\",\"items\":");
        put_ref(out, r->reply);
        buf_c(out, '}');
    } else if (r->flags & ROUTE_MAYBE_NULL) {
        buf_lit(out, "{\"anyOf\":[");
        put_ref(out, r->reply);
        buf_lit(out, ",{\"type\":\"null\"}]}");
    } else {
        put_ref(out, r->reply);
    }
}

static void put_responses(struct buf *out, const struct route *r)
{
    int status = docs_success_status(r);
    buf_fmt(out, ",\"responses\":{\"%d\":{\"description\":\"Success\"", status);
    if (r->flags & ROUTE_REDIRECT) {
        buf_lit(out,
                ",\"headers\":{\"Location\":{\"required\":true,\"schema\":{\"type\":\"string\"}}}");
    } else if (status != 204) {
        buf_fmt(out, ",\"content\":{\"%s\":{\"schema\":", docs_reply_type(r));
        put_reply_schema(out, r);
        buf_lit(out, "}}");
    }
    buf_c(out, '}');
    uint32_t errors = docs_errors(r);
    for (int kind = ERR_OK + 1; kind < ERR_COUNT_; kind++) {
        if (!(errors & 1U << kind))
            continue;
        const struct err_info *info = err_info((err)kind);
        buf_fmt(out, ",\"%d\":{\"$ref\":\"#/components/responses/%s\"}", info->http, info->code);
    }
    buf_c(out, '}');
}

/* Students come by their cookie, staff by a token or a cookie of their own. */
static void put_security(struct buf *out, uint32_t roles)
{
    const bool student = roles & ACCESS_STUDENT;
    buf_lit(out, ",\"security\":[");
    if (student)
        buf_lit(out, "{\"cookie\":[]}");
    if (roles & ~(uint32_t)(ACCESS_STUDENT | ACCESS_PUBLIC))
        buf_fmt(out, "%s{\"bearer\":[]},{\"staffCookie\":[]}", student ? "," : "");
    buf_c(out, ']');
}

static void put_access(struct buf *out, const struct route *r)
{
    if (r->roles & ACCESS_PUBLIC)
        buf_lit(out, ",\"security\":[]");
    else
        put_security(out, r->roles);
    buf_lit(out, ",\"x-roles\":[\"");
    docs_write_roles(out, r->roles, "\",\"");
    buf_lit(out, "\"]");
    if (r->scope) {
        buf_lit(out, ",\"x-scope\":\"");
        docs_write_scopes(out, r->scope);
        buf_c(out, '"');
    }
    if (r->throttle.per_minute)
        buf_fmt(out, ",\"x-throttle\":{\"per_minute\":%u,\"by\":\"%s\"}", r->throttle.per_minute,
                r->throttle.by == THROTTLE_PRINCIPAL ? "principal" : "address");
    if (r->flags & ROUTE_AUDITED)
        buf_lit(out, ",\"x-audited\":true");
    if (r->flags & ROUTE_DEMO)
        buf_lit(out, ",\"x-demo\":true");
    if (r->flags & ROUTE_COMPAT_PUBLIC)
        buf_lit(out, ",\"x-compat-public\":true");
}

static void put_operation(struct buf *out, const struct route *r)
{
    buf_c(out, '"');
    for (const char *p = r->method; *p; p++)
        buf_c(out, (char)tolower((unsigned char)*p));
    buf_lit(out, "\":{\"operationId\":");
    put_operation_id(out, r);
    buf_lit(out, ",\"summary\":");
    put_string(out, r->summary);
    if (r->tag) {
        buf_lit(out, ",\"tags\":[");
        put_string(out, r->tag);
        buf_c(out, ']');
    }
    put_parameters(out, r);
    put_body(out, r);
    put_responses(out, r);
    put_access(out, r);
    buf_c(out, '}');
}

/* Whether an earlier row has the same path, so that its item stands already. */
static bool seen_path(const struct route_table *tables, size_t t, size_t i)
{
    struct str path = str_of(tables[t].routes[i].path);
    for (size_t u = 0; u <= t; u++) {
        size_t end = u == t ? i : tables[u].n;
        for (size_t k = 0; k < end; k++) {
            if (str_eq(str_of(tables[u].routes[k].path), path))
                return true;
        }
    }
    return false;
}

static void put_path(struct buf *out, const struct route_table *tables, size_t n, const char *path)
{
    bool first = true;
    put_string(out, path);
    buf_lit(out, ":{");
    for (size_t t = 0; t < n; t++) {
        for (size_t i = 0; i < tables[t].n; i++) {
            const struct route *r = &tables[t].routes[i];
            if (!str_eq(str_of(r->path), str_of(path)))
                continue;
            put_comma(out, &first);
            put_operation(out, r);
        }
    }
    buf_c(out, '}');
}

static void put_error_responses(struct buf *out)
{
    bool first = true;
    for (int kind = ERR_OK + 1; kind < ERR_COUNT_; kind++) {
        const struct err_info *info = err_info((err)kind);
        const char *schema = kind == ERR_INVALID ? "HTTPValidationError" : "Error";
        put_comma(out, &first);
        buf_fmt(out, "\"%s\":{\"description\":\"%s\",\"content\":{", info->code, info->title);
        buf_fmt(out, "\"application/json\":{\"schema\":{\"$ref\":\"#/components/schemas/%s\"}},",
                schema);
        buf_lit(out, "\"application/problem+json\":{\"schema\":{\"$ref\":"
                     "\"#/components/schemas/Problem\"}}}}");
    }
}

static const char fixed_schemas[] =
    "\"Error\":{\"type\":\"object\",\"required\":[\"detail\"],"
    "\"properties\":{\"detail\":{\"type\":\"string\"},\"request_id\":{\"type\":\"string\"}}},"
    "\"ValidationError\":{\"type\":\"object\",\"required\":[\"loc\",\"msg\",\"type\",\"input\"],"
    "\"properties\":{\"loc\":{\"type\":\"array\",\"items\":{\"anyOf\":[{\"type\":\"string\"},"
    "{\"type\":\"integer\"}]}},\"msg\":{\"type\":\"string\"},\"type\":{\"type\":\"string\"},"
    "\"input\":{},\"ctx\":{\"type\":\"object\"}}},"
    "\"HTTPValidationError\":{\"type\":\"object\",\"properties\":{\"detail\":{\"type\":\"array\","
    "\"items\":{\"$ref\":\"#/components/schemas/ValidationError\"}}}},"
    "\"Problem\":{\"type\":\"object\",\"required\":[\"type\",\"title\",\"status\",\"code\"],"
    "\"properties\":{\"type\":{\"type\":\"string\"},\"title\":{\"type\":\"string\"},"
    "\"status\":{\"type\":\"integer\"},\"detail\":{\"type\":\"string\"},"
    "\"instance\":{\"type\":\"string\"},\"request_id\":{\"type\":\"string\"},"
    "\"code\":{\"type\":\"string\"},\"errors\":{\"type\":\"array\","
    "\"items\":{\"$ref\":\"#/components/schemas/ValidationError\"}}}}";

static void put_components(struct buf *out, const struct openapi_info *info,
                           const struct route_table *tables, size_t n)
{
    const struct schema *schemas[DOCS_SCHEMAS_MAX];
    size_t n_schemas = 0;
    docs_collect(tables, n, schemas, &n_schemas);
    buf_lit(out, ",\"components\":{\"schemas\":{");
    buf_str(out, str_of(fixed_schemas));
    for (size_t i = 0; i < n_schemas; i++) {
        buf_c(out, ',');
        put_string(out, schemas[i]->name);
        buf_c(out, ':');
        schema_describe(schemas[i], out);
    }
    buf_lit(out, "},\"responses\":{");
    put_error_responses(out);
    buf_lit(out, "},\"securitySchemes\":{"
                 "\"bearer\":{\"type\":\"http\",\"scheme\":\"bearer\",\"bearerFormat\":\"JWT\"},"
                 "\"cookie\":{\"type\":\"apiKey\",\"in\":\"cookie\",\"name\":");
    put_string(out, info->cookie);
    buf_lit(out, "},\"staffCookie\":{\"type\":\"apiKey\",\"in\":\"cookie\",\"name\":");
    put_string(out, info->staff_cookie);
    buf_lit(out, "}}}");
}

void openapi_write(struct buf *out, const struct openapi_info *info,
                   const struct route_table *tables, size_t n)
{
    bool first = true;
    buf_lit(out, "{\"openapi\":\"3.1.0\",\"info\":{\"title\":");
    put_string(out, info->title);
    buf_lit(out, ",\"version\":");
    put_string(out, info->version);
    buf_lit(out, ",\"description\":");
    put_string(out, info->description);
    buf_lit(out, "},\"paths\":{");
    for (size_t t = 0; t < n; t++) {
        for (size_t i = 0; i < tables[t].n; i++) {
            if (seen_path(tables, t, i))
                continue;
            put_comma(out, &first);
            put_path(out, tables, n, tables[t].routes[i].path);
        }
    }
    buf_c(out, '}');
    put_components(out, info, tables, n);
    buf_c(out, '}');
}
