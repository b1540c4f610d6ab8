/* The /docs page: every route with its fields, as plain HTML that needs no script. */
#include "http/openapi.h"

#include "base/str.h"
#include "http/access.h"
#include "http/docs_text.h"

#include <ctype.h>

static void put_text(struct buf *out, const char *text)
{
    for (const char *p = text ? text : ""; *p; p++) {
        switch (*p) {
        case '&':
            buf_lit(out, "&amp;");
            break;
        case '<':
            buf_lit(out, "&lt;");
            break;
        case '>':
            buf_lit(out, "&gt;");
            break;
        case '"':
            buf_lit(out, "&quot;");
            break;
        default:
            buf_c(out, *p);
        }
    }
}

static void put_slug(struct buf *out, const char *text)
{
    for (const char *p = text ? text : "other"; *p; p++)
        buf_c(out, isalnum((unsigned char)*p) ? (char)tolower((unsigned char)*p) : '-');
}

/* {args} stand out in a path. */
static void put_path(struct buf *out, const char *path)
{
    for (const char *p = path; *p; p++) {
        if (*p == '{')
            buf_lit(out, "<i>");
        char one[2] = { *p, '\0' };
        put_text(out, one);
        if (*p == '}')
            buf_lit(out, "</i>");
    }
}

static void put_type(struct buf *out, const struct field *f)
{
    static const char *const names[F_TYPE_COUNT_] = {
        [F_STR] = "text",     [F_I64] = "integer",
        [F_F64] = "number",   [F_E2] = "number, 0.01",
        [F_BOOL] = "boolean", [F_TIME] = "time",
        [F_ENUM] = "one of",  [F_OBJ] = "object",
        [F_LIST] = "list of", [F_MAP_E2] = "map of numbers",
        [F_JSON] = "JSON",    [F_BLOB] = "bytes",
    };
    put_text(out, names[f->type]);
    for (unsigned i = 0; f->type == F_ENUM && f->names && i < f->names->n; i++) {
        buf_str(out, i ? S(" · <code>") : S(" <code>"));
        put_text(out, f->names->v[i]);
        buf_lit(out, "</code>");
    }
    if (f->type == F_LIST && !f->of)
        buf_lit(out, " text");
    if (f->of) {
        buf_lit(out, " <a href=\"#schema-");
        put_slug(out, f->of->name);
        buf_lit(out, "\">");
        put_text(out, f->of->name);
        buf_lit(out, "</a>");
    }
    if (f->min < f->max || f->max < f->min)
        buf_fmt(out, " <small>%g to %g</small>", f->min, f->max);
    else if (f->min > 0)
        buf_fmt(out, " <small>at least %g</small>", f->min);
}

static void put_field(struct buf *out, const struct field *f)
{
    buf_lit(out, "<tr><th scope=\"row\"><code>");
    put_text(out, f->name);
    buf_lit(out, "</code>");
    if (f->flags & FIELD_REQUIRED)
        buf_lit(out, " <span class=\"need\">required</span>");
    if (f->flags & FIELD_NULL)
        buf_lit(out, " <span class=\"may\">or null</span>");
    buf_lit(out, "</th><td>");
    put_type(out, f);
    buf_lit(out, "</td><td>");
    put_text(out, f->doc);
    if (f->preset) {
        buf_lit(out, " <small>Default <code>");
        put_text(out, f->preset);
        buf_lit(out, "</code>.</small>");
    }
    buf_lit(out, "</td></tr>\n");
}

static void put_fields(struct buf *out, const struct schema *s)
{
    buf_lit(out, "<div class=\"scroll\"><table><tbody>\n");
    for (unsigned i = 0; i < s->n; i++) {
        if (!(s->fields[i].flags & FIELD_SECRET) || (s->fields[i].flags & FIELD_REQUIRED))
            put_field(out, &s->fields[i]);
    }
    buf_lit(out, "</tbody></table></div>\n");
}

static void put_badges(struct buf *out, const struct route *r)
{
    static const struct {
        uint32_t flag;
        const char *word;
    } words[] = {
        { ROUTE_AUDITED, "Success is written to the audit log." },
        { ROUTE_IDEMPOTENT, "Honours <code>Idempotency-Key</code>." },
        { ROUTE_PERSONAL, "Personal: never stored by caches." },
        { ROUTE_UPLOAD, "Takes a file of JSON lines." },
        { ROUTE_STREAM, "The answer is streamed." },
        { ROUTE_EVENTS, "Server-sent events." },
        { ROUTE_DEMO, "Exists in demo mode only." },
        { ROUTE_COMPAT_PUBLIC, "Public where an option says so." },
    };
    buf_lit(out, "<p class=\"facts\">For ");
    docs_write_roles(out, r->roles, ", ");
    buf_c(out, '.');
    if (r->throttle.per_minute)
        buf_fmt(out, " At most %u a minute per %s.", r->throttle.per_minute,
                r->throttle.by == THROTTLE_PRINCIPAL ? "person" : "address");
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (r->flags & words[i].flag)
            buf_fmt(out, " %s", words[i].word);
    }
    buf_lit(out, "</p>\n");
}

static void put_errors(struct buf *out, const struct route *r)
{
    uint32_t errors = docs_errors(r);
    buf_lit(out, "<p class=\"errors\">May fail with");
    for (int kind = ERR_OK + 1; kind < ERR_COUNT_; kind++) {
        if (!(errors & 1U << kind))
            continue;
        const struct err_info *info = err_info((err)kind);
        buf_fmt(out, " <span><b>%d</b> %s</span>", info->http, info->title);
    }
    buf_lit(out, "</p>\n");
}

static void put_reply(struct buf *out, const struct route *r)
{
    buf_fmt(out, "<h4>Answer <b>%d</b></h4>\n", docs_success_status(r));
    if (!r->reply) {
        buf_lit(out, "<p><code>");
        put_text(out, r->flags & ROUTE_REDIRECT       ? "Location"
                      : docs_success_status(r) == 204 ? "no body"
                                                      : docs_reply_type(r));
        buf_lit(out, "</code></p>\n");
        return;
    }
    buf_fmt(out, "<p>%s<a href=\"#schema-", r->flags & ROUTE_LIST ? "A list of " : "");
    put_slug(out, r->reply->name);
    buf_lit(out, "\">");
    put_text(out, r->reply->name);
    buf_fmt(out, "</a>%s</p>\n", r->flags & ROUTE_MAYBE_NULL ? " or <code>null</code>" : "");
}

static void put_route(struct buf *out, const struct route *r)
{
    buf_lit(out, "<details class=\"route\"><summary><span class=\"verb ");
    put_slug(out, r->method);
    buf_fmt(out, "\">%s</span> <code class=\"path\">", r->method);
    put_path(out, r->path);
    buf_lit(out, "</code> <span class=\"what\">");
    put_text(out, r->summary);
    buf_fmt(out, "</span>%s</summary>\n<div class=\"inside\">",
            r->roles & ACCESS_PUBLIC ? "<span class=\"open\">public</span>" : "");
    put_badges(out, r);
    if (r->query) {
        buf_lit(out, "<h4>Query</h4>\n");
        put_fields(out, r->query);
    }
    if (r->body) {
        buf_lit(out, "<h4>Body</h4>\n");
        put_fields(out, r->body);
    }
    put_reply(out, r);
    put_errors(out, r);
    buf_lit(out, "</div></details>\n");
}

static const char *tag_of(const struct route *r)
{
    return r->tag ? r->tag : "other";
}

/* The first row of its tag opens the tag's section. */
static bool opens_tag(const struct route_table *tables, size_t t, size_t i)
{
    struct str tag = str_of(tag_of(&tables[t].routes[i]));
    for (size_t u = 0; u <= t; u++) {
        size_t end = u == t ? i : tables[u].n;
        for (size_t k = 0; k < end; k++) {
            if (str_eq(str_of(tag_of(&tables[u].routes[k])), tag))
                return false;
        }
    }
    return true;
}

static void put_section(struct buf *out, const struct route_table *tables, size_t n,
                        const char *tag)
{
    buf_lit(out, "<section id=\"");
    put_slug(out, tag);
    buf_lit(out, "\"><h2>");
    put_text(out, tag);
    buf_lit(out, "</h2>\n");
    for (size_t t = 0; t < n; t++) {
        for (size_t i = 0; i < tables[t].n; i++) {
            if (str_eq(str_of(tag_of(&tables[t].routes[i])), str_of(tag)))
                put_route(out, &tables[t].routes[i]);
        }
    }
    buf_lit(out, "</section>\n");
}

typedef void put_tag_fn(struct buf *out, const struct route_table *tables, size_t n,
                        const char *tag);

static void put_link(struct buf *out, const struct route_table *tables, size_t n, const char *tag)
{
    (void)tables;
    (void)n;
    buf_lit(out, "<a href=\"#");
    put_slug(out, tag);
    buf_lit(out, "\">");
    put_text(out, tag);
    buf_lit(out, "</a>\n");
}

static void each_tag(struct buf *out, const struct route_table *tables, size_t n, put_tag_fn *put)
{
    for (size_t t = 0; t < n; t++) {
        for (size_t i = 0; i < tables[t].n; i++) {
            if (opens_tag(tables, t, i))
                put(out, tables, n, tag_of(&tables[t].routes[i]));
        }
    }
}

static void put_schemas(struct buf *out, const struct route_table *tables, size_t n)
{
    const struct schema *schemas[DOCS_SCHEMAS_MAX];
    size_t n_schemas = 0;
    docs_collect(tables, n, schemas, &n_schemas);
    buf_lit(out, "<section id=\"schemas\"><h2>Schemas</h2>\n");
    for (size_t i = 0; i < n_schemas; i++) {
        buf_lit(out, "<details class=\"schema\" id=\"schema-");
        put_slug(out, schemas[i]->name);
        buf_lit(out, "\"><summary><code>");
        put_text(out, schemas[i]->name);
        buf_fmt(out, "</code> <small>%u fields</small></summary>\n<div class=\"inside\">",
                schemas[i]->n);
        put_fields(out, schemas[i]);
        buf_lit(out, "</div></details>\n");
    }
    buf_lit(out, "</section>\n");
}

void routes_write_html(struct buf *out, const struct openapi_info *info,
                       const struct route_table *tables, size_t n)
{
    buf_lit(out, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                 "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                 "<meta name=\"color-scheme\" content=\"light dark\">\n<title>");
    put_text(out, info->title);
    buf_lit(out, " · API</title>\n<link rel=\"icon\" href=\"/favicon.svg\"><link "
                 "rel=\"stylesheet\" href=\"/docs.css\">\n</head>\n<body>\n"
                 "<a class=\"skip\" href=\"#routes\">Skip to the routes</a>\n<header>\n<h1>");
    put_text(out, info->title);
    buf_lit(out, " <small>");
    put_text(out, info->version);
    buf_lit(out, "</small></h1>\n<p>");
    put_text(out, info->description);
    buf_lit(out, "</p>\n<p class=\"links\"><a href=\"/openapi.json\">openapi.json</a> "
                 "<a href=\"#schemas\">Schemas</a></p>\n</header>\n<nav aria-label=\"Groups\">\n");
    each_tag(out, tables, n, put_link);
    buf_lit(out, "</nav>\n<main id=\"routes\">\n");
    each_tag(out, tables, n, put_section);
    put_schemas(out, tables, n);
    buf_lit(out,
            "</main>\n<footer><p>Printed from the tables that the service runs on.</p></footer>"
            "\n</body>\n</html>\n");
}
